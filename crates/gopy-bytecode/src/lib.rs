//! The instruction table and what follows from it; code-unit, line-table and exception-table codecs.
