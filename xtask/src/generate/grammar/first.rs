//! Which tokens can begin what: the sets by which the generated code skips alternatives.

use std::collections::HashMap;

use super::model::{Alternative, Grammar, Item, Node};

/// A set of tokens, and whether nothing at all matches too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct First {
    pub tokens: u128,
    pub nullable: bool,
}

/// The first tokens of every rule, without alternatives that only the second pass tries.
pub struct Firsts<'g> {
    grammar: &'g Grammar,
    rules: HashMap<&'g str, First>,
}

impl<'g> Firsts<'g> {
    pub fn new(grammar: &'g Grammar) -> Result<Self, String> {
        let mut firsts = Self { grammar, rules: HashMap::new() };
        for rule in &grammar.rules {
            firsts.rules.insert(&rule.name, First::default());
        }
        loop {
            let mut changed = false;
            for rule in &grammar.rules {
                let mut first = First::default();
                for alternative in &rule.alternatives {
                    if !second_pass_only(alternative) {
                        let one = firsts.alternative(alternative)?;
                        first.tokens |= one.tokens;
                        first.nullable |= one.nullable;
                    }
                }
                changed |= firsts.rules.insert(&rule.name, first) != Some(first);
            }
            if !changed {
                return Ok(firsts);
            }
        }
    }

    pub fn alternative(&self, alternative: &Alternative) -> Result<First, String> {
        self.items(&alternative.items)
    }

    pub fn items(&self, items: &[Item]) -> Result<First, String> {
        let mut allowed = u128::MAX;
        let mut tokens = 0;
        for item in items {
            match &item.node {
                // Only what stands before the first token restricts that token.
                Node::Lookahead { node, positive: true } => {
                    let first = self.node(node)?;
                    if !first.nullable && tokens == 0 {
                        allowed &= first.tokens;
                    }
                }
                Node::Lookahead { .. } | Node::Cut => {}
                node => {
                    let first = self.node(node)?;
                    tokens |= first.tokens;
                    if !first.nullable {
                        return Ok(First { tokens: tokens & allowed, nullable: false });
                    }
                }
            }
        }
        Ok(First { tokens: tokens & allowed, nullable: true })
    }

    pub fn node(&self, node: &Node) -> Result<First, String> {
        let token = |number: u8| First { tokens: 1 << number, nullable: false };
        Ok(match node {
            Node::Name(name) if name == "SOFT_KEYWORD" => token(self.number("NAME")?),
            Node::Name(name) => match self.grammar.token(name) {
                Some(number) => token(number),
                None => *self.rules.get(name.as_str()).ok_or(format!("no rule is named {name}"))?,
            },
            Node::Literal(text) => token(self.grammar.literal(text)?.1),
            Node::Soft(_) => token(self.number("NAME")?),
            Node::Group(alternatives) => {
                let mut first = First::default();
                for alternative in alternatives {
                    let one = self.alternative(alternative)?;
                    first.tokens |= one.tokens;
                    first.nullable |= one.nullable;
                }
                first
            }
            Node::Optional(inner) | Node::Repeat { node: inner, at_least_one: false } => {
                First { nullable: true, ..self.node(inner)? }
            }
            Node::Repeat { node: inner, .. } | Node::Gather { node: inner, .. } => {
                self.node(inner)?
            }
            // A forced token raises where it is missing: every token leads somewhere.
            Node::Forced(_) => First { tokens: u128::MAX, nullable: false },
            Node::Lookahead { .. } | Node::Cut => First { tokens: 0, nullable: true },
        })
    }

    fn number(&self, token: &str) -> Result<u8, String> {
        self.grammar.token(token).ok_or(format!("no token {token}"))
    }
}

/// An alternative of one `invalid_…` rule is tried only in the second pass.
pub fn second_pass_only(alternative: &Alternative) -> bool {
    matches!(alternative.items.as_slice(),
        [Item { name: None, node: Node::Name(name) }] if name.starts_with("invalid_"))
}
