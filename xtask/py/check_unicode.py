"""Compares gopy-unicode with the oracle, under which this runs.

    cargo build --release -p gopy-unicode --examples
    $GOPY_ORACLE/usr/bin/python3.14 xtask/py/check_unicode.py target/release/examples [SUBJECT…]

Every property of every code point, every name, and seeded random strings. Prints a line per
subject and ends in failure at the first difference.
"""
import random
import subprocess
import sys
import unicodedata as new
from pathlib import Path

old = new.ucd_3_2_0
FORMS = "NFC", "NFKC", "NFD", "NFKD"
FOLDER = Path(sys.argv[1])


def run(example, mode, lines=None):
    text = None if lines is None else "".join(line + "\n" for line in lines).encode()
    done = subprocess.run([FOLDER / example, mode], input=text, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode("ascii").split("\n")[:-1]


def compare(subject, inputs, expected, actual):
    assert len(expected) == len(actual), (subject, len(expected), len(actual))
    for source, wanted, found in zip(inputs, expected, actual):
        if wanted != found:
            sys.exit(f"{subject}: {source!r}\n  oracle {wanted!r}\n  gopy   {found!r}")
    print(f"{subject}: {len(expected)} alike")


def codes(text):
    return " ".join(f"{ord(c):X}" for c in text)


def properties_line(code):
    c = chr(code)
    tests = (
        c.isalpha(), c.isdecimal(), c.isdigit(), c.isnumeric(), c.isalnum(), c.islower(),
        c.isupper(), new.category(c) == "Lt", c.isspace(), c.isprintable(),
        c != "_" and c.isidentifier(), ("a" + c).isidentifier(), (c + "A").title()[-1] == "a",
        ("A" + c + "\u03a3").lower()[-1] == "\u03c2" and (c + "\u03a3").lower()[-1] != "\u03c2",
        len(("a" + c + "b").splitlines()) == 2,
    )
    fields = [f"{code:X}", "".join("01"[test] for test in tests)]
    fields += [codes(text) for text in (c.lower(), c.upper(), c.title(), c.casefold())]
    for ucd in new, old:
        fields += [
            ucd.category(c), ucd.bidirectional(c), str(ucd.combining(c)), str(ucd.mirrored(c)),
            ucd.east_asian_width(c), str(ucd.decimal(c, -1)), str(ucd.digit(c, -1)),
            number(ucd.numeric(c, -1.0)), ucd.decomposition(c), ucd.name(c, ""),
        ]
    for ucd in new, old:
        fields += [
            f"{int(ucd.is_normalized(form, c))} {codes(ucd.normalize(form, c))}" for form in FORMS
        ]
    hidden = ""
    if 0xF0000 <= code < 0xF1000 and (text := c.encode("ascii", "namereplace"))[1:2] == b"N":
        hidden = text[3:-1].decode()
    fields.append(hidden)
    return ";".join(fields)


def number(value):
    """As Rust's `{:?}` writes the numbers met here."""
    text = repr(value)
    return text.replace("e+", "e").replace("e-0", "e-") if "e" in text else \
        (f"{value:.0e}".replace("e+", "e") if value >= 1e16 else text)


def check_properties():
    points = range(0x110000)
    compare("properties", points, [properties_line(p) for p in points],
            run("unicode_check", "properties"))


def check_names():
    words = [name for p in range(0x110000) if (name := new.name(chr(p), ""))]
    words += [
        text[3:-1].decode() for p in range(0xF0000, 0xF1000)
        if (text := chr(p).encode("ascii", "namereplace"))[1:2] == b"N"
    ]
    rng = random.Random(16)
    words += [rng.choice(words).lower() for _ in range(20000)]
    words += [w[:rng.randrange(len(w))] + rng.choice("AZ -09") for w in rng.choices(words, k=20000)]
    words += ["", "HANGUL SYLLABLE ", "CJK UNIFIED IDEOGRAPH-", "CJK UNIFIED IDEOGRAPH-04E00"]

    def answer(name):
        try:
            text = new.lookup(name)
        except KeyError:
            return ""
        if len(text) > 1:
            return "sequence " + codes(text)
        return ("" if new.name(text, "") == name.upper() else "alias ") + codes(text)

    compare("names", words, [answer(word) for word in words], run("unicode_check", "names", words))


def check_normal():
    rng = random.Random(16)
    marks = [p for p in range(0x110000) if new.combining(chr(p))]
    parted = [p for p in range(0x110000) if new.decomposition(chr(p))]
    jamo = range(0x1100, 0x1200)
    lines, expected = [], []
    for _ in range(60000):
        pools = marks, marks, parted, jamo, range(0x250), range(0xAC00, 0xAD00), range(0x110000)
        text = "".join(chr(rng.choice(rng.choice(pools))) for _ in range(rng.randrange(12)))
        if rng.random() < 0.4:
            text = new.normalize("NFD", text)
        for label, ucd in ("new", new), ("old", old):
            for form in FORMS:
                lines.append(f"{label} {form} {codes(text)}")
                already = str(ucd.is_normalized(form, text)).lower()
                expected.append(f"{already} {codes(ucd.normalize(form, text))}")
    compare("normal forms", lines, expected, run("unicode_check", "normal", lines))



INTERESTING = (
    list(range(0x80)) * 2 + list(range(0x80, 0x250)) + [0x3A3, 0x3C2, 0x345, 0x1C5, 0xDF, 0xFB01, 0x130]
    + list(range(0x2000, 0x2030)) + [0xD800, 0xDBFF, 0xDC00, 0xDC80, 0xDCFF, 0xDFFF, 0xFFFE, 0xFFFF]
    + [0x10000, 0x1F600, 0x10FFFF, 0x1D7CE, 0x104B0, 0xF0001]
)
POOLS = (
    INTERESTING, range(0x61, 0x64), (0x20, 0x09, 0x0A, 0x0D, 0x41, 0x1C), range(0x20, 0x7F),
    (0x41, 0x3A3, 0x27, 0xAD, 0x61), range(0x100, 0x103), range(0x10000, 0x10003),
)


def random_text(rng, longest=14):
    pool = rng.choice(POOLS)
    other = rng.choice(POOLS)
    return "".join(
        chr(rng.choice(pool if rng.random() < 0.9 else other))
        for _ in range(rng.randrange(longest))
    )


def check_kernels():
    rng = random.Random(393)
    lines, expected = [], []
    plain = (
        "lower", "upper", "title", "capitalize", "swapcase", "casefold", "islower", "isupper",
        "istitle", "isidentifier", "isprintable", "isalpha", "isdigit", "isspace", "isalnum",
        "isnumeric", "isdecimal", "isascii", "strip", "lstrip", "rstrip",
    )

    def show(value):
        if isinstance(value, str):
            return codes(value)
        if isinstance(value, list):
            return "|".join(map(codes, value))
        return str(int(value))

    def add(op, value, *arguments):
        lines.append(";".join([op, *(a if isinstance(a, str) else str(a) for a in arguments)]))
        expected.append(show(value))

    for _ in range(40000):
        text, other, new_text = random_text(rng), random_text(rng, 3), random_text(rng, 4)
        if rng.random() < 0.6 and text:
            start = rng.randrange(len(text))
            other = text[start:start + rng.randrange(1, 4)]
        op = rng.choice(plain)
        add(op, getattr(text, op)(), codes(text))
        limit = rng.choice((-1, -1, 0, 1, 2))
        low, high = rng.randrange(16), rng.randrange(16)
        both = codes(text), codes(other)
        if low <= len(text) and low <= high:
            add("find", text.find(other, low, high), *both, low, min(high, len(text)))
            add("rfind", text.rfind(other, low, high), *both, low, min(high, len(text)))
        add("count", text.count(other), *both)
        add("replace", text.replace(other, new_text, limit), *both, codes(new_text), limit)
        add("startswith", text.startswith(other), *both)
        add("endswith", text.endswith(other), *both)
        add("compare", (text > other) - (text < other), *both)
        add("stripset", text.strip(other), *both)
        add("splitlines", text.splitlines(), codes(text))
        add("splitkeep", text.splitlines(True), codes(text))
        add("wsplit", text.split(None, limit), codes(text), limit)
        add("wrsplit", text.rsplit(None, limit), codes(text), limit)
        add("expandtabs", text.expandtabs(low - 3), codes(text), low - 3)
        if other:
            add("split", text.split(other, limit), *both, limit)
            add("rsplit", text.rsplit(other, limit), *both, limit)
    compare("kernels", lines, expected, run("codec_check", "kernels", lines))


def check_codecs():
    import codecs as c
    import warnings
    warnings.simplefilter("ignore")
    rng = random.Random(8)
    seen = []

    def note(error):
        seen.append(f"{error.start},{error.end},{error.reason}")
        return ("\ufffd" if isinstance(error, UnicodeDecodeError) else b"????", error.end)

    c.register_error("note", note)
    lines, expected = [], []
    tables = [
        __import__(f"encodings.{name}", fromlist=["x"]).decoding_table
        for name in ("cp1252", "koi8_r", "cp874", "cp437", "iso8859_15")
    ]
    decoders = {
        "utf-8": c.utf_8_decode, "utf-7": c.utf_7_decode, "utf-16-le": c.utf_16_le_decode,
        "utf-16-be": c.utf_16_be_decode, "utf-32-le": c.utf_32_le_decode,
        "utf-32-be": c.utf_32_be_decode, "unicode_escape": c.unicode_escape_decode,
        "raw_unicode_escape": c.raw_unicode_escape_decode,
    }
    whole = {"ascii": c.ascii_decode, "latin-1": c.latin_1_decode}
    encoders = [*decoders, *whole]
    spice = (b"\\N{SPACE}", b"\\N{KEYCAP DIGIT ONE}", b"\\N{X}", b"\\N{}", b"\\N", b"\\x4", b"\\u12",
             b"\\U00110000", b"\\777", b"\\q", b"\\\n", b"+AGE-", b"+2AA", b"+AGF!", b"+", b"-")

    def random_bytes(name):
        text = random_text(rng)
        try:
            data = bytearray(text.encode(name, "surrogatepass"))
        except UnicodeError:
            data = bytearray(text.encode("utf-8", "surrogatepass"))
        for _ in range(rng.randrange(3)):
            if data:
                where = rng.randrange(len(data))
                if rng.random() < 0.4:
                    data[where:] = b""
                elif rng.random() < 0.5 and name[-4:] in ("tf-7", "cape"):
                    data[where:where] = rng.choice(spice)
                else:
                    data[where] = rng.choice((rng.randrange(256), 0x5C, 0x80, 0xED, 0xF4, 0xD8, 0x2B))
        return bytes(data)

    def add(line, call):
        seen.clear()
        lines.append(line)
        value = call()
        text, used = value if isinstance(value, tuple) else (value, 0)
        body = text.hex() if isinstance(text, bytes) else codes(text)
        expected.append(f"{body};{used};{'|'.join(seen)}")

    for _ in range(15000):
        for name, decode in decoders.items():
            data, last = random_bytes(name), rng.random() < 0.5
            add(f"decode;{name};{int(last)};{data.hex()}", lambda: decode(data, "note", last))
        for name, decode in whole.items():
            data = random_bytes(name)
            add(f"decode;{name};1;{data.hex()}", lambda: decode(data, "note"))
        table = rng.choice(tables)[:rng.choice((256, 256, 100))]
        data = random_bytes("latin-1")
        add(f"charmap;{codes(table)};{data.hex()}", lambda: c.charmap_decode(data, "note", table))
        text = random_text(rng)
        for name in encoders:
            add(f"encode;{name};{codes(text)}", lambda: text.encode(name, "note"))
        table = rng.choice(tables)
        if rng.random() < 0.5:
            text = "".join(rng.choices(table + text, k=8))
        add(f"mapped;{codes(table)};{codes(text)}",
            lambda: (c.charmap_encode(text, "note", c.charmap_build(table))[0], 0))
        for handler in "backslashreplace", "xmlcharrefreplace", "namereplace":
            wide = "".join(x for x in text if x > "\x7f")
            add(f"{handler};{codes(wide)}", lambda: wide.encode("ascii", handler))
        for name in "utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be":
            for handler in "surrogateescape", "surrogatepass":
                data = random_bytes(name)

                def attempt(work):
                    try:
                        return work()
                    except UnicodeError:
                        return "!"

                add(f"handled;{name};{handler};{data.hex()}",
                    lambda: attempt(lambda: data.decode(name, handler)))
                add(f"passed;{name};{handler};{codes(text)}",
                    lambda: attempt(lambda: text.encode(name, handler)))
    compare("codecs", lines, expected, run("codec_check", "codecs", lines))


SUBJECTS = {
    "properties": check_properties, "names": check_names, "normal": check_normal,
    "kernels": check_kernels, "codecs": check_codecs,
}
for name in sys.argv[2:] or SUBJECTS:
    SUBJECTS[name]()
