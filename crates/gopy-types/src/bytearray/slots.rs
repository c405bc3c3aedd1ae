//! The slots of `bytearray`.

use gopy_core::argument::{ArgSpec, Bound, FromArg, Place, Style};
use gopy_core::buffer::{self, as_slice};
use gopy_core::bytes::common::{self, ByteString};
use gopy_core::bytes::{collect_bytes, percent};
use gopy_core::error::{index_error, memory_error, suppress, type_error, value_error};
use gopy_core::slice::{self, Slice};
use gopy_core::str::Str;
use gopy_core::{bool_, codecs, exceptions, none, number, object, sequence, warnings};
use gopy_macros::pyslots;
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use super::methods::{byte_of, extend};
use super::{ByteArray, iter};

static INIT: ArgSpec = ArgSpec {
    function: "bytearray",
    names: &["source", "encoding", "errors"],
    required: &[false; 3],
    positional_only: 0,
    positional: 3,
    required_positional: 0,
    rest: false,
    keywords: false,
    style: Style::Clinic,
};

/// `bytearray.__init__`. May run Python.
fn init(this: &ByteArray, args: Args<'_>) -> PyResult<()> {
    let mut places = [None; 3];
    let found = Bound::bind(&INIT, args, &mut places)?;
    let text = |index: usize, name: &'static str| -> PyResult<Option<&str>> {
        let Some(arg) = found.get(index) else { return Ok(None) };
        let text = <&Str>::from_arg(arg, &Place::named("bytearray", name))?;
        codecs::c_string(text).map(Some)
    };
    let (encoding, errors) = (text(1, "encoding")?, text(2, "errors")?);
    if !this.content().is_empty() {
        this.set_content(Vec::new())?;
    }
    let Some(source) = found.get(0) else {
        if encoding.is_some() {
            return Err(type_error!("encoding without a string argument"));
        }
        if errors.is_some() {
            return Err(type_error!("errors without a string argument"));
        }
        return Ok(());
    };
    if let Some(text) = source.downcast::<Str>() {
        if encoding.is_none() {
            return Err(type_error!("string argument without an encoding"));
        }
        let encoded = codecs::encode_text(text, encoding, errors)?;
        return this.set_content(encoded.as_slice().to_vec());
    }
    if encoding.is_some() {
        return Err(type_error!("encoding without a string argument"));
    }
    if errors.is_some() {
        return Err(type_error!("errors without a string argument"));
    }
    if number::is_index(source) {
        let size = number::index_as_ssize_or(source, &exceptions::OVERFLOW_ERROR);
        if let Some(size) = suppress(size, &exceptions::TYPE_ERROR)? {
            let size = usize::try_from(size).map_err(|_| value_error!("negative count"))?;
            return this.resize_to(size);
        }
    }
    if buffer::has_buffer(source) {
        let bytes = gopy_core::bytes::from_object(source)?;
        return this.set_content(bytes.as_slice().to_vec());
    }
    if source.type_().slots.iter.get().is_none() && !sequence::is_sequence(source) {
        return Err(type_error!(
            "cannot convert '{:.200}' object to bytearray",
            source.type_name()
        ));
    }
    let content = collect_bytes(source, "byte must be in range(0, 256)")?;
    if source.is_exact(&gopy_core::list::LIST) || source.is_exact(&gopy_core::tuple::TUPLE) {
        return this.set_content(content);
    }
    // CPython appends items of other iterables one by one, which its allocation shows.
    for byte in content {
        this.change(|storage, _| storage.push(byte))?;
    }
    Ok(())
}

/// The bytes that are assigned to a slice. May run Python.
fn assigned(value: &Object) -> PyResult<Vec<u8>> {
    if buffer::has_buffer(value) {
        let buffer = buffer::bytes_like(value)?;
        return Ok(as_slice(&buffer).to_vec());
    }
    let iterable = value.type_().slots.iter.get().is_some() || sequence::is_sequence(value);
    if value.downcast::<Str>().is_some() || number::is_index(value) || !iterable {
        return Err(type_error!(
            "can assign only bytes, buffers, or iterables of ints in range(0, 256)"
        ));
    }
    collect_bytes(value, "byte must be in range(0, 256)")
}

