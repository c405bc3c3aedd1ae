"""The native tokenizer reads a line only when the next token needs it."""

import _tokenize
import io
import itertools
import tokenize


def endless(lines):
    """A readline that never ends, and counts."""
    source = itertools.cycle(lines)

    def readline():
        readline.count += 1
        return next(source)

    readline.count = 0
    return readline


# The first tokens of an endless source.
for lines in (
    ["a = 1\n"],
    ["if x:\n", "    y\n"],
    ["# comment\n", "\n", "z\n"],
    ["f'''{a}\n", "b'''\n"],
):
    readline = endless(lines)
    for token in itertools.islice(tokenize.generate_tokens(readline), 12):
        print(readline.count, tuple(token))

readline = endless([b"# coding: latin-1\n", b"x = '\xe9'\n"])
for token in itertools.islice(tokenize.tokenize(readline), 8):
    print(readline.count, tuple(token))

# Long runs of lines within one token, or with none.
lines = iter(["# skipped\n"] * 3000 + ["x\n"])
iterator = _tokenize.TokenizerIter(lambda: next(lines), extra_tokens=False)
print(next(iterator))
lines = iter(["'''\n"] + ["it's \"\" \\\n"] * 3000 + ["'''\n"])
iterator = _tokenize.TokenizerIter(lambda: next(lines), extra_tokens=True)
token = next(iterator)
print(token[0], len(token[1]), token[2:4], len(token[4]))


def show(lines, extra_tokens):
    """Every token, how many lines were read for it, and how it ends."""
    print("==", extra_tokens, lines)
    source = iter(lines)
    count = 0

    def readline():
        nonlocal count
        count += 1
        line = next(source)
        if isinstance(line, Exception):
            raise line
        return line

    iterator = _tokenize.TokenizerIter(readline, extra_tokens=extra_tokens)
    try:
        while True:
            token = next(iterator)
            print(count, token)
    except Exception as error:
        print(count, type(error).__name__, error.args)
        if isinstance(error, SyntaxError) and "EOF" not in error.msg:
            return
    try:
        print(next(iterator))
    except (StopIteration, MemoryError, SyntaxError) as error:
        print(count, type(error).__name__, error.args)


for extra_tokens in (True, False):
    for lines in (
        ["a\n", "b\n"],
        ["a", "b\n"],
        ["'''a", "b'''\n"],
        ["f\"\"\"{a\n", "}b\n", "c\"\"\"\n"],
        ["a\\\n", "b\n"],
        ["a\n", "", "b\n"],
        ["# c\n", "\n", "# d\n", "x\n"],
        ["if x:\n", "    y\n", "# e\n", "z"],
        ["x\r\n", "y\r\n"],
        ["(a\n", "b\n", ")\n"],
        [ValueError("first"), "a\n"],
        ["a\n", ValueError("second"), "b\n"],
        ["if a:\n", "  b\n", ValueError("block"), "  c\n"],
        ["(a\n", ValueError("bracket"), "b)\n"],
        ["'''a\n", ValueError("string"), "b'''\n"],
        ["a\n", 2],
        ["(a\n", "b\n"],
        ["a\\\n"],
        ["(a\\"],
        ["d", "\n", "# e\n"],
        ["if a:\n", "  if b:\n", "    c"],
        ["a\n", "'''b\n", "c\n"],
        ["a\n", "f'''b\n", "c\n"],
        ["é = 'ü'; ö\n", "'''é\n", "ß''' + ä\n"],
    ):
        show(lines, extra_tokens)

# Interactive use: each line is only asked for once the last is used up.
answers = io.StringIO("first\nsecond third\n")


def ask():
    print("asked")
    return answers.readline()


for token in tokenize.generate_tokens(ask):
    print(tokenize.tok_name[token.type], repr(token.string))
