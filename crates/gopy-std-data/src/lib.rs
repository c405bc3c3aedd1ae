//! Native modules of data formats: _pickle, binascii, zlib, hashes.

#[macro_use]
extern crate gopy_types;

use gopy_object::native::ModuleDef;

pub mod binascii;
mod input;
mod output;
pub mod sha2;
pub mod zlib;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] = &[&binascii::MODULE, &sha2::MODULE, &zlib::MODULE];
