"""Compiles many files in one process and writes what came of each.

`dump_code.py LIST OPTIMIZE OUT`: LIST holds one path a line. OUT gets for each a line `code LENGTH`
followed by the marshalled code, or `error LENGTH` followed by the error's text, written at once, so
that a crash tells which file it was. Runs with built-ins, `sys` and `marshal` alone.
"""
import marshal
import sys


def outcome(path, optimize):
    with open(path, "rb") as file:
        source = file.read()
    try:
        code = compile(source, path, "exec", dont_inherit=True, optimize=optimize)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as exc:
        parts = [type(exc).__name__]
        for name in "msg", "lineno", "offset", "end_lineno", "end_offset", "text":
            parts.append(repr(getattr(exc, name, None)))
        if not isinstance(exc, SyntaxError):
            parts.append(str(exc))
        return b"error", "\n".join(parts).encode("utf-8", "backslashreplace")
    return b"code", marshal.dumps(code)


def main():
    with open(sys.argv[1], "r", encoding="utf-8", errors="surrogateescape") as file:
        paths = file.read().split("\n")
    optimize = int(sys.argv[2])
    with open(sys.argv[3], "ab", buffering=0) as out:
        for path in paths:
            if path:
                kind, data = outcome(path, optimize)
                out.write(kind + b" " + str(len(data)).encode() + b"\n" + data)


main()
