//! `traceback`: where an exception has passed.
//!
//! Answers to the object part of `Python/traceback.c`; printing is in gopy-vm.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::argument::{ArgSpec, Bound, Style};
use crate::error::{type_error, value_error};
use crate::list::List;
use crate::none::{self, is_none};
use crate::str::Str;
use crate::{hooks, number};

/// A `traceback`: one frame and the way on towards where the exception was raised.
#[pyclass(name = "traceback", static = TRACEBACK, basicsize = 40,
    text_signature = "(tb_next, tb_frame, tb_lasti, tb_lineno)", flags(HAVE_GC))]
#[repr(C)]
pub struct Traceback {
    object: Object,
    /// `tb_next`.
    pub next: Slot<Traceback>,
    /// `tb_frame`.
    pub frame: Ref,
    /// `tb_lasti`, in bytes.
    pub lasti: i32,
    /// `tb_lineno`, -1 while nobody has asked.
    lineno: Cell<i32>,
}

impl Traceback {
    /// A traceback in front of `next`; the line is looked up when somebody asks.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new_lazy(
        next: Option<Ref<Traceback>>,
        frame: Ref,
        lasti: i32,
    ) -> PyResult<Ref<Traceback>> {
        Traceback::of_parts(next, frame, lasti, -1)
    }

    /// A traceback with a known line.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn of_parts(
        next: Option<Ref<Traceback>>,
        frame: Ref,
        lasti: i32,
        lineno: i32,
    ) -> PyResult<Ref<Traceback>> {
        let traceback = Traceback {
            object: Object::header(&TRACEBACK),
            next: Slot::new(next),
            frame,
            lasti,
            lineno: Cell::new(lineno),
        };
        Ok(gc::tracked(memory::alloc(&TRACEBACK, traceback)?))
    }

    /// `tb_lineno`; `None` where the instruction belongs to no line.
    pub fn line(&self) -> Option<i32> {
        if self.lineno.get() == -1 {
            self.lineno.set((hooks::get().frame_line)(&self.frame, self.lasti).unwrap_or(-1));
        }
        Some(self.lineno.get()).filter(|line| *line != -1)
    }
}

static SPEC: ArgSpec = ArgSpec {
    function: "TracebackType",
    names: &["tb_next", "tb_frame", "tb_lasti", "tb_lineno"],
    required: &[true, true, true, true],
    positional_only: 0,
    positional: 4,
    required_positional: 4,
    rest: false,
    keywords: false,
    style: Style::Clinic,
};

fn traceback_or_none(o: &Object) -> PyResult<Option<Ref<Traceback>>> {
    if is_none(o) {
        return Ok(None);
    }
    match o.downcast::<Traceback>() {
        Some(traceback) => Ok(Some(traceback.to_ref())),
        None => Err(type_error!("expected traceback object or None, got '{}'", o.type_name())),
    }
}

#[pyslots]
impl Traceback {
    #[allow(clippy::new_ret_no_self, reason = "a slot, named as CPython names it")]
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        let mut places = [None; 4];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        let frame = bound.required(1);
        // Frames are made by the VM, in a type of this name that has no subclasses.
        if frame.type_().is_heap() || &*frame.type_name() != "frame" {
            return Err(crate::argument::Place::named("TracebackType", "tb_frame")
                .bad_argument("frame", frame));
        }
        let lasti = number::index_as_c_int(bound.required(2))?;
        let lineno = number::index_as_c_int(bound.required(3))?;
        let next = traceback_or_none(bound.required(0))?;
        Ok(Traceback::of_parts(next, frame.to_ref(), lasti, lineno)?.upcast())
    }
}

#[pymethods]
impl Traceback {
    #[pymethod("($self, /)")]
    fn __dir__(&self) -> Ref<List> {
        let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"];
        List::from_vec(names.iter().map(|name| Str::new(name).upcast()).collect())
    }

    #[pymember]
    fn tb_frame(&self) -> Ref {
        self.frame.clone()
    }

    #[pymember]
    fn tb_lasti(&self) -> i32 {
        self.lasti
    }

    #[pygetter]
    fn tb_next(&self) -> Option<Ref<Traceback>> {
        self.next.get()
    }

    #[pysetter]
    fn set_tb_next(&self, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(type_error!("can't delete tb_next attribute"));
        };
        let next = traceback_or_none(value)?;
        let mut cursor = next.clone();
        while let Some(traceback) = cursor {
            if traceback.as_object().is(self) {
                return Err(value_error!("traceback loop detected"));
            }
            cursor = traceback.next.get();
        }
        self.next.set(next);
        Ok(())
    }

    #[pygetter]
    fn tb_lineno(&self) -> PyResult {
        match self.line() {
            Some(line) => Ok(crate::int::Int::from_i64(line.into()).upcast()),
            None => Ok(none::none()),
        }
    }
}
