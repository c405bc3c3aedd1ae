"""Pickle: every protocol, __reduce__, __reduce_ex__, __getstate__, __setstate__, __getnewargs_ex__, shared and recursive values."""
import copyreg
import pickle
from collections import OrderedDict, namedtuple
from enum import Enum

Point = namedtuple("Point", "x y")


class Colour(Enum):
    RED = 1


class Plain:
    def __init__(self, value):
        self.value = value


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


class Stateful:
    def __init__(self):
        self.cache, self.kept = object(), 5

    def __getstate__(self):
        return {"kept": self.kept}

    def __setstate__(self, state):
        self.__dict__.update(state, cache="rebuilt")


class Args(tuple):
    def __new__(cls, *items, tag):
        self = super().__new__(cls, items)
        self.tag = tag
        return self

    def __getnewargs_ex__(self):
        return tuple(self), {"tag": self.tag}


class Reduced:
    def __init__(self, n):
        self.n = n

    def __reduce__(self):
        return Reduced, (self.n + 1,), {"extra": True}


class ByRegistry:
    def __init__(self, text):
        self.text = text


copyreg.pickle(ByRegistry, lambda o: (ByRegistry, (o.text + "!",)))


class Items(list):
    def __reduce_ex__(self, protocol):
        return type(self), (), {"protocol": protocol}, iter([1, 2]), None


shared = [1]
loop = {}
loop["self"] = loop
values = [None, True, 2 ** 70, -1, 1.5, "é\ud800", b"bytes", bytearray(b"ab"), (1, (2,)), {3, 4}, frozenset([5]), [shared, shared],
          Point(1, 2), Colour.RED, Plain([1]), Args(1, 2, tag="t"), OrderedDict(a=1), slice(1, 2), range(5), complex(1, 2), len, int, Ellipsis]
for value in values:
    sizes = []
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(value, protocol)
        back = pickle.loads(data)
        sizes.append(len(data))
        assert type(back) is type(value)
        assert back == value or isinstance(value, Plain) and back.value == value.value, value
    print(f"{type(value).__name__:<12}", sizes)
print(pickle.dumps([1, "a", None], 0), pickle.dumps((1, 2, 3), 5).hex())
slotted = pickle.loads(pickle.dumps(Slotted(7)))
print(slotted.a, hasattr(slotted, "b"), vars(pickle.loads(pickle.dumps(Stateful()))), pickle.loads(pickle.dumps(Args(1, tag="x"))).tag)
print(vars(pickle.loads(pickle.dumps(Reduced(1)))), pickle.loads(pickle.dumps(ByRegistry("hi"))).text)
items = pickle.loads(pickle.dumps(Items(), 3))
print(items, vars(items))
back = pickle.loads(pickle.dumps(loop))
print(back["self"] is back, (lambda p: p[0] is p[1])(pickle.loads(pickle.dumps([shared, shared]))))
for bad in (lambda: None, (i for i in ()), Slotted.a, open, __import__("sys"), type("Local", (), {})()):
    try:
        pickle.dumps(bad)
        print("pickled", bad is open)
    except (pickle.PicklingError, TypeError, AttributeError) as exc:
        print(type(exc).__name__, str(exc).split(" at 0x")[0].split("<function")[0])
for data in (b"", b"\x80\x09.", b"garbage", b"cno_such_module\nX\n.", b"cbuiltins\nnothing\n.", pickle.dumps([1])[:-3]):
    try:
        pickle.loads(data)
    except Exception as exc:
        print(type(exc).__name__, exc)
