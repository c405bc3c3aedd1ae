"""Prints the Unicode tables of gopy-unicode; runs under the oracle.

Every fact comes from the oracle's `unicodedata` and `str` methods. The output is a series of
sections, each a line `NAME TYPE LENGTH` followed by LENGTH bytes; `xtask generate unicode` joins
them into `tables.bin` and writes the Rust constants that find them again.
"""
import re
import struct
import sys
import unicodedata as new
from collections import Counter

old = new.ucd_3_2_0
LIMIT = 0x110000
CHARS = [chr(code) for code in range(LIMIT)]
out = sys.stdout.buffer


def section(name, kind, data):
    out.write(b"%s %s %d\n" % (name.encode(), kind.encode(), len(data)))
    out.write(data)


def strings(name, values):
    section(name, "strs", "\n".join(values).encode())


def number(name, value):
    section(name, "num", str(value).encode())


def pack(fmt, values):
    return b"".join(struct.pack("<" + fmt, value) for value in values)


def triples(values):
    return b"".join(value.to_bytes(3, "little") for value in values)


def trie(name, leaves, wide):
    """Two levels: `index[code >> shift]` is a block number, blocks hold the leaves."""
    best = None
    for shift in range(4, 9):
        size = 1 << shift
        blocks, index = {}, []
        for start in range(0, LIMIT, size):
            block = tuple(leaves[start:start + size])
            index.append(blocks.setdefault(block, len(blocks)))
        if len(blocks) > 256 and not wide:
            continue
        cost = len(index) * 2 + len(blocks) * size * (2 if wide else 1)
        if best is None or cost < best[0]:
            best = cost, shift, index, list(blocks)
    _, shift, index, blocks = best
    flat = [leaf for block in blocks for leaf in block]
    number(name + "_SHIFT", shift)
    section(name + "_INDEX", "u16", pack("H", index))
    assert max(flat) < (65536 if wide else 256), (name, max(flat))
    section(name + "_LEAVES", "u16" if wide else "u8", pack("H" if wide else "B", flat))


class Records(dict):
    """Numbers distinct records in the order they are met."""

    def number(self, record):
        return self.setdefault(record, len(self))


# --- ctype: what `str` methods and the lexer ask about a character ---------------------------
FLAGS = [
    lambda c: c.isalpha(),
    lambda c: c.isdecimal(),
    lambda c: c.isdigit(),
    lambda c: c.isnumeric(),
    lambda c: c.islower(),
    lambda c: c.isupper(),
    lambda c: new.category(c) == "Lt",
    lambda c: c.isspace(),
    lambda c: c.isprintable(),
    lambda c: c != "_" and c.isidentifier(),
    lambda c: ("a" + c).isidentifier(),
    # str.title() lowers what follows a cased character.
    lambda c: (c + "A").title()[-1] == "a",
    # A final sigma looks through case-ignorable characters: visible after "A", not alone.
    lambda c: ("A" + c + "\u03a3").lower()[-1] == "\u03c2"
    and (c + "\u03a3").lower()[-1] != "\u03c2",
    lambda c: len(("a" + c + "b").splitlines()) == 2,
]
records = Records()
leaves = [
    records.number(sum(1 << bit for bit, test in enumerate(FLAGS) if test(c))) for c in CHARS
]
trie("CTYPE", leaves, False)
section("CTYPE_RECORDS", "u16", pack("H", records))

# --- case mappings: a delta, or a stretch of CASE_EXTRA --------------------------------------
extra, places = [], {}


def mapping(code, text):
    if len(text) == 1:
        return (ord(text) - code) & 0xFFFFFFFF
    if text not in places:
        places[text] = len(extra)
        extra.extend(map(ord, text))
    return 0x40000000 | len(text) << 24 | places[text]


records = Records()
leaves = [
    records.number(tuple(
        mapping(code, text) for text in (c.lower(), c.upper(), c.title(), c.casefold())
    ))
    for code, c in enumerate(CHARS)
]
trie("CASE", leaves, True)
section("CASE_RECORDS", "u128", b"".join(struct.pack("<4I", *record) for record in records))
section("CASE_EXTRA", "u24", triples(extra))

