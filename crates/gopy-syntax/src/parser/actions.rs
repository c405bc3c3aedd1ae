//! Actions of the grammar that check or raise.
//!
//! Answers to the second half of `Parser/action_helpers.c`, and to the numbers of
//! `Parser/pegen.c`.

use crate::ast::{CmpOp, Comprehension, Constant, Expr, ExprContext, ExprKind, Range};
use crate::lexer::Place;
use crate::{SyntaxErrorKind, literal};

use super::build::{last, last_comprehension_item};
use super::generated::kind;
use super::state::{Parser, Tok};

/// What a target is for: what may stand in it, and how a message names it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Targets {
    Star,
    Del,
    For,
}

/// What messages call an expression.
pub(super) fn expr_name(expr: &Expr<'_>) -> &'static str {
    match expr.kind {
        ExprKind::Attribute { .. } => "attribute",
        ExprKind::Subscript { .. } => "subscript",
        ExprKind::Starred { .. } => "starred",
        ExprKind::Name { .. } => "name",
        ExprKind::List { .. } => "list",
        ExprKind::Tuple { .. } => "tuple",
        ExprKind::Lambda { .. } => "lambda",
        ExprKind::Call { .. } => "function call",
        ExprKind::BoolOp { .. } | ExprKind::BinOp { .. } | ExprKind::UnaryOp { .. } => "expression",
        ExprKind::GeneratorExp { .. } => "generator expression",
        ExprKind::Yield { .. } | ExprKind::YieldFrom { .. } => "yield expression",
        ExprKind::Await { .. } => "await expression",
        ExprKind::ListComp { .. } => "list comprehension",
        ExprKind::SetComp { .. } => "set comprehension",
        ExprKind::DictComp { .. } => "dict comprehension",
        ExprKind::Dict { .. } => "dict literal",
        ExprKind::Set { .. } => "set display",
        ExprKind::JoinedStr { .. } | ExprKind::FormattedValue { .. } => "f-string expression",
        ExprKind::TemplateStr { .. } | ExprKind::Interpolation { .. } => "t-string expression",
        ExprKind::Constant { value, .. } => match value {
            Constant::None => "None",
            Constant::False => "False",
            Constant::True => "True",
            Constant::Ellipsis => "ellipsis",
            _ => "literal",
        },
        ExprKind::Compare { .. } => "comparison",
        ExprKind::IfExp { .. } => "conditional expression",
        ExprKind::NamedExpr { .. } => "named expression",
        ExprKind::Slice { .. } => "slice",
    }
}

/// The part of an expression that cannot be a target.
fn find_invalid_target<'a>(expr: &'a Expr<'a>, targets: Targets) -> Option<&'a Expr<'a>> {
    match expr.kind {
        ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
            elts.iter().find_map(|elt| find_invalid_target(elt, targets))
        }
        ExprKind::Starred { value, .. } if targets != Targets::Del => {
            find_invalid_target(value, targets)
        }
        // `for a in b` has been read as a comparison.
        ExprKind::Compare { left, ops, .. } if targets == Targets::For => {
            if ops[0] == CmpOp::In {
                find_invalid_target(left, targets)
            } else {
                None
            }
        }
        ExprKind::Name { .. } | ExprKind::Subscript { .. } | ExprKind::Attribute { .. } => None,
        _ => Some(expr),
    }
}

