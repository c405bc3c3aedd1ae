"""A small imperative language: tokens by regular expression, a parser, byte code, and a virtual machine."""
import re
from dataclasses import dataclass, field
from enum import IntEnum, auto

TOKEN = re.compile(r"""
    (?P<number>\d+) | (?P<string>"[^"\n]*") | (?P<name>[A-Za-z_]\w*)
  | (?P<op>==|!=|<=|>=|[-+*/%<>=(){},;!]) | (?P<space>\s+|\#[^\n]*) | (?P<bad>.)
""", re.X)
KEYWORDS = {"let", "fn", "if", "else", "while", "return", "print", "and", "or"}


class LanguageError(Exception):
    pass


def tokenize(source):
    line = 1
    for match in TOKEN.finditer(source):
        kind, text = match.lastgroup, match.group()
        if kind == "bad":
            raise LanguageError(f"line {line}: unexpected {text!r}")
        if kind != "space":
            yield ("keyword" if text in KEYWORDS else kind), text, line
        line += text.count("\n")
    yield "end", "", line


class Op(IntEnum):
    CONST = auto()
    LOAD = auto()
    STORE = auto()
    BINARY = auto()
    NOT = auto()
    JUMP = auto()
    JUMP_FALSE = auto()
    CALL = auto()
    RETURN = auto()
    PRINT = auto()
    POP = auto()
    DUP = auto()


@dataclass
class Function:
    name: str
    parameters: list = field(default_factory=list)
    code: list = field(default_factory=list)

    def emit(self, op, argument=None):
        self.code.append([op, argument])
        return len(self.code) - 1

    def patch(self, at):
        self.code[at][1] = len(self.code)

    def listing(self):
        for at, (op, argument) in enumerate(self.code):
            yield f"{at:3} {op.name:<10} {'' if argument is None else argument}".rstrip()


LEVELS = [["or"], ["and"], ["==", "!="], ["<", ">", "<=", ">="], ["+", "-"], ["*", "/", "%"]]


class Compiler:
    def __init__(self, source):
        self.tokens, self.at = list(tokenize(source)), 0
        self.functions = {}
        self.target = Function("main")

    def peek(self, *texts):
        kind, text, _ = self.tokens[self.at]
        return text in texts and kind != "string"

    def accept(self, *texts):
        if self.peek(*texts):
            self.at += 1
            return self.tokens[self.at - 1][1]

    def expect(self, text):
        if not self.accept(text):
            _, found, line = self.tokens[self.at]
            raise LanguageError(f"line {line}: expected {text!r}, found {found or 'the end'!r}")

    def name(self):
        kind, text, line = self.tokens[self.at]
        if kind != "name":
            raise LanguageError(f"line {line}: expected a name, found {text!r}")
        self.at += 1
        return text

    def program(self):
        while self.tokens[self.at][0] != "end":
            self.statement()
        self.target.emit(Op.CONST, None)
        self.target.emit(Op.RETURN)
        self.functions["main"] = self.target
        return self.functions

    def block(self):
        self.expect("{")
        while not self.accept("}"):
            self.statement()

    def statement(self):
        emit = self.target.emit
        if self.accept("let"):
            name = self.name()
            self.expect("=")
            self.expression()
            emit(Op.STORE, name)
        elif self.accept("fn"):
            return self.function()
        elif self.accept("if"):
            return self.condition()
        elif self.accept("while"):
            start = len(self.target.code)
            self.expression()
            out = emit(Op.JUMP_FALSE)
            self.block()
            emit(Op.JUMP, start)
            return self.target.patch(out)
        elif self.accept("return"):
            self.expression()
            emit(Op.RETURN)
        elif self.accept("print"):
            self.expression()
            emit(Op.PRINT)
        else:
            self.expression()
            emit(Op.POP)
        self.expect(";")

    def function(self):
        name = self.name()
        outer, self.target = self.target, Function(name)
        self.expect("(")
        while not self.accept(")"):
            self.target.parameters.append(self.name())
            self.accept(",")
        self.block()
        self.target.emit(Op.CONST, None)
        self.target.emit(Op.RETURN)
        self.functions[name] = self.target
        self.target = outer

    def condition(self):
        self.expression()
        skip = self.target.emit(Op.JUMP_FALSE)
        self.block()
        if self.accept("else"):
            out = self.target.emit(Op.JUMP)
            self.target.patch(skip)
            self.condition() if self.accept("if") else self.block()
            skip = out
        self.target.patch(skip)

    def expression(self, level=0):
        if level == len(LEVELS):
            return self.unary()
        self.expression(level + 1)
        while op := self.accept(*LEVELS[level]):
            if op in ("and", "or"):
                self.target.emit(Op.DUP)
                if op == "or":
                    self.target.emit(Op.NOT)
                out = self.target.emit(Op.JUMP_FALSE)
                self.target.emit(Op.POP)
                self.expression(level + 1)
                self.target.patch(out)
            else:
                self.expression(level + 1)
                self.target.emit(Op.BINARY, op)

    def unary(self):
        if self.accept("-"):
            self.target.emit(Op.CONST, 0)
            self.unary()
            return self.target.emit(Op.BINARY, "-")
        if self.accept("!"):
            self.unary()
            return self.target.emit(Op.NOT)
        kind, text, line = self.tokens[self.at]
        if self.accept("("):
            self.expression()
            return self.expect(")")
        self.at += 1
        if kind == "number":
            self.target.emit(Op.CONST, int(text))
        elif kind == "string":
            self.target.emit(Op.CONST, text[1:-1])
        elif kind == "name" and self.accept("("):
            count = 0
            while not self.accept(")"):
                self.expression()
                count += 1
                self.accept(",")
            self.target.emit(Op.CALL, (text, count))
        elif kind == "name":
            self.target.emit(Op.LOAD, text)
        else:
            raise LanguageError(f"line {line}: unexpected {text or 'end'!r}")


