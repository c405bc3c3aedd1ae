"""Weak references: callbacks and their order, proxies, weak containers, finalize."""
import gc
import weakref


class Thing:
    def __init__(self, name): self.name = name
    def __repr__(self): return f"Thing({self.name})"
    def __len__(self): return 3
    def __call__(self, x): return self.name * x


t = Thing("t")
r1 = weakref.ref(t, lambda r: print("callback 1", r() is None))
r2 = weakref.ref(t, lambda r: print("callback 2", r is r2))
r3, r4 = weakref.ref(t), weakref.ref(t)
p = weakref.proxy(t, lambda r: print("proxy callback"))
print(r1() is t, r3 is r4, r1 is r2, r1 == r2, hash(r3) == hash(t), weakref.getweakrefcount(t), len(weakref.getweakrefs(t)))
print(p.name, len(p), p(2), repr(p) == repr(t), type(p).__name__, str(p))
p.name = "changed"
print(t.name)
del t
print(r1(), r3(), r1 == r2, hash(r3) is not None)
for bad in (lambda: p.name, lambda: len(p), lambda: weakref.ref(5), lambda: weakref.ref([]), lambda: weakref.proxy(""), lambda: hash(weakref.ref(Thing("x"))), lambda: weakref.ref(), lambda: hash(p)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
values = weakref.WeakValueDictionary()
keys = weakref.WeakKeyDictionary()
members = weakref.WeakSet()
a, b = Thing("a"), Thing("b")
values["a"], values["b"], keys[a], keys[b] = a, b, 1, 2
members.update((a, b))
print(len(values), len(keys), len(members))
del a
print(sorted(values), list(keys.values()), len(members))
f = weakref.finalize(b, print, "finalized", 1, k=2) if False else weakref.finalize(b, print, "finalized", 1)
print(f.alive, f.peek()[2])
del b
print(f.alive, len(values), len(keys), len(members))


class Resurrect:
    saved = []
    def __del__(self):
        print("del", len(self.saved))
        self.saved.append(self)


x = Resurrect()
w = weakref.ref(x)
del x
print(w() is Resurrect.saved[0], len(Resurrect.saved))
Resurrect.saved.clear()
print(len(Resurrect.saved))


class Method:
    def m(self): return "method"


o = Method()
wm = weakref.WeakMethod(o.m)
print(wm()(), weakref.ref(o.m)())
del o
print(wm())


def broken(r): raise ValueError("in callback")


import sys
sys.unraisablehook = lambda u: print("unraisable", type(u.exc_value).__name__, u.exc_value, (u.err_msg or "").partition(" <")[0])
y = Thing("y")
z = weakref.ref(y, broken)
del y
