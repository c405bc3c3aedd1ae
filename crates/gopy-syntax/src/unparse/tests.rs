//! What `x: EXPRESSION` leaves in `__annotations__` under `from __future__ import annotations`, as
//! the oracle has it.

use crate::ast::{Arena, Interner, Mod};
use crate::{
    Host, Mode, ParseOptions, SyntaxError, SyntaxErrorKind, Warning, WarningFailure, lexer, parse,
};

struct Quiet;

impl Host for Quiet {
    fn warn(&mut self, _: Warning<'_>) -> Result<(), WarningFailure> {
        Ok(())
    }

    fn decode(&mut self, encoding: &str, _: &[u8]) -> Result<String, Box<SyntaxError>> {
        Err(SyntaxError::bare(SyntaxErrorKind::Lookup, encoding))
    }

    fn int_max_str_digits(&self) -> usize {
        4300
    }
}

fn unparse(text: &str) -> Result<String, Box<SyntaxError>> {
    let arena = Arena::new();
    let mut interner = Interner::new(&arena);
    let source = lexer::Source::from_str(text, false)?;
    let options = ParseOptions::default();
    let tree = parse(&source, Mode::Eval, &options, &mut Quiet, &arena, &mut interner)?;
    let Mod::Expression { body } = tree else { panic!("not an expression: {tree:?}") };
    Ok(String::from_utf8_lossy(&super::expression(body, &interner, 4300)?).into_owned())
}

#[test]
fn annotations() {
    #[rustfmt::skip]
    let cases = [
        ("a.b[c](d, *e, f=1, **g)", "a.b[c](d, *e, f=1, **g)"),
        ("(a, b)", "(a, b)"),
        ("x[a, b]", "x[a, b]"),
        ("x[(a, b):c, ::d]", "x[(a, b):c, ::d]"),
        ("x[*a]", "x[*a,]"),
        ("()", "()"),
        ("(a,)", "(a,)"),
        ("lambda: 0", "lambda: 0"),
        ("lambda x, /, y=1, *z, k=2, j, **w: x", "lambda x, /, y=1, *z, k=2, j, **w: x"),
        ("lambda *, k: k", "lambda*, k: k"),
        ("a if b else (c if d else e)", "a if b else c if d else e"),
        ("(lambda: x)()", "(lambda: x)()"),
        ("-(-x) ** -y ** z", "-(-x) ** (-y ** z)"),
        ("(a + b) * c - (d - e) @ f", "(a + b) * c - (d - e) @ f"),
        ("not (a and b or c)", "not (a and b or c)"),
        ("a < b <= (c == d) is not e not in f", "a < b <= (c == d) is not e not in f"),
        ("{**a, 'b': 1, c: {2, 3}}", "{**a, 'b': 1, c: {2, 3}}"),
        ("f(x for x in y)", "f(x for x in y)"),
        ("f((x for x in y), 1)", "f((x for x in y), 1)"),
        ("{x: y for x in z}", "{x: y for x in z}"),
        ("{x for x in z}", "{x for x in z}"),
        ("1 .real", "1 .real"),
        ("1.5.real", "1.5.real"),
        ("1e999", "1e309"),
        ("-1e999j", "-1e309j"),
        ("1e999j", "1e309j"),
        ("0xffffffffffffffffffffff", "309485009821345068724781055"),
        ("u'a' 'b'", "u'ab'"),
        ("b'a\\x00\"\\''", "b'a\\x00\"\\''"),
        ("'it\\'s \"\\t\\x7f\\u20ac\\ud800\\U0001f600\\xad'", "'it\\'s \"\\t\\x7f€\\ud800😀\\xad'"),
        ("f'{x}{y!r:>{w}.2f}{{}}'", "f'{x}{y!r:>{w}.2f}{{}}'"),
        ("f'{ {1: 2} }{(lambda: 1)}'", "f'{ {1: 2}}{(lambda: 1)}'"),
        ("f\"{x=}\"", "f'x={x!r}'"),
        ("f'a\"b\\'c{d[\"e\"]}'", "f'a\"b\\'c{d[\\'e\\']}'"),
        ("t'{x !r:{y}}z{ {1} }'", "t'{x !r:{y}}z{ {1} }'"),
        ("...", "..."),
        ("None or True", "None or True"),
        ("a | b ^ c & d << e", "a | b ^ c & d << e"),
        ("~a // b % c", "~a // b % c"),
        ("x[1:2, ...]", "x[1:2, ...]"),
        ("(*a, b)", "(*a, b)"),
    ];
    for (source, expected) in cases {
        assert_eq!(unparse(source).as_deref(), Ok(expected), "{source}");
    }
}
