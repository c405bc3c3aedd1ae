//! The grammar as data: rules, alternatives, items, and the types of their values.

use std::collections::HashMap;

/// What an item matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A token class or a rule.
    Name(String),
    /// A keyword or an operator: `'if'`, `'+'`.
    Literal(String),
    /// A name with a meaning in this place: `"match"`.
    Soft(String),
    /// `(a | b)`
    Group(Vec<Alternative>),
    /// `[a]`, `a?`
    Optional(Box<Node>),
    /// `a*`, `a+`
    Repeat { node: Box<Node>, at_least_one: bool },
    /// `','.a+`
    Gather { separator: Box<Node>, node: Box<Node> },
    /// `&a`, `!a`
    Lookahead { node: Box<Node>, positive: bool },
    /// `&&a`
    Forced(Box<Node>),
    /// `~`
    Cut,
}

/// `name=node`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Item {
    pub name: Option<String>,
    pub node: Node,
}

/// What is done when all items have matched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    pub code: String,
    /// Written `{? … }`: it may fail.
    pub fallible: bool,
}

/// One way to match a rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alternative {
    pub items: Vec<Item>,
    pub action: Option<Action>,
}

/// A named rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    pub ty: Type,
    pub memo: bool,
    pub alternatives: Vec<Alternative>,
    /// Index of the file it comes from.
    pub file: usize,
}

/// Type of a value: a name of the table in `emit`, how many lists deep.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Type {
    pub base: String,
    pub lists: usize,
    pub optional: bool,
}

impl Type {
    pub fn plain(base: &str) -> Self {
        Self { base: base.to_owned(), lists: 0, optional: false }
    }

    pub fn unit() -> Self {
        Self::plain("unit")
    }

    pub fn list(mut self) -> Self {
        self.lists += 1;
        self
    }

    pub fn parse(text: &str) -> Self {
        let base = text.trim_end_matches('*');
        Self { base: base.to_owned(), lists: text.len() - base.len(), optional: false }
    }
}

/// All rules, tokens and keywords.
pub struct Grammar {
    pub rules: Vec<Rule>,
    pub by_name: HashMap<String, usize>,
    /// Name and number of every token class.
    pub tokens: Vec<(String, u8)>,
    /// Text of every operator, and its token class.
    pub operators: HashMap<String, String>,
    /// Keywords, sorted, and their numbers.
    pub keywords: Vec<(String, u8)>,
    /// Soft keywords, sorted.
    pub soft_keywords: Vec<String>,
}

