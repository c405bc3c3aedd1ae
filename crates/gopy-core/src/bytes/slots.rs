//! The slots of `bytes`.

use gopy_macros::pyslots;
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use super::{BYTES, Bytes, common, iter, make, percent};
use crate::buffer::{self, as_slice};
use crate::error::{index_error, memory_error, overflow_error, type_error};
use crate::int::Int;
use crate::slice::{self, Slice};
use crate::{bool_, none, number};

impl Bytes {
    /// The hash, cached.
    #[inline]
    pub fn hash_value(&self) -> isize {
        if self.hash.get() == -1 {
            self.hash.set(crate::str::hash_bytes(self.as_slice()));
        }
        self.hash.get()
    }

    /// `self[index]`
    #[inline]
    pub fn item(&self, index: isize) -> PyResult<Ref<Int>> {
        match usize::try_from(index).ok().and_then(|index| self.as_slice().get(index)) {
            Some(byte) => Ok(Int::from_i64((*byte).into())),
            None => Err(index_error!("index out of range")),
        }
    }
}

/// `left + right` of two buffers, as `bytes`. May run Python.
fn concat(left: &Object, right: &Object) -> PyResult {
    let cant =
        || type_error!("can't concat {:.100} to {:.100}", right.type_name(), left.type_name());
    if !buffer::has_buffer(left) || !buffer::has_buffer(right) {
        return Err(cant());
    }
    let (Ok(a), Ok(b)) = (buffer::bytes_like(left), buffer::bytes_like(right)) else {
        return Err(cant());
    };
    let (a, b) = (as_slice(&a), as_slice(&b));
    if a.is_empty() && right.is_exact(&BYTES) {
        return Ok(right.to_ref());
    }
    if b.is_empty() && left.is_exact(&BYTES) {
        return Ok(left.to_ref());
    }
    // SAFETY: both parts are written at once.
    let sum = unsafe { Bytes::uninit(&BYTES, a.len() + b.len())? };
    // SAFETY: room for both.
    unsafe {
        sum.data().copy_from_nonoverlapping(a.as_ptr(), a.len());
        sum.data().add(a.len()).copy_from_nonoverlapping(b.as_ptr(), b.len());
    }
    Ok(sum.upcast())
}

/// Warns of comparisons with `str` and `int` under `-b`.
fn warn_comparison(other: &Object) -> PyResult<()> {
    if !super::bytes_warning() {
        return Ok(());
    }
    let what = if other.downcast::<crate::str::Str>().is_some() {
        "string"
    } else if other.downcast::<Int>().is_some() {
        "int"
    } else {
        return Ok(());
    };
    let message = format!("Comparison between bytes and {what}");
    crate::warnings::warn(&crate::exceptions::BYTES_WARNING, &message, 1)
}

#[pyslots]
impl Bytes {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        make::new(ty, args)
    }

    fn repr(&self) -> PyResult<Ref<crate::str::Str>> {
        common::repr(self.as_slice(), "b", "", false)
    }

    fn str(&self) -> PyResult<Ref<crate::str::Str>> {
        if super::bytes_warning() {
            let ty = &crate::exceptions::BYTES_WARNING;
            crate::warnings::warn(ty, "str() on a bytes instance", 1)?;
        }
        common::repr(self.as_slice(), "b", "", false)
    }

    fn hash(&self) -> PyResult<isize> {
        Ok(self.hash_value())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<Bytes>() else {
            if matches!(op, CompareOp::Eq | CompareOp::Ne) {
                warn_comparison(other)?;
            }
            return Ok(none::not_implemented());
        };
        let (a, b) = (self.as_slice(), other.as_slice());
        Ok(bool_::bool_ref(match op {
            CompareOp::Eq => a == b,
            CompareOp::Ne => a != b,
            _ => op.accepts(a.cmp(b)),
        }))
    }

    fn iter(&self) -> PyResult {
        iter::iterate(self)
    }

    fn bf_get(&self, request: BufferRequest) -> PyResult<Buffer> {
        let bytes = self.as_slice();
        buffer::fill_info(self, bytes.as_ptr().cast_mut(), bytes.len(), true, request)
    }

    fn nb_remainder(left: &Object, right: &Object) -> PyResult {
        match left.downcast::<Bytes>() {
            Some(format) => {
                let formatted = percent::format(format.as_slice(), right)?;
                Bytes::new(&formatted).map(Ref::upcast)
            }
            None => Ok(none::not_implemented()),
        }
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.as_slice().len())
    }

    fn sq_concat(&self, other: &Object) -> PyResult {
        concat(self, other)
    }

    fn sq_repeat(&self, count: isize) -> PyResult {
        let count = usize::try_from(count).unwrap_or(0);
        let bytes = self.as_slice();
        let Some(length) =
            bytes.len().checked_mul(count).filter(|length| *length <= isize::MAX as usize)
        else {
            return Err(overflow_error!("repeated bytes are too long"));
        };
        if length == bytes.len() && self.as_object().is_exact(&BYTES) {
            return Ok(self.as_object().to_ref());
        }
        let mut repeated = Vec::new();
        repeated.try_reserve_exact(length).map_err(|_| memory_error())?;
        match bytes {
            [byte] => repeated.resize(length, *byte),
            _ => (0..count).for_each(|_| repeated.extend_from_slice(bytes)),
        }
        Bytes::new(&repeated).map(Ref::upcast)
    }

    fn sq_item(&self, index: isize) -> PyResult<Ref<Int>> {
        self.item(index)
    }

    fn sq_contains(&self, needle: &Object) -> PyResult<bool> {
        common::contains(self, needle)
    }

    fn mp_length(&self) -> PyResult<usize> {
        Ok(self.as_slice().len())
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        let bytes = self.as_slice();
        if number::is_index(key) {
            let index = number::index_as_ssize_or(key, &crate::exceptions::INDEX_ERROR)?;
            let index = if index < 0 { index + bytes.len() as isize } else { index };
            return self.item(index).map(Ref::upcast);
        }
        let Some(key) = key.downcast::<Slice>() else {
            return Err(type_error!(
                "byte indices must be integers or slices, not {:.200}",
                key.type_name()
            ));
        };
        let (start, stop, step) = key.unpack()?;
        let (start, _, count) = slice::adjust(bytes.len(), start, stop, step);
        if count == bytes.len() && step == 1 && self.as_object().is_exact(&BYTES) {
            return Ok(self.as_object().to_ref());
        }
        if step == 1 || count == 0 {
            let start = if count == 0 { 0 } else { start as usize };
            return Bytes::new(&bytes[start..start + count]).map(Ref::upcast);
        }
        let picked: Vec<u8> =
            (0..count as isize).map(|index| bytes[(start + index * step) as usize]).collect();
        Bytes::new(&picked).map(Ref::upcast)
    }
}
