"""The iterator protocol: __iter__, __next__, __getitem__, sentinels, __length_hint__, reversed, and misuse."""
import operator


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration("lift-off")
        self.n -= 1
        return self.n

    def __length_hint__(self):
        print("(hint)", end=" ")
        return self.n


class Sequence:
    def __init__(self, *items):
        self.items = items

    def __getitem__(self, index):
        print(f"[{index}]", end=" ")
        return self.items[index]

    def __len__(self):
        return len(self.items)


print(list(Countdown(4)), tuple(Countdown(2)), sum(Countdown(5)))
sequence = Sequence("a", "b", "c")
print(list(sequence), list(reversed(sequence)), "b" in sequence, "z" in sequence)
first, *rest = sequence
print(first, rest, max(sequence), operator.indexOf(sequence, "c"), operator.countOf(sequence, "a"))
ticks = iter([3, 1, 0, 9]).__next__
print(list(iter(ticks, 0)), ticks())
iterator = iter(Countdown(1))
print(next(iterator), next(iterator, "default"), operator.length_hint([1, 2]), operator.length_hint(object(), 7))
try:
    next(iterator)
except StopIteration as exc:
    print("StopIteration", exc.value)


class NoNext:
    def __iter__(self):
        return 5


class BadHint(Countdown):
    def __length_hint__(self):
        return -1


class Unset:
    __iter__ = None
    __getitem__ = lambda self, i: i


class Raising:
    def __getitem__(self, index):
        if index == 2:
            raise KeyError("inside")
        return index


for action in (lambda: iter(5), lambda: iter(NoNext()), lambda: list(BadHint(3)), lambda: iter(Unset()), lambda: list(Raising()),
               lambda: next([]), lambda: reversed(Countdown(2)), lambda: reversed({1}), lambda: iter(3, 4), lambda: next(iter([]))):
    try:
        print(action())
    except (TypeError, ValueError, KeyError, StopIteration) as exc:
        print(type(exc).__name__, exc)
items = [1, 2, 3]
walk = iter(items)
next(walk)
items.insert(0, 0)
print(list(walk), list(walk), walk.__length_hint__())
walk = iter(items)
next(walk), next(walk)
print(walk.__reduce__()[1:], list(reversed(items)), list(reversed({"a": 1, "b": 2})), list(reversed(range(3))))
pairs = iter("abcdef")
print(list(zip(pairs, pairs)), list(zip(*[iter(range(7))] * 3)), dict(enumerate("ab", 5)))
try:
    list(zip([1], [1, 2], strict=True))
except ValueError as exc:
    print(exc)
