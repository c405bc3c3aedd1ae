"""Every method of list, with the messages of what it rejects."""
a = [3, 1, 2]
a.append(4)
a.extend("xy")
a.insert(0, "first")
a.insert(-1, "nearly last")
a.insert(100, "last")
print(a, len(a))
print(a.pop(), a.pop(0), a.pop(-2), a)
print(a.index(2), a.count(3), a.count("none"))
b = a.copy()
b.reverse()
print(b, a is b, a == b)
a.remove("x")
print(a)
a.clear()
print(a, b)
b.sort(key=str, reverse=True)
print(b)
for call in (
    lambda: [].pop(), lambda: [1].pop(5), lambda: [1].remove(2), lambda: [1].index(2),
    lambda: [1].index(1, 1), lambda: [].append(), lambda: [].append(1, 2), lambda: [].sort(1),
    lambda: [].insert(1), lambda: [1, "a"].sort(), lambda: [] + (), lambda: [1] * "a",
    lambda: [1]["a"], lambda: [1][5], lambda: [].extend(5), lambda: list(5), lambda: list(x=1),
    lambda: [].pop("a"), lambda: [1] < 5, lambda: hash([]),
):
    try:
        print(call())
    except Exception as exc:
        print(type(exc).__name__, exc)
c = [1, 2]
c += (3,)
c *= 2
print(c, c < [1, 2, 4], [] == [], [1] != [1.0])
c.append(c)
print(c)
