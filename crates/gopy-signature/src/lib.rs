//! The text-signature parser, shared by the macros, the runtime and the tests.
//!
//! A text signature is what CPython's Argument Clinic writes in the first line of a doc string, such as
//! `($self, width, fillchar=' ', /)`. It is the single source of a native function's names, kinds and
//! defaults.
//!
//! Never here: evaluation of defaults; they stay text.

#![forbid(unsafe_code)]

use std::fmt;

/// How an argument may be passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// By position only.
    PositionalOnly,
    /// By position or keyword.
    PositionalOrKeyword,
    /// `*args`.
    VarPositional,
    /// By keyword only.
    KeywordOnly,
    /// `**kwargs`.
    VarKeyword,
}

/// One parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its name, without stars and `$`.
    pub name: String,
    /// How it may be passed.
    pub kind: Kind,
    /// The text of its default.
    pub default: Option<String>,
}

/// A parsed signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// The bound first parameter (`$self`, `$module`, `$type`), without `$`.
    pub receiver: Option<String>,
    /// The others, in order.
    pub parameters: Vec<Parameter>,
}

/// Why a text is not a signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureError(String);

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SignatureError {}

impl Signature {
    /// Parses `(…)`.
    ///
    /// # Errors
    ///
    /// Where parentheses, names, the order of kinds or of defaults are not those of a signature.
    pub fn parse(text: &str) -> Result<Signature, SignatureError> {
        let error = |what: &str| SignatureError(format!("{what} in signature {text:?}"));
        let inner = text
            .trim()
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .ok_or_else(|| error("missing parentheses"))?;
        let mut signature = Signature { receiver: None, parameters: Vec::new() };
        let mut keyword_only = false;
        let inner = optional_groups(inner);
        for part in split_top_level(&inner) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            if part == "/" {
                if keyword_only || signature.parameters.is_empty() && signature.receiver.is_none() {
                    return Err(error("misplaced '/'"));
                }
                for parameter in &mut signature.parameters {
                    if parameter.kind == Kind::PositionalOrKeyword {
                        parameter.kind = Kind::PositionalOnly;
                    }
                }
                continue;
            }
            if part == "*" {
                keyword_only = true;
                continue;
            }
            let (name, default) = match part.split_once('=') {
                Some((name, default)) => (name.trim(), Some(default.trim().to_owned())),
                None => (part, None),
            };
            if let Some(receiver) = name.strip_prefix('$') {
                signature.receiver = Some(receiver.to_owned());
                continue;
            }
            let (name, kind) = if let Some(name) = name.strip_prefix("**") {
                (name, Kind::VarKeyword)
            } else if let Some(name) = name.strip_prefix('*') {
                keyword_only = true;
                (name, Kind::VarPositional)
            } else if keyword_only {
                (name, Kind::KeywordOnly)
            } else {
                (name, Kind::PositionalOrKeyword)
            };
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return Err(error("bad parameter name"));
            }
            let after_default = signature.parameters.last().is_some_and(|p| p.default.is_some());
            if kind == Kind::PositionalOrKeyword && default.is_none() && after_default {
                return Err(error("parameter without default after one with"));
            }
            signature.parameters.push(Parameter { name: name.to_owned(), kind, default });
        }
        Ok(signature)
    }

    /// Number of parameters that can only be passed by position.
    pub fn positional_only(&self) -> usize {
        self.parameters.iter().filter(|p| p.kind == Kind::PositionalOnly).count()
    }

    /// Number of parameters that can be passed by position.
    pub fn positional(&self) -> usize {
        let by_position = [Kind::PositionalOnly, Kind::PositionalOrKeyword];
        self.parameters.iter().filter(|p| by_position.contains(&p.kind)).count()
    }
}

/// Rewrites Argument Clinic's optional groups, `sub[, start[, end]]`, as parameters with defaults.
fn optional_groups(text: &str) -> std::borrow::Cow<'_, str> {
    let Some((required, groups)) = text.split_once("[,") else { return text.into() };
    let mut rewritten = required.to_owned();
    for group in groups.split("[,") {
        let end = group.find(']').unwrap_or(group.len());
        rewritten.push_str(", ");
        rewritten.push_str(group[..end].trim());
        rewritten.push_str("=<unrepresentable>");
        rewritten.push_str(group[end..].trim_start_matches(']'));
    }
    rewritten.into()
}

/// Splits at commas outside of brackets and quotes.
fn split_top_level(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    let mut quote = None;
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if byte == b'\\' {
                escaped = true;
            } else if byte == open {
                quote = None;
            }
            continue;
        }
        match byte {
            b'\'' | b'"' => quote = Some(byte),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let signature = Signature::parse(text).unwrap();
        let parameters = signature.parameters.iter().map(|p| {
            let letter = match p.kind {
                Kind::PositionalOnly => 'p',
                Kind::PositionalOrKeyword => 'b',
                Kind::VarPositional => 'a',
                Kind::KeywordOnly => 'k',
                Kind::VarKeyword => 'w',
            };
            match &p.default {
                Some(default) => format!("{letter}:{}={default}", p.name),
                None => format!("{letter}:{}", p.name),
            }
        });
        assert_eq!(parameters.collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn kinds_and_defaults() {
        check("()", "");
        check("($self, /)", "");
        check("($self, width, fillchar=' ', /)", "p:width p:fillchar=' '");
        check("($self, /, sep=None, maxsplit=-1)", "b:sep=None b:maxsplit=-1");
        check("($module, *args, key=None, **kw)", "a:args k:key=None w:kw");
        check("(a, /, b, *, c=(1, ','))", "p:a b:b k:c=(1, ',')");
        check(
            "($self, sub[, start[, end]], /)",
            "p:sub p:start=<unrepresentable> p:end=<unrepresentable>",
        );
    }

    #[test]
    fn rejects() {
        for text in ["", "a, b", "(/)", "(a=1, b)", "(a-b)"] {
            assert!(Signature::parse(text).is_err(), "{text}");
        }
    }
}
