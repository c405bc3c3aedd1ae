"""Lists: index, store, append, pop, slices, iteration and sort."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def main(count):
    total = 0
    for round_number in range(count):
        data = []
        for i in range(1000):
            data.append((i * 7919 + round_number) % 1009)
        for i in range(1, 1000):
            data[i] = data[i] + data[i - 1] & 1023
        data.sort()
        for value in data[::3]:
            total += value
        while len(data) > 900:
            total -= data.pop()
    return total


print(main(50 * SHARE))
