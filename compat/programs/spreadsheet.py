"""A spreadsheet: formulas parsed with ast, dependencies, topological recalculation, cycles, CSV out."""
import ast
import csv
import graphlib
import operator
import re
import statistics
import sys


class FormulaError(Exception):
    code = "#ERROR"


class CycleError(FormulaError):
    code = "#CYCLE"


class ReferenceFault(FormulaError):
    code = "#REF"


def column_number(name):
    number = 0
    for char in name:
        number = number * 26 + ord(char) - ord("A") + 1
    return number


def column_name(number):
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def expand(first, last):
    (c1, r1), (c2, r2) = (re.fullmatch(r"([A-Z]+)(\d+)", x).groups() for x in (first, last))
    for row in range(int(r1), int(r2) + 1):
        for column in range(column_number(c1), column_number(c2) + 1):
            yield f"{column_name(column)}{row}"


class Formula:
    OPERATORS = {
        ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
        ast.Pow: operator.pow, ast.USub: operator.neg, ast.Lt: operator.lt, ast.Gt: operator.gt,
        ast.Eq: operator.eq, ast.GtE: operator.ge, ast.LtE: operator.le, ast.NotEq: operator.ne, ast.Mod: operator.mod,
    }
    FUNCTIONS = {
        "SUM": lambda *a: sum(x for x in a if isinstance(x, (int, float))), "MIN": min, "MAX": max,
        "AVERAGE": lambda *a: statistics.fmean(a), "IF": lambda c, a, b: a if c else b, "COUNT": lambda *a: len([x for x in a if x != ""]),
        "ROUND": round, "CONCAT": lambda *a: "".join(map(str, a)), "UPPER": str.upper, "LEN": len,
    }

    def __init__(self, text):
        self.text = text
        source = re.sub(r"([A-Z]+\d+):([A-Z]+\d+)", r"RANGE('\1', '\2')", text.removeprefix("=")).replace("^", "**")
        try:
            self.tree = ast.parse(source, mode="eval").body
        except SyntaxError as exc:
            raise FormulaError(f"{exc.msg} at {exc.offset}") from None

    def references(self):
        for node in ast.walk(self.tree):
            match node:
                case ast.Name(id=name) if re.fullmatch(r"[A-Z]+\d+", name):
                    yield name
                case ast.Call(func=ast.Name(id="RANGE"), args=[ast.Constant(a), ast.Constant(b)]):
                    yield from expand(a, b)

    def evaluate(self, lookup):
        return self._value(self.tree, lookup)

    def _value(self, node, lookup):
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(id=name):
                return lookup(name)
            case ast.BinOp(left, op, right):
                return self.OPERATORS[type(op)](self._value(left, lookup), self._value(right, lookup))
            case ast.UnaryOp(op, operand):
                return self.OPERATORS[type(op)](self._value(operand, lookup))
            case ast.Compare(left, [op], [right]):
                return self.OPERATORS[type(op)](self._value(left, lookup), self._value(right, lookup))
            case ast.Call(func=ast.Name(id=name), args=args):
                values = []
                for arg in args:
                    match arg:
                        case ast.Call(func=ast.Name(id="RANGE"), args=[ast.Constant(a), ast.Constant(b)]):
                            values.extend(map(lookup, expand(a, b)))
                        case _:
                            values.append(self._value(arg, lookup))
                if name not in self.FUNCTIONS:
                    raise ReferenceFault(f"no function {name}")
                return self.FUNCTIONS[name](*values)
        raise FormulaError(f"cannot evaluate {ast.unparse(node)}")


class Sheet:
    def __init__(self):
        self.cells, self.values, self.recalculated = {}, {}, 0

    def __setitem__(self, name, content):
        if isinstance(content, str) and content.startswith("="):
            try:
                content = Formula(content)
            except FormulaError as exc:
                content = exc
        self.cells[name] = content
        self.recalculate()

    def __getitem__(self, name):
        value = self.values.get(name, "")
        if isinstance(value, FormulaError):
            raise value
        return value

    def recalculate(self):
        graph = {n: set(c.references()) if isinstance(c, Formula) else set() for n, c in self.cells.items()}
        sorter = graphlib.TopologicalSorter(graph)
        try:
            order = list(sorter.static_order())
        except graphlib.CycleError as exc:
            cycle = exc.args[1]
            for name in cycle:
                self.values[name] = CycleError(" -> ".join(sorted(set(cycle))))
            order = []
        for name in order:
            content = self.cells.get(name, "")
            self.recalculated += 1
            if isinstance(content, Formula):
                try:
                    content = content.evaluate(self.__getitem__)
                except FormulaError as exc:
                    content = exc
                except Exception as exc:
                    content = FormulaError(f"{type(exc).__name__}: {exc}")
            self.values[name] = content

    def show(self, name):
        value = self.values.get(name, "")
        match value:
            case FormulaError():
                return f"{value.code} {value}"
            case float():
                return f"{value:.2f}"
        return str(value)

    def write(self, stream):
        columns = sorted({re.match("[A-Z]+", n)[0] for n in self.cells}, key=column_number)
        rows = sorted({int(re.search(r"\d+", n)[0]) for n in self.cells})
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["", *columns])
        for row in rows:
            writer.writerow([row, *(self.show(f"{c}{row}") for c in columns)])


sheet = Sheet()
for row, (item, price, count) in enumerate([("tea", 3.5, 4), ("rice, long", 1.25, 10), ('"salt"', 0.8, 2)], 1):
    sheet[f"A{row}"], sheet[f"B{row}"], sheet[f"C{row}"] = item, price, count
    sheet[f"D{row}"] = f"=B{row}*C{row}"
sheet["D4"] = "=SUM(D1:D3)"
sheet["C4"] = "=IF(D4>25, UPPER('dear'), 'cheap')"
sheet["B4"] = "=ROUND(AVERAGE(B1:B3), 3)"
sheet["A4"] = "=CONCAT(A1, '+', LEN(A2))"
sheet.write(sys.stdout)
sheet["C1"] = 9
print(sheet["D4"], sheet["C4"], sheet.recalculated)
for name, formula in {"E1": "=1/0", "E2": "=E1+1", "E3": "=E4", "E4": "=E3+1", "E5": "=SUM(", "E6": "=NOPE(1)", "E7": "=A1*B1", "E8": "=[1]", "E9": "=2^10%7", "E10": "=-B1<=C1"}.items():
    sheet[name] = formula
    print(name, formula, "->", sheet.show(name))
    if "CYCLE" in sheet.show(name):
        sheet["E3"] = 5
        print("repaired", sheet.show("E4"))
print([column_name(n) for n in (1, 26, 27, 52, 703)], [column_number(c) for c in ("A", "Z", "AA", "AAA")], list(expand("A1", "B2")))
sheet.write(sys.stdout)
