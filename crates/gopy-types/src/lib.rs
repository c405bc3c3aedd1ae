//! Built-in types that no core type needs.

pub mod bytearray;
pub mod iterators;
pub mod range;

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
];
