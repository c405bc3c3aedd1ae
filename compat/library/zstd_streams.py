"""zstd: the same bytes at every level, options, dictionaries, streams in pieces, frames, errors."""

import random
import zlib

import _zstd
from compression import zstd


def t(f, *a, **k):
    try:
        r = f(*a, **k)
        print(getattr(f, '__name__', '?'), k, repr(r)[:100] if isinstance(r, (bytes, int, tuple, type(None))) else type(r).__name__)
        return r
    except BaseException as e:
        print(getattr(f, '__name__', '?'), k, type(e).__name__, e)


rnd = random.Random(3)
texts = [b'', b'a', b'hello ' * 500, bytes(range(256)) * 4, bytes(rnd.randrange(256) for _ in range(20000)),
         b''.join(b'%d,%s\n' % (i, b'ab'[i % 2:i % 2 + 1] * (i % 7)) for i in range(20000))]
C, D = zstd.CompressionParameter, zstd.DecompressionParameter
for text in texts:
    for level in (-5, 1, 3, 9, 19):
        c = zstd.compress(text, level)
        assert zstd.decompress(c) == text
        print(level, len(c), zlib.crc32(c))
    for options in ({C.checksum_flag: 1}, {C.window_log: 12, C.strategy: 2}, {C.enable_long_distance_matching: 1, C.content_size_flag: 0}, {}):
        c = zstd.compress(text, options=options)
        assert zstd.decompress(c) == text
        print(len(c), zlib.crc32(c), zstd.get_frame_info(c), zstd.get_frame_size(c))
c = zstd.ZstdCompressor()
print(c.last_mode, c.CONTINUE, c.FLUSH_BLOCK, c.FLUSH_FRAME)
data = c.compress(texts[5][:5000]) + c.compress(texts[5][5000:9000], c.FLUSH_BLOCK)
print(c.last_mode)
data += c.compress(texts[5][9000:]) + c.flush()
print(c.last_mode, len(data), zlib.crc32(data))
d = zstd.ZstdDecompressor()
out = b''
for i in range(0, len(data), 7):
    out += d.decompress((data + b'tail')[i:i + 7])
print(out == texts[5], d.eof, d.needs_input, d.unused_data, d.unused_data is d.unused_data)
t(d.decompress, b'x')
d = zstd.ZstdDecompressor()
print(len(d.decompress(data + b'!!', 5000)), d.needs_input, d.eof, d.unused_data, len(d.decompress(b'')), d.needs_input, d.eof, d.unused_data)
t(d.decompress); t(zstd.ZstdDecompressor().decompress, b'garbage garbage'); t(zstd.ZstdDecompressor().decompress, 'x'); t(zstd.ZstdDecompressor().decompress, b'', 'x')
t(c.compress, b'', 5); t(c.flush, 0); t(c.compress, 'x'); t(c.compress); t(c.compress, b'', mode='x')
samples = [b'sample %d of many that look alike: %s' % (i, b'abc' * (i % 9)) for i in range(400)]
zd = zstd.train_dict(samples, 2000)
print(len(zd) > 100, zd.dict_id != 0, repr(zd).startswith('<ZstdDict dict_id='))
fixed = zstd.ZstdDict(b'0123456789 sample of many that look alike', is_raw=True)
print(fixed, len(fixed), fixed.dict_id, fixed.dict_content, [x[1] for x in (fixed.as_digested_dict, fixed.as_undigested_dict, fixed.as_prefix)])
for z in (fixed, fixed.as_digested_dict, fixed.as_undigested_dict, fixed.as_prefix):
    p = zstd.compress(samples[3], zstd_dict=z)
    print(p, zstd.decompress(p, zstd_dict=fixed.as_prefix if z is fixed or z[1] == 2 else z) == samples[3])
t(zstd.ZstdDict, b'short'); t(zstd.ZstdDict, b'no dictionary at all'); t(zstd.ZstdDict); t(zstd.ZstdDict, 'x'); t(zstd.ZstdDict, b'x', True)
for k in (dict(level=100), dict(level=-(1 << 40)), dict(level='x'), dict(level=1.5), dict(level=1, options={}), dict(options=5), dict(options={'a': 1}), dict(options={1: 'x'}), dict(options={C.window_log: 99}), dict(options={9999: 1}),
          dict(options={C.strategy: 1 << 40}), dict(options={D.window_log_max: 1}), dict(options={C.compression_level: 1000}), dict(zstd_dict=5), dict(zstd_dict=(fixed, 9)), dict(foo=1)):
    t(zstd.ZstdCompressor, **k)
for k in (dict(options=5), dict(options={C.window_log: 1}), dict(options={D.window_log_max: 99}), dict(options={D.window_log_max: 20}), dict(options={7: 1}), dict(zstd_dict=5), dict(foo=1)):
    t(zstd.ZstdDecompressor, **k)
for size in (None, 5, 0, -1, 1 << 64, (1 << 64) - 2, 'x', 1.5):
    c = zstd.ZstdCompressor()
    t(c.set_pledged_input_size, size)
    t(c.compress, b'12345', c.FLUSH_FRAME)
c = zstd.ZstdCompressor(); c.compress(b'x'); t(c.set_pledged_input_size, 5)
t(_zstd.get_param_bounds, 101, True); t(_zstd.get_param_bounds, 100, False); t(_zstd.get_param_bounds, 7, True); t(_zstd.get_param_bounds, 101); t(zstd.get_frame_size, b'xx'); t(zstd.get_frame_info, b'xx')
t(_zstd.train_dict, b'abc', (1, 1), 100); t(_zstd.train_dict, b'abc', (1, 2), 100); t(_zstd.train_dict, b'abc', (1, 2), -1); t(_zstd.train_dict, 'x', (), 1); t(_zstd.train_dict, b'', [], 1); t(_zstd.train_dict, b'', ('x',), 1); t(_zstd.train_dict, b'', (-1,), 1)
t(_zstd.finalize_dict, b'', b'abc', (3,), 10, 3); t(_zstd.finalize_dict, b'', b'abc', (4,), 10, 3); t(_zstd.set_parameter_types, 1, 2); t(_zstd.set_parameter_types, C, 2)
print(zstd.zstd_version == _zstd.zstd_version, zstd.COMPRESSION_LEVEL_DEFAULT, zstd.ZstdError.__mro__, zstd.ZstdError.__doc__)
print(sorted(n for n in dir(_zstd) if n.startswith('ZSTD')), [int(s) for s in zstd.Strategy], _zstd.ZSTD_c_overlapLog)
import io

text = b''.join(b'%d ' % i for i in range(30000))
for packed, make in ((zstd.compress(text) * 3, zstd.ZstdFile), (text * 3, io.BufferedReader)):
    f = make(io.BytesIO(packed))
    parts = []
    while True:
        size = rnd.randrange(301)
        target = bytearray(size)
        count = rnd.choice((f.readinto, f.readinto1))(target)
        if count == 0 and size:
            break
        parts.append(bytes(target[:count]))
    print(b''.join(parts) == text * 3)
with zstd.open(io.BytesIO(zstd.compress('zwei\ndrei €\n'.encode())), 'rt', encoding='utf-8') as f:
    print([ascii(line) for line in f])
