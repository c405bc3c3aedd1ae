//! `frame`: the Python object for a frame, made when somebody asks.
//!
//! Answers to `Objects/frameobject.c` and `take_ownership` of `Python/frame.c`. While the code runs, the
//! object points at the frame, which owns a reference to it. When the code returns and the object is
//! still used, the frame moves behind the object's struct.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use gopy_core::code::flags::OPTIMIZED;
use gopy_core::dict::Dict;
use gopy_core::error::{attribute_error_text, runtime_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::none;
use gopy_core::str::Str;
use gopy_core::traceback::Traceback;
use gopy_core::tuple::Tuple;
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{
    Exception, Instance, Object, PyResult, Ref, Slot, Traverse, Visitor, gc, memory,
};

use crate::frame::{self, FRAME_WORDS, Frame, FrameRef, Owner};
use crate::generator;
use crate::monitoring::legacy;
use crate::stackref::StackRef;
use crate::units::units_of;

/// A `frame`; room for the frame itself follows.
#[pyclass(name = "frame", static = FRAME, basicsize = 88, itemsize = 8,
    flags(HAVE_GC, DISALLOW_INSTANTIATION), manual_traverse, payload_drop = drop_frame_object)]
#[repr(C)]
pub struct FrameObject {
    object: Object,
    back: Slot<FrameObject>,
    frame: Cell<*mut Frame>,
    /// `f_trace`.
    pub trace: Slot,
    /// The line that an assignment to `f_lineno` has chosen, for the tracing code; 0: none.
    pub lineno: Cell<i32>,
    /// `f_trace_lines`.
    pub trace_lines: Cell<bool>,
    /// `f_trace_opcodes`.
    pub trace_opcodes: Cell<bool>,
    /// What has been written through `f_locals` that is no variable of the code.
    pub extra_locals: Slot<Dict>,
    /// Values that `f_locals` has replaced while the stack may borrow them.
    overwritten: Slot<Tuple>,
}

impl Traverse for FrameObject {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        self.back.traverse(visit);
        self.trace.traverse(visit);
        self.extra_locals.traverse(visit);
        self.overwritten.traverse(visit);
        let frame = self.frame();
        if frame.owner() == Owner::FrameObject {
            frame.traverse(visit);
        }
    }

    fn clear(&self) {
        self.trace.clear();
        self.extra_locals.clear();
        self.overwritten.clear();
        let frame = self.frame();
        if frame.owner() == Owner::FrameObject {
            frame.clear_locals();
        }
    }
}

unsafe fn drop_frame_object(object: *mut Object) {
    let this = object.cast::<FrameObject>();
    // SAFETY: a dying frame object; a frame that it owns goes first, its fields after it, each once.
    unsafe {
        let frame = (*this).frame();
        if frame.owner() == Owner::FrameObject {
            frame.clear_locals();
            frame.release_code();
        }
        this.drop_in_place();
    }
}

impl FrameObject {
    /// The frame.
    #[inline]
    pub fn frame(&self) -> FrameRef {
        // SAFETY: the pointer follows the frame wherever it moves, and ends behind the object itself.
        unsafe { FrameRef::from_raw(NonNull::new_unchecked(self.frame.get())) }
    }

    /// The line being executed.
    pub fn line(&self) -> Option<i32> {
        match self.lineno.get() {
            0 => self.frame().line(),
            line => Some(line),
        }
    }

    /// The caller's frame object.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn back(&self) -> PyResult<Option<Ref<FrameObject>>> {
        if let Some(back) = self.back.get() {
            return Ok(Some(back));
        }
        match frame::complete(self.frame().previous()) {
            Some(previous) => of(previous).map(Some),
            None => Ok(None),
        }
    }

    /// Keeps a value alive that a stack may have borrowed.
    fn keep(&self, value: Ref) {
        let mut items: Vec<Ref> =
            self.overwritten.get().map(|kept| kept.items().to_vec()).unwrap_or_default();
        items.push(value);
        self.overwritten.set(Some(gopy_core::tuple::from_vec(items)));
    }

    /// Replaces a local through `f_locals`; the stack may have borrowed the old value.
    pub fn replace_local(&self, index: usize, value: Option<Ref>) {
        let word = value.map_or(StackRef::NULL, StackRef::from);
        let old = self.frame().replace_local(index, word);
        if !old.is_null() {
            self.keep(old.steal());
        }
    }
}

