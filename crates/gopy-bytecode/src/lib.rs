//! The instruction table and what follows from it; code-unit, line-table and exception-table codecs.
//!
//! The table is `instructions/*.in`; [`opcode`] answers questions about one instruction,
//! [`operators`] names what arguments select. The codecs are plain data to plain data.
//!
//! Never here: objects, the compiler's intermediate forms, anything that executes.

#![forbid(unsafe_code)]

mod generated {
    pub mod metadata;
}

pub mod backoff;
pub mod exception_table;
pub mod location;
pub mod opcode;
pub mod operators;
pub mod units;

pub use generated::metadata::{CACHE_FORMATS, FAMILIES, INSTRUMENTED, PSEUDO};
pub use opcode::{Flags, Opcode, PseudoTargets};
