//! The state of a parse: tokens, results remembered, the error found.
//!
//! Answers to `Parser/pegen.c`. The generated rules work on [`Parser`] and nothing else.
//!
//! Keeps true: tokens are read only when a rule asks for them, since the order in which the
//! lexer's and the parser's errors are found decides which is reported. A rule that fails
//! leaves `mark` where it began, unless `failed` is set: then there is an error and every
//! rule gives up.

use crate::ast::{
    Alias, Arena, Arg, Arguments, Comprehension, ExceptHandler, Expr, Interner, Keyword, MatchCase,
    Mod, Operator, Pattern, Range, Stmt, Symbol, TypeParam, WithItem,
};
use crate::lexer::{Failure, Lexer, NO_COLUMN, Token, TokenKind};
use crate::{Host, SyntaxError};

use super::generated::{kind, word_kind};
use super::{Mode, ParseOptions};

/// A token by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tok(pub(super) u32);

/// A token, and what the parser keeps with it.
#[derive(Clone, Copy)]
pub(super) struct Slot<'a> {
    /// Token class or keyword.
    pub(super) kind: u8,
    /// As the lexer made it.
    pub(super) token: Token,
    /// First of the results remembered for this place, plus one.
    memo: u32,
    /// The name or number, once made: rules that fail and try again share it.
    pub(super) node: Option<&'a Expr<'a>>,
}

/// The result of a rule at a place.
struct Memo<'a> {
    rule: u8,
    /// Where the rule ended.
    mark: u32,
    /// The next of the same place, plus one.
    next: u32,
    value: MemoValue<'a>,
}

/// A result of any type that is remembered.
#[derive(Clone, Copy)]
pub(super) enum MemoValue<'a> {
    Failure,
    Unit,
    Expr(&'a Expr<'a>),
    Stmt(&'a Stmt<'a>),
    Stmts(&'a [Stmt<'a>]),
    Pattern(&'a Pattern<'a>),
    TypeParam(&'a TypeParam<'a>),
}

/// A type whose values are remembered.
pub(super) trait Remembered<'a>: Copy {
    /// As a value of any type.
    fn store(self) -> MemoValue<'a>;
    /// Back again; `None` for a failure.
    fn load(value: MemoValue<'a>) -> Option<Self>;
}

macro_rules! remembered {
    ($($variant:ident: $ty:ty),*) => {$(
        impl<'a> Remembered<'a> for $ty {
            #[inline]
            fn store(self) -> MemoValue<'a> {
                MemoValue::$variant(self)
            }

            #[inline]
            fn load(value: MemoValue<'a>) -> Option<Self> {
                match value {
                    MemoValue::$variant(found) => Some(found),
                    _ => None,
                }
            }
        }
    )*};
}

remembered! {
    Expr: &'a Expr<'a>,
    Stmt: &'a Stmt<'a>,
    Stmts: &'a [Stmt<'a>],
    Pattern: &'a Pattern<'a>,
    TypeParam: &'a TypeParam<'a>
}

impl<'a> Remembered<'a> for () {
    fn store(self) -> MemoValue<'a> {
        MemoValue::Unit
    }

    fn load(value: MemoValue<'a>) -> Option<Self> {
        matches!(value, MemoValue::Unit).then_some(())
    }
}

/// How the lexer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// More may come.
    No,
    /// It has met the end, properly or inside brackets.
    EndOfFile,
    /// It has raised an error.
    Error,
}

