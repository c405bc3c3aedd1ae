//! What the front end needs from outside: warnings, codecs, one setting.

use crate::SyntaxError;

/// Category of a compile-time warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningCategory {
    /// `SyntaxWarning`.
    Syntax,
    /// `DeprecationWarning`.
    Deprecation,
}

/// A warning about the source.
#[derive(Clone, Copy, Debug)]
pub struct Warning<'w> {
    /// Its category.
    pub category: WarningCategory,
    /// Whole message.
    pub message: &'w str,
    /// Line it is about.
    pub lineno: u32,
}

/// Why a warning did not come back quietly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningFailure {
    /// A filter turned it into an exception of its own category: the caller reports a
    /// `SyntaxError` with the same message at the place of the warning instead.
    Escalated,
    /// Issuing it raised something else, which the host keeps: the caller gives up with
    /// [`SyntaxErrorKind::Host`](crate::SyntaxErrorKind::Host).
    Raised,
}

/// The interpreter, as the front end sees it.
pub trait Host {
    /// Issues a warning.
    fn warn(&mut self, warning: Warning<'_>) -> Result<(), WarningFailure>;

    /// Decodes source bytes by a codec other than UTF-8, Latin-1 and ASCII; the name is the
    /// cookie's, normalised. Universal newlines are not the codec's business.
    fn decode(&mut self, encoding: &str, bytes: &[u8]) -> Result<String, Box<SyntaxError>>;

    /// `sys.get_int_max_str_digits()`; 0 is no limit.
    fn int_max_str_digits(&self) -> usize;

    /// Line `lineno` of the file that is being compiled, for the text of an error; `None` if
    /// there is no such file or line, and then the line comes from the source in memory.
    fn program_line(&mut self, lineno: u32) -> Option<String> {
        let _ = lineno;
        None
    }
}
