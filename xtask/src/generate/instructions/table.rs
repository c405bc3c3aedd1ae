//! The table after name resolution: every instruction with its parts, number, flags and caches.

use super::parse::{Cache, Effect, Item, Kind, Part, Replacement, StackItem};
use std::collections::{BTreeMap, HashMap};

/// A part of an instruction with what it refers to looked up.
pub struct ResolvedPart<'i> {
    /// The op, or the instruction itself where it is its own only part.
    pub item: &'i Item,
    /// Its stack and cache effect.
    pub effect: &'i Effect,
    /// The argument the sum narrows it to.
    pub oparg: Option<&'i str>,
    /// Offset of its first cache unit from the instruction's own unit.
    pub cache_offset: usize,
}

/// One opcode.
pub struct Instruction<'i> {
    /// Its declaration.
    pub item: &'i Item,
    /// Opcode; 256 and up for pseudo instructions.
    pub number: u16,
    /// The family's base instruction, if this is a specialisation.
    pub base: Option<&'i str>,
    /// Cache layout (the family's, or its own).
    pub caches: &'i [Cache],
    /// Empty for pseudo instructions.
    pub parts: Vec<ResolvedPart<'i>>,
    /// Values taken off the stack, as an expression over `oparg`.
    pub popped: Amount,
    /// Values put there.
    pub pushed: Amount,
    /// For pseudo instructions.
    pub targets: Option<(Replacement, &'i [String])>,
}

impl Instruction<'_> {
    /// Number of cache units after the instruction's own.
    pub fn cache_size(&self) -> usize {
        self.caches.iter().map(|c| c.size).sum()
    }
}

/// A number of stack values: a constant and expressions over `oparg`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    constant: i64,
    terms: Vec<String>,
}

impl Amount {
    fn add(&mut self, item: &StackItem) {
        match &item.size {
            None => self.constant += 1,
            Some(size) => self.terms.push(size.clone()),
        }
    }

    /// The amount as a Rust expression.
    pub fn expression(&self) -> String {
        let mut terms: Vec<String> = self
            .terms
            .iter()
            .map(|t| {
                let plain = t.bytes().all(|b| b.is_ascii_alphanumeric());
                if plain { t.clone() } else { format!("({t})") }
            })
            .collect();
        if self.constant != 0 || terms.is_empty() {
            terms.insert(0, self.constant.to_string());
        }
        let sum = terms.join(" + ");
        match sum.strip_prefix('(').and_then(|s| s.strip_suffix(')')) {
            Some(inner) if terms.len() == 1 => inner.to_owned(),
            _ => sum,
        }
    }
}

/// Everything declared.
pub struct Table<'i> {
    /// By number.
    pub instructions: Vec<Instruction<'i>>,
    /// Families by base name, members in declaration order.
    pub families: BTreeMap<&'i str, &'i [String]>,
}

/// Resolves and checks the declarations.
pub fn resolve(items: &[Item]) -> Result<Table<'_>, String> {
    let mut by_name: HashMap<&str, &Item> = HashMap::new();
    let mut families = BTreeMap::new();
    let mut layouts: HashMap<&str, (&str, &[Cache])> = HashMap::new();
    for item in items {
        if let Kind::Family(caches, members) = &item.kind {
            families.insert(item.name.as_str(), members.as_slice());
            layouts.insert(&item.name, (&item.name, caches));
            for member in members {
                layouts.insert(member, (&item.name, caches));
            }
        } else if by_name.insert(&item.name, item).is_some() {
            return fail(item, "declared twice");
        }
    }
    if let Some(name) = layouts.keys().find(|name| !by_name.contains_key(**name)) {
        return Err(format!("a family mentions {name}, which is not declared"));
    }
    let mut instructions = Vec::new();
    for item in items {
        if matches!(item.kind, Kind::Op(..) | Kind::Family(..)) {
            continue;
        }
        let Some(number) = item.number else { return fail(item, "has no number") };
        let (base, caches) = match layouts.get(item.name.as_str()) {
            Some((base, caches)) => (Some(*base).filter(|b| *b != item.name), *caches),
            None => match item.name.strip_prefix("INSTRUMENTED_") {
                // An instrumented form covers the cache of the instruction it replaces.
                Some(plain) => (None, plain_caches(plain, &layouts, &by_name)),
                None => (None, item.caches.as_slice()),
            },
        };
        let mut instruction = Instruction {
            item,
            number,
            base,
            caches,
            parts: Vec::new(),
            popped: Amount::default(),
            pushed: Amount::default(),
            targets: None,
        };
        match &item.kind {
            Kind::Inst(effect, _) => {
                instruction.parts.push(ResolvedPart { item, effect, oparg: None, cache_offset: 1 });
            }
            Kind::Sum(parts) => instruction.parts = resolve_sum(item, parts, &by_name)?,
            Kind::Pseudo(effect, replacement, targets) => {
                instruction.targets = Some((*replacement, targets));
                effect.inputs.iter().for_each(|i| instruction.popped.add(i));
                effect.outputs.iter().for_each(|o| instruction.pushed.add(o));
            }
            Kind::Op(..) | Kind::Family(..) => continue,
        }
        if instruction.targets.is_none() {
            let effects: Vec<_> = instruction.parts.iter().map(|p| p.effect).collect();
            (instruction.popped, instruction.pushed) =
                net_effect(&effects).or_else(|message| fail(item, &message))?;
        }
        check_sum_size(&instruction)?;
        instructions.push(instruction);
    }
    instructions.sort_by_key(|i| i.number);
    if let Some(pair) = instructions.windows(2).find(|p| p[0].number == p[1].number) {
        return fail(pair[1].item, "shares its number with another instruction");
    }
    Ok(Table { instructions, families })
}

