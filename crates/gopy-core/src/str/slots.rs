//! The slots of `str`: making, comparing, concatenating, indexing.

use gopy_macros::pyslots;
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use super::make::{LENGTH_MAX, alloc, empty, fill, from_code, from_units, write};
use super::{STR, Str, iter, percent, repr};
use crate::argument::{ArgSpec, Bound, FromArg, Place, Style};
use crate::error::{index_error, memory_error, overflow_error, type_error};
use crate::slice::{self, Slice};
use crate::{bool_, codecs, none, number, object};

static NEW: ArgSpec = ArgSpec {
    function: "str",
    names: &["object", "encoding", "errors"],
    required: &[false; 3],
    positional_only: 0,
    positional: 3,
    required_positional: 0,
    rest: false,
    keywords: false,
    style: Style::Clinic,
};

/// `str(object, encoding, errors)`. May run Python.
fn make(args: Args<'_>) -> PyResult<Ref<Str>> {
    if args.keyword_count() == 0 {
        match args.len() {
            0 => return Ok(empty().to_ref()),
            1 => return object::str(args.positional()[0].object()),
            2 | 3 => {}
            given => return Err(type_error!("str expected at most 3 arguments, got {given}")),
        }
    }
    let mut places = [None; 3];
    let found = Bound::bind(&NEW, args, &mut places)?;
    let text = |index: usize, name: &'static str| -> PyResult<Option<&str>> {
        let Some(arg) = found.get(index) else { return Ok(None) };
        let text = <&Str>::from_arg(arg, &Place::named("str", name))?;
        codecs::c_string(text).map(Some)
    };
    let (encoding, errors) = (text(1, "encoding")?, text(2, "errors")?);
    match found.get(0) {
        None => Ok(empty().to_ref()),
        Some(object) if encoding.is_none() && errors.is_none() => object::str(object),
        Some(object) => from_object(object, encoding, errors),
    }
}

/// Decodes a bytes-like object (`PyUnicode_FromEncodedObject`). May run Python.
///
/// # Errors
///
/// `TypeError` for objects without a buffer, `LookupError`, `UnicodeDecodeError`, the codec's.
pub fn from_object(
    object: &Object,
    encoding: Option<&str>,
    errors: Option<&str>,
) -> PyResult<Ref<Str>> {
    if let Some(bytes) = object.downcast::<crate::bytes::Bytes>() {
        return codecs::decode_text(bytes.as_slice(), encoding, errors);
    }
    if object.downcast::<Str>().is_some() {
        return Err(type_error!("decoding str is not supported"));
    }
    if !crate::buffer::has_buffer(object) {
        return Err(type_error!(
            "decoding to str: need a bytes-like object, {:.80} found",
            object.type_name()
        ));
    }
    let buffer = crate::buffer::bytes_like(object)?;
    codecs::decode_text(crate::buffer::as_slice(&buffer), encoding, errors)
}

impl Str {
    /// Character `index` as a string.
    #[inline]
    pub fn item(&self, index: isize) -> PyResult<Ref<Str>> {
        match usize::try_from(index) {
            Ok(index) if index < self.len() => from_code(self.char_at(index)),
            _ => Err(index_error!("string index out of range")),
        }
    }

    /// `self * count`
    pub fn repeat(&self, count: isize) -> PyResult<Ref<Str>> {
        let count = match usize::try_from(count) {
            Err(_) | Ok(0) => return Ok(empty().to_ref()),
            Ok(1) => return self.to_exact(),
            Ok(count) => count,
        };
        let length = match self.len() {
            0 => return Ok(empty().to_ref()),
            length => length.checked_mul(count).filter(|n| *n <= isize::MAX as usize),
        };
        let Some(length) = length else {
            return Err(overflow_error!("repeated string is too long"));
        };
        if length > LENGTH_MAX / self.char_size() {
            return Err(memory_error());
        }
        // SAFETY: every character is written, with the shape of `self`.
        unsafe {
            let text = alloc(length, self.char_size(), self.is_ascii())?;
            if self.len() == 1 {
                fill(&text, 0, self.char_at(0), length);
                return Ok(text);
            }
            write(&text, 0, self.units());
            // Doubles what is there.
            let mut done = self.len();
            while done < length {
                let more = done.min(length - done);
                let (from, size) = (text.raw_bytes().as_ptr().cast_mut(), self.char_size());
                from.add(done * size).copy_from_nonoverlapping(from, more * size);
                done += more;
            }
            Ok(text)
        }
    }

