"""`raise … from`, implicit context, suppression, cycles, and what a `finally` changes."""
def context(exc):
    chain = []
    while exc is not None and len(chain) < 6:
        chain.append((type(exc).__name__, str(exc), exc.__suppress_context__, repr(exc.__cause__)))
        exc = exc.__context__
    return chain


def attempt(function):
    try:
        function()
    except BaseException as exc:
        for link in context(exc):
            print("  ", *link)


def implicit():
    try:
        1 / 0
    except ZeroDivisionError:
        {}["key"]


def explicit():
    try:
        int("x")
    except ValueError as exc:
        raise KeyError("wrapped") from exc


def suppressed():
    try:
        int("x")
    except ValueError:
        raise KeyError("alone") from None


def from_class():
    raise ValueError("v") from TypeError


def in_finally():
    try:
        raise ValueError("first")
    finally:
        raise TypeError("second")


def cycle():
    a, b = ValueError("a"), ValueError("b")
    try:
        try:
            raise a
        except ValueError:
            raise b
    except ValueError:
        raise a


def bad_cause():
    raise ValueError from 5


for function in implicit, explicit, suppressed, from_class, in_finally, cycle, bad_cause:
    print(function.__name__)
    attempt(function)


def swallow():
    for i in range(3):
        try:
            return i
        finally:
            print("finally", i)
            if i == 0:
                continue


print(swallow())
try:
    raise
except RuntimeError as exc:
    print(exc)
for thing in (5, "text", int, ValueError, ValueError("x"), object()):
    try:
        raise thing
    except BaseException as exc:
        print(type(exc).__name__, exc)
