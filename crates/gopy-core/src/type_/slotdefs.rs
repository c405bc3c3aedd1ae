//! Which special method stands for which slot.
//!
//! Answers to `slotdefs` in `Objects/typeobject.c`. The order is that of the entries in the class
//! dicts of built-in types; entries of one slot are neighbours.

use crate::id;
use crate::str::Str;

use super::dispatch;
use super::slots::{SlotId, SlotValue};

use gopy_object::typeobj::CompareOp;

/// How a special method's Python-level arguments become those of its slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Wrapper {
    Unary,
    Hash,
    Call,
    Binary,
    BinaryLeft,
    BinaryRight,
    SetAttr,
    DelAttr,
    Compare(CompareOp),
    Next,
    DescrGet,
    DescrSet,
    DescrDelete,
    Init,
    Del,
    Buffer,
    ReleaseBuffer,
    Ternary,
    TernaryRight,
    Inquiry,
    Len,
    AssignSubscript,
    DelSubscript,
    IndexArg,
    SqItem,
    SqSetItem,
    SqDelItem,
    Contains,
}

/// One special method of one slot.
pub struct SlotDef {
    /// The method's name.
    pub name: &'static str,
    /// The same, interned.
    pub interned: fn() -> &'static Str,
    /// The slot.
    pub id: SlotId,
    /// What the slot of a class is that defines the method in Python.
    pub function: Option<SlotValue>,
    /// How the method calls the slot; `None` where built-in types get no such method.
    pub wrapper: Option<Wrapper>,
    /// `__doc__`.
    pub doc: &'static str,
}

impl SlotDef {
    /// `__text_signature__` of the wrapper descriptor.
    pub fn text_signature(&self) -> &'static str {
        match self.wrapper {
            None | Some(Wrapper::Call | Wrapper::Init) => "($self, /, *args, **kwargs)",
            Some(Wrapper::SetAttr) => "($self, name, value, /)",
            Some(Wrapper::DelAttr) => "($self, name, /)",
            Some(Wrapper::Binary) if self.id == SlotId::GetAttr => "($self, name, /)",
            Some(Wrapper::Binary) if self.id == SlotId::MpSubscript => "($self, key, /)",
            Some(
                Wrapper::Binary
                | Wrapper::BinaryLeft
                | Wrapper::BinaryRight
                | Wrapper::Compare(_)
                | Wrapper::IndexArg,
            ) => "($self, value, /)",
            Some(Wrapper::DescrGet) => "($self, instance, owner=None, /)",
            Some(Wrapper::DescrSet) => "($self, instance, value, /)",
            Some(Wrapper::DescrDelete) => "($self, instance, /)",
            Some(Wrapper::Buffer) => "($self, flags, /)",
            Some(Wrapper::ReleaseBuffer) => "($self, buffer, /)",
            Some(Wrapper::Ternary) if self.id == SlotId::InplacePower => "($self, value, /)",
            Some(Wrapper::Ternary | Wrapper::TernaryRight) => "($self, value, mod=None, /)",
            Some(Wrapper::AssignSubscript | Wrapper::SqSetItem) => "($self, key, value, /)",
            Some(
                Wrapper::DelSubscript | Wrapper::SqItem | Wrapper::SqDelItem | Wrapper::Contains,
            ) => "($self, key, /)",
            Some(
                Wrapper::Unary
                | Wrapper::Hash
                | Wrapper::Next
                | Wrapper::Del
                | Wrapper::Inquiry
                | Wrapper::Len,
            ) => "($self, /)",
        }
    }
}

macro_rules! table {
    (@function $variant:ident $function:ident) => {
        Some(SlotValue::$variant(dispatch::$function))
    };
    (@function -) => { None };
    (@wrapper -) => { None };
    (@wrapper $wrapper:expr) => { Some($wrapper) };
    ($($name:ident $id:ident [$($function:tt)*] [$($wrapper:tt)*] $doc:expr;)*) => {
        &[$(SlotDef {
            name: stringify!($name),
            interned: || id!($name),
            id: SlotId::$id,
            function: table!(@function $($function)*),
            wrapper: table!(@wrapper $($wrapper)*),
            doc: $doc,
        },)*]
    };
}

use Wrapper as W;

