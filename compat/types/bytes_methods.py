"""bytes and bytearray: methods, conversions, mutation and messages."""
b = b"Hello, World"
print(b.upper(), b.lower(), b.swapcase(), b.title(), b"abc".capitalize())
print(b.find(b"o"), b.rfind(b"o"), b.find(111), b.index(b"W"), b.count(b"l"), b.find(b"zz"))
print(b.split(b", "), b.rsplit(b"o", 1), b"a\nb\r\nc".splitlines(True), b.partition(b","), b.rpartition(b"x"))
print(b"  x ".strip(), b"xxaxx".lstrip(b"x"), b"a".center(5, b"-"), b"7".zfill(3), b"-7".zfill(4), b"a\tb".expandtabs(4))
print(b.replace(b"l", b"L", 2), b"-".join([b"a", bytearray(b"b")]), b.startswith((b"x", b"He")), b.endswith(b"ld"))
print(b.hex(), b.hex(":", 2), bytes.fromhex("00 ff 7F"), b"abc".translate(bytes.maketrans(b"a", b"z"), b"c"))
print(b[0], b[1:3], b[::-2], b * 2, b + b"!", list(b"abc"), b"a" in b, 72 in b)
print(bytes(3), bytes([1, 255]), bytes("é", "utf-8"), bytes(memoryview(b"x")), repr(b"'\"\n\x00\xff\\"))
print(b"%d %s %r %x %c %5.2f|%-5s|" % (1, b"x", "é", 255, 65, 1.5, b"a"))
print(b"a".isalpha(), b"1".isdigit(), b"".isalpha(), b" ".isspace(), b"aB".islower(), b"A1".isalnum(), b"\x80".isascii())
print(b.removeprefix(b"Hell"), b.removesuffix(b"ld"), b"abc" < b"abd", b"a" == "a")
m = bytearray(b"abc")
m.append(100)
m.extend(b"ef")
m.insert(0, 64)
m[1:3] = b"XYZ"
del m[-1]
m += b"!"
print(m, m.pop(), m.pop(0), m)
m.reverse()
m.remove(100)
print(m, m.copy() == m, bytearray(2), bytearray("hé", "latin-1"))
for bad in (lambda: bytes([256]), lambda: bytes("a"), lambda: bytes(-1), lambda: b"a" + "a", lambda: m.append(300),
            lambda: m.remove(1), lambda: b.index(b"q"), lambda: bytes.fromhex("0g"), lambda: b"".join(["a"]),
            lambda: b"%d" % "a", lambda: b"a".center(3, b"xx"), lambda: b"\xff".decode(), lambda: b"a"[3],
            lambda: b"a".split(b""), lambda: bytearray().pop(), lambda: b"a" < "b", lambda: bytes(1, 2)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
