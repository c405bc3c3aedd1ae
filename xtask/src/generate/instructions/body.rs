//! Rewrites an instruction's body for its place in the loop.
//!
//! Answers to `generators_common.py` and `stack.py` of the cases generator. A body is Rust in which
//!
//! - inputs are `StackRef` locals (arrays: `&mut [StackRef]` on the stack itself), outputs are
//!   assigned: `result = …;` converts with `StackRef::from`;
//! - `expression?` goes to the error label with the live inputs still on the stack, where the
//!   unwinder releases them from the top;
//! - `input.steal()` and `close!(input)` end an input's life; what is alive at the end is released
//!   by the generated code;
//! - `drop!(value)` releases a stack value the body has taken from elsewhere;
//! - `specialize!(function(…))` runs the specialiser when the counter says so;
//! - `deopt_if!(condition);` continues at the family's base instruction;
//! - every call escapes, and has `ip` and `sp` stored before it, unless [`PURE`] names it;
//! - `jump_by!(units);`, `dispatch!();`, `error!(exception);` and the other control macros of
//!   [`control`] leave the straight line.

use std::collections::HashSet;

/// Calls that neither run Python code nor release an object. Methods by `.name`, functions by path.
const PURE: &[&str] = &[
    ".add",
    ".advance_counter",
    ".as_mut_ptr",
    ".as_object",
    ".borrow",
    ".bound_function",
    ".breaker",
    ".breaker_is_set",
    ".builtins",
    ".cast_exact",
    ".code",
    ".compact_value",
    ".constant",
    ".copy_free_vars",
    ".counter",
    ".dup",
    ".equals",
    ".first",
    ".function_code",
    ".get",
    ".globals",
    ".guard",
    ".has",
    ".has_room",
    ".heap_safe",
    ".ip",
    ".into",
    ".is",
    ".is_bool",
    ".is_compact",
    ".is_empty",
    ".is_entry",
    ".is_exact",
    ".is_false",
    ".is_immortal",
    ".is_instance",
    ".is_none",
    ".is_null",
    ".is_object",
    ".is_true",
    ".is_zero",
    ".len",
    ".local_name",
    ".locals",
    ".map",
    ".more",
    ".name",
    ".remaining",
    ".offset",
    ".opcode",
    ".owns",
    ".peek",
    ".pointer",
    ".save",
    ".set_op",
    ".set_return_offset",
    ".set_sp",
    ".skip",
    ".sp",
    ".stack_base",
    ".steal",
    ".sub",
    ".take",
    ".to_option",
    ".to_owned",
    ".triggers",
    ".type_",
    ".type_name",
    ".value",
    ".wrapping_add",
    ".wrapping_sub",
    "BinaryOpPair::from_cache",
    "Cell::new",
    "Float::new",
    "Int::from_i64",
    "MethodLookup::Unbound",
    "MethodLookup::Value",
    "Sent::Next",
    "Sent::Raised",
    "Sent::Return",
    "Some",
    "StackRef::borrow",
    "StackRef::from",
    "StackRef::from_bool",
    "StackRef::from_cache",
    "StackRef::from_option_or_none",
    "StackRef::immortal",
    "StackRef::new",
    "StackRef::none",
    "arith::add_compact",
    "arith::bitwise",
    "arith::compact",
    "arith::multiply_compact",
    "arith::new_float",
    "arith::new_int",
    "arith::replace_float",
    "arith::replace_int",
    "arith::reuse_float",
    "arith::reuse_int",
    "arith::small_index",
    "arith::subtract_compact",
    "attributes::can_store_inline",
    "attributes::dict_value",
    "attributes::has_hinted",
    "attributes::has_inline_values",
    "attributes::has_module_getattro",
    "attributes::has_no_dict_yet",
    "attributes::hinted_value",
    "attributes::inline_value",
    "attributes::keys_version",
    "attributes::mapping_value",
    "attributes::module_value",
    "attributes::shared_keys_version",
    "attributes::slot_value",
    "attributes::store_inline",
    "attributes::store_slot",
    "attributes::type_version",
    "calls::builtin_fast",
    "calls::builtin_keywords",
    "calls::builtin_one",
    "calls::cached_getitem",
    "calls::descriptor_fast",
    "calls::descriptor_keywords",
    "calls::descriptor_no_args",
    "calls::descriptor_one",
    "calls::has_version",
    "calls::is_builtin_class",
    "calls::is_cached",
    "calls::is_cached_builtin",
    "calls::is_python",
    "branch::after",
    "compare::operator",
    "compare::outcome",
    "compare::outcome_equal",
    "compare::outcome_float",
    "containers::ascii_char",
    "control::begin",
    "containers::list_item",
    "containers::list_push",
    "containers::list_replace",
    "containers::tuple_item",
    "generator::push_none",
    "names::common_constant",
    "none::none",
    "release_float",
    "release_int",
    "raise::Raised::Again",
    "raise::Raised::New",
    "raise::again",
    "raise::push_handled",
    "raise::restore_position",
    "small_int",
    "u32::from",
    "unpack::copy_list",
    "unpack::copy_tuple",
    "usize::from",
];

