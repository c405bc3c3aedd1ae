"""Carets and anchors under every kind of expression, printed by the interpreter's own machinery."""
import sys
import traceback


def show(function):
    try:
        function()
    except Exception:
        traceback.print_exc(file=sys.stdout)


class A:
    pass


a, d, n = A(), {}, None


def binary(): return (1 + 2) + ("x" + n)
def attribute(): return a.first.second.third
def subscript(): return d["one"]["two"]
def call(): return len(n, n)(1)
def method(): return "abc".upper().missing(1, 2)
def nested(): return [x.y for x in (1, 2) if x]
def unary(): return -n + ~n
def compare(): return 1 < n < 2
def multi():
    return (
        1 +
        n
    )
def unpack(): (x, y) = 1, 2, 3
def assertion(): assert a is n, "told you"
def star(): print(*n)
def delete(): del d["k"]
def aug():
    x = 1
    x += n
def wide(): return "日本語😀" + n
def strings(): return f"{n.x!r:>10}"
def raising(): raise ValueError("line one\nline two")
def importing(): import no_such_module.sub


for function in (binary, attribute, subscript, call, method, nested, unary, compare, multi, unpack, assertion, star, delete, aug, wide, strings, raising, importing):
    print("##", function.__name__)
    show(function)
