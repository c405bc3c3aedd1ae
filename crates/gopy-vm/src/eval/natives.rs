//! The protocols as the instructions' bodies call them: never inlined into a handler.
//!
//! A handler must have no local whose address anybody could have when it goes on to the next instruction,
//! or that call would not be a jump (`control`). What it calls may do as it likes.

use gopy_object::typeobj::SendResult;
use gopy_object::{Exception, Object, Ref};

/// What sending has led to. A `PyResult<SendResult>` would come back in memory.
pub(crate) enum Sent {
    /// The next value.
    Next(Ref),
    /// The iterator has returned.
    Return(Ref),
    /// It has raised.
    Raised(Exception),
}

/// Sends a value to an iterator that is no generator.
#[inline(never)]
pub(crate) fn send(receiver: &Object, value: &Object) -> Sent {
    match gopy_core::iter::send(receiver, value) {
        Ok(SendResult::Next(next)) => Sent::Next(next),
        Ok(SendResult::Return(returned)) => Sent::Return(returned),
        Err(exception) => Sent::Raised(exception),
    }
}

/// A bool as wide as an exception: such a result comes back in registers, not in the caller's memory.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Truth(usize);

impl From<bool> for Truth {
    #[inline(always)]
    fn from(value: bool) -> Truth {
        Truth(value.into())
    }
}

impl Truth {
    /// The bool.
    #[inline(always)]
    pub(crate) fn is_true(self) -> bool {
        self.0 != 0
    }
}

macro_rules! natives {
    ($($module:ident {
        $(fn $name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*
    })*) => {$(
        #[doc = concat!("Of `gopy_core::", stringify!($module), "`.")]
        pub(crate) mod $module {
            #[allow(unused_imports, reason = "not every module needs all")]
            use super::Truth;
            #[allow(unused_imports, reason = "not every module needs all")]
            use gopy_core::object::MethodLookup;
            #[allow(unused_imports, reason = "not every module needs all")]
            use gopy_core::{str::Str, tuple::Tuple};
            #[allow(unused_imports, reason = "not every module needs all")]
            use gopy_object::typeobj::CompareOp;
            #[allow(unused_imports, reason = "not every module needs all")]
            use gopy_object::{Object, PyResult, Ref};

            $(
                #[inline(never)]
                pub(crate) fn $name($($arg: $ty),*) -> $result {
                    gopy_core::$module::$name($($arg),*).map(Into::into)
                }
            )*
        }
    )*};
}

natives! {
    object {
        fn get_attr(owner: &Object, name: &Str) -> PyResult;
        fn set_attr(owner: &Object, name: &Str, value: &Object) -> PyResult<()>;
        fn del_attr(owner: &Object, name: &Str) -> PyResult<()>;
        fn get_method(owner: &Object, name: &Str) -> PyResult<MethodLookup>;
        fn get_item(container: &Object, key: &Object) -> PyResult;
        fn set_item(container: &Object, key: &Object, value: &Object) -> PyResult<()>;
        fn del_item(container: &Object, key: &Object) -> PyResult<()>;
        fn is_true(object: &Object) -> PyResult<Truth>;
        fn is_instance(object: &Object, class: &Object) -> PyResult<Truth>;
        fn rich_compare(left: &Object, right: &Object, op: CompareOp) -> PyResult;
        fn len(object: &Object) -> PyResult<usize>;
        fn format(object: &Object, spec: &Str) -> PyResult<Ref<Str>>;
        fn str(object: &Object) -> PyResult<Ref<Str>>;
    }
    iter {
        fn get_iter(iterable: &Object) -> PyResult;
        fn next(iterator: &Object) -> PyResult<Option<Ref>>;
    }
    number {
        fn negative(object: &Object) -> PyResult;
        fn invert(object: &Object) -> PyResult;
    }
    sequence {
        fn contains(container: &Object, value: &Object) -> PyResult<Truth>;
        fn to_tuple(object: &Object) -> PyResult<Ref<Tuple>>;
    }
}
