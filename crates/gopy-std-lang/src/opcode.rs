//! `_opcode`: what `opcode` and `dis` ask about instructions.
//!
//! Answers to `Modules/_opcode.c`. All facts come from the instruction table.

use gopy_bytecode::Opcode;

/// The instruction of a number that a program gives.
fn instruction(number: i32) -> Option<Opcode> {
    u16::try_from(number).ok().map(Opcode).filter(|opcode| opcode.is_valid())
}

fn has(number: i32, property: fn(Opcode) -> bool) -> bool {
    instruction(number).is_some_and(property)
}

/// `_opcode`.
#[gopy_macros::pymodule(name = "_opcode")]
pub mod module {
    use gopy_bytecode::operators::{BinaryOperator, Intrinsic1, Intrinsic2, SpecialMethod};
    use gopy_core::code::Code;
    use gopy_core::error::{type_error, value_error};
    use gopy_core::list::List;
    use gopy_core::str::Str;
    use gopy_core::{bool_, module, number, tuple};
    use gopy_object::{Object, PyResult, Ref};

    use super::{has, instruction};

    #[pyfunction("($module, opcode, oparg=None, /, *, jump=None)")]
    fn stack_effect(opcode: i32, oparg: Option<&Object>, jump: Option<&Object>) -> PyResult<i32> {
        let oparg = match oparg {
            Some(oparg) => number::index_as_c_int(oparg)?,
            None => 0,
        };
        let jump = match jump {
            None => None,
            Some(jump) if bool_::is_bool(jump) => Some(bool_::is_true(jump)),
            Some(_) => {
                return Err(value_error!("stack_effect: jump must be False, True or None"));
            }
        };
        let effect = instruction(opcode).and_then(|opcode| {
            let effect = |jump| opcode.stack_effect_signed(oparg, jump);
            match jump {
                Some(jump) => effect(jump),
                None => Some(effect(false)?.max(effect(true)?)),
            }
        });
        effect.ok_or_else(|| value_error!("invalid opcode or oparg"))
    }

    #[pyfunction("($module, /, opcode)")]
    fn is_valid(opcode: i32) -> bool {
        instruction(opcode).is_some()
    }

    #[pyfunction("($module, /, opcode)")]
    fn has_arg(opcode: i32) -> bool {
        has(opcode, gopy_bytecode::Opcode::has_arg)
    }

    #[pyfunction("($module, /, opcode)")]
    fn has_const(opcode: i32) -> bool {
        has(opcode, gopy_bytecode::Opcode::has_const)
    }

    #[pyfunction("($module, /, opcode)")]
    fn has_name(opcode: i32) -> bool {
        has(opcode, gopy_bytecode::Opcode::has_name)
    }

    #[pyfunction("($module, /, opcode)")]
    fn has_jump(opcode: i32) -> bool {
        has(opcode, gopy_bytecode::Opcode::has_jump)
    }

    #[pyfunction("($module, /, opcode)")]
    fn has_free(opcode: i32) -> bool {
        has(opcode, gopy_bytecode::Opcode::has_free)
    }

    #[pyfunction("($module, /, opcode)")]
    fn has_local(opcode: i32) -> bool {
        has(opcode, gopy_bytecode::Opcode::has_local)
    }

    #[pyfunction("($module, /, opcode)")]
    fn has_exc(opcode: i32) -> bool {
        has(opcode, gopy_bytecode::Opcode::has_exc)
    }

    fn list_of(names: impl Iterator<Item = &'static str>) -> Ref<List> {
        List::from_vec(names.map(|name| Str::new(name).upcast()).collect())
    }

    #[pyfunction("($module, /)")]
    fn get_nb_ops() -> Ref<List> {
        let pair = |operator: &BinaryOperator| {
            let (name, symbol) = (Str::new(operator.name()), Str::new(operator.symbol()));
            tuple::from_array([name.upcast(), symbol.upcast()]).upcast()
        };
        List::from_vec(BinaryOperator::ALL.iter().map(pair).collect())
    }

    #[pyfunction("($module, /)")]
    fn get_intrinsic1_descs() -> Ref<List> {
        list_of(Intrinsic1::ALL.iter().map(|intrinsic| intrinsic.name()))
    }

    #[pyfunction("($module, /)")]
    fn get_intrinsic2_descs() -> Ref<List> {
        list_of(Intrinsic2::ALL.iter().map(|intrinsic| intrinsic.name()))
    }

    #[pyfunction("($module, /)")]
    fn get_special_method_names() -> Ref<List> {
        list_of(SpecialMethod::ALL.iter().map(|special| special.method()))
    }

    /// `None`, as in every build that does not count.
    #[pyfunction("($module, /)")]
    fn get_specialization_stats() {}

    #[pyfunction("($module, /, code, offset)")]
    fn get_executor(code: &Object, offset: i32) -> PyResult<()> {
        let _ = offset;
        if code.downcast::<Code>().is_none() {
            return Err(type_error!("expected a code object, not '{:.100}'", code.type_name()));
        }
        Err(value_error!("no executor at given byte offset"))
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "ENABLE_SPECIALIZATION", 1)?;
        module::add(module, "ENABLE_SPECIALIZATION_FT", 1)
    }
}
