//! Slots by number: reading and writing a type's functions without knowing their Rust types.
//!
//! Answers to the offsets in `Objects/typeobject.c` (`slotptr`).

use gopy_object::Slots;
use gopy_object::typeobj::{
    AssignFn, AssignIndexFn, BinaryFn, CallFn, CompareFn, ContainsFn, DescrGetFn, FinalizeFn,
    GetBufferFn, HashFn, IndexFn, InitFn, InquiryFn, LenFn, NewFn, NextFn, ReleaseBufferFn, SendFn,
    TernaryFn, UnaryFn,
};

macro_rules! values {
    ($($variant:ident($ty:ty),)*) => {
        /// The function of a slot.
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs)]
        pub enum SlotValue { $($variant($ty),)* }

        impl SlotValue {
            /// The function's address. Functions that are compared by it are never inlined.
            pub fn address(self) -> usize {
                match self { $(SlotValue::$variant(function) => function as usize,)* }
            }
        }

        $(impl From<$ty> for SlotValue {
            fn from(function: $ty) -> SlotValue {
                SlotValue::$variant(function)
            }
        }

        impl Storable for $ty {
            fn from_value(value: SlotValue) -> Option<$ty> {
                match value {
                    SlotValue::$variant(function) => Some(function),
                    _ => None,
                }
            }
        })*
    };
}

/// A type of slot functions.
trait Storable: Sized {
    /// The function, where the value is of this type.
    fn from_value(value: SlotValue) -> Option<Self>;
}

values! {
    Unary(UnaryFn),
    Binary(BinaryFn),
    Ternary(TernaryFn),
    Inquiry(InquiryFn),
    Len(LenFn),
    Index(IndexFn),
    AssignIndex(AssignIndexFn),
    Assign(AssignFn),
    Contains(ContainsFn),
    Hash(HashFn),
    Compare(CompareFn),
    Next(NextFn),
    DescrGet(DescrGetFn),
    Call(CallFn),
    Init(InitFn),
    New(NewFn),
    Finalize(FinalizeFn),
    Send(SendFn),
    GetBuffer(GetBufferFn),
    ReleaseBuffer(ReleaseBufferFn),
}

impl PartialEq for SlotValue {
    fn eq(&self, other: &SlotValue) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && self.address() == other.address()
    }
}

fn store<F: Storable>(cell: &std::cell::Cell<Option<F>>, value: Option<SlotValue>) {
    debug_assert!(value.is_none_or(|value| F::from_value(value).is_some()));
    cell.set(value.and_then(F::from_value));
}

macro_rules! slot_ids {
    ($($id:ident => $($path:ident).+,)*) => {
        /// A slot of a type.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs)]
        pub enum SlotId { $($id,)* }

        impl SlotId {
            /// All slots that special methods or inheritance deal with.
            pub const ALL: &'static [SlotId] = &[$(SlotId::$id,)*];

            /// The slot's function in `slots`.
            pub fn get(self, slots: &Slots) -> Option<SlotValue> {
                match self { $(SlotId::$id => slots.$($path).+.get().map(SlotValue::from),)* }
            }

            /// Stores a function of the slot's type.
            pub fn set(self, slots: &Slots, value: Option<SlotValue>) {
                match self { $(SlotId::$id => store(&slots.$($path).+, value),)* }
            }
        }
    };
}

slot_ids! {
    Repr => repr,
    Hash => hash,
    Call => call,
    Str => str,
    GetAttr => getattro,
    SetAttr => setattro,
    RichCompare => richcompare,
    Iter => iter,
    IterNext => iternext,
    DescrGet => descr_get,
    DescrSet => descr_set,
    Init => init,
    New => new,
    Finalize => finalize,
    GetBuffer => buffer.get,
    ReleaseBuffer => buffer.release,
    Await => async_.await_,
    AIter => async_.aiter,
    ANext => async_.anext,
    Send => async_.send,
    Add => number.add,
    Subtract => number.subtract,
    Multiply => number.multiply,
    Remainder => number.remainder,
    Divmod => number.divmod,
    Power => number.power,
    Negative => number.negative,
    Positive => number.positive,
    Absolute => number.absolute,
    Bool => number.bool_,
    Invert => number.invert,
    LShift => number.lshift,
    RShift => number.rshift,
    And => number.and,
    Xor => number.xor,
    Or => number.or,
    Int => number.int,
    Float => number.float,
    InplaceAdd => number.inplace_add,
    InplaceSubtract => number.inplace_subtract,
    InplaceMultiply => number.inplace_multiply,
    InplaceRemainder => number.inplace_remainder,
    InplacePower => number.inplace_power,
    InplaceLShift => number.inplace_lshift,
    InplaceRShift => number.inplace_rshift,
    InplaceAnd => number.inplace_and,
    InplaceXor => number.inplace_xor,
    InplaceOr => number.inplace_or,
    FloorDivide => number.floor_divide,
    TrueDivide => number.true_divide,
    InplaceFloorDivide => number.inplace_floor_divide,
    InplaceTrueDivide => number.inplace_true_divide,
    IndexNumber => number.index,
    MatrixMultiply => number.matrix_multiply,
    InplaceMatrixMultiply => number.inplace_matrix_multiply,
    MpLength => mapping.length,
    MpSubscript => mapping.subscript,
    MpAssSubscript => mapping.ass_subscript,
    SqLength => sequence.length,
    SqConcat => sequence.concat,
    SqRepeat => sequence.repeat,
    SqItem => sequence.item,
    SqAssItem => sequence.ass_item,
    SqContains => sequence.contains,
    SqInplaceConcat => sequence.inplace_concat,
    SqInplaceRepeat => sequence.inplace_repeat,
}
