//! Construction, indexing, comparison and buffers of `array`.

use std::borrow::Cow;
use std::cmp::Ordering;

use gopy_core::argument::{self, Place};
use gopy_core::bytes::{Bytes, common};
use gopy_core::error::{buffer_error, index_error, memory_error, type_error, value_error};
use gopy_core::list::List;
use gopy_core::slice::{self, Slice};
use gopy_core::str::Str;
use gopy_core::{bool_, buffer, exceptions, iter, none, number, object, sequence, warnings};
use gopy_macros::pyslots;
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::typeobj::{CompareOp, Tuple};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use super::item::Kind;
use super::{ARRAY, Array, ArrayIter, methods};

/// `array(code, initial)` of a type. May run Python.
pub(super) fn make(ty: &Type, code: u32, initial: Option<&Object>) -> PyResult {
    let is_text = code == u32::from(b'u') || code == u32::from(b'w');
    let shown = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    let array_of = initial.and_then(|initial| initial.downcast::<Array>());
    if !is_text {
        if initial.is_some_and(|initial| initial.downcast::<Str>().is_some()) {
            return Err(type_error!(
                "cannot use a str to initialize an array with typecode '{shown}'"
            ));
        }
        if array_of.is_some_and(|array| array.kind.is_text()) {
            return Err(type_error!(
                "cannot use a unicode array to initialize an array with typecode '{shown}'"
            ));
        }
    }
    let is_direct = |initial: &Object| {
        initial.downcast::<List>().is_some()
            || initial.downcast::<Tuple>().is_some()
            || initial.downcast::<Bytes>().is_some()
            || common::is_bytearray(initial)
            || (is_text && initial.downcast::<Str>().is_some())
            || array_of.is_some_and(|array| u32::from(array.kind.code) == code)
    };
    let (direct, items) = match initial {
        Some(initial) if !is_direct(initial) => (None, Some(iter::get_iter(initial)?)),
        direct => (direct, None),
    };
    let Some(kind) = Kind::of(code) else {
        return Err(value_error!(
            "bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"
        ));
    };
    if let Some(items) = items {
        let array = Array::of_type(ty, kind, 0)?;
        array.extend_from(&items)?;
        return Ok(array.upcast());
    }
    let Some(initial) = direct else { return Ok(Array::of_type(ty, kind, 0)?.upcast()) };
    if let Some(other) = initial.downcast::<Array>() {
        let array = Array::of_type(ty, kind, other.len())?;
        array.with(|storage| storage.extend_from_slice(other.bytes()));
        return Ok(array.upcast());
    }
    if let Some(text) = initial.downcast::<Str>() {
        let array = Array::of_type(ty, kind, text.len())?;
        array.push_text(text)?;
        return Ok(array.upcast());
    }
    if initial.downcast::<Bytes>().is_some() || common::is_bytearray(initial) {
        let array = Array::of_type(ty, kind, 0)?;
        let view = buffer::bytes_like(initial)?;
        if !view.len.is_multiple_of(kind.size) {
            return Err(value_error!("bytes length not a multiple of item size"));
        }
        array.push_bytes(buffer::as_slice(&view))?;
        return Ok(array.upcast());
    }
    let length = match initial.downcast::<List>() {
        Some(list) => list.len(),
        None => initial.downcast::<Tuple>().map_or(0, |tuple| tuple.len()),
    };
    let array = Array::of_type(ty, kind, length)?;
    array.with(|storage| storage.resize(length * kind.size, 0));
    for index in 0..length {
        let value = sequence::item(initial, index as isize)?;
        let value = kind.machine_value(&value)?;
        array.put(index, &value);
    }
    Ok(array.upcast())
}

/// What an index or slice covers: the first item, the step, the number of items.
struct Covered {
    start: isize,
    stop: isize,
    step: isize,
    count: usize,
}

impl Covered {
    /// The positions, in order.
    fn positions(&self) -> impl Iterator<Item = usize> + use<> {
        let (start, step) = (self.start, self.step);
        (0..self.count as isize).map(move |number| (start + number * step).unsigned_abs())
    }
}

