"""Writes crates/gopy-std-text/src/sre/cases.txt: compiled patterns, texts and where they match.

Run under the oracle: python3.14 xtask/py/sre_cases.py > crates/gopy-std-text/src/sre/cases.txt
"""

import re
import re._compiler as compiler
import re._parser as parser

PATTERNS = r"""
a
abc
aab
a|b
abc|abd|x
(a)|(b)
(a|ab)(c|bcd)(d*)
[abc]+
[^abc]+
[\w.]+@\w+
.*
.*b
.*?b
.+?c
a*
a+b
a{2,3}
a{2,3}?b
a{2,3}+b
(ab)*
(ab)+c
(ab)*?c
(a|b)*abb
(?:a|b)*?c
(a*)*
(a*)+
(a*?)*?b
(?:a?)*?y
((a)|b)*
(?:(a)|(b)|c)+
(a)(b)?\1
(a)?(?(1)b|c)
(a)?(?(1)b)c
(?P<x>a+)(?P=x)
(?=ab)a
(?=(a))ab
(?!ab)a
(?<=a)b
(?<!a)b
(?<=(a))b
(?>a+)ab
(?>a+)b
a++b
a++ab
a?+b
(?:ab)++c
(?:ab)?+ab
(?:a|ab)++c
((?:ab)*+)c
^a
a$
^abc$
(?m)^a
(?m)a$
\Aa
a\Z
\ba
a\b
\Ba
a\B
\d+
\D+
\s+
\S+
\W+
(?a)\w+
(?i)abc
(?i)[a-c]+
(?i)é+
(?i)[à-ü]+
(?i)(a)\1
(?ia)[a-z]+k
(?i)ſ
(?i)K
(?s).+
(?s).*?b
[\u0400-\u04ff]+
[\u0400\u2000-\u3000a]+
[^\u0400-\u04ff]
é+
[\x00-\xff]+
\U0001f600+
(\w+)\s+(\w+)
(a(b(c)?)?)?
(?:(?:a)?b)*c
(a+)+b
(?:x|y|z)*
x*?
(|a)+
(?:|a)*b
(a|b|ab)*bc
a.c
(a.c)+
a[b-d]e
[]]
[^]]
[a\-z]
(abc){2}
(?:(abc)|(ab)){2}
((a)(b))*
(?P<n>a)(?:(?P<m>b)|c)*
(?:(a)|b(?!a))*
(?:(a)(?=b)|b)*
(?<!\w)ab(?!\w)
(((a)))
(\d+)\.(\d*)
[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?
"(?:[^"\\]|\\.)*"
(?x) a  b # comment
""".strip("\n").split("\n")

TEXTS = [
    "", "a", "b", "c", "ab", "abc", "aab", "aaab", "abab", "ababc", "abcabc", "xabcx", "abd",
    "aaaaab", "bbbabb", "xyz", "a\nb", "\na", "a\n", "ab ab", "Hello, World", "foo@bar.com",
    "3.14e10 -2", '"a\\"b" "c"', "ABCabc", "été ÉTÉ", "kK\u212a", "sS\u017f", "\u0416\u0436x",
    "\U0001f600\U0001f600a", "a]b-", "aa\u2028b_1", "\u0661\u0662",
]


def spans(match):
    if match is None:
        return "-"
    numbers = [number for span in match.regs for number in span]
    last = -1 if match.lastindex is None else match.lastindex
    return " ".join(map(str, [*numbers, last]))


def main():
    print("# P;groups;code;pattern, then per text C;code points;pos endpos;method=spans lastindex…")
    for source in PATTERNS:
        pattern = re.compile(source)
        code = " ".join(str(int(word)) for word in compiler._code(parser.parse(source), pattern.flags))
        print("P", pattern.groups, code, ascii(source).replace(";", ""), sep=";")
        for number, text in enumerate(TEXTS):
            bounds = [(0, len(text))]
            if number % 5 == 0 and text:
                bounds.append((1, len(text) - 1))
            for pos, endpos in bounds:
                answers = [
                    f"{method}={spans(getattr(pattern, method)(text, pos, endpos))}"
                    for method in ("match", "fullmatch", "search")
                ]
                points = " ".join(str(ord(ch)) for ch in text)
                print("C", points, f"{pos} {endpos}", *answers, sep=";")


main()
