"""Instances of subclasses of types that hold nothing can be part of cycles: the collector knows them."""
import gc
import _random
from decimal import Decimal
for B,a in ((int,(5,)),(int,(10**30,)),(float,(1.5,)),(str,('ab',)),(bytes,(b'ab',)),(tuple,((1,),)),(complex,(1j,)),(bytearray,(b'x',)),(frozenset,((1,),)),(object,()),(_random.Random,()),(Decimal,(1,))):
    class A(B): pass
    class S(B): __slots__=()
    x=A(*a); n=[gc.is_tracked(x), gc.is_tracked(S(*a))]
    x.y=x
    class D:
        def __del__(s): n.append('del')
    x.d=D(); del x; gc.collect(); print(B.__name__, n)
class Level(int):
    def __new__(cls, value, label):
        self = int.__new__(cls, value)
        self.label = label
        self.peers = [self]
        return self
class Name(str):
    pass
import weakref
refs = []
for number in range(100):
    level = Level(number, Name(number))
    level.label.level = level
    refs.append(weakref.ref(level.label))
del level
gc.collect()
print(sum(ref() is not None for ref in refs))
