"""__getattr__, __getattribute__, __setattr__, __delattr__, __dir__, module-level hooks and deletion."""
class Hooked:
    cls_attr = "class"

    def __init__(self): object.__setattr__(self, "log", [])

    def __getattribute__(self, name):
        if name != "log":
            object.__getattribute__(self, "log").append(name)
        return object.__getattribute__(self, name)

    def __getattr__(self, name):
        if name.startswith("magic"):
            return name.upper()
        raise AttributeError(f"no {name}")

    def __setattr__(self, name, value):
        print("set", name, type(value).__name__)
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        print("del", name)
        object.__delattr__(self, name)

    def __dir__(self): return ["z", "a"]


h = Hooked()
h.x = 1
print(h.x, h.magic_one, h.cls_attr, getattr(h, "nope", "default"), hasattr(h, "nada"), h.log, dir(h))
del h.x
for bad in (lambda: h.x, lambda: delattr(h, "x"), lambda: getattr(h, 5), lambda: setattr(h, 5, 1), lambda: getattr(), lambda: object().x, lambda: setattr(object(), "x", 1), lambda: (5).x, lambda: setattr(5, "real", 1), lambda: delattr(int, "real"), lambda: setattr(int, "x", 1), lambda: None.x, lambda: Hooked.zzz, lambda: delattr(Hooked, "zzz"), lambda: [].append.x, lambda: setattr(len, "x", 1), lambda: print.__name__.x):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
print(len(h), "never") if hasattr(h, "__len__") else print("no len")
h.__len__ = lambda: 5
try:
    len(h)
except TypeError as exc:
    print(exc)


class Raises:
    @property
    def p(self): raise AttributeError("inner")
    def __getattr__(self, name): return f"fallback {name}"


print(Raises().p, getattr(Raises(), "q"), vars(Raises()))


def function(): pass


function.attr = 1
print(function.attr, function.__dict__, function.__name__, function.__qualname__)
function.__name__ = "renamed"
print(function.__name__, repr(function)[:18])
for bad in (lambda: setattr(function, "__name__", 5), lambda: setattr(function, "__code__", 5), lambda: setattr(function, "__defaults__", 5), lambda: setattr(function, "__dict__", 5), lambda: delattr(function, "__name__"), lambda: setattr(function, "__closure__", None)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
