//! Built-in types that no core type needs.
//!
//! Answers to those files of `Objects/` and `Python/` whose types nothing in gopy-core refers to.
//!
//! Never here: what the eval loop or a native module alone uses.

#[macro_use]
pub mod binding;
pub mod bytearray;
pub mod context;
pub mod iterators;
pub mod range;
pub mod template;
pub mod typing;
pub mod weakproxy;

use gopy_object::{GilCell, Type};

/// The types of this crate that are made ready at start-up.
pub static TYPES: &[&GilCell<Type>] = &[
    &bytearray::BYTEARRAY,
    &bytearray::BYTEARRAY_ITER,
    &range::RANGE,
    &template::INTERPOLATION,
    &template::TEMPLATE,
    &template::TEMPLATE_ITER,
    &range::RANGE_ITER,
    &range::LONG_RANGE_ITER,
    &iterators::ENUMERATE,
    &iterators::REVERSED,
    &iterators::ZIP,
    &iterators::MAP,
    &iterators::FILTER,
    &context::CONTEXT,
    &context::KEYS,
    &context::VALUES,
    &context::ITEMS,
    &context::CONTEXT_VAR,
    &context::MISSING_TYPE,
    &context::TOKEN,
    &typing::NO_DEFAULT_TYPE,
    &typing::CONST_EVALUATOR,
    &typing::TYPE_VAR,
    &typing::PARAM_SPEC,
    &typing::PARAM_SPEC_ARGS,
    &typing::PARAM_SPEC_KWARGS,
    &typing::TYPE_VAR_TUPLE,
    &typing::TYPE_ALIAS,
    &typing::GENERIC,
    &weakproxy::PROXY,
    &weakproxy::CALLABLE_PROXY,
];
