//! `ZstdDict`: the content of a dictionary, and what the library makes of it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::error::{memory_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::{number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, gc, memory};
use zstd_sys as z;

use super::zstd_error;
use crate::input::Data;

/// How a dictionary is given to a context.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    Digested,
    Undigested,
    Prefix,
}

/// The content and its digests. Contexts share it: the library keeps pointers into it.
pub(super) struct Content {
    bytes: Vec<u8>,
    for_compression: RefCell<HashMap<i32, *mut z::ZSTD_CDict>>,
    for_decompression: Cell<*mut z::ZSTD_DDict>,
}

impl Content {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest for compression at a level.
    pub(super) fn compression_digest(&self, level: i32) -> PyResult<*mut z::ZSTD_CDict> {
        if let Some(digest) = self.for_compression.borrow().get(&level) {
            return Ok(*digest);
        }
        // SAFETY: the bytes are as many as said; the library copies them.
        let digest =
            unsafe { z::ZSTD_createCDict(self.bytes.as_ptr().cast(), self.bytes.len(), level) };
        if digest.is_null() {
            return Err(zstd_error(
                "Failed to create a ZSTD_CDict instance from Zstandard dictionary content.",
            ));
        }
        self.for_compression.borrow_mut().insert(level, digest);
        Ok(digest)
    }

    /// The digest for decompression.
    pub(super) fn decompression_digest(&self) -> PyResult<*mut z::ZSTD_DDict> {
        if self.for_decompression.get().is_null() {
            // SAFETY: as above.
            let digest =
                unsafe { z::ZSTD_createDDict(self.bytes.as_ptr().cast(), self.bytes.len()) };
            if digest.is_null() {
                return Err(zstd_error(
                    "Failed to create a ZSTD_DDict instance from Zstandard dictionary content.",
                ));
            }
            self.for_decompression.set(digest);
        }
        Ok(self.for_decompression.get())
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        for digest in self.for_compression.get_mut().values() {
            // SAFETY: made by `ZSTD_createCDict`; contexts that refer to it hold the content.
            unsafe { z::ZSTD_freeCDict(*digest) };
        }
        // SAFETY: as above, of `ZSTD_createDDict`; null is allowed.
        unsafe { z::ZSTD_freeDDict(self.for_decompression.get()) };
    }
}

/// A share of a content.
struct Share(Rc<Content>);

gopy_object::leaf_traverse!(Share);

/// A dictionary.
#[pyclass(name = "compression.zstd.ZstdDict", static = ZSTD_DICT, basicsize = 56,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE),
    text_signature = "(dict_content, /, *, is_raw=False)")]
#[repr(C)]
pub struct ZstdDict {
    object: Object,
    content: Share,
    id: u32,
}

impl ZstdDict {
    fn loaded_as(&self, kind: i64) -> Ref {
        let this = self.as_object().to_ref();
        tuple::from_array([this, Int::from_i64(kind).upcast()]).upcast()
    }
}

/// The content that an argument means, and how it is to be loaded.
pub(super) fn parse(argument: &Object, default: Load) -> PyResult<(Rc<Content>, Load)> {
    if let Some(dict) = argument.downcast::<ZstdDict>() {
        return Ok((dict.content.0.clone(), default));
    }
    if argument.is_exact(&tuple::TUPLE)
        && let Some([dict, kind]) = argument.downcast::<Tuple>().map(|pair| pair.items())
        && let Some(dict) = dict.downcast::<ZstdDict>()
        && kind.downcast::<Int>().is_some()
    {
        let load = match number::index_as_c_int(kind)? {
            0 => Some(Load::Digested),
            1 => Some(Load::Undigested),
            2 => Some(Load::Prefix),
            _ => None,
        };
        if let Some(load) = load {
            return Ok((dict.content.0.clone(), load));
        }
    }
    Err(type_error!("zstd_dict argument should be a ZstdDict object."))
}

#[pymethods]
impl ZstdDict {
    #[pymember]
    fn dict_id(&self) -> u32 {
        self.id
    }

    #[pygetter]
    fn dict_content(&self) -> PyResult<Ref<Bytes>> {
        Bytes::new(self.content.0.bytes())
    }

    #[pygetter]
    fn as_digested_dict(&self) -> Ref {
        self.loaded_as(0)
    }

    #[pygetter]
    fn as_undigested_dict(&self) -> Ref {
        self.loaded_as(1)
    }

    #[pygetter]
    fn as_prefix(&self) -> Ref {
        self.loaded_as(2)
    }
}

#[pyslots]
impl ZstdDict {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [content, is_raw] = bind!(args, "ZstdDict", ["", "is_raw"],
            required 1, positional_only 1, positional 1);
        let place = Place::only("ZstdDict");
        let Some(content) = content else {
            return Err(type_error!("ZstdDict() takes exactly 1 positional argument (0 given)"));
        };
        let content = Data::from_arg(content, &place)?;
        let is_raw = is_raw.map_or(Ok(false), object::is_true)?;
        if content.bytes().len() < 8 {
            return Err(value_error!(
                "Zstandard dictionary content too short (must have at least eight bytes)"
            ));
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(content.bytes().len()).map_err(|_| memory_error())?;
        bytes.extend_from_slice(content.bytes());
        // SAFETY: the bytes are as many as said.
        let id = unsafe { z::ZSTD_getDictID_fromDict(bytes.as_ptr().cast(), bytes.len()) };
        if !is_raw && id == 0 {
            return Err(value_error!("invalid Zstandard dictionary"));
        }
        let content = Content {
            bytes,
            for_compression: RefCell::default(),
            for_decompression: Cell::new(std::ptr::null_mut()),
        };
        let dict = ZstdDict { object: Object::header(ty), content: Share(Rc::new(content)), id };
        Ok(gc::tracked(memory::alloc(ty, dict)?).upcast())
    }

    fn repr(&self) -> String {
        format!("<ZstdDict dict_id={} dict_size={}>", self.id, self.content.0.bytes().len())
    }

    fn sq_length(&self) -> PyResult<usize> {
        Ok(self.content.0.bytes().len())
    }
}
