//! Functions, lambdas and closures.

use gopy_bytecode::operators::function_attribute as attribute;

use super::statements::clean_docstring;
use super::*;
use crate::symtable::docstring;

impl<'a> Compiler<'_, 'a> {
    /// Makes a function of finished code; `flags` say which attributes are on the stack.
    pub(super) fn make_closure(
        &mut self,
        place: Location,
        code: CodeUnit,
        freevars: &[Symbol],
        flags: u32,
    ) -> Result {
        let mut flags = flags;
        if !freevars.is_empty() {
            for &name in freevars {
                let cell = self.reference_scope(name) == Scope::Cell;
                let unit = self.unit();
                let index = if cell {
                    unit.cellvars.get(&name)
                } else {
                    unit.freevars.get(&name).map(|index| index + unit.freevars_start)
                };
                let Some(index) = index else {
                    let message = self.no_such_cell(name, &code, freevars);
                    return Err(SyntaxError::bare(SyntaxErrorKind::System, message));
                };
                self.op_count(place, Opcode::LOAD_CLOSURE, index);
            }
            flags |= attribute::CLOSURE;
            self.op_count(place, Opcode::BUILD_TUPLE, freevars.len());
        }
        self.load(place, Const::new(ConstValue::Code(Box::new(code))));
        self.op(place, Opcode::MAKE_FUNCTION);
        for bit in [
            attribute::CLOSURE,
            attribute::ANNOTATIONS,
            attribute::ANNOTATE,
            attribute::KWDEFAULTS,
            attribute::DEFAULTS,
        ] {
            if flags & bit != 0 {
                self.op_arg(place, Opcode::SET_FUNCTION_ATTRIBUTE, bit);
            }
        }
        Ok(())
    }

    /// What CPython says where a scope cannot hand a variable on: a class body that binds
    /// `__classdict__` itself leads there.
    #[cold]
    fn no_such_cell(&self, name: Symbol, code: &CodeUnit, freevars: &[Symbol]) -> String {
        let quoted = |name: Symbol| format!("'{}'", self.interner.display(name));
        let names: Vec<String> = freevars.iter().map(|name| quoted(*name)).collect();
        let comma = if names.len() == 1 { "," } else { "" };
        let code_name = match code.name.value() {
            ConstValue::Str(text) => String::from_utf8_lossy(text),
            _ => "".into(),
        };
        format!(
            "compiler_lookup_arg(name={}) with reftype={} failed in {}; \
             freevars of code {code_name}: ({}{comma})",
            quoted(name),
            self.reference_scope(name) as u32,
            self.interner.display(self.unit_ref().name),
            names.join(", "),
        )
    }

    /// Finishes the current scope and makes a function of it in the one around.
    pub(super) fn finish_scope(&mut self, place: Location, add_none: bool, flags: u32) -> Result {
        let code = self.optimize_and_assemble(add_none)?;
        let freevars = self.unit_ref().freevars.items.clone();
        self.exit_scope();
        self.make_closure(place, code, &freevars, flags)
    }

    pub(super) fn apply_decorators(&mut self, decorators: &'a [Expr<'a>]) {
        for decorator in decorators.iter().rev() {
            self.op_arg(location(decorator.range), Opcode::CALL, 0);
        }
    }

    /// Puts defaults on the stack and says which there are.
    fn default_arguments(&mut self, place: Location, args: &'a Arguments<'a>) -> Result<u32> {
        let mut flags = 0;
        if !args.defaults.is_empty() {
            self.exprs(args.defaults)?;
            self.op_count(place, Opcode::BUILD_TUPLE, args.defaults.len());
            flags |= attribute::DEFAULTS;
        }
        let mut count = 0;
        for (arg, default) in args.kwonlyargs.iter().zip(args.kw_defaults) {
            if let Some(default) = default {
                let name = self.mangle(arg.arg);
                self.load_symbol(place, name);
                self.expr(default)?;
                count += 1;
            }
        }
        if count > 0 {
            self.op_arg(place, Opcode::BUILD_MAP, count);
            flags |= attribute::KWDEFAULTS;
        }
        Ok(flags)
    }

    pub(super) fn lambda(
        &mut self,
        expr: &'a Expr<'a>,
        args: &'a Arguments<'a>,
        body: &'a Expr<'a>,
    ) -> Result {
        let place = location(expr.range);
        let flags = self.default_arguments(place, args)?;
        let name = self.names.anon_lambda;
        let key = ScopeKey::expr(expr);
        self.enter_scope(name, ScopeType::Lambda, key, place.lineno, None, signature(args))?;
        self.expr(body)?;
        let generator = self.entry().generator;
        if !generator {
            self.op(location(body.range), Opcode::RETURN_VALUE);
        }
        self.finish_scope(place, !generator, flags)
    }

    pub(super) fn function(&mut self, stmt: &'a Stmt<'a>) -> Result {
        let (StmtKind::FunctionDef { name, args, decorator_list, returns, type_params, .. }
        | StmtKind::AsyncFunctionDef {
            name, args, decorator_list, returns, type_params, ..
        }) = stmt.kind
        else {
            return Ok(());
        };
        self.exprs(decorator_list)?;
        let firstlineno = decorator_list.first().map_or(stmt.range, |first| first.range).lineno;
        let place = location(stmt.range);
        let mut flags = self.default_arguments(place, args)?;
        let generic = !type_params.is_empty();
        let given = (flags & (attribute::DEFAULTS | attribute::KWDEFAULTS)).count_ones();
        if generic {
            if given == 2 {
                self.op_arg(place, Opcode::SWAP, 2);
            }
            let scope_name = self.generic_name(name);
            let key = ScopeKey::type_params(type_params);
            let signature = Signature { argcount: given as usize, ..Signature::default() };
            let lineno = firstlineno as i32;
            self.enter_scope(scope_name, ScopeType::Annotations, key, lineno, None, signature)?;
            self.type_params(type_params)?;
            for at in 0..given {
                self.op_arg(place, Opcode::LOAD_FAST, at);
            }
        }
        flags |= self.function_annotations(stmt, args, returns)?;
        self.function_body(stmt, flags, firstlineno as i32)?;
        if generic {
            self.op_arg(place, Opcode::SWAP, 2);
            self.intrinsic2(place, Intrinsic2::SetFunctionTypeParams);
            self.finish_scope(place, false, 0)?;
            if given > 0 {
                self.op_arg(place, Opcode::SWAP, given + 1);
                self.op_arg(place, Opcode::CALL, given - 1);
            } else {
                self.op(place, Opcode::PUSH_NULL);
                self.op_arg(place, Opcode::CALL, 0);
            }
        }
        self.apply_decorators(decorator_list);
        self.name(place, name, ExprContext::Store)
    }

    pub(super) fn generic_name(&mut self, name: Symbol) -> Symbol {
        let text = [b"<generic parameters of ", self.interner.name(name), b">"].concat();
        self.interner.intern(&text)
    }

    fn function_body(&mut self, stmt: &'a Stmt<'a>, flags: u32, firstlineno: i32) -> Result {
        let (StmtKind::FunctionDef { name, args, body, .. }
        | StmtKind::AsyncFunctionDef { name, args, body, .. }) = stmt.kind
        else {
            return Ok(());
        };
        let scope_type = match stmt.kind {
            StmtKind::AsyncFunctionDef { .. } => ScopeType::AsyncFunction,
            _ => ScopeType::Function,
        };
        let key = ScopeKey::stmt(stmt);
        self.enter_scope(name, scope_type, key, firstlineno, None, signature(args))?;
        let mut body = body;
        if self.entry().has_docstring
            && let Some(doc) = docstring(body)
        {
            self.add_const(clean_docstring(doc));
            body = &body[1..];
        }
        let start = self.label();
        self.here(start);
        let suspends = self.entry().coroutine || self.entry().generator;
        if suspends {
            self.push_block(Location::NONE, BlockType::StopIteration, Some(start), None)?;
        }
        self.stmts(body)?;
        if suspends {
            self.wrap_in_stop_iteration_handler();
            self.pop_block();
        }
        self.finish_scope(location(stmt.range), true, flags)
    }

    /// A StopIteration that leaves a generator becomes a RuntimeError.
    pub(super) fn wrap_in_stop_iteration_handler(&mut self) {
        let handler = self.label();
        self.unit().sequence.insert(0, Opcode::SETUP_CLEANUP, handler.0, Location::NONE);
        self.load_none(Location::NONE);
        self.op(Location::NONE, Opcode::RETURN_VALUE);
        self.here(handler);
        self.intrinsic1(Location::NONE, Intrinsic1::StopIterationError);
        self.op_arg(Location::NONE, Opcode::RERAISE, 1);
    }
}

fn signature(args: &Arguments<'_>) -> Signature {
    Signature {
        argcount: args.args.len(),
        posonlyargcount: args.posonlyargs.len(),
        kwonlyargcount: args.kwonlyargs.len(),
    }
}
