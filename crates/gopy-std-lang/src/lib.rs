//! Native modules that look into the language: _symtable, _tokenize, _types, _opcode, and
//! what CPython's tests look at.
//!
//! Answers to the files of `Modules/` and `Python/` that are named in each module's first lines.

use gopy_object::native::ModuleDef;

pub mod faulthandler;
pub mod opcode;
pub mod symtable;
pub mod testinternalcapi;
pub mod testmultiphase;
pub mod tokenize;
pub mod types_module;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] = &[
    &faulthandler::module::MODULE,
    &opcode::module::MODULE,
    &symtable::module::MODULE,
    &testinternalcapi::MODULE,
    &testmultiphase::MODULE,
    &tokenize::module::MODULE,
    &types_module::MODULE,
];
