"""cmath: every function over ordinary, extreme and special arguments; logarithms, polar forms, closeness, errors."""

import cmath
import math
import statistics

parts = [0.0, -0.0, 1.0, -1.0, 0.5, -3.25, 1e-320, -1e-310, 1e308, -1.7e308, 709.5, 710.6, -745.0, math.inf, -math.inf, math.nan, 2.0, 1e-9, 1e9]


def show(z):
    # The sign of a NaN is nobody's business.
    # The last digits are the C library's.
    return ' '.join('nan' if p != p else f'{p:.12g}' for p in ((z.real, z.imag) if isinstance(z, complex) else z if isinstance(z, tuple) else (z,)))


def t(f, *a, **k):
    try:
        r = f(*a, **k)
        return show(r) if isinstance(r, (complex, tuple, float)) else repr(r)
    except Exception as e:
        return f'{type(e).__name__} {e}'


for name in sorted(n for n in dir(cmath) if not n.startswith('_')):
    f = getattr(cmath, name)
    if not callable(f):
        print(name, repr(f))
        continue
    if name in ('rect', 'isclose'):
        continue
    print(name, t(f), t(f, 'x'), t(f, 1, 2, 3), t(f, True), t(f, 10 ** 400))
    for re in parts:
        print(name, re, '|', ' | '.join(t(f, complex(re, im)) for im in parts))
for r in parts:
    print('rect', r, ' | '.join(t(cmath.rect, r, phi) for phi in parts))
for a in (0, 1, 2, 1j, -1, math.inf, complex(math.nan, 1)):
    print('log', a, [t(cmath.log, a, b) for b in (0, 1, 2, 10, 1j, math.inf, 'x')])
for a in (1, 1 + 1e-10j, complex(math.inf, 1), math.nan, 2):
    print([t(cmath.isclose, a, b) for b in (1, 1 + 1e-10j, complex(math.inf, 1), math.nan)])
print(t(cmath.isclose, 1, 2, rel_tol=0.5), t(cmath.isclose, 1, 1.4, abs_tol=0.5), t(cmath.isclose, 1, 2, rel_tol=-1), t(cmath.isclose, 1, 2, 3))


class C:
    def __complex__(self):
        return 3 + 4j


print(cmath.polar(C())[0], cmath.sqrt(C()), t(cmath.rect, 1), t(cmath.rect, 1, 'x'), t(cmath.rect, 1j, 1))
normal = statistics.NormalDist(10, 2)
print([f'{normal.inv_cdf(p):.12g}' for p in (1e-320, 1e-12, 1e-5, 0.07, 0.0749, 0.25, 0.5, 0.75, 0.999, 1 - 1e-16)])
import _statistics
print(t(_statistics._normal_dist_inv_cdf, 0, 1, 1), t(_statistics._normal_dist_inv_cdf, 2, 1, 1), t(_statistics._normal_dist_inv_cdf, 0.3), t(_statistics._normal_dist_inv_cdf, 'x', 1, 1))