fn assign_slice(this: &ByteArray, key: &Slice, value: Option<&Object>) -> PyResult<()> {
    // Everything that may run Python comes before the length is read.
    let (start, stop, step) = key.unpack()?;
    let new = value.map(assigned).transpose()?;
    let length = this.content().len();
    let (start, stop, count) = slice::adjust(length, start, stop, step);
    if step == 1 {
        let start = start as usize;
        let stop = (stop.max(0) as usize).max(start);
        return this.splice(start..stop, new.as_deref().unwrap_or(&[]));
    }
    match new {
        Some(new) => {
            if new.len() != count {
                return Err(value_error!(
                    "attempt to assign bytes of size {} to extended slice of size {count}",
                    new.len()
                ));
            }
            this.with_mut(|content| {
                for (index, byte) in new.iter().enumerate() {
                    content[(start + index as isize * step) as usize] = *byte;
                }
            });
            Ok(())
        }
        None if count == 0 => Ok(()),
        None => {
            this.check_exports()?;
            let mut doomed = vec![false; length];
            for index in 0..count as isize {
                doomed[(start + index * step) as usize] = true;
            }
            let content = this.content().iter().zip(&doomed);
            let kept = content.filter(|(_, doomed)| !**doomed).map(|(byte, _)| *byte).collect();
            this.set_content(kept)
        }
    }
}

impl ByteArray {
    fn place(&self, index: isize) -> PyResult<usize> {
        let length = self.content().len();
        let index = if index < 0 { index + length as isize } else { index };
        match usize::try_from(index) {
            Ok(index) if index < length => Ok(index),
            _ => Err(index_error!("bytearray index out of range")),
        }
    }

    fn repeated(&self, count: isize) -> PyResult<Vec<u8>> {
        let count = usize::try_from(count).unwrap_or(0);
        let content = self.content();
        let length = content.len().checked_mul(count);
        let Some(length) = length.filter(|length| *length <= isize::MAX as usize) else {
            return Err(memory_error());
        };
        let mut repeated = Vec::new();
        repeated.try_reserve_exact(length).map_err(|_| memory_error())?;
        match content {
            [byte] => repeated.resize(length, *byte),
            _ => (0..count).for_each(|_| repeated.extend_from_slice(content)),
        }
        Ok(repeated)
    }
}

