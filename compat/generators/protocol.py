"""Generators: send, throw, close, return values, yield from, states and messages."""
import inspect


def echo():
    received = yield "ready"
    while True:
        try:
            received = yield received
        except ValueError as exc:
            received = f"caught {exc}"
        except GeneratorExit:
            print("closing")
            raise


g = echo()
print(inspect.getgeneratorstate(g), g.gi_running, g.gi_frame is not None, g.gi_yieldfrom, g.__name__, g.__qualname__)
print(next(g), g.send(1), g.send("two"), g.throw(ValueError("oops")), next(g), inspect.getgeneratorstate(g))
g.close()
print(inspect.getgeneratorstate(g), g.gi_frame, list(g))


def inner():
    try:
        x = yield 1
        print("inner got", x)
        yield 2
    except KeyError:
        yield "handled"
    return "result"


def outer():
    result = yield from inner()
    print("outer got", result)
    yield from [10, 20]
    return "done"


g = outer()
print(next(g), g.send("hello"), g.throw(KeyError), next(g), next(g))
try:
    next(g)
except StopIteration as exc:
    print("stop", exc.value, exc.args)


def stubborn():
    try:
        yield 1
    finally:
        yield 2


def leaks():
    yield 1
    raise StopIteration("inside")


def own():
    yield next(me)


me = own()
fresh = echo()
for action in (lambda: fresh.send(1), lambda: (lambda s: (next(s), s.close()))(stubborn()), lambda: list(leaks()), lambda: next(me),
               lambda: fresh.throw(5), lambda: fresh.throw(ValueError, "old", None), lambda: next(fresh, "default"), lambda: next(5), lambda: fresh.send()):
    try:
        print(action())
    except Exception as exc:
        print(type(exc).__name__, exc)
closed = (x for x in range(3))
print(next(closed), closed.close(), list(closed), closed.__name__, repr(closed)[:22])


def returns_on_close():
    try:
        yield
    except GeneratorExit:
        return "value of close"


g = returns_on_close()
next(g)
print(g.close(), g.close())
