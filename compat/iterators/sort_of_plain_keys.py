"""Stable sorts of ints, floats, strings and tuples, with and without keys, reversed, with NaN and mixed types."""
import random

rng = random.Random(5)


class Tagged(int):
    pass


def check(name, items, **kw):
    result = sorted(items, **kw)
    ids = [next(i for i, x in enumerate(items) if x is y) for y in result[:8]]
    print(name, kw.get("reverse"), len(result), repr(result[:6])[:120], ids)
    return result


ints = [rng.randrange(-1000, 1000) for _ in range(500)]
floats = [rng.choice([0.0, -0.0, 1.5, -2.25, 1e300, float("inf"), float("-inf")]) + 0.0 for _ in range(60)]
texts = ["".join(rng.choice("ab\0\xff ") for _ in range(rng.randrange(12))) for _ in range(300)]
for reverse in (False, True):
    check("ints", ints, reverse=reverse)
    check("keys", ints, key=lambda x: x % 7, reverse=reverse)
    check("key text", ints, key=str, reverse=reverse)
    check("key float", ints, key=lambda x: x / 3 // 50, reverse=reverse)
    print([repr(x) for x in sorted(floats, reverse=reverse)][:12])
    check("texts", texts, reverse=reverse)
    check("lengths", texts, key=len, reverse=reverse)
    check("big", [10**20, 5, -(10**30), 5, 2**30, -(2**30)], reverse=reverse)
    check("tagged", [Tagged(3), Tagged(1), Tagged(2)], reverse=reverse)
    check("wide", ["\u03b1", "b", "\U0001f600", "\xe9", "a\u0301", "a"], reverse=reverse)
    check("pairs", [(n % 5, str(n)) for n in ints], reverse=reverse)
    print(sorted([1, True, 0, False, 1.0, 2], reverse=reverse), sorted([float("nan"), 2.0, 1.0, float("nan"), 0.0], reverse=reverse))
for items in ([1, "a"], ["a", None], [1.0, 1j], [(1, "a"), (1, 2)]):
    try:
        items.sort()
    except TypeError as exc:
        print(exc, items)
counter = [0]


class Counted:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        counter[0] += 1
        return self.value < other.value


many = sorted(map(Counted, ints))
print(counter, [c.value for c in many] == sorted(ints))
shrinking = list(range(20, 0, -1))
try:
    shrinking.sort(key=lambda x: shrinking.append(x) or x)
except ValueError as exc:
    print(exc, shrinking[:4])
print(min(ints), max(ints, key=abs), sorted({3: 1, 1: 2}), sorted("banana"), sorted(b"cab"))
