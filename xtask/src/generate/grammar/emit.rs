//! Writes the Rust of one grammar file, and the tables all of them share.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;

use super::first::{First, Firsts, second_pass_only};
use super::model::{Alternative, Grammar, Item, Node, Rule, Type};
use crate::generate::PREAMBLE;

/// Grammar type, Rust type of a value, Rust type of a list's item; a node is a reference by
/// itself and lies in a list by value.
const TYPES: &[(&str, &str, &str)] = &[
    ("unit", "()", "()"),
    ("token", "Tok", "Tok"),
    ("mod", "&'a Mod<'a>", "Mod<'a>"),
    ("stmt", "&'a Stmt<'a>", "Stmt<'a>"),
    ("expr", "&'a Expr<'a>", "Expr<'a>"),
    ("pattern", "&'a Pattern<'a>", "Pattern<'a>"),
    ("arguments", "&'a Arguments<'a>", "Arguments<'a>"),
    ("arg", "&'a Arg<'a>", "Arg<'a>"),
    ("alias", "&'a Alias", "Alias"),
    ("keyword", "&'a Keyword<'a>", "Keyword<'a>"),
    ("withitem", "&'a WithItem<'a>", "WithItem<'a>"),
    ("excepthandler", "&'a ExceptHandler<'a>", "ExceptHandler<'a>"),
    ("match_case", "&'a MatchCase<'a>", "MatchCase<'a>"),
    ("type_param", "&'a TypeParam<'a>", "TypeParam<'a>"),
    ("comprehension", "&'a Comprehension<'a>", "Comprehension<'a>"),
    ("operator", "Operator", "Operator"),
    ("cmp_pair", "CmpPair<'a>", "CmpPair<'a>"),
    ("key_value", "KeyValue<'a>", "KeyValue<'a>"),
    ("key_pattern", "KeyPattern<'a>", "KeyPattern<'a>"),
    ("name_default", "NameDefault<'a>", "NameDefault<'a>"),
    ("slash_with_default", "SlashWithDefault<'a>", "SlashWithDefault<'a>"),
    ("star_etc", "StarEtc<'a>", "StarEtc<'a>"),
    ("keyword_or_starred", "KeywordOrStarred<'a>", "KeywordOrStarred<'a>"),
    ("format_part", "FormatPart<'a>", "FormatPart<'a>"),
];

fn rust_type(ty: &Type) -> Result<String, String> {
    let (_, value, item) = TYPES
        .iter()
        .find(|(name, ..)| *name == ty.base)
        .ok_or(format!("no type is named {}", ty.base))?;
    let mut text = if ty.lists == 0 { (*value).to_owned() } else { (*item).to_owned() };
    for _ in 0..ty.lists {
        text = format!("&'a [{text}]");
    }
    if ty.optional {
        text = format!("Option<{text}>");
    }
    Ok(text)
}

/// Whether a list holds what the value refers to.
fn by_value_in_list(ty: &Type) -> bool {
    ty.lists == 0 && TYPES.iter().any(|(n, v, i)| *n == ty.base && v != i)
}

/// The rules of one file.
pub fn file(grammar: &Grammar, file: usize) -> Result<String, String> {
    let firsts = Firsts::new(grammar)?;
    let mut emitter = Emitter {
        grammar,
        firsts,
        out: String::new(),
        helpers: HashMap::new(),
        pending: VecDeque::new(),
        rule: String::new(),
        counter: 0,
    };
    let out = &mut emitter.out;
    out.push_str(PREAMBLE);
    out.push_str("//! Rules of the grammar.\n\n#![allow(clippy::all, unused_imports)]\n\n");
    out.push_str("use super::super::actions::*;\nuse super::super::build::*;\n");
    out.push_str("use super::super::state::*;\nuse super::*;\nuse crate::ast::*;\n\n");
    for rule in grammar.rules.iter().filter(|rule| rule.file == file) {
        emitter.rule.clone_from(&rule.name);
        emitter.counter = 0;
        emitter.rule(rule).map_err(|e| format!("{}: {e}", rule.name))?;
        while let Some((name, helper)) = emitter.pending.pop_front() {
            emitter.helper(&name, &helper).map_err(|e| format!("{}: {e}", rule.name))?;
        }
    }
    Ok(emitter.out)
}

