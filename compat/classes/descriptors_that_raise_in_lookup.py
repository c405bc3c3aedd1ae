# options: -W ignore
"""Special methods that cannot be bound, classes named in messages, exceptions thrown into generators that
cannot be made, frames of ended generators, sums of mixed numbers, anext() with a default."""
import asyncio, marshal, re, types, weakref

def shown(o): return re.sub('0x[0-9a-f]+', 'X', repr(o))

class E:
    @property
    def __eq__(s): raise AttributeError('b')
    @property
    def __lt__(s): raise KeyboardInterrupt('b')
    @property
    def __hash__(s): raise ValueError('h')
e=E()
print(e==e, e==1, e!=1)
for f in (lambda: e<e, lambda: hash(e), lambda: e<1):
    try: print(f())
    except BaseException as x: print(repr(x))
class H:
    @property
    def __eq__(s): return lambda o: 1/0
try: print(H()==1)
except ZeroDivisionError as x: print(x)
class E2(Exception):
    def __new__(c,*a): return c
def g():
    try: yield 1
    except BaseException as e: print('in',repr(e)); yield 2
x=g(); next(x)
for a in (E2,5,int,object()):
    try: print(x.throw(a))
    except BaseException as q: print(repr(q))
x=g()
for a in (5,int,E2):
    try: print(x.throw(a))
    except BaseException as q: print(repr(q), x.gi_frame is None)
x=g(); next(x)
for a in ((ValueError(1),2),(ValueError,None,3),(ValueError, (1,2)),):
    try: print(x.throw(*a))
    except BaseException as q: print(repr(q), x.gi_frame is None)
def f(a): yield a
x=f(1); fr=x.gi_frame; print(fr.f_locals); x.close(); print(x.gi_frame, fr.f_locals, fr.f_back, x.gi_code.co_name, x.gi_running, x.gi_suspended, x.__sizeof__()>0)
async def co(a): pass
c=co("x"); fr=c.cr_frame; c.close(); print(c.cr_frame, fr.f_locals, fr.f_back)
try: c.send(None)
except RuntimeError as e_: print(e_)
x=f(2); fr=x.gi_frame; list(x); print(fr.f_back, fr.f_locals)
def r(a):
    yield
    raise ValueError
x=r(3); next(x); fr=x.gi_frame
try: next(x)
except ValueError: print(fr.f_back, fr.f_locals)
class Fr:
    def __iter__(s): yield s.x.gi_frame; 
def inner(): yield 1
def outer(): yield from inner()
o=outer(); next(o); fi=o.gi_yieldfrom.gi_frame; print(fi.f_back); list(o); print(fi.f_back)
print(sum([1.0, 10**100, 1.0, -10**100]), sum([0j, 10**100, 1, -10**100]), sum([0j, 1.0, 10**100, 1.0, -10**100]), sum([0j,1e100,1.0,-1e100]))
for v in ([1.0,10**400],[0j,10**400]):
    try: print(sum(v))
    except Exception as e: print(repr(e))
class F(float): 
    def __add__(s,o): return 'x'
    def __radd__(s,o): return 'rx'
class I(int): 
    def __add__(s,o): return 'x'
    def __radd__(s,o): return 'rx'
for s in (1.0,1j):
  for k in (F,I):
    try: print(sum([s,k(2),1]))
    except Exception as e: print(repr(e))
class C:
    __name__='cls'
class D:
    def __getattr__(s,n): raise KeyError(n)
class P:
    @property
    def __name__(s): raise KeyError(1)
class Q:
    def __init__(s): s.__name__='inst'
class N: __name__=5
class W(weakref.ref): pass
for k in (C,D,Q,N,P):
    try:
        x=k(); print(shown(weakref.ref(x)), shown(weakref.proxy(x)), shown(W(x)))
    except Exception as e: print(k, repr(e))
print(shown(weakref.ref(C)), shown(weakref.ref(len)),shown(weakref.ref(lambda:0)),  shown(weakref.ref({1}.__class__())))
w=W(C())
print(shown(w))
import collections
from decimal import Decimal
class Z: 
    pass
Z.__module__='m'
Z.__qualname__='q.z'
z=Z()
print(shown(weakref.ref(z)))
try: '%c' % z
except TypeError as e: print(e)
try: '%c' % Decimal(1)
except TypeError as e: print(e)
try: '%c' % 1.5
except TypeError as e: print(e)
class Item:
    def __hash__(self): return 0
    def __buffer__(self, flags):
        sample.update(range(100, 400))
        return memoryview(b'abc')
sample = {Item()}
try: marshal.dumps(sample)
except RuntimeError as error: print(error)

class Numbers:
    def __init__(self): self.at = 0
    def __aiter__(self): return self
    @types.coroutine
    def __anext__(self):
        yield from ()
        self.at += 1
        if self.at > 2: raise StopAsyncIteration
        return self.at
async def steps():
    n = Numbers()
    print([await anext(n, 'end') for _ in range(4)])
asyncio.run(steps())
class Noticed:
    def __del__(self): print('gone')
def ignored(value): yield
g = ignored(Noticed()); g.close(); print('closed')
