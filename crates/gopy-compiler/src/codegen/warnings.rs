//! Warnings about code that is valid but can't be meant.

use super::*;

impl<'a> Compiler<'_, 'a> {
    /// `is` with a literal.
    pub(super) fn check_compare(&mut self, expr: &'a Expr<'a>) -> Result {
        let ExprKind::Compare { left, ops, comparators } = expr.kind else { return Ok(()) };
        let mut left = left;
        for (op, right) in ops.iter().zip(comparators) {
            let suggestion = match op {
                CmpOp::Is => Some(("is", "==")),
                CmpOp::IsNot => Some(("is not", "!=")),
                _ => None,
            };
            if let Some((word, better)) = suggestion
                && (is_literal(left) || is_literal(right))
            {
                let literal = if is_literal(left) { left } else { right };
                let name = type_name(literal).unwrap_or_default();
                let message =
                    format!("\"{word}\" with '{name}' literal. Did you mean \"{better}\"?");
                return self.warn(location(expr.range), &message);
            }
            left = right;
        }
        Ok(())
    }

    pub(super) fn check_caller(&mut self, expr: &'a Expr<'a>) -> Result {
        match type_name(expr) {
            Some(name) if !matches!(expr.kind, ExprKind::Lambda { .. }) => {
                let message =
                    format!("'{name}' object is not callable; perhaps you missed a comma?");
                self.warn(location(expr.range), &message)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_subscripter(&mut self, expr: &'a Expr<'a>) -> Result {
        let wrong = match expr.kind {
            ExprKind::Constant { value, .. } => matches!(
                value,
                Constant::None
                    | Constant::Ellipsis
                    | Constant::True
                    | Constant::False
                    | Constant::Int(_)
                    | Constant::BigInt(_)
                    | Constant::Float(_)
                    | Constant::Complex { .. }
                    | Constant::FrozenSet(_)
            ),
            ExprKind::Set { .. }
            | ExprKind::SetComp { .. }
            | ExprKind::GeneratorExp { .. }
            | ExprKind::TemplateStr { .. }
            | ExprKind::Interpolation { .. }
            | ExprKind::Lambda { .. } => true,
            _ => false,
        };
        if !wrong {
            return Ok(());
        }
        let name = type_name(expr).unwrap_or_default();
        let message = format!("'{name}' object is not subscriptable; perhaps you missed a comma?");
        self.warn(location(expr.range), &message)
    }

    pub(super) fn check_index(&mut self, expr: &'a Expr<'a>, index: &'a Expr<'a>) -> Result {
        let Some(index_name) = type_name(index) else { return Ok(()) };
        if matches!(index_name, "int" | "bool") {
            return Ok(());
        }
        let sequence = match expr.kind {
            ExprKind::Constant { value, .. } => {
                matches!(value, Constant::Str(_) | Constant::Bytes(_) | Constant::Tuple(_))
            }
            ExprKind::Tuple { .. }
            | ExprKind::List { .. }
            | ExprKind::ListComp { .. }
            | ExprKind::JoinedStr { .. }
            | ExprKind::FormattedValue { .. } => true,
            _ => false,
        };
        if !sequence {
            return Ok(());
        }
        let name = type_name(expr).unwrap_or_default();
        let message = format!(
            "{name} indices must be integers or slices, not {index_name}; \
             perhaps you missed a comma?"
        );
        self.warn(location(expr.range), &message)
    }
}

/// A literal whose identity says nothing.
fn is_literal(expr: &Expr<'_>) -> bool {
    match expr.kind {
        ExprKind::Tuple { elts, .. } => {
            elts.iter().all(|elt| matches!(elt.kind, ExprKind::Constant { .. }))
        }
        ExprKind::Constant { value, .. } => {
            !matches!(value, Constant::None | Constant::False | Constant::True | Constant::Ellipsis)
        }
        _ => false,
    }
}

/// Name of the type that an expression surely has.
fn type_name(expr: &Expr<'_>) -> Option<&'static str> {
    Some(match expr.kind {
        ExprKind::Tuple { .. } => "tuple",
        ExprKind::List { .. } | ExprKind::ListComp { .. } => "list",
        ExprKind::Dict { .. } | ExprKind::DictComp { .. } => "dict",
        ExprKind::Set { .. } | ExprKind::SetComp { .. } => "set",
        ExprKind::GeneratorExp { .. } => "generator",
        ExprKind::Lambda { .. } => "function",
        ExprKind::TemplateStr { .. } => "string.templatelib.Template",
        ExprKind::Interpolation { .. } => "string.templatelib.Interpolation",
        ExprKind::JoinedStr { .. } | ExprKind::FormattedValue { .. } => "str",
        ExprKind::Constant { value, .. } => match value {
            Constant::None => "NoneType",
            Constant::True | Constant::False => "bool",
            Constant::Ellipsis => "ellipsis",
            Constant::Int(_) | Constant::BigInt(_) => "int",
            Constant::Float(_) => "float",
            Constant::Complex { .. } => "complex",
            Constant::Str(_) => "str",
            Constant::Bytes(_) => "bytes",
            Constant::Tuple(_) => "tuple",
            Constant::FrozenSet(_) => "frozenset",
        },
        _ => return None,
    })
}
