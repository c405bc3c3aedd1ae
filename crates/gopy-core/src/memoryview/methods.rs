//! What Python calls on a memoryview.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use std::cell::Cell;
use std::ffi::CString;

use super::{Layout, MemoryView, contiguous_strides, format, new};
use crate::argument::{ArgSpec, Bound, IntoPy, Style};
use crate::bytes::Bytes;
use crate::error::{buffer_error, index_error, not_implemented_error, type_error, value_error};
use crate::exceptions::{INDEX_ERROR, VALUE_ERROR};
use crate::list::List;
use crate::slice::{self, Slice};
use crate::str::Str;
use crate::tuple::{self, Tuple};
use crate::{bool_, call, generic_alias, none, number, object, sequence};

fn int_tuple(values: &[isize]) -> PyResult<Ref<Tuple>> {
    let items = values.iter().map(|value| (*value).into_py()).collect::<PyResult<Vec<_>>>()?;
    tuple::try_from_vec(items)
}

/// The dimension's item `index`, negative ones counted from the end.
fn checked_index(layout: &Layout, dimension: usize, index: isize) -> PyResult<isize> {
    let length = layout.shape[dimension];
    let from_start = if index < 0 { index + length } else { index };
    if (0..length).contains(&from_start) {
        return Ok(from_start);
    }
    Err(index_error!("index out of bounds on dimension {}", dimension + 1))
}

fn item_bytes(layout: &Layout, place: *mut u8) -> Vec<u8> {
    // SAFETY: an item of a live export; copied before anything else runs.
    unsafe { std::slice::from_raw_parts(place, layout.itemsize) }.to_vec()
}

impl MemoryView {
    fn item_at(&self, index: isize) -> PyResult {
        let layout = self.layout()?;
        if format::native(&layout.format).is_none() {
            let text = String::from_utf8_lossy(&layout.format).into_owned();
            return Err(not_implemented_error!("memoryview: unsupported format {text}"));
        }
        match layout.ndim() {
            0 => Err(type_error!("invalid indexing of 0-dim memory")),
            1 => {
                let index = checked_index(&layout, 0, index)?;
                let place = layout.step(layout.data, 0, index);
                format::unpack(&layout.format, &item_bytes(&layout, place))
            }
            _ => Err(not_implemented_error!("multi-dimensional sub-views are not implemented")),
        }
    }

    /// The place that a tuple of indices names.
    fn place_of(&self, layout: &Layout, indices: &Tuple) -> PyResult<*mut u8> {
        if indices.len() > layout.ndim() {
            return Err(type_error!(
                "cannot index {}-dimension view with {}-element tuple",
                layout.ndim(),
                indices.len()
            ));
        }
        let mut place = layout.data;
        for (dimension, index) in indices.items().iter().enumerate() {
            let index = number::index_as_ssize_or(index, &INDEX_ERROR)?;
            place = layout.step(place, dimension, checked_index(layout, dimension, index)?);
        }
        Ok(place)
    }

    fn slice_layout(&self, slice: &Slice) -> PyResult<Layout> {
        let (start, stop, step) = slice.unpack()?;
        let mut layout = self.layout()?;
        let (start, _, count) = slice::adjust(layout.shape[0] as usize, start, stop, step);
        match layout.suboffsets.as_mut().filter(|s| s[0] >= 0) {
            Some(suboffsets) => suboffsets[0] += layout.strides[0] * start,
            None => layout.data = layout.data.wrapping_offset(layout.strides[0] * start),
        }
        layout.shape[0] = count as isize;
        layout.strides[0] = layout.strides[0].wrapping_mul(step);
        layout.len = layout.shape.iter().product::<isize>() as usize * layout.itemsize;
        Ok(layout)
    }

    fn list_from(&self, layout: &Layout, base: *mut u8, dimension: usize) -> PyResult {
        let list = List::new();
        for index in 0..layout.shape[dimension] {
            let place = layout.step(base, dimension, index);
            list.push(if dimension + 1 == layout.ndim() {
                // Formats are native here, so no Python runs between the items.
                format::unpack(&layout.format, &item_bytes(layout, place))?
            } else {
                self.list_from(layout, place, dimension + 1)?
            })?;
        }
        Ok(list.upcast())
    }

