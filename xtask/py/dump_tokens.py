"""Prints what the oracle's C tokenizer makes of files, for comparison with the example `tokens`.

    python3.14 dump_tokens.py [--plain] FILE...

One line per token: kind, text, start, end (characters). `--plain` leaves out comments and
insignificant newlines, and has the checks that a compiler makes.
"""

import io
import sys
import token
import tokenize
from _tokenize import TokenizerIter

ITERATOR_ERRORS = (
    "unexpected EOF in multi-line statement",
    "unindent does not match",
    "inconsistent use of tabs",
    "too many levels",
    "unexpected character after line continuation",
)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    if encoding not in ("utf-8", "utf-8-sig", "iso-8859-1"):
        raise SyntaxError("the example has no codecs")
    text = data.decode(encoding)
    return text.removeprefix("\ufeff")


def dump(path, extra):
    print("==", path)
    try:
        text = read(path)
    except (SyntaxError, UnicodeDecodeError):
        print("undecodable")
        return
    lines = iter(split(text))
    try:
        for kind, string, start, end, _ in TokenizerIter(lambda: next(lines), extra_tokens=extra):
            print(token.tok_name[kind], ascii(string), *start, *end)
    except SyntaxError as error:
        # Where these four point is the iterator's business, not the tokenizer's.
        offset = "-" if error.msg.startswith(ITERATOR_ERRORS) else error.offset
        print(type(error).__name__, ascii(error.msg), error.lineno, offset)
    except UnicodeEncodeError:
        print("undecodable")


def split(text):
    """Lines as a file object hands them out: only a newline ends one."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def main():
    args = sys.argv[1:]
    extra = "--plain" not in args
    for path in args:
        if path != "--plain":
            dump(path, extra)


main()
