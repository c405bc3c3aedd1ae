//! What the compiler relies on in a tree that Python code has built.
//!
//! Answers to `Python/ast.c`.

use gopy_core::error::{type_error, value_error};
use gopy_object::{PyResult, thread};
use gopy_syntax::ast::*;

/// Checks a node's position.
///
/// # Errors
///
/// `ValueError` where the end lies before the start.
pub(super) fn positions(lineno: i32, end_lineno: i32, col: i32, end_col: i32) -> PyResult<()> {
    if lineno > end_lineno {
        return Err(value_error!("AST node line range ({lineno}, {end_lineno}) is not valid"));
    }
    if (lineno < 0 && end_lineno != lineno) || (col < 0 && col != end_col) {
        return Err(value_error!(
            "AST node column range ({col}, {end_col}) for line range ({lineno}, {end_lineno}) is not valid"
        ));
    }
    if lineno == end_lineno && col > end_col {
        return Err(value_error!("line {lineno}, column {col}-{end_col} is not a valid range"));
    }
    Ok(())
}

/// Checks a whole tree (`_PyAST_Validate`).
///
/// # Errors
///
/// `ValueError`, `TypeError` with the texts of CPython's validator.
pub(super) fn module(module: &Mod<'_>, interner: &Interner<'_>) -> PyResult<()> {
    let check = Validator { interner };
    match module {
        Mod::Module { body, .. } | Mod::Interactive { body } => check.stmts(body),
        Mod::Expression { body } => check.expr(body, ExprContext::Load),
        Mod::FunctionType { argtypes, returns } => {
            check.exprs(argtypes, ExprContext::Load)?;
            check.expr(returns, ExprContext::Load)
        }
    }
}

struct Validator<'i> {
    interner: &'i Interner<'i>,
}

const LOAD: ExprContext = ExprContext::Load;

fn context_name(context: ExprContext) -> &'static str {
    match context {
        ExprContext::Load => "Load",
        ExprContext::Store => "Store",
        ExprContext::Del => "Del",
    }
}

fn nonempty<T>(items: &[T], what: &str, owner: &str) -> PyResult<()> {
    if items.is_empty() { Err(value_error!("empty {what} on {owner}")) } else { Ok(()) }
}

