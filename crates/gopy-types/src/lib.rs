//! Built-in types that no core type needs.

pub mod bytearray;
