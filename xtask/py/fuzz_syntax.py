"""Damages real source by a token and compares tree or error of the oracle and the example.

    python3.14 fuzz_syntax.py EXAMPLE SEED COUNT [FILE_OR_FOLDER...]

Run by `cargo xtask fuzz syntax`. Equal seeds make equal programs. Differences are grouped by what
the oracle says, the most frequent first, each with its smallest program.
"""

import collections
import os
import random
import re
import subprocess
import sys
import warnings

import dump_ast

TOKEN = re.compile(
    r"""
    [rRbBuUfFtT]{0,2}(?:'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\")
    | [rRbBuUfFtT]{0,2}(?:'(?:\\.|[^\\\n'])*'|"(?:\\.|[^\\\n"])*")
    | \#[^\n]* | \w+ | \n[ \t]* | [ \t]+
    | \*\*=|//=|>>=|<<=|\.\.\.|!=|->|:=|[-+*/%&|^@=<>]=|\*\*|//|<<|>>
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
EXTRA = (
    "( ) [ ] { } , : ; . = == := ! != <> ~ @ * ** / -> ... ' \" \\ ? $ # "
    "if else elif for in while def class return yield from import as with try except finally "
    "lambda not and or is None True False async await match case type _ print exec del global "
    "pass break continue raise assert 1 0x 1_ 01 1j x y f'{x}' t'{x}' b'x' 'x' f'{ f\"{ \u00e9"
).split() + ["\n", "\n    ", "\n  ", "\t", " ", "f'{x!}'", "f'{x:{y}}'", "f'{}'", "'\\N{a}'"]


def pieces(path):
    """Runs of whole top-level statements of a file."""
    with open(path, encoding="utf-8") as file:
        try:
            lines = file.read().splitlines(keepends=True)
        except UnicodeDecodeError:
            return []
    lines = [line for line in lines if not re.match(r"#.*coding", line)]
    starts = [i for i, line in enumerate(lines) if re.match(r"[A-Za-z@]", line)] or [0]
    whole = ["".join(lines[s:e]) for s, e in zip(starts, starts[1:] + [len(lines)])]
    return whole + examples_in(lines)


def examples_in(lines):
    """What stands behind the prompts of doc strings: small, and often wrong already."""
    found = []
    for line in lines:
        prompt = re.match(r"\s*(>>>|\.\.\.) (.*\n)", line)
        if prompt and prompt[1] == ">>>":
            found.append(prompt[2])
        elif prompt and found:
            found[-1] += prompt[2]
    return found


def damaged(rng, text):
    tokens = TOKEN.findall(text)
    for _ in range(rng.choice((1, 1, 1, 2))):
        real = [i for i, t in enumerate(tokens) if not t.startswith((" ", "#"))]
        if not real:
            break
        at = rng.choice(real)
        how = rng.randrange(11)
        if how <= 1:
            del tokens[at]
        elif how == 2:
            tokens.insert(at, tokens[at])
        elif how == 3:
            other = rng.choice(real)
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif how == 4:
            tokens[at] = rng.choice(EXTRA)
        elif how == 5:
            tokens.insert(at, rng.choice((" ", "")) + rng.choice(EXTRA) + " ")
        elif how == 6:
            tokens[at] = tokens[rng.choice(real)]
        elif how == 7:
            brackets = [i for i in real if tokens[i] in "()[]{}:,="] or [at]
            at = rng.choice(brackets)
            tokens[at] = rng.choice(["", "", "(", ")", "[", "]", "{", "}", ":", ",", "="])
        elif how == 8:
            text = tokens[at]
            inside = rng.randrange(len(text) + 1)
            cut = rng.choice((0, 0, 1))
            tokens[at] = text[:inside] + rng.choice(EXTRA) + text[inside + cut :]
        elif how == 9:
            text = tokens[at]
            inside = rng.randrange(len(text) or 1)
            tokens[at] = text[:inside] + text[inside + 1 :]
        else:
            breaks = [i for i in real if tokens[i].startswith("\n")] or [at]
            at = rng.choice(breaks)
            tokens[at] = "\n" + " " * rng.choice((0, 1, 2, 4, 8, 12))
    return "".join(tokens)


class Example:
    def __init__(self, path):
        self.process = subprocess.Popen([path, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def dump(self, data, mode, flags, version):
        stdin, stdout = self.process.stdin, self.process.stdout
        stdin.write(f"{len(data)} {mode} {version} {flags}\n".encode())
        stdin.write(data)
        stdin.flush()
        return stdout.read(int(stdout.readline())).decode()


def damaged_bytes(rng, data):
    """Bytes that are no text, or other line ends."""
    at = rng.randrange(len(data) + 1)
    extra = rng.choice(
        (b"\xff", b"\xc3", b"\xe2\x82", b"\r", b"\r\n", b"\x0c", b"\t", b"\xef\xbb\xbf",
         b"\xe2\x80\x8b", b"\xc2\xa0", b"\xf0\x9f\x98\x80", b"\xcd\xbe", b"\\\n", b"\x1a")
    )
    if extra == b"\r\n":
        return data.replace(b"\n", b"\r\n")
    if extra == b"\xef\xbb\xbf":
        at = 0
    return data[:at] + extra + data[at:]


def settings(rng):
    """Mode, flags and version: mostly what `compile` uses."""
    mode = rng.choice(("exec",) * 8 + ("single", "single", "eval", "func_type"))
    flags = "w"
    for letter, odds in ("t", 8), ("i", 8), ("d", 16), ("b", 32), ("e", 16):
        if rng.randrange(odds) == 0:
            flags += letter
    version = rng.randrange(3, 15) if rng.randrange(8) == 0 else 14
    return mode, flags, version


def main():
    warnings.simplefilter("ignore")
    example_path, seed, count, *paths = sys.argv[1:]
    rng = random.Random(int(seed))
    library = os.path.dirname(os.__file__)
    files = sorted(dump_ast.files(paths or [library]))
    example = Example(example_path)
    finds = collections.defaultdict(list)
    passed = failed = 0
    chosen = []
    while passed + failed < int(count):
        if (passed + failed) % 50 == 0:
            chosen = [p for p in pieces(rng.choice(files)) if p.strip()] or ["x = 1\n"]
        text = rng.choice(chosen)
        if len(text) > 4000:
            text = "".join(text.splitlines(keepends=True)[:40])
        mode, flags, version = settings(rng)
        data = damaged(rng, text).encode("utf-8", "replace")
        if rng.randrange(8) == 0:
            data = damaged_bytes(rng, data)
        theirs = dump_ast.dumped(data, mode, flags, version)
        if theirs.startswith("Syntax: future feature"):
            # Not the parser's business.
            passed += 1
            continue
        ours = example.dump(data, mode, flags, version)
        if ours == theirs:
            passed += 1
            continue
        failed += 1
        lines = theirs.split("\n")
        head = lines[0][:90] if len(lines) > 2 or ": " in lines[0] else "a tree"
        other = ours.split("\n")[0][:90] if ours.count("\n") > 1 else "a tree"
        finds[head, other].append((len(data), (mode, flags, version), data, ours, theirs))
    for (head, other), cases in sorted(finds.items(), key=lambda item: -len(item[1]))[:25]:
        _, setting, data, ours, theirs = min(cases, key=lambda case: case[0])
        print(f"{len(cases)} times: oracle {head!r}, ours {other!r}; {setting}:")
        print(data.decode("utf-8", "backslashreplace")[:1500])
        print("  oracle", theirs[:400].replace("\n", " | "))
        print("  ours  ", ours[:400].replace("\n", " | "))
        print("-" * 40)
    print(f"{passed} passed, {failed} failed")


if __name__ == "__main__":
    main()
