//! What Python calls on a `bytearray`, in the order of `bytearray.__dict__`; what `bytes` has too is in
//! [`common`].

use gopy_core::argument::{FromArg, Place};
use gopy_core::buffer;
use gopy_core::bytes::common::{self, ByteString};
use gopy_core::bytes::{Bytes, collect_bytes};
use gopy_core::error::{index_error, type_error, value_error};
use gopy_core::list::List;
use gopy_core::str::{SliceIndex, Str};
use gopy_core::{id, none, number, object, sequence, tuple};
use gopy_macros::pymethods;
use gopy_object::{Instance, Object, PyResult, Ref, Type};

use super::{BYTEARRAY, ByteArray};

/// An int in `range(0, 256)`.
#[derive(Clone, Copy, Debug)]
pub struct ByteValue(pub u8);

impl FromArg<'_> for ByteValue {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        byte_of(arg).map(ByteValue)
    }
}

/// Converts an item. May run Python.
pub(super) fn byte_of(item: &Object) -> PyResult<u8> {
    common::byte_value(number::index_clamped(item)?)
}

/// `__reduce_ex__`: text for old protocols, bytes for 3 and later.
fn reduce(this: &ByteArray, protocol: i32) -> PyResult {
    let ty = this.as_object().type_().to_ref().upcast();
    // Asking for the state may run Python: the content is copied first, as CPython does.
    let content = this.content();
    let args = if content.is_empty() {
        tuple::empty().upcast()
    } else if protocol < 3 {
        let text = Str::from_ucs1(content)?.upcast();
        tuple::from_array([text, Str::new("latin-1").upcast()]).upcast()
    } else {
        tuple::from_array([Bytes::new(content)?.upcast()]).upcast()
    };
    let state = match object::lookup_special(this, id!(__getstate__))? {
        Some(method) => gopy_core::call::call_no_args(&method)?,
        None => none::none(),
    };
    Ok(tuple::from_array([ty, args, state]).upcast())
}

/// `extend`. May run Python before anything changes.
pub(super) fn extend(this: &ByteArray, items: &Object) -> PyResult<()> {
    if buffer::has_buffer(items) {
        let length = this.content().len();
        let buffer = buffer::bytes_like(items)?;
        let more = buffer::as_slice(&buffer).to_vec();
        // The buffer may be the bytearray's own: release it before the size changes.
        drop(buffer);
        return this.splice(length..length, &more);
    }
    let is_iterable = items.type_().slots.iter.get().is_some() || sequence::is_sequence(items);
    if !is_iterable {
        return Err(type_error!("can't extend bytearray with {:.100}", items.type_name()));
    }
    let more = collect_bytes(items, "byte must be in range(0, 256)");
    let more = match more {
        Err(_) if items.downcast::<Str>().is_some() => {
            return Err(type_error!(
                "expected iterable of integers; got: '{:.150}'",
                items.type_name()
            ));
        }
        more => more?,
    };
    let length = this.content().len();
    this.splice(length..length, &more)
}

#[pymethods]
impl ByteArray {
    #[pymethod("($self, /)")]
    fn __alloc__(&self) -> usize {
        self.visible_alloc()
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        reduce(self, 2)
    }

    #[pymethod("($self, proto=0, /)")]
    fn __reduce_ex__(&self, proto: i32) -> PyResult {
        reduce(self, proto)
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        BYTEARRAY.basicsize.get() + self.visible_alloc()
    }

    #[pymethod("($self, item, /)")]
    fn append(&self, item: ByteValue) -> PyResult<()> {
        self.change(|storage, _| storage.push(item.0))
    }

    #[pymethod("($self, /)")]
    fn capitalize(&self) -> PyResult {
        Self::make(&common::capitalize(self.content()))
    }

    #[pymethod("($self, width, fillchar=b' ', /)")]
    fn center(&self, width: isize, fillchar: Option<&Object>) -> PyResult {
        common::center(self, width, fillchar)
    }

