//! What the grammar's actions build nodes and lists with.
//!
//! Answers to the first half of `Parser/action_helpers.c`.

use crate::ast::{
    Alias, Arg, Arguments, CmpOp, Comprehension, Expr, ExprContext, ExprKind, Keyword, Mod,
    Pattern, PatternKind, Range, Stmt, StmtKind, Symbol, TypeIgnore, TypeParam, TypeParamKind,
    Wtf8,
};

use super::generated::kind;
use super::state::{
    CmpPair, KeyPattern, KeyValue, KeywordOrStarred, NameDefault, Parser, SlashWithDefault,
    StarEtc, Tok,
};

/// The arguments of a call that was only a list of arguments.
pub(super) fn call_args<'a>(call: Option<&'a Expr<'a>>) -> &'a [Expr<'a>] {
    match call.map(|call| call.kind) {
        Some(ExprKind::Call { args, .. }) => args,
        _ => &[],
    }
}

/// The keywords of such a call.
pub(super) fn call_keywords<'a>(call: Option<&'a Expr<'a>>) -> &'a [Keyword<'a>] {
    match call.map(|call| call.kind) {
        Some(ExprKind::Call { keywords, .. }) => keywords,
        _ => &[],
    }
}

/// The key of a pair that has one.
pub(super) fn pair_key<'a>(pair: KeyValue<'a>) -> &'a Expr<'a> {
    pair.key.unwrap_or(pair.value)
}

/// First of a list that matched at least once.
pub(super) fn first<T>(items: &[T]) -> &T {
    items.first().expect("the rule takes at least one")
}

/// Last of a list that matched at least once.
pub(super) fn last<T>(items: &[T]) -> &T {
    items.last().expect("the rule takes at least one")
}

/// What a comprehension's text ends with.
pub(super) fn last_comprehension_item<'a>(comprehension: &Comprehension<'a>) -> &'a Expr<'a> {
    comprehension.ifs.last().unwrap_or(comprehension.iter)
}

