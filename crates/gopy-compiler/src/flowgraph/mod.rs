//! The control flow graph: from code generation's instructions to those that are assembled.
//!
//! Answers to `Python/flowgraph.c`; passes run in its order, since each sees what the ones
//! before have left. The order is in [`Cfg::optimize`] and [`Cfg::into_sequence`], and a type
//! parameter keeps it: `Cfg<Raw>` → `Cfg<Targeted>` → `Cfg<Optimised>`.
//!
//! Keeps true: blocks are named by index and never move; the chain of `next` gives their order
//! and begins with [`ENTRY`]. Only the first `used` instructions of a block count. What is
//! behind them stays, because an instruction that is appended later inherits the handler of the
//! slot it falls into, as it does in CPython's arrays; exception tables show it.
//!
//! Never here: names or source text.

mod borrow;
mod build;
mod cleanup;
mod cold;
mod consts;
mod evaluate;
mod fold;
mod initialised;
mod lines;
mod localsplus;
mod peephole;
mod stack_depth;
mod swaps;
#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;

use crate::code_unit::{Const, ConstCache, UnitMetadata};
use crate::instruction_sequence::{InstructionSequence, Location};
use gopy_bytecode::Opcode;

pub(crate) use consts::ConstTable;

/// Index of a block, plus one: an optional one takes no more room, and there are two in each
/// instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BlockId(NonZeroU32);

impl BlockId {
    /// The block that is pushed onto `blocks` next.
    fn next_of(blocks: &[Block]) -> Self {
        ENTRY.0.checked_add(blocks.len() as u32).map_or(ENTRY, Self)
    }

    const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The block where control flow begins.
const ENTRY: BlockId = BlockId(NonZeroU32::MIN);

const _: () = assert!(size_of::<Instr>() == 32);

/// An instruction in a block.
#[derive(Clone, Copy, Debug)]
struct Instr {
    opcode: Opcode,
    oparg: u32,
    location: Location,
    /// Block that a jump or a block push leads to.
    target: Option<BlockId>,
    /// Handler of exceptions raised here.
    except: Option<BlockId>,
}

impl Instr {
    const fn new(opcode: Opcode, oparg: u32, location: Location) -> Self {
        Self { opcode, oparg, location, target: None, except: None }
    }

    /// Changes the operation to one without operand.
    fn set0(&mut self, opcode: Opcode) {
        debug_assert!(!opcode.has_arg());
        self.opcode = opcode;
        self.oparg = 0;
    }

    /// Changes the operation to one with operand.
    fn set1(&mut self, opcode: Opcode, oparg: u32) {
        debug_assert!(opcode.has_arg());
        self.opcode = opcode;
        self.oparg = oparg;
    }
}

/// A run of instructions that is entered at its head only and left at its end only, exceptions
/// aside.
#[derive(Debug, Default)]
struct Block {
    instrs: Vec<Instr>,
    used: usize,
    next: Option<BlockId>,
    /// Number by which jumps name the block; `None` when no jump does.
    label: Option<u32>,
    /// Locals below 64 that may be unbound on entry.
    unsafe_locals: u64,
    predecessors: i32,
    /// Depth of the stack on entry; `None` while unknown.
    start_depth: Option<i32>,
    preserve_lasti: bool,
    visited: bool,
    except_handler: bool,
    cold: bool,
    warm: bool,
}

impl Block {
    fn code(&self) -> &[Instr] {
        &self.instrs[..self.used]
    }

    fn code_mut(&mut self) -> &mut [Instr] {
        &mut self.instrs[..self.used]
    }

    fn last(&self) -> Option<&Instr> {
        self.code().last()
    }

    fn last_mut(&mut self) -> Option<&mut Instr> {
        self.code_mut().last_mut()
    }

    /// Appends an instruction; the handler is the one that the slot had last.
    fn addop(&mut self, opcode: Opcode, oparg: u32, location: Location) {
        if let Some(slot) = self.instrs.get_mut(self.used) {
            *slot = Instr { except: slot.except, ..Instr::new(opcode, oparg, location) };
        } else {
            self.instrs.push(Instr::new(opcode, oparg, location));
        }
        self.used += 1;
    }

    fn append(&mut self, instrs: &[Instr]) {
        let end = self.instrs.len().min(self.used + instrs.len());
        self.instrs.splice(self.used..end, instrs.iter().copied());
        self.used += instrs.len();
    }

    fn insert(&mut self, position: usize, instr: Instr) {
        if self.used < self.instrs.len() {
            self.instrs.remove(self.used);
        }
        self.instrs.insert(position, instr);
        self.used += 1;
    }

    /// Whether control may leave at the end into the next block.
    fn has_fallthrough(&self) -> bool {
        !self
            .last()
            .is_some_and(|last| last.opcode.is_scope_exit() || last.opcode.is_unconditional_jump())
    }

    fn exits_scope(&self) -> bool {
        self.last().is_some_and(|last| last.opcode.is_scope_exit())
    }

