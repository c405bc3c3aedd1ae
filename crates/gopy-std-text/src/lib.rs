//! Native modules about text: _sre, _codecs, _string, unicodedata, _json, _csv.

#[macro_use]
extern crate gopy_types;

use gopy_object::native::ModuleDef;

pub mod codecs;
pub mod csv;
pub mod json;
pub mod sre;
pub mod string;
pub mod unicodedata;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] = &[
    &codecs::module::MODULE,
    &csv::MODULE,
    &json::MODULE,
    &sre::MODULE,
    &string::module::MODULE,
    &unicodedata::MODULE,
];
