"""Warnings on stderr, sys.excepthook, displayhook, unraisablehook, audit hooks, __build_class__, breakpoint."""
import builtins
import sys
import warnings


def old():
    warnings.warn("old is deprecated", DeprecationWarning, stacklevel=2)


print("start", flush=True)
old()
warnings.warn("plain")
warnings.warn("again"); warnings.warn("again")
warnings.warn_explicit("explicit", FutureWarning, "file.py", 5)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    compile("'\\d'; 1 is 1; (1)(2); assert (1, 2)", "<w>", "exec")
    eval("[] is ()")
for w in caught: print(w.category.__name__, w.message, w.lineno)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    for bad in (lambda: warnings.warn("x", UserWarning), lambda: compile("'\\d'", "<w>", "eval"), lambda: warnings.warn("x", int), lambda: warnings.warn(5), lambda: warnings.filterwarnings("nope")):
        try:
            print(bad())
        except Exception as exc:
            print(type(exc).__name__, exc)
sys.displayhook = lambda v: print("display", v)
exec(compile("1 + 1; 'x'; None", "<s>", "single"))
sys.displayhook = sys.__displayhook__
exec(compile("'shown'; None", "<s>", "single"))
print(builtins._)
audited = []
active = [True]
sys.addaudithook(lambda event, args: audited.append(event) if active[0] and event.startswith(("mine", "compile", "object.__getattr__")) else None)
sys.audit("mine.event", 1)
compile("1", "<a>", "eval")
active[0] = False
print(audited)
original = builtins.__build_class__


def building(function, name, *bases, **kw):
    print("building", name, bases, kw)
    return original(function, name, *bases, **kw)


builtins.__build_class__ = building
class Made(int, metaclass=type): pass
builtins.__build_class__ = original
sys.breakpointhook = lambda *a, **k: print("breakpoint", a, k)
breakpoint(1, x=2)


class Bad:
    def __del__(self): raise RuntimeError("in del")


sys.unraisablehook = lambda u: print("unraisable", u.exc_value, u.object)
Bad()
builtins.__import__, real = (lambda name, *a: print("importing", name) or real(name, *a)), builtins.__import__
import math
builtins.__import__ = real
sys.excepthook = lambda kind, value, tb: print("excepthook", kind.__name__, value, tb.tb_lineno > 0)
sys.stderr.flush()
raise LookupError("to the hook")
