"""Metaclasses: __prepare__, __new__, __init__, __call__, conflicts, __init_subclass__, keywords."""
class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        print("prepare", name, [b.__name__ for b in bases], kw)
        return {"prepared": True}

    def __new__(mcs, name, bases, ns, **kw):
        print("new", name, sorted(k for k in ns if not k.startswith("__")))
        return super().__new__(mcs, name, bases, dict(ns))

    def __init__(cls, name, bases, ns, **kw):
        print("init", name, kw)
        super().__init__(name, bases, ns)

    def __call__(cls, *args):
        print("call", cls.__name__, args)
        return super().__call__(*args)

    def __instancecheck__(cls, obj): return obj == "special" or super().__instancecheck__(obj)
    def __contains__(cls, item): return item == 42
    def __getattr__(cls, name): return f"meta {name}"
    def __len__(cls): return 7
    def __repr__(cls): return f"<Meta {cls.__name__}>"


class A(metaclass=Meta, option=1):
    x = 1
    def __init__(self, *args): print("A init", args)


class B(A, flag=True):
    pass


print(B(1, 2).prepared, type(B), B, isinstance("special", B), isinstance("no", B), 42 in B, len(A), A.unknown)


class Base:
    registry = []

    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry.append((cls.__name__, tag))


class One(Base, tag="1"): pass
class Two(One): pass


print(Base.registry)


class M1(type): pass
class M2(type): pass
class X1(metaclass=M1): pass
class X2(metaclass=M2): pass


for bad in (lambda: type("X", (X1, X2), {}), lambda: type("X", (5,), {}), lambda: type("X", (bool,), {}), lambda: type("X", (int, str), {}), lambda: type("X", (A, A), {}),
            lambda: type("X", (object, A), {}), lambda: type("X"[0:0], (), {}), lambda: type(1, (), {}), lambda: type("X", (), {}, bad=1), lambda: type("X", (), 5), lambda: type(), lambda: type("X", (Base,), {"__slots__": ("a", "a b")}), lambda: type("a\0b", (), {})):
    try:
        print(repr(bad()))
    except Exception as exc:
        print(type(exc).__name__, exc)
T = type("T", (Base,), {"v": 5, "get": lambda self: self.v}, tag="dynamic")
print(T().get(), T.__module__, T.__qualname__, Base.registry[-1], type.__call__(T).v, T.__mro__)


def factory(name, bases, ns): return (name, bases, sorted(k for k in ns if k[0] != "_"))


class NotAClass(metaclass=factory):
    attr = 1


print(NotAClass)


class Proxy:
    def __mro_entries__(self, bases): return (Base,)


class Through(Proxy()): pass


print(Through.__bases__, Through.__orig_bases__[0].__class__.__name__)