/// All of them.
pub static SLOTDEFS: &[SlotDef] = table! {
    __repr__ Repr [Unary tp_repr] [W::Unary] "Return repr(self).";
    __hash__ Hash [Hash tp_hash] [W::Hash] "Return hash(self).";
    __call__ Call [Call tp_call] [W::Call] "Call self as a function.";
    __str__ Str [Unary tp_str] [W::Unary] "Return str(self).";
    __getattribute__ GetAttr [Binary tp_getattr_hook] [W::Binary] "Return getattr(self, name).";
    __getattr__ GetAttr [Binary tp_getattr_hook] [-] "Implement getattr(self, name).";
    __setattr__ SetAttr [Assign tp_setattro] [W::SetAttr] "Implement setattr(self, name, value).";
    __delattr__ SetAttr [Assign tp_setattro] [W::DelAttr] "Implement delattr(self, name).";
    __lt__ RichCompare [Compare tp_richcompare] [W::Compare(CompareOp::Lt)] "Return self<value.";
    __le__ RichCompare [Compare tp_richcompare] [W::Compare(CompareOp::Le)] "Return self<=value.";
    __eq__ RichCompare [Compare tp_richcompare] [W::Compare(CompareOp::Eq)] "Return self==value.";
    __ne__ RichCompare [Compare tp_richcompare] [W::Compare(CompareOp::Ne)] "Return self!=value.";
    __gt__ RichCompare [Compare tp_richcompare] [W::Compare(CompareOp::Gt)] "Return self>value.";
    __ge__ RichCompare [Compare tp_richcompare] [W::Compare(CompareOp::Ge)] "Return self>=value.";
    __iter__ Iter [Unary tp_iter] [W::Unary] "Implement iter(self).";
    __next__ IterNext [Next tp_iternext] [W::Next] "Implement next(self).";
    __get__ DescrGet [DescrGet tp_descr_get] [W::DescrGet]
        "Return an attribute of instance, which is of type owner.";
    __set__ DescrSet [Assign tp_descr_set] [W::DescrSet] "Set an attribute of instance to value.";
    __delete__ DescrSet [Assign tp_descr_set] [W::DescrDelete] "Delete an attribute of instance.";
    __init__ Init [Init tp_init] [W::Init]
        "Initialize self.  See help(type(self)) for accurate signature.";
    __new__ New [New tp_new] [-]
        "Create and return new object.  See help(type) for accurate signature.";
    __del__ Finalize [Finalize tp_finalize] [W::Del]
        "Called when the instance is about to be destroyed.";
    __buffer__ GetBuffer [GetBuffer bf_getbuffer] [W::Buffer]
        "Return a buffer object that exposes the underlying memory of the object.";
    __release_buffer__ ReleaseBuffer [ReleaseBuffer bf_releasebuffer] [W::ReleaseBuffer]
        "Release the buffer object that exposes the underlying memory of the object.";
    __await__ Await [Unary am_await] [W::Unary]
        "Return an iterator to be used in await expression.";
    __aiter__ AIter [Unary am_aiter] [W::Unary]
        "Return an awaitable, that resolves in asynchronous iterator.";
    __anext__ ANext [Unary am_anext] [W::Unary] "Return a value or raise StopAsyncIteration.";
    __add__ Add [Binary nb_add] [W::BinaryLeft] "Return self+value.";
    __radd__ Add [Binary nb_add] [W::BinaryRight] "Return value+self.";
    __sub__ Subtract [Binary nb_subtract] [W::BinaryLeft] "Return self-value.";
    __rsub__ Subtract [Binary nb_subtract] [W::BinaryRight] "Return value-self.";
    __mul__ Multiply [Binary nb_multiply] [W::BinaryLeft] "Return self*value.";
    __rmul__ Multiply [Binary nb_multiply] [W::BinaryRight] "Return value*self.";
    __mod__ Remainder [Binary nb_remainder] [W::BinaryLeft] "Return self%value.";
    __rmod__ Remainder [Binary nb_remainder] [W::BinaryRight] "Return value%self.";
    __divmod__ Divmod [Binary nb_divmod] [W::BinaryLeft] "Return divmod(self, value).";
    __rdivmod__ Divmod [Binary nb_divmod] [W::BinaryRight] "Return divmod(value, self).";
    __pow__ Power [Ternary nb_power] [W::Ternary] "Return pow(self, value, mod).";
    __rpow__ Power [Ternary nb_power] [W::TernaryRight] "Return pow(value, self, mod).";
    __neg__ Negative [Unary nb_negative] [W::Unary] "-self";
    __pos__ Positive [Unary nb_positive] [W::Unary] "+self";
    __abs__ Absolute [Unary nb_absolute] [W::Unary] "abs(self)";
    __bool__ Bool [Inquiry nb_bool] [W::Inquiry] "True if self else False";
    __invert__ Invert [Unary nb_invert] [W::Unary] "~self";
    __lshift__ LShift [Binary nb_lshift] [W::BinaryLeft] "Return self<<value.";
    __rlshift__ LShift [Binary nb_lshift] [W::BinaryRight] "Return value<<self.";
    __rshift__ RShift [Binary nb_rshift] [W::BinaryLeft] "Return self>>value.";
    __rrshift__ RShift [Binary nb_rshift] [W::BinaryRight] "Return value>>self.";
    __and__ And [Binary nb_and] [W::BinaryLeft] "Return self&value.";
    __rand__ And [Binary nb_and] [W::BinaryRight] "Return value&self.";
    __xor__ Xor [Binary nb_xor] [W::BinaryLeft] "Return self^value.";
    __rxor__ Xor [Binary nb_xor] [W::BinaryRight] "Return value^self.";
    __or__ Or [Binary nb_or] [W::BinaryLeft] "Return self|value.";
    __ror__ Or [Binary nb_or] [W::BinaryRight] "Return value|self.";
    __int__ Int [Unary nb_int] [W::Unary] "int(self)";
    __float__ Float [Unary nb_float] [W::Unary] "float(self)";
    __iadd__ InplaceAdd [Binary nb_inplace_add] [W::Binary] "Return self+=value.";
    __isub__ InplaceSubtract [Binary nb_inplace_subtract] [W::Binary] "Return self-=value.";
    __imul__ InplaceMultiply [Binary nb_inplace_multiply] [W::Binary] "Return self*=value.";
    __imod__ InplaceRemainder [Binary nb_inplace_remainder] [W::Binary] "Return self%=value.";
    __ipow__ InplacePower [Ternary nb_inplace_power] [W::Ternary] "Return self**=value.";
    __ilshift__ InplaceLShift [Binary nb_inplace_lshift] [W::Binary] "Return self<<=value.";
    __irshift__ InplaceRShift [Binary nb_inplace_rshift] [W::Binary] "Return self>>=value.";
    __iand__ InplaceAnd [Binary nb_inplace_and] [W::Binary] "Return self&=value.";
    __ixor__ InplaceXor [Binary nb_inplace_xor] [W::Binary] "Return self^=value.";
    __ior__ InplaceOr [Binary nb_inplace_or] [W::Binary] "Return self|=value.";
    __floordiv__ FloorDivide [Binary nb_floor_divide] [W::BinaryLeft] "Return self//value.";
    __rfloordiv__ FloorDivide [Binary nb_floor_divide] [W::BinaryRight] "Return value//self.";
    __truediv__ TrueDivide [Binary nb_true_divide] [W::BinaryLeft] "Return self/value.";
    __rtruediv__ TrueDivide [Binary nb_true_divide] [W::BinaryRight] "Return value/self.";
    __ifloordiv__ InplaceFloorDivide [Binary nb_inplace_floor_divide] [W::Binary]
        "Return self//=value.";
    __itruediv__ InplaceTrueDivide [Binary nb_inplace_true_divide] [W::Binary]
        "Return self/=value.";
    __index__ IndexNumber [Unary nb_index] [W::Unary]
        "Return self converted to an integer, if self is suitable for use as an index into a list.";
    __matmul__ MatrixMultiply [Binary nb_matrix_multiply] [W::BinaryLeft] "Return self@value.";
    __rmatmul__ MatrixMultiply [Binary nb_matrix_multiply] [W::BinaryRight] "Return value@self.";
    __imatmul__ InplaceMatrixMultiply [Binary nb_inplace_matrix_multiply] [W::Binary]
        "Return self@=value.";
    __len__ MpLength [Len mp_length] [W::Len] "Return len(self).";
    __getitem__ MpSubscript [Binary mp_subscript] [W::Binary] "Return self[key].";
    __setitem__ MpAssSubscript [Assign mp_ass_subscript] [W::AssignSubscript]
        "Set self[key] to value.";
    __delitem__ MpAssSubscript [Assign mp_ass_subscript] [W::DelSubscript] "Delete self[key].";
    __len__ SqLength [Len sq_length] [W::Len] "Return len(self).";
    __add__ SqConcat [-] [W::Binary] "Return self+value.";
    __mul__ SqRepeat [-] [W::IndexArg] "Return self*value.";
    __rmul__ SqRepeat [-] [W::IndexArg] "Return value*self.";
    __getitem__ SqItem [Index sq_item] [W::SqItem] "Return self[key].";
    __setitem__ SqAssItem [AssignIndex sq_ass_item] [W::SqSetItem] "Set self[key] to value.";
    __delitem__ SqAssItem [AssignIndex sq_ass_item] [W::SqDelItem] "Delete self[key].";
    __contains__ SqContains [Contains sq_contains] [W::Contains]
        "Return bool(key in self).";
    __iadd__ SqInplaceConcat [-] [W::Binary] "Implement self+=value.";
    __imul__ SqInplaceRepeat [-] [W::IndexArg] "Implement self*=value.";
};
