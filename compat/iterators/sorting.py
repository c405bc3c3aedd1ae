"""sort: stability, keys, reverse, comparison counts, mutation during a sort, messages."""
import functools

words = "the Quick brown Fox jumps over the lazy dog".split()
print(sorted(words), sorted(words, key=str.lower), sorted(words, key=len, reverse=True), sorted(words, key=lambda w: (len(w), w)))
pairs = [(1, "b"), (0, "z"), (1, "a"), (0, "y")]
print(sorted(pairs, key=lambda p: p[0]), sorted(pairs, key=lambda p: p[0], reverse=True), sorted(pairs))
print(sorted([3, 1.5, True, -2, 10**20, float("inf")]), sorted("hello"), sorted({"b": 1, "a": 2}), sorted([(1, 2), (1,), ()]), sorted([b"b", b"a"]), sorted([[2], [1, 5]]))
print(sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))


class Counted:
    compared = 0
    def __init__(self, v): self.v = v
    def __lt__(self, other):
        Counted.compared += 1
        return self.v < other.v


for n in (0, 1, 2, 10, 33, 64, 100, 500):
    counts = []
    for data in (range(n), range(n, 0, -1), [(i * 7919) % 101 for i in range(n)], [i % 3 for i in range(n)], list(range(n // 2)) + list(range(n // 2))):
        Counted.compared = 0
        sorted(map(Counted, data))
        counts.append(Counted.compared)
    print(n, counts)
lst = [3, 2, 1]


def key(x):
    lst.append(9)
    return x


try:
    lst.sort(key=key)
except ValueError as exc:
    print(exc, lst)
seen = []
lst = [2, 1, 3]
lst.sort(key=lambda x: (seen.append(list(lst)), x)[1])
print(seen, lst)


class Boom:
    def __init__(self, v): self.v = v
    def __lt__(self, o):
        if self.v == 2: raise ZeroDivisionError("compare")
        return self.v < o.v
    def __repr__(self): return f"B{self.v}"


lst = [Boom(3), Boom(2), Boom(1)]
try:
    lst.sort()
except ZeroDivisionError as exc:
    print(exc, lst)
for bad in (lambda: sorted([1, None]), lambda: sorted([1j, 2]), lambda: sorted([{}, {}]), lambda: sorted(5), lambda: sorted([1], 2), lambda: sorted([1], key=5), lambda: [1].sort(reverse="x"), lambda: [1].sort(foo=1), lambda: sorted(), lambda: [1, 2].sort(key=lambda: 1)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
nan = float("nan")
print([x if x == x else "nan" for x in sorted([3, nan, 1, 2])], min(nan, 1) == 1, max(1, nan))
