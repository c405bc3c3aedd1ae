"""match: every kind of pattern, guards, binding, class patterns and their errors."""
from dataclasses import dataclass
from enum import Enum


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int
    y: int = 0


class Manual:
    __match_args__ = ("a",)
    def __init__(self, a): self.a = a


def classify(value):
    match value:
        case 0 | 0.5: return "zero or half"
        case -1 | 1 + 2j: return "minus one or complex"
        case None: return "none"
        case True: return "true"
        case "text" | b"bytes": return "string"
        case Colour.RED: return "red"
        case []: return "empty"
        case [x]: return f"one {x}"
        case [1, *rest] if len(rest) > 3: return f"long {rest}"
        case [1, _, *_]: return "starts with 1"
        case [first, *middle, last]: return f"{first} {middle} {last}"
        case {"kind": "a", "value": v}: return f"a {v}"
        case {"kind": str(k), **rest}: return f"kind {k} {rest}"
        case {}: return "mapping"
        case Point(0, 0): return "origin"
        case Point(x=px, y=0): return f"on axis {px}"
        case Point(px, py) as p if px == py: return f"diagonal {p}"
        case Point(): return "point"
        case Manual(int(n) | str(n)): return f"manual {n}"
        case int(n) if n > 100: return f"big {n}"
        case int() | float(): return "number"
        case str(s): return f"str {s}"
        case (set() | frozenset()) as s: return f"set {len(s)}"
        case _: return "other"


for value in (0, 0.5, -1, 1 + 2j, None, True, False, "text", b"bytes", Colour.RED, Colour.BLUE, [], (5,), [1, 2, 3, 4, 5], (1, 2), [7, 8], range(3), "ab", {"kind": "a", "value": 1}, {"kind": "b", "z": 2}, {"other": 1}, {},
              Point(0), Point(3), Point(4, 4), Point(1, 2), Manual(5), Manual("s"), 500, 7, 2.5, {1, 2}, object, bytearray(b"x"), iter([])):
    print(type(value).__name__, "->", classify(value))


class TooMany: __match_args__ = ("a",)
class BadArgs: __match_args__ = ["a"]
class NotStr: __match_args__ = (5,)
class Twice: __match_args__ = ("a",); a = 1


def attempt(value):
    try:
        match value:
            case TooMany(1, 2): pass
            case BadArgs(1): pass
            case NotStr(1): pass
            case Twice(1, a=1): pass
            case int(1, 2): pass
    except TypeError as exc:
        print(exc)


for value in TooMany(), BadArgs(), NotStr(), Twice(), 5:
    attempt(value)
match Manual([1, {"k": (2, 3)}]):
    case Manual(a=[one, {"k": (two, three)}]):
        print(one, two, three)
match 1, 2:
    case a, b if (total := a + b) == 3:
        print(a, b, total)
