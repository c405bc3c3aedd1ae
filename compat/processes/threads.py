"""Threads: joins, locks, conditions, events, thread-local data, exceptions, daemon, pools."""
import concurrent.futures
import queue
import sys
import threading
import time

total, lock = 0, threading.Lock()


def add(n):
    global total
    for _ in range(n):
        with lock:
            total += 1


threads = [threading.Thread(target=add, args=(2000,), name=f"t{i}") for i in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(total, [t.is_alive() for t in threads], threads[0].name, threading.current_thread().name, threading.active_count(), threading.main_thread() is threading.current_thread())
local = threading.local()
local.x = "main"


def sees():
    print(hasattr(local, "x"))
    local.x = "thread"


t = threading.Thread(target=sees); t.start(); t.join()
print(local.x)
condition, items = threading.Condition(), []


def consumer():
    with condition:
        while len(items) < 3:
            condition.wait()
        print("consumed", items)


t = threading.Thread(target=consumer); t.start()
for i in range(3):
    with condition:
        items.append(i)
        condition.notify()
t.join()
event, barrier, sem, rlock = threading.Event(), threading.Barrier(2), threading.Semaphore(1), threading.RLock()
print(event.wait(0.001), event.set(), event.wait(), sem.acquire(), sem.acquire(timeout=0.001), rlock.acquire(), rlock.acquire(blocking=False))
t = threading.Thread(target=barrier.wait); t.start(); barrier.wait(); t.join()
print(barrier.n_waiting, barrier.broken)
q = queue.Queue()


def worker():
    while (item := q.get()) is not None:
        results.append(item * item)
        q.task_done()


results = []
t = threading.Thread(target=worker); t.start()
for i in range(5): q.put(i)
q.join(); q.put(None); t.join()
print(results)
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    print(list(pool.map(lambda x: x + 1, range(5))), pool.submit(pow, 2, 5).result(), type(pool.submit(lambda: 1 / 0).exception()).__name__)
threading.excepthook = lambda args: print("hook", args.exc_type.__name__, args.exc_value, args.thread.name)
t = threading.Thread(target=lambda: {}["k"], name="failing"); t.start(); t.join()
for bad in (lambda: t.start(), lambda: lock.release(), lambda: threading.Thread(target=1, args=5), lambda: threading.current_thread().join(), lambda: threading.RLock().release(), lambda: threading.Thread().join(), lambda: lock.acquire(timeout=-5), lambda: threading.Semaphore(-1), lambda: threading.BoundedSemaphore(1).release(), lambda: threading.Condition().notify()):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
timer = threading.Timer(0.01, lambda: print("timer")); timer.start(); timer.join()
print(sys.getswitchinterval(), repr(lock)[:24], threading.get_ident() == threading.main_thread().ident)
spin = threading.Thread(target=lambda: [time.sleep(0) for _ in range(100)], daemon=True)
spin.start(); spin.join()
threading.Thread(target=lambda: print("last, after the main thread")).start()
