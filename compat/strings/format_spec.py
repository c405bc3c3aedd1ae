"""The format mini-language for every built-in type, str.format fields and its errors."""
for value, spec in [
    (42, "5"), (42, "<5"), (42, "^6"), (42, "=+6"), (42, "06"), (-42, "06"), (42, "*^7"), (42, "x"), (42, "#o"), (42, "#b"), (42, "c"), (42, "e"), (42, ".2f"), (42, "%"), (1234567, ","), (1234567, "_"), (0xFFFF, "_x"), (1234567, "015,"), (42, "n"),
    (3.14159, ""), (3.14159, ".3"), (3.14159, "10.2f"), (3.14159, "<10.2f"), (3.14159, "+.1e"), (3.14159, "g"), (1e20, "g"), (1e20, ","), (1e-7, ""), (0.5, ".0f"), (1.5, ".0f"), (1e6, "G"), (2.0, "#.0f"), (-0.0, "z"), (1234.5678, "_.2f"), (1234.5678, "012,.1f"), (float("nan"), "06"), (1e300, ".1f"),
    ("text", "10"), ("text", ">10"), ("text", ".2"), ("text", "*^9.3"), ("", "3"), ("日本", "^6"), (True, ""), (True, "5"), (None, ""), (1 + 2j, ".1f"), (1 + 2j, ">12"),
]:
    print(repr(value), repr(spec), "|" + format(value, spec) + "|")
data = {"k": [10, 20], "n": {"x": 1}}
print("{} {} {0!r}".replace("{0!r}", "{}").format(1, "a", "b"), "{0} {1} {0}".format("x", "y"), "{a}-{b}".format(a=1, b=2))
print("{d[k][1]} {d[n]}".format(d=data), "{0.real} {0.__class__.__name__}".format(3), "{:{}}|{:{w}.{p}f}".format("x", 4, 3.14159, w=8, p=2))
print("{!r} {!s} {!a}".format("é", "é", "é"), "{{}} {{{}}}".format(5), "{:>{w}}".format("a", w=3), "{k}".format_map(data))
print("%5d|%-5d|%05d|%+d|%x|%o|%e|%g|%s|%r|%c|%%|%.2s|%*d|%(a)s" .replace("|%(a)s", "") % (42, 42, 42, 42, 255, 8, 1.5, 0.0001, "s", "r", "c", "abc", 4, 7))
print("%(a)s %(b)05.1f" % {"a": 1, "b": 2.25}, "%s" % (1,), "%s %s" % ("a", [1]), "%#x %#o" % (255, 8), "%i" % 3.9, "%u" % 5)
for bad in (lambda: format(1, "s"), lambda: format("a", "d"), lambda: format(1, ".2"), lambda: format(1, "5c,"), lambda: format("a", "="), lambda: format("a", "+"), lambda: format([], "5"), lambda: "{}".format(), lambda: "{a}".format(), lambda: "{0}{}".format(1, 2), lambda: "{".format(), lambda: "}".format(), lambda: "{!z}".format(1), lambda: "{:{}{}}".format(1, 2), lambda: "%d" % "a", lambda: "%s %s" % 1, lambda: "%s" % (1, 2), lambda: "%z" % 1, lambda: "%(a)s" % 1, lambda: "%" % 1, lambda: "%c" % "ab", lambda: "{0.x}".format(1), lambda: "{0[x]}".format([1]), lambda: format(1.0, "x"), lambda: format(1, ",_"), lambda: format(True, "t"), lambda: format(None, "5"), lambda: "%d" % 1j, lambda: format(10**9, "c")):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
