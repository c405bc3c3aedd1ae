"""Regular expressions over generated text: search, findall, sub, groups."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


import re


def text_of(lines):
    out = []
    for i in range(lines):
        out.append(f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d} host{i % 7} ERROR{i % 5}: user{i}@mail{i % 9}.example.org took {i * 37 % 1000} ms for /path/{i % 13}/item?id={i}")
    return "\n".join(out)


PATTERNS = [
    re.compile(r"(\d{4})-(\d\d)-(\d\d)"),
    re.compile(r"[\w.]+@[\w.]+\.org"),
    re.compile(r"ERROR[0-3]:\s+(?P<user>user\d+)"),
    re.compile(r"^.*host[35].*$", re.MULTILINE),
    re.compile(r"(?i)TOOK (\d+) ms(?= for)"),
    re.compile(r"/path/(?:1|2|11)/\w+\?id=(\d*[05])\b"),
]


def main(rounds):
    text = text_of(500)
    total = 0
    for _ in range(rounds):
        for pattern in PATTERNS:
            total += sum(match.end() for match in pattern.finditer(text))
        total += len(PATTERNS[0].sub(r"\3.\2.\1", text)) + len(re.split(r"\s*[:?]\s*", text))
    return total


print(main(3 * SHARE))
