"""Creation and destruction of instances, plain, slotted, nested."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)


class Cell:
    __slots__ = ("value", "next")

    def __init__(self, value, following):
        self.value = value
        self.next = following


class Empty:
    pass


def main(rounds):
    total = 0
    step = Point(1, 2)
    for _ in range(rounds):
        p = Point(0, 0)
        for i in range(300):
            p = p + step
        head = None
        for i in range(300):
            head = Cell(i, head)
        while head is not None:
            total += head.value
            head = head.next
        for i in range(100):
            Empty()
        total += p.x - p.y
    return total


print(main(180 * SHARE))
