//! Replacement fields of f-strings and t-strings.
//!
//! Answers to `_PyPegen_formatted_value` and `_PyPegen_interpolation`.

use crate::ast::{Arena, Constant, Expr, ExprKind, Range, Wtf8};

/// A replacement field as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// What stands first.
    pub expression: &'a Expr<'a>,
    /// There is a `=` behind it.
    pub debug: bool,
    /// The node of the name after `!`, and its letter.
    pub conversion: Option<(&'a Expr<'a>, u8)>,
    /// What stands after `:`.
    pub format_spec: Option<&'a Expr<'a>>,
    /// [`Lexer::expression_text`](crate::lexer::Lexer::expression_text) of the `!`, else of the
    /// `:`, else of the closing brace.
    pub text: Option<&'a Wtf8>,
    /// From brace to brace.
    pub range: Range,
}

impl<'a> Field<'a> {
    /// The `FormattedValue` of an f-string; with `=` in a `JoinedStr` behind its text.
    pub fn formatted_value(self, arena: &'a Arena) -> &'a Expr<'a> {
        let kind = ExprKind::FormattedValue {
            value: self.expression,
            conversion: self.conversion_code(),
            format_spec: self.format_spec,
        };
        self.with_text(arena, Expr { kind, range: self.range })
    }

    /// The `Interpolation` of a t-string; with `=` in a `JoinedStr` behind its text.
    pub fn interpolation(self, arena: &'a Arena) -> &'a Expr<'a> {
        let kind = ExprKind::Interpolation {
            value: self.expression,
            str: Constant::Str(strip(self.text.unwrap_or_default())),
            conversion: self.conversion_code(),
            format_spec: self.format_spec,
        };
        self.with_text(arena, Expr { kind, range: self.range })
    }

    /// `{x=}` shows the repr unless something else is asked for.
    fn conversion_code(&self) -> i32 {
        match self.conversion {
            Some((_, letter)) => i32::from(letter),
            None if self.debug && self.format_spec.is_none() => i32::from(b'r'),
            None => -1,
        }
    }

    fn with_text(self, arena: &'a Arena, field: Expr<'a>) -> &'a Expr<'a> {
        if !self.debug {
            return arena.alloc(field);
        }
        let mut whole = self.range;
        if let Some((name, _)) = self.conversion {
            (whole.end_lineno, whole.end_col_offset) = (name.range.lineno, name.range.col_offset);
        } else if let Some(spec) = self.format_spec {
            (whole.end_lineno, whole.end_col_offset) =
                (spec.range.lineno, spec.range.col_offset + 1);
        }
        let range = Range {
            col_offset: whole.col_offset + 1,
            end_col_offset: whole.end_col_offset.saturating_sub(1),
            ..whole
        };
        let value = Constant::Str(self.text.unwrap_or_default());
        let text = Expr { kind: ExprKind::Constant { value, kind: None }, range };
        let kind = ExprKind::JoinedStr { values: arena.slice(&[text, field]) };
        arena.alloc(Expr { kind, range: whole })
    }
}

/// Without the blanks and equal signs at the end.
fn strip(text: &Wtf8) -> &Wtf8 {
    let Ok(text) = std::str::from_utf8(text) else { return text };
    let is_blank = |c: char| c == '=' || gopy_unicode::ctype::is_space(u32::from(c));
    text.trim_end_matches(is_blank).as_bytes()
}
