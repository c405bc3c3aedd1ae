//! `StringIO`: a text stream in memory.
//!
//! Answers to `Modules/_io/stringio.c`. As long as text is only appended it is collected by a builder;
//! the first other operation turns it into an array of code points.

use std::cell::{Cell, RefCell};

use gopy_core::argument::{ArgSpec, Bound, Style};
use gopy_core::error::{memory_error, os_error_text, overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, StrBuilder};
use gopy_core::{call, id, none, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};
use gopy_unicode::units::Units;

use crate::bytesio::{dict_copy, restore_dict};
use crate::iobase::{self, IoBase, TEXT_IO_BASE};
use crate::newline::{LineEnd, NewlineDecoder, is_legal_newline, replace_lf};
use crate::util::Size;

/// The text: in the builder, or as code points.
enum Text {
    Building(StrBuilder),
    Points(Vec<u32>),
}

/// Strings are in no cycles, so the collector need not see the builder's.
struct Content(RefCell<Text>);

gopy_object::leaf_traverse!(Content);

/// A text stream in memory.
#[pyclass(name = "_io.StringIO", static = STRING_IO, base = TEXT_IO_BASE, basicsize = 120,
    dictoffset = 96, weaklistoffset = 104, flags(BASETYPE, HAVE_GC, IMMUTABLETYPE), dict = dict,
    weaklist = weakrefs, text_signature = "(initial_value='', newline='\\n')")]
#[repr(C)]
pub struct StringIo {
    base: IoBase,
    content: Content,
    position: Cell<usize>,
    ready: Cell<bool>,
    closed: Cell<bool>,
    line_end: Cell<LineEnd>,
    decoder: Slot<NewlineDecoder>,
    /// The argument `newline`; empty for `None`.
    newline: Slot<Str>,
    /// What `\n` is written as, where that is something else.
    write_newline: Slot<Str>,
}

impl StringIo {
    fn check_open(&self) -> PyResult<()> {
        if !self.ready.get() {
            return Err(value_error!("I/O operation on uninitialized object"));
        }
        if self.closed.get() {
            return Err(value_error!("I/O operation on closed file"));
        }
        Ok(())
    }

    /// Runs `work` on the code points.
    fn with_points<R>(&self, work: impl FnOnce(&mut Vec<u32>) -> PyResult<R>) -> PyResult<R> {
        let mut content = self.content.0.borrow_mut();
        if let Text::Building(builder) = &mut *content {
            let text = std::mem::take(builder).finish()?;
            let mut points = Vec::new();
            points.try_reserve(text.len()).map_err(|_| memory_error())?;
            points.extend(text.units().iter());
            *content = Text::Points(points);
        }
        match &mut *content {
            Text::Points(points) => work(points),
            Text::Building(_) => Err(memory_error()),
        }
    }

    fn length(&self) -> usize {
        match &*self.content.0.borrow() {
            Text::Building(builder) => builder.len(),
            Text::Points(points) => points.len(),
        }
    }

    fn value(&self) -> PyResult<Ref<Str>> {
        let mut content = self.content.0.borrow_mut();
        match &mut *content {
            Text::Building(builder) => {
                let text = std::mem::take(builder).finish()?;
                builder.push(&text)?;
                Ok(text)
            }
            Text::Points(points) => Str::from_ucs4(points),
        }
    }

    fn write_str(&self, text: &Str) -> PyResult<()> {
        let mut decoded = match self.decoder.get() {
            Some(decoder) => decoder.decode_piece(text, true)?,
            None => text.to_ref(),
        };
        if let Some(newline) = self.write_newline.get() {
            decoded = replace_lf(&decoded, &newline)?;
        }
        let count = decoded.len();
        if count == 0 {
            return Ok(());
        }
        let start = self.position.get();
        let end = start
            .checked_add(count)
            .filter(|end| *end <= isize::MAX as usize / 4)
            .ok_or_else(|| overflow_error!("new position too large"))?;
        if let Text::Building(builder) = &mut *self.content.0.borrow_mut()
            && builder.len() == start
        {
            builder.push(&decoded)?;
            self.position.set(end);
            return Ok(());
        }
        self.with_points(|points| {
            if end > points.len() {
                points.try_reserve(end - points.len()).map_err(|_| memory_error())?;
                points.resize(end, 0);
            }
            for (place, point) in points[start..end].iter_mut().zip(decoded.units().iter()) {
                *place = point;
            }
            Ok(())
        })?;
        self.position.set(end);
        Ok(())
    }

    fn next_line(&self, limit: isize) -> PyResult<Ref<Str>> {
        let start = self.position.get();
        if start >= self.length() {
            return Ok(Str::empty());
        }
        self.with_points(|points| {
            let room = points.len() - start;
            let count = usize::try_from(limit).map_or(room, |limit| limit.min(room));
            let end = start + count;
            let line_end = self.line_end.get().find(Units::Ucs4(&points[..end]), start);
            let end = line_end.unwrap_or(end);
            self.position.set(end);
            Str::from_ucs4(&points[start..end])
        })
    }

