//! The native modules _io and its relatives.
