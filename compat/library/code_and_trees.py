"""Lines of code objects, marshalled frozensets, warnings said once, and trees that can't be compiled."""
import ast
import dis
import marshal
import warnings


def sample(a):
    print(a)
    for item in a:
        item()
    return 1


first = sample.__code__.co_firstlineno
print([(start, end, line - first) for start, end, line in sample.__code__.co_lines() if line])
print([(offset, line - first) for offset, line in dis.findlinestarts(sample.__code__)])

# A frozenset whose strings get interned is one object per code object.
for source in ["x in {'zork1', 'zork2'}",
               "def f():\n return x in {'zork3'}\ndef g():\n return y in {'zork3'}\n",
               "x in {'zork4', 'zork5'}\nzork5 = 1; zork4 = 3",
               "def f():\n return x in {'zork6'}\nzork6 = 1\ndef g():\n return y in {'zork6'}\n",
               "x in {'zork 7', 'zork 8'}", "x in {1, (2, 3)}; y in {(2, 3), 1}",
               "def f():\n  class Zork9: pass\n  class Zork9: pass\n"]:
    print(marshal.dumps(compile(source, "zork", "exec")).hex())


def caught(work, *args, **kwargs):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        work(*args, **kwargs)
    return [(str(w.message), w.lineno) for w in found]


LEAVES = "def f():\n try: pass\n finally:\n  return 1\n"
print(caught(compile, LEAVES, "t", "exec"))
print(caught(ast.parse, LEAVES), caught(ast.parse, LEAVES, optimize=1))
print(caught(compile, ast.parse(LEAVES), "t", "exec"))
for source in ["try: pass\nfinally:\n 1 is 1\n try: pass\n finally:\n  2 is 2\n",
               "try: pass\nexcept* A: pass\nfinally:\n 1 is 1\n (1)()\n assert (1, 2)\n",
               "def f():\n try:\n  return 1\n finally:\n  1 is 1\n"]:
    print(caught(compile, source, "t", "exec"))


def attempt(tree, mode="exec", **kwargs):
    try:
        compile(tree, "t", mode, **kwargs)
        return "compiled"
    except (TypeError, ValueError, SyntaxError) as error:
        return f"{type(error).__name__}: {error}"


for source in ["def x(): pass", "async def x(): pass", "class x: pass", "from a import x", "import x",
               "from a import b as x", "import b as x", "def f(x): pass", "a.x",
               "try: pass\nexcept A as x: pass", "type x = 1"]:
    for value in ["True", "None", None]:
        tree = ast.parse(source)
        for node in ast.walk(tree):
            for field, old in ast.iter_fields(node):
                if old == "x":
                    setattr(node, field, value)
        print(repr(source), value, attempt(tree))
for node in [ast.Try([ast.Pass()], [], [], []), ast.TryStar([ast.Pass()], [], [], [])]:
    print(attempt(ast.fix_missing_locations(ast.Module([node], []))))
for tree in [ast.Constant(42), ast.parse("1", mode="eval"), ast.Module([ast.Pass()], [])]:
    for mode in ["exec", "eval", "single", "func_type"]:
        print(attempt(tree, mode, flags=ast.PyCF_ONLY_AST))
tree = ast.parse("1 + 2")
copy = ast.parse(tree)
print(copy is tree, ast.dump(copy) == ast.dump(tree))
