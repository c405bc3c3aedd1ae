"""A Markdown converter: blocks by generators, inline markup by regular expressions, an index, and HTML out."""
import html
import re
import textwrap
from collections.abc import Iterator

SOURCE = '''\
# The *little* book

An introduction with **bold**, `code <b>`, a [link](http://example.org "Title & more")
and an ![image](pic.png) over two lines.

## Lists & quotes

- one
- two with `x < y`
    - nested
    - nested *again*
- three

1. first
2. second

> A quotation
> of two lines
>
> - with a list

```python
def f(x):
    return x < 3 & True
```

| name | value |
|------|------:|
| a    | 1     |
| b*c* | 2     |

### Deep heading

Last paragraph \\*not emphasised\\* & done.

---

## Lists & quotes
'''


class Inline:
    RULES = [
        (re.compile(r"!\[([^]]*)\]\(([^)\s]+)\)"), r'<img alt="\1" src="\2">'),
        (re.compile(r'\[([^]]+)\]\((\S+?)(?: "([^"]*)")?\)'), lambda m: Inline.link(*m.groups())),
        (re.compile(r"\*\*(.+?)\*\*", re.S), r"<strong>\1</strong>"),
        (re.compile(r"\*(.+?)\*", re.S), r"<em>\1</em>"),
    ]
    SPLIT = re.compile(r"(`[^`]+`|\\.)")

    @staticmethod
    def link(text, target, title):
        extra = f' title="{title}"' if title else ""
        return f'<a href="{target}"{extra}>{text}</a>'

    @classmethod
    def render(cls, text):
        protected = []

        def keep(match):
            piece = match[0]
            protected.append(f"<code>{html.escape(piece[1:-1])}</code>" if piece[0] == "`" else html.escape(piece[1]))
            return f"\0{len(protected) - 1}\0"

        text = html.escape(cls.SPLIT.sub(keep, text), quote=False)
        for pattern, replacement in cls.RULES:
            text = pattern.sub(replacement, text)
        return re.sub(r"\0(\d+)\0", lambda m: protected[int(m[1])], text)


class Document:
    def __init__(self, source: str):
        self.headings: list[tuple[int, str, str]] = []
        self.slugs: dict[str, int] = {}
        self.body = "\n".join(self.blocks(source.splitlines()))

    def slug(self, text):
        base = re.sub(r"\W+", "-", re.sub("<.*?>", "", text).lower()).strip("-")
        count = self.slugs[base] = self.slugs.get(base, 0) + 1
        return base if count == 1 else f"{base}-{count}"

    def blocks(self, lines: list[str]) -> Iterator[str]:
        at = 0

        def take(test):
            nonlocal at
            start = at
            while at < len(lines) and test(lines[at]):
                at += 1
            return lines[start:at]

        while at < len(lines):
            line = lines[at]
            if not line.strip():
                at += 1
            elif m := re.match(r"(#{1,6})\s+(.*)", line):
                at += 1
                text = Inline.render(m[2])
                level, slug = len(m[1]), self.slug(text)
                self.headings.append((level, slug, text))
                yield f'<h{level} id="{slug}">{text}</h{level}>'
            elif line.startswith("```"):
                at += 1
                code = take(lambda l: not l.startswith("```"))
                at += 1
                yield f'<pre class="{line[3:]}">{html.escape(chr(10).join(code))}</pre>'
            elif line.startswith(">"):
                inner = [l[1:].removeprefix(" ") for l in take(lambda l: l.startswith(">"))]
                yield "<blockquote>\n" + textwrap.indent("\n".join(self.blocks(inner)), "  ") + "\n</blockquote>"
            elif re.match(r"(-{3,}|\*{3,})$", line):
                at += 1
                yield "<hr>"
            elif m := re.match(r"([-*]|\d+\.) ", line):
                tag = "ol" if m[1][0].isdigit() else "ul"
                yield from self.list(take(lambda l: re.match(r"([-*]|\d+\.) |\s+\S", l)), tag)
            elif line.startswith("|"):
                yield self.table(take(lambda l: l.startswith("|")))
            else:
                paragraph = take(lambda l: l.strip() and not re.match(r"#|>|```|\||[-*] ", l))
                yield f"<p>{Inline.render(' '.join(map(str.strip, paragraph)))}</p>"

    def list(self, lines, tag):
        yield f"<{tag}>"
        items = []
        for line in lines:
            if line[0].isspace():
                items[-1][1].append(line)
            else:
                items.append((line.split(" ", 1)[1], []))
        for text, nested in items:
            inner = "".join("\n" + part for part in self.blocks(textwrap.dedent("\n".join(nested)).splitlines()))
            yield f"  <li>{Inline.render(text)}{textwrap.indent(inner, '    ')}</li>"
        yield f"</{tag}>"

    def table(self, lines):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        head, rule, *body = rows
        right = [cell.endswith(":") for cell in rule]
        out = []
        for kind, row in [("th", head), *(("td", r) for r in body)]:
            cells = (f"<{kind}{' align=right' * r}>{Inline.render(c)}</{kind}>" for c, r in zip(row, right, strict=True))
            out.append("<tr>" + "".join(cells) + "</tr>")
        return "<table>" + "".join(out) + "</table>"

    def index(self):
        return "\n".join(f"{'  ' * (level - 1)}* {text} -> #{slug}" for level, slug, text in self.headings)


document = Document(SOURCE)
print(document.body)
print(document.index())
words = re.findall(r"[A-Za-z]+", html.unescape(re.sub("<[^>]+>", " ", document.body)))
print(len(words), max(words, key=lambda w: (len(w), w)), sorted({w.lower() for w in words})[:8])
