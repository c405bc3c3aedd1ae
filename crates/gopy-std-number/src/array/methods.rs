//! The methods of `array`, in the order of CPython's table.

use gopy_core::argument::{FromArg, Place};
use gopy_core::buffer::{self, as_slice};
use gopy_core::bytes::Bytes;
use gopy_core::codecs::{self, Encoding};
use gopy_core::error::{
    eof_error, index_error, memory_error, runtime_error, type_error, value_error,
};
use gopy_core::generic_alias::GenericAlias;
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::{call, hooks, id, import, none, number, object, tuple};
use gopy_macros::pymethods;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};
use gopy_unicode::codec::Endian;

use super::Array;

/// The text of UTF-16 or UTF-32 in a pickle.
pub(super) fn decode_foreign_text(format: i32, bytes: &[u8]) -> PyResult<Ref<Str>> {
    let endian = Some(if format % 2 == 0 { Endian::Little } else { Endian::Big });
    let encoding = if format < 20 { Encoding::Utf16(endian) } else { Encoding::Utf32(endian) };
    Ok(codecs::decode_with(encoding, bytes, None, true)?.0)
}

impl Array {
    /// `tounicode`, for arrays of characters.
    pub(super) fn text(&self) -> PyResult<Ref<Str>> {
        let endian = if cfg!(target_endian = "big") { Endian::Big } else { Endian::Little };
        if self.kind.code == b'w' {
            let bytes = self.bytes();
            // Whether there is a mark of the byte order decides about the codec.
            let is_marked = bytes.starts_with(&0xFEFFu32.to_ne_bytes())
                || bytes.starts_with(&0xFFFE_0000u32.to_ne_bytes());
            let encoding = Encoding::Utf32((!is_marked).then_some(endian));
            return Ok(codecs::decode_with(encoding, bytes, None, true)?.0);
        }
        let mut codes = Vec::new();
        codes.try_reserve_exact(self.len()).map_err(|_| memory_error())?;
        for item in self.bytes().as_chunks::<4>().0 {
            let code = u32::from_ne_bytes(*item);
            if code > 0x10_FFFF {
                return Err(value_error!(
                    "character U+{code:x} is not in range [U+0000; U+10ffff]"
                ));
            }
            codes.push(code);
        }
        Str::from_ucs4(&codes)
    }

    /// First position of a value from `start` on, before `stop`. May run Python.
    fn find(&self, value: &Object, start: usize, stop: usize) -> PyResult<Option<usize>> {
        let mut index = start;
        while index < stop
            && let Some(item) = self.get(index)?
        {
            if object::eq(&item, value)? {
                return Ok(Some(index));
            }
            index += 1;
        }
        Ok(None)
    }
}

#[pymethods]
impl Array {
    #[pymethod("($self, v, /)")]
    fn append(&self, v: &Object) -> PyResult<()> {
        self.push(v)
    }

    #[pymethod("($self, /)")]
    fn buffer_info(&self) -> Ref {
        let address =
            if self.allocated.get() == 0 { 0 } else { self.bytes().as_ptr().expose_provenance() };
        super::address_and_length(address, self.len())
    }

    #[pymethod("($self, /)")]
    fn byteswap(&self) {
        let size = self.kind.size;
        self.with(|storage| storage.chunks_exact_mut(size).for_each(<[u8]>::reverse));
    }

    #[pymethod("($self, /)")]
    fn clear(&self) -> PyResult<()> {
        self.resize(0)
    }

    #[pymethod("($self, /)")]
    fn __copy__(&self) -> PyResult<Ref<Array>> {
        Array::from_bytes(self.kind, self.bytes())
    }

    #[pymethod("($self, v, /)")]
    fn count(&self, v: &Object) -> PyResult<usize> {
        let (mut count, mut index) = (0, 0);
        while let Some(item) = self.get(index)? {
            count += usize::from(object::eq(&item, v)?);
            index += 1;
        }
        Ok(count)
    }

    #[pymethod("($self, unused, /)")]
    fn __deepcopy__(&self, _unused: &Object) -> PyResult<Ref<Array>> {
        self.__copy__()
    }

