//! The mutually dependent built-in types and the protocols between them.
//!
//! Answers to most of `Objects/`. A type is a folder or file named as Python names it; `object`,
//! `number`, `sequence`, `mapping`, `call`, `iter` and `buffer` are the protocols of
//! `Objects/abstract.c`, `Objects/object.c` and `Objects/call.c`.
//!
//! Never here: the eval loop, frames, import, a native module.

extern crate self as gopy_core;

pub mod argument;
pub mod bool_;
pub mod buffer;
pub mod builtin;
pub mod bytes;
pub mod call;
pub mod capsule;
pub mod cell;
pub mod classmethods;
pub mod code;
pub mod codecs;
pub mod complex;
pub mod descriptor;
pub mod dict;
pub mod error;
pub mod exceptions;
pub mod float;
mod free_list;
pub mod function;
pub mod generic_alias;
pub mod hooks;
pub mod import;
pub mod int;
pub mod iter;
pub mod list;
pub mod mapping;
pub mod mappingproxy;
pub mod memoryview;
pub mod method;
pub mod module;
pub mod names;
pub mod namespace;
pub mod none;
pub mod number;
pub mod object;
pub mod property;
pub mod sequence;
pub mod set;
pub mod slice;
pub mod state;
pub mod str;
pub mod structseq;
pub mod super_;
pub mod testing;
pub mod traceback;
pub mod tuple;
pub mod type_;
pub mod union;
pub mod warnings;
pub mod weakref;
pub mod wrapper;
pub use type_::init;
