"""Compares the flow graph and the assembler with the oracle's, under the oracle.

`compare_flowgraph.py PROGRAM [PATH ...]`: PROGRAM is the example `flowgraph` of gopy-compiler.
Sequences come from the oracle's code generation of the PATHs (files, or folders with their
files) and, without any, from all pairs of operands and operators. Prints differences and, as its
last line, `cases EQUAL ALL`.
"""
import ast
import itertools
import opcode
import os
import struct
import subprocess
import sys
import warnings

import _testinternalcapi

OP = opcode.opmap
CONST_OPS = {OP["LOAD_CONST"]}
LOCAL_OPS = {OP[name] for name in (
    "LOAD_FAST", "STORE_FAST", "DELETE_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_AND_CLEAR",
    "STORE_FAST_MAYBE_NULL")}
CELL_OPS = {OP[name] for name in (
    "MAKE_CELL", "LOAD_CLOSURE", "LOAD_DEREF", "STORE_DEREF", "DELETE_DEREF",
    "LOAD_FROM_DICT_OR_DEREF")}
FINAL_OPS = {OP[name] for name in (
    "RETURN_VALUE", "RAISE_VARARGS", "RERAISE", "JUMP", "JUMP_NO_INTERRUPT")}
TARGET_OPS = {*opcode.hasjump, *opcode.hasexc}
SHOWN = 10
# Sequences whose annotations have code crash the oracle when they are released.
KEPT = []

# Constants that stand in where the oracle does not tell a scope's own.
PALETTE = [
    None, 0, 1, "name", 2, 1.5, "text", (1, 2), True, 3, 300, b"bytes", -1, "", (), 255, 256,
    0.0, -0.0, 2**70, 1j, ..., False, 7, "x" * 20, (None, "a", (1.0, -0.0)), "other", -3, 10,
    frozenset({1, 2}), slice(1, None, 2), 64, "\u20ac", float("inf")]
# Operands that folding meets at its limits.
OPERANDS = [
    None, True, False, ..., 0, 1, -1, 2, 3, 7, -7, 63, 64, 127, 128, 129, 255, 256, 257, 1000,
    -2**31, 2**31, 2**62, 2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**64, 2**127, 2**128, 3**80, -3**80,
    2**1100, 10**400, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.7, 1e308, 1e-308, 5e-324, float("inf"),
    float("-inf"), float("nan"), 1j, -1j, 0j, complex(-0.0, 0.0), 1 + 2j, -3.5 - 0.25j,
    complex("inf"), complex("nan+infj"), 1e200 + 1e200j, "", "a", "abc", "\u20ac\U0001f600x", "\udc80", "\ud83d",
    "a" * 4096, "b" * 100, b"", b"a", b"abc", b"z" * 5000, (), (1,), (1, 2, 3), tuple(range(256)),
    ((1,) * 30,) * 40, ((), ()), frozenset(), frozenset({1, 2}), frozenset({2, "x", 3.0}),
    slice(None), slice(1, None), slice(None, -1), slice(None, None, -1), slice(5, 1, -2),
    slice(-2**70, 2**70, 2), slice(0, 3, 0), slice("a"), slice(True, False, True),
    slice(-1, -100, -2**63)]


def write_float(value):
    if value != value:
        return "7ff8000000000000"
    return struct.pack(">d", value).hex()


def write_const(value, codes):
    kind = type(value)
    if value is None:
        return "N"
    if kind is bool:
        return "T" if value else "F"
    if value is ...:
        return "E"
    if kind is int:
        return f"I{value:x}"
    if kind is float:
        return "D" + write_float(value)
    if kind is complex:
        return "J" + write_float(value.real) + write_float(value.imag)
    if kind is str:
        return "S" + value.encode("utf-8", "surrogatepass").hex()
    if kind is bytes:
        return "B" + value.hex()
    if kind is tuple:
        return "(" + ",".join(write_const(item, codes) for item in value) + ";"
    if kind is frozenset:
        return "{" + ",".join(sorted(write_const(item, codes) for item in value)) + ";"
    if kind is slice:
        return "[" + ",".join(
            write_const(item, codes) for item in (value.start, value.stop, value.step)) + ";"
    for number, code in enumerate(codes):
        if code is value:
            return f"X{number}"
    codes.append(value)
    return f"X{len(codes) - 1}"


def write_consts(consts, codes):
    return "c" + " ".join(write_const(value, codes) for value in consts)


