//! Reads the instruction table: `crates/gopy-bytecode/instructions/*.in`.
//!
//! The notation is that of CPython's `bytecodes.c` with Rust bodies:
//!
//! ```text
//! /// What it does.
//! #[number(41), flags(error, escapes)]
//! inst UNARY_NEGATIVE(value -- result) { result = …; }
//! op GUARD_LIST(value -- value) { deopt_if!(…); }
//! #[number(206), flags(exit)]
//! inst TO_BOOL_LIST = GUARD_LIST + unused/3 + LIST_TRUTH;
//! family TO_BOOL(counter/1 + version/2) = { TO_BOOL_LIST, … };
//! pseudo JUMP(--) = { JUMP_FORWARD, JUMP_BACKWARD };     one of them
//! pseudo JUMP_IF_TRUE(cond -- cond) = [COPY, TO_BOOL, …]; all of them
//! ```

use std::path::Path;

/// A field of the inline cache, in code units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// `unused` for units that are skipped.
    pub name: String,
    /// Number of 16-bit code units in CPython's layout.
    pub size: usize,
}

/// A stack input or output; `size` is a Rust expression over `oparg`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackItem {
    /// `unused` where only the space matters.
    pub name: String,
    /// `Some` for an array.
    pub size: Option<String>,
}

/// The stack and cache effect of an op or instruction.
#[derive(Clone, Debug, Default)]
pub struct Effect {
    /// Cache fields read, in order.
    pub caches: Vec<Cache>,
    /// From the deepest to the top.
    pub inputs: Vec<StackItem>,
    /// From the deepest to the top.
    pub outputs: Vec<StackItem>,
}

/// A Rust body and where it starts.
#[derive(Clone, Debug)]
pub struct Body {
    /// Text between the braces.
    pub text: String,
    /// Line of the first character of `text` in the `.in` file.
    pub line: usize,
}

/// One term of `inst NAME = A + unused/3 + B`.
#[derive(Clone, Debug)]
pub enum Part {
    /// An op by name, with its argument where the sum narrows it: `OP(oparg >> 4)`.
    Op(String, Option<String>),
    /// Cache units no op of the sum reads.
    Cache(Cache),
}

/// How a pseudo instruction is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// By one of its targets.
    One,
    /// By all of them in sequence.
    Sequence,
}

/// What follows the name.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A micro-op.
    Op(Effect, Body),
    /// An instruction of its own; the loop has no body for it while it is `None`.
    Inst(Effect, Option<Body>),
    /// An instruction composed of ops.
    Sum(Vec<Part>),
    /// A base instruction's cache layout and specialisations.
    Family(Vec<Cache>, Vec<String>),
    /// An instruction that only the compiler sees.
    Pseudo(Effect, Replacement, Vec<String>),
}

/// One declaration.
#[derive(Clone, Debug)]
pub struct Item {
    /// Name as CPython spells it (ops: without the leading underscore).
    pub name: String,
    /// Doc comment, without its slashes.
    pub doc: String,
    /// `#[number(n)]`.
    pub number: Option<u16>,
    /// `#[flags(…)]`.
    pub flags: Vec<String>,
    /// `#[caches(…)]` of an instruction outside any family.
    pub caches: Vec<Cache>,
    /// `#[release(bottom_first)]`: the deepest input is released first, where CPython has put the
    /// output in its place already. The rest goes from the top.
    pub bottom_first: bool,
    /// Everything else.
    pub kind: Kind,
    /// File name, e.g. `bool.in`.
    pub file: String,
    /// Line of the declaration.
    pub line: usize,
}

/// Reads every `.in` file of `folder` in name order.
pub fn read_folder(folder: &Path) -> Result<Vec<Item>, String> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "in"))
        .collect();
    paths.sort();
    let mut items = Vec::new();
    for path in paths {
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        items.extend(parse(&name, &text)?);
    }
    Ok(items)
}

/// Parses one file.
pub fn parse(file: &str, text: &str) -> Result<Vec<Item>, String> {
    let mut parser = Parser { file, text, pos: 0 };
    let mut items = Vec::new();
    while let Some(item) = parser.item()? {
        items.push(item);
    }
    Ok(items)
}

