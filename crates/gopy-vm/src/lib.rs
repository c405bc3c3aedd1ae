//! Frames, the eval loop, specialisation, import, builtins, sys, marshal, lifecycle.
//!
//! Answers to most of `Python/`. Start at [`eval`] for execution. Never here: a native module's name.

pub mod ast_bridge;
pub mod builtins;
pub mod code_object;
pub mod compile;
pub mod eval;
pub mod execution;
pub mod extension;
pub mod frame;
pub mod frame_locals;
pub mod frame_object;
pub mod generator;
pub mod import;
pub mod lifecycle;
pub mod marshal;
pub mod monitoring;
pub mod run;
pub mod specialize;
pub mod stackref;
pub mod state;
pub mod sys;
pub mod traceback;
pub mod units;
pub mod warnings;

use gopy_object::{GilCell, Type};

/// The types of the loop that are made ready at start-up.
pub static TYPES: &[&GilCell<Type>] = &[
    &generator::GENERATOR,
    &generator::COROUTINE,
    &generator::ASYNC_GENERATOR,
    &generator::methods::COROUTINE_WRAPPER,
    &generator::asyncgen::WRAPPED_VALUE,
    &generator::asyncgen::ASEND,
    &generator::asyncgen::ATHROW,
    &generator::asyncgen::ANEXT_AWAITABLE,
    &frame_object::FRAME,
    &frame_locals::FRAME_LOCALS_PROXY,
    &lifecycle::std_printer::STD_PRINTER,
];
