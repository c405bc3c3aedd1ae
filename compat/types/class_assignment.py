"""Which classes can take the place of which, as __bases__ and as __class__."""

import types
def t(f):
    try: print(repr(f()))
    except Exception as e: print(type(e).__name__, e)
def bases(a, b):
    class A(a): pass
    A.__bases__ = (b,)
    return A.__mro__
class E: pass
class S:
    __slots__=()
class S1:
    __slots__=('a',)
class S2:
    __slots__=('a',)
class L(list): pass
class I(int): pass
class I0(int): __slots__=()
kinds=[object,list,dict,int,str,E,S,S1,S2,L,I,I0,types.ModuleType,types.SimpleNamespace,Exception,ValueError,OSError,set,tuple]
for a in kinds:
    for b in kinds:
        t(lambda: bases(a,b))
class Sub(types.ModuleType): a=1
class Sub2(types.ModuleType): __slots__=('b',)
m=types.ModuleType('m')
for k in Sub, types.ModuleType, Sub2, E, Sub:
    t(lambda: setattr(m,'__class__',k))
    print(type(m), hasattr(m,'a'))
for k in kinds:
    if k is E: continue
    e=E()
    t(lambda: setattr(e,'__class__',k))
class M(type):
    def mro(cls):
        return (E,)
def mk():
    class A(metaclass=M): pass
t(mk)
class Meta(type):
    def __new__(cls, name, bases, ns, attr):
        print(attr in ns)
        return super().__new__(cls, name, bases, ns)
class C1:
    def __init__(self): self.b = 42
class C2(C1, metaclass=Meta, attr="__classcell__"):
    __slots__ = ["__classcell__"]
    def __init__(self): super().__init__()
print(type(C2.__dict__["__classcell__"]).__name__)
c=C2(); print(c.b, hasattr(c,'__classcell__'))
c.__classcell__=3; print(c.__classcell__)


import abc


class NoClass:
    def __getattribute__(self, name):
        if name == "__class__":
            raise AttributeError(name)
        return super().__getattribute__(name)


class Abstract(metaclass=abc.ABCMeta):
    pass


print(isinstance(NoClass(), Abstract))
Abstract.register(NoClass)
print(isinstance(NoClass(), Abstract))