BINARY = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a // b,
          "%": lambda a, b: a % b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
          ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}


def run(functions, limit=100_000):
    frames = [[functions["main"], 0, {}]]
    stack, executed = [], 0
    while frames:
        frame = frames[-1]
        op, argument = frame[0].code[frame[1]]
        frame[1] += 1
        executed += 1
        if executed > limit:
            raise LanguageError("too long")
        match op:
            case Op.CONST: stack.append(argument)
            case Op.LOAD:
                scope = next((s for s in (frame[2], frames[0][2]) if argument in s), None)
                if scope is None:
                    raise LanguageError(f"{frame[0].name}: {argument} is not set")
                stack.append(scope[argument])
            case Op.STORE: frame[2][argument] = stack.pop()
            case Op.BINARY:
                right, left = stack.pop(), stack.pop()
                try:
                    stack.append(BINARY[argument](left, right))
                except (TypeError, ZeroDivisionError) as exc:
                    raise LanguageError(f"{frame[0].name}: {exc}") from exc
            case Op.NOT: stack.append(not stack.pop())
            case Op.JUMP: frame[1] = argument
            case Op.JUMP_FALSE:
                if not stack.pop():
                    frame[1] = argument
            case Op.CALL:
                name, count = argument
                callee = functions.get(name)
                if callee is None or len(callee.parameters) != count:
                    raise LanguageError(f"{frame[0].name}: cannot call {name} with {count}")
                values = stack[len(stack) - count:]
                del stack[len(stack) - count:]
                frames.append([callee, 0, dict(zip(callee.parameters, values))])
            case Op.RETURN: frames.pop()
            case Op.PRINT: print("  >", stack.pop())
            case Op.POP: stack.pop()
            case Op.DUP: stack.append(stack[-1])
    return executed


PROGRAMS = {
    "fibonacci": "fn fib(n) { if n < 2 { return n; } return fib(n - 1) + fib(n - 2); } print fib(12);",
    "primes": """
        let n = 2; let found = 0;
        while found < 8 {   # trial division
            let d = 2; let prime = 1;
            while d * d <= n and prime { if n % d == 0 { let prime = 0; } let d = d + 1; }
            if prime { print n; let found = found + 1; }
            let n = n + 1;
        }""",
    "words": 'let s = "ab"; let i = 0; while i < 3 { let s = s + s; let i = i + 1; } print s; print s == "x" or "no";',
    "branches": "fn sign(n) { if n < 0 { return -1; } else if n == 0 { return 0; } else { return 1; } }"
                "print sign(-5) * 100 + sign(0) * 10 + sign(7); print !sign(0) and sign(3);",
    "syntax": "let x = ;", "brace": "if 1 { print 2;", "character": "let a = 1;\nlet b = $;", "unset": "print y;",
    "types": 'fn f(a) { return a - "x"; } print f(1);', "zero": "print 1 / 0;", "arity": "fn f(a) { } f();",
    "endless": "while 1 { }",
}
for name, source in PROGRAMS.items():
    print(name)
    try:
        functions = Compiler(source).program()
        print("  executed", run(functions))
    except LanguageError as exc:
        print("  error:", exc, "|", repr(exc.__cause__))
print(*Compiler(PROGRAMS["branches"]).program()["sign"].listing(), sep="\n")
print(Function("f", ["a"]), Op.CALL, repr(Op.NOT), Op(3).name)
