"""What int, float, complex, bool, str and bool make of strings and of other objects."""
class Num:
    def __int__(self): return 7
    def __float__(self): return 7.5
    def __complex__(self): return 7 + 1j
    def __index__(self): return 9
    def __bool__(self): return False
    def __str__(self): return "num"
    def __bytes__(self): return b"num"


n = Num()
print(int(n), float(n), complex(n), bool(n), str(n), bytes(n), hex(n), [0] * n, round(2.5), round(-3.5))
print(int("  12_3 "), int("ff", 16), int("0b101", 0), int("-0x1F", 16), int(b"12"), int("z", 36), int(3.99), int(-3.99), int(True))
print(float(" 1e3 "), float("-inf"), float("nan"), float("1_0.5"), float(10**20), float("  .5"), float(b"2.5"))
print(complex("1+2j"), complex(1, 2), complex("j"), complex("-1e3-0j"), complex(real=1.5, imag=-0.0))
print(str(b"x", "ascii"), str(b"x"), str(object=5), str(), bool(), int(), float(), complex(), bytes(), tuple(), frozenset())
for bad in (lambda: int("1__0"), lambda: int(""), lambda: int("12", 1), lambda: int("9", 8), lambda: int(None),
            lambda: int(1.5, 10), lambda: int(float("inf")), lambda: int(float("nan")), lambda: float("1e"), lambda: float([]),
            lambda: complex("1+2"), lambda: complex("1", 2), lambda: complex([]), lambda: str(b"x", "nope"), lambda: str("x", "ascii"),
            lambda: int("0x", 16), lambda: bool(1, 2), lambda: int("é"), lambda: int("1" * 5000), lambda: float(10**400)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
