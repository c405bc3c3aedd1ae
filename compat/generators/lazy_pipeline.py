"""Generator expressions: laziness, scoping, early binding of the first iterable, and clean-up order."""
def source(name, count):
    print("open", name)
    try:
        for i in range(count):
            print("produce", name, i)
            yield i
    finally:
        print("close", name)


def doubled(items):
    for item in items:
        yield item * 2


pipeline = (x + 1 for x in doubled(source("a", 4)) if x != 2)
print("built")
for value in pipeline:
    print("consume", value)
    if value > 4:
        break
del pipeline
print("deleted")
first = source("b", 2)
next(first)
del first
print("gone")
n = 3
lazy = (n * x for x in range(n))
n = 10
print(list(lazy))
try:
    (x for x in missing)
except NameError as exc:
    print("at once:", exc)
later = (missing for x in [1])
try:
    next(later)
except NameError as exc:
    print("later:", exc)
print(sum(x * x for x in range(10)), max((len(w), w) for w in "the quick brown".split()), dict((k, v) for k, v in zip("ab", (1, 2))))
print([*map(lambda f: f(), [lambda: i for i in range(3)])], [f() for f in (lambda i=i: i for i in range(3))])


def chain(*iterables):
    for each in iterables:
        yield from each


def flatten(tree):
    if isinstance(tree, list):
        for branch in tree:
            yield from flatten(branch)
    else:
        yield tree


print(list(chain("ab", [1], {2: 3})), list(flatten([1, [2, [3, [4]], 5]])))
