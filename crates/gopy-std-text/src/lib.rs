//! Native modules about text: _sre, _codecs, _string, unicodedata, _json, _csv.

use gopy_object::native::ModuleDef;

pub mod codecs;
pub mod sre;
pub mod string;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] =
    &[&codecs::module::MODULE, &sre::MODULE, &string::module::MODULE];
