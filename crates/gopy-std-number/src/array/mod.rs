//! `array`: sequences of machine values.
//!
//! Answers to `Modules/arraymodule.c`.
//!
//! Keeps true: while exports exist the storage neither moves nor changes its length; no borrow of it
//! lives across anything that may run Python. `allocated` is what CPython would have allocated, in
//! items, which `sys.getsizeof` shows.

use std::cell::{Cell, UnsafeCell};

use gopy_core::argument::{CodePoint, Place};
use gopy_core::bytes::Bytes;
use gopy_core::error::{buffer_error, memory_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::{Str, interned};
use gopy_core::{call, import, iter, module, tuple, type_};
use gopy_macros::{pyclass, pymodule};
use gopy_object::weakref::WeakList;
use gopy_object::{Instance, Object, PyResult, Ref, Type, gc, memory};

mod array_iter;
mod item;
mod methods;
mod slots;

pub use array_iter::{ARRAY_ITER, ArrayIter};
use item::{KINDS, Kind, Machine};

/// An `array`.
#[pyclass(name = "array.array", static = ARRAY, basicsize = 64, weaklistoffset = 48,
    flags(BASETYPE, HAVE_GC, HEAPTYPE, IMMUTABLETYPE, SEQUENCE), weaklist = weakrefs,
    manual_traverse)]
#[repr(C)]
pub struct Array {
    object: Object,
    storage: UnsafeCell<Vec<u8>>,
    kind: &'static Kind,
    allocated: Cell<usize>,
    exports: Cell<usize>,
    weakrefs: WeakList,
}

gopy_object::leaf_traverse!(Array);

impl Array {
    /// An empty instance with room for so many items.
    fn of_type(ty: &Type, kind: &'static Kind, count: usize) -> PyResult<Ref<Array>> {
        let mut storage = Vec::new();
        let size = count.checked_mul(kind.size).ok_or_else(memory_error)?;
        storage.try_reserve_exact(size).map_err(|_| memory_error())?;
        let array = Array {
            object: Object::header(ty),
            storage: UnsafeCell::new(storage),
            kind,
            allocated: Cell::new(count),
            exports: Cell::new(0),
            weakrefs: WeakList::empty(),
        };
        Ok(gc::tracked(memory::alloc(ty, array)?))
    }

    /// An `array` of these machine values.
    fn from_bytes(kind: &'static Kind, bytes: &[u8]) -> PyResult<Ref<Array>> {
        let array = Array::of_type(&ARRAY, kind, bytes.len() / kind.size)?;
        // Room was made.
        array.with(|storage| storage.extend_from_slice(bytes));
        Ok(array)
    }

    /// The machine values. The borrow must end before Python may run or the array changes.
    fn bytes(&self) -> &[u8] {
        // SAFETY: the storage changes in `with` alone, which no holder of this borrow calls.
        unsafe { &*self.storage.get() }
    }

    /// Works on the storage.
    fn with<R>(&self, work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        // SAFETY: the closures of this module run no Python and reach `self` by nothing else.
        work(unsafe { &mut *self.storage.get() })
    }

    /// Number of items.
    fn len(&self) -> usize {
        self.bytes().len() / self.kind.size
    }

    /// Item `index`, while there is one.
    fn get(&self, index: usize) -> PyResult<Option<Ref>> {
        let size = self.kind.size;
        let Some(start) = index.checked_mul(size) else { return Ok(None) };
        match self.bytes().get(start..).and_then(|rest| rest.get(..size)) {
            Some(item) => self.kind.object(item).map(Some),
            None => Ok(None),
        }
    }

    fn check_exports(&self) -> PyResult<()> {
        if self.exports.get() > 0 {
            return Err(buffer_error!("cannot resize an array that is exporting buffers"));
        }
        Ok(())
    }

