"""A Sudoku solver by constraint propagation and search, checking itself, with puzzles of every kind."""
import functools
import itertools
from collections.abc import Iterable, Mapping

DIGITS = ROWS_DIGITS = "123456789"
ROWS = "ABCDEFGHI"


def cross(a: Iterable[str], b: Iterable[str]) -> list[str]:
    return [x + y for x in a for y in b]


SQUARES = cross(ROWS, DIGITS)
UNIT_LIST = (
    [cross(ROWS, c) for c in DIGITS]
    + [cross(r, DIGITS) for r in ROWS]
    + [cross(rs, cs) for rs in ("ABC", "DEF", "GHI") for cs in ("123", "456", "789")]
)
UNITS = {s: [u for u in UNIT_LIST if s in u] for s in SQUARES}
PEERS = {s: set().union(*UNITS[s]) - {s} for s in SQUARES}


class Contradiction(Exception):
    def __init__(self, square, why):
        super().__init__(square, why)
        self.square = square


class Grid(Mapping):
    """Candidates of each square; immutable from outside, copied on assignment."""

    __slots__ = ("_values", "steps")

    def __init__(self, values=None):
        self._values = dict(values) if values is not None else dict.fromkeys(SQUARES, DIGITS)
        self.steps = 0

    def __getitem__(self, square):
        return self._values[square]

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    @classmethod
    def parse(cls, text):
        cells = [c for c in text if c in DIGITS or c in "0."]
        if len(cells) != 81:
            raise ValueError(f"a puzzle has 81 cells, this one {len(cells)}")
        grid = cls()
        for square, digit in zip(SQUARES, cells):
            if digit in DIGITS:
                grid._assign(square, digit)
        return grid

    @property
    def solved(self):
        return all(len(v) == 1 for v in self.values())

    def assigned(self, square, digit):
        copy = Grid(self._values)
        copy._assign(square, digit)
        return copy

    def _assign(self, square, digit):
        for other in self._values[square].replace(digit, ""):
            self._eliminate(square, other)
        if digit not in self._values[square]:
            raise Contradiction(square, f"{digit} is taken")

    def _eliminate(self, square, digit):
        if digit not in self._values[square]:
            return
        self.steps += 1
        rest = self._values[square] = self._values[square].replace(digit, "")
        match rest:
            case "":
                raise Contradiction(square, "nothing is left")
            case _ if len(rest) == 1:
                for peer in sorted(PEERS[square]):
                    self._eliminate(peer, rest)
        for unit in UNITS[square]:
            match [s for s in unit if digit in self._values[s]]:
                case []:
                    raise Contradiction(square, f"no place for {digit}")
                case [only]:
                    for other in self._values[only].replace(digit, ""):
                        self._eliminate(only, other)

    def __str__(self):
        width = 1 + max(map(len, self.values()))
        line = "+".join(["-" * (width * 3)] * 3)
        out = []
        for r in ROWS:
            cells = (self[r + c].center(width) + ("|" if c in "36" else "") for c in DIGITS)
            out.append("".join(cells).rstrip())
            if r in "CF":
                out.append(line)
        return "\n".join(out)


def solutions(grid, depth=0):
    if grid.solved:
        yield grid, depth
        return
    square = min((s for s in SQUARES if len(grid[s]) > 1), key=lambda s: (len(grid[s]), s))
    for digit in grid[square]:
        try:
            following = grid.assigned(square, digit)
        except Contradiction:
            continue
        yield from solutions(following, depth + 1)


def valid(grid):
    return all({grid[s] for s in unit} == set(DIGITS) for unit in UNIT_LIST)


PUZZLES = {
    "easy": "003020600900305001001806400008102900700000008006708200002609500800203009005010300",
    "hard": "4.....8.5.3..........7......2.....6.....8.4......1.......6.3.7.5..2.....1.4......",
    "several": "..............3.85..1.2.......5.7.....4...1...9.......5......73..2.1........4...9"[:78] + "...",
    "wrong": "11" + "." * 79,
    "short": "123",
    "impossible": ".....5.8....6.1.43..........1.5........1.6...3.......553.....61........4.........",
}


def timed(function):
    @functools.wraps(function)
    def wrapper(*args):
        wrapper.calls += 1
        return function(*args)

    wrapper.calls = 0
    return wrapper


@timed
def attempt(name, text):
    try:
        grid = Grid.parse(text)
    except (Contradiction, ValueError) as exc:
        return f"{type(exc).__name__} {exc.args}"
    if name == "impossible":
        return f"{grid.steps} steps, {sum(len(v) for v in grid.values())} candidates, not searched"
    found = list(itertools.islice(solutions(grid), 2))
    for solution, depth in found:
        assert valid(solution)
    if not found:
        return "no solution"
    return f"{len(found)} solution(s), {grid.steps} steps, depth {found[0][1]}\n{found[0][0]}"


for name, text in PUZZLES.items():
    print(f"{name}: {attempt(name, text)}")
print(attempt.calls, attempt.__name__, len(Grid()), "A1" in Grid(), list(Grid())[:3], Grid().keys() == set(SQUARES))
