"""copy and deepcopy: identity, memo, cycles, __copy__, __deepcopy__, __replace__, what is shared."""
import copy
from dataclasses import dataclass, field
from types import SimpleNamespace


class Node:
    def __init__(self, name):
        self.name, self.links = name, []

    def __repr__(self):
        return f"Node({self.name}, {[n.name for n in self.links]})"


class Custom:
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Custom({self.value!r})"

    def __copy__(self):
        print("copying", self.value)
        return Custom(self.value)

    def __deepcopy__(self, memo):
        print("deep copying", self.value, type(memo).__name__)
        return Custom(copy.deepcopy(self.value, memo))

    def __replace__(self, **changes):
        return Custom(changes.get("value", self.value))


class Subclass(list):
    tag = None


@dataclass
class Record:
    a: int
    b: list = field(default_factory=list)
    c: int = field(default=0, init=False)


a, b = Node("a"), Node("b")
a.links = [b, a]
b.links.append(a)
shallow, deep = copy.copy(a), copy.deepcopy(a)
print(shallow, shallow.links is a.links, deep, deep.links[1] is deep, deep.links[0].links[0] is deep, deep.links[0] is b)
inner = [1]
outer = [inner, inner, (inner,), {"k": inner}]
one, two = copy.copy(outer), copy.deepcopy(outer)
inner.append(2)
print(one, two, two[0] is two[1], two[2][0] is two[0], two[3]["k"] is two[0])
custom = Custom([Custom(1)])
copied, replaced = copy.copy(custom), copy.replace(custom, value=3)
deepest = copy.deepcopy(custom)
print(copied.value is custom.value, replaced.value, deepest.value[0].value)
sub = Subclass([[1]])
sub.tag = {"x": []}
other = copy.deepcopy(sub)
print(type(other).__name__, other, other.tag, other.tag["x"] is sub.tag["x"], copy.copy(sub).tag is sub.tag)
for atom in (None, 1, "s", (), len, Node, lambda: 0, range(3), b"x", 1.5, ..., NotImplemented):
    assert copy.copy(atom) is atom and copy.deepcopy(atom) is atom, atom
plain = (1, "a", (2, 3))
print(copy.deepcopy(plain) is plain, copy.deepcopy(([],)) is not None, copy.copy({1: 2}), copy.copy(bytearray(b"x")))
record = Record(1, [2])
print(copy.replace(record, a=5), copy.replace(record, a=5).b is record.b, copy.replace(SimpleNamespace(x=1, y=2), y=3))
memo = {id(inner): "from memo"}
print(copy.deepcopy([inner, [inner]], memo)[1], len(memo) > 1)
for action in (lambda: copy.deepcopy(iter([1]).__class__) is None, lambda: copy.replace(5), lambda: copy.replace(record, c=1),
               lambda: copy.deepcopy((i for i in ())), lambda: copy.deepcopy(__import__("sys")), lambda: copy.replace(record, z=1)):
    try:
        print(action())
    except (TypeError, copy.Error, ValueError) as exc:
        print(type(exc).__name__, exc)
