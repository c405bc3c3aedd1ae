//! Fusion: a specialised instruction and the loads before it become one.
//!
//! Has no counterpart in CPython. `instructions/fused.in` says what the fused instructions do; here is
//! when they are made: whenever an instruction has been specialised that ends such a sequence. Only the
//! head's unit changes, to a number that no code string can hold, and `units::plain` says what it was.

use gopy_bytecode::Opcode;

use crate::units::Unit;

/// Whether the specialised instruction follows LOAD_FAST_BORROW or a LOAD_SMALL_INT behind that.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    Local,
    LocalAndSmall,
}

/// Sequences that begin with LOAD_FAST_BORROW: what ends them, what lies between, and what they become.
pub(crate) const ONE_LOCAL: &[(Opcode, Operand, Opcode)] = &[
    (Opcode::LOAD_ATTR_INSTANCE_VALUE, Operand::Local, Opcode::FUSED_LOCAL_INSTANCE_VALUE),
    (Opcode::LOAD_ATTR_SLOT, Operand::Local, Opcode::FUSED_LOCAL_SLOT),
    (Opcode::LOAD_ATTR_METHOD_WITH_VALUES, Operand::Local, Opcode::FUSED_LOCAL_METHOD),
    (Opcode::LOAD_ATTR_METHOD_NO_DICT, Operand::Local, Opcode::FUSED_LOCAL_METHOD_NO_DICT),
    (Opcode::BINARY_OP_ADD_INT, Operand::LocalAndSmall, Opcode::FUSED_LOCAL_ADD_SMALL),
    (Opcode::BINARY_OP_SUBTRACT_INT, Operand::LocalAndSmall, Opcode::FUSED_LOCAL_SUBTRACT_SMALL),
    (Opcode::COMPARE_OP_INT, Operand::LocalAndSmall, Opcode::FUSED_LOCAL_COMPARE_SMALL),
    (Opcode::BINARY_OP_SUBSCR_LIST_INT, Operand::LocalAndSmall, Opcode::FUSED_LOCAL_LIST_ITEM),
    (Opcode::BINARY_OP_SUBSCR_TUPLE_INT, Operand::LocalAndSmall, Opcode::FUSED_LOCAL_TUPLE_ITEM),
];

/// Sequences of LOAD_FAST_BORROW_LOAD_FAST_BORROW and another: that, and what they become.
pub(crate) const TWO_LOCALS: &[(Opcode, Opcode)] = &[
    (Opcode::COMPARE_OP_INT, Opcode::FUSED_LOCALS_COMPARE_INT),
    (Opcode::BINARY_OP_ADD_INT, Opcode::FUSED_LOCALS_ADD_INT),
    (Opcode::BINARY_OP_SUBTRACT_INT, Opcode::FUSED_LOCALS_SUBTRACT_INT),
    (Opcode::BINARY_OP_MULTIPLY_INT, Opcode::FUSED_LOCALS_MULTIPLY_INT),
    (Opcode::BINARY_OP_ADD_FLOAT, Opcode::FUSED_LOCALS_ADD_FLOAT),
    (Opcode::BINARY_OP_SUBTRACT_FLOAT, Opcode::FUSED_LOCALS_SUBTRACT_FLOAT),
    (Opcode::BINARY_OP_MULTIPLY_FLOAT, Opcode::FUSED_LOCALS_MULTIPLY_FLOAT),
    (Opcode::BINARY_OP_SUBSCR_LIST_INT, Opcode::FUSED_LOCALS_LIST_ITEM),
];

/// The instruction before the one at `ip`, if there is one.
unsafe fn before(ip: *mut Unit) -> Option<*mut Unit> {
    // SAFETY: an instruction's unit says how far back the one before begins.
    unsafe {
        let back = (*ip).aux as usize;
        (back != 0).then(|| ip.sub(back))
    }
}

/// Fuses the instruction at `ip`, which has just been specialised, with the loads before it.
pub(crate) fn fuse(ip: *mut Unit) {
    // SAFETY: `ip` points to an instruction; so do its predecessors.
    unsafe {
        let Some(load) = before(ip) else { return };
        let op = (*ip).opcode();
        let (head, operand) = match (*load).opcode() {
            Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                if let Some((_, fused)) = TWO_LOCALS.iter().find(|(last, _)| *last == op) {
                    (*load).set_op(*fused);
                }
                return;
            }
            Opcode::LOAD_FAST_BORROW => (load, Operand::Local),
            Opcode::LOAD_SMALL_INT => match before(load) {
                Some(head) => (head, Operand::LocalAndSmall),
                None => return,
            },
            _ => return,
        };
        // An attribute that is called as a method only by chance is pushed with a null behind it.
        let pushes_null = (*ip).arg & 1 != 0;
        if (*head).opcode() != Opcode::LOAD_FAST_BORROW
            || matches!(op, Opcode::LOAD_ATTR_INSTANCE_VALUE | Opcode::LOAD_ATTR_SLOT)
                && pushes_null
        {
            return;
        }
        let found = ONE_LOCAL.iter().find(|(last, between, _)| *last == op && *between == operand);
        if let Some((_, _, fused)) = found {
            (*head).set_op(*fused);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::plain;

    #[test]
    fn fused_instructions_show_their_heads() {
        for (_, _, fused) in ONE_LOCAL {
            assert_eq!(plain(*fused), Opcode::LOAD_FAST_BORROW);
            assert!(!fused.is_valid());
        }
        for (_, fused) in TWO_LOCALS {
            assert_eq!(plain(*fused), Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW);
        }
        assert_eq!(plain(Opcode::NOP), Opcode::NOP);
    }
}
