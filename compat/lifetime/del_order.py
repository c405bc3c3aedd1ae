"""The moment and the order in which objects die: containers, frames, arguments, attributes."""
class Noisy:
    def __init__(self, name): self.name = name
    def __del__(self): print("del", self.name, end="; ")


def section(title): print(f"\n{title}:", end=" ")


section("list"); x = [Noisy(i) for i in range(3)]; x = None
section("tuple"); x = tuple(Noisy(i) for i in range(3)); del x
section("dict"); x = {i: Noisy(i) for i in range(3)}; x = None
section("dict keys and values"); x = {Noisy("k1"): Noisy("v1"), Noisy("k2"): Noisy("v2")}; x = None
section("clear"); x = [Noisy(i) for i in range(3)]; x.clear(); print("cleared", end=" ")
section("slice"); x = [Noisy(i) for i in range(5)]; del x[1:4]; print("cut", end=" "); x = None
section("slice assignment"); x = [Noisy(i) for i in range(3)]; x[0:2] = [1]; print("assigned", end=" "); x = None
section("rebind"); x = Noisy("old"); x = Noisy("new"); x = None


def locals_order():
    a = Noisy("a"); b = Noisy("b"); c = Noisy("c")
    return "returned"


section("locals"); print(locals_order())
section("arguments"); (lambda a, b, c: None)(Noisy(1), Noisy(2), Noisy(3))
section("keywords"); (lambda *a, **k: None)(Noisy(1), Noisy(2), x=Noisy(3), y=Noisy(4))
section("temporary"); Noisy("t").name; print("after", end=" ")
section("expression"); [Noisy(1), Noisy(2)] and print("shown", end=" ")


class Holder: pass


section("attributes"); h = Holder(); h.a, h.b, h.c = Noisy("a"), Noisy("b"), Noisy("c"); h = None


class Slotted: __slots__ = ("a", "b", "c")


section("slots"); h = Slotted(); h.c, h.b, h.a = Noisy("c"), Noisy("b"), Noisy("a"); h = None


def closure():
    a, b = Noisy("cell a"), Noisy("cell b")
    return lambda: (a, b)


section("closure"); f = closure(); f = None
section("defaults"); f = lambda a=Noisy("d1"), b=Noisy("d2"): 0; f = None


def gen():
    a = Noisy("gen a"); b = Noisy("gen b")
    try:
        yield
    finally:
        print("gen finally", end=" ")


section("generator"); g = gen(); next(g); g = None
section("exception")
try:
    n = Noisy("in try")
    raise ValueError(Noisy("argument"))
except ValueError as e:
    print("handled", end=" ")
print("left", end=" "); n = None
section("loop")
for i in [Noisy(1), Noisy(2)]:
    print("body", end=" ")
i = None
section("deque")
from collections import deque
x = deque(Noisy(i) for i in range(3)); x = None
section("set"); x = {Noisy("only")}; x = None
section("swap"); a, b = Noisy("a"), Noisy("b"); a, b = b, a; a = None; b = None
section("end")
print()
