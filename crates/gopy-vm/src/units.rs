//! Wide units: the form of the code that the eval loop executes.
//!
//! Answers to the adaptive part of `Objects/codeobject.c` and `_PyCode_Quicken`. One [`Unit`] stands for
//! each 16-bit code unit, at the same index, inline caches included; so offsets, jumps and tables need
//! no mapping. EXTENDED_ARG is folded into the argument of the instruction behind it; its own unit does
//! nothing but is still there. The pristine code stays in `Code.code`.

use std::ptr::NonNull;

use gopy_bytecode::Opcode;
use gopy_bytecode::backoff::Counter;
use gopy_core::code::{Code, ExecutionState};

use crate::monitoring;

/// An instruction or a cache entry.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Unit {
    /// The instruction: an [`Opcode`], or a private one.
    pub op: u16,
    /// Of an instruction: how many units before it the one before begins, 0 for the first. The counter of a
    /// first cache unit.
    pub aux: u16,
    /// The whole argument, or a cache field.
    pub arg: u32,
}

const _: () = assert!(size_of::<Unit>() == 8);

impl Unit {
    /// The counter of an adaptive instruction's first cache unit.
    #[inline(always)]
    pub fn counter(self) -> Counter {
        Counter(self.aux)
    }

    /// Replaces the counter.
    #[inline(always)]
    pub fn set_counter(&mut self, counter: Counter) {
        self.aux = counter.0;
    }

    /// One execution less to wait for.
    #[inline(always)]
    pub fn advance_counter(&mut self) {
        self.aux = self.counter().advance().0;
    }

    /// A cache field of one or two code units.
    #[inline(always)]
    pub fn value(self) -> u32 {
        self.arg
    }

    /// Stores such a field.
    #[inline(always)]
    pub fn set_value(&mut self, value: u32) {
        self.arg = value;
    }

    /// A cache field of four code units: an address.
    #[inline(always)]
    pub fn pointer(self) -> usize {
        // SAFETY: same size, no padding, any bits are an address.
        unsafe { std::mem::transmute::<Unit, usize>(self) }
    }

    /// Stores an address.
    #[inline(always)]
    pub fn set_pointer(&mut self, pointer: usize) {
        // SAFETY: same size, no padding, any bits are a unit.
        *self = unsafe { std::mem::transmute::<usize, Unit>(pointer) };
    }

    /// Specialises the instruction. One that is watched stays as it is: its form says by whom.
    #[inline(always)]
    pub fn set_op(&mut self, op: Opcode) {
        if !self.opcode().is_instrumented() {
            self.op = op.0;
        }
    }

    /// The instruction.
    #[inline(always)]
    pub fn opcode(self) -> Opcode {
        Opcode(self.op)
    }
}

/// What the VM keeps with a code object that has been executed.
pub struct Execution {
    /// The array; never moved.
    pub units: Box<[Unit]>,
    /// Whose it is: the code object owns this.
    code: NonNull<Code>,
}

impl Drop for Execution {
    fn drop(&mut self) {
        // SAFETY: the code object is being dropped, and its plain fields are still there.
        monitoring::forget(unsafe { self.code.as_ref() });
    }
}

impl ExecutionState for Execution {}

/// The first unit of `code`, whose array is made at the first execution.
#[inline(always)]
pub fn units_of(code: &Code) -> *mut Unit {
    let units = code.units.get().cast::<Unit>();
    if units.is_null() { prepare(code) } else { units }
}

/// Makes the array.
#[cold]
#[inline(never)]
fn prepare(code: &Code) -> *mut Unit {
    let mut units = widen(code.code.as_slice());
    let first = units.as_mut_ptr();
    code.execution.set(Some(Box::new(Execution { units, code: NonNull::from(code) })));
    code.units.set(first.cast());
    first
}

/// The wide form of a code string, counters set as `_PyCode_Quicken` does.
fn widen(code: &[u8]) -> Box<[Unit]> {
    let mut units: Vec<Unit> = Vec::with_capacity(code.len() / 2);
    let mut extended = 0u32;
    let mut caches = 0;
    let mut previous = 0;
    for pair in code.chunks_exact(2) {
        if caches > 0 {
            caches -= 1;
            units.push(Unit { op: Opcode::CACHE.0, aux: 0, arg: 0 });
            continue;
        }
        let opcode = Opcode(u16::from(pair[0]));
        let arg = extended << 8 | u32::from(pair[1]);
        extended = if opcode == Opcode::EXTENDED_ARG { arg } else { 0 };
        caches = opcode.caches();
        let back = units.len() - previous;
        previous = units.len();
        units.push(Unit { op: opcode.0, aux: back as u16, arg });
    }
    for index in 0..units.len() {
        let opcode = units[index].opcode();
        if opcode.caches() == 0 || opcode == Opcode::CACHE {
            continue;
        }
        let counter = match opcode {
            Opcode::JUMP_BACKWARD => Counter::JUMP_BACKWARD.0,
            // Branch history, for tier 2.
            Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::POP_JUMP_IF_NONE
            | Opcode::POP_JUMP_IF_NOT_NONE => 0x5555,
            _ => Counter::WARMUP.0,
        };
        if let Some(cache) = units.get_mut(index + 1) {
            cache.aux = counter;
        }
    }
    // What runs off the end (a hand-made code object) finds an instruction that stops it.
    units.push(Unit { op: Opcode::CACHE.0, aux: 0, arg: 0 });
    units.into_boxed_slice()
}

/// What a fused instruction's head was; other instructions are themselves.
pub fn plain(opcode: Opcode) -> Opcode {
    use crate::specialize::fuse::{ONE_LOCAL, TWO_LOCALS};
    if ONE_LOCAL.iter().any(|(_, _, fused)| *fused == opcode) {
        Opcode::LOAD_FAST_BORROW
    } else if TWO_LOCALS.iter().any(|(_, fused)| *fused == opcode) {
        Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
    } else {
        opcode
    }
}

/// `_co_code_adaptive`: the code as it runs now, as code units; of the caches the counters alone.
pub fn adaptive_code(code: &Code) -> Vec<u8> {
    let first = units_of(code);
    let count = code.code.as_slice().len() / 2;
    let mut bytes = Vec::with_capacity(count * 2);
    let mut index = 0;
    while index < count {
        // SAFETY: within the code's array, which has a unit for each of the code's.
        let unit = unsafe { *first.add(index) };
        let opcode = plain(unit.opcode());
        bytes.extend([opcode.0 as u8, unit.arg as u8]);
        // A watched instruction has its plain form's caches.
        let caches = Opcode(code.code.as_slice()[index * 2].into()).caches();
        index += 1;
        for cache in 0..caches.min(count - index) {
            // SAFETY: as above.
            let unit = unsafe { *first.add(index + cache) };
            let counter = if cache == 0 { unit.aux } else { 0 };
            bytes.extend(counter.to_le_bytes());
        }
        index += caches.min(count - index);
    }
    bytes
}
