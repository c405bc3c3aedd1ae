"""The child of a fork in a thread has that thread as its main one, which signals go to."""
import os
import signal
import threading
import warnings

warnings.simplefilter("ignore")


def show(*items):
    os.write(1, (" ".join(map(str, items)) + "\n").encode())


def work():
    child = os.fork()
    if child == 0:
        main = threading.main_thread()
        show("in the child", main is threading.current_thread(), main.ident == threading.get_ident())
        show("threads", threading.active_count(), [t.name for t in threading.enumerate()])
        signal.signal(signal.SIGUSR1, lambda number, frame: show("signal", number == signal.SIGUSR1))
        os.kill(os.getpid(), signal.SIGUSR1)
        os._exit(7)
    show("child ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


show("main", threading.main_thread() is threading.current_thread())
worker = threading.Thread(target=work, name="worker")
worker.start()
worker.join()
show("still main", threading.main_thread().ident == threading.get_ident())
try:
    threading.Thread(target=lambda: signal.signal(signal.SIGUSR1, signal.SIG_DFL)).run()
except ValueError as error:
    show(error)
