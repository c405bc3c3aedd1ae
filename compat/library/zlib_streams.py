"""zlib: compressed bytes at every level, streams in pieces, dictionaries, tails, copies, errors."""

import copy
import random
import zlib


def t(f, *a, **k):
    try:
        r = f(*a, **k)
        print(getattr(f, '__name__', '?').lstrip('_'), k, repr(r)[:200], len(r) if isinstance(r, bytes) else '')
        return r
    except BaseException as e:
        print(getattr(f, '__name__', '?').lstrip('_'), k, type(e).__name__, e)


rnd = random.Random(3)
texts = [b'', b'a', b'hello ' * 50, bytes(range(256)) * 4, bytes(rnd.randrange(256) for _ in range(70000)),
         b''.join(b'%d,%s\n' % (i, b'ab'[i % 2:i % 2 + 1] * (i % 7)) for i in range(20000))]
for text in texts:
    for level in range(-1, 10):
        c = zlib.compress(text, level)
        assert zlib.decompress(c) == text
        print(level, len(c), zlib.crc32(c), zlib.adler32(c))
    for wbits in (9, 12, 15, -9, -15, 25, 31):
        c = zlib.compress(text, wbits=wbits)
        assert zlib.decompress(c, wbits=wbits) == text
        print(wbits, len(c), zlib.crc32(c))
    for strategy in range(5):
        for mem in (1, 9):
            o = zlib.compressobj(6, zlib.DEFLATED, 15, mem, strategy)
            c = o.compress(text[:1000]) + o.flush(zlib.Z_SYNC_FLUSH) + o.compress(text[1000:]) + o.flush()
            print(strategy, mem, len(c), zlib.crc32(c))
t(zlib.compress, b'a', 10); t(zlib.compress, b'a', -2); t(zlib.compress, b'a', wbits=3); t(zlib.compress, 'a')
t(zlib.decompress, b''); t(zlib.decompress, b'x'); t(zlib.decompress, b'xxxxxxxx'); t(zlib.decompress, b'a', bufsize=-1)
good = zlib.compress(texts[2])
t(zlib.decompress, good[:-1]); t(zlib.decompress, good[:-1] + b'x'); t(zlib.decompress, good + b'x'); t(zlib.decompress, good, wbits=-15)
t(zlib.decompress, good, wbits=99); t(zlib.decompress, good, bufsize=0); t(zlib.decompress, good, 15, 1)
t(zlib.compressobj, 99); t(zlib.compressobj, method=1); t(zlib.compressobj, zdict=5); t(zlib.compressobj, memLevel=77); t(zlib.compressobj, 'x')
t(zlib.decompressobj, 99); t(zlib.decompressobj, zdict=5); t(zlib.decompressobj, 'x'); t(zlib._ZlibDecompressor, 99); t(zlib._ZlibDecompressor, -15, 5)
d = zlib.decompressobj()
out = b''
data = good + b'tail'
for i in range(0, len(data), 3):
    out += d.decompress(data[i:i + 3])
print(out == texts[2], d.unused_data, d.unconsumed_tail, d.eof, d.flush(), d.unused_data)
t(d.decompress, b'more'); print(d.unused_data)
d = zlib.decompressobj()
print(len(d.decompress(good + b'!!', 10)), len(d.unconsumed_tail), d.eof, d.unused_data)
e = copy.copy(d)
print(len(d.decompress(d.unconsumed_tail, 7)), len(d.unconsumed_tail), len(e.unconsumed_tail))
print(len(e.flush()), e.unconsumed_tail, e.unused_data, e.eof)
print(len(d.flush(5)), d.unconsumed_tail, d.unused_data, d.eof)
t(d.flush, 0); t(d.flush, 'x'); t(d.decompress, b'', -1); t(d.decompress); t(d.decompress, 'x'); t(d.decompress, b'', max_length=2, x=1)
c = zlib.compressobj()
c.compress(b'abc')
k = copy.deepcopy(c)
print(c.compress(b'def') + c.flush(), k.flush(), t(c.flush), t(c.compress, b'x'), t(c.copy))
t(c.flush, 99); print(zlib.compressobj().flush(zlib.Z_NO_FLUSH)); t(zlib.compressobj().flush, 77)
z = b'the quick brown fox'
c = zlib.compressobj(zdict=z)
p = c.compress(b'the quick brown fox jumps') + c.flush()
print(p, zlib.decompressobj(zdict=z).decompress(p)); t(zlib.decompressobj().decompress, p); t(zlib.decompressobj(zdict=b'no').decompress, p); t(zlib.decompress, p)
c = zlib.compressobj(wbits=-15, zdict=z)
p = c.compress(b'the quick brown fox jumps') + c.flush()
print(p, zlib.decompressobj(-15, zdict=bytearray(z)).decompress(p))
d = zlib._ZlibDecompressor()
print(d.needs_input, d.eof, d.unused_data)
o = d.decompress(good[:20], 5); print(o, d.needs_input, d.eof)
o = d.decompress(b'', 0); print(o, d.needs_input, d.eof)
o = d.decompress(b'', 5); print(o, d.needs_input, d.eof)
o = d.decompress(good[20:] + b'rest'); print(len(o), d.needs_input, d.eof, d.unused_data)
t(d.decompress, b'x'); t(zlib._ZlibDecompressor().decompress, b'garbage'); t(zlib._ZlibDecompressor().decompress, 'x')
big = zlib.compress(bytes(1 << 20))
d = zlib._ZlibDecompressor()
print(len(d.decompress(big, 1000)), d.needs_input, len(d.decompress(b'', 100000)), len(d.decompress(b'')), d.eof)
print(zlib.crc32(b'abc', -1), zlib.adler32(b'abc', 5), zlib.crc32(b''), zlib.adler32(b''), zlib.ZLIB_VERSION == zlib.ZLIB_RUNTIME_VERSION)
print(sorted(n for n in dir(zlib) if not n.startswith('_')), zlib.error.__mro__)
t(type(zlib.compressobj())); t(zlib.crc32); t(zlib.crc32, b'', 'x'); t(zlib.adler32, 'x')
import pickle
for p in (0, 1, 2):
    t(pickle.dumps, zlib._ZlibDecompressor(), p)
print(int.__new__.__self__, zlib._ZlibDecompressor.__new__.__self__)
d = zlib.decompressobj()
d.decompress(good[:-1] + b'\0', 3)
t(d.flush)
