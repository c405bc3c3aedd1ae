//! Expressions back to source: what an annotation is under `from __future__ import annotations`.
//!
//! Answers to `Python/ast_unparse.c`; `ast.unparse` is a richer one, in Python.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use gopy_numeric::float;
use gopy_numeric::int::text::to_decimal_limited;

use crate::ast::{
    Arg, Arguments, BoolOp, CmpOp, Comprehension, Constant, Expr, ExprKind, Interner, Keyword,
    Operator, Symbol, UnaryOp, Wtf8,
};
use crate::{SyntaxError, SyntaxErrorKind};

type Result<T = ()> = std::result::Result<T, Box<SyntaxError>>;

/// How tightly the place binds in which an expression stands: a looser one gets parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Level(u8);

impl Level {
    const TUPLE: Level = Level(0);
    const TEST: Level = Level(1);
    const OR: Level = Level(2);
    const AND: Level = Level(3);
    const NOT: Level = Level(4);
    const COMPARE: Level = Level(5);
    const EXPR: Level = Level(6);
    const BIT_XOR: Level = Level(7);
    const BIT_AND: Level = Level(8);
    const SHIFT: Level = Level(9);
    const ARITHMETIC: Level = Level(10);
    const TERM: Level = Level(11);
    const FACTOR: Level = Level(12);
    const POWER: Level = Level(13);
    const AWAIT: Level = Level(14);
    const ATOM: Level = Level(15);

    const fn next(self) -> Level {
        Level(self.0 + 1)
    }
}

/// The source of an expression, as WTF-8. `digits_max` is `sys.get_int_max_str_digits()`: a
/// longer int is a `ValueError`.
pub fn expression(expr: &Expr<'_>, interner: &Interner<'_>, digits_max: usize) -> Result<Vec<u8>> {
    let mut unparser = Unparser { interner, digits_max, out: Vec::new() };
    unparser.expr(expr, Level::TEST)?;
    Ok(unparser.out)
}

struct Unparser<'i, 'a> {
    interner: &'i Interner<'a>,
    digits_max: usize,
    out: Vec<u8>,
}

impl Unparser<'_, '_> {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn name(&mut self, name: Symbol) {
        self.out.extend_from_slice(self.interner.name(name));
    }

    /// Writes with parentheses if `level` binds tighter than `own`.
    fn grouped(
        &mut self,
        level: Level,
        own: Level,
        write: impl FnOnce(&mut Self) -> Result,
    ) -> Result {
        let parenthesized = level > own;
        if parenthesized {
            self.push("(");
        }
        write(self)?;
        if parenthesized {
            self.push(")");
        }
        Ok(())
    }

