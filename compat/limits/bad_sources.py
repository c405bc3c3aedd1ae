"""Source that is no Python: null bytes, wrong encodings, deep nesting, long lines, odd line ends."""
import os
import subprocess
import sys

SOURCES = {
    "null": b"x = 1\0\n",
    "null_in_string": b"x = 'a\0b'\n",
    "utf8": b"x = '\xff\xfe'\n",
    "utf8_comment": b"# \xff\n",
    "unknown": b"# -*- coding: no-such-codec -*-\nx = 1\n",
    "latin": b"# coding: latin-1\nprint(ascii('\xe9'))\n",
    "bom": b"\xef\xbb\xbfprint('bom')\n",
    "bom_conflict": b"\xef\xbb\xbf# coding: latin-1\nprint(1)\n",
    "second_line": b"\n# coding: latin-1\nprint(ascii('\xe9'))\n",
    "crlf": b"if 1:\r\n    print('crlf')\r\n",
    "cr": b"if 1:\r    print('cr')\r",
    "form_feed": b"\x0cprint('ff')\n",
    "no_newline": b"print('end')",
    "backslash_eof": b"x = 1 \\",
    "tabs": b"if 1:\n\tx = 1\n        y = 2\n",
    "brackets": b"(" * 100000,
    "balanced": b"x = " + b"(" * 150 + b"1" + b")" * 150 + b"\nprint(x)\n",
    "too_nested": b"x = " + b"(" * 250 + b"1" + b")" * 250,
    "indents": b"".join(b" " * i + b"if 1:\n" for i in range(120)),
    "blocks": b"".join(b" " * i + b"while 1:\n" for i in range(30)) + b" " * 30 + b"pass\n",
    "long_line": b"x = '" + b"a" * 3_000_000 + b"'\nprint(len(x))\n",
    "unary": b"x = " + b"-" * 5000 + b"1\n",
    "attributes": b"x" + b".a" * 200000 + b"\n",
    "digits": b"x = " + b"9" * 5000 + b"\n",
    "only_comment": b"# nothing",
    "empty": b"",
    "unterminated": b"x = '''abc\n\n",
    "unicode_digit": "x = \u0661\n".encode(),
    "nbsp": "x\u00a0= 1\n".encode(),
    "identifier": "\u2118 = \ufb01 = 'ok'; print(fi)\n".encode(),
    "zero_width": "a\u200bb = 1\n".encode(),
}
for name, source in SOURCES.items():
    path = name + ".py"
    with open(path, "wb") as file:
        file.write(source)
    r = subprocess.run([sys.executable, path], capture_output=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    lines = r.stderr.decode("utf-8", "backslashreplace").splitlines()
    print(name, r.returncode, r.stdout[:60], *(line.replace(os.getcwd(), "CWD")[:150] for line in lines[:4] + lines[-1:]), sep="\n    ")
