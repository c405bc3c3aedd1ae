//! What is changed in the tree before symbols are collected: `__debug__`, `'…' % (…)`, numbers in
//! patterns, docstrings under `-OO`; and the warnings of PEP 765.
//!
//! Answers to `Python/ast_preprocess.c`. Nodes are shared and stay as they are: a changed node is
//! made anew, with the nodes above it.

use gopy_numeric::int::BigInt as Integer;
use gopy_syntax::Host;
use gopy_syntax::ast::*;

use crate::common::{Names, Result, StackBounds, location, warn_at};
use crate::flags::CO_FUTURE_ANNOTATIONS;
use crate::symtable::docstring;

/// Where a `return`, `break` or `continue` stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Finally,
    Function,
    Loop,
}

pub(crate) struct Preprocessor<'p, 'a> {
    pub(crate) arena: &'a Arena,
    pub(crate) host: &'p mut dyn Host,
    pub(crate) names: Names,
    pub(crate) optimize: u8,
    /// `CO_FUTURE_*` bits.
    pub(crate) features: u32,
    /// Only look for what is to be warned of (`ast.parse`).
    pub(crate) syntax_check_only: bool,
    /// Warn about statements that leave a `finally`; not where only a tree is asked for.
    pub(crate) warns: bool,
    pub(crate) stack: StackBounds,
    contexts: Vec<Context>,
    /// A node below the current one was made anew.
    changed: bool,
}

impl<'p, 'a> Preprocessor<'p, 'a> {
    pub(crate) fn new(
        arena: &'a Arena,
        host: &'p mut dyn Host,
        names: Names,
        optimize: u8,
        features: u32,
        stack: StackBounds,
    ) -> Self {
        Self {
            arena,
            host,
            names,
            optimize,
            features,
            syntax_check_only: false,
            warns: true,
            stack,
            contexts: Vec::new(),
            changed: false,
        }
    }

