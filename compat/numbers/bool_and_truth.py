"""Truth values: bool arithmetic, short circuits, chained comparison, __bool__ and __len__."""
print(True + True, True * 5, -True, ~5, True & False, True | 1, True ^ True, type(True ^ 1), type(True & True))
print(True == 1, True is 1 if False else "-", hash(True), repr(False), str(True), int(True), f"{True}", f"{True:d}", f"{True:>6}")
print([] or "empty", [1] and "full", None or 0 or "", 1 and 2 and 3, not [], not 1, 0 or None)


class Loud:
    def __init__(self, name, truth):
        self.name, self.truth = name, truth

    def __bool__(self):
        print("ask", self.name)
        return self.truth

    def __lt__(self, other):
        print(self.name, "<", other.name)
        return Loud(self.name + "<" + other.name, self.truth)

    def __repr__(self):
        return f"<{self.name}>"


t, f = Loud("t", True), Loud("f", False)
print(t and f, t or f, f and t, f or t, not t)
print(t < f < t, f < t < f)
print("yes" if t else "no", "yes" if f else "no", any([f, t, f]), all([t, f, t]))
while f:
    pass
else:
    print("else of while")
assert t, "never"


class Sized:
    def __init__(self, size): self.size = size
    def __len__(self): return self.size


print(bool(Sized(0)), bool(Sized(3)))
for bad in (Sized(-1), Sized("a"), Sized(2**70), Loud("x", 5)):
    try:
        print(bool(bad))
    except Exception as exc:
        print(type(exc).__name__, exc)
try:
    class B(bool): pass
except TypeError as exc:
    print(exc)
