//! `translate`, `maketrans` and `replace`.

use gopy_object::{Object, PyResult, Ref};
use gopy_unicode::units::UnitsBuf;

use super::make::{LENGTH_MAX, alloc, check_room, from_units, write};
use super::{Str, StrBuilder};
use crate::dict::Dict;
use crate::error::{memory_error, overflow_error, suppress, type_error, value_error};
use crate::int::Int;
use crate::{exceptions, none, object};

/// `text.replace(old, new, max)`
pub(super) fn replace(text: &Str, old: &Str, new: &Str, max: usize) -> PyResult<Ref<Str>> {
    if max == 0 || old.equals(new) || text.len() < old.len() {
        return text.to_exact();
    }
    let places = text.units().match_positions(old.units(), max).ok_or_else(memory_error)?;
    if places.is_empty() {
        return text.to_exact();
    }
    let kept = text.len() - places.len() * old.len();
    let length = places.len().checked_mul(new.len()).and_then(|more| more.checked_add(kept));
    let Some(length) = length.filter(|length| *length <= isize::MAX as usize) else {
        return Err(overflow_error!("replace string is too long"));
    };
    let kind = text.char_size().max(new.char_size());
    let canonical = kind == 1 && text.is_ascii() || new.char_size() == kind && kind > 1;
    if !canonical || !(2..=LENGTH_MAX / 4).contains(&length) {
        // The widest character may have been replaced.
        let mut out = StrBuilder::new();
        let mut at = 0;
        for place in places {
            out.push_units(text.units().slice(at, place))?;
            out.push_units(new.units())?;
            at = place + old.len();
        }
        out.push_units(text.units().slice(at, text.len()))?;
        return out.finish();
    }
    // SAFETY: every part is written; ASCII with ASCII stays so (a Latin-1 replacement makes it
    // Latin-1), and a wide replacement occurs in the result.
    unsafe {
        let result = alloc(length, kind, kind == 1 && new.is_ascii())?;
        let (mut from, mut to) = (0, 0);
        for place in places {
            write(&result, to, text.units().slice(from, place));
            to += place - from;
            write(&result, to, new.units());
            to += new.len();
            from = place + old.len();
        }
        write(&result, to, text.units().slice(from, text.len()));
        Ok(result)
    }
}

/// `str.maketrans`
pub(super) fn maketrans(x: &Object, y: Option<&Str>, z: Option<&Str>) -> PyResult {
    let table = Dict::new();
    let code = |code: u32| Int::from_i64(i64::from(code));
    let Some(y) = y else {
        let Some(dict) = x.downcast::<Dict>() else {
            return Err(type_error!(
                "if you give only one argument to maketrans it must be a dict"
            ));
        };
        let mut position = 0;
        while let Some((key, value)) = dict.next(&mut position) {
            if let Some(key) = key.downcast::<Str>() {
                let Some(point) = key.single_code_point() else {
                    return Err(value_error!("string keys in translatetable must be of length 1"));
                };
                table.set_item(&code(point).upcast(), &value)?;
            } else if key.downcast::<Int>().is_some() {
                table.set_item(&key, &value)?;
            } else {
                return Err(type_error!("keys in translate table mustbe strings or integers"));
            }
        }
        return Ok(table.upcast());
    };
    let Some(x) = x.downcast::<Str>() else {
        return Err(type_error!(
            "first maketrans argument must be a string if there is a second argument"
        ));
    };
    if x.len() != y.len() {
        return Err(value_error!("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in x.units().iter().zip(y.units().iter()) {
        table.set_item(&code(from).upcast(), &code(to).upcast())?;
    }
    for deleted in z.into_iter().flat_map(|z| z.units().iter()) {
        table.set_item(&code(deleted).upcast(), none::none_object())?;
    }
    Ok(table.upcast())
}

/// What a character becomes.
pub(crate) enum Mapped {
    /// It stays.
    Itself,
    /// It is left out.
    Nothing,
    /// Another character.
    Code(u32),
    /// A string.
    Text(Ref<Str>),
}

/// Asks a translation table. May run Python.
fn ask(table: &Object, code: u32) -> PyResult<Mapped> {
    let key = Int::from_i64(i64::from(code)).upcast();
    let found = object::get_item(table, &key);
    let Some(value) = suppress(found, &exceptions::LOOKUP_ERROR)? else {
        return Ok(Mapped::Itself);
    };
    if none::is_none(&value) {
        return Ok(Mapped::Nothing);
    }
    if let Some(number) = value.downcast::<Int>() {
        let code = number.to_i64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= 0x10_FFFF);
        return match code {
            Some(code) => Ok(Mapped::Code(code)),
            None => Err(value_error!("character mapping must be in range(0x110000)")),
        };
    }
    match value.downcast_ref::<Str>() {
        Ok(text) => Ok(Mapped::Text(text)),
        Err(_) => Err(type_error!("character mapping must return integer, None or str")),
    }
}

/// `text.translate(table)`. May run Python.
pub(super) fn translate(text: &Str, table: &Object) -> PyResult<Ref<Str>> {
    check_room(text.len().saturating_mul(4))?;
    let mut out = UnitsBuf::with_capacity(text.len());
    // Answers for ASCII are remembered: 0xFE asks, 0xFF deletes.
    let mut known = [0xFE_u8; 128];
    let mut changed = false;
    for index in 0..text.len() {
        let code = text.char_at(index);
        if let Some(&answer) = known.get(code as usize)
            && answer != 0xFE
        {
            changed |= u32::from(answer) != code;
            if answer != 0xFF {
                out.push(u32::from(answer));
            }
            continue;
        }
        let mapped = ask(table, code)?;
        let remember = match &mapped {
            Mapped::Itself => Some(code as u8),
            Mapped::Nothing => Some(0xFF),
            Mapped::Code(code) if *code < 128 => Some(*code as u8),
            _ => None,
        };
        if let (Some(slot), Some(answer)) = (known.get_mut(code as usize), remember) {
            *slot = answer;
        }
        match mapped {
            Mapped::Itself => out.push(code),
            Mapped::Nothing => changed = true,
            Mapped::Code(new) => {
                changed |= new != code;
                out.push(new);
            }
            Mapped::Text(new) => {
                changed = true;
                if !out.try_reserve(new.units()) {
                    return Err(memory_error());
                }
                out.extend(new.units());
            }
        }
    }
    if !changed {
        return text.to_exact();
    }
    from_units(out.as_units())
}
