"""__slots__, managed dicts, weakref slots, __class__ assignment and layout conflicts."""
import sys
import weakref


class S:
    __slots__ = ("a", "b")
class D(S): pass
class W(S): __slots__ = ("__weakref__",)
class E(S): __slots__ = ()
class Private:
    __slots__ = ("__hidden",)
    def __init__(self): self.__hidden = 1
class Doc:
    __slots__ = {"x": "doc of x"}


s = S()
s.a = 1
print(s.a, S.a, hasattr(s, "b"), hasattr(s, "__dict__"), D().__dict__, Private()._Private__hidden, Doc.x.__doc__)
for bad in (lambda: s.b, lambda: setattr(s, "c", 1), lambda: delattr(s, "b"), lambda: weakref.ref(s), lambda: S.a.__get__(5), lambda: s.__dict__, lambda: setattr(E(), "z", 1),
            lambda: type("X", (), {"__slots__": ("a",), "a": 1}), lambda: type("X", (int,), {"__slots__": ("a",)}), lambda: type("X", (tuple,), {"__slots__": ()}), lambda: type("X", (), {"__slots__": 5}), lambda: type("X", (), {"__slots__": ("__dict__", "__dict__")}),
            lambda: setattr(s, "__class__", D), lambda: setattr(5, "__class__", D), lambda: setattr(D(), "__class__", 5), lambda: type("X", (S, type("Y", (), {"__slots__": "q"})), {})):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
e = E()
e.a = 3
print(weakref.ref(W())() is None, isinstance(e, S))


class P:
    def __init__(self): self.v = 1
class Q:
    def show(self): return f"Q sees {self.v}"


p = P()
p.__class__ = Q
print(p.show(), type(p).__name__, isinstance(p, P))
print(sys.getsizeof(object()), sys.getsizeof(S()), sys.getsizeof([]), sys.getsizeof(()), sys.getsizeof(1), sys.getsizeof(2**100), sys.getsizeof(""), sys.getsizeof("é"), sys.getsizeof({}), sys.getsizeof(set()), sys.getsizeof(b""), sys.getsizeof(1.0))
print([sys.getsizeof(P().__dict__) for _ in range(3)], S.__basicsize__, D.__basicsize__, D.__dictoffset__, W.__weakrefoffset__, int.__itemsize__)
p.__dict__ = {"v": "new", "w": 2}
print(p.show(), p.w, vars(p))
for bad in 5, None, []:
    try:
        p.__dict__ = bad
    except TypeError as exc:
        print(exc)
del p.__dict__
print(p.__dict__)
