//! The second pass: from facts to scopes.
//!
//! Answers to `symtable_analyze` and what it calls in `Python/symtable.c`. A block gets from
//! outside the names bound there and hands out the names that it leaves free.

use gopy_syntax::Host;
use gopy_syntax::ast::{Interner, Symbol};

use super::{
    BlockKind, DEF_BOUND, DEF_COMP_CELL, DEF_FREE_CLASS, DEF_GLOBAL, DEF_NONLOCAL, DEF_PARAM,
    DEF_TYPE_PARAM, EntryId, SCOPE_OFFSET, Scope, SymbolMap, SymbolSet, SymbolTable,
};
use crate::common::{Names, Result, StackBounds, error_at, location};

pub(super) struct Analyzer<'s, 'i, 'a> {
    pub(super) table: &'s mut SymbolTable,
    pub(super) interner: &'i Interner<'a>,
    pub(super) host: &'s mut dyn Host,
    pub(super) names: Names,
    pub(super) stack: StackBounds,
}

/// What a block sees of the blocks around it; its own copies.
struct Outer {
    /// `None` in the module.
    bound: Option<SymbolSet>,
    free: SymbolSet,
    global: SymbolSet,
    type_params: SymbolSet,
}

type Scopes = SymbolMap<Scope>;

impl Analyzer<'_, '_, '_> {
    pub(super) fn run(&mut self) -> Result {
        let mut outer = Outer {
            bound: None,
            free: SymbolSet::default(),
            global: SymbolSet::default(),
            type_params: SymbolSet::default(),
        };
        self.block(SymbolTable::TOP, &mut outer, None)
    }

    fn block(&mut self, id: EntryId, outer: &mut Outer, class: Option<EntryId>) -> Result {
        self.stack.check()?;
        let kind = self.table.entry(id).kind;
        let is_class = kind == BlockKind::Class;
        let function_like = self.table.entry(id).is_function_like();
        let mut local = SymbolSet::default();
        let mut scopes = Scopes::default();
        let mut new_global = SymbolSet::default();
        let mut new_bound = SymbolSet::default();
        let mut new_free = SymbolSet::default();
        let mut inlined_cells = SymbolSet::default();

        // What a class binds is invisible in its methods: they see what was visible before.
        if is_class {
            new_global.extend(&outer.global);
            new_bound.extend(outer.bound.iter().flatten());
        }
        for at in 0..self.table.entry(id).symbols.as_slice().len() {
            let (name, flags) = self.table.entry(id).symbols.as_slice()[at];
            let scope = self.name(id, name, flags, outer, &mut local, class)?;
            scopes.insert(name, scope);
        }
        if is_class {
            let names = self.names;
            new_bound.extend([names.class, names.classdict, names.conditional_annotations]);
        } else {
            if function_like {
                new_bound.extend(&local);
            }
            new_bound.extend(outer.bound.iter().flatten());
            new_global.extend(&outer.global);
        }

        let sees_class = self.table.entry(id).can_see_class_scope;
        for at in 0..self.table.entry(id).children.len() {
            let child = self.table.entry(id).children[at];
            let entry = self.table.entry(child);
            let child_class = match entry.can_see_class_scope {
                true if is_class => Some(id),
                true => class,
                false => None,
            };
            let inline = entry.comprehension.is_some() && !entry.generator && !sees_class;
            let mut seen = Outer {
                bound: Some(new_bound.clone()),
                free: new_free.clone(),
                global: new_global.clone(),
                type_params: outer.type_params.clone(),
            };
            self.block(child, &mut seen, child_class)?;
            if inline {
                self.inline(id, child, &mut scopes, &mut seen.free, &mut inlined_cells);
                self.table.entry_mut(child).comp_inlined = true;
            }
            new_free.extend(seen.free);
        }
        self.splice_inlined_children(id);

        if function_like {
            for (name, scope) in &mut scopes {
                let is_cell = new_free.contains(name) || inlined_cells.contains(name);
                if *scope == Scope::Local && is_cell {
                    *scope = Scope::Cell;
                    new_free.remove(name);
                }
            }
        } else if is_class {
            let names = self.names;
            let entry = self.table.entry_mut(id);
            entry.needs_class_closure |= new_free.remove(&names.class);
            entry.needs_classdict |= new_free.remove(&names.classdict);
            entry.has_conditional_annotations |= new_free.remove(&names.conditional_annotations);
        }
        self.record(id, &scopes, outer, &new_free, &inlined_cells, is_class || sees_class);
        outer.free.extend(new_free);
        Ok(())
    }

    /// Decides on one name; sets of what is around learn of it.
    fn name(
        &mut self,
        id: EntryId,
        name: Symbol,
        flags: u32,
        outer: &mut Outer,
        local: &mut SymbolSet,
        class: Option<EntryId>,
    ) -> Result<Scope> {
        if flags & DEF_GLOBAL != 0 {
            if flags & DEF_NONLOCAL != 0 {
                return Err(self.directive_error(id, name, "name '", "' is nonlocal and global"));
            }
            outer.global.insert(name);
            if let Some(bound) = &mut outer.bound {
                bound.remove(&name);
            }
            return Ok(Scope::GlobalExplicit);
        }
        if flags & DEF_NONLOCAL != 0 {
            let Some(bound) = &outer.bound else {
                let place = self.directive(id, name);
                let message = "nonlocal declaration not allowed at module level";
                return Err(error_at(self.host, place, message));
            };
            if !bound.contains(&name) {
                return Err(self.directive_error(id, name, "no binding for nonlocal '", "' found"));
            }
            if outer.type_params.contains(&name) {
                let start = "nonlocal binding not allowed for type parameter '";
                return Err(self.directive_error(id, name, start, "'"));
            }
            outer.free.insert(name);
            return Ok(Scope::Free);
        }
        if flags & DEF_BOUND != 0 {
            local.insert(name);
            outer.global.remove(&name);
            if flags & DEF_TYPE_PARAM != 0 {
                outer.type_params.insert(name);
            } else {
                outer.type_params.remove(&name);
            }
            return Ok(Scope::Local);
        }
        // A name that the class binds is looked up in the class and then among the globals, not
        // in the functions around the class.
        if let Some(class) = class {
            let class_flags = self.table.entry(class).symbols.get(name);
            if class_flags & DEF_GLOBAL != 0 {
                return Ok(Scope::GlobalExplicit);
            }
            if class_flags & DEF_BOUND != 0 && class_flags & DEF_NONLOCAL == 0 {
                return Ok(Scope::GlobalImplicit);
            }
        }
        if outer.bound.as_ref().is_some_and(|bound| bound.contains(&name)) {
            outer.free.insert(name);
            return Ok(Scope::Free);
        }
        Ok(Scope::GlobalImplicit)
    }

    #[cold]
    fn directive_error(
        &mut self,
        id: EntryId,
        name: Symbol,
        start: &str,
        end: &str,
    ) -> Box<gopy_syntax::SyntaxError> {
        let place = self.directive(id, name);
        let message = format!("{start}{}{end}", self.interner.display(name));
        error_at(self.host, place, message)
    }

    fn directive(&self, id: EntryId, name: Symbol) -> crate::Location {
        let directives = &self.table.entry(id).directives;
        let found = directives.iter().find(|(known, _)| *known == name);
        found.map_or(crate::Location::NONE, |(_, range)| location(*range))
    }

    /// Makes the names of a comprehension names of the block that it becomes part of.
    fn inline(
        &mut self,
        id: EntryId,
        comp: EntryId,
        scopes: &mut Scopes,
        comp_free: &mut SymbolSet,
        inlined_cells: &mut SymbolSet,
    ) {
        let kind = self.table.entry(id).kind;
        let names = self.names;
        let special = [names.class, names.classdict, names.conditional_annotations];
        let mut dropped = Vec::new();
        for at in 0..self.table.entry(comp).symbols.as_slice().len() {
            let (name, comp_flags) = self.table.entry(comp).symbols.as_slice()[at];
            if comp_flags & DEF_PARAM != 0 {
                continue;
            }
            let mut scope = Scope::of(comp_flags);
            let only_flags = comp_flags & ((1 << SCOPE_OFFSET) - 1);
            if scope == Scope::Cell || only_flags & DEF_COMP_CELL != 0 {
                inlined_cells.insert(name);
            }
            // These are never free through a class.
            if scope == Scope::Free && kind == BlockKind::Class && special.contains(&name) {
                scope = Scope::GlobalImplicit;
                if !self.free_in_child(comp, name) {
                    comp_free.remove(&name);
                }
                dropped.push(name);
            }
            let symbols = &mut self.table.entry_mut(id).symbols;
            if !symbols.contains(name) {
                symbols.set(name, only_flags);
                scopes.insert(name, scope);
            } else if symbols.get(name) & DEF_BOUND != 0
                && kind != BlockKind::Class
                && !self.free_in_child(comp, name)
            {
                // Free in the comprehension, local here: simply local once it is inlined.
                comp_free.remove(&name);
            }
        }
        for name in dropped {
            self.table.entry_mut(comp).symbols.remove(name);
        }
    }

    fn free_in_child(&self, id: EntryId, name: Symbol) -> bool {
        let children = &self.table.entry(id).children;
        children.iter().any(|child| self.table.entry(*child).scope(name) == Scope::Free)
    }

    /// Children of inlined comprehensions become children of the block.
    fn splice_inlined_children(&mut self, id: EntryId) {
        let children = &self.table.entry(id).children;
        if !children.iter().any(|child| self.table.entry(*child).comp_inlined) {
            return;
        }
        let mut spliced = Vec::with_capacity(children.len());
        for &child in children {
            let entry = self.table.entry(child);
            if entry.comp_inlined {
                spliced.extend_from_slice(&entry.children);
            } else {
                spliced.push(child);
            }
        }
        self.table.entry_mut(id).children = spliced;
    }

    /// Writes the scopes into the flags, and adds what only passes through to outer blocks.
    fn record(
        &mut self,
        id: EntryId,
        scopes: &Scopes,
        outer: &Outer,
        free: &SymbolSet,
        inlined_cells: &SymbolSet,
        class_like: bool,
    ) {
        let symbols = &mut self.table.entry_mut(id).symbols;
        for (name, flags) in &mut symbols.order {
            if inlined_cells.contains(name) {
                *flags |= DEF_COMP_CELL;
            }
            let scope = scopes.get(name).copied().unwrap_or(Scope::Unknown);
            *flags |= (scope as u32) << SCOPE_OFFSET;
        }
        let mut passing: Vec<Symbol> = free.iter().copied().collect();
        passing.sort_unstable();
        for name in passing {
            if symbols.contains(name) {
                if class_like {
                    symbols.set(name, symbols.get(name) | DEF_FREE_CLASS);
                }
            } else if outer.bound.as_ref().is_none_or(|bound| bound.contains(&name)) {
                symbols.set(name, (Scope::Free as u32) << SCOPE_OFFSET);
            }
        }
    }
}
