//! Native modules of dates and zones: _datetime.
//!
//! Answers to the files of `Modules/` that are named in each module's first lines.

#[macro_use]
extern crate gopy_types;

use gopy_object::native::ModuleDef;

pub mod datetime;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] = &[&datetime::MODULE];
