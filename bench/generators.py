"""Generators: simple, delegated, send, and generator expressions."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def numbers(n):
    for i in range(n):
        yield i


def delegated(n):
    yield from numbers(n)
    yield from numbers(n)


def averager():
    total, count = 0, 0
    value = yield 0
    while True:
        total += value
        count += 1
        value = yield total // count


def main(rounds):
    total = 0
    mean = averager()
    next(mean)
    for _ in range(rounds):
        total += sum(numbers(1000))
        for x in delegated(500):
            total ^= x
        for x in range(500):
            total += mean.send(x)
        total += sum(x * 2 for x in numbers(500) if x & 1)
    return total


print(main(110 * SHARE))
