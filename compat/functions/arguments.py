"""Binding of arguments: every kind of parameter, unpacking, and each TypeError that can come of it."""
def f(a, b=2, /, c=3, *args, d, e=5, **kw): return a, b, c, args, d, e, kw
def none(): pass
def two(a, b): pass
def pos_only(a, b, /): pass
def kw_only(*, a, b): pass
def one_default(a, b=1): pass
class C:
    def method(self, x): return x
    def __call__(self, y): return y


print(f(1, d=4), f(1, 2, 3, 4, 5, d=6, z=7), f(*[1, 2], **{"d": 3, "c": 9}), f(1, d=0, a=5, b=6))
print(f(*"ab", *(1, 2), d=1, **{"x": 1}, **{"y": 2}), f(1, *[], d=2, **{}))
for bad in (lambda: f(), lambda: f(1), lambda: f(d=1), lambda: f(1, d=1, **{"d": 2}), lambda: f(1, c=1, d=2, **{"c": 3}), lambda: none(1), lambda: none(1, 2, x=3), lambda: none(x=1), lambda: two(), lambda: two(1), lambda: two(1, 2, 3), lambda: two(1, a=2), lambda: two(a=1), lambda: two(1, 2, c=3),
            lambda: pos_only(1), lambda: pos_only(a=1, b=2), lambda: pos_only(1, b=2), lambda: kw_only(1, 2), lambda: kw_only(), lambda: kw_only(a=1), lambda: kw_only(a=1, b=2, c=3), lambda: kw_only(1, a=1, b=2), lambda: one_default(), lambda: one_default(1, 2, 3), lambda: C().method(), lambda: C().method(1, 2), lambda: C.method(), lambda: C()(), lambda: C(1), lambda: none(*5), lambda: none(**5), lambda: none(**{1: 2}), lambda: none(*[1], *5), lambda: two(**{"a": 1}, **{"a": 2}), lambda: len(), lambda: len(1, 2), lambda: len(x=1), lambda: print(foo=1), lambda: int(1, 2, 3), lambda: "a".split(sep=1), lambda: "a".split(x=1), lambda: [].append(x=1), lambda: open(), lambda: isinstance(1), lambda: pow(1), lambda: getattr(1), lambda: dict(1, 2), lambda: object(1), lambda: sorted([], 1), lambda: sum(), lambda: "".join(), lambda: str.join(), lambda: str.join(5, []), lambda: int.__add__(1), lambda: int.__add__("a", 1), lambda: [].__len__(1), lambda: type.__call__(), lambda: (lambda x: x)(), lambda: (lambda n: n(1))(5), lambda: (lambda n: n())("text"), lambda: round(), lambda: round(1, 2, 3), lambda: bytes(b"a", "b", "c", "d"), lambda: range(1, 2, 3, 4), lambda: max(1, key=None, bad=1), lambda: enumerate([], 1, 2), lambda: exec(), lambda: __import__(), lambda: "".format_map()):
    try:
        print("ok", bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
defaults = []
def mutable(x, acc=defaults):
    acc.append(x)
    return acc
print(mutable(1), mutable(2), mutable.__defaults__, f.__kwdefaults__)
mutable.__defaults__ = ([],)
print(mutable(3), defaults)
f.__kwdefaults__ = {"d": "now a default", "e": 6}
print(f(1))
