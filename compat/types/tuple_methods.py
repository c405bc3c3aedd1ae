"""Tuples: building, comparing, hashing, methods and messages."""
t = (1, "two", 3.0, None)
print(t, len(t), t[1:], t[::-1], t + (5,), t * 2, 2 * t[:1])
print((), (1,), tuple("abc"), tuple([1]), tuple(range(3)))
print(t.index("two"), t.count(None), "two" in t, 4 not in t)
print((1, 2) < (1, 3), (1, 2) < (1, 2, 0), () < (1,), (2,) > (1, 9), (1, 2) == (1.0, 2.0))
print(hash((1, 2)) == hash((1.0, 2)), hash(()) == hash(tuple()))
a, *b, c = t
print(a, b, c)
(x, y), z = (1, 2), 3
print(x, y, z)


def unpack(value):
    try:
        p, q = value
        return p, q
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"


print(unpack((1,)), unpack((1, 2, 3)), unpack(5), unpack("ab"), unpack({1: 2, 3: 4}), sep="\n")
for bad in (lambda: t[9], lambda: t["a"], lambda: t.index(99), lambda: t + [1], lambda: t < 1,
            lambda: (1, "a") < (1, 2), lambda: hash(([],)), lambda: tuple(1, 2), lambda: tuple(5)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)


class T(tuple):
    def __new__(cls, *args):
        return super().__new__(cls, args)


print(T(1, 2), type(T(1, 2) + (3,)), T(1) == (1,), repr(T()))