class Program:
    """The program under test."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, lines):
        text = "\n".join(lines)
        self.process.stdin.write(text + "\n.\n")
        self.process.stdin.flush()
        answer = []
        while True:
            line = self.process.stdout.readline()
            if line == ".\n":
                return answer
            if not line:
                sys.exit(f"the program died of {text.splitlines()[:9]}")
            answer.append(line.rstrip("\n"))


def instruction_lines(instructions):
    return [" ".join(str(0 if number is None else number) for number in instruction)
            for instruction in instructions]


def sequence_of(instructions):
    sequence = _testinternalcapi.new_instruction_sequence()
    for op, arg, *location in instructions:
        sequence.addop(op, arg or 0, *location)
    return sequence


def largest(instructions, ops):
    return max((arg for op, arg, *_ in instructions if op in ops), default=-1)


def optimize(program, instructions, consts, nlocals):
    """Both sides' optimised instructions and constants."""
    codes = []
    request = [f"!optimize {nlocals}", write_consts(consts, codes)]
    found = program.ask(request + instruction_lines(instructions))
    consts = list(consts)
    try:
        sequence = _testinternalcapi.optimize_cfg(sequence_of(instructions), consts, nlocals)
        expected = instruction_lines(sequence.get_instructions()) + [write_consts(consts, codes)]
    except (ValueError, SystemError) as error:
        expected = [f"error {error}"]
    return expected, found


def code_lines(code, codes):
    kinds = _testinternalcapi.get_co_localskinds(code)
    return [
        f"{code.co_argcount} {code.co_posonlyargcount} {code.co_kwonlyargcount} "
        f"{code.co_stacksize} {code.co_firstlineno}",
        code.co_code.hex(), code.co_linetable.hex(), code.co_exceptiontable.hex(),
        bytes(kinds.values()).hex(), " ".join(kinds), " ".join(code.co_names),
        write_consts(code.co_consts, codes)]


def metadata_lines(command, metadata, *more):
    numbers = [metadata[key] for key in
               ("argcount", "posonlyargcount", "kwonlyargcount", "firstlineno")]
    lists = zip("nvxfh", ("names", "varnames", "cellvars", "freevars", "fasthidden"))
    return ["!" + " ".join(map(str, [command, *numbers, *more]))] + [
        letter + " ".join(metadata[key]) for letter, key in lists]


def without_unreachable(instructions):
    """The instructions, no-ops where none leads to: only the optimiser can handle those."""
    reached = set()
    todo = [0]
    while todo:
        at = todo.pop()
        while at < len(instructions) and at not in reached:
            reached.add(at)
            op, arg, *_ = instructions[at]
            if op in TARGET_OPS:
                todo.append(arg)
            if op in FINAL_OPS:
                break
            at += 1
    return [instruction if at in reached else (OP["NOP"], None, *instruction[2:])
            for at, instruction in enumerate(instructions)]


def assemble(program, instructions):
    """Both sides' code of a sequence that is taken for optimised; names are made up."""
    instructions = without_unreachable(instructions)
    nlocals = largest(instructions, LOCAL_OPS) + 1
    ncells = largest(instructions, CELL_OPS) + 1
    own = (ncells + 1) // 2
    varnames = [f"v{number}" for number in range(nlocals)]
    # Every third cell is a local as well.
    cells = [f"v{number}" if number % 3 == 0 and number < nlocals else f"c{number}"
             for number in range(own)]
    free = [f"f{number}" for number in range(own, ncells)]
    argcount = nlocals // 2
    metadata = {
        "name": "name", "qualname": "qualname", "filename": "file", "firstlineno": 1,
        "consts": {}, "names": {"n1": 0}, "varnames": {n: i for i, n in enumerate(varnames)},
        "cellvars": {n: i for i, n in enumerate(cells)},
        "freevars": {n: i + own for i, n in enumerate(free)},
        "fasthidden": {n: True for n in varnames[-1:]},
        "argcount": argcount, "posonlyargcount": min(1, nlocals - argcount),
        "kwonlyargcount": 0}
    codes = []
    request = metadata_lines("assemble", metadata) + instruction_lines(instructions)
    found = program.ask(request)
    try:
        code = _testinternalcapi.assemble_code_object(
            "file", sequence_of(instructions), metadata)
        expected = code_lines(code, codes)
    except (ValueError, SystemError) as error:
        expected = [f"error {error}"]
    return expected, found


def compile_module(program, instructions, consts, code):
    """Code of a whole module, whose constants the oracle tells."""
    codes = [value for value in code.co_consts if hasattr(value, "co_code")]
    # Code objects of two compilations are not the same, nor equal if they contain a NaN.
    places = {(c.co_name, c.co_firstlineno, c.co_linetable): c for c in codes}
    consts = [places.get((value.co_name, value.co_firstlineno, value.co_linetable), value)
              if hasattr(value, "co_code") else value for value in consts]
    metadata = {
        "names": code.co_names, "varnames": code.co_varnames, "cellvars": code.co_cellvars,
        "freevars": (), "fasthidden": code.co_varnames, "argcount": 0, "posonlyargcount": 0,
        "kwonlyargcount": 0, "firstlineno": 1}
    request = metadata_lines("compile", metadata, code.co_flags, 0)
    found = program.ask(request + [write_consts(consts, codes)] + instruction_lines(instructions))
    return code_lines(code, codes), found