impl Grammar {
    pub fn new(rules: Vec<Rule>, tokens_in: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut operators = HashMap::new();
        for line in tokens_in.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let mut words = line.split_whitespace();
            let name = words.next().ok_or("a token without a name")?.to_owned();
            if let Some(text) = words.nth(1) {
                operators.insert(text.to_owned(), name.clone());
            }
            let number = u8::try_from(tokens.len()).map_err(|_| "too many tokens")?;
            tokens.push((name, number));
        }
        let mut by_name = HashMap::new();
        for (index, rule) in rules.iter().enumerate() {
            if by_name.insert(rule.name.clone(), index).is_some() {
                return Err(format!("rule {} is declared twice", rule.name));
            }
        }
        let mut hard = Vec::new();
        let mut soft = Vec::new();
        for rule in &rules {
            for alternative in &rule.alternatives {
                collect_words(alternative, &mut hard, &mut soft);
            }
        }
        hard.sort();
        hard.dedup();
        soft.sort();
        soft.dedup();
        let first = u8::try_from(tokens.len()).map_err(|_| "too many tokens")?;
        let keywords: Vec<_> = hard.into_iter().zip(first..).collect();
        if usize::from(first) + keywords.len() > 128 {
            return Err("a set of tokens no longer fits 128 bits".to_owned());
        }
        Ok(Self { rules, by_name, tokens, operators, keywords, soft_keywords: soft })
    }

    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.by_name.get(name).map(|&index| &self.rules[index])
    }

    /// Constant and number of a keyword or operator.
    pub fn literal(&self, text: &str) -> Result<(String, u8), String> {
        if let Some((_, number)) = self.keywords.iter().find(|(word, _)| word == text) {
            return Ok((format!("KW_{}", text.to_uppercase()), *number));
        }
        let name = self.operators.get(text).ok_or(format!("no token reads {text:?}"))?;
        Ok((name.clone(), self.token(name).expect("it is in the table")))
    }

    pub fn token(&self, name: &str) -> Option<u8> {
        self.tokens.iter().find(|(known, _)| known == name).map(|(_, number)| *number)
    }

    /// Type of the value of a node; `None` for one that has no value.
    pub fn type_of(&self, node: &Node) -> Result<Option<Type>, String> {
        Ok(Some(match node {
            Node::Name(name) => match name.as_str() {
                "NAME" | "NUMBER" | "SOFT_KEYWORD" => Type::plain("expr"),
                _ if self.token(name).is_some() => Type::plain("token"),
                _ => self.rule(name).ok_or(format!("no rule is named {name}"))?.ty.clone(),
            },
            Node::Literal(_) => Type::plain("token"),
            Node::Soft(_) => Type::plain("expr"),
            Node::Group(alternatives) => self.type_of_group(alternatives)?,
            Node::Optional(inner) => {
                let mut ty = self.type_of(inner)?.ok_or("an optional lookahead")?;
                ty.optional = true;
                ty
            }
            Node::Repeat { node, .. } | Node::Gather { node, .. } => {
                self.type_of(node)?.ok_or("a repeated lookahead")?.list()
            }
            Node::Lookahead { .. } | Node::Cut => return Ok(None),
            Node::Forced(inner) => return self.type_of(inner),
        }))
    }

    pub fn type_of_group(&self, alternatives: &[Alternative]) -> Result<Type, String> {
        let mut common: Option<Type> = None;
        for alternative in alternatives {
            let ty = self.type_of_alternative(alternative)?;
            match &common {
                None => common = Some(ty),
                Some(known) if *known == ty => {}
                Some(_) => return Ok(Type::unit()),
            }
        }
        common.ok_or_else(|| "an empty group".to_owned())
    }

    fn type_of_alternative(&self, alternative: &Alternative) -> Result<Type, String> {
        if let Some(action) = &alternative.action {
            for item in &alternative.items {
                if item.name.as_deref() == Some(action.code.as_str()) {
                    return Ok(self.type_of(&item.node)?.ok_or("a named lookahead")?);
                }
            }
            return Err(format!("give the group with {{ {} }} a rule of its own", action.code));
        }
        Ok(match self.only_value(alternative)? {
            Some((_, ty)) => ty,
            None => Type::unit(),
        })
    }

    /// The one item with a value, if there is exactly one.
    pub fn only_value(&self, alternative: &Alternative) -> Result<Option<(usize, Type)>, String> {
        let mut found = None;
        for (index, item) in alternative.items.iter().enumerate() {
            if matches!(item.node, Node::Cut) {
                return Ok(None);
            }
            if let Some(ty) = self.type_of(&item.node)? {
                if found.is_some() {
                    return Ok(None);
                }
                found = Some((index, ty));
            }
        }
        Ok(found)
    }
}

fn collect_words(alternative: &Alternative, hard: &mut Vec<String>, soft: &mut Vec<String>) {
    fn node(n: &Node, hard: &mut Vec<String>, soft: &mut Vec<String>) {
        match n {
            Node::Literal(text) if text.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                hard.push(text.clone());
            }
            Node::Soft(text) => soft.push(text.clone()),
            Node::Group(alternatives) => {
                for alternative in alternatives {
                    collect_words(alternative, hard, soft);
                }
            }
            Node::Optional(inner) | Node::Forced(inner) => node(inner, hard, soft),
            Node::Repeat { node: inner, .. } | Node::Lookahead { node: inner, .. } => {
                node(inner, hard, soft);
            }
            Node::Gather { separator, node: inner } => {
                node(separator, hard, soft);
                node(inner, hard, soft);
            }
            Node::Name(_) | Node::Literal(_) | Node::Cut => {}
        }
    }
    for item in &alternative.items {
        node(&item.node, hard, soft);
    }
}
