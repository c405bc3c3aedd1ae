//! The first pass: what each block says about its names.
//!
//! Answers to the `symtable_visit_*` functions of `Python/symtable.c`; errors come in its order.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gopy_syntax::ast::*;
use gopy_syntax::{Host, SyntaxError, SyntaxErrorKind};

use super::analyze::Analyzer;
use super::*;
use crate::common::{Names, Result, StackBounds, error_at, location};
use crate::flags::{CO_FUTURE_ANNOTATIONS, PYCF_ALLOW_TOP_LEVEL_AWAIT};
use crate::future::Future;

struct Builder<'b, 'a> {
    table: SymbolTable,
    interner: &'b mut Interner<'a>,
    host: &'b mut dyn Host,
    names: Names,
    future: Future,
    stack: StackBounds,
    /// Open blocks, the current one last.
    open: Vec<EntryId>,
    /// Class whose private names are mangled.
    private: Option<Symbol>,
}

impl SymbolTable {
    /// Builds the table of a preprocessed module.
    pub(crate) fn build<'a>(
        module: &Mod<'a>,
        future: Future,
        names: Names,
        stack: StackBounds,
        host: &mut dyn Host,
        interner: &mut Interner<'a>,
    ) -> Result<Self> {
        let table = Self { entries: Vec::new(), blocks: HashMap::new() };
        let open = Vec::new();
        let mut builder =
            Builder { table, interner, host, names, future, stack, open, private: None };
        builder.module(module)?;
        let Builder { mut table, interner, host, .. } = builder;
        Analyzer { table: &mut table, interner, host, names, stack }.run()?;
        Ok(table)
    }
}

