"""Sets and frozensets: operators, methods, order of small ints and messages."""
a, b = {1, 2, 3, 4}, {3, 4, 5}
print(a | b, a & b, a - b, a ^ b, a <= b, {3} < a, a >= {1, 2}, a.isdisjoint({9}))
print(a.union(b, [9], "x" * 0), a.intersection(b, (3,)), a.difference(b, [1]), a.symmetric_difference(b))
c = set(a)
c.add(10)
c.discard(99)
c.discard(1)
c.remove(2)
print(c, len(c), 10 in c)
c.update([1], (7,))
c.intersection_update({1, 3, 7})
print(c)
c.difference_update([7])
c.symmetric_difference_update([1, 100])
print(sorted(c))
c |= {5}
c &= {5, 3}
c -= {3}
c ^= {6}
print(sorted(c))
print(set(), frozenset(), frozenset([1]), {1} == frozenset([1]), hash(frozenset([1, 2])) == hash(frozenset([2, 1])))
print(type(frozenset([1]) | {2}), type({2} | frozenset([1])))
print({i * 8 for i in range(10)}, {-1, -2, 0, 255, 256}, set(range(20, 0, -3)))
print({frozenset({1}): "nested"}, frozenset({frozenset()}))
for bad in (lambda: {[]}, lambda: set().pop(), lambda: {1}.remove(2), lambda: a | [1], lambda: a < 5,
            lambda: set(1), lambda: hash(set()), lambda: {1}.union(5), lambda: set([1], [2]),
            lambda: frozenset().add(1), lambda: {1}.remove(frozenset())):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
