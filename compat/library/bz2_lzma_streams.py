"""bz2 and lzma: the same bytes at every level, streams in pieces, formats and filters, tails, errors."""

import bz2
import lzma
import random
import zlib


def t(f, *a, **k):
    try:
        r = f(*a, **k)
        print(getattr(f, '__name__', '?').lstrip('_'), k, repr(r)[:120] if not hasattr(r, 'decompress') and not hasattr(r, 'compress') else type(r).__name__)
        return r
    except BaseException as e:
        print(getattr(f, '__name__', '?').lstrip('_'), k, type(e).__name__, e)


rnd = random.Random(3)
texts = [b'', b'a', b'hello ' * 500, bytes(range(256)) * 4, bytes(rnd.randrange(256) for _ in range(20000)),
         b''.join(b'%d,%s\n' % (i, b'ab'[i % 2:i % 2 + 1] * (i % 7)) for i in range(20000))]
for text in texts:
    for level in (1, 5, 9):
        c = bz2.compress(text, level)
        assert bz2.decompress(c) == text
        print('bz2', level, len(c), zlib.crc32(c))
    for level in (0, 3, 6, 9 | lzma.PRESET_EXTREME):
        c = lzma.compress(text, preset=level)
        assert lzma.decompress(c) == text
        print('xz', level, len(c), zlib.crc32(c))
    c = lzma.compress(text, format=lzma.FORMAT_ALONE)
    assert lzma.decompress(c) == text
    print('alone', len(c), zlib.crc32(c))
    for filters in ([{'id': lzma.FILTER_LZMA2}], [{'id': lzma.FILTER_DELTA, 'dist': 4}, {'id': lzma.FILTER_LZMA2, 'preset': 1}],
                    [{'id': lzma.FILTER_X86, 'start_offset': 0}, {'id': lzma.FILTER_LZMA2, 'dict_size': 1 << 16, 'lc': 1, 'lp': 1, 'pb': 1, 'mode': 1, 'nice_len': 40, 'mf': lzma.MF_HC4, 'depth': 3}]):
        c = lzma.compress(text, format=lzma.FORMAT_RAW, filters=filters)
        assert lzma.decompress(c, format=lzma.FORMAT_RAW, filters=filters) == text
        print('raw', len(c), zlib.crc32(c), len(lzma.compress(text, filters=filters, check=lzma.CHECK_SHA256)))
for kind, comp, dec in (('bz2', bz2.BZ2Compressor, bz2.BZ2Decompressor), ('lzma', lzma.LZMACompressor, lzma.LZMADecompressor)):
    c = comp()
    data = c.compress(texts[5][:1000]) + c.compress(texts[5][1000:]) + c.flush()
    print(kind, len(data), zlib.crc32(data))
    t(c.flush); t(c.compress, b'x'); t(c.compress, 'x'); t(comp().compress, 'x')
    d = dec()
    out = b''
    for i in range(0, len(data), 7):
        out += d.decompress((data + b'tail')[i:i + 7])
    print(out == texts[5], d.eof, d.needs_input, d.unused_data)
    t(d.decompress, b'x')
    d = dec()
    n = 0
    first = True
    while not d.eof:
        n += len(d.decompress(data + b'tail!' if first else b'', 5000))
        first = False
    print(n, d.unused_data, d.needs_input)
    d = dec()
    print(d.needs_input, d.eof, d.unused_data, d.decompress(data, 0), d.needs_input, len(d.decompress(b'')), d.needs_input, d.eof)
    t(dec().decompress, b'garbage garbage garbage'); t(dec().decompress, data[:-9] + b'123456789'); t(dec().decompress, 'x'); t(dec().decompress, b'', 'x'); t(dec().decompress)
t(bz2.BZ2Compressor, 0); t(bz2.BZ2Compressor, 10); t(bz2.BZ2Compressor, 'x'); t(bz2.BZ2Compressor, compresslevel=1); t(bz2.BZ2Decompressor, 1); t(bz2.BZ2Decompressor, x=1)
for k in (dict(format=9), dict(format=2, check=4), dict(preset=6, filters=[]), dict(preset=10), dict(preset=-1), dict(preset=1 << 40), dict(preset='x'), dict(check=99), dict(format=3),
          dict(filters=5), dict(filters=[1]), dict(filters=[{}]), dict(filters=[{'id': 99}]), dict(filters=[{'id': 'x'}]), dict(filters=[{'id': -1}]), dict(filters=[{'id': 33}] * 5),
          dict(filters=[{'id': 33, 'foo': 1}]), dict(filters=[{'id': 33, 'lc': 'x'}]), dict(filters=[{'id': 33, 'preset': 99}]), dict(filters=[{'id': 33, 'preset': 'x'}]), dict(filters=[{'id': 3, 'x': 1}]),
          dict(filters=[{'id': 4, 'x': 1}]), dict(filters=[{'id': 3}]), dict(filters=[]), dict(format=2, filters=[{'id': 33}]), dict(format=2, preset=77), dict(format=2, filters=[{'id': lzma.FILTER_LZMA1}]), dict(filters=[{'id': 33, 'lc': 9}]), dict(foo=1)):
    t(lzma.LZMACompressor, **k)
for k in (dict(format=9), dict(format=3), dict(memlimit=5), dict(memlimit=-1), dict(memlimit='x'), dict(format=3, memlimit=3), dict(filters=[]), dict(format=3, filters=[{'id': 33}]), dict(format=3, filters=[]), dict(format=3, filters={}), dict(foo=1)):
    t(lzma.LZMADecompressor, **k)
x = lzma.compress(b'abc', check=lzma.CHECK_CRC32)
t(lzma.LZMADecompressor(memlimit=1000).decompress, x)
d = lzma.LZMADecompressor()
print(d.check, d.decompress(x), d.check, lzma.LZMADecompressor(lzma.FORMAT_ALONE).check, [lzma.is_check_supported(i) for i in (0, 1, 2, 4, 10, 15, 16, -1)])
for spec in ({'id': lzma.FILTER_LZMA1, 'lc': 2}, {'id': 33, 'dict_size': 1 << 20}, {'id': 3, 'dist': 9}, {'id': 4, 'start_offset': 16}, {'id': 4}, {'id': 3, 'dist': 0}):
    p = t(lzma._encode_filter_properties, spec)
    if p is not None:
        t(lzma._decode_filter_properties, spec['id'], p)
t(lzma._decode_filter_properties, 33, b''); t(lzma._decode_filter_properties, 99, b''); t(lzma._decode_filter_properties, -1, b''); t(lzma._encode_filter_properties, 5)
print(lzma.LZMAError.__mro__, lzma.LZMAError.__doc__)
for make, packed in ((bz2.BZ2Decompressor, bz2.compress(b'abc' * 1000)), (lzma.LZMADecompressor, lzma.compress(b'abc' * 1000))):
    d = make()
    for piece in (packed[:20] + b'\xff' * 20 + packed[40:], b'', packed):
        t(d.decompress, piece)
        print(d.eof, d.needs_input, d.unused_data)
