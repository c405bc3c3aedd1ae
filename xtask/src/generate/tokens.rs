//! `tokens`: the kinds of tokens from `crates/gopy-syntax/tokens.in`.

use std::fmt::Write as _;
use std::path::Path;

use super::{Output, PREAMBLE};

const SOURCE: &str = "crates/gopy-syntax/tokens.in";

pub fn generate(root: &Path) -> Result<Vec<Output>, String> {
    let text = std::fs::read_to_string(root.join(SOURCE)).map_err(|e| format!("{SOURCE}: {e}"))?;
    let mut kinds = String::new();
    let mut names = String::new();
    let mut texts = String::new();
    let mut all = String::new();
    let mut count = 0;
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split(' ');
        let (Some(name), Some(rust)) = (words.next(), words.next()) else {
            return Err(format!("{SOURCE}: {line}"));
        };
        let word = words.next();
        let shown = word.map_or_else(|| name.to_owned(), |word| format!("{name}, `{word}`"));
        let _ = writeln!(kinds, "/// {shown}.\n{rust} = {count},");
        let _ = writeln!(names, "{name:?},");
        let _ = writeln!(texts, "{:?},", word.unwrap_or_default());
        let _ = writeln!(all, "TokenKind::{rust},");
        count += 1;
    }
    let out = format!(
        "{PREAMBLE}//! The kinds of tokens, from `tokens.in`.\n\n\
         /// Kind of a token; the discriminant is the number `Lib/token.py` gives it.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]\n#[repr(u8)]\n\
         pub enum TokenKind {{\n{kinds}}}\n\n\
         impl TokenKind {{\n\
         /// Every kind, by number.\n\
         pub const ALL: [TokenKind; {count}] = [{all}];\n\n\
         /// The name in `Lib/token.py`.\n\
         pub const fn name(self) -> &'static str {{ NAMES[self as usize] }}\n\n\
         /// The text of an operator or delimiter; empty for every other kind.\n\
         pub const fn text(self) -> &'static str {{ TEXTS[self as usize] }}\n}}\n\n\
         const NAMES: [&str; {count}] = [{names}];\n\n\
         const TEXTS: [&str; {count}] = [{texts}];\n"
    );
    Ok(vec![Output { path: "crates/gopy-syntax/src/lexer/kind.rs", text: out }])
}
