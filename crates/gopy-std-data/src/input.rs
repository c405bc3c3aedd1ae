//! Arguments that are bytes, for all modules of this crate.

use gopy_core::argument::{FromArg, Place};
use gopy_core::buffer;
use gopy_core::error::{memory_error, type_error, value_error};
use gopy_core::number;
use gopy_core::str::Str;
use gopy_object::buffer::Buffer;
use gopy_object::{Instance, Object, PyResult, Ref};

/// A readable buffer (clinic's `Py_buffer`).
pub(crate) struct Data(Buffer);

impl Data {
    /// The bytes.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        buffer::as_slice(&self.0)
    }
}

impl FromArg<'_> for Data {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        buffer::bytes_like(arg).map(Data)
    }
}

/// Bytes, or ASCII text.
pub(crate) enum AsciiData {
    Text(Ref<Str>),
    Bytes(Buffer),
}

impl AsciiData {
    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            AsciiData::Text(text) => text.raw_bytes(),
            AsciiData::Bytes(buffer) => buffer::as_slice(buffer),
        }
    }
}

impl FromArg<'_> for AsciiData {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        if let Some(text) = arg.downcast::<Str>() {
            if !text.is_ascii() {
                let message = "string argument should contain only ASCII characters";
                return Err(value_error!("{message}"));
            }
            return Ok(AsciiData::Text(text.to_ref()));
        }
        buffer::bytes_like(arg).map(AsciiData::Bytes).map_err(|_| {
            type_error!(
                "argument should be bytes, buffer or ASCII string, not '{:.100}'",
                arg.type_name()
            )
        })
    }
}

/// The lower 32 bits of an integer.
#[derive(Clone, Copy)]
pub(crate) struct Word(pub u32);

impl FromArg<'_> for Word {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        Ok(Word(number::index(arg)?.to_u64_wrapping() as u32))
    }
}

/// An empty vector with room for so many bytes.
pub(crate) fn room(size: usize) -> PyResult<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| memory_error())?;
    Ok(bytes)
}
