//! What all passes of the front half share: errors with a place, names they know, the stack's end.
//!
//! Answers to `_PyErr_RaiseSyntaxError`, `_PyErr_EmitSyntaxWarning` in `Python/errors.c` and to
//! `Py_EnterRecursiveCall(" during compilation")`.

use gopy_syntax::ast::{Interner, Range, Symbol};
use gopy_syntax::{Host, SyntaxError, SyntaxErrorKind, Warning, WarningCategory, WarningFailure};

use crate::instruction_sequence::Location;

/// Result of a pass.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<SyntaxError>>;

/// The part of the native stack that the compiler may use, by address; it grows downwards.
#[derive(Clone, Copy, Debug)]
pub struct StackBounds {
    /// Address from which use is counted in messages.
    pub top: usize,
    /// Lowest address that may be in use when another level is entered.
    pub limit: usize,
}

impl StackBounds {
    /// `bytes` from here on.
    #[must_use]
    pub fn from_here(bytes: usize) -> Self {
        let top = here();
        Self { top, limit: top.saturating_sub(bytes) }
    }

    /// `RecursionError` when the stack is used up.
    #[inline]
    pub(crate) fn check(self) -> Result {
        let at = here();
        if at < self.limit { Err(self.overflow(at)) } else { Ok(()) }
    }

    #[cold]
    fn overflow(self, at: usize) -> Box<SyntaxError> {
        let used = self.top.saturating_sub(at) / 1024;
        let message = format!("Stack overflow (used {used} kB) during compilation");
        SyntaxError::bare(SyntaxErrorKind::Recursion, message)
    }
}

/// Address of the current frame.
#[inline(never)]
fn here() -> usize {
    let marker = 0u8;
    std::hint::black_box(std::ptr::from_ref(&marker)).addr()
}

/// A node's location as instructions have it.
pub(crate) const fn location(range: Range) -> Location {
    Location::new(
        range.lineno as i32,
        range.end_lineno as i32,
        range.col_offset as i32,
        range.end_col_offset as i32,
    )
}

/// A `SyntaxError` at a place; columns stay bytes, as CPython's compiler leaves them.
#[cold]
pub(crate) fn error_at(
    host: &mut dyn Host,
    place: Location,
    message: impl Into<String>,
) -> Box<SyntaxError> {
    let mut error = SyntaxError::bare(SyntaxErrorKind::Syntax, message);
    error.lineno = u32::try_from(place.lineno).unwrap_or(0);
    error.offset = place.col_offset + 1;
    error.end_lineno = u32::try_from(place.end_lineno).unwrap_or(0);
    error.end_offset = place.end_col_offset + 1;
    error.text = host.program_line(error.lineno);
    error
}

/// A `SyntaxWarning` at a place; an error when a filter makes it one.
#[cold]
pub(crate) fn warn_at(host: &mut dyn Host, place: Location, message: &str) -> Result {
    let lineno = u32::try_from(place.lineno).unwrap_or(0);
    match host.warn(Warning { category: WarningCategory::Syntax, message, lineno }) {
        Ok(()) => Ok(()),
        Err(WarningFailure::Escalated) => Err(error_at(host, place, message)),
        Err(WarningFailure::Raised) => Err(SyntaxError::bare(SyntaxErrorKind::Host, "")),
    }
}

macro_rules! known_names {
    ($($field:ident $text:literal,)*) => {
        /// Names with a meaning of their own.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Names { $(pub(crate) $field: Symbol,)* }

        impl Names {
            pub(crate) fn new(interner: &mut Interner<'_>) -> Self {
                Self { $($field: interner.intern($text.as_bytes()),)* }
            }
        }
    };
}

known_names! {
    all "all",
    annotate "__annotate__",
    annotate_func "__annotate_func__",
    annotations "__annotations__",
    anon_dictcomp "<dictcomp>",
    anon_genexpr "<genexpr>",
    anon_lambda "<lambda>",
    anon_listcomp "<listcomp>",
    anon_module "<module>",
    anon_setcomp "<setcomp>",
    any "any",
    class "__class__",
    classcell "__classcell__",
    classdict "__classdict__",
    classdictcell "__classdictcell__",
    conditional_annotations "__conditional_annotations__",
    debug "__debug__",
    defaults ".defaults",
    dictcomp "dictcomp",
    doc "__doc__",
    empty "",
    firstlineno "__firstlineno__",
    format "format",
    format_parameter ".format",
    future "__future__",
    generic_base ".generic_base",
    genexpr "genexpr",
    iterable ".0",
    join "join",
    kwdefaults ".kwdefaults",
    lambda "lambda",
    listcomp "listcomp",
    module "__module__",
    name "__name__",
    qualname "__qualname__",
    return_ "return",
    self_ "self",
    setcomp "setcomp",
    star "*",
    static_attributes "__static_attributes__",
    super_ "super",
    top "top",
    tuple "tuple",
    type_params ".type_params",
    dunder_type_params "__type_params__",
}
