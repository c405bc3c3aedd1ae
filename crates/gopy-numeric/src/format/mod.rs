//! The format mini-language and the number half of `%` formatting.
//!
//! Answers to `Python/formatter_unicode.c` and to `_PyUnicode_FormatLong`, `formatfloat` and the
//! padding of `unicode_format_arg_output` in `Objects/unicodeobject.c`.
//!
//! Values come as plain data; the result is [`Pieces`], since a fill may be any code point and
//! the caller knows best how to write one.

pub mod number;
pub mod percent;
pub mod spec;
#[cfg(test)]
mod tests;

pub use number::{format_complex, format_float, format_int, format_str};
pub use spec::{FormatSpec, Grouping, Locale, Target};

/// A formatted value: fill, head, fill, body, fill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// What the fills repeat.
    pub fill: u32,
    /// Fills before everything.
    pub left: usize,
    /// Sign and prefix.
    pub head: String,
    /// Fills after sign and prefix.
    pub middle: usize,
    /// The number.
    pub body: String,
    /// The character of type `c`, which may be a surrogate.
    pub character: Option<u32>,
    /// Fills after everything.
    pub right: usize,
}

impl Pieces {
    /// How many code points the text has.
    pub fn len(&self) -> usize {
        let fills = self.left + self.middle + self.right;
        let text = self.head.chars().count() + self.body.chars().count();
        fills + text + self.character.is_some() as usize
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text, unless it has surrogates.
    pub fn to_text(&self) -> Option<String> {
        let fill = if self.left + self.middle + self.right == 0 {
            ' '
        } else {
            char::from_u32(self.fill)?
        };
        let mut out = String::with_capacity(self.len());
        out.extend(std::iter::repeat_n(fill, self.left));
        out.push_str(&self.head);
        out.extend(std::iter::repeat_n(fill, self.middle));
        out.push_str(&self.body);
        if let Some(character) = self.character {
            out.push(char::from_u32(character)?);
        }
        out.extend(std::iter::repeat_n(fill, self.right));
        Some(out)
    }
}
