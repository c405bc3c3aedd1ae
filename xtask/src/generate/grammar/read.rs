//! Reads the notation of `grammar/*.gram`.

use super::model::{Action, Alternative, Item, Node, Rule, Type};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    /// `'…'`
    Literal(String),
    /// `"…"`
    Soft(String),
    Mark(char),
    Forced,
    Action(Action),
    /// A name at the start of a line: a rule begins.
    Rule(String),
}

/// All rules of one file.
pub fn rules(text: &str, file: usize) -> Result<Vec<Rule>, String> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let mut rules = Vec::new();
    while let Some(token) = reader.next() {
        let Token::Rule(name) = token else { return Err(format!("no rule begins at {token:?}")) };
        rules.push(reader.rule(name.clone(), file).map_err(|e| format!("{name}: {e}"))?);
    }
    Ok(rules)
}

fn tokens(text: &str) -> Result<Vec<(Token, bool)>, String> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    // Whether blanks stood before a token tells `a[x]` (a type) from `a [x]` (an option).
    let mut spaced = true;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'\n' | b' ' => {
                at += 1;
                spaced = true;
                continue;
            }
            b'#' => {
                at = text[at..].find('\n').map_or(bytes.len(), |n| at + n);
                continue;
            }
            quote @ (b'\'' | b'"') => {
                at += 1 + text[at + 1..].find(char::from(quote)).ok_or("an open literal")?;
                let inner = text[start + 1..at].to_owned();
                at += 1;
                let token = if quote == b'"' { Token::Soft(inner) } else { Token::Literal(inner) };
                tokens.push((token, spaced));
            }
            b'{' => {
                at = action_end(bytes, at).ok_or("an open action")?;
                let inner = &text[start + 1..at];
                at += 1;
                let (fallible, code) = match inner.strip_prefix('?') {
                    Some(rest) => (true, rest),
                    None => (false, inner),
                };
                let code = code.trim().to_owned();
                tokens.push((Token::Action(Action { code, fallible }), spaced));
            }
            b'&' if bytes.get(at + 1) == Some(&b'&') => {
                at += 2;
                tokens.push((Token::Forced, spaced));
            }
            byte if byte.is_ascii_alphabetic() => {
                while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                    at += 1;
                }
                let name = text[start..at].to_owned();
                let line_start = start == 0 || bytes[start - 1] == b'\n';
                tokens
                    .push((if line_start { Token::Rule(name) } else { Token::Name(name) }, spaced));
            }
            byte => {
                at += 1;
                tokens.push((Token::Mark(char::from(byte)), spaced));
            }
        }
        spaced = false;
    }
    Ok(tokens)
}

/// Index of the brace that closes the one at `at`; string literals of Rust do not count.
fn action_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0;
    let mut quoted = false;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

struct Reader<'t> {
    tokens: &'t [(Token, bool)],
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&mut self) -> Option<&'t Token> {
        self.at += 1;
        self.tokens.get(self.at - 1).map(|(token, _)| token)
    }

    fn eat(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: char) -> Result<(), String> {
        if self.eat(mark) { Ok(()) } else { Err(format!("{mark} expected at {:?}", self.peek())) }
    }

    fn rule(&mut self, name: String, file: usize) -> Result<Rule, String> {
        let ty = if self.eat('[') { self.ty()? } else { Type::unit() };
        let memo = self.eat('(');
        if memo {
            if self.next() != Some(&Token::Name("memo".to_owned())) {
                return Err("(memo) expected".to_owned());
            }
            self.expect(')')?;
        }
        self.expect(':')?;
        let alternatives = self.alternatives()?;
        Ok(Rule { name, ty, memo, alternatives, file })
    }

    fn ty(&mut self) -> Result<Type, String> {
        let Some(Token::Name(base)) = self.next() else { return Err("a type expected".to_owned()) };
        let mut text = base.clone();
        while self.eat('*') {
            text.push('*');
        }
        self.expect(']')?;
        Ok(Type::parse(&text))
    }

    fn alternatives(&mut self) -> Result<Vec<Alternative>, String> {
        self.eat('|');
        let mut alternatives = vec![self.alternative()?];
        while self.eat('|') {
            alternatives.push(self.alternative()?);
        }
        Ok(alternatives)
    }

    fn alternative(&mut self) -> Result<Alternative, String> {
        let mut items = Vec::new();
        let mut action = None;
        loop {
            match self.peek() {
                None | Some(Token::Rule(_) | Token::Mark('|' | ')' | ']')) => break,
                Some(Token::Action(found)) => {
                    self.at += 1;
                    action = Some(found.clone());
                    break;
                }
                Some(_) => items.push(self.item()?),
            }
        }
        if items.is_empty() {
            Err("an empty alternative".to_owned())
        } else {
            Ok(Alternative { items, action })
        }
    }

    fn item(&mut self) -> Result<Item, String> {
        if let (Some(Token::Name(name)), Some((Token::Mark('='), _))) =
            (self.peek(), self.tokens.get(self.at + 1))
        {
            self.at += 2;
            return Ok(Item { name: Some(name.clone()), node: self.suffixed()? });
        }
        let node = match self.peek() {
            Some(Token::Mark('~')) => {
                self.at += 1;
                Node::Cut
            }
            Some(Token::Forced) => {
                self.at += 1;
                Node::Forced(Box::new(self.atom()?))
            }
            Some(Token::Mark(mark @ ('&' | '!'))) => {
                self.at += 1;
                Node::Lookahead { node: Box::new(self.atom()?), positive: *mark == '&' }
            }
            _ => self.suffixed()?,
        };
        Ok(Item { name: None, node })
    }

    fn suffixed(&mut self) -> Result<Node, String> {
        let node = self.atom()?;
        if self.eat('?') {
            return Ok(Node::Optional(Box::new(node)));
        }
        if self.eat('*') {
            return Ok(Node::Repeat { node: Box::new(node), at_least_one: false });
        }
        if self.eat('+') {
            return Ok(Node::Repeat { node: Box::new(node), at_least_one: true });
        }
        if self.eat('.') {
            let element = self.atom()?;
            self.expect('+')?;
            return Ok(Node::Gather { separator: Box::new(node), node: Box::new(element) });
        }
        Ok(node)
    }

    fn atom(&mut self) -> Result<Node, String> {
        Ok(match self.next() {
            Some(Token::Name(name)) => Node::Name(name.clone()),
            Some(Token::Literal(text)) => Node::Literal(text.clone()),
            Some(Token::Soft(text)) => Node::Soft(text.clone()),
            Some(Token::Mark('(')) => {
                let group = self.alternatives()?;
                self.expect(')')?;
                simplify(group)
            }
            Some(Token::Mark('[')) => {
                let group = self.alternatives()?;
                self.expect(']')?;
                Node::Optional(Box::new(simplify(group)))
            }
            other => return Err(format!("unexpected {other:?}")),
        })
    }
}

/// A group of one unnamed item is that item.
fn simplify(mut group: Vec<Alternative>) -> Node {
    if let [Alternative { items, action: None }] = group.as_mut_slice()
        && let [Item { name: None, .. }] = items.as_slice()
    {
        return items.remove(0).node;
    }
    Node::Group(group)
}
