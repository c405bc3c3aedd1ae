//! `_sre.SRE_Scanner`: repeated matching along a string.
//!
//! Answers to the scanner object of `Modules/_sre/sre.c`.

use std::cell::{Cell, RefCell};

use gopy_core::error::value_error;
use gopy_core::none;
use gopy_macros::{pyclass, pymethods};
use gopy_object::{Object, PyResult, Ref, gc, memory};

use super::engine::{Program, State};
use super::matches::Match;
use super::pattern::Pattern;
use super::{Subject, match_here, search};

/// The matching state, plain data.
pub struct ScannerState(RefCell<State>);

gopy_object::leaf_traverse!(ScannerState);

/// A `_sre.SRE_Scanner`.
#[pyclass(name = "_sre.SRE_Scanner", static = SCANNER, basicsize = 264, no_slots,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Scanner {
    object: Object,
    pattern: Ref<Pattern>,
    string: Ref,
    subject: Subject,
    state: ScannerState,
    /// Nothing more was found.
    exhausted: Cell<bool>,
}

impl Scanner {
    /// A scanner over `string`. May run Python.
    pub fn make(
        pattern: &Pattern,
        string: &Object,
        pos: isize,
        endpos: isize,
    ) -> PyResult<Ref<Scanner>> {
        use gopy_object::Instance;
        let (subject, state) = pattern.begin(string, pos, endpos)?;
        let value = Scanner {
            object: Object::header(&SCANNER),
            pattern: pattern.to_ref(),
            string: string.to_ref(),
            subject,
            state: ScannerState(RefCell::new(state)),
            exhausted: Cell::new(false),
        };
        Ok(gc::tracked(memory::alloc(&SCANNER, value)?))
    }

    fn step(&self, matcher: fn(&mut State, &Subject, &Program) -> PyResult<bool>) -> PyResult {
        if self.exhausted.get() {
            return Ok(none::none());
        }
        let Ok(mut state) = self.state.0.try_borrow_mut() else {
            return Err(value_error!("regular expression scanner already executing"));
        };
        state.reset();
        let found = matcher(&mut state, &self.subject, self.pattern.program())?;
        let result = Match::from_state(&self.pattern, &state, &self.string, found)?;
        if found {
            state.advance();
        } else {
            self.exhausted.set(true);
        }
        Ok(result)
    }
}

#[pymethods]
impl Scanner {
    #[pymethod("($self, /)", name = "match")]
    fn match_(&self) -> PyResult {
        self.step(match_here)
    }

    #[pymethod("($self, /)")]
    fn search(&self) -> PyResult {
        self.step(search)
    }

    #[pymember]
    fn pattern(&self) -> Ref {
        self.pattern.clone().upcast()
    }
}
