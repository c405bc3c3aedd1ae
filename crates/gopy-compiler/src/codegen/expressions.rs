//! Expressions other than calls and comprehensions; conditions; augmented assignment.

use gopy_bytecode::operators::{BinaryOperator, Conversion};

use super::*;

impl<'a> Compiler<'_, 'a> {
    pub(super) fn exprs(&mut self, exprs: &'a [Expr<'a>]) -> Result {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    pub(super) fn expr(&mut self, expr: &'a Expr<'a>) -> Result {
        self.stack.check()?;
        let place = location(expr.range);
        match expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.expr(value)?;
                self.op_arg(place, Opcode::COPY, 1);
                self.expr(target)?;
            }
            ExprKind::BoolOp { op, values } => self.bool_op(place, op, values)?,
            ExprKind::BinOp { left, op, right } => {
                self.expr(left)?;
                self.expr(right)?;
                self.op_arg(place, Opcode::BINARY_OP, binary_operator(op, false).number());
            }
            ExprKind::UnaryOp { op, operand } => {
                self.expr(operand)?;
                match op {
                    UnaryOp::UAdd => self.intrinsic1(place, Intrinsic1::UnaryPositive),
                    UnaryOp::Not => {
                        self.op(place, Opcode::TO_BOOL);
                        self.op(place, Opcode::UNARY_NOT);
                    }
                    UnaryOp::Invert => self.op(place, Opcode::UNARY_INVERT),
                    UnaryOp::USub => self.op(place, Opcode::UNARY_NEGATIVE),
                }
            }
            ExprKind::Lambda { args, body } => self.lambda(expr, args, body)?,
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.label();
                let next = self.label();
                self.jump_if(test, next, false)?;
                self.expr(body)?;
                self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
                self.here(next);
                self.expr(orelse)?;
                self.here(end);
            }
            ExprKind::Dict { keys, values } => self.dict(place, keys, values)?,
            ExprKind::Set { elts } => {
                let ops = (Opcode::BUILD_SET, Opcode::SET_ADD, Opcode::SET_UPDATE);
                self.collection(place, elts, None, 0, ops, false)?;
            }
            ExprKind::GeneratorExp { .. }
            | ExprKind::ListComp { .. }
            | ExprKind::SetComp { .. }
            | ExprKind::DictComp { .. } => self.comprehension(expr)?,
            ExprKind::Yield { value } => {
                if !self.entry().is_function_like() {
                    return Err(self.error(place, "'yield' outside function"));
                }
                match value {
                    Some(value) => self.expr(value)?,
                    None => self.load_none(place),
                }
                self.yield_value(place);
            }
            ExprKind::YieldFrom { value } => {
                if !self.entry().is_function_like() {
                    return Err(self.error(place, "'yield from' outside function"));
                }
                if self.scope_type() == ScopeType::AsyncFunction {
                    return Err(self.error(place, "'yield from' inside async function"));
                }
                self.expr(value)?;
                self.op(place, Opcode::GET_YIELD_FROM_ITER);
                self.load_none(place);
                self.yield_from(place, false);
            }
            ExprKind::Await { value } => {
                self.expr(value)?;
                self.await_top(place, 0);
            }
            ExprKind::Compare { left, ops, comparators } => {
                self.comparison(expr, left, ops, comparators)?;
            }
            ExprKind::Call { .. } => self.call(expr)?,
            ExprKind::Constant { value, .. } => self.load(place, constant(value)),
            ExprKind::JoinedStr { values } => self.joined_str(place, values)?,
            ExprKind::TemplateStr { values } => self.template_str(place, values)?,
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.expr(value)?;
                if conversion != -1 {
                    let conversion = conversion_number(conversion)?;
                    self.op_arg(place, Opcode::CONVERT_VALUE, conversion);
                }
                if let Some(spec) = format_spec {
                    self.expr(spec)?;
                    self.op(place, Opcode::FORMAT_WITH_SPEC);
                } else {
                    self.op(place, Opcode::FORMAT_SIMPLE);
                }
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                self.expr(value)?;
                self.load(place, constant(str));
                let mut arg = 2;
                if let Some(spec) = format_spec {
                    arg += 1;
                    self.expr(spec)?;
                }
                if conversion != -1 {
                    arg |= conversion_number(conversion)? << 2;
                }
                self.op_arg(place, Opcode::BUILD_INTERPOLATION, arg);
            }
            ExprKind::Attribute { value, attr, ctx } => self.attribute(expr, value, attr, ctx)?,
            ExprKind::Subscript { value, slice, ctx } => {
                self.subscript(place, value, slice, ctx)?
            }
            ExprKind::Starred { ctx, .. } => {
                let message = match ctx {
                    ExprContext::Store => "starred assignment target must be in a list or tuple",
                    _ => "can't use starred expression here",
                };
                return Err(self.error(place, message));
            }
            ExprKind::Slice { lower, upper, step } => self.slice(expr, lower, upper, step)?,
            ExprKind::Name { id, ctx } => self.name(place, id, ctx)?,
            ExprKind::List { elts, ctx } => self.sequence(place, elts, ctx, false)?,
            ExprKind::Tuple { elts, ctx } => self.sequence(place, elts, ctx, true)?,
        }
        Ok(())
    }

    pub(super) fn yield_value(&mut self, place: Location) {
        if self.entry().generator && self.entry().coroutine {
            self.intrinsic1(place, Intrinsic1::AsyncGenWrap);
        }
        self.op_arg(place, Opcode::YIELD_VALUE, 0);
        self.op_arg(place, Opcode::RESUME, resume::AFTER_YIELD);
    }

    fn bool_op(&mut self, place: Location, op: BoolOp, values: &'a [Expr<'a>]) -> Result {
        let opcode = match op {
            BoolOp::And => Opcode::JUMP_IF_FALSE,
            BoolOp::Or => Opcode::JUMP_IF_TRUE,
        };
        let end = self.label();
        for (at, value) in values.iter().enumerate() {
            self.expr(value)?;
            if at + 1 < values.len() {
                self.jump(place, opcode, end);
                self.op(place, Opcode::POP_TOP);
            }
        }
        self.here(end);
        Ok(())
    }

    /// Jumps to `next` if the truth of `expr` is `condition`.
    pub(super) fn jump_if(&mut self, expr: &'a Expr<'a>, next: Label, condition: bool) -> Result {
        self.stack.check()?;
        let at = location(expr.range);
        let if_condition =
            if condition { Opcode::POP_JUMP_IF_TRUE } else { Opcode::POP_JUMP_IF_FALSE };
        match expr.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => {
                return self.jump_if(operand, next, !condition);
            }
            ExprKind::BoolOp { op, values } => {
                let inner_condition = op == BoolOp::Or;
                let inner = if inner_condition == condition { next } else { self.label() };
                if let Some((last, values)) = values.split_last() {
                    for value in values {
                        self.jump_if(value, inner, inner_condition)?;
                    }
                    self.jump_if(last, next, condition)?;
                }
                if inner != next {
                    self.here(inner);
                }
                return Ok(());
            }
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.label();
                let other = self.label();
                self.jump_if(test, other, false)?;
                self.jump_if(body, next, condition)?;
                self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
                self.here(other);
                self.jump_if(orelse, next, condition)?;
                self.here(end);
                return Ok(());
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 => {
                self.check_compare(expr)?;
                let cleanup = self.label();
                self.expr(left)?;
                let last = ops.len() - 1;
                for (op, comparator) in ops.iter().zip(comparators).take(last) {
                    self.expr(comparator)?;
                    self.op_arg(at, Opcode::SWAP, 2);
                    self.op_arg(at, Opcode::COPY, 2);
                    self.compare(at, *op);
                    self.op(at, Opcode::TO_BOOL);
                    self.jump(at, Opcode::POP_JUMP_IF_FALSE, cleanup);
                }
                self.expr(&comparators[last])?;
                self.compare(at, ops[last]);
                self.op(at, Opcode::TO_BOOL);
                self.jump(at, if_condition, next);
                let end = self.label();
                self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
                self.here(cleanup);
                self.op(at, Opcode::POP_TOP);
                if !condition {
                    self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, next);
                }
                self.here(end);
                return Ok(());
            }
            _ => {}
        }
        self.expr(expr)?;
        self.op(at, Opcode::TO_BOOL);
        self.jump(at, if_condition, next);
        Ok(())
    }

    fn comparison(
        &mut self,
        expr: &'a Expr<'a>,
        left: &'a Expr<'a>,
        ops: &'a [CmpOp],
        comparators: &'a [Expr<'a>],
    ) -> Result {
        let place = location(expr.range);
        self.check_compare(expr)?;
        self.expr(left)?;
        let (Some((last_op, ops)), Some((last, comparators))) =
            (ops.split_last(), comparators.split_last())
        else {
            return Ok(());
        };
        if ops.is_empty() {
            self.expr(last)?;
            self.compare(place, *last_op);
            return Ok(());
        }
        let cleanup = self.label();
        for (op, comparator) in ops.iter().zip(comparators) {
            self.expr(comparator)?;
            self.op_arg(place, Opcode::SWAP, 2);
            self.op_arg(place, Opcode::COPY, 2);
            self.compare(place, *op);
            self.op_arg(place, Opcode::COPY, 1);
            self.op(place, Opcode::TO_BOOL);
            self.jump(place, Opcode::POP_JUMP_IF_FALSE, cleanup);
            self.op(place, Opcode::POP_TOP);
        }
        self.expr(last)?;
        self.compare(place, *last_op);
        let end = self.label();
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
        self.here(cleanup);
        self.op_arg(place, Opcode::SWAP, 2);
        self.op(place, Opcode::POP_TOP);
        self.here(end);
        Ok(())
    }

    /// Builds a list, set or tuple; `injected` is a name whose value comes last, `pushed` values
    /// are on the stack already, `ops` build, add and extend.
    pub(super) fn collection(
        &mut self,
        place: Location,
        elts: &'a [Expr<'a>],
        injected: Option<Symbol>,
        pushed: usize,
        ops: (Opcode, Opcode, Opcode),
        tuple: bool,
    ) -> Result {
        let (build, add, extend) = ops;
        let extra = usize::from(injected.is_some());
        let big = elts.len() + pushed + extra > STACK_USE_GUIDELINE;
        let starred = elts.iter().any(|elt| matches!(elt.kind, ExprKind::Starred { .. }));
        if !starred && !big {
            self.exprs(elts)?;
            if let Some(name) = injected {
                self.name(place, name, ExprContext::Load)?;
            }
            let build = if tuple { Opcode::BUILD_TUPLE } else { build };
            self.op_count(place, build, elts.len() + extra + pushed);
            return Ok(());
        }
        let mut built = big;
        if big {
            self.op_count(place, build, pushed);
        }
        for (at, elt) in elts.iter().enumerate() {
            if let ExprKind::Starred { value, .. } = elt.kind {
                if !built {
                    self.op_count(place, build, at + pushed);
                    built = true;
                }
                self.expr(value)?;
                self.op_arg(place, extend, 1);
            } else {
                self.expr(elt)?;
                if built {
                    self.op_arg(place, add, 1);
                }
            }
        }
        if let Some(name) = injected {
            self.name(place, name, ExprContext::Load)?;
            self.op_arg(place, add, 1);
        }
        if tuple {
            self.intrinsic1(place, Intrinsic1::ListToTuple);
        }
        Ok(())
    }

    fn sequence(
        &mut self,
        place: Location,
        elts: &'a [Expr<'a>],
        ctx: ExprContext,
        tuple: bool,
    ) -> Result {
        match ctx {
            ExprContext::Load => {
                let ops = (Opcode::BUILD_LIST, Opcode::LIST_APPEND, Opcode::LIST_EXTEND);
                self.collection(place, elts, None, 0, ops, tuple)
            }
            ExprContext::Store => {
                let starred = |elt: &Expr<'_>| matches!(elt.kind, ExprKind::Starred { .. });
                let texts = [
                    "too many expressions in star-unpacking assignment",
                    "multiple starred expressions in assignment",
                ];
                self.unpack(place, elts, starred, texts)?;
                elts.iter().try_for_each(|elt| match elt.kind {
                    ExprKind::Starred { value, .. } => self.expr(value),
                    _ => self.expr(elt),
                })
            }
            ExprContext::Del => self.exprs(elts),
        }
    }

    /// Unpacks the top value for targets of which one may be starred.
    pub(super) fn unpack<T>(
        &mut self,
        place: Location,
        targets: &[T],
        starred: impl Fn(&T) -> bool,
        [too_many, multiple]: [&str; 2],
    ) -> Result {
        let mut stars = targets.iter().enumerate().filter(|(_, target)| starred(target));
        let Some((at, _)) = stars.next() else {
            self.op_count(place, Opcode::UNPACK_SEQUENCE, targets.len());
            return Ok(());
        };
        let after = targets.len() - at - 1;
        if at >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
            return Err(self.error(place, too_many));
        }
        self.op_count(place, Opcode::UNPACK_EX, at + (after << 8));
        if stars.next().is_some() {
            return Err(self.error(place, multiple));
        }
        Ok(())
    }

    fn dict(
        &mut self,
        place: Location,
        keys: &'a [Option<&'a Expr<'a>>],
        values: &'a [Expr<'a>],
    ) -> Result {
        let mut have_dict = false;
        let mut elements = 0;
        for (at, (key, value)) in keys.iter().zip(values).enumerate() {
            if key.is_none() {
                if elements > 0 {
                    self.dict_items(place, &keys[at - elements..at], &values[at - elements..at])?;
                    if have_dict {
                        self.op_arg(place, Opcode::DICT_UPDATE, 1);
                    }
                    have_dict = true;
                    elements = 0;
                }
                if !have_dict {
                    self.op_arg(place, Opcode::BUILD_MAP, 0);
                    have_dict = true;
                }
                self.expr(value)?;
                self.op_arg(place, Opcode::DICT_UPDATE, 1);
            } else if elements * 2 > STACK_USE_GUIDELINE {
                let from = at - elements;
                self.dict_items(place, &keys[from..=at], &values[from..=at])?;
                if have_dict {
                    self.op_arg(place, Opcode::DICT_UPDATE, 1);
                }
                have_dict = true;
                elements = 0;
            } else {
                elements += 1;
            }
        }
        if elements > 0 {
            let from = values.len() - elements;
            self.dict_items(place, &keys[from..], &values[from..])?;
            if have_dict {
                self.op_arg(place, Opcode::DICT_UPDATE, 1);
            }
            have_dict = true;
        }
        if !have_dict {
            self.op_arg(place, Opcode::BUILD_MAP, 0);
        }
        Ok(())
    }

    fn dict_items(
        &mut self,
        place: Location,
        keys: &'a [Option<&'a Expr<'a>>],
        values: &'a [Expr<'a>],
    ) -> Result {
        let big = values.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(place, Opcode::BUILD_MAP, 0);
        }
        for (key, value) in keys.iter().flatten().zip(values) {
            self.expr(key)?;
            self.expr(value)?;
            if big {
                self.op_arg(place, Opcode::MAP_ADD, 1);
            }
        }
        if !big {
            self.op_count(place, Opcode::BUILD_MAP, values.len());
        }
        Ok(())
    }

    fn joined_str(&mut self, place: Location, values: &'a [Expr<'a>]) -> Result {
        if values.len() > STACK_USE_GUIDELINE {
            self.load_symbol(place, self.names.empty);
            self.load_method(place, self.names.join);
            self.op_arg(place, Opcode::BUILD_LIST, 0);
            for value in values {
                self.expr(value)?;
                self.op_arg(place, Opcode::LIST_APPEND, 1);
            }
            self.op_arg(place, Opcode::CALL, 1);
            return Ok(());
        }
        self.exprs(values)?;
        match values.len() {
            0 => self.load_symbol(place, self.names.empty),
            1 => {}
            count => self.op_count(place, Opcode::BUILD_STRING, count),
        }
        Ok(())
    }

    fn template_str(&mut self, place: Location, values: &'a [Expr<'a>]) -> Result {
        let interpolation =
            |value: &&Expr<'_>| matches!(value.kind, ExprKind::Interpolation { .. });
        let mut strings = 0;
        let mut after_interpolation = true;
        for value in values {
            if interpolation(&value) {
                if after_interpolation {
                    self.load_symbol(place, self.names.empty);
                    strings += 1;
                }
                after_interpolation = true;
            } else {
                self.expr(value)?;
                strings += 1;
                after_interpolation = false;
            }
        }
        if after_interpolation {
            self.load_symbol(place, self.names.empty);
            strings += 1;
        }
        self.op_count(place, Opcode::BUILD_TUPLE, strings);
        let mut count = 0;
        for value in values.iter().filter(interpolation) {
            self.expr(value)?;
            count += 1;
        }
        self.op_count(place, Opcode::BUILD_TUPLE, count);
        self.op(place, Opcode::BUILD_TEMPLATE);
        Ok(())
    }

    pub(super) fn load_method(&mut self, place: Location, name: Symbol) {
        let index = self.name_index(name);
        self.op_arg(place, Opcode::LOAD_ATTR, index << 1 | 1);
    }

    fn load_attribute(&mut self, place: Location, name: Symbol) {
        let index = self.name_index(name);
        self.op_arg(place, Opcode::LOAD_ATTR, index << 1);
    }

    fn attribute(
        &mut self,
        expr: &'a Expr<'a>,
        value: &'a Expr<'a>,
        attr: Symbol,
        ctx: ExprContext,
    ) -> Result {
        let place = location(expr.range);
        if ctx == ExprContext::Load && self.is_super_call(value, attr) {
            let given = self.load_super_arguments(value)?;
            let index = self.name_index(attr);
            self.op_arg(place, Opcode::LOAD_SUPER_ATTR, index << 2 | u32::from(given) << 1);
            self.op(self.attribute_place(place, expr, attr), Opcode::NOP);
            return Ok(());
        }
        self.note_static_attribute(value, attr, ctx);
        self.expr(value)?;
        let place = self.attribute_place(place, expr, attr);
        match ctx {
            ExprContext::Load => self.load_attribute(place, attr),
            ExprContext::Store => self.op_name(place, Opcode::STORE_ATTR, attr),
            ExprContext::Del => self.op_name(place, Opcode::DELETE_ATTR, attr),
        }
        Ok(())
    }

    /// `self.x = …` in a method tells the class of an attribute.
    fn note_static_attribute(&mut self, value: &Expr<'_>, attr: Symbol, ctx: ExprContext) {
        let ExprKind::Name { id, .. } = value.kind else { return };
        if ctx != ExprContext::Store || id != self.names.self_ {
            return;
        }
        let Some((_, around)) = self.units.split_last_mut() else { return };
        let class = around.iter_mut().rev().find(|unit| unit.scope_type == ScopeType::Class);
        if let Some(class) = class {
            class.static_attributes.insert(attr);
        }
    }

    /// The place of an attribute's name, if that is on another line than the object.
    pub(super) fn attribute_place(
        &self,
        place: Location,
        expr: &Expr<'_>,
        attr: Symbol,
    ) -> Location {
        let mut place = place;
        let end = location(expr.range);
        if place.lineno == end.end_lineno {
            return place;
        }
        place.lineno = end.end_lineno;
        let name = self.interner.name(attr);
        let length = name.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as i32;
        if length <= end.end_col_offset {
            place.col_offset = end.end_col_offset - length;
        } else {
            place.col_offset = -1;
            place.end_col_offset = -1;
        }
        place.end_lineno = place.end_lineno.max(place.lineno);
        if place.lineno == place.end_lineno {
            place.end_col_offset = place.end_col_offset.max(place.col_offset);
        }
        place
    }

    fn subscript(
        &mut self,
        place: Location,
        value: &'a Expr<'a>,
        slice: &'a Expr<'a>,
        ctx: ExprContext,
    ) -> Result {
        if ctx == ExprContext::Load {
            self.check_subscripter(value)?;
            self.check_index(value, slice)?;
        }
        self.expr(value)?;
        if let Some((lower, upper)) = two_part_slice(slice)
            && ctx != ExprContext::Del
        {
            self.slice_parts(location(slice.range), lower, upper)?;
            let store = ctx == ExprContext::Store;
            self.op(place, if store { Opcode::STORE_SLICE } else { Opcode::BINARY_SLICE });
            return Ok(());
        }
        self.expr(slice)?;
        match ctx {
            ExprContext::Load => {
                self.op_arg(place, Opcode::BINARY_OP, BinaryOperator::Subscript.number());
            }
            ExprContext::Store => self.op(place, Opcode::STORE_SUBSCR),
            ExprContext::Del => self.op(place, Opcode::DELETE_SUBSCR),
        }
        Ok(())
    }

    fn slice_parts(
        &mut self,
        place: Location,
        lower: Option<&'a Expr<'a>>,
        upper: Option<&'a Expr<'a>>,
    ) -> Result {
        for part in [lower, upper] {
            match part {
                Some(part) => self.expr(part)?,
                None => self.load_none(place),
            }
        }
        Ok(())
    }

    fn slice(
        &mut self,
        expr: &'a Expr<'a>,
        lower: Option<&'a Expr<'a>>,
        upper: Option<&'a Expr<'a>>,
        step: Option<&'a Expr<'a>>,
    ) -> Result {
        let place = location(expr.range);
        if let [Some(lower), Some(upper), Some(step)] = [lower, upper, step].map(constant_part) {
            self.load(place, Const::new(ConstValue::Slice(Box::new([lower, upper, step]))));
            return Ok(());
        }
        self.slice_parts(place, lower, upper)?;
        if let Some(step) = step {
            self.expr(step)?;
        }
        self.op_arg(place, Opcode::BUILD_SLICE, 2 + u32::from(step.is_some()));
        Ok(())
    }

    pub(super) fn augmented_assignment(
        &mut self,
        stmt_place: Location,
        target: &'a Expr<'a>,
        op: Operator,
        value: &'a Expr<'a>,
    ) -> Result {
        let target_place = location(target.range);
        let operate = |this: &mut Self| -> Result {
            this.expr(value)?;
            let operator = binary_operator(op, true);
            this.op_arg(stmt_place, Opcode::BINARY_OP, operator.number());
            Ok(())
        };
        match target.kind {
            ExprKind::Attribute { value: object, attr, .. } => {
                self.expr(object)?;
                self.op_arg(target_place, Opcode::COPY, 1);
                let place = self.attribute_place(target_place, target, attr);
                self.load_attribute(place, attr);
                operate(self)?;
                self.op_arg(place, Opcode::SWAP, 2);
                self.op_name(place, Opcode::STORE_ATTR, attr);
            }
            ExprKind::Subscript { value: object, slice, .. } => {
                let place = target_place;
                self.expr(object)?;
                if let Some((lower, upper)) = two_part_slice(slice) {
                    self.slice_parts(location(slice.range), lower, upper)?;
                    for _ in 0..3 {
                        self.op_arg(place, Opcode::COPY, 3);
                    }
                    self.op(place, Opcode::BINARY_SLICE);
                    operate(self)?;
                    for depth in [4, 3, 2] {
                        self.op_arg(place, Opcode::SWAP, depth);
                    }
                    self.op(place, Opcode::STORE_SLICE);
                } else {
                    self.expr(slice)?;
                    self.op_arg(place, Opcode::COPY, 2);
                    self.op_arg(place, Opcode::COPY, 2);
                    self.op_arg(place, Opcode::BINARY_OP, BinaryOperator::Subscript.number());
                    operate(self)?;
                    self.op_arg(place, Opcode::SWAP, 3);
                    self.op_arg(place, Opcode::SWAP, 2);
                    self.op(place, Opcode::STORE_SUBSCR);
                }
            }
            ExprKind::Name { id, .. } => {
                self.name(target_place, id, ExprContext::Load)?;
                operate(self)?;
                self.name(target_place, id, ExprContext::Store)?;
            }
            _ => {
                let message = "invalid node type for augmented assignment";
                return Err(SyntaxError::bare(SyntaxErrorKind::System, message));
            }
        }
        Ok(())
    }
}

