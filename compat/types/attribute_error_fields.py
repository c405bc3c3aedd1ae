"""What an AttributeError says of name and object, by whom it was raised."""

class C:
    __slots__=('a',)
def f():
    class D:
        __slots__=('a',)
    return D
import types
def t(f):
    try: print(repr(f()))
    except Exception as e: print(type(e).__name__, e, e.name, type(e.obj))
D=f()
D2=f(); D2.__module__="x.y"
D3=f(); D3.__module__="builtins"
D4=f(); D4.__module__=3
D5=f(); D5.__name__="renamed"
for X in C,D,D2,D3,D4,D5:
    t(lambda: X().a)
    t(lambda: X().__delattr__('a'))
    t(lambda: X.a.__get__(X()))
    t(lambda: X.a.__delete__(X()))

class P:
    @property
    def a(self): raise AttributeError("no")
    def __getattribute__(self, n):
        if n == 'z': raise AttributeError("zz")
        return object.__getattribute__(self, n)
class Q:
    @property
    def a(self): raise AttributeError("no")
    def __getattr__(self, n):
        raise AttributeError("ga")
class R:
    @property
    def a(self): raise AttributeError("no")
class M(type):
    @property
    def a(self): raise AttributeError("no")
class K(metaclass=M): pass
def t(f):
    try: f()
    except AttributeError as e: print(e, e.name, type(e.obj))
for o in P(), Q(), R(), K:
    t(lambda: o.a)
    t(lambda: o.z)
    t(lambda: getattr(o, 'a'))
    t(lambda: o.a())
    t(lambda: object.__getattribute__(o, 'a'))
import operator
t(lambda: operator.attrgetter('a')(R()))
for o in P(), Q(), R(), K:
    for i in range(3):
        try: o.a
        except AttributeError as e: print(e.name)
        try: o.a()
        except AttributeError as e: print(e.name)
import collections
try: collections.foo
except AttributeError as e: print(e.name, e)
class MM:
    def __getattr__(s,n): raise AttributeError
try: MM().xx
except AttributeError as e: print(repr(e), e.name)
try: MM().xx.yy
except AttributeError as e: print(repr(e), e.name)
try: hasattr(MM(), 'x'), getattr(MM(),'y',1)
except AttributeError as e: print(repr(e), e.name)
class N:
    @property
    def prop(self): return self.inner.deep
try: N().prop
except AttributeError as e: print(repr(e), e.name, type(e.obj))
