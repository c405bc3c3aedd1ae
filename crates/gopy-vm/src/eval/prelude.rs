//! The names that the instructions' bodies use.

pub use gopy_bytecode::Opcode;
pub use gopy_bytecode::operators::COMPARE_TO_BOOL;
pub use gopy_bytecode::operators::resume::{
    AFTER_YIELD_FROM as RESUME_AFTER_YIELD_FROM, LOCATION_MASK as RESUME_LOCATION_MASK,
};
pub use gopy_core::cell::Cell;
pub use gopy_core::dict::{DICT, Dict};
pub use gopy_core::error::system_error;
pub use gopy_core::exceptions::{self, STOP_ASYNC_ITERATION};
pub use gopy_core::float::{FLOAT, Float};
pub use gopy_core::function::{FUNCTION, Function};
pub use gopy_core::int::{INT, Int};
pub use gopy_core::list::{LIST, LIST_ITERATOR, List, ListIterator};
pub use gopy_core::method::METHOD;
pub use gopy_core::none;
pub use gopy_core::object::MethodLookup;
pub use gopy_core::set::{FROZENSET, SET, Set};
pub use gopy_core::slice::{SLICE, Slice};
pub use gopy_core::str::{STR, Str};
pub use gopy_core::super_::SUPER;
pub use gopy_core::tuple::{TUPLE, TUPLE_ITERATOR, Tuple, TupleIterator};
pub use gopy_object::typeobj::TYPE;
pub use gopy_object::{Instance, Thread, TypeFlags};
pub use gopy_types::range::{RANGE_ITER, RangeIter};

pub(crate) use super::arith::{BinaryOpPair, small_int};
pub(crate) use super::calls::ThreadCaches;
pub(crate) use super::control::{self, Done, HANDLER_COUNT, Handler};
pub(crate) use super::natives::{self, Sent, iter, number, object, sequence};
pub(crate) use super::release::{release, release_all, release_float, release_int};
pub(crate) use super::{
    arith, attributes, branch, build, calls, compare, containers, format, functions, import,
    instrumented, intrinsics, names, patterns, pending, raise, special, unpack,
};
pub(crate) use super::{steal_slot, unknown_opcode};
pub use crate::frame::FrameRef;
pub use crate::generator::{self, COROUTINE, GENERATOR};
pub(crate) use crate::monitoring;
pub use crate::specialize;
pub use crate::stackref::StackRef;
pub use crate::units::Unit;
