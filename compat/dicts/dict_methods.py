"""dict: methods, views, merging, order after deletions, messages."""
d = {"b": 1, "a": 2}
d["c"] = 3
del d["b"]
d["b"] = 4
print(d, list(d), list(reversed(d)), d.keys(), d.values(), d.items())
print(d.get("z"), d.get("z", 0), d.pop("c"), d.pop("z", None), d.setdefault("n", []), d.setdefault("n", 1), d)
print(d.popitem(), d.popitem(), d)
d.update({"x": 1}, y=2)
d.update([("z", 3), "pq"])
print(d, d | {"x": 9}, {"x": 9} | d, len(d), "x" in d, "w" not in d)
d |= [("k", "v")]
print(d, dict.fromkeys("abc", 0), dict.fromkeys([1]), dict(a=1), dict([(1, 2)], b=3), dict({}), {**d, "x": 0})
k, i = {1: 2, 3: 4}.keys(), {1: 2}.items()
print(k & {1}, k | {5}, k - {1}, k ^ {1, 9}, k == {1, 3}, (1, 2) in i, i & {(1, 2)}, k.isdisjoint([7]), k <= {1, 3, 5}, k.mapping)
print({1: "int", 1.0: "float", True: "bool"}, {float("nan"): 1}, {(1, (2,)): 3})
print({"a": 1} == {"a": 1.0}, {"a": 1, "b": 2} == {"b": 2, "a": 1}, {} == [], {1: 2} != {1: 3})
r = {}
r["self"] = r
print(r, len(r.copy()), r.copy() is r)
for bad in (lambda: {}["x"], lambda: {}[[]], lambda: {}.pop(1), lambda: {}.popitem(), lambda: {}.update(5), lambda: {}.update([1]), lambda: dict([(1, 2, 3)]), lambda: dict(1), lambda: {} < {}, lambda: {}.get(), lambda: {} | [], lambda: hash({}), lambda: {}.setdefault(), lambda: dict.fromkeys(5), lambda: {[]: 1}, lambda: dict(**{1: 2}), lambda: {}.__delitem__("q"), lambda: dict([1, 2])):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
try:
    for key in d:
        d[key + "2"] = 1
except RuntimeError as exc:
    print(exc)
try:
    for key in list(d)[:1]:
        for _ in d:
            del d[key]
            d[key] = 0
            d["new"] = 1
            d.pop("x", None)
            break
    it = iter(d)
    d["a1"] = 0
    next(it)
except RuntimeError as exc:
    print(exc)
