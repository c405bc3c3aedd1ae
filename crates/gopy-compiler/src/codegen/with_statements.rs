//! `with` and `async with`, and awaiting.

use gopy_bytecode::operators::SpecialMethod;

use super::*;

impl<'a> Compiler<'_, 'a> {
    pub(super) fn call_exit_with_nones(&mut self, place: Location) {
        for _ in 0..3 {
            self.load_none(place);
        }
        self.op_arg(place, Opcode::CALL, 3);
    }

    /// Waits for the awaitable of the top value.
    pub(super) fn await_top(&mut self, place: Location, kind: u32) {
        self.op_arg(place, Opcode::GET_AWAITABLE, kind);
        self.load_none(place);
        self.yield_from(place, true);
    }

    /// The loop that passes values between the caller and the iterator below the top.
    pub(super) fn yield_from(&mut self, place: Location, awaiting: bool) {
        let send = self.label();
        let fail = self.label();
        let exit = self.label();
        self.here(send);
        self.jump(place, Opcode::SEND, exit);
        // `close` and `throw` raise StopIteration at the YIELD_VALUE.
        self.jump(place, Opcode::SETUP_FINALLY, fail);
        self.op_arg(place, Opcode::YIELD_VALUE, 1);
        self.op(Location::NONE, Opcode::POP_BLOCK);
        let after = if awaiting { resume::AFTER_AWAIT } else { resume::AFTER_YIELD_FROM };
        self.op_arg(place, Opcode::RESUME, after);
        self.jump(place, Opcode::JUMP_NO_INTERRUPT, send);
        self.here(fail);
        self.op(place, Opcode::CLEANUP_THROW);
        self.here(exit);
        self.op(place, Opcode::END_SEND);
    }

    /// What `with` does behind `__exit__` after an exception.
    fn with_except_finish(&mut self, cleanup: Label) {
        let none = Location::NONE;
        let suppress = self.label();
        self.op(none, Opcode::TO_BOOL);
        self.jump(none, Opcode::POP_JUMP_IF_TRUE, suppress);
        self.op_arg(none, Opcode::RERAISE, 2);
        self.here(suppress);
        self.op(none, Opcode::POP_TOP);
        self.op(none, Opcode::POP_BLOCK);
        self.op(none, Opcode::POP_EXCEPT);
        for _ in 0..3 {
            self.op(none, Opcode::POP_TOP);
        }
        let exit = self.label();
        self.jump(none, Opcode::JUMP_NO_INTERRUPT, exit);
        self.here(cleanup);
        self.pop_except_and_reraise(none);
        self.here(exit);
    }

    pub(super) fn with(&mut self, items: &'a [WithItem<'a>], body: &'a [Stmt<'a>]) -> Result {
        self.stack.check()?;
        let Some((item, rest)) = items.split_first() else { return self.stmts(body) };
        let start = self.label();
        let end = self.label();
        let exit = self.label();
        let cleanup = self.label();
        self.expr(item.context_expr)?;
        let place = location(item.context_expr.range);
        self.enter_context(place, SpecialMethod::Exit, SpecialMethod::Enter);
        self.jump(place, Opcode::SETUP_WITH, end);
        self.here(start);
        self.push_block(place, BlockType::With, Some(start), Some(end))?;
        self.with_target(place, item)?;
        self.with(rest, body)?;
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.pop_block();
        self.call_exit_with_nones(place);
        self.op(place, Opcode::POP_TOP);
        self.jump(place, Opcode::JUMP, exit);

        self.here(end);
        self.jump(place, Opcode::SETUP_CLEANUP, cleanup);
        self.op(place, Opcode::PUSH_EXC_INFO);
        self.op(place, Opcode::WITH_EXCEPT_START);
        self.with_except_finish(cleanup);
        self.here(exit);
        Ok(())
    }

    pub(super) fn async_with(&mut self, items: &'a [WithItem<'a>], body: &'a [Stmt<'a>]) -> Result {
        self.stack.check()?;
        let Some((item, rest)) = items.split_first() else { return self.stmts(body) };
        let start = self.label();
        let end = self.label();
        let exit = self.label();
        let cleanup = self.label();
        self.expr(item.context_expr)?;
        let place = location(item.context_expr.range);
        self.enter_context(place, SpecialMethod::Aexit, SpecialMethod::Aenter);
        self.await_top(place, 1);
        self.jump(place, Opcode::SETUP_WITH, end);
        self.here(start);
        self.push_block(place, BlockType::AsyncWith, Some(start), Some(end))?;
        self.with_target(place, item)?;
        self.async_with(rest, body)?;
        self.pop_block();
        self.op(place, Opcode::POP_BLOCK);
        self.call_exit_with_nones(place);
        self.await_top(place, 2);
        self.op(place, Opcode::POP_TOP);
        self.jump(place, Opcode::JUMP, exit);

        self.here(end);
        self.jump(place, Opcode::SETUP_CLEANUP, cleanup);
        self.op(place, Opcode::PUSH_EXC_INFO);
        self.op(place, Opcode::WITH_EXCEPT_START);
        self.await_top(place, 2);
        self.with_except_finish(cleanup);
        self.here(exit);
        Ok(())
    }

    /// Leaves the bound exit method on the stack and calls the enter method.
    fn enter_context(&mut self, place: Location, exit: SpecialMethod, enter: SpecialMethod) {
        self.op_arg(place, Opcode::COPY, 1);
        self.op_arg(place, Opcode::LOAD_SPECIAL, exit.number());
        self.op_arg(place, Opcode::SWAP, 2);
        self.op_arg(place, Opcode::SWAP, 3);
        self.op_arg(place, Opcode::LOAD_SPECIAL, enter.number());
        self.op_arg(place, Opcode::CALL, 0);
    }

    fn with_target(&mut self, place: Location, item: &'a WithItem<'a>) -> Result {
        match item.optional_vars {
            Some(target) => self.expr(target),
            None => {
                self.op(place, Opcode::POP_TOP);
                Ok(())
            }
        }
    }
}
