//! Native modules of collections and functional tools: _collections, itertools, _functools, _operator.
//!
//! Answers to the files of `Modules/` that are named in each module's first lines.

#[macro_use]
extern crate gopy_types;

use gopy_object::native::ModuleDef;
use gopy_object::{Instance, PyResult, Ref, Type, gc, memory};

pub mod abc;
pub mod atexit;
pub mod bisect;
pub mod collections;
pub mod contextvars;
pub mod functools;
pub mod gc_module;
pub mod heapq;
pub mod itertools;
pub mod operator;
pub mod typing;
pub mod weakref;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] = &[
    &abc::MODULE,
    &atexit::MODULE,
    &bisect::MODULE,
    &collections::MODULE,
    &contextvars::MODULE,
    &functools::MODULE,
    &gc_module::MODULE,
    &heapq::MODULE,
    &itertools::MODULE,
    &operator::MODULE,
    &typing::MODULE,
    &weakref::MODULE,
];

/// Allocates and tracks an instance.
fn make<T: Instance>(ty: &Type, value: T) -> PyResult<Ref<T>> {
    Ok(gc::tracked(memory::alloc(ty, value)?))
}
