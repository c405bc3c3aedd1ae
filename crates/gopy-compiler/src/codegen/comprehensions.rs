//! Comprehensions: generators are functions, the others are inlined where they can be (PEP 709).

use super::*;
use crate::symtable::{BlockKind, DEF_LOCAL, DEF_NONLOCAL, DEF_PARAM};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Generator,
    List,
    Set,
    Dict,
}

/// A comprehension's parts.
#[derive(Clone, Copy)]
struct Parts<'a> {
    place: Location,
    generators: &'a [Comprehension<'a>],
    elt: &'a Expr<'a>,
    value: Option<&'a Expr<'a>>,
    kind: Kind,
}

/// What to undo behind an inlined comprehension.
#[derive(Default)]
struct Inlined {
    pushed_locals: Vec<Symbol>,
    symbols: Vec<(Symbol, u32)>,
    fast_hidden: Vec<Symbol>,
    cleanup: Option<Label>,
}

impl<'a> Compiler<'_, 'a> {
    pub(super) fn comprehension(&mut self, expr: &'a Expr<'a>) -> Result {
        let names = self.names;
        let (kind, name, generators, elt, value) = match expr.kind {
            ExprKind::GeneratorExp { elt, generators } => {
                (Kind::Generator, names.anon_genexpr, generators, elt, None)
            }
            ExprKind::ListComp { elt, generators } => {
                (Kind::List, names.anon_listcomp, generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                (Kind::Set, names.anon_setcomp, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                (Kind::Dict, names.anon_dictcomp, generators, key, Some(value))
            }
            _ => return Ok(()),
        };
        let place = location(expr.range);
        let parts = Parts { place, generators, elt, value, kind };
        let Some(outermost) = generators.first() else {
            let message = "comprehension with no generators";
            return Err(SyntaxError::bare(SyntaxErrorKind::Value, message));
        };
        let key = ScopeKey::expr(expr);
        let id = self.entry_of(key)?;
        let build = match kind {
            Kind::Generator => None,
            Kind::List => Some(Opcode::BUILD_LIST),
            Kind::Set => Some(Opcode::BUILD_SET),
            Kind::Dict => Some(Opcode::BUILD_MAP),
        };
        if self.table.entry(id).comp_inlined {
            self.comprehension_iter(outermost)?;
            let state = self.enter_inlined(place, id);
            if let Some(build) = build {
                self.op_arg(place, build, 0);
                self.op_arg(place, Opcode::SWAP, 2);
            }
            self.generator(parts, 0, 0, true)?;
            self.leave_inlined(place, state);
            return Ok(());
        }
        let is_async = self.table.entry(id).coroutine;
        let signature = Signature { argcount: 1, ..Signature::default() };
        let scope_type = ScopeType::Comprehension;
        self.enter_scope(name, scope_type, key, place.lineno, None, signature)?;
        if let Some(build) = build {
            self.op_arg(place, build, 0);
        }
        self.generator(parts, 0, 0, false)?;
        if kind == Kind::Generator {
            self.wrap_in_stop_iteration_handler();
        } else {
            self.op(place, Opcode::RETURN_VALUE);
        }
        self.finish_scope(place, true, 0)?;
        self.comprehension_iter(outermost)?;
        self.op_arg(place, Opcode::CALL, 0);
        if is_async && kind != Kind::Generator {
            self.await_top(place, 0);
        }
        Ok(())
    }

    fn comprehension_iter(&mut self, generator: &'a Comprehension<'a>) -> Result {
        self.expr(generator.iter)?;
        let opcode = if generator.is_async != 0 { Opcode::GET_AITER } else { Opcode::GET_ITER };
        self.op(location(generator.iter.range), opcode);
        Ok(())
    }

    fn generator(
        &mut self,
        parts: Parts<'a>,
        index: usize,
        depth: u32,
        iter_on_stack: bool,
    ) -> Result {
        self.stack.check()?;
        if parts.generators[index].is_async != 0 {
            self.async_generator(parts, index, depth, iter_on_stack)
        } else {
            self.sync_generator(parts, index, depth, iter_on_stack)
        }
    }

    fn sync_generator(
        &mut self,
        parts: Parts<'a>,
        index: usize,
        depth: u32,
        iter_on_stack: bool,
    ) -> Result {
        let generator = &parts.generators[index];
        let mut depth = depth;
        let start = self.label();
        let if_cleanup = self.label();
        let anchor = self.label();
        let mut is_loop = true;
        if !iter_on_stack {
            if index == 0 {
                self.op_arg(parts.place, Opcode::LOAD_FAST, 0);
            } else {
                // `for y in [f(x)]` is an assignment.
                let elts = match generator.iter.kind {
                    ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => elts,
                    _ => &[],
                };
                match elts {
                    [elt] if !matches!(elt.kind, ExprKind::Starred { .. }) => {
                        self.expr(elt)?;
                        is_loop = false;
                    }
                    _ => {
                        self.expr(generator.iter)?;
                        self.op(location(generator.iter.range), Opcode::GET_ITER);
                    }
                }
            }
        }
        if is_loop {
            depth += 1;
            self.here(start);
            self.jump(location(generator.iter.range), Opcode::FOR_ITER, anchor);
        }
        self.expr(generator.target)?;
        for condition in generator.ifs {
            self.jump_if(condition, if_cleanup, false)?;
        }
        let elt_place = self.element(parts, index, depth)?;
        self.here(if_cleanup);
        if is_loop {
            self.jump(elt_place, Opcode::JUMP, start);
            self.here(anchor);
            self.op(Location::NONE, Opcode::END_FOR);
            self.op(Location::NONE, Opcode::POP_ITER);
        }
        Ok(())
    }

    fn async_generator(
        &mut self,
        parts: Parts<'a>,
        index: usize,
        depth: u32,
        iter_on_stack: bool,
    ) -> Result {
        let generator = &parts.generators[index];
        let place = parts.place;
        let start = self.label();
        let send = self.label();
        let except = self.label();
        let if_cleanup = self.label();
        if !iter_on_stack {
            if index == 0 {
                self.op_arg(place, Opcode::LOAD_FAST, 0);
            } else {
                self.expr(generator.iter)?;
                self.op(location(generator.iter.range), Opcode::GET_AITER);
            }
        }
        self.here(start);
        self.push_block(place, BlockType::AsyncComprehensionGenerator, Some(start), None)?;
        self.jump(place, Opcode::SETUP_FINALLY, except);
        self.op(place, Opcode::GET_ANEXT);
        self.load_none(place);
        self.here(send);
        self.yield_from(place, true);
        self.op(place, Opcode::POP_BLOCK);
        self.expr(generator.target)?;
        for condition in generator.ifs {
            self.jump_if(condition, if_cleanup, false)?;
        }
        let elt_place = self.element(parts, index, depth + 1)?;
        self.here(if_cleanup);
        self.jump(elt_place, Opcode::JUMP, start);
        self.pop_block();
        self.here(except);
        self.jump(place, Opcode::END_ASYNC_FOR, send);
        Ok(())
    }

    /// The next loop, or the element in the innermost one; the place that the jump back gets.
    fn element(&mut self, parts: Parts<'a>, index: usize, depth: u32) -> Result<Location> {
        let place = location(parts.elt.range);
        if index + 1 < parts.generators.len() {
            self.generator(parts, index + 1, depth, false)?;
            return Ok(place);
        }
        self.expr(parts.elt)?;
        match parts.kind {
            Kind::Generator => {
                self.yield_value(place);
                self.op(place, Opcode::POP_TOP);
            }
            Kind::List => self.op_arg(place, Opcode::LIST_APPEND, depth + 1),
            Kind::Set => self.op_arg(place, Opcode::SET_ADD, depth + 1),
            Kind::Dict => {
                let Some(value) = parts.value else { return Ok(place) };
                self.expr(value)?;
                let place = location(parts.elt.range.to(value.range));
                self.op_arg(place, Opcode::MAP_ADD, depth + 1);
                return Ok(place);
            }
        }
        Ok(place)
    }

    /// Makes the comprehension's names those of the scope around it: symbols that differ are
    /// exchanged for the time being, and values that its variables would overwrite are put on
    /// the stack.
    fn enter_inlined(&mut self, place: Location, comp: EntryId) -> Inlined {
        let mut state = Inlined::default();
        let outer = self.unit_ref().entry;
        let in_class = self.table.entry(outer).kind == BlockKind::Class
            && self.unit_ref().inlined_comprehensions == 0;
        let function_like = self.table.entry(outer).is_function_like();
        self.unit().inlined_comprehensions += 1;
        let mut symbols = self.table.entry(comp).symbols.as_slice().to_vec();
        // The iterable is on the stack, not in a parameter.
        symbols.retain(|(_, flags)| flags & DEF_PARAM == 0);
        let isolated = |flags: u32| flags & DEF_LOCAL != 0 && flags & DEF_NONLOCAL == 0;
        for &(name, flags) in &symbols {
            let scope = Scope::of(flags);
            let outer_flags = self.table.entry(outer).symbols.get(name);
            let outer_scope = Scope::of(outer_flags);
            let differs = scope != outer_scope
                && scope != Scope::Free
                && !(scope == Scope::Cell && outer_scope == Scope::Free);
            if differs || in_class {
                self.table.entry_mut(outer).symbols.set(name, flags);
                state.symbols.push((name, outer_flags));
            }
            if isolated(flags) && !function_like {
                let unit = self.unit();
                let hidden = unit.fast_hidden.insert(name, true);
                if hidden.is_none() {
                    unit.fast_hidden_order.push(name);
                }
                if hidden != Some(true) {
                    state.fast_hidden.push(name);
                }
            }
        }
        for &(name, flags) in &symbols {
            if !isolated(flags) {
                continue;
            }
            self.op_varname(place, Opcode::LOAD_FAST_AND_CLEAR, name);
            if Scope::of(flags) == Scope::Cell {
                if self.table.entry(outer).scope(name) == Scope::Free {
                    self.op_free(place, Opcode::MAKE_CELL, name);
                } else {
                    self.op_cell(place, Opcode::MAKE_CELL, name);
                }
            }
            state.pushed_locals.push(name);
        }
        if !state.pushed_locals.is_empty() {
            self.op_count(place, Opcode::SWAP, state.pushed_locals.len() + 1);
            let cleanup = self.label();
            state.cleanup = Some(cleanup);
            self.jump(place, Opcode::SETUP_FINALLY, cleanup);
        }
        state
    }

    fn leave_inlined(&mut self, place: Location, state: Inlined) {
        if let Some(cleanup) = state.cleanup {
            let none = Location::NONE;
            self.op(none, Opcode::POP_BLOCK);
            let end = self.label();
            self.jump(none, Opcode::JUMP_NO_INTERRUPT, end);
            self.here(cleanup);
            self.op_arg(none, Opcode::SWAP, 2);
            self.op(none, Opcode::POP_TOP);
            self.restore_locals(place, &state.pushed_locals);
            self.op_arg(none, Opcode::RERAISE, 0);
            self.here(end);
            self.restore_locals(place, &state.pushed_locals);
        }
        let unit = self.unit();
        unit.inlined_comprehensions -= 1;
        for name in state.fast_hidden {
            unit.fast_hidden.insert(name, false);
        }
        let outer = unit.entry;
        for (name, flags) in state.symbols {
            self.table.entry_mut(outer).symbols.set(name, flags);
        }
    }

    fn restore_locals(&mut self, place: Location, names: &[Symbol]) {
        self.op_count(place, Opcode::SWAP, names.len() + 1);
        for &name in names.iter().rev() {
            self.op_varname(place, Opcode::STORE_FAST_MAYBE_NULL, name);
        }
    }
}
