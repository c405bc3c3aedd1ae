//! Prints trees and errors as `xtask/py/dump_ast.py` prints the oracle's, or measures.
//!
//! `dump_ast [--mode MODE] FILE…` prints; `--check` prints a checksum a file instead;
//! `--time` parses every file ten times and prints megabytes a second. `-` for the files reads
//! sources from standard input: a line `LENGTH MODE VERSION FLAGS`, then so many bytes; for each
//! comes a line with a length and a dump. Flags are letters: `t` type comments, `i` incomplete
//! input, `d` no dedents implied, `b` `<>`, `w` warnings shown, `e` warnings are errors, `-` none.

use std::fmt::Write as _;
use std::io::{BufRead as _, Read as _, Write as _};

use gopy_syntax::ast::*;
use gopy_syntax::lexer::Source;
use gopy_syntax::{
    Host, Mode, ParseOptions, SyntaxError, SyntaxErrorKind, Warning, WarningFailure, parse,
};

/// Keeps the warnings, or makes errors of them.
#[derive(Default)]
struct Quiet {
    warnings: String,
    escalate: bool,
}

impl Host for Quiet {
    fn warn(&mut self, warning: Warning<'_>) -> Result<(), WarningFailure> {
        if self.escalate {
            return Err(WarningFailure::Escalated);
        }
        let Warning { category, message, lineno } = warning;
        let _ = writeln!(self.warnings, "{category:?} {lineno}: {message}");
        Ok(())
    }

    fn decode(&mut self, encoding: &str, _: &[u8]) -> Result<String, Box<SyntaxError>> {
        let message = format!("unknown encoding: {encoding}");
        Err(SyntaxError::bare(SyntaxErrorKind::Lookup, message))
    }

    fn int_max_str_digits(&self) -> usize {
        4300
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut args = args.iter().map(String::as_str).peekable();
    let mut mode = Mode::File;
    let mut check = false;
    let mut time = false;
    while let Some(flag) = args.next_if(|arg| arg.starts_with("--")) {
        match flag {
            "--check" => check = true,
            "--time" => time = true,
            "--mode" => mode = mode_named(args.next().unwrap_or_default()),
            _ => panic!("unknown flag {flag}"),
        }
    }
    if args.peek() == Some(&"-") {
        return serve();
    }
    let paths: Vec<&str> = args.collect();
    if time {
        return measure(&paths);
    }
    let mut stdout = std::io::stdout().lock();
    for path in paths {
        let bytes = std::fs::read(path).expect("the file can be read");
        let dump = dump(&bytes, mode, &ParseOptions::default(), &mut Quiet::default());
        let line = if check { format!("{:08x} {path}\n", crc32(dump.as_bytes())) } else { dump };
        stdout.write_all(line.as_bytes()).expect("standard output is open");
    }
}

fn mode_named(name: &str) -> Mode {
    match name {
        "single" => Mode::Single,
        "eval" => Mode::Eval,
        "func_type" => Mode::FunctionType,
        _ => Mode::File,
    }
}

fn serve() {
    let mut stdin = std::io::stdin().lock();
    let mut stdout = std::io::stdout().lock();
    let mut line = String::new();
    while stdin.read_line(&mut line).is_ok_and(|read| read > 0) {
        let [length, mode, version, flags] =
            line.split_whitespace().collect::<Vec<_>>().try_into().expect("four words");
        let mut bytes = vec![0; length.parse().expect("a length")];
        stdin.read_exact(&mut bytes).expect("so many bytes");
        let options = ParseOptions {
            type_comments: flags.contains('t'),
            feature_version: version.parse().expect("a number"),
            allow_incomplete_input: flags.contains('i'),
            dont_imply_dedent: flags.contains('d'),
            barry_as_flufl: flags.contains('b'),
            ..ParseOptions::default()
        };
        let mut host = Quiet { escalate: flags.contains('e'), ..Quiet::default() };
        let mut dump = dump(&bytes, mode_named(mode), &options, &mut host);
        if flags.contains('w') {
            dump.push_str(&host.warnings);
        }
        write!(stdout, "{}\n{dump}", dump.len()).expect("standard output is open");
        stdout.flush().expect("standard output is open");
        line.clear();
    }
}

fn measure(paths: &[&str]) {
    let sources: Vec<Vec<u8>> = paths.iter().filter_map(|path| std::fs::read(path).ok()).collect();
    let mut host = Quiet::default();
    let mut read = 0;
    let start = std::time::Instant::now();
    for _ in 0..10 {
        for bytes in &sources {
            let Ok(source) = Source::from_bytes(bytes, true, &mut host) else { continue };
            let arena = Arena::new();
            let mut interner = Interner::new(&arena);
            let options = ParseOptions::default();
            let _ = parse(&source, Mode::File, &options, &mut host, &arena, &mut interner);
            read += bytes.len();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{:.1} MB/s, {:.3} s a round", read as f64 / 1e6 / seconds, seconds / 10.0);
}

fn dump(bytes: &[u8], mode: Mode, options: &ParseOptions, host: &mut Quiet) -> String {
    let arena = Arena::new();
    let mut interner = Interner::new(&arena);
    let result = Source::from_bytes(bytes, mode == Mode::File, host)
        .and_then(|source| parse(&source, mode, options, host, &arena, &mut interner));
    let mut out = Dumper { out: String::new(), interner: &interner };
    match result {
        Ok(tree) => {
            tree.dump(&mut out);
            out.out.push('\n');
        }
        Err(error) => out.error(&error),
    }
    out.out
}

struct Dumper<'d, 'a> {
    out: String,
    interner: &'d Interner<'a>,
}

impl Dumper<'_, '_> {
    fn error(&mut self, error: &SyntaxError) {
        let _ = writeln!(self.out, "{:?}: {}", error.kind, error.message);
        if error.kind.is_syntax_error() {
            let _ = writeln!(
                self.out,
                "{} {} {} {}",
                error.lineno, error.offset, error.end_lineno, error.end_offset
            );
            match &error.text {
                Some(text) => self.hex(text.as_bytes()),
                None => self.out.push_str("None"),
            }
            match error.last_statement {
                Some((lineno, col_offset)) => {
                    let _ = writeln!(self.out, "\nafter {lineno}:{col_offset}");
                }
                None => self.out.push('\n'),
            }
        }
    }

    fn hex(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\\' | b'\'' => {
                    let _ = write!(self.out, "\\{}", char::from(*byte));
                }
                0x20..0x7f => self.out.push(char::from(*byte)),
                _ => {
                    let _ = write!(self.out, "\\x{byte:02x}");
                }
            }
        }
    }

    fn range(&mut self, range: &Range) {
        let Range { lineno, col_offset, end_lineno, end_col_offset } = range;
        let _ = write!(self.out, " @{lineno}:{col_offset}-{end_lineno}:{end_col_offset}");
    }
}

trait Dump {
    fn dump(&self, out: &mut Dumper<'_, '_>);
}

impl<T: Dump> Dump for &T {
    fn dump(&self, out: &mut Dumper<'_, '_>) {
        (**self).dump(out);
    }
}

impl<T: Dump> Dump for Option<T> {
    fn dump(&self, out: &mut Dumper<'_, '_>) {
        match self {
            Some(value) => value.dump(out),
            None => out.out.push_str("None"),
        }
    }
}

impl<T: Dump> Dump for &[T] {
    fn dump(&self, out: &mut Dumper<'_, '_>) {
        out.out.push('[');
        for item in *self {
            item.dump(out);
            out.out.push(',');
        }
        out.out.push(']');
    }
}

impl Dump for Symbol {
    fn dump(&self, out: &mut Dumper<'_, '_>) {
        let name = out.interner.name(*self);
        out.out.push('\'');
        out.hex(name);
        out.out.push('\'');
    }
}

impl Dump for i32 {
    fn dump(&self, out: &mut Dumper<'_, '_>) {
        let _ = write!(out.out, "{self}");
    }
}

/// Text that is no name: a type comment, the `u` of a literal.
struct Text<'t>(&'t [u8]);

