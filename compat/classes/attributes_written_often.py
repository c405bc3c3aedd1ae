"""Class attributes that are written again and again: every reader sees each write at once."""


class Descriptor:
    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner):
        return f"get {self.name}"

    def __set__(self, instance, value):
        instance.__dict__["log"] = f"set {self.name} {value}"


class Base:
    counter = 0
    other = "o"

    def method(self):
        return "method"

    def __init__(self):
        Base.counter += 1
        self.number = Base.counter


class Derived(Base):
    pass


class Further(Derived):
    pass


def read(instance):
    return instance.counter


def read_class():
    return Derived.counter


def call(instance):
    return instance.method()


def store(instance, value):
    instance.counter = value


# Enough writes for any limit on versions, with reads of other names in between.
wrong = 0
for turn in range(1, 1500):
    made = Further()
    if not (made.number == Base.counter == read(made) == read_class() == turn):
        wrong += 1
    if call(made) != "method":
        wrong += 1
print("wrong:", wrong, Base.counter, Further.counter)

# Values that die with the write, and those that bind.
for turn in range(300):
    Base.counter = [turn] * 3
    assert read(made) == [turn] * 3 and read_class()[0] == turn
    Base.counter = None
    assert read(made) is None
Base.counter = Descriptor("counter")
print(read(made), read_class())
store(made, 5)
print(made.__dict__)
Base.counter = lambda self=None: "bound"
print(read(made)() if read(made).__self__ is made else "?", read_class()())
store(made, 6)
print(read(made), Base.counter())
del made.counter

# Overridden in the middle of the hierarchy, and uncovered again.
Base.counter = "base"
for turn in range(300):
    Derived.counter = turn
    assert read(made) == turn and Base.counter == "base"
    del Derived.counter
    assert read(made) == "base" == read_class()
print(read(made), read_class())

# Methods replaced again and again.
for turn in range(300):
    Base.method = lambda self, turn=turn: turn
    assert call(made) == turn
    Base.other = turn
    assert made.other == turn == Further.other
print(call(made), made.other)

# Another base.
class Other:
    counter = "other"

    def method(self):
        return "other method"


Derived.__bases__ = (Other,)
print(read(made), read_class(), call(made), hasattr(made, "other"))
Base.counter = "unseen"
Other.counter = "seen"
print(read(made), read_class())
del Other.counter
try:
    read(made)
except AttributeError as error:
    print(error)


# A metaclass' own attribute.
class Meta(type):
    level = 0


class Made(metaclass=Meta):
    pass


def level():
    return Made.level


for turn in range(400):
    Meta.level = turn
    assert level() == turn
Meta.level = property(lambda cls: cls.__name__)
print(level())
Meta.level = 1
print(level())


# `enumerate` and `zip`: a kept tuple never changes.
kept = list(enumerate("abc", 5)), list(zip("abc", range(3))), list(zip("ab", "cd", "ef"))
print(kept)
for pairs in enumerate("abc"), zip("abc", "def"), zip("abc", "def", "ghi"):
    first = next(pairs)
    second = next(pairs)
    print(first, second, first is second, hash(first) != hash(second))
    del second
    print(next(pairs), first, next(pairs, "end"))
try:
    for a, b in zip("abc", "ab", strict=True):
        print(a, b)
except ValueError as error:
    print(error)
try:
    list(zip("ab", "abc", strict=True))
except ValueError as error:
    print(error)


# Sets whose keys' hashes collide, change, or are those of equal keys of other types.
class Key:
    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return self.value

    def __eq__(self, other):
        return isinstance(other, Key) and self.value == other.value


key = Key(3)
keys = {key, 8, 16, 0, 3.0, "x"}
print(key in keys, 3 in keys, 24 in keys, Key(3) in keys, True in {1}, 1.0 in {1}, -1 in {-2})
key.value = 4
print(key in keys, Key(3) in keys)
