//! Classes, type aliases and type parameters.

use gopy_bytecode::operators::function_attribute as attribute;

use super::*;

impl<'a> Compiler<'_, 'a> {
    pub(super) fn class(&mut self, stmt: &'a Stmt<'a>) -> Result {
        let StmtKind::ClassDef { name, bases, keywords, decorator_list, type_params, .. } =
            stmt.kind
        else {
            return Ok(());
        };
        self.exprs(decorator_list)?;
        let first = decorator_list.first().map_or(stmt.range, |first| first.range);
        let firstlineno = first.lineno as i32;
        let place = location(stmt.range);
        let names = self.names;
        let generic = !type_params.is_empty();
        if generic {
            let scope_name = self.generic_name(name);
            let key = ScopeKey::type_params(type_params);
            let signature = Signature::default();
            let private = Some(name);
            let scope_type = ScopeType::Annotations;
            self.enter_scope(scope_name, scope_type, key, firstlineno, private, signature)?;
            self.type_params(type_params)?;
            self.name(place, names.type_params, ExprContext::Store)?;
        }
        self.class_body(stmt, firstlineno)?;
        if generic {
            self.name(place, names.type_params, ExprContext::Load)?;
            self.intrinsic1(place, Intrinsic1::SubscriptGeneric);
            self.name(place, names.generic_base, ExprContext::Store)?;
            self.call_arguments(place, 2, bases, Some(names.generic_base), keywords)?;
            self.finish_scope(place, false, 0)?;
            self.op(place, Opcode::PUSH_NULL);
            self.op_arg(place, Opcode::CALL, 0);
        } else {
            self.call_arguments(place, 2, bases, None, keywords)?;
        }
        self.apply_decorators(decorator_list);
        self.name(place, name, ExprContext::Store)
    }

    /// Pushes `__build_class__`, the function of the class's body and the class's name.
    fn class_body(&mut self, stmt: &'a Stmt<'a>, firstlineno: i32) -> Result {
        let StmtKind::ClassDef { name, body, type_params, .. } = stmt.kind else { return Ok(()) };
        let names = self.names;
        let key = ScopeKey::stmt(stmt);
        let signature = Signature::default();
        self.enter_scope(name, ScopeType::Class, key, firstlineno, Some(name), signature)?;
        let place = Location::new(firstlineno, firstlineno, 0, 0);
        self.name(place, names.name, ExprContext::Load)?;
        self.name(place, names.module, ExprContext::Store)?;
        let qualname = self.unit_ref().qualname;
        self.load_symbol(place, qualname);
        self.name(place, names.qualname, ExprContext::Store)?;
        self.load_int(place, i64::from(firstlineno));
        self.name(place, names.firstlineno, ExprContext::Store)?;
        if !type_params.is_empty() {
            self.name(place, names.type_params, ExprContext::Load)?;
            self.name(place, names.dunder_type_params, ExprContext::Store)?;
        }
        if self.entry().needs_classdict {
            self.op(place, Opcode::LOAD_LOCALS);
            let index = self.unit().cellvars.add_symbol(names.classdict);
            self.op_arg(place, Opcode::STORE_DEREF, index);
        }
        if self.entry().has_conditional_annotations {
            self.op_arg(place, Opcode::BUILD_SET, 0);
            let index = self.unit().cellvars.add_symbol(names.conditional_annotations);
            self.op_arg(place, Opcode::STORE_DEREF, index);
        }
        self.body(place, body, false)?;

        let none = Location::NONE;
        let mut attributes: Vec<Symbol> =
            self.unit_ref().static_attributes.iter().copied().collect();
        attributes.sort_by(|a, b| self.interner.name(*a).cmp(self.interner.name(*b)));
        let attributes = self.tuple_of_symbols(attributes.into_iter());
        self.load(none, attributes);
        self.name(none, names.static_attributes, ExprContext::Store)?;
        if self.entry().needs_classdict {
            let index = self.unit().cellvars.add_symbol(names.classdict);
            self.op_arg(none, Opcode::LOAD_CLOSURE, index);
            self.name(none, names.classdictcell, ExprContext::Store)?;
        }
        if self.entry().needs_class_closure {
            let index = self.unit().cellvars.add_symbol(names.class);
            self.op_arg(none, Opcode::LOAD_CLOSURE, index);
            self.op_arg(none, Opcode::COPY, 1);
            self.name(none, names.classcell, ExprContext::Store)?;
        } else {
            self.load_none(none);
        }
        self.op(none, Opcode::RETURN_VALUE);

        let code = self.optimize_and_assemble(true)?;
        let freevars = self.unit_ref().freevars.items.clone();
        self.exit_scope();
        let place = location(stmt.range);
        self.op(place, Opcode::LOAD_BUILD_CLASS);
        self.op(place, Opcode::PUSH_NULL);
        self.make_closure(place, code, &freevars, 0)?;
        self.load_symbol(place, name);
        Ok(())
    }

    pub(super) fn type_alias(&mut self, stmt: &'a Stmt<'a>) -> Result {
        let StmtKind::TypeAlias { name, type_params, value } = stmt.kind else { return Ok(()) };
        let ExprKind::Name { id, .. } = name.kind else {
            let message = "TypeAlias with non-Name name";
            return Err(SyntaxError::bare(SyntaxErrorKind::Type, message));
        };
        let place = location(stmt.range);
        let generic = !type_params.is_empty();
        if generic {
            let scope_name = self.generic_name(id);
            let key = ScopeKey::type_params(type_params);
            let signature = Signature::default();
            let scope_type = ScopeType::Annotations;
            self.enter_scope(scope_name, scope_type, key, place.lineno, None, signature)?;
            self.load_symbol(place, id);
            self.type_params(type_params)?;
        } else {
            self.load_symbol(place, id);
            self.load_none(place);
        }
        self.load_format_default(place);
        self.enter_annotations(place, ScopeKey::stmt(stmt), id)?;
        self.expr(value)?;
        self.op(place, Opcode::RETURN_VALUE);
        self.finish_scope(place, false, attribute::DEFAULTS)?;
        self.op_arg(place, Opcode::BUILD_TUPLE, 3);
        self.intrinsic1(place, Intrinsic1::TypeAlias);
        if generic {
            self.finish_scope(place, false, 0)?;
            self.op(place, Opcode::PUSH_NULL);
            self.op_arg(place, Opcode::CALL, 0);
        }
        self.name(place, id, ExprContext::Store)
    }

    /// `(1,)`: the default of the parameter `format` is VALUE.
    fn load_format_default(&mut self, place: Location) {
        let one = Const::new(ConstValue::Int(1));
        self.load(place, Const::new(ConstValue::Tuple([one].into())));
    }

    /// Makes the type parameters, binds them and leaves a tuple of them.
    pub(super) fn type_params(&mut self, params: &'a [TypeParam<'a>]) -> Result {
        let mut seen_default = false;
        for param in params {
            let place = location(param.range);
            let at = std::ptr::from_ref(param).addr();
            let (name, default, starred) = match param.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    self.load_symbol(place, name);
                    if let Some(bound) = bound {
                        self.type_variable(bound, name, ScopeKey::Bound(at), false)?;
                        let intrinsic = match bound.kind {
                            ExprKind::Tuple { .. } => Intrinsic2::TypeVarWithConstraints,
                            _ => Intrinsic2::TypeVarWithBound,
                        };
                        self.intrinsic2(place, intrinsic);
                    } else {
                        self.intrinsic1(place, Intrinsic1::TypeVar);
                    }
                    (name, default_value, false)
                }
                TypeParamKind::TypeVarTuple { name, default_value } => {
                    self.load_symbol(place, name);
                    self.intrinsic1(place, Intrinsic1::TypeVarTuple);
                    (name, default_value, true)
                }
                TypeParamKind::ParamSpec { name, default_value } => {
                    self.load_symbol(place, name);
                    self.intrinsic1(place, Intrinsic1::ParamSpec);
                    (name, default_value, false)
                }
            };
            if let Some(default) = default {
                seen_default = true;
                self.type_variable(default, name, ScopeKey::Default(at), starred)?;
                self.intrinsic2(place, Intrinsic2::SetTypeparamDefault);
            } else if seen_default {
                let name = self.interner.display(name);
                let message =
                    format!("non-default type parameter '{name}' follows default type parameter");
                return Err(self.error(place, message));
            }
            self.op_arg(place, Opcode::COPY, 1);
            self.name(place, name, ExprContext::Store)?;
        }
        if let Some(first) = params.first() {
            self.op_count(location(first.range), Opcode::BUILD_TUPLE, params.len());
        }
        Ok(())
    }

    fn type_variable(
        &mut self,
        expr: &'a Expr<'a>,
        name: Symbol,
        key: ScopeKey,
        allow_starred: bool,
    ) -> Result {
        let place = location(expr.range);
        self.load_format_default(place);
        self.enter_annotations(place, key, name)?;
        match expr.kind {
            ExprKind::Starred { value, .. } if allow_starred => {
                self.expr(value)?;
                self.op_arg(place, Opcode::UNPACK_SEQUENCE, 1);
            }
            _ => self.expr(expr)?,
        }
        self.op(place, Opcode::RETURN_VALUE);
        self.finish_scope(place, true, attribute::DEFAULTS)
    }
}
