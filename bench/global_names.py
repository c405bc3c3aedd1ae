"""Global variables, built-in names and global functions."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


counter = 0
LIMIT = 1 << 20
STEP = 3


def bump(n):
    global counter
    counter = (counter + n * STEP) % LIMIT
    return counter


def main(count):
    global counter
    total = 0
    for i in range(count):
        counter += 1
        total += len(NAMES) + abs(-STEP) + (LIMIT if i & 1 else STEP)
        bump(i)
    return counter, total


NAMES = ["a", "b", "c"]
print(main(75000 * SHARE))
