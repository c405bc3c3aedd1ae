//! What Python calls on a `bytes`, in the order of `bytes.__dict__`; the work is in [`common`].

use gopy_macros::pymethods;
use gopy_object::{Object, PyResult, Ref, Type};

use super::Bytes;
use super::common::{self, ByteString};
use crate::list::List;
use crate::str::{SliceIndex, Str};
use crate::tuple::{self, Tuple};

#[pymethods]
impl Bytes {
    #[pymethod("($self, /)")]
    fn __getnewargs__(&self) -> PyResult<Ref<Tuple>> {
        Ok(tuple::from_array([Bytes::of_type(&super::BYTES, self.as_slice())?.upcast()]))
    }

    #[pymethod("($self, /)")]
    fn __bytes__(&self) -> PyResult {
        self.unchanged_bytes()
    }

    #[pymethod("($self, /)")]
    fn capitalize(&self) -> PyResult {
        Self::make(&common::capitalize(self.content()))
    }

    #[pymethod("($self, width, fillchar=b' ', /)")]
    fn center(&self, width: isize, fillchar: Option<&Object>) -> PyResult {
        common::center(self, width, fillchar)
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