impl<'a> Parser<'a, '_> {
    /// The value, if the grammar of the wanted version has it.
    pub(super) fn check_version<T>(&mut self, minor: u8, what: &str, value: T) -> Option<T> {
        if self.options.feature_version >= minor {
            return Some(value);
        }
        self.error(format!("{what} only supported in Python 3.{minor} and greater"))
    }

    /// End of interactive input before a statement.
    pub(super) fn interactive_exit<T>(&mut self) -> Option<T> {
        None
    }

    /// The line of a thing, for a message.
    pub(super) fn line_of(&self, thing: impl super::error::Located) -> u32 {
        thing.range(self).lineno
    }

    /// The text of a token, for a message.
    pub(super) fn text_of(&self, token: Tok) -> String {
        String::from_utf8_lossy(self.text(token)).into_owned()
    }

    /// Takes a name.
    #[inline]
    pub(super) fn name_token(&mut self) -> Option<&'a Expr<'a>> {
        let token = self.expect(kind::NAME)?;
        if let Some(node) = self.slot(token).node {
            return Some(node);
        }
        self.make_name(token)
    }

    fn make_name(&mut self, token: Tok) -> Option<&'a Expr<'a>> {
        let id = self.identifier(self.text(token))?;
        let range = self.slot(token).token.range;
        let node = self.expr(ExprKind::Name { id, ctx: ExprContext::Load }, range);
        self.tokens[token.0 as usize].node = Some(node);
        Some(node)
    }

    /// Takes a number.
    pub(super) fn number_token(&mut self) -> Option<&'a Expr<'a>> {
        let token = self.expect(kind::NUMBER)?;
        if let Some(node) = self.slot(token).node {
            return Some(node);
        }
        let text = self.text(token);
        if self.options.feature_version < 6 && text.contains(&b'_') {
            return self.error(
                "Underscores in numeric literals are only supported in Python 3.6 and greater",
            );
        }
        let range = self.slot(token).token.range;
        let value = match literal::number(self.arena, text, self.host.int_max_str_digits()) {
            Ok(value) => value,
            Err(message) => {
                // No columns: nobody wants to see thousands of carets.
                let Range { lineno, end_lineno, .. } = range;
                let place = Place { lineno, col_offset: 0, end_lineno, end_col_offset: 0 };
                return self.raise_at(SyntaxErrorKind::Syntax, place, message);
            }
        };
        let node = self.expr(ExprKind::Constant { value, kind: None }, range);
        self.tokens[token.0 as usize].node = Some(node);
        Some(node)
    }

    /// `!=`, or `<>` after the future's joke.
    pub(super) fn check_barry_as_flufl(&mut self, token: Tok) -> Option<Tok> {
        let text = self.text(token);
        if self.barry_as_flufl && text != b"<>" {
            return self.error("with Barry as BDFL, use '<>' instead of '!='");
        }
        (self.barry_as_flufl || text == b"!=").then_some(token)
    }

    /// Nothing stands between two tokens.
    pub(super) fn adjacent(&self, left: Tok, right: Tok) -> bool {
        let (left, right) = (self.slot(left).token.range, self.slot(right).token.range);
        left.end_lineno == right.lineno && left.end_col_offset == right.col_offset
    }

    /// `print x`, `exec x`.
    fn is_legacy_name(&self, expr: &Expr<'a>) -> bool {
        match expr.kind {
            ExprKind::Name { id, .. } => matches!(self.interner.name(id), b"print" | b"exec"),
            _ => false,
        }
    }

    /// `print x`: a call without parentheses.
    pub(super) fn legacy_call<T>(&mut self, name: &'a Expr<'a>, rest: &'a Expr<'a>) -> Option<T> {
        if !self.is_legacy_name(name) {
            return None;
        }
        let text = self.interner.display(self.name_of(name));
        let message = format!("Missing parentheses in call to '{text}'. Did you mean {text}(...)?");
        self.error_range(name, rest, message)
    }

    /// `(a b)`: two expressions, inside brackets.
    pub(super) fn missing_comma<T>(
        &mut self,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
    ) -> Option<T> {
        if self.is_legacy_name(left) || self.tokens[self.mark - 1].token.level == 0 {
            return None;
        }
        self.error_range(left, right, "invalid syntax. Perhaps you forgot a comma?")
    }

    /// `*Ts: int`: only a plain type variable has a bound.
    pub(super) fn bad_type_param<T>(
        &mut self,
        colon: Tok,
        bound: &'a Expr<'a>,
        what: &str,
    ) -> Option<T> {
        let tuple = matches!(bound.kind, ExprKind::Tuple { .. });
        let kind = if tuple { "constraints" } else { "bound" };
        self.error_from(colon, format!("cannot use {kind} with {what}"))
    }

    /// `{1: 2, 3}`
    pub(super) fn missing_dict_colon<T>(&mut self, key: &'a Expr<'a>) -> Option<T> {
        let Range { lineno, end_lineno, end_col_offset, .. } = key.range;
        let col_offset = i64::from(end_col_offset);
        let place = Place { lineno, col_offset, end_lineno, end_col_offset: 0 };
        self.raise_at(
            SyntaxErrorKind::Syntax,
            place,
            "':' expected after dictionary key".to_owned(),
        )
    }

    /// Raises for the part of `expr` that cannot be a target; fails if all of it can.
    pub(super) fn invalid_target<T>(&mut self, targets: Targets, expr: &'a Expr<'a>) -> Option<T> {
        let invalid = find_invalid_target(expr, targets)?;
        let verb = if targets == Targets::Del { "delete" } else { "assign to" };
        self.error_at(invalid, format!("cannot {verb} {}", expr_name(invalid)))
    }

    /// The number of `1+2j` that must be imaginary.
    pub(super) fn ensure_imaginary(&mut self, number: &'a Expr<'a>) -> Option<&'a Expr<'a>> {
        match number.kind {
            ExprKind::Constant { value: Constant::Complex { .. }, .. } => Some(number),
            _ => self.error_at(number, "imaginary number required in complex literal"),
        }
    }

    /// The number of `1+2j` that must not be.
    pub(super) fn ensure_real(&mut self, number: &'a Expr<'a>) -> Option<&'a Expr<'a>> {
        match number.kind {
            ExprKind::Constant { value: Constant::Complex { .. }, .. } => {
                self.error_at(number, "real number required in complex literal")
            }
            _ => Some(number),
        }
    }

    /// `f(a, b for b in c)`
    pub(super) fn nonparen_genexp_in_call<T>(
        &mut self,
        call: &'a Expr<'a>,
        comprehensions: &'a [Comprehension<'a>],
    ) -> Option<T> {
        let args = super::build::call_args(Some(call));
        let [_, .., generator] = args else { return None };
        let end = last_comprehension_item(last(comprehensions));
        self.error_range(generator, end, "Generator expression must be parenthesized")
    }

    /// `f(a=b, c)`
    pub(super) fn arguments_parsing_error<T>(&mut self, call: &'a Expr<'a>) -> Option<T> {
        let keywords = super::build::call_keywords(Some(call));
        let unpacking = keywords.iter().any(|keyword| keyword.arg.is_none());
        let what = if unpacking { " unpacking" } else { "" };
        self.error(format!("positional argument follows keyword argument{what}"))
    }
}
