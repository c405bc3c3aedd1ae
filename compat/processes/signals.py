"""Signals: handlers, KeyboardInterrupt, EINTR, alarms, SIGPIPE, wakeup, exceptions from handlers."""
import errno
import os
import signal
import sys
import time

log = []
old = signal.signal(signal.SIGUSR1, lambda number, frame: log.append((signal.Signals(number).name, frame.f_code.co_name)))
print(old, signal.getsignal(signal.SIGUSR1) is not None)


def raises(): os.kill(os.getpid(), signal.SIGUSR1)


raises()
signal.raise_signal(signal.SIGUSR1)
print(log)
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)
except KeyboardInterrupt as exc:
    print("interrupted", repr(exc))


def boom(*args): raise ValueError("from the handler")


signal.signal(signal.SIGALRM, boom)
signal.setitimer(signal.ITIMER_REAL, 0.02)
try:
    while True:
        pass
except ValueError as exc:
    print(exc)
signal.signal(signal.SIGALRM, lambda *a: log.append("alarm"))
signal.setitimer(signal.ITIMER_REAL, 0.02)
r, w = os.pipe()
start = time.monotonic()
time.sleep(0.05)
print(time.monotonic() - start >= 0.05, log[-1])
signal.setitimer(signal.ITIMER_REAL, 0.02, 0)
if os.fork() == 0:
    time.sleep(0.08)
    os.write(w, b"after")
    os._exit(0)
print(os.read(r, 10))
os.wait()
os.close(r)
try:
    os.write(w, b"x")
except BrokenPipeError as exc:
    print(exc, exc.errno == errno.EPIPE, signal.getsignal(signal.SIGPIPE))
pid = os.fork()
if pid == 0:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pause()
os.kill(pid, signal.SIGTERM)
_, status = os.waitpid(pid, 0)
print(os.WIFSIGNALED(status), os.WTERMSIG(status) == signal.SIGTERM, os.waitstatus_to_exitcode(status))
print(signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1}), signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, []))
os.kill(os.getpid(), signal.SIGUSR1)
print(signal.sigpending(), len(log))
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
print(len(log), signal.strsignal(signal.SIGHUP), signal.default_int_handler.__name__)
for bad in (lambda: signal.signal(999, boom), lambda: signal.signal(signal.SIGUSR1, 5), lambda: signal.signal(signal.SIGKILL, boom), lambda: signal.setitimer(9, 1), lambda: os.kill(2**30, 0), lambda: signal.alarm("a")):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGINT)
time.sleep(2)
