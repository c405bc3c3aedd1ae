//! Native modules of data formats: _pickle, binascii, zlib, hashes.

use gopy_object::native::ModuleDef;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] = &[];
