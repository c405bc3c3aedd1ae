//! Owned references.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;

use crate::object::{Instance, Object};

/// Owns one count of the object it points to.
///
/// Dropping the last one deallocates the object, which may run `__del__` and weakref callbacks: every
/// drop of a `Ref` is a point where Python code may run. `None` of an `Option<Ref>` is a null pointer.
#[repr(transparent)]
pub struct Ref<T: Instance = Object>(NonNull<T>, PhantomData<T>);

impl<T: Instance> Ref<T> {
    /// A new reference to a published object.
    #[inline(always)]
    pub fn from_borrow(object: &T) -> Ref<T> {
        object.as_object().incref();
        Ref(NonNull::from_ref(object), PhantomData)
    }

    /// Takes over a reference that the caller owns.
    ///
    /// # Safety
    ///
    /// The caller owns a count of the object, and gives it away.
    #[inline(always)]
    pub unsafe fn from_raw(pointer: NonNull<T>) -> Ref<T> {
        Ref(pointer, PhantomData)
    }

    /// Gives the count to the caller.
    #[inline(always)]
    pub fn into_raw(self) -> NonNull<T> {
        ManuallyDrop::new(self).0
    }

    /// The pointer.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// The same reference without the static type.
    #[inline(always)]
    pub fn upcast(self) -> Ref<Object> {
        Ref(self.into_raw().cast(), PhantomData)
    }

    /// The same reference as a `U`, unchecked.
    ///
    /// # Safety
    ///
    /// The object's type is `U`'s type or a subtype of it.
    #[inline(always)]
    pub unsafe fn cast_unchecked<U: Instance>(self) -> Ref<U> {
        debug_assert!(self.as_object().is_instance(U::type_object()));
        Ref(self.into_raw().cast(), PhantomData)
    }

    /// The same reference as a `U` if the object is an instance of its type; else itself.
    #[inline]
    pub fn downcast_ref<U: Instance>(self) -> Result<Ref<U>, Ref<T>> {
        if self.as_object().is_instance(U::type_object()) {
            // SAFETY: just checked.
            return Ok(unsafe { self.cast_unchecked() });
        }
        Err(self)
    }
}

impl<T: Instance> Deref for Ref<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the count that `self` owns keeps the object alive.
        unsafe { self.0.as_ref() }
    }
}

impl<T: Instance> Clone for Ref<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        Ref::from_borrow(self)
    }
}

impl<T: Instance> Drop for Ref<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: `self` owns a count and is not used again.
        unsafe { Object::decref(self.0.cast()) }
    }
}

impl<T: Instance> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} object at {:#x}>", self.as_object().type_name(), self.as_object().id())
    }
}

impl<T: Instance + fmt::Display> fmt::Display for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}
