//! A test and the conditional jump behind it in one step.
//!
//! Answers to the `PREDICT`s that CPython once had. The test looks at the unit behind it: if that is a
//! plain conditional jump, no bool is pushed for it to pop. Anything else there, an instrumented jump
//! included, gets the bool.

use gopy_bytecode::Opcode;

use crate::units::Unit;

/// Where execution goes on if a conditional jump that pops `truth` stands at `at`; null if none does.
#[inline(always)]
pub(crate) unsafe fn after(at: *mut Unit, truth: bool) -> *mut Unit {
    // SAFETY: `at` is the unit behind an instruction, so in the code; so is what it jumps to. A cache
    // unit and the fall-through follow the jump.
    unsafe {
        let jump = *at;
        let wanted = match jump.opcode() {
            Opcode::POP_JUMP_IF_FALSE => false,
            Opcode::POP_JUMP_IF_TRUE => true,
            _ => return std::ptr::null_mut(),
        };
        if truth == wanted {
            return at.add(2 + jump.arg as usize);
        }
        at.add(2 + usize::from((*at.add(2)).opcode() == Opcode::NOT_TAKEN))
    }
}
