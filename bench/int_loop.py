"""Integer arithmetic in a loop: add, multiply, remainder, shifts, comparisons."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def main(count):
    a, b, hits = 1, 7, 0
    i = 0
    while i < count:
        a = (a * 1103515245 + 12345) & 0x7FFFFFFF
        b ^= a >> 3
        if a % 3 == 0:
            hits += 1
        elif b < a:
            hits -= 2
        i += 1
    return a, b, hits


print(main(80000 * SHARE))
