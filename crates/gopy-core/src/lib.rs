//! The mutually dependent built-in types and the protocols between them.
