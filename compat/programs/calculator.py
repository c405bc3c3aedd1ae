"""A calculator: tokens, precedence climbing, variables, functions, and errors that point at the column."""


class CalcError(Exception):
    def __init__(self, message, column):
        super().__init__(message)
        self.column = column


class Token:
    __slots__ = ("kind", "text", "column")

    def __init__(self, kind, text, column):
        self.kind, self.text, self.column = kind, text, column

    def __repr__(self):
        return f"{self.kind}:{self.text}"


def tokens(source):
    i = 0
    while i < len(source):
        c = source[i]
        start = i
        if c.isspace():
            i += 1
        elif c.isdigit() or c == ".":
            while i < len(source) and (source[i].isdigit() or source[i] == "."):
                i += 1
            if source.count(".", start, i) > 1:
                raise CalcError(f"bad number {source[start:i]!r}", start)
            yield Token("num", source[start:i], start)
        elif c.isalpha() or c == "_":
            while i < len(source) and (source[i].isalnum() or source[i] == "_"):
                i += 1
            yield Token("name", source[start:i], start)
        elif source[i:i + 2] in ("**", "//"):
            i += 2
            yield Token("op", source[start:i], start)
        elif c in "+-*/%(),=":
            i += 1
            yield Token("op", c, start)
        else:
            raise CalcError(f"unexpected {c!r}", i)
    yield Token("end", "", len(source))


BINARY = {
    "+": (1, False, lambda a, b: a + b),
    "-": (1, False, lambda a, b: a - b),
    "*": (2, False, lambda a, b: a * b),
    "/": (2, False, lambda a, b: a / b),
    "//": (2, False, lambda a, b: a // b),
    "%": (2, False, lambda a, b: a % b),
    "**": (4, True, lambda a, b: a ** b),
}

FUNCTIONS = {"abs": abs, "max": max, "min": min, "round": round, "sum": lambda *a: sum(a)}


class Calculator:
    def __init__(self):
        self.variables = {"ans": 0}

    def run(self, source):
        self.stream = list(tokens(source))
        self.at = 0
        if len(self.stream) > 2 and self.stream[0].kind == "name" and self.stream[1].text == "=":
            name = self.stream[0].text
            self.at = 2
            value = self.finish()
            self.variables[name] = value
            return f"{name} = {value}"
        value = self.finish()
        self.variables["ans"] = value
        return str(value)

    @property
    def token(self):
        return self.stream[self.at]

    def finish(self):
        value = self.expression(0)
        if self.token.kind != "end":
            raise CalcError(f"did not expect {self.token.text!r}", self.token.column)
        return value

    def take(self, text):
        if self.token.text != text:
            found = self.token.text or "the end"
            raise CalcError(f"expected {text!r}, found {found!r}", self.token.column)
        self.at += 1

    def expression(self, least):
        left = self.unary()
        while (entry := BINARY.get(self.token.text)) and entry[0] >= least:
            operator = self.token
            power, right_first, action = entry
            self.at += 1
            right = self.expression(power if right_first else power + 1)
            try:
                left = action(left, right)
            except ZeroDivisionError as exc:
                raise CalcError(str(exc), operator.column) from exc
        return left

    def unary(self):
        if self.token.text in ("+", "-"):
            sign = self.token.text
            self.at += 1
            value = self.expression(3)
            return -value if sign == "-" else +value
        return self.atom()

    def atom(self):
        token = self.token
        self.at += 1
        match token.kind, token.text:
            case "num", text:
                return float(text) if "." in text else int(text)
            case "name", name if self.token.text == "(":
                return self.call(token)
            case "name", name:
                try:
                    return self.variables[name]
                except KeyError:
                    raise CalcError(f"unknown name {name}", token.column) from None
            case "op", "(":
                value = self.expression(0)
                self.take(")")
                return value
        raise CalcError("expected a value", token.column)

    def call(self, name):
        self.take("(")
        arguments = []
        while self.token.text != ")":
            arguments.append(self.expression(0))
            if self.token.text != ")":
                self.take(",")
        self.take(")")
        if name.text not in FUNCTIONS:
            raise CalcError(f"unknown function {name.text}", name.column)
        try:
            return FUNCTIONS[name.text](*arguments)
        except TypeError as exc:
            raise CalcError(f"{name.text}: {exc}", name.column) from exc


calculator = Calculator()
for line in ("1 + 2 * 3", "(1 + 2) * 3", "2 ** 3 ** 2", "-2 ** 2", "7 // 2 + 7 % 2", "x = 1.5 * 4",
             "x / 4 - ans", "max(1, x, 3) + min(4, 2)", "abs(-3) ** 0.5", "sum()", "sum(1, 2, 3)",
             "1 / 0", "2 +", "3 $ 4", "(1", "y + 1", "1.2.3", "f(2)", "abs(1, 2)", "1 2", "big = 2 ** 200",
             "big % 1000007", "round(10 / 4)", "round(2.675, 2)", ""):
    try:
        print(f"{line:<28}", calculator.run(line))
    except CalcError as exc:
        print(f"{line:<28}", "^".rjust(exc.column + 1, "."), exc, "|", type(exc.__cause__).__name__)
print(list(tokens("a+1")))
