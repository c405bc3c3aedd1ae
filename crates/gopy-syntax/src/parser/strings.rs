//! Actions of the grammar for string literals, f-strings and t-strings.
//!
//! Answers to the f-string part of `Parser/action_helpers.c`.

use crate::ast::{Constant, Expr, ExprKind, Range, Wtf8};
use crate::literal::{self, InvalidEscape, LiteralError};
use crate::{SyntaxErrorKind, Warning, WarningCategory, WarningFailure};

use super::state::{FormatPart, Parser, Tok};

impl<'a> Parser<'a, '_> {
    fn text_constant(&self, text: &'a [u8], range: Range) -> &'a Expr<'a> {
        self.expr(ExprKind::Constant { value: Constant::Str(text), kind: None }, range)
    }

    /// Text between replacement fields, not decoded yet: only the string's start tells how.
    pub(super) fn constant_from_token(&mut self, token: Tok) -> Option<&'a Expr<'a>> {
        let text = self.arena.slice(self.text(token));
        Some(self.text_constant(text, self.slot(token).token.range))
    }

    /// Text in a format specification.
    pub(super) fn decoded_constant_from_token(&mut self, token: Tok) -> Option<&'a Expr<'a>> {
        let raw = self.arena.slice(self.text(token));
        let text = match self.decode_text(self.lexer.string_is_raw(), raw, token) {
            Ok(text) => text,
            Err(None) => return None,
            // Here, and only here, the codec's own exception comes out.
            Err(Some(error)) => {
                let message = error.message();
                let bare = message.strip_prefix("(unicode error) ").unwrap_or(message);
                return self.raise_bare(SyntaxErrorKind::UnicodeDecode, bare);
            }
        };
        Some(self.text_constant(text, self.slot(token).token.range))
    }

    /// A plain string or bytes literal.
    pub(super) fn constant_from_string(&mut self, token: Tok) -> Option<&'a Expr<'a>> {
        let found = match literal::string(self.arena, self.text(token)) {
            Ok(found) => found,
            Err(error) => return self.literal_error(token, &error),
        };
        if let Some(escape) = found.invalid_escape {
            self.warn_invalid_escape(token, escape)?;
        }
        let kind: Option<&'a Wtf8> = found.unicode_prefix.then_some(b"u");
        let range = self.slot(token).token.range;
        Some(self.expr(ExprKind::Constant { value: found.value, kind }, range))
    }

    /// Decodes a part of an f-string; warnings are about `token`.
    fn decode_text(
        &mut self,
        raw: bool,
        text: &[u8],
        token: Tok,
    ) -> Result<&'a Wtf8, Option<LiteralError>> {
        let (text, escape) = literal::text(self.arena, raw, text).map_err(Some)?;
        // The lexer has warned of a brace already.
        if let Some(escape) = escape
            && !escape.is_brace()
        {
            self.warn_invalid_escape(token, escape).ok_or(None)?;
        }
        Ok(text)
    }

    #[cold]
    fn literal_error<T>(&mut self, token: Tok, error: &LiteralError) -> Option<T> {
        match error {
            LiteralError::Escape(message) => self.error(message.as_str()),
            LiteralError::NotAscii => self.error_at(token, error.message()),
        }
    }

    #[cold]
    fn warn_invalid_escape(&mut self, token: Tok, escape: InvalidEscape) -> Option<()> {
        // The first pass has warned.
        if self.second_pass {
            return Some(());
        }
        let place = escape.place(&self.slot(token).token, self.text(token));
        let category = if self.options.feature_version >= 12 {
            WarningCategory::Syntax
        } else {
            WarningCategory::Deprecation
        };
        let message = escape.message();
        match self.host.warn(Warning { category, message: &message, lineno: place.lineno }) {
            Ok(()) => Some(()),
            Err(WarningFailure::Escalated) => {
                self.known_error_line = Some(self.slot(token).token.range.lineno);
                self.raise_at(SyntaxErrorKind::Syntax, place, escape.escalated_message())
            }
            Err(WarningFailure::Raised) => self.raise_bare(SyntaxErrorKind::Host, ""),
        }
    }

    /// The values of an f-string or t-string, its text decoded.
    fn resolve_parts(
        &mut self,
        start: Tok,
        parts: &'a [Expr<'a>],
        end: Tok,
    ) -> Option<&'a [Expr<'a>]> {
        let raw = self.text(start).iter().any(|byte| matches!(byte, b'r' | b'R'));
        literal::string_values(self.arena, parts, |text, range| {
            match self.decode_text(raw, text, end) {
                Ok(text) => Some(text),
                Err(None) => None,
                Err(Some(error)) => self.raise_at(
                    SyntaxErrorKind::Syntax,
                    Self::place(range),
                    error.message().to_owned(),
                ),
            }
        })
    }

    /// `f"…"`
    pub(super) fn joined_str(
        &mut self,
        start: Tok,
        parts: &'a [Expr<'a>],
        end: Tok,
    ) -> Option<&'a Expr<'a>> {
        let values = self.resolve_parts(start, parts, end)?;
        let range = self.slot(start).token.range.to(self.slot(end).token.range);
        Some(self.expr(ExprKind::JoinedStr { values }, range))
    }

    /// `t"…"`
    pub(super) fn template_str(
        &mut self,
        start: Tok,
        parts: &'a [Expr<'a>],
        end: Tok,
    ) -> Option<&'a Expr<'a>> {
        let values = self.resolve_parts(start, parts, end)?;
        let range = self.slot(start).token.range.to(self.slot(end).token.range);
        let string = self.expr(ExprKind::TemplateStr { values }, range);
        self.check_version(14, "t-strings are", string)
    }

    /// `!r`
    pub(super) fn check_fstring_conversion(
        &mut self,
        mark: Tok,
        name: &'a Expr<'a>,
    ) -> Option<FormatPart<'a>> {
        let prefix = self.lexer.string_prefix();
        let place = self.slot(mark).token.range;
        if place.lineno != name.range.lineno || place.end_col_offset != name.range.col_offset {
            let message = format!(
                "{prefix}-string: conversion type must come right after the exclamation mark"
            );
            return self.error_range(mark, name, message);
        }
        let text = self.interner.name(self.name_of(name));
        if !matches!(text, b"s" | b"r" | b"a") {
            let text = String::from_utf8_lossy(text);
            let message = format!(
                "{prefix}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'"
            );
            return self.error_at(name, message);
        }
        Some(FormatPart { expr: name, text: self.expression_text(mark) })
    }

    /// `:>{width}`
    pub(super) fn setup_full_format_spec(
        &mut self,
        colon: Tok,
        spec: &'a [Expr<'a>],
        range: Range,
    ) -> Option<FormatPart<'a>> {
        let expr = literal::format_spec(self.arena, spec, range);
        Some(FormatPart { expr, text: self.expression_text(colon) })
    }

    /// The text of the expression before a token, for `{x=}` and t-strings.
    fn expression_text(&self, token: Tok) -> Option<&'a [u8]> {
        let text = self.lexer.expression_text(&self.slot(token).token)?;
        Some(self.arena.slice(&text))
    }

    fn conversion(
        &self,
        debug: Option<Tok>,
        conversion: Option<FormatPart<'a>>,
        format: Option<FormatPart<'a>>,
    ) -> i32 {
        match conversion {
            Some(part) => i32::from(self.interner.name(self.name_of(part.expr))[0]),
            None if debug.is_some() && format.is_none() => i32::from(b'r'),
            None => -1,
        }
    }

    /// Text and end of the text of `{x=}`.
    fn debug_text(
        &self,
        conversion: Option<FormatPart<'a>>,
        format: Option<FormatPart<'a>>,
        brace: Tok,
        range: Range,
    ) -> (&'a [u8], u32, u32) {
        let (text, lineno, col_offset) = if let Some(part) = conversion {
            (part.text, part.expr.range.lineno, part.expr.range.col_offset)
        } else if let Some(part) = format {
            (part.text, part.expr.range.lineno, part.expr.range.col_offset + 1)
        } else {
            (self.expression_text(brace), range.end_lineno, range.end_col_offset)
        };
        (text.unwrap_or(b""), lineno, col_offset)
    }

    /// A value with `x=` before it.
    fn with_debug_text(
        &self,
        value: &'a Expr<'a>,
        text: &'a [u8],
        end: (u32, u32),
        range: Range,
    ) -> &'a Expr<'a> {
        let whole = Range { end_lineno: end.0, end_col_offset: end.1, ..range };
        let text_range = Range {
            col_offset: range.col_offset + 1,
            end_col_offset: end.1.saturating_sub(1),
            ..whole
        };
        let text = self.text_constant(text, text_range);
        let values = self.arena.slice(&[*text, *value]);
        self.expr(ExprKind::JoinedStr { values }, whole)
    }

    /// A replacement field of an f-string, or of a format specification.
    pub(super) fn formatted_value(
        &mut self,
        value: &'a Expr<'a>,
        debug: Option<Tok>,
        conversion: Option<FormatPart<'a>>,
        format: Option<FormatPart<'a>>,
        brace: Tok,
        range: Range,
    ) -> &'a Expr<'a> {
        let kind = ExprKind::FormattedValue {
            value,
            conversion: self.conversion(debug, conversion, format),
            format_spec: format.map(|part| part.expr),
        };
        let field = self.expr(kind, range);
        if debug.is_none() {
            return field;
        }
        let (text, lineno, col_offset) = self.debug_text(conversion, format, brace, range);
        self.with_debug_text(field, text, (lineno, col_offset), range)
    }

    /// A replacement field of a t-string.
    pub(super) fn interpolation(
        &mut self,
        value: &'a Expr<'a>,
        debug: Option<Tok>,
        conversion: Option<FormatPart<'a>>,
        format: Option<FormatPart<'a>>,
        brace: Tok,
        range: Range,
    ) -> &'a Expr<'a> {
        let (text, lineno, col_offset) = self.debug_text(conversion, format, brace, range);
        let kind = ExprKind::Interpolation {
            value,
            str: Constant::Str(if debug.is_some() { without_equals(text) } else { text }),
            conversion: self.conversion(debug, conversion, format),
            format_spec: format.map(|part| part.expr),
        };
        let field = self.expr(kind, range);
        if debug.is_none() {
            return field;
        }
        self.with_debug_text(field, text, (lineno, col_offset), range)
    }

    /// `"a" b"c"`: adjacent literals are one.
    pub(super) fn concatenate_strings(
        &mut self,
        strings: &'a [Expr<'a>],
        range: Range,
    ) -> Option<&'a Expr<'a>> {
        let joined = literal::concatenate_strings(self.arena, strings, range);
        if joined.is_none() {
            return self.error("cannot mix bytes and nonbytes literals");
        }
        joined
    }

    /// Adjacent t-strings.
    pub(super) fn concatenate_tstrings(
        &self,
        strings: &'a [Expr<'a>],
        range: Range,
    ) -> &'a Expr<'a> {
        literal::concatenate_tstrings(self.arena, strings, range)
    }
}

/// The expression of `{x = }`: its text up to the `=`.
fn without_equals(text: &[u8]) -> &[u8] {
    text.iter().rposition(|byte| *byte == b'=').map_or(text, |equals| &text[..equals])
}
