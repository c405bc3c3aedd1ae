"""The methods of str on ASCII, Latin-1, wide and astral text."""
samples = ["Hello World", "straße", "ÀÉÎ õü", "日本語", "a😀b", "ǅungla", "", "İstanbul", "123 ½", "ﬁne"]
for s in samples:
    print(ascii(s), s.upper(), s.lower(), s.title(), s.swapcase(), s.capitalize(), s.casefold(), len(s))
    print("  ", s.isalpha(), s.isdigit(), s.isdecimal(), s.isnumeric(), s.isalnum(), s.isidentifier(), s.islower(), s.isupper(), s.istitle(), s.isspace(), s.isascii(), s.isprintable())
s = "one two  three two"
print(s.split(), s.split(" "), s.split(None, 1), s.rsplit("two", 1), s.partition("two"), s.rpartition("zz"))
print(s.find("two"), s.rfind("two"), s.index("t"), s.count("two"), s.count(""), s.find("two", 5), s.find("", 100), "".find(""))
print(s.replace("two", "2"), s.replace("two", "2", 1), "aaa".replace("", "-"), "abc".replace("b", "日"))
print("  x ".strip() + "|", "xxabcxx".strip("x"), "abcba".lstrip("ab"), "mississippi".rstrip("ip"), "\u2003x\u00a0".strip() + "|")
print("ab".center(7, "*"), "ab".ljust(5) + "|", "ab".rjust(5, "日"), "-42".zfill(6), "+é".zfill(4), "a\tbc\td".expandtabs(), "a\tb".expandtabs(3))
print("a\nb\r\nc\x0bd\u2028e".splitlines(), "a\n\n".splitlines(True), "".splitlines(), "x".join("abc"), ",".join([]))
print("abc".startswith("ab"), "abc".startswith(("x", "a")), "abc".endswith("c", 0, 2), "abc".removeprefix("a"), "abc".removesuffix("x"))
print("hello".translate({104: "J", 101: None, 108: 0x4c}), "abc".translate(str.maketrans("ab", "xy", "c")), str.maketrans({"a": 1}))
print("é".encode(), "é".encode("latin-1"), "日".encode("ascii", "replace"), "日".encode("ascii", "xmlcharrefreplace"), "\udc80".encode("utf-8", "surrogateescape"))
print(repr("it's"), repr('"q"'), repr("'\""), repr("\n\t\x00\x7f\x80\xad\u2028\U0001f600\ud800"), ascii("é日😀"))
for bad in (lambda: "a".index("b"), lambda: "a" + 1, lambda: "a" * "b", lambda: "".join([1]), lambda: "a".center(5, "xx"), lambda: "a".split(""),
            lambda: "日".encode("ascii"), lambda: "abc"[10], lambda: "abc"["x"], lambda: "a".replace("a"), lambda: "a".startswith(1), lambda: str.upper(5),
            lambda: "a".zfill("b"), lambda: "a" < 1, lambda: chr(0x110000), lambda: ord("ab"), lambda: "a" in 5, lambda: 5 in "a", lambda: str.maketrans("a", "bc")):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