    pub(crate) fn module(&mut self, module: &Mod<'a>) -> Result<Mod<'a>> {
        Ok(match *module {
            Mod::Module { body, type_ignores } => {
                Mod::Module { body: self.body(body)?, type_ignores }
            }
            Mod::Interactive { body } => Mod::Interactive { body: self.stmts(body)? },
            Mod::Expression { body } => Mod::Expression { body: self.expr(body)? },
            Mod::FunctionType { .. } => *module,
        })
    }

    /// Visits `items`; copies the list when an item was made anew.
    fn each<T: Copy>(
        &mut self,
        items: &'a [T],
        mut visit: impl FnMut(&mut Self, &'a T) -> Result<T>,
    ) -> Result<&'a [T]> {
        let outer = std::mem::replace(&mut self.changed, false);
        let mut anew: Option<Vec<T>> = None;
        for (at, item) in items.iter().enumerate() {
            self.changed = false;
            let new = visit(self, item)?;
            if self.changed {
                anew.get_or_insert_with(|| items.to_vec())[at] = new;
            }
        }
        self.changed = outer | anew.is_some();
        Ok(anew.map_or(items, |list| self.arena.slice(&list)))
    }

    fn exprs(&mut self, exprs: &'a [Expr<'a>]) -> Result<&'a [Expr<'a>]> {
        self.each(exprs, |this, expr| Ok(*this.expr(expr)?))
    }

    fn opt(&mut self, expr: Option<&'a Expr<'a>>) -> Result<Option<&'a Expr<'a>>> {
        expr.map(|expr| self.expr(expr)).transpose()
    }

    fn opts(&mut self, exprs: &'a [Option<&'a Expr<'a>>]) -> Result<&'a [Option<&'a Expr<'a>>]> {
        self.each(exprs, |this, expr| this.opt(*expr))
    }

    fn stmts(&mut self, stmts: &'a [Stmt<'a>]) -> Result<&'a [Stmt<'a>]> {
        self.each(stmts, |this, stmt| this.stmt(stmt))
    }

    fn within(&mut self, context: Context, stmts: &'a [Stmt<'a>]) -> Result<&'a [Stmt<'a>]> {
        self.contexts.push(context);
        let stmts = self.stmts(stmts);
        self.contexts.pop();
        stmts
    }

    /// A body that may have a docstring. A string that becomes the first statement only here must
    /// not become a docstring, and is wrapped.
    fn body(&mut self, body: &'a [Stmt<'a>]) -> Result<&'a [Stmt<'a>]> {
        let mut has_docstring = docstring(body).is_some();
        let mut body = body;
        if has_docstring && self.optimize >= 2 {
            body = match body {
                // The body must not become empty: `pass` where the docstring began.
                [only] => {
                    let Range { lineno, col_offset, .. } = only.range;
                    let end_col_offset = col_offset + 4;
                    let range = Range { lineno, col_offset, end_lineno: lineno, end_col_offset };
                    self.arena.slice(&[Stmt { kind: StmtKind::Pass, range }])
                }
                _ => &body[1..],
            };
            self.changed = true;
            has_docstring = false;
        }
        let body = self.stmts(body)?;
        if has_docstring || docstring(body).is_none() {
            return Ok(body);
        }
        let mut anew = body.to_vec();
        let first = &mut anew[0];
        if let StmtKind::Expr { value } = first.kind {
            let kind = ExprKind::JoinedStr { values: std::slice::from_ref(value) };
            first.kind =
                StmtKind::Expr { value: self.arena.alloc(Expr { kind, range: first.range }) };
        }
        self.changed = true;
        Ok(self.arena.slice(&anew))
    }

    fn leaving(&mut self, word: &str, range: Range) -> Result {
        // Only the innermost context counts: a loop or a function inside of `finally` hides it.
        if self.warns && self.contexts.last() == Some(&Context::Finally) {
            let message = format!("'{word}' in a 'finally' block");
            warn_at(self.host, location(range), &message)?;
        }
        Ok(())
    }

    fn stmt(&mut self, stmt: &'a Stmt<'a>) -> Result<Stmt<'a>> {
        self.stack.check()?;
        let kind = match stmt.kind {
            StmtKind::FunctionDef {
                name,
                args,
                body,
                decorator_list,
                returns,
                type_comment,
                type_params,
            } => {
                let type_params = self.type_params(type_params)?;
                let args = self.arguments(args)?;
                let body = self.function_body(body)?;
                let decorator_list = self.exprs(decorator_list)?;
                let returns = self.annotation(returns)?;
                StmtKind::FunctionDef {
                    name,
                    args,
                    body,
                    decorator_list,
                    returns,
                    type_comment,
                    type_params,
                }
            }
            StmtKind::AsyncFunctionDef {
                name,
                args,
                body,
                decorator_list,
                returns,
                type_comment,
                type_params,
            } => {
                let type_params = self.type_params(type_params)?;
                let args = self.arguments(args)?;
                let body = self.function_body(body)?;
                let decorator_list = self.exprs(decorator_list)?;
                let returns = self.annotation(returns)?;
                StmtKind::AsyncFunctionDef {
                    name,
                    args,
                    body,
                    decorator_list,
                    returns,
                    type_comment,
                    type_params,
                }
            }
            StmtKind::ClassDef { name, bases, keywords, body, decorator_list, type_params } => {
                let type_params = self.type_params(type_params)?;
                let bases = self.exprs(bases)?;
                let keywords = self.keywords(keywords)?;
                let body = self.body(body)?;
                let decorator_list = self.exprs(decorator_list)?;
                StmtKind::ClassDef { name, bases, keywords, body, decorator_list, type_params }
            }
            StmtKind::Return { value } => {
                self.leaving("return", stmt.range)?;
                StmtKind::Return { value: self.opt(value)? }
            }
            StmtKind::Delete { targets } => StmtKind::Delete { targets: self.exprs(targets)? },
            StmtKind::Assign { targets, value, type_comment } => {
                let targets = self.exprs(targets)?;
                StmtKind::Assign { targets, value: self.expr(value)?, type_comment }
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                let name = self.expr(name)?;
                let type_params = self.type_params(type_params)?;
                StmtKind::TypeAlias { name, type_params, value: self.expr(value)? }
            }
            StmtKind::AugAssign { target, op, value } => {
                let target = self.expr(target)?;
                StmtKind::AugAssign { target, op, value: self.expr(value)? }
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                let target = self.expr(target)?;
                let annotation = self.annotation(Some(annotation))?.unwrap_or(annotation);
                StmtKind::AnnAssign { target, annotation, value: self.opt(value)?, simple }
            }
            StmtKind::For { target, iter, body, orelse, type_comment } => {
                let target = self.expr(target)?;
                let iter = self.expr(iter)?;
                let body = self.within(Context::Loop, body)?;
                StmtKind::For { target, iter, body, orelse: self.stmts(orelse)?, type_comment }
            }
            StmtKind::AsyncFor { target, iter, body, orelse, type_comment } => {
                let target = self.expr(target)?;
                let iter = self.expr(iter)?;
                let body = self.within(Context::Loop, body)?;
                StmtKind::AsyncFor { target, iter, body, orelse: self.stmts(orelse)?, type_comment }
            }
            StmtKind::While { test, body, orelse } => {
                let test = self.expr(test)?;
                let body = self.within(Context::Loop, body)?;
                StmtKind::While { test, body, orelse: self.stmts(orelse)? }
            }
            StmtKind::If { test, body, orelse } => {
                let test = self.expr(test)?;
                let body = self.stmts(body)?;
                StmtKind::If { test, body, orelse: self.stmts(orelse)? }
            }
            StmtKind::With { items, body, type_comment } => {
                let items = self.with_items(items)?;
                StmtKind::With { items, body: self.stmts(body)?, type_comment }
            }
            StmtKind::AsyncWith { items, body, type_comment } => {
                let items = self.with_items(items)?;
                StmtKind::AsyncWith { items, body: self.stmts(body)?, type_comment }
            }
            StmtKind::Match { subject, cases } => {
                let subject = self.expr(subject)?;
                let cases = self.each(cases, |this, case| {
                    let pattern = this.pattern(case.pattern)?;
                    let guard = this.opt(case.guard)?;
                    Ok(MatchCase { pattern, guard, body: this.stmts(case.body)? })
                })?;
                StmtKind::Match { subject, cases }
            }
            StmtKind::Raise { exc, cause } => {
                let exc = self.opt(exc)?;
                StmtKind::Raise { exc, cause: self.opt(cause)? }
            }
            StmtKind::Try { body, handlers, orelse, finalbody } => {
                let body = self.stmts(body)?;
                let handlers = self.handlers(handlers)?;
                let orelse = self.stmts(orelse)?;
                let finalbody = self.within(Context::Finally, finalbody)?;
                StmtKind::Try { body, handlers, orelse, finalbody }
            }
            StmtKind::TryStar { body, handlers, orelse, finalbody } => {
                let body = self.stmts(body)?;
                let handlers = self.handlers(handlers)?;
                let orelse = self.stmts(orelse)?;
                let finalbody = self.within(Context::Finally, finalbody)?;
                StmtKind::TryStar { body, handlers, orelse, finalbody }
            }
            StmtKind::Assert { test, msg } => {
                let test = self.expr(test)?;
                StmtKind::Assert { test, msg: self.opt(msg)? }
            }
            StmtKind::Expr { value } => StmtKind::Expr { value: self.expr(value)? },
            StmtKind::Break => {
                self.leaving("break", stmt.range)?;
                stmt.kind
            }
            StmtKind::Continue => {
                self.leaving("continue", stmt.range)?;
                stmt.kind
            }
            StmtKind::Import { .. }
            | StmtKind::ImportFrom { .. }
            | StmtKind::Global { .. }
            | StmtKind::Nonlocal { .. }
            | StmtKind::Pass => stmt.kind,
        };
        Ok(Stmt { kind, range: stmt.range })
    }

    fn function_body(&mut self, body: &'a [Stmt<'a>]) -> Result<&'a [Stmt<'a>]> {
        self.contexts.push(Context::Function);
        let body = self.body(body);
        self.contexts.pop();
        body
    }

    fn handlers(&mut self, handlers: &'a [ExceptHandler<'a>]) -> Result<&'a [ExceptHandler<'a>]> {
        self.each(handlers, |this, handler| {
            let type_ = this.opt(handler.type_)?;
            Ok(ExceptHandler { type_, body: this.stmts(handler.body)?, ..*handler })
        })
    }

    fn with_items(&mut self, items: &'a [WithItem<'a>]) -> Result<&'a [WithItem<'a>]> {
        self.each(items, |this, item| {
            let context_expr = this.expr(item.context_expr)?;
            Ok(WithItem { context_expr, optional_vars: this.opt(item.optional_vars)? })
        })
    }

    fn keywords(&mut self, keywords: &'a [Keyword<'a>]) -> Result<&'a [Keyword<'a>]> {
        self.each(keywords, |this, keyword| {
            Ok(Keyword { value: this.expr(keyword.value)?, ..*keyword })
        })
    }

    fn comprehensions(
        &mut self,
        generators: &'a [Comprehension<'a>],
    ) -> Result<&'a [Comprehension<'a>]> {
        self.each(generators, |this, generator| {
            let target = this.expr(generator.target)?;
            let iter = this.expr(generator.iter)?;
            let ifs = this.exprs(generator.ifs)?;
            Ok(Comprehension { target, iter, ifs, is_async: generator.is_async })
        })
    }

    /// An annotation; those that will be strings stay as written.
    fn annotation(&mut self, expr: Option<&'a Expr<'a>>) -> Result<Option<&'a Expr<'a>>> {
        if self.features & CO_FUTURE_ANNOTATIONS != 0 { Ok(expr) } else { self.opt(expr) }
    }

    fn arg(&mut self, arg: &'a Arg<'a>) -> Result<Arg<'a>> {
        Ok(Arg { annotation: self.annotation(arg.annotation)?, ..*arg })
    }

    fn arg_opt(&mut self, arg: Option<&'a Arg<'a>>) -> Result<Option<&'a Arg<'a>>> {
        let Some(arg) = arg else { return Ok(None) };
        let list = self.each(std::slice::from_ref(arg), |this, arg| this.arg(arg))?;
        Ok(list.first())
    }

    fn arguments(&mut self, args: &'a Arguments<'a>) -> Result<&'a Arguments<'a>> {
        let list = self.each(std::slice::from_ref(args), |this, args| {
            let posonlyargs = this.each(args.posonlyargs, Self::arg)?;
            let positional = this.each(args.args, Self::arg)?;
            let vararg = this.arg_opt(args.vararg)?;
            let kwonlyargs = this.each(args.kwonlyargs, Self::arg)?;
            let kw_defaults = this.opts(args.kw_defaults)?;
            let kwarg = this.arg_opt(args.kwarg)?;
            let defaults = this.exprs(args.defaults)?;
            Ok(Arguments {
                posonlyargs,
                args: positional,
                vararg,
                kwonlyargs,
                kw_defaults,
                kwarg,
                defaults,
            })
        })?;
        Ok(list.first().unwrap_or(args))
    }

    fn type_params(&mut self, params: &'a [TypeParam<'a>]) -> Result<&'a [TypeParam<'a>]> {
        self.each(params, |this, param| {
            let kind = match param.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    let bound = this.opt(bound)?;
                    TypeParamKind::TypeVar { name, bound, default_value: this.opt(default_value)? }
                }
                TypeParamKind::ParamSpec { name, default_value } => {
                    TypeParamKind::ParamSpec { name, default_value: this.opt(default_value)? }
                }
                TypeParamKind::TypeVarTuple { name, default_value } => {
                    TypeParamKind::TypeVarTuple { name, default_value: this.opt(default_value)? }
                }
            };
            Ok(TypeParam { kind, range: param.range })
        })
    }

    fn expr(&mut self, expr: &'a Expr<'a>) -> Result<&'a Expr<'a>> {
        self.stack.check()?;
        let outer = std::mem::replace(&mut self.changed, false);
        let kind = self.expr_kind(expr)?;
        let result =
            if self.changed { self.arena.alloc(Expr { kind, range: expr.range }) } else { expr };
        self.changed |= outer;
        Ok(result)
    }

    fn expr_kind(&mut self, expr: &'a Expr<'a>) -> Result<ExprKind<'a>> {
        Ok(match expr.kind {
            ExprKind::BoolOp { op, values } => ExprKind::BoolOp { op, values: self.exprs(values)? },
            ExprKind::BinOp { left, op, right } => {
                let left = self.expr(left)?;
                let right = self.expr(right)?;
                match self.format(left, op, right) {
                    Some(joined) => {
                        self.changed = true;
                        joined
                    }
                    None => ExprKind::BinOp { left, op, right },
                }
            }
            ExprKind::UnaryOp { op, operand } => {
                ExprKind::UnaryOp { op, operand: self.expr(operand)? }
            }
            ExprKind::Lambda { args, body } => {
                let args = self.arguments(args)?;
                ExprKind::Lambda { args, body: self.expr(body)? }
            }
            ExprKind::IfExp { test, body, orelse } => {
                let test = self.expr(test)?;
                let body = self.expr(body)?;
                ExprKind::IfExp { test, body, orelse: self.expr(orelse)? }
            }
            ExprKind::Dict { keys, values } => {
                let keys = self.opts(keys)?;
                ExprKind::Dict { keys, values: self.exprs(values)? }
            }
            ExprKind::Set { elts } => ExprKind::Set { elts: self.exprs(elts)? },
            ExprKind::ListComp { elt, generators } => {
                let elt = self.expr(elt)?;
                ExprKind::ListComp { elt, generators: self.comprehensions(generators)? }
            }
            ExprKind::SetComp { elt, generators } => {
                let elt = self.expr(elt)?;
                ExprKind::SetComp { elt, generators: self.comprehensions(generators)? }
            }
            ExprKind::DictComp { key, value, generators } => {
                let key = self.expr(key)?;
                let value = self.expr(value)?;
                ExprKind::DictComp { key, value, generators: self.comprehensions(generators)? }
            }
            ExprKind::GeneratorExp { elt, generators } => {
                let elt = self.expr(elt)?;
                ExprKind::GeneratorExp { elt, generators: self.comprehensions(generators)? }
            }
            ExprKind::Await { value } => ExprKind::Await { value: self.expr(value)? },
            ExprKind::Yield { value } => ExprKind::Yield { value: self.opt(value)? },
            ExprKind::YieldFrom { value } => ExprKind::YieldFrom { value: self.expr(value)? },
            ExprKind::Compare { left, ops, comparators } => {
                let left = self.expr(left)?;
                ExprKind::Compare { left, ops, comparators: self.exprs(comparators)? }
            }
            ExprKind::Call { func, args, keywords } => {
                let func = self.expr(func)?;
                let args = self.exprs(args)?;
                ExprKind::Call { func, args, keywords: self.keywords(keywords)? }
            }
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                let value = self.expr(value)?;
                let format_spec = self.opt(format_spec)?;
                ExprKind::FormattedValue { value, conversion, format_spec }
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                let value = self.expr(value)?;
                let format_spec = self.opt(format_spec)?;
                ExprKind::Interpolation { value, str, conversion, format_spec }
            }
            ExprKind::JoinedStr { values } => ExprKind::JoinedStr { values: self.exprs(values)? },
            ExprKind::TemplateStr { values } => {
                ExprKind::TemplateStr { values: self.exprs(values)? }
            }
            ExprKind::Attribute { value, attr, ctx } => {
                ExprKind::Attribute { value: self.expr(value)?, attr, ctx }
            }
            ExprKind::Subscript { value, slice, ctx } => {
                let value = self.expr(value)?;
                ExprKind::Subscript { value, slice: self.expr(slice)?, ctx }
            }
            ExprKind::Starred { value, ctx } => ExprKind::Starred { value: self.expr(value)?, ctx },
            ExprKind::Slice { lower, upper, step } => {
                let lower = self.opt(lower)?;
                let upper = self.opt(upper)?;
                ExprKind::Slice { lower, upper, step: self.opt(step)? }
            }
            ExprKind::List { elts, ctx } => ExprKind::List { elts: self.exprs(elts)?, ctx },
            ExprKind::Tuple { elts, ctx } => ExprKind::Tuple { elts: self.exprs(elts)?, ctx },
            ExprKind::Name { id, ctx: ExprContext::Load }
                if id == self.names.debug && !self.syntax_check_only =>
            {
                self.changed = true;
                let value = if self.optimize == 0 { Constant::True } else { Constant::False };
                ExprKind::Constant { value, kind: None }
            }
            ExprKind::NamedExpr { target, value } => {
                ExprKind::NamedExpr { target, value: self.expr(value)? }
            }
            ExprKind::Name { .. } | ExprKind::Constant { .. } => expr.kind,
        })
    }

    /// `'…%s…' % (a, …)` as an f-string, when all its conversions are simple.
    fn format(&mut self, left: &Expr<'a>, op: Operator, right: &Expr<'a>) -> Option<ExprKind<'a>> {
        let ExprKind::Constant { value: Constant::Str(format), .. } = left.kind else {
            return None;
        };
        let ExprKind::Tuple { elts, .. } = right.kind else { return None };
        let starred = |elt: &Expr<'_>| matches!(elt.kind, ExprKind::Starred { .. });
        if self.syntax_check_only || op != Operator::Mod || elts.iter().any(starred) {
            return None;
        }
        let mut values = Vec::with_capacity(elts.len() * 2 + 1);
        let mut elts = elts.iter();
        let mut rest = format;
        loop {
            let (literal, behind) = format_literal(rest);
            if behind.len() != rest.len() {
                values.push(self.text(&literal));
            }
            let Some((_, behind)) = behind.split_first() else { break };
            let value = elts.next()?;
            let (conversion, spec, behind) = format_conversion(behind)?;
            let format_spec = (!spec.is_empty()).then(|| {
                let spec = self.text(spec.as_bytes());
                self.arena.alloc(spec)
            });
            let kind = ExprKind::FormattedValue { value, conversion, format_spec };
            values.push(Expr { kind, range: value.range });
            rest = behind;
        }
        if elts.next().is_some() {
            return None;
        }
        Some(ExprKind::JoinedStr { values: self.arena.slice(&values) })
    }

    /// A constant that stands nowhere.
    fn text(&self, text: &[u8]) -> Expr<'a> {
        let kind = ExprKind::Constant { value: Constant::Str(self.arena.slice(text)), kind: None };
        let none = u32::MAX;
        let range =
            Range { lineno: none, col_offset: none, end_lineno: none, end_col_offset: none };
        Expr { kind, range }
    }

    fn pattern(&mut self, pattern: &'a Pattern<'a>) -> Result<&'a Pattern<'a>> {
        self.stack.check()?;
        let list = self.each(std::slice::from_ref(pattern), |this, pattern| {
            let patterns = |this: &mut Self, list| {
                this.each(list, |this, pattern| Ok(*this.pattern(pattern)?))
            };
            let kind = match pattern.kind {
                PatternKind::MatchValue { value } => {
                    PatternKind::MatchValue { value: this.pattern_number(value) }
                }
                PatternKind::MatchSequence { patterns: list } => {
                    PatternKind::MatchSequence { patterns: patterns(this, list)? }
                }
                PatternKind::MatchMapping { keys, patterns: list, rest } => {
                    let keys = this.each(keys, |this, key| Ok(*this.pattern_number(key)))?;
                    PatternKind::MatchMapping { keys, patterns: patterns(this, list)?, rest }
                }
                PatternKind::MatchClass { cls, patterns: list, kwd_attrs, kwd_patterns } => {
                    let cls = this.expr(cls)?;
                    let list = patterns(this, list)?;
                    let kwd_patterns = patterns(this, kwd_patterns)?;
                    PatternKind::MatchClass { cls, patterns: list, kwd_attrs, kwd_patterns }
                }
                PatternKind::MatchAs { pattern: Some(inner), name } => {
                    PatternKind::MatchAs { pattern: Some(this.pattern(inner)?), name }
                }
                PatternKind::MatchOr { patterns: list } => {
                    PatternKind::MatchOr { patterns: patterns(this, list)? }
                }
                PatternKind::MatchSingleton { .. }
                | PatternKind::MatchStar { .. }
                | PatternKind::MatchAs { pattern: None, .. } => pattern.kind,
            };
            Ok(Pattern { kind, range: pattern.range })
        })?;
        Ok(list.first().unwrap_or(pattern))
    }

    /// Negative and complex numbers of patterns.
    fn pattern_number(&mut self, expr: &'a Expr<'a>) -> &'a Expr<'a> {
        if self.syntax_check_only {
            return expr;
        }
        match number(self.arena, expr) {
            Some(value) if !matches!(expr.kind, ExprKind::Constant { .. }) => {
                self.changed = true;
                let kind = ExprKind::Constant { value, kind: None };
                self.arena.alloc(Expr { kind, range: expr.range })
            }
            _ => expr,
        }
    }
}

