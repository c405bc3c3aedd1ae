"""Dictionaries: get, set, membership, iteration, with int and string keys."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def main(count):
    words = [f"word{i % 577}" for i in range(2000)]
    table = {}
    total = 0
    for round_number in range(count):
        for word in words:
            table[word] = table.get(word, 0) + 1
            if word in table:
                total += table[word] & 3
        numbers = {}
        for i in range(1000):
            numbers[i * i % 311] = i
        for key, value in numbers.items():
            total += key ^ value
    return total, len(table), sum(table.values())


print(main(40 * SHARE))
