"""An uncaught exception: chained traceback on stderr, notes, carets, exit status 1."""
import sys


class Problem(Exception):
    def __str__(self):
        return "several\nlines"


def divide(numbers):
    return sum(n / (n - 3) for n in numbers) + undefined_name


def lookup(table, key):
    return table["a"][key]["c"]


def outer():
    try:
        lookup({"a": {}}, "b")
    except KeyError as exc:
        raise Problem from exc


def main():
    try:
        divide(range(5))
    except ZeroDivisionError as exc:
        exc.add_note("first note")
        exc.add_note("second\nnote")
        outer()


print("before")
sys.stdout.flush()
main()
print("never")
