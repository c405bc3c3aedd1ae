"""try and except: the path without an exception, and raising through frames."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


class Mine(Exception):
    pass


def safe(table, key):
    try:
        return table[key]
    except KeyError:
        return -1
    finally:
        table["calls"] += 1


def deep(n):
    if n == 0:
        raise Mine("bottom")
    return deep(n - 1)


def main(count):
    table = {"calls": 0, 1: 10}
    total = 0
    for i in range(count):
        total += safe(table, i & 1)
        try:
            total += i
        except ValueError:
            total = 0
        if i % 8 == 0:
            try:
                deep(5)
            except Mine as exc:
                total += len(exc.args)
    return total, table["calls"]


print(main(45000 * SHARE))