struct Parser<'t> {
    file: &'t str,
    text: &'t str,
    pos: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.pos..]
    }

    fn line(&self) -> usize {
        self.text[..self.pos].matches('\n').count() + 1
    }

    fn error<T>(&self, message: impl std::fmt::Display) -> Result<T, String> {
        Err(format!("{}:{}: {message}", self.file, self.line()))
    }

    fn skip_space(&mut self) {
        loop {
            let trimmed = self.rest().trim_start();
            self.pos = self.text.len() - trimmed.len();
            let comment = trimmed.starts_with("//")
                && (!trimmed.starts_with("///") || trimmed.starts_with("////"));
            if !comment {
                return;
            }
            self.pos += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(token);
        if found {
            self.pos += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.eat(token) { Ok(()) } else { self.error(format_args!("expected `{token}`")) }
    }

    fn ident(&mut self) -> Result<String, String> {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end == 0 {
            return self.error("expected a name");
        }
        self.pos += end;
        Ok(rest[..end].to_owned())
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, String> {
        let text = self.ident()?;
        text.parse().or_else(|_| self.error(format_args!("`{text}` is not a number")))
    }

    /// Text up to the bracket that closes an already opened one; the bracket is consumed.
    fn until_close(&mut self, open: u8, close: u8) -> Result<&'t str, String> {
        let bytes = self.text.as_bytes();
        let start = self.pos;
        let mut depth = 1;
        let mut at = start;
        while at < bytes.len() {
            match bytes[at] {
                b'"' => {
                    at += 1;
                    while at < bytes.len() && bytes[at] != b'"' {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                }
                // A character literal; a lifetime has no closing quote two bytes on.
                b'\'' if bytes.get(at + 2) == Some(&b'\'') => at += 2,
                b'\'' if bytes.get(at + 1) == Some(&b'\\') => at += 3,
                b'/' if bytes.get(at + 1) == Some(&b'/') => {
                    while at < bytes.len() && bytes[at] != b'\n' {
                        at += 1;
                    }
                }
                b if b == open => depth += 1,
                b if b == close => {
                    depth -= 1;
                    if depth == 0 {
                        self.pos = at + 1;
                        return Ok(&self.text[start..at]);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.error("unclosed bracket")
    }

    fn item(&mut self) -> Result<Option<Item>, String> {
        let mut doc = Vec::new();
        while {
            self.skip_space();
            self.rest().starts_with("///")
        } {
            let rest = self.rest();
            let end = rest.find('\n').unwrap_or(rest.len());
            doc.push(rest[3..end].trim().to_owned());
            self.pos += end;
        }
        if self.rest().is_empty() {
            return if doc.is_empty() { Ok(None) } else { self.error("a comment without an item") };
        }
        let mut item = Item {
            name: String::new(),
            doc: doc.join(" "),
            number: None,
            flags: Vec::new(),
            caches: Vec::new(),
            bottom_first: false,
            kind: Kind::Sum(Vec::new()),
            file: self.file.to_owned(),
            line: 0,
        };
        if self.eat("#[") {
            self.attributes(&mut item)?;
        }
        self.skip_space();
        item.line = self.line();
        let keyword = self.ident()?;
        item.name = self.ident()?;
        item.kind = match keyword.as_str() {
            "op" => {
                let effect = self.effect()?;
                self.expect("{")?;
                Kind::Op(effect, self.body()?)
            }
            "inst" if self.eat("=") => Kind::Sum(self.sum()?),
            "inst" => {
                let effect = self.effect()?;
                if self.eat(";") {
                    Kind::Inst(effect, None)
                } else {
                    self.expect("{")?;
                    Kind::Inst(effect, Some(self.body()?))
                }
            }
            "family" => {
                let caches = if self.eat("(") { self.caches()? } else { Vec::new() };
                self.expect("=")?;
                self.expect("{")?;
                let members = self.names("}")?;
                self.expect(";")?;
                Kind::Family(caches, members)
            }
            "pseudo" => {
                let effect = self.effect()?;
                self.expect("=")?;
                let (kind, close) = if self.eat("[") {
                    (Replacement::Sequence, "]")
                } else {
                    self.expect("{")?;
                    (Replacement::One, "}")
                };
                let targets = self.names(close)?;
                self.expect(";")?;
                Kind::Pseudo(effect, kind, targets)
            }
            other => return self.error(format_args!("unknown keyword `{other}`")),
        };
        Ok(Some(item))
    }

    fn attributes(&mut self, item: &mut Item) -> Result<(), String> {
        loop {
            let name = self.ident()?;
            self.expect("(")?;
            match name.as_str() {
                "number" => {
                    item.number = Some(self.number()?);
                    self.expect(")")?;
                }
                "flags" => item.flags = self.names(")")?,
                "release" => {
                    let order = self.ident()?;
                    if order != "bottom_first" {
                        return self.error(format_args!("unknown order `{order}`"));
                    }
                    item.bottom_first = true;
                    self.expect(")")?;
                }
                "caches" => item.caches = self.caches()?,
                other => return self.error(format_args!("unknown attribute `{other}`")),
            }
            if self.eat("]") {
                return Ok(());
            }
            self.expect(",")?;
        }
    }

    /// `a, b, c` with an optional trailing comma, up to `close`.
    fn names(&mut self, close: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        while !self.eat(close) {
            names.push(self.ident()?);
            if !self.eat(",") {
                self.expect(close)?;
                break;
            }
        }
        Ok(names)
    }

    /// `counter/1 + version/2)`
    fn caches(&mut self) -> Result<Vec<Cache>, String> {
        let mut caches = Vec::new();
        loop {
            let name = self.ident()?;
            self.expect("/")?;
            caches.push(Cache { name, size: self.number()? });
            if self.eat(")") {
                return Ok(caches);
            }
            self.expect("+")?;
        }
    }

    fn sum(&mut self) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        loop {
            let name = self.ident()?;
            if self.eat("/") {
                parts.push(Part::Cache(Cache { name, size: self.number()? }));
            } else if self.eat("(") {
                let oparg = self.until_close(b'(', b')')?.trim().to_owned();
                parts.push(Part::Op(name, Some(oparg)));
            } else {
                parts.push(Part::Op(name, None));
            }
            if self.eat(";") {
                return Ok(parts);
            }
            self.expect("+")?;
        }
    }

    fn effect(&mut self) -> Result<Effect, String> {
        self.expect("(")?;
        let mut effect = Effect::default();
        let mut outputs = false;
        loop {
            if self.eat("--") {
                outputs = true;
            }
            if self.eat(")") {
                break;
            }
            let name = self.ident()?;
            if self.eat("/") {
                let size = self.number()?;
                effect.caches.push(Cache { name, size });
            } else {
                let size = if self.eat("[") {
                    Some(self.until_close(b'[', b']')?.trim().to_owned())
                } else {
                    None
                };
                let list = if outputs { &mut effect.outputs } else { &mut effect.inputs };
                list.push(StackItem { name, size });
            }
            self.eat(",");
        }
        if !outputs {
            return self.error("a stack effect needs `--`");
        }
        Ok(effect)
    }

    fn body(&mut self) -> Result<Body, String> {
        let line = self.line();
        let text = self.until_close(b'{', b'}')?.to_owned();
        Ok(Body { text, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each() {
        let text = "//! File.\n\n/// Doc.\n#[number(7), flags(arg, error)]\n\
                    inst A(args[oparg], top -- r, null[oparg & 1]) { r = \"}\"; }\n\
                    op B(v/2, x -- x) { deopt_if!(x != '}'); }\n\
                    inst C = B + unused/3 + D(oparg >> 4);\n\
                    family A(counter/1 + v/2) = { C, };\npseudo P(--) = { A, C };\n\
                    pseudo Q(c -- c) = [A, C];\n";
        let items = parse("x.in", text).expect("parses");
        assert_eq!(items.len(), 6);
        assert_eq!(items[0].doc, "Doc.");
        assert_eq!(items[0].number, Some(7));
        assert_eq!(items[0].flags, ["arg", "error"]);
        let Kind::Inst(effect, Some(body)) = &items[0].kind else { panic!("inst") };
        assert_eq!(effect.inputs[0].size.as_deref(), Some("oparg"));
        assert_eq!(effect.outputs[1].size.as_deref(), Some("oparg & 1"));
        assert_eq!(body.text.trim(), "r = \"}\";");
        assert_eq!(body.line, 5);
        let Kind::Op(effect, _) = &items[1].kind else { panic!("op") };
        assert_eq!(effect.caches, [Cache { name: "v".into(), size: 2 }]);
        let Kind::Sum(parts) = &items[2].kind else { panic!("sum") };
        assert_eq!(parts.len(), 3);
        assert!(
            matches!(&items[5].kind, Kind::Pseudo(_, Replacement::Sequence, t) if t.len() == 2)
        );
    }

    #[test]
    fn errors_name_the_line() {
        for (text, message) in [
            ("inst A(x) {}", "x.in:1: a stack effect needs `--`"),
            ("\ninst A(--) {", "x.in:2: unclosed bracket"),
            ("macro A;", "x.in:1: unknown keyword `macro`"),
            ("#[size(1)] inst A(--);", "x.in:1: unknown attribute `size`"),
        ] {
            assert_eq!(parse("x.in", text).unwrap_err(), message);
        }
    }
}
