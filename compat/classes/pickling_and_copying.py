"""copy, deepcopy, pickle: __reduce__, __getstate__, __getnewargs__, memo, and what has no pickle."""
import copy
import pickle


class Plain:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return type(o) is type(self) and vars(o) == vars(self)
    __hash__ = None
class Slots:
    __slots__ = ("a", "b")
class Both(Slots):
    pass
class State:
    def __getstate__(self): return {"kept": 1}
    def __setstate__(self, s): self.restored = s
class New(tuple):
    def __new__(cls, a, b): return super().__new__(cls, (a, b))
    def __getnewargs__(self): return tuple(self)
class Reduce:
    def __reduce__(self): return (Plain, (5,), {"y": 6})
class Copies:
    def __copy__(self): return "copied"
    def __deepcopy__(self, memo): return "deep"


print(object().__reduce_ex__(2)[0].__name__, Plain(1).__reduce_ex__(2)[1:3], Plain(1).__getstate__(), [].__reduce_ex__(2)[1:2], (1).__reduce_ex__(2)[1], object.__getstate__(Slots()))
s = Slots(); s.a = 1
b = Both(); b.a, b.z = 1, 2
print(s.__getstate__(), b.__getstate__(), s.__reduce_ex__(2)[1:3], New(1, 2).__reduce_ex__(2)[1], {}.items().__class__, iter([1, 2]).__reduce__()[1:], range(3).__reduce__()[1], slice(1, 2).__reduce__()[1], enumerate("ab").__reduce__()[1][1], {1}.__reduce__()[1:], bytearray(b"a").__reduce__()[1], 1j.__getnewargs__(), ValueError(1).__reduce__())
shared = [1]
data = {"list": [shared, shared], "tuple": (1, (2, shared)), "set": frozenset({1}), "plain": Plain([1]), "self": None}
data["self"] = data
c, d = copy.copy(data), copy.deepcopy(data)
print(c["list"] is data["list"], d["list"] is data["list"], d["list"][0] is d["list"][1], d["self"] is d, d["plain"] == data["plain"], copy.copy(Copies()), copy.deepcopy([Copies()]), copy.copy(Reduce()).y, copy.replace(New, x=1) if False else "-")
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    back = pickle.loads(pickle.dumps([1, -5, 2**70, 1.5, "é", b"b", None, True, (1,), {2}, {"k": [3]}, Plain(1), len, int, Ellipsis, 1j, range(3), bytearray(b"q")], protocol))
    print(protocol, back[:-1] == [1, -5, 2**70, 1.5, "é", b"b", None, True, (1,), {2}, {"k": [3]}, Plain(1), len, int, Ellipsis, 1j, range(3)], len(pickle.dumps(data, protocol)))
print(vars(pickle.loads(pickle.dumps(State()))), pickle.loads(pickle.dumps(New(1, 2))), vars(pickle.loads(pickle.dumps(Reduce()))), pickle.loads(pickle.dumps(b, 2)).z, pickle.loads(pickle.dumps(ValueError("a", 1))).args)
print(pickle.dumps({"a": [1, (2, "x")]}, 4), pickle.dumps([0.5, True], 0))
for bad in (lambda: pickle.dumps(lambda: 0), lambda: pickle.dumps(x for x in ()), lambda: pickle.loads(b""), lambda: pickle.loads(b"garbage"), lambda: pickle.dumps(type("Local", (), {})), lambda: copy.copy(x for x in ()) and 0, lambda: object().__reduce_ex__("a"), lambda: pickle.dumps(s, 1), lambda: memoryview(b"").__reduce_ex__(2), lambda: pickle.loads(pickle.dumps([1])[:-3])):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, str(exc).partition(" at 0x")[0])
