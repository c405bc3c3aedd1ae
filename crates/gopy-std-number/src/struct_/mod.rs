//! `_struct`.
//!
//! Answers to `Modules/_struct.c`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gopy_core::bytes::Bytes;
use gopy_core::dict::Dict;
use gopy_core::error::{raise_format, runtime_error, type_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{argument, buffer, codecs, exceptions, module, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::weakref::WeakList;
use gopy_object::{Arg, Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

mod format;

use format::{Format, struct_error};

module_exception! {
    /// `struct.error`.
    ERROR = "struct.error", exceptions::EXCEPTION;
}

/// How many parsed formats are kept.
const CACHE_MAX: usize = 100;

/// The format of a `Struct` once `__init__` has run.
pub struct FormatCell(RefCell<Option<Rc<Format>>>);

gopy_object::leaf_traverse!(FormatCell);

/// A `_struct.Struct`.
#[pyclass(name = "_struct.Struct", static = STRUCT, basicsize = 56, weaklistoffset = 48,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), weaklist = weakrefs)]
#[repr(C)]
pub struct Struct {
    object: Object,
    /// The format as bytes.
    text: Slot,
    format: FormatCell,
    weakrefs: WeakList,
}

impl Struct {
    fn make(ty: &Type) -> PyResult<Ref<Struct>> {
        let value = Struct {
            object: Object::header(ty),
            text: Slot::new(None),
            format: FormatCell(RefCell::new(None)),
            weakrefs: WeakList::empty(),
        };
        Ok(gc::tracked(memory::alloc(ty, value)?))
    }

    fn set_format(&self, text: &Object) -> PyResult<()> {
        let bytes = match text.downcast::<Str>() {
            Some(text) => codecs::encode_text(text, Some("ascii"), None)?,
            None => match text.downcast::<Bytes>() {
                Some(bytes) => bytes.to_ref(),
                None => {
                    return Err(type_error!(
                        "Struct() argument 1 must be a str or bytes object, not {:.200}",
                        text.type_name()
                    ));
                }
            },
        };
        let format = Format::parse(bytes.as_slice())?;
        self.text.set(Some(bytes.upcast()));
        self.format.0.replace(Some(Rc::new(format)));
        Ok(())
    }

    fn parsed(&self) -> PyResult<Rc<Format>> {
        match &*self.format.0.borrow() {
            Some(format) => Ok(Rc::clone(format)),
            None => Err(runtime_error!("Struct object is not initialized")),
        }
    }
}

/// The `Struct` for a format, from the cache.
fn cached(module: &Object, format: &Object) -> PyResult<Ref<Struct>> {
    if let Some(known) = format.downcast::<Struct>() {
        return Ok(known.to_ref());
    }
    let cache = module::state(module, Dict::new)?;
    // An unhashable format is no format; the error below says so.
    let cacheable = format.downcast::<Str>().is_some() || format.downcast::<Bytes>().is_some();
    if cacheable
        && let Some(known) = cache.get_item(format)?
        && let Ok(known) = known.downcast_ref::<Struct>()
    {
        return Ok(known);
    }
    let made = Struct::make(&STRUCT)?;
    made.set_format(format)?;
    if cacheable {
        if cache.len() >= CACHE_MAX {
            cache.clear_items();
        }
        cache.set_item(format, made.as_object())?;
    }
    Ok(made)
}

fn unpack_slice(format: &Format, data: &[u8]) -> PyResult {
    let mut items = Vec::with_capacity(format.len);
    for code in &format.codes {
        for index in 0..code.repeat {
            let start = code.offset + index * code.size;
            items.push(format.unpack(code.kind, &data[start..start + code.size])?);
        }
    }
    Ok(tuple::try_from_vec(items)?.upcast())
}

fn unpack_whole(format: &Format, data: &Object) -> PyResult {
    let data = buffer::bytes_like(data)?;
    if data.len != format.size {
        return Err(struct_error!("unpack requires a buffer of {} bytes", format.size));
    }
    unpack_slice(format, buffer::as_slice(&data))
}

fn unpack_at(format: &Format, data: &Object, offset: isize) -> PyResult {
    let data = buffer::bytes_like(data)?;
    let (size, len) = (format.size, data.len);
    let start = if offset < 0 {
        if offset.unsigned_abs() < size {
            return Err(struct_error!("not enough data to unpack {size} bytes at offset {offset}"));
        }
        match (len as isize).checked_add(offset).filter(|start| *start >= 0) {
            Some(start) => start as usize,
            None => {
                return Err(struct_error!("offset {offset} out of range for {len}-byte buffer"));
            }
        }
    } else {
        offset as usize
    };
    if start > len || len - start < size {
        return Err(struct_error!(
            "unpack_from requires a buffer of at least {} bytes for unpacking {size} bytes at offset \
             {start} (actual buffer size is {len})",
            size as u128 + start as u128
        ));
    }
    unpack_slice(format, &buffer::as_slice(&data)[start..start + size])
}

/// Packs the values into `out`, which is `size` bytes of zeros.
fn pack_values(format: &Format, out: &mut [u8], values: &[Arg<'_>]) -> PyResult<()> {
    let mut values = values.iter();
    for code in &format.codes {
        for index in 0..code.repeat {
            let Some(value) = values.next() else { return Ok(()) };
            let start = code.offset + index * code.size;
            format.pack(code.kind, &mut out[start..start + code.size], value.object())?;
        }
    }
    Ok(())
}

fn packed(format: &Format, values: &[Arg<'_>]) -> PyResult<Vec<u8>> {
    let mut out = Vec::new();
    out.try_reserve_exact(format.size).map_err(|_| gopy_core::error::memory_error())?;
    out.resize(format.size, 0);
    pack_values(format, &mut out, values)?;
    Ok(out)
}

fn pack_new(format: &Format, values: &[Arg<'_>]) -> PyResult {
    if values.len() != format.len {
        return Err(struct_error!(
            "pack expected {} items for packing (got {})",
            format.len,
            values.len()
        ));
    }
    Bytes::new(&packed(format, values)?).map(Ref::upcast)
}

fn pack_at(format: &Format, args: &[Arg<'_>]) -> PyResult<()> {
    let [target, offset, values @ ..] = args else {
        return Err(if args.is_empty() {
            struct_error!("pack_into expected buffer argument")
        } else {
            struct_error!("pack_into expected offset argument")
        });
    };
    if values.len() != format.len {
        return Err(struct_error!(
            "pack_into expected {} items for packing (got {})",
            format.len,
            values.len()
        ));
    }
    let target = writable(target.object())?;
    let offset = number::index_as_ssize(offset.object())?;
    let (size, len) = (format.size, target.len);
    let start = if offset < 0 {
        if offset.unsigned_abs() < size {
            return Err(struct_error!("no space to pack {size} bytes at offset {offset}"));
        }
        match (len as isize).checked_add(offset).filter(|start| *start >= 0) {
            Some(start) => start as usize,
            None => {
                return Err(struct_error!("offset {offset} out of range for {len}-byte buffer"));
            }
        }
    } else {
        offset as usize
    };
    if start > len || len - start < size {
        return Err(struct_error!(
            "pack_into requires a buffer of at least {} bytes for packing {size} bytes at offset \
             {start} (actual buffer size is {len})",
            size as u128 + start as u128
        ));
    }
    // Values may run Python code, so nothing is borrowed meanwhile; on an error the beginning is
    // written and the rest cleared, as in CPython.
    let mut out = vec![0; size];
    let result = pack_values(format, &mut out, values);
    // SAFETY: the export is writable, `start + size` bytes long at least and stays in place.
    unsafe { target.data.add(start).copy_from_nonoverlapping(out.as_ptr(), size) };
    result
}

fn writable(target: &Object) -> PyResult<Buffer> {
    match buffer::get(target, BufferRequest::WRITABLE) {
        Ok(buffer) => Ok(buffer),
        Err(_) => Err(type_error!(
            "argument must be read-write bytes-like object, not {:.50}",
            target.type_name()
        )),
    }
}

fn iterate(of: &Struct, data: &Object) -> PyResult {
    let format = of.parsed()?;
    if format.size == 0 {
        return Err(struct_error!("cannot iteratively unpack with a struct of length 0"));
    }
    let data = buffer::bytes_like(data)?;
    if data.len % format.size != 0 {
        return Err(struct_error!(
            "iterative unpacking requires a buffer of a multiple of {} bytes",
            format.size
        ));
    }
    let value = UnpackIterator {
        object: Object::header(&UNPACK_ITERATOR),
        of: Slot::new(Some(of.as_object().to_ref())),
        format: FormatCell(RefCell::new(Some(format))),
        data: DataCell(RefCell::new(Some(data))),
        index: Cell::new(0),
    };
    Ok(gc::tracked(memory::alloc(&UNPACK_ITERATOR, value)?).upcast())
}

#[pymethods]
impl Struct {
    #[pymethod("($self, buffer, /)")]
    fn iter_unpack(&self, buffer: &Object) -> PyResult {
        iterate(self, buffer)
    }

    #[pymethod(raw)]
    fn pack(&self, args: Args<'_>) -> PyResult {
        argument::no_keywords("Struct.pack", args)?;
        pack_new(&*self.parsed()?, args.positional())
    }

    #[pymethod(raw)]
    fn pack_into(&self, args: Args<'_>) -> PyResult<()> {
        argument::no_keywords("Struct.pack_into", args)?;
        pack_at(&*self.parsed()?, args.positional())
    }

    #[pymethod("($self, buffer, /)")]
    fn unpack(&self, buffer: &Object) -> PyResult {
        unpack_whole(&*self.parsed()?, buffer)
    }

    #[pymethod("($self, /, buffer, offset=0)")]
    fn unpack_from(&self, buffer: &Object, offset: Option<isize>) -> PyResult {
        unpack_at(&*self.parsed()?, buffer, offset.unwrap_or(0))
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> PyResult<usize> {
        let codes = self.parsed()?.codes.len();
        Ok(self.as_object().type_().basicsize.get() + (codes + 1) * 32)
    }

    #[pygetter]
    fn format(&self) -> PyResult {
        self.parsed()?;
        match self.text.get().as_ref().and_then(|text| text.downcast::<Bytes>()) {
            Some(text) => Str::from_ucs1(text.as_slice()).map(Ref::upcast),
            None => Err(runtime_error!("Struct object is not initialized")),
        }
    }

    #[pygetter]
    fn size(&self) -> PyResult {
        // -1 before `__init__`.
        let size = self.format.0.borrow().as_ref().map_or(-1, |format| format.size as i64);
        Ok(Int::from_i64(size).upcast())
    }
}

#[pyslots]
impl Struct {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        Struct::make(ty).map(Ref::upcast)
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let [format] = bind!(args, "Struct", ["format"], required 1, positional_only 0,
            positional 1);
        match format {
            Some(format) => self.set_format(format),
            None => Ok(()),
        }
    }

    fn repr(&self) -> PyResult<String> {
        self.parsed()?;
        let text = Struct::format(self)?;
        let name = self.as_object().type_name();
        let name = name.rsplit('.').next().unwrap_or(&name);
        Ok(format!("{name}({})", object::repr(&text)?))
    }
}

/// The exported data; `None` when the iterator is exhausted.
pub struct DataCell(RefCell<Option<Buffer>>);

gopy_object::leaf_traverse!(DataCell);

/// A `_struct.unpack_iterator`.
#[pyclass(name = "_struct.unpack_iterator", static = UNPACK_ITERATOR, basicsize = 112,
    flags(HAVE_GC, HEAPTYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct UnpackIterator {
    object: Object,
    of: Slot,
    format: FormatCell,
    data: DataCell,
    index: Cell<usize>,
}

#[pymethods]
impl UnpackIterator {
    #[pymethod("($self, /)")]
    fn __length_hint__(&self) -> usize {
        match (&*self.format.0.borrow(), &*self.data.0.borrow()) {
            (Some(format), Some(data)) => (data.len - self.index.get()) / format.size,
            _ => 0,
        }
    }
}

#[pyslots]
impl UnpackIterator {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let index = self.index.get();
        let item = match (&*self.format.0.borrow(), &*self.data.0.borrow()) {
            (Some(format), Some(data)) if index < data.len => {
                self.index.set(index + format.size);
                let data = buffer::as_slice(data);
                Some(unpack_slice(format, &data[index..index + format.size])?)
            }
            _ => None,
        };
        if item.is_none() {
            // The export ends with the iteration.
            let data = self.data.0.take();
            drop(data);
            self.of.set(None);
        }
        Ok(item)
    }
}

/// The module.
#[pymodule(name = "_struct")]
pub mod native {
    use super::*;

    #[pyfunction("($module, /)")]
    fn _clearcache(module: &Object) -> PyResult<()> {
        module::state(module, Dict::new)?.clear_items();
        Ok(())
    }

    #[pyfunction("($module, format, /)")]
    fn calcsize(module: &Object, format: &Object) -> PyResult<usize> {
        Ok(cached(module, format)?.parsed()?.size)
    }

    #[pyfunction("($module, format, buffer, /)")]
    fn iter_unpack(module: &Object, format: &Object, buffer: &Object) -> PyResult {
        iterate(&*cached(module, format)?, buffer)
    }

    #[pyfunction(raw)]
    fn pack(module: &Object, args: Args<'_>) -> PyResult {
        argument::no_keywords("_struct.pack", args)?;
        let [format, values @ ..] = args.positional() else {
            return Err(type_error!("missing format argument"));
        };
        pack_new(&*cached(module, format.object())?.parsed()?, values)
    }

    #[pyfunction(raw)]
    fn pack_into(module: &Object, args: Args<'_>) -> PyResult<()> {
        argument::no_keywords("_struct.pack_into", args)?;
        let [format, values @ ..] = args.positional() else {
            return Err(type_error!("missing format argument"));
        };
        pack_at(&*cached(module, format.object())?.parsed()?, values)
    }

    #[pyfunction("($module, format, buffer, /)")]
    fn unpack(module: &Object, format: &Object, buffer: &Object) -> PyResult {
        unpack_whole(&*cached(module, format)?.parsed()?, buffer)
    }

    #[pyfunction("($module, format, /, buffer, offset=0)")]
    fn unpack_from(
        module: &Object,
        format: &Object,
        buffer: &Object,
        offset: Option<isize>,
    ) -> PyResult {
        unpack_at(&*cached(module, format)?.parsed()?, buffer, offset.unwrap_or(0))
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        gopy_core::type_::ready(&UNPACK_ITERATOR)?;
        module::add_type(module, &STRUCT)?;
        module::add_type(module, &ERROR)
    }
}

pub use native::MODULE;
