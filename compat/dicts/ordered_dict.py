"""`OrderedDict`: order, its views and iterators, what changes under them."""
from collections import OrderedDict as O
import pickle, copy, sys
d=O(a=1,b=2,c=3); print(d, d.keys(), d.values(), d.items(), list(reversed(d)))
d.move_to_end('a'); print(d); d.move_to_end('c', last=False); print(d, list(d.items()))
print(d.popitem(), d.popitem(last=False), d)
for i in range(100): d[i]=i
for i in range(0,100,2): del d[i]
print(list(d)[:5], list(reversed(d))[:4], len(d), sys.getsizeof(d), sys.getsizeof(O()))
try:
    for k in d: d.move_to_end(k)
except RuntimeError as e: print(e)
print(type(iter(d)), type(d.keys()).__mro__)
for bad in ("O(1, 2)", "O([1])", "O([(1,)])", "O([(1, 2, 3)])", "d.update(1, 2)", "O().popitem()", "d.move_to_end(-1)", "d.pop(-1)"):
    try:
        print(bad, eval(bad))
    except Exception as exc:
        print(bad, type(exc).__name__, exc)
print(copy.copy(d)==d, pickle.loads(pickle.dumps(d))==d, O(a=1,b=2)==O(b=2,a=1), O(a=1)|{'b':2}, {'z':1}|O(a=2))
d.x=1; print(d.__dict__, dict(d).popitem(), d.__reduce__()[:3])

class Loud(O):
    def __setitem__(self, key, value):
        super().__setitem__(key, value * 2)


loud = Loud(a=1)
loud.update(b=2)
print(loud, loud.copy(), loud.setdefault("c", 5), Loud.fromkeys("xy", 3))
print(d.items() & {("x", 1), (1, 1)}, d.keys().isdisjoint([1]), list(reversed(loud.items())))
it = iter(loud)
del loud["b"]
try:
    next(it)
except RuntimeError as exc:
    print(exc)
loops = O()
loops["self"] = loops
print(loops, [next(iter(loops.items()))[0]])