/// A parse under way. `'a` is the tree's life, `'s` that of the source and of what is borrowed.
pub(super) struct Parser<'a, 's> {
    pub(super) arena: &'a Arena,
    pub(super) interner: &'s mut Interner<'a>,
    pub(super) host: &'s mut dyn Host,
    pub(super) lexer: Lexer<'s>,
    pub(super) mode: Mode,
    pub(super) options: ParseOptions,
    pub(super) tokens: Vec<Slot<'a>>,
    memos: Vec<Memo<'a>>,
    /// Number of the next token.
    pub(super) mark: usize,
    /// How deep rules are nested.
    pub(super) level: u32,
    /// An error has been found: all rules give up.
    pub(super) failed: bool,
    /// The rules that look for known mistakes take part.
    pub(super) second_pass: bool,
    /// What to raise.
    pub(super) error: Option<Box<SyntaxError>>,
    pub(super) done: Done,
    /// The quotes of a string literal without end, if that is the lexer's error.
    pub(super) unterminated: Option<usize>,
    /// Line of the error, where that is not the last token's.
    pub(super) known_error_line: Option<u32>,
    /// `# type: ignore` comments: line and tag.
    pub(super) type_ignores: Vec<(u32, &'a [u8])>,
    /// A token has been seen since the last end of input.
    started: bool,
    /// `from __future__ import barry_as_FLUFL` has been seen.
    pub(super) barry_as_flufl: bool,
    /// The last whole statement of the second pass, for suggestions.
    pub(super) last_statement: Option<Range>,
}

/// `== b`
#[derive(Clone, Copy)]
pub(super) struct CmpPair<'a> {
    pub(super) op: crate::ast::CmpOp,
    pub(super) expr: &'a Expr<'a>,
}

/// `k: v`; `**v` has no key.
#[derive(Clone, Copy)]
pub(super) struct KeyValue<'a> {
    pub(super) key: Option<&'a Expr<'a>>,
    pub(super) value: &'a Expr<'a>,
}

/// `k: pattern`, `name=pattern`
#[derive(Clone, Copy)]
pub(super) struct KeyPattern<'a> {
    pub(super) key: &'a Expr<'a>,
    pub(super) pattern: &'a Pattern<'a>,
}

/// `name=default`
#[derive(Clone, Copy)]
pub(super) struct NameDefault<'a> {
    pub(super) arg: &'a Arg<'a>,
    pub(super) value: Option<&'a Expr<'a>>,
}

/// `a, b=c, /`
#[derive(Clone, Copy)]
pub(super) struct SlashWithDefault<'a> {
    pub(super) plain: &'a [Arg<'a>],
    pub(super) with_default: &'a [NameDefault<'a>],
}

/// `*a, b=c, **d`
#[derive(Clone, Copy)]
pub(super) struct StarEtc<'a> {
    pub(super) vararg: Option<&'a Arg<'a>>,
    pub(super) kwonlyargs: &'a [NameDefault<'a>],
    pub(super) kwarg: Option<&'a Arg<'a>>,
}

/// `name=value`, `**value`, or `*value` after one of these.
#[derive(Clone, Copy)]
pub(super) enum KeywordOrStarred<'a> {
    Keyword(&'a Keyword<'a>),
    Starred(&'a Expr<'a>),
}

/// Conversion or format specification, and the text of the expression before it.
#[derive(Clone, Copy)]
pub(super) struct FormatPart<'a> {
    pub(super) expr: &'a Expr<'a>,
    pub(super) text: Option<&'a [u8]>,
}

impl<'a, 's> Parser<'a, 's> {
    pub(super) fn new(
        mut lexer: Lexer<'s>,
        mode: Mode,
        options: ParseOptions,
        host: &'s mut dyn Host,
        arena: &'a Arena,
        interner: &'s mut Interner<'a>,
    ) -> Self {
        if options.barry_as_flufl {
            lexer.accept_flufl();
        }
        let tokens = Vec::with_capacity(lexer.source().text().len() / 4 + 8);
        Self {
            arena,
            interner,
            host,
            lexer,
            mode,
            options,
            tokens,
            memos: Vec::new(),
            mark: 0,
            level: 0,
            failed: false,
            second_pass: false,
            error: None,
            done: Done::No,
            unterminated: None,
            known_error_line: None,
            type_ignores: Vec::new(),
            started: false,
            barry_as_flufl: options.barry_as_flufl,
            last_statement: None,
        }
    }

    /// Forgets the first pass, tokens excepted.
    pub(super) fn begin_second_pass(&mut self) {
        for slot in &mut self.tokens {
            slot.memo = 0;
        }
        self.memos.clear();
        self.mark = 0;
        self.level = 0;
        self.second_pass = true;
        self.last_statement = None;
    }