    /// Makes the array `count` items long; new ones are zeros.
    fn resize(&self, count: usize) -> PyResult<()> {
        let len = self.len();
        if count != len {
            self.check_exports()?;
        }
        let size = self.kind.size;
        let has_items = self.allocated.get() > 0;
        if self.allocated.get() >= count && len < count + 16 && has_items {
            // Within what is reserved already.
            self.with(|storage| storage.resize(count * size, 0));
            return Ok(());
        }
        if count == 0 {
            self.allocated.set(0);
            self.with(|storage| *storage = Vec::new());
            return Ok(());
        }
        let allocated = count
            .checked_add(count >> 4)
            .and_then(|sum| sum.checked_add(if len < 8 { 3 } else { 7 }))
            .filter(|allocated| {
                allocated.checked_mul(size).is_some_and(|n| n <= isize::MAX as usize)
            })
            .ok_or_else(memory_error)?;
        self.with(|storage| {
            let more = (allocated * size).saturating_sub(storage.len());
            storage.try_reserve_exact(more).map_err(|_| memory_error())?;
            storage.resize(count * size, 0);
            storage.shrink_to(allocated * size);
            Ok(())
        })?;
        self.allocated.set(allocated);
        Ok(())
    }

    /// Writes an item, where there is one of that index still.
    fn put(&self, index: usize, value: &Machine) -> bool {
        let size = self.kind.size;
        self.with(|storage| match storage.get_mut(index * size..).and_then(|s| s.get_mut(..size)) {
            Some(item) => {
                item.copy_from_slice(&value[..size]);
                true
            }
            None => false,
        })
    }

    /// Appends an item. May run Python.
    fn push(&self, value: &Object) -> PyResult<()> {
        let value = self.kind.machine_value(value)?;
        let len = self.len();
        self.resize(len + 1)?;
        self.put(len, &value);
        Ok(())
    }

    /// Inserts an item; the index counts from the end where it is negative, and is clipped. May run
    /// Python.
    fn insert_at(&self, index: isize, value: &Object) -> PyResult<()> {
        let value = self.kind.machine_value(value)?;
        let len = self.len();
        let index = if index < 0 { index.saturating_add_unsigned(len).max(0) } else { index };
        let index = index.unsigned_abs().min(len);
        self.resize(len + 1)?;
        let size = self.kind.size;
        self.with(|storage| storage.copy_within(index * size..len * size, (index + 1) * size));
        self.put(index, &value);
        Ok(())
    }

    /// Removes items `start..end`, which are there.
    fn delete(&self, start: usize, end: usize) -> PyResult<()> {
        if start >= end {
            return Ok(());
        }
        self.check_exports()?;
        let (len, size) = (self.len(), self.kind.size);
        self.with(|storage| storage.copy_within(end * size..len * size, start * size));
        self.resize(len - (end - start))
    }

    /// Appends machine values, a whole number of items.
    fn push_bytes(&self, bytes: &[u8]) -> PyResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (len, size) = (self.len(), self.kind.size);
        let count = len.checked_add(bytes.len() / size).ok_or_else(memory_error)?;
        self.resize(count)?;
        self.with(|storage| storage[len * size..].copy_from_slice(bytes));
        Ok(())
    }

    /// Appends the characters of a text to an array of characters.
    fn push_text(&self, text: &Str) -> PyResult<()> {
        let (len, size) = (self.len(), self.kind.size);
        if text.is_empty() {
            return Ok(());
        }
        self.resize(len.checked_add(text.len()).ok_or_else(memory_error)?)?;
        self.with(|storage| {
            let items = storage[len * size..].chunks_exact_mut(size);
            for (item, code) in items.zip(text.units().iter()) {
                item.copy_from_slice(&code.to_ne_bytes());
            }
        });
        Ok(())
    }

    /// Appends what an iterable yields. May run Python.
    fn extend_from(&self, items: &Object) -> PyResult<()> {
        let items = iter::get_iter(items)?;
        while let Some(item) = iter::next(&items)? {
            self.push(&item)?;
        }
        Ok(())
    }

    /// `extend`. May run Python.
    fn extend_by(&self, items: &Object) -> PyResult<()> {
        let Some(other) = items.downcast::<Array>() else { return self.extend_from(items) };
        if other.kind != self.kind {
            return Err(type_error!("can only extend with array of same kind"));
        }
        // The other one may be this one.
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(other.bytes().len()).map_err(|_| memory_error())?;
        bytes.extend_from_slice(other.bytes());
        self.push_bytes(&bytes)
    }

    /// The items as a list.
    fn to_list(&self) -> PyResult<Ref<List>> {
        let list = List::new();
        let mut index = 0;
        while let Some(item) = self.get(index)? {
            list.push(item)?;
            index += 1;
        }
        Ok(list)
    }
}

