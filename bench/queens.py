"""An N-queens solver with sets of attacked lines."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def solve(n, row, columns, diagonals, anti, placed, found):
    if row == n:
        found.append(tuple(placed))
        return
    for column in range(n):
        if column in columns or row + column in diagonals or row - column in anti:
            continue
        columns.add(column)
        diagonals.add(row + column)
        anti.add(row - column)
        placed.append(column)
        solve(n, row + 1, columns, diagonals, anti, placed, found)
        placed.pop()
        columns.remove(column)
        diagonals.remove(row + column)
        anti.remove(row - column)


def main(rounds):
    total = 0
    for _ in range(rounds):
        found = []
        solve(6, 0, set(), set(), set(), [], found)
        solve(7, 0, set(), set(), set(), [], found)
        total += len(found) + found[0][1]
    return total


print(main(20 * SHARE))
