"""Coroutines without a loop: send, throw, close, await protocol, async generators and warnings."""
import sys
import warnings


class Suspend:
    def __init__(self, value): self.value = value
    def __await__(self):
        got = yield self.value
        return f"got {got}"


async def child(x):
    try:
        return await Suspend(x)
    finally:
        print("child done")


async def parent():
    a = await child(1)
    try:
        b = await child(2)
    except ValueError as exc:
        b = f"caught {exc}"
    return a, b


c = parent()
print(c.send(None), c.cr_await is not None, c.cr_running, c.cr_frame is not None)
print(c.send("first"))
try:
    c.throw(ValueError("thrown"))
except StopIteration as exc:
    print(exc.value)
try:
    c.send(None)
except RuntimeError as exc:
    print(exc)
c = child(3)
print(c.send(None), c.close())


async def agen():
    try:
        x = yield 1
        print("sent", x)
        yield await Suspend("inside")
        yield 3
    finally:
        print("agen closed")


def drive(awaitable):
    try:
        while True:
            print("  yielded", awaitable.__await__().send(None) if not hasattr(awaitable, "send") else awaitable.send(None))
    except StopIteration as exc:
        return exc.value
    except StopAsyncIteration:
        return "exhausted"


g = agen()
print(drive(g.__anext__()), drive(g.asend("s")), drive(g.__anext__()), drive(g.__anext__()), drive(g.__anext__()))
g = agen()
print(drive(anext(g)), drive(g.aclose()), drive(anext(g, "default")))


class CM:
    async def __aenter__(self):
        await Suspend("enter")
        return "cm"
    async def __aexit__(self, *exc):
        print("aexit", exc[0])
        return True


class It:
    n = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 2: raise StopAsyncIteration
        return self.n


async def uses():
    async with CM() as cm:
        print(cm)
        raise KeyError("suppressed")
    async for i in It():
        print("item", i)
    else:
        print("else")
    return [i async for i in It()]


print(drive(uses()))


async def wrong(kind):
    match kind:
        case 0: await 5
        case 1:
            async with 5: pass
        case 2:
            async for _ in 5: pass
        case 3:
            async for _ in [1]: pass
        case 4:
            co = child(1)
            co.close()
            await co
        case 5: raise StopIteration("x")


for kind in range(6):
    try:
        drive(wrong(kind))
    except Exception as exc:
        print(type(exc).__name__, exc)
for bad in (lambda: iter(agen()), lambda: next(child(1)), lambda: list(g), lambda: aiter(5), lambda: anext(5)):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            print(bad())
        except Exception as exc:
            print(type(exc).__name__, exc)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    child(9)
print([str(w.message) for w in caught])
