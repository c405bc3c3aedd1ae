//! `match`: patterns take the subject from the stack and jump away when it does not match.
//!
//! While a pattern is at work, `on_top` counts what it keeps on the stack; captured values are
//! put underneath and stored when the whole pattern has matched. On failure both are popped.

use gopy_bytecode::operators::BinaryOperator;

use super::*;

#[derive(Default)]
struct Context {
    /// Captured names, in the order of their values on the stack.
    stores: Vec<Symbol>,
    /// A pattern that always matches is an error unless this is set.
    allow_irrefutable: bool,
    /// Jumping to the label with index n pops n values.
    fail_pop: Vec<Label>,
    on_top: usize,
}

const fn is_wildcard(pattern: &Pattern<'_>) -> bool {
    matches!(pattern.kind, PatternKind::MatchAs { name: None, .. })
}

impl<'a> Compiler<'_, 'a> {
    pub(super) fn match_statement(
        &mut self,
        subject: &'a Expr<'a>,
        cases: &'a [MatchCase<'a>],
    ) -> Result {
        self.expr(subject)?;
        let end = self.label();
        let Some((last, before)) = cases.split_last() else { return Ok(()) };
        let has_default = is_wildcard(last.pattern) && !before.is_empty();
        let tried = if has_default { before } else { cases };
        for (at, case) in tried.iter().enumerate() {
            let place = location(case.pattern.range);
            let is_last = at + 1 == tried.len();
            if !is_last {
                self.op_arg(place, Opcode::COPY, 1);
            }
            let mut context = Context {
                allow_irrefutable: case.guard.is_some() || at + 1 == cases.len(),
                ..Context::default()
            };
            self.pattern(case.pattern, &mut context)?;
            for name in std::mem::take(&mut context.stores) {
                self.name(place, name, ExprContext::Store)?;
            }
            if let Some(guard) = case.guard {
                let fail = self.fail_label(&mut context, 0);
                self.jump_if(guard, fail, false)?;
            }
            if !is_last {
                self.op(Location::NEXT, Opcode::POP_TOP);
            }
            self.stmts(case.body)?;
            self.jump(Location::NONE, Opcode::JUMP, end);
            self.emit_fail_pop(place, &mut context);
        }
        if has_default {
            let place = location(last.pattern.range);
            // So that the line of the default case is seen.
            self.op(place, Opcode::NOP);
            if let Some(guard) = last.guard {
                self.jump_if(guard, end, false)?;
            }
            self.stmts(last.body)?;
        }
        self.here(end);
        Ok(())
    }

    fn fail_label(&mut self, context: &mut Context, pops: usize) -> Label {
        while context.fail_pop.len() <= pops {
            context.fail_pop.push(self.label());
        }
        context.fail_pop[pops]
    }

    fn jump_to_fail(&mut self, place: Location, context: &mut Context, opcode: Opcode) {
        let pops = context.on_top + context.stores.len();
        let label = self.fail_label(context, pops);
        self.jump(place, opcode, label);
    }

    fn emit_fail_pop(&mut self, place: Location, context: &mut Context) {
        let labels = std::mem::take(&mut context.fail_pop);
        for (pops, label) in labels.into_iter().enumerate().rev() {
            self.here(label);
            if pops > 0 {
                self.op(place, Opcode::POP_TOP);
            }
        }
    }

    /// Moves the top value down below `count - 1` others.
    fn rotate(&mut self, place: Location, count: usize) {
        for depth in (2..=count).rev() {
            self.op_count(place, Opcode::SWAP, depth);
        }
    }

    fn duplicate_store(&mut self, place: Location, name: Symbol) -> Box<SyntaxError> {
        let name = self.interner.display(name);
        let message = format!("multiple assignments to name '{name}' in pattern");
        self.error(place, message)
    }

    fn capture(&mut self, place: Location, name: Option<Symbol>, context: &mut Context) -> Result {
        let Some(name) = name else {
            self.op(place, Opcode::POP_TOP);
            return Ok(());
        };
        if context.stores.contains(&name) {
            return Err(self.duplicate_store(place, name));
        }
        self.rotate(place, context.on_top + context.stores.len() + 1);
        context.stores.push(name);
        Ok(())
    }

    fn pattern(&mut self, pattern: &'a Pattern<'a>, context: &mut Context) -> Result {
        self.stack.check()?;
        let place = location(pattern.range);
        match pattern.kind {
            PatternKind::MatchValue { value } => {
                if !matches!(value.kind, ExprKind::Constant { .. } | ExprKind::Attribute { .. }) {
                    let message = "patterns may only match literals and attribute lookups";
                    return Err(self.error(place, message));
                }
                self.expr(value)?;
                self.compare(place, CmpOp::Eq);
                self.op(place, Opcode::TO_BOOL);
                self.jump_to_fail(place, context, Opcode::POP_JUMP_IF_FALSE);
                Ok(())
            }
            PatternKind::MatchSingleton { value } => {
                self.load(place, constant(value));
                self.compare(place, CmpOp::Is);
                self.jump_to_fail(place, context, Opcode::POP_JUMP_IF_FALSE);
                Ok(())
            }
            PatternKind::MatchSequence { patterns } => {
                self.sequence_pattern(place, patterns, context)
            }
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.mapping_pattern(place, keys, patterns, rest, context)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.class_pattern(place, cls, patterns, (kwd_attrs, kwd_patterns), context)
            }
            PatternKind::MatchStar { name } => self.capture(place, name, context),
            PatternKind::MatchAs { pattern: None, name } => {
                if !context.allow_irrefutable {
                    let what = match name {
                        Some(name) => format!("name capture '{}'", self.interner.display(name)),
                        None => "wildcard".to_owned(),
                    };
                    let message = format!("{what} makes remaining patterns unreachable");
                    return Err(self.error(place, message));
                }
                self.capture(place, name, context)
            }
            PatternKind::MatchAs { pattern: Some(inner), name } => {
                context.on_top += 1;
                self.op_arg(place, Opcode::COPY, 1);
                self.pattern(inner, context)?;
                context.on_top -= 1;
                self.capture(place, name, context)
            }
            PatternKind::MatchOr { patterns } => self.or_pattern(place, patterns, context),
        }
    }

    /// A pattern inside of another one, which may match always.
    fn subpattern(&mut self, pattern: &'a Pattern<'a>, context: &mut Context) -> Result {
        let allowed = std::mem::replace(&mut context.allow_irrefutable, true);
        self.pattern(pattern, context)?;
        context.allow_irrefutable = allowed;
        Ok(())
    }

    fn check_length(&mut self, place: Location, length: usize, op: CmpOp, context: &mut Context) {
        self.op(place, Opcode::GET_LEN);
        self.load_int(place, length as i64);
        self.compare(place, op);
        self.jump_to_fail(place, context, Opcode::POP_JUMP_IF_FALSE);
    }

    fn sequence_pattern(
        &mut self,
        place: Location,
        patterns: &'a [Pattern<'a>],
        context: &mut Context,
    ) -> Result {
        let mut star = None;
        let mut star_wildcard = false;
        let mut only_wildcards = true;
        for (at, pattern) in patterns.iter().enumerate() {
            if let PatternKind::MatchStar { name } = pattern.kind {
                if star.is_some() {
                    let message = "multiple starred names in sequence pattern";
                    return Err(self.error(place, message));
                }
                star = Some(at);
                star_wildcard = name.is_none();
                only_wildcards &= star_wildcard;
            } else {
                only_wildcards &= is_wildcard(pattern);
            }
        }
        context.on_top += 1;
        self.op(place, Opcode::MATCH_SEQUENCE);
        self.jump_to_fail(place, context, Opcode::POP_JUMP_IF_FALSE);
        if star.is_none() {
            self.check_length(place, patterns.len(), CmpOp::Eq, context);
        } else if patterns.len() > 1 {
            self.check_length(place, patterns.len() - 1, CmpOp::GtE, context);
        }
        context.on_top -= 1;
        match star {
            _ if only_wildcards => {
                self.op(place, Opcode::POP_TOP);
                Ok(())
            }
            Some(star) if star_wildcard => self.subscript_items(place, patterns, star, context),
            _ => self.unpack_items(place, patterns, context),
        }
    }

    fn unpack_items(
        &mut self,
        place: Location,
        patterns: &'a [Pattern<'a>],
        context: &mut Context,
    ) -> Result {
        let starred = |pattern: &Pattern<'_>| matches!(pattern.kind, PatternKind::MatchStar { .. });
        let texts = [
            "too many expressions in star-unpacking sequence pattern",
            "multiple starred expressions in sequence pattern",
        ];
        self.unpack(place, patterns, starred, texts)?;
        context.on_top += patterns.len();
        for pattern in patterns {
            context.on_top -= 1;
            self.subpattern(pattern, context)?;
        }
        Ok(())
    }

    /// `[first, *_, last]`: takes out single items and leaves the rest alone.
    fn subscript_items(
        &mut self,
        place: Location,
        patterns: &'a [Pattern<'a>],
        star: usize,
        context: &mut Context,
    ) -> Result {
        context.on_top += 1;
        for (at, pattern) in patterns.iter().enumerate() {
            if is_wildcard(pattern) || at == star {
                continue;
            }
            self.op_arg(place, Opcode::COPY, 1);
            if at < star {
                self.load_int(place, at as i64);
            } else {
                // The subject need not know negative indices.
                self.op(place, Opcode::GET_LEN);
                self.load_int(place, (patterns.len() - at) as i64);
                self.op_arg(place, Opcode::BINARY_OP, BinaryOperator::Subtract.number());
            }
            self.op_arg(place, Opcode::BINARY_OP, BinaryOperator::Subscript.number());
            self.subpattern(pattern, context)?;
        }
        context.on_top -= 1;
        self.op(place, Opcode::POP_TOP);
        Ok(())
    }

    /// Fails if the value on top is None, which it keeps.
    fn fail_if_none(&mut self, place: Location, context: &mut Context) {
        self.op_arg(place, Opcode::COPY, 1);
        self.load_none(place);
        self.op_arg(place, Opcode::IS_OP, 1);
        self.jump_to_fail(place, context, Opcode::POP_JUMP_IF_FALSE);
    }

    fn class_pattern(
        &mut self,
        place: Location,
        cls: &'a Expr<'a>,
        patterns: &'a [Pattern<'a>],
        (attrs, attr_patterns): (&'a [Symbol], &'a [Pattern<'a>]),
        context: &mut Context,
    ) -> Result {
        if attrs.len() != attr_patterns.len() {
            let message = format!(
                "kwd_attrs ({}) / kwd_patterns ({}) length mismatch in class pattern",
                attrs.len(),
                attr_patterns.len()
            );
            return Err(self.error(place, message));
        }
        for (at, attr) in attrs.iter().enumerate() {
            let repeated = attrs[at + 1..].iter().position(|other| other == attr);
            if let Some(other) = repeated {
                let name = self.interner.display(*attr);
                let message = format!("attribute name repeated in class pattern: {name}");
                let place = location(attr_patterns[at + 1 + other].range);
                return Err(self.error(place, message));
            }
        }
        self.expr(cls)?;
        let names = self.tuple_of_symbols(attrs.iter().copied());
        self.load(place, names);
        self.op_count(place, Opcode::MATCH_CLASS, patterns.len());
        // A tuple of the attributes, or None.
        self.op_arg(place, Opcode::COPY, 1);
        self.load_none(place);
        self.op_arg(place, Opcode::IS_OP, 1);
        context.on_top += 1;
        self.jump_to_fail(place, context, Opcode::POP_JUMP_IF_FALSE);
        let count = patterns.len() + attrs.len();
        self.op_count(place, Opcode::UNPACK_SEQUENCE, count);
        context.on_top = context.on_top + count - 1;
        for pattern in patterns.iter().chain(attr_patterns) {
            context.on_top -= 1;
            if is_wildcard(pattern) {
                self.op(place, Opcode::POP_TOP);
            } else {
                self.subpattern(pattern, context)?;
            }
        }
        Ok(())
    }

    fn mapping_pattern(
        &mut self,
        place: Location,
        keys: &'a [Expr<'a>],
        patterns: &'a [Pattern<'a>],
        rest: Option<Symbol>,
        context: &mut Context,
    ) -> Result {
        if keys.len() != patterns.len() {
            let message = format!(
                "keys ({}) / patterns ({}) length mismatch in mapping pattern",
                keys.len(),
                patterns.len()
            );
            return Err(self.error(place, message));
        }
        context.on_top += 1;
        self.op(place, Opcode::MATCH_MAPPING);
        self.jump_to_fail(place, context, Opcode::POP_JUMP_IF_FALSE);
        if keys.is_empty() && rest.is_none() {
            context.on_top -= 1;
            self.op(place, Opcode::POP_TOP);
            return Ok(());
        }
        if !keys.is_empty() {
            self.check_length(place, keys.len(), CmpOp::GtE, context);
        }
        let mut seen: Vec<Constant<'_>> = Vec::new();
        for key in keys {
            match key.kind {
                ExprKind::Constant { value, .. } => {
                    if seen.iter().any(|known| python_equal(known, &value)) {
                        let text = gopy_syntax::unparse::expression(key, self.interner, 0)?;
                        let text = String::from_utf8_lossy(&text);
                        let message = format!("mapping pattern checks duplicate key ({text})");
                        return Err(self.error(place, message));
                    }
                    seen.push(value);
                }
                ExprKind::Attribute { .. } => {}
                _ => {
                    let message =
                        "mapping pattern keys may only match literals and attribute lookups";
                    return Err(self.error(place, message));
                }
            }
            self.expr(key)?;
        }
        self.op_count(place, Opcode::BUILD_TUPLE, keys.len());
        self.op(place, Opcode::MATCH_KEYS);
        // On top of the subject: a tuple of keys, a tuple of values.
        context.on_top += 2;
        self.fail_if_none(place, context);
        self.op_count(place, Opcode::UNPACK_SEQUENCE, keys.len());
        context.on_top = context.on_top + keys.len() - 1;
        for pattern in patterns {
            context.on_top -= 1;
            self.subpattern(pattern, context)?;
        }
        context.on_top -= 2;
        let Some(rest) = rest else {
            self.op(place, Opcode::POP_TOP);
            self.op(place, Opcode::POP_TOP);
            return Ok(());
        };
        // rest = dict(subject); for key in keys: del rest[key]
        self.op_arg(place, Opcode::BUILD_MAP, 0);
        self.op_arg(place, Opcode::SWAP, 3);
        self.op_arg(place, Opcode::DICT_UPDATE, 2);
        self.op_count(place, Opcode::UNPACK_SEQUENCE, keys.len());
        for left in (1..=keys.len()).rev() {
            self.op_count(place, Opcode::COPY, 1 + left);
            self.op_arg(place, Opcode::SWAP, 2);
            self.op(place, Opcode::DELETE_SUBSCR);
        }
        self.capture(place, Some(rest), context)
    }

    fn or_pattern(
        &mut self,
        place: Location,
        patterns: &'a [Pattern<'a>],
        context: &mut Context,
    ) -> Result {
        let end = self.label();
        // The first alternative says which names are bound and in which order.
        let mut control: Option<Vec<Symbol>> = None;
        for (at, alternative) in patterns.iter().enumerate() {
            let alternative_place = location(alternative.range);
            let mut inner = Context {
                allow_irrefutable: at + 1 == patterns.len() && context.allow_irrefutable,
                ..Context::default()
            };
            self.op_arg(alternative_place, Opcode::COPY, 1);
            self.pattern(alternative, &mut inner)?;
            match &control {
                None => control = Some(inner.stores.clone()),
                Some(control) => {
                    if !self.reorder(alternative_place, control, &mut inner.stores) {
                        let message = "alternative patterns bind different names";
                        return Err(self.error(place, message));
                    }
                }
            }
            self.jump(alternative_place, Opcode::JUMP, end);
            self.emit_fail_pop(alternative_place, &mut inner);
        }
        // No match: drop the copy of the subject.
        self.op(place, Opcode::POP_TOP);
        self.jump_to_fail(place, context, Opcode::JUMP);
        self.here(end);
        // The captures belong below the subject, what is on top and earlier captures.
        let control = control.unwrap_or_default();
        let rotations = control.len() + 1 + context.on_top + context.stores.len();
        for name in control {
            self.rotate(place, rotations);
            if context.stores.contains(&name) {
                return Err(self.duplicate_store(place, name));
            }
            context.stores.push(name);
        }
        self.op(place, Opcode::POP_TOP);
        Ok(())
    }

    /// Brings captured values into the order of `control`; false if the names differ.
    fn reorder(&mut self, place: Location, control: &[Symbol], stores: &mut Vec<Symbol>) -> bool {
        if stores.len() != control.len() {
            return false;
        }
        for (wanted, name) in control.iter().enumerate().rev() {
            let Some(found) = stores.iter().position(|store| store == name) else { return false };
            if wanted == found {
                continue;
            }
            // Rotate the first `found + 1` values to just above the wanted place, as on the stack.
            let rotated: Vec<Symbol> = stores.drain(..=found).collect();
            let to = wanted - found;
            stores.splice(to..to, rotated);
            for _ in 0..=found {
                self.rotate(place, wanted + 1);
            }
        }
        true
    }
}

/// `==` of two literals, numbers of all types included.
fn python_equal(a: &Constant<'_>, b: &Constant<'_>) -> bool {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a == b,
        _ => false,
    }
}

/// A number in a form that does not know its type: exact integers as such.
fn number(value: &Constant<'_>) -> Option<(Option<BigInt>, f64, f64)> {
    let exact = |value: f64| BigInt::from_f64(value).ok().filter(|_| value.fract() == 0.0);
    let int = |value: BigInt| (Some(value), 0.0, 0.0);
    Some(match *value {
        Constant::True => int(BigInt::from(1)),
        Constant::False => int(BigInt::from(0)),
        Constant::Int(value) => int(BigInt::from(value)),
        Constant::BigInt(value) => int(BigInt::from_slice(value.negative, value.digits)),
        Constant::Float(real) | Constant::Complex { real, imag: 0.0 } => match exact(real) {
            Some(value) => int(value),
            None => (None, real, 0.0),
        },
        Constant::Complex { real, imag } => (None, real, imag),
        _ => return None,
    })
}
