"""A diff tool: Myers' algorithm, unified output, applying patches, three-way merge; checked by difflib."""
import difflib


def edit_script(old, new):
    """Myers' greedy algorithm: a list of (' ', '-', '+', item)."""
    size = len(old) + len(new)
    furthest, trace = {1: 0}, []
    for d in range(size + 1):
        trace.append(dict(furthest))
        for k in range(-d, d + 1, 2):
            if k == -d or k != d and furthest[k - 1] < furthest[k + 1]:
                x = furthest[k + 1]
            else:
                x = furthest[k - 1] + 1
            y = x - k
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[k] = x
            if x >= len(old) and y >= len(new):
                return list(reversed(list(walk_back(trace, old, new))))
    raise AssertionError("unreachable")


def walk_back(trace, old, new):
    x, y = len(old), len(new)
    for d in range(len(trace) - 1, -1, -1):
        furthest, k = trace[d], x - y
        if k == -d or k != d and furthest[k - 1] < furthest[k + 1]:
            before = k + 1
        else:
            before = k - 1
        x0 = furthest.get(before, 0)
        y0 = x0 - before
        while x > x0 and y > y0:
            x, y = x - 1, y - 1
            yield " ", old[x]
        if d:
            if x == x0:
                y -= 1
                yield "+", new[y]
            else:
                x -= 1
                yield "-", old[x]


class Hunk:
    def __init__(self, old_start, new_start):
        self.old_start, self.new_start, self.lines = old_start, new_start, []

    def count(self, marks):
        return sum(mark in marks for mark, _ in self.lines)

    @property
    def header(self):
        return (f"@@ -{self.old_start + 1},{self.count(' -')} +{self.new_start + 1},{self.count(' +')} @@")

    def __str__(self):
        return "\n".join([self.header, *(mark + text for mark, text in self.lines)])


def hunks(old, new, context=2):
    script = edit_script(old, new)
    changed = [i for i, (mark, _) in enumerate(script) if mark != " "]
    current, last, x, y = None, None, 0, 0
    positions = []
    for mark, _ in script:
        positions.append((x, y))
        x, y = x + (mark in " -"), y + (mark in " +")
    for i in changed:
        start = max(0, i - context)
        if current is None or start > last:
            if current:
                yield current
            current = Hunk(*positions[start])
        else:
            start = last
        end = min(len(script), i + context + 1)
        current.lines.extend(script[start:end])
        last = end
    if current:
        yield current


class PatchError(Exception):
    pass


def apply(lines, patch):
    result, at = [], 0
    for hunk in patch:
        result += lines[at:hunk.old_start]
        at = hunk.old_start
        for mark, text in hunk.lines:
            if mark in " -":
                if at >= len(lines) or lines[at] != text:
                    found = lines[at] if at < len(lines) else "<end>"
                    raise PatchError(f"line {at + 1}: expected {text!r}, found {found!r}")
                at += 1
            if mark in " +":
                result.append(text)
    return result + lines[at:]


def changes(base, other):
    """base index range -> replacement, as {start: (end, lines)}."""
    found, start, added, x = {}, None, [], 0
    for mark, text in [*edit_script(base, other), (" ", None)]:
        if mark == " ":
            if start is not None:
                found[start] = (x, added)
                start, added = None, []
            x += 1
            continue
        if start is None:
            start = x
        if mark == "-":
            x += 1
        else:
            added.append(text)
    return found


def merge(base, mine, theirs):
    left, right = changes(base, mine), changes(base, theirs)
    result, conflicts, x = [], 0, 0
    while x <= len(base):
        a, b = left.get(x), right.get(x)
        if a and b and a != b:
            conflicts += 1
            result += ["<<<<<<<", *a[1], "=======", *b[1], ">>>>>>>"]
        elif a or b:
            result += (a or b)[1]
        end = max((c[0] for c in (a, b) if c), default=x)
        if end == x and x < len(base):
            result.append(base[x])
        x = end if end > x else x + 1
    return result, conflicts


OLD = """def area(r):
    return 3.14 * r * r

def main():
    for r in range(3):
        print(area(r))
    print("done")

main()""".split("\n")
NEW = """import math

def area(r):
    return math.pi * r ** 2

def main():
    for r in range(3):
        print(area(r))
    print("finished")
    return 0

main()""".split("\n")
patch = list(hunks(OLD, NEW, 1))
print(*patch, sep="\n")
print(apply(OLD, patch) == NEW, apply(OLD, []) == OLD)
ours = [line for mark, line in edit_script(OLD, NEW) if mark != "+"]
print(ours == OLD, sum(mark != " " for mark, _ in edit_script(OLD, NEW)))
print(*difflib.unified_diff(OLD, NEW, "old", "new", lineterm="", n=0), sep="\n")
print(round(difflib.SequenceMatcher(None, OLD, NEW).ratio(), 4), difflib.get_close_matches("mein", ["main", "area", "min"]))
try:
    apply(NEW, patch)
except PatchError as exc:
    print("PatchError:", exc)
base = list("abcdefgh")
for mine, theirs in (("abXcdefgh", "abcdefYh"), ("aXcdefgh", "aYcdefgh"), ("abcdefgh", "bcdfgh"), ("aXcdefgh", "aXcdefgh")):
    merged, conflicts = merge(base, list(mine), list(theirs))
    print("".join(c if len(c) == 1 else f" {c} " for c in merged), conflicts)
for a, b in (("ABCABBA", "CBABAC"), ("", "xy"), ("xy", ""), ("same", "same")):
    print(repr(a), repr(b), "".join(mark + c for mark, c in edit_script(a, b)))
