"""mmap, SimpleQueue, semaphores between processes, terminals."""
import _multiprocessing
import _posixshmem
import mmap
import os
import queue
import tempfile
import termios
import threading
import time


def show(function, *args, **keywords):
    try:
        print(function.__name__, args, repr(function(*args, **keywords)))
    except Exception as error:
        print(function.__name__, args, type(error).__name__, error)


memory = mmap.mmap(-1, 20)
print(memory.write(b"hello\nworld"), memory.tell(), memory.seek(0), memory.readline(), memory.read(3))
print(memory.find(b"o", 0), memory.rfind(b"o", 0), memory[0], memory[::3], memory[-9:-5])
memory[0:2] = b"HE"
memory[2] = 76
memory[10:16:2] = b"xyz"
memory.move(0, 6, 5)
print(memory[:], len(memory), memory)
for function, args in [(memory.seek, (99,)), (memory.seek, (0, 9)), (memory.write_byte, (300,)),
                       (memory.read, ("x",)), (memory.move, (0, 15, 10)), (memory.flush, (-1,)),
                       (memory.resize, (40,)), (memory.find, ("x",))]:
    show(function, *args)
view = memoryview(memory)
show(memory.close)
view.release()
memory.close()
print(memory, memory.closed)
show(memory.read)
with tempfile.TemporaryFile() as file:
    file.write(b"0123456789" * 500)
    file.flush()
    with mmap.mmap(file.fileno(), 0) as whole:
        print(len(whole), whole.size(), whole[-3:])
        whole.resize(6000)
        print(len(whole), os.fstat(file.fileno()).st_size)
    with mmap.mmap(file.fileno(), 100, access=mmap.ACCESS_READ) as constant:
        show(constant.write, b"x")
        print(constant, memoryview(constant).readonly)
    with mmap.mmap(file.fileno(), 100, access=mmap.ACCESS_COPY) as copy:
        copy[0] = 66
        file.seek(0)
        print(copy[:2], file.read(2))
    show(mmap.mmap, file.fileno(), 99999)
show(mmap.mmap)
show(mmap.mmap, -1, -1)
show(mmap.mmap, -1, 5, access=9)

simple = queue.SimpleQueue()
for number in range(100):
    simple.put(number)
print([simple.get() for _ in range(90)][-1], simple.qsize(), simple.empty())
print([simple.get() for _ in range(10)])
threading.Timer(0.02, simple.put, ["late"]).start()
print(simple.get(timeout=10))
show(simple.get, timeout=-1)
show(simple.get, timeout=0.01)
show(simple.get_nowait)

lock = _multiprocessing.SemLock(0, 1, 1, f"/compat-{os.getpid()}", True)
print(lock.acquire(), lock.acquire(), lock._count(), lock._is_mine(), lock._is_zero())
print(lock.release(), lock.release(), lock._get_value(), lock.kind, lock.maxvalue, lock.name)
semaphore = _multiprocessing.SemLock(1, 1, 1, f"/compat-{os.getpid()}", True)
show(semaphore.release)
print(semaphore.acquire(True, 0.01), semaphore.acquire(False), semaphore.acquire(True, 0.01))
show(_multiprocessing.sem_unlink, "/compat-nothing")
show(_posixshmem.shm_open, "/compat-nothing", os.O_RDWR)

master, slave = os.openpty()
attributes = termios.tcgetattr(slave)
print(len(attributes), attributes[6][termios.VINTR], len(attributes[6]))
attributes[3] &= ~termios.ICANON
attributes[4] = attributes[5] = termios.B9600
termios.tcsetattr(slave, termios.TCSADRAIN, attributes)
attributes = termios.tcgetattr(slave)
print(attributes[4] == termios.B9600, attributes[6][termios.VMIN])
termios.tcsetwinsize(slave, (24, 80))
print(termios.tcgetwinsize(slave), os.get_terminal_size(slave))
show(termios.tcsetattr, slave, 0, [1])
show(termios.tcsetwinsize, slave, (1 << 20, 1))
