"""Iteration built-ins and itertools: laziness, exhaustion, errors, strict zip, sentinel iter."""
import itertools as it


class Seq:
    def __init__(self, n): self.n = n
    def __getitem__(self, i):
        if i >= self.n: raise IndexError
        return i * 10
    def __len__(self): return self.n


print(list(Seq(3)), 20 in Seq(3), list(reversed(Seq(3))), [*map(str, Seq(2))], max(Seq(4)), sum(Seq(4)), sorted(Seq(3), reverse=True))
print(list(zip("abc", range(2))), list(enumerate("ab", 5)), list(filter(None, [0, 1, "", "a"])), list(map(lambda *a: a, "ab", "xyz")), list(map(pow, [2, 3], [3, 2])))
e = iter([1, 2, 3].pop, 2)
lines = iter(["a", "b", "STOP", "c"])
print(list(iter(lambda: next(lines), "STOP")), next(iter([]), "default"), list(reversed({"a": 1, "b": 2})))
print(list(it.chain("ab", [1])), list(it.islice(it.count(5, 2), 1, 6, 2)), list(it.accumulate([1, 2, 3], lambda a, b: a * b, initial=10)), list(it.pairwise("abcd")))
print(list(it.combinations("abc", 2)), list(it.permutations(range(3), 2)), list(it.product("ab", repeat=2)), list(it.combinations_with_replacement("ab", 2)))
print([(k, list(g)) for k, g in it.groupby("aabccc")], list(it.takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(it.dropwhile(lambda x: x < 3, [1, 2, 3, 1])), list(it.zip_longest("ab", "x", fillvalue="-")))
print(list(it.starmap(pow, [(2, 3), (3, 2)])), list(it.compress("abcd", [1, 0, 1])), list(it.filterfalse(bool, [0, 1, ""])), list(it.islice(it.cycle("ab"), 5)), list(it.repeat("x", 2)), list(it.batched("abcde", 2)))
a, b = it.tee(iter("xyz"))
print(next(a), list(b), list(a), list(it.chain.from_iterable(["ab", "c"])))


class Bad:
    def __iter__(self): return 5
class Raises:
    def __iter__(self): return self
    def __next__(self): raise ValueError("next")
class Changing:
    def __iter__(self): return self
    n = 0
    def __next__(self):
        self.n += 1
        if self.n > 2: raise StopIteration(self.n)
        return self.n


print(list(Changing()), [*Changing()], tuple(Changing()), dict(zip("ab", Changing())))
for bad in (lambda: iter(Bad()), lambda: list(Raises()), lambda: next(iter([])), lambda: list(zip([1], [], strict=True)), lambda: list(zip([1], [1, 2], strict=True)), lambda: max([]), lambda: max(), lambda: min(1), lambda: sum("ab"), lambda: sum(["a"], ""), lambda: sorted([1, "a"]), lambda: iter(5), lambda: reversed({1}), lambda: enumerate(), lambda: map(str), lambda: zip(5), lambda: next([]), lambda: iter(5, 5), lambda: list(map(None, [1])), lambda: max([1], key=5), lambda: sum([1], 2, 3), lambda: it.islice([1], -1), lambda: list(it.batched("a", 0)), lambda: any(5), lambda: max(1, 2, default=3)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
lst = [1, 2, 3]
for v in lst:
    if v < 3: lst.append(v + 10)
print(lst, [v for v in lst if lst.pop()])
first, *others = Changing()
print(first, others)
print(repr(iter([]))[:15], repr(zip())[:5], type(iter({})).__name__, type(iter(set())).__name__, type(iter("")).__name__, type(iter(b"")).__name__, type({}.items().__iter__()).__name__)
