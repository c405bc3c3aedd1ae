"""Sets and dicts of small and large ints, deleted keys, keys that compare by Python, keys that change what they are in."""

table = set()
for n in range(-300, 300, 7):
    table.add(n)
    table.discard(n - 70)
print(sorted(table), -1 in table, len(table))
mixed = {0, 1, -1, -2, 2**30, -(2**30), 2**61 - 1, 2**61 - 2, 2**64, 1.0, True, "1", (1,), frozenset({1})}
print(len(mixed), 1.0 in mixed, 0.0 in mixed, -1.0 in mixed, 2.0**30 in mixed, 2**61 - 1 in mixed, {1} in mixed, "2" in mixed)
print({hash(x): x for x in (-1, -2, 2**61 - 2, 2**61 - 3, 2**61)})
counts = {}
for n in [3, True, 1, 3.0, 2**70, 2**70 + 0, "3", 1]:
    counts[n] = counts.get(n, 0) + 1
print(counts)


class Key:
    def __init__(self, value, action=None):
        self.value, self.action = value, action

    def __hash__(self):
        return 5

    def __eq__(self, other):
        if self.action:
            self.action()
        return isinstance(other, Key) and self.value == other.value

    def __repr__(self):
        return f"Key({self.value})"


victim = {Key(n) for n in range(4)}
print(len(victim), Key(2) in victim, Key(9) in victim, 5 in victim)
evil = Key(7, victim.clear)
print(evil in victim, victim)
grown = {Key(1), 5, "x"}
evil = Key(1, lambda: grown.update(range(100, 110)))
print(evil in grown, len(grown))
lookup = {Key(1): "one", 5: "five"}
print(lookup[Key(1)], lookup[5], lookup.get(Key(3)))
for bad in ([], {}, set()):
    for use in (lambda: {1: 2}[bad], lambda: {1}.add(bad), lambda: bad in {1: 2}):
        try:
            print(use())
        except TypeError as exc:
            print(exc)
tuples = [tuple(range(n)) for n in range(25)]
print(sum(map(len, tuples)), [t[-1:] for t in tuples[-3:]])
nested = ()
for n in range(50_000):
    nested = (nested, n)
del nested
print("freed")