/// The object of a frame, made now if need be.
///
/// # Errors
///
/// `MemoryError`.
pub fn of(frame: FrameRef) -> PyResult<Ref<FrameObject>> {
    if let Some(object) = frame.frame_object.get() {
        return Ok(object);
    }
    let code = frame.code();
    let words = FRAME_WORDS + (code.nlocalsplus + code.stacksize) as usize;
    let object = memory::alloc_tail(
        &FRAME,
        FrameObject {
            object: Object::header(&FRAME),
            back: Slot::empty(),
            frame: Cell::new(frame.as_ptr()),
            trace: Slot::empty(),
            lineno: Cell::new(0),
            trace_lines: Cell::new(true),
            trace_opcodes: Cell::new(false),
            extra_locals: Slot::empty(),
            overwritten: Slot::empty(),
        },
        words * size_of::<StackRef>(),
    )?;
    frame.frame_object.set(Some(object.clone()));
    Ok(object)
}

/// At the end of a frame that has an object: if that is still used, the frame moves into it (true).
/// May drop.
pub fn detach(frame: FrameRef) -> bool {
    let Some(object) = frame.frame_object.take() else { return false };
    if object.as_object().count() == 1 {
        drop(object);
        return false;
    }
    let previous = frame::complete(frame.previous());
    let place = object.as_ptr().wrapping_add(1).cast::<Frame>();
    // SAFETY: the object was allocated with room for the frame.
    let moved = unsafe { frame.move_to(NonNull::new_unchecked(place), Owner::FrameObject) };
    object.frame.set(moved.as_ptr());
    if moved.is_incomplete() {
        let code = moved.code();
        // SAFETY: within the code.
        moved.set_ip(unsafe { units_of(code).add(code.firsttraceable as usize) });
    }
    moved.set_previous(None);
    if let Some(previous) = previous
        && let Ok(back) = of(previous)
    {
        object.back.set(Some(back));
    }
    if !gc::is_tracked(object.as_object()) {
        gc::track(object.as_object());
    }
    true
}

/// Tells the object of a frame that has moved.
pub fn relocate(frame: FrameRef) {
    if let Some(object) = frame.frame_object.get() {
        object.frame.set(frame.as_ptr());
    }
}

/// A traceback entry for the frame's current instruction in front of `next`.
///
/// # Errors
///
/// `MemoryError`.
pub fn traceback_of(frame: FrameRef, next: Option<Ref<Traceback>>) -> PyResult {
    let object = of(frame)?;
    Ok(Traceback::new_lazy(next, object.upcast(), frame.lasti())?.upcast())
}

/// Adds the frame to an exception's traceback.
///
/// # Errors
///
/// `MemoryError`.
pub fn add_traceback(frame: FrameRef, exception: &Exception) -> PyResult<()> {
    let value = exception.value();
    let next = value.traceback.get().and_then(|next| next.downcast_ref::<Traceback>().ok());
    let traceback = traceback_of(frame, next)?;
    value.traceback.set(Some(traceback));
    Ok(())
}

/// The line of the instruction at byte offset `lasti` of a frame object's code.
pub fn line_at(object: &Object, lasti: i32) -> Option<i32> {
    let frame = object.downcast::<FrameObject>()?.frame();
    let code = frame.code();
    let unit = usize::try_from(lasti).ok()? / 2;
    gopy_bytecode::location::line_of(code.linetable.as_slice(), code.firstlineno, unit)
}

/// `locals()` in the frame: the mapping of a module or class body, a new dict of the variables elsewhere.
///
/// # Errors
///
/// What the mapping raises.
pub fn locals(frame: FrameRef) -> PyResult {
    if let Some(mapping) = frame.locals() {
        return Ok(mapping.to_ref());
    }
    let dict = Dict::new();
    let code = frame.code();
    for (index, name) in code.localsplusnames.items().iter().enumerate() {
        if let Some(value) = variable(frame, index) {
            dict.set_item(name, &value)?;
        }
    }
    if let Some(object) = frame.frame_object.get()
        && let Some(extra) = object.extra_locals.get()
    {
        dict.merge(extra.as_object(), false)?;
    }
    Ok(dict.upcast())
}

/// The value of local, cell or free variable `index`, as Python sees it; `None` where it is unbound or
/// hidden.
pub fn variable(frame: FrameRef, index: usize) -> Option<Ref> {
    use gopy_core::cell::{CELL, Cell as CellObject};
    use gopy_core::code::kinds;
    let kind = *frame.code().localspluskinds.as_slice().get(index)?;
    if kind & kinds::HIDDEN != 0 {
        return None;
    }
    let word = frame.local(index);
    if word.is_null() {
        return None;
    }
    if kind & (kinds::CELL | kinds::FREE) != 0
        && word.is_exact(&CELL)
        && let Some(cell) = word.as_object().downcast::<CellObject>()
    {
        return cell.contents.get();
    }
    word.to_option()
}

