"""f-strings: nesting, conversions, `=`, quotes, format specs, evaluation order, t-strings."""
name, width, items = "world", 10, {"a": [1, 2]}
print(f"hello {name}", f"{name!r:>{width}}|", f"{name:*^{width + 2}}", f"{1 + 1}", f"{{literal}} {{{name}}}")
print(f"{items["a"][0]}", f"{"nested " + f"{name!r}"}", f'{", ".join(str(x) for x in items["a"])}')
print(f"{name=}", f"{ name = }", f"{width + 1 = :>5}", f"{items['a']=!s}", f"{name=!r:^11}")
print(f"{3.14159:.{2}f}", f"{10:#0{8}x}", f"{(lambda x: x * 2)(4)}", f"{ {1: 2}[1] }", f"{width:{'>' if width else '<'}{5}}")
print(f"""multi
{name
    .upper()
}
line""")
print(f"{'a' 'b'}" "plain" f"{1}" rf"\n{name}" f"\x41\N{BULLET}{'\n'!r}")
log = []


def see(x):
    log.append(x)
    return x


print(f"{see(1)}{see(2):{see(3)}}{see(4)!r}", log)


class F:
    def __format__(self, spec): return f"<{spec}>"
    def __str__(self): return "str"
    def __repr__(self): return "repr"


print(f"{F()}", f"{F():abc}", f"{F()!s}", f"{F()!r:>6}", f"{F():{'x'}y{'z'}}", f"{F():%Y-%m-%d}", str(F()))
x = t"hi {name!r:>{width}} and {width}"
print(x.strings, x.values, [(i.value, i.expression, i.conversion, i.format_spec) for i in x.interpolations], type(x))
print(f"{None}{True}{...}{b'x'}", f"{'':5}|", f"{1,2}", f"{*items,}", f"{(y := 5)}", y)
for source in ("f'{'", "f'{}'", "f'}'", "f'{a b}'", "f'{a!x}'", "f'{a!}'", "f'{lambda x:1}'", "f'{a:{b:{c:{d}}}}'", "f'{*a}'", "f'{a=!}'", "f'{#}'"):
    try:
        compile(source, "<f>", "eval")
        print("ok", source)
    except SyntaxError as exc:
        print(source, "->", exc.msg, exc.lineno, exc.offset)