    /// The work of `__init__` and `__setstate__`.
    fn set_up(&self, newline: Option<&Object>, initial: Option<&Object>) -> PyResult<()> {
        let newline = newline.filter(|newline| !none::is_none(newline));
        let newline = match newline {
            None => None,
            Some(newline) => match newline.downcast::<Str>() {
                Some(text) if is_legal_newline(text) => Some(text),
                Some(_) => {
                    let repr = object::repr(newline)?;
                    return Err(value_error!("illegal newline value: {repr}"));
                }
                None => {
                    return Err(type_error!(
                        "newline must be str or None, not {:.200}",
                        newline.type_name()
                    ));
                }
            },
        };
        let initial = match initial.filter(|initial| !none::is_none(initial)) {
            None => None,
            Some(initial) => Some(initial.downcast::<Str>().ok_or_else(|| {
                type_error!("initial_value must be str or None, not {:.200}", initial.type_name())
            })?),
        };
        self.ready.set(false);
        self.newline.set(newline.map(|text| text.to_ref()));
        self.line_end.set(LineEnd::of(newline));
        let write_newline = newline.filter(|text| text.char_at_opt(0) == Some(0x0d));
        self.write_newline.set(write_newline.map(|text| text.to_ref()));
        let is_universal = newline.is_none_or(|text| text.is_empty());
        self.decoder.set(None);
        if is_universal {
            self.decoder.set(Some(NewlineDecoder::make(None, newline.is_none())?));
        }
        *self.content.0.borrow_mut() = Text::Building(StrBuilder::new());
        self.position.set(0);
        if let Some(initial) = initial {
            self.write_str(initial)?;
            self.position.set(0);
        }
        self.closed.set(false);
        self.ready.set(true);
        Ok(())
    }
}

/// The first character, where there is one.
trait CharAtOpt {
    fn char_at_opt(&self, index: usize) -> Option<u32>;
}

impl CharAtOpt for Str {
    fn char_at_opt(&self, index: usize) -> Option<u32> {
        (index < self.len()).then(|| self.char_at(index))
    }
}

#[pymethods]
impl StringIo {
    #[pymethod("($self, /)")]
    fn close(&self) {
        self.closed.set(true);
        *self.content.0.borrow_mut() = Text::Building(StrBuilder::new());
    }

    #[pymethod("($self, /)")]
    fn getvalue(&self) -> PyResult<Ref<Str>> {
        self.check_open()?;
        self.value()
    }

    #[pymethod("($self, size=-1, /)")]
    fn read(&self, size: Option<Size>) -> PyResult<Ref<Str>> {
        self.check_open()?;
        let start = self.position.get();
        let left = self.length().saturating_sub(start);
        let count = usize::try_from(Size::of(size)).map_or(left, |size| size.min(left));
        if start == 0 && count == left && left > 0 {
            self.position.set(left);
            return self.value();
        }
        if count == 0 {
            return Ok(Str::empty());
        }
        self.position.set(start + count);
        self.with_points(|points| Str::from_ucs4(&points[start..start + count]))
    }

    #[pymethod("($self, size=-1, /)")]
    fn readline(&self, size: Option<Size>) -> PyResult<Ref<Str>> {
        self.check_open()?;
        self.next_line(Size::of(size))
    }

    #[pymethod("($self, /)")]
    fn tell(&self) -> PyResult<usize> {
        self.check_open()?;
        Ok(self.position.get())
    }

    #[pymethod("($self, pos=None, /)")]
    fn truncate(&self, pos: Option<Size>) -> PyResult<usize> {
        self.check_open()?;
        let size = pos.map_or(self.position.get() as isize, |pos| Size::of(Some(pos)));
        let Ok(length) = usize::try_from(size) else {
            return Err(value_error!("Negative size value {size}"));
        };
        if length < self.length() {
            self.with_points(|points| {
                points.truncate(length);
                Ok(())
            })?;
        }
        Ok(length)
    }

    #[pymethod("($self, pos, whence=0, /)")]
    fn seek(&self, pos: isize, whence: i32) -> PyResult<usize> {
        self.check_open()?;
        if !(0..=2).contains(&whence) {
            return Err(value_error!("Invalid whence ({whence}, should be 0, 1 or 2)"));
        }
        if whence == 0 && pos < 0 {
            return Err(value_error!("Negative seek position {pos}"));
        }
        if whence != 0 && pos != 0 {
            return Err(os_error_text!("Can't do nonzero cur-relative seeks"));
        }
        let position = match whence {
            0 => pos as usize,
            1 => self.position.get(),
            _ => self.length(),
        };
        self.position.set(position);
        Ok(position)
    }

