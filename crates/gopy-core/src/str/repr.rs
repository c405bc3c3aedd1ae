//! `repr(str)`.

use gopy_object::{PyResult, Ref};
use gopy_unicode::is_printable;
use gopy_unicode::units::{Units, UnitsBuf};

use super::Str;
use super::make::{alloc, check_room, from_units, write};

/// `repr(text)`: in single quotes, unless only double quotes spare escapes.
pub(super) fn repr(text: &Str) -> PyResult<Ref<Str>> {
    let units = text.units();
    let (single, double) = (units.contains(39), units.contains(34));
    let quote = if single && !double { 34 } else { 39 };
    if !text.is_empty() && text.is_ascii() {
        let plain =
            |byte: &u8| (0x20..0x7F).contains(byte) && *byte != b'\\' && *byte != quote as u8;
        if text.raw_bytes().iter().all(plain) {
            // SAFETY: quotes and text fill it.
            unsafe {
                let quoted = alloc(text.len() + 2, 1, true)?;
                write(&quoted, 0, Units::Ucs1(&[quote as u8]));
                write(&quoted, 1, units);
                write(&quoted, text.len() + 1, Units::Ucs1(&[quote as u8]));
                return Ok(quoted);
            }
        }
    }
    // As long as an escape is, at worst.
    check_room(text.len().saturating_mul([0, 4, 6, 0, 10][text.char_size()]))?;
    let mut out = UnitsBuf::with_capacity(text.len() + 2);
    out.push(quote);
    for code in units.iter() {
        escape(code, quote, &mut out);
    }
    out.push(quote);
    from_units(out.as_units())
}

fn escape(code: u32, quote: u32, out: &mut UnitsBuf) {
    match code {
        0x5C => out.push_str("\\\\"),
        0x09 => out.push_str("\\t"),
        0x0A => out.push_str("\\n"),
        0x0D => out.push_str("\\r"),
        _ if code == quote => {
            out.push(0x5C);
            out.push(code);
        }
        0x20..0x7F => out.push(code),
        _ if code >= 0x80 && is_printable(code) => out.push(code),
        0..=0xFF => out.push_str(&format!("\\x{code:02x}")),
        0x100..=0xFFFF => out.push_str(&format!("\\u{code:04x}")),
        _ => out.push_str(&format!("\\U{code:08x}")),
    }
}
