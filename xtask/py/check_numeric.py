"""Compares gopy-numeric with the Python that runs this, on seeded random cases.

    python3.14 xtask/py/check_numeric.py target/debug/examples/numeric_probe [seed [rounds]]
"""
import math, os, random, struct, subprocess, sys, warnings

warnings.simplefilter("ignore")
probe, seed, rounds = sys.argv[1], int((sys.argv + [0, 0])[2] or 1), int((sys.argv + [0, 0, 0])[3] or 1500)
rnd = random.Random(seed)
cases = []


class Keyed:
    def __init__(self, value): self.value = value
    def __hash__(self): return self.value


def bits(x): return "%016x" % struct.unpack("<Q", struct.pack("<d", x))[0]
def show(x): return "nan" if x != x else bits(x)
def hx(s): return (s.encode() if isinstance(s, str) else s).hex()
def two(pair): return "%s %s" % (hex(pair[0]), hex(pair[1]))


def ask(op, *args, want):
    try:
        expected = want()
    except Exception as exc:
        expected = "%s: %s" % (type(exc).__name__, exc)
    cases.append(("\t".join([op, *map(str, args)]), str(expected)))


def big():
    kind = rnd.randrange(8)
    if kind < 3: n = rnd.randrange(70)
    elif kind < 6: n = rnd.randrange(600)
    elif kind == 6: n = 30 * rnd.randrange(1, 40)
    else: n = rnd.randrange(20000)
    v = rnd.getrandbits(n) if n else 0
    shape = rnd.randrange(6)
    if shape == 0: v = (1 << n) + rnd.randrange(-2, 3)
    if shape == 1: v &= ~((1 << rnd.randrange(n + 1)) - 1)
    return -v if rnd.random() < 0.4 else v


def real():
    kind = rnd.randrange(8)
    if kind == 0: return rnd.choice([0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 0.5, 1.5, 2.5, 1e16, 1e-4, 1e-5, 1e22, 1e23, 9.5, 99.5, 0.125])
    if kind == 1: return float(rnd.randrange(-10**6, 10**6))
    if kind == 2: return rnd.randrange(-10**6, 10**6) / 2 ** rnd.randrange(12)
    if kind == 3: return round(rnd.uniform(-1e6, 1e6), rnd.randrange(6))
    if kind == 4: return rnd.choice([-1, 1]) * 10.0 ** rnd.randrange(-320, 309)
    if kind == 5: return rnd.uniform(-1, 1) * 10.0 ** rnd.randrange(-25, 25)
    return struct.unpack("<d", struct.pack("<Q", rnd.getrandbits(64)))[0]


def soup(alphabet, length): return "".join(rnd.choice(alphabet) for _ in range(rnd.randrange(length)))
def maybe(*options): return rnd.choice(["", "", *options])


def spec(codes):
    if rnd.random() < 0.1: return soup("<>=^+- z#0123,_.efgdxn%", 8)
    return "".join([maybe("<", ">", "^", "=", "*<", "é^", "0=", "0<", "x>"), maybe("+", "-", " "), maybe("z") if rnd.random() < .3 else "",
                    maybe("#"), maybe("0"), maybe("1", "12", "25", "40"), maybe(",", "_"),
                    maybe(".0", ".1", ".3", ".10", ".25", ".,", "._", ".4,", ".7_") if rnd.random() < .7 else "", rnd.choice(codes)])


def parse(text, base):
    try:
        return hex(int(text, base))
    except ValueError as exc:
        if str(exc).startswith("invalid"): return "ValueError: invalid"
        raise


def or_value_error(function):
    try:
        return function()
    except ValueError:
        return "ValueError"


def limited(value, limit):
    sys.set_int_max_str_digits(limit)
    try:
        return str(value)
    finally:
        sys.set_int_max_str_digits(4300)


