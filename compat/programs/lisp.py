"""A small Scheme: reader, macros, closures, tail calls, call/cc by exceptions, and a session of it."""
import operator
import sys
from functools import reduce


class Symbol(str):
    __slots__ = ()


class Environment(dict):
    def __init__(self, names=(), values=(), outer=None):
        super().__init__(zip(names, values))
        self.outer = outer

    def find(self, name):
        scope = self
        while scope is not None:
            if name in scope:
                return scope
            scope = scope.outer
        raise NameError(f"unbound variable: {name}")


class Procedure:
    def __init__(self, names, rest, body, scope):
        self.names, self.rest, self.body, self.scope = names, rest, body, scope

    def bind(self, args):
        if len(args) < len(self.names) or (self.rest is None and len(args) > len(self.names)):
            raise TypeError(f"expected {len(self.names)} arguments, got {len(args)}")
        scope = Environment(self.names, args, self.scope)
        if self.rest is not None:
            scope[self.rest] = list(args[len(self.names):])
        return scope

    def __call__(self, *args):
        return evaluate(self.body, self.bind(args))


class Throw(Exception):
    def __init__(self, tag, value):
        super().__init__(value)
        self.tag, self.value = tag, value


def tokens(text):
    for line in text.splitlines():
        line = line.partition(";")[0]
        yield from line.replace("(", " ( ").replace(")", " ) ").replace("'", " ' ").split()


def read(stream):
    token = next(stream, None)
    match token:
        case None:
            raise EOFError
        case "(":
            items = []
            while (item := read(stream)) is not END:
                items.append(item)
            return items
        case ")":
            return END
        case "'":
            return [Symbol("quote"), read(stream)]
        case "#t" | "#f":
            return token == "#t"
    for kind in int, float:
        try:
            return kind(token)
        except ValueError:
            pass
    return Symbol(token)


END = object()
MACROS = {}


def show(value):
    if isinstance(value, bool):
        return "#t" if value else "#f"
    if isinstance(value, list):
        return "(" + " ".join(map(show, value)) + ")"
    if isinstance(value, Procedure):
        return "#<procedure>"
    return str(value)


def callcc(function):
    tag = object()

    def escape(value):
        raise Throw(tag, value)

    try:
        return function(escape)
    except Throw as thrown:
        if thrown.tag is not tag:
            raise
        return thrown.value


def evaluate(x, scope):
    while True:
        match x:
            case Symbol():
                return scope.find(x)[x]
            case []:
                return []
            case ["quote", datum]:
                return datum
            case ["if", test, yes, *no]:
                x = yes if evaluate(test, scope) is not False else (no[0] if no else False)
            case ["define", [name, *names], *body]:
                scope[name] = make_procedure(names, body, scope)
                return None
            case ["define", name, value]:
                scope[name] = evaluate(value, scope)
                return None
            case ["set!", name, value]:
                scope.find(name)[name] = evaluate(value, scope)
                return None
            case ["lambda", names, *body]:
                return make_procedure(names, body, scope)
            case ["begin", *body, last]:
                for each in body:
                    evaluate(each, scope)
                x = last
            case ["let", bindings, *body]:
                names, values = zip(*bindings) if bindings else ((), ())
                scope = Environment(names, [evaluate(v, scope) for v in values], scope)
                x = [Symbol("begin"), *body]
            case ["define-macro", [name, *names], *body]:
                MACROS[name] = make_procedure(names, body, scope)
                return None
            case [Symbol() as head, *args] if head in MACROS:
                x = MACROS[head](*args)
            case [head, *args]:
                function = evaluate(head, scope)
                args = [evaluate(a, scope) for a in args]
                if not isinstance(function, Procedure):
                    return function(*args)
                x, scope = function.body, function.bind(args)
            case _:
                return x


def make_procedure(names, body, scope):
    rest = None
    if isinstance(names, Symbol):
        names, rest = [], names
    elif len(names) > 1 and names[-2] == ".":
        names, rest = names[:-2], names[-1]
    return Procedure(names, rest, [Symbol("begin"), *body], scope)


GLOBALS = Environment()
GLOBALS.update({
    "+": lambda *a: sum(a), "*": lambda *a: reduce(operator.mul, a, 1), "-": lambda a, *b: a - sum(b) if b else -a,
    "/": operator.truediv, "=": operator.eq, "<": operator.lt, ">": operator.gt, "eq?": operator.is_,
    "car": lambda p: p[0], "cdr": lambda p: p[1:], "cons": lambda a, b: [a, *b], "list": lambda *a: list(a),
    "null?": lambda p: p == [], "pair?": lambda p: isinstance(p, list) and p != [], "not": lambda v: v is False,
    "append": lambda *a: [x for part in a for x in part], "map": lambda f, *a: [f(*x) for x in zip(*a)],
    "apply": lambda f, a: f(*a), "call/cc": callcc, "remainder": operator.mod, "display": lambda v: print(show(v)),
    "length": len, "quotient": operator.floordiv,
})
SESSION = """
(define (fact n) (if (< n 2) 1 (* n (fact (- n 1)))))
(fact 30)
(define (loop n acc) (if (= n 0) acc (loop (- n 1) (+ acc n))))  ; a tail call: no recursion
(loop 20000 0)
(define (compose . fs) (if (null? fs) (lambda (x) x) (lambda (x) ((car fs) ((apply compose (cdr fs)) x)))))
((compose (lambda (x) (* x 2)) (lambda (x) (+ x 1))) 5)
(define (filter p xs) (if (null? xs) '() (if (p (car xs)) (cons (car xs) (filter p (cdr xs))) (filter p (cdr xs)))))
(define (range a b) (if (< a b) (cons a (range (+ a 1) b)) '()))
(define (sort xs) (if (null? xs) '() (let ((p (car xs)) (r (cdr xs))) (append (sort (filter (lambda (x) (< x p)) r)) (list p) (sort (filter (lambda (x) (not (< x p))) r))))))
(sort '(3 1 4 1 5 9 2 6 5 3 5))
(define-macro (unless test . body) (list 'if test #f (cons 'begin body)))
(unless #f 1 2 3)
(define (make-counter) (let ((n 0)) (lambda () (set! n (+ n 1)) n)))
(define c (make-counter))
(begin (c) (c) (c))
(call/cc (lambda (k) (map (lambda (x) (if (> x 2) (k x) x)) (range 0 10))))
(map (lambda (x y) (* x y)) '(1 2 3) '(4 5 6))
(filter (lambda (n) (null? (filter (lambda (d) (= 0 (remainder n d))) (range 2 n)))) (range 2 40))
(display '(nested (list of "things") 1.5 #t))
(undefined 1)
(fact 1 2)
(car '())
"""


def main():
    stream = tokens(SESSION)
    while True:
        try:
            expression = read(stream)
        except EOFError:
            return
        try:
            value = evaluate(expression, GLOBALS)
        except Exception as exc:
            print(f"error: {type(exc).__name__}: {exc}")
        else:
            if value is not None:
                print(f"{show(expression)[:50]} => {show(value)}")


main()
sys.exit(len(MACROS) - 1)
