"""A parser of arithmetic in plain Python: tokens, precedence climbing, evaluation."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


class Token:
    __slots__ = ("kind", "text")

    def __init__(self, kind, text):
        self.kind = kind
        self.text = text


def tokens(source):
    i, n = 0, len(source)
    while i < n:
        char = source[i]
        if char == " ":
            i += 1
        elif char.isdigit():
            start = i
            while i < n and (source[i].isdigit() or source[i] == "."):
                i += 1
            yield Token("number", source[start:i])
        elif char.isalpha():
            start = i
            while i < n and source[i].isalnum():
                i += 1
            yield Token("name", source[start:i])
        else:
            yield Token("operator", char)
            i += 1
    yield Token("end", "")


class Parser:
    BINDING = {"+": 10, "-": 10, "*": 20, "/": 20, "%": 20, "^": 30}

    def __init__(self, source):
        self.tokens = tokens(source)
        self.current = next(self.tokens)

    def advance(self):
        token = self.current
        if token.kind != "end":
            self.current = next(self.tokens)
        return token

    def expect(self, text):
        if self.current.text != text:
            raise SyntaxError(f"expected {text!r}, got {self.current.text!r}")
        self.advance()

    def expression(self, minimum=0):
        left = self.prefix()
        while (power := self.BINDING.get(self.current.text, -1)) > minimum:
            operator = self.advance().text
            right = self.expression(power - 1 if operator == "^" else power)
            left = (operator, left, right)
        return left

    def prefix(self):
        token = self.advance()
        if token.kind == "number":
            return ("number", float(token.text))
        if token.kind == "name":
            if self.current.text == "(":
                self.advance()
                argument = self.expression()
                self.expect(")")
                return ("call", token.text, argument)
            return ("name", token.text)
        if token.text == "-":
            return ("negate", self.expression(25))
        if token.text == "(":
            inner = self.expression()
            self.expect(")")
            return inner
        raise SyntaxError(token.text)


def evaluate(node, names):
    match node:
        case ("number", value):
            return value
        case ("name", name):
            return names[name]
        case ("negate", inner):
            return -evaluate(inner, names)
        case ("call", "half", argument):
            return evaluate(argument, names) / 2
        case (operator, left, right):
            a, b = evaluate(left, names), evaluate(right, names)
            if operator == "+":
                return a + b
            if operator == "-":
                return a - b
            if operator == "*":
                return a * b
            if operator == "/":
                return a / b
            if operator == "%":
                return a % b
            return a**b


SOURCES = [
    "1 + 2 * 3 - x / 4",
    "(x + 1) * (y - 2) % 7 + half(10 * y)",
    "-x ^ 2 + 3.5 * (2 - -y) / (1 + x * x)",
    "half(half(x) + y * 2) - (((1 + 2) * 3) + 4) * 5",
]


def main(rounds):
    total = 0.0
    for i in range(rounds):
        names = {"x": i % 17 + 1, "y": i % 5}
        for source in SOURCES:
            total += evaluate(Parser(source).expression(), names)
    return f"{total:.6f}"


print(main(320 * SHARE))
