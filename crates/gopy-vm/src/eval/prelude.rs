//! The names that the instructions' bodies use.

pub use gopy_bytecode::Opcode;
pub use gopy_bytecode::operators::COMPARE_TO_BOOL;
pub use gopy_bytecode::operators::resume::{
    AFTER_YIELD_FROM as RESUME_AFTER_YIELD_FROM, LOCATION_MASK as RESUME_LOCATION_MASK,
};
pub use gopy_core::cell::Cell;
pub use gopy_core::dict::{DICT, Dict};
pub use gopy_core::error::{system_error, type_error};
pub use gopy_core::exceptions::{self, STOP_ASYNC_ITERATION};
pub use gopy_core::float::{FLOAT, Float};
pub use gopy_core::function::{FUNCTION, Function};
pub use gopy_core::int::{INT, Int};
pub use gopy_core::list::{LIST, LIST_ITERATOR, List, ListIterator};
pub use gopy_core::method::METHOD;
pub use gopy_core::object::{self, MethodLookup};
pub use gopy_core::set::{FROZENSET, SET, Set};
pub use gopy_core::slice::{SLICE, Slice};
pub use gopy_core::str::{STR, Str};
pub use gopy_core::super_::SUPER;
pub use gopy_core::tuple::{TUPLE, TUPLE_ITERATOR, Tuple, TupleIterator};
pub use gopy_core::{call, iter, none, number, sequence};
pub use gopy_object::typeobj::{SendResult, TYPE};
pub use gopy_object::{Exception, Instance, PyResult, Thread, TypeFlags};
pub use gopy_types::range::{RANGE_ITER, RangeIter};

pub(crate) use super::arith::{BinaryOpPair, small_int};
pub(crate) use super::calls::ThreadCaches;
pub(crate) use super::{
    Exit, Unwound, check_recursion, fetch, leave, leave_by_error, release, release_all, steal_slot,
    traceback_here, unknown_opcode, unwind,
};
pub(crate) use super::{
    arith, attributes, build, calls, compare, containers, format, functions, import, intrinsics,
    names, patterns, pending, raise, special, unpack,
};
pub use crate::frame::{FrameRef, Owner, current, set_current};
pub use crate::generator::{self, COROUTINE, GENERATOR};
pub use crate::specialize;
pub use crate::stackref::StackRef;
pub use crate::units::Unit;