    fn cast_to(&self, target: &Str, shape: Option<&Object>) -> PyResult {
        let layout = self.layout()?;
        self.check_restricted()?;
        if !layout.is_c_contiguous() {
            return Err(type_error!("memoryview: casts are restricted to C-contiguous views"));
        }
        let has_zero = |shape: &[isize]| shape.contains(&0);
        if (shape.is_some() || layout.ndim() != 1)
            && (has_zero(&layout.shape) || has_zero(&layout.strides))
        {
            return Err(type_error!("memoryview: cannot cast view with zeros in shape or strides"));
        }
        let new_shape = match shape {
            None => None,
            Some(shape) => Some(shape_of(shape)?),
        };
        if let Some(shape) = &new_shape {
            if shape.len() > super::DIMENSIONS_MAX {
                return Err(value_error!(
                    "memoryview: number of dimensions must not exceed {}",
                    super::DIMENSIONS_MAX
                ));
            }
            if layout.ndim() != 1 && shape.len() != 1 {
                return Err(type_error!("memoryview: cast must be 1D -> ND or ND -> 1D"));
            }
        }
        let mut cast = to_one_dimension(&layout, target)?;
        if let Some(shape) = new_shape {
            let items: isize = shape.iter().product();
            if items as usize * cast.itemsize != cast.len {
                return Err(type_error!("memoryview: product(shape) * itemsize != buffer size"));
            }
            cast.strides = contiguous_strides(&shape, cast.itemsize);
            cast.shape = shape;
        }
        self.derive(cast).map(Ref::upcast)
    }
}

fn shape_of(shape: &Object) -> PyResult<Vec<isize>> {
    if shape.downcast::<List>().is_none() && shape.downcast::<Tuple>().is_none() {
        return Err(type_error!("shape must be a list or a tuple"));
    }
    let mut lengths = Vec::new();
    let mut total = 1isize;
    for length in crate::iter::collect(shape)? {
        if length.downcast::<crate::int::Int>().is_none() {
            return Err(type_error!("memoryview.cast(): elements of shape must be integers"));
        }
        let length = number::index_as_ssize_or(&length, &VALUE_ERROR)?;
        if length <= 0 {
            return Err(value_error!("memoryview.cast(): elements of shape must be integers > 0"));
        }
        total = total
            .checked_mul(length)
            .ok_or_else(|| value_error!("memoryview.cast(): product(shape) > SSIZE_MAX"))?;
        lengths.push(length);
    }
    Ok(lengths)
}

fn to_one_dimension(layout: &Layout, target: &Str) -> PyResult<Layout> {
    let text = target.to_string();
    let character = format::native(text.as_bytes()).filter(|_| target.is_ascii());
    let Some(character) = character else {
        return Err(value_error!(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'"
        ));
    };
    let itemsize = format::size(character).unwrap_or(1);
    let is_byte = |format: Option<u8>| matches!(format, Some(b'b' | b'B' | b'c'));
    if !is_byte(format::native(&layout.format)) && !is_byte(Some(character)) {
        return Err(type_error!("memoryview: cannot cast between two non-byte formats"));
    }
    if !layout.len.is_multiple_of(itemsize) {
        return Err(type_error!("memoryview: length is not a multiple of itemsize"));
    }
    Ok(Layout {
        data: layout.data,
        len: layout.len,
        itemsize,
        readonly: layout.readonly,
        format: text.into_bytes(),
        shape: vec![(layout.len / itemsize) as isize],
        strides: vec![itemsize as isize],
        suboffsets: None,
    })
}

#[pymethods]
impl MemoryView {
    #[pymethod("($self, /)")]
    fn release(&self) -> PyResult<()> {
        self.release_view()
    }

