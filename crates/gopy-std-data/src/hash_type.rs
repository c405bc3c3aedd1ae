//! What the modules of hash functions share: their arguments, and the type of a running hash.

use gopy_core::error::{buffer_error, overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{buffer, number, object};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Object, PyResult};

/// What is hashed: contiguous bytes of an object that is no string.
pub(crate) fn input(data: &Object) -> PyResult<Buffer> {
    if data.downcast::<Str>().is_some() {
        return Err(type_error!("Strings must be encoded before hashing"));
    }
    if !buffer::has_buffer(data) {
        return Err(type_error!("object supporting the buffer API required"));
    }
    let view = buffer::get(data, BufferRequest::SIMPLE)?;
    if view.ndim > 1 {
        return Err(buffer_error!("Buffer must be single dimension"));
    }
    Ok(view)
}

/// The data of a call, by either of its names. A `None` that is passed counts as data.
pub(crate) fn chosen<'a>(
    data: Option<&'a Object>,
    usedforsecurity: Option<&Object>,
    string: Option<&'a Object>,
) -> PyResult<Option<&'a Object>> {
    if let Some(flag) = usedforsecurity {
        object::is_true(flag)?;
    }
    match (data, string) {
        (Some(_), Some(_)) => Err(type_error!(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is \
             slated for removal in a future version."
        )),
        (data, string) => Ok(data.or(string)),
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A C integer without sign, which `name` calls. May run Python.
pub(crate) fn unsigned(o: &Object, name: &str) -> PyResult<u64> {
    let value = match o.downcast::<Int>() {
        Some(value) => gopy_object::Instance::to_ref(value),
        None => number::index(o)?,
    };
    if value.is_negative() {
        return Err(value_error!("Cannot convert negative int"));
    }
    value.to_u64().ok_or_else(|| overflow_error!("Python int too large for C {name}"))
}

/// Declares the type of a running hash that is plain data.
macro_rules! hash_type {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $state:ident, $class:literal, $basicsize:literal,
     flags($($flag:ident),*), $hash:ty, $name:literal, $block:literal, $size:literal) => {
        /// The running hash, plain data.
        pub struct $state(RefCell<$hash>);

        gopy_object::leaf_traverse!($state);

        $(#[$doc])*
        #[pyclass(name = $class, static = $static, basicsize = $basicsize, no_slots,
            flags($($flag),*))]
        #[repr(C)]
        pub struct $ty {
            object: Object,
            state: $state,
        }

        impl $ty {
            fn make(state: $hash) -> PyResult {
                let value = $ty {
                    object: Object::header(&$static),
                    state: $state(RefCell::new(state)),
                };
                let hash = memory::alloc(&$static, value)?.upcast();
                Ok(if $static.has(TypeFlags::HAVE_GC) { gc::tracked(hash) } else { hash })
            }

            fn begin(data: Option<&Object>) -> PyResult {
                let mut state = <$hash>::new();
                if let Some(data) = data {
                    let view = $crate::hash_type::input(data)?;
                    state.update(buffer::as_slice(&view));
                }
                $ty::make(state)
            }

            fn finished(&self) -> Vec<u8> {
                self.state.0.borrow().clone().finalize().to_vec()
            }
        }

        #[pymethods]
        impl $ty {
            #[pymethod("($self, /)")]
            fn copy(&self) -> PyResult {
                $ty::make(self.state.0.borrow().clone())
            }

            #[pymethod("($self, /)")]
            fn digest(&self) -> PyResult<Ref<Bytes>> {
                Bytes::new(&self.finished())
            }

            #[pymethod("($self, /)")]
            fn hexdigest(&self) -> String {
                $crate::hash_type::hex(&self.finished())
            }

            #[pymethod("($self, obj, /)")]
            fn update(&self, obj: &Object) -> PyResult<()> {
                let view = $crate::hash_type::input(obj)?;
                self.state.0.borrow_mut().update(buffer::as_slice(&view));
                Ok(())
            }

            #[pygetter]
            fn block_size(&self) -> PyResult {
                Ok(Int::from_i64($block).upcast())
            }

            #[pygetter]
            fn name(&self) -> PyResult {
                Ok(Str::new($name).upcast())
            }

            #[pygetter]
            fn digest_size(&self) -> PyResult {
                Ok(Int::from_i64($size).upcast())
            }
        }
    };
}