impl<'a> Builder<'_, 'a> {
    fn module(&mut self, module: &Mod<'a>) -> Result {
        self.enter(self.names.top, BlockKind::Module, ScopeKey::Module, Range::default())?;
        match *module {
            Mod::Module { body, .. } => {
                self.cur().has_docstring = docstring(body).is_some();
                self.stmts(body)?;
            }
            Mod::Interactive { body } => self.stmts(body)?,
            Mod::Expression { body } => self.expr(body)?,
            Mod::FunctionType { .. } => {
                let message = "this compiler does not handle FunctionTypes";
                return Err(SyntaxError::bare(SyntaxErrorKind::System, message));
            }
        }
        self.exit();
        Ok(())
    }

    fn cur_id(&self) -> EntryId {
        *self.open.last().unwrap_or(&SymbolTable::TOP)
    }

    fn cur(&mut self) -> &mut Entry {
        let id = self.cur_id();
        self.table.entry_mut(id)
    }

    fn error(&mut self, range: Range, message: impl Into<String>) -> Box<SyntaxError> {
        error_at(self.host, location(range), message)
    }

    /// An error whose message has a name between `start` and `end`.
    #[cold]
    fn name_error(
        &mut self,
        range: Range,
        start: &str,
        name: Symbol,
        end: &str,
    ) -> Box<SyntaxError> {
        let message = format!("{start}{}{end}", self.interner.display(name));
        self.error(range, message)
    }

    fn new_entry(&mut self, name: Symbol, kind: BlockKind, key: ScopeKey, range: Range) -> EntryId {
        let id = EntryId(self.table.entries.len() as u32);
        let around = self.open.last().map(|id| self.table.entry(*id));
        let entry = Entry {
            name,
            kind,
            symbols: Symbols::default(),
            varnames: Vec::new(),
            children: Vec::new(),
            directives: Vec::new(),
            mangled_names: None,
            scope_info: "",
            range,
            nested: around.is_some_and(|entry| entry.nested || entry.is_function_like()),
            generator: false,
            coroutine: false,
            comprehension: None,
            varargs: false,
            varkeywords: false,
            returns_value: false,
            needs_class_closure: false,
            needs_classdict: false,
            comp_inlined: false,
            comp_iter_target: false,
            comp_iter_expr: 0,
            can_see_class_scope: false,
            method: kind == BlockKind::Function
                && around.is_some_and(|entry| entry.kind == BlockKind::Class),
            has_docstring: false,
            annotations_used: false,
            has_conditional_annotations: false,
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            annotation_block: None,
        };
        self.table.entries.push(entry);
        self.table.blocks.insert(key, id);
        id
    }

    fn enter_existing(&mut self, id: EntryId, add_to_children: bool) {
        let around = self.open.last().copied();
        self.open.push(id);
        let Some(around) = around else { return };
        // Assignment expressions are forbidden in the iterable of a comprehension, however deep.
        let iter_expr = self.table.entry(around).comp_iter_expr;
        let mangled = self.table.entry(around).mangled_names.clone();
        let entry = self.table.entry_mut(id);
        entry.comp_iter_expr = iter_expr;
        if mangled.is_some() && entry.kind != BlockKind::Class {
            entry.mangled_names = mangled;
        }
        // With future annotations these blocks become strings and do not count.
        let ignored = self.future.features & CO_FUTURE_ANNOTATIONS != 0
            && entry.kind == BlockKind::Annotation;
        if add_to_children && !ignored {
            self.table.entry_mut(around).children.push(id);
        }
    }

    fn enter(&mut self, name: Symbol, kind: BlockKind, key: ScopeKey, range: Range) -> Result {
        let id = self.new_entry(name, kind, key, range);
        self.enter_existing(id, true);
        if let BlockKind::Annotation | BlockKind::TypeVariable | BlockKind::TypeAlias = kind {
            self.add_def(self.names.format_parameter, DEF_PARAM, range)?;
            self.add_def(self.names.format_parameter, USE, range)?;
        }
        Ok(())
    }

    fn exit(&mut self) {
        self.open.pop();
    }

    /// The name as the current block has it.
    fn mangled(&mut self, id: EntryId, name: Symbol) -> Symbol {
        if let Some(names) = &self.table.entry(id).mangled_names
            && !names.borrow().contains(&name)
        {
            return name;
        }
        mangle(self.interner, self.private, name)
    }

    fn lookup_in(&mut self, id: EntryId, name: Symbol) -> u32 {
        let mangled = self.mangled(id, name);
        self.table.entry(id).symbols.get(mangled)
    }

    fn add_def(&mut self, name: Symbol, flag: u32, range: Range) -> Result {
        let ctx = if flag == USE { ExprContext::Load } else { ExprContext::Store };
        self.add_def_ctx(name, flag, range, ctx)
    }

    fn add_def_ctx(&mut self, name: Symbol, flag: u32, range: Range, ctx: ExprContext) -> Result {
        if flag & (DEF_PARAM | DEF_LOCAL | DEF_IMPORT) != 0 {
            self.check_name(name, range, ctx)?;
        }
        if flag & DEF_TYPE_PARAM != 0
            && let Some(names) = &self.cur().mangled_names
        {
            names.borrow_mut().insert(name);
        }
        self.add_def_in(self.cur_id(), name, flag, range)
    }

    fn add_def_in(&mut self, id: EntryId, name: Symbol, flag: u32, range: Range) -> Result {
        let mangled = self.mangled(self.cur_id(), name);
        let known = self.table.entry(id).symbols.get(mangled);
        if flag & DEF_PARAM != 0 && known & DEF_PARAM != 0 {
            let end = "' in function definition";
            return Err(self.name_error(range, "duplicate argument '", name, end));
        }
        if flag & DEF_TYPE_PARAM != 0 && known & DEF_TYPE_PARAM != 0 {
            return Err(self.name_error(range, "duplicate type parameter '", name, "'"));
        }
        let mut flags = known | flag;
        if self.table.entry(id).comp_iter_target {
            if flags & (DEF_GLOBAL | DEF_NONLOCAL) != 0 {
                let start = "comprehension inner loop cannot rebind assignment expression target '";
                return Err(self.name_error(range, start, name, "'"));
            }
            flags |= DEF_COMP_ITER;
        }
        let entry = self.table.entry_mut(id);
        entry.symbols.set(mangled, flags);
        if flag & DEF_PARAM != 0 {
            entry.varnames.push(mangled);
        } else if flag & DEF_GLOBAL != 0 {
            let globals = &mut self.table.entry_mut(SymbolTable::TOP).symbols;
            globals.set(mangled, globals.get(mangled) | flag);
        }
        Ok(())
    }

    fn check_name(&mut self, name: Symbol, range: Range, ctx: ExprContext) -> Result {
        if name == self.names.debug {
            match ctx {
                ExprContext::Store => return Err(self.error(range, "cannot assign to __debug__")),
                ExprContext::Del => return Err(self.error(range, "cannot delete __debug__")),
                ExprContext::Load => {}
            }
        }
        Ok(())
    }

    fn check_keywords(&mut self, keywords: &'a [Keyword<'a>]) -> Result {
        for keyword in keywords {
            if let Some(name) = keyword.arg {
                self.check_name(name, keyword.range, ExprContext::Store)?;
            }
        }
        Ok(())
    }

    fn record_directive(&mut self, name: Symbol, range: Range) {
        let mangled = self.mangled(self.cur_id(), name);
        self.cur().directives.push((mangled, range));
    }

    fn top_level_await_allowed(&mut self) -> bool {
        self.future.features & PYCF_ALLOW_TOP_LEVEL_AWAIT != 0
            && self.cur().kind == BlockKind::Module
    }

    fn stmts(&mut self, stmts: &'a [Stmt<'a>]) -> Result {
        stmts.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn exprs(&mut self, exprs: &'a [Expr<'a>]) -> Result {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    fn opt(&mut self, expr: Option<&'a Expr<'a>>) -> Result {
        expr.map_or(Ok(()), |expr| self.expr(expr))
    }

    /// Visits what may not be executed.
    fn conditional(&mut self, visit: impl FnOnce(&mut Self) -> Result) -> Result {
        let before = std::mem::replace(&mut self.cur().in_conditional_block, true);
        visit(self)?;
        self.cur().in_conditional_block = before;
        Ok(())
    }

    fn stmt(&mut self, stmt: &'a Stmt<'a>) -> Result {
        self.stack.check()?;
        let range = stmt.range;
        match stmt.kind {
            StmtKind::FunctionDef { .. } | StmtKind::AsyncFunctionDef { .. } => {
                self.function(stmt)?;
            }
            StmtKind::ClassDef { .. } => self.class(stmt)?,
            StmtKind::TypeAlias { .. } => self.type_alias(stmt)?,
            StmtKind::Return { value } => {
                if let Some(value) = value {
                    self.expr(value)?;
                    self.cur().returns_value = true;
                }
            }
            StmtKind::Delete { targets } => self.exprs(targets)?,
            StmtKind::Assign { targets, value, .. } => {
                self.exprs(targets)?;
                self.expr(value)?;
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.annotated_assignment(range, target, annotation, value, simple != 0)?;
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target)?;
                self.expr(value)?;
            }
            StmtKind::AsyncFor { target, iter, body, orelse, .. } => {
                self.async_statement("'async for' outside async function", range)?;
                self.for_loop(target, iter, body, orelse)?;
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.for_loop(target, iter, body, orelse)?;
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test)?;
                self.conditional(|this| {
                    this.stmts(body)?;
                    this.stmts(orelse)
                })?;
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                self.conditional(|this| {
                    for case in cases {
                        this.pattern(case.pattern)?;
                        this.opt(case.guard)?;
                        this.stmts(case.body)?;
                    }
                    Ok(())
                })?;
            }
            StmtKind::Raise { exc, cause } => {
                if exc.is_some() {
                    self.opt(exc)?;
                    self.opt(cause)?;
                }
            }
            StmtKind::Try { body, handlers, orelse, finalbody }
            | StmtKind::TryStar { body, handlers, orelse, finalbody } => {
                self.conditional(|this| {
                    this.stmts(body)?;
                    for handler in handlers {
                        this.opt(handler.type_)?;
                        if let Some(name) = handler.name {
                            this.add_def(name, DEF_LOCAL, handler.range)?;
                        }
                        this.stmts(handler.body)?;
                    }
                    this.stmts(orelse)?;
                    this.stmts(finalbody)
                })?;
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.opt(msg)?;
            }
            StmtKind::Import { names } => self.aliases(names)?,
            StmtKind::ImportFrom { module, names, level } => {
                self.aliases(names)?;
                if module == Some(self.names.future)
                    && level.unwrap_or(0) == 0
                    && self.is_late_future(range)
                {
                    let message = "from __future__ imports must occur at the beginning of the file";
                    return Err(self.error(range, message));
                }
            }
            StmtKind::Global { names } => self.declaration(names, DEF_GLOBAL, range)?,
            StmtKind::Nonlocal { names } => self.declaration(names, DEF_NONLOCAL, range)?,
            StmtKind::Expr { value } => self.expr(value)?,
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
            StmtKind::AsyncWith { items, body, .. } => {
                self.async_statement("'async with' outside async function", range)?;
                self.with(items, body)?;
            }
            StmtKind::With { items, body, .. } => self.with(items, body)?,
        }
        Ok(())
    }

    fn is_late_future(&self, range: Range) -> bool {
        self.future.range.is_none_or(|last| {
            range.lineno > last.lineno
                || range.lineno == last.end_lineno && range.col_offset > last.end_col_offset
        })
    }

    fn async_statement(&mut self, message: &str, range: Range) -> Result {
        if self.top_level_await_allowed() {
            self.cur().coroutine = true;
        }
        if !self.cur().coroutine {
            return Err(self.error(range, message));
        }
        Ok(())
    }

    fn for_loop(
        &mut self,
        target: &'a Expr<'a>,
        iter: &'a Expr<'a>,
        body: &'a [Stmt<'a>],
        orelse: &'a [Stmt<'a>],
    ) -> Result {
        self.expr(target)?;
        self.expr(iter)?;
        self.conditional(|this| {
            this.stmts(body)?;
            this.stmts(orelse)
        })
    }

    fn with(&mut self, items: &'a [WithItem<'a>], body: &'a [Stmt<'a>]) -> Result {
        self.conditional(|this| {
            for item in items {
                this.expr(item.context_expr)?;
                this.opt(item.optional_vars)?;
            }
            this.stmts(body)
        })
    }

    fn aliases(&mut self, aliases: &'a [Alias]) -> Result {
        for alias in aliases {
            let name = alias.asname.unwrap_or(alias.name);
            if name == self.names.star {
                if self.cur().kind != BlockKind::Module {
                    return Err(self.error(alias.range, "import * only allowed at module level"));
                }
                continue;
            }
            let text = self.interner.name(name);
            let bound = match text.iter().position(|byte| *byte == b'.') {
                Some(dot) => self.interner.intern(&text[..dot]),
                None => name,
            };
            self.add_def(bound, DEF_IMPORT, alias.range)?;
        }
        Ok(())
    }

    fn declaration(&mut self, names: &'a [Symbol], flag: u32, range: Range) -> Result {
        let word = if flag == DEF_GLOBAL { "global" } else { "nonlocal" };
        for &name in names {
            let known = self.lookup_in(self.cur_id(), name);
            if known & (DEF_PARAM | DEF_LOCAL | USE | DEF_ANNOT) != 0 {
                let (start, end) = if known & DEF_PARAM != 0 {
                    ("name '", format!("' is parameter and {word}"))
                } else if known & USE != 0 {
                    ("name '", format!("' is used prior to {word} declaration"))
                } else if known & DEF_ANNOT != 0 {
                    ("annotated name '", format!("' can't be {word}"))
                } else {
                    ("name '", format!("' is assigned to before {word} declaration"))
                };
                return Err(self.name_error(range, start, name, &end));
            }
            self.add_def(name, flag, range)?;
            self.record_directive(name, range);
        }
        Ok(())
    }

    fn annotated_assignment(
        &mut self,
        range: Range,
        target: &'a Expr<'a>,
        annotation: &'a Expr<'a>,
        value: Option<&'a Expr<'a>>,
        simple: bool,
    ) -> Result {
        self.cur().annotations_used = true;
        if let ExprKind::Name { id, .. } = target.kind {
            let known = self.lookup_in(self.cur_id(), id);
            if known & (DEF_GLOBAL | DEF_NONLOCAL) != 0
                && self.cur_id() != SymbolTable::TOP
                && simple
            {
                let end = if known & DEF_GLOBAL != 0 {
                    "' can't be global"
                } else {
                    "' can't be nonlocal"
                };
                return Err(self.name_error(range, "annotated name '", id, end));
            }
            if simple {
                self.add_def(id, DEF_ANNOT | DEF_LOCAL, target.range)?;
            } else if value.is_some() {
                self.add_def(id, DEF_LOCAL, target.range)?;
            }
        } else {
            self.expr(target)?;
        }
        self.annotation(annotation)?;
        self.opt(value)
    }

    fn function(&mut self, stmt: &'a Stmt<'a>) -> Result {
        let range = stmt.range;
        let (StmtKind::FunctionDef {
            name, args, body, decorator_list, returns, type_params, ..
        }
        | StmtKind::AsyncFunctionDef {
            name,
            args,
            body,
            decorator_list,
            returns,
            type_params,
            ..
        }) = stmt.kind
        else {
            return Ok(());
        };
        self.add_def(name, DEF_LOCAL, range)?;
        self.exprs(args.defaults)?;
        args.kw_defaults.iter().flatten().try_for_each(|default| self.expr(default))?;
        self.exprs(decorator_list)?;
        let generic = !type_params.is_empty();
        if generic {
            let key = ScopeKey::type_params(type_params);
            self.enter_type_params(name, key, range)?;
            // CPython's parser makes a list of defaults in any case, so it is always a parameter.
            self.add_def(self.names.defaults, DEF_PARAM, range)?;
            if args.kw_defaults.iter().any(Option::is_some) {
                self.add_def(self.names.kwdefaults, DEF_PARAM, range)?;
            }
            self.type_params(type_params)?;
        }
        let block = self.new_entry(name, BlockKind::Function, ScopeKey::stmt(stmt), range);
        self.table.entry_mut(block).has_docstring = docstring(body).is_some();
        self.signature(stmt, args, returns)?;
        self.enter_existing(block, true);
        self.cur().coroutine = matches!(stmt.kind, StmtKind::AsyncFunctionDef { .. });
        self.arguments(args)?;
        self.stmts(body)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    fn class(&mut self, stmt: &'a Stmt<'a>) -> Result {
        let range = stmt.range;
        let StmtKind::ClassDef { name, bases, keywords, body, decorator_list, type_params } =
            stmt.kind
        else {
            return Ok(());
        };
        self.add_def(name, DEF_LOCAL, range)?;
        self.exprs(decorator_list)?;
        let private = self.private;
        let generic = !type_params.is_empty();
        if generic {
            self.enter_type_params(name, ScopeKey::type_params(type_params), range)?;
            let names = self.names;
            for special in [names.type_params, names.generic_base] {
                self.add_def(special, DEF_LOCAL, range)?;
                self.add_def(special, USE, range)?;
            }
            self.private = Some(name);
            self.cur().mangled_names = Some(Rc::new(RefCell::new(SymbolSet::default())));
            self.type_params(type_params)?;
        }
        self.exprs(bases)?;
        self.check_keywords(keywords)?;
        keywords.iter().try_for_each(|keyword| self.expr(keyword.value))?;
        self.enter(name, BlockKind::Class, ScopeKey::stmt(stmt), range)?;
        self.private = Some(name);
        if generic {
            self.add_def(self.names.dunder_type_params, DEF_LOCAL, range)?;
            self.add_def(self.names.type_params, USE, range)?;
        }
        self.cur().has_docstring = docstring(body).is_some();
        self.stmts(body)?;
        self.exit();
        if generic {
            self.exit();
        }
        self.private = private;
        Ok(())
    }

    fn type_alias(&mut self, stmt: &'a Stmt<'a>) -> Result {
        let StmtKind::TypeAlias { name, type_params, value } = stmt.kind else { return Ok(()) };
        self.expr(name)?;
        let ExprKind::Name { id, .. } = name.kind else { return Ok(()) };
        let in_class = self.cur().kind == BlockKind::Class;
        let generic = !type_params.is_empty();
        if generic {
            self.enter_type_params(id, ScopeKey::type_params(type_params), stmt.range)?;
            self.type_params(type_params)?;
        }
        self.enter(id, BlockKind::TypeAlias, ScopeKey::stmt(stmt), stmt.range)?;
        self.cur().can_see_class_scope = in_class;
        if in_class {
            self.add_def(self.names.classdict, USE, value.range)?;
        }
        self.expr(value)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    fn enter_type_params(&mut self, name: Symbol, key: ScopeKey, range: Range) -> Result {
        let in_class = self.cur().kind == BlockKind::Class;
        self.enter(name, BlockKind::TypeParameters, key, range)?;
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add_def(self.names.classdict, USE, range)?;
        }
        Ok(())
    }

    fn type_params(&mut self, params: &'a [TypeParam<'a>]) -> Result {
        for param in params {
            self.stack.check()?;
            let at = std::ptr::from_ref(param).addr();
            let range = param.range;
            match param.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    self.add_def(name, DEF_TYPE_PARAM | DEF_LOCAL, range)?;
                    let is_tuple =
                        bound.is_some_and(|bound| matches!(bound.kind, ExprKind::Tuple { .. }));
                    let info = if is_tuple { "a TypeVar constraint" } else { "a TypeVar bound" };
                    self.type_variable(bound, name, range, ScopeKey::Bound(at), info)?;
                    let info = "a TypeVar default";
                    self.type_variable(default_value, name, range, ScopeKey::Default(at), info)?;
                }
                TypeParamKind::TypeVarTuple { name, default_value } => {
                    self.add_def(name, DEF_TYPE_PARAM | DEF_LOCAL, range)?;
                    let info = "a TypeVarTuple default";
                    self.type_variable(default_value, name, range, ScopeKey::Default(at), info)?;
                }
                TypeParamKind::ParamSpec { name, default_value } => {
                    self.add_def(name, DEF_TYPE_PARAM | DEF_LOCAL, range)?;
                    let info = "a ParamSpec default";
                    self.type_variable(default_value, name, range, ScopeKey::Default(at), info)?;
                }
            }
        }
        Ok(())
    }

    fn type_variable(
        &mut self,
        expr: Option<&'a Expr<'a>>,
        name: Symbol,
        range: Range,
        key: ScopeKey,
        info: &'static str,
    ) -> Result {
        if name == self.names.classdict {
            let end = "' cannot be used for type parameter";
            return Err(self.name_error(range, "reserved name '", name, end));
        }
        let Some(expr) = expr else { return Ok(()) };
        let in_class = self.cur().can_see_class_scope;
        self.enter(name, BlockKind::TypeVariable, key, expr.range)?;
        self.cur().can_see_class_scope = in_class;
        if in_class {
            self.add_def(self.names.classdict, USE, expr.range)?;
        }
        self.cur().scope_info = info;
        self.expr(expr)?;
        self.exit();
        Ok(())
    }

    fn arguments(&mut self, args: &'a Arguments<'a>) -> Result {
        for arg in args.posonlyargs.iter().chain(args.args).chain(args.kwonlyargs) {
            self.add_def(arg.arg, DEF_PARAM, arg.range)?;
        }
        if let Some(arg) = args.vararg {
            self.add_def(arg.arg, DEF_PARAM, arg.range)?;
            self.cur().varargs = true;
        }
        if let Some(arg) = args.kwarg {
            self.add_def(arg.arg, DEF_PARAM, arg.range)?;
            self.cur().varkeywords = true;
        }
        Ok(())
    }

    /// The annotations of a function: a block beside it.
    fn signature(
        &mut self,
        stmt: &'a Stmt<'a>,
        args: &'a Arguments<'a>,
        returns: Option<&'a Expr<'a>>,
    ) -> Result {
        let sees_class = self.cur().can_see_class_scope || self.cur().kind == BlockKind::Class;
        let key = ScopeKey::signature(stmt);
        self.enter(self.names.annotate, BlockKind::Annotation, key, stmt.range)?;
        if sees_class {
            self.cur().can_see_class_scope = true;
            self.add_def(self.names.classdict, USE, stmt.range)?;
        }
        let ordered = args
            .posonlyargs
            .iter()
            .chain(args.args)
            .chain(args.vararg)
            .chain(args.kwarg)
            .chain(args.kwonlyargs);
        for annotation in ordered.filter_map(|arg| arg.annotation).chain(returns) {
            self.cur().annotations_used = true;
            self.expr(annotation)?;
        }
        self.exit();
        Ok(())
    }

    /// The annotation of an assignment: in the annotations' block of the current one.
    fn annotation(&mut self, annotation: &'a Expr<'a>) -> Result {
        let kind = self.cur().kind;
        // Annotations of a function's locals are never executed.
        let unevaluated = kind == BlockKind::Function;
        // A module may have been executed in part, so its annotations always count as conditional.
        let conditional = kind == BlockKind::Class && self.cur().in_conditional_block
            || kind == BlockKind::Module;
        if conditional && !self.cur().has_conditional_annotations {
            self.cur().has_conditional_annotations = true;
            self.add_def(self.names.conditional_annotations, USE, annotation.range)?;
        }
        let around = self.cur_id();
        if let Some(block) = self.table.entry(around).annotation_block {
            self.enter_existing(block, false);
        } else {
            let key = ScopeKey::Deferred(around);
            self.enter(self.names.annotate, BlockKind::Annotation, key, annotation.range)?;
            self.table.entry_mut(around).annotation_block = Some(self.cur_id());
            if kind == BlockKind::Class && self.future.features & CO_FUTURE_ANNOTATIONS == 0 {
                self.cur().can_see_class_scope = true;
                self.add_def(self.names.classdict, USE, annotation.range)?;
                // Said here, because the use above is not free where the class binds the name.
                self.table.entry_mut(around).needs_classdict = true;
            }
        }
        if unevaluated {
            self.cur().in_unevaluated_annotation = true;
        }
        self.expr(annotation)?;
        if unevaluated {
            self.cur().in_unevaluated_annotation = false;
        }
        self.exit();
        Ok(())
    }

    fn expr(&mut self, expr: &'a Expr<'a>) -> Result {
        self.stack.check()?;
        match expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.forbid_in_annotation("named expression", expr)?;
                self.named_expression(expr, target, value)
            }
            ExprKind::BoolOp { values, .. }
            | ExprKind::JoinedStr { values }
            | ExprKind::TemplateStr { values } => self.exprs(values),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.exprs(args.defaults)?;
                args.kw_defaults.iter().flatten().try_for_each(|default| self.expr(default))?;
                let key = ScopeKey::expr(expr);
                self.enter(self.names.lambda, BlockKind::Function, key, expr.range)?;
                self.arguments(args)?;
                self.expr(body)?;
                self.exit();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                keys.iter().flatten().try_for_each(|key| self.expr(key))?;
                self.exprs(values)
            }
            ExprKind::Set { elts } | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
                self.exprs(elts)
            }
            ExprKind::GeneratorExp { elt, generators } => {
                let (kind, name) = (ComprehensionKind::Generator, self.names.genexpr);
                self.comprehension(expr, kind, name, generators, elt, None)
            }
            ExprKind::ListComp { elt, generators } => {
                let (kind, name) = (ComprehensionKind::List, self.names.listcomp);
                self.comprehension(expr, kind, name, generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                let (kind, name) = (ComprehensionKind::Set, self.names.setcomp);
                self.comprehension(expr, kind, name, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                let (kind, name) = (ComprehensionKind::Dict, self.names.dictcomp);
                self.comprehension(expr, kind, name, generators, key, Some(value))
            }
            ExprKind::Yield { value } => {
                self.forbid_in_annotation("yield expression", expr)?;
                self.opt(value)?;
                self.yields(expr)
            }
            ExprKind::YieldFrom { value } => {
                self.forbid_in_annotation("yield expression", expr)?;
                self.expr(value)?;
                self.yields(expr)
            }
            ExprKind::Await { value } => {
                self.forbid_in_annotation("await expression", expr)?;
                if !self.top_level_await_allowed() {
                    if !self.cur().is_function_like() {
                        return Err(self.error(expr.range, "'await' outside function"));
                    }
                    if !self.in_async_function() && self.cur().comprehension.is_none() {
                        return Err(self.error(expr.range, "'await' outside async function"));
                    }
                }
                self.expr(value)?;
                self.cur().coroutine = true;
                Ok(())
            }
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                self.check_keywords(keywords)?;
                keywords.iter().try_for_each(|keyword| self.expr(keyword.value))
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.opt(format_spec)
            }
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                self.check_name(attr, expr.range, ctx)?;
                self.expr(value)
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Slice { lower, upper, step } => {
                self.opt(lower)?;
                self.opt(upper)?;
                self.opt(step)
            }
            ExprKind::Name { id, ctx } => self.name(expr, id, ctx),
        }
    }

    fn name(&mut self, expr: &'a Expr<'a>, id: Symbol, ctx: ExprContext) -> Result {
        if self.cur().in_unevaluated_annotation {
            return Ok(());
        }
        let load = ctx == ExprContext::Load;
        self.add_def_ctx(id, if load { USE } else { DEF_LOCAL }, expr.range, ctx)?;
        // `super()` needs the class.
        if load && id == self.names.super_ && self.cur().is_function_like() {
            self.add_def(self.names.class, USE, expr.range)?;
        }
        Ok(())
    }

    fn in_async_function(&mut self) -> bool {
        self.cur().kind == BlockKind::Function && self.cur().coroutine
    }

    fn yields(&mut self, expr: &'a Expr<'a>) -> Result {
        self.cur().generator = true;
        let message = match self.cur().comprehension {
            None => return Ok(()),
            Some(ComprehensionKind::List) => "'yield' inside list comprehension",
            Some(ComprehensionKind::Set) => "'yield' inside set comprehension",
            Some(ComprehensionKind::Dict) => "'yield' inside dict comprehension",
            Some(ComprehensionKind::Generator) => "'yield' inside generator expression",
        };
        Err(self.error(expr.range, message))
    }

    fn forbid_in_annotation(&mut self, what: &str, expr: &'a Expr<'a>) -> Result {
        let info = self.cur().scope_info;
        let place = match self.cur().kind {
            BlockKind::Annotation => "an annotation",
            BlockKind::TypeVariable => info,
            BlockKind::TypeAlias => "a type alias",
            BlockKind::TypeParameters => "the definition of a generic",
            _ => return Ok(()),
        };
        Err(self.error(expr.range, format!("{what} cannot be used within {place}")))
    }

    fn named_expression(
        &mut self,
        expr: &'a Expr<'a>,
        target: &'a Expr<'a>,
        value: &'a Expr<'a>,
    ) -> Result {
        if self.cur().comp_iter_expr > 0 {
            let message =
                "assignment expression cannot be used in a comprehension iterable expression";
            return Err(self.error(expr.range, message));
        }
        if self.cur().comprehension.is_some()
            && let ExprKind::Name { id, .. } = target.kind
        {
            self.extend_named_expression(id, target.range)?;
        }
        self.expr(value)?;
        self.expr(target)
    }

    /// A target inside of a comprehension belongs to the function or module around it.
    fn extend_named_expression(&mut self, name: Symbol, range: Range) -> Result {
        for at in (0..self.open.len()).rev() {
            let id = self.open[at];
            let entry = self.table.entry(id);
            let kind = entry.kind;
            if entry.comprehension.is_some() {
                let known = self.lookup_in(id, name);
                if known & DEF_COMP_ITER != 0 && known & DEF_LOCAL != 0 {
                    let start =
                        "assignment expression cannot rebind comprehension iteration variable '";
                    return Err(self.name_error(range, start, name, "'"));
                }
                continue;
            }
            let message = match kind {
                BlockKind::Function => {
                    let global = self.lookup_in(id, name) & DEF_GLOBAL != 0;
                    let flag = if global { DEF_GLOBAL } else { DEF_NONLOCAL };
                    self.add_def(name, flag, range)?;
                    self.record_directive(name, range);
                    return self.add_def_in(id, name, DEF_LOCAL, range);
                }
                BlockKind::Module => {
                    self.add_def(name, DEF_GLOBAL, range)?;
                    self.record_directive(name, range);
                    return self.add_def_in(id, name, DEF_GLOBAL, range);
                }
                BlockKind::Class => "in a class body",
                BlockKind::TypeParameters => "within the definition of a generic",
                BlockKind::TypeAlias => "in a type alias",
                BlockKind::TypeVariable => "in a TypeVar bound",
                BlockKind::Annotation => continue,
            };
            let start = "assignment expression within a comprehension cannot be used";
            return Err(self.error(range, format!("{start} {message}")));
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        expr: &'a Expr<'a>,
        kind: ComprehensionKind,
        name: Symbol,
        generators: &'a [Comprehension<'a>],
        elt: &'a Expr<'a>,
        value: Option<&'a Expr<'a>>,
    ) -> Result {
        let Some((outermost, rest)) = generators.split_first() else { return Ok(()) };
        let is_generator = kind == ComprehensionKind::Generator;
        // The outermost iterable is evaluated outside.
        self.cur().comp_iter_expr += 1;
        self.expr(outermost.iter)?;
        self.cur().comp_iter_expr -= 1;
        self.enter(name, BlockKind::Function, ScopeKey::expr(expr), expr.range)?;
        self.cur().comprehension = Some(kind);
        if outermost.is_async != 0 {
            self.cur().coroutine = true;
        }
        self.add_def(self.names.iterable, DEF_PARAM, expr.range)?;
        self.cur().comp_iter_target = true;
        self.expr(outermost.target)?;
        self.cur().comp_iter_target = false;
        self.exprs(outermost.ifs)?;
        for generator in rest {
            self.cur().comp_iter_target = true;
            self.expr(generator.target)?;
            self.cur().comp_iter_target = false;
            self.cur().comp_iter_expr += 1;
            self.expr(generator.iter)?;
            self.cur().comp_iter_expr -= 1;
            self.exprs(generator.ifs)?;
            if generator.is_async != 0 {
                self.cur().coroutine = true;
            }
        }
        self.opt(value)?;
        self.expr(elt)?;
        self.cur().generator = is_generator;
        let is_async = self.cur().coroutine && !is_generator;
        self.exit();
        if is_async
            && !self.in_async_function()
            && self.cur().comprehension.is_none()
            && !self.top_level_await_allowed()
        {
            let message = "asynchronous comprehension outside of an asynchronous function";
            return Err(self.error(expr.range, message));
        }
        if is_async {
            self.cur().coroutine = true;
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: &'a Pattern<'a>) -> Result {
        self.stack.check()?;
        let capture = match pattern.kind {
            PatternKind::MatchValue { value } => return self.expr(value),
            PatternKind::MatchSingleton { .. } => None,
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                return patterns.iter().try_for_each(|pattern| self.pattern(pattern));
            }
            PatternKind::MatchStar { name } => name,
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.exprs(keys)?;
                patterns.iter().try_for_each(|pattern| self.pattern(pattern))?;
                rest
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expr(cls)?;
                patterns.iter().try_for_each(|pattern| self.pattern(pattern))?;
                for (attr, pattern) in kwd_attrs.iter().zip(kwd_patterns) {
                    self.check_name(*attr, pattern.range, ExprContext::Store)?;
                }
                kwd_patterns.iter().try_for_each(|pattern| self.pattern(pattern))?;
                None
            }
            PatternKind::MatchAs { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern)?;
                }
                name
            }
        };
        capture.map_or(Ok(()), |name| self.add_def(name, DEF_LOCAL, pattern.range))
    }
}
