"""sys.exit with a message in a child, atexit order, and what is printed on the way out."""
import atexit
import sys


class Farewell:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


first = Farewell("module global")
atexit.register(print, "registered first")
atexit.register(print, "registered second")


@atexit.register
def failing():
    raise ValueError("in atexit")


def leave():
    local = Farewell("local")
    try:
        sys.exit("the message of exit")
    finally:
        print("finally")


try:
    leave()
except SystemExit as exc:
    print("caught", exc.code, repr(exc))
atexit.unregister(failing)
sys.stdout.flush()
leave()
