//! Statements other than definitions, `try`, `with` and `match`.

use gopy_bytecode::operators::CommonConstant;

use super::*;
use crate::symtable::docstring;

impl<'a> Compiler<'_, 'a> {
    /// A module's or class's statements, its docstring and its annotations.
    pub(super) fn body(
        &mut self,
        place: Location,
        body: &'a [Stmt<'a>],
        interactive: bool,
    ) -> Result {
        if self.future_annotations() && self.entry().annotations_used {
            self.op(place, Opcode::SETUP_ANNOTATIONS);
        }
        if body.is_empty() {
            return Ok(());
        }
        let mut body = body;
        if !interactive
            && self.entry().has_docstring
            && let Some(doc) = docstring(body)
        {
            if let StmtKind::Expr { value } = body[0].kind {
                let doc = clean_docstring(doc);
                self.load(location(value.range), doc);
                self.name(Location::NONE, self.names.doc, ExprContext::Store)?;
            }
            body = &body[1..];
        }
        self.stmts(body)?;
        if self.future_annotations() { Ok(()) } else { self.deferred_annotations(place) }
    }

    pub(super) fn stmts(&mut self, stmts: &'a [Stmt<'a>]) -> Result {
        stmts.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    /// A statement whose parts may not be executed: annotations in it are conditional.
    fn conditional(&mut self, generate: impl FnOnce(&mut Self) -> Result) -> Result {
        self.unit().conditional_blocks += 1;
        generate(self)?;
        self.unit().conditional_blocks -= 1;
        Ok(())
    }

    fn stmt(&mut self, stmt: &'a Stmt<'a>) -> Result {
        self.stack.check()?;
        let place = location(stmt.range);
        match stmt.kind {
            StmtKind::FunctionDef { .. } | StmtKind::AsyncFunctionDef { .. } => self.function(stmt),
            StmtKind::ClassDef { .. } => self.class(stmt),
            StmtKind::TypeAlias { .. } => self.type_alias(stmt),
            StmtKind::Return { value } => self.return_statement(place, value),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value, .. } => {
                self.expr(value)?;
                for (at, target) in targets.iter().enumerate() {
                    if at + 1 < targets.len() {
                        self.op_arg(place, Opcode::COPY, 1);
                    }
                    self.expr(target)?;
                }
                Ok(())
            }
            StmtKind::AugAssign { target, op, value } => {
                self.augmented_assignment(place, target, op, value)
            }
            StmtKind::AnnAssign { .. } => self.annotated_assignment(stmt),
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.conditional(|this| this.for_loop(place, target, iter, body, orelse))
            }
            StmtKind::AsyncFor { target, iter, body, orelse, .. } => {
                self.conditional(|this| this.async_for_loop(place, target, iter, body, orelse))
            }
            StmtKind::While { test, body, orelse } => {
                self.conditional(|this| this.while_loop(place, test, body, orelse))
            }
            StmtKind::If { test, body, orelse } => {
                self.conditional(|this| this.if_statement(test, body, orelse))
            }
            StmtKind::Match { subject, cases } => {
                self.conditional(|this| this.match_statement(subject, cases))
            }
            StmtKind::Raise { exc, cause } => {
                let mut count = 0;
                for part in exc.into_iter().chain(cause.filter(|_| exc.is_some())) {
                    self.expr(part)?;
                    count += 1;
                }
                self.op_arg(place, Opcode::RAISE_VARARGS, count);
                Ok(())
            }
            StmtKind::Try { .. } => self.conditional(|this| this.try_statement(stmt)),
            StmtKind::TryStar { .. } => self.conditional(|this| this.try_statement(stmt)),
            StmtKind::Assert { test, msg } => self.assert_statement(place, test, msg),
            StmtKind::Import { names } => self.import(place, names),
            StmtKind::ImportFrom { module, names, level } => {
                self.import_from(place, module, names, level.unwrap_or(0))
            }
            StmtKind::Global { .. } | StmtKind::Nonlocal { .. } => Ok(()),
            StmtKind::Expr { value } => self.expression_statement(place, value),
            StmtKind::Pass => {
                self.op(place, Opcode::NOP);
                Ok(())
            }
            StmtKind::Break => self.break_statement(place),
            StmtKind::Continue => self.continue_statement(place),
            StmtKind::With { items, body, .. } => self.conditional(|this| this.with(items, body)),
            StmtKind::AsyncWith { items, body, .. } => {
                self.conditional(|this| this.async_with(items, body))
            }
        }
    }

    fn expression_statement(&mut self, place: Location, value: &'a Expr<'a>) -> Result {
        if self.interactive && self.units.len() == 1 {
            self.expr(value)?;
            self.intrinsic1(place, Intrinsic1::Print);
            self.op(Location::NONE, Opcode::POP_TOP);
        } else if matches!(value.kind, ExprKind::Constant { .. }) {
            self.op(place, Opcode::NOP);
        } else {
            self.expr(value)?;
            self.op(Location::NONE, Opcode::POP_TOP);
        }
        Ok(())
    }

    fn if_statement(
        &mut self,
        test: &'a Expr<'a>,
        body: &'a [Stmt<'a>],
        orelse: &'a [Stmt<'a>],
    ) -> Result {
        let end = self.label();
        let next = if orelse.is_empty() { end } else { self.label() };
        self.jump_if(test, next, false)?;
        self.stmts(body)?;
        if !orelse.is_empty() {
            self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
            self.here(next);
            self.stmts(orelse)?;
        }
        self.here(end);
        Ok(())
    }

    fn for_loop(
        &mut self,
        place: Location,
        target: &'a Expr<'a>,
        iter: &'a Expr<'a>,
        body: &'a [Stmt<'a>],
        orelse: &'a [Stmt<'a>],
    ) -> Result {
        let start = self.label();
        let body_label = self.label();
        let cleanup = self.label();
        let end = self.label();
        self.push_block(place, BlockType::ForLoop, Some(start), Some(end))?;
        self.expr(iter)?;
        let iter_place = location(iter.range);
        self.op(iter_place, Opcode::GET_ITER);
        self.here(start);
        self.jump(iter_place, Opcode::FOR_ITER, cleanup);
        // So that tracing sees the line of the target; goes away when it is of no use.
        self.op(location(target.range), Opcode::NOP);
        self.here(body_label);
        self.expr(target)?;
        self.stmts(body)?;
        self.jump(Location::NONE, Opcode::JUMP, start);
        self.here(cleanup);
        self.op(Location::NONE, Opcode::END_FOR);
        self.op(Location::NONE, Opcode::POP_ITER);
        self.pop_block();
        self.stmts(orelse)?;
        self.here(end);
        Ok(())
    }

    fn async_for_loop(
        &mut self,
        place: Location,
        target: &'a Expr<'a>,
        iter: &'a Expr<'a>,
        body: &'a [Stmt<'a>],
        orelse: &'a [Stmt<'a>],
    ) -> Result {
        let start = self.label();
        let send = self.label();
        let except = self.label();
        let end = self.label();
        self.expr(iter)?;
        let iter_place = location(iter.range);
        self.op(iter_place, Opcode::GET_AITER);
        self.here(start);
        self.push_block(place, BlockType::ForLoop, Some(start), Some(end))?;
        self.jump(place, Opcode::SETUP_FINALLY, except);
        self.op(place, Opcode::GET_ANEXT);
        self.load_none(place);
        self.here(send);
        self.yield_from(place, true);
        self.op(place, Opcode::POP_BLOCK);
        self.op(place, Opcode::NOT_TAKEN);
        self.expr(target)?;
        self.stmts(body)?;
        self.jump(Location::NONE, Opcode::JUMP, start);
        self.pop_block();
        self.here(except);
        self.jump(iter_place, Opcode::END_ASYNC_FOR, send);
        self.stmts(orelse)?;
        self.here(end);
        Ok(())
    }

    fn while_loop(
        &mut self,
        place: Location,
        test: &'a Expr<'a>,
        body: &'a [Stmt<'a>],
        orelse: &'a [Stmt<'a>],
    ) -> Result {
        let start = self.label();
        let end = self.label();
        let anchor = self.label();
        self.here(start);
        self.push_block(place, BlockType::WhileLoop, Some(start), Some(end))?;
        self.jump_if(test, anchor, false)?;
        self.stmts(body)?;
        self.jump(Location::NONE, Opcode::JUMP, start);
        self.pop_block();
        self.here(anchor);
        self.stmts(orelse)?;
        self.here(end);
        Ok(())
    }

    fn return_statement(&mut self, place: Location, value: Option<&'a Expr<'a>>) -> Result {
        let constant_value = match value.map(|value| value.kind) {
            Some(ExprKind::Constant { value, .. }) => Some(constant(value)),
            _ => None,
        };
        let computed = value.filter(|_| constant_value.is_none());
        let entry = self.entry();
        if !entry.is_function_like() {
            return Err(self.error(place, "'return' outside function"));
        }
        if value.is_some() && entry.coroutine && entry.generator {
            return Err(self.error(place, "'return' with value in async generator"));
        }
        let mut at = place;
        if let Some(value) = computed {
            self.expr(value)?;
        } else if let Some(value) = value {
            at = location(value.range);
            self.op(at, Opcode::NOP);
        }
        if value.is_none_or(|value| value.range.lineno as i32 != place.lineno) {
            at = place;
            self.op(at, Opcode::NOP);
        }
        self.unwind_all(&mut at, computed.is_some())?;
        if let Some(constant) = constant_value {
            self.load(at, constant);
        } else if value.is_none() {
            self.load_none(at);
        }
        self.op(at, Opcode::RETURN_VALUE);
        Ok(())
    }

    fn break_statement(&mut self, place: Location) -> Result {
        let mut at = place;
        self.op(at, Opcode::NOP);
        let Some(block) = self.unwind_to_loop(&mut at)? else {
            return Err(self.error(place, "'break' outside loop"));
        };
        self.unwind(&mut at, block, false)?;
        if let Some(exit) = block.exit {
            self.jump(at, Opcode::JUMP, exit);
        }
        Ok(())
    }

    fn continue_statement(&mut self, place: Location) -> Result {
        let mut at = place;
        self.op(at, Opcode::NOP);
        let Some(block) = self.unwind_to_loop(&mut at)? else {
            return Err(self.error(place, "'continue' not properly in loop"));
        };
        if let Some(start) = block.start {
            self.jump(at, Opcode::JUMP, start);
        }
        Ok(())
    }

    fn unwind_all(&mut self, at: &mut Location, preserve_top: bool) -> Result {
        self.unwind_stack(at, preserve_top, false).map(|_| ())
    }

    fn unwind_to_loop(&mut self, at: &mut Location) -> Result<Option<Block<'a>>> {
        self.unwind_stack(at, false, true)
    }

    /// Leaves the blocks that are open, the innermost first; up to a loop, if one is wanted.
    fn unwind_stack(
        &mut self,
        at: &mut Location,
        preserve_top: bool,
        to_loop: bool,
    ) -> Result<Option<Block<'a>>> {
        let mut left = Vec::new();
        let mut found = None;
        while let Some(block) = self.unit().blocks.last().copied() {
            match block.kind {
                BlockType::ExceptionGroupHandler => {
                    let message =
                        "'break', 'continue' and 'return' cannot appear in an except* block";
                    return Err(self.error(*at, message));
                }
                BlockType::WhileLoop | BlockType::ForLoop if to_loop => {
                    found = Some(block);
                    break;
                }
                _ => {}
            }
            // While a `finally` is generated once more, it is not inside of itself.
            self.pop_block();
            left.push(block);
            self.unwind(at, block, preserve_top)?;
        }
        self.unit().blocks.extend(left.into_iter().rev());
        Ok(found)
    }

    /// Leaves one block; its exit code seems to run after the statement that leaves.
    fn unwind(&mut self, at: &mut Location, block: Block<'a>, preserve_top: bool) -> Result {
        let swap = |this: &mut Self, at: Location| {
            if preserve_top {
                this.op_arg(at, Opcode::SWAP, 2);
            }
        };
        match block.kind {
            BlockType::WhileLoop
            | BlockType::ExceptionHandler
            | BlockType::ExceptionGroupHandler
            | BlockType::AsyncComprehensionGenerator
            | BlockType::StopIteration => {}
            BlockType::ForLoop | BlockType::PopValue => {
                swap(self, *at);
                self.op(*at, Opcode::POP_TOP);
            }
            BlockType::TryExcept => self.op(*at, Opcode::POP_BLOCK),
            BlockType::FinallyTry(body) => {
                self.op(*at, Opcode::POP_BLOCK);
                if preserve_top {
                    self.push_block(*at, BlockType::PopValue, None, None)?;
                }
                self.stmts(body)?;
                if preserve_top {
                    self.pop_block();
                }
                *at = Location::NONE;
            }
            BlockType::FinallyEnd => {
                swap(self, *at);
                self.op(*at, Opcode::POP_TOP);
                swap(self, *at);
                self.op(*at, Opcode::POP_BLOCK);
                self.op(*at, Opcode::POP_EXCEPT);
            }
            BlockType::With | BlockType::AsyncWith => {
                *at = block.location;
                self.op(*at, Opcode::POP_BLOCK);
                if preserve_top {
                    self.op_arg(*at, Opcode::SWAP, 3);
                    self.op_arg(*at, Opcode::SWAP, 2);
                }
                self.call_exit_with_nones(*at);
                if let BlockType::AsyncWith = block.kind {
                    self.await_top(*at, 2);
                }
                self.op(*at, Opcode::POP_TOP);
                *at = Location::NONE;
            }
            BlockType::HandlerCleanup(name) => {
                if name.is_some() {
                    self.op(*at, Opcode::POP_BLOCK);
                }
                swap(self, *at);
                self.op(*at, Opcode::POP_BLOCK);
                self.op(*at, Opcode::POP_EXCEPT);
                if let Some(name) = name {
                    self.clear_name(*at, name)?;
                }
            }
        }
        Ok(())
    }

    /// `name = None; del name`
    pub(super) fn clear_name(&mut self, place: Location, name: Symbol) -> Result {
        self.load_none(place);
        self.name(place, name, ExprContext::Store)?;
        self.name(place, name, ExprContext::Del)
    }

    fn assert_statement(
        &mut self,
        place: Location,
        test: &'a Expr<'a>,
        msg: Option<&'a Expr<'a>>,
    ) -> Result {
        let always_true = match test.kind {
            ExprKind::Tuple { elts, .. } => !elts.is_empty(),
            ExprKind::Constant { value: Constant::Tuple(items), .. } => !items.is_empty(),
            _ => false,
        };
        if always_true {
            self.warn(place, "assertion is always true, perhaps remove parentheses?")?;
        }
        if self.optimize > 0 {
            return Ok(());
        }
        let end = self.label();
        self.jump_if(test, end, true)?;
        let error = CommonConstant::AssertionError.number();
        self.op_arg(place, Opcode::LOAD_COMMON_CONSTANT, error);
        if let Some(msg) = msg {
            self.expr(msg)?;
            self.op_arg(place, Opcode::CALL, 0);
        }
        self.op_arg(location(test.range), Opcode::RAISE_VARARGS, 1);
        self.here(end);
        Ok(())
    }

    fn import(&mut self, place: Location, names: &'a [Alias]) -> Result {
        for alias in names {
            self.load_int(place, 0);
            self.load_none(place);
            self.op_name(place, Opcode::IMPORT_NAME, alias.name);
            let text = self.interner.name(alias.name);
            let mut parts = text.split(|byte| *byte == b'.');
            let first = parts.next().unwrap_or_default();
            match alias.asname {
                None => {
                    let first = self.interner.intern(first);
                    self.name(place, first, ExprContext::Store)?;
                }
                // The import gives the outermost package: go down to the module.
                Some(asname) => {
                    let parts: Vec<&[u8]> = parts.collect();
                    for (at, part) in parts.iter().enumerate() {
                        if at > 0 {
                            self.op_arg(place, Opcode::SWAP, 2);
                            self.op(place, Opcode::POP_TOP);
                        }
                        let part = self.interner.intern(part);
                        let index = self.unit().names.add_symbol(part);
                        self.op_arg(place, Opcode::IMPORT_FROM, index);
                    }
                    self.name(place, asname, ExprContext::Store)?;
                    if !parts.is_empty() {
                        self.op(place, Opcode::POP_TOP);
                    }
                }
            }
        }
        Ok(())
    }

    fn import_from(
        &mut self,
        place: Location,
        module: Option<Symbol>,
        names: &'a [Alias],
        level: i32,
    ) -> Result {
        self.load_int(place, i64::from(level));
        let tuple = self.tuple_of_symbols(names.iter().map(|alias| alias.name));
        self.load(place, tuple);
        self.op_name(place, Opcode::IMPORT_NAME, module.unwrap_or(self.names.empty));
        for (at, alias) in names.iter().enumerate() {
            if at == 0 && alias.name == self.names.star {
                self.intrinsic1(place, Intrinsic1::ImportStar);
                self.op(Location::NONE, Opcode::POP_TOP);
                return Ok(());
            }
            self.op_name(place, Opcode::IMPORT_FROM, alias.name);
            self.name(place, alias.asname.unwrap_or(alias.name), ExprContext::Store)?;
        }
        self.op(place, Opcode::POP_TOP);
        Ok(())
    }
}

/// A docstring as the code has it.
pub(super) fn clean_docstring(doc: &Wtf8) -> Const {
    Const::new(ConstValue::Str(gopy_syntax::docstring::clean(doc).into()))
}
