"""Streams: modes, positions, messages, buffering over raw streams written in Python."""
import io, os
def t(f):
    try: print(f())
    except BaseException as e: print(type(e).__name__, e)
p='_streams.tmp'
with open(p,'w',encoding='utf-8') as f:
    print(f.write('héllo\nwörld\r\nx\ry'), f)
print(open(p,'rb').read(), open(p,encoding='utf-8').read().__repr__(), open(p,newline='',encoding='utf-8').readlines(), list(open(p,newline='\r\n',encoding='utf-8')))
f=open(p,encoding='utf-8'); print(f.read(3), f.tell(), f.readline(), f.tell()); f.seek(4); print(repr(f.read())); print(f.newlines); f.close(); t(lambda: f.read())
for c in ["io.open(p,'rU')","io.open(p,'rbt')","io.open(p,'rw')","io.open(p,'b')","io.open(p,'rb',1,'utf8')","io.open('/nonexist')","io.open(p,'r',0)","io.open(1.5)","io.open('x\\0')","io.open(-1)","io.FileIO('/')","io.open('/','w')","io.open(p,'xb')"]:
    t(lambda: eval(c))
b=io.BytesIO(b'abc\ndef')
for c in ["b.read('x')","b.seek(-1)","b.seek(0,5)","b.truncate(-1)","b.read1(1.5)","b.write('x')","b.readinto(b'x')","b.writelines(3)","b.seek(1.0)","b.readlines('x')","b.readline()","b.read()","b.getvalue()","b.seek(0)","b.readlines()","b.tell()","b.getbuffer().tobytes()","b.__getstate__()","list(b)","b.truncate(2)","b.getvalue()"]:
    t(lambda: eval(c))
v=b.getbuffer(); t(lambda: b.write(b'zzzzzzzzzzzzz')); t(lambda: b.close()); v.release(); print(b.close(), b.closed)
s=io.StringIO('abc')
for c in ["s.write(b'')","s.seek(-1)","s.seek(1,1)","s.seek(0,7)","s.truncate(-1)","s.read('x')","io.StringIO(3)","io.StringIO('',newline='x')","io.StringIO('',newline=3)","s.__setstate__(1)","s.__setstate__((1,2,3,4))","s.write('XY')","s.getvalue()","s.seek(0,2)","s.write('\\u1234q')","s.getvalue()","io.StringIO('a\\r\\nb\\rc\\n',newline=None).readlines()","io.StringIO('a\\r\\nb\\rc\\n',newline='').readlines()","io.StringIO('a\\nb',newline='\\r\\n').getvalue()","repr(s)[:12]","s.__getstate__()"]:
    t(lambda: eval(c))
tt=io.TextIOWrapper(io.BytesIO(b'abc\nd\n'),encoding='utf-8')
for c in ["tt.seek(-1)","tt.seek(1,1)","tt.seek(0,7)","tt.seek(1,2)","tt.write(b'')","tt.read('x')","(next(tt),tt.tell())","tt.reconfigure(newline='x')","tt.reconfigure(encoding=3)","io.TextIOWrapper(io.BytesIO(),newline='z')","io.TextIOWrapper(io.BytesIO(),encoding='zz')","io.TextIOWrapper(3)","io.TextIOWrapper.__new__(io.TextIOWrapper).read()","repr(tt)","(tt.detach(),tt.read())[1]","repr(tt)"]:
    t(lambda: eval(c))
for c in ["io.BufferedReader(3)","io.BufferedReader(io.BytesIO(),0)","io.BufferedReader(io.BytesIO()).read(-2)","io.BufferedReader(io.BytesIO()).seek(0,9)","io.BufferedWriter(open(p,'rb',0))","repr(io.BufferedReader(io.BytesIO()))","io.BufferedReader(io.BytesIO(b'abc')).peek()","io.BufferedRWPair(io.BytesIO(),io.BytesIO(),3,4)","io.BufferedRWPair(io.BytesIO(),io.BytesIO()).detach()","io.BufferedReader(io.BytesIO()).__getstate__()"]:
    t(lambda: eval(c))
r=open(p,'r+b'); print(r.read(2), r.write(b'ZZ'), r.tell(), r.seek(0), r.read()); r.close()
class R(io.RawIOBase):
    def __init__(s,d): s.d=d
    def readable(s): return True
    def readinto(s,b):
        n=min(len(b),3,len(s.d)); b[:n]=s.d[:n]; s.d=s.d[n:]; return n
print(io.BufferedReader(R(b'hello world\nfoo')).readlines(), R(b'abcdef').read(4), R(b'abcdef').read(), R(b'ab\ncd').readline())
class W(io.RawIOBase):
    def writable(s): return True
    def write(s,b): print('W',bytes(b)); return len(b)
w=io.BufferedWriter(W(),4); w.write(b'ab'); w.write(b'cdefghij'); w.flush(); w.write(b'z'); del w
x=io.TextIOWrapper(io.BytesIO(),encoding='utf-16'); x.write('ab'); x.write('c'); x.flush(); print(x.buffer.getvalue(), x.tell())
print(io.UnsupportedOperation.__mro__, io.UnsupportedOperation.__module__)
print(io.IOBase.__subclasses__() if 0 else [c.__name__ for c in io.BufferedReader.__mro__])
class Sub(io.StringIO):
    pass
q=Sub('x'); q.foo=1; print(q.foo, q.__dict__, q.read())
print(sorted(k for k in dir(io.TextIOWrapper) if k[0]!='_'))
d=io.IncrementalNewlineDecoder(None,True); print(d.decode('a\r'), d.decode('\nb\rc'), d.newlines, d.getstate())
os.remove(p)
