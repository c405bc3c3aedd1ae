"""The order in which dict and set call `__hash__` and `__eq__`, and what survives when they raise."""
class Key:
    def __init__(self, name, value):
        self.name, self.value = name, value

    def __hash__(self):
        print("hash", self.name)
        return self.value

    def __eq__(self, other):
        print("eq", self.name, getattr(other, "name", other))
        if "boom" in (self.name, getattr(other, "name", None)):
            raise ValueError("boom")
        return self.value == getattr(other, "value", None) and self.name[0] == other.name[0]

    def __repr__(self):
        return self.name


a, b, c = Key("a1", 1), Key("a2", 1), Key("c", 1)
d = {a: "first"}
d[b] = "second"
print(d)
d[c] = "third"
print(d, d[Key("c2", 1)], Key("x", 2) in d)
s = {a, c}
print(s, b in s, len(s | {b}))
boom = Key("boom", 1)
for action in (lambda: d[boom], lambda: d.pop(boom), lambda: s.add(boom), lambda: d.get(boom, 1), lambda: boom in s):
    try:
        print(action())
    except ValueError as exc:
        print("raised", exc)
print(d, sorted(map(repr, s)))


class Missing(dict):
    def __missing__(self, key):
        print("missing", key)
        return key * 2


m = Missing(x=1)
print(m["x"], m["y"], m.get("y"), "y" in m, m)


class NoHash:
    __hash__ = None


class EqOnly:
    def __eq__(self, other): return True


for bad in NoHash(), EqOnly(), slice(1, []), ([],):
    try:
        print({bad: 1} and "hashable")
    except TypeError as exc:
        print(exc)
