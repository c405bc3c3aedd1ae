//! The command-line interpreter.

fn main() {}
