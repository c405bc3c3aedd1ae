//! The four procedural macros that bind Rust code to Python names.
