"""`pickle`: every protocol, damaged pickles, what `__reduce__` may not answer, buffers, the memo."""
import re


def plain(text):
    return re.sub("0x[0-9a-f]+", "0x", str(text))


import pickle, _pickle, io
def t(b, **k):
    try: print(b[:60], k, '=>', plain(repr(pickle.loads(b, **k))[:100]))
    except BaseException as e: print(b[:60], k, '=>', type(e).__module__, type(e).__name__, plain(e), getattr(e,'__notes__',''))
for b in [b'', b'\x80', b'\x80\x05', b'\x80\x06.', b'.', b'0.', b'1.', b'2.', b'a.', b']a.', b'(a.', b'](a.', b'e.', b'](.', b'](Ne.', b's.', b'}s.', b'}Ns.', b'}(Nu.', b'}(NNu.', b'u.', b'(d.', b'(Nd.', b't.', b'(t.', b'\x85.', b'\x86.', b'b.', b'Nb.', b'N}b.', b'NNb.', b'NKAb.',b'R.', b'N)R.', b'\x81.', b'N)\x81.', b'NN)\x81.', b'\x92.', b'cint\n.', b'cint\nfoo\n.', b'cbuiltins\nint\n.', b'cbuiltins\nint\n)\x81.', b'cbuiltins\nint\nN\x81.', b'cbuiltins\nint\n)N\x92.', b'cnotthere\nfoo\n.', b'I\n.', b'I1\n.', b'I01\n.', b'I00\n.', b'I12a\n.', b'I123456789012345678901\n.', b'L\n.', b'L12L\n.', b'L12\n.', b'Lx\n.', b'F\n.', b'F1.5\n.', b'Fx\n.', b'F1e400\n.', b'S\n.', b"S'a\\x41'\n.", b"Sa\n.", b"S'\n.", b"S'\xff'\n.", b'Uabc', b'U\x02ab.', b'U\x01\xff.', b'T\xff\xff\xff\xff.', b'\x8a\x00.', b'\x8a\x02\xff\x00.', b'\x8b\xff\xff\xff\xff.', b'\x8b\x01\0\0\0\x80.', b'V\n.', b'Va\\u1234\n.', b'Va\\u12\n.', b'X\x01\0\0\0a.', b'X\x01\0\0\0\xff.', b'X\xff\xff\xff\xffa.', b'\x8c\x05a.', b'\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.', b'\x8e\xff\xff\xff\xff\xff\xff\xff\xffa.', b'\x96\xff\xff\xff\xff\xff\xff\xff\xffa.', b'C\x01a.', b'\x95\xff\xff\xff\xff\xff\xff\xff\xff.', b'\x95\x05\0\0\0\0\0\0\0N.', b'\x97.', b'\x98.', b'N\x98.', b'g0\n.', b'gx\n.', b'g-1\n.', b'h\x05.', b'j\5\0\0\0.', b'Np0\ng0\n.', b'Np-1\n.', b'Npx\n.', b'p0\n.', b'q\0.', b'Nq\0h\0.', b'r\0\0\0\0.', b'N\x94h\0.', b'\x94.', b'\x82\x00.', b'\x82\xf0.', b'\x84\xff\xff\xff\xff.', b'P1\n.', b'P\xff\n.', b'NQ.', b'Q.', b'(i.', b'(iint\nfoo\n.', b'(ibuiltins\nint\n.', b'(cbuiltins\nint\no.', b'(o.', b'(No.', b'\x91.', b'(K\1K\2\x91.', b'\x8f(K\1\x90.', b'\x8f\x90.', b'N(K\1\x90.', b'](K\1\x90.', b'\x93.', b'NN\x93.', b'\x8c\x08builtins\x8c\x03int\x93.', b'\x80\x04\x8c\x08builtins\x8c\x07int.foo\x93.', b'\x80\x04\x8c\x08builtins\x8c\x03foo\x93.', b'\xff', b'~', b"'", b'G\0.', b'G?\xf0\0\0\0\0\0\0.', b'M\1\2.', b'J\xff\xff\xff\xff.', b'K.', b'N(N1.', b'(0.', b'N(0.', b'(((.', b'NN.', b'((1l.']:
    t(b)