#[pymethods]
impl FrameObject {
    #[pymethod("($self, /)")]
    fn clear(&self) -> PyResult<()> {
        let frame = self.frame();
        match frame.owner() {
            Owner::Generator => {
                let Some(object) = generator::object_of_frame(frame) else { return Ok(()) };
                let state = generator::head(object).frame_state.get();
                if state == generator::FrameState::Executing {
                    return Err(runtime_error!("cannot clear an executing frame"));
                }
                if state.is_suspended() {
                    return Err(runtime_error!("cannot clear a suspended frame"));
                }
                let keep = object.to_ref();
                generator::finalize(&keep);
            }
            Owner::Thread => return Err(runtime_error!("cannot clear an executing frame")),
            Owner::FrameObject => Traverse::clear(self),
        }
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        let code = self.frame().code();
        88 + (FRAME_WORDS + (code.nlocalsplus + code.stacksize) as usize) * 8
    }

    #[pygetter]
    fn f_back(&self) -> PyResult {
        Ok(self.back()?.map_or_else(none::none, Ref::upcast))
    }

    #[pygetter]
    fn f_locals(&self) -> PyResult {
        let frame = self.frame();
        match frame.locals() {
            Some(mapping) if frame.code().flags.get() & OPTIMIZED == 0 => Ok(mapping.to_ref()),
            _ => crate::frame_locals::new(self),
        }
    }

    #[pygetter]
    fn f_globals(&self) -> Ref {
        self.frame().globals().as_object().to_ref()
    }

    #[pygetter]
    fn f_builtins(&self) -> Ref {
        self.frame().builtins().to_ref()
    }

    #[pygetter]
    fn f_code(&self) -> Ref {
        self.frame().code().as_object().to_ref()
    }

    #[pygetter]
    fn f_lasti(&self) -> i32 {
        self.frame().lasti()
    }

    #[pygetter]
    fn f_lineno(&self) -> Ref {
        match self.line() {
            Some(line) => Int::from_i64(i64::from(line)).upcast(),
            None => none::none(),
        }
    }

    #[pysetter(name = "f_lineno")]
    fn set_f_lineno(&self, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(not_deletable("f_lineno"));
        };
        if !value.is_exact(&gopy_core::int::INT) {
            return Err(value_error!("lineno must be an integer"));
        }
        crate::monitoring::set_line(self, value)
    }

    #[pygetter]
    fn f_trace(&self) -> Ref {
        self.trace.get().unwrap_or_else(none::none)
    }

    #[pysetter(name = "f_trace")]
    fn set_f_trace(&self, value: Option<&Object>) -> PyResult<()> {
        let value = value.filter(|value| !none::is_none(value));
        self.trace.set(value.map(Ref::from_borrow));
        if value.is_some() && self.trace_opcodes.get() {
            legacy::trace_opcodes(self.frame().code(), true)?;
        }
        Ok(())
    }

    #[pygetter]
    fn f_trace_opcodes(&self) -> bool {
        self.trace_opcodes.get()
    }

    #[pysetter(name = "f_trace_opcodes")]
    fn set_f_trace_opcodes(&self, value: Option<&Object>) -> PyResult<()> {
        if value.is_none() {
            return Err(not_deletable("f_trace_opcodes"));
        }
        self.trace_opcodes.set(flag(value)?);
        if self.trace_opcodes.get() {
            legacy::trace_opcodes(self.frame().code(), true)?;
        }
        Ok(())
    }

    #[pygetter]
    fn f_trace_lines(&self) -> bool {
        self.trace_lines.get()
    }

    #[pysetter(name = "f_trace_lines")]
    fn set_f_trace_lines(&self, value: Option<&Object>) -> PyResult<()> {
        if value.is_none() {
            return Err(type_error!("can't delete numeric/char attribute"));
        }
        self.trace_lines.set(flag(value)?);
        Ok(())
    }

    #[pygetter]
    fn f_generator(&self) -> Ref {
        generator::object_of_frame(self.frame()).map_or_else(none::none, Ref::from_borrow)
    }
}

#[cold]
fn not_deletable(name: &str) -> Exception {
    attribute_error_text!("attribute '{name}' of 'frame' objects cannot be deleted")
}

fn flag(value: Option<&Object>) -> PyResult<bool> {
    match value {
        Some(value) if gopy_core::bool_::is_bool(value) => gopy_core::object::is_true(value),
        _ => Err(type_error!("attribute value type must be bool")),
    }
}

#[pyslots]
impl FrameObject {
    fn repr(&self) -> PyResult<Ref<Str>> {
        let code = self.frame().code();
        let filename = code.filename.get().unwrap_or_else(Str::empty);
        let filename = gopy_core::object::repr(filename.as_object())?;
        Ok(Str::new(&format!(
            "<frame at {:#x}, file {filename}, line {}, code {}>",
            ptr::from_ref(self).addr(),
            self.line().unwrap_or(0),
            code.name
        )))
    }
}