/// `_array_reconstructor`. May run Python.
fn reconstruct(class: &Object, code: u32, format: i32, items: &Object) -> PyResult {
    let Some(ty) = class.downcast::<Type>() else {
        return Err(type_error!(
            "first argument must be a type object, not {:.200}",
            class.type_name()
        ));
    };
    if !ty.is_subtype(&ARRAY) {
        return Err(type_error!("{:.200} is not a subtype of {:.200}", ty.name(), ARRAY.name()));
    }
    let Some(kind) = Kind::of(code) else {
        return Err(value_error!("second argument must be a valid type code"));
    };
    if !(0..=21).contains(&format) {
        return Err(value_error!("third argument must be a valid machine format code."));
    }
    let Some(bytes) = items.downcast::<Bytes>() else {
        return Err(type_error!("fourth argument should be bytes, not {:.200}", items.type_name()));
    };
    if format == kind.machine_format {
        return slots::make(ty, kind.code.into(), Some(items));
    }
    let bytes = bytes.as_slice();
    let size = Kind::foreign_size(format);
    if !bytes.len().is_multiple_of(size) {
        return Err(value_error!("string length not a multiple of item size"));
    }
    if format >= 18 {
        let text = methods::decode_foreign_text(format, bytes)?;
        return slots::make(ty, kind.code.into(), Some(text.as_object()));
    }
    // Integers go into the last kind that has just their size and sign.
    let signed = matches!(format, 1 | 4 | 5 | 8 | 9 | 12 | 13);
    let fitting =
        KINDS.iter().rfind(|kind| format < 14 && kind.size == size && kind.signed == Some(signed));
    let code = fitting.unwrap_or(kind).code;
    let list = List::from_vec(Kind::foreign_items(format, bytes)?);
    slots::make(ty, code.into(), Some(list.as_object()))
}

/// The module `array`.
#[pymodule(name = "array")]
pub mod native {
    use super::*;

    #[pyfunction(
        "($module, arraytype, typecode, mformat_code, items,\n                     /)",
        raw
    )]
    fn _array_reconstructor(args: gopy_object::Args<'_>) -> PyResult {
        use gopy_core::argument::FromArg;
        const NAME: &str = "_array_reconstructor";
        gopy_core::argument::no_keywords("array._array_reconstructor", args)?;
        gopy_core::argument::check_positional(NAME, args.len(), 4, 4)?;
        let [Some(class), Some(code), Some(format), Some(items)] =
            [args.get(0), args.get(1), args.get(2), args.get(3)]
        else {
            return Err(type_error!("{NAME} expected 4 arguments"));
        };
        let code = character_argument(code, &Place::at(NAME, 2), "_array_reconstructor():")?;
        reconstruct(class, code.0, i32::from_arg(format, &Place::at(NAME, 3))?, items)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        type_::ready(&ARRAY)?;
        type_::ready(&ARRAY_ITER)?;
        module::add(module, "ArrayType", ARRAY.to_ref())?;
        let abstract_class = import::import_attr("collections.abc", "MutableSequence")?;
        call::call_method(&abstract_class, &interned("register"), &[ARRAY.as_object()])?;
        module::add(module, "array", ARRAY.to_ref())?;
        let codes: String = KINDS.iter().map(|kind| char::from(kind.code)).collect();
        module::add(module, "typecodes", codes)
    }
}

/// The character that an argument is (`C`). `head` is how the function is called where the argument is a
/// string of another length.
fn character_argument(arg: &Object, place: &Place<'_>, head: &str) -> PyResult<CodePoint> {
    let Some(text) = arg.downcast::<Str>() else {
        return Err(place.bad_argument("a unicode character", arg));
    };
    text.single_code_point().map(CodePoint).ok_or_else(|| {
        type_error!(
            "{head} {} must be a unicode character, not a string of length {}",
            place.display(),
            text.len()
        )
    })
}

pub use native::MODULE;

/// A pair of an address and a length.
fn address_and_length(address: usize, length: usize) -> Ref {
    let number = |value: usize| Int::from_u64(value as u64).upcast();
    tuple::from_array([number(address), number(length)]).upcast()
}
