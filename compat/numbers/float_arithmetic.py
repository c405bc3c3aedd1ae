"""Floats: repr, rounding, special values, comparison with ints, methods."""
import math
inf, nan = float("inf"), float("nan")
for x in (0.0, -0.0, 1.0, 0.1, 1e16, 1e15, 123456789.123, 1e-5, 0.0001, 1e300 * 1e10, 5e-324, 1.7976931348623157e308,
          2.5, -2.5, 1/3, 2**53 + 0.0, 1e22, 1e23, 3.0e-10):
    print(repr(x), str(x), hash(x), x.hex(), x.is_integer())
print(inf - inf, inf * 0, -inf, nan == nan, nan != nan, nan < 1, inf > 10**400, [nan] == [nan], nan in [nan])
print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2, divmod(-7.5, 2), 5 % inf, -5 % inf, 0.0 % -3)
print(2.0**0.5, (-8) ** (1/3), 0.0**0, inf**0, 1**nan, (-1) ** inf if False else 1, 2.0**-1074)
print(round(2.675, 2), round(2.5), round(3.5), round(-0.5), round(1e20, -18), round(1.5, 0), round(1234.5678, -2))
print(1.5.as_integer_ratio(), (0.1).as_integer_ratio(), float.fromhex("0x1.8p3"), float.fromhex("-inf"))
print(1e308 + 1e308, 0.1 + 0.2, 0.1 + 0.2 == 0.3, 2**53 == 2.0**53, 2**53 + 1 == 2.0**53, 10**20 < 1e20, 10**22 == 1e22)
print(f"{3.14159:.2f} {1e10:g} {1e-10:g} {0.5:%} {1234.5:,.1f} {1.0:e} {-0.0:+} {2.5:08.3f} {nan:5} {inf:>6} {123456.0:.3g} {0.0:z.1f}")
print(math.floor(-1.5), math.ceil(-1.5), math.trunc(-1.5), math.fmod(-7, 3), math.copysign(1, -0.0), math.nextafter(1, 2))
print(math.isclose(0.1 + 0.2, 0.3), math.fsum([0.1] * 10), sum([0.1] * 10), math.gcd(12, 18), math.isqrt(10**20))
for bad in (lambda: 1.0 / 0, lambda: 1.0 // 0, lambda: 1.0 % 0, lambda: 0.0 ** -1, lambda: inf.as_integer_ratio(), lambda: nan.as_integer_ratio(),
            lambda: round(inf), lambda: round(nan), lambda: int(inf), lambda: float.fromhex("zz"), lambda: 1.0 << 1, lambda: math.sqrt(-1),
            lambda: math.log(0), lambda: 10.0**400, lambda: math.exp(1000), lambda: format(1.0, "d"), lambda: 1.0 < "a", lambda: 1.0 + None):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