/// The value of `-n`, `n + nj`, `-n - nj`, where every part is a constant.
fn number<'a>(arena: &'a Arena, expr: &Expr<'a>) -> Option<Constant<'a>> {
    match expr.kind {
        ExprKind::Constant { value, .. } => Some(value),
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => match operand.kind {
            ExprKind::Constant { value, .. } => negative(arena, value),
            _ => None,
        },
        ExprKind::BinOp { left, op: op @ (Operator::Add | Operator::Sub), right } => {
            let ExprKind::Constant { value: right, .. } = right.kind else { return None };
            let Constant::Complex { real: right_real, imag } = right else { return None };
            let real = match number(arena, left)? {
                Constant::Int(value) => value as f64,
                Constant::Float(value) => value,
                Constant::BigInt(value) => {
                    Integer::from_slice(value.negative, value.digits).to_f64().ok()?
                }
                _ => return None,
            };
            Some(match op {
                Operator::Add => Constant::Complex { real: real + right_real, imag },
                _ => Constant::Complex { real: real - right_real, imag: -imag },
            })
        }
        _ => None,
    }
}

fn negative<'a>(arena: &'a Arena, value: Constant<'a>) -> Option<Constant<'a>> {
    Some(match value {
        Constant::True => Constant::Int(-1),
        Constant::False => Constant::Int(0),
        Constant::Int(value) => match value.checked_neg() {
            Some(value) => Constant::Int(value),
            None => return None,
        },
        Constant::BigInt(value) => {
            let value = Integer::from_slice(!value.negative, value.digits);
            match value.to_i64() {
                Some(value) => Constant::Int(value),
                None => Constant::BigInt(BigInt {
                    negative: value.is_negative(),
                    digits: arena.slice(value.digits()),
                }),
            }
        }
        Constant::Float(value) => Constant::Float(-value),
        Constant::Complex { real, imag } => Constant::Complex { real: -real, imag: -imag },
        _ => return None,
    })
}