impl Array {
    fn covered(&self, slice: &Slice) -> PyResult<Covered> {
        let (start, stop, step) = slice.unpack()?;
        let (start, stop, count) = slice::adjust(self.len(), start, stop, step);
        Ok(Covered { start, stop, step, count })
    }

    /// A position that an index means, if there is one. May run Python.
    fn position(&self, index: &Object) -> PyResult<Option<usize>> {
        let index = number::index_as_ssize_or(index, &exceptions::INDEX_ERROR)?;
        let index = if index < 0 { index.saturating_add_unsigned(self.len()) } else { index };
        Ok(usize::try_from(index).ok().filter(|index| *index < self.len()))
    }

    fn item(&self, index: Option<usize>) -> PyResult {
        let item = index.map_or(Ok(None), |index| self.get(index))?;
        item.ok_or_else(|| index_error!("array index out of range"))
    }

    fn set_or_delete(&self, index: Option<usize>, value: Option<&Object>) -> PyResult<()> {
        let wrong = || index_error!("array assignment index out of range");
        let Some(index) = index else { return Err(wrong()) };
        match value {
            None => self.delete(index, index + 1),
            Some(value) => {
                // The conversion may have run Python that took the item away.
                let value = self.kind.machine_value(value)?;
                if self.put(index, &value) { Ok(()) } else { Err(wrong()) }
            }
        }
    }

    fn delete_covered(&self, covered: &Covered) -> PyResult<()> {
        self.check_exports()?;
        let (len, size) = (self.len(), self.kind.size);
        let mut gone: Vec<usize> = Vec::new();
        gone.try_reserve_exact(covered.count).map_err(|_| memory_error())?;
        gone.extend(covered.positions());
        gone.sort_unstable();
        self.with(|storage| {
            let mut to = 0;
            let mut gone = gone.iter().peekable();
            for from in 0..len {
                if gone.next_if(|gone| **gone == from).is_none() {
                    storage.copy_within(from * size..(from + 1) * size, to * size);
                    to += 1;
                }
            }
        });
        self.resize(len - covered.count)
    }

    /// `self[slice] = bytes`
    fn assign(&self, covered: &Covered, bytes: &[u8]) -> PyResult<()> {
        let size = self.kind.size;
        let needed = bytes.len() / size;
        let changes = needed == 0 || covered.count != needed;
        if changes {
            self.check_exports()?;
        }
        if covered.step == 1 {
            let start = covered.start.unsigned_abs();
            let stop = covered.stop.max(covered.start).unsigned_abs();
            let len = self.len();
            if needed > covered.count {
                self.resize(len + needed - covered.count)?;
            }
            self.with(|storage| {
                storage.copy_within(stop * size..len * size, (start + needed) * size);
                storage[start * size..(start + needed) * size].copy_from_slice(bytes);
            });
            if needed < covered.count {
                self.resize(len + needed - covered.count)?;
            }
            return Ok(());
        }
        if needed == 0 {
            return self.delete_covered(covered);
        }
        if needed != covered.count {
            return Err(value_error!(
                "attempt to assign array of size {needed} to extended slice of size {}",
                covered.count
            ));
        }
        self.with(|storage| {
            for (item, position) in bytes.chunks_exact(size).zip(covered.positions()) {
                storage[position * size..(position + 1) * size].copy_from_slice(item);
            }
        });
        Ok(())
    }

    /// How the arrays compare where they first differ. May run Python.
    fn compare(&self, other: &Array, op: CompareOp) -> PyResult {
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        if equality && self.len() != other.len() {
            return Ok(bool_::bool_ref(op == CompareOp::Ne));
        }
        if self.kind == other.kind
            && let Some(order) = self.kind.compare(self.bytes(), other.bytes())
        {
            let order = order.then_with(|| self.len().cmp(&other.len()));
            return Ok(bool_::bool_ref(op.accepts(order)));
        }
        let mut index = 0;
        while let (Some(a), Some(b)) = (self.get(index)?, other.get(index)?) {
            if !object::compare_bool(&a, &b, CompareOp::Eq)? {
                return match op {
                    CompareOp::Eq => Ok(bool_::bool_ref(false)),
                    CompareOp::Ne => Ok(bool_::bool_ref(true)),
                    op => object::rich_compare(&a, &b, op),
                };
            }
            index += 1;
        }
        let order: Ordering = self.len().cmp(&other.len());
        Ok(bool_::bool_ref(op.accepts(order)))
    }
}