# --- numeric values --------------------------------------------------------------------------
records = Records()


def numeric_record(ucd, c):
    return (
        ucd.decimal(c, 255), ucd.digit(c, 255), struct.pack("<d", ucd.numeric(c, float("nan")))
    )


leaves = [records.number(numeric_record(new, c)) for c in CHARS]
leaves_old = [records.number(numeric_record(old, c)) for c in CHARS]
trie("NUMERIC", leaves, False)
trie("NUMERIC_OLD", leaves_old, False)
section("NUMERIC_DECIMAL", "u8", bytes(record[0] for record in records))
section("NUMERIC_DIGIT", "u8", bytes(record[1] for record in records))
section("NUMERIC_VALUE", "u64", b"".join(record[2] for record in records))

# --- the database records of 16.0 and 3.2.0 --------------------------------------------------
SYLLABLES = range(0xAC00, 0xAC00 + 11172)
decompositions = {
    code: text for code, c in enumerate(CHARS)
    if (text := new.decomposition(c)) and code not in SYLLABLES
}
pairs = {}
for code, text in decompositions.items():
    parts = text.split()
    if len(parts) == 2 and text[0] != "<" and new.normalize("NFC", chr(code)) == chr(code):
        pairs[int(parts[0], 16), int(parts[1], 16)] = code
seconds = {second for _, second in pairs} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))

categories, bidirectionals, widths = Records(), Records(), Records()
categories.number("Cn")
bidirectionals.number("")


def quick_check(c):
    """Bits: NFD no, NFKD no, NFC no, NFKC no, may compose with what stands before."""
    if c.isascii():
        return 0
    bits = 0
    for bit, form in enumerate(("NFD", "NFKD", "NFC", "NFKC")):
        bits |= (new.normalize(form, c) != c) << bit
    return bits | (ord(c) in seconds) << 4


def database_record(ucd, c):
    return (
        categories.number(ucd.category(c)), bidirectionals.number(ucd.bidirectional(c)),
        ucd.combining(c), ucd.mirrored(c), widths.number(ucd.east_asian_width(c)),
        quick_check(c) if ucd is new else 0,
    )


records = Records()
leaves = [records.number(database_record(new, c)) for c in CHARS]
leaves_old = [records.number(database_record(old, c)) for c in CHARS]
trie("DATABASE", leaves, True)
trie("DATABASE_OLD", leaves_old, True)
section("DATABASE_RECORDS", "u48", b"".join(bytes(record) for record in records))
strings("CATEGORY_NAMES", categories)
strings("BIDIRECTIONAL_NAMES", bidirectionals)
strings("WIDTH_NAMES", widths)

# --- decomposition and composition -----------------------------------------------------------
tags = Records()
tags.number("")
data, leaves = [0], [0] * LIMIT
for code, text in decompositions.items():
    parts = text.split()
    tag = tags.number(parts.pop(0) if text[0] == "<" else "")
    leaves[code] = len(data)
    data.append(tag << 8 | len(parts))
    data.extend(int(part, 16) for part in parts)
    old_text = old.decomposition(chr(code))
    assert old_text == ("" if old.category(chr(code)) == "Cn" else text), hex(code)
trie("DECOMPOSITION", leaves, True)
section("DECOMPOSITION_DATA", "u24", triples(data))
strings("DECOMPOSITION_TAGS", tags)
ordered = sorted(pairs)
section("PAIR_KEYS", "u64", pack("Q", (first << 32 | second for first, second in ordered)))
section("PAIR_VALUES", "u24", triples(pairs[pair] for pair in ordered))
changes = []
for code, c in enumerate(CHARS):
    if old.category(c) == "Cn":
        assert old.normalize("NFKD", c) == c, hex(code)
    elif (text := old.normalize("NFD", c)) != new.normalize("NFD", c):
        changes += [code, ord(text)]
