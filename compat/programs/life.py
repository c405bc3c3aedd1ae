"""Conway's game of life on an unbounded board: patterns, periods, drawing, run-length files."""


class Life:
    def __init__(self, cells=()):
        self.cells = frozenset(cells)
        self.generation = 0

    @classmethod
    def parse(cls, text):
        rows = text.strip("\n").split("\n")
        return cls((x, y) for y, row in enumerate(rows) for x, c in enumerate(row) if c in "#O*")

    @classmethod
    def from_rle(cls, text):
        """`bob$2bo$3o!` with counts before the letters."""
        x = y = count = 0
        cells = set()
        for c in text:
            if c.isdigit():
                count = count * 10 + int(c)
                continue
            times, count = count or 1, 0
            match c:
                case "b":
                    x += times
                case "o":
                    cells.update((x + i, y) for i in range(times))
                    x += times
                case "$":
                    x, y = 0, y + times
                case "!":
                    return cls(cells)
                case _ if c.isspace():
                    count = 0
                case _:
                    raise ValueError(f"unexpected {c!r} in a pattern")
        raise ValueError("the pattern has no end")

    def to_rle(self):
        runs = []
        x0, y0, x1, y1 = self.box
        for y in range(y0, y1 + 1):
            row = "".join("o" if (x, y) in self.cells else "b" for x in range(x0, x1 + 1)).rstrip("b")
            runs.append("".join(self._runs(row)))
        return "$".join(runs) + "!"

    @staticmethod
    def _runs(row):
        while row:
            c = row[0]
            n = len(row) - len(row.lstrip(c))
            yield f"{n if n > 1 else ''}{c}"
            row = row[n:]

    @property
    def box(self):
        if not self.cells:
            return 0, 0, -1, -1
        xs, ys = zip(*self.cells)
        return min(xs), min(ys), max(xs), max(ys)

    def step(self):
        counts = {}
        for x, y in self.cells:
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    if dx or dy:
                        key = x + dx, y + dy
                        counts[key] = counts.get(key, 0) + 1
        self.cells = frozenset(c for c, n in counts.items() if n == 3 or n == 2 and c in self.cells)
        self.generation += 1
        return self

    def normal(self):
        x0, y0, *_ = self.box
        return frozenset((x - x0, y - y0) for x, y in self.cells)

    def __str__(self):
        x0, y0, x1, y1 = self.box
        return "\n".join("".join(".#"[(x, y) in self.cells] for x in range(x0, x1 + 1)) for y in range(y0, y1 + 1))

    def __len__(self):
        return len(self.cells)

    def __iter__(self):
        while self.cells:
            yield self
            self.step()


def behaviour(life, limit=200):
    """What becomes of it: (kind, period, shift)."""
    seen = {}
    for state in life:
        shape, (x, y, *_) = state.normal(), state.box
        if shape in seen:
            when, x0, y0 = seen[shape]
            period, shift = state.generation - when, (x - x0, y - y0)
            kind = "spaceship" if shift != (0, 0) else "still" if period == 1 else "oscillator"
            return kind, when, period, shift
        seen[shape] = state.generation, x, y
        if state.generation == limit:
            return "unsettled", limit, len(state), None
    return "dies", life.generation, 0, None


PATTERNS = {
    "block": "2o$2o!",
    "blinker": "3o!",
    "toad": "b3o$3o!",
    "glider": "bob$2bo$3o!",
    "spaceship": "b4o$o3bo$4bo$o2bo!",
    "pentadecathlon": "10o!",
    "acorn": "bo5b$3bo3b$2o2b3o!",
    "r-pentomino": "b2o$2o$bo!",
    "diehard, cut": "6bob$2o!",
}

for name, rle in PATTERNS.items():
    life = Life.from_rle(rle)
    print(f"{name:<16}{len(life):3} {behaviour(life)} then {len(life)} in {life.box}")
glider = Life.parse("""
.#.
..#
###
""")
for state in glider:
    print(state, state.to_rle(), state.box, sep="\n")
    if state.generation == 4:
        break
acorn = Life.from_rle(PATTERNS["acorn"])
populations = [len(state) for state, _ in zip(acorn, range(60))]
print(populations)
print(Life.from_rle(acorn.to_rle()).normal() == acorn.normal(), len(acorn.to_rle()))
for bad in ("3x!", "2o"):
    try:
        Life.from_rle(bad)
    except ValueError as exc:
        print("ValueError:", exc)