/// Numbers of tokens and remembered rules, keywords, and the module's parts.
pub fn tables(grammar: &Grammar, files: &[&str]) -> String {
    let mut out = PREAMBLE.to_owned();
    out.push_str("//! The parser's rules, and the tables they share.\n\n");
    for file in files {
        let _ = writeln!(out, "mod {file};");
    }
    out.push('\n');
    for file in files {
        let _ = writeln!(out, "pub(super) use {file}::*;");
    }
    out.push_str("\n/// Token classes and keywords as the parser numbers them.\n");
    out.push_str("#[allow(dead_code)]\npub(super) mod kind {\n");
    for (name, number) in &grammar.tokens {
        let _ = writeln!(out, "pub const {name}: u8 = {number};");
    }
    for (word, number) in &grammar.keywords {
        let _ = writeln!(out, "pub const KW_{}: u8 = {number};", word.to_uppercase());
    }
    out.push_str("}\n\n/// Rules whose results are remembered.\npub(super) mod memo {\n");
    let memos = grammar.rules.iter().filter(|rule| remembers(grammar, rule));
    for (number, rule) in memos.enumerate() {
        let _ = writeln!(out, "pub const {}: u8 = {number};", rule.name.to_uppercase());
    }
    out.push_str("}\n\n/// The number of a word: its keyword's, or that of NAME.\n");
    out.push_str("pub(super) fn word_kind(word: &[u8]) -> u8 {\n");
    out.push_str("if !matches!(word.len(), 2..=8) { return kind::NAME; }\nmatch word {\n");
    for (word, _) in &grammar.keywords {
        let _ = writeln!(out, "b\"{word}\" => kind::KW_{},", word.to_uppercase());
    }
    out.push_str("_ => kind::NAME,\n}\n}\n\n/// The keyword of a number, for messages.\n");
    out.push_str("pub(super) const SOFT_KEYWORDS: &[&str] = &[");
    for word in &grammar.soft_keywords {
        let _ = write!(out, "\"{word}\",");
    }
    out.push_str("];\n");
    out.replace(
        "/// The keyword of a number, for messages.\n",
        "/// Words that are keywords in places.\n",
    )
}

fn remembers(grammar: &Grammar, rule: &Rule) -> bool {
    rule.memo || is_left_recursive(rule) || is_leader(grammar, rule)
}

/// Its own first item, directly.
fn is_left_recursive(rule: &Rule) -> bool {
    rule.alternatives.iter().any(|a| starts_with_itself(rule, a))
}

fn starts_with_itself(rule: &Rule, alternative: &Alternative) -> bool {
    matches!(&alternative.items[0].node, Node::Name(name) if *name == rule.name)
}

/// Its own first item through other rules, and the first of them by name.
fn is_leader(grammar: &Grammar, rule: &Rule) -> bool {
    fn leads_to<'g>(
        grammar: &'g Grammar,
        from: &'g Rule,
        goal: &str,
        seen: &mut Vec<&'g str>,
    ) -> bool {
        from.alternatives.iter().any(|alternative| {
            let Node::Name(name) = &alternative.items[0].node else { return false };
            if name == goal {
                return true;
            }
            let Some(next) = grammar.rule(name) else { return false };
            if next.name == from.name || seen.contains(&next.name.as_str()) {
                return false;
            }
            seen.push(&next.name);
            let found = leads_to(grammar, next, goal, seen);
            if !found {
                seen.pop();
            }
            found
        })
    }
    let mut seen = Vec::new();
    !is_left_recursive(rule)
        && leads_to(grammar, rule, &rule.name, &mut seen)
        && seen.iter().all(|other| rule.name.as_str() < *other)
}

struct Emitter<'g> {
    grammar: &'g Grammar,
    firsts: Firsts<'g>,
    out: String,
    /// Functions of nodes already written in this file.
    helpers: HashMap<Node, String>,
    pending: VecDeque<(String, Node)>,
    /// Rule being written, which names its helpers.
    rule: String,
    counter: usize,
}

