"""Hash functions without OpenSSL: digests at block borders, parameters, copies, errors, attributes."""

import _blake2
import _md5
import _sha1
import _sha2
import _sha3


def t(f, *a, **k):
    try:
        r = f(*a, **k)
        print(r if isinstance(r, (bytes, str, int)) else type(r).__name__)
    except BaseException as e:
        print(type(e).__name__, e)


data = bytes(range(256)) * 3
makers = [_md5.md5, _sha1.sha1, _sha2.sha224, _sha2.sha256, _sha2.sha384, _sha2.sha512, _sha3.sha3_224, _sha3.sha3_256,
          _sha3.sha3_384, _sha3.sha3_512, _sha3.shake_128, _sha3.shake_256, _blake2.blake2b, _blake2.blake2s]
for make in makers:
    extra = (20,) if 'shake' in make.__name__ else ()
    for n in (0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 135, 136, 137, 168, 500, 768):
        h = make(data[:n])
        g = make()
        g.update(data[:n // 3])
        k = g.copy()
        g.update(data[n // 3:n])
        print(h.name, n, h.hexdigest(*extra), h.digest(*extra) == g.digest(*extra), k.hexdigest(*extra)[:8])
    print(h.name, h.block_size, h.digest_size, type(h).__name__, type(h).__module__)
    t(make, 'x'); t(make, 1); t(make, b'', b''); t(make, data=b'a'); t(make, string=b'a'); t(make, data=b'', string=b'')
    t(make, usedforsecurity=False); t(make, foo=1); t(h.update, 'x'); t(h.update); t(h.digest, 1, 2); t(make, memoryview(b'abcd')[::2])
for make in makers[6:12]:
    h = make()
    print(h._capacity_bits, h._rate_bits, h._suffix)
s = _sha3.shake_128(b'abc')
for n in (0, 1, 200, -1, 1 << 29, 1 << 64, 'x', 1.5):
    t(s.digest, n); t(s.hexdigest, length=n)
t(s.digest)
for b, size, salt in ((_blake2.blake2b, 64, 16), (_blake2.blake2s, 32, 8)):
    print(b.SALT_SIZE, b.PERSON_SIZE, b.MAX_KEY_SIZE, b.MAX_DIGEST_SIZE, b.__text_signature__)
    for k in (dict(digest_size=1), dict(digest_size=size), dict(key=b'key'), dict(key=b'k' * size), dict(salt=b'salt'), dict(person=b'p' * salt),
              dict(fanout=0), dict(fanout=2, depth=2, leaf_size=4096, node_offset=1, node_depth=0, inner_size=size, last_node=False),
              dict(fanout=2, depth=2, leaf_size=4096, node_offset=0, node_depth=1, inner_size=size, last_node=True), dict(last_node=True),
              dict(digest_size=0), dict(digest_size=size + 1), dict(key=b'k' * (size + 1)), dict(salt=b's' * (salt + 1)), dict(person=b's' * (salt + 1)),
              dict(fanout=256), dict(fanout=-1), dict(depth=0), dict(depth=256), dict(leaf_size=-1), dict(leaf_size=1 << 32), dict(leaf_size=1 << 64),
              dict(node_offset=1 << 47), dict(node_offset=1 << 48), dict(node_offset=1 << 64), dict(node_offset=-1), dict(node_depth=256),
              dict(inner_size=size + 1), dict(inner_size='x'), dict(key='x'), dict(salt=5), dict(digest_size='x')):
        print(k)
        t(lambda: b(b'data', **k).hexdigest())
t(_md5.MD5Type); print(_sha3.implementation, _md5._GIL_MINSIZE)
