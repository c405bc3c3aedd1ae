//! A compiled unit to marshal's format, without objects.
//!
//! Answers to `w_object` in `Python/marshal.c`. What one handle stands for is written once and
//! referred to afterwards, and so are equal strings that the interpreter will intern.

use std::collections::HashMap;

use gopy_compiler::{CodeUnit, Const, ConstValue};

const FLAG_REF: u8 = 0x80;

/// What is one object.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key<'a> {
    Handle(usize),
    Interned(&'a [u8]),
}

/// The marshalled form of a unit.
pub(crate) fn dumps(unit: &CodeUnit) -> Vec<u8> {
    let mut uses = HashMap::new();
    count_unit(unit, &mut uses);
    let mut writer = Writer { out: Vec::new(), uses, written: HashMap::new() };
    writer.unit(unit);
    writer.out
}

/// Whether a string constant will be interned because it looks like a name.
fn name_like(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// A string of a constant, or of a name (`is_name`).
fn key(constant: &Const, is_name: bool) -> Option<Key<'_>> {
    match constant.value() {
        ConstValue::None | ConstValue::Bool(_) | ConstValue::Ellipsis | ConstValue::Code(_) => None,
        ConstValue::Str(text) if is_name || name_like(text) => Some(Key::Interned(text)),
        _ => Some(Key::Handle(constant.id())),
    }
}

/// Counts how often each thing occurs; what is inside of it counts once.
fn count<'a>(constant: &'a Const, is_name: bool, uses: &mut HashMap<Key<'a>, u32>) {
    if let Some(key) = key(constant, is_name) {
        let uses = uses.entry(key).or_default();
        *uses += 1;
        if *uses > 1 {
            return;
        }
    }
    match constant.value() {
        ConstValue::Tuple(items) | ConstValue::FrozenSet(items) => {
            items.iter().for_each(|item| count(item, is_name, uses));
        }
        ConstValue::Slice(parts) => parts.iter().for_each(|part| count(part, false, uses)),
        ConstValue::Code(unit) => count_unit(unit, uses),
        _ => {}
    }
}

fn count_unit<'a>(unit: &'a CodeUnit, uses: &mut HashMap<Key<'a>, u32>) {
    for (part, is_name) in parts(unit) {
        count(part, is_name, uses);
    }
}

/// The parts that are handles, in the order in which they are written.
fn parts(unit: &CodeUnit) -> [(&Const, bool); 8] {
    [
        (&unit.consts, false),
        (&unit.names, true),
        (&unit.localsplusnames, true),
        (&unit.filename, true),
        (&unit.name, true),
        (&unit.qualname, true),
        (&unit.linetable, false),
        (&unit.exceptiontable, false),
    ]
}

struct Writer<'a> {
    out: Vec<u8>,
    uses: HashMap<Key<'a>, u32>,
    /// Numbers of what has been written with [`FLAG_REF`].
    written: HashMap<Key<'a>, u32>,
}

impl<'a> Writer<'a> {
    fn long(&mut self, value: i32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn size(&mut self, size: usize) {
        self.out.extend_from_slice(&(size as u32).to_le_bytes());
    }

    fn sized(&mut self, code: u8, bytes: &[u8]) {
        self.out.push(code);
        self.size(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    fn float(&mut self, value: f64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn unit(&mut self, unit: &'a CodeUnit) {
        self.out.push(b'c');
        for number in [unit.argcount, unit.posonlyargcount, unit.kwonlyargcount, unit.stacksize] {
            self.long(number as i32);
        }
        self.long(unit.flags as i32);
        self.sized(b's', &unit.code);
        let [consts, names, locals, filename, name, qualname, lines, exceptions] = parts(unit);
        for (part, is_name) in [consts, names, locals] {
            self.constant(part, is_name);
        }
        self.sized(b's', &unit.localspluskinds);
        for (part, is_name) in [filename, name, qualname] {
            self.constant(part, is_name);
        }
        self.long(unit.firstlineno);
        for (part, is_name) in [lines, exceptions] {
            self.constant(part, is_name);
        }
    }

    fn constant(&mut self, constant: &'a Const, is_name: bool) {
        let mut flag = 0;
        if let Some(key) = key(constant, is_name) {
            if let Some(number) = self.written.get(&key) {
                let number = *number;
                self.out.push(b'r');
                self.long(number as i32);
                return;
            }
            if self.uses.get(&key).is_some_and(|uses| *uses > 1) {
                self.written.insert(key, self.written.len() as u32);
                flag = FLAG_REF;
            }
        }
        self.content(constant, is_name, flag);
    }

    fn content(&mut self, constant: &'a Const, is_name: bool, flag: u8) {
        match constant.value() {
            ConstValue::None => self.out.push(b'N'),
            ConstValue::Bool(value) => self.out.push(if *value { b'T' } else { b'F' }),
            ConstValue::Ellipsis => self.out.push(b'.'),
            ConstValue::Int(value) => match i32::try_from(*value) {
                Ok(value) => {
                    self.out.push(flag | b'i');
                    self.long(value);
                }
                Err(_) => {
                    self.out.push(flag | b'I');
                    self.out.extend_from_slice(&value.to_le_bytes());
                }
            },
            ConstValue::BigInt(value) => {
                let mut halves: Vec<u16> = Vec::new();
                for digit in value.digits() {
                    halves.extend([(digit & 0x7fff) as u16, (digit >> 15) as u16]);
                }
                if halves.last() == Some(&0) {
                    halves.pop();
                }
                let count = halves.len() as i32;
                self.out.push(flag | b'l');
                self.long(if value.is_negative() { -count } else { count });
                halves.iter().for_each(|half| self.out.extend_from_slice(&half.to_le_bytes()));
            }
            ConstValue::Float(value) => {
                self.out.push(flag | b'g');
                self.float(*value);
            }
            ConstValue::Complex { real, imag } => {
                self.out.push(flag | b'y');
                self.float(*real);
                self.float(*imag);
            }
            ConstValue::Str(text) => self.text(text, is_name || name_like(text), flag),
            ConstValue::Bytes(bytes) => self.sized(flag | b's', bytes),
            ConstValue::Tuple(items) => {
                match u8::try_from(items.len()) {
                    Ok(length) => self.out.extend([flag | b')', length]),
                    Err(_) => {
                        self.out.push(flag | b'(');
                        self.size(items.len());
                    }
                }
                items.iter().for_each(|item| self.constant(item, is_name));
            }
            ConstValue::FrozenSet(items) => {
                self.out.push(flag | b'>');
                self.size(items.len());
                items.iter().for_each(|item| self.constant(item, false));
            }
            ConstValue::Slice(parts) => {
                self.out.push(flag | b':');
                parts.iter().for_each(|part| self.constant(part, false));
            }
            ConstValue::Code(unit) => self.unit(unit),
        }
    }

    fn text(&mut self, text: &[u8], interned: bool, flag: u8) {
        if !text.is_ascii() {
            return self.sized(flag | if interned { b't' } else { b'u' }, text);
        }
        match u8::try_from(text.len()) {
            Ok(length) => {
                self.out.extend([flag | if interned { b'Z' } else { b'z' }, length]);
                self.out.extend_from_slice(text);
            }
            Err(_) => self.sized(flag | if interned { b'A' } else { b'a' }, text),
        }
    }
}
