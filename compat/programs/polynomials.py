"""Polynomial algebra: arithmetic, division, greatest common divisors, roots, factors, interpolation, parsing."""
from fractions import Fraction
from functools import reduce
from itertools import product, zip_longest


class Polynomial:
    """Coefficients from the constant term up, exact."""

    __slots__ = ("terms",)

    def __init__(self, *terms):
        terms = [Fraction(t) for t in terms]
        while terms and not terms[-1]:
            terms.pop()
        self.terms = tuple(terms)

    @classmethod
    def parse(cls, text):
        terms = {}
        text = text.replace(" ", "").replace("-", "+-").lstrip("+")
        for part in text.split("+"):
            number, x, power = part.partition("x")
            if not x:
                key, value = 0, Fraction(number)
            else:
                value = Fraction({"": 1, "-": -1}.get(number, number.rstrip("*") or 1))
                key = int(power.removeprefix("^")) if power else 1
            terms[key] = terms.get(key, 0) + value
        return cls(*(terms.get(i, 0) for i in range(max(terms) + 1)))

    @property
    def degree(self):
        return len(self.terms) - 1

    def __bool__(self):
        return bool(self.terms)

    def __eq__(self, other):
        return self.terms == coerce(other).terms

    def __hash__(self):
        return hash(self.terms)

    def __call__(self, x):
        return reduce(lambda total, term: total * x + term, reversed(self.terms), Fraction(0))

    def __add__(self, other):
        return Polynomial(*(a + b for a, b in zip_longest(self.terms, coerce(other).terms, fillvalue=0)))

    __radd__ = __add__

    def __neg__(self):
        return Polynomial(*(-t for t in self.terms))

    def __sub__(self, other):
        return self + -coerce(other)

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        other = coerce(other)
        result = [Fraction(0)] * (len(self.terms) + len(other.terms))
        for i, a in enumerate(self.terms):
            for j, b in enumerate(other.terms):
                result[i + j] += a * b
        return Polynomial(*result)

    __rmul__ = __mul__

    def __pow__(self, exponent):
        return reduce(lambda total, _: total * self, range(exponent), Polynomial(1))

    def __divmod__(self, other):
        other = coerce(other)
        if not other:
            raise ZeroDivisionError("division by the zero polynomial")
        rest, quotient = list(self.terms), [Fraction(0)] * max(len(self.terms) - other.degree, 0)
        for shift in range(len(quotient) - 1, -1, -1):
            factor = quotient[shift] = rest[shift + other.degree] / other.terms[-1]
            for i, term in enumerate(other.terms):
                rest[shift + i] -= factor * term
        return Polynomial(*quotient), Polynomial(*rest)

    def __floordiv__(self, other):
        return divmod(self, other)[0]

    def __mod__(self, other):
        return divmod(self, other)[1]

    def monic(self):
        return Polynomial(*(t / self.terms[-1] for t in self.terms)) if self else self

    def derivative(self):
        return Polynomial(*[i * t for i, t in enumerate(self.terms)][1:])

    def integral(self):
        return Polynomial(0, *(t / (i + 1) for i, t in enumerate(self.terms)))

    def rational_roots(self):
        """With multiplicity, in order."""
        poly, found = self, []
        while poly and not poly.terms[0]:
            found.append(Fraction(0))
            poly = Polynomial(*poly.terms[1:])
        if poly.degree < 1:
            return found
        scale = reduce(lambda a, b: a * b // gcd(a, b), (t.denominator for t in poly.terms))
        first, last = (abs(int(poly.terms[i] * scale)) for i in (0, -1))
        candidates = {s * Fraction(p, q) for p, q in product(divisors(first), divisors(last)) for s in (1, -1)}
        for root in sorted(candidates):
            while poly.degree > 0 and poly(root) == 0:
                found.append(root)
                poly //= Polynomial(-root, 1)
        return sorted(found)

    def __str__(self):
        parts = []
        for power in range(self.degree, -1, -1):
            term = self.terms[power]
            if term:
                sign = "-" if term < 0 else "+"
                size = "" if abs(term) == 1 and power else str(abs(term))
                parts += [sign, size + ("", "x", f"x^{power}")[min(power, 2)]]
        text = " ".join(parts) or "0"
        return text[2:] if text.startswith("+") else text.replace("- ", "-", 1) if text[0] == "-" else text

    def __repr__(self):
        return f"Polynomial.parse({str(self)!r})"


def coerce(value):
    return value if isinstance(value, Polynomial) else Polynomial(value)


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def divisors(n):
    return [d for d in range(1, n + 1) if n % d == 0]


def interpolate(points):
    total = Polynomial()
    for i, (x, y) in enumerate(points):
        basis = Polynomial(y)
        for j, (other, _) in enumerate(points):
            if i != j:
                basis = basis * Polynomial(Fraction(-other, x - other), Fraction(1, x - other))
        total += basis
    return total


x = Polynomial(0, 1)
p, q = Polynomial.parse("2x^3 - 3x^2 - 11x + 6"), (x - 3) * (x + 1) ** 2
for value in (p, q, p + q, p - q, p * q, p // q, p % q, -p, p.derivative(), p.integral(), p - p, 1 - x, 3 * x):
    print(value)
quotient, rest = divmod(p * q + x, q)
print(quotient == p, rest, gcd(p, q).monic(), p(3), p(Fraction(1, 2)), q(-1), p.degree, (x - x).degree)
print(*p.rational_roots(), "|", *q.rational_roots(), "|", *((2 * x - 1) ** 2 * x ** 3 * (x * x + 1)).rational_roots())
print(interpolate([(0, 1), (1, 3), (2, 11), (4, 69)]), interpolate([(n, n ** 3) for n in range(6)]))
chebyshev = [Polynomial(1), x]
while len(chebyshev) < 8:
    chebyshev.append(2 * x * chebyshev[-1] - chebyshev[-2])
print(*chebyshev, sep="\n")
print({p: "p", q: "q"}[Polynomial.parse(str(p))], repr(q), eval(repr(q)) == q, p == 5, Polynomial(5) == 5, bool(x - x))
for action in (lambda: divmod(p, 0), lambda: Polynomial.parse("2y"), lambda: Polynomial("a"), lambda: p + "x"):
    try:
        print(action())
    except (ZeroDivisionError, ValueError, TypeError) as exc:
        print(type(exc).__name__, exc)
