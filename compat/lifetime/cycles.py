"""The cycle collector: collection, finalisers, callbacks, garbage, generations, gc API."""
import gc
import weakref

gc.disable()
gc.collect()


class Node:
    def __init__(self, name): self.name, self.links = name, []
    def __del__(self): print("del", self.name)


def cycle(*names):
    nodes = [Node(n) for n in names]
    for a, b in zip(nodes, nodes[1:] + nodes[:1]):
        a.links.append(b)
    return nodes[0]


c = cycle("a", "b", "c")
ref = weakref.ref(c, lambda r: print("weakref callback"))
del c
print("still alive", ref() is not None)
print(gc.collect() > 0, ref())
print(gc.isenabled(), gc.get_threshold(), len(gc.get_count()), gc.garbage, gc.get_debug())


class Back:
    kept = []
    def __init__(self): self.me = self
    def __del__(self):
        print("resurrect")
        Back.kept.append(self)


Back()
print(gc.collect() >= 0, len(Back.kept))
Back.kept[0].me = None
Back.kept.clear()
print("once only")
print([gc.is_tracked(x) for x in (1, "a", (), (1,), [], {}, {"a": 1}, object(), Node, lambda: 0, Back)], gc.is_finalized(1))
lst = []
lst.append(lst)
holder = [lst]
print(len(gc.get_referrers(lst)) >= 2, gc.get_referents(holder) == [lst], gc.get_referents({1: "x"}) in ([1, "x"], ["x", 1]))
events = []
gc.callbacks.append(lambda phase, info: events.append((phase, sorted(info))))
gc.collect(0)
gc.callbacks.clear()
print(events)
gc.set_threshold(500, 5, 5)
print(gc.get_threshold(), [sorted(s) for s in gc.get_stats()][0])
gc.freeze(); print(gc.get_freeze_count() > 0); gc.unfreeze(); print(gc.get_freeze_count())
for bad in (lambda: gc.collect(5), lambda: gc.collect("x"), lambda: gc.set_threshold(), lambda: gc.get_objects(generation=9), lambda: gc.is_tracked()):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)


def frame_cycle():
    local = Node("frame local")
    try:
        raise ValueError
    except ValueError as exc:
        keep = exc
    return "left"


print(frame_cycle())
del holder, lst
print(gc.collect() > 0)
