//! One sequence a pass; `xtask/py/compare_flowgraph.py` compares the passes on real ones.
//!
//! The expected sequences are what the oracle's `_testinternalcapi.optimize_cfg` makes. An
//! instruction is its name, its operand, `>` before the index of a target, and its line.

use super::{FlowError, optimize_cfg};
use crate::{Const, ConstValue, InstructionSequence, Location, Opcode};

fn read(text: &str) -> InstructionSequence {
    let mut sequence = InstructionSequence::new();
    for instruction in text.split("; ") {
        let words: Vec<&str> = instruction.split(' ').collect();
        let opcode = Opcode::from_name(words[0]).expect(words[0]);
        let number = |word: &str| word.trim_start_matches('>').parse::<i32>().expect(word);
        let oparg = if words.len() == 3 { number(words[1]) } else { 0 };
        let lineno = number(words[words.len() - 1]);
        sequence.addop(opcode, oparg as u32, Location::line(lineno));
    }
    sequence
}

fn write(sequence: &InstructionSequence) -> String {
    let write = |instruction: &crate::Instruction| {
        let opcode = instruction.opcode;
        let target = if opcode.has_target() { ">" } else { "" };
        let oparg = if opcode.has_arg() {
            format!(" {target}{}", instruction.oparg)
        } else {
            String::new()
        };
        format!("{opcode:?}{oparg} {}", instruction.location.lineno)
    };
    sequence.instructions().iter().map(write).collect::<Vec<_>>().join("; ")
}

fn optimize(text: &str) -> Result<(String, Vec<Const>), FlowError> {
    let mut consts = vec![Const::new(ConstValue::None)];
    let sequence = optimize_cfg(read(text), &mut consts, 2)?;
    Ok((write(&sequence), consts))
}

#[test]
fn passes() {
    let cases = [
        (
            "constants decide tests",
            "LOAD_SMALL_INT 0 1; TO_BOOL 1; POP_JUMP_IF_FALSE >5 1; LOAD_SMALL_INT 7 2; \
             RETURN_VALUE 2; LOAD_SMALL_INT 9 3; RETURN_VALUE 3",
            "NOP 1; LOAD_SMALL_INT 9 3; RETURN_VALUE 3",
        ),
        (
            "tests for None are one jump",
            "LOAD_NAME 0 1; LOAD_CONST 0 1; IS_OP 1 1; POP_JUMP_IF_FALSE >6 1; \
             LOAD_SMALL_INT 1 2; RETURN_VALUE 2; LOAD_SMALL_INT 2 3; RETURN_VALUE 3",
            "LOAD_NAME 0 1; POP_JUMP_IF_NONE >4 1; LOAD_SMALL_INT 1 2; RETURN_VALUE 2; \
             LOAD_SMALL_INT 2 3; RETURN_VALUE 3",
        ),
        (
            "tuples swap without being built",
            "LOAD_NAME 0 1; LOAD_NAME 1 1; BUILD_TUPLE 2 1; UNPACK_SEQUENCE 2 1; STORE_FAST 0 1; \
             STORE_FAST 1 1; LOAD_CONST 0 2; RETURN_VALUE 2",
            "LOAD_NAME 0 1; LOAD_NAME 1 1; STORE_FAST_STORE_FAST 16 1; LOAD_CONST 0 2; \
             RETURN_VALUE 2",
        ),
        (
            "loads borrow, unless the local changes first",
            "LOAD_NAME 0 1; STORE_FAST 0 1; LOAD_NAME 0 2; STORE_FAST 1 2; LOAD_FAST 0 3; \
             LOAD_NAME 1 3; LOAD_FAST 1 3; LOAD_SMALL_INT 1 3; STORE_FAST 0 3; BINARY_OP 0 3; \
             BINARY_OP 0 3; RETURN_VALUE 3",
            "LOAD_NAME 0 1; STORE_FAST 0 1; LOAD_NAME 0 2; STORE_FAST 1 2; LOAD_FAST 0 3; \
             LOAD_NAME 1 3; LOAD_FAST_BORROW 1 3; LOAD_SMALL_INT 1 3; STORE_FAST 0 3; \
             BINARY_OP 0 3; BINARY_OP 0 3; RETURN_VALUE 3",
        ),
        (
            "exits without line are copied",
            "LOAD_NAME 0 1; TO_BOOL 1; POP_JUMP_IF_FALSE >5 1; LOAD_NAME 1 2; POP_TOP 2; \
             LOAD_CONST 0 -1; RETURN_VALUE -1",
            "LOAD_NAME 0 1; TO_BOOL 1; POP_JUMP_IF_FALSE >7 1; LOAD_NAME 1 2; POP_TOP 2; \
             LOAD_CONST 0 2; RETURN_VALUE 2; LOAD_CONST 0 1; RETURN_VALUE 1",
        ),
        (
            "handlers move to the end",
            "SETUP_FINALLY >6 1; LOAD_NAME 0 2; POP_TOP 2; POP_BLOCK 2; JUMP >9 2; NOP 2; \
             PUSH_EXC_INFO 3; POP_TOP 3; POP_EXCEPT 3; LOAD_CONST 0 4; RETURN_VALUE 4",
            "SETUP_FINALLY >5 1; LOAD_NAME 0 2; POP_TOP 2; LOAD_CONST 0 4; RETURN_VALUE 4; \
             PUSH_EXC_INFO 3; POP_TOP 3; POP_EXCEPT 3; LOAD_CONST 0 4; RETURN_VALUE 4",
        ),
        (
            "long lists that are looked through are tuples",
            "LOAD_NAME 0 1; BUILD_LIST 0 1; LOAD_SMALL_INT 1 1; LIST_APPEND 1 1; \
             LOAD_SMALL_INT 2 1; LIST_APPEND 1 1; CONTAINS_OP 0 1; RETURN_VALUE 1",
            "LOAD_NAME 0 1; LOAD_CONST 1 1; CONTAINS_OP 0 1; RETURN_VALUE 1",
        ),
    ];
    for (name, text, expected) in cases {
        assert_eq!(optimize(text).expect(name).0, expected, "{name}");
    }
}

#[test]
fn folding_adds_constants() {
    let (text, consts) = optimize(
        "LOAD_SMALL_INT 100 1; LOAD_SMALL_INT 100 1; BINARY_OP 5 1; UNARY_NEGATIVE 1; \
         RETURN_VALUE 1",
    )
    .expect("a proper sequence");
    assert_eq!(text, "LOAD_CONST 1 1; RETURN_VALUE 1");
    assert_eq!(consts[1..], [Const::new(ConstValue::Int(-10000))]);
}

#[test]
fn improper_sequences_are_errors() {
    let cases = [
        ("POP_TOP 1; LOAD_CONST 0 1; RETURN_VALUE 1", "Invalid CFG, stack underflow"),
        ("LOAD_CONST 0 1; JUMP >0 1", "Invalid CFG, inconsistent stackdepth"),
        ("JUMP >7 1", "malformed control flow graph."),
        ("POP_BLOCK 1; LOAD_CONST 0 1; RETURN_VALUE 1", "malformed control flow graph."),
    ];
    for (text, expected) in cases {
        let error = optimize(text).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    }
}
