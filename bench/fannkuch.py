"""Fannkuch-redux of the benchmarks game: permutations and reversals of a small list."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def fannkuch(n, limit):
    count, permutation = list(range(1, n + 1)), list(range(n))
    flips_max = checksum = done = 0
    r = n
    while done < limit:
        while r > 1:
            count[r - 1] = r
            r -= 1
        if permutation[0]:
            work = permutation[:]
            flips = 0
            while first := work[0]:
                work[: first + 1] = work[first::-1]
                flips += 1
            if flips > flips_max:
                flips_max = flips
            checksum += -flips if done & 1 else flips
        done += 1
        while True:
            if r == n:
                return checksum, flips_max, done
            permutation.insert(r, permutation.pop(0))
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1
    return checksum, flips_max, done


print(fannkuch(10, 13000 * SHARE))
