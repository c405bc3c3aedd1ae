"""What CPython's tests look at inside the interpreter, through _testinternalcapi."""

import sys

import _testinternalcapi as internals


def constants():
    for name in ("SIZEOF_PYGC_HEAD", "SIZEOF_MANAGED_PRE_HEADER", "SIZEOF_PYOBJECT", "SIZEOF_TIME_T",
                 "TIER2_THRESHOLD", "SPECIALIZATION_THRESHOLD", "SPECIALIZATION_COOLDOWN",
                 "SHARED_KEYS_MAX_SIZE"):
        print(name, getattr(internals, name))


def attributes():
    class Point:
        def __init__(self, x, y):
            self.x = x
            self.y = y

    class Slotted:
        __slots__ = ("x",)

    point = Point(1, "two")
    print(internals.has_inline_values(point), internals.get_object_dict_values(point))
    del point.x
    print(internals.has_inline_values(point), point.__dict__)
    print(internals.has_inline_values(Slotted()), internals.has_inline_values(7))
    print(internals.has_split_table(Point(3, 4).__dict__), internals.has_split_table({"a": 1}))
    print(internals.has_split_table([]))


def frames():
    def two(a, b):
        c = a + b
        return c

    print(internals.get_co_framesize(two.__code__) - two.__code__.co_nlocals - two.__code__.co_stacksize)
    frame = sys._getframe()
    print(internals.iframe_getcode(frame) is frame.f_code)
    print(internals.iframe_getline(frame) - frame.f_lineno)
    print(type(internals.iframe_getlasti(frame)).__name__)
    for wrong in (internals.get_co_framesize, internals.iframe_getcode, internals.iframe_getline):
        try:
            wrong(1)
        except TypeError as e:
            print(e)


def errors():
    for key in ("plain", ("a", "tuple"), ValueError("error")):
        try:
            internals._pyerr_setkeyerror(key)
        except KeyError as e:
            print(repr(e), e.args[0] is key)
    table = {"key": "value"}
    print(internals.dict_getitem_knownhash(table, "key", hash("key")))
    for call in (lambda: internals.dict_getitem_knownhash(table, "none", hash("none")),
                 lambda: internals.dict_getitem_knownhash([], 1, hash(1))):
        try:
            call()
        except (KeyError, SystemError) as e:
            print(type(e).__name__)


def memory():
    print(internals.is_static_immortal(int), internals.is_static_immortal(object()))
    print(internals.get_tracked_heap_size() > 0)
    print(type(internals.get_next_dict_keys_version()).__name__)
    print(internals.get_stack_margin() > 0, internals.get_stack_pointer() > 0)

    def deeper(n):
        return internals.get_recursion_depth() if n == 0 else deeper(n - 1)

    print(deeper(10) - deeper(3))


constants()
attributes()
frames()
errors()
memory()
