"""asyncio: order of tasks, gather, timeouts, cancellation, queues, task groups."""
import asyncio


async def worker(name, delay, log):
    for i in range(2):
        await asyncio.sleep(delay)
        log.append(f"{name}{i}")
    return name


async def ordering():
    log = []
    print(await asyncio.gather(worker("a", 0.02, log), worker("b", 0.05, log), worker("c", 0, log)), log)


async def cancelling():
    async def forever():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as exc:
            print("cancelled", exc.args)
            raise
    task = asyncio.create_task(forever(), name="the task")
    await asyncio.sleep(0)
    print(task.get_name(), task.done(), task.cancel("message"))
    try:
        await task
    except asyncio.CancelledError as exc:
        print("outer", exc.args, task.cancelled())


async def timing():
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError as exc:
        print("timeout", repr(exc))
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except TimeoutError as exc:
        print("wait_for", repr(exc))


async def queueing():
    queue, seen = asyncio.Queue(2), []
    async def produce():
        for i in range(5):
            await queue.put(i)
        await queue.put(None)
    async def consume():
        while (item := await queue.get()) is not None:
            seen.append((item, queue.qsize()))
    await asyncio.gather(produce(), consume())
    print(seen)


async def grouping():
    async def fail(kind):
        await asyncio.sleep(0)
        raise kind("failed")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(ValueError))
            group.create_task(fail(KeyError))
            group.create_task(asyncio.sleep(10))
    except* ValueError as eg:
        print("values", eg.exceptions)
    except* KeyError as eg:
        print("keys", eg.exceptions)


async def results():
    print(await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2)), await asyncio.gather(fail_with("x"), return_exceptions=True))
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, "called soon")
    print(await future, future.done())
    lock = asyncio.Lock()
    async with lock:
        print(lock.locked())
    done, pending = await asyncio.wait([asyncio.create_task(asyncio.sleep(0, n)) for n in range(3)])
    print(sorted(t.result() for t in done), pending)


async def fail_with(text): raise ValueError(text)


for main in ordering, cancelling, timing, queueing, grouping, results:
    print("##", main.__name__)
    asyncio.run(main())
try:
    asyncio.run(fail_with("out of run"))
except ValueError as exc:
    print(exc)
try:
    asyncio.run(5)
except Exception as exc:
    print(type(exc).__name__, exc)
