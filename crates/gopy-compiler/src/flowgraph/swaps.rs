//! `SWAP`: the shortest run of them, or none where the consumers can trade places instead.

use super::{Block, Instr};
use gopy_bytecode::Opcode;

/// The local that an instruction does nothing else than store to.
fn stored_local(instr: &Instr) -> Option<u32> {
    matches!(instr.opcode, Opcode::STORE_FAST | Opcode::STORE_FAST_MAYBE_NULL)
        .then_some(instr.oparg)
}

/// Operations that only consume the top of the stack, run no code but finalisers and raise
/// nothing: they can trade places.
fn is_swappable(instr: &Instr) -> bool {
    instr.opcode == Opcode::POP_TOP || stored_local(instr).is_some()
}

/// The next swappable instruction behind `at`, no-ops aside. With a line, instructions of
/// others end the search: tracing would see names bound too early.
fn next_swappable(code: &[Instr], at: usize, lineno: Option<i32>) -> Option<usize> {
    for (at, instr) in code.iter().enumerate().skip(at + 1) {
        if lineno.is_some_and(|lineno| lineno >= 0 && lineno != instr.location.lineno) {
            return None;
        }
        if instr.opcode != Opcode::NOP {
            return is_swappable(instr).then_some(at);
        }
    }
    None
}

impl Block {
    pub(super) fn optimize_swaps(&mut self) {
        let code = self.code_mut();
        let mut at = 0;
        while at < code.len() {
            if code[at].opcode == Opcode::SWAP {
                at += shorten_run(&mut code[at..]);
                apply_swaps(code, at);
            }
            at += 1;
        }
    }
}

/// Replaces the run of swaps and no-ops at the head of `code` by a shortest one of the same
/// effect. Returns how far its last instruction is away, 0 for a run of one swap.
fn shorten_run(code: &mut [Instr]) -> usize {
    let is_in_run = |instr: &&Instr| matches!(instr.opcode, Opcode::SWAP | Opcode::NOP);
    let len = code.iter().take_while(is_in_run).count();
    let run = &mut code[..len];
    let swaps = run.iter().filter(|instr| instr.opcode == Opcode::SWAP);
    if swaps.clone().count() < 2 {
        return 0;
    }
    let depth = swaps.map(|instr| instr.oparg as usize).max().unwrap_or(0);
    // Where each item of the stack ends up; `None` once it is dealt with.
    let mut stack: Vec<Option<usize>> = (0..depth).map(Some).collect();
    for instr in run.iter().filter(|instr| instr.opcode == Opcode::SWAP) {
        if let Some(other) = (instr.oparg as usize).checked_sub(1) {
            stack.swap(0, other);
        }
    }
    // Undoing the permutation cycle by cycle takes the least number of swaps with the top;
    // writing them from the end makes it.
    let mut free = len;
    let mut emit = |position: usize| {
        if position > 0 && free > 0 {
            free -= 1;
            run[free].opcode = Opcode::SWAP;
            run[free].oparg = position as u32 + 1;
        }
    };
    for start in 0..depth {
        if stack[start].is_none_or(|item| item == start) {
            continue;
        }
        let mut position = start;
        loop {
            emit(position);
            let Some(next) = stack[position].take() else { break };
            position = next;
        }
    }
    for instr in &mut run[..free] {
        instr.set0(Opcode::NOP);
    }
    len - 1
}

/// Takes swaps at and before `at` away by exchanging the instructions that consume the items.
fn apply_swaps(code: &mut [Instr], at: usize) {
    for at in (0..=at).rev() {
        let swap = code[at];
        if swap.opcode != Opcode::SWAP {
            if swap.opcode == Opcode::NOP || is_swappable(&swap) {
                continue;
            }
            return;
        }
        let Some(first) = next_swappable(code, at, None) else { return };
        let lineno = code[first].location.lineno;
        let mut second = first;
        for _ in 1..swap.oparg {
            match next_swappable(code, second, Some(lineno)) {
                Some(next) => second = next,
                None => return,
            }
        }
        // Stores to one local must stay in order.
        let (store, other) = (stored_local(&code[first]), stored_local(&code[second]));
        if store.is_some() || other.is_some() {
            let clashes = |instr: &Instr| {
                let between = stored_local(instr);
                between.is_some() && (between == store || between == other)
            };
            if store == other || code[first + 1..second].iter().any(clashes) {
                return;
            }
        }
        code[at].set0(Opcode::NOP);
        code.swap(first, second);
    }
}