    /// Begins a rule, one level deeper; false if there is an error already.
    #[inline(always)]
    pub(super) fn enter(&mut self) -> bool {
        if self.failed {
            return false;
        }
        if self.level >= self.options.level_max {
            self.overflow();
            return false;
        }
        self.level += 1;
        true
    }

    /// The next token as a set of one; in the second pass every alternative is to be tried.
    #[inline(always)]
    pub(super) fn next_set(&mut self) -> u128 {
        if self.mark == self.tokens.len() && !self.fill() {
            return 0;
        }
        if self.second_pass { u128::MAX } else { 1 << self.tokens[self.mark].kind }
    }

    /// Whether trying something that begins with one of `set` has a point.
    #[inline(always)]
    pub(super) fn may_begin(&mut self, set: u128) -> bool {
        self.next_set() & set != 0
    }

    /// Whether the next token is one of `set`.
    #[inline(always)]
    pub(super) fn at(&mut self, set: u128) -> bool {
        if self.mark == self.tokens.len() && !self.fill() {
            return false;
        }
        set >> self.tokens[self.mark].kind & 1 != 0
    }

    /// A list, unless an error was met while it was read.
    #[inline(always)]
    pub(super) fn unless_failed<T>(&self, list: &'a [T]) -> Option<&'a [T]> {
        if self.failed { None } else { Some(list) }
    }

    /// Takes the next token if it is of this kind.
    #[inline(always)]
    pub(super) fn expect(&mut self, kind: u8) -> Option<Tok> {
        if self.mark == self.tokens.len() && !self.fill() {
            return None;
        }
        if self.tokens[self.mark].kind != kind {
            return None;
        }
        self.mark += 1;
        Some(Tok(self.mark as u32 - 1))
    }

    /// Takes the next token if it is one of `set`.
    #[inline(always)]
    pub(super) fn expect_any(&mut self, set: u128) -> Option<Tok> {
        if !self.at(set) {
            return None;
        }
        self.mark += 1;
        Some(Tok(self.mark as u32 - 1))
    }

    /// Takes the next token or raises.
    pub(super) fn expect_forced(&mut self, kind: u8, text: &str) -> Option<Tok> {
        if self.failed {
            return None;
        }
        let found = self.expect(kind);
        if found.is_none() && !self.failed {
            let next = Tok(self.mark as u32);
            return self.error_at(next, format!("expected '{text}'"));
        }
        found
    }

    /// Takes the next token if it is this word.
    pub(super) fn expect_soft(&mut self, word: &[u8]) -> Option<&'a Expr<'a>> {
        if !self.at(1 << kind::NAME) || self.text(Tok(self.mark as u32)) != word {
            return None;
        }
        self.name_token()
    }

    /// Takes any word that is a keyword in places.
    pub(super) fn soft_keyword_token(&mut self) -> Option<&'a Expr<'a>> {
        if !self.at(1 << kind::NAME) {
            return None;
        }
        let text = self.text(Tok(self.mark as u32));
        if !super::generated::SOFT_KEYWORDS.iter().any(|word| word.as_bytes() == text) {
            // A token is taken even where the word is another; the rules that ask only look.
            self.mark += 1;
            return None;
        }
        self.name_token()
    }

    pub(super) fn slot(&self, token: Tok) -> &Slot<'a> {
        &self.tokens[token.0 as usize]
    }

