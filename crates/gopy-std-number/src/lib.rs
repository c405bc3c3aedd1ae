//! Native modules about numbers: math, cmath, _random, _struct, array, _datetime.

#[macro_use]
extern crate gopy_types;

use gopy_object::native::ModuleDef;

#[macro_use]
mod exception;
pub mod array;
pub mod cmath;
pub mod math;
pub mod random;
pub mod statistics;
pub mod struct_;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] = &[
    &array::MODULE,
    &cmath::MODULE,
    &math::MODULE,
    &random::MODULE,
    &statistics::MODULE,
    &struct_::MODULE,
];
