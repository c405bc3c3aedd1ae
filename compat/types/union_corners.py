"""Unions with what is no type, bounds of parameter specifications, aliases that change meanwhile."""

from typing import *
import types
def t(f):
    try: print(repr(f()))
    except Exception as e: print(type(e).__name__, e)
t(lambda: Union[int,str] | "float")
t(lambda: "float" | Union[int,str])
t(lambda: (int|str) | "float")
t(lambda: int | "float")
t(lambda: (int|str) | 3)
t(lambda: 3 | (int|str))
t(lambda: (int|str) | ())
t(lambda: (int|str) | None)
t(lambda: None | (int|str))
t(lambda: (int|str) | [1])
t(lambda: (int|str) | (lambda:3))
t(lambda: (int|str) | (int,str))
t(lambda: ParamSpec('P', bound=(int,str)).__bound__)
t(lambda: ParamSpec('P', bound=3).__bound__)
t(lambda: ParamSpec('P', bound=None).__bound__)
t(lambda: ParamSpec('P', bound="a").__bound__)
t(lambda: TypeVar('P', bound="a").__bound__)
t(lambda: TypeVar('P', bound=3).__bound__)
t(lambda: TypeVar('P', bound=None).__bound__)
t(lambda: TypeVar('P', bound=()).__bound__)
class C:
    __slots__=('a',)
t(lambda: C().a)
def f():
    class D:
        __slots__=('a',)
    t(lambda: D().a)
    d=D()
    t(lambda: d.__delattr__('a'))
f()
class Z(list):
    pass
class E_:
    def __init__(s,l): s.l=l
    def __repr__(s):
        s.l.clear(); return 'E'
l=[]
l.append(E_(l)); l.append(2)
t(lambda: types.GenericAlias(list,(l,)))
l=[1,2]
t(lambda: types.GenericAlias(list,(l,)))



def t(f):
    try: print(repr(f()))
    except Exception as e: print(type(e).__name__, e)
t(lambda: ParamSpec('P').__bound__)
T=TypeVar('T'); S=TypeVar('S')
class X:
    @property
    def __parameters__(s): return (T,)
a=types.GenericAlias(list,(T,(S,)))
l=[int]
b=types.GenericAlias(list,(T,l))
b.__parameters__
l[0]=S
t(lambda: b[int])
b=types.GenericAlias(list,(T,l))
t(lambda: b.__parameters__)
l[0]=T
t(lambda: b[int,str])
l.clear()
t(lambda: b[int,str])
class Parameter: pass
first = Parameter(); first.__typing_subst__ = lambda value: value
late = Parameter()
Parameter.__repr__ = lambda self: "Parameter()"
alias = types.GenericAlias(dict, (first, late))
print(alias.__parameters__ == (first,))
late.__typing_subst__ = lambda value: value
t(lambda: alias[int])
