//! Making `bytes` from whatever Python offers.

use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use super::{BYTES, Bytes};
use crate::argument::{ArgSpec, Bound, FromArg, Place, Style};
use crate::buffer::{self, as_slice};
use crate::error::{memory_error, suppress, type_error, value_error};
use crate::list::List;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{call, codecs, exceptions, id, iter, number, object};

static NEW: ArgSpec = ArgSpec {
    function: "bytes",
    names: &["source", "encoding", "errors"],
    required: &[false; 3],
    positional_only: 0,
    positional: 3,
    required_positional: 0,
    rest: false,
    keywords: false,
    style: Style::Clinic,
};

/// `bytes(source, encoding, errors)`. May run Python.
pub(super) fn new(ty: &Type, args: Args<'_>) -> PyResult {
    let mut places = [None; 3];
    let found = Bound::bind(&NEW, args, &mut places)?;
    let text = |index: usize, name: &'static str| -> PyResult<Option<&str>> {
        let Some(arg) = found.get(index) else { return Ok(None) };
        let text = <&Str>::from_arg(arg, &Place::named("bytes", name))?;
        codecs::c_string(text).map(Some)
    };
    let (encoding, errors) = (text(1, "encoding")?, text(2, "errors")?);
    let bytes = match found.get(0) {
        None if encoding.is_some() => {
            return Err(type_error!("encoding without a string argument"));
        }
        None if errors.is_some() => return Err(type_error!("errors without a string argument")),
        None => Bytes::empty(),
        Some(source) => from_source(source, encoding, errors)?,
    };
    if std::ptr::eq(ty, BYTES.get()) {
        // `__bytes__` may have answered an instance of a subclass, which is kept.
        return Ok(bytes.upcast());
    }
    Bytes::of_type(ty, bytes.as_slice()).map(Ref::upcast)
}

fn from_source(
    source: &Object,
    encoding: Option<&str>,
    errors: Option<&str>,
) -> PyResult<Ref<Bytes>> {
    if encoding.is_some() {
        let Some(text) = source.downcast::<Str>() else {
            return Err(type_error!("encoding without a string argument"));
        };
        return codecs::encode_text(text, encoding, errors);
    }
    if errors.is_some() {
        return Err(match source.downcast::<Str>() {
            Some(_) => type_error!("string argument without an encoding"),
            None => type_error!("errors without a string argument"),
        });
    }
    if let Some(method) = object::lookup_special(source, id!(__bytes__))? {
        let result = call::call_no_args(&method)?;
        return result.downcast_ref::<Bytes>().map_err(|result| {
            type_error!("__bytes__ returned non-bytes (type {:.200})", result.type_name())
        });
    }
    if source.downcast::<Str>().is_some() {
        return Err(type_error!("string argument without an encoding"));
    }
    if number::is_index(source) {
        let size = number::index_as_ssize_or(source, &exceptions::OVERFLOW_ERROR);
        if let Some(size) = suppress(size, &exceptions::TYPE_ERROR)? {
            let size = usize::try_from(size).map_err(|_| value_error!("negative count"))?;
            let mut zeros = Vec::new();
            zeros.try_reserve_exact(size).map_err(|_| memory_error())?;
            zeros.resize(size, 0);
            return Bytes::new(&zeros);
        }
    }
    from_object(source)
}

/// The bytes of a buffer or of an iterable of ints (`PyBytes_FromObject`). May run Python.
///
/// # Errors
///
/// `TypeError`, `ValueError` "bytes must be in range(0, 256)".
pub fn from_object(source: &Object) -> PyResult<Ref<Bytes>> {
    if source.is_exact(&BYTES) {
        // SAFETY: just checked.
        return Ok(unsafe { source.to_ref().cast_unchecked() });
    }
    if buffer::has_buffer(source) {
        let buffer = buffer::get(source, gopy_object::buffer::BufferRequest::FULL_RO)?;
        return Bytes::new(&contiguous(&buffer));
    }
    let is_iterable =
        source.type_().slots.iter.get().is_some() || crate::sequence::is_sequence(source);
    if source.downcast::<Str>().is_some() || !is_iterable {
        return Err(type_error!("cannot convert '{:.200}' object to bytes", source.type_name()));
    }
    let bytes = collect_bytes(source, "bytes must be in range(0, 256)")?;
    Bytes::new(&bytes)
}

/// The bytes of an export in C order.
pub(crate) fn contiguous(buffer: &gopy_object::buffer::Buffer) -> Vec<u8> {
    let (Some(shape), Some(strides)) = (&buffer.shape, &buffer.strides) else {
        return as_slice(buffer).to_vec();
    };
    let mut expected = buffer.itemsize as isize;
    let mut plain = buffer.suboffsets.is_none();
    for (length, stride) in shape.iter().zip(strides).rev() {
        plain &= *length <= 1 || *stride == expected;
        expected *= length;
    }
    if plain {
        return as_slice(buffer).to_vec();
    }
    let mut out = Vec::with_capacity(buffer.len);
    gather(buffer, shape, strides, 0, buffer.data, &mut out);
    out
}

fn gather(
    buffer: &gopy_object::buffer::Buffer,
    shape: &[isize],
    strides: &[isize],
    dimension: usize,
    start: *mut u8,
    out: &mut Vec<u8>,
) {
    let Some(length) = shape.get(dimension) else {
        // SAFETY: an exporter's shape and strides stay within its memory, which the export keeps.
        out.extend_from_slice(unsafe { std::slice::from_raw_parts(start, buffer.itemsize) });
        return;
    };
    for index in 0..*length {
        // SAFETY: as above.
        let mut place = unsafe { start.offset(index * strides[dimension]) };
        if let Some(suboffset) = buffer.suboffsets.as_ref().map(|s| s[dimension])
            && suboffset >= 0
        {
            // SAFETY: a suboffset that is not negative says that a pointer lies here.
            place = unsafe { place.cast::<*mut u8>().read_unaligned().offset(suboffset) };
        }
        gather(buffer, shape, strides, dimension + 1, place, out);
    }
}

/// The bytes that the ints of an iterable are. May run Python.
///
/// # Errors
///
/// `ValueError` with `range_error`; `TypeError` for what is no int.
pub fn collect_bytes(source: &Object, range_error: &str) -> PyResult<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut push = |item: &Object| -> PyResult<()> {
        let value = number::index_clamped(item)?;
        let byte = u8::try_from(value).map_err(|_| value_error!("{range_error}"))?;
        bytes.try_reserve(1).map_err(|_| memory_error())?;
        bytes.push(byte);
        Ok(())
    };
    if let Some(list) = source.downcast_exact::<List>() {
        // `__index__` may change the list: length and item are read anew.
        let mut index = 0;
        while let Some(item) = list.get(index) {
            push(&item)?;
            index += 1;
        }
    } else if let Some(tuple) = source.downcast_exact::<Tuple>() {
        for item in tuple.items() {
            push(item)?;
        }
    } else {
        let iterator = iter::get_iter(source)?;
        while let Some(item) = iter::next(&iterator)? {
            push(&item)?;
        }
    }
    Ok(bytes)
}
