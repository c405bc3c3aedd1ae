"""Processes as generators: round robin, priorities, deadlines; semaphores, messages, a deadlock found."""
import heapq
from collections import deque
from contextlib import contextmanager


class Task:
    number = 0

    def __init__(self, name, body, priority=0):
        Task.number += 1
        self.id, self.name, self.body, self.priority = Task.number, name, body, priority
        self.waiting_for = None
        self.value = None
        self.ran = 0

    def __lt__(self, other):
        return (-self.priority, self.id) < (-other.priority, other.id)

    def __repr__(self):
        return f"<{self.name}>"


class Semaphore:
    def __init__(self, name, count=1):
        self.name, self.count, self.queue, self.holders = name, count, deque(), []


class Channel:
    def __init__(self, name, size):
        self.name, self.size = name, size
        self.items, self.readers, self.writers = deque(), deque(), deque()


class Deadlock(Exception):
    pass


class Scheduler:
    def __init__(self, trace=True):
        self.ready, self.sleeping, self.now = [], [], 0
        self.tasks, self.trace, self.log = [], trace, []

    def spawn(self, name, body, priority=0):
        task = Task(name, body, priority)
        self.tasks.append(task)
        heapq.heappush(self.ready, task)
        return task

    def note(self, task, text):
        if self.trace:
            self.log.append(f"{self.now:3} {task.name}: {text}")

    def run(self):
        while self.ready or self.sleeping:
            if not self.ready:
                self.now = self.sleeping[0][0]
            while self.sleeping and self.sleeping[0][0] <= self.now:
                heapq.heappush(self.ready, heapq.heappop(self.sleeping)[2])
            task = heapq.heappop(self.ready)
            task.ran += 1
            try:
                request = task.body.send(task.value)
            except StopIteration as stop:
                self.note(task, f"done, {stop.value!r}")
                self.tasks.remove(task)
                continue
            except Exception as exc:
                self.note(task, f"failed, {type(exc).__name__}: {exc}")
                self.tasks.remove(task)
                continue
            finally:
                task.value = None
            self.handle(task, request)
        if self.tasks:
            raise Deadlock({t: t.waiting_for for t in self.tasks})

    def wake(self, task, value=None):
        task.waiting_for, task.value = None, value
        heapq.heappush(self.ready, task)

    def handle(self, task, request):
        match request:
            case None:
                self.wake(task)
            case "sleep", int(ticks):
                heapq.heappush(self.sleeping, (self.now + ticks, task.id, task))
            case "acquire", Semaphore(count=count) as semaphore if count > 0:
                semaphore.count -= 1
                semaphore.holders.append(task)
                self.wake(task)
            case "acquire", Semaphore() as semaphore:
                task.waiting_for = f"{semaphore.name} held by {semaphore.holders}"
                semaphore.queue.append(task)
            case "release", Semaphore() as semaphore:
                semaphore.holders.remove(task)
                if semaphore.queue:
                    next_task = semaphore.queue.popleft()
                    semaphore.holders.append(next_task)
                    self.wake(next_task)
                else:
                    semaphore.count += 1
                self.wake(task)
            case "send", Channel() as channel, item:
                if channel.readers:
                    self.wake(channel.readers.popleft(), item)
                    self.wake(task)
                elif len(channel.items) < channel.size:
                    channel.items.append(item)
                    self.wake(task)
                else:
                    task.waiting_for = f"room in {channel.name}"
                    channel.writers.append((task, item))
            case "receive", Channel() as channel:
                if not channel.items and not channel.writers:
                    task.waiting_for = f"a message in {channel.name}"
                    channel.readers.append(task)
                    return
                if channel.writers:
                    writer, item = channel.writers.popleft()
                    channel.items.append(item)
                    self.wake(writer)
                self.wake(task, channel.items.popleft())
            case _:
                self.handle(task, task.body.throw(ValueError(f"bad request {request!r}")))


def producer(channel, items):
    for item in items:
        yield "send", channel, item
        yield "sleep", 2
    yield "send", channel, None
    return len(items)


def consumer(channel, out):
    while (item := (yield "receive", channel)) is not None:
        out.append(item)
        yield
    return sum(out)


@contextmanager
def measured(scheduler, title):
    print(f"-- {title}")
    try:
        yield scheduler
        scheduler.run()
    except Deadlock as exc:
        print("deadlock:", exc)
    finally:
        print(*scheduler.log, sep="\n")


with measured(Scheduler(), "channel") as s:
    pipe, got = Channel("pipe", 1), []
    s.spawn("consumer", consumer(pipe, got))
    s.spawn("producer", producer(pipe, [3, 1, 4, 1, 5]))
print(got, s.now)


def worker(scheduler, lock, steps):
    me = None
    for step in range(steps):
        yield "acquire", lock
        scheduler.log.append(f"    {lock.name} at {scheduler.now}, step {step}")
        yield "sleep", 3
        yield "release", lock
    return steps


with measured(Scheduler(), "semaphore") as s:
    lock = Semaphore("lock")
    for name, priority in (("low", 0), ("high", 5)):
        s.spawn(name, worker(s, lock, 2), priority)


def philosopher(left, right):
    yield "acquire", left
    yield "sleep", 1
    yield "acquire", right
    yield "release", right
    yield "release", left


with measured(Scheduler(), "philosophers") as s:
    forks = [Semaphore(f"fork{i}") for i in range(3)]
    for i in range(3):
        s.spawn(f"p{i}", philosopher(forks[i], forks[(i + 1) % 3]))


def broken():
    yield "sleep", 4
    try:
        yield "nonsense"
    except ValueError as exc:
        yield "sleep", 1
        raise RuntimeError("gave up") from exc


def failing():
    yield
    return 1 // 0


with measured(Scheduler(), "errors") as s:
    s.spawn("failing", failing())
    s.spawn("broken", broken())
    s.spawn("ok", (None for _ in range(3)))
