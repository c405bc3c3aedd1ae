"""Where a frame says that it ended, asked after it has ended."""

import sys

kept = None


def keep():
    global kept
    kept = sys._getframe(1)


def show(label):
    print(label, kept.f_code.co_name, kept.f_lineno - kept.f_code.co_firstlineno, kept.f_lasti)


def early(flag):
    keep()
    if flag:
        return \
            None
    letters = [letter for letter in "abc"]


def implicit():
    keep()
    if kept is None:
        print("never")


def generator():
    keep()
    yield 1
    keep_on = 2


async def coroutine():
    keep()
    return 3


def failing():
    keep()
    zero = 0
    return 1 / zero


early(True)
show("return")
early(False)
show("end")
implicit()
show("implicit")
for value in generator():
    show("suspended")
show("exhausted")
try:
    coroutine().send(None)
except StopIteration as error:
    show(f"coroutine with {error.value}")
try:
    failing()
except ZeroDivisionError as error:
    entry = error.__traceback__.tb_next
    show("failed")
    print(entry.tb_lineno - kept.f_code.co_firstlineno, entry.tb_lasti)
exec("keep()\nx = 1\ny = 2\n")
show("exec")


class Body:
    keep()
    attribute = 1


show("class")
