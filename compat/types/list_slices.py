"""Slice reads, assignments and deletions of lists, extended ones included."""
base = list(range(10))
for spec in ((2, 5, None), (None, None, 2), (None, None, -1), (8, 2, -2), (-3, None, None),
             (100, 200, None), (5, 2, None), (-100, 3, None), (None, None, 3), (9, None, -3)):
    s = slice(*spec)
    print(s, base[s], s.indices(10))
    copy = base[:]
    del copy[s]
    print("   del", copy)
a = list(range(6))
a[1:3] = "abc"
print(a)
a[::2] = [0] * len(a[::2])
print(a)
a[len(a):] = iter((7, 8))
print(a)
a[3:3] = a
print(a)
a[5:1] = ["between"]
print(a)
for bad in (
    lambda: base.__setitem__(slice(None, None, 2), [1]),
    lambda: base.__setitem__(slice(None, None, 0), [1]),
    lambda: base.__setitem__(slice(0, 1), 5),
    lambda: base.__getitem__(slice("a")),
    lambda: base[1.0],
    lambda: base.__delitem__(10),
    lambda: base.__setitem__(10, 0),
    lambda: slice(),
    lambda: slice(1, 2, 3).indices(-1),
):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
print(slice(1, 2) == slice(1, 2), slice(1) < slice(2), repr(slice(None)), hash(slice(1, 2)) == hash(slice(1, 2)))
