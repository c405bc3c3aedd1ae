"""Calls of plain functions: positional, keyword, default and starred arguments, recursion."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def add(a, b):
    return a + b


def defaults(a, b=2, *, c=3):
    return a + b + c


def star(*args):
    return len(args)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def main(count):
    total = 0
    for i in range(count):
        total = add(total, i)
        total += defaults(i) - defaults(i, c=1)
        total += star(i, i, i)
    return total, fib(24)


print(main(65000 * SHARE))
