"""Sizes and depths that cannot be: MemoryError, OverflowError and RecursionError, and life goes on."""
import sys

BIG = 1 << 60


def nest(kind, depth=200_000):
    value = kind()
    for _ in range(depth):
        value = [value] if kind is list else (value,) if kind is tuple else {1: value}
    return value


for make in (lambda: " " * BIG, lambda: b"a" * BIG, lambda: [0] * BIG, lambda: (0,) * BIG, lambda: bytearray(BIG), lambda: bytes(BIG), lambda: "a".ljust(BIG), lambda: "é".center(BIG), lambda: "a".zfill(BIG), lambda: "%*d" % (BIG, 1), lambda: format(1, f"{1 << 40}"), lambda: f"{'x':{BIG}}", lambda: [1] * (1 << 70), lambda: range(BIG * 100)[5], lambda: len(range(BIG * 100)), lambda: 1 << (1 << 62), lambda: "a" * -BIG, lambda: [1][BIG * 100], lambda: "abc"[:BIG * 100], lambda: [1, 2][-BIG * 100:], lambda: list(range(BIG)), lambda: "\t".expandtabs(BIG), lambda: b"x".hex(sep="-", bytes_per_sep=1), lambda: memoryview(b"a")[BIG], lambda: int("1" * 5000), lambda: 10 ** 5000 and str(10 ** 5000), lambda: "x".join(["a" * 2**20]) and "joined", lambda: chr(BIG), lambda: round(1.5, BIG * 100), lambda: "%.*f" % (BIG, 1.0), lambda: "{:.{}f}".format(1.0, BIG)):
    try:
        result = make()
        print("ok", len(result) if hasattr(result, "__len__") else result)
    except (MemoryError, OverflowError, IndexError, ValueError, RecursionError) as exc:
        print(type(exc).__name__, exc)
for kind in list, tuple, dict:
    deep = nest(kind)
    for use in (repr, lambda v: v == nest(kind), hash, str):
        try:
            use(deep)
            print(kind.__name__, "ok")
        except (RecursionError, TypeError) as exc:
            print(kind.__name__, type(exc).__name__, str(exc).partition(" (used")[0])
    del deep
    print("released")
node = None
for _ in range(200_000):
    node = type("N", (), {})() if node is None else (lambda n, t: (setattr(n, "next", t), n)[1])(type(node)(), node)
del node
gen = iter(())
for _ in range(5000):
    gen = (x for x in gen)
try:
    list(gen)
except RecursionError as exc:
    print("generators", type(exc).__name__)
for source in ("(" * 201 + ")" * 201, "[" * 150 + "]" * 150, "-" * 3000 + "1", "a" + ".b" * 3000, "+".join("1" * 3000), "lambda: " * 3000 + "1", "not " * 3000 + "1", "{" * 300, "x" + "[0]" * 3000, "x" + "()" * 3000):
    try:
        compile(source, "<deep>", "eval")
        print("compiles", source[:8])
    except (SyntaxError, MemoryError, RecursionError) as exc:
        print(source[:8], type(exc).__name__, str(exc).partition(" (used")[0])
print(sys.getrecursionlimit(), "alive")