t(b"U\x01\xff.", encoding='latin1'); t(b"U\x01\xff.", encoding='bytes'); t(b"S'\xff'\n.", encoding='bytes'); t(b'\x97.', buffers=[]); t(b'\x97.', buffers=[b'x']); t(b'\x97\x98.', buffers=[bytearray(b'x')])
t(b"U\x01\xff.", encoding=3); t("a")
class F:
    def __init__(s,b): s.f=io.BytesIO(b)
    def read(s,n): return s.f.read(n)
    def readline(s): return s.f.readline()
def d(o,p=None,**k):
    try: print(str(type(o))[:40], p, k, '=>', pickle.dumps(o,p,**k)[:120])
    except BaseException as e: print(str(type(o))[:40], p, k, '=>', type(e).__module__, type(e).__name__, plain(e), getattr(e,'__notes__',''))
def loc():
    class L: pass
    return L
class R:
    def __init__(s,v): s.v=v
    def __reduce__(s): return s.v
import copyreg, sys
def sf(): pass
for v in [3, (), (1,), (1,2), (int,2), (int,(),None,3), (int,(),None,None,3), (int,(),None,None,None,3), (1,)*7, "foo", "sf", (copyreg.__newobj__,()), (copyreg.__newobj__,(1,)), (copyreg.__newobj__,(int,)), (copyreg.__newobj_ex__,()), (copyreg.__newobj_ex__,(1,2,3)), (copyreg.__newobj_ex__,(int,2,3)),(copyreg.__newobj_ex__,(int,(),3)), (int,(),loc())]:
    d(R(v))
for p in range(6):
    for o in [None, True, 0, 255, 256, 65535, 65536, -1, 2**31-1, 2**31, -2**31, -2**31-1, 2**63, -2**63, -128, -2**71, 1.5, float('inf'), 'a', 'é\n\\', '\ud800', '\U0001F600', b'', b'a\xff', bytearray(), bytearray(b'ab'), (), (1,), (1,2,3), (1,2,3,4), [], [1], [1,2], {}, {1:2}, {1:2,3:4}, set(), {1}, frozenset(), frozenset({1}), int, type(None), ..., NotImplemented, type(...), len, [].append, str.upper, 1j, range(3), slice(1,2), pickle.PickleBuffer(b'ab'), pickle.PickleBuffer(bytearray(b'ab')), loc(), loc, (lambda:0), sys, (x for x in ()), [[loc()]], {1:loc()}, {loc()}, (loc(),), collections] if False else [None, True, 0, 255, 256, 65535, 65536, -1, 2**31-1, 2**31, -2**31, -2**31-1, 2**63, -2**63, -128, -2**71, 1.5, float('inf'), 'a', 'é\n\\', '\ud800', '\U0001F600', b'', b'a\xff', bytearray(), bytearray(b'ab'), (), (1,), (1,2,3), (1,2,3,4), [], [1], [1,2], {}, {1:2}, {1:2,3:4}, set(), {1}, frozenset(), frozenset({1}), int, type(None), ..., NotImplemented, type(...), len, [].append, str.upper, 1j, range(3), slice(1,2), pickle.PickleBuffer(b'ab'), pickle.PickleBuffer(bytearray(b'ab'))]:
        d(o,p)
import re
def d2(o,p=None):
    try: print(p, pickle.dumps(o,p)[:80])
    except BaseException as e: print(p, type(e).__name__, re.sub('0x[0-9a-f]+','0x',str(e)), [re.sub('0x[0-9a-f]+','0x',n) for n in getattr(e,'__notes__','')], repr(e.__context__)[:50] and type(e.__context__), type(e.__cause__))
