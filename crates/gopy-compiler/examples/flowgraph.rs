//! Runs instruction sequences through the flow graph and the assembler, for
//! `xtask/py/compare_flowgraph.py`, which has the oracle do the same and compares.
//!
//! A request on standard input is a line with a command, lines with its data and a line with a
//! full stop; the answer has lines of its own and ends in the same way.

use std::fmt::Write as _;
use std::io::{self, BufRead, Write as _};

use gopy_compiler::assemble::{assemble_code_object, optimize_and_assemble};
use gopy_compiler::flowgraph::{FlowError, optimize_cfg};
use gopy_compiler::{
    CodeUnit, Const, ConstCache, ConstValue, InstructionSequence, Location, Opcode, UnitMetadata,
};
use gopy_numeric::int::{BigInt, parse::parse_int};

/// One request.
#[derive(Default)]
struct Request {
    sequence: InstructionSequence,
    consts: Vec<Const>,
    numbers: Vec<i64>,
    lists: [Vec<Const>; 5],
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut command = String::new();
    let mut request = Request::default();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let Some((kind, rest)) = line.split_at_checked(1) else { continue };
        match kind {
            "!" => {
                let mut words = rest.split(' ');
                command = words.next().unwrap_or_default().to_owned();
                request.numbers = words.filter_map(|word| word.parse().ok()).collect();
            }
            "c" => request.consts = rest.split_terminator(' ').map(read_const).collect(),
            "n" | "v" | "x" | "f" | "h" => {
                let list = "nvxfh".find(kind).unwrap_or_default();
                request.lists[list] = rest.split_terminator(' ').map(Const::str).collect();
            }
            "." => {
                let request = std::mem::take(&mut request);
                let answer = match answer(&command, request) {
                    Ok(text) => text,
                    Err(error) => format!("error {error}\n"),
                };
                out.write_all(answer.as_bytes())?;
                out.write_all(b".\n")?;
                out.flush()?;
            }
            _ => {
                let numbers: Vec<i32> =
                    line.split(' ').filter_map(|word| word.parse().ok()).collect();
                if let [op, arg, lineno, end_lineno, col, end_col] = numbers[..] {
                    let location = Location::new(lineno, end_lineno, col, end_col);
                    request.sequence.addop(Opcode(op as u16), arg as u32, location);
                }
            }
        }
    }
    Ok(())
}

fn answer(command: &str, request: Request) -> Result<String, FlowError> {
    let Request { sequence, mut consts, numbers, lists } = request;
    let number = |at: usize| numbers.get(at).copied().unwrap_or_default();
    if command == "optimize" {
        let sequence = optimize_cfg(sequence, &mut consts, number(0) as usize)?;
        let mut text = String::new();
        for instruction in sequence.instructions() {
            let Location { lineno, end_lineno, col_offset, end_col_offset } = instruction.location;
            let _ = writeln!(
                text,
                "{} {} {lineno} {end_lineno} {col_offset} {end_col_offset}",
                instruction.opcode.0, instruction.oparg
            );
        }
        text.push_str(&write_consts(&consts));
        return Ok(text);
    }
    let [names, varnames, cellvars, freevars, fast_hidden] = lists;
    let metadata = UnitMetadata {
        name: Const::str("name"),
        qualname: Const::str("qualname"),
        names,
        varnames,
        cellvars,
        freevars,
        fast_hidden,
        argcount: number(0) as u32,
        posonlyargcount: number(1) as u32,
        kwonlyargcount: number(2) as u32,
        firstlineno: number(3) as i32,
    };
    let filename = Const::str("file");
    let code = if command == "assemble" {
        assemble_code_object(sequence, &metadata, consts, &filename)?
    } else {
        let (flags, nparams) = (number(4) as u32, number(5) as usize);
        let mut cache = ConstCache::new();
        let consts = consts.into_iter().map(|constant| cache.merge_recursive(constant)).collect();
        let cache = &mut cache;
        optimize_and_assemble(sequence, &metadata, consts, nparams, flags, &filename, cache)?
    };
    Ok(write_code(&code))
}

fn write_code(code: &CodeUnit) -> String {
    format!(
        "{} {} {} {} {}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
        code.argcount,
        code.posonlyargcount,
        code.kwonlyargcount,
        code.stacksize,
        code.firstlineno,
        hex(&code.code),
        hex(code.linetable.bytes()),
        hex(code.exceptiontable.bytes()),
        hex(&code.localspluskinds),
        write_names(&code.localsplusnames),
        write_names(&code.names),
        write_consts(code.consts.items())
    )
}

