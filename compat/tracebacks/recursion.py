"""RecursionError in Python and native code, repeated lines in the traceback, and life after it."""
import sys
import traceback


def down(n):
    return down(n + 1) + 1


def mutual_a(n): return mutual_b(n)
def mutual_b(n): return mutual_a(n)


class Repr:
    def __repr__(self): return repr(self)
    def __getattr__(self, name): return getattr(self, name + "x")
    def __eq__(self, other): return self == other
    def __call__(self): return self()
    def __len__(self): return len(self)
    def __iter__(self): return iter(list(self))


for function in (lambda: down(0), lambda: mutual_a(0), lambda: repr(Repr()), lambda: Repr().a, lambda: Repr() == 1, lambda: Repr()(), lambda: len(Repr()), lambda: list(Repr())):
    try:
        function()
    except RecursionError as exc:
        print(type(exc).__name__, str(exc).partition(" (")[0])
try:
    down(0)
except RecursionError:
    text = traceback.format_exc().splitlines()
    print(text[0], len(text), [line for line in text if "repeated" in line], text[-1], sep="\n")
depth = 0


def count():
    global depth
    depth += 1
    count()


try:
    count()
except RecursionError:
    print(depth)
sys.setrecursionlimit(200)
depth = 0
try:
    count()
except RecursionError:
    print(depth, sys.getrecursionlimit())
for bad in 0, -5, "a", 10**12, 1:
    try:
        sys.setrecursionlimit(bad)
    except Exception as exc:
        print(type(exc).__name__, exc)
