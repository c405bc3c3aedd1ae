//! The list of instructions that code generation writes and the flow graph reads.
//!
//! Answers to `Python/instruction_sequence.c`. Jump targets are [`Label`]s while the list grows;
//! [`InstructionSequence::apply_labels`] turns them, once, into indices of instructions.
//!
//! Keeps true: an operand of an instruction with a target is a label id before
//! `apply_labels`, an index into `instructions` after it.

use gopy_bytecode::Opcode;
pub use gopy_bytecode::location::Location;

/// A place in an [`InstructionSequence`] that jumps can name before it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label(pub u32);

/// What the flow graph found out about the handler that covers an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptHandler {
    /// Label of the handler, or index of its first instruction once labels are applied.
    pub target: u32,
    /// Depth of the stack on entry of the handler.
    pub start_depth: i32,
    /// The handler finds the offset of the raising instruction on the stack.
    pub preserve_lasti: bool,
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Operation, pseudo operations included.
    pub opcode: Opcode,
    /// Operand; 0 when the operation has none.
    pub oparg: u32,
    /// Source location.
    pub location: Location,
    /// Handler that covers the instruction; known behind the flow graph only.
    pub except_handler: Option<ExceptHandler>,
}

const LABEL_NOT_USED: u32 = u32::MAX;

/// Instructions, the labels between them and what is spliced in later.
#[derive(Clone, Debug, Default)]
pub struct InstructionSequence {
    pub(crate) instructions: Vec<Instruction>,
    /// Index of the instruction behind each label; empty once applied.
    labels: Vec<u32>,
    last_label: u32,
    nested: Vec<InstructionSequence>,
    annotations_code: Option<Box<InstructionSequence>>,
}

impl InstructionSequence {
    /// An empty sequence.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The instructions so far.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Number of instructions so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.instructions.len()
    }

    /// Whether there is no instruction yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.instructions.is_empty()
    }

    /// A label that is not yet at any place. The first one has id 1, as in CPython.
    pub fn new_label(&mut self) -> Label {
        self.last_label += 1;
        Label(self.last_label)
    }

    /// Puts `label` before the next instruction.
    pub fn use_label(&mut self, label: Label) {
        let index = label.0 as usize;
        if self.labels.len() <= index {
            self.labels.resize(index + 1, LABEL_NOT_USED);
        }
        self.labels[index] = self.instructions.len() as u32;
    }

    /// Appends an instruction.
    pub fn addop(&mut self, opcode: Opcode, oparg: u32, location: Location) {
        debug_assert!(oparg < 1 << 30);
        self.instructions.push(Instruction { opcode, oparg, location, except_handler: None });
    }

    /// Inserts an instruction before index `position`; labels behind it move along.
    pub fn insert(&mut self, position: usize, opcode: Opcode, oparg: u32, location: Location) {
        let instruction = Instruction { opcode, oparg, location, except_handler: None };
        self.instructions.insert(position, instruction);
        for place in &mut self.labels {
            if *place != LABEL_NOT_USED && *place as usize >= position {
                *place += 1;
            }
        }
    }

    /// Gives the code that stands for `ANNOTATIONS_PLACEHOLDER`. It contains no jumps.
    pub fn set_annotations_code(&mut self, annotations: InstructionSequence) {
        debug_assert!(self.annotations_code.is_none());
        self.annotations_code = Some(Box::new(annotations));
    }

    /// The code that stands for `ANNOTATIONS_PLACEHOLDER`.
    #[must_use]
    pub fn annotations_code(&self) -> Option<&InstructionSequence> {
        self.annotations_code.as_deref()
    }

    /// Keeps the sequence of a nested scope, for those who inspect the compiler.
    pub fn add_nested(&mut self, nested: InstructionSequence) {
        self.nested.push(nested);
    }

    /// Sequences of nested scopes.
    #[must_use]
    pub fn nested(&self) -> &[InstructionSequence] {
        &self.nested
    }

    /// Replaces labels by indices; a label that is nowhere becomes an index behind all. Nothing happens when no label is in use, which is also the
    /// state of a sequence whose labels were applied before.
    pub fn apply_labels(&mut self) {
        if self.labels.is_empty() {
            return;
        }
        let labels = std::mem::take(&mut self.labels);
        let place = |label: u32| labels.get(label as usize).copied().unwrap_or(LABEL_NOT_USED);
        for instruction in &mut self.instructions {
            if instruction.opcode.has_target() {
                instruction.oparg = place(instruction.oparg);
            }
            if let Some(handler) = &mut instruction.except_handler {
                handler.target = place(handler.target);
            }
        }
    }
}
