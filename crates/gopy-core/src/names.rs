//! Interned names that native code uses, as static immortal strings.

/// The interned, immortal `&'static Str` of a name: `id!(__init__)`.
#[macro_export]
macro_rules! id {
    ($name:ident) => {
        $crate::names::get(stringify!($name))
    };
}

/// The interned string.
pub fn get(name: &'static str) -> &'static crate::str::Str {
    let _ = name;
    todo!()
}
