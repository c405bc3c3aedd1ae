"""inspect.signature, code attributes, annotations evaluated late (PEP 649), docs and qualnames."""
import annotationlib
import inspect


def sample(a: int, b: "str" = "x", /, *args: Later, c: list[int] | None = None, **kw) -> Undefined:
    """The doc."""
    local = a
    def inner(): return local
    return inner


class Later: pass


class K:
    field: int = 5
    other: Missing
    def m(self, x): "doc of m"
    @classmethod
    def c(cls): pass
    @staticmethod
    def s(): pass
    class Nested:
        def deep(self): pass


code = sample.__code__
print(inspect.signature(sample, annotation_format=annotationlib.Format.FORWARDREF).parameters.keys(), sample.__doc__)
print(code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_varnames, code.co_cellvars, code.co_nlocals, code.co_flags, code.co_name, code.co_qualname, code.co_firstlineno, code.co_stacksize)
print(code.co_consts[0], [c.co_name for c in code.co_consts if hasattr(c, "co_name")])
try:
    print(sample.__annotations__)
except NameError as exc:
    print(exc, exc.name)
print(annotationlib.get_annotations(sample, format=annotationlib.Format.STRING))
Undefined = "defined now"
print(sample.__annotations__)
print(K.__annotate__.__name__, annotationlib.get_annotations(K, format=annotationlib.Format.STRING), K.Nested.deep.__qualname__, K.m.__doc__, K().m.__self__.__class__)
for function in (len, print, int.__add__, str.split, sorted, dict.fromkeys, K.m, K().m, K.c, K.s, lambda x, *y: 0, pow, isinstance, "".join, object.__init__, list.sort):
    try:
        print(getattr(function, "__name__", "?"), inspect.signature(function), getattr(function, "__text_signature__", "-"))
    except ValueError as exc:
        print(function.__name__, "ValueError", str(exc)[:40])
print(type(K.m), type(K().m), type(len), type([].append), type(str.join), type(int.__add__), type((1).__add__), type(dict.__dict__["fromkeys"]), type(K.__dict__["c"]), type(code), type(K.__dict__["__dict__"]), type(property.fget))
replaced = code.replace(co_name="renamed", co_firstlineno=100)
print(replaced.co_name, replaced.co_firstlineno, replaced == code, hash(code) == hash(code.replace()), list(code.co_positions())[0], list(code.co_lines())[:2])
x: int = 5
y: undefined_name
print(__annotate__(2) if False else sorted(__annotate__.__code__.co_names), x)
