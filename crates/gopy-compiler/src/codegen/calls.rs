//! Calls: of methods, of `super`, of everything else.

use gopy_bytecode::operators::CommonConstant;

use super::*;
use crate::symtable::DEF_IMPORT;

impl<'a> Compiler<'_, 'a> {
    pub(super) fn call(&mut self, expr: &'a Expr<'a>) -> Result {
        let ExprKind::Call { func, args, keywords } = expr.kind else { return Ok(()) };
        self.validate_keywords(keywords)?;
        if self.method_call(expr, func, args, keywords)? {
            return Ok(());
        }
        let skip = self.label();
        self.check_caller(func)?;
        self.expr(func)?;
        self.shortcut_call(func, args, keywords, skip)?;
        self.op(location(func.range), Opcode::PUSH_NULL);
        self.call_arguments(location(expr.range), 0, args, None, keywords)?;
        self.here(skip);
        Ok(())
    }

    fn validate_keywords(&mut self, keywords: &'a [Keyword<'a>]) -> Result {
        for (at, keyword) in keywords.iter().enumerate() {
            let Some(name) = keyword.arg else { continue };
            if let Some(other) = keywords[at + 1..].iter().find(|other| other.arg == Some(name)) {
                let message = format!("keyword argument repeated: {}", self.interner.display(name));
                return Err(self.error(location(other.range), message));
            }
        }
        Ok(())
    }

    /// `all`, `any` and `tuple` of a generator expression run its loop right here, if the name
    /// still stands for the builtin.
    fn shortcut_call(
        &mut self,
        func: &'a Expr<'a>,
        args: &'a [Expr<'a>],
        keywords: &'a [Keyword<'a>],
        end: Label,
    ) -> Result {
        let (ExprKind::Name { id, .. }, [generator], []) = (func.kind, args, keywords) else {
            return Ok(());
        };
        if !matches!(generator.kind, ExprKind::GeneratorExp { .. }) {
            return Ok(());
        }
        // An asynchronous generator can't be looped over here.
        let entry = self.entry_of(ScopeKey::expr(generator))?;
        if self.table.entry(entry).coroutine {
            return Ok(());
        }
        let skip = self.label();
        let names = self.names;
        let (builtin, result) = match id {
            id if id == names.all => (CommonConstant::All, true),
            id if id == names.any => (CommonConstant::Any, false),
            id if id == names.tuple => (CommonConstant::Tuple, false),
            _ => {
                self.here(skip);
                return Ok(());
            }
        };
        let to_tuple = builtin == CommonConstant::Tuple;
        let bool_const = |value| Const::new(ConstValue::Bool(value));
        let place = location(func.range);
        self.op_arg(place, Opcode::COPY, 1);
        self.op_arg(place, Opcode::LOAD_COMMON_CONSTANT, builtin.number());
        self.compare(place, CmpOp::Is);
        self.jump(place, Opcode::POP_JUMP_IF_FALSE, skip);
        self.op(place, Opcode::POP_TOP);
        if to_tuple {
            self.op_arg(place, Opcode::BUILD_LIST, 0);
        }
        self.expr(generator)?;
        let start = self.label();
        let cleanup = self.label();
        self.here(start);
        self.jump(place, Opcode::FOR_ITER, cleanup);
        if to_tuple {
            self.op_arg(place, Opcode::LIST_APPEND, 2);
            self.jump(place, Opcode::JUMP, start);
        } else {
            self.op(place, Opcode::TO_BOOL);
            let go_on = if result { Opcode::POP_JUMP_IF_TRUE } else { Opcode::POP_JUMP_IF_FALSE };
            self.jump(place, go_on, start);
        }
        self.op(Location::NONE, Opcode::POP_ITER);
        if !to_tuple {
            self.load(place, bool_const(!result));
        }
        self.jump(place, Opcode::JUMP, end);
        self.here(cleanup);
        self.op(Location::NONE, Opcode::END_FOR);
        self.op(Location::NONE, Opcode::POP_ITER);
        if to_tuple {
            self.intrinsic1(place, Intrinsic1::ListToTuple);
        } else {
            self.load(place, bool_const(result));
        }
        self.jump(place, Opcode::JUMP, end);
        self.here(skip);
        Ok(())
    }

    /// A call of an attribute without a bound method in between; says whether it was made.
    fn method_call(
        &mut self,
        expr: &'a Expr<'a>,
        func: &'a Expr<'a>,
        args: &'a [Expr<'a>],
        keywords: &'a [Keyword<'a>],
    ) -> Result<bool> {
        let ExprKind::Attribute { value, attr, ctx: ExprContext::Load } = func.kind else {
            return Ok(false);
        };
        // Functions of imported modules are plain attributes.
        if let ExprKind::Name { id, .. } = value.kind
            && self.table.entry(SymbolTable::TOP).symbols.get(id) & DEF_IMPORT != 0
        {
            return Ok(false);
        }
        let count = args.len() + keywords.len();
        if count + usize::from(!keywords.is_empty()) >= STACK_USE_GUIDELINE
            || args.iter().any(|arg| matches!(arg.kind, ExprKind::Starred { .. }))
            || keywords.iter().any(|keyword| keyword.arg.is_none())
        {
            return Ok(false);
        }
        let place = location(func.range);
        let attr_place = self.attribute_place(place, func, attr);
        if self.is_super_call(value, attr) {
            let given = self.load_super_arguments(value)?;
            let index = self.name_index(attr);
            let arg = index << 2 | u32::from(given) << 1 | 1;
            self.op_arg(place, Opcode::LOAD_SUPER_ATTR, arg);
            self.op(attr_place, Opcode::NOP);
        } else {
            self.expr(value)?;
            self.load_method(attr_place, attr);
        }
        self.exprs(args)?;
        let call_place = self.attribute_place(location(expr.range), func, attr);
        if keywords.is_empty() {
            self.op_count(call_place, Opcode::CALL, count);
        } else {
            self.keyword_values(attr_place, keywords)?;
            self.op_count(call_place, Opcode::CALL_KW, count);
        }
        Ok(true)
    }

    /// Values of keyword arguments and the tuple of their names.
    fn keyword_values(&mut self, place: Location, keywords: &'a [Keyword<'a>]) -> Result {
        keywords.iter().try_for_each(|keyword| self.expr(keyword.value))?;
        let names = self.tuple_of_symbols(keywords.iter().filter_map(|keyword| keyword.arg));
        self.load(place, names);
        Ok(())
    }

    /// Whether `value` is a call of the builtin `super` that an instruction can replace.
    pub(super) fn is_super_call(&self, value: &Expr<'_>, attr: Symbol) -> bool {
        let names = self.names;
        let ExprKind::Call { func, args, keywords: [] } = value.kind else { return false };
        let ExprKind::Name { id, .. } = func.kind else { return false };
        if id != names.super_ || attr == names.class {
            return false;
        }
        if self.entry().scope(id) != Scope::GlobalImplicit
            || self.table.entry(SymbolTable::TOP).scope(id) != Scope::Unknown
        {
            return false;
        }
        match args.len() {
            2 => !args.iter().any(|arg| matches!(arg.kind, ExprKind::Starred { .. })),
            0 => {
                let signature = self.unit_ref().signature;
                (signature.argcount > 0 || signature.posonlyargcount > 0)
                    && self.reference_scope(names.class) == Scope::Free
            }
            _ => false,
        }
    }

    /// Pushes `super`, the class and the object; says whether they were given.
    pub(super) fn load_super_arguments(&mut self, call: &'a Expr<'a>) -> Result<bool> {
        let ExprKind::Call { func, args, .. } = call.kind else { return Ok(false) };
        let place = location(call.range);
        self.name(location(func.range), self.names.super_, ExprContext::Load)?;
        if !args.is_empty() {
            self.exprs(args)?;
            return Ok(true);
        }
        self.name(place, self.names.class, ExprContext::Load)?;
        if let Some(&first) = self.unit_ref().varnames.items.first() {
            self.name(place, first, ExprContext::Load)?;
        }
        Ok(false)
    }

    /// Arguments and the call itself; `pushed` arguments are on the stack already, `injected` is
    /// a name whose value becomes the last positional one.
    pub(super) fn call_arguments(
        &mut self,
        place: Location,
        pushed: usize,
        args: &'a [Expr<'a>],
        injected: Option<Symbol>,
        keywords: &'a [Keyword<'a>],
    ) -> Result {
        self.validate_keywords(keywords)?;
        let simple = args.len() + keywords.len() * 2 <= STACK_USE_GUIDELINE
            && !args.iter().any(|arg| matches!(arg.kind, ExprKind::Starred { .. }))
            && keywords.iter().all(|keyword| keyword.arg.is_some());
        if !simple {
            return self.call_unpacking(place, pushed, args, injected, keywords);
        }
        self.exprs(args)?;
        let mut count = pushed + args.len();
        if let Some(name) = injected {
            self.name(place, name, ExprContext::Load)?;
            count += 1;
        }
        if keywords.is_empty() {
            self.op_count(place, Opcode::CALL, count);
        } else {
            self.keyword_values(place, keywords)?;
            self.op_count(place, Opcode::CALL_KW, count + keywords.len());
        }
        Ok(())
    }

    fn call_unpacking(
        &mut self,
        place: Location,
        pushed: usize,
        args: &'a [Expr<'a>],
        injected: Option<Symbol>,
        keywords: &'a [Keyword<'a>],
    ) -> Result {
        match (pushed, args) {
            (0, [Expr { kind: ExprKind::Starred { value, .. }, .. }]) => self.expr(value)?,
            _ => {
                let ops = (Opcode::BUILD_LIST, Opcode::LIST_APPEND, Opcode::LIST_EXTEND);
                self.collection(place, args, injected, pushed, ops, true)?;
            }
        }
        let mut have_dict = false;
        let mut seen = 0;
        for (at, keyword) in keywords.iter().enumerate() {
            if keyword.arg.is_some() {
                seen += 1;
                continue;
            }
            if seen > 0 {
                self.keyword_dict(place, &keywords[at - seen..at])?;
                if have_dict {
                    self.op_arg(place, Opcode::DICT_MERGE, 1);
                }
                have_dict = true;
                seen = 0;
            }
            if !have_dict {
                self.op_arg(place, Opcode::BUILD_MAP, 0);
                have_dict = true;
            }
            self.expr(keyword.value)?;
            self.op_arg(place, Opcode::DICT_MERGE, 1);
        }
        if seen > 0 {
            self.keyword_dict(place, &keywords[keywords.len() - seen..])?;
            if have_dict {
                self.op_arg(place, Opcode::DICT_MERGE, 1);
            }
        }
        if keywords.is_empty() {
            self.op(place, Opcode::PUSH_NULL);
        }
        self.op(place, Opcode::CALL_FUNCTION_EX);
        Ok(())
    }

    fn keyword_dict(&mut self, place: Location, keywords: &'a [Keyword<'a>]) -> Result {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(Location::NONE, Opcode::BUILD_MAP, 0);
        }
        for keyword in keywords {
            if let Some(name) = keyword.arg {
                self.load_symbol(place, name);
            }
            self.expr(keyword.value)?;
            if big {
                self.op_arg(Location::NONE, Opcode::MAP_ADD, 1);
            }
        }
        if !big {
            self.op_count(place, Opcode::BUILD_MAP, keywords.len());
        }
        Ok(())
    }
}
