"""Numbers in hot loops: results may reuse memory, values that somebody kept may not change."""

BIG = 100_000


def kept_items(n):
    kept = []
    for i in range(BIG, BIG + n):
        if i % 7 == 0:
            kept.append(i)
    return kept


def captured_items(n):
    def make(i):
        return lambda: i

    functions = []
    for i in range(BIG, BIG + n):
        functions.append(make(i))
    return [function() for function in functions[::10]]


def previous_item(n):
    previous = None
    pairs = 0
    for i in range(BIG, BIG + n):
        if previous is not None and i - previous == 1:
            pairs += 1
        previous = i
    return pairs, previous, i


def accumulate(n):
    total = BIG
    alias = total
    history = []
    for i in range(n):
        total += i
        if i % 25 == 0:
            history.append(total)
        total -= 1
        total *= 1
    return alias, total, history


def floats(n):
    x = 1.5
    start = x
    values = []
    for i in range(n):
        x = x * 1.0625 + 0.5
        x -= 0.25
        if i % 20 == 0:
            values.append(x)
    return start, x, values


def bits(n):
    seen = []
    for i in range(n):
        value = (i * 2654435761) & 0xFFFF
        value ^= 0x1234
        value |= 0x10000
        seen.append(value & 0x3FFFFFFF)
    return seen[::13], (1 << 40) & (1 << 40 | 5), True & 3, 5 ^ False


def boundaries(n):
    low = []
    value = -8
    for _ in range(n):
        value += 1
        low.append(value)
    top = (1 << 30) - 3
    for _ in range(6):
        top += 1
    return low[:5], low[-3:], top, top - (1 << 30), -top * top


def branches(n):
    counts = [0] * 6
    for i in range(n):
        if i < 20:
            counts[0] += 1
        if not i > 30:
            counts[1] += 1
        if i == 40 or i != i:
            counts[2] += 1
        if i % 3 and i is not None:
            counts[3] += 1
        counts[4] += 1 if i * 0.5 >= 10.25 else 0
        counts[5] += "a" == ("a" if i & 1 else "b")
    return counts


def ids_differ(n):
    a, b = [], []
    for i in range(BIG, BIG + n):
        a.append(i)
        j = i + 1
        b.append(j)
    return [x + 1 for x in a] == b, len({id(x) for x in a + b}) == 2 * n


for function in (kept_items, captured_items, previous_item, accumulate, floats, bits, boundaries,
                 branches, ids_differ):
    for _ in range(3):
        result = function(100)
    print(function.__name__, result)
for lazy in ([lambda: i for i in range(300, 303)], [i for i in range(300, 303)]):
    print([item() if callable(item) else item for item in lazy])


def mixed(x, y):
    return x + y, x * y, x - y, x < y, x & y if isinstance(x, int) else None


for _ in range(50):
    mixed(1000, 2000)
print(mixed(1 << 70, 3), mixed(2.5, 1), mixed(True, 7))
