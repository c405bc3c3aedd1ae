//! Prints code objects as `xtask/py/compare_code.py` prints the oracle's.
//!
//! `dump_code OPTIMIZE LIST` compiles the files that LIST names, one a line, and writes for each
//! `LENGTH\n` and so many bytes.

use std::fmt::Write as _;
use std::io::Write as _;

use gopy_compiler::{CodeUnit, CompileOptions, Const, ConstValue, StackBounds, compile};
use gopy_syntax::ast::{Arena, Interner};
use gopy_syntax::lexer::Source;
use gopy_syntax::{
    Host, Mode, ParseOptions, SyntaxError, SyntaxErrorKind, Warning, WarningFailure, parse,
};

/// The compiler stops where CPython does with a stack of 8 MiB; the parser may need more.
const STACK: usize = 64 << 20;
const COMPILER_STACK: usize = 8 << 20;

struct Quiet<'s> {
    lines: Vec<&'s [u8]>,
}

impl Host for Quiet<'_> {
    fn warn(&mut self, _: Warning<'_>) -> Result<(), WarningFailure> {
        Ok(())
    }

    fn decode(&mut self, encoding: &str, _: &[u8]) -> Result<String, Box<SyntaxError>> {
        Err(SyntaxError::bare(SyntaxErrorKind::Lookup, format!("unknown encoding: {encoding}")))
    }

    fn int_max_str_digits(&self) -> usize {
        4300
    }

    fn program_line(&mut self, lineno: u32) -> Option<String> {
        let line = self.lines.get((lineno as usize).checked_sub(1)?)?;
        Some(format!("{}\n", std::str::from_utf8(line).ok()?))
    }
}

fn main() {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run);
    thread.expect("a thread can start").join().expect("the thread ends well");
}

fn run() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [optimize, list] = args.as_slice() else { panic!("usage: dump_code OPTIMIZE LIST") };
    let optimize = optimize.parse().expect("a level");
    let list = std::fs::read_to_string(list).expect("the list can be read");
    let mut stdout = std::io::stdout().lock();
    for path in list.lines() {
        let bytes = std::fs::read(path).expect("the file can be read");
        let dump = dump(&bytes, path, optimize);
        write!(stdout, "{}\n{dump}", dump.len()).expect("standard output is open");
    }
}

fn dump(bytes: &[u8], path: &str, optimize: u8) -> String {
    let arena = Arena::new();
    let mut interner = Interner::new(&arena);
    let mut host = Quiet { lines: bytes.split(|byte| *byte == b'\n').collect() };
    let result = Source::from_bytes(bytes, true, &mut host)
        .and_then(|source| {
            let options = ParseOptions::default();
            parse(&source, Mode::File, &options, &mut host, &arena, &mut interner)
        })
        .and_then(|tree| {
            let stack = StackBounds::from_here(COMPILER_STACK);
            let options = CompileOptions { flags: 0, optimize, stack };
            compile(&tree, path.as_bytes(), &options, &mut host, &arena, &mut interner)
        });
    let mut out = String::new();
    match result {
        Ok(code) => unit(&mut out, &code),
        Err(error) => {
            let _ = writeln!(
                out,
                "error {:?}: {} {} {} {} {}",
                error.kind,
                error.message,
                error.lineno,
                error.offset,
                error.end_lineno,
                error.end_offset
            );
        }
    }
    out
}

fn unit(out: &mut String, code: &CodeUnit) {
    let _ = writeln!(
        out,
        "unit {} first {} args {} {} {} flags {:x}",
        text(&code.qualname),
        code.firstlineno,
        code.argcount,
        code.posonlyargcount,
        code.kwonlyargcount,
        code.flags
    );
    let _ = writeln!(out, "name {} file {}", text(&code.name), text(&code.filename));
    let _ = writeln!(out, "stack {}", code.stacksize);
    let _ = writeln!(out, "names {}", constant(&code.names));
    let kinds = hex(&code.localspluskinds);
    let _ = writeln!(out, "locals {} {kinds}", constant(&code.localsplusnames));
    let _ = writeln!(out, "code {}", hex(&code.code));
    let _ = writeln!(out, "consts {}", constant(&code.consts));
    let _ = writeln!(out, "exceptions {}", hex(code.exceptiontable.bytes()));
    let _ = writeln!(out, "lines {}", hex(code.linetable.bytes()));
    for constant in code.consts.items() {
        if let ConstValue::Code(code) = constant.value() {
            unit(out, code);
        }
    }
}

fn text(constant: &Const) -> String {
    String::from_utf8_lossy(constant.bytes()).into_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn constant(value: &Const) -> String {
    let all = |items: &[Const]| items.iter().map(constant).collect::<Vec<_>>();
    match value.value() {
        ConstValue::None => "None".to_owned(),
        ConstValue::Bool(true) => "True".to_owned(),
        ConstValue::Bool(false) => "False".to_owned(),
        ConstValue::Ellipsis => "Ellipsis".to_owned(),
        ConstValue::Int(value) => format!("{value}"),
        ConstValue::BigInt(value) => value.to_base(10, false),
        ConstValue::Float(value) => format!("f{:016x}", value.to_bits()),
        ConstValue::Complex { real, imag } => {
            format!("c{:016x}{:016x}", real.to_bits(), imag.to_bits())
        }
        ConstValue::Str(bytes) if bytes.is_ascii() && !bytes.contains(&b'\n') => {
            format!("'{}'", String::from_utf8_lossy(bytes))
        }
        ConstValue::Str(bytes) => format!("s{}", hex(bytes)),
        ConstValue::Bytes(bytes) => format!("b{}", hex(bytes)),
        ConstValue::Tuple(items) => format!("({})", all(items).join(", ")),
        ConstValue::FrozenSet(items) => {
            let mut items = all(items);
            items.sort();
            format!("{{{}}}", items.join(", "))
        }
        ConstValue::Slice(parts) => format!("slice({})", all(parts.as_slice()).join(", ")),
        ConstValue::Code(code) => format!("<code {}>", text(&code.name)),
    }
}