/// Words that a bracket may follow without being a call.
const KEYWORDS: &[&str] = &["if", "while", "match", "for", "in", "return", "let", "else", "loop"];

/// Control macros after which a block does not go on.
const LEAVING: &[&str] = &[
    "dispatch",
    "redispatch",
    "error",
    "reraise",
    "enter_frame",
    "return_value",
    "yield_value",
    "moved",
    "leave_loop",
];

/// What is known of the inputs in one block.
#[derive(Clone, Debug, Default)]
struct Scope {
    /// Certainly consumed.
    dead: HashSet<String>,
    /// Consumed on some of the paths that lead here.
    maybe: HashSet<String>,
    /// Consumed in an earlier branch of the statement that is still open.
    pending: HashSet<String>,
    /// The block is a match arm's.
    arm: bool,
    /// The block ends by leaving the straight line.
    diverges: bool,
}

impl Scope {
    fn nested(&self, arm: bool) -> Scope {
        Scope { dead: self.dead.clone(), maybe: self.maybe.clone(), arm, ..Scope::default() }
    }

    fn absorb(&mut self, inner: &Scope, more_branches: bool) {
        if !inner.diverges {
            let ended = inner.dead.iter().chain(&inner.maybe).chain(&inner.pending);
            self.pending.extend(ended.filter(|i| !self.dead.contains(*i)).cloned());
        }
        if !more_branches && !inner.arm {
            self.maybe.extend(self.pending.drain());
        }
    }
}

/// What the rewriter needs to know of the op around the body.
pub struct Context<'c> {
    /// Names of scalar and array inputs, from the deepest to the top.
    pub inputs: &'c [&'c str],
    /// Names of scalar outputs the body assigns.
    pub outputs: &'c [&'c str],
    /// The base instruction of the family, where there is one.
    pub base: Option<&'c str>,
    /// Statement that stores `ip` and the op's `sp` in the frame.
    pub save: &'c str,
    /// Given the inputs whose life has ended, statements that bring `sp` to the op's start.
    pub before_error: &'c dyn Fn(&HashSet<String>) -> String,
    /// Given an input, the statement that releases it.
    pub close: &'c dyn Fn(&str) -> String,
    /// Given an input, a pointer to where it lies (`None` for arrays).
    pub slot: &'c dyn Fn(&str) -> Option<String>,
    /// Given a local of the body, the statement that releases it.
    pub drop: &'c dyn Fn(&str) -> String,
}

/// The rewritten body and what was learnt on the way.
#[derive(Debug)]
pub struct Rewritten {
    /// Statements for the match arm.
    pub text: String,
    /// Inputs whose life the body ends itself.
    pub consumed: HashSet<String>,
    /// Whether any call escapes.
    pub escapes: bool,
    /// Whether it can go to the error label.
    pub errors: bool,
    /// Whether it can go to the base instruction.
    pub deopts: bool,
    /// Whether the end of the body is never reached.
    pub diverges: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ident,
    Literal,
    Space,
    Punct,
}