impl Emitter<'_> {
    fn rule(&mut self, rule: &Rule) -> Result<(), String> {
        if is_left_recursive(rule) {
            return self.left_recursive(rule);
        }
        let ty = rust_type(&rule.ty)?;
        let name = &rule.name;
        if is_leader(self.grammar, rule) {
            let memo = name.to_uppercase();
            self.line(&format!("pub(in crate::parser) fn {name}_rule<'a>(p: &mut Parser<'a, '_>) -> Option<{ty}> {{"));
            self.line("if !p.enter() { return None; }");
            self.line(&format!("let result = p.grow(memo::{memo}, {name}_raw);"));
            self.line("p.level -= 1;\nresult\n}\n");
            self.line(&format!("fn {name}_raw<'a>(p: &mut Parser<'a, '_>) -> Option<{ty}> {{"));
        } else {
            self.line(&format!("pub(in crate::parser) fn {name}_rule<'a>(p: &mut Parser<'a, '_>) -> Option<{ty}> {{"));
        }
        self.line("if !p.enter() { return None; }");
        let quiet = name.ends_with("without_invalid");
        if quiet {
            self.line("let second_pass = std::mem::replace(&mut p.second_pass, false);");
        }
        let first = self.firsts.node(&Node::Name(name.clone()))?;
        self.head(first, rule.memo.then_some(name.as_str()), quiet);
        self.line("let mark = p.mark;\nlet result = 'rule: {");
        self.alternatives(&rule.alternatives, &rule.ty, first, "mark", 0)?;
        self.line("None\n};");
        if rule.memo {
            self.line(&format!("p.remember(mark, memo::{}, result);", name.to_uppercase()));
        }
        if quiet {
            self.line("p.second_pass = second_pass;");
        }
        self.line("p.level -= 1;\nresult\n}\n");
        Ok(())
    }

    /// Leaves at once where no alternative can begin, or where the result is known.
    fn head(&mut self, first: First, memo: Option<&str>, quiet: bool) {
        self.line("let next = p.next_set();");
        let restore = if quiet { "p.second_pass = second_pass;" } else { "" };
        if !first.nullable && first.tokens != u128::MAX {
            self.line(&format!(
                "if next & {:#x} == 0 {{ {restore} p.level -= 1; return None; }}",
                first.tokens
            ));
        }
        if let Some(name) = memo {
            self.line(&format!(
                "if let Some(known) = p.recall(memo::{}) {{ {restore} p.level -= 1; return known; }}",
                name.to_uppercase()
            ));
        }
    }

    /// `sum: sum '+' term | term`: the alternatives without itself give a seed, the others
    /// make it grow as long as they match.
    fn left_recursive(&mut self, rule: &Rule) -> Result<(), String> {
        let ty = rust_type(&rule.ty)?;
        let name = &rule.name;
        let first = self.firsts.node(&Node::Name(name.clone()))?;
        let (grow, seed): (Vec<_>, Vec<_>) =
            rule.alternatives.iter().cloned().partition(|a| starts_with_itself(rule, a));
        self.line(&format!(
            "pub(in crate::parser) fn {name}_rule<'a>(p: &mut Parser<'a, '_>) -> Option<{ty}> {{"
        ));
        self.line("if !p.enter() { return None; }");
        self.head(first, Some(name), false);
        self.line("if !p.enter() { p.level -= 1; return None; }");
        self.line("let mark = p.mark;\nlet mut result = 'rule: {");
        self.alternatives(&seed, &rule.ty, first, "mark", 0)?;
        self.line("None\n};");
        let mut rest = First::default();
        for alternative in &grow {
            rest.tokens |= self.firsts.items(&alternative.items[1..])?.tokens;
        }
        self.line("while let Some(seed) = result {");
        self.line("let next = p.next_set();");
        self.line(&format!("if next & {:#x} == 0 {{ break; }}", rest.tokens));
        self.line("let end = p.mark;\nlet grown = 'rule: {");
        self.alternatives(&grow, &rule.ty, rest, "end", 1)?;
        self.line("None\n};");
        self.line("if grown.is_none() { p.mark = end; break; }\nresult = grown;\n}");
        self.line("if p.failed { result = None; }");
        self.line(&format!("p.remember(mark, memo::{}, result);", name.to_uppercase()));
        self.line("p.level -= 2;\nresult\n}\n");
        Ok(())
    }

    fn alternatives(
        &mut self,
        alternatives: &[Alternative],
        ty: &Type,
        whole: First,
        reset: &str,
        skip: usize,
    ) -> Result<(), String> {
        for (index, alternative) in alternatives.iter().enumerate() {
            let guarded = second_pass_only(alternative);
            let first = self.firsts.items(&alternative.items[skip..])?;
            let same = first.tokens == whole.tokens && !whole.nullable;
            let test = if guarded {
                self.line("if p.second_pass {");
                true
            } else if !first.nullable && first.tokens != u128::MAX && !same {
                self.line(&format!("if next & {:#x} != 0 {{", first.tokens));
                true
            } else {
                false
            };
            let cut = alternative.items.iter().any(|item| item.node == Node::Cut);
            if cut {
                self.line("let mut cut = false;");
            }
            self.line("'alternative: {");
            self.items(alternative, ty, skip)?;
            self.result(alternative, ty)?;
            self.line(&format!("}}\np.mark = {reset};"));
            if cut {
                self.line("if cut { break 'rule None; }");
            }
            if index + 1 < alternatives.len() {
                self.line("if p.failed { break 'rule None; }");
            }
            if test {
                self.line("}");
            }
        }
        Ok(())
    }

    /// Matches items one after the other; leaves the alternative where one does not match.
    fn items(&mut self, alternative: &Alternative, ty: &Type, skip: usize) -> Result<(), String> {
        let code = alternative.action.as_ref().map(|a| a.code.as_str());
        let only = match code {
            Some(_) => None,
            None => self
                .grammar
                .only_value(alternative)?
                .filter(|(_, found)| found == ty && *ty != Type::unit())
                .map(|(index, _)| index),
        };
        for (index, item) in alternative.items.iter().enumerate() {
            let name = match (&item.name, code) {
                (Some(name), Some(code)) if mentions(code, name) => Some(name.as_str()),
                (_, None) if only == Some(index) => Some("value"),
                _ => None,
            };
            if index < skip {
                if let Some(name) = name {
                    self.line(&format!("let {name} = seed;"));
                }
                continue;
            }
            self.item(item, name)?;
        }
        Ok(())
    }

    fn item(&mut self, item: &Item, name: Option<&str>) -> Result<(), String> {
        match &item.node {
            Node::Cut => self.line("cut = true;"),
            Node::Lookahead { node, positive } => {
                let not = if *positive { "!" } else { "" };
                if let Some(set) = self.token_set(node)? {
                    self.line(&format!("if {not}p.at({set:#x}) {{ break 'alternative; }}"));
                } else {
                    let call = self.call(node)?;
                    self.line("let ahead = p.mark;");
                    self.line(&format!("let found = {call}.is_some();\np.mark = ahead;"));
                    self.line(&format!("if {not}found {{ break 'alternative; }}"));
                }
                if !positive {
                    self.line("if p.failed { break 'alternative; }");
                }
            }
            Node::Optional(inner) => {
                let call = self.call(inner)?;
                let bind = name.map_or("_", |name| name);
                self.line(&format!("let {bind} = {call};\nif p.failed {{ break 'alternative; }}"));
            }
            node => {
                let call = self.call(node)?;
                match name {
                    Some(name) => {
                        self.line(&format!(
                            "let Some({name}) = {call} else {{ break 'alternative; }};"
                        ));
                    }
                    None => self.line(&format!("if {call}.is_none() {{ break 'alternative; }}")),
                }
            }
        }
        Ok(())
    }

    fn result(&mut self, alternative: &Alternative, ty: &Type) -> Result<(), String> {
        if let Some(action) = &alternative.action {
            if mentions(&action.code, "range") {
                self.line("let range = p.range_from(mark);");
            }
            if action.fallible {
                self.line(&format!("break 'rule {};", action.code));
            } else {
                self.line(&format!("break 'rule Some({});", action.code));
            }
            return Ok(());
        }
        match self.grammar.only_value(alternative)? {
            _ if *ty == Type::unit() => self.line("break 'rule Some(());"),
            Some((_, found)) if found == *ty => self.line("break 'rule Some(value);"),
            // Only a rule for errors that raised none ends here; its tree is thrown away.
            _ => self.line("break 'rule Some(Dummy::dummy(p));"),
        }
        Ok(())
    }

    /// An expression that tries a node: an `Option` of its value.
    fn call(&mut self, node: &Node) -> Result<String, String> {
        Ok(match node {
            Node::Name(name) => match name.as_str() {
                "NAME" => "p.name_token()".to_owned(),
                "NUMBER" => "p.number_token()".to_owned(),
                "SOFT_KEYWORD" => "p.soft_keyword_token()".to_owned(),
                _ if self.grammar.token(name).is_some() => format!("p.expect(kind::{name})"),
                _ => format!("{name}_rule(p)"),
            },
            Node::Literal(text) => format!("p.expect(kind::{})", self.grammar.literal(text)?.0),
            Node::Soft(text) => format!("p.expect_soft(b\"{text}\")"),
            Node::Forced(inner) => {
                let Node::Literal(text) = &**inner else {
                    return Err("only an operator can be forced".to_owned());
                };
                format!("p.expect_forced(kind::{}, \"{text}\")", self.grammar.literal(text)?.0)
            }
            Node::Group(_) => match self.token_set(node)? {
                Some(set) => format!("p.expect_any({set:#x})"),
                None => self.helper_call(node),
            },
            Node::Repeat { .. } | Node::Gather { .. } => self.helper_call(node),
            Node::Optional(_) | Node::Lookahead { .. } | Node::Cut => {
                return Err(format!("{node:?} in an odd place"));
            }
        })
    }

    /// The tokens of a node that is one token, or a choice of some.
    fn token_set(&self, node: &Node) -> Result<Option<u128>, String> {
        Ok(match node {
            Node::Literal(text) => Some(1 << self.grammar.literal(text)?.1),
            Node::Name(name) if name == "SOFT_KEYWORD" => None,
            Node::Name(name) => self.grammar.token(name).map(|number| 1 << number),
            Node::Group(alternatives) => {
                let mut set = 0;
                for alternative in alternatives {
                    let [Item { name: None, node }] = alternative.items.as_slice() else {
                        return Ok(None);
                    };
                    // A name or number has an expression as its value, not a token.
                    let valued = matches!(node, Node::Name(n) if n == "NAME" || n == "NUMBER");
                    let (None, false) = (&alternative.action, valued) else { return Ok(None) };
                    let Some(one) = self.token_set(node)? else { return Ok(None) };
                    set |= one;
                }
                Some(set)
            }
            _ => None,
        })
    }

    fn helper_call(&mut self, node: &Node) -> String {
        if let Some(name) = self.helpers.get(node) {
            return format!("{name}(p)");
        }
        self.counter += 1;
        let name = format!("{}_{}", self.rule, self.counter);
        self.helpers.insert(node.clone(), name.clone());
        self.pending.push_back((name.clone(), node.clone()));
        format!("{name}(p)")
    }

    fn helper(&mut self, name: &str, node: &Node) -> Result<(), String> {
        let ty = self.grammar.type_of(node)?.ok_or("a helper without a value")?;
        let rust = rust_type(&ty)?;
        self.line(&format!("fn {name}<'a>(p: &mut Parser<'a, '_>) -> Option<{rust}> {{"));
        self.line("if !p.enter() { return None; }");
        match node {
            Node::Group(alternatives) => {
                let first = self.firsts.node(node)?;
                self.head(first, None, false);
                self.line("let mark = p.mark;\nlet result = 'rule: {");
                self.alternatives(alternatives, &ty, first, "mark", 0)?;
                self.line("None\n};\np.level -= 1;\nresult\n}\n");
            }
            Node::Repeat { node, at_least_one } => {
                let inner = self.grammar.type_of(node)?.ok_or("a repeated lookahead")?;
                let first = self.firsts.node(node)?;
                let call = self.call(node)?;
                let item = if by_value_in_list(&inner) { "*item" } else { "item" };
                if *at_least_one {
                    self.head(first, None, false);
                    self.line(&format!(
                        "let Some(item) = {call} else {{ p.level -= 1; return None; }};"
                    ));
                    self.line(&format!("if !p.may_begin({:#x}) {{ p.level -= 1; return p.unless_failed(p.arena.slice(&[{item}])); }}", first.tokens));
                    self.line(&format!("let mut items = vec![{item}];"));
                } else {
                    self.line(&format!(
                        "if !p.may_begin({:#x}) {{ p.level -= 1; return p.unless_failed(&[]); }}",
                        first.tokens
                    ));
                    self.line("let mut items = Vec::new();");
                }
                self.line(&format!("while p.may_begin({:#x}) {{", first.tokens));
                self.line(&format!(
                    "let mark = p.mark;\nlet Some(item) = {call} else {{ p.mark = mark; break; }};"
                ));
                self.line(&format!("items.push({item});\n}}"));
                self.line("p.level -= 1;\np.unless_failed(p.arena.slice(&items))\n}\n");
            }
            Node::Gather { separator, node } => {
                let inner = self.grammar.type_of(node)?.ok_or("a repeated lookahead")?;
                let Some(set) = self.token_set(separator)? else {
                    return Err("a separator is a token".to_owned());
                };
                let call = self.call(node)?;
                let item = if by_value_in_list(&inner) { "*item" } else { "item" };
                self.line(&format!(
                    "let Some(item) = {call} else {{ p.level -= 1; return None; }};"
                ));
                self.line(&format!("if !p.at({set:#x}) {{ p.level -= 1; return p.unless_failed(p.arena.slice(&[{item}])); }}"));
                self.line("if !p.enter() { p.level -= 1; return None; }");
                self.line(&format!("let mut items = vec![{item}];\nwhile p.at({set:#x}) {{"));
                self.line("let mark = p.mark;\np.mark += 1;");
                self.line(&format!("let Some(item) = {call} else {{ p.mark = mark; break; }};"));
                self.line(&format!("items.push({item});\n}}"));
                self.line("p.level -= 2;\np.unless_failed(p.arena.slice(&items))\n}\n");
            }
            _ => return Err(format!("{node:?} needs no function")),
        }
        Ok(())
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }
}

/// Whether Rust code uses an identifier.
fn mentions(code: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}
