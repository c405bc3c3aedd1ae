"""Names: local, global, nonlocal, class bodies, comprehensions, exec and eval with namespaces, del."""
x = "module"


def reader():
    return x


def shadow():
    x = "local"

    def inner():
        return x
    x = "rebound"
    return inner()


def writer():
    global x, fresh
    x, fresh = "written", 1


def counter():
    count = 0

    def up(by=1):
        nonlocal count
        count += by
        return count
    return up


def early():
    try:
        print(x)
    except UnboundLocalError as exc:
        print(exc)
    x = 1
    del x
    try:
        x
    except UnboundLocalError as exc:
        print(exc)


def free():
    def inner():
        return later
    try:
        inner()
    except NameError as exc:
        print(exc)
    later = 1
    return inner()


class Body:
    x = "class"
    seen = [x for _ in range(1)]
    y = x
    functions = [lambda: x]

    def method(self):
        return x, self.x, __class__.__name__


print(reader(), shadow())
writer()
print(reader(), fresh)
up = counter()
print(up(), up(5), up.__closure__[0].cell_contents, up.__code__.co_freevars)
early()
print(free())
print(Body.seen, Body.y, Body.functions[0](), Body().method())
print([f() for f in [lambda: i for i in range(3)]], [f() for f in [lambda i=i: i for i in range(3)]])
namespace = {"a": 2}
exec("b = a * 3\ndef f(): return b + a", namespace)
print(namespace["b"], namespace["f"](), eval("a + b", namespace), sorted(k for k in namespace if k[0] != "_"))
outer = {}
exec("x = 1\nclass K: y = x", {"x": 5}, outer)
print(outer["x"], outer["K"].y)


def local_names(a, *b, c=1, **d):
    e = 5
    exec("e = 6; new = 1")
    names = locals()
    names["e"] = 7
    return e, sorted(names), "new" in names


print(local_names(1), "local_names" in globals(), vars() is globals())
for source in ("def f():\n nonlocal q", "def f(a):\n global a", "nonlocal a", "def f():\n a = 1\n global a", "class C:\n  nonlocal z"):
    try:
        compile(source, "<names>", "exec")
    except SyntaxError as exc:
        print(exc)
del fresh
try:
    fresh
except NameError as exc:
    print(exc)
