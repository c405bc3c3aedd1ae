//! Strings side by side, and the parts of f-strings and t-strings.
//!
//! Answers to the string part of `Parser/action_helpers.c`.

use crate::ast::{Arena, Constant, Expr, ExprKind, Range, Wtf8};

/// Adjacent strings and f-strings as one node; `None` if bytes and text are mixed ("cannot mix
/// bytes and nonbytes literals").
pub fn concatenate_strings<'a>(
    arena: &'a Arena,
    strings: &'a [Expr<'a>],
    range: Range,
) -> Option<&'a Expr<'a>> {
    let is_constant = |e: &Expr<'_>| matches!(e.kind, ExprKind::Constant { .. });
    let is_bytes =
        |e: &Expr<'_>| matches!(e.kind, ExprKind::Constant { value: Constant::Bytes(_), .. });
    let bytes = strings.iter().any(is_bytes);
    if bytes && !strings.iter().all(is_bytes) {
        return None;
    }
    if let [single] = strings
        && is_constant(single)
    {
        return Some(single);
    }
    if !strings.iter().all(is_constant) {
        let values = fold(arena, strings);
        return Some(arena.alloc(Expr { kind: ExprKind::JoinedStr { values }, range }));
    }
    let joined = join(arena, strings);
    let value = if bytes { Constant::Bytes(joined) } else { Constant::Str(joined) };
    let kind = ExprKind::Constant { value, kind: kind_of(strings.first()) };
    Some(arena.alloc(Expr { kind, range }))
}

/// Adjacent t-strings as one node.
pub fn concatenate_tstrings<'a>(
    arena: &'a Arena,
    strings: &[Expr<'a>],
    range: Range,
) -> &'a Expr<'a> {
    let values = fold(arena, strings);
    arena.alloc(Expr { kind: ExprKind::TemplateStr { values }, range })
}

/// A whole format specification: without empty constants, as a `JoinedStr`.
pub fn format_spec<'a>(arena: &'a Arena, spec: &[Expr<'a>], range: Range) -> &'a Expr<'a> {
    let kept: Vec<Expr<'a>> = spec.iter().filter(|e| !is_empty_text(e)).copied().collect();
    let values = match kept.as_slice() {
        [] | [Expr { kind: ExprKind::Constant { .. }, .. }] => arena.slice(&kept),
        _ => fold(arena, &kept),
    };
    arena.alloc(Expr { kind: ExprKind::JoinedStr { values }, range })
}

/// The values of one f-string or t-string. `parts` are its fields, and its text as constants that
/// `decode` decodes, knowing where they stand; a field with `=` comes as a `JoinedStr` of its text and the field.
pub fn string_values<'a>(
    arena: &'a Arena,
    parts: &[Expr<'a>],
    mut decode: impl FnMut(&'a Wtf8, Range) -> Option<&'a Wtf8>,
) -> Option<&'a [Expr<'a>]> {
    let mut values = Vec::with_capacity(parts.len());
    for part in parts {
        match part.kind {
            ExprKind::JoinedStr { values: debug } => values.extend_from_slice(debug),
            ExprKind::Constant { value: Constant::Str(text), .. } => {
                let text = if matches!(text, b"{{" | b"}}") { &text[..1] } else { text };
                let value = decode(text, part.range)?;
                if !value.is_empty() {
                    let kind = ExprKind::Constant { value: Constant::Str(value), kind: None };
                    values.push(Expr { kind, range: part.range });
                }
            }
            _ => values.push(*part),
        }
    }
    Some(arena.slice(&values))
}

/// Flattens f-strings, joins neighbouring constants, drops empty ones.
fn fold<'a>(arena: &'a Arena, strings: &[Expr<'a>]) -> &'a [Expr<'a>] {
    let mut flat = Vec::with_capacity(strings.len());
    for string in strings {
        match string.kind {
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => {
                flat.extend_from_slice(values);
            }
            _ => flat.push(*string),
        }
    }
    let mut folded = Vec::with_capacity(flat.len());
    let mut rest = flat.as_slice();
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|e| text_of(e).is_some()).count();
        if run <= 1 {
            if !is_empty_text(first) {
                folded.push(*first);
            }
            rest = &rest[1..];
            continue;
        }
        let (constants, after) = rest.split_at(run);
        rest = after;
        let joined = join(arena, constants);
        if !joined.is_empty() {
            let kind =
                ExprKind::Constant { value: Constant::Str(joined), kind: kind_of(Some(first)) };
            folded.push(Expr { kind, range: first.range.to(constants[run - 1].range) });
        }
    }
    arena.slice(&folded)
}

fn join<'a>(arena: &'a Arena, constants: &[Expr<'a>]) -> &'a [u8] {
    let texts: Vec<&[u8]> = constants.iter().filter_map(text_of).collect();
    arena.slice(&texts.concat())
}

/// The bytes of a text or bytes constant.
fn text_of<'a>(expr: &Expr<'a>) -> Option<&'a [u8]> {
    match expr.kind {
        ExprKind::Constant { value: Constant::Str(text) | Constant::Bytes(text), .. } => Some(text),
        _ => None,
    }
}

fn is_empty_text(expr: &Expr<'_>) -> bool {
    text_of(expr).is_some_and(<[u8]>::is_empty)
}

/// Strings side by side take the kind of the first.
fn kind_of<'a>(first: Option<&Expr<'a>>) -> Option<&'a Wtf8> {
    match first?.kind {
        ExprKind::Constant { kind, .. } => kind,
        _ => None,
    }
}
