//! Annotations, which are functions of their own (PEP 649), and annotated assignments.

use gopy_bytecode::operators::{CommonConstant, function_attribute as attribute};

use super::*;
use crate::symtable::BlockKind;

/// `annotationlib.Format.VALUE_WITH_FAKE_GLOBALS`: the highest format that these functions know.
const VALUE_WITH_FAKE_GLOBALS: i64 = 2;

impl<'a> Compiler<'_, 'a> {
    /// Opens the scope of lazily evaluated code and refuses formats that it does not know.
    pub(super) fn enter_annotations(
        &mut self,
        place: Location,
        key: ScopeKey,
        name: Symbol,
    ) -> Result {
        let signature = Signature { posonlyargcount: 1, ..Signature::default() };
        self.enter_scope(name, ScopeType::Annotations, key, place.lineno, None, signature)?;
        self.op_arg(place, Opcode::LOAD_FAST, 0);
        self.load_int(place, VALUE_WITH_FAKE_GLOBALS);
        self.compare(place, CmpOp::Gt);
        let body = self.label();
        self.jump(place, Opcode::POP_JUMP_IF_FALSE, body);
        let error = CommonConstant::NotImplementedError.number();
        self.op_arg(place, Opcode::LOAD_COMMON_CONSTANT, error);
        self.op_arg(place, Opcode::RAISE_VARARGS, 1);
        self.here(body);
        Ok(())
    }

    /// Finishes an `__annotate__` function. Its parameter is called `format`, which is put in only
    /// now so that it can't be confused with a name in the annotations.
    fn leave_annotations(&mut self, place: Location) -> Result {
        self.op(place, Opcode::RETURN_VALUE);
        let mut code = self.optimize_and_assemble(true)?;
        let mut names = code.localsplusnames.items().to_vec();
        if let Some(first) = names.first_mut() {
            *first = self.symbol_const(self.names.format);
        }
        code.localsplusnames = Const::new(ConstValue::Tuple(names.into()));
        let freevars = self.unit_ref().freevars.items.clone();
        self.exit_scope();
        self.make_closure(place, code, &freevars, 0)
    }

    /// The `__annotate__` function of a function, if it has annotations.
    pub(super) fn function_annotations(
        &mut self,
        stmt: &'a Stmt<'a>,
        args: &'a Arguments<'a>,
        returns: Option<&'a Expr<'a>>,
    ) -> Result<u32> {
        let key = ScopeKey::signature(stmt);
        let entry = self.table.entry(self.entry_of(key)?);
        if !entry.annotations_used {
            return Ok(0);
        }
        let place = location(stmt.range);
        let name = entry.name;
        self.enter_annotations(place, key, name)?;
        let mut count = 0;
        let ordered = args
            .args
            .iter()
            .chain(args.posonlyargs)
            .chain(args.vararg)
            .chain(args.kwonlyargs)
            .chain(args.kwarg)
            .map(|arg| (arg.arg, arg.annotation))
            .chain([(self.names.return_, returns)]);
        for (name, annotation) in ordered {
            let Some(annotation) = annotation else { continue };
            let name = self.mangle(name);
            self.load_symbol(place, name);
            if self.future_annotations() {
                self.annotation_text(annotation)?;
            } else if let ExprKind::Starred { value, .. } = annotation.kind {
                // `*args: *Ts` means `[annotation] = [*Ts]`.
                self.expr(value)?;
                self.op_arg(place, Opcode::UNPACK_SEQUENCE, 1);
            } else {
                self.expr(annotation)?;
            }
            count += 1;
        }
        self.op_arg(place, Opcode::BUILD_MAP, count);
        self.leave_annotations(place)?;
        Ok(attribute::ANNOTATE)
    }

    /// An annotation under `from __future__ import annotations`: its source.
    fn annotation_text(&mut self, annotation: &'a Expr<'a>) -> Result {
        let digits_max = self.host.int_max_str_digits();
        let text = gopy_syntax::unparse::expression(annotation, self.interner, digits_max)?;
        let text = Const::new(ConstValue::Str(text.into()));
        self.load(location(annotation.range), text);
        Ok(())
    }

    pub(super) fn annotated_assignment(&mut self, stmt: &'a Stmt<'a>) -> Result {
        let StmtKind::AnnAssign { target, annotation, value, simple } = stmt.kind else {
            return Ok(());
        };
        let place = location(stmt.range);
        if let Some(value) = value {
            self.expr(value)?;
            self.expr(target)?;
        }
        let is_namespace = matches!(self.scope_type(), ScopeType::Module | ScopeType::Class);
        match target.kind {
            ExprKind::Name { id, .. } => {
                if simple != 0 && is_namespace {
                    if self.future_annotations() {
                        self.annotation_text(annotation)?;
                        self.op_name(place, Opcode::LOAD_NAME, self.names.annotations);
                        let name = self.mangle(id);
                        self.load_symbol(place, name);
                        self.op(place, Opcode::STORE_SUBSCR);
                    } else {
                        self.defer_annotation(place, stmt);
                    }
                }
            }
            ExprKind::Attribute { value: object, .. } => {
                if value.is_none() {
                    self.check_expression(object)?;
                }
            }
            ExprKind::Subscript { value: object, slice, .. } => {
                if value.is_none() {
                    self.check_expression(object)?;
                    self.check_subscript(slice)?;
                }
            }
            _ => {
                let message = "invalid node type for annotated assignment";
                return Err(SyntaxError::bare(SyntaxErrorKind::System, message));
            }
        }
        Ok(())
    }

    /// Evaluates for the errors alone.
    fn check_expression(&mut self, expr: &'a Expr<'a>) -> Result {
        self.expr(expr)?;
        self.op(location(expr.range), Opcode::POP_TOP);
        Ok(())
    }

    fn check_subscript(&mut self, expr: &'a Expr<'a>) -> Result {
        match expr.kind {
            ExprKind::Slice { lower, upper, step } => lower
                .into_iter()
                .chain(upper)
                .chain(step)
                .try_for_each(|e| self.check_expression(e)),
            ExprKind::Tuple { elts, .. } => {
                elts.iter().try_for_each(|elt| self.check_subscript(elt))
            }
            _ => self.check_expression(expr),
        }
    }

    /// Remembers an annotation; one that may not be executed leaves a mark when it is.
    fn defer_annotation(&mut self, place: Location, stmt: &'a Stmt<'a>) {
        let unit = self.unit();
        let conditional = unit.scope_type == ScopeType::Module || unit.conditional_blocks > 0;
        let index = conditional.then_some(unit.next_conditional_annotation);
        unit.next_conditional_annotation += u32::from(conditional);
        unit.deferred_annotations.push((stmt, index));
        let Some(index) = index else { return };
        let marks = self.names.conditional_annotations;
        if self.scope_type() == ScopeType::Class {
            self.op_cell(place, Opcode::LOAD_DEREF, marks);
        } else {
            self.op_name(place, Opcode::LOAD_NAME, marks);
        }
        self.load_int(place, i64::from(index));
        self.op_arg(place, Opcode::SET_ADD, 1);
        self.op(place, Opcode::POP_TOP);
    }

    /// The `__annotate__` function of a class or module.
    pub(super) fn deferred_annotations(&mut self, place: Location) -> Result {
        if self.unit_ref().deferred_annotations.is_empty() {
            return Ok(());
        }
        let deferred = std::mem::take(&mut self.unit().deferred_annotations);
        let scope_type = self.scope_type();
        let module = scope_type == ScopeType::Module;
        if module {
            // The function is made where the module begins.
            let unit = self.unit();
            let before = std::mem::take(&mut unit.sequence);
            unit.stashed_sequence = Some(before);
        }
        let around = self.unit_ref().entry;
        let is_class = self.entry().kind == BlockKind::Class;
        let key = ScopeKey::Deferred(around);
        self.enter_annotations(place, key, self.names.annotate)?;
        self.op_arg(place, Opcode::BUILD_MAP, 0);
        for (stmt, index) in deferred {
            self.deferred_annotation(place, stmt, index, is_class)?;
        }
        self.leave_annotations(place)?;
        let name = if is_class { self.names.annotate_func } else { self.names.annotate };
        self.name(place, name, ExprContext::Store)?;
        let unit = self.unit();
        if let Some(before) = unit.stashed_sequence.take() {
            let annotations = std::mem::replace(&mut unit.sequence, before);
            unit.sequence.set_annotations_code(annotations);
        }
        Ok(())
    }

    fn deferred_annotation(
        &mut self,
        place: Location,
        stmt: &'a Stmt<'a>,
        index: Option<u32>,
        in_class: bool,
    ) -> Result {
        let StmtKind::AnnAssign { target, annotation, .. } = stmt.kind else { return Ok(()) };
        let ExprKind::Name { id, .. } = target.kind else { return Ok(()) };
        let at = location(stmt.range);
        let private = self.unit_ref().private;
        let name = mangle(self.interner, private, id);
        let not_set = self.label();
        if let Some(index) = index {
            self.load_int(at, i64::from(index));
            let marks = self.names.conditional_annotations;
            if in_class {
                self.op_free(at, Opcode::LOAD_DEREF, marks);
            } else {
                let index = self.name_index(marks);
                self.op_arg(at, Opcode::LOAD_GLOBAL, index << 1);
            }
            self.op_arg(at, Opcode::CONTAINS_OP, 0);
            self.jump(at, Opcode::POP_JUMP_IF_FALSE, not_set);
        }
        self.expr(annotation)?;
        self.op_arg(at, Opcode::COPY, 2);
        self.load_symbol(at, name);
        self.op(place, Opcode::STORE_SUBSCR);
        self.here(not_set);
        Ok(())
    }
}