    // What CPython gives the defining class binds its arguments as functions with keywords do.
    #[pymethod("($self, bb, /)", raw)]
    fn extend(&self, args: Args<'_>) -> PyResult<()> {
        let [items] = bind!(args, "extend", [""], required 1, positional_only 1, positional 1);
        self.extend_by(items.unwrap_or_else(|| none::none_object()))
    }

    #[pymethod("($self, f, n, /)", raw)]
    fn fromfile(&self, args: Args<'_>) -> PyResult<()> {
        let given = bind!(args, "fromfile", ["", ""], required 2, positional_only 2, positional 2);
        let [f, n] = given.map(|argument| argument.unwrap_or_else(|| none::none_object()));
        let n = number::index_as_ssize(n)?;
        let Ok(count) = usize::try_from(n) else { return Err(value_error!("negative count")) };
        let Some(size) =
            count.checked_mul(self.kind.size).filter(|size| *size <= isize::MAX as usize)
        else {
            return Err(memory_error());
        };
        let wanted = Int::from_u64(size as u64);
        let read = call::call_method(f, id!(read), &[wanted.as_object()])?;
        let Some(bytes) = read.downcast::<Bytes>() else {
            return Err(type_error!("read() didn't return bytes"));
        };
        self.frombytes(&read)?;
        if bytes.as_slice().len() != size {
            return Err(eof_error!("read() didn't return enough bytes"));
        }
        Ok(())
    }

    #[pymethod("($self, list, /)")]
    fn fromlist(&self, list: &Object) -> PyResult<()> {
        let Some(list) = list.downcast::<List>() else {
            return Err(type_error!("arg must be list"));
        };
        let (old, count) = (self.len(), list.len());
        if count == 0 {
            return Ok(());
        }
        self.resize(old.checked_add(count).ok_or_else(memory_error)?)?;
        let fill = || {
            for index in 0..count {
                let value = list.get(index).unwrap_or_else(none::none);
                let value = self.kind.machine_value(&value)?;
                if list.len() != count {
                    return Err(runtime_error!("list changed size during iteration"));
                }
                if !self.put(old + index, &value) {
                    return Err(index_error!("array assignment index out of range"));
                }
            }
            Ok(())
        };
        fill().inspect_err(|_| {
            // The first error is the one to tell of.
            let _ = self.resize(old.min(self.len()));
        })
    }

    #[pymethod("($self, buffer, /)")]
    fn frombytes(&self, buffer: &Object) -> PyResult<()> {
        let view = buffer::bytes_like(buffer)?;
        if view.itemsize != 1 {
            return Err(type_error!("a bytes-like object is required"));
        }
        if !view.len.is_multiple_of(self.kind.size) {
            return Err(value_error!("bytes length not a multiple of item size"));
        }
        self.push_bytes(as_slice(&view))
    }

    #[pymethod("($self, ustr, /)")]
    fn fromunicode(&self, ustr: &Str) -> PyResult<()> {
        if !self.kind.is_text() {
            return Err(value_error!(
                "fromunicode() may only be called on unicode type arrays ('u' or 'w')"
            ));
        }
        self.push_text(ustr)
    }

    #[pymethod("($self, v, start=0, stop=sys.maxsize, /)")]
    fn index(&self, v: &Object, start: Option<Bound>, stop: Option<Bound>) -> PyResult<usize> {
        let start = start.map_or(0, |bound| bound.place(self.len()));
        let stop = stop.map_or(usize::MAX, |bound| bound.place(self.len()));
        self.find(v, start, stop)?.ok_or_else(|| value_error!("array.index(x): x not in array"))
    }

    #[pymethod("($self, i, v, /)")]
    fn insert(&self, i: isize, v: &Object) -> PyResult<()> {
        self.insert_at(i, v)
    }

    #[pymethod("($self, i=-1, /)")]
    fn pop(&self, i: Option<isize>) -> PyResult {
        let len = self.len();
        if len == 0 {
            return Err(index_error!("pop from empty array"));
        }
        let index = i.unwrap_or(-1);
        let index = if index < 0 { index.saturating_add_unsigned(len) } else { index };
        let index = usize::try_from(index).ok().filter(|index| *index < len);
        let Some(index) = index else { return Err(index_error!("pop index out of range")) };
        let item = self.get(index)?;
        self.delete(index, index + 1)?;
        Ok(item.unwrap_or_else(none::none))
    }