for o in [loc(), loc, (lambda:0), sys, (x for x in ()), [[loc()]], {1:loc()}, {loc()}, (1,loc()), frozenset({loc()})]:
    d2(o); d2(o,0)
d(1,6); d(1,-1); d(1,'a'); d(1,buffer_callback=3); d(1,4,buffer_callback=3)
l=[]; l.append(l); d(l); d(l,0)
tt=([],); tt[0].append(tt); d(tt); d(tt,0); d(tt,1)
x='abc'; d([x,x,x]); d([x,x],0); d(list(range(2000)),1)
d({i:i for i in range(1001)},2)
r=[]
for i in range(100000): r=[r]
try: pickle.dumps(r)
except RecursionError as e: print(str(e)[:20])
P=pickle.Pickler(io.BytesIO()); P.fast=1; 
try: P.dump(l)
except Exception as e: print(type(e).__name__, re.sub('0x[0-9a-f]+','0x',str(e)))
for f in ("pickle.Pickler(3)","pickle.Unpickler(3)","pickle.Pickler()","pickle.Unpickler()","pickle.Pickler.__new__(pickle.Pickler).dump(1)","pickle.Unpickler.__new__(pickle.Unpickler).load()","P.memo","P.bin","P.fast","P.dispatch_table","P.persistent_id","P.memo.copy()","pickle.Unpickler(io.BytesIO(b'')).load()","pickle.Unpickler(io.BytesIO(b'N')).load()","pickle.Unpickler(F(b'cbuiltins')).load()","pickle.Unpickler(F(b'cbuiltins\\nint\\n.')).load()","setattr(P,'memo',3)","setattr(P,'memo',{1:2})","pickle.load(F(b'K\\1.'))", "pickle.dump(1,3)","pickle.dump(1,io.BytesIO(),9)","pickle.PickleBuffer()","pickle.PickleBuffer(3)","pickle.PickleBuffer(b'a').raw()","pickle.PickleBuffer(memoryview(b'abcd')[::2]).raw()","pickle.dumps(pickle.PickleBuffer(memoryview(b'abcd')[::2]))","pickle.Pickler(io.BytesIO()).memo.__reduce__()","pickle.Unpickler(io.BytesIO()).memo.copy()","bytes(pickle.PickleBuffer(b'abc'))"):
    try: print(f, re.sub('0x[0-9a-f]+','0x',repr(eval(f))))
    except BaseException as e: print(f, type(e).__name__, e)
b=pickle.PickleBuffer(b'a'); b.release()
try: b.raw()
except Exception as e: print(e)
try: pickle.dumps(b)
except Exception as e: print(e)
bufs=[]; print(pickle.dumps([pickle.PickleBuffer(b'xyz'), pickle.PickleBuffer(bytearray(b'q'))],5,buffer_callback=bufs.append), bufs and len(bufs))
class PP(pickle.Pickler):
    def persistent_id(self,o): return 'id' if o=='P' else None
class UU(pickle.Unpickler):
    def persistent_load(self,p): return ('got',p)
for p in range(6):
    f=io.BytesIO(); PP(f,p).dump(['P',1]); print(f.getvalue()); f.seek(0); print(UU(f).load())
print(len(pickle.dumps(b'x'*100000)), len(pickle.dumps(['x'*70000]*3)), pickle.loads(pickle.dumps(['x'*70000]*3))[2][:3])
for b in [
    b'\x80\x04\x95\x06\0\0\0\0\0\0\0Vhelloworld\n.',
    b'\x80\x04\x95\x06\0\0\0\0\0\0\0X\x0a\0\0\0helloworld.',
    b'\x80\x04\x95\x03\0\0\0\0\0\0\0C\x0ahelloworld.',
    b'\x80\x04\x95\x0c\0\0\0\0\0\0\0N\x95\0\0\0\0\0\0\0\0NN.',
    b'\x80\x04\x95\x0a\0\0\0\0\0\0\0N\x95\0\0\0\0\0\0\0\0N.',
]:
    t(b)
