//! Loads, stores and deletions of names.

use super::*;
use crate::symtable::BlockKind;

/// How a name is reached.
enum Access {
    Fast,
    Deref(u32),
    Global(u32),
    Name(u32),
}

impl<'a> Compiler<'_, 'a> {
    pub(super) fn name(&mut self, place: Location, name: Symbol, ctx: ExprContext) -> Result {
        let mangled = self.mangle(name);
        let scope = self.entry().scope(mangled);
        let in_class = self.entry().kind == BlockKind::Class;
        let sees_class = self.entry().can_see_class_scope;
        let inlined = self.unit_ref().inlined_comprehensions > 0;
        let load = ctx == ExprContext::Load;
        let (opcode, arg) = match self.access(mangled, scope) {
            Access::Deref(arg) => {
                let from_dict = in_class && !inlined || sees_class;
                if load && from_dict {
                    if in_class && !inlined {
                        self.op(place, Opcode::LOAD_LOCALS);
                    } else {
                        self.load_classdict(place);
                    }
                }
                let opcode = match ctx {
                    ExprContext::Load if from_dict => Opcode::LOAD_FROM_DICT_OR_DEREF,
                    ExprContext::Load => Opcode::LOAD_DEREF,
                    ExprContext::Store => Opcode::STORE_DEREF,
                    ExprContext::Del => Opcode::DELETE_DEREF,
                };
                (opcode, arg)
            }
            Access::Fast => {
                let opcode = match ctx {
                    ExprContext::Load => Opcode::LOAD_FAST,
                    ExprContext::Store => Opcode::STORE_FAST,
                    ExprContext::Del => Opcode::DELETE_FAST,
                };
                (opcode, self.unit().varnames.add_symbol(mangled))
            }
            Access::Global(arg) => match ctx {
                ExprContext::Load if sees_class && scope == Scope::GlobalImplicit => {
                    self.load_classdict(place);
                    (Opcode::LOAD_FROM_DICT_OR_GLOBALS, arg)
                }
                ExprContext::Load => (Opcode::LOAD_GLOBAL, arg << 1),
                ExprContext::Store => (Opcode::STORE_GLOBAL, arg),
                ExprContext::Del => (Opcode::DELETE_GLOBAL, arg),
            },
            Access::Name(arg) => match ctx {
                ExprContext::Load if in_class && inlined => (Opcode::LOAD_GLOBAL, arg << 1),
                ExprContext::Load => (Opcode::LOAD_NAME, arg),
                ExprContext::Store => (Opcode::STORE_NAME, arg),
                ExprContext::Del => (Opcode::DELETE_NAME, arg),
            },
        };
        self.op_arg(place, opcode, arg);
        Ok(())
    }

    fn access(&mut self, name: Symbol, scope: Scope) -> Access {
        let function_like = self.entry().is_function_like();
        let unit = self.unit();
        match scope {
            Scope::Free => Access::Deref(unit.free_index(name)),
            Scope::Cell => Access::Deref(unit.cellvars.add_symbol(name)),
            Scope::Local if function_like => Access::Fast,
            Scope::Local if unit.fast_hidden.get(&name) == Some(&true) => Access::Fast,
            Scope::GlobalImplicit if function_like => Access::Global(unit.names.add_symbol(name)),
            Scope::GlobalExplicit => Access::Global(unit.names.add_symbol(name)),
            _ => Access::Name(unit.names.add_symbol(name)),
        }
    }

    fn load_classdict(&mut self, place: Location) {
        let name = self.names.classdict;
        let index = self.unit().free_index(name);
        self.op_arg(place, Opcode::LOAD_DEREF, index);
    }

    /// The scope of a name as closures see it.
    pub(super) fn reference_scope(&self, name: Symbol) -> Scope {
        let names = self.names;
        let special = [names.class, names.classdict, names.conditional_annotations];
        if self.scope_type() == ScopeType::Class && special.contains(&name) {
            return Scope::Cell;
        }
        self.entry().scope(name)
    }
}