/// A part of a slice that is a constant; a missing one is None.
fn constant_part(part: Option<&Expr<'_>>) -> Option<Const> {
    match part.map(|part| part.kind) {
        None => Some(Const::new(ConstValue::None)),
        Some(ExprKind::Constant { value, .. }) => Some(constant(value)),
        Some(_) => None,
    }
}

/// Bounds of a slice without step that is not all constant.
fn two_part_slice<'a>(slice: &Expr<'a>) -> Option<(Option<&'a Expr<'a>>, Option<&'a Expr<'a>>)> {
    let ExprKind::Slice { lower, upper, step: None } = slice.kind else { return None };
    let is_constant = |part: Option<&Expr<'_>>| {
        part.is_none_or(|part| matches!(part.kind, ExprKind::Constant { .. }))
    };
    (!is_constant(lower) || !is_constant(upper)).then_some((lower, upper))
}

fn conversion_number(conversion: i32) -> Result<u32> {
    let conversion = match u8::try_from(conversion) {
        Ok(b's') => Conversion::Str,
        Ok(b'r') => Conversion::Repr,
        Ok(b'a') => Conversion::Ascii,
        _ => {
            let message = format!("Unrecognized conversion character {conversion}");
            return Err(SyntaxError::bare(SyntaxErrorKind::System, message));
        }
    };
    Ok(conversion.number())
}

const fn binary_operator(op: Operator, in_place: bool) -> BinaryOperator {
    use BinaryOperator as B;
    let (plain, with_assignment) = match op {
        Operator::Add => (B::Add, B::InplaceAdd),
        Operator::Sub => (B::Subtract, B::InplaceSubtract),
        Operator::Mult => (B::Multiply, B::InplaceMultiply),
        Operator::MatMult => (B::MatrixMultiply, B::InplaceMatrixMultiply),
        Operator::Div => (B::TrueDivide, B::InplaceTrueDivide),
        Operator::Mod => (B::Remainder, B::InplaceRemainder),
        Operator::Pow => (B::Power, B::InplacePower),
        Operator::LShift => (B::Lshift, B::InplaceLshift),
        Operator::RShift => (B::Rshift, B::InplaceRshift),
        Operator::BitOr => (B::Or, B::InplaceOr),
        Operator::BitXor => (B::Xor, B::InplaceXor),
        Operator::BitAnd => (B::And, B::InplaceAnd),
        Operator::FloorDiv => (B::FloorDivide, B::InplaceFloorDivide),
    };
    if in_place { with_assignment } else { plain }
}
