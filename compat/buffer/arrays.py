"""Arrays: conversion of items, errors, slices, exports, pickles, sizes."""
import array, warnings, sys, pickle, copy
from array import array as A
warnings.simplefilter('ignore')
def t(f,*a,**k):
    try: print(ascii((getattr(f,'__name__','?'),a,k,repr(f(*a,**k)))))
    except BaseException as e: print(ascii((getattr(f,'__name__','?'),a,k,type(e).__name__, str(e))))
class I:
    def __init__(s,v): s.v=v
    def __index__(s): return s.v
    def __repr__(s): return 'I'
class F:
    def __float__(s): return 2.5
    def __repr__(s): return 'F'
for c in 'bBuwhHiIlLqQfd':
    for v in (0,1,-1,127,128,-129,255,256,-32769,32768,65536,2**31,2**32,-2**31-1,2**63,2**64,-2**63-1,2**100,-2**100,1.5,'a','ab',None,b'a',I(3),F(),1e300,float('nan'),'\U0001f600',I(-1)):
        t(A,c,[v])
t(A); t(A,'x'); t(A,'xx'); t(A,1); t(A,'i',5); t(A,'i',[1],2); t(A,'i',x=1); t(A,'i','abc'); t(A,'i',A('w','a')); t(A,'i',A('d',[1.5])); t(A,'d',A('i',[1])); t(A,'w','aé€'); t(A,'w',['a','b']); t(A,'u','ab'); t(A,'i',b'\1\0\0\0'); t(A,'i',b'\1\0\0'); t(A,'i',bytearray(4)); t(A,'i',range(3)); t(A,'b',(1,2)); t(A,'w',A('u','ab'))
a=A('i',range(5))
for f in ('append','extend','count','index','remove','pop','insert','fromlist','frombytes','fromunicode','tounicode','buffer_info','tofile','fromfile','__reduce_ex__','__deepcopy__','byteswap','__class_getitem__'):
    if f!='buffer_info': t(getattr(a,f)); 
    t(getattr(a,f),'x'); t(getattr(a,f),1,2,3,4)
print(a)
t(a.append,'x'); t(a.extend,[1,'x']); print(a); t(a.extend,A('d')); t(a.__iadd__,[1]); t(a.__add__,[1]); t(a.__add__,A('d')); t(lambda:a+A('i',[9])); t(lambda:a*2); t(lambda:2*a); t(lambda:a*-1); t(lambda:a*'x'); t(lambda:a[1:3]); t(lambda:a[::-2]); t(lambda:a[10]); t(lambda:a['x']); t(lambda:a[-1]); t(lambda:a[2**70])
def s(k,v):
    b=A('i',range(8)); b[k]=v; return b
def d(k):
    b=A('i',range(8)); del b[k]; return b
for k in (0,-1,8,'x',slice(1,3),slice(None,None,2),slice(None,None,-1),slice(5,2),slice(2,2)):
    for v in (7,'x',A('i',[1,2]),A('i',[1,2,3,4]),A('d'),[1],A('i')): t(s,k,v)
    t(d,k)
t(d,slice(1,7,2)); t(d,slice(None,None,-3)); t(d,slice(7,1,-2))
b=A('i',range(4)); b[1:2]=b; print(b); b.reverse(); print(b); b.byteswap(); print(b); print(b.tobytes(), b.tolist(), b.itemsize,b.typecode,len(b)); b.clear(); print(b)
m=memoryview(a); t(a.append,1); t(a.pop); t(a.extend,[]); t(a.extend,[1]); t(a.__delitem__,0); t(a.__imul__,2);t(a.__imul__,1); t(a.clear); a[0]=99; print(m[0],m.format,m.itemsize,m.shape,m.strides,m.readonly,m.nbytes); m.release()
for c in 'bBuwhHiIlLqQfd': 
    x=A(c,'ab' if c in 'uw' else [1,2]); print(memoryview(x).format, x.__reduce_ex__(2)[1:], x.__reduce_ex__(4)[1:], pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x), sys.getsizeof(x), x==x[:], x<x, x<=A(c,x.tolist()[:1]))