    #[pymethod("($self, /)")]
    fn clear(&self) -> PyResult<()> {
        self.set_content(Vec::new())
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult {
        Self::make(self.content())
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn count(
        &self,
        sub: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<usize> {
        common::count(self, sub, start, end)
    }

    #[pymethod("($self, /, encoding='utf-8', errors='strict')")]
    fn decode(&self, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Ref<Str>> {
        common::decode(self, encoding, errors)
    }

    #[pymethod("($self, suffix[, start[, end]], /)")]
    fn endswith(
        &self,
        suffix: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<bool> {
        common::has_affix(self, suffix, start, end, true)
    }

    #[pymethod("($self, /, tabsize=8)")]
    fn expandtabs(&self, tabsize: i32) -> PyResult {
        common::expand_tabs(self, tabsize)
    }

    #[pymethod("($self, iterable_of_ints, /)")]
    fn extend(&self, iterable_of_ints: &Object) -> PyResult<()> {
        extend(self, iterable_of_ints)
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn find(
        &self,
        sub: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<isize> {
        let found = common::find(self, sub, start, end, false)?;
        Ok(found.map_or(-1, |at| at as isize))
    }

    #[pyclassmethod("($type, string, /)")]
    fn fromhex(cls: &Type, string: &Object) -> PyResult {
        common::from_hex::<Self>(cls, string)
    }

    #[pymethod("($self, /, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hex(&self, sep: Option<&Object>, bytes_per_sep: i32) -> PyResult<Ref<Str>> {
        let sep = sep.map(common::hex_separator).transpose()?;
        common::to_hex(self.content(), sep, bytes_per_sep)
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn index(
        &self,
        sub: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<usize> {
        common::found(common::find(self, sub, start, end, false)?)
    }

    #[pymethod("($self, index, item, /)")]
    fn insert(&self, index: isize, item: ByteValue) -> PyResult<()> {
        let length = self.content().len();
        let index = if index < 0 {
            length.saturating_sub(index.unsigned_abs())
        } else {
            (index as usize).min(length)
        };
        self.change(|storage, start| storage.insert(start + index, item.0))
    }

    #[pymethod("($self, /)")]
    fn isalnum(&self) -> bool {
        common::all(self.content(), u8::is_ascii_alphanumeric)
    }

    #[pymethod("($self, /)")]
    fn isalpha(&self) -> bool {
        common::all(self.content(), u8::is_ascii_alphabetic)
    }

    #[pymethod("($self, /)")]
    fn isascii(&self) -> bool {
        self.content().is_ascii()
    }

    #[pymethod("($self, /)")]
    fn isdigit(&self) -> bool {
        common::all(self.content(), u8::is_ascii_digit)
    }

    #[pymethod("($self, /)")]
    fn islower(&self) -> bool {
        common::has_only(self.content(), u8::is_ascii_lowercase, u8::is_ascii_uppercase)
    }

    #[pymethod("($self, /)")]
    fn isspace(&self) -> bool {
        common::all(self.content(), common::is_space)
    }

    #[pymethod("($self, /)")]
    fn istitle(&self) -> bool {
        common::is_title(self.content())
    }

    #[pymethod("($self, /)")]
    fn isupper(&self) -> bool {
        common::has_only(self.content(), u8::is_ascii_uppercase, u8::is_ascii_lowercase)
    }

    #[pymethod("($self, iterable_of_bytes, /)")]
    fn join(&self, iterable_of_bytes: &Object) -> PyResult {
        common::join(self, iterable_of_bytes)
    }

    #[pymethod("($self, width, fillchar=b' ', /)")]
    fn ljust(&self, width: isize, fillchar: Option<&Object>) -> PyResult {
        common::justify(self, width, fillchar, true)
    }

    #[pymethod("($self, /)")]
    fn lower(&self) -> PyResult {
        Self::make(&self.content().to_ascii_lowercase())
    }

    #[pymethod("($self, bytes=None, /)")]
    fn lstrip(&self, bytes: Option<&Object>) -> PyResult {
        common::strip(self, bytes, true, false)
    }

    #[pystaticmethod("(frm, to, /)")]
    fn maketrans(frm: &Object, to: &Object) -> PyResult {
        common::make_translation(frm, to)
    }

    #[pymethod("($self, sep, /)")]
    fn partition(&self, sep: &Object) -> PyResult {
        common::partition(self, sep, false)
    }

    #[pymethod("($self, index=-1, /)")]
    fn pop(&self, index: isize) -> PyResult<u8> {
        let length = self.content().len();
        if length == 0 {
            return Err(index_error!("pop from empty bytearray"));
        }
        let index = if index < 0 { index + length as isize } else { index };
        let Some(index) = usize::try_from(index).ok().filter(|index| *index < length) else {
            return Err(index_error!("pop index out of range"));
        };
        let value = self.content()[index];
        self.splice(index..index + 1, &[])?;
        Ok(value)
    }

    #[pymethod("($self, value, /)")]
    fn remove(&self, value: ByteValue) -> PyResult<()> {
        let Some(index) = self.content().iter().position(|byte| *byte == value.0) else {
            return Err(value_error!("value not found in bytearray"));
        };
        self.splice(index..index + 1, &[])
    }

    #[pymethod("($self, old, new, count=-1, /)")]
    fn replace(&self, old: &Object, new: &Object, count: isize) -> PyResult {
        common::replace(self, old, new, count)
    }

    #[pymethod("($self, prefix, /)")]
    fn removeprefix(&self, prefix: &Object) -> PyResult {
        common::remove_prefix(self, prefix)
    }

    #[pymethod("($self, suffix, /)")]
    fn removesuffix(&self, suffix: &Object) -> PyResult {
        common::remove_suffix(self, suffix)
    }

    #[pymethod("($self, size, /)")]
    fn resize(&self, size: isize) -> PyResult<()> {
        let Ok(size) = usize::try_from(size) else {
            return Err(value_error!("Can only resize to positive sizes, got {size}"));
        };
        self.resize_to(size)
    }

    #[pymethod("($self, /)")]
    fn reverse(&self) {
        self.with_mut(<[u8]>::reverse);
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn rfind(
        &self,
        sub: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<isize> {
        let found = common::find(self, sub, start, end, true)?;
        Ok(found.map_or(-1, |at| at as isize))
    }

    #[pymethod("($self, sub[, start[, end]], /)")]
    fn rindex(
        &self,
        sub: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<usize> {
        common::found(common::find(self, sub, start, end, true)?)
    }

    #[pymethod("($self, width, fillchar=b' ', /)")]
    fn rjust(&self, width: isize, fillchar: Option<&Object>) -> PyResult {
        common::justify(self, width, fillchar, false)
    }

    #[pymethod("($self, sep, /)")]
    fn rpartition(&self, sep: &Object) -> PyResult {
        common::partition(self, sep, true)
    }

    #[pymethod("($self, /, sep=None, maxsplit=-1)")]
    fn rsplit(&self, sep: Option<&Object>, maxsplit: isize) -> PyResult<Ref<List>> {
        common::split(self, sep, maxsplit, true)
    }

    #[pymethod("($self, bytes=None, /)")]
    fn rstrip(&self, bytes: Option<&Object>) -> PyResult {
        common::strip(self, bytes, false, true)
    }

    #[pymethod("($self, /, sep=None, maxsplit=-1)")]
    fn split(&self, sep: Option<&Object>, maxsplit: isize) -> PyResult<Ref<List>> {
        common::split(self, sep, maxsplit, false)
    }

    #[pymethod("($self, /, keepends=False)")]
    fn splitlines(&self, keepends: bool) -> PyResult<Ref<List>> {
        common::split_lines(self, keepends)
    }

    #[pymethod("($self, prefix[, start[, end]], /)")]
    fn startswith(
        &self,
        prefix: &Object,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<bool> {
        common::has_affix(self, prefix, start, end, false)
    }

    #[pymethod("($self, bytes=None, /)")]
    fn strip(&self, bytes: Option<&Object>) -> PyResult {
        common::strip(self, bytes, true, true)
    }

    #[pymethod("($self, /)")]
    fn swapcase(&self) -> PyResult {
        Self::make(&common::swap_case(self.content()))
    }

    #[pymethod("($self, /)")]
    fn title(&self) -> PyResult {
        Self::make(&common::title(self.content()))
    }

    #[pymethod("($self, table, /, delete=b'')")]
    fn translate(&self, table: &Object, delete: Option<&Object>) -> PyResult {
        common::translate(self, table, delete)
    }

    #[pymethod("($self, /)")]
    fn upper(&self) -> PyResult {
        Self::make(&self.content().to_ascii_uppercase())
    }

    #[pymethod("($self, width, /)")]
    fn zfill(&self, width: isize) -> PyResult {
        common::zero_fill(self, width)
    }
}
