"""A StopIteration with a value ends every consumer; too many arguments are "at most" so many."""
import functools
import sys


class Down:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration(3)
        return self.n


print(list(Down(2)), tuple(Down(2)), sorted(Down(2)), set(Down(2)), bytes(Down(2)))
print([*Down(2)], (lambda *a: a)(*Down(2)), dict.fromkeys(Down(2)), "-".join(map(str, Down(2))))
for consume in (
    lambda: next(Down(0)),
    lambda: sys.set_coroutine_origin_tracking_depth(1, 2),
    lambda: functools.cmp_to_key(a=1, mycmp=2),
):
    try:
        consume()
    except Exception as error:
        print(type(error).__name__, error)
