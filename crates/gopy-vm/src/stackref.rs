//! `StackRef`: a word on the evaluation stack.
//!
//! Answers to `pycore_stackref.h`. An object pointer whose bit 0 says "owns no count": a borrowed local
//! that outlives the word, or an immortal object. Bit 0 alone is "nothing": an unbound local, no `self`; so
//! one test tells what has to be released.
//!
//! Keeps true: a word without the bit owns one count. Words are `Copy`: who ends a word's life calls
//! [`StackRef::steal`] or [`StackRef::close`], nobody else does it for him.

use std::ptr::NonNull;

use gopy_core::bool_;
use gopy_core::none;
use gopy_object::{Arg, Instance, Object, Ref, Type};

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct StackRef(usize);

const _: () = assert!(size_of::<StackRef>() == 8 && size_of::<Arg<'static>>() == 8);

/// Bit 0: the word owns no count.
const TAG: usize = 1;

impl StackRef {
    /// No object.
    pub const NULL: StackRef = StackRef(TAG);

    /// `None`.
    #[inline(always)]
    pub fn none() -> StackRef {
        StackRef::immortal(none::none_object())
    }

    /// A new count.
    #[inline(always)]
    pub fn new(object: &Object) -> StackRef {
        object.incref();
        StackRef(object.id())
    }

    /// An immortal object.
    #[inline(always)]
    pub fn immortal(object: &Object) -> StackRef {
        StackRef(object.id() | TAG)
    }

    /// A word that takes over a count which the caller owns.
    #[inline(always)]
    pub fn owned(object: &Object) -> StackRef {
        StackRef(object.id())
    }

    /// A word without a count for an object that something else keeps alive.
    #[inline(always)]
    pub fn borrowed(object: &Object) -> StackRef {
        StackRef(object.id() | TAG)
    }

    /// What an inline cache holds; the guards before have checked that it is alive.
    #[inline(always)]
    pub fn from_cache(pointer: usize) -> StackRef {
        // SAFETY: the specialiser stored the address of an object that lives as long as the version
        // which the instruction's guards compare.
        let object = unsafe { &*std::ptr::with_exposed_provenance::<Object>(pointer) };
        StackRef::new(object)
    }

    /// `None` in place of nothing.
    #[inline(always)]
    pub fn from_option_or_none(value: Option<Ref>) -> StackRef {
        value.map_or_else(StackRef::none, StackRef::from)
    }

    /// The word's bits, for an array of arguments.
    #[inline(always)]
    pub fn bits(self) -> usize {
        self.0
    }

    /// Whether there is no object.
    #[inline(always)]
    pub fn is_null(self) -> bool {
        self.0 == TAG
    }

    /// Whether the word owns a count.
    #[inline(always)]
    pub fn owns(self) -> bool {
        self.0 & TAG == 0
    }

    /// The object; the word is not null. The borrow must not outlive the word's life.
    #[inline(always)]
    pub fn as_object(self) -> &'static Object {
        debug_assert!(!self.is_null());
        // SAFETY: a live word points to a live object; callers use the borrow while it lives.
        unsafe { &*std::ptr::with_exposed_provenance::<Object>(self.0 & !TAG) }
    }

    /// The object, or nothing.
    #[inline(always)]
    pub fn as_option(self) -> Option<&'static Object> {
        if self.is_null() { None } else { Some(self.as_object()) }
    }

    /// A new reference to the object, or nothing.
    #[inline(always)]
    pub fn to_option(self) -> Option<Ref> {
        self.as_option().map(Ref::from_borrow)
    }

    /// The object, whose type has been checked to be exactly `T`'s.
    #[inline(always)]
    pub fn cast_exact<T: Instance>(self) -> &'static T {
        // SAFETY: the guards of the instruction have checked the type.
        unsafe { self.as_object().downcast_unchecked() }
    }

    /// Whether the type is exactly `ty`.
    #[inline(always)]
    pub fn is_exact(self, ty: &Type) -> bool {
        self.as_object().is_exact(ty)
    }

    /// Identity.
    #[inline(always)]
    pub fn is(self, other: StackRef) -> bool {
        self.0 | TAG == other.0 | TAG
    }

    /// Whether it is this object.
    #[inline(always)]
    pub fn is_object<T: Instance>(self, object: &T) -> bool {
        self.0 & !TAG == object.as_object().id()
    }

    /// Whether it is `None`.
    #[inline(always)]
    pub fn is_none(self) -> bool {
        self.is_object(none::none_object())
    }

    /// Whether it is `True`.
    #[inline(always)]
    pub fn is_true(self) -> bool {
        self.is_object(bool_::bool_object(true))
    }

    /// Whether it is `False`.
    #[inline(always)]
    pub fn is_false(self) -> bool {
        self.is_object(bool_::bool_object(false))
    }

    /// Whether it is a bool.
    #[inline(always)]
    pub fn is_bool(self) -> bool {
        self.is_true() || self.is_false()
    }

    /// Another word for the object, owning a count if this one does.
    #[inline(always)]
    pub fn dup(self) -> StackRef {
        if self.owns() {
            self.as_object().incref();
        }
        self
    }

    /// Another word that owns no count; this one must outlive it.
    #[inline(always)]
    pub fn borrow(self) -> StackRef {
        StackRef(self.0 | TAG)
    }

    /// Moves the object out; a word without a count gets one.
    #[inline(always)]
    pub fn steal(self) -> Ref {
        debug_assert!(!self.is_null());
        if self.0 & TAG != 0 {
            return self.as_object().to_ref();
        }
        let pointer = std::ptr::with_exposed_provenance_mut::<Object>(self.0);
        // SAFETY: the word owns the count that it gives away, and is not null.
        unsafe { Ref::from_raw(NonNull::new_unchecked(pointer)) }
    }

    /// The same word, owning a count: fit to outlive what it was borrowed from.
    #[inline(always)]
    pub fn heap_safe(self) -> StackRef {
        if self.0 & TAG == 0 || self.is_null() {
            return self;
        }
        StackRef::from(self.steal())
    }

    /// Ends the word's life. May drop.
    #[inline(always)]
    pub fn close(self) {
        if self.owns() {
            drop(self.steal());
        }
    }
}

impl<T: Instance> From<Ref<T>> for StackRef {
    #[inline(always)]
    fn from(value: Ref<T>) -> Self {
        StackRef(value.into_raw().as_ptr().expose_provenance())
    }
}

impl From<Option<Ref>> for StackRef {
    #[inline(always)]
    fn from(value: Option<Ref>) -> Self {
        value.map_or(StackRef::NULL, StackRef::from)
    }
}

impl From<bool> for StackRef {
    #[inline(always)]
    fn from(value: bool) -> Self {
        StackRef::immortal(bool_::bool_object(value))
    }
}