fn write_names(names: &Const) -> String {
    let names = names.items().iter().map(|name| String::from_utf8_lossy(name.bytes()));
    names.collect::<Vec<_>>().join(" ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn write_consts(consts: &[Const]) -> String {
    let words: Vec<String> = consts.iter().map(write_const).collect();
    format!("c{}\n", words.join(" "))
}

fn write_list(open: &str, items: &[Const]) -> String {
    let mut words: Vec<String> = items.iter().map(write_const).collect();
    if open == "{" {
        words.sort();
    }
    format!("{open}{};", words.join(","))
}

fn write_const(constant: &Const) -> String {
    match constant.value() {
        ConstValue::None => "N".to_owned(),
        ConstValue::Bool(value) => if *value { "T" } else { "F" }.to_owned(),
        ConstValue::Ellipsis => "E".to_owned(),
        ConstValue::Int(value) => format!("I{}", BigInt::from(*value).to_base(16, false)),
        ConstValue::BigInt(value) => format!("I{}", value.to_base(16, false)),
        ConstValue::Float(value) => format!("D{:016x}", float_bits(*value)),
        ConstValue::Complex { real, imag } => {
            format!("J{:016x}{:016x}", float_bits(*real), float_bits(*imag))
        }
        ConstValue::Str(bytes) => format!("S{}", hex(bytes)),
        ConstValue::Bytes(bytes) => format!("B{}", hex(bytes)),
        ConstValue::Tuple(items) => write_list("(", items),
        ConstValue::FrozenSet(items) => write_list("{", items),
        ConstValue::Slice(parts) => write_list("[", &parts[..]),
        ConstValue::Code(code) => format!("X{}", code.firstlineno),
    }
}

/// All NaNs count as one: which of them an operation makes is the processor's choice.
fn float_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

fn read_const(word: &str) -> Const {
    read_item(&mut word.as_bytes())
}

fn read_item(rest: &mut &[u8]) -> Const {
    let kind = rest.first().copied().unwrap_or(b'N');
    *rest = rest.get(1..).unwrap_or_default();
    if let b'(' | b'{' | b'[' = kind {
        let mut items = Vec::new();
        while rest.first() != Some(&b';') && !rest.is_empty() {
            items.push(read_item(rest));
            if rest.first() == Some(&b',') {
                *rest = &rest[1..];
            }
        }
        *rest = rest.get(1..).unwrap_or_default();
        return Const::new(match (kind, <[Const; 3]>::try_from(items)) {
            (b'[', Ok(parts)) => ConstValue::Slice(Box::new(parts)),
            (b'{', Ok(items)) => ConstValue::FrozenSet(items.into()),
            (b'{', Err(items)) => ConstValue::FrozenSet(items.into()),
            (_, Ok(items)) => ConstValue::Tuple(items.into()),
            (_, Err(items)) => ConstValue::Tuple(items.into()),
        });
    }
    let end = rest.iter().position(|byte| matches!(byte, b',' | b';')).unwrap_or(rest.len());
    let (text, behind) = rest.split_at(end);
    *rest = behind;
    let bytes = || -> Box<[u8]> {
        text.chunks(2)
            .filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
            .collect()
    };
    let float = |text: &[u8]| {
        let digits = str::from_utf8(text).unwrap_or_default();
        f64::from_bits(u64::from_str_radix(digits, 16).unwrap_or_default())
    };
    Const::new(match kind {
        b'T' => ConstValue::Bool(true),
        b'F' => ConstValue::Bool(false),
        b'E' => ConstValue::Ellipsis,
        b'I' => {
            return Const::int(parse_int(text, 16, 0).unwrap_or_default());
        }
        b'D' => ConstValue::Float(float(text)),
        b'J' if text.len() == 32 => {
            ConstValue::Complex { real: float(&text[..16]), imag: float(&text[16..]) }
        }
        b'S' => ConstValue::Str(bytes()),
        b'B' => ConstValue::Bytes(bytes()),
        b'X' => {
            let number = str::from_utf8(text).unwrap_or_default().parse().unwrap_or_default();
            ConstValue::Code(Box::new(stand_in(number)))
        }
        _ => ConstValue::None,
    })
}

/// Some code, told from other code by its line.
fn stand_in(firstlineno: i32) -> CodeUnit {
    let empty = Const::new(ConstValue::Tuple([].into()));
    let none = Const::new(ConstValue::Bytes([].into()));
    CodeUnit {
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        stacksize: 0,
        flags: 0,
        code: [].into(),
        consts: empty.clone(),
        names: empty.clone(),
        localsplusnames: empty,
        localspluskinds: [].into(),
        filename: Const::str(""),
        name: Const::str(""),
        qualname: Const::str(""),
        firstlineno,
        linetable: none.clone(),
        exceptiontable: none,
    }
}
