//! `try` with `except`, `except*` and `finally`.

use super::*;

impl<'a> Compiler<'_, 'a> {
    pub(super) fn try_statement(&mut self, stmt: &'a Stmt<'a>) -> Result {
        let (StmtKind::Try { finalbody, .. } | StmtKind::TryStar { finalbody, .. }) = stmt.kind
        else {
            return Ok(());
        };
        if finalbody.is_empty() { self.try_except(stmt) } else { self.try_finally(stmt, finalbody) }
    }

    fn try_except(&mut self, stmt: &'a Stmt<'a>) -> Result {
        let place = location(stmt.range);
        match stmt.kind {
            StmtKind::Try { body, handlers, orelse, .. } => {
                self.try_with_handlers(place, body, handlers, orelse)
            }
            StmtKind::TryStar { body, handlers, orelse, .. } => {
                self.try_star(place, body, handlers, orelse)
            }
            _ => Ok(()),
        }
    }

    fn try_finally(&mut self, stmt: &'a Stmt<'a>, finalbody: &'a [Stmt<'a>]) -> Result {
        let (StmtKind::Try { body, handlers, .. } | StmtKind::TryStar { body, handlers, .. }) =
            stmt.kind
        else {
            return Ok(());
        };
        let place = location(stmt.range);
        let start = self.label();
        let end = self.label();
        let exit = self.label();
        let cleanup = self.label();
        self.jump(place, Opcode::SETUP_FINALLY, end);
        self.here(start);
        self.push_block(place, BlockType::FinallyTry(finalbody), Some(start), Some(end))?;
        if handlers.is_empty() {
            self.stmts(body)?;
        } else {
            self.try_except(stmt)?;
        }
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.pop_block();
        self.stmts(finalbody)?;
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, exit);

        self.here(end);
        self.jump(Location::NONE, Opcode::SETUP_CLEANUP, cleanup);
        self.op(Location::NONE, Opcode::PUSH_EXC_INFO);
        self.push_block(Location::NONE, BlockType::FinallyEnd, Some(end), None)?;
        // The same statements once more: what there is to say about them has been said.
        self.warnings_off += 1;
        self.stmts(finalbody)?;
        self.warnings_off -= 1;
        self.pop_block();
        self.op_arg(Location::NONE, Opcode::RERAISE, 0);
        self.here(cleanup);
        self.pop_except_and_reraise(Location::NONE);
        self.here(exit);
        Ok(())
    }

    pub(super) fn pop_except_and_reraise(&mut self, place: Location) {
        self.op_arg(place, Opcode::COPY, 3);
        self.op(place, Opcode::POP_EXCEPT);
        self.op_arg(place, Opcode::RERAISE, 1);
    }

    fn try_with_handlers(
        &mut self,
        place: Location,
        body: &'a [Stmt<'a>],
        handlers: &'a [ExceptHandler<'a>],
        orelse: &'a [Stmt<'a>],
    ) -> Result {
        let start = self.label();
        let mut except = self.label();
        let end = self.label();
        let cleanup = self.label();
        self.jump(place, Opcode::SETUP_FINALLY, except);
        self.here(start);
        self.push_block(place, BlockType::TryExcept, Some(start), None)?;
        self.stmts(body)?;
        self.pop_block();
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.stmts(orelse)?;
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);

        self.here(except);
        self.jump(Location::NONE, Opcode::SETUP_CLEANUP, cleanup);
        self.op(Location::NONE, Opcode::PUSH_EXC_INFO);
        self.push_block(place, BlockType::ExceptionHandler, None, None)?;
        for (at, handler) in handlers.iter().enumerate() {
            let place = location(handler.range);
            if handler.type_.is_none() && at + 1 < handlers.len() {
                return Err(self.error(place, "default 'except:' must be last"));
            }
            except = self.label();
            if let Some(type_) = handler.type_ {
                self.expr(type_)?;
                self.op(place, Opcode::CHECK_EXC_MATCH);
                self.jump(place, Opcode::POP_JUMP_IF_FALSE, except);
            }
            self.handler_body(place, handler, end)?;
            self.here(except);
        }
        self.pop_block();
        self.op_arg(Location::NONE, Opcode::RERAISE, 0);
        self.here(cleanup);
        self.pop_except_and_reraise(Location::NONE);
        self.here(end);
        Ok(())
    }

    /// What an `except` clause does once it has matched. With a name it is
    /// `try: body finally: name = None; del name`.
    fn handler_body(
        &mut self,
        place: Location,
        handler: &'a ExceptHandler<'a>,
        end: Label,
    ) -> Result {
        let none = Location::NONE;
        let Some(name) = handler.name else {
            let start = self.label();
            self.op(place, Opcode::POP_TOP);
            self.here(start);
            self.push_block(place, BlockType::HandlerCleanup(None), Some(start), None)?;
            self.stmts(handler.body)?;
            self.pop_block();
            self.op(none, Opcode::POP_BLOCK);
            self.op(none, Opcode::POP_EXCEPT);
            self.jump(none, Opcode::JUMP_NO_INTERRUPT, end);
            return Ok(());
        };
        let cleanup = self.label();
        let start = self.label();
        self.name(place, name, ExprContext::Store)?;
        self.jump(place, Opcode::SETUP_CLEANUP, cleanup);
        self.here(start);
        self.push_block(place, BlockType::HandlerCleanup(Some(name)), Some(start), None)?;
        self.stmts(handler.body)?;
        self.pop_block();
        self.op(none, Opcode::POP_BLOCK);
        self.op(none, Opcode::POP_BLOCK);
        self.op(none, Opcode::POP_EXCEPT);
        self.clear_name(none, name)?;
        self.jump(none, Opcode::JUMP_NO_INTERRUPT, end);
        self.here(cleanup);
        self.clear_name(none, name)?;
        self.op_arg(none, Opcode::RERAISE, 1);
        Ok(())
    }

    /// On the stack while handlers run: the group, a list of what they raised, what is left.
    fn try_star(
        &mut self,
        place: Location,
        body: &'a [Stmt<'a>],
        handlers: &'a [ExceptHandler<'a>],
        orelse: &'a [Stmt<'a>],
    ) -> Result {
        let none = Location::NONE;
        let start = self.label();
        let mut except = self.label();
        let else_label = self.label();
        let end = self.label();
        let cleanup = self.label();
        let reraise_star = self.label();
        self.jump(place, Opcode::SETUP_FINALLY, except);
        self.here(start);
        self.push_block(place, BlockType::TryExcept, Some(start), None)?;
        self.stmts(body)?;
        self.pop_block();
        self.op(none, Opcode::POP_BLOCK);
        self.jump(none, Opcode::JUMP_NO_INTERRUPT, else_label);

        self.here(except);
        self.jump(none, Opcode::SETUP_CLEANUP, cleanup);
        self.op(none, Opcode::PUSH_EXC_INFO);
        self.push_block(place, BlockType::ExceptionGroupHandler, None, None)?;
        for (at, handler) in handlers.iter().enumerate() {
            let place = location(handler.range);
            except = self.label();
            let with_error = self.label();
            let no_match = self.label();
            if at == 0 {
                self.op_arg(place, Opcode::BUILD_LIST, 0);
                self.op_arg(place, Opcode::COPY, 2);
            }
            if let Some(type_) = handler.type_ {
                self.expr(type_)?;
                self.op(place, Opcode::CHECK_EG_MATCH);
                self.op_arg(place, Opcode::COPY, 1);
                self.jump(place, Opcode::POP_JUMP_IF_NONE, no_match);
            }
            let cleanup_end = self.label();
            let body_label = self.label();
            match handler.name {
                Some(name) => self.name(place, name, ExprContext::Store)?,
                None => self.op(place, Opcode::POP_TOP),
            }
            self.jump(place, Opcode::SETUP_CLEANUP, cleanup_end);
            self.here(body_label);
            let kind = BlockType::HandlerCleanup(handler.name);
            self.push_block(place, kind, Some(body_label), None)?;
            self.stmts(handler.body)?;
            self.pop_block();
            self.op(none, Opcode::POP_BLOCK);
            if let Some(name) = handler.name {
                self.clear_name(none, name)?;
            }
            self.jump(none, Opcode::JUMP_NO_INTERRUPT, except);

            self.here(cleanup_end);
            if let Some(name) = handler.name {
                self.clear_name(none, name)?;
            }
            self.op_arg(none, Opcode::LIST_APPEND, 3);
            self.op(none, Opcode::POP_TOP);
            self.jump(none, Opcode::JUMP_NO_INTERRUPT, with_error);
            self.here(except);
            self.op(none, Opcode::NOP);
            self.jump(none, Opcode::JUMP_NO_INTERRUPT, with_error);
            self.here(no_match);
            self.op(place, Opcode::POP_TOP);
            self.here(with_error);
            if at + 1 == handlers.len() {
                self.op_arg(none, Opcode::LIST_APPEND, 1);
                self.jump(none, Opcode::JUMP_NO_INTERRUPT, reraise_star);
            }
        }
        self.pop_block();
        let reraise = self.label();
        self.here(reraise_star);
        self.intrinsic2(none, Intrinsic2::PrepReraiseStar);
        self.op_arg(none, Opcode::COPY, 1);
        self.jump(none, Opcode::POP_JUMP_IF_NOT_NONE, reraise);
        self.op(none, Opcode::POP_TOP);
        self.op(none, Opcode::POP_BLOCK);
        self.op(none, Opcode::POP_EXCEPT);
        self.jump(none, Opcode::JUMP_NO_INTERRUPT, end);
        self.here(reraise);
        self.op(none, Opcode::POP_BLOCK);
        self.op_arg(none, Opcode::SWAP, 2);
        self.op(none, Opcode::POP_EXCEPT);
        self.op_arg(none, Opcode::RERAISE, 0);
        self.here(cleanup);
        self.pop_except_and_reraise(none);
        self.here(else_label);
        self.stmts(orelse)?;
        self.here(end);
        Ok(())
    }
}
