"""Reading and writing instance, class and slot attributes."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


class Plain:
    scale = 3

    def __init__(self):
        self.x = 0
        self.y = 1
        self.other = None


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self):
        self.x = 0
        self.y = 1


def main(count):
    p, s = Plain(), Slotted()
    p.other = s
    for i in range(count):
        p.x = p.x + p.y
        p.y = i & 7
        s.x += s.y * p.scale
        p.other.y = p.x & 3
    return p.x, p.y, s.x, s.y


print(main(180000 * SHARE))
