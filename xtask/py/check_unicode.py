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


SUBJECTS = {"properties": check_properties, "names": check_names, "normal": check_normal}
for name in sys.argv[2:] or SUBJECTS:
    SUBJECTS[name]()
