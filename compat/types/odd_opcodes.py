"""Statements whose instructions are rare: del of globals, class scopes over cells, slices by name, future annotations."""
from __future__ import annotations

import string as renamed
x: int = 1
print(__annotations__)


def slices(data, low, high):
    copy = data[:]
    copy[low:high] = [0]
    del copy[:1]
    return data[low:high], data[low:], data[:high], copy, data[low:high:2]


print(slices(list(range(6)), 2, 4))
doomed = 1


def delete_global():
    global doomed
    del doomed


delete_global()
try:
    delete_global()
except NameError as exc:
    print(exc)


def over_cells(value):
    class K:
        before = value
        value = "class"
        after = value
        inner = [value for _ in "a"]
        class Nested:
            seen = value
    return K.before, K.after, K.inner, K.Nested.seen


try:
    print(over_cells("outer"))
except NameError as exc:
    print(exc)


def cell_in_class(value):
    class K:
        locals()["value"] = "through locals"
        looked = value
        def m(self): return value
        class_ = __class__ if False else None
    return K.looked, K().m()


try:
    print(cell_in_class("free"))
except NameError as exc:
    print(exc)


def delete_cell():
    a = 1
    def inner(): return a
    del a
    try:
        return inner()
    except NameError as exc:
        return str(exc)


print(delete_cell(), renamed.digits)
(a, *b), c = "xyz", 1
print(a, b, c, {**{"k": 1}, "j": 2}, [*"ab", *range(2)], {*"a", 1}, (*"q",), f"{a!r:>4}")
assert x, "message"
print((lambda *, k=1: k)(), (yield_ := (lambda: (yield))()).__class__.__name__, x if x else c, not x, -x, +x, ~x, x @ x if False else x << 2)
ns = {}
exec("class A:\n    y: int = 3\n    z: 'str'\nprint(A.__annotations__)\nimport os.path as p\nprint(p.sep)\nfrom os import *\nprint(sep)", ns)
exec("def f[T](x: T) -> T: return x\ntype A[*Ts, **P] = tuple[*Ts]\nclass G[X: int = bool]: pass\nprint(f.__type_params__, A.__type_params__, G.__type_params__)\nlambda: (yield)\nasync def g():\n    async with x as y: pass\n    async for z in y: await z\n    return [q async for q in y]\nmatch 1:\n    case 1 | 2: print('matched')\n    case {'a': 1, **r}: pass\n    case [1, *_]: pass\n    case int(real=2): pass\n")
try:
    exec("while False: pass\nelse: print('else')\nfor i in (): pass\nelse: print('for else')\nwith 5: pass")
except TypeError as exc:
    print(exc)
