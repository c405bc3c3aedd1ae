"""Marshalled code of functions with one local: its kinds are one byte, and not a shared object."""
import marshal
import sys

SOURCES = [
    "def one(a): return a",
    "def local():\n    a = 1\n    return a",
    "def cell(a):\n    return lambda: a",
    "class C:\n    def m(self): return __class__",
    "def none(): pass",
    "f = [lambda *a: a, lambda **k: k]",
    "def two(a, b): return b'a', b'ab', b''",
]
for source in SOURCES:
    data = marshal.dumps(compile(source, "x.py", "exec"))
    print(len(data), data.hex())
    print(marshal.dumps(marshal.loads(data)).hex())

print(sys._jit, sys._jit.is_available(), sys._jit.is_enabled(), sys._jit.is_active())
for name in sorted(vars(sys._jit)):
    if name.startswith("is_"):
        print(getattr(sys._jit, name), getattr(sys._jit, name).__module__)
try:
    sys._jit.is_active(1)
except TypeError as error:
    print(error)
