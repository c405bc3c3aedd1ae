//! Doc strings of the built-in types, functions and modules, as data.