    #[pymethod("($self, s, /)")]
    fn write(&self, s: &Object) -> PyResult<usize> {
        let Some(text) = s.downcast::<Str>() else {
            return Err(type_error!("string argument expected, got '{}'", s.type_name()));
        };
        self.check_open()?;
        self.write_str(text)?;
        Ok(text.len())
    }

    #[pymethod("($self, /)")]
    fn seekable(&self) -> PyResult<bool> {
        self.check_open().map(|()| true)
    }

    #[pymethod("($self, /)")]
    fn readable(&self) -> PyResult<bool> {
        self.check_open().map(|()| true)
    }

    #[pymethod("($self, /)")]
    fn writable(&self) -> PyResult<bool> {
        self.check_open().map(|()| true)
    }

    #[pymethod("($self, /)")]
    fn __getstate__(&self) -> PyResult<Ref<Tuple>> {
        let value = self.getvalue()?.upcast();
        let newline = self.newline.get().map_or_else(none::none, Ref::upcast);
        let position = Int::from_u64(self.position.get() as u64).upcast();
        Ok(tuple::from_array([value, newline, position, dict_copy(self)?]))
    }

    #[pymethod("($self, state, /)")]
    fn __setstate__(&self, state: &Object) -> PyResult<()> {
        if self.closed.get() {
            return Err(value_error!("I/O operation on closed file"));
        }
        let items = state.downcast::<Tuple>().map(Tuple::items);
        let Some([value, newline, position, dict, ..]) = items else {
            return Err(type_error!(
                "{:.200}.__setstate__ argument should be 4-tuple, got {:.200}",
                self.as_object().type_name(),
                state.type_name()
            ));
        };
        self.set_up(Some(newline), None)?;
        // The value has been translated already.
        let Some(value) = value.downcast::<Str>() else {
            return Err(type_error!(
                "initial_value must be str or None, not {:.200}",
                value.type_name()
            ));
        };
        let mut builder = StrBuilder::new();
        builder.push(value)?;
        *self.content.0.borrow_mut() = Text::Building(builder);
        if position.downcast::<Int>().is_none() {
            return Err(type_error!(
                "third item of state must be an integer, got {:.200}",
                position.type_name()
            ));
        }
        let position = number::index_as_ssize(position)?;
        let Ok(position) = usize::try_from(position) else {
            return Err(value_error!("position value cannot be negative"));
        };
        self.position.set(position);
        restore_dict(self, dict, "fourth")
    }

    #[pygetter(name = "closed")]
    fn closed_attribute(&self) -> PyResult<bool> {
        if !self.ready.get() {
            return Err(value_error!("I/O operation on uninitialized object"));
        }
        Ok(self.closed.get())
    }

    #[pygetter]
    fn newlines(&self) -> PyResult {
        self.check_open()?;
        Ok(self.decoder.get().map_or_else(none::none, |decoder| decoder.newlines_value()))
    }

    #[pygetter]
    fn line_buffering(&self) -> PyResult<bool> {
        self.check_open().map(|()| false)
    }
}

#[pyslots]
impl StringIo {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        let stream = StringIo {
            base: IoBase::head(ty),
            content: Content(RefCell::new(Text::Building(StrBuilder::new()))),
            position: Cell::new(0),
            ready: Cell::new(false),
            closed: Cell::new(false),
            line_end: Cell::new(LineEnd::Lf),
            decoder: Slot::empty(),
            newline: Slot::empty(),
            write_newline: Slot::empty(),
        };
        Ok(gc::tracked(memory::alloc(ty, stream)?).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        static SPEC: ArgSpec = ArgSpec {
            function: "StringIO",
            names: &["initial_value", "newline"],
            required: &[false, false],
            positional_only: 0,
            positional: 2,
            required_positional: 0,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 2];
        let found = Bound::bind(&SPEC, args, &mut places)?;
        let lf = Str::new("\n");
        let newline = found.get(1).unwrap_or(lf.as_object());
        self.set_up(Some(newline), found.get(0))
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        self.check_open()?;
        if self.as_object().is_exact(&STRING_IO) {
            let line = self.next_line(-1)?;
            return Ok((!line.is_empty()).then(|| line.upcast()));
        }
        let line = call::call_method(self, id!(readline), &[])?;
        match line.downcast::<Str>() {
            Some(text) if text.is_empty() => Ok(None),
            Some(_) => Ok(Some(line)),
            None => Err(os_error_text!(
                "readline() should have returned a str object, not '{:.200}'",
                line.type_name()
            )),
        }
    }

    fn finalize(&self) {
        if self.ready.get() {
            iobase::finalize(self);
        }
    }
}
