"""A template engine that compiles templates to Python source: expressions, loops, conditions, filters, blocks."""
import re
import textwrap

TAG = re.compile(r"({{.*?}}|{%.*?%}|{#.*?#})", re.S)


class TemplateError(Exception):
    pass


class Source:
    """Python source that is being written."""

    def __init__(self, indent=0):
        self.parts, self.indent = [], indent

    def add(self, line):
        self.parts.append("    " * self.indent + line)

    def section(self):
        part = Source(self.indent)
        self.parts.append(part)
        return part

    def __str__(self):
        return "\n".join(str(part) for part in self.parts if str(part))


FILTERS = {
    "upper": str.upper,
    "title": str.title,
    "length": len,
    "join": lambda items, glue=", ": glue.join(map(str, items)),
    "default": lambda value, other="": other if value in (None, "") else value,
    "escape": lambda s: str(s).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    "money": lambda cents: f"{cents // 100:,}.{cents % 100:02}",
}


class Template:
    def __init__(self, text):
        self.names, self.local = set(), set()
        self.source = Source()
        self.source.add("def render(context, look, filters):")
        self.source.indent += 1
        names = self.source.section()
        self.source.add("result = []")
        self.compile(text)
        for name in sorted(self.names - self.local):
            names.add(f"c_{name} = context.get({name!r})")
        self.source.add("return ''.join(result)")
        namespace = {}
        exec(compile(str(self.source), "<template>", "exec"), namespace)
        self.function = namespace["render"]

    def compile(self, text):
        stack, line = [], 1
        for part in TAG.split(text):
            if part.startswith("{{"):
                self.source.add(f"result.append(str({self.expression(part[2:-2].strip(), line)}))")
            elif part.startswith("{%"):
                self.tag(part[2:-2].split(), stack, line)
            elif part and not part.startswith("{#"):
                self.source.add(f"result.append({part!r})")
            line += part.count("\n")
        if stack:
            raise TemplateError(f"line {stack[-1][1]}: {stack[-1][0]} is not closed")

    def tag(self, words, stack, line):
        match words:
            case ["for", name, "in", *rest]:
                self.variable(name, line, loop=True)
                self.source.add(f"for index, c_{name} in enumerate({self.expression(' '.join(rest), line)}):")
                self.source.indent += 1
                stack.append(("for", line))
            case ["if", *rest]:
                self.source.add(f"if {self.expression(' '.join(rest), line)}:")
                self.source.indent += 1
                stack.append(("if", line))
            case ["else"] if stack and stack[-1][0] == "if":
                self.source.indent -= 1
                self.source.add("else:")
                self.source.indent += 1
            case ["end", kind] if stack and stack[-1][0] == kind:
                stack.pop()
                self.source.indent -= 1
            case ["end", kind]:
                raise TemplateError(f"line {line}: end {kind} closes nothing")
            case _:
                raise TemplateError(f"line {line}: unknown tag {' '.join(words)!r}")

    def variable(self, name, line, loop=False):
        if not name.isidentifier():
            raise TemplateError(f"line {line}: not a name: {name!r}")
        (self.local if loop else self.names).add(name)
        return f"c_{name}"

    def expression(self, text, line):
        if "|" in text:
            first, *filters = text.split("|")
            code = self.expression(first.strip(), line)
            for name in filters:
                name, _, argument = name.strip().partition(":")
                if name not in FILTERS:
                    raise TemplateError(f"line {line}: no filter {name!r}")
                code = f"filters[{name!r}]({code}{', ' + argument if argument else ''})"
            return code
        if text.startswith("not "):
            return f"not {self.expression(text[4:], line)}"
        if "." in text:
            first, *steps = text.split(".")
            return f"look({self.expression(first, line)}, {steps!r})"
        return "index" if text == "loop" else self.variable(text, line)

    def render(self, **context):
        return self.function(context, look, FILTERS)


def look(value, steps):
    for step in steps:
        try:
            value = getattr(value, step)
        except AttributeError:
            value = value[int(step) if step.isdigit() else step]
        if callable(value):
            value = value()
    return value


PAGE = """\
<h1>{{ title|title|escape }}</h1>
{# the list #}{% for item in items %}
{% if item.stock %}<li>{{ loop }}. {{ item.name|upper }}: {{ item.cents|money }}{% else %}<li class="out">{{ item.name }}{% end if %}{% end for %}
{% if not items %}nothing{% end if %}total {{ items|length }}, tags {{ tags|join:" / " }}, {{ note|default:"no note" }} {{ owner.name.strip }}
"""
page = Template(PAGE)
print(page.render(title="tom & jerry's <shop>", tags=["a", "b"], owner={"name": "  Ann "}, items=[
    {"name": "cheese", "cents": 123456, "stock": 3}, {"name": "trap", "cents": 5, "stock": 0},
    {"name": "milk", "cents": 99, "stock": True}]))
print(page.render(title="empty", items=[], tags=range(3), note="hm", owner=["x"][0:0] or {"name": "y"}))
print(page.source)
for bad in ("{% for x in %}", "{% if a %}..", "{% end for %}", "a\nb{{ x|nope }}", "{% loop %}", "{{ 1x }}"):
    try:
        Template(bad)
    except (TemplateError, SyntaxError) as exc:
        print(type(exc).__name__, exc)
try:
    Template(textwrap.dedent("""\
        {% for x in xs %}{{ x.y.z }}{% end for %}""")).render(xs=[{"y": {}}])
except KeyError as exc:
    print("KeyError", exc, exc.__traceback__.tb_next.tb_next.tb_frame.f_code.co_filename)