    #[pymethod("($self, /, order='C')")]
    fn tobytes(&self, order: Option<&Object>) -> PyResult<Ref<Bytes>> {
        let order = match order.filter(|order| !none::is_none(order)) {
            None => "C".to_owned(),
            Some(order) => match order.downcast::<Str>() {
                Some(order) => order.to_string(),
                None => {
                    return Err(crate::argument::Place::named("tobytes", "order")
                        .bad_argument("str or None", order));
                }
            },
        };
        let layout = self.layout()?;
        let fortran = match order.as_str() {
            "C" => false,
            "F" => true,
            "A" => layout.is_f_contiguous() && !layout.is_c_contiguous(),
            _ => return Err(value_error!("order must be 'C', 'F' or 'A'")),
        };
        if !fortran || layout.ndim() <= 1 {
            return Bytes::new(&layout.gather());
        }
        let mut reversed = layout.clone();
        reversed.shape.reverse();
        reversed.strides.reverse();
        if let Some(suboffsets) = &mut reversed.suboffsets {
            suboffsets.reverse();
        }
        Bytes::new(&reversed.gather())
    }

    #[pymethod(raw)]
    fn hex(&self, args: Args<'_>) -> PyResult {
        let bytes = Bytes::new(&self.layout()?.gather())?;
        let hex = object::get_attr(bytes.as_object(), &Str::new("hex"))?;
        call::call_args(&hex, args)
    }

    #[pymethod("($self, /)")]
    fn tolist(&self) -> PyResult {
        let layout = self.layout()?;
        if format::native(&layout.format).is_none() {
            let text = String::from_utf8_lossy(&layout.format).into_owned();
            return Err(not_implemented_error!("memoryview: unsupported format {text}"));
        }
        if layout.ndim() == 0 {
            return format::unpack(&layout.format, &item_bytes(&layout, layout.data));
        }
        self.list_from(&layout, layout.data, 0)
    }

    #[pymethod("($self, /, format, shape=<unrepresentable>)")]
    fn cast(&self, format: &Str, shape: Option<&Object>) -> PyResult {
        self.cast_to(format, shape)
    }

    #[pymethod("($self, /)")]
    fn toreadonly(&self) -> PyResult {
        let mut layout = self.layout()?;
        layout.readonly = true;
        self.derive(layout).map(Ref::upcast)
    }

    #[pymethod("($self, value, /)")]
    fn count(&self, value: &Object) -> PyResult<usize> {
        sequence::count(self.as_object(), value)
    }

    #[pymethod("($self, value, start=0, stop=sys.maxsize, /)")]
    fn index(&self, value: &Object, start: isize, stop: isize) -> PyResult<usize> {
        let layout = self.layout()?;
        if layout.ndim() == 0 {
            return Err(type_error!("invalid lookup on 0-dim memory"));
        }
        if layout.ndim() != 1 {
            return Err(not_implemented_error!("multi-dimensional lookup is not implemented"));
        }
        let length = layout.shape[0];
        let clip =
            |bound: isize| if bound < 0 { (bound + length).max(0) } else { bound.min(length) };
        for index in clip(start)..clip(stop) {
            if object::eq(&*self.item_at(index)?, value)? {
                return Ok(index as usize);
            }
        }
        Err(value_error!("memoryview.index(x): x not found"))
    }

    #[pymethod(hide_signature)]
    fn __enter__(&self) -> PyResult {
        self.check_released()?;
        Ok(self.as_object().to_ref())
    }

    #[pymethod(raw)]
    fn __exit__(&self, _args: Args<'_>) -> PyResult<()> {
        self.release_view()
    }

    #[pyclassmethod("($type, object, flags, /)")]
    fn _from_flags(_cls: &Type, object: &Object, flags: i32) -> PyResult {
        let Some(get) = object.type_().slots.buffer.get.get() else {
            return Err(type_error!(
                "memoryview: a bytes-like object is required, not '{:.200}'",
                object.type_name()
            ));
        };
        super::from_getbuffer(object, BufferRequest(flags as u32), get)
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        generic_alias::GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pygetter]
    fn obj(&self) -> PyResult {
        self.check_released()?;
        Ok(self.exporter().unwrap_or_else(none::none))
    }

    #[pygetter]
    fn nbytes(&self) -> PyResult<usize> {
        Ok(self.layout()?.len)
    }

    #[pygetter]
    fn readonly(&self) -> PyResult<bool> {
        Ok(self.layout()?.readonly)
    }

    #[pygetter]
    fn itemsize(&self) -> PyResult<usize> {
        Ok(self.layout()?.itemsize)
    }