#[pyslots]
impl ByteArray {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        ByteArray::new(ty, &[]).map(Ref::upcast)
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        init(self, args)
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        let full = self.as_object().type_name();
        let name = full.rsplit('.').next().unwrap_or("bytearray").to_owned();
        common::repr_in(self.content(), &format!("{name}(b"), ")")
    }

    fn str(&self) -> PyResult<Ref<Str>> {
        if gopy_core::bytes::bytes_warning() {
            warnings::warn(&exceptions::BYTES_WARNING, "str() on a bytearray instance", 1)?;
        }
        object::repr(self)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        if other.downcast::<Str>().is_some() || !buffer::has_buffer(other) {
            if gopy_core::bytes::bytes_warning()
                && matches!(op, CompareOp::Eq | CompareOp::Ne)
                && other.downcast::<Str>().is_some()
            {
                let message = "Comparison between bytearray and string";
                warnings::warn(&exceptions::BYTES_WARNING, message, 1)?;
            }
            return Ok(none::not_implemented());
        }
        let buffer = buffer::bytes_like(other);
        let Some(other) = suppress(buffer, &exceptions::EXCEPTION)? else {
            return Ok(none::not_implemented());
        };
        Ok(bool_::bool_ref(op.accepts(self.content().cmp(as_slice(&other)))))
    }

    fn iter(&self) -> PyResult {
        iter::iterate(self)
    }

    fn bf_get(&self, request: BufferRequest) -> PyResult<Buffer> {
        // The vector's own pointer, so that consumers may write through it.
        // SAFETY: as in `with_mut`; only the pointer is taken.
        let data = unsafe { (*self.storage.get()).as_mut_ptr() };
        // SAFETY: `start` lies within the storage.
        let data = unsafe { data.add(self.start.get()) };
        let buffer = buffer::fill_info(self, data, self.content().len(), false, request)?;
        self.exports.set(self.exports.get() + 1);
        Ok(buffer)
    }

    fn bf_release(&self, _buffer: &mut Buffer) {
        self.exports.set(self.exports.get().saturating_sub(1));
    }

    fn nb_remainder(left: &Object, right: &Object) -> PyResult {
        let Some(format) = left.downcast::<ByteArray>() else {
            return Ok(none::not_implemented());
        };
        let format = format.content().to_vec();
        ByteArray::make(&percent::format(&format, right)?)
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.content().len())
    }

    fn sq_concat(&self, other: &Object) -> PyResult {
        let cant = || {
            type_error!(
                "can't concat {:.100} to {:.100}",
                other.type_name(),
                self.as_object().type_name()
            )
        };
        if !buffer::has_buffer(other) {
            return Err(cant());
        }
        let Ok(right) = buffer::bytes_like(other) else { return Err(cant()) };
        let (left, right) = (self.content(), as_slice(&right));
        let mut sum = Vec::new();
        sum.try_reserve_exact(left.len().saturating_add(right.len()))
            .map_err(|_| memory_error())?;
        sum.extend_from_slice(left);
        sum.extend_from_slice(right);
        Self::make(&sum)
    }

    fn sq_repeat(&self, count: isize) -> PyResult {
        Self::make(&self.repeated(count)?)
    }

    fn sq_item(&self, index: isize) -> PyResult<u8> {
        // Negative indices have been adjusted by the sequence protocol.
        match usize::try_from(index).ok().and_then(|index| self.content().get(index).copied()) {
            Some(byte) => Ok(byte),
            None => Err(index_error!("bytearray index out of range")),
        }
    }

    fn sq_ass_item(&self, index: isize, value: Option<&Object>) -> PyResult<()> {
        let value = value.map(byte_of).transpose()?;
        let index = self.place(index)?;
        match value {
            Some(byte) => {
                self.with_mut(|content| content[index] = byte);
                Ok(())
            }
            None => self.splice(index..index + 1, &[]),
        }
    }

    fn sq_contains(&self, needle: &Object) -> PyResult<bool> {
        common::contains(self, needle)
    }

    fn sq_inplace_concat(&self, other: &Object) -> PyResult {
        let cant = || {
            type_error!(
                "can't concat {:.100} to {:.100}",
                other.type_name(),
                self.as_object().type_name()
            )
        };
        if !buffer::has_buffer(other) {
            return Err(cant());
        }
        extend(self, other).map_err(|error| {
            if error.is_instance(&exceptions::TYPE_ERROR) { cant() } else { error }
        })?;
        Ok(self.as_object().to_ref())
    }

    fn sq_inplace_repeat(&self, count: isize) -> PyResult {
        if count != 1 {
            let repeated = self.repeated(count)?;
            self.set_content(repeated)?;
        }
        Ok(self.as_object().to_ref())
    }

    fn mp_length(&self) -> PyResult<usize> {
        Ok(self.content().len())
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        if number::is_index(key) {
            let index = number::index_as_ssize_or(key, &exceptions::INDEX_ERROR)?;
            let index = self.place(index)?;
            return gopy_core::argument::IntoPy::into_py(self.content()[index]);
        }
        let Some(key) = key.downcast::<Slice>() else {
            return Err(type_error!(
                "bytearray indices must be integers or slices, not {:.200}",
                key.type_name()
            ));
        };
        let (start, stop, step) = key.unpack()?;
        let content = self.content();
        let (start, _, count) = slice::adjust(content.len(), start, stop, step);
        if step == 1 && count > 0 {
            return Self::make(&content[start as usize..start as usize + count]);
        }
        let picked: Vec<u8> =
            (0..count as isize).map(|index| content[(start + index * step) as usize]).collect();
        Self::make(&picked)
    }

    fn mp_ass_subscript(&self, key: &Object, value: Option<&Object>) -> PyResult<()> {
        if number::is_index(key) {
            let index = number::index_as_ssize_or(key, &exceptions::INDEX_ERROR)?;
            let value = value.map(byte_of).transpose()?;
            let index = self.place(index)?;
            return match value {
                Some(byte) => {
                    self.with_mut(|content| content[index] = byte);
                    Ok(())
                }
                None => self.splice(index..index + 1, &[]),
            };
        }
        match key.downcast::<Slice>() {
            Some(key) => assign_slice(self, key, value),
            None => Err(type_error!(
                "bytearray indices must be integers or slices, not {:.200}",
                key.type_name()
            )),
        }
    }
}
