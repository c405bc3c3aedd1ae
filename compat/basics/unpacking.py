"""Assignment: tuples, stars, nested targets, swaps, augmented forms, chains, walrus, and their errors."""
a, b = 1, 2
a, b = b, a
print(a, b)
first, *middle, last = range(6)
print(first, middle, last)
*head, tail = "xyz"
print(head, tail)
(p, (q, [r, *s])), t = (1, (2, "three")), 4
print(p, q, r, s, t)
x = y = z = []
x.append(1)
print(y, z is x)
values = [0, 1, 2, 3, 4, 5]
values[1:3], values[-1] = [10, 20, 30], "end"
print(values)
i = 0
i, values[i] = 2, "two"
print(i, values)
count = 5
count += 2; count *= 3; count -= 1; count //= 4; count **= 2; count %= 7; count <<= 3; count |= 1; count ^= 2; count &= 0xFE
print(count)
ratio = 7
ratio /= 2
print(ratio)
text = "ab"
text *= 2
alias = numbers = [1]
numbers += (2, 3)
print(text, alias)
fixed = ([],)
try:
    fixed[0] += [1]
except TypeError as exc:
    print(exc, fixed)
if (n := len(values)) > 3:
    print(n, [m := v for v in (1, 2)], m)
print((lambda: (k := 3) + k)())
for bad in ("a, b = 1", "a, b = 1, 2, 3", "a, b, *c = [1]", "a, b = {}", "(a, b), c = 'xy'", "*a, = 5", "a, b = iter([1, 2, 3])"):
    try:
        exec(bad)
    except (TypeError, ValueError) as exc:
        print(f"{bad:<26}{type(exc).__name__}: {exc}")
print({**{"a": 1}, "b": 2, **{"a": 3}}, [*"ab", *(1, 2)], (*[], 1), {*"aa", *[]})
del a, values[0], values[-1:]
print(values, "a" in globals())