    fn slice_object(&self, key: &Slice) -> PyResult<Ref<Str>> {
        let (start, stop, step) = key.unpack()?;
        let (start, _, count) = slice::adjust(self.len(), start, stop, step);
        if count == 0 {
            return Ok(empty().to_ref());
        }
        if step == 1 {
            return self.try_slice(start as usize, start as usize + count);
        }
        let at = |index: usize| (start + index as isize * step) as usize;
        macro_rules! pick {
            ($units:expr) => {{
                let mut picked = Vec::new();
                picked.try_reserve_exact(count).map_err(|_| memory_error())?;
                picked.extend((0..count).map(|index| $units[at(index)]));
                picked
            }};
        }
        match self.units() {
            super::Units::Ucs1(units) => from_units(super::Units::Ucs1(&pick!(units))),
            super::Units::Ucs2(units) => from_units(super::Units::Ucs2(&pick!(units))),
            super::Units::Ucs4(units) => from_units(super::Units::Ucs4(&pick!(units))),
        }
    }

    /// `needle in self`
    #[inline]
    pub fn contains_str(&self, needle: &Str) -> bool {
        self.units().find(needle.units(), 0..self.len()).is_some()
    }
}

#[pyslots]
impl Str {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        let text = make(args)?;
        if std::ptr::eq(ty, STR.get()) {
            return Ok(text.upcast());
        }
        text.to_subclass(ty).map(Ref::upcast)
    }

    fn vectorcall(_ty: &Type, args: Args<'_>) -> PyResult<Ref<Str>> {
        make(args)
    }

    fn dealloc(object: std::ptr::NonNull<Object>) {
        // SAFETY: the slot is called for dead exact strings.
        unsafe { super::make::dealloc(object) }
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        repr::repr(self)
    }

    fn str(&self) -> PyResult<Ref<Str>> {
        self.to_exact()
    }

    fn hash(&self) -> PyResult<isize> {
        Ok(self.hash_value())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<Str>() else { return Ok(none::not_implemented()) };
        Ok(bool_::bool_ref(match op {
            CompareOp::Eq => self.equals(other),
            CompareOp::Ne => !self.equals(other),
            _ => op.accepts(self.compare(other)),
        }))
    }

    fn iter(&self) -> PyResult {
        iter::iterate(self)
    }

    fn nb_remainder(left: &Object, right: &Object) -> PyResult {
        match left.downcast::<Str>() {
            Some(format) => percent::percent_format(format, right).map(Ref::upcast),
            None => Ok(none::not_implemented()),
        }
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.len())
    }

    fn sq_concat(&self, other: &Object) -> PyResult<Ref<Str>> {
        match other.downcast::<Str>() {
            Some(other) => self.concat(other),
            None => Err(type_error!(
                "can only concatenate str (not \"{:.200}\") to str",
                other.type_name()
            )),
        }
    }

    fn sq_repeat(&self, count: isize) -> PyResult<Ref<Str>> {
        self.repeat(count)
    }

    fn sq_item(&self, index: isize) -> PyResult<Ref<Str>> {
        self.item(index)
    }

    fn sq_contains(&self, needle: &Object) -> PyResult<bool> {
        match needle.downcast::<Str>() {
            Some(needle) => Ok(self.contains_str(needle)),
            None => Err(type_error!(
                "'in <string>' requires string as left operand, not {:.100}",
                needle.type_name()
            )),
        }
    }

    fn mp_length(&self) -> PyResult<usize> {
        Ok(self.len())
    }

    fn mp_subscript(&self, key: &Object) -> PyResult<Ref<Str>> {
        if number::is_index(key) {
            let index = number::index_as_ssize_or(key, &crate::exceptions::INDEX_ERROR)?;
            let index = if index < 0 { index + self.len() as isize } else { index };
            return self.item(index);
        }
        match key.downcast::<Slice>() {
            Some(key) => self.slice_object(key),
            None => {
                Err(type_error!("string indices must be integers, not '{:.200}'", key.type_name()))
            }
        }
    }
}
