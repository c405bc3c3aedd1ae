"""Closures, nonlocal, global, class scopes, comprehension scopes, cells and late binding."""
x = "global"


def outer():
    x = "outer"
    def read(): return x
    def write(value):
        nonlocal x
        x = value
    def shadow():
        x = "local"
        return x
    def glob():
        global x
        return x
    class K:
        seen = x
        x = "class"
        inside = [x for _ in range(1)]
        def method(self): return x
    return read, write, shadow, glob, K


read, write, shadow, glob, K = outer()
print(read(), shadow(), glob(), K.seen, K.x, K.inside, K().method())
write("changed")
print(read(), K().method(), read.__closure__[0].cell_contents, read.__code__.co_freevars, outer.__code__.co_cellvars)
read.__closure__[0].cell_contents = "through the cell"
print(read())
late = [lambda: i for i in range(3)]
early = [lambda i=i: i for i in range(3)]
print([f() for f in late], [f() for f in early])


def counter():
    count = 0
    def step(by=1):
        nonlocal count
        count += by
        return count
    return step


a, b = counter(), counter()
print(a(), a(5), b(), a())


def unbound():
    def inner(): return value
    try:
        inner()
    except NameError as exc:
        print(type(exc).__name__, exc)
    value = 1
    del value
    try:
        inner()
    except NameError as exc:
        print(exc)
    try:
        print(value)
    except UnboundLocalError as exc:
        print(exc)


unbound()


def exec_scopes():
    local = 1
    ns = {}
    exec("y = 5\ndef f(): return y", ns)
    print(ns["f"](), eval("local + 1"), sorted(locals()), eval("[local for _ in range(2)]"))
    exec("local = 99")
    return local


print(exec_scopes())
print((lambda a, /, b, *c, d=4, **e: (a, b, c, d, e))(1, 2, 3, d=5, z=6))


class Deco:
    value = 10
    items = [value * i for i in range(3) if True] if False else [1]
    try:
        nested = [value for _ in range(1)]
    except NameError as exc:
        nested = str(exc)


print(Deco.nested)
print([(n := k) for k in range(3)], n, [y for y in range(2) for x in range(y)], x)
