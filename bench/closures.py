"""Closures: reading and writing cells, lambdas, decorators, partial results."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def counter():
    count = 0

    def step(by):
        nonlocal count
        count += by
        return count

    return step


def compose(f, g):
    return lambda x: f(g(x))


def logged(function):
    calls = 0

    def wrapper(*args):
        nonlocal calls
        calls += 1
        return function(*args) + (calls & 1)

    return wrapper


@logged
def scaled(a, b):
    return a * b


def main(count):
    step = counter()
    inc = compose(lambda x: x + 1, lambda x: x * 2)
    total = 0
    for i in range(count):
        step(i)
        total += inc(i) + scaled(i, 2)
    return total, step(0)


print(main(52000 * SHARE))
