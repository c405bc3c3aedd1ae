//! Built-in types that no core type needs.