    /// The source of a token.
    pub(super) fn text(&self, token: Tok) -> &'s [u8] {
        self.lexer.text(&self.slot(token).token)
    }

    /// From the token at `mark` to the last one taken, blanks excepted.
    #[inline]
    pub(super) fn range_from(&self, mark: usize) -> Range {
        let start = self.tokens[mark].token.range;
        let mut last = self.mark;
        while last > 0 {
            last -= 1;
            let kind = self.tokens[last].kind;
            if kind != kind::ENDMARKER && !(kind::NEWLINE..=kind::DEDENT).contains(&kind) {
                break;
            }
        }
        start.to(self.tokens[last].token.range)
    }

    /// The result of a rule at this place, if it has been tried: its value, or its failure.
    #[inline]
    pub(super) fn recall<T: Remembered<'a>>(&mut self, rule: u8) -> Option<Option<T>> {
        let mut next = self.tokens.get(self.mark)?.memo;
        while next != 0 {
            let memo = &self.memos[next as usize - 1];
            if memo.rule == rule {
                self.mark = memo.mark as usize;
                return Some(T::load(memo.value));
            }
            next = memo.next;
        }
        None
    }

    /// Keeps the result of a rule that began at `mark` and ended here.
    #[inline]
    pub(super) fn remember<T: Remembered<'a>>(&mut self, mark: usize, rule: u8, value: Option<T>) {
        let Some(slot) = self.tokens.get_mut(mark) else { return };
        let value = value.map_or(MemoValue::Failure, Remembered::store);
        self.memos.push(Memo { rule, mark: self.mark as u32, next: slot.memo, value });
        slot.memo = self.memos.len() as u32;
    }

    /// A rule that begins with itself by way of others: tried again as long as it gets further,
    /// each time finding its last result where it asks for itself.
    pub(super) fn grow<T: Remembered<'a>>(
        &mut self,
        rule: u8,
        raw: fn(&mut Self) -> Option<T>,
    ) -> Option<T> {
        if let Some(known) = self.recall(rule) {
            return known;
        }
        let mark = self.mark;
        let mut end = mark;
        let mut result = None;
        loop {
            self.mark = end;
            self.remember(mark, rule, result);
            self.mark = mark;
            let grown = raw(self);
            if self.failed {
                return None;
            }
            if grown.is_none() || self.mark <= end {
                break;
            }
            end = self.mark;
            result = grown;
        }
        self.mark = end;
        result
    }

    /// Reads one more token; false if the lexer fails.
    #[cold]
    #[inline(never)]
    pub(super) fn fill(&mut self) -> bool {
        if self.failed {
            return false;
        }
        loop {
            match self.lexer.next(self.host) {
                Ok(token) if token.kind == TokenKind::TypeIgnore => {
                    let text = self.lexer.text(&token);
                    self.type_ignores.push((self.lexer.lineno(), self.arena.slice(text)));
                }
                Ok(token) => return self.push(token),
                Err(failure) => return self.lexer_failed(failure),
            }
        }
    }

    fn push(&mut self, mut token: Token) -> bool {
        if self.mode == Mode::Single && token.kind == TokenKind::EndMarker && self.started {
            // One more line end, then the dedents, then the end again.
            token.kind = TokenKind::NewLine;
            self.started = false;
            if !self.options.dont_imply_dedent {
                self.lexer.imply_dedents();
            }
        } else {
            self.started = true;
        }
        if token.kind == TokenKind::EndMarker {
            self.done = Done::EndOfFile;
        }
        let kind = if token.kind == TokenKind::Name {
            word_kind(self.lexer.text(&token))
        } else {
            token.kind as u8
        };
        self.tokens.push(Slot { kind, token, memo: 0, node: None });
        true
    }

    #[cold]
    fn lexer_failed(&mut self, failure: Failure) -> bool {
        let lineno = self.lexer.lineno();
        let range =
            Range { lineno, col_offset: NO_COLUMN, end_lineno: lineno, end_col_offset: NO_COLUMN };
        let kind = TokenKind::ErrorToken;
        let token = Token { kind, level: 0, start: 0, end: 0, range, expression: 0 };
        self.tokens.push(Slot { kind: kind::ERRORTOKEN, token, memo: 0, node: None });
        self.done = if failure == Failure::EndOfFile { Done::EndOfFile } else { Done::Error };
        if let Failure::Error(error) = &failure {
            self.unterminated = unterminated_quotes(&error.message);
        }
        self.failed = true;
        if self.error.is_none() {
            let file_input = self.mode == Mode::File;
            self.error = Some(self.lexer.failure_error(failure, self.host, file_input));
        }
        false
    }

    /// A name as a symbol, in its normal form; raises for one that is a constant's.
    pub(super) fn identifier(&mut self, text: &[u8]) -> Option<Symbol> {
        if text.is_ascii() {
            return Some(self.interner.intern(text));
        }
        let text = String::from_utf8_lossy(text);
        let normal = gopy_unicode::nfkc(&text);
        if matches!(&*normal, "None" | "True" | "False") {
            let message = format!("identifier field can't represent '{normal}' constant");
            return self.raise_bare(crate::SyntaxErrorKind::Value, message);
        }
        Some(self.interner.intern(normal.as_bytes()))
    }
}