    #[pygetter]
    fn format(&self) -> PyResult<String> {
        Ok(String::from_utf8_lossy(&self.layout()?.format).into_owned())
    }

    #[pygetter]
    fn ndim(&self) -> PyResult<usize> {
        Ok(self.layout()?.ndim())
    }

    #[pygetter]
    fn shape(&self) -> PyResult<Ref<Tuple>> {
        int_tuple(&self.layout()?.shape)
    }

    #[pygetter]
    fn strides(&self) -> PyResult<Ref<Tuple>> {
        int_tuple(&self.layout()?.strides)
    }

    #[pygetter]
    fn suboffsets(&self) -> PyResult<Ref<Tuple>> {
        int_tuple(&self.layout()?.suboffsets.unwrap_or_default())
    }

    #[pygetter]
    fn c_contiguous(&self) -> PyResult<bool> {
        Ok(self.layout()?.is_c_contiguous())
    }

    #[pygetter]
    fn f_contiguous(&self) -> PyResult<bool> {
        Ok(self.layout()?.is_f_contiguous())
    }

    #[pygetter]
    fn contiguous(&self) -> PyResult<bool> {
        let layout = self.layout()?;
        Ok(layout.is_c_contiguous() || layout.is_f_contiguous())
    }
}

#[pyslots]
impl MemoryView {
    fn tp_new(_ty: &Type, args: Args<'_>) -> PyResult {
        static SPEC: ArgSpec = ArgSpec {
            function: "memoryview",
            names: &["object"],
            required: &[true],
            positional_only: 0,
            positional: 1,
            required_positional: 1,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 1];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        new(bound.required(0)).map(Ref::upcast)
    }

    fn repr(&self) -> String {
        let released = if self.released.get() { "released memory" } else { "memory" };
        format!("<{released} at {:#x}>", self.as_object().id())
    }

    fn hash(&self) -> PyResult<isize> {
        if self.hash.get() != -1 {
            return Ok(self.hash.get());
        }
        let layout = self.layout()?;
        if !layout.readonly {
            return Err(value_error!("cannot hash writable memoryview object"));
        }
        if !matches!(format::native(&layout.format), Some(b'B' | b'b' | b'c')) {
            return Err(value_error!(
                "memoryview: hashing is restricted to formats 'B', 'b' or 'c'"
            ));
        }
        // The exporter must be hashable, too.
        if let Some(owner) = self.exporter() {
            object::hash(&owner)?;
        }
        let hash = object::hash(Bytes::new(&layout.gather())?.as_object())?;
        self.hash.set(hash);
        Ok(hash)
    }

    fn sq_length(&self) -> PyResult<usize> {
        let layout = self.layout()?;
        match layout.shape.first() {
            Some(length) => Ok(*length as usize),
            None => Err(type_error!("0-dim memory has no length")),
        }
    }

    fn mp_length(&self) -> PyResult<usize> {
        self.sq_length()
    }

    fn sq_item(&self, index: isize) -> PyResult {
        self.item_at(index)
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        let layout = self.layout()?;
        if layout.ndim() == 0 {
            if let Some(indices) = key.downcast::<Tuple>()
                && indices.is_empty()
            {
                return format::unpack(&layout.format, &item_bytes(&layout, layout.data));
            }
            if none::is_ellipsis(key) {
                return Ok(self.as_object().to_ref());
            }
            return Err(type_error!("invalid indexing of 0-dim memory"));
        }
        if number::is_index(key) {
            return self.item_at(number::index_as_ssize_or(key, &INDEX_ERROR)?);
        }
        if let Some(slice) = key.downcast_exact::<Slice>() {
            let sliced = self.slice_layout(slice)?;
            return self.derive(sliced).map(Ref::upcast);
        }
        if let Some(indices) = key.downcast::<Tuple>() {
            if indices.items().iter().all(|index| number::is_index(index)) {
                if indices.len() < layout.ndim() {
                    return Err(not_implemented_error!("sub-views are not implemented"));
                }
                let place = self.place_of(&layout, indices)?;
                // The indices may have run Python.
                self.check_released()?;
                return format::unpack(&layout.format, &item_bytes(&layout, place));
            }
            if indices.items().iter().all(|index| index.is_exact(&slice::SLICE)) {
                return Err(not_implemented_error!("multi-dimensional slicing is not implemented"));
            }
        }
        Err(type_error!("memoryview: invalid slice key"))
    }

