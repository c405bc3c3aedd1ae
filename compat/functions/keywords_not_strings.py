"""Keywords that are no strings are refused before anything else about a call."""


def rest(**rest):
    return rest


def none():
    return "none"


def one(x=1, /):
    return x


def closed(*, key):
    return key


class Text(str):
    pass


class Odd:
    """A mapping that is no dict."""

    def keys(self):
        return [1]

    def __getitem__(self, key):
        return key


class Made:
    def __init__(self, x=1):
        self.x = x


callables = [rest, none, one, closed, Made, Made().__init__, lambda *args: args]
mappings = [{1: 2}, {None: 2, "x": 1}, {Text("x"): 1}, {"x": 1, 3: 3}, {"zz": 1, 4: 4}, Odd()]
for function in callables:
    for mapping in mappings:
        for args in ((), (1,), (1, 2, 3)):
            try:
                result = function(*args, **mapping)
                print(function.__name__, "gave", type(result).__name__)
            except TypeError as error:
                print(function.__name__, error)
