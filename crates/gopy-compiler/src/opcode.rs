//! Operation numbers and facts; a stand-in until `gopy-bytecode` declares them.
#![allow(missing_docs)]

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Opcode(pub u16);

impl Opcode {
    pub const CACHE: Self = Self(0);
    pub const BINARY_SLICE: Self = Self(1);
    pub const BUILD_TEMPLATE: Self = Self(2);
    pub const CALL_FUNCTION_EX: Self = Self(4);
    pub const CHECK_EG_MATCH: Self = Self(5);
    pub const CHECK_EXC_MATCH: Self = Self(6);
    pub const CLEANUP_THROW: Self = Self(7);
    pub const DELETE_SUBSCR: Self = Self(8);
    pub const END_FOR: Self = Self(9);
    pub const END_SEND: Self = Self(10);
    pub const EXIT_INIT_CHECK: Self = Self(11);
    pub const FORMAT_SIMPLE: Self = Self(12);
    pub const FORMAT_WITH_SPEC: Self = Self(13);
    pub const GET_AITER: Self = Self(14);
    pub const GET_ANEXT: Self = Self(15);
    pub const GET_ITER: Self = Self(16);
    pub const RESERVED: Self = Self(17);
    pub const GET_LEN: Self = Self(18);
    pub const GET_YIELD_FROM_ITER: Self = Self(19);
    pub const INTERPRETER_EXIT: Self = Self(20);
    pub const LOAD_BUILD_CLASS: Self = Self(21);
    pub const LOAD_LOCALS: Self = Self(22);
    pub const MAKE_FUNCTION: Self = Self(23);
    pub const MATCH_KEYS: Self = Self(24);
    pub const MATCH_MAPPING: Self = Self(25);
    pub const MATCH_SEQUENCE: Self = Self(26);
    pub const NOP: Self = Self(27);
    pub const NOT_TAKEN: Self = Self(28);
    pub const POP_EXCEPT: Self = Self(29);
    pub const POP_ITER: Self = Self(30);
    pub const POP_TOP: Self = Self(31);
    pub const PUSH_EXC_INFO: Self = Self(32);
    pub const PUSH_NULL: Self = Self(33);
    pub const RETURN_GENERATOR: Self = Self(34);
    pub const RETURN_VALUE: Self = Self(35);
    pub const SETUP_ANNOTATIONS: Self = Self(36);
    pub const STORE_SLICE: Self = Self(37);
    pub const STORE_SUBSCR: Self = Self(38);
    pub const TO_BOOL: Self = Self(39);
    pub const UNARY_INVERT: Self = Self(40);
    pub const UNARY_NEGATIVE: Self = Self(41);
    pub const UNARY_NOT: Self = Self(42);
    pub const WITH_EXCEPT_START: Self = Self(43);
    pub const BINARY_OP: Self = Self(44);
    pub const BUILD_INTERPOLATION: Self = Self(45);
    pub const BUILD_LIST: Self = Self(46);
    pub const BUILD_MAP: Self = Self(47);
    pub const BUILD_SET: Self = Self(48);
    pub const BUILD_SLICE: Self = Self(49);
    pub const BUILD_STRING: Self = Self(50);
    pub const BUILD_TUPLE: Self = Self(51);
    pub const CALL: Self = Self(52);
    pub const CALL_INTRINSIC_1: Self = Self(53);
    pub const CALL_INTRINSIC_2: Self = Self(54);
    pub const CALL_KW: Self = Self(55);
    pub const COMPARE_OP: Self = Self(56);
    pub const CONTAINS_OP: Self = Self(57);
    pub const CONVERT_VALUE: Self = Self(58);
    pub const COPY: Self = Self(59);
    pub const COPY_FREE_VARS: Self = Self(60);
    pub const DELETE_ATTR: Self = Self(61);
    pub const DELETE_DEREF: Self = Self(62);
    pub const DELETE_FAST: Self = Self(63);
    pub const DELETE_GLOBAL: Self = Self(64);
    pub const DELETE_NAME: Self = Self(65);
    pub const DICT_MERGE: Self = Self(66);
    pub const DICT_UPDATE: Self = Self(67);
    pub const END_ASYNC_FOR: Self = Self(68);
    pub const EXTENDED_ARG: Self = Self(69);
    pub const FOR_ITER: Self = Self(70);
    pub const GET_AWAITABLE: Self = Self(71);
    pub const IMPORT_FROM: Self = Self(72);
    pub const IMPORT_NAME: Self = Self(73);
    pub const IS_OP: Self = Self(74);
    pub const JUMP_BACKWARD: Self = Self(75);
    pub const JUMP_BACKWARD_NO_INTERRUPT: Self = Self(76);
    pub const JUMP_FORWARD: Self = Self(77);
    pub const LIST_APPEND: Self = Self(78);
    pub const LIST_EXTEND: Self = Self(79);
    pub const LOAD_ATTR: Self = Self(80);
    pub const LOAD_COMMON_CONSTANT: Self = Self(81);
    pub const LOAD_CONST: Self = Self(82);
    pub const LOAD_DEREF: Self = Self(83);
    pub const LOAD_FAST: Self = Self(84);
    pub const LOAD_FAST_AND_CLEAR: Self = Self(85);
    pub const LOAD_FAST_BORROW: Self = Self(86);
    pub const LOAD_FAST_BORROW_LOAD_FAST_BORROW: Self = Self(87);
    pub const LOAD_FAST_CHECK: Self = Self(88);
    pub const LOAD_FAST_LOAD_FAST: Self = Self(89);
    pub const LOAD_FROM_DICT_OR_DEREF: Self = Self(90);
    pub const LOAD_FROM_DICT_OR_GLOBALS: Self = Self(91);
    pub const LOAD_GLOBAL: Self = Self(92);
    pub const LOAD_NAME: Self = Self(93);
    pub const LOAD_SMALL_INT: Self = Self(94);
    pub const LOAD_SPECIAL: Self = Self(95);
    pub const LOAD_SUPER_ATTR: Self = Self(96);
    pub const MAKE_CELL: Self = Self(97);
    pub const MAP_ADD: Self = Self(98);
    pub const MATCH_CLASS: Self = Self(99);
    pub const POP_JUMP_IF_FALSE: Self = Self(100);
    pub const POP_JUMP_IF_NONE: Self = Self(101);
    pub const POP_JUMP_IF_NOT_NONE: Self = Self(102);
    pub const POP_JUMP_IF_TRUE: Self = Self(103);
    pub const RAISE_VARARGS: Self = Self(104);
    pub const RERAISE: Self = Self(105);
    pub const SEND: Self = Self(106);
    pub const SET_ADD: Self = Self(107);
    pub const SET_FUNCTION_ATTRIBUTE: Self = Self(108);
    pub const SET_UPDATE: Self = Self(109);
    pub const STORE_ATTR: Self = Self(110);
    pub const STORE_DEREF: Self = Self(111);
    pub const STORE_FAST: Self = Self(112);
    pub const STORE_FAST_LOAD_FAST: Self = Self(113);
    pub const STORE_FAST_STORE_FAST: Self = Self(114);
    pub const STORE_GLOBAL: Self = Self(115);
    pub const STORE_NAME: Self = Self(116);
    pub const SWAP: Self = Self(117);
    pub const UNPACK_EX: Self = Self(118);
    pub const UNPACK_SEQUENCE: Self = Self(119);
    pub const YIELD_VALUE: Self = Self(120);
    pub const RESUME: Self = Self(128);
    pub const INSTRUMENTED_END_FOR: Self = Self(234);
    pub const INSTRUMENTED_POP_ITER: Self = Self(235);
    pub const INSTRUMENTED_END_SEND: Self = Self(236);
    pub const INSTRUMENTED_FOR_ITER: Self = Self(237);
    pub const INSTRUMENTED_INSTRUCTION: Self = Self(238);
    pub const INSTRUMENTED_JUMP_FORWARD: Self = Self(239);
    pub const INSTRUMENTED_NOT_TAKEN: Self = Self(240);
    pub const INSTRUMENTED_POP_JUMP_IF_TRUE: Self = Self(241);
    pub const INSTRUMENTED_POP_JUMP_IF_FALSE: Self = Self(242);
    pub const INSTRUMENTED_POP_JUMP_IF_NONE: Self = Self(243);
    pub const INSTRUMENTED_POP_JUMP_IF_NOT_NONE: Self = Self(244);
    pub const INSTRUMENTED_RESUME: Self = Self(245);
    pub const INSTRUMENTED_RETURN_VALUE: Self = Self(246);
    pub const INSTRUMENTED_YIELD_VALUE: Self = Self(247);
    pub const INSTRUMENTED_END_ASYNC_FOR: Self = Self(248);
    pub const INSTRUMENTED_LOAD_SUPER_ATTR: Self = Self(249);
    pub const INSTRUMENTED_CALL: Self = Self(250);
    pub const INSTRUMENTED_CALL_KW: Self = Self(251);
    pub const INSTRUMENTED_CALL_FUNCTION_EX: Self = Self(252);
    pub const INSTRUMENTED_JUMP_BACKWARD: Self = Self(253);
    pub const INSTRUMENTED_LINE: Self = Self(254);
    pub const ENTER_EXECUTOR: Self = Self(255);
    pub const ANNOTATIONS_PLACEHOLDER: Self = Self(256);
    pub const JUMP: Self = Self(257);
    pub const JUMP_IF_FALSE: Self = Self(258);
    pub const JUMP_IF_TRUE: Self = Self(259);
    pub const JUMP_NO_INTERRUPT: Self = Self(260);
    pub const LOAD_CLOSURE: Self = Self(261);
    pub const POP_BLOCK: Self = Self(262);
    pub const SETUP_CLEANUP: Self = Self(263);
    pub const SETUP_FINALLY: Self = Self(264);
    pub const SETUP_WITH: Self = Self(265);
    pub const STORE_FAST_MAYBE_NULL: Self = Self(266);
    #[must_use]
    pub const fn has_arg(self) -> bool {
        matches!(
            self,
            Self::RESUME
                | Self::ENTER_EXECUTOR
                | Self::BINARY_OP
                | Self::BUILD_INTERPOLATION
                | Self::BUILD_LIST
                | Self::BUILD_MAP
                | Self::BUILD_SET
                | Self::BUILD_SLICE
                | Self::BUILD_STRING
                | Self::BUILD_TUPLE
                | Self::CALL
                | Self::CALL_INTRINSIC_1
                | Self::CALL_INTRINSIC_2
                | Self::CALL_KW
                | Self::COMPARE_OP
                | Self::CONTAINS_OP
                | Self::CONVERT_VALUE
                | Self::COPY
                | Self::COPY_FREE_VARS
                | Self::DELETE_ATTR
                | Self::DELETE_DEREF
                | Self::DELETE_FAST
                | Self::DELETE_GLOBAL
                | Self::DELETE_NAME
                | Self::DICT_MERGE
                | Self::DICT_UPDATE
                | Self::END_ASYNC_FOR
                | Self::EXTENDED_ARG
                | Self::FOR_ITER
                | Self::GET_AWAITABLE
                | Self::IMPORT_FROM
                | Self::IMPORT_NAME
                | Self::IS_OP
                | Self::JUMP_BACKWARD
                | Self::JUMP_BACKWARD_NO_INTERRUPT
                | Self::JUMP_FORWARD
                | Self::LIST_APPEND
                | Self::LIST_EXTEND
                | Self::LOAD_ATTR
                | Self::LOAD_COMMON_CONSTANT
                | Self::LOAD_CONST
                | Self::LOAD_DEREF
                | Self::LOAD_FAST
                | Self::LOAD_FAST_AND_CLEAR
                | Self::LOAD_FAST_BORROW
                | Self::LOAD_FAST_BORROW_LOAD_FAST_BORROW
                | Self::LOAD_FAST_CHECK
                | Self::LOAD_FAST_LOAD_FAST
                | Self::LOAD_FROM_DICT_OR_DEREF
                | Self::LOAD_FROM_DICT_OR_GLOBALS
                | Self::LOAD_GLOBAL
                | Self::LOAD_NAME
                | Self::LOAD_SMALL_INT
                | Self::LOAD_SPECIAL
                | Self::LOAD_SUPER_ATTR
                | Self::MAKE_CELL
                | Self::MAP_ADD
                | Self::MATCH_CLASS
                | Self::POP_JUMP_IF_FALSE
                | Self::POP_JUMP_IF_NONE
                | Self::POP_JUMP_IF_NOT_NONE
                | Self::POP_JUMP_IF_TRUE
                | Self::RAISE_VARARGS
                | Self::RERAISE
                | Self::SEND
                | Self::SET_ADD
                | Self::SET_FUNCTION_ATTRIBUTE
                | Self::SET_UPDATE
                | Self::STORE_ATTR
                | Self::STORE_DEREF
                | Self::STORE_FAST
                | Self::STORE_FAST_LOAD_FAST
                | Self::STORE_FAST_STORE_FAST
                | Self::STORE_GLOBAL
                | Self::STORE_NAME
                | Self::SWAP
                | Self::UNPACK_EX
                | Self::UNPACK_SEQUENCE
                | Self::YIELD_VALUE
                | Self::INSTRUMENTED_FOR_ITER
                | Self::INSTRUMENTED_JUMP_FORWARD
                | Self::INSTRUMENTED_POP_JUMP_IF_TRUE
                | Self::INSTRUMENTED_POP_JUMP_IF_FALSE
                | Self::INSTRUMENTED_POP_JUMP_IF_NONE
                | Self::INSTRUMENTED_POP_JUMP_IF_NOT_NONE
                | Self::INSTRUMENTED_RESUME
                | Self::INSTRUMENTED_YIELD_VALUE
                | Self::INSTRUMENTED_END_ASYNC_FOR
                | Self::INSTRUMENTED_LOAD_SUPER_ATTR
                | Self::INSTRUMENTED_CALL
                | Self::INSTRUMENTED_CALL_KW
                | Self::INSTRUMENTED_JUMP_BACKWARD
                | Self::JUMP
                | Self::JUMP_IF_FALSE
                | Self::JUMP_IF_TRUE
                | Self::JUMP_NO_INTERRUPT
                | Self::LOAD_CLOSURE
                | Self::SETUP_CLEANUP
                | Self::SETUP_FINALLY
                | Self::SETUP_WITH
                | Self::STORE_FAST_MAYBE_NULL
        )
    }
    #[must_use]
    pub const fn has_jump(self) -> bool {
        matches!(
            self,
            Self::END_ASYNC_FOR
                | Self::FOR_ITER
                | Self::JUMP_BACKWARD
                | Self::JUMP_BACKWARD_NO_INTERRUPT
                | Self::JUMP_FORWARD
                | Self::POP_JUMP_IF_FALSE
                | Self::POP_JUMP_IF_NONE
                | Self::POP_JUMP_IF_NOT_NONE
                | Self::POP_JUMP_IF_TRUE
                | Self::SEND
                | Self::INSTRUMENTED_FOR_ITER
                | Self::INSTRUMENTED_END_ASYNC_FOR
                | Self::JUMP
                | Self::JUMP_IF_FALSE
                | Self::JUMP_IF_TRUE
                | Self::JUMP_NO_INTERRUPT
        )
    }
    #[must_use]
    pub const fn has_const(self) -> bool {
        matches!(self, Self::LOAD_CONST)
    }
    #[must_use]
    pub const fn has_eval_break(self) -> bool {
        matches!(
            self,
            Self::RESUME
                | Self::CALL_FUNCTION_EX
                | Self::CALL
                | Self::JUMP_BACKWARD
                | Self::INSTRUMENTED_RESUME
                | Self::INSTRUMENTED_CALL
                | Self::INSTRUMENTED_CALL_FUNCTION_EX
                | Self::INSTRUMENTED_JUMP_BACKWARD
                | Self::JUMP
        )
    }
    #[must_use]
    pub const fn num_popped(self, oparg: u32) -> i32 {
        let oparg = oparg as i32;
        match self {
            Self::CACHE
            | Self::RESERVED
            | Self::RESUME
            | Self::INSTRUMENTED_LINE
            | Self::ENTER_EXECUTOR
            | Self::LOAD_BUILD_CLASS
            | Self::LOAD_LOCALS
            | Self::NOP
            | Self::NOT_TAKEN
            | Self::PUSH_NULL
            | Self::RETURN_GENERATOR
            | Self::SETUP_ANNOTATIONS
            | Self::COPY_FREE_VARS
            | Self::DELETE_DEREF
            | Self::DELETE_FAST
            | Self::DELETE_GLOBAL
            | Self::DELETE_NAME
            | Self::EXTENDED_ARG
            | Self::JUMP_BACKWARD
            | Self::JUMP_BACKWARD_NO_INTERRUPT
            | Self::JUMP_FORWARD
            | Self::LOAD_COMMON_CONSTANT
            | Self::LOAD_CONST
            | Self::LOAD_DEREF
            | Self::LOAD_FAST
            | Self::LOAD_FAST_AND_CLEAR
            | Self::LOAD_FAST_BORROW
            | Self::LOAD_FAST_BORROW_LOAD_FAST_BORROW
            | Self::LOAD_FAST_CHECK
            | Self::LOAD_FAST_LOAD_FAST
            | Self::LOAD_GLOBAL
            | Self::LOAD_NAME
            | Self::LOAD_SMALL_INT
            | Self::MAKE_CELL
            | Self::INSTRUMENTED_INSTRUCTION
            | Self::INSTRUMENTED_JUMP_FORWARD
            | Self::INSTRUMENTED_NOT_TAKEN
            | Self::INSTRUMENTED_RESUME
            | Self::INSTRUMENTED_JUMP_BACKWARD
            | Self::ANNOTATIONS_PLACEHOLDER
            | Self::JUMP
            | Self::JUMP_NO_INTERRUPT
            | Self::LOAD_CLOSURE
            | Self::POP_BLOCK
            | Self::SETUP_CLEANUP
            | Self::SETUP_FINALLY
            | Self::SETUP_WITH => 0,
            Self::BINARY_SLICE
            | Self::CLEANUP_THROW
            | Self::STORE_SUBSCR
            | Self::LOAD_SUPER_ATTR
            | Self::MATCH_CLASS
            | Self::INSTRUMENTED_LOAD_SUPER_ATTR => 3,
            Self::BUILD_TEMPLATE
            | Self::CHECK_EG_MATCH
            | Self::CHECK_EXC_MATCH
            | Self::DELETE_SUBSCR
            | Self::END_SEND
            | Self::FORMAT_WITH_SPEC
            | Self::MATCH_KEYS
            | Self::BINARY_OP
            | Self::CALL_INTRINSIC_2
            | Self::COMPARE_OP
            | Self::CONTAINS_OP
            | Self::END_ASYNC_FOR
            | Self::IMPORT_NAME
            | Self::IS_OP
            | Self::SEND
            | Self::SET_FUNCTION_ATTRIBUTE
            | Self::STORE_ATTR
            | Self::STORE_FAST_STORE_FAST
            | Self::INSTRUMENTED_END_FOR
            | Self::INSTRUMENTED_END_SEND
            | Self::INSTRUMENTED_END_ASYNC_FOR => 2,
            Self::CALL_FUNCTION_EX | Self::STORE_SLICE | Self::INSTRUMENTED_CALL_FUNCTION_EX => 4,
            Self::END_FOR
            | Self::EXIT_INIT_CHECK
            | Self::FORMAT_SIMPLE
            | Self::GET_AITER
            | Self::GET_ANEXT
            | Self::GET_ITER
            | Self::GET_LEN
            | Self::GET_YIELD_FROM_ITER
            | Self::INTERPRETER_EXIT
            | Self::MAKE_FUNCTION
            | Self::MATCH_MAPPING
            | Self::MATCH_SEQUENCE
            | Self::POP_EXCEPT
            | Self::POP_ITER
            | Self::POP_TOP
            | Self::PUSH_EXC_INFO
            | Self::RETURN_VALUE
            | Self::TO_BOOL
            | Self::UNARY_INVERT
            | Self::UNARY_NEGATIVE
            | Self::UNARY_NOT
            | Self::CALL_INTRINSIC_1
            | Self::CONVERT_VALUE
            | Self::DELETE_ATTR
            | Self::FOR_ITER
            | Self::GET_AWAITABLE
            | Self::IMPORT_FROM
            | Self::LOAD_ATTR
            | Self::LOAD_FROM_DICT_OR_DEREF
            | Self::LOAD_FROM_DICT_OR_GLOBALS
            | Self::LOAD_SPECIAL
            | Self::POP_JUMP_IF_FALSE
            | Self::POP_JUMP_IF_NONE
            | Self::POP_JUMP_IF_NOT_NONE
            | Self::POP_JUMP_IF_TRUE
            | Self::STORE_DEREF
            | Self::STORE_FAST
            | Self::STORE_FAST_LOAD_FAST
            | Self::STORE_GLOBAL
            | Self::STORE_NAME
            | Self::UNPACK_EX
            | Self::UNPACK_SEQUENCE
            | Self::YIELD_VALUE
            | Self::INSTRUMENTED_POP_ITER
            | Self::INSTRUMENTED_FOR_ITER
            | Self::INSTRUMENTED_POP_JUMP_IF_TRUE
            | Self::INSTRUMENTED_POP_JUMP_IF_FALSE
            | Self::INSTRUMENTED_POP_JUMP_IF_NONE
            | Self::INSTRUMENTED_POP_JUMP_IF_NOT_NONE
            | Self::INSTRUMENTED_RETURN_VALUE
            | Self::INSTRUMENTED_YIELD_VALUE
            | Self::JUMP_IF_FALSE
            | Self::JUMP_IF_TRUE
            | Self::STORE_FAST_MAYBE_NULL => 1,
            Self::WITH_EXCEPT_START => 5,
            Self::BUILD_INTERPOLATION => 2 + (oparg & 1),
            Self::BUILD_LIST
            | Self::BUILD_SET
            | Self::BUILD_SLICE
            | Self::BUILD_STRING
            | Self::BUILD_TUPLE
            | Self::RAISE_VARARGS => oparg,
            Self::BUILD_MAP => oparg * 2,
            Self::CALL | Self::INSTRUMENTED_CALL => 2 + oparg,
            Self::CALL_KW | Self::INSTRUMENTED_CALL_KW => 3 + oparg,
            Self::COPY => 1 + (oparg - 1),
            Self::DICT_MERGE => 5 + (oparg - 1),
            Self::DICT_UPDATE => 2 + (oparg - 1),
            Self::LIST_APPEND | Self::LIST_EXTEND | Self::SET_ADD | Self::SET_UPDATE => {
                2 + (oparg - 1)
            }
            Self::MAP_ADD => 3 + (oparg - 1),
            Self::RERAISE => 1 + oparg,
            Self::SWAP => 2 + (oparg - 2),
            _ => -1,
        }
    }
    #[must_use]
    pub const fn num_pushed(self, oparg: u32) -> i32 {
        let oparg = oparg as i32;
        match self {
            Self::CACHE
            | Self::RESERVED
            | Self::RESUME
            | Self::INSTRUMENTED_LINE
            | Self::ENTER_EXECUTOR
            | Self::DELETE_SUBSCR
            | Self::END_FOR
            | Self::EXIT_INIT_CHECK
            | Self::INTERPRETER_EXIT
            | Self::NOP
            | Self::NOT_TAKEN
            | Self::POP_EXCEPT
            | Self::POP_ITER
            | Self::POP_TOP
            | Self::SETUP_ANNOTATIONS
            | Self::STORE_SLICE
            | Self::STORE_SUBSCR
            | Self::COPY_FREE_VARS
            | Self::DELETE_ATTR
            | Self::DELETE_DEREF
            | Self::DELETE_FAST
            | Self::DELETE_GLOBAL
            | Self::DELETE_NAME
            | Self::END_ASYNC_FOR
            | Self::EXTENDED_ARG
            | Self::JUMP_BACKWARD
            | Self::JUMP_BACKWARD_NO_INTERRUPT
            | Self::JUMP_FORWARD
            | Self::MAKE_CELL
            | Self::POP_JUMP_IF_FALSE
            | Self::POP_JUMP_IF_NONE
            | Self::POP_JUMP_IF_NOT_NONE
            | Self::POP_JUMP_IF_TRUE
            | Self::RAISE_VARARGS
            | Self::STORE_ATTR
            | Self::STORE_DEREF
            | Self::STORE_FAST
            | Self::STORE_FAST_STORE_FAST
            | Self::STORE_GLOBAL
            | Self::STORE_NAME
            | Self::INSTRUMENTED_POP_ITER
            | Self::INSTRUMENTED_INSTRUCTION
            | Self::INSTRUMENTED_JUMP_FORWARD
            | Self::INSTRUMENTED_NOT_TAKEN
            | Self::INSTRUMENTED_POP_JUMP_IF_TRUE
            | Self::INSTRUMENTED_POP_JUMP_IF_FALSE
            | Self::INSTRUMENTED_POP_JUMP_IF_NONE
            | Self::INSTRUMENTED_POP_JUMP_IF_NOT_NONE
            | Self::INSTRUMENTED_RESUME
            | Self::INSTRUMENTED_END_ASYNC_FOR
            | Self::INSTRUMENTED_JUMP_BACKWARD
            | Self::ANNOTATIONS_PLACEHOLDER
            | Self::JUMP
            | Self::JUMP_NO_INTERRUPT
            | Self::POP_BLOCK
            | Self::STORE_FAST_MAYBE_NULL => 0,
            Self::BINARY_SLICE
            | Self::BUILD_TEMPLATE
            | Self::CALL_FUNCTION_EX
            | Self::END_SEND
            | Self::FORMAT_SIMPLE
            | Self::FORMAT_WITH_SPEC
            | Self::GET_AITER
            | Self::GET_ITER
            | Self::GET_YIELD_FROM_ITER
            | Self::LOAD_BUILD_CLASS
            | Self::LOAD_LOCALS
            | Self::MAKE_FUNCTION
            | Self::PUSH_NULL
            | Self::RETURN_GENERATOR
            | Self::RETURN_VALUE
            | Self::TO_BOOL
            | Self::UNARY_INVERT
            | Self::UNARY_NEGATIVE
            | Self::UNARY_NOT
            | Self::BINARY_OP
            | Self::BUILD_INTERPOLATION
            | Self::BUILD_LIST
            | Self::BUILD_MAP
            | Self::BUILD_SET
            | Self::BUILD_SLICE
            | Self::BUILD_STRING
            | Self::BUILD_TUPLE
            | Self::CALL
            | Self::CALL_INTRINSIC_1
            | Self::CALL_INTRINSIC_2
            | Self::CALL_KW
            | Self::COMPARE_OP
            | Self::CONTAINS_OP
            | Self::CONVERT_VALUE
            | Self::GET_AWAITABLE
            | Self::IMPORT_NAME
            | Self::IS_OP
            | Self::LOAD_COMMON_CONSTANT
            | Self::LOAD_CONST
            | Self::LOAD_DEREF
            | Self::LOAD_FAST
            | Self::LOAD_FAST_AND_CLEAR
            | Self::LOAD_FAST_BORROW
            | Self::LOAD_FAST_CHECK
            | Self::LOAD_FROM_DICT_OR_DEREF
            | Self::LOAD_FROM_DICT_OR_GLOBALS
            | Self::LOAD_NAME
            | Self::LOAD_SMALL_INT
            | Self::MATCH_CLASS
            | Self::SET_FUNCTION_ATTRIBUTE
            | Self::STORE_FAST_LOAD_FAST
            | Self::YIELD_VALUE
            | Self::INSTRUMENTED_END_FOR
            | Self::INSTRUMENTED_END_SEND
            | Self::INSTRUMENTED_RETURN_VALUE
            | Self::INSTRUMENTED_YIELD_VALUE
            | Self::INSTRUMENTED_CALL
            | Self::INSTRUMENTED_CALL_KW
            | Self::INSTRUMENTED_CALL_FUNCTION_EX
            | Self::JUMP_IF_FALSE
            | Self::JUMP_IF_TRUE
            | Self::LOAD_CLOSURE
            | Self::SETUP_FINALLY
            | Self::SETUP_WITH => 1,
            Self::CHECK_EG_MATCH
            | Self::CHECK_EXC_MATCH
            | Self::CLEANUP_THROW
            | Self::GET_ANEXT
            | Self::GET_LEN
            | Self::MATCH_MAPPING
            | Self::MATCH_SEQUENCE
            | Self::PUSH_EXC_INFO
            | Self::FOR_ITER
            | Self::IMPORT_FROM
            | Self::LOAD_FAST_BORROW_LOAD_FAST_BORROW
            | Self::LOAD_FAST_LOAD_FAST
            | Self::LOAD_SPECIAL
            | Self::SEND
            | Self::INSTRUMENTED_FOR_ITER
            | Self::SETUP_CLEANUP => 2,
            Self::MATCH_KEYS => 3,
            Self::WITH_EXCEPT_START => 6,
            Self::COPY => 2 + (oparg - 1),
            Self::DICT_MERGE => 4 + (oparg - 1),
            Self::DICT_UPDATE | Self::MAP_ADD => 1 + (oparg - 1),
            Self::LIST_APPEND | Self::LIST_EXTEND | Self::SET_ADD | Self::SET_UPDATE => {
                1 + (oparg - 1)
            }
            Self::LOAD_ATTR => 1 + (oparg & 1),
            Self::LOAD_GLOBAL | Self::LOAD_SUPER_ATTR | Self::INSTRUMENTED_LOAD_SUPER_ATTR => {
                1 + (oparg & 1)
            }
            Self::RERAISE | Self::UNPACK_SEQUENCE => oparg,
            Self::SWAP => 2 + (oparg - 2),
            Self::UNPACK_EX => 1 + (oparg & 0xFF) + (oparg >> 8),
            _ => -1,
        }
    }
    #[must_use]
    pub const fn caches(self) -> u32 {
        match self {
            Self::TO_BOOL => 3,
            Self::STORE_SUBSCR => 1,
            Self::SEND => 1,
            Self::UNPACK_SEQUENCE => 1,
            Self::STORE_ATTR => 4,
            Self::LOAD_GLOBAL => 4,
            Self::LOAD_SUPER_ATTR => 1,
            Self::LOAD_ATTR => 9,
            Self::COMPARE_OP => 1,
            Self::CONTAINS_OP => 1,
            Self::JUMP_BACKWARD => 1,
            Self::POP_JUMP_IF_TRUE => 1,
            Self::POP_JUMP_IF_FALSE => 1,
            Self::POP_JUMP_IF_NONE => 1,
            Self::POP_JUMP_IF_NOT_NONE => 1,
            Self::FOR_ITER => 1,
            Self::CALL => 3,
            Self::CALL_KW => 3,
            Self::BINARY_OP => 5,
            _ => 0,
        }
    }
    #[must_use]
    pub const fn has_target(self) -> bool {
        self.has_jump()
            || matches!(self, Self::SETUP_FINALLY | Self::SETUP_WITH | Self::SETUP_CLEANUP)
    }
}
