"""SyntaxErrors: message, position and caret of frequent mistakes."""
import traceback

SOURCES = [
    "x = = 1", "if x\n    pass", "def f(:\n  pass", "print 'hello'", "a b", "x = (1, 2", "x = 1)", "for in y: pass", "while True print(1)",
    "class : pass", "return 5", "yield 1", "break", "def f():\n    continue", "x = 'abc", "'''abc", "1 = x", "f() = 1", "a + b = c", "None = 1", "del f()",
    "def f(a, a): pass", "def f(a=1, b): pass", "f(a=1, 2)", "f(**k, *a)", "f(a for a in b, 1)", "lambda: (yield)", "import a.b as", "from a import *, b", "from . import",
    "def f():\npass", "  x = 1", "if 1:\n    a\n  b", "if 1:\n\ta\n        b", "global x\nx = 1\ndef f():\n    x = 1\n    global x", "def f():\n    nonlocal q", "try:\n    pass", "try: pass\nexcept: pass\nexcept ValueError: pass",
    "x: int: str", "async def f(): yield 1; return 2", "await x", "(a, b): int", "0777", "1_000_", "0xg", "1e", "1.2.3", "5a", "x = 5 if 1", "not = 1", "a = b := 1", "with open(x) as 5: pass",
    "match x:\n    case a: pass\n    case b: pass", "match x:\n    case a | b: pass", "{1: 2, 3}", "{**a, b}", "[x for x in]", "f'{a b}'", "$", "?", "a\\b", "é = ¢", "from __future__ import nothing", "x = 1\nfrom __future__ import division", "assert (1, 'msg'", "else: pass", "elif x: pass", "@\ndef f(): pass", "type X = (yield)", "def f[T, T](): pass", "a, *b, *c = d", "*a", "print(a b)", "x = {'a': 1 'b': 2}", "if x = 3: pass", "def f(*): pass", "def f(*, **k): pass", "b'é'", "'\\N{nope}'", "'\\x1'", "raise x from", "import", "except* X: pass",
]
for source in SOURCES:
    try:
        compile(source, "<test>", "exec")
        print("compiles", repr(source))
    except SyntaxError as exc:
        print(repr(source), type(exc).__name__, exc.lineno, exc.offset, exc.end_lineno, exc.end_offset)
        print("".join(traceback.format_exception_only(exc)), end="")
