//! The text-signature parser shared by the macros, the runtime and the tests.
