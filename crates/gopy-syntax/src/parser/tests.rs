//! Errors as the oracle reports them: message and place of known mistakes.

use super::*;
use crate::{Warning, WarningFailure};

struct Quiet;

impl Host for Quiet {
    fn warn(&mut self, _: Warning<'_>) -> Result<(), WarningFailure> {
        Ok(())
    }

    fn decode(&mut self, encoding: &str, _: &[u8]) -> Result<String, Box<SyntaxError>> {
        Err(SyntaxError::bare(SyntaxErrorKind::Lookup, format!("unknown encoding: {encoding}")))
    }

    fn int_max_str_digits(&self) -> usize {
        4300
    }
}

fn error_of(text: &str, mode: Mode, options: &ParseOptions) -> Option<Box<SyntaxError>> {
    let source = match Source::from_str(text, mode == Mode::File) {
        Ok(source) => source,
        Err(error) => return Some(error),
    };
    let arena = Arena::new();
    let mut interner = Interner::new(&arena);
    parse(&source, mode, options, &mut Quiet, &arena, &mut interner).err()
}

/// Source, message, and (`lineno`, `offset`, `end_lineno`, `end_offset`).
type Case = (&'static str, &'static str, (u32, i32, u32, i32));

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("x = (1,\nif", "'(' was never closed", (1, 5, 1, 0)),
    ("f(a b)\n", "invalid syntax. Perhaps you forgot a comma?", (1, 3, 1, 6)),
    ("print x\n", "Missing parentheses in call to 'print'. Did you mean print(...)?", (1, 1, 1, 8)),
    ("if x\n  pass\n", "expected ':'", (1, 5, 1, 6)),
    ("if x:\npass\n", "expected an indented block after 'if' statement on line 1", (2, 1, 2, 5)),
    ("a = 1 = b\n", "cannot assign to literal", (1, 5, 1, 6)),
    ("f() = 1\n", "cannot assign to function call here. Maybe you meant '==' instead of '='?", (1, 1, 1, 4)),
    ("del f()\n", "cannot delete function call", (1, 5, 1, 8)),
    ("f(a=1, b)\n", "positional argument follows keyword argument", (1, 9, 1, 10)),
    ("f(**k, *a)\n", "iterable argument unpacking follows keyword argument unpacking", (1, 6, 1, 10)),
    ("f(x for x in y, 1)\n", "Generator expression must be parenthesized", (1, 3, 1, 15)),
    ("def f(a=1, b): pass\n", "parameter without a default follows parameter with a default", (1, 12, 1, 13)),
    ("def f(*): pass\n", "named arguments must follow bare *", (1, 7, 1, 8)),
    ("lambda *: 1\n", "named arguments must follow bare *", (1, 9, 1, 10)),
    ("[x, y for x in z]\n", "did you forget parentheses around the comprehension target?", (1, 2, 1, 6)),
    ("{1: 2, 3}\n", "':' expected after dictionary key", (1, 8, 1, 0)),
    ("{1: *a}\n", "cannot use a starred expression in a dictionary value", (1, 5, 1, 7)),
    ("import a.b as c.d\n", "cannot use attribute as import target", (1, 15, 1, 18)),
    ("from x import a,\n", "trailing comma not allowed without surrounding parentheses", (1, 17, 1, 18)),
    ("try:\n  pass\nx\n", "expected 'except' or 'finally' block", (3, 1, 3, 2)),
    ("try:\n  pass\nexcept A, B as c:\n  pass\n", "multiple exception types must be parenthesized when using 'as'", (3, 8, 3, 17)),
    ("match x:\n  case 1 as _: pass\n", "cannot use '_' as a target", (2, 13, 2, 14)),
    ("x = f'{a b}'\n", "invalid syntax. Perhaps you forgot a comma?", (1, 8, 1, 11)),
    ("f'{}'\n", "f-string: valid expression required before '}'", (1, 4, 1, 5)),
    ("f'{a!z}'\n", "f-string: invalid conversion character 'z': expected 's', 'r', or 'a'", (1, 6, 1, 7)),
    ("'a' t'b'\n", "cannot mix t-string literals with string or bytes literals", (1, 1, 1, 9)),
    ("'a' b'b'\n", "cannot mix bytes and nonbytes literals", (1, 9, 1, 10)),
    ("a <> b\n", "invalid syntax.  Maybe you meant '!=' instead of '<>'?", (1, 3, 1, 5)),
    ("1 + not 2\n", "'not' after an operator must be parenthesized", (1, 5, 1, 10)),
    ("class C[]: pass\n", "Type parameter list cannot be empty", (1, 9, 1, 9)),
    ("for x in y z: pass\n", "invalid syntax", (1, 12, 1, 13)),
    ("with a as f(): pass\n", "cannot assign to function call", (1, 11, 1, 14)),
    ("x: int: 3\n", "invalid syntax", (1, 7, 1, 8)),
    ("(a, b): int\n", "only single target (not tuple) can be annotated", (1, 1, 1, 7)),
    ("  x\n", "unexpected indent", (1, 2, 1, -1)),
    ("if 1:\n    x\n  y\n", "unindent does not match any outer indentation level", (3, 4, 3, -1)),
    ("x = 1 if 2\n", "expected 'else' after 'if' expression", (1, 5, 1, 11)),
    ("a := 1\n", "invalid syntax", (1, 3, 1, 5)),
    ("(a.b := 1)\n", "cannot use assignment expressions with attribute", (1, 2, 1, 5)),
    ("if x = 3: pass\n", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", (1, 4, 1, 9)),
    ("else: pass\n", "invalid syntax", (1, 1, 1, 5)),
    (")\n", "unmatched ')'", (1, 1, 1, 1)),
    ("(]\n", "closing parenthesis ']' does not match opening parenthesis '('", (1, 2, 1, 2)),
    ("'abc\n", "unterminated string literal (detected at line 1)", (1, 1, 1, 1)),
    ("\\ x\n", "unexpected character after line continuation character", (1, 2, 1, 0)),
    ("0777\n", "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers", (1, 1, 1, 2)),
    ("1__0\n", "invalid decimal literal", (1, 2, 1, 2)),
    ("async x\n", "invalid syntax", (1, 7, 1, 8)),
    ("while 1:\n  x\nelse:\n  y\nelif z: pass\n", "'elif' block follows an 'else' block", (5, 1, 5, 5)),
];

