"""The built-in exceptions: hierarchy, arguments, attributes, str and repr."""
def tree(cls, depth=0):
    print("  " * depth + cls.__name__)
    for sub in sorted((s for s in cls.__subclasses__() if s.__module__ == "builtins"), key=lambda s: s.__name__):
        tree(sub, depth + 1)


tree(BaseException)
for exc in (ValueError(), ValueError("a"), ValueError("a", 1), KeyError("k"), KeyError(), KeyError("a", "b"), OSError(2, "No such file"), OSError(2, "No", "name"),
            OSError(17, "a", "b", None, "c"), OSError("x"), StopIteration(5), SystemExit(3), SystemExit(), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
            UnicodeEncodeError("ascii", "é", 0, 1, "no"), UnicodeTranslateError("é", 0, 1, "no"), SyntaxError("msg", ("f", 3, 4, "text", 3, 5)), ImportError("i", name="n", path="p"),
            NameError("n", name="x"), AttributeError("a", name="y", obj=1), AssertionError(), RecursionError("r"), BlockingIOError(11, "x", 5)):
    print(type(exc).__name__, repr(exc), "|", exc, "|", exc.args)
e = OSError(13, "denied", "file1", None, "file2")
print(type(e), e.errno, e.strerror, e.filename, e.filename2)
u = UnicodeDecodeError("utf-8", b"ab\xff", 2, 3, "why")
print(u.encoding, u.object, u.start, u.end, u.reason)
s = SyntaxError("m", ("file", 1, 2, "src", 1, 4))
print(s.msg, s.filename, s.lineno, s.offset, s.text, s.end_lineno, s.end_offset, s.print_file_and_line)
print(StopIteration(7).value, SystemExit(4).code, ImportError(name="q").name, NameError(name="z").name)
e = ValueError("noted")
e.add_note("one")
e.add_note("two")
print(e.__notes__, e.with_traceback(None) is e, e.__traceback__, e == ValueError("noted"), hasattr(e, "__dict__"))
for bad in (lambda: e.add_note(5), lambda: ValueError(x=1), lambda: OSError(1, 2, 3, 4, 5, 6), lambda: UnicodeDecodeError("a"), lambda: setattr(e, "args", 5),
            lambda: setattr(e, "__cause__", 1), lambda: setattr(e, "__traceback__", 1), lambda: ImportError(foo=1), lambda: SyntaxError("a", (1, 2))):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
