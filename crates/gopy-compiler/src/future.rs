//! `from __future__ import …` at the head of a module.
//!
//! Answers to `Python/future.c`.

use gopy_syntax::Host;
use gopy_syntax::ast::{Interner, Mod, Range, StmtKind};

use crate::common::{Result, error_at, location};
use crate::flags;
use crate::symtable::docstring;

/// What the future statements of a module ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Future {
    /// `CO_FUTURE_*` bits; the compiler adds the flags it was given.
    pub features: u32,
    /// Place of the last future statement.
    pub range: Option<Range>,
}

/// Features that are part of the language by now.
const MANDATORY: &[&[u8]] = &[
    b"nested_scopes",
    b"generators",
    b"division",
    b"absolute_import",
    b"with_statement",
    b"print_function",
    b"unicode_literals",
    b"generator_stop",
];

/// Reads the future statements, which only a docstring may precede.
pub(crate) fn from_ast(
    module: &Mod<'_>,
    interner: &Interner<'_>,
    host: &mut dyn Host,
) -> Result<Future> {
    let mut future = Future::default();
    let (Mod::Module { body, .. } | Mod::Interactive { body }) = module else { return Ok(future) };
    let skip = usize::from(docstring(body).is_some());
    for stmt in &body[skip..] {
        let StmtKind::ImportFrom { module: Some(module), names, level } = stmt.kind else { break };
        if level.unwrap_or(0) != 0 || interner.name(module) != b"__future__" {
            break;
        }
        for alias in names {
            let feature = interner.name(alias.name);
            match feature {
                b"barry_as_FLUFL" => future.features |= flags::CO_FUTURE_BARRY_AS_BDFL,
                b"annotations" => future.features |= flags::CO_FUTURE_ANNOTATIONS,
                b"braces" => return Err(error_at(host, location(alias.range), "not a chance")),
                _ if MANDATORY.contains(&feature) => {}
                _ => {
                    let shown = String::from_utf8_lossy(&feature[..feature.len().min(100)]);
                    let message = format!("future feature {shown} is not defined");
                    return Err(error_at(host, location(alias.range), message));
                }
            }
        }
        future.range = Some(stmt.range);
    }
    Ok(future)
}