    fn separated<T>(
        &mut self,
        items: &[T],
        separator: &str,
        mut write: impl FnMut(&mut Self, &T) -> Result,
    ) -> Result {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.push(separator);
            }
            write(self, item)?;
        }
        Ok(())
    }

    fn list(&mut self, elts: &[Expr<'_>]) -> Result {
        self.separated(elts, ", ", |u, elt| u.expr(elt, Level::TEST))
    }

    fn expr(&mut self, expr: &Expr<'_>, level: Level) -> Result {
        match expr.kind {
            ExprKind::BoolOp { op, values } => {
                let (text, own) = match op {
                    BoolOp::And => (" and ", Level::AND),
                    BoolOp::Or => (" or ", Level::OR),
                };
                self.grouped(level, own, |u| {
                    u.separated(values, text, |u, value| u.expr(value, own.next()))
                })
            }
            ExprKind::NamedExpr { target, value } => self.grouped(level, Level::TUPLE, |u| {
                u.expr(target, Level::ATOM)?;
                u.push(" := ");
                u.expr(value, Level::ATOM)
            }),
            ExprKind::BinOp { left, op, right } => self.binary(left, op, right, level),
            ExprKind::UnaryOp { op, operand } => {
                let (text, own) = match op {
                    UnaryOp::Invert => ("~", Level::FACTOR),
                    UnaryOp::Not => ("not ", Level::NOT),
                    UnaryOp::UAdd => ("+", Level::FACTOR),
                    UnaryOp::USub => ("-", Level::FACTOR),
                };
                self.grouped(level, own, |u| {
                    u.push(text);
                    u.expr(operand, own)
                })
            }
            ExprKind::Lambda { args, body } => self.grouped(level, Level::TEST, |u| {
                let positional = args.posonlyargs.len() + args.args.len();
                u.push(if positional > 0 { "lambda " } else { "lambda" });
                u.arguments(args)?;
                u.push(": ");
                u.expr(body, Level::TEST)
            }),
            ExprKind::IfExp { test, body, orelse } => self.grouped(level, Level::TEST, |u| {
                u.expr(body, Level::TEST.next())?;
                u.push(" if ");
                u.expr(test, Level::TEST.next())?;
                u.push(" else ");
                u.expr(orelse, Level::TEST)
            }),
            ExprKind::Compare { left, ops, comparators } => {
                self.compare(left, ops, comparators, level)
            }
            ExprKind::Await { value } => self.grouped(level, Level::AWAIT, |u| {
                u.push("await ");
                u.expr(value, Level::ATOM)
            }),
            ExprKind::Tuple { elts: [], .. } => {
                self.push("()");
                Ok(())
            }
            ExprKind::Tuple { elts, .. } => self.grouped(level, Level::TUPLE, |u| {
                u.list(elts)?;
                u.push(if elts.len() == 1 { "," } else { "" });
                Ok(())
            }),
            _ => self.atom(expr),
        }
    }

    /// Expressions that never need parentheses around them.
    fn atom(&mut self, expr: &Expr<'_>) -> Result {
        match expr.kind {
            ExprKind::Dict { keys, values } => self.dict(keys, values)?,
            ExprKind::Set { elts } => {
                self.push("{");
                self.list(elts)?;
                self.push("}");
            }
            ExprKind::List { elts, .. } => {
                self.push("[");
                self.list(elts)?;
                self.push("]");
            }
            ExprKind::ListComp { elt, generators } => {
                self.comprehension("[", elt, None, generators, "]")?;
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension("{", elt, None, generators, "}")?;
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension("(", elt, None, generators, ")")?;
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension("{", key, Some(value), generators, "}")?;
            }
            ExprKind::Yield { value: None } => self.push("(yield)"),
            ExprKind::Yield { value: Some(value) } => {
                self.push("(yield ");
                self.expr(value, Level::TEST)?;
                self.push(")");
            }
            ExprKind::YieldFrom { value } => {
                self.push("(yield from ");
                self.expr(value, Level::TEST)?;
                self.push(")");
            }
            ExprKind::Call { func, args, keywords } => self.call(func, args, keywords)?,
            ExprKind::Constant { value, kind } => {
                if !matches!(value, Constant::Ellipsis) {
                    self.out.extend_from_slice(kind.unwrap_or_default());
                }
                self.constant(&value)?;
            }
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value, Level::ATOM)?;
                let is_int = matches!(
                    value.kind,
                    ExprKind::Constant { value: Constant::Int(_) | Constant::BigInt(_), .. }
                );
                self.push(if is_int { " ." } else { "." });
                self.name(attr);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value, Level::ATOM)?;
                self.push("[");
                self.expr(slice, Level::TUPLE)?;
                self.push("]");
            }
            ExprKind::Starred { value, .. } => {
                self.push("*");
                self.expr(value, Level::EXPR)?;
            }
            ExprKind::Slice { lower, upper, step } => self.slice(lower, upper, step)?,
            ExprKind::Name { id, .. } => self.name(id),
            _ => self.string_part(expr, false)?,
        }
        Ok(())
    }

    fn binary(&mut self, left: &Expr<'_>, op: Operator, right: &Expr<'_>, level: Level) -> Result {
        let (text, own) = match op {
            Operator::Add => (" + ", Level::ARITHMETIC),
            Operator::Sub => (" - ", Level::ARITHMETIC),
            Operator::Mult => (" * ", Level::TERM),
            Operator::MatMult => (" @ ", Level::TERM),
            Operator::Div => (" / ", Level::TERM),
            Operator::Mod => (" % ", Level::TERM),
            Operator::LShift => (" << ", Level::SHIFT),
            Operator::RShift => (" >> ", Level::SHIFT),
            Operator::BitOr => (" | ", Level::EXPR),
            Operator::BitXor => (" ^ ", Level::BIT_XOR),
            Operator::BitAnd => (" & ", Level::BIT_AND),
            Operator::FloorDiv => (" // ", Level::TERM),
            Operator::Pow => (" ** ", Level::POWER),
        };
        // Only the power operator groups from the right.
        let (left_level, right_level) =
            if op == Operator::Pow { (own.next(), own) } else { (own, own.next()) };
        self.grouped(level, own, |u| {
            u.expr(left, left_level)?;
            u.push(text);
            u.expr(right, right_level)
        })
    }

    fn compare(
        &mut self,
        left: &Expr<'_>,
        ops: &[CmpOp],
        comparators: &[Expr<'_>],
        level: Level,
    ) -> Result {
        self.grouped(level, Level::COMPARE, |u| {
            u.expr(left, Level::COMPARE.next())?;
            for (op, comparator) in ops.iter().zip(comparators) {
                u.push(match op {
                    CmpOp::Eq => " == ",
                    CmpOp::NotEq => " != ",
                    CmpOp::Lt => " < ",
                    CmpOp::LtE => " <= ",
                    CmpOp::Gt => " > ",
                    CmpOp::GtE => " >= ",
                    CmpOp::Is => " is ",
                    CmpOp::IsNot => " is not ",
                    CmpOp::In => " in ",
                    CmpOp::NotIn => " not in ",
                });
                u.expr(comparator, Level::COMPARE.next())?;
            }
            Ok(())
        })
    }

    fn dict(&mut self, keys: &[Option<&Expr<'_>>], values: &[Expr<'_>]) -> Result {
        self.push("{");
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            if let Some(key) = keys.get(index).copied().flatten() {
                self.expr(key, Level::TEST)?;
                self.push(": ");
                self.expr(value, Level::TEST)?;
            } else {
                self.push("**");
                self.expr(value, Level::EXPR)?;
            }
        }
        self.push("}");
        Ok(())
    }

    fn comprehension(
        &mut self,
        open: &str,
        elt: &Expr<'_>,
        value: Option<&Expr<'_>>,
        generators: &[Comprehension<'_>],
        close: &str,
    ) -> Result {
        self.push(open);
        self.expr(elt, Level::TEST)?;
        if let Some(value) = value {
            self.push(": ");
            self.expr(value, Level::TEST)?;
        }
        for generator in generators {
            self.push(if generator.is_async != 0 { " async for " } else { " for " });
            self.expr(generator.target, Level::TUPLE)?;
            self.push(" in ");
            self.expr(generator.iter, Level::TEST.next())?;
            for condition in generator.ifs {
                self.push(" if ");
                self.expr(condition, Level::TEST.next())?;
            }
        }
        self.push(close);
        Ok(())
    }

    fn call(&mut self, func: &Expr<'_>, args: &[Expr<'_>], keywords: &[Keyword<'_>]) -> Result {
        self.expr(func, Level::ATOM)?;
        if let ([only], []) = (args, keywords)
            && matches!(only.kind, ExprKind::GeneratorExp { .. })
        {
            return self.atom(only);
        }
        self.push("(");
        self.list(args)?;
        if !args.is_empty() && !keywords.is_empty() {
            self.push(", ");
        }
        self.separated(keywords, ", ", |u, keyword| {
            if let Some(name) = keyword.arg {
                u.name(name);
                u.push("=");
            } else {
                u.push("**");
            }
            u.expr(keyword.value, Level::TEST)
        })?;
        self.push(")");
        Ok(())
    }

    fn slice(
        &mut self,
        lower: Option<&Expr<'_>>,
        upper: Option<&Expr<'_>>,
        step: Option<&Expr<'_>>,
    ) -> Result {
        if let Some(lower) = lower {
            self.expr(lower, Level::TEST)?;
        }
        self.push(":");
        if let Some(upper) = upper {
            self.expr(upper, Level::TEST)?;
        }
        if let Some(step) = step {
            self.push(":");
            self.expr(step, Level::TEST)?;
        }
        Ok(())
    }

    fn arguments(&mut self, args: &Arguments<'_>) -> Result {
        let mut first = true;
        let positional = args.posonlyargs.len() + args.args.len();
        for (index, arg) in args.posonlyargs.iter().chain(args.args).enumerate() {
            self.argument(&mut first, "", arg)?;
            if let Some(at) = (index + args.defaults.len()).checked_sub(positional) {
                self.default(args.defaults.get(at))?;
            }
            if index + 1 == args.posonlyargs.len() {
                self.push(", /");
            }
        }
        if let Some(vararg) = args.vararg {
            self.argument(&mut first, "*", vararg)?;
        } else if !args.kwonlyargs.is_empty() {
            self.push(if first { "*" } else { ", *" });
            first = false;
        }
        for (index, arg) in args.kwonlyargs.iter().enumerate() {
            self.argument(&mut first, "", arg)?;
            self.default(args.kw_defaults.get(index).copied().flatten())?;
        }
        if let Some(kwarg) = args.kwarg {
            self.argument(&mut first, "**", kwarg)?;
        }
        Ok(())
    }

    fn argument(&mut self, first: &mut bool, stars: &str, arg: &Arg<'_>) -> Result {
        if !std::mem::take(first) {
            self.push(", ");
        }
        self.push(stars);
        self.name(arg.arg);
        if let Some(annotation) = arg.annotation {
            self.push(": ");
            self.expr(annotation, Level::TEST)?;
        }
        Ok(())
    }

    fn default(&mut self, default: Option<&Expr<'_>>) -> Result {
        let Some(default) = default else { return Ok(()) };
        self.push("=");
        self.expr(default, Level::TEST)
    }

    // ---- strings with fields ----

    /// An f-string or t-string, or a part of one; as a format specification it has no quotes.
    fn string_part(&mut self, expr: &Expr<'_>, is_format_spec: bool) -> Result {
        match expr.kind {
            ExprKind::Constant { value: Constant::Str(text), .. } => {
                for &byte in text {
                    if matches!(byte, b'{' | b'}') {
                        self.out.push(byte);
                    }
                    self.out.push(byte);
                }
                Ok(())
            }
            ExprKind::JoinedStr { values } if is_format_spec => {
                values.iter().try_for_each(|value| self.string_part(value, true))
            }
            ExprKind::JoinedStr { values } => self.quoted("f", values),
            ExprKind::TemplateStr { values } => self.quoted("t", values),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                let outer = std::mem::take(&mut self.out);
                // A bare lambda would lose its colon to the format specification.
                let written = self.expr(value, Level::TEST.next());
                let text = std::mem::replace(&mut self.out, outer);
                written?;
                self.field(&text, conversion, format_spec)
            }
            ExprKind::Interpolation { str, conversion, format_spec, .. } => {
                let text = if let Constant::Str(text) = str { text } else { &[] };
                self.field(text, conversion, format_spec)
            }
            _ => Err(SyntaxError::bare(
                SyntaxErrorKind::System,
                "unknown expression kind inside f-string or t-string",
            )),
        }
    }

    fn quoted(&mut self, prefix: &str, values: &[Expr<'_>]) -> Result {
        let outer = std::mem::take(&mut self.out);
        let written = values.iter().try_for_each(|value| self.string_part(value, false));
        let body = std::mem::replace(&mut self.out, outer);
        written?;
        self.push(prefix);
        str_repr(&body, &mut self.out);
        Ok(())
    }

    fn field(&mut self, text: &Wtf8, conversion: i32, format_spec: Option<&Expr<'_>>) -> Result {
        // An expression that begins with a brace would escape the one before it.
        self.push(if text.first() == Some(&b'{') { "{ " } else { "{" });
        self.out.extend_from_slice(text);
        if conversion >= 0 {
            match u8::try_from(conversion) {
                Ok(letter @ (b'a' | b'r' | b's')) => self.out.extend([b'!', letter]),
                _ => {
                    let message = "unknown f-value conversion kind";
                    return Err(SyntaxError::bare(SyntaxErrorKind::System, message));
                }
            }
        }
        if let Some(spec) = format_spec {
            self.push(":");
            self.string_part(spec, true)?;
        }
        self.push("}");
        Ok(())
    }

    // ---- constants ----

    fn constant(&mut self, value: &Constant<'_>) -> Result {
        match *value {
            Constant::None => self.push("None"),
            Constant::True => self.push("True"),
            Constant::False => self.push("False"),
            Constant::Ellipsis => self.push("..."),
            Constant::Int(value) => self.push(&value.to_string()),
            Constant::BigInt(value) => {
                let text = to_decimal_limited(value.negative, value.digits, self.digits_max)
                    .map_err(|e| SyntaxError::bare(SyntaxErrorKind::Value, e.message))?;
                self.push(&text);
            }
            // `inf` is a name; an overflowing literal is not.
            Constant::Float(value) if value.is_infinite() => {
                self.push(if value < 0.0 { "-1e309" } else { "1e309" });
            }
            Constant::Float(value) => self.push(&float::text::repr(value)),
            Constant::Complex { real, imag } => {
                self.push(&float::text::complex_repr(real, imag).replace("inf", "1e309"));
            }
            Constant::Str(text) => str_repr(text, &mut self.out),
            Constant::Bytes(bytes) => bytes_repr(bytes, &mut self.out),
            Constant::Tuple(items) => {
                self.push("(");
                self.separated(items, ", ", |u, item| u.constant(item))?;
                self.push(if items.len() == 1 { ",)" } else { ")" });
            }
            Constant::FrozenSet(items) => {
                self.push(if items.is_empty() { "frozenset(" } else { "frozenset({" });
                self.separated(items, ", ", |u, item| u.constant(item))?;
                self.push(if items.is_empty() { ")" } else { "})" });
            }
        }
        Ok(())
    }
}