section("OLD_NORMALIZATION", "u24", triples(changes))

# --- names -----------------------------------------------------------------------------------
names, ideographs = {}, []
for code, c in enumerate(CHARS):
    name = new.name(c, "")
    if name == f"CJK UNIFIED IDEOGRAPH-{code:X}":
        if ideographs and ideographs[-1][1] == code - 1:
            ideographs[-1][1] = code
        else:
            ideographs.append([code, code])
    elif name and code not in SYLLABLES:
        names[code] = name
    if old.category(c) == "Cn":
        assert not old.name(c, "")
    else:
        assert old.name(c, "") == name, hex(code)
section("IDEOGRAPHS", "u24", triples(code for pair in ideographs for code in pair))

# Aliases and named sequences live in a private use area; only `namereplace` shows their names.
aliases, sequences = [], []
first_alias = first_sequence = None
for code in range(0xF0000, 0x10FFFE):
    text = chr(code).encode("ascii", "namereplace").decode()
    if not text.startswith("\\N{"):
        continue
    name = text[3:-1]
    value = new.lookup(name)
    if len(value) == 1:
        first_alias = first_alias or code
        assert code == first_alias + len(aliases)
        aliases.append((name, ord(value)))
    else:
        first_sequence = first_sequence or code
        assert code == first_sequence + len(sequences)
        sequences.append((name, value))
number("ALIAS_START", first_alias)
number("SEQUENCE_START", first_sequence)
number("ALIAS_COUNT", len(aliases))
number("SEQUENCE_COUNT", len(sequences))
leaves = [0] * LIMIT
entries = []
for code, name in names.items():
    leaves[code] = len(entries) + 1
    entries.append((name, code))
number("NAME_COUNT", len(entries))
entries += aliases
entries += [(name, ord(value[0])) for name, value in sequences]
trie("NAME", leaves, True)
section("NAME_CODES", "u24", triples(code for _, code in entries))
section("SEQUENCES", "strs", "\n".join(value for _, value in sequences).encode())


def tokens(name, code):
    """Words with the separator before them; a trailing code point is one token of its own."""
    hexadecimal = f"{code:X}"
    tail = []
    if name.endswith("-" + hexadecimal):
        name, tail = name[:-len(hexadecimal)], ["\0"]
    return re.findall(r"[ -]?[^ -]+|[ -]", name) + tail


split = [tokens(name, code) for name, code in entries]
assert all("".join(t).replace("\0", f"{e[1]:X}") == e[0] for t, e in zip(split, entries))
counts = Counter(token for parts in split for token in parts)
del counts["\0"]
# Token 0 ends a name, token 1 is the code point in hexadecimal.
lexicon = [token for token, _ in counts.most_common()]
numbers = {token: position + 2 for position, token in enumerate(lexicon)}
numbers["\0"] = 1
short = 256
while short + (256 - short) * 256 < len(lexicon) + 2:
    short -= 1
number("NAME_SHORT", short)
blob, offsets = bytearray(), []
for position, parts in enumerate(split):
    if position % 16 == 0:
        offsets.append(len(blob))
    for token in parts:
        token = numbers[token]
        if token < short:
            blob.append(token)
        else:
            blob += bytes([short + (token - short) // 256, (token - short) % 256])
    blob.append(0)
section("NAME_BLOB", "u8", bytes(blob))
section("NAME_OFFSETS", "u24", triples(offsets))
words, offsets = bytearray(), []
for position, word in enumerate(lexicon):
    if position % 8 == 0:
        offsets.append(len(words))
    encoded = bytearray(word.encode("ascii"))
    encoded[-1] |= 0x80
    words += encoded
section("NAME_WORDS", "u8", bytes(words))
section("NAME_WORD_OFFSETS", "u24", triples(offsets))
section("NAME_SORTED", "u16", pack("H", sorted(range(len(entries)), key=lambda i: entries[i][0])))
number("NAME_MAX", max(len(name) for name, _ in entries))
strings("UNIDATA_VERSIONS", [new.unidata_version, old.unidata_version])