    fn mp_ass_subscript(&self, key: &Object, value: Option<&Object>) -> PyResult<()> {
        let layout = self.layout()?;
        if layout.readonly {
            return Err(type_error!("cannot modify read-only memory"));
        }
        let Some(value) = value else { return Err(type_error!("cannot delete memory")) };
        let store = |layout: &Layout, place: *mut u8| -> PyResult<()> {
            let bytes = format::pack(&layout.format, value)?;
            // Converting the value may have run Python.
            self.check_released()?;
            // SAFETY: a writable item of a live export; `bytes` is a copy.
            unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
            Ok(())
        };
        if layout.ndim() == 0 {
            if none::is_ellipsis(key) || key.downcast::<Tuple>().is_some_and(Tuple::is_empty) {
                return store(&layout, layout.data);
            }
            return Err(type_error!("invalid indexing of 0-dim memory"));
        }
        if number::is_index(key) {
            let index = number::index_as_ssize_or(key, &INDEX_ERROR)?;
            if layout.ndim() > 1 {
                return Err(not_implemented_error!("sub-views are not implemented"));
            }
            let index = checked_index(&layout, 0, index)?;
            return store(&layout, layout.step(layout.data, 0, index));
        }
        if let Some(slice) = key.downcast_exact::<Slice>() {
            if layout.ndim() > 1 {
                return Err(not_implemented_error!(
                    "memoryview slice assignments are currently restricted to ndim = 1"
                ));
            }
            return self.assign_slice(slice, value);
        }
        if let Some(indices) = key.downcast::<Tuple>() {
            if indices.items().iter().all(|index| number::is_index(index)) {
                if indices.len() < layout.ndim() {
                    return Err(not_implemented_error!("sub-views are not implemented"));
                }
                let place = self.place_of(&layout, indices)?;
                return store(&layout, place);
            }
            if indices.items().iter().all(|index| index.is_exact(&slice::SLICE)) {
                return Err(not_implemented_error!(
                    "memoryview slice assignments are currently restricted to ndim = 1"
                ));
            }
        }
        Err(type_error!("memoryview: invalid slice key"))
    }

    fn iter(&self) -> PyResult {
        let layout = self.layout()?;
        if layout.ndim() == 0 {
            return Err(type_error!("invalid indexing of 0-dim memory"));
        }
        if layout.ndim() != 1 {
            return Err(not_implemented_error!("multi-dimensional sub-views are not implemented"));
        }
        let iterator = memory::alloc(
            &MEMORY_ITER,
            MemoryIter {
                object: Object::header(&MEMORY_ITER),
                index: Cell::new(0),
                length: layout.shape[0],
                view: Slot::new(Some(self.to_ref())),
            },
        )?;
        Ok(gc::tracked(iterator).upcast())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        let answer = |equal: bool| Ok(bool_::bool_ref(equal == (op == CompareOp::Eq)));
        if self.released.get() {
            return answer(self.as_object().is(other));
        }
        let other_view;
        let other = match other.downcast_exact::<MemoryView>() {
            Some(view) if view.released.get() => return answer(self.as_object().is(other)),
            Some(view) => view,
            None if crate::buffer::has_buffer(other) => match new(other) {
                Ok(view) => {
                    other_view = view;
                    &*other_view
                }
                Err(_) => return Ok(none::not_implemented()),
            },
            None => return Ok(none::not_implemented()),
        };
        let (a, b) = (self.layout()?, other.layout()?);
        if a.shape != b.shape {
            return answer(false);
        }
        let (x, y) = (a.gather(), b.gather());
        let exact = |format: &[u8]| matches!(format::native(format), Some(c) if !matches!(c, b'f' | b'd' | b'e' | b'?'));
        if a.format == b.format && exact(&a.format) {
            return answer(x == y);
        }
        for (p, q) in x.chunks_exact(a.itemsize.max(1)).zip(y.chunks_exact(b.itemsize.max(1))) {
            match format::equal((&a.format, p), (&b.format, q)) {
                Ok(true) => {}
                Ok(false) => return answer(false),
                // A format that nobody can read is equal to nothing.
                Err(_) => return answer(false),
            }
        }
        answer(true)
    }