#[test]
fn known_mistakes_have_their_messages_and_places() {
    for (text, message, place) in CASES {
        let error = error_of(text, Mode::File, &ParseOptions::default()).expect(text);
        assert_eq!(error.message, *message, "{text:?}");
        let found = (error.lineno, error.offset, error.end_lineno, error.end_offset);
        assert_eq!(found, *place, "{text:?}");
    }
}

#[test]
fn rules_nest_as_deep_as_the_options_allow() {
    let text = format!("{}1", "-".repeat(5900));
    assert_eq!(error_of(&text, Mode::File, &ParseOptions::default()), None);
    let options = ParseOptions { level_max: 5000, ..ParseOptions::default() };
    let error = error_of(&text, Mode::File, &options).expect("too deep");
    assert_eq!(error.kind, SyntaxErrorKind::Memory);
}

#[test]
fn input_without_its_end_is_incomplete_if_asked() {
    let options = ParseOptions { allow_incomplete_input: true, ..ParseOptions::default() };
    for (text, incomplete) in
        [("if x:\n", true), ("(1,\n", true), ("'''a\n", true), ("x y\n", false)]
    {
        let error = error_of(text, Mode::Single, &options).expect(text);
        assert_eq!(error.kind == SyntaxErrorKind::Incomplete, incomplete, "{text:?}");
    }
}
