"""Data and non-data descriptors, __set_name__, __delete__, lookup order, property."""
class Data:
    def __set_name__(self, owner, name):
        print("set_name", owner.__name__, name)
        self.name = name

    def __get__(self, instance, owner=None):
        print("get", self.name, instance is not None, owner.__name__)
        return self if instance is None else instance.__dict__.get(self.name, "unset")

    def __set__(self, instance, value):
        print("set", self.name, value)
        instance.__dict__[self.name] = value

    def __delete__(self, instance):
        print("delete", self.name)
        del instance.__dict__[self.name]


class NonData:
    def __get__(self, instance, owner):
        return "non-data"


class C:
    data = Data()
    plain = NonData()

    def method(self): return self


c = C()
print(c.data)
c.data = 5
print(c.data, c.__dict__)
c.__dict__["data"] = "shadow?"
c.__dict__["plain"] = "shadows"
print(c.data, c.plain, C.plain, isinstance(C.data, Data))
del c.data
try:
    del c.data
except KeyError as exc:
    print("KeyError", exc)
print(C.method.__get__(c) == c.method, c.method.__func__ is C.method, c.method.__self__ is c, c.method() is c)


class P:
    def __init__(self): self._x = 1
    @property
    def x(self):
        "doc of x"
        return self._x
    @x.setter
    def x(self, value): self._x = value
    @x.deleter
    def x(self): del self._x
    @property
    def readonly(self): return 1
    @property
    def broken(self): return self.nothing
    nothing_get = property()
    @classmethod
    def cm(cls, *args): return cls.__name__, args
    @staticmethod
    def sm(*args): return args


p = P()
p.x += 10
print(p.x, P.x.__doc__, P.x.fget.__name__, P.cm(1), p.cm(2), P.sm(3), p.sm(4), P.__dict__["cm"].__func__.__name__)
del p.x
for bad in (lambda: p.x, lambda: setattr(p, "readonly", 2), lambda: delattr(p, "readonly"), lambda: p.broken, lambda: p.nothing_get, lambda: setattr(P(), "nothing_get", 1), lambda: P.x.nope, lambda: Data.__get__(), lambda: P.x.__set__(5)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