    fn bf_get(&self, request: BufferRequest) -> PyResult<Buffer> {
        let layout = self.layout()?;
        if self.restricted {
            return Err(value_error!("cannot create new view on restricted memoryview"));
        }
        if request.has(BufferRequest::WRITABLE) && layout.readonly {
            return Err(buffer_error!("memoryview: underlying buffer is not writable"));
        }
        let contiguous = layout.is_c_contiguous();
        if request.has(BufferRequest::C_CONTIGUOUS) && !contiguous {
            return Err(buffer_error!("memoryview: underlying buffer is not C-contiguous"));
        }
        if request.has(BufferRequest::F_CONTIGUOUS) && !layout.is_f_contiguous() {
            return Err(buffer_error!("memoryview: underlying buffer is not Fortran contiguous"));
        }
        if request.has(BufferRequest::ANY_CONTIGUOUS) && !contiguous && !layout.is_f_contiguous() {
            return Err(buffer_error!("memoryview: underlying buffer is not contiguous"));
        }
        if !request.has(BufferRequest::INDIRECT) && layout.suboffsets.is_some() {
            return Err(buffer_error!("memoryview: underlying buffer requires suboffsets"));
        }
        if !request.has(BufferRequest::STRIDES) && !contiguous {
            return Err(buffer_error!("memoryview: underlying buffer is not C-contiguous"));
        }
        if request.has(BufferRequest::FORMAT) && !request.has(BufferRequest::ND) {
            return Err(buffer_error!(
                "memoryview: cannot cast to unsigned bytes if the format flag is present"
            ));
        }
        self.exports.set(self.exports.get() + 1);
        let has_shape = request.has(BufferRequest::ND);
        Ok(Buffer {
            owner: Some(self.as_object().to_ref()),
            data: layout.data,
            len: layout.len,
            itemsize: layout.itemsize,
            readonly: layout.readonly,
            format: request
                .has(BufferRequest::FORMAT)
                .then(|| CString::new(layout.format.clone()).ok().map(Into::into))
                .flatten(),
            ndim: if has_shape { layout.ndim() } else { 1 },
            shape: has_shape.then(|| layout.shape.clone()),
            strides: request.has(BufferRequest::STRIDES).then(|| layout.strides.clone()),
            suboffsets: layout.suboffsets,
            internal: 0,
        })
    }

    fn bf_release(&self, _buffer: &mut Buffer) {
        self.exports.set(self.exports.get() - 1);
    }
}

impl MemoryView {
    fn assign_slice(&self, slice: &Slice, value: &Object) -> PyResult<()> {
        let source = new(value)?;
        let target = self.slice_layout(slice)?;
        let from = source.layout()?;
        if from.ndim() != 1 || from.shape != target.shape {
            return Err(value_error!(
                "memoryview assignment: lvalue and rvalue have different structures"
            ));
        }
        let plain = |format: &[u8]| format.strip_prefix(b"@").unwrap_or(format).to_vec();
        if plain(&from.format) != plain(&target.format) || from.itemsize != target.itemsize {
            return Err(value_error!(
                "memoryview assignment: lvalue and rvalue have different structures"
            ));
        }
        // Both may show the same memory: copy first.
        target.scatter(&from.gather());
        source.release_view()
    }
}

/// The iterator over a memoryview of one dimension.
#[pyclass(name = "memory_iterator", static = MEMORY_ITER, basicsize = 48, flags(HAVE_GC, DISALLOW_INSTANTIATION),
    no_methods)]
#[repr(C)]
pub struct MemoryIter {
    object: Object,
    index: Cell<isize>,
    length: isize,
    view: Slot<MemoryView>,
}

#[pyslots]
impl MemoryIter {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(view) = self.view.get() else { return Ok(None) };
        let index = self.index.get();
        if index < self.length {
            self.index.set(index + 1);
            return view.item_at(index).map(Some);
        }
        self.view.set(None);
        Ok(None)
    }
}
