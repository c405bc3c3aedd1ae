"""PEP 695 and 696: type parameters, aliases, bounds, defaults, variance, laziness, generic alias."""
import typing


def first[T](items: list[T]) -> T: return items[0]
class Box[T: (int, str), *Ts, **P]:
    item: T
    def map[U](self, f) -> U: return f(self)
type Alias[K, V = int] = dict[K, list[V]]
type Recursive = list[Recursive] | None
type Lazy = undefined_at_definition
class Bounded[T: int = bool](Box[T, int, [str]]): pass


T, Ts, P = Box.__type_params__
print(first.__type_params__, Box.__type_params__, T.__constraints__, T.__bound__, Bounded.__type_params__[0].__bound__, Bounded.__type_params__[0].__default__)
print(type(T).__name__, type(Ts).__name__, type(P).__name__, T.__infer_variance__, T.has_default(), repr(P.args), repr(P.kwargs), Box.__parameters__)
print(Alias, Alias.__value__, Alias.__type_params__, Alias[str], Alias[str, bool].__args__, Alias[str].__origin__ is Alias, Recursive.__value__)
try:
    print(Lazy.__value__)
except NameError as exc:
    print(exc)
undefined_at_definition = complex
print(Lazy.__value__, Lazy.__name__, Lazy.__module__)
print(Box[int, str, [int]], Box.__orig_bases__, Bounded.__orig_bases__, Bounded.__mro__[1:3], first.__annotations__)
print(list[int], dict[str, list[T]], tuple[()], tuple[int, ...], type[int], list[int] == list[int], hash(list[int]) == hash(list[int]), list[T][str], list[int].__origin__, list[int].__args__, dict[T, int].__parameters__)
print(int | str, int | None, list[int] | str, int | int, (int | str) == (str | int), isinstance(1, int | str), issubclass(bool, int | str), typing.Union[int, str] is (int | str) or typing.Union[int, str] == (int | str), typing.Optional[int], (int | str).__args__, hash(int | str) == hash(str | int))
print(list[int](range(3)), type(list[int]([1])), list[int].append, [*tuple[int]][0], list[T].__mro_entries__(()))
for bad in (lambda: list[int][str], lambda: isinstance([], list[int]), lambda: int | 5, lambda: isinstance(1, int | list[int]), lambda: Alias[1, 2, 3], lambda: int[str], lambda: dict[T][int, str], lambda: Box(1, 2), lambda: Alias(), lambda: setattr(Alias, "__value__", 1), lambda: typing.TypeVar("X", int), lambda: typing.TypeVar("X", bound=1, covariant=True, contravariant=True), lambda: typing.TypeAliasType("X"), lambda: type("S", (Alias,), {}), lambda: type("S", (type(T),), {}), lambda: list[int].nope):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)


class Scoped:
    inside = 1
    def method[X: inside](self) -> X: return self.__class__.method.__type_params__[0].__bound__


print(Scoped().method())