    #[pymethod("($self, value, /)", raw)]
    fn __reduce_ex__(&self, args: Args<'_>) -> PyResult {
        let [value] =
            bind!(args, "__reduce_ex__", [""], required 1, positional_only 1, positional 1);
        let value = value.unwrap_or_else(|| none::none_object());
        if value.downcast::<Int>().is_none() {
            return Err(type_error!("__reduce_ex__ argument should be an integer"));
        }
        let protocol = number::index_as_c_long(value)?;
        let this = self.as_object();
        let dict = object::get_attr_opt(this, id!(__dict__))?.unwrap_or_else(none::none);
        let class = this.type_().to_ref().upcast();
        let code = Str::from_code_point(self.kind.code.into()).upcast();
        if protocol < 3 {
            let args = tuple::from_array([code, self.to_list()?.upcast()]);
            return Ok(tuple::from_array([class, args.upcast(), dict]).upcast());
        }
        let format = Int::from_i64(self.kind.machine_format.into()).upcast();
        let bytes = Bytes::new(self.bytes())?.upcast();
        let args = tuple::from_array([class, code, format, bytes]);
        let function = import::import_attr("array", "_array_reconstructor")?;
        Ok(tuple::from_array([function, args.upcast(), dict]).upcast())
    }

    #[pymethod("($self, v, /)")]
    fn remove(&self, v: &Object) -> PyResult<()> {
        match self.find(v, 0, usize::MAX)? {
            Some(index) => self.delete(index.min(self.len()), (index + 1).min(self.len())),
            None => Err(value_error!("array.remove(x): x not in array")),
        }
    }

    #[pymethod("($self, /)")]
    fn reverse(&self) {
        let size = self.kind.size;
        self.with(|storage| {
            // The bytes turned round, and those of each item turned back.
            storage.reverse();
            storage.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        });
    }

    #[pymethod("($self, f, /)", raw)]
    fn tofile(&self, args: Args<'_>) -> PyResult<()> {
        let [f] = bind!(args, "tofile", [""], required 1, positional_only 1, positional 1);
        let f = f.unwrap_or_else(|| none::none_object());
        const BLOCK: usize = 64 * 1024;
        let (length, mut start) = (self.bytes().len(), 0);
        while start < length {
            let end = (start + BLOCK).min(length);
            let block = self.bytes().get(start..end).unwrap_or_default();
            let block = Bytes::new(block)?;
            call::call_method(f, id!(write), &[block.as_object()])?;
            start = end;
        }
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn tolist(&self) -> PyResult<Ref<List>> {
        self.to_list()
    }

    #[pymethod("($self, /)")]
    fn tobytes(&self) -> PyResult<Ref<Bytes>> {
        Bytes::new(self.bytes())
    }

    #[pymethod("($self, /)")]
    fn tounicode(&self) -> PyResult<Ref<Str>> {
        if !self.kind.is_text() {
            return Err(value_error!(
                "tounicode() may only be called on unicode type arrays ('u' or 'w')"
            ));
        }
        self.text()
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        self.as_object().type_().basicsize.get() + self.allocated.get() * self.kind.size
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pygetter]
    fn typecode(&self) -> Ref<Str> {
        Str::from_code_point(self.kind.code.into())
    }

    #[pygetter]
    fn itemsize(&self) -> usize {
        self.kind.size
    }
}

/// Tells `sys.audit` of a new array. May run Python.
pub(super) fn audit_new(code: u32, initial: Option<&Object>) -> PyResult<()> {
    let code = Str::from_code_point(code);
    let initial = initial.unwrap_or_else(|| none::none_object());
    (hooks::get().audit)("array.__new__", &[code.as_object(), initial])
}

/// A bound of a search: an index, clipped; negative ones count from the end.
#[derive(Clone, Copy)]
struct Bound(isize);

impl Bound {
    fn place(self, length: usize) -> usize {
        match self.0 {
            index @ 0.. => index.unsigned_abs(),
            index => length.saturating_sub(index.unsigned_abs()),
        }
    }
}

impl FromArg<'_> for Bound {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        if !number::is_index(arg) {
            return Err(type_error!("slice indices must be integers or have an __index__ method"));
        }
        number::index_clamped(arg).map(Bound)
    }
}
