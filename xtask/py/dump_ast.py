"""Prints what the oracle's parser makes of files, for comparison with the example `dump_ast`.

    python3.14 dump_ast.py [--mode MODE] FILE...
    python3.14 dump_ast.py --compare EXAMPLE [--mode MODE] FILE_OR_FOLDER...

The second form runs the example and shows where the two differ.
"""

import ast
import os
import struct
import subprocess
import sys
import warnings
import zlib

KINDS = {
    SyntaxError: "Syntax",
    IndentationError: "Indentation",
    TabError: "Tab",
    MemoryError: "Memory",
    RecursionError: "Recursion",
    ValueError: "Value",
    OverflowError: "Overflow",
    SystemError: "System",
    TypeError: "Type",
    LookupError: "Lookup",
    UnicodeDecodeError: "UnicodeDecode",
    UnicodeEncodeError: "UnicodeEncode",
}
ESCAPES = [
    "\\" + chr(b) if b in b"\\'" else chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}"
    for b in range(256)
]
CONTEXT_FREE = (
    ast.expr_context,
    ast.boolop,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
)


def escaped(data):
    return "".join([ESCAPES[b] for b in data])


def text(value):
    return "'" + escaped(value.encode("utf-8", "surrogatepass")) + "'"


def bits(value):
    return struct.pack(">d", value).hex()


def constant(value):
    kind = type(value)
    if value is None or kind is bool or value is ...:
        return repr(value)
    if kind is int:
        return f"int {value:x}"
    if kind is float:
        return "float " + bits(value)
    if kind is complex:
        return f"complex {bits(value.real)} {bits(value.imag)}"
    if kind is str:
        return "str " + text(value)
    return "bytes '" + escaped(value) + "'"


def dump(node, out):
    if node is None:
        out.append("None")
    elif isinstance(node, str):
        out.append(text(node))
    elif isinstance(node, int):
        out.append(str(node))
    elif isinstance(node, list):
        out.append("[")
        for item in node:
            dump(item, out)
            out.append(",")
        out.append("]")
    elif isinstance(node, CONTEXT_FREE):
        out.append(type(node).__name__)
    else:
        name = type(node).__name__
        shown = {
            "arg": "Arg", "arguments": "Arguments", "keyword": "Keyword", "alias": "Alias",
            "withitem": "WithItem", "match_case": "MatchCase", "comprehension": "Comprehension",
        }.get(name, name)
        out.append(shown + "(")
        for field in node._fields:
            value = getattr(node, field)
            if name == "Constant" and field == "value" or name == "MatchSingleton":
                out.append(constant(value))
            elif name == "Interpolation" and field == "str":
                out.append(constant(value))
            else:
                dump(value, out)
            out.append(";")
        out.append(")")
        if node._attributes:
            out.append(
                f" @{node.lineno}:{node.col_offset}-{node.end_lineno}:{node.end_col_offset}"
            )


FLAGS = {
    "t": ast.PyCF_TYPE_COMMENTS,
    "i": ast.PyCF_ALLOW_INCOMPLETE_INPUT if hasattr(ast, "PyCF_ALLOW_INCOMPLETE_INPUT") else 0x4000,
    "d": 0x200,
    "b": 0x400000,
}


def dumped(data, mode, flags="-", version=14):
    """What `data` parses to; warnings that the parser makes go after it if `w` is a flag."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error" if "e" in flags else "always")
        text = tree_or_error(data, mode, flags, version)
    if "w" in flags:
        for warning in caught:
            message = str(warning.message)
            if message.startswith(('"\\', "invalid ")) and "Warning: invalid type" not in message:
                category = warning.category.__name__.removesuffix("Warning")
                text += f"{category} {warning.lineno}: {message}\n"
    return text


def tree_or_error(data, mode, flags, version):
    bits = ast.PyCF_ONLY_AST
    for letter, flag in FLAGS.items():
        if letter in flags:
            bits |= flag
    try:
        tree = compile(
            data, "<string>", mode, bits, dont_inherit=True, _feature_version=version
        )
    except SyntaxError as error:
        kind = KINDS.get(type(error), "Incomplete")
        lines = [f"{kind}: {error.msg}"]
        places = (error.lineno, error.offset, error.end_lineno, error.end_offset)
        lines.append(" ".join(str(place or 0) for place in places))
        shown = error.text
        lines.append("None" if shown is None else escaped(shown.encode("utf-8", "surrogatepass")))
        if getattr(error, "_metadata", None):
            lines.append("after {}:{}".format(*error._metadata))
        return "\n".join(lines) + "\n"
    except Exception as error:
        return f"{KINDS.get(type(error), type(error).__name__)}: {error}\n"
    out = []
    dump(tree, out)
    out.append("\n")
    return "".join(out)


def files(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                if name.endswith(".py") and os.path.exists(os.path.join(folder, name)):
                    yield os.path.join(folder, name)


def compare(example, mode, paths):
    paths = list(files(paths))
    differ = 0
    for start in range(0, len(paths), 100):
        batch = paths[start : start + 100]
        sums = subprocess.run(
            [example, "--mode", mode, "--check", *batch], capture_output=True, text=True
        ).stdout.splitlines()
        sums = dict((line[9:], line[:8]) for line in sums)
        for path in batch:
            with open(path, "rb") as file:
                theirs = dumped(file.read(), mode)
            if sums.get(path) == f"{zlib.crc32(theirs.encode()):08x}":
                continue
            differ += 1
            ours = subprocess.run(
                [example, "--mode", mode, path], capture_output=True, text=True
            ).stdout
            at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), 0)
            at = max(at - 60, 0)
            print(f"{path}\n  ours   {ours[at:at + 200]!r}\n  oracle {theirs[at:at + 200]!r}")
    print(f"{len(paths)} files, {differ} differ")
    return differ


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(50000)
    args = sys.argv[1:]
    mode = "exec"
    example = None
    while args and args[0].startswith("--"):
        flag, value, *args = args
        if flag == "--mode":
            mode = value
        else:
            example = value
    if example:
        sys.exit(compare(example, mode, args) != 0)
    for path in args:
        with open(path, "rb") as file:
            sys.stdout.write(dumped(file.read(), mode))


if __name__ == "__main__":
    main()
