"""Sizes that no memory has: the exception, not the end of the process."""
import sys

H = 1 << 62
CASES = '''
1 << H
-1 << H
(1 << 100) << H
0 << H
1 >> H
1 << (sys.maxsize - 1000)
1 << sys.maxsize
1 << (1 << 64)
"a" * H
"\\u1234" * H
"ab" * sys.maxsize
b"a" * H
[0] * H
(0,) * H
bytes(H)
bytearray(H)
"a".ljust(H)
"a".center(1 << 50, "\\u1234")
"a".zfill(1 << 50)
"\\t\\t".expandtabs(1 << 62)
b"a".ljust(1 << 50)
(1).to_bytes(H, "big")
format(1, str(1 << 50))
format(1, "0" + str(1 << 50))
format("a", str(1 << 50))
format(1.5, str(1 << 50) + ".2f")
format(1.5, ".2147483646f")
format(1.5, ".2147482624f")
format(1.5, ".99999999999f")
"%*d" % (1 << 50, 1)
list(range(H))
[1, 2].__imul__(H)
"a".__format__(str(1 << 64))
'''
for case in CASES.strip().splitlines():
    try:
        print(case, "->", str(eval(case))[:40])
    except Exception as exc:
        print(case, "->", type(exc).__name__, exc)
print("a-b--c".split("-"), "a-b--c".rsplit("-", 1), " a  b ".split(), " a  b c ".rsplit(None, 1), "a\nb\r\nc\n\n".splitlines(True))
print("a\u1234b\u1234".split("\u1234"), "ab".split("\u1234"), "a::b".split("::", 0), b"a,b,,c".rsplit(b",", 2), bytearray(b" x y ").split())
print("x\ty\n\tz".expandtabs(3), "\u1234\tb".expandtabs(5), "\ta".expandtabs(0), "stra\u00dfe \ufb01".upper(), "aXb".replace("X", "\u1234"), "aaa".replace("", "-"))