#[derive(Clone, Copy, Debug)]
struct Token<'t> {
    kind: Kind,
    text: &'t str,
}

/// Splits Rust source into tokens; comments count as space.
fn tokenize(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b if b.is_ascii_whitespace() => {
                while at < bytes.len() && bytes[at].is_ascii_whitespace() {
                    at += 1;
                }
                Kind::Space
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
                Kind::Space
            }
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
                Kind::Literal
            }
            b'\'' if bytes.get(at + 2) == Some(&b'\'') => {
                at += 3;
                Kind::Literal
            }
            b'\'' => {
                at += 1;
                while at < bytes.len() && word(bytes[at]) {
                    at += 1;
                }
                Kind::Literal
            }
            b if b.is_ascii_digit() => {
                while at < bytes.len() && word(bytes[at]) {
                    at += 1;
                }
                Kind::Literal
            }
            b if word(b) => {
                while at < bytes.len() && word(bytes[at]) {
                    at += 1;
                }
                Kind::Ident
            }
            _ => {
                let two = text.get(at..at + 2).unwrap_or("");
                let joined = ["::", "=>", "->", "==", "!=", "<=", ">=", "&&", "||"];
                at += if joined.contains(&two) { 2 } else { 1 };
                while !text.is_char_boundary(at) {
                    at += 1;
                }
                Kind::Punct
            }
        };
        tokens.push(Token { kind, text: &text[start..at.min(bytes.len())] });
    }
    tokens
}

/// Rewrites `text`. Errors are messages without a position.
pub fn rewrite(text: &str, context: &Context) -> Result<Rewritten, String> {
    let mut rewriter = Rewriter {
        context,
        tokens: tokenize(text),
        insert: Vec::new(),
        last_escape: None,
        out: Rewritten {
            text: String::new(),
            consumed: HashSet::new(),
            escapes: false,
            errors: false,
            deopts: false,
            diverges: false,
        },
    };
    rewriter.insert = vec![(String::new(), String::new()); rewriter.tokens.len() + 1];
    rewriter.pass()?;
    Ok(rewriter.finish())
}

struct Rewriter<'c, 't> {
    context: &'c Context<'c>,
    tokens: Vec<Token<'t>>,
    /// The last call that escapes.
    last_escape: Option<usize>,
    /// Text to put before each token, in two layers: statements, then expressions.
    insert: Vec<(String, String)>,
    out: Rewritten,
}

