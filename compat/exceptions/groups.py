"""Exception groups: except*, split, subgroup, derive, nesting, re-raising and messages."""
def show(exc, depth=0):
    print("  " * depth + repr(exc), [type(e).__name__ for e in getattr(exc, "exceptions", ())])
    for each in getattr(exc, "exceptions", ()):
        if isinstance(each, BaseExceptionGroup):
            show(each, depth + 1)


eg = ExceptionGroup("top", [ValueError(1), TypeError("t"), ExceptionGroup("inner", [KeyError("k"), ValueError(2)])])
show(eg)
match, rest = eg.split(ValueError)
show(match)
show(rest)
show(eg.subgroup((KeyError, TypeError)))
print(eg.subgroup(OSError), eg.split(lambda e: isinstance(e, ExceptionGroup))[0] is eg)
print(str(eg), eg.message, eg.args, isinstance(BaseExceptionGroup("x", [ValueError()]), ExceptionGroup))
try:
    raise eg
except* ValueError as e:
    print("values")
    show(e)
except* (TypeError, KeyError) as e:
    print("others")
    show(e)
else:
    print("else")
finally:
    print("finally")
try:
    try:
        raise eg
    except* ValueError:
        raise OSError("new")
except BaseException as exc:
    show(exc)
    show(exc.exceptions[0])
    print(repr(exc.exceptions[0].__context__)[:40])
try:
    try:
        raise KeyError("plain")
    except* KeyError as e:
        show(e)
        raise
except BaseException as exc:
    show(exc)


class Mine(ExceptionGroup):
    def derive(self, excs):
        return Mine(self.message + "!", excs)


show(Mine("m", [ValueError(1), OSError(2)]).split(OSError)[1])
for bad in (lambda: ExceptionGroup("x", []), lambda: ExceptionGroup("x", [1]), lambda: ExceptionGroup(1, [ValueError()]),
            lambda: ExceptionGroup("x", [KeyboardInterrupt()]), lambda: ExceptionGroup("x"), lambda: eg.split(5), lambda: ExceptionGroup("x", 5)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