impl Dump for Text<'_> {
    fn dump(&self, out: &mut Dumper<'_, '_>) {
        out.out.push('\'');
        out.hex(self.0);
        out.out.push('\'');
    }
}

impl Dump for &[u8] {
    fn dump(&self, out: &mut Dumper<'_, '_>) {
        Text(self).dump(out);
    }
}

impl Dump for Constant<'_> {
    fn dump(&self, out: &mut Dumper<'_, '_>) {
        let bits = |value: f64| format!("{:016x}", value.to_bits());
        match self {
            Constant::None => out.out.push_str("None"),
            Constant::True => out.out.push_str("True"),
            Constant::False => out.out.push_str("False"),
            Constant::Ellipsis => out.out.push_str("Ellipsis"),
            Constant::Int(value) => {
                let _ = write!(out.out, "int {value:x}");
            }
            Constant::BigInt(value) => {
                out.out.push_str("int ");
                let mut bits: Vec<u8> = Vec::new();
                for digit in value.digits {
                    bits.extend((0..30).map(|at| (digit >> at & 1) as u8));
                }
                let nibbles = bits.chunks(4).map(|n| n.iter().rev().fold(0, |sum, b| sum << 1 | b));
                let hex: String = nibbles.map(|n: u8| format!("{n:x}")).collect();
                let hex: String = hex.chars().rev().collect();
                out.out.push_str(hex.trim_start_matches('0'));
            }
            Constant::Float(value) => {
                let _ = write!(out.out, "float {}", bits(*value));
            }
            Constant::Complex { real, imag } => {
                let _ = write!(out.out, "complex {} {}", bits(*real), bits(*imag));
            }
            Constant::Str(text) => {
                out.out.push_str("str ");
                Text(text).dump(out);
            }
            Constant::Bytes(text) => {
                out.out.push_str("bytes ");
                Text(text).dump(out);
            }
            Constant::Tuple(_) | Constant::FrozenSet(_) => out.out.push_str("folded"),
        }
    }
}

