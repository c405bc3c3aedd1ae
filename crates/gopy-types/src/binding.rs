//! Binding the arguments of a `__new__` or `__init__` that accepts keywords.
//!
//! Answers to `_PyArg_UnpackKeywords` as Argument Clinic calls it for slots.

/// The first `count` of `N` flags set: which parameters are required.
pub const fn first_required<const N: usize>(count: usize) -> [bool; N] {
    let mut flags = [false; N];
    let mut index = 0;
    while index < count {
        flags[index] = true;
        index += 1;
    }
    flags
}

/// `bind!(args, "name", [parameters…], required n, positional_only n, positional n)`: an array with
/// what was passed for each parameter; returns the `TypeError` of the enclosing function's callers.
#[macro_export]
macro_rules! bind {
    ($args:expr, $function:literal, [$($name:literal),+ $(,)?], required $required:literal,
     positional_only $only:literal, positional $positional:literal) => {
        $crate::bind!($args, $function, [$($name),+], required $required, positional_only $only,
            positional $positional, style Clinic)
    };
    ($args:expr, $function:literal, [$($name:literal),+ $(,)?], required $required:literal,
     positional_only $only:literal, positional $positional:literal, style $style:ident) => {{
        const NAMES: &[&str] = &[$($name),+];
        const REQUIRED: [bool; NAMES.len()] = $crate::binding::first_required($required);
        static SPEC: ::gopy_core::argument::ArgSpec = ::gopy_core::argument::ArgSpec {
            function: $function,
            names: NAMES,
            required: &REQUIRED,
            positional_only: $only,
            positional: $positional,
            required_positional: if $required < $positional { $required } else { $positional },
            rest: false,
            keywords: false,
            style: ::gopy_core::argument::Style::$style,
        };
        let mut places = [None; NAMES.len()];
        ::gopy_core::argument::Bound::bind(&SPEC, $args, &mut places)?;
        places
    }};
}
