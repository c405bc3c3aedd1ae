"""Where a search may begin: patterns whose first characters are found through groups and repeats."""
import re
import signal

TEXT = "2024-10-07 host3 ERROR: user7@mail.org took 37 ms, caf\u00e9 \u03b1\u03b2\u03b3 \U0001f600 x=\n\tEnd of it; A-a-A"
PATTERNS = [
    r"(\d{4})-(\d\d)", r"(?:(a|b)|(?P<n>\d))+", r"a*b*c", r"(?i)took|MS", r"[^\W\d]+\b", r"(?=h)\w+", r"(?<=@)\w+", r"(?!\s)\W",
    r"\s*[:;]\s*", r"(x)?=", r"(?:ab|cd|)e", r"\bE", r"^\t", r"$", r"(?m)^.", r"(?s:.)$", r"(?a:\w)+\W", r"(\w)-\1", r"(?i)(a)-\1",
    r"\u03b1+|\u00e9", r"[\u00e0-\u03c0]+", r"[^\x00-\xff]", r"(?>a|ab)c?", r"\d*+m", r"(?:\d+?|z)\s", r"((h)|o)(?(2)o|o)", r".*?k", r"(?:)", r"(?i:\u0131|k)", "(?i)\u017f|\u212a",
]
for pattern in PATTERNS:
    compiled = re.compile(pattern)
    for text in (TEXT, TEXT[:40], TEXT.swapcase(), ""):
        print(ascii(pattern), [ascii(m.group()) + str(m.span()) for m in compiled.finditer(text)][:12])
    found = compiled.search(TEXT, 5, 60)
    print(found and (found.span(), found.groups(), found.lastindex), len(compiled.split(TEXT)), compiled.sub("_", TEXT).count("_"))
for pattern in (rb"(\d{4})-", rb"[a-f]+\W", rb"(?i)ERR|\xe9", rb"(?L)\w+"):
    print(pattern, re.compile(pattern).findall(TEXT.encode()))


class Stop(Exception):
    pass


def handler(number, frame):
    raise Stop(number == signal.SIGALRM)


# A pattern that takes for ever answers a signal.
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    re.compile(r"(?:a|a)*b").search("a" * 200)
except Stop as exc:
    print("stopped", exc)
print(re.search(r"(?:a|a)*b", "aab").group())