macro_rules! plain {
    ($ty:ident) => {
        impl Dump for $ty {
            fn dump(&self, out: &mut Dumper<'_, '_>) {
                let _ = write!(out.out, "{self:?}");
            }
        }
    };
}

macro_rules! sum {
    ($ty:ident: $($variant:ident { $($field:ident)* })*) => {
        impl Dump for $ty<'_> {
            fn dump(&self, out: &mut Dumper<'_, '_>) {
                match self {
                    $($ty::$variant { $($field),* } => {
                        out.out.push_str(stringify!($variant));
                        out.out.push('(');
                        $(
                            $field.dump(out);
                            out.out.push(';');
                        )*
                        out.out.push(')');
                    })*
                }
            }
        }
    };
}

macro_rules! located {
    ($ty:ident) => {
        impl Dump for $ty<'_> {
            fn dump(&self, out: &mut Dumper<'_, '_>) {
                self.kind.dump(out);
                out.range(&self.range);
            }
        }
    };
}

macro_rules! record {
    ($ty:ident $(<$life:lifetime>)?, $($at:ident)?: $($field:ident)*) => {
        impl Dump for $ty $(<$life>)? {
            fn dump(&self, out: &mut Dumper<'_, '_>) {
                out.out.push_str(stringify!($ty));
                out.out.push('(');
                $(
                    self.$field.dump(out);
                    out.out.push(';');
                )*
                out.out.push(')');
                $(out.range(&self.$at);)?
            }
        }
    };
}

sum!(Mod:
    Module { body type_ignores }
    Interactive { body }
    Expression { body }
    FunctionType { argtypes returns }
);
sum!(StmtKind:
    FunctionDef { name args body decorator_list returns type_comment type_params }
    AsyncFunctionDef { name args body decorator_list returns type_comment type_params }
    ClassDef { name bases keywords body decorator_list type_params }
    Return { value }
    Delete { targets }
    Assign { targets value type_comment }
    TypeAlias { name type_params value }
    AugAssign { target op value }
    AnnAssign { target annotation value simple }
    For { target iter body orelse type_comment }
    AsyncFor { target iter body orelse type_comment }
    While { test body orelse }
    If { test body orelse }
    With { items body type_comment }
    AsyncWith { items body type_comment }
    Match { subject cases }
    Raise { exc cause }
    Try { body handlers orelse finalbody }
    TryStar { body handlers orelse finalbody }
    Assert { test msg }
    Import { names }
    ImportFrom { module names level }
    Global { names }
    Nonlocal { names }
    Expr { value }
    Pass {}
    Break {}
    Continue {}
);
located!(Stmt);
sum!(ExprKind:
    BoolOp { op values }
    NamedExpr { target value }
    BinOp { left op right }
    UnaryOp { op operand }
    Lambda { args body }
    IfExp { test body orelse }
    Dict { keys values }
    Set { elts }
    ListComp { elt generators }
    SetComp { elt generators }
    DictComp { key value generators }
    GeneratorExp { elt generators }
    Await { value }
    Yield { value }
    YieldFrom { value }
    Compare { left ops comparators }
    Call { func args keywords }
    FormattedValue { value conversion format_spec }
    Interpolation { value str conversion format_spec }
    JoinedStr { values }
    TemplateStr { values }
    Constant { value kind }
    Attribute { value attr ctx }
    Subscript { value slice ctx }
    Starred { value ctx }
    Name { id ctx }
    List { elts ctx }
    Tuple { elts ctx }
    Slice { lower upper step }
);
located!(Expr);
plain!(ExprContext);
plain!(BoolOp);
plain!(Operator);
plain!(UnaryOp);
plain!(CmpOp);
record!(ExceptHandler<'_>, range: type_ name body);
sum!(PatternKind:
    MatchValue { value }
    MatchSingleton { value }
    MatchSequence { patterns }
    MatchMapping { keys patterns rest }
    MatchClass { cls patterns kwd_attrs kwd_patterns }
    MatchStar { name }
    MatchAs { pattern name }
    MatchOr { patterns }
);
located!(Pattern);
record!(TypeIgnore<'_>, : lineno tag);
sum!(TypeParamKind:
    TypeVar { name bound default_value }
    ParamSpec { name default_value }
    TypeVarTuple { name default_value }
);
located!(TypeParam);
record!(Comprehension<'_>, : target iter ifs is_async);
record!(Arguments<'_>, : posonlyargs args vararg kwonlyargs kw_defaults kwarg defaults);
record!(Arg<'_>, range: arg annotation type_comment);
record!(Keyword<'_>, range: arg value);
record!(Alias, range: name asname);
record!(WithItem<'_>, : context_expr optional_vars);
record!(MatchCase<'_>, : pattern guard body);

fn crc32(bytes: &[u8]) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|at| {
        (0..8).fold(at as u32, |sum, _| sum >> 1 ^ if sum & 1 != 0 { 0xedb8_8320 } else { 0 })
    });
    !bytes.iter().fold(!0, |sum, byte| table[(sum as u8 ^ byte) as usize] ^ sum >> 8)
}
