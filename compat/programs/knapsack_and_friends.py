"""Dynamic programming and search: knapsack, edit scripts, coin change, matrix chains, queens, subset sums, scheduling."""
from bisect import bisect_right
from functools import cache, lru_cache
from itertools import accumulate, combinations, pairwise
from math import comb, inf, isqrt


def knapsack(items, capacity):
    """items are (name, weight, value); the best value and what to take."""
    best = [(0, ())] * (capacity + 1)
    for name, weight, value in items:
        for room in range(capacity, weight - 1, -1):
            candidate = best[room - weight][0] + value, best[room - weight][1] + (name,)
            if candidate[0] > best[room][0]:
                best[room] = candidate
    return best[capacity]


def branch_and_bound(items, capacity):
    items = sorted(items, key=lambda item: -item[2] / item[1])
    best, visited = (0, ()), 0

    def bound(index, room):
        total = 0.0
        for _, weight, value in items[index:]:
            if weight > room:
                return total + value * room / weight
            room -= weight
            total += value
        return total

    def visit(index, room, value, taken):
        nonlocal best, visited
        visited += 1
        if value > best[0]:
            best = value, taken
        if index == len(items) or value + bound(index, room) <= best[0]:
            return
        name, weight, worth = items[index]
        if weight <= room:
            visit(index + 1, room - weight, value + worth, taken + (name,))
        visit(index + 1, room, value, taken)

    visit(0, capacity, 0, ())
    return best, visited


def longest_common(a, b):
    @cache
    def solve(i, j):
        if i == len(a) or j == len(b):
            return ""
        if a[i] == b[j]:
            return a[i] + solve(i + 1, j + 1)
        return max(solve(i + 1, j), solve(i, j + 1), key=len)
    result = solve(0, 0)
    return result, solve.cache_info().misses


def coins(amount, kinds):
    fewest = [0] + [inf] * amount
    last = [0] * (amount + 1)
    ways = [1] + [0] * amount
    for kind in kinds:
        for total in range(kind, amount + 1):
            ways[total] += ways[total - kind]
            if fewest[total - kind] + 1 < fewest[total]:
                fewest[total], last[total] = fewest[total - kind] + 1, kind
    used = []
    while amount and fewest[-1] < inf:
        used.append(last[amount])
        amount -= last[amount]
    return fewest[-1], ways[-1], used


def matrix_chain(sizes):
    @lru_cache(maxsize=None)
    def cost(i, j):
        if j - i == 1:
            return 0, f"{chr(65 + i)}"
        options = []
        for k in range(i + 1, j):
            left, right = cost(i, k), cost(k, j)
            options.append((left[0] + right[0] + sizes[i] * sizes[k] * sizes[j], f"({left[1]}{right[1]})"))
        return min(options)
    return cost(0, len(sizes) - 1)


def increasing(numbers):
    tails, before, positions = [], {}, []
    for i, n in enumerate(numbers):
        at = bisect_right(tails, n)
        tails[at:at + 1] = [n]
        positions[at:at + 1] = [i]
        before[i] = positions[at - 1] if at else None
    chain, i = [], positions[-1]
    while i is not None:
        chain.append(numbers[i])
        i = before[i]
    return chain[::-1]


def queens(n):
    def place(row, columns, down, up):
        if row == n:
            yield ()
            return
        for column in range(n):
            bits = 1 << column, 1 << row + column, 1 << n + row - column
            if not (columns & bits[0] or down & bits[1] or up & bits[2]):
                for rest in place(row + 1, columns | bits[0], down | bits[1], up | bits[2]):
                    yield column, *rest
    return place(0, 0, 0, 0)


def subset_sum(numbers, goal):
    """Meet in the middle."""
    half = len(numbers) // 2
    left, right = numbers[:half], numbers[half:]
    sums = {sum(c): c for size in range(len(left) + 1) for c in combinations(left, size)}
    for size in range(len(right) + 1):
        for chosen in combinations(right, size):
            if (rest := sums.get(goal - sum(chosen))) is not None:
                return rest + chosen


def weighted_intervals(jobs):
    jobs = sorted(jobs, key=lambda job: job[1])
    ends = [end for _, end, _ in jobs]
    best = [(0, [])]
    for i, (start, end, value) in enumerate(jobs):
        at = bisect_right(ends, start, 0, i)
        best.append(max(best[-1], (best[at][0] + value, best[at][1] + [(start, end)])))
    return best[-1]


items = [("map", 9, 150), ("compass", 13, 35), ("water", 153, 200), ("sandwich", 50, 160), ("glucose", 15, 60),
         ("tin", 68, 45), ("banana", 27, 60), ("apple", 39, 40), ("cheese", 23, 30), ("beer", 52, 10),
         ("suntan", 11, 70), ("camera", 32, 30), ("trousers", 48, 10), ("umbrella", 73, 40)]
value, taken = knapsack(items, 400)
exact, visited = branch_and_bound(items, 400)
print(value, sorted(taken), exact[0] == value, sorted(exact[1]) == sorted(taken), visited)
print(longest_common("the dynamic programming table", "a demand for programmable cable"))
for amount, kinds in ((63, (1, 5, 10, 21, 25)), (100, (1, 5, 10, 25, 50)), (7, (2, 4)), (0, (1,))):
    print(amount, kinds, coins(amount, kinds))
print(matrix_chain((30, 35, 15, 5, 10, 20, 25)))
print(increasing([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9]))
print([sum(1 for _ in queens(n)) for n in range(1, 8)], next(queens(8)), list(queens(4)))
numbers = [isqrt(n ** 3 * 7) % 1009 for n in range(3, 21)]
print(numbers, subset_sum(numbers, 1000), subset_sum(numbers, 2), subset_sum([], 0))
print(weighted_intervals([(1, 4, 3), (2, 6, 5), (4, 7, 2), (6, 8, 6), (5, 9, 9), (8, 11, 4)]))
print(list(accumulate(range(1, 8), lambda a, b: a * b)), [comb(10, k) for k in range(6)], list(pairwise("dp!")))
