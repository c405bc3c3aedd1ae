"""C3 linearisation, cooperative super(), zero-argument super in odd places, changes of __bases__."""
class Root:
    def who(self): return ["Root"]
class A(Root):
    def who(self): return ["A"] + super().who()
class B(Root):
    def who(self): return ["B"] + super().who()
class C(A, B):
    def who(self): return ["C"] + super().who()
class D(B):
    def who(self): return ["D"] + super(D, self).who()
class E(C, D):
    pass


print([k.__name__ for k in E.__mro__], E().who(), E.mro() == list(E.__mro__))
print(super(C, E()).who(), super(A, E()).who.__self__.__class__.__name__, super(B, E).who(E()))
for bad in (lambda: type("X", (A, C), {}), lambda: type("X", (Root, A), {}), lambda: super(A, 5), lambda: super(5), lambda: super(), lambda: super(A, E()).nothing, lambda: super(A).who):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
print(repr(super(A, E()))[:30], super(A).__self__, super(A, E()).__thisclass__)


class F:
    def get(self):
        return [super().__repr__.__name__ for _ in range(1)], [super().who for _ in ()]
    @classmethod
    def make(cls): return super().__new__(cls)
    @staticmethod
    def static(): return super()
    def rebound(self):
        self = 5
        return super()
    def in_lambda(self): return (lambda: super())()
    def deleted(self):
        del self
        return super()


print(F().get(), type(F.make()))
for bad in (F.static, F().rebound, F().deleted, F().in_lambda):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
D.__bases__ = (A,)
print([k.__name__ for k in D.__mro__], D().who())
try:
    D.__bases__ = (D,)
except TypeError as exc:
    print(exc)
try:
    D.__bases__ = ()
except TypeError as exc:
    print(exc)
A.who = lambda self: ["patched"]
print(E().who(), A.__subclasses__() == [C, D])
