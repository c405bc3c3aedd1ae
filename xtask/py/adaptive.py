"""Works modules of the library hard and shows how every function that ran has specialised.

`adaptive.py OUT`: OUT gets, for each function found through gc whose code ran often enough to
change, a line `== MODULE QUALNAME LINE` and one line per instruction of `dis(adaptive=True)`.
Run under both interpreters; `cargo xtask adaptive` compares.
"""
import dis
import gc
import io
import sys
import types

ROUNDS = 60


def work():
    import ast
    import collections
    import copy
    import csv
    import dataclasses
    import difflib
    import fractions
    import functools
    import heapq
    import html.parser
    import json.decoder
    import json.encoder
    import posixpath
    import pprint
    import random
    import re
    import shlex
    import statistics
    import string
    import textwrap
    import tokenize
    import urllib.parse

    source = "def f(a, b=1, *c):\n    return [a + x for x in c if b] or f'{a!r:>{b}}'\n"
    data = {"name": ["x", 1, 2.5, None, True, {"deep": [1, [2, [3]]]}], "other": "text \u00e9"}

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            self.tags = getattr(self, "tags", 0) + 1

    for i in range(ROUNDS):
        ast.unparse(ast.parse(source))
        list(tokenize.generate_tokens(io.StringIO(source).readline))
        copy.deepcopy(data)
        pprint.pformat(data, width=20)
        json.encoder.JSONEncoder(indent=1).encode(data)
        json.decoder.JSONDecoder().decode('{"a": [1, 2, {"b": "c\\n"}], "d": 1.5e3}')
        fractions.Fraction(i + 1, 7) * fractions.Fraction(3, 5) + 1 - fractions.Fraction("2/9")
        heapq.merge([1, 3], [2, 4])
        heapq.nlargest(2, range(i + 3))
        list(heapq.merge([1, 3, 5], [2, 4]))
        Reader().feed("<p class='a'>text <b>bold</b> &amp; more<br/></p>")
        list(difflib.unified_diff(["a", "b", "c"], ["a", "x", "c", str(i)]))
        difflib.SequenceMatcher(None, "abcde", "abxde").ratio()
        textwrap.fill("the quick brown fox jumps over the lazy dog " * 2, 20)
        shlex.split("a 'b c' d\\ e \"f g\"")
        shlex.quote(f"it's {i}")
        posixpath.normpath("/a/./b/../c//d")
        posixpath.relpath("/a/b/c", "/a/d")
        posixpath.commonpath(["/a/b/c", "/a/b/d"])
        string.Template("$a ${b} $$").substitute(a=i, b="x")
        urllib.parse.urlencode({"a": i, "b": ["x y", "z"]}, doseq=True)
        urllib.parse.urljoin("http://h/a/b?c", "../d")
        urllib.parse.parse_qs("a=1&b=2&a=3")
        re.purge()
        re.compile(r"(?P<x>[a-z]+|\d{2,3}?)(?=y)|^\w*$")
        statistics.quantiles([1, 5, 2, 8, 3, i], n=4)
        statistics.stdev([1, 2, 3, i])
        random.Random(i).shuffle(list(range(10)))
        random.Random(i).sample(range(100), 5)
        collections.Counter("abracadabra").most_common(2)
        collections.OrderedDict(a=1).copy()
        list(csv.DictReader(["a,b", "1,2"]))
        csv.Sniffer().sniff("a;b;c\n1;2;3\n")
        dataclasses.make_dataclass("D", ["x", ("y", int, 5)])(i)
        functools.singledispatch(len)
        functools.cmp_to_key(lambda a, b: a - b)


def show(code):
    lines = []
    for instruction in dis.get_instructions(code, adaptive=True):
        lines.append(f"{instruction.offset} {instruction.opname} {instruction.arg}")
    return lines


def measured(module):
    """Import's own functions run as often as modules were imported before, which may differ."""
    return module is not None and module != "__main__" and not module.startswith("_frozen_importlib")


def main():
    work()
    gc.collect()
    seen = {}
    for function in gc.get_objects():
        if isinstance(function, types.FunctionType) and measured(function.__module__):
            code = function.__code__
            plain = [i.opname for i in dis.get_instructions(code)]
            adapted = show(code)
            if any(a.split()[1] != p for a, p in zip(adapted, plain)):
                seen.setdefault((function.__module__, code.co_qualname, code.co_firstlineno), adapted)
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for (module, name, line), lines in sorted(seen.items()):
            print("==", module, name, line, file=out)
            print("\n".join(lines), file=out)


main()
