"""Corners of collections, functools, itertools and unions that have come out wrong once."""
import copy
import functools
import itertools
import operator
import types
import typing
from collections import defaultdict

T = typing.TypeVar("T")
print(int | None, list[type(None)], (T | "Forward").__args__, (T | "Forward")[int])


class Box(list, typing.Generic[T]):
    pass


class Slotted:
    __slots__ = "a"


class Child(Slotted, typing.Generic[T]):
    pass


print(Box.__mro__[:2], Box([1]), Child().__class__.__name__)
try:
    class Bad(int, list): pass
except TypeError as exc:
    print(exc)

calls = []


def factory():
    calls.append(1)
    if len(calls) == 1:
        d["k"]
    return len(calls)


d = defaultdict(factory)
print(d["k"], calls, dict(d))
a, b = itertools.tee("abc")
c, e = itertools.tee(a)
print(len({a, b, c, e}), next(c), list(a), list(e))
part = functools.partial(print)
for state in (print, (), {}, ()), (print, (), 3, None), (print, (), None, None), 3:
    try:
        print(part.__setstate__(state))
    except TypeError as exc:
        print(exc)
print(functools.cmp_to_key(lambda a, b: 0).__text_signature__)


class Adds:
    def __iadd__(self, other):
        return "iadd"

    def __getitem__(self, index):
        raise IndexError


print(operator.iconcat(Adds(), Adds()))


class Space(types.SimpleNamespace):
    def __new__(cls, *args, **kwargs):
        return 3


try:
    copy.replace(types.SimpleNamespace.__new__(Space))
except TypeError as exc:
    print(exc)
print(sorted(name for name in vars(types) if name.endswith("Type")))
