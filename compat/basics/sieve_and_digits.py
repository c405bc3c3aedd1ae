"""Integers at work: primes, factors, digits of pi and e, perfect numbers, continued fractions, big powers."""


def sieve(limit):
    flags = bytearray([1]) * (limit + 1)
    flags[:2] = b"\0\0"
    for n in range(2, int(limit ** 0.5) + 1):
        if flags[n]:
            flags[n * n::n] = bytes(len(range(n * n, limit + 1, n)))
    return [n for n, flag in enumerate(flags) if flag]


def factors(n):
    found, d = {}, 2
    while d * d <= n:
        while n % d == 0:
            found[d] = found.get(d, 0) + 1
            n //= d
        d += 1 + (d > 2)
    if n > 1:
        found[n] = 1
    return found


def pi_digits():
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    while True:
        if 4 * q + r - t < m * t:
            yield m
            q, r, m = 10 * q, 10 * (r - m * t), 10 * (3 * q + r) // t - 10 * m
        else:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2


def is_probable_prime(n):
    if n < 2 or n % 2 == 0:
        return n == 2
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23):
        if n % base == 0:
            return n == base
        x = pow(base, d, n)
        if x not in (1, n - 1) and all((x := x * x % n) != n - 1 for _ in range(s - 1)):
            return False
    return True


primes = sieve(2000)
print(len(primes), primes[:12], primes[-3:], sum(primes))
for n in (360, 1001, 2 ** 16 - 1, 999983, 10 ** 12 + 39):
    print(n, " * ".join(f"{p}^{e}" if e > 1 else str(p) for p, e in factors(n).items()))
digits = pi_digits()
print("".join(str(next(digits)) for _ in range(120)))
print([n for n in range(2, 9000) if sum(d for d in range(1, n // 2 + 1) if n % d == 0) == n][:2])
print([p for p in range(2, 130) if is_probable_prime(p) and is_probable_prime(2 ** p - 1)])
print(is_probable_prime(2 ** 127 - 1), is_probable_prime(2 ** 127 + 1), pow(3, -1, 101), pow(7, 10 ** 20, 10 ** 9 + 7))
e = sum(10 ** 60 // f for f in __import__("itertools").accumulate(range(1, 60), lambda a, b: a * b, initial=1))
print(e, len(str(2 ** 5000)), str(2 ** 5000)[-20:], (10 ** 50).bit_length())
print([int(str(n), 36) for n in ("zz", "1", 35)], f"{255:#x} {255:#o} {255:#b} {10**9:,} {10**9:_}", int("-0b101", 0))
print(sum(int(c) for c in str(3 ** 1000)), divmod(-17, 5), -17 // 5, -17 % -5, (-17) >> 2, ~17, round(12345, -2))
