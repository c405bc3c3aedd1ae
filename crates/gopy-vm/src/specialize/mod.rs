//! Specialisation: rewriting adaptive instructions for the types they meet.
//!
//! Answers to `Python/specialize.c`. An adaptive instruction's counter triggers; the function for its
//! family looks at the operands and either rewrites the unit and its caches, with a cooldown for the
//! misses to come, or puts the next attempt off.

use gopy_bytecode::Opcode;
use gopy_bytecode::backoff::Counter;

use crate::units::Unit;

mod attributes;
mod calls;
mod containers;
pub(crate) mod fuse;
mod operators;

pub use attributes::{load_attr, load_global, load_super_attr, store_attr};
pub use calls::{call, call_kw};
pub use containers::{contains_op, for_iter, send, store_subscr, unpack_sequence};
pub use operators::{binary_op, compare_op, to_bool};

/// The unit becomes `op`.
fn succeed(ip: *mut Unit, op: Opcode) {
    // SAFETY: callers pass the unit being executed; its first cache unit follows.
    unsafe {
        (*ip).set_op(op);
        (*ip.add(1)).set_counter(Counter::COOLDOWN);
    }
    fuse::fuse(ip);
}

/// The unit stays, or becomes again, the family's base; the next attempt is put off.
fn fail(ip: *mut Unit) {
    // SAFETY: as in `succeed`.
    unsafe {
        let base = (*ip).opcode().base();
        (*ip).set_op(base);
        let counter = (*ip.add(1)).counter();
        (*ip.add(1)).set_counter(counter.restart());
    }
}

/// The cache unit at `offset` behind the instruction.
fn cache<'a>(ip: *mut Unit, offset: usize) -> &'a mut Unit {
    // SAFETY: offsets are within the family's caches.
    unsafe { &mut *ip.add(offset) }
}

/// Rewrites or puts off.
fn settle(ip: *mut Unit, op: Option<Opcode>) {
    match op {
        // Seen, and nothing to be gained yet.
        Some(op) if op == op.base() => {}
        Some(op) => succeed(ip, op),
        None => fail(ip),
    }
}

/// Whether a function takes exactly `argcount` positional arguments and nothing else.
fn is_simple(function: &gopy_core::function::Function, argcount: u32) -> bool {
    use gopy_core::code::flags;
    // SAFETY: nothing runs while the borrow is used.
    let Some(code) = (unsafe { function.code.borrow() }) else { return false };
    let other = flags::VARARGS | flags::VARKEYWORDS;
    let optimized = flags::OPTIMIZED | flags::NEWLOCALS;
    code.flags.get() & other == 0
        && code.kwonlyargcount == 0
        && code.flags.get() & optimized == optimized
        && code.argcount == argcount
}

/// The version of a function for caches; `None` where it can't have one.
fn function_version(function: &gopy_core::function::Function) -> Option<u32> {
    Some(function.version.get()).filter(|version| *version != 0)
}
