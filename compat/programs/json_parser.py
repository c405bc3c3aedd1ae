"""A JSON parser and printer by hand, compared with the library's: values, errors, round trips."""
import json

ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
NUMBER = set("0123456789+-.eE")


class JsonError(ValueError):
    def __init__(self, message, text, at):
        line = text.count("\n", 0, at) + 1
        column = at - text.rfind("\n", 0, at)
        super().__init__(f"{message}: line {line} column {column} (char {at})")


class Parser:
    def __init__(self, text):
        self.text, self.at = text, 0

    def fail(self, message, at=None):
        raise JsonError(message, self.text, self.at if at is None else at)

    def blank(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1

    def peek(self):
        return self.text[self.at:self.at + 1]

    def whole(self):
        self.blank()
        value = self.value()
        self.blank()
        if self.at != len(self.text):
            self.fail("Extra data")
        return value

    def value(self):
        match self.peek():
            case "{":
                return dict(self.sequence("}", self.pair))
            case "[":
                return list(self.sequence("]", self.value))
            case '"':
                return self.string()
            case c if c and (c in "-0123456789"):
                return self.number()
        for word, value in ("true", True), ("false", False), ("null", None):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        self.fail("Expecting value")

    def sequence(self, close, item):
        self.at += 1
        self.blank()
        if self.peek() == close:
            self.at += 1
            return
        while True:
            self.blank()
            yield item()
            self.blank()
            c = self.peek()
            if c == close:
                self.at += 1
                return
            if c != ",":
                self.fail("Expecting ',' delimiter")
            self.at += 1

    def pair(self):
        if self.peek() != '"':
            self.fail("Expecting property name enclosed in double quotes")
        key = self.string()
        self.blank()
        if self.peek() != ":":
            self.fail("Expecting ':' delimiter")
        self.at += 1
        self.blank()
        return key, self.value()

    def string(self):
        start, parts = self.at, []
        self.at += 1
        while True:
            c = self.peek()
            if not c:
                self.fail("Unterminated string starting at", start)
            self.at += 1
            if c == '"':
                return "".join(parts)
            if c < " ":
                self.fail("Invalid control character at", self.at - 1)
            if c == "\\":
                c = self.escape()
            parts.append(c)

    def escape(self):
        c = self.peek()
        self.at += 1
        if c != "u":
            try:
                return ESCAPES[c]
            except KeyError:
                self.fail("Invalid \\escape", self.at - 2)
        unit = self.unit()
        if 0xD800 <= unit < 0xDC00 and self.text.startswith("\\u", self.at):
            saved = self.at
            self.at += 2
            low = self.unit()
            if 0xDC00 <= low < 0xE000:
                return chr(0x10000 + (unit - 0xD800 << 10) + low - 0xDC00)
            self.at = saved
        return chr(unit)

    def unit(self):
        digits = self.text[self.at:self.at + 4]
        if len(digits) < 4 or not all(d in "0123456789abcdefABCDEF" for d in digits):
            self.fail("Invalid \\uXXXX escape")
        self.at += 4
        return int(digits, 16)

    def number(self):
        start = self.at
        while self.peek() in NUMBER:
            self.at += 1
        text = self.text[start:self.at]
        digits = text.removeprefix("-")
        if not digits or (digits[0] == "0" and digits[1:2].isdigit()):
            self.fail("Expecting value", start)
        try:
            return float(text) if set(text) & set(".eE") else int(text)
        except ValueError:
            self.fail("Bad number", start)


def dump(value, indent=0):
    inner = "  " * (indent + 1)
    match value:
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
        case str():
            return '"' + "".join(quoted(c) for c in value) + '"'
        case int() | float():
            return repr(value)
        case {} if not value:
            return "{}"
        case dict():
            rows = (f"{inner}{dump(k)}: {dump(v, indent + 1)}" for k, v in value.items())
            return "{\n" + ",\n".join(rows) + "\n" + "  " * indent + "}"
        case [] | ():
            return "[]"
        case list() | tuple():
            return "[\n" + ",\n".join(inner + dump(v, indent + 1) for v in value) + "\n" + "  " * indent + "]"
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def quoted(c):
    short = {v: "\\" + k for k, v in ESCAPES.items() if k != "/"}
    if c in short:
        return short[c]
    if " " <= c < "\x7f":
        return c
    code = ord(c)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 | code >> 10:04x}\\u{0xDC00 | code & 0x3FF:04x}"


DOCUMENT = r'''
{"name": "caf\u00e9 \ud83d\ude00", "list": [1, -2, 3.5e3, 1E-2, 0, -0.0, 12345678901234567890],
 "nested": {"a": [], "b": {}, "c": [[["deep"]]]}, "words": [true, false, null],
 "esc": "\"\\\/\b\f\n\r\t", "lone": "\udc00x"}
'''
mine = Parser(DOCUMENT).whole()
print(mine == json.loads(DOCUMENT), list(mine))
print(dump(mine) == json.dumps(mine, indent=2), len(dump(mine)))
print(dump({"a": (1, [2, {}]), "b": "\x00\x7fé"}))
for text in ("", "[1,]", "[1 2]", '{"a" 1}', "{a: 1}", '"abc', '"\\x"', '"\\u12g4"', "01", "-", "nul", "[1]x",
             '"tab\there"', '{"a": [1, {"b": tru}]}', "\n\n  [1,\n 2,,]"):
    try:
        result = Parser(text).whole()
    except JsonError as exc:
        result = exc
    try:
        reference = json.loads(text)
    except json.JSONDecodeError as exc:
        reference = exc
    print(f"{text!r:<26}", result, "|", reference)
try:
    dump({"x": [1, {2}]})
except TypeError as exc:
    print(exc)
