"""A walk through the library that ordinary programs import, one or two facts of each."""
import abc, argparse, base64, bisect, calendar, collections, configparser, csv, dataclasses, datetime, decimal, difflib, enum, fnmatch, fractions, functools, glob, hashlib, heapq, html, io, itertools, json, keyword, logging, math, operator, os, pathlib, pprint, queue, random, re, shlex, shutil, statistics, string, struct, tempfile, textwrap, time, types, typing, uuid, urllib.parse, zlib

print(collections.Counter("abracadabra").most_common(2), collections.OrderedDict(a=1), collections.namedtuple("P", "x y")(1, 2), collections.defaultdict(list, a=[1]), collections.deque([1, 2], 5), collections.ChainMap({1: 2}, {3: 4}))
print(bisect.bisect([1, 3, 5], 3), heapq.nsmallest(2, [3, 1, 2]), functools.reduce(operator.mul, range(1, 6)), operator.itemgetter(1, 0)("ab"), operator.attrgetter("real")(5), operator.methodcaller("upper")("a"))
print(base64.b64encode(b"hello"), hashlib.sha256(b"x").hexdigest()[:16], zlib.crc32(b"hello"), zlib.decompress(zlib.compress(b"data" * 10))[:8], struct.pack(">IhB", 1, -2, 3), struct.unpack("<d", struct.pack("<d", 1.5)), struct.calcsize("bi"))
print(json.dumps({"b": [1, 2.5, None, True], "a": "é"}, sort_keys=True), json.loads('{"x": [1, 1e5, "\\u00e9"]}'), csv.list_dialects(), list(csv.reader(['a,"b,c",d', "1,2,3"])), configparser.ConfigParser().sections())
print(datetime.date(2024, 2, 29) + datetime.timedelta(days=366), datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.timezone.utc).isoformat(), datetime.datetime.fromisoformat("2024-05-06T07:08:09+02:00"), calendar.monthrange(2024, 2), time.strftime("%Y", time.gmtime(0)))
print(decimal.Decimal("0.1") + decimal.Decimal("0.2"), decimal.Decimal(1) / 3, fractions.Fraction(3, 9) + 1, statistics.mean([1, 2, 4]), statistics.median([3, 1, 2]), math.comb(5, 2), math.prod([2, 3]))
print(textwrap.fill("the quick brown fox jumps", 10), textwrap.dedent("  a\n  b"), string.Template("$x ${y}").substitute(x=1, y=2), string.capwords("a b"), shlex.split("a 'b c' d\\ e"), html.escape("<a&b>"), urllib.parse.quote("a b/ü"), urllib.parse.urlsplit("http://h:80/p?q#f"))
print(re.sub(r"(\w)(\d)", r"\2\1", "a1 b2"), re.findall(r"[aeiou]", "education"), fnmatch.filter(["a.py", "b.txt"], "*.py"), pathlib.PurePosixPath("/a/b.tar.gz").suffixes, pathlib.Path("x") / "y", keyword.iskeyword("match"), uuid.UUID(int=5))
random.seed(42)
print(random.random(), random.randrange(100), random.sample(range(10), 3), random.choice("abc"), [random.gauss(0, 1) > 0 for _ in range(3)])


@dataclasses.dataclass(order=True, frozen=True)
class D:
    a: int
    b: list = dataclasses.field(default_factory=list, compare=False)


class E(enum.Flag):
    A = enum.auto()
    B = enum.auto()


print(D(1), D(1) < D(2), dataclasses.asdict(D(1, [2])), dataclasses.replace(D(1), a=5), E.A | E.B, E(3), ~E.A, list(E), E["A"].value)
try:
    D(1).a = 2
except dataclasses.FrozenInstanceError as exc:
    print(type(exc).__name__, exc)


class Base(abc.ABC):
    @abc.abstractmethod
    def go(self): ...


try:
    Base()
except TypeError as exc:
    print(exc)


@functools.lru_cache(maxsize=2)
def cached(x): return x * 2


print([cached(i) for i in (1, 2, 1, 3, 1)], cached.cache_info(), functools.partial(int, base=2)("101"))


@functools.singledispatch
def kind(x): return "object"
@kind.register
def _(x: int): return "int"


print(kind(5), kind("a"), types.SimpleNamespace(a=1), typing.get_type_hints(D), list(difflib.ndiff(["a"], ["b"])), glob.glob("*.none"), io.StringIO("a\nb").readlines(), pprint.pformat({"k": list(range(30))}, width=40))
parser = argparse.ArgumentParser(prog="tool", description="shows help")
parser.add_argument("name")
parser.add_argument("-n", "--number", type=int, default=3, help="how many")
print(parser.parse_args(["x", "-n", "5"]))
parser.print_help()
logging.basicConfig(stream=os.sys.stdout, format="%(levelname)s:%(name)s:%(message)s")
logging.getLogger("lg").warning("careful %d", 5)
with tempfile.TemporaryDirectory() as d:
    p = pathlib.Path(d, "f.txt")
    p.write_text("one\ntwo\n")
    shutil.copy(p, p.with_suffix(".bak"))
    print(sorted(os.listdir(d)), p.read_text().split(), queue.Queue().empty())
