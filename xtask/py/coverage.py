"""Which AST classes, opcodes and (built-in type, attribute) pairs the given programs exercise.

Runs under the oracle: `coverage.py PROGRAM…`. AST classes and opcodes are those of the programs'
compiled source; an attribute counts for a type when a program names it (as an attribute, a method
call or an operator that stands for it) and the type has it.
"""
import ast
import builtins
import dis
import opcode
import sys
import types

OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv",
    ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or",
    ast.BitXor: "xor", ast.BitAnd: "and", ast.FloorDiv: "floordiv",
}
UNARY = {ast.Invert: "__invert__", ast.UAdd: "__pos__", ast.USub: "__neg__", ast.Not: "__bool__"}
COMPARE = {
    ast.Eq: "__eq__", ast.NotEq: "__ne__", ast.Lt: "__lt__", ast.LtE: "__le__", ast.Gt: "__gt__",
    ast.GtE: "__ge__", ast.In: "__contains__", ast.NotIn: "__contains__",
}
BUILTINS = {
    "len": "__len__", "iter": "__iter__", "next": "__next__", "repr": "__repr__", "str": "__str__",
    "hash": "__hash__", "abs": "__abs__", "round": "__round__", "divmod": "__divmod__",
    "format": "__format__", "int": "__int__", "float": "__float__", "bool": "__bool__",
    "dir": "__dir__", "reversed": "__reversed__", "bytes": "__bytes__", "complex": "__complex__",
    "isinstance": "__instancecheck__", "issubclass": "__subclasscheck__", "pow": "__pow__",
    "print": "__str__", "setattr": "__setattr__", "delattr": "__delattr__",
    "getattr": "__getattribute__", "hex": "__index__", "aiter": "__aiter__", "anext": "__anext__",
}


def codes(code):
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes(const)


def main(paths):
    classes, opcodes, names = set(), set(), set()
    for path in paths:
        with open(path, "rb") as file:
            source = file.read()
        try:
            tree = ast.parse(source, path)
            code = compile(source, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            classes.add(type(node).__name__)
            match node:
                case ast.Attribute(attr=name):
                    names.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    names.add(name)
                case ast.Constant(value=str(name)) if name.isidentifier():
                    names.add(name)
                case ast.BinOp(op=op):
                    names.update((f"__{OPERATORS[type(op)]}__", f"__r{OPERATORS[type(op)]}__"))
                case ast.AugAssign(op=op):
                    names.update((f"__i{OPERATORS[type(op)]}__", f"__{OPERATORS[type(op)]}__"))
                case ast.UnaryOp(op=op):
                    names.add(UNARY[type(op)])
                case ast.Compare(ops=ops):
                    names.update(COMPARE[type(op)] for op in ops if type(op) in COMPARE)
                case ast.Subscript(ctx=ast.Load()):
                    names.add("__getitem__")
                case ast.Subscript(ctx=ast.Store()):
                    names.add("__setitem__")
                case ast.Subscript(ctx=ast.Del()):
                    names.add("__delitem__")
                case ast.Call(func=ast.Name(id=name)):
                    names.update(("__call__", "__init__", "__new__"))
                    if name in BUILTINS:
                        names.add(BUILTINS[name])
                case ast.For() | ast.comprehension():
                    names.update(("__iter__", "__next__"))
                case ast.With():
                    names.update(("__enter__", "__exit__"))
        for each in codes(code):
            opcodes.update(i.opname for i in dis.get_instructions(each))
    report("AST classes", classes, wanted_classes())
    report("opcodes", opcodes, wanted_opcodes())
    pairs = {
        f"{kind.__name__}.{name}"
        for key, kind in vars(builtins).items()
        if key[0] != "_" and isinstance(kind, type) and not issubclass(kind, BaseException)
        for name in dir(kind)
    }
    report("(type, attribute) pairs", {p for p in pairs if p.split(".", 1)[1] in names}, pairs)


def wanted_classes():
    """Every node class that source text can produce."""
    abstract = {"AST", "mod", "stmt", "expr", "expr_context", "boolop", "operator", "unaryop",
                "cmpop", "excepthandler", "pattern", "type_ignore", "type_param"}
    other = {"Interactive", "Expression", "FunctionType", "TypeIgnore"}
    return {
        name for name, kind in vars(ast).items()
        if isinstance(kind, type) and issubclass(kind, ast.AST) and kind.__module__ == "ast"
        and name not in abstract | other and not issubclass(kind, (ast.slice, ast.Param))
        and name not in {"AugLoad", "AugStore", "Suite", "ExtSlice", "Index"}
    }


def wanted_opcodes():
    """Every opcode that the compiler can emit: no pseudo, instrumented or internal ones."""
    return {
        name for name, op in opcode.opmap.items()
        if op < 256 and not name.startswith("INSTRUMENTED_")
        and name not in {"CACHE", "RESERVED", "INTERPRETER_EXIT", "ENTER_EXECUTOR", "EXTENDED_ARG",
                         "JUMP_BACKWARD_NO_INTERRUPT", "NOP", "EXIT_INIT_CHECK"}
    }


def report(title, seen, wanted):
    missing = sorted(wanted - seen)
    print(f"{title}: {len(wanted) - len(missing)} of {len(wanted)}"
          f" ({100 * (len(wanted) - len(missing)) / len(wanted):.1f} %)")
    for at in range(0, len(missing), 6):
        print("    missing:", " ".join(missing[at:at + 6]))


main(sys.argv[1:])
