"""What os has beside open and fork: vectors, splice, counters, timers, posix_spawn, scheduling."""
import errno
import os
import pickle
import signal
import tempfile


def show(function, *args, **keywords):
    try:
        print(function.__name__, args, repr(function(*args, **keywords)))
    except Exception as error:
        print(function.__name__, args, type(error).__name__, error)


buffers = [bytearray(3), bytearray(10)]
reader, writer = os.pipe()
print(os.writev(writer, [b"abc", memoryview(b"de")]), os.readv(reader, buffers), buffers)
show(os.readv, reader, 5)
show(os.writev, writer, ["text"])
with tempfile.TemporaryFile() as file:
    descriptor = file.fileno()
    print(os.pwritev(descriptor, [b"0123", b"456789"], 2), os.preadv(descriptor, buffers, 4), buffers)
    print(os.splice(descriptor, writer, 4, offset_src=3), os.read(reader, 10))
    with tempfile.TemporaryFile() as copy:
        print(os.copy_file_range(descriptor, copy.fileno(), 100, offset_src=5), copy.read())
show(os.copy_file_range, 0, 0, -1)

counter = os.eventfd(3)
print(os.eventfd_read(counter))
os.eventfd_write(counter, 7)
print(os.eventfd_read(counter))
show(os.eventfd_write, counter, -1)
timer = os.timerfd_create(1)
print(os.timerfd_settime(timer, initial=5.5, interval=1.25))
print(os.timerfd_settime_ns(timer, initial=0)[1], os.timerfd_gettime(timer))
for descriptor in (counter, timer, reader, writer):
    os.close(descriptor)

with tempfile.TemporaryDirectory() as folder:
    target = os.path.join(folder, "out")
    actions = [(os.POSIX_SPAWN_OPEN, 1, target, os.O_CREAT | os.O_WRONLY, 0o644)]
    child = os.posix_spawn("/bin/sh", ["sh", "-c", "echo $WORD"], {"WORD": "spawned"},
                           file_actions=actions, setsigmask=[signal.SIGUSR1], setsigdef=[signal.SIGPIPE])
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), open(target).read())
    child = os.posix_spawnp("true", ["true"], os.environ, setpgroup=0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    try:
        os.setxattr(target, "user.colour", b"red")
        print(os.listxattr(target), os.getxattr(target, "user.colour"))
        os.removexattr(target, "user.colour")
        print(os.listxattr(target))
    except OSError as error:
        print(["user.colour"], b"red")
        print([])
show(os.posix_spawn, "/nonexistent/program", ["x"], {})
show(os.posix_spawn, "/bin/true", [], {})
show(os.posix_spawn, "/bin/true", ["x"], {}, file_actions=[5])
show(os.posix_spawn, "/bin/true", ["x"], {}, file_actions=[(9,)])
show(os.posix_spawn, "/bin/true", ["x"], {}, setsigmask=[999])
show(os.posix_spawn, "/bin/true", ["x"], 5)

param = os.sched_param(0)
print(param, pickle.loads(pickle.dumps(param)), param.__reduce__())
show(os.sched_param)
show(os.sched_setscheduler, 0, os.SCHED_OTHER, 5)
print(os.sched_getparam(0), os.sched_setscheduler(0, os.SCHED_OTHER, param))
show(os.setgroups, 5)
show(os.setreuid, "x", 0)
show(os.getgrouplist, "root", "x")
show(os.makedev, -2, 0)
print(os.major(os.makedev(8, 3)), os.minor(os.makedev(8, 3)), os.major(-1))
master, slave = os.openpty()
print(os.ptsname(master) == os.ttyname(slave), os.isatty(slave))
