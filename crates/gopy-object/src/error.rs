//! Errors as values: the layout of exceptions and the one pointer that carries them.
//!
//! Answers to `Include/cpython/pyerrors.h` and the core of `Python/errors.c`. The exception types and
//! their methods are in gopy-core.

use std::cell::Cell;
use std::fmt;

use crate::gc::{Traverse, Visitor};
use crate::object::{Instance, Object};
use crate::refs::Ref;
use crate::slot::Slot;
use crate::state::thread;
use crate::typeobj::{Type, TypeFlags};

/// What every operation that may raise returns.
pub type PyResult<T = Ref> = Result<T, Exception>;

/// `BaseException` and the beginning of all its subtypes.
#[repr(C)]
pub struct BaseException {
    /// Header.
    pub object: Object,
    /// `__dict__`.
    pub dict: Slot,
    /// `args`, a tuple.
    pub args: Slot,
    /// `__notes__` lives in the dict in CPython too; this mirrors the layout's `notes` word.
    pub notes: Slot,
    /// `__traceback__`.
    pub traceback: Slot,
    /// `__context__`.
    pub context: Slot<BaseException>,
    /// `__cause__`.
    pub cause: Slot<BaseException>,
    /// `__suppress_context__`.
    pub suppress_context: Cell<bool>,
}

const _: () = assert!(size_of::<BaseException>() == 72);

// SAFETY: `repr(C)`, begins with its header; the exception types are declared over this layout.
unsafe impl Instance for BaseException {
    const SUBCLASS_FLAG: TypeFlags = TypeFlags::BASE_EXC_SUBCLASS;

    fn type_object() -> &'static Type {
        &crate::typeobj::BASE_EXCEPTION
    }
}

impl Traverse for BaseException {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        self.dict.traverse(visit);
        self.args.traverse(visit);
        self.notes.traverse(visit);
        self.traceback.traverse(visit);
        self.cause.traverse(visit);
        self.context.traverse(visit);
    }

    fn clear(&self) {
        self.dict.clear();
        self.args.clear();
        self.notes.clear();
        self.traceback.clear();
        self.cause.clear();
        self.context.clear();
    }
}

/// A raised exception on its way to whoever handles it: one pointer, owning a `BaseException`.
#[must_use]
pub struct Exception(Ref<BaseException>);

impl Exception {
    /// Raises `exception`: chains the exception being handled as `__context__`, breaking cycles.
    /// May drop.
    #[cold]
    pub fn raise(exception: Ref<BaseException>) -> Exception {
        let Some(handled) = thread().handled_exception() else {
            return Exception(exception);
        };
        if handled.as_object().is(&*exception) {
            return Exception(exception);
        }
        // Break a cycle: walk the chain of the handled exception with a slow pointer for cycles that
        // do not contain `exception` itself.
        let mut link = handled.clone();
        let mut slow = handled.clone();
        let mut advance_slow = false;
        while let Some(context) = link.context.get() {
            if context.as_object().is(&*exception) {
                link.context.set(None);
                break;
            }
            link = context;
            if link.as_object().is(&*slow) {
                break;
            }
            if advance_slow && let Some(next) = slow.context.get() {
                slow = next;
            }
            advance_slow = !advance_slow;
        }
        exception.context.set(Some(handled));
        Exception(exception)
    }

    /// Passes on an exception that has been raised already.
    pub fn resume(exception: Ref<BaseException>) -> Exception {
        Exception(exception)
    }

    /// The exception object.
    pub fn value(&self) -> &Ref<BaseException> {
        &self.0
    }

    /// Gives the exception object away: it is no longer being raised.
    pub fn into_value(self) -> Ref<BaseException> {
        self.0
    }

    /// Whether the exception is an instance of `ty`.
    pub fn is_instance(&self, ty: &Type) -> bool {
        self.0.as_object().is_instance(ty)
    }
}

impl fmt::Debug for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