impl Rewriter<'_, '_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| t.text)
    }

    fn next(&self, mut at: usize) -> usize {
        at += 1;
        while self.tokens.get(at).is_some_and(|t| t.kind == Kind::Space) {
            at += 1;
        }
        at
    }

    fn previous(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|i| self.tokens[*i].kind != Kind::Space)
    }

    /// The token that closes the bracket at `open`.
    fn close_of(&self, open: usize) -> Result<usize, String> {
        let mut depth = 0usize;
        for at in open..self.tokens.len() {
            match self.text(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(at);
                    }
                }
                _ => {}
            }
        }
        Err("unbalanced brackets".to_owned())
    }

    fn open_of(&self, close: usize) -> Option<usize> {
        let mut depth = 0usize;
        for at in (0..=close).rev() {
            match self.text(at) {
                ")" | "]" | "}" => depth += 1,
                "(" | "[" | "{" => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn pass(&mut self) -> Result<(), String> {
        let escapes = |at: &usize| {
            let token = self.tokens[*at];
            token.kind == Kind::Ident && self.escapes(*at, token.text)
        };
        self.last_escape = (0..self.tokens.len()).rev().find(escapes);
        let mut scopes: Vec<Scope> = vec![Scope::default()];
        let mut at = 0;
        while at < self.tokens.len() {
            let token = self.tokens[at];
            match (token.kind, token.text) {
                (Kind::Punct, "{") => {
                    let arm = self.previous(at).is_some_and(|before| self.text(before) == "=>");
                    let inner = scopes.last().map(|outer| outer.nested(arm)).unwrap_or_default();
                    scopes.push(inner);
                }
                (Kind::Punct, "}") => {
                    let inner = scopes.pop().unwrap_or_default();
                    let Some(outer) = scopes.last_mut() else {
                        return Err("unbalanced brackets".to_owned());
                    };
                    outer.absorb(&inner, self.text(self.next(at)) == "else");
                }
                (Kind::Punct, "?") => {
                    let scope = scopes.last().cloned().unwrap_or_default();
                    if let Some(input) = scope.maybe.difference(&scope.dead).next() {
                        return Err(format!("`{input}` may be dead or alive at a `?`"));
                    }
                    self.question(at, &scope.dead)?;
                }
                (Kind::Ident, name) => {
                    let name = name.to_owned();
                    if let Some(input) = self.consumes(at, &name) {
                        self.steal_from_stack(at, &name)?;
                        if let Some(scope) = scopes.last_mut() {
                            scope.dead.insert(input.clone());
                        }
                        self.out.consumed.insert(input);
                    }
                    if self.text(self.next(at)) == "!" {
                        let dead = scopes.last().cloned().unwrap_or_default().dead;
                        self.control(at, &name, scopes.len() == 1, &dead)?;
                        if let Some(scope) = scopes.last_mut() {
                            scope.diverges |= LEAVING.contains(&name.as_str());
                        }
                    } else if self.context.outputs.contains(&name.as_str()) {
                        self.assignment(at);
                    }
                    if self.escapes(at, &name) {
                        self.out.escapes = true;
                        let start = self.statement_start(at)?;
                        self.save_before(start);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        Ok(())
    }

    fn save_before(&mut self, start: usize) {
        let slot = &mut self.insert[start].0;
        if !slot.ends_with(self.context.save) {
            slot.push_str(self.context.save);
        }
    }

    /// Where Python code may run afterwards, a stolen input leaves the stack at once: whoever
    /// looks at the frame must not see it twice, or dead.
    fn steal_from_stack(&mut self, at: usize, name: &str) -> Result<(), String> {
        let Some(slot) = (self.context.slot)(name).filter(|_| self.last_escape.is_some()) else {
            return Ok(());
        };
        let steal = self.next(self.next(at));
        if self.text(steal) == "steal" {
            let close = self.close_of(self.next(steal))?;
            self.blank(at, close);
            self.insert[at].1.push_str(&format!("steal_slot({slot})"));
        }
        Ok(())
    }

    /// The input that `input.steal()` or `close!(input)` at this identifier ends.
    fn consumes(&self, at: usize, name: &str) -> Option<String> {
        let dot = self.next(at);
        if self.context.inputs.contains(&name)
            && self.text(dot) == "."
            && self.text(self.next(dot)) == "steal"
        {
            return Some(name.to_owned());
        }
        if (name == "close" || name == "dead") && self.text(dot) == "!" {
            let input = self.text(self.next(self.next(dot)));
            return self.context.inputs.contains(&input).then(|| input.to_owned());
        }
        None
    }

    /// Whether the identifier is the name of a call that is not known to be harmless.
    fn escapes(&self, at: usize, name: &str) -> bool {
        let mut after = self.next(at);
        if self.text(after) == "::" && self.text(self.next(after)) == "<" {
            while after < self.tokens.len() && self.text(after) != ">" {
                after = self.next(after);
            }
            after = self.next(after);
        }
        if self.text(after) != "(" || KEYWORDS.contains(&name) {
            return false;
        }
        let mut path = name.to_owned();
        let mut from = at;
        while let Some(before) = self.previous(from) {
            match self.text(before) {
                "." => {
                    path.insert(0, '.');
                    break;
                }
                "::" => {
                    let Some(segment) = self.previous(before) else { break };
                    path = format!("{}::{path}", self.text(segment));
                    from = segment;
                }
                _ => break,
            }
        }
        !PURE.contains(&path.as_str())
    }

    /// The first token of the statement that contains `at`.
    fn statement_start(&self, at: usize) -> Result<usize, String> {
        let mut depth = 0usize;
        let mut start = 0;
        for i in (0..at).rev() {
            match self.text(i) {
                ")" | "]" => depth += 1,
                "}" if depth > 0 => depth += 1,
                "}" => {
                    // A closed block ends a statement unless an expression goes on after it.
                    let after = self.text(self.next(i));
                    if after == "else" || after == "." || after == "?" {
                        depth += 1;
                    } else {
                        start = i + 1;
                        break;
                    }
                }
                "(" | "[" => depth = depth.saturating_sub(1),
                "{" if depth > 0 => depth -= 1,
                "{" => {
                    start = i + 1;
                    break;
                }
                ";" if depth == 0 => {
                    start = i + 1;
                    break;
                }
                "=>" if depth == 0 => {
                    return Err(format!("a match arm that calls `{}` needs braces", self.text(at)));
                }
                _ => {}
            }
        }
        while self.tokens.get(start).is_some_and(|t| t.kind == Kind::Space) {
            start += 1;
        }
        Ok(start)
    }

    /// `result = expression;` converts the expression.
    fn assignment(&mut self, at: usize) {
        let equals = self.next(at);
        let first =
            self.previous(at).is_none_or(|before| matches!(self.text(before), ";" | "{" | "}"));
        if self.text(equals) != "=" || !first {
            return;
        }
        let mut depth = 0usize;
        let mut end = equals;
        while end < self.tokens.len() {
            match self.text(end) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                ";" if depth == 0 => break,
                _ => {}
            }
            end += 1;
        }
        let start = self.next(equals);
        self.insert[start].1.push_str("StackRef::from(");
        self.insert[end].1.insert(0, ')');
    }

    /// `expression?`
    fn question(&mut self, at: usize, dead: &HashSet<String>) -> Result<(), String> {
        self.out.errors = true;
        let mut start = at;
        let mut expects_operand = true;
        while let Some(before) = self.previous(start) {
            let token = self.tokens[before];
            match token.text {
                ")" | "]" | "}" if expects_operand => {
                    let open = self.open_of(before).ok_or("unbalanced brackets")?;
                    start = open;
                    // `f(…)`, `a[…]`: the name before belongs to it; `(…)` may stand alone.
                    let callee = self.previous(open).map(|i| self.tokens[i]);
                    expects_operand = callee.is_some_and(|t| {
                        (t.kind == Kind::Ident && !KEYWORDS.contains(&t.text))
                            || matches!(t.text, ")" | "]" | "?" | ">" | "!")
                    });
                    if !expects_operand {
                        break;
                    }
                }
                "." | "::" | "!" => {
                    start = before;
                    expects_operand = true;
                }
                "?" if expects_operand => start = before,
                ">" if expects_operand => {
                    let open = (0..before).rev().find(|i| self.text(*i) == "<");
                    start = open.ok_or("unbalanced brackets")?;
                }
                _ if expects_operand && matches!(token.kind, Kind::Ident | Kind::Literal) => {
                    start = before;
                    let chained = self.previous(before).map(|i| self.text(i));
                    expects_operand = false;
                    if !matches!(chained, Some("." | "::")) {
                        break;
                    }
                }
                _ => break,
            }
        }
        let restore = (self.context.before_error)(dead);
        self.insert[start].1.push_str("match ");
        self.tokens[at].text = "";
        let tail = format!(
            " {{ Ok(value) => value, Err(exception) => {{ {restore}\
             break 'instruction Exit::Error(exception); }} }}"
        );
        self.insert[at + 1].1.insert_str(0, &tail);
        Ok(())
    }

    /// Expands a control macro.
    fn control(
        &mut self,
        at: usize,
        name: &str,
        top: bool,
        dead: &HashSet<String>,
    ) -> Result<(), String> {
        let open = self.next(self.next(at));
        let (before, after) = match name {
            "deopt_if" => {
                self.out.deopts = true;
                let Some(base) = self.context.base else {
                    return Err("deopt_if! outside a family".to_owned());
                };
                ("if ".to_owned(), format!(" {{ op = Opcode::{base}; continue 'same; }}"))
            }
            "jump_by" => ("next = next.offset((".to_owned(), ") as isize)".to_owned()),
            "dispatch" => {
                self.out.diverges |= top;
                (String::new(), "{ ip = next; continue 'dispatch; }".to_owned())
            }
            "redispatch" => {
                self.out.diverges |= top;
                (String::new(), "continue 'dispatch".to_owned())
            }
            "error" | "reraise" => {
                self.out.errors = true;
                self.out.diverges |= top;
                let restore = (self.context.before_error)(dead);
                let exit = if name == "error" { "Error" } else { "Reraise" };
                (format!("{{ {restore}break 'instruction Exit::{exit}("), "); }".to_owned())
            }
            "enter_frame" => {
                self.out.diverges |= top;
                ("{ frame = ".to_owned(), "; break 'instruction Exit::Enter; }".to_owned())
            }
            "return_value" | "yield_value" | "moved" => {
                self.out.diverges |= top;
                let exit = match name {
                    "return_value" => "Return",
                    "yield_value" => "Yield",
                    _ => "Moved",
                };
                (format!("{{ break 'instruction Exit::{exit}("), "); }".to_owned())
            }
            "leave_loop" => {
                self.out.diverges |= top;
                ("return ".to_owned(), String::new())
            }
            "specialize" => {
                // The counter decides; the call rewrites the unit or puts the next attempt off.
                let close = self.close_of(open)?;
                let call: String = (open + 1..close).map(|i| self.text(i)).collect();
                self.blank(at, close);
                let text = format!(
                    "if (*ip.add(1)).counter().triggers() {{ {}specialize::{call}; \
                     continue 'dispatch; }} (*ip.add(1)).advance_counter()",
                    self.context.save
                );
                self.insert[at].1.push_str(&text);
                return Ok(());
            }
            "drop" => {
                let value = self.text(self.next(open)).to_owned();
                self.blank(at, self.close_of(open)?);
                let text = (self.context.drop)(&value);
                self.insert[at].1.push_str(text.trim_end_matches(';'));
                return Ok(());
            }
            "next_opcode" => ("Opcode((*next).op".to_owned(), ")".to_owned()),
            "local" => ("(*locals.add((".to_owned(), ") as usize))".to_owned()),
            "close" | "dead" => {
                let input = self.text(self.next(open)).to_owned();
                let mut text = String::new();
                if let Some(slot) = (self.context.slot)(&input)
                    && self.last_escape.is_some_and(|last| last > at)
                {
                    text = format!("*{slot} = StackRef::NULL; ");
                }
                if name == "close" {
                    text.push_str(&(self.context.close)(&input));
                }
                self.blank(at, self.close_of(open)?);
                self.insert[at].1.push_str(text.trim_end().trim_end_matches(';'));
                return Ok(());
            }
            _ => return Ok(()),
        };
        let close = self.close_of(open)?;
        for i in at..=open {
            self.tokens[i].text = "";
        }
        self.tokens[close].text = "";
        self.insert[at].1.push_str(&before);
        self.insert[close].1.push_str(&after);
        Ok(())
    }

    fn blank(&mut self, from: usize, to: usize) {
        for token in &mut self.tokens[from..=to] {
            token.text = "";
            token.kind = Kind::Space;
        }
    }

    fn finish(mut self) -> Rewritten {
        let mut text = String::new();
        for (at, (statement, expression)) in self.insert.iter().enumerate() {
            text.push_str(statement);
            text.push_str(expression);
            text.push_str(self.text(at));
        }
        self.out.text = text;
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &str) {
        let context = Context {
            inputs: &["left", "right"],
            outputs: &["result"],
            base: Some("BASE"),
            save: "SAVE; ",
            before_error: &|dead| {
                let mut dead: Vec<_> = dead.iter().cloned().collect();
                dead.sort();
                dead.iter().map(|d| format!("NULL {d}; ")).collect()
            },
            close: &|input| format!("CLOSE {input};"),
            slot: &|input| Some(format!("@{input}")),
            drop: &|value| format!("DROP {value};"),
        };
        let text = rewrite(body, &context).expect("rewrites").text;
        let error = "{ Ok(value) => value, Err(exception) => {";
        let text = text
            .replace(error, "{{")
            .replace(" break 'instruction Exit::Error(exception); } }", " }}");
        assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn outputs_convert_and_questions_branch() {
        check(
            "result = number::add(left.as_object(), right.as_object())?;",
            "SAVE; result = StackRef::from(match number::add(left.as_object(), \
             right.as_object()) {{ }});",
        );
    }

    #[test]
    fn calls_escape_unless_allowed() {
        check("let x = left.len();", "let x = left.len();");
        check("let x = left.frob();", "SAVE; let x = left.frob();");
        check("if left.is_none() { f(); }", "if left.is_none() { SAVE; f(); }");
        check("a::b::<T>(1); c;", "SAVE; a::b::<T>(1); c;");
        check("if f() { 1 } else { g() };", "SAVE; if f() { 1 } else { SAVE; g() };");
    }

    #[test]
    fn consumed_inputs_are_cleared_on_error_in_their_block_only() {
        check(
            "if a { f(left.steal())?; } else { g(left)?; }",
            "if a { SAVE; match f(steal_slot(@left)) {{ NULL left; }}; } else { SAVE; match g(left) {{ }}; }",
        );
        check(
            "if a { close!(left); error!(e); } g(left)?;",
            "if a { *@left = StackRef::NULL; CLOSE left; { NULL left; break 'instruction Exit::Error(e); }; } \
             SAVE; match g(left) {{ }};",
        );
        for body in ["if a { dead!(left); } f()?;", "match a { A => { dead!(left); } } f()?;"] {
            let message = rewrite(body, &plain()).unwrap_err();
            assert_eq!(message, "`left` may be dead or alive at a `?`");
        }
    }

    #[test]
    fn control_macros() {
        check(
            "deopt_if!(left.is_none());",
            "if left.is_none() { op = Opcode::BASE; continue 'same; };",
        );
        check("jump_by!(oparg);", "next = next.offset((oparg) as isize);");
        check("local!(oparg) = left;", "(*locals.add((oparg) as usize)) = left;");
        check("drop!(old);", "DROP old;");
        check(
            "specialize!(add(left, ip)); f();",
            "if (*ip.add(1)).counter().triggers() { SAVE; specialize::add(left, ip); \
             continue 'dispatch; } (*ip.add(1)).advance_counter(); SAVE; f();",
        );
        check(
            "close!(left); f()?;",
            "*@left = StackRef::NULL; CLOSE left; SAVE; match f() {{ NULL left; }};",
        );
    }

    fn plain() -> Context<'static> {
        Context {
            inputs: &["left"],
            outputs: &[],
            base: None,
            save: "",
            before_error: &|_| String::new(),
            close: &|_| String::new(),
            slot: &|_| None,
            drop: &|_| String::new(),
        }
    }

    #[test]
    fn arms_that_call_need_braces() {
        let message = rewrite("match x { 1 => f(), _ => {} }", &plain()).unwrap_err();
        assert_eq!(message, "a match arm that calls `f` needs braces");
        let message = rewrite("deopt_if!(x);", &plain()).unwrap_err();
        assert_eq!(message, "deopt_if! outside a family");
    }
}
