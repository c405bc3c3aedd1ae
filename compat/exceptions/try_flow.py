"""Control flow through try, except, else and finally in loops, functions and generators."""
def trace(label):
    log.append(label)
    return label


log = []


def f(kind):
    try:
        trace("try")
        if kind == "raise":
            raise ValueError
        if kind == "return":
            return trace("return")
        if kind == "deep":
            try:
                raise KeyError
            finally:
                trace("inner")
    except ValueError:
        trace("except")
    except (KeyError, IndexError) as exc:
        trace(type(exc).__name__)
    else:
        trace("else")
    finally:
        trace("finally")
    return trace("end")


for kind in "raise", "return", "deep", "none":
    log.clear()
    print(kind, f(kind), log)


def loops():
    for i in range(5):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            yield i
        finally:
            yield f"f{i}"
    else:
        yield "never"


print(list(loops()))


def override():
    try:
        raise ValueError
    finally:
        return "swallowed"


def nested():
    try:
        try:
            return "a"
        finally:
            log.append("x")
    finally:
        log.append("y")


log.clear()
print(override(), nested(), log)
try:
    try:
        exc = "outer"
        raise ValueError("v")
    except ValueError as exc:
        pass
    print(exc)
except NameError as e:
    print(type(e).__name__, e)


def dynamic(cls):
    try:
        raise ValueError("d")
    except cls:
        return "caught"


for cls in ValueError, (OSError, ValueError), Exception, OSError, 5, "x", (ValueError, 3):
    try:
        print(dynamic(cls))
    except Exception as e:
        print(type(e).__name__, e, repr(e.__context__))
