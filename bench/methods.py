"""Method calls: plain, inherited, super, class, static and built-in ones."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


class Base:
    def __init__(self):
        self.value = 0

    def add(self, amount):
        self.value += amount
        return self

    def double(self, n):
        return n * 2

    @classmethod
    def make(cls, n):
        return n + 1

    @staticmethod
    def twice(n):
        return n + n


class Derived(Base):
    def add(self, amount):
        return super().add(amount + 1)


def main(count):
    base, derived = Base(), Derived()
    total = 0
    for i in range(count):
        base.add(i)
        derived.add(1)
        total += derived.double(i) - Base.make(i) - base.twice(1)
        total ^= i.bit_length()
    return base.value, derived.value, total


print(main(38000 * SHARE))
