"""Code that binds `__conditional_annotations__` and `__classdict__`, which the compiler uses too."""


def attempt(source):
    namespace = {}
    try:
        exec(source, namespace)
    except (TypeError, NameError, SystemError, SyntaxError) as error:
        print(type(error).__name__, error)
    else:
        print("fine", namespace.get("result"))


class Collection(set):
    pass


for value in ("0", "{}", "[]", "''", "frozenset()", "object()", "None", "{1}"):
    attempt(f"__conditional_annotations__ = {value}\nx: int\n")
    attempt(f"globals()['__conditional_annotations__'] = {value}\nx: int\n")
namespace = {"Collection": Collection}
for kind in ("Collection", "set"):
    try:
        exec(f"__conditional_annotations__ = {kind}()\nx: int\nif True:\n    y: str\n", namespace)
    except TypeError as error:
        print(error)
print(sorted(namespace["__conditional_annotations__"]))

for binder in ("__classdict__ = 3", "__classdict__: str", "global __classdict__", "pass"):
    attempt(f"class A:\n  {binder}\n  x: int\nresult = A.__annotations__")
    attempt(f"class A:\n  {binder}\n  x: int\n  type X = list[x]\nresult = A.X")
attempt("class A:\n  __classdict__ = 3\n  x: __classdict__\nresult = A.__annotations__")
attempt("class A:\n  __classdict__ = 3\n  def f(self, x: __classdict__): pass")
attempt("class A:\n  __classdict__ = 3\n  def g[T](x: T): pass")
attempt("class A:\n  __classdict__ = 3\n  type X = int")

for name in ("__class__", "__classdict__", "__conditional_annotations__"):
    attempt(f"class A:\n  r = [{name} for x in [1]]")
    attempt(f"class A:\n  r = [{name} for x in [1]]\n  {name} = 1")
    attempt(f"class A:\n  if 1:\n    x: int\n  r = [{name} for x in [1]]")
    attempt(f"class A:\n  r = [(lambda: {name})() for x in [1]]\n  if 1:\n    x: int")
    attempt(f"{name} = 4\nclass A:\n  r = [{name} for x in [1]]\n  x: int\nresult = A.r, A.__annotations__")