for p in range(6): print(pickle.loads(pickle.dumps(A('d',[1.5]),p)))
print(A('i',[1,2])==A('d',[1,2]), A('i',[1,2])<A('d',[1,3]), A('i',[1])==[1], A('i',[1,2])!=A('i',[1]), A('f',[float('nan')])==A('f',[float('nan')]))
sz=[]
x=A('h')
for i in range(80): x.append(i); sz.append(sys.getsizeof(x))
print(sz)
for i in range(80): x.pop(); sz.append(sys.getsizeof(x))
print(sz[80:])
it=iter(A('i',[1,2,3])); print(type(it), next(it), it.__reduce__()[1:], list(it), it.__reduce__()[1:]); it=iter(A('i',[1,2,3])); it.__setstate__(2); print(list(it)); t(it.__setstate__,'x'); t(type(it))
R=array._array_reconstructor
t(R,A,'i',8,b'\1\0\0\0'); t(R,A,'i',9,b'\0\0\0\1'); t(R,A,'d',17,b'\x3f\xf8'+b'\0'*6); t(R,A,'f',14,b'\0\0\0'); t(R,A,'x',1,b''); t(R,A,'i',99,b''); t(R,A,'i',-1,b''); t(R,int,'i',1,b''); t(R,1,'i',1,b''); t(R,A,'i',1,''); t(R,A,'w',18,'ab'.encode('utf-16-le')); t(R,A,'i',3,b'\0\1\0\2'); t(R,A,1,3,b''); t(R,A,'ii',3,b'')
class S(A):
    def __init__(self,*a,**k): pass
s_=S('i',[1]); s_.attr=3; print(s_, type(s_[:]), type(s_+s_), s_.__reduce_ex__(4)[2], type(copy.copy(s_)))
import collections.abc; print(isinstance(a,collections.abc.MutableSequence), array.typecodes, array.ArrayType is A, A.__module__)
t(A('u','a').fromunicode,'b'); z=A('w'); z.fromunicode('hé€😀'); print(z, z.tounicode(), z.tolist()); t(A('w',b'\0\0\x11\0').tounicode); t(A('u',b'\0\0\x11\0').tounicode); t(A('w',b'\0\xd8\0\0').tounicode); t(lambda:A('w',b'\0\0\x11\0')[0]);t(lambda:repr(A('w',b'\0\xd8\0\0')));  t(lambda:ascii(A('u',b'\0\xd8\0\0')))
import io
f=io.BytesIO(); A('h',[1,2,3]).tofile(f); print(f.getvalue()); f.seek(0); y=A('h'); y.fromfile(f,2); print(y)
t(hash,A('i')); print(1 in A('i',[1]), 'x' in A('i',[1]), A('i',[1,2,1]).count(1), A('i',[1,2,1]).index(1,1)); t(A('i',[1,2,1]).index,1,1,2); t(A('i',[1,2]).index,3); t(A('i',[1]).remove,3); t(A('i').pop); t(A('i',[1]).pop,5); x=A('i',[1,2]); x.insert(-10,5); x.insert(99,6); x.insert(-1,7); print(x); t(x.insert,'x',1); t(x.fromlist,[1,'x']); t(x.fromlist,(1,)); print(x); t(x.frombytes,b'abc'); t(x.frombytes,A('i',[1])); t(x.frombytes,'abc')
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter('always'); A('u'); print(w[0].message, w[0].category)
import weakref; print(weakref.ref(x)() is x); t(setattr,x,'foo',1); print(A[int])
import struct
half = struct.Struct.__new__(struct.Struct)
for f in (half.__sizeof__, half.__repr__, lambda: half.format, lambda: half.size):
    t(f)