impl Validator<'_> {
    fn name(&self, name: Symbol) -> PyResult<()> {
        let text = self.interner.display(name);
        if matches!(&*text, "None" | "True" | "False") {
            return Err(value_error!("identifier field can't represent '{text}' constant"));
        }
        Ok(())
    }

    fn aliases(&self, names: &[Alias], owner: &str) -> PyResult<()> {
        nonempty(names, "names", owner)?;
        names.iter().try_for_each(|alias| {
            self.name(alias.name)?;
            alias.asname.map_or(Ok(()), |name| self.name(name))
        })
    }

    fn stmts(&self, body: &[Stmt<'_>]) -> PyResult<()> {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn body(&self, body: &[Stmt<'_>], owner: &str) -> PyResult<()> {
        nonempty(body, "body", owner)?;
        self.stmts(body)
    }

    fn exprs(&self, exprs: &[Expr<'_>], context: ExprContext) -> PyResult<()> {
        exprs.iter().try_for_each(|expr| self.expr(expr, context))
    }

    fn optional(&self, expr: Option<&Expr<'_>>) -> PyResult<()> {
        expr.map_or(Ok(()), |expr| self.expr(expr, LOAD))
    }

    fn targets(&self, exprs: &[Expr<'_>], owner: &str, context: ExprContext) -> PyResult<()> {
        nonempty(exprs, "targets", owner)?;
        self.exprs(exprs, context)
    }

    fn keywords(&self, keywords: &[Keyword<'_>]) -> PyResult<()> {
        keywords.iter().try_for_each(|keyword| self.expr(keyword.value, LOAD))
    }

    fn type_params(&self, params: &[TypeParam<'_>]) -> PyResult<()> {
        for param in params {
            match param.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    self.name(name)?;
                    self.optional(bound)?;
                    self.optional(default_value)?;
                }
                TypeParamKind::ParamSpec { name, default_value }
                | TypeParamKind::TypeVarTuple { name, default_value } => {
                    self.name(name)?;
                    self.optional(default_value)?;
                }
            }
        }
        Ok(())
    }

    fn arguments(&self, args: &Arguments<'_>) -> PyResult<()> {
        let all = args.posonlyargs.iter().chain(args.args).chain(args.kwonlyargs);
        for arg in all.chain(args.vararg).chain(args.kwarg) {
            self.optional(arg.annotation)?;
        }
        if args.defaults.len() > args.posonlyargs.len() + args.args.len() {
            return Err(value_error!("more positional defaults than args on arguments"));
        }
        if args.kw_defaults.len() != args.kwonlyargs.len() {
            return Err(value_error!(
                "length of kwonlyargs is not the same as kw_defaults on arguments"
            ));
        }
        self.exprs(args.defaults, LOAD)?;
        args.kw_defaults.iter().try_for_each(|default| self.optional(*default))
    }

    fn comprehension(&self, generators: &[Comprehension<'_>]) -> PyResult<()> {
        if generators.is_empty() {
            return Err(value_error!("comprehension with no generators"));
        }
        for generator in generators {
            self.expr(generator.target, ExprContext::Store)?;
            self.expr(generator.iter, LOAD)?;
            self.exprs(generator.ifs, LOAD)?;
        }
        Ok(())
    }

    fn function(
        &self,
        owner: &str,
        args: &Arguments<'_>,
        body: &[Stmt<'_>],
        decorators: &[Expr<'_>],
        returns: Option<&Expr<'_>>,
        type_params: &[TypeParam<'_>],
    ) -> PyResult<()> {
        self.body(body, owner)?;
        self.type_params(type_params)?;
        self.arguments(args)?;
        self.exprs(decorators, LOAD)?;
        self.optional(returns)
    }

    fn stmt(&self, stmt: &Stmt<'_>) -> PyResult<()> {
        use ExprContext::{Del, Store};
        thread().check_native_recursion(" during compilation")?;
        match stmt.kind {
            StmtKind::FunctionDef {
                name,
                args,
                body,
                decorator_list,
                returns,
                type_params,
                ..
            } => {
                self.name(name)?;
                self.function("FunctionDef", args, body, decorator_list, returns, type_params)
            }
            StmtKind::AsyncFunctionDef {
                name,
                args,
                body,
                decorator_list,
                returns,
                type_params,
                ..
            } => {
                self.name(name)?;
                self.function("AsyncFunctionDef", args, body, decorator_list, returns, type_params)
            }
            StmtKind::ClassDef { name, bases, keywords, body, decorator_list, type_params } => {
                self.name(name)?;
                self.body(body, "ClassDef")?;
                self.type_params(type_params)?;
                self.exprs(bases, LOAD)?;
                self.keywords(keywords)?;
                self.exprs(decorator_list, LOAD)
            }
            StmtKind::Return { value } => self.optional(value),
            StmtKind::Delete { targets } => self.targets(targets, "Delete", Del),
            StmtKind::Assign { targets, value, .. } => {
                self.targets(targets, "Assign", Store)?;
                self.expr(value, LOAD)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target, Store)?;
                self.expr(value, LOAD)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                if simple != 0 && !matches!(target.kind, ExprKind::Name { .. }) {
                    return Err(type_error!("AnnAssign with simple non-Name target"));
                }
                self.expr(target, Store)?;
                self.optional(value)?;
                self.expr(annotation, LOAD)
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                if !matches!(name.kind, ExprKind::Name { .. }) {
                    return Err(type_error!("TypeAlias with non-Name name"));
                }
                self.expr(name, Store)?;
                self.type_params(type_params)?;
                self.expr(value, LOAD)
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.looping("For", target, iter, body, orelse)
            }
            StmtKind::AsyncFor { target, iter, body, orelse, .. } => {
                self.looping("AsyncFor", target, iter, body, orelse)
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test, LOAD)?;
                self.body(body, "While")?;
                self.stmts(orelse)
            }
            StmtKind::If { test, body, orelse } => {
                self.expr(test, LOAD)?;
                self.body(body, "If")?;
                self.stmts(orelse)
            }
            StmtKind::With { items, body, .. } => self.with("With", items, body),
            StmtKind::AsyncWith { items, body, .. } => self.with("AsyncWith", items, body),
            StmtKind::Match { subject, cases } => {
                self.expr(subject, LOAD)?;
                nonempty(cases, "cases", "Match")?;
                for case in cases {
                    self.pattern(case.pattern, false)?;
                    self.optional(case.guard)?;
                    self.body(case.body, "match_case")?;
                }
                Ok(())
            }
            StmtKind::Raise { exc, cause } => {
                if exc.is_none() && cause.is_some() {
                    return Err(value_error!("Raise with cause but no exception"));
                }
                self.optional(exc)?;
                self.optional(cause)
            }
            StmtKind::Try { body, handlers, orelse, finalbody } => {
                self.trying("Try", body, handlers, orelse, finalbody)
            }
            StmtKind::TryStar { body, handlers, orelse, finalbody } => {
                self.trying("TryStar", body, handlers, orelse, finalbody)
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test, LOAD)?;
                self.optional(msg)
            }
            StmtKind::Import { names } => self.aliases(names, "Import"),
            StmtKind::ImportFrom { names, level, .. } => {
                if level.is_some_and(|level| level < 0) {
                    return Err(value_error!("Negative ImportFrom level"));
                }
                self.aliases(names, "ImportFrom")
            }
            StmtKind::Global { names } => nonempty(names, "names", "Global"),
            StmtKind::Nonlocal { names } => nonempty(names, "names", "Nonlocal"),
            StmtKind::Expr { value } => self.expr(value, LOAD),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }

    fn looping(
        &self,
        owner: &str,
        target: &Expr<'_>,
        iter: &Expr<'_>,
        body: &[Stmt<'_>],
        orelse: &[Stmt<'_>],
    ) -> PyResult<()> {
        self.expr(target, ExprContext::Store)?;
        self.expr(iter, LOAD)?;
        self.body(body, owner)?;
        self.stmts(orelse)
    }

    fn with(&self, owner: &str, items: &[WithItem<'_>], body: &[Stmt<'_>]) -> PyResult<()> {
        nonempty(items, "items", owner)?;
        for item in items {
            self.expr(item.context_expr, LOAD)?;
            if let Some(target) = item.optional_vars {
                self.expr(target, ExprContext::Store)?;
            }
        }
        self.body(body, owner)
    }

    fn trying(
        &self,
        owner: &str,
        body: &[Stmt<'_>],
        handlers: &[ExceptHandler<'_>],
        orelse: &[Stmt<'_>],
        finalbody: &[Stmt<'_>],
    ) -> PyResult<()> {
        self.body(body, owner)?;
        if handlers.is_empty() && finalbody.is_empty() {
            return Err(value_error!("{owner} has neither except handlers nor finalbody"));
        }
        if handlers.is_empty() && !orelse.is_empty() {
            return Err(value_error!("{owner} has orelse but no except handlers"));
        }
        for handler in handlers {
            handler.name.map_or(Ok(()), |name| self.name(name))?;
            self.optional(handler.type_)?;
            self.body(handler.body, "ExceptHandler")?;
        }
        self.stmts(finalbody)?;
        self.stmts(orelse)
    }

    /// The context that an expression has, where it has one.
    fn own_context(&self, expr: &Expr<'_>, wanted: ExprContext) -> PyResult<()> {
        let own = match expr.kind {
            ExprKind::Name { id, ctx } => {
                self.name(id)?;
                ctx
            }
            ExprKind::Attribute { ctx, .. }
            | ExprKind::Subscript { ctx, .. }
            | ExprKind::Starred { ctx, .. }
            | ExprKind::List { ctx, .. }
            | ExprKind::Tuple { ctx, .. } => ctx,
            _ if wanted != LOAD => {
                return Err(value_error!(
                    "expression which can't be assigned to in {} context",
                    context_name(wanted)
                ));
            }
            _ => return Ok(()),
        };
        if own != wanted {
            return Err(value_error!(
                "expression must have {} context but has {} instead",
                context_name(wanted),
                context_name(own)
            ));
        }
        Ok(())
    }

    fn expr(&self, expr: &Expr<'_>, context: ExprContext) -> PyResult<()> {
        thread().check_native_recursion(" during compilation")?;
        self.own_context(expr, context)?;
        match expr.kind {
            ExprKind::BoolOp { values, .. } => {
                if values.len() < 2 {
                    return Err(value_error!("BoolOp with less than 2 values"));
                }
                self.exprs(values, LOAD)
            }
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left, LOAD)?;
                self.expr(right, LOAD)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand, LOAD),
            ExprKind::Lambda { args, body } => {
                self.arguments(args)?;
                self.expr(body, LOAD)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test, LOAD)?;
                self.expr(body, LOAD)?;
                self.expr(orelse, LOAD)
            }
            ExprKind::Dict { keys, values } => {
                if keys.len() != values.len() {
                    return Err(value_error!(
                        "Dict doesn't have the same number of keys as values"
                    ));
                }
                keys.iter().try_for_each(|key| self.optional(*key))?;
                self.exprs(values, LOAD)
            }
            ExprKind::Set { elts } => self.exprs(elts, LOAD),
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(generators)?;
                self.expr(elt, LOAD)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(generators)?;
                self.expr(key, LOAD)?;
                self.expr(value, LOAD)
            }
            ExprKind::Yield { value } => self.optional(value),
            ExprKind::YieldFrom { value } | ExprKind::Await { value } => self.expr(value, LOAD),
            ExprKind::Compare { left, ops, comparators } => {
                if comparators.is_empty() {
                    return Err(value_error!("Compare has no comparators"));
                }
                if comparators.len() != ops.len() {
                    return Err(value_error!(
                        "Compare has a different number of comparators and operands"
                    ));
                }
                self.exprs(comparators, LOAD)?;
                self.expr(left, LOAD)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func, LOAD)?;
                self.exprs(args, LOAD)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value, LOAD)?;
                self.optional(format_spec)
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => {
                self.exprs(values, LOAD)
            }
            ExprKind::Attribute { value, .. } => self.expr(value, LOAD),
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(slice, LOAD)?;
                self.expr(value, LOAD)
            }
            ExprKind::Starred { value, ctx } => self.expr(value, ctx),
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower)?;
                self.optional(upper)?;
                self.optional(step)
            }
            ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => self.exprs(elts, ctx),
            ExprKind::NamedExpr { target, value } => {
                if !matches!(target.kind, ExprKind::Name { .. }) {
                    return Err(type_error!("NamedExpr target must be a Name"));
                }
                self.expr(target, ExprContext::Store)?;
                self.expr(value, LOAD)
            }
            ExprKind::Constant { .. } | ExprKind::Name { .. } => Ok(()),
        }
    }

    fn capture(&self, name: Symbol) -> PyResult<()> {
        if &*self.interner.display(name) == "_" {
            return Err(value_error!("can't capture name '_' in patterns"));
        }
        self.name(name)
    }

    /// The value of a `MatchValue` or a mapping's key.
    fn match_value(&self, value: &Expr<'_>) -> PyResult<()> {
        self.expr(value, LOAD)?;
        let is_number = |constant: &Constant<'_>| {
            matches!(
                constant,
                Constant::Int(_)
                    | Constant::BigInt(_)
                    | Constant::Float(_)
                    | Constant::Complex { .. }
            )
        };
        let fine = match value.kind {
            ExprKind::Constant { value, .. } => {
                is_number(&value) || matches!(value, Constant::Str(_) | Constant::Bytes(_))
            }
            ExprKind::Attribute { .. } | ExprKind::JoinedStr { .. } => true,
            ExprKind::UnaryOp { op, operand } => {
                op == UnaryOp::USub
                    && matches!(&operand.kind, ExprKind::Constant { value, .. } if is_number(value))
            }
            ExprKind::BinOp { op, .. } => matches!(op, Operator::Add | Operator::Sub),
            _ => false,
        };
        if fine {
            return Ok(());
        }
        Err(value_error!("patterns may only match literals and attribute lookups"))
    }

    fn patterns(&self, patterns: &[Pattern<'_>], star_ok: bool) -> PyResult<()> {
        patterns.iter().try_for_each(|pattern| self.pattern(pattern, star_ok))
    }

    fn pattern(&self, pattern: &Pattern<'_>, star_ok: bool) -> PyResult<()> {
        thread().check_native_recursion(" during compilation")?;
        match pattern.kind {
            PatternKind::MatchValue { value } => self.match_value(value),
            PatternKind::MatchSingleton { value } => match value {
                Constant::None | Constant::True | Constant::False => Ok(()),
                _ => Err(value_error!("MatchSingleton can only contain True, False and None")),
            },
            PatternKind::MatchSequence { patterns } => self.patterns(patterns, true),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                if keys.len() != patterns.len() {
                    return Err(value_error!(
                        "MatchMapping doesn't have the same number of keys as patterns"
                    ));
                }
                if let Some(rest) = rest {
                    self.capture(rest)?;
                }
                for key in keys {
                    let singleton = matches!(
                        key.kind,
                        ExprKind::Constant {
                            value: Constant::None | Constant::True | Constant::False,
                            ..
                        }
                    );
                    if !singleton {
                        self.match_value(key)?;
                    }
                }
                self.patterns(patterns, false)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                if kwd_attrs.len() != kwd_patterns.len() {
                    return Err(value_error!(
                        "MatchClass doesn't have the same number of keyword attributes as patterns"
                    ));
                }
                self.expr(cls, LOAD)?;
                let mut class = cls;
                loop {
                    match class.kind {
                        ExprKind::Name { .. } => break,
                        ExprKind::Attribute { value, .. } => class = value,
                        _ => {
                            return Err(value_error!(
                                "MatchClass cls field can only contain Name or Attribute nodes."
                            ));
                        }
                    }
                }
                kwd_attrs.iter().try_for_each(|name| self.name(*name))?;
                self.patterns(patterns, false)?;
                self.patterns(kwd_patterns, false)
            }
            PatternKind::MatchStar { name } => {
                if !star_ok {
                    return Err(value_error!("can't use MatchStar here"));
                }
                name.map_or(Ok(()), |name| self.capture(name))
            }
            PatternKind::MatchAs { pattern, name } => {
                if let Some(name) = name {
                    self.capture(name)?;
                }
                match pattern {
                    None => Ok(()),
                    Some(_) if name.is_none() => Err(value_error!(
                        "MatchAs must specify a target name if a pattern is given"
                    )),
                    Some(pattern) => self.pattern(pattern, false),
                }
            }
            PatternKind::MatchOr { patterns } => {
                if patterns.len() < 2 {
                    return Err(value_error!("MatchOr requires at least 2 patterns"));
                }
                self.patterns(patterns, false)
            }
        }
    }
}