/// Repeats bytes; the product must be a size.
fn repeated(bytes: &[u8], count: isize) -> PyResult<Vec<u8>> {
    let count = count.max(0).unsigned_abs();
    let size = bytes.len().checked_mul(count).filter(|size| *size <= isize::MAX as usize);
    let size = size.ok_or_else(memory_error)?;
    let mut all = Vec::new();
    all.try_reserve_exact(size).map_err(|_| memory_error())?;
    for _ in 0..if bytes.is_empty() { 0 } else { count } {
        all.extend_from_slice(bytes);
    }
    Ok(all)
}

#[pyslots]
impl Array {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        let same_init = match (ty.slots.init.get(), ARRAY.slots.init.get()) {
            (Some(own), Some(base)) => std::ptr::fn_addr_eq(own, base),
            (own, base) => own.is_none() && base.is_none(),
        };
        if std::ptr::eq(ty, ARRAY.get()) || same_init {
            argument::no_keywords("array.array", args)?;
        }
        static SPEC: argument::ArgSpec = argument::ArgSpec {
            function: "array",
            names: &["", ""],
            required: &[true, false],
            positional_only: 2,
            positional: 2,
            required_positional: 1,
            rest: false,
            keywords: false,
            style: argument::Style::ParseTuple,
        };
        let given = argument::Positional::check(&SPEC, args.positional())?;
        let code = super::character_argument(given.required(0), &Place::at("array", 1), "array()")?;
        let initial = given.get(1);
        methods::audit_new(code.0, initial)?;
        if code.0 == u32::from(b'u') {
            let message = "The 'u' type code is deprecated and will be removed in Python 3.16";
            warnings::warn(&exceptions::DEPRECATION_WARNING, message, 1)?;
        }
        make(ty, code.0, initial)
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        let name = self.as_object().type_name().to_string();
        let name = name.rsplit('.').next().unwrap_or(&name);
        let code = char::from(self.kind.code);
        if self.len() == 0 {
            return Str::try_new(&format!("{name}('{code}')"));
        }
        let value =
            if self.kind.is_text() { self.text()?.upcast() } else { self.to_list()?.upcast() };
        let mut text = gopy_core::str::StrBuilder::new();
        text.push_str(&format!("{name}('{code}', "))?;
        text.push(&*object::repr(&value)?)?;
        text.push_str(")")?;
        text.finish()
    }

    fn richcompare(a: &Object, b: &Object, op: CompareOp) -> PyResult {
        match (a.downcast::<Array>(), b.downcast::<Array>()) {
            (Some(a), Some(b)) => a.compare(b, op),
            _ => Ok(none::not_implemented()),
        }
    }

    fn iter(&self) -> PyResult {
        ArrayIter::make(self)
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.len())
    }

    fn sq_concat(&self, other: &Object) -> PyResult {
        let Some(other) = other.downcast::<Array>() else {
            return Err(type_error!(
                "can only append array (not \"{:.200}\") to array",
                other.type_name()
            ));
        };
        if self.kind != other.kind {
            return Err(type_error!("bad argument type for built-in operation"));
        }
        let sum = Array::of_type(&ARRAY, self.kind, self.len() + other.len())?;
        sum.with(|storage| {
            storage.extend_from_slice(self.bytes());
            storage.extend_from_slice(other.bytes());
        });
        Ok(sum.upcast())
    }

    fn sq_repeat(&self, count: isize) -> PyResult {
        Ok(Array::from_bytes(self.kind, &repeated(self.bytes(), count)?)?.upcast())
    }

    fn sq_item(&self, index: isize) -> PyResult {
        self.item(usize::try_from(index).ok())
    }

    fn sq_ass_item(&self, index: isize, value: Option<&Object>) -> PyResult<()> {
        let index = usize::try_from(index).ok().filter(|index| *index < self.len());
        self.set_or_delete(index, value)
    }

    fn sq_contains(&self, value: &Object) -> PyResult<bool> {
        let mut index = 0;
        while let Some(item) = self.get(index)? {
            if object::eq(&item, value)? {
                return Ok(true);
            }
            index += 1;
        }
        Ok(false)
    }

    fn sq_inplace_concat(&self, other: &Object) -> PyResult {
        if other.downcast::<Array>().is_none() {
            return Err(type_error!(
                "can only extend array with array (not \"{:.200}\")",
                other.type_name()
            ));
        }
        self.extend_by(other)?;
        Ok(self.as_object().to_ref())
    }

    fn sq_inplace_repeat(&self, count: isize) -> PyResult {
        if self.len() > 0 && count != 1 {
            let all = repeated(self.bytes(), count)?;
            self.resize(all.len() / self.kind.size)?;
            self.with(|storage| storage.copy_from_slice(&all));
        }
        Ok(self.as_object().to_ref())
    }

    fn mp_length(&self) -> PyResult<usize> {
        Ok(self.len())
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        if number::is_index(key) {
            return self.item(self.position(key)?);
        }
        let Some(slice) = key.downcast::<Slice>() else {
            return Err(type_error!("array indices must be integers"));
        };
        let covered = self.covered(slice)?;
        let size = self.kind.size;
        let result = Array::of_type(&ARRAY, self.kind, covered.count)?;
        let bytes = self.bytes();
        result.with(|storage| {
            if covered.step == 1 {
                let start = covered.start.unsigned_abs() * size;
                storage.extend_from_slice(&bytes[start..start + covered.count * size]);
                return;
            }
            for position in covered.positions() {
                storage.extend_from_slice(&bytes[position * size..(position + 1) * size]);
            }
        });
        Ok(result.upcast())
    }

    fn mp_ass_subscript(&self, key: &Object, value: Option<&Object>) -> PyResult<()> {
        if number::is_index(key) {
            return self.set_or_delete(self.position(key)?, value);
        }
        let Some(slice) = key.downcast::<Slice>() else {
            return Err(type_error!("array indices must be integers"));
        };
        let covered = self.covered(slice)?;
        let Some(value) = value else { return self.assign(&covered, &[]) };
        let Some(other) = value.downcast::<Array>() else {
            return Err(type_error!(
                "can only assign array (not \"{:.200}\") to array slice",
                value.type_name()
            ));
        };
        if other.kind != self.kind {
            return Err(type_error!("bad argument type for built-in operation"));
        }
        // The other one may be this one.
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(other.bytes().len()).map_err(|_| memory_error())?;
        bytes.extend_from_slice(other.bytes());
        self.assign(&covered, &bytes)
    }

    fn bf_get(&self, request: BufferRequest) -> PyResult<Buffer> {
        let (data, length) = self.with(|storage| (storage.as_mut_ptr(), storage.len()));
        let mut view = buffer::fill_info(self, data, length, false, request)?;
        let size = self.kind.size;
        view.itemsize = size;
        view.shape = request.has(BufferRequest::ND).then(|| vec![(length / size) as isize]);
        view.strides = request.has(BufferRequest::STRIDES).then(|| vec![size as isize]);
        let format = match self.kind.code {
            b'b' => c"b",
            b'B' => c"B",
            b'h' => c"h",
            b'H' => c"H",
            b'i' => c"i",
            b'I' => c"I",
            b'l' => c"l",
            b'L' => c"L",
            b'q' => c"q",
            b'Q' => c"Q",
            b'f' => c"f",
            b'd' => c"d",
            _ => c"w",
        };
        view.format = request.has(BufferRequest::FORMAT).then_some(Cow::Borrowed(format));
        let exports = self.exports.get().checked_add(1);
        self.exports.set(exports.ok_or_else(|| buffer_error!("too many exports"))?);
        Ok(view)
    }

    fn bf_release(&self, _buffer: &mut Buffer) {
        self.exports.set(self.exports.get().saturating_sub(1));
    }
}
