"""Compares gopy's table and code-unit codecs with the oracle's, over the code of its library.

Run under the oracle's interpreter, from the workspace's root:

    $GOPY_ORACLE/usr/bin/python3.14 xtask/py/check_tables.py [FOLDER]
"""

import dis
import os
import subprocess
import sys
import warnings


def codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from codes(constant)


def number(value):
    return -1 if value is None else value


def expected(code):
    yield from ("true", "true")
    for line, end_line, column, end_column in code.co_positions():
        yield from map(number, (line, end_line, column, end_column))
    for start, end, line in code.co_lines():
        yield from (start, end, number(line))
    for entry in dis._parse_exception_table(code):
        yield from (entry.start // 2, entry.end // 2, entry.target // 2, entry.depth,
                    int(entry.lasti))
    for i in dis.get_instructions(code):
        if i.opname != "EXTENDED_ARG":
            target = -1 if i.jump_target is None else i.jump_target // 2
            yield from (i.offset // 2, i.opcode, i.arg or 0, target)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.__file__)
    warnings.simplefilter("ignore")
    found = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py") and os.path.exists(os.path.join(folder, name)):
            with open(os.path.join(folder, name), "rb") as file:
                found += codes(compile(file.read(), name, "exec"))
    lines = [",".join((str(c.co_firstlineno), c.co_linetable.hex(), c.co_exceptiontable.hex(),
                       c.co_code.hex())) for c in found]
    command = ["cargo", "run", "--quiet", "-p", "gopy-bytecode", "--example", "dump_tables"]
    output = subprocess.run(command, input="\n".join(lines) + "\n", check=True,
                            capture_output=True, text=True).stdout.splitlines()
    wrong = [code for code, line in zip(found, output, strict=True)
             if line != " ".join(map(str, expected(code)))]
    for code in wrong[:10]:
        print(code)
    print(f"{len(found)} code objects, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
