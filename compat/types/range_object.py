"""range: arithmetic, membership, equality, hashing, slicing and huge bounds."""
for r in (range(5), range(2, 10, 3), range(10, 0, -4), range(0), range(5, 5), range(-3, 3)):
    print(r, len(r), list(r), r[::-1], r.start, r.stop, r.step, bool(r))
print(range(0, 3, 2) == range(0, 4, 2), hash(range(0)) == hash(range(5, 1)), range(1) == [0])
big = range(10**20, 10**20 + 10, 3)
print(list(big), 10**20 + 3 in big, big[1], big.index(10**20 + 6), big.count(1))
print(5 in range(10), 5.0 in range(10), 5.5 in range(10), "5" in range(10), True in range(2))
print(range(10)[3:8:2], range(10)[-1], range(10)[5:1], range(100)[::-7])
it = iter(range(4))
print(next(it), it.__length_hint__(), list(it), list(reversed(range(4))), type(it).__name__)
print(type(iter(range(10**30))).__name__, next(reversed(range(10**30))))
for bad in (lambda: range(), lambda: range(1.0), lambda: range(1, 2, 0), lambda: range("a"), lambda: range(3)[3],
            lambda: range(3).index(7), lambda: len(range(10**30)), lambda: range(1) < range(2), lambda: range(3)["x"],
            lambda: setattr(range(3), "start", 1), lambda: range(1, 2, 3, 4)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)


class Index:
    def __index__(self):
        return 3


print(list(range(Index())), range(Index(), 9)[Index()])
