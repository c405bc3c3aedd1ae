//! Flags of code objects and of `compile()`, with CPython's values.
//!
//! Answers to `Include/cpython/code.h` and `Include/cpython/compile.h`.

/// Locals live in slots.
pub const CO_OPTIMIZED: u32 = 0x1;
/// A call makes new locals.
pub const CO_NEWLOCALS: u32 = 0x2;
/// `*args`
pub const CO_VARARGS: u32 = 0x4;
/// `**kwargs`
pub const CO_VARKEYWORDS: u32 = 0x8;
/// In a function.
pub const CO_NESTED: u32 = 0x10;
/// A generator.
pub const CO_GENERATOR: u32 = 0x20;
/// A coroutine.
pub const CO_COROUTINE: u32 = 0x80;
/// An asynchronous generator.
pub const CO_ASYNC_GENERATOR: u32 = 0x200;
/// `from __future__ import barry_as_FLUFL`
pub const CO_FUTURE_BARRY_AS_BDFL: u32 = 0x40_0000;
/// `from __future__ import annotations`
pub const CO_FUTURE_ANNOTATIONS: u32 = 0x100_0000;
/// The first constant is a docstring.
pub const CO_HAS_DOCSTRING: u32 = 0x400_0000;
/// Directly in a class.
pub const CO_METHOD: u32 = 0x800_0000;

/// The future features that code objects remember.
pub const PYCF_MASK: u32 = 0x2_0000
    | 0x4_0000
    | 0x8_0000
    | 0x10_0000
    | 0x20_0000
    | CO_FUTURE_BARRY_AS_BDFL
    | 0x80_0000
    | CO_FUTURE_ANNOTATIONS;
/// `await` may stand at module level.
pub const PYCF_ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