impl<'a> Parser<'a, '_> {
    /// Moves a node into the arena.
    #[inline]
    pub(super) fn alloc<T: Copy>(&self, node: T) -> &'a T {
        self.arena.alloc(node)
    }

    /// An expression.
    #[inline]
    pub(super) fn expr(&self, kind: ExprKind<'a>, range: Range) -> &'a Expr<'a> {
        self.arena.alloc(Expr { kind, range })
    }

    /// A statement.
    #[inline]
    pub(super) fn stmt(&self, kind: StmtKind<'a>, range: Range) -> &'a Stmt<'a> {
        self.arena.alloc(Stmt { kind, range })
    }

    /// A pattern.
    pub(super) fn pattern(&self, kind: PatternKind<'a>, range: Range) -> &'a Pattern<'a> {
        self.arena.alloc(Pattern { kind, range })
    }

    /// A type parameter.
    pub(super) fn type_param(&self, kind: TypeParamKind<'a>, range: Range) -> &'a TypeParam<'a> {
        self.arena.alloc(TypeParam { kind, range })
    }

    /// A whole module.
    pub(super) fn make_module(&self, body: Option<&'a [Stmt<'a>]>) -> &'a Mod<'a> {
        let ignores = self.type_ignores.iter();
        let type_ignores = self
            .arena
            .collect(ignores.map(|&(lineno, tag)| TypeIgnore { lineno: lineno as i32, tag }));
        self.arena.alloc(Mod::Module { body: body.unwrap_or(&[]), type_ignores })
    }

    /// A list of one.
    #[inline]
    pub(super) fn one<T: Copy>(&self, item: &T) -> &'a [T] {
        self.arena.slice(std::slice::from_ref(item))
    }

    /// `first` before `rest`.
    pub(super) fn insert_in_front(&self, first: &Expr<'a>, rest: &[Expr<'a>]) -> &'a [Expr<'a>] {
        self.insert(first, rest)
    }

    /// `first` before `rest`.
    pub(super) fn insert_pattern(
        &self,
        first: &Pattern<'a>,
        rest: &[Pattern<'a>],
    ) -> &'a [Pattern<'a>] {
        self.insert(first, rest)
    }

    fn insert<T: Copy>(&self, first: &T, rest: &[T]) -> &'a [T] {
        let count = rest.len() + 1;
        self.arena.collect((0..count).map(|at| if at == 0 { *first } else { rest[at - 1] }))
    }

    /// `last` after `items`.
    pub(super) fn append(&self, items: &[Expr<'a>], last: &Expr<'a>) -> &'a [Expr<'a>] {
        let count = items.len() + 1;
        self.arena.collect((0..count).map(|at| items.get(at).copied().unwrap_or(*last)))
    }

    /// One list after the other.
    pub(super) fn join<T: Copy>(&self, left: &[T], right: &[T]) -> &'a [T] {
        let count = left.len() + right.len();
        self.arena.collect(
            (0..count).map(|at| if at < left.len() { left[at] } else { right[at - left.len()] }),
        )
    }

    /// All lists in one.
    pub(super) fn flatten(&self, lists: &[&'a [Stmt<'a>]]) -> &'a [Stmt<'a>] {
        if let [only] = lists {
            return only;
        }
        let mut all = Vec::with_capacity(lists.len());
        for list in lists {
            all.extend_from_slice(list);
        }
        self.arena.slice(&all)
    }

    /// Notes the compound statement furthest down that parsed, for suggestions.
    pub(super) fn register_stmts(&mut self, stmts: &'a [Stmt<'a>]) -> &'a [Stmt<'a>] {
        if self.second_pass
            && let Some(last) = stmts.last()
            // A block ends after the statements in it, and began before.
            && self.last_statement.is_none_or(|known| last.range.lineno > known.lineno)
        {
            self.last_statement = Some(last.range);
        }
        stmts
    }

    /// The symbol of a `Name`.
    #[inline]
    pub(super) fn name_of(&self, name: &Expr<'a>) -> Symbol {
        match name.kind {
            ExprKind::Name { id, .. } => id,
            _ => unreachable!("the rule gives a name"),
        }
    }

    /// The symbol of a `Name` that may be missing.
    pub(super) fn name_of_opt(&self, name: Option<&Expr<'a>>) -> Option<Symbol> {
        name.map(|name| self.name_of(name))
    }

    /// The symbols of `Name`s.
    pub(super) fn names_of(&self, names: &[Expr<'a>]) -> &'a [Symbol] {
        self.arena.collect(names.iter().map(|name| self.name_of(name)))
    }

    /// The symbol that stands for no name.
    pub(super) fn dummy_symbol(&mut self) -> Symbol {
        self.interner.intern(b"")
    }

    /// A name that nobody sees.
    pub(super) fn dummy_name(&mut self) -> &'a Expr<'a> {
        let id = self.dummy_symbol();
        self.expr(ExprKind::Name { id, ctx: ExprContext::Load }, Range::default())
    }

    /// `a.b` as one name.
    pub(super) fn join_names_with_dot(
        &mut self,
        left: &Expr<'a>,
        right: &Expr<'a>,
    ) -> &'a Expr<'a> {
        let mut text = self.interner.name(self.name_of(left)).to_vec();
        text.push(b'.');
        text.extend_from_slice(self.interner.name(self.name_of(right)));
        let id = self.interner.intern(&text);
        self.expr(ExprKind::Name { id, ctx: ExprContext::Load }, left.range.to(right.range))
    }

    /// How many dots a relative import begins with.
    pub(super) fn count_dots(&self, tokens: &[Tok]) -> i32 {
        tokens.iter().map(|t| if self.slot(*t).kind == kind::ELLIPSIS { 3 } else { 1 }).sum()
    }

    /// `*` as what is imported.
    pub(super) fn alias_for_star(&mut self, range: Range) -> &'a Alias {
        let name = self.interner.intern(b"*");
        self.arena.alloc(Alias { name, asname: None, range })
    }

    /// `from module import names`; the future's joke changes what comes after it.
    pub(super) fn import_from(
        &mut self,
        module: &Expr<'a>,
        names: &'a [Alias],
        level: i32,
        range: Range,
    ) -> &'a Stmt<'a> {
        let module = self.name_of(module);
        if level == 0 && self.interner.name(module) == b"__future__" {
            let flufl = |alias: &Alias| self.interner.name(alias.name) == b"barry_as_FLUFL";
            if names.iter().any(flufl) {
                self.barry_as_flufl = true;
                self.lexer.accept_flufl();
            }
        }
        self.stmt(StmtKind::ImportFrom { module: Some(module), names, level: Some(level) }, range)
    }

    /// Operators of a comparison.
    pub(super) fn ops_of(&self, pairs: &[CmpPair<'a>]) -> &'a [CmpOp] {
        self.arena.collect(pairs.iter().map(|pair| pair.op))
    }

    /// Operands of a comparison.
    pub(super) fn operands_of(&self, pairs: &[CmpPair<'a>]) -> &'a [Expr<'a>] {
        self.arena.collect(pairs.iter().map(|pair| *pair.expr))
    }

    /// Keys of a dict display.
    pub(super) fn keys_of(&self, pairs: Option<&[KeyValue<'a>]>) -> &'a [Option<&'a Expr<'a>>] {
        self.arena.collect(pairs.unwrap_or(&[]).iter().map(|pair| pair.key))
    }

    /// Values of a dict display.
    pub(super) fn values_of(&self, pairs: Option<&[KeyValue<'a>]>) -> &'a [Expr<'a>] {
        self.arena.collect(pairs.unwrap_or(&[]).iter().map(|pair| *pair.value))
    }

    /// Keys of a mapping or class pattern.
    pub(super) fn pattern_keys(&self, pairs: &[KeyPattern<'a>]) -> &'a [Expr<'a>] {
        self.arena.collect(pairs.iter().map(|pair| *pair.key))
    }

    /// Patterns of a mapping or class pattern.
    pub(super) fn patterns_of(&self, pairs: &[KeyPattern<'a>]) -> &'a [Pattern<'a>] {
        self.arena.collect(pairs.iter().map(|pair| *pair.pattern))
    }

    /// The same expression as a target.
    pub(super) fn set_expr_context(&self, expr: &'a Expr<'a>, ctx: ExprContext) -> &'a Expr<'a> {
        let kind = match expr.kind {
            ExprKind::Name { id, .. } => ExprKind::Name { id, ctx },
            ExprKind::Tuple { elts, .. } => {
                ExprKind::Tuple { elts: self.set_contexts(elts, ctx), ctx }
            }
            ExprKind::List { elts, .. } => {
                ExprKind::List { elts: self.set_contexts(elts, ctx), ctx }
            }
            ExprKind::Subscript { value, slice, .. } => ExprKind::Subscript { value, slice, ctx },
            ExprKind::Attribute { value, attr, .. } => ExprKind::Attribute { value, attr, ctx },
            ExprKind::Starred { value, .. } => {
                ExprKind::Starred { value: self.set_expr_context(value, ctx), ctx }
            }
            _ => return expr,
        };
        self.expr(kind, expr.range)
    }

    fn set_contexts(&self, elts: &'a [Expr<'a>], ctx: ExprContext) -> &'a [Expr<'a>] {
        self.arena.collect(elts.iter().map(|elt| *self.set_expr_context(elt, ctx)))
    }

    /// The text of a type comment.
    pub(super) fn type_comment(&self, token: Option<Tok>) -> Option<&'a Wtf8> {
        token.map(|token| self.arena.slice(self.text(token)))
    }

    /// A parameter with a type comment.
    pub(super) fn comment_arg(&self, arg: &'a Arg<'a>, comment: Option<Tok>) -> &'a Arg<'a> {
        match self.type_comment(comment) {
            Some(text) => self.arena.alloc(Arg { type_comment: Some(text), ..*arg }),
            None => arg,
        }
    }

    /// A parameter and its default.
    pub(super) fn name_default(
        &self,
        arg: &'a Arg<'a>,
        value: Option<&'a Expr<'a>>,
        comment: Option<Tok>,
    ) -> NameDefault<'a> {
        NameDefault { arg: self.comment_arg(arg, comment), value }
    }

    /// No parameters.
    pub(super) fn empty_arguments(&self) -> &'a Arguments<'a> {
        self.make_arguments(&[], None, &[], &[], None)
    }

    /// All parameters. Those before `/` come as one of the first two, if at all.
    pub(super) fn make_arguments(
        &self,
        slash_plain: &'a [Arg<'a>],
        slash_with_default: Option<SlashWithDefault<'a>>,
        plain: &'a [Arg<'a>],
        with_default: &[NameDefault<'a>],
        star_etc: Option<StarEtc<'a>>,
    ) -> &'a Arguments<'a> {
        let arg = |pair: &NameDefault<'a>| *pair.arg;
        let default = |pair: &NameDefault<'a>| pair.value.copied();
        let mut posonlyargs = slash_plain;
        let mut defaults = Vec::new();
        if let Some(slash) = slash_with_default {
            let mut all = slash.plain.to_vec();
            all.extend(slash.with_default.iter().map(arg));
            posonlyargs = self.arena.slice(&all);
            defaults.extend(slash.with_default.iter().filter_map(default));
        }
        let mut args = plain;
        if !with_default.is_empty() {
            let mut all = plain.to_vec();
            all.extend(with_default.iter().map(arg));
            args = self.arena.slice(&all);
            defaults.extend(with_default.iter().filter_map(default));
        }
        let star = star_etc.unwrap_or(StarEtc { vararg: None, kwonlyargs: &[], kwarg: None });
        self.arena.alloc(Arguments {
            posonlyargs,
            args,
            vararg: star.vararg,
            kwonlyargs: self.arena.collect(star.kwonlyargs.iter().map(arg)),
            kw_defaults: self.arena.collect(star.kwonlyargs.iter().map(|pair| pair.value)),
            kwarg: star.kwarg,
            defaults: self.arena.slice(&defaults),
        })
    }

    /// A function with its decorators.
    pub(super) fn function_def_decorators(
        &self,
        decorators: &'a [Expr<'a>],
        function: &'a Stmt<'a>,
    ) -> &'a Stmt<'a> {
        let mut decorated = *function;
        if let StmtKind::FunctionDef { decorator_list, .. }
        | StmtKind::AsyncFunctionDef { decorator_list, .. } = &mut decorated.kind
        {
            *decorator_list = decorators;
        }
        self.arena.alloc(decorated)
    }

    /// A class with its decorators.
    pub(super) fn class_def_decorators(
        &self,
        decorators: &'a [Expr<'a>],
        class: &'a Stmt<'a>,
    ) -> &'a Stmt<'a> {
        let mut decorated = *class;
        if let StmtKind::ClassDef { decorator_list, .. } = &mut decorated.kind {
            *decorator_list = decorators;
        }
        self.arena.alloc(decorated)
    }

    /// `*value` among keyword arguments: they count as positional.
    pub(super) fn starred_of(&self, items: &[KeywordOrStarred<'a>]) -> &'a [Expr<'a>] {
        let starred: Vec<Expr<'a>> = items
            .iter()
            .filter_map(|item| match item {
                KeywordOrStarred::Starred(value) => Some(**value),
                KeywordOrStarred::Keyword(_) => None,
            })
            .collect();
        self.arena.slice(&starred)
    }

    /// Keyword arguments without `*value` among them.
    pub(super) fn keywords_of(&self, items: &[KeywordOrStarred<'a>]) -> &'a [Keyword<'a>] {
        let keywords: Vec<Keyword<'a>> = items
            .iter()
            .filter_map(|item| match item {
                KeywordOrStarred::Keyword(keyword) => Some(**keyword),
                KeywordOrStarred::Starred(_) => None,
            })
            .collect();
        self.arena.slice(&keywords)
    }

    /// The arguments of a call, whose function is not known yet.
    pub(super) fn collect_call_seqs(
        &mut self,
        positional: &'a [Expr<'a>],
        rest: Option<&[KeywordOrStarred<'a>]>,
        range: Range,
    ) -> &'a Expr<'a> {
        let mut args = positional;
        let mut keywords: &[Keyword<'a>] = &[];
        if let Some(rest) = rest {
            let starred = self.starred_of(rest);
            if !starred.is_empty() {
                args = self.join(positional, starred);
            }
            keywords = self.keywords_of(rest);
        }
        let func = self.dummy_name();
        self.expr(ExprKind::Call { func, args, keywords }, range)
    }
}
