"""What finalisers can't do any more once the interpreter ends: join, start and fork."""
import os
import threading
import warnings

warnings.simplefilter("ignore")


def loop():
    while True:
        threading.Event().wait(0.01)


class Cycle:
    """Ends only with the collection that follows the end of daemon threads."""

    def __init__(self, timeout):
        self.itself = self
        self.timeout = timeout
        self.thread = threading.Thread(target=loop, daemon=True)
        self.thread.start()

    def __del__(self):
        print("alive", self.thread.is_alive())
        for action in (lambda: self.thread.join(self.timeout), os.fork):
            try:
                action()
            except PythonFinalizationError as error:
                print(type(error).__name__, error)


Cycle(None)
Cycle(10)
print("the end")