/// The quote that `repr` chooses.
fn quote_for(text: &[u8]) -> u8 {
    if text.contains(&b'\'') && !text.contains(&b'"') { b'"' } else { b'\'' }
}

/// `repr` of a `str`.
fn str_repr(text: &Wtf8, out: &mut Vec<u8>) {
    let quote = quote_for(text);
    out.push(quote);
    let mut rest = text;
    while !rest.is_empty() {
        let valid = match std::str::from_utf8(rest) {
            Ok(valid) => valid,
            Err(error) => std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
        };
        for character in valid.chars() {
            escaped_character(character, quote, out);
        }
        rest = &rest[valid.len()..];
        if let [first, second, third, tail @ ..] = rest {
            // A lone surrogate.
            let code = u32::from(first & 0x0F) << 12
                | u32::from(second & 0x3F) << 6
                | u32::from(third & 0x3F);
            out.extend_from_slice(format!("\\u{code:04x}").as_bytes());
            rest = tail;
        } else {
            rest = &[];
        }
    }
    out.push(quote);
}

fn escaped_character(character: char, quote: u8, out: &mut Vec<u8>) {
    let code = u32::from(character);
    let mut escape = String::new();
    let _ = match character {
        '\n' => escape.write_str("\\n"),
        '\r' => escape.write_str("\\r"),
        '\t' => escape.write_str("\\t"),
        '\\' => escape.write_str("\\\\"),
        _ if code == u32::from(quote) => write!(escape, "\\{character}"),
        _ if gopy_unicode::is_printable(code) => escape.write_char(character),
        _ if code < 0x100 => write!(escape, "\\x{code:02x}"),
        _ if code < 0x1_0000 => write!(escape, "\\u{code:04x}"),
        _ => write!(escape, "\\U{code:08x}"),
    };
    out.extend_from_slice(escape.as_bytes());
}

/// `repr` of a `bytes`.
fn bytes_repr(bytes: &[u8], out: &mut Vec<u8>) {
    let quote = quote_for(bytes);
    out.extend([b'b', quote]);
    for &byte in bytes {
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            _ if byte == quote => out.extend([b'\\', byte]),
            b' '..=b'~' => out.push(byte),
            _ => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    out.push(quote);
}