/// How many quotes the string literal has that an error says is not terminated. One-line
/// f-strings are another matter to CPython, as far as incomplete input goes.
fn unterminated_quotes(message: &str) -> Option<usize> {
    let rest = message.strip_prefix("unterminated ")?;
    if rest.starts_with("triple-quoted") {
        Some(3)
    } else {
        rest.starts_with("string literal").then_some(1)
    }
}

/// A value for a rule whose tree nobody will see.
pub(super) trait Dummy<'a>: Sized {
    fn dummy(p: &mut Parser<'a, '_>) -> Self;
}

impl<'a> Dummy<'a> for &'a Expr<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        p.dummy_name()
    }
}

impl<'a> Dummy<'a> for &'a Stmt<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        p.stmt(crate::ast::StmtKind::Pass, Range::default())
    }
}

impl<'a> Dummy<'a> for &'a Pattern<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        p.pattern(crate::ast::PatternKind::MatchStar { name: None }, Range::default())
    }
}

impl<'a> Dummy<'a> for &'a TypeParam<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        let name = p.dummy_symbol();
        let kind = crate::ast::TypeParamKind::ParamSpec { name, default_value: None };
        p.type_param(kind, Range::default())
    }
}

impl<'a> Dummy<'a> for &'a Arguments<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        p.empty_arguments()
    }
}

impl<'a> Dummy<'a> for &'a Arg<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        let arg = p.dummy_symbol();
        p.alloc(Arg { arg, annotation: None, type_comment: None, range: Range::default() })
    }
}

impl<'a> Dummy<'a> for &'a Alias {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        let name = p.dummy_symbol();
        p.alloc(Alias { name, asname: None, range: Range::default() })
    }
}

impl<'a> Dummy<'a> for &'a WithItem<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        let context_expr = p.dummy_name();
        p.alloc(WithItem { context_expr, optional_vars: None })
    }
}

impl<'a> Dummy<'a> for &'a ExceptHandler<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        let range = Range::default();
        p.alloc(ExceptHandler { type_: None, name: None, body: &[], range })
    }
}

impl<'a> Dummy<'a> for &'a MatchCase<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        let pattern = Dummy::dummy(p);
        p.alloc(MatchCase { pattern, guard: None, body: &[] })
    }
}

impl<'a> Dummy<'a> for &'a Comprehension<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        let target = p.dummy_name();
        p.alloc(Comprehension { target, iter: target, ifs: &[], is_async: 0 })
    }
}

impl<'a> Dummy<'a> for &'a Mod<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        p.alloc(Mod::Interactive { body: &[] })
    }
}

impl<'a, T> Dummy<'a> for &'a [T] {
    fn dummy(_: &mut Parser<'a, '_>) -> Self {
        &[]
    }
}

impl<'a> Dummy<'a> for Tok {
    fn dummy(_: &mut Parser<'a, '_>) -> Self {
        Tok(0)
    }
}

impl<'a> Dummy<'a> for Operator {
    fn dummy(_: &mut Parser<'a, '_>) -> Self {
        Operator::Add
    }
}

impl<'a> Dummy<'a> for StarEtc<'a> {
    fn dummy(_: &mut Parser<'a, '_>) -> Self {
        StarEtc { vararg: None, kwonlyargs: &[], kwarg: None }
    }
}

impl<'a> Dummy<'a> for CmpPair<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        CmpPair { op: crate::ast::CmpOp::Eq, expr: p.dummy_name() }
    }
}

impl<'a> Dummy<'a> for KeywordOrStarred<'a> {
    fn dummy(p: &mut Parser<'a, '_>) -> Self {
        KeywordOrStarred::Starred(p.dummy_name())
    }
}
