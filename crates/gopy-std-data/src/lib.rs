//! Native modules of data formats: _pickle, binascii, zlib, hashes.

#[macro_use]
extern crate gopy_types;

use gopy_object::native::ModuleDef;

#[macro_use]
mod hash_type;

pub mod binascii;
pub mod blake2;
pub mod bz2;
mod input;
pub mod lzma;
pub mod md5;
mod output;
mod pending;
pub mod pickle;
pub mod sha1;
pub mod sha2;
pub mod sha3;
pub mod zlib;
pub mod zstd;

/// The native modules of this crate.
pub static MODULES: &[&ModuleDef] = &[
    &binascii::MODULE,
    &pickle::MODULE,
    &blake2::MODULE,
    &bz2::MODULE,
    &lzma::MODULE,
    &md5::MODULE,
    &sha1::MODULE,
    &sha2::MODULE,
    &sha3::MODULE,
    &zlib::MODULE,
    &zstd::MODULE,
];
