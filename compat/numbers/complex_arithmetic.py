"""Complex numbers: repr with signed zeros, arithmetic, formatting and messages."""
for z in (0j, -0j, 1 + 2j, 1 - 2j, complex(-0.0, -0.0), complex(0, float("inf")), complex(float("nan"), 1), 1e20j, 3 + 0j):
    print(repr(z), z.real, z.imag, z.conjugate(), bool(z), hash(z) == hash(z.real) if z.imag == 0 else "-")
a, b = 3 + 4j, 1 - 2j
print(a + b, a - b, a * b, a / b, a ** 2, a ** b, -a, +a, abs(a))
print(a + 1, 1 + a, a * 2.5, 2 / a, a == 3 + 4j, 5 == 5 + 0j, a != b, 2j ** 2, (-1) ** 0.5)
print(f"{a}", f"{a:.2f}", f"{a:>20}", f"{a:e}", "%s %r" % (a, b), f"{1j:g}", format(a, "+.1f"))
print(complex("1+1j") * 1j, complex(a), a.__getnewargs__(), sum([1j, 2, 3.5]))
for bad in (lambda: a < b, lambda: a // b, lambda: a % b, lambda: int(a), lambda: float(a), lambda: a / 0, lambda: 0j ** -1,
            lambda: 0j ** 1j, lambda: f"{a:d}", lambda: divmod(a, b), lambda: complex("x"), lambda: round(a), lambda: f"{a:010}",
            lambda: a + "s", lambda: [1][a], lambda: pow(a, b, 2)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
