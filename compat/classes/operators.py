"""Binary operators: reflected, in-place, subclass priority, NotImplemented and messages."""
class N:
    def __init__(self, name): self.name = name
    def __repr__(self): return self.name


for op in "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor".split():
    def forward(self, other, op=op):
        return f"{self}.{op}({other})" if isinstance(other, (N, int)) else NotImplemented
    def reflected(self, other, op=op):
        return f"{self}.r{op}({other})"
    setattr(N, f"__{op}__", forward)
    setattr(N, f"__r{op}__", reflected)


class Sub(N):
    def __radd__(self, other): return f"Sub.radd({other})"
    def __iadd__(self, other): return f"iadd({other})"


a, s = N("a"), Sub("s")
print(a + a, a - 1, 1 - a, a * s, a @ a, 1 @ a, a / 2, 2 // a, a % 3, "%s" % a, divmod(a, a), divmod(1, a), a ** 2, 2 ** a, a << 1, 1 >> a, a & 1, 1 | a, a ^ 1)
print(a + s, s + a, s + 1, 1 + s)
s += 5
print(s)
a -= 1
print(a)


class C:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v if isinstance(o, C) else NotImplemented
    def __lt__(self, o): return self.v < o.v if isinstance(o, C) else NotImplemented
    def __le__(self, o): print("le"); return NotImplemented
    def __ge__(self, o): print("ge"); return NotImplemented


print(C(1) == C(1), C(1) != C(2), C(1) < C(2), C(2) > C(1), C(1) == 5, C(1) != 5)
for bad in (lambda: C(1) <= C(2), lambda: C(1) < 5, lambda: 5 > C(1), lambda: C(1) + 1, lambda: 1 - C(1), lambda: -C(1), lambda: C(1) @ C(2), lambda: C(1)[0], lambda: C(1)(), lambda: len(C(1)), lambda: iter(C(1)), lambda: hash(C(1)), lambda: C(1) ** 2, lambda: abs(C(1)), lambda: 1 in C(1), lambda: int(C(1)), lambda: [1] + C(1), lambda: "a" + C(1), lambda: [1] * C(1), lambda: divmod(C(1), 1), lambda: round(C(1)), lambda: pow(C(1), 1, 2), lambda: complex(C(1))):
    try:
        print(bad())
    except TypeError as exc:
        print(exc)


class Iop:
    def __iadd__(self, o): return NotImplemented
    def __imul__(self, o): print("imul", o); return self


i = Iop()
i *= 3
try:
    i += 1
except TypeError as exc:
    print(exc)
