"""Compares the compiler's code objects with the oracle's; runs under the oracle.

`compare_code.py DUMPER OPTIMIZE SHOW PATH…`: DUMPER is the example `dump_code` of gopy-compiler,
PATHs are files or folders. Prints the first difference of at most SHOW files, the most common
kinds of difference, and how many files and code objects are equal.
"""
import collections
import dis
import os
import struct
import subprocess
import sys
import tempfile
import types
import warnings


def constant(value):
    if value is None or value is True or value is False:
        return str(value)
    if value is ...:
        return "Ellipsis"
    kind = type(value)
    if kind is int:
        return str(value)
    if kind is float:
        return "f" + struct.pack(">d", value).hex()
    if kind is complex:
        return "c" + struct.pack(">dd", value.real, value.imag).hex()
    if kind is str:
        if value.isascii() and "\n" not in value:
            return f"'{value}'"
        return "s" + value.encode("utf-8", "surrogatepass").hex()
    if kind is bytes:
        return "b" + value.hex()
    if kind is tuple:
        return "(" + ", ".join(map(constant, value)) + ")"
    if kind is frozenset:
        return "{" + ", ".join(sorted(map(constant, value))) + "}"
    if kind is slice:
        return f"slice({constant(value.start)}, {constant(value.stop)}, {constant(value.step)})"
    assert kind is types.CodeType
    return f"<code {value.co_name}>"


def dump(code, out):
    out.append(f"unit {code.co_qualname} first {code.co_firstlineno} args {code.co_argcount} "
               f"{code.co_posonlyargcount} {code.co_kwonlyargcount} flags {code.co_flags:x}")
    out.append(f"name {code.co_name} file {code.co_filename}")
    out.append(f"stack {code.co_stacksize}")
    out.append(f"names {constant(code.co_names)}")
    out.append(f"locals {constant(code.co_varnames)} {constant(code.co_cellvars)} "
               f"{constant(code.co_freevars)}")
    out.append(f"code {code.co_code.hex()}")
    out.append(f"consts {constant(code.co_consts)}")
    out.append(f"exceptions {code.co_exceptiontable.hex()}")
    out.append(f"lines {code.co_linetable.hex()}")
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            dump(const, out)


def expected(path, optimize):
    with open(path, "rb") as file:
        source = file.read()
    out = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(source, path, "exec", dont_inherit=True, optimize=optimize)
    except SyntaxError as exc:
        out.append(f"error {exc.msg} {exc.lineno} {exc.offset} {exc.end_lineno} {exc.end_offset}")
    except (ValueError, OverflowError, RecursionError, MemoryError) as exc:
        out.append(f"error {exc}")
    else:
        dump(code, out)
    return out


FAST_LOCAL, FAST_CELL, FAST_FREE = 0x20, 0x40, 0x80


def parse_tuple(text):
    """The names in `('a', 'b') 2040`."""
    names, _, kinds = text.rpartition(" ")
    names = names[1:-1].split(", ") if names != "()" else []
    return names, bytes.fromhex(kinds)


def normalised(lines):
    """Turns kinds of locals into the three tuples that Python shows."""
    for line in lines:
        if line.startswith("locals "):
            names, kinds = parse_tuple(line[7:])
            of_kind = [[n for n, k in zip(names, kinds) if k & bit]
                       for bit in (FAST_LOCAL, FAST_CELL, FAST_FREE)]
            yield "locals " + " ".join("(" + ", ".join(picked) + ")" for picked in of_kind)
        elif line.startswith("error "):
            kind, _, rest = line[6:].partition(": ")
            if kind not in ("Syntax", "Indentation", "Tab", "Incomplete"):
                rest = rest.rsplit(" ", 4)[0]
            yield "error " + rest
        else:
            yield line


def disassembled(text):
    code = bytes.fromhex(text)
    return [f"{dis.opname[code[i]]} {code[i + 1]}" for i in range(0, len(code), 2)]


def difference(old, new):
    where = ""
    for a, b in zip(old, new):
        if a.startswith("unit "):
            where = a
        if a == b:
            continue
        kind = a.split(" ", 1)[0]
        if kind == "code" and b.startswith("code"):
            one, two = disassembled(a[5:]), disassembled(b[5:])
            at = next((i for i, (x, y) in enumerate(zip(one, two)) if x != y),
                      min(len(one), len(two)))
            before = one[max(0, at - 6):at]
            return "code", f"{where}: at {at} behind {before}\n    {one[at:at + 12]}\n    {two[at:at + 12]}"
        return kind, f"{where}\n    {a[:600]}\n    {b[:600]}"
    return "length", f"{where}: {len(old)} lines, found {len(new)}"


def units(lines):
    found, current = [], []
    for line in lines:
        if line.startswith("unit ") and current:
            found.append(current)
            current = []
        current.append(line)
    return found + [current]


def files(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders.sort()
                found = (os.path.join(folder, n) for n in sorted(names) if n.endswith(".py"))
                yield from filter(os.path.exists, found)
        else:
            if os.path.exists(path):
                yield path


def main():
    dumper, optimize, show = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    paths = list(files(sys.argv[4:]))
    with tempfile.NamedTemporaryFile("w", suffix=".list") as file:
        file.write("\n".join(paths))
        file.flush()
        data = subprocess.run([dumper, str(optimize), file.name], stdout=subprocess.PIPE).stdout
    at = equal_files = equal_units = all_units = 0
    kinds = collections.Counter()
    for path in paths:
        end = data.find(b"\n", at)
        if end < 0:
            print("died at", path)
            kinds["died"] += 1
            break
        length = int(data[at:end])
        text = data[end + 1:end + 1 + length].decode("utf-8", "surrogatepass")
        at = end + 1 + length
        new = list(normalised(text.split("\n")[:-1]))
        old = expected(path, optimize)
        old_units, new_units = units(old), units(new)
        all_units += len(old_units)
        equal_units += sum(a == b for a, b in zip(old_units, new_units))
        if old == new:
            equal_files += 1
            continue
        kind, message = difference(old, new)
        kinds[kind] += 1
        if show > 0:
            show -= 1
            print(f"{path}: {message}")
    print(dict(kinds.most_common()))
    print("files", equal_files, len(paths), "units", equal_units, all_units)


main()
