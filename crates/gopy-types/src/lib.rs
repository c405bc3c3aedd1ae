//! Built-in types that no core type needs.
//!
//! Answers to those files of `Objects/` and `Python/` whose types nothing in gopy-core refers to.
//!
//! Never here: what the eval loop or a native module alone uses.

#[macro_use]
pub mod binding;
pub mod bytearray;
pub mod iterators;
pub mod range;
pub mod weakproxy;

use gopy_object::{GilCell, Type};

/// The types of this crate that are made ready at start-up.
pub static TYPES: &[&GilCell<Type>] = &[
    &bytearray::BYTEARRAY,
    &bytearray::BYTEARRAY_ITER,
    &range::RANGE,
    &range::RANGE_ITER,
    &range::LONG_RANGE_ITER,
    &iterators::ENUMERATE,
    &iterators::REVERSED,
    &iterators::ZIP,
    &iterators::MAP,
    &iterators::FILTER,
    &weakproxy::PROXY,
    &weakproxy::CALLABLE_PROXY,
];