for _ in range(rounds):
    a, b, c = big(), big(), big()
    A, B, C = "%x" % a, "%x" % b, "%x" % c
    ask("+", A, B, want=lambda: hex(a + b))
    ask("-", A, B, want=lambda: hex(a - b))
    ask("*", A, B, want=lambda: hex(a * b))
    ask("&", A, B, want=lambda: hex(a & b))
    ask("|", A, B, want=lambda: hex(a | b))
    ask("^", A, B, want=lambda: hex(a ^ b))
    ask("~", A, want=lambda: hex(~a))
    ask("divmod", A, B, want=lambda: two(divmod(a, b)))
    ask("divmod", "%x" % (a * b), B, want=lambda: two(divmod(a * b, b)))
    ask("/", A, B, want=lambda: bits(a / b))
    n = rnd.randrange(0, 40)
    ask("pow", A, "%x" % n, want=lambda: hex(a ** n))
    m, e = c % (1 << 400), b % (1 << 90) - (rnd.random() < .3) * (1 << 89)
    if rnd.random() < .2: m = -m
    ask("powmod", A, "%x" % e, "%x" % m, want=lambda: hex(pow(a, e, m)))
    n = rnd.randrange(-2, 400)
    ask("<<", A, "%x" % n, want=lambda: hex(a << n))
    ask(">>", A, "%x" % n, want=lambda: hex(a >> n))
    ask("gcd", A, B, want=lambda: hex(math.gcd(a, b)))
    ask("gcd", "%x" % (a * c), "%x" % (b * c), want=lambda: hex(math.gcd(a * c, b * c)))
    ask("isqrt", "%x" % abs(a), want=lambda: hex(math.isqrt(abs(a))))
    limit = rnd.choice([0, 640, 4300, 4300, 10000])
    ask("str", A, limit, want=lambda: limited(a, limit))
    ask("bits", A, want=lambda: "%d %d" % (a.bit_length(), a.bit_count()))
    ask("hashint", A, want=lambda: hash(a))
    ask("tofloat", A, want=lambda: bits(float(a)))
    n = rnd.randrange(0, 200)
    ask("roundint", A, n, want=lambda: hex(round(a, -n)))
    raw, order, signed = rnd.randbytes(rnd.randrange(20)), rnd.choice(["little", "big"]), rnd.randrange(2)
    ask("frombytes", hx(raw), order, signed, want=lambda: hex(int.from_bytes(raw, order, signed=bool(signed))))
    n = max(0, (a.bit_length() + 7) // 8 + rnd.randrange(-1, 3))
    ask("tobytes", A, n, order, signed, want=lambda: a.to_bytes(n, order, signed=bool(signed)).hex())
    base = rnd.choice([0, 2, 3, 7, 8, 10, 10, 16, 32, 36, 1, 37])
    text = rnd.choice([str(a)[:900] if abs(a) < 10**900 else "0x1_f", " " + maybe("+", "-") + maybe("0", "0x", "0b", "0o", "0X") + soup("0123456789_abz", 30), "%#x" % a, soup("01_ xX", 7), "1" * rnd.randrange(4290, 4310) + maybe("x", "_1")])
    ask("int", hx(text), base, want=lambda: parse(text, base))

    x, y = real(), real()
    X, Y = bits(x), bits(y)
    ask("repr", X, want=lambda: repr(x))
    ask("crepr", X, Y, want=lambda: repr(complex(x, y)))
    if x == x: ask("hashfloat", X, want=lambda: hash(x))
    ask("fromfloat", X, want=lambda: hex(int(x)))
    near = int(x) + rnd.randrange(-1, 2) if math.isfinite(x) else a
    ask("cmpfloat", "%x" % near, X, want=lambda: "None" if x != x else "Some(%d)" % ((near > x) - (near < x)))
    ask("hex", X, want=lambda: x.hex())
    ask("ratio", X, want=lambda: two(x.as_integer_ratio()))
    n = rnd.choice([0, 1, 2, 3, rnd.randrange(-20, 25), rnd.randrange(-330, 330)])
    ask("round", X, n, want=lambda: show(round(x, n)))
    text = rnd.choice([repr(x), soup("0123456789._e+- ", 12), "%.*e" % (rnd.randrange(40), x), str(rnd.getrandbits(200)) + "e-%d" % rnd.randrange(400), maybe("+", "-", " ") + soup(["in", "inf", "nan", "inity", "INF", "_"], 3)])
    ask("float", hx(text), want=lambda: or_value_error(lambda: show(float(text))))
    text = rnd.choice([repr(complex(x, y)), soup("01.e+-jJ() _", 10), soup(["1", "+", "-", "j", "1e5", "nan", "inf", "(", ")", " ", "."], 7)])
    ask("complex", hx(text), want=lambda: or_value_error(lambda: "%s %s" % (show(complex(text).real), show(complex(text).imag))))
    text = rnd.choice([x.hex(), maybe("+", "-") + maybe("0x") + soup("0123456789abcdef.", 30) + maybe("p%d" % rnd.randrange(-1200, 1200)), soup("0x1.pP+-a ", 9), "0x%xp%d" % (rnd.getrandbits(70), rnd.randrange(-1160, 980))])
    ask("fromhex", hx(text), want=lambda: show(float.fromhex(text)))
    for code in ("e", "f", "g", "", "%", rnd.choice("EFGnd\x01sé")):
        s = spec([code])
        ask("fmtfloat", hx(s), X, want=lambda: format(x, s))
    s = "." + str(rnd.randrange(1500)) + rnd.choice("efg")
    ask("fmtfloat", hx(s), X, want=lambda: format(x, s))
    s = spec(["", "e", "f", "g", "n", "d", "G"])
    ask("fmtcomplex", hx(s), X, Y, want=lambda: format(complex(x, y), s))
    v = rnd.choice([a, rnd.randrange(-10**7, 10**7), rnd.randrange(0x100)])
    for code in ("d", "x", rnd.choice("boXcnsefg%z")):
        s = spec([code, ""])
        ask("fmtint", hx(s), "%x" % v, want=lambda: format(v, s))
    flags, width, prec = soup("-+ #0", 4), maybe("5", "12", "30"), maybe("0", "3", "20")
    for code in "dxXo":
        ask("%int", flags, width, prec, code, "%x" % v, want=lambda: ("%" + flags + width + ("." + prec if prec else "") + code) % v)
    for code in "efgG":
        ask("%float", flags, width, prec, code, X, want=lambda: ("%" + flags + width + ("." + prec if prec else "") + code) % x)
    items = [hash(real()) for _ in range(rnd.randrange(1, 6))]
    ask("hashtuple", *items, want=lambda: hash(tuple(Keyed(h) for h in items)))
    items = list(set(items))
    ask("hashset", *items, want=lambda: hash(frozenset(Keyed(h) for h in items)))
    if x == x and y == y: ask("hashcomplex", hash(x), hash(y), want=lambda: hash(complex(x, y)))


# Strings need other processes, since the seed is read at start.
for number in (0, 1, 12345):
    texts = [rnd.randbytes(rnd.randrange(40)) for _ in range(100)]
    words = ["".join(map(chr, rnd.choices(rnd.choice([range(256, 5000), range(0x10000, 0x10ffff)]), k=rnd.randrange(1, 20)))) for _ in range(100)]
    program = "import sys; t, w = eval(sys.stdin.buffer.read()); print(*map(hash, t + w))"
    out = subprocess.run([sys.executable, "-c", program], input=repr((texts, words)).encode(), capture_output=True, check=True,
                         env={**os.environ, "PYTHONHASHSEED": str(number), "PYTHONUTF8": "1"}).stdout.split()
    for value, expected in zip(texts + words, out):
        op = "hashbytes" if isinstance(value, bytes) else "hashstr"
        cases.append(("%s\t%d\t%s" % (op, number, hx(value)), expected.decode()))

out = subprocess.run([probe], input="".join(c + "\n" for c, _ in cases).encode(), capture_output=True)
lines = out.stdout.decode().splitlines()
sys.stderr.write(out.stderr.decode()[-2000:])
failed = {}
for (case, expected), got in zip(cases, lines):
    got = bytes.fromhex(got).decode()
    if any(0xd800 <= ord(ch) < 0xe000 for ch in expected): expected = "surrogate"
    if got != expected:
        failed.setdefault(case.split("\t")[0], []).append((case, expected, got))
for op, cases_ in failed.items():
    print("%s: %d wrong" % (op, len(cases_)))
    for case, expected, got in sorted(cases_, key=lambda c: len(c[0]))[:3]:
        parts = case.split("\t")
        print("  ", case[:150], "| spec", bytes.fromhex(parts[1])[:60] if op in ("int", "float", "complex", "fromhex") or op.startswith("fmt") else "", "\n     want", expected[:150], "\n     got ", got[:150])
print("%d cases, %d answered, %d wrong" % (len(cases), len(lines), sum(map(len, failed.values()))))
sys.exit(bool(failed) or len(lines) != len(cases))
