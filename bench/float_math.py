"""Float arithmetic: an integral, a logistic map and a dot product."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def main(count):
    total, x, dot = 0.0, 0.5, 0.0
    step = 1.0 / count
    for i in range(count):
        t = (i + 0.5) * step
        total += 4.0 / (1.0 + t * t)
        x = 3.7 * x * (1.0 - x)
        dot += x * t - 0.25 * total * step
    return total * step, x, dot


print(main(100000 * SHARE))