/// Text up to the next conversion, `%%` as `%`; and what is behind it.
fn format_literal(format: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut literal = Vec::new();
    let mut at = 0;
    while at < format.len() {
        if format[at] == b'%' {
            if format.get(at + 1) != Some(&b'%') {
                break;
            }
            at += 1;
        }
        literal.push(format[at]);
        at += 1;
    }
    (literal, &format[at..])
}

/// `-5.3s` and the like: the conversion, the format specification it means, what is behind.
fn format_conversion(format: &[u8]) -> Option<(i32, String, &[u8])> {
    let flags = format.iter().take_while(|byte| b"-+ #0".contains(byte)).count();
    let left_adjusted = format[..flags].contains(&b'-');
    let mut rest = &format[flags..];
    let mut spec = String::new();
    if rest.first()?.is_ascii_digit() {
        let width = format_number(&mut rest)?;
        if !left_adjusted && width > 0 {
            spec.push('>');
        }
        spec.push_str(&width.to_string());
    }
    if *rest.first()? == b'.' {
        rest = &rest[1..];
        spec.push('.');
        spec.push_str(&format_number(&mut rest)?.to_string());
    }
    let (conversion, rest) = rest.split_first()?;
    matches!(conversion, b's' | b'r' | b'a').then(|| (i32::from(*conversion), spec, rest))
}

/// At most two digits; none is zero.
fn format_number(rest: &mut &[u8]) -> Option<u32> {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, behind) = rest.split_at(count);
    *rest = behind;
    (count < 3)
        .then(|| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}
