"""io: text and binary files, buffering, seeking, newlines, encodings, errors, StringIO, BytesIO."""
import io
import os

with open("t.txt", "w", encoding="utf-8", newline="") as f:
    print(f.write("line one\nzwei ü\r\nthird 日本\n"), f.tell() > 0, f.name, f.mode, f.encoding, f.closed, f.writable(), f.readable(), f.line_buffering)
print(f.closed)
with open("t.txt", encoding="utf-8") as f:
    print(repr(f.readline()), repr(f.read(4)), repr(f.readline()), f.newlines, [*f])
with open("t.txt", encoding="utf-8", newline="") as f:
    print(f.readlines())
with open("t.txt", "rb") as f:
    print(f.read(4), f.tell(), f.seek(-4, 2), f.read(), f.seek(0), f.readline(), f.peek(3)[:3], type(f).__name__, type(f.raw).__name__, f.fileno() > 2)
    b = bytearray(5)
    print(f.readinto(b), b)
with open("t.txt", "r+b", buffering=0) as f:
    print(type(f).__name__, f.write(b"LINE"), f.seek(0), f.read(8), f.truncate(4), os.path.getsize("t.txt"))
with open("t.txt", "a+") as f:
    print(f.tell(), f.write(" more"), f.seek(0), f.read())
with open("latin", "w", encoding="latin-1", errors="replace") as f:
    f.write("é日")
print(open("latin", "rb").read() if False else io.open("latin", encoding="latin-1").read()) if False else None
for bad in (lambda: open("missing"), lambda: open("t.txt", "q"), lambda: open("t.txt", "rw"), lambda: open("t.txt", "rb", encoding="x"), lambda: open("t.txt", "x"), lambda: open("."), lambda: open("t.txt", encoding="nope"), lambda: open(b"\0"), lambda: open("t.txt", buffering=0), lambda: open(1.5), lambda: open("latin", encoding="utf-8").read(), lambda: f.read(), lambda: io.StringIO().write(b"x"), lambda: io.BytesIO().write("x"), lambda: io.BytesIO(b"a").seek(-1), lambda: open("t.txt", newline="x"), lambda: open(-1), lambda: io.TextIOWrapper(5)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
s = io.StringIO("a\nb\n")
print(s.read(1), s.tell(), s.getvalue(), s.readline(), s.seek(0, 2), s.write("c"), s.getvalue(), list(io.StringIO("x\ny")), s.truncate(2), s.getvalue())
b = io.BytesIO(b"hello")
print(b.read(2), b.getbuffer()[1], b.seek(1), b.write(b"XY"), b.getvalue(), b.read1(10), b.readline(), b.truncate())
t = io.TextIOWrapper(io.BytesIO(), encoding="utf-16", write_through=True)
t.write("hi\n")
print(t.buffer.getvalue(), t.reconfigure(line_buffering=True), t.line_buffering)
r = io.BufferedReader(io.BytesIO(b"abcdef"), 2)
print(r.read1(), r.peek(), r.read(1), r.detach().read())
print("to a file", 1, sep="-", end="!\n", file=s) or s.getvalue()[-11:] == "to a file-1!"
print(s.getvalue()[2:], os.linesep == "\n", io.DEFAULT_BUFFER_SIZE)
s.close()
try:
    s.getvalue()
except ValueError as exc:
    print(exc)


class Raw(io.RawIOBase):
    def readable(self): return True
    def readinto(self, buffer):
        buffer[:2] = b"zz"
        return 2 if not self.__dict__.setdefault("n", 0) and self.__dict__.update(n=1) is None else 0


print(Raw().read(), io.BufferedReader(Raw()).read(), io.TextIOWrapper(io.BufferedReader(Raw())).read())