    fn has_no_lineno(&self) -> bool {
        self.code().iter().all(|instr| instr.location.lineno < 0)
    }
}

/// Why no code could be made. None of these happens to sequences of our own code generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowError {
    /// `SystemError`
    System(String),
    /// `ValueError`
    Value(&'static str),
    /// `OverflowError`
    Overflow(&'static str),
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(message) => f.write_str(message),
            Self::Value(message) | Self::Overflow(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for FlowError {}

impl FlowError {
    pub(crate) fn malformed() -> Self {
        Self::System("malformed control flow graph.".to_owned())
    }
}

type Result<T, E = FlowError> = std::result::Result<T, E>;

/// Jumps name labels.
#[derive(Debug)]
pub enum Raw {}
/// Jumps lead to blocks, instructions know their handlers.
#[derive(Debug)]
pub enum Targeted {}
/// Ready to be laid out.
#[derive(Debug)]
pub enum Optimised {}

/// The graph of one scope.
#[derive(Debug)]
pub struct Cfg<Stage> {
    blocks: Vec<Block>,
    stage: PhantomData<Stage>,
}

/// What lays out behind the graph.
#[derive(Debug)]
pub struct LaidOut {
    /// Instructions without pseudo operations except `JUMP` and `JUMP_NO_INTERRUPT`, jumps by
    /// index, handlers known.
    pub sequence: InstructionSequence,
    /// `co_stacksize`
    pub stack_depth: u32,
    /// Number of locals, cells and free variables.
    pub nlocalsplus: usize,
}

impl<Stage> Cfg<Stage> {
    fn at_stage<Next>(self) -> Cfg<Next> {
        Cfg { blocks: self.blocks, stage: PhantomData }
    }

    fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }

    fn block_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.index()]
    }

    fn new_block(&mut self) -> BlockId {
        let id = BlockId::next_of(&self.blocks);
        self.blocks.push(Block::default());
        id
    }

    /// The block behind `id` in the chain. For walks that change blocks or the chain.
    fn next(&self, id: BlockId) -> Option<BlockId> {
        self.block(id).next
    }

    /// The blocks in the order of the chain.
    fn chain(&self) -> impl Iterator<Item = (BlockId, &Block)> {
        let mut at = Some(ENTRY);
        std::iter::from_fn(move || {
            let id = at?;
            let block = self.block(id);
            at = block.next;
            Some((id, block))
        })
    }

    /// Calls `visit` for each block in the order of the chain, which it can't change.
    fn for_each_block(&mut self, mut visit: impl FnMut(&mut Block)) {
        let mut at = Some(ENTRY);
        while let Some(id) = at {
            let block = self.block_mut(id);
            visit(block);
            at = block.next;
        }
    }

    fn clear_visited(&mut self) {
        self.for_each_block(|block| block.visited = false);
    }

    fn next_nonempty(&self, mut at: Option<BlockId>) -> Option<BlockId> {
        while let Some(id) = at {
            let block = self.block(id);
            if block.used > 0 {
                break;
            }
            at = block.next;
        }
        at
    }

    fn max_label(&self) -> Option<u32> {
        self.chain().filter_map(|(_, block)| block.label).max()
    }

    fn next_free_label(&self) -> u32 {
        self.max_label().map_or(0, |label| label + 1)
    }
}

impl Cfg<Targeted> {
    /// Everything that makes code better and does not need its final order.
    pub(crate) fn optimize(
        mut self,
        consts: &mut ConstTable<'_>,
        nlocals: usize,
        nparams: usize,
    ) -> Result<Cfg<Optimised>> {
        self.check()?;
        self.inline_small_or_no_lineno_blocks();
        self.remove_unreachable();
        self.resolve_line_numbers();
        self.optimize_load_const(consts)?;
        self.optimize_basic_blocks(consts)?;
        self.remove_redundant_nops_and_pairs();
        self.remove_unreachable();
        self.remove_redundant_nops_and_jumps()?;
        self.remove_unused_consts(consts);
        self.add_checks_for_uninitialised_locals(nlocals, nparams);
        self.insert_superinstructions();
        self.push_cold_blocks_to_end()?;
        self.resolve_line_numbers();
        Ok(self.at_stage())
    }
}

impl Cfg<Optimised> {
    /// Lays the blocks out in their final order.
    pub(crate) fn into_sequence(mut self, metadata: &UnitMetadata, flags: u32) -> Result<LaidOut> {
        self.convert_pseudo_conditional_jumps();
        let stack_depth = self.calculate_stack_depth()?;
        let nlocalsplus = self.prepare_localsplus(metadata, flags);
        self.convert_pseudo_ops()?;
        self.normalize_jumps();
        self.optimize_load_fast();
        Ok(LaidOut { sequence: self.list_instructions(), stack_depth, nlocalsplus })
    }
}

/// What CPython shows as `_testinternalcapi.optimize_cfg`: the sequence in between of
/// optimisation and layout. New constants go to `consts`, unused ones leave it.
///
/// # Errors
/// When the sequence is no proper flow graph.
pub fn optimize_cfg(
    sequence: InstructionSequence,
    consts: &mut Vec<Const>,
    nlocals: usize,
) -> Result<InstructionSequence> {
    let mut cache = ConstCache::new();
    let mut table = ConstTable::new(consts, &mut cache);
    let mut cfg =
        Cfg::from_sequence(sequence)?.label_targets()?.optimize(&mut table, nlocals, 0)?;
    cfg.calculate_stack_depth()?;
    cfg.optimize_load_fast();
    Ok(cfg.list_instructions())
}
