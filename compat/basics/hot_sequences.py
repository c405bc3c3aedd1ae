"""Hot sequences of loads and an operator, whose types, attributes and methods then change."""
import dis


class Plain:
    def __init__(self, x):
        self.x = x

    def twice(self):
        return self.x * 2


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x

    def twice(self):
        return self.x + self.x


class Property:
    @property
    def x(self):
        return "property"

    def __getattr__(self, name):
        return lambda: name


def attribute(o):
    return o.x


def method(o):
    return o.twice()


def add(a, b):
    return a + b, a - b


def multiply(a, b):
    a *= b
    return a


def step(i):
    i += 1
    j = i - 2
    return i, j


def compare(a, b):
    if a < b:
        return "less"
    return "equal" if a == b else "other"


def small(a):
    if a > 7:
        return ">"
    return a <= 3


def item(items, i):
    return items[i]


def tell(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def warm(function, *args):
    for _ in range(200):
        function(*args)


class Number:
    def __add__(self, other):
        return "added"

    def __lt__(self, other):
        return []

    def __mul__(self, other):
        return NotImplemented


warm(attribute, Plain(1))
lost = Plain(2)
del lost.x
shadowed = Plain(3)
shadowed.__dict__["x"] = 4
for o in (Plain(5), lost, shadowed, Slotted(6), Property(), None, Plain):
    print("attribute", tell(attribute, o))
warm(attribute, Slotted(1))
empty = Slotted(1)
del empty.x
for o in (Slotted(7), empty, Plain(8)):
    print("slot", tell(attribute, o))

warm(method, Plain(1))
own = Plain(9)
own.twice = lambda: "own"
for o in (Plain(5), own, Slotted("s"), Property(), 3):
    print("method", tell(method, o))
Plain.twice = lambda self: ("new", self.x)
print(method(Plain(1)), method(own))
warm(method, Slotted(2))
Slotted.twice = lambda self: "changed"
print(method(Slotted(2)), tell(method, Plain(4)))

values = [3, 1 << 29, 1 << 70, -5, 2.5, True, "s", Number(), None]
for function in (add, multiply, compare):
    for warmth in ((1000, 7), (1.5, 2.25), ("a", "b")):
        warm(lambda *args: tell(function, *args), *warmth)
        for a in values:
            # Long strings are not the matter here.
            others = (2, 0.5) if function is multiply else (2, 1 << 30, 0.5, "t")
            print(function.__name__, [tell(function, a, b) for b in others])
for function in (step, small):
    warm(function, 1000)
    for a in values + [256, 257, -6, (1 << 30) - 1, 7, 8]:
        print(function.__name__, a if isinstance(a, int) else "-", tell(function, a))

warm(item, [1, 2, 3], 1)
for items, i in (([4, 5], 1), ([4], 1), ([4], -1), ((1, 2), 0), ({1: 2}, 1), ("ab", 1), ([1], 1 << 65),
                 ([1], None)):
    print("item", tell(item, items, i))

# What dis shows are CPython's own names, whatever runs.
for function in (attribute, small, compare):
    warm(function, *((Plain(1),), (5,), (1, 2))[(attribute, small, compare).index(function)])
    names = [i.opname for i in dis.get_instructions(function, adaptive=True)]
    print(function.__name__, not any("FUSED" in name for name in names),
          any(name.startswith("LOAD_FAST_BORROW") for name in names))
