"""with: order, suppression, exceptions in __enter__ and __exit__, contextlib."""
import contextlib


class M:
    def __init__(self, name, swallow=False, fail=None): self.name, self.swallow, self.fail = name, swallow, fail
    def __enter__(self):
        print("enter", self.name)
        if self.fail == "enter": raise OSError("enter " + self.name)
        return self.name
    def __exit__(self, kind, value, tb):
        print("exit", self.name, kind and kind.__name__, value, tb is not None)
        if self.fail == "exit": raise KeyError("exit " + self.name)
        return self.swallow


with M("a") as a, M("b") as b:
    print(a, b)
with (M("c") as c, M("d", swallow=True)):
    raise ValueError("swallowed")
for make in (lambda: M("x", fail="exit"), lambda: M("x", fail="enter"), lambda: M("x")):
    try:
        with M("outer"), make():
            raise ValueError("body")
    except Exception as exc:
        print(type(exc).__name__, exc, repr(exc.__context__))


def flow():
    for i in range(3):
        with M(i):
            if i == 0: continue
            return i


print(flow())


class NoExit:
    def __enter__(self): pass
class NoEnter:
    def __exit__(self, *a): pass


for bad in NoExit(), NoEnter(), 5:
    try:
        with bad: pass
    except Exception as exc:
        print(type(exc).__name__, exc)


@contextlib.contextmanager
def managed(name):
    print("before", name)
    try:
        yield name.upper()
    except ValueError as exc:
        print("caught", exc)
    finally:
        print("after", name)


with managed("m") as value:
    print(value)
    raise ValueError("inside")


@managed("decorator")
def decorated(): print("decorated")


decorated()
with contextlib.suppress(KeyError, IndexError): [][1]
with contextlib.ExitStack() as stack:
    for n in "xyz": stack.enter_context(M(n))
    stack.callback(print, "callback")
    stack.pop_all().close()
print(contextlib.nullcontext(5).__enter__(), contextlib.closing(M("q")).thing.name)


@contextlib.contextmanager
def wrong():
    yield 1
    yield 2


for case in (wrong, lambda: contextlib.contextmanager(lambda: iter(()))()):
    try:
        with case(): pass
    except Exception as exc:
        print(type(exc).__name__, exc)
