"""'Did you mean' in NameError, AttributeError and ImportError, and where there is none."""
import sys
import traceback


class Shape:
    colour = 1
    __slots__ = ("width", "height")

    def area(self):
        return self.colour

    def uses_self(self):
        return area()


def last_line(function):
    try:
        function()
    except Exception as exc:
        print(traceback.format_exception_only(exc)[-1].rstrip())


def local_name():
    counter = 1
    return countr


def from_builtins(): return pritn("x")
def from_module(): return trackback.print_exc
def attribute(): return Shape().aera
def slot(): return Shape().widht
def method_of_builtin(): return [].apend(1)
def module_attribute(): return sys.exc_inf
def self_method(): return Shape().uses_self()
def nothing_close(): return Shape().zzzzzz
def import_from(): from collections import defaultdit
def import_missing(): import colections
def stdlib_not_imported(): return json.dumps
def keyword(): return int(bas=3)
def user_keyword(): return local_name(contr=1)
def unbound():
    if False:
        value = 1
    return value
def free():
    def inner(): return cell
    if False:
        cell = 1
    return inner()


for function in (local_name, from_builtins, from_module, attribute, slot, method_of_builtin, module_attribute, self_method,
                 nothing_close, import_from, import_missing, stdlib_not_imported, keyword, user_keyword, unbound, free):
    last_line(function)
