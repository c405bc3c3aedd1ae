"""Compares what `dump_code.py` wrote on two sides, under the oracle.

`diff_code.py LIST EXPECTED FOUND SHOW`: prints for at most SHOW differing files the first
difference with its source line, then `different PATH` for every differing one, and as its last line
`files EQUAL ALL codes EQUAL ALL`. A file that one side lacks is a crash.
"""
import dis
import marshal
import sys
import types

FIELDS = ("co_name", "co_qualname", "co_filename", "co_firstlineno", "co_argcount",
          "co_posonlyargcount", "co_kwonlyargcount", "co_flags", "co_stacksize", "co_varnames",
          "co_cellvars", "co_freevars", "co_names")


def records(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        kind, length = data[at:end].split()
        at = end + 1 + int(length)
        yield kind.decode(), data[end + 1:at]


def codes(code):
    return [code] + [c for const in code.co_consts if isinstance(const, types.CodeType)
                     for c in codes(const)]


def typed(value):
    """Tells 0.0 from -0.0, 1 from True, and looks into tuples; code compares by its name alone."""
    if isinstance(value, types.CodeType):
        return "code", value.co_name
    if isinstance(value, (tuple, frozenset)):
        return type(value).__name__, [typed(v) for v in value]
    return type(value).__name__, repr(value)


def instructions(code):
    found = []
    for i in dis.get_instructions(code, show_caches=False):
        argument = i.arg
        if i.opname in ("LOAD_CONST", "LOAD_SMALL_INT", "LOAD_NAME", "LOAD_GLOBAL", "LOAD_ATTR"):
            argument = i.argrepr if not isinstance(i.argval, types.CodeType) else i.argval.co_name
        found.append((i.opname, argument, i.positions))
    return found


def code_difference(old, new):
    """The first difference of two code objects, their nested ones aside; None when equal."""
    where = f"{old.co_qualname}, line {old.co_firstlineno}"
    if old.co_code != new.co_code or old.co_linetable != new.co_linetable:
        try:
            one, two = instructions(old), instructions(new)
        except (IndexError, ValueError, KeyError) as exc:
            return f"{where}: cannot be disassembled: {type(exc).__name__} {exc}"
        for index, (a, b) in enumerate(zip(one, two)):
            if a[:2] != b[:2]:
                return (f"{where}: instruction {index} at line {a[2].lineno}: "
                        f"{a[0]} {a[1]}, found {b[0]} {b[1]}")
        if len(one) != len(two):
            return f"{where}: {len(one)} instructions, found {len(two)}"
        for index, (a, b) in enumerate(zip(one, two)):
            if a[2] != b[2]:
                return f"{where}: position of {a[0]} ({index}): {tuple(a[2])}, found {tuple(b[2])}"
    for field in FIELDS:
        a, b = getattr(old, field), getattr(new, field)
        if a != b and isinstance(a, tuple):
            index = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            return (f"{where}: {field}[{index}] of {len(a)}: {a[index:index + 3]!r}, "
                    f"found {b[index:index + 3]!r} of {len(b)}")
        if a != b:
            return f"{where}: {field} {a!r}, found {b!r}"
    if [typed(c) for c in old.co_consts] != [typed(c) for c in new.co_consts]:
        for index, (a, b) in enumerate(zip(old.co_consts, new.co_consts)):
            if typed(a) != typed(b):
                return f"{where}: constant {index}: {a!r}, found {b!r}"
        return f"{where}: {len(old.co_consts)} constants, found {len(new.co_consts)}"
    for field in "co_code", "co_linetable", "co_exceptiontable":
        if getattr(old, field) != getattr(new, field):
            return (f"{where}: {field} {getattr(old, field).hex()}, "
                    f"found {getattr(new, field).hex()}")
    return None


def compare(old, new):
    """The first difference of two records, equal code objects, all code objects."""
    if old[0] == "error":
        if old == new:
            return None, 0, 0
        found = new[1].decode() if new[0] == "error" else "no error"
        return f"error\n{indent(old[1].decode())}\n  found\n{indent(found)}", 0, 0
    wanted = codes(marshal.loads(old[1]))
    if old == new:
        return None, len(wanted), len(wanted)
    if new[0] == "error":
        return f"compiles, found an error\n{indent(new[1].decode())}", 0, len(wanted)
    try:
        got = codes(marshal.loads(new[1]))
    except (ValueError, EOFError, TypeError) as exc:
        return f"not marshal data: {exc}", 0, len(wanted)
    first, equal = None, 0
    for a, b in zip(wanted, got):
        difference = code_difference(a, b)
        equal += difference is None
        first = first or difference
    if first is None and len(wanted) != len(got):
        first = f"{len(wanted)} code objects, found {len(got)}"
    if first is None:
        at = next(i for i, (a, b) in enumerate(zip(old[1] + b"\0", new[1] + b"\1")) if a != b)
        first = (f"equal code, other marshal bytes (FLAG_REF?) from byte {at}: "
                 f"{old[1][at:at + 12].hex()}, found {new[1][at:at + 12].hex()}")
    return first, equal, len(wanted)


def indent(text):
    return "\n".join("    " + line for line in text.splitlines())


def main():
    with open(sys.argv[1], encoding="utf-8", errors="surrogateescape") as file:
        paths = [p for p in file.read().split("\n") if p]
    old, new = list(records(sys.argv[2])), list(records(sys.argv[3]))
    show = int(sys.argv[4])
    files = equal_codes = all_codes = 0
    different = []
    for path, expected, found in zip(paths, old, new, strict=True):
        if found[0] == "crash":
            difference, equal = f"gopy died: {found[1].decode()}", 0
            total = len(codes(marshal.loads(expected[1]))) if expected[0] == "code" else 0
        else:
            difference, equal, total = compare(expected, found)
        files += difference is None
        equal_codes += equal
        all_codes += total
        if difference is not None:
            different.append(path)
            if show > 0:
                show -= 1
                print(f"{path}: {difference}")
    for path in different:
        print("different", path)
    print("files", files, len(paths), "codes", equal_codes, all_codes)


main()