fn plain_caches<'i>(
    name: &str,
    layouts: &HashMap<&str, (&str, &'i [Cache])>,
    by_name: &HashMap<&str, &'i Item>,
) -> &'i [Cache] {
    match (layouts.get(name), by_name.get(name)) {
        (Some((_, caches)), _) => caches,
        (None, Some(item)) => &item.caches,
        (None, None) => &[],
    }
}

fn fail<T>(item: &Item, message: &str) -> Result<T, String> {
    Err(format!("{}:{}: {} {message}", item.file, item.line, item.name))
}

fn resolve_sum<'i>(
    item: &'i Item,
    parts: &'i [Part],
    by_name: &HashMap<&str, &'i Item>,
) -> Result<Vec<ResolvedPart<'i>>, String> {
    let mut resolved = Vec::new();
    let mut cache_offset = 1;
    for part in parts {
        match part {
            Part::Cache(cache) => cache_offset += cache.size,
            Part::Op(name, oparg) => {
                let Some(op) = by_name.get(name.as_str()) else {
                    return fail(item, &format!("mentions {name}, which is not declared"));
                };
                let (Kind::Op(effect, _) | Kind::Inst(effect, Some(_))) = &op.kind else {
                    return fail(item, &format!("mentions {name}, which has no body"));
                };
                resolved.push(ResolvedPart {
                    item: op,
                    effect,
                    oparg: oparg.as_deref(),
                    cache_offset,
                });
                cache_offset += effect.caches.iter().map(|c| c.size).sum::<usize>();
            }
        }
    }
    Ok(resolved)
}

/// A sum must spell out all of its cache units.
fn check_sum_size(instruction: &Instruction) -> Result<(), String> {
    let Kind::Sum(parts) = &instruction.item.kind else { return Ok(()) };
    let written: usize = parts
        .iter()
        .filter_map(|p| if let Part::Cache(c) = p { Some(c.size) } else { None })
        .chain(instruction.parts.iter().flat_map(|p| p.effect.caches.iter().map(|c| c.size)))
        .sum();
    if written == instruction.cache_size() {
        return Ok(());
    }
    let message =
        format!("covers {written} cache units, its family has {}", instruction.cache_size());
    fail(instruction.item, &message)
}

/// What a sequence of effects takes from the stack and leaves there.
///
/// Sizes are compared as text, so ops that hand an array on must spell its size alike.
fn net_effect(effects: &[&Effect]) -> Result<(Amount, Amount), String> {
    let mut popped = Amount::default();
    let mut stack: Vec<&StackItem> = Vec::new();
    for effect in effects {
        for input in effect.inputs.iter().rev() {
            match stack.pop() {
                None => popped.add(input),
                Some(top) if top.size == input.size => {}
                Some(top) => {
                    return Err(format!("hands `{}` on as `{}`", top.name, input.name));
                }
            }
        }
        stack.extend(&effect.outputs);
    }
    let mut pushed = Amount::default();
    stack.iter().for_each(|item| pushed.add(item));
    Ok((popped, pushed))
}
