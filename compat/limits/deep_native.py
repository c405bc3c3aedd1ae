"""Values nested deeper than the native stack: hashing them is an exception, not a crash."""
DEPTH = 300_000


def nest(wrap, value):
    for _ in range(DEPTH):
        value = wrap(value)
    return value


def attempt(name, action):
    try:
        print(name, type(action()).__name__)
    except RecursionError as exc:
        print(name, str(exc).partition(" (used")[0], exc.args[0].partition("kB)")[2])


deep = nest(lambda v: (v,), ())
attempt("hash", lambda: hash(deep))
attempt("dict key", lambda: {deep: 1})
attempt("set member", lambda: {1, deep})
attempt("frozenset", lambda: hash(frozenset([deep])))
attempt("alias", lambda: hash(nest(lambda v: list[v], int)))
attempt("shallow", lambda: hash(((((1,),),),)))
print("alive")

generators = delegates = iter(())
for _ in range(5000):
    generators = (x for x in generators)
print(list(generators))


def delegate(iterator):
    return (yield from iterator)


for _ in range(5000):
    delegates = delegate(delegates)
print(list(delegates))
