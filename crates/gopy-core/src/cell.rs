//! `cell`: a variable shared by closures.
//!
//! Answers to `Objects/cellobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::argument::{check_positional, no_keywords};
use crate::error::value_error;
use crate::{bool_, none, object};

/// A `cell`.
#[pyclass(name = "cell", static = CELL, text_signature = "([contents])", basicsize = 24, flags(HAVE_GC))]
#[repr(C)]
pub struct Cell {
    object: Object,
    /// The variable's value; empty where it is unbound.
    pub contents: Slot,
}

impl Cell {
    /// A new cell.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(contents: Option<Ref>) -> PyResult<Ref<Cell>> {
        let cell = memory::alloc(
            &CELL,
            Cell { object: Object::header(&CELL), contents: Slot::new(contents) },
        )?;
        Ok(gc::tracked(cell))
    }
}

#[pymethods]
impl Cell {
    #[pygetter]
    fn cell_contents(&self) -> PyResult {
        self.contents.get().ok_or_else(|| value_error!("cell is empty"))
    }

    #[pysetter]
    fn set_cell_contents(&self, value: Option<&Object>) -> PyResult<()> {
        self.contents.set(value.map(|value| value.to_ref()));
        Ok(())
    }
}

#[pyslots]
impl Cell {
    fn tp_new(_ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("cell", args)?;
        check_positional("cell", args.len(), 0, 1)?;
        Cell::new(args.get(0).map(|value| value.to_ref())).map(Ref::upcast)
    }

    fn repr(&self) -> String {
        let address = self.as_object().id();
        match self.contents.get() {
            None => format!("<cell at {address:#x}: empty>"),
            Some(value) => format!(
                "<cell at {address:#x}: {:.80} object at {:#x}>",
                value.type_name(),
                value.id()
            ),
        }
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast_exact::<Cell>() else {
            return Ok(none::not_implemented());
        };
        match (self.contents.get(), other.contents.get()) {
            (Some(a), Some(b)) => object::rich_compare(&a, &b, op),
            // An empty cell sorts before any other.
            (a, b) => Ok(bool_::bool_ref(op.accepts(a.is_some().cmp(&b.is_some())))),
        }
    }
}
