//! The object layout, references, types, cycle collection, thread and interpreter state.
//!
//! Answers to `Include/object.h`, `Objects/object.c` (reference counts, allocation, trashcan),
//! `Python/gc.c`, `Python/pystate.c`, `Python/ceval_gil.c` (the lock itself).
//!
//! Start at [`Object`], [`Ref`] and [`Type`]. Every function of this crate is one of: *pure*, *may
//! drop* (a last reference can die, so `__del__` can run), *may run Python*; the doc says so when it
//! is not pure. Allocation never runs Python.
//!
//! Never here: a built-in type's methods, the eval loop, I/O.

pub mod args;
pub mod blocks;
pub mod buffer;
pub mod error;
pub mod gc;
pub mod gil;
pub mod gil_cell;
pub mod hooks;
pub mod lock;
pub mod memory;
pub mod native;
pub mod object;
pub mod refs;
pub mod signals;
pub mod slot;
pub mod state;
pub mod typeobj;
pub mod weakref;

pub use args::{Arg, Args};
pub use error::{BaseException, Exception, PyResult};
pub use gc::{Traverse, Visitor};
pub use gil_cell::GilCell;
pub use object::{Instance, Object};
pub use refs::Ref;
pub use slot::{RefArray, ReleaseOrder, Slot};
pub use state::{Interpreter, Thread, thread};
pub use typeobj::{Payload, Slots, Type, TypeFlags, TypeName, TypeSpec};
