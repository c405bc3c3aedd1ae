"""List, dict and set comprehensions, nested and filtered."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def main(rounds):
    total = 0
    for r in range(rounds):
        squares = [x * x for x in range(500)]
        odd = [x for x in squares if x & 1]
        table = {x: x + r for x in odd}
        digits = {x % 97 for x in squares}
        grid = [[i * j for j in range(20)] for i in range(20)]
        total += sum(odd) + len(table) + len(digits) + sum([sum(row) for row in grid])
    return total


print(main(240 * SHARE))