def difference(expected, found):
    for number, (a, b) in enumerate(itertools.zip_longest(expected, found)):
        if a != b:
            def name(line):
                if line is None or number == len(expected) - 1 or not line[:1].isdigit():
                    return line
                words = line.split()
                return f"{opcode.opname[int(words[0]) % 512]} {words[1:]}" if len(words) == 6 else line
            return f"  line {number}\n  expected {name(a)}\n  found    {name(b)}"


def scopes(sequence):
    yield sequence
    for nested in sequence.get_nested():
        yield from scopes(nested)


def cases_of_file(program, path):
    """(name, expected, found) of each case in a file."""
    try:
        with open(path, "rb") as file:
            source = file.read()
        tree = ast.parse(source)
        code = compile(source, "file", "exec", dont_inherit=True, optimize=0)
        top, metadata = _testinternalcapi.compiler_codegen(tree, "file", 0)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    KEPT.append(top)
    annotated = any(isinstance(node, ast.AnnAssign) for node in ast.walk(tree))
    for number, sequence in enumerate(scopes(top)):
        instructions = sequence.get_instructions()
        if number == 0 and not annotated:
            consts = metadata["consts"]
            yield f"{path}: module", *compile_module(program, instructions, consts, code)
        shift = len(instructions)
        consts = [PALETTE[(shift + index) % len(PALETTE)] if (shift + index) % 3 else index
                  for index in range(largest(instructions, CONST_OPS) + 1)]
        nlocals = largest(instructions, LOCAL_OPS) + 1
        name = f"{path}: scope {number}"
        yield name + ", optimised", *optimize(program, instructions, consts, nlocals)
        yield name + ", assembled", *assemble(program, instructions)


def by_value(lines):
    """Optimised instructions with constants in place of their numbers.

    An operation may give back its operand itself. Scopes' constants are merged, so nobody sees
    that there; here they are not.
    """
    consts = lines[-1][1:].split(" ")
    resolved = []
    for line in lines[:-1]:
        op, arg, *location = map(int, line.split())
        resolved.append(f"{op} {consts[arg] if op in CONST_OPS else arg} {location}")
    return resolved


def cases_of_operators(program):
    """(name, expected, found) of operators on constants."""
    location = 1, 1, 0, 1

    def optimize(*arguments):
        return map(by_value, globals()["optimize"](*arguments))

    end = [(OP["RETURN_VALUE"], None, *location)]

    def load(*numbers):
        return [(OP["LOAD_CONST"], number, *location) for number in numbers]

    for value in OPERANDS:
        unary = [(OP[name], None, *location)
                 for name in ("UNARY_NOT", "UNARY_NEGATIVE", "UNARY_INVERT", "TO_BOOL")]
        for operation in unary + [(OP["CALL_INTRINSIC_1"], 5, *location)]:
            yield (f"{opcode.opname[operation[0]]} {value!r:.60}",
                   *optimize(program, load(0) + [operation] + end, [value], 0))
    for left, right in itertools.product(OPERANDS, OPERANDS):
        for number, (name, symbol) in enumerate(opcode._nb_ops):
            if "INPLACE" in name:
                continue
            operation = [(OP["BINARY_OP"], number, *location)]
            yield (f"{left!r:.60} {symbol} {right!r:.60}",
                   *optimize(program, load(0, 1) + operation + end, [left, right], 0))
        if left is right and left != left:
            # The program would take this NaN for two.
            continue
        yield (f"{{{left!r:.60}, {right!r:.60}}}",
               *optimize(program, load(0, 1, 0, 1) + [
                   (OP["BUILD_SET"], 4, *location)] + end, [left, right], 0))


def files(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                yield from sorted(
                    os.path.join(folder, name) for name in names if name.endswith(".py"))
        else:
            yield path


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(100000)
    program = Program(sys.argv[1])
    paths = sys.argv[2:]
    if paths:
        cases = itertools.chain.from_iterable(cases_of_file(program, p) for p in files(paths))
    else:
        cases = cases_of_operators(program)
    equal = count = shown = 0
    for name, expected, found in cases:
        count += 1
        if expected == found:
            equal += 1
        elif shown < SHOWN:
            shown += 1
            print(name, difference(expected, found), sep="\n", flush=True)
    print(f"cases {equal} {count}", flush=True)
    os._exit(equal != count)


if __name__ == "__main__":
    main()
