"""Compares gopy's instruction table with the oracle's.

Run under the oracle's interpreter, from the workspace's root:

    $GOPY_ORACLE/usr/bin/python3.14 xtask/py/check_opcodes.py

Numbers, names, families, cache layouts and stack effects come from the modules `opcode`,
`_opcode` and `_opcode_metadata`; flags, raw stack counts and pseudo targets from the internal
header `pycore_opcode_metadata.h`.
"""

import _opcode
import _opcode_metadata
import dis
import opcode
import os
import re
import subprocess
import sys

OPARGS = 0, 1, 2, 3, 5, 16, 255, 256, 769, 70000


def header():
    root = os.environ.get("GOPY_ORACLE", "target/oracle")
    path = f"{root}/usr/include/python3.14/internal/pycore_opcode_metadata.h"
    with open(path) as file:
        return file.read()


def counts(text, function):
    start = text.index(f"int {function}(int opcode, int oparg)  {{")
    cases = text[start:text.index("default", start)]
    return dict(re.findall(r"case (\w+):\s+return (.*?);", cases))


def some(value):
    return "None" if value is None else f"Some({value})"


def effect(number, oparg, jump):
    argument = oparg if _opcode.has_arg(number) else None
    try:
        return _opcode.stack_effect(number, argument, jump=jump)
    except ValueError:
        return None


def brackets(names):
    return "[" + ", ".join(names) + "]"


def expected():
    text = header()
    bits = {name: 1 << int(shift, 0).bit_length() - 1 for name, shift in
            re.findall(r"#define HAS_(\w+)_FLAG \((\d+)\)", text)}
    flags = {}
    for name, value in re.findall(r"\[(\w+)\] = \{ true, \S+, (.*?) \},", text):
        flags[name] = sum(bits[f] for f in re.findall(r"HAS_(\w+)_FLAG", value))
    popped, pushed = counts(text, "_PyOpcode_num_popped"), counts(text, "_PyOpcode_num_pushed")
    base = {member: family for family, members in _opcode_metadata._specializations.items()
            for member in members}
    numbers = {**_opcode_metadata._specialized_opmap, **opcode.opmap}
    assert len(numbers) == len(flags) == 238
    for name, number in numbers.items():
        family = base.get(name, name)
        layout = family.removeprefix("INSTRUMENTED_")
        caches = opcode._inline_cache_entries.get(layout, 0)
        yield f"op {name} {number} {flags[name]} {caches} {family}"
        for oparg in OPARGS:
            counted = [some(eval(table[name], {"oparg": oparg})) for table in (popped, pushed)]
            effects = [some(effect(number, oparg, jump)) for jump in (False, True)]
            yield f"stack {name} {oparg} {' '.join(counted + effects)}"
        if name in opcode.opmap and name.startswith("INSTRUMENTED_"):
            if layout in opcode.opmap:
                yield f"instrumented {name} {layout}"
    for name, targets in re.findall(r"\[(\w+)-256\] = \{ \d, \{ (.*?) \} \}", text):
        yield f"pseudo {name} {brackets(t for t in targets.split(', ') if t != '0')}"
    for family, members in _opcode_metadata._specializations.items():
        yield f"family {family} {brackets(members)}"
    for name, fields in opcode._cache_format.items():
        yield f"cache {name} {brackets(f'("{field}", {size})' for field, size in fields.items())}"
    for number, (name, symbol) in enumerate(_opcode.get_nb_ops()):
        yield f"nb {number} {name} {symbol}"
    for number, symbol in enumerate(dis.cmp_op):
        yield f"cmp {number} {symbol}"
    for number, name in enumerate(_opcode.get_intrinsic1_descs()):
        yield f"intrinsic1 {number} {name}"
    for number, name in enumerate(_opcode.get_intrinsic2_descs()):
        yield f"intrinsic2 {number} {name}"
    for number, constant in enumerate(opcode._common_constants):
        yield f"constant {number} {constant.__name__}"
    for number, name in enumerate(_opcode.get_special_method_names()):
        yield f"special {number} {name}"
    yield f"have_argument {opcode.HAVE_ARGUMENT}"
    yield f"min_instrumented {opcode.MIN_INSTRUMENTED_OPCODE}"


def main():
    command = ["cargo", "run", "--quiet", "-p", "gopy-bytecode", "--example", "dump_opcodes"]
    ours = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    theirs = list(expected())
    missing, extra = set(theirs) - set(ours), set(ours) - set(theirs)
    for line in sorted(missing):
        print("-", line)
    for line in sorted(extra):
        print("+", line)
    print(f"{len(theirs)} facts, {len(missing)} missing, {len(extra)} unexpected")
    return 1 if missing or extra else 0


if __name__ == "__main__":
    sys.exit(main())
