"""Matrices of exact fractions: arithmetic, determinant, inverse, linear systems, powers, printing."""
from fractions import Fraction


class Matrix:
    def __init__(self, rows):
        self.rows = [[Fraction(x) for x in row] for row in rows]
        if len({len(row) for row in self.rows}) > 1:
            raise ValueError("rows of different lengths")

    @classmethod
    def identity(cls, n):
        return cls([[int(i == j) for j in range(n)] for i in range(n)])

    @classmethod
    def from_function(cls, n, m, function):
        return cls([[function(i, j) for j in range(m)] for i in range(n)])

    @property
    def shape(self):
        return len(self.rows), len(self.rows[0]) if self.rows else 0

    @property
    def T(self):
        return Matrix(list(zip(*self.rows)))

    def __getitem__(self, key):
        match key:
            case int(i), int(j):
                return self.rows[i][j]
            case int(i), slice() as s:
                return self.rows[i][s]
            case slice() as s, int(j):
                return [row[j] for row in self.rows[s]]
            case slice() as s, slice() as t:
                return Matrix([row[t] for row in self.rows[s]])
        raise TypeError(f"cannot index by {type(key).__name__}")

    def __setitem__(self, key, value):
        i, j = key
        self.rows[i][j] = Fraction(value)

    def _same(self, other):
        if not isinstance(other, Matrix):
            return NotImplemented
        if self.shape != other.shape:
            raise ValueError(f"shapes {self.shape} and {other.shape}")
        return other

    def __eq__(self, other):
        return isinstance(other, Matrix) and self.rows == other.rows

    __hash__ = None

    def __add__(self, other):
        if self._same(other) is NotImplemented:
            return NotImplemented
        return Matrix([[a + b for a, b in zip(r, s)] for r, s in zip(self.rows, other.rows)])

    def __sub__(self, other):
        return self + -1 * other

    def __mul__(self, factor):
        if isinstance(factor, (int, Fraction)):
            return Matrix([[factor * x for x in row] for row in self.rows])
        return NotImplemented

    __rmul__ = __mul__

    def __neg__(self):
        return -1 * self

    def __matmul__(self, other):
        if self.shape[1] != other.shape[0]:
            raise ValueError(f"cannot multiply {self.shape} by {other.shape}")
        columns = list(zip(*other.rows))
        return Matrix([[sum(a * b for a, b in zip(row, column)) for column in columns] for row in self.rows])

    def __pow__(self, exponent):
        if exponent < 0:
            return self.inverse() ** -exponent
        result, base = Matrix.identity(self.shape[0]), self
        while exponent:
            if exponent & 1:
                result = result @ base
            base = base @ base
            exponent >>= 1
        return result

    def eliminated(self, right):
        """Reduced row echelon form of both, and the determinant."""
        a = [list(row) for row in self.rows]
        b = [list(row) for row in right.rows]
        n, determinant = len(a), Fraction(1)
        for column in range(n):
            pivot = next((r for r in range(column, n) if a[r][column]), None)
            if pivot is None:
                return None, Fraction(0)
            if pivot != column:
                a[column], a[pivot] = a[pivot], a[column]
                b[column], b[pivot] = b[pivot], b[column]
                determinant = -determinant
            factor = a[column][column]
            determinant *= factor
            a[column] = [x / factor for x in a[column]]
            b[column] = [x / factor for x in b[column]]
            for row in range(n):
                if row != column and (factor := a[row][column]):
                    a[row] = [x - factor * y for x, y in zip(a[row], a[column])]
                    b[row] = [x - factor * y for x, y in zip(b[row], b[column])]
        return Matrix(b), determinant

    def determinant(self):
        return self.eliminated(Matrix.identity(self.shape[0]))[1]

    def inverse(self):
        result, _ = self.eliminated(Matrix.identity(self.shape[0]))
        if result is None:
            raise ZeroDivisionError("matrix is singular")
        return result

    def solve(self, *right):
        return [row[0] for row in self.eliminated(Matrix([[x] for x in right]))[0].rows]

    def __str__(self):
        cells = [[str(x) for x in row] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(*cells)]
        return "\n".join("[" + "  ".join(c.rjust(w) for c, w in zip(row, widths)) + "]" for row in cells)

    def __repr__(self):
        return f"Matrix({self.shape[0]}x{self.shape[1]})"


m = Matrix([[2, 1, -1], [-3, -1, 2], [-2, 1, 2]])
print(m, m.determinant(), m.shape, repr(m), sep="\n")
print(m.solve(8, -11, -3))
print(m.inverse())
print(m @ m.inverse() == Matrix.identity(3), m ** -2 == (m @ m).inverse(), m ** 0 == Matrix.identity(3))
hilbert = Matrix.from_function(5, 5, lambda i, j: Fraction(1, i + j + 1))
print(hilbert, hilbert.determinant(), hilbert.inverse(), sep="\n")
fibonacci = Matrix([[1, 1], [1, 0]])
print([(fibonacci ** n)[0, 1] for n in (1, 2, 10, 90)], (fibonacci ** 300)[0, 1])
print(m[0, 1], m[:, 1], m[1, :2], m[:2, 1:], m.T[0, :], sep=" | ")
m[0, 0] = "3/7"
print(m + m - 2 * m == Matrix([[0] * 3] * 3), -m, m * Fraction(7, 2), sep="\n")
for bad in (lambda: m @ fibonacci, lambda: m + fibonacci, lambda: m + 1, lambda: m * 1.5, lambda: m["a"],
            lambda: Matrix([[1], [1, 2]]), lambda: Matrix([[1, 2], [2, 4]]).inverse(), lambda: hash(m)):
    try:
        print(bad())
    except (TypeError, ValueError, ZeroDivisionError) as exc:
        print(f"{type(exc).__name__}: {exc}")
