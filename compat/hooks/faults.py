"""faulthandler: tracebacks on request, after a while, by signal, and of a crash in a child."""
import faulthandler
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time


def show(function, *args, **keywords):
    try:
        print(function.__name__, args, repr(function(*args, **keywords)))
    except Exception as error:
        print(function.__name__, args, type(error).__name__, error)


def clean(text):
    text = re.sub("0x[0-9a-f]+", "0xN", text)
    text = re.sub(r' \[[^\]]*\] \(most', " (most", text)
    return re.sub(r'File "(?:[^"]*/)?([^"/]+)", line \d+', r'File "\1"', text)


file = tempfile.TemporaryFile("w+")


def written():
    file.seek(0)
    text = file.read()
    file.seek(0)
    file.truncate()
    return clean(text)


def innér():
    faulthandler.dump_traceback(file, all_threads=False)


def outer():
    innér()


outer()
print(written())
event = threading.Event()
release = threading.Event()


def wait():
    event.set()
    release.wait()


thread = threading.Thread(target=wait)
thread.start()
event.wait()
faulthandler.dump_traceback(file)
text = written()
release.set()
thread.join()
print(text.count("Thread 0xN"), text.count("Current thread 0xN"), " in wait\n" in text)

faulthandler.dump_traceback_later(0.05, file=file)
time.sleep(0.3)
print(written())
faulthandler.dump_traceback_later(3661, file=file)
faulthandler.cancel_dump_traceback_later()
faulthandler.register(signal.SIGUSR1, file=file, all_threads=False)
os.kill(os.getpid(), signal.SIGUSR1)
print(written())
print(faulthandler.unregister(signal.SIGUSR1), faulthandler.unregister(signal.SIGUSR1))
print(faulthandler.is_enabled(), faulthandler.enable(file), faulthandler.is_enabled(),
      faulthandler.disable(), faulthandler.disable())
show(faulthandler.dump_traceback_later, 0)
show(faulthandler.dump_traceback_later, "x")
show(faulthandler.dump_traceback_later)
show(faulthandler.register, signal.SIGSEGV)
show(faulthandler.register, 0)
show(faulthandler.dump_traceback, -1)
show(faulthandler.dump_traceback, "x")
for crash in ("_read_null", "_sigsegv", "_sigabrt", "_sigfpe"):
    code = f"import faulthandler\nfaulthandler.enable(c_stack=False)\nfaulthandler.{crash}()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    print(done.returncode, clean(done.stderr))
