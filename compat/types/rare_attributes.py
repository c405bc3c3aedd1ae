"""The attributes of built-in types that programs seldom name: sizes, hooks, buffers, generic aliases, numeric protocol."""
import math


class Sub(list):
    pass


def show(label, *values):
    print(label, *values)


show("sizeof", *(x.__sizeof__() for x in (object(), True, 1, 2**90, 1.5, 1j, "a", "é", "日", b"ab", (), (1,), [], {}, {1: 2}, set(), frozenset({1}), range(3), slice(1), memoryview(b"a"))))
show("sizeof", bytearray(10).__alloc__(), bytearray(10).__sizeof__(), type.__sizeof__(int) > 100, super(Sub, Sub()).__sizeof__())
show("sizeof", *(x.__sizeof__() for x in (enumerate([]), filter(None, []), map(str, []), reversed([]), zip(), property(), classmethod(len), staticmethod(len))))
show("hook", object.__subclasshook__(int), int.__subclasshook__(5), type.__subclasshook__(int), *(k.__subclasshook__(1) for k in (bool, bytes, bytearray, complex, float, str, tuple, list, dict, set, frozenset, range, slice, enumerate, filter, map, reversed, zip, memoryview, property, classmethod, staticmethod, super)))
show("numbers", (5).__ceil__(), (-5).__floor__(), True.__trunc__(), (1.5).__ceil__(), (-1.5).__floor__(), (-1.5).__trunc__(), (7).__rdivmod__(20), True.__rdivmod__(7), (2.0).__rdivmod__(7), math.ceil(True), math.floor(2**70))
show("from_number", float.from_number(3), complex.from_number(2.5), float.__getformat__("double"), float.__getformat__("float"))
for bad in (lambda: float.from_number("1"), lambda: complex.from_number("1"), lambda: float.__getformat__("half"), lambda: (1).__rdivmod__(0)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
show("alias", *(k.__class_getitem__(int) for k in (list, dict, set, frozenset, tuple, enumerate, memoryview, classmethod, staticmethod)))
show("sets", {1}.issubset([1, 2]), {1, 2}.issuperset((1,)), frozenset("a").issubset("ab"), frozenset("ab").issuperset("a"))
show("rindex", "abcab".rindex("ab"), b"abcab".rindex(b"b"), bytearray(b"xyx").rindex(120), "aXa".rindex("a", 0, 2))
for bad in (lambda: "a".rindex("b"), lambda: b"a".rindex(b"b"), lambda: bytearray(b"a").rindex(300), lambda: {1}.issubset(5)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
data = bytearray(b"hello")
data.resize(3)
show("resize", data, data.resize(5), data)
view = data.__buffer__(0)
show("buffer", type(view).__name__, view.tolist(), b"abc".__buffer__(0).readonly, memoryview(b"q").__buffer__(0).tolist())
try:
    data.append(1)
except BufferError as exc:
    print(exc)
data.__release_buffer__(view)
data.append(1)
show("released", data)
view = memoryview(b"abcdef")
show("view", view.c_contiguous, view.f_contiguous, view[::2].c_contiguous, view.suboffsets, memoryview._from_flags(b"x", 0).tolist())
try:
    memoryview._from_flags(b"x", 1)
except BufferError as exc:
    print(exc)


class Buffer:
    def __buffer__(self, flags): return memoryview(b"from python")
    def __release_buffer__(self, view): print("release", view.tobytes())


show("python buffer", bytes(Buffer()))


def getter(self): return 1
def setter(self, value): pass


p = property(getter).getter(getter).setter(setter)
show("property", p.fget is getter, p.fset is setter, p.fdel, p.__isabstractmethod__, property().__isabstractmethod__)
getter.__isabstractmethod__ = True
show("abstract", classmethod(getter).__isabstractmethod__, staticmethod(getter).__isabstractmethod__, classmethod(getter).__wrapped__ is getter, staticmethod(setter).__wrapped__ is setter, property(getter).__isabstractmethod__)
s = super(Sub, Sub())
show("super", s.__self_class__, s.__thisclass__, s.__self__)
show("type", bool.__base__, type.__base__, Sub.__base__, object.__base__, bool.__flags__ & 1 << 10, Sub.__flags__ & 1 << 10 != 0, list.__flags__ >> 25 & 1)
try:
    int.__abstractmethods__
except AttributeError as exc:
    print(exc)
Sub.__abstractmethods__ = {"needed"}
try:
    Sub()
except TypeError as exc:
    print(exc)
Sub.__abstractmethods__ = ()
print(Sub())
