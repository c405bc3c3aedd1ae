//! Native modules about numbers: math, cmath, _random, _struct, array, _datetime.

use gopy_object::native::ModuleDef;

pub mod math;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] = &[&math::MODULE];
