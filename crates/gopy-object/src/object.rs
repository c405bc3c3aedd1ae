//! The header every Python object begins with.
//!
//! Answers to `Include/object.h`, `Include/refcount.h`.
//!
//! # The aliasing model
//!
//! A `&Object` points at a header, but stands for the whole object: [`Object::downcast`] widens it to
//! the payload it has proved to be there. Pointers to objects therefore always come from the pointer
//! that the allocator returned (or a whole static), never from a borrow of the header field alone,
//! and all fields that change after publication are `Cell`s or [`Slot`](crate::Slot)s. Tree Borrows
//! accepts this; Stacked Borrows does not.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use crate::gil_cell::GilCell;
use crate::refs::Ref;
use crate::typeobj::{Type, TypeFlags, TypeName};

/// Count that immortal objects start with; `sys.getrefcount` shows it.
pub const IMMORTAL_COUNT: u32 = 3 << 30;
/// Header flag: the object is immortal.
pub const FLAG_IMMORTAL: u16 = 1;
/// Header flag: the object lives in a `static`.
pub const FLAG_STATIC: u16 = 2;

/// The header: a count, flags and the type. CPython's 64-bit layout.
#[repr(C, align(8))]
pub struct Object {
    count: Cell<u32>,
    /// How large the object's block is, for [`memory`](crate::memory); 0 where it is not kept.
    size_class: Cell<u16>,
    flags: Cell<u16>,
    type_: Cell<NonNull<Type>>,
    not_send: PhantomData<*mut ()>,
}

const _: () = assert!(size_of::<Object>() == 16);

/// A Rust struct that is the beginning of every instance of a type and its subtypes.
///
/// # Safety
///
/// The struct is `repr(C)` and begins with an [`Object`] (or with another `Instance` struct); every
/// object whose type is [`Instance::type_object`] or a subtype of it begins with a valid `Self`.
pub unsafe trait Instance: 'static {
    /// The flag that all subtypes of the type carry, where there is one: a faster check.
    const SUBCLASS_FLAG: TypeFlags = TypeFlags::NONE;

    /// The type whose instances begin with `Self`.
    fn type_object() -> &'static Type;

    /// The header view.
    #[inline(always)]
    fn as_object(&self) -> &Object
    where
        Self: Sized,
    {
        // SAFETY: `Instance` promises that `Self` begins with an `Object`.
        unsafe { &*ptr::from_ref(self).cast::<Object>() }
    }

    /// A new reference to `self`, which must be a published object.
    #[inline(always)]
    fn to_ref(&self) -> Ref<Self>
    where
        Self: Sized,
    {
        Ref::from_borrow(self)
    }
}

// SAFETY: every object begins with its header, and `object` is the base of all types.
unsafe impl Instance for Object {
    fn type_object() -> &'static Type {
        &crate::typeobj::OBJECT
    }
}

impl Object {
    /// A header with one reference for an object of type `ty`; the caller accounts for the reference
    /// to a heap type (`memory::alloc` does).
    #[inline(always)]
    pub fn header(ty: &Type) -> Object {
        Object {
            count: Cell::new(1),
            size_class: Cell::new(0),
            flags: Cell::new(0),
            type_: Cell::new(NonNull::from_ref(ty)),
            not_send: PhantomData,
        }
    }

    /// The header of an immortal object in a `static`.
    pub const fn static_header(ty: &'static GilCell<Type>) -> Object {
        Object {
            count: Cell::new(IMMORTAL_COUNT),
            size_class: Cell::new(0),
            flags: Cell::new(FLAG_IMMORTAL | FLAG_STATIC),
            type_: Cell::new(NonNull::from_ref(ty.get())),
            not_send: PhantomData,
        }
    }

    /// The object's type.
    #[inline(always)]
    pub fn type_(&self) -> &Type {
        // SAFETY: an object owns a reference to its type (static types are never freed).
        unsafe { self.type_.get().as_ref() }
    }

    /// Replaces the type (`__class__` assignment). Moves the reference from `old` to `new`.
    /// May drop.
    pub fn set_type(&self, new: &Type) {
        let old = self.type_.replace(NonNull::from_ref(new));
        std::mem::forget(new.to_ref());
        // SAFETY: the object owned one reference to its old type, which nobody else releases.
        drop(unsafe { Ref::from_raw(old) });
    }

    /// Writes the type pointer without touching counts; for statics before start-up and for types
    /// whose metatype is fixed up.
    ///
    /// # Safety
    ///
    /// The header of the old type must not have owned a reference, or it is leaked on purpose.
    pub unsafe fn set_type_raw(&self, ty: &Type) {
        self.type_.set(NonNull::from_ref(ty));
    }

    /// The reference count as `sys.getrefcount` computes from it.
    #[inline(always)]
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// Whether counts are no longer kept for the object.
    #[inline(always)]
    pub fn is_immortal(&self) -> bool {
        (self.count.get() as i32) < 0
    }

    /// Whether the object lives in a `static`.
    pub fn is_static(&self) -> bool {
        self.flags.get() & FLAG_STATIC != 0
    }

    /// Stops counting references to the object; it is never freed.
    pub fn set_immortal(&self) {
        self.count.set(IMMORTAL_COUNT);
        self.flags.set(self.flags.get() | FLAG_IMMORTAL);
    }

    /// Header flag bits.
    pub fn header_flags(&self) -> u16 {
        self.flags.get()
    }

    /// Replaces the header's flag bits.
    pub fn set_header_flags(&self, flags: u16) {
        self.flags.set(flags);
    }

    #[inline(always)]
    pub(crate) fn size_class(&self) -> usize {
        self.size_class.get().into()
    }

    #[inline(always)]
    pub(crate) fn set_size_class(&self, class: usize) {
        self.size_class.set(class as u16);
    }

    /// Overwrites the count.
    ///
    /// # Safety
    ///
    /// The count must equal the number of references that exist afterwards.
    #[inline(always)]
    pub unsafe fn set_count(&self, count: u32) {
        self.count.set(count);
    }

    /// Takes one more reference without a [`Ref`] to show for it.
    #[inline(always)]
    pub fn incref(&self) {
        let count = self.count.get();
        if count < IMMORTAL_COUNT {
            self.count.set(count + 1);
        }
    }

    /// Gives one reference back. May drop.
    ///
    /// # Safety
    ///
    /// The caller owns a reference and does not use it afterwards.
    #[inline(always)]
    pub unsafe fn decref(this: NonNull<Object>) {
        // SAFETY: the caller owns a reference, so the object is alive.
        let object = unsafe { this.as_ref() };
        let count = object.count.get();
        if (count as i32) < 0 {
            return;
        }
        object.count.set(count - 1);
        if count == 1 {
            // SAFETY: that was the last reference.
            unsafe { crate::memory::dealloc(this) };
        }
    }

    /// Identity.
    #[inline(always)]
    pub fn is<T: Instance>(&self, other: &T) -> bool {
        ptr::addr_eq(self, other)
    }

    /// `id(self)`.
    #[inline(always)]
    pub fn id(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    /// Whether the object's type is exactly `ty`.
    #[inline(always)]
    pub fn is_exact(&self, ty: &Type) -> bool {
        ptr::eq(self.type_.get().as_ptr(), ty)
    }

    /// Whether the object's type is `ty` or a subtype of it (by MRO, not `__instancecheck__`).
    #[inline(always)]
    pub fn is_instance(&self, ty: &Type) -> bool {
        self.type_().is_subtype(ty)
    }

    /// The object as an instance of `T`'s type or of a subtype.
    #[inline(always)]
    pub fn downcast<T: Instance>(&self) -> Option<&T> {
        let is_instance = if T::SUBCLASS_FLAG.0 != 0 {
            self.type_().has(T::SUBCLASS_FLAG)
        } else {
            self.is_instance(T::type_object())
        };
        if !is_instance {
            return None;
        }
        // SAFETY: `Instance` promises that objects of `T`'s type and its subtypes begin with a
        // `T`, and the check has just seen such a type. The borrow is `self`'s.
        Some(unsafe { self.downcast_unchecked() })
    }

    /// The object as an instance of exactly `T`'s type.
    #[inline(always)]
    pub fn downcast_exact<T: Instance>(&self) -> Option<&T> {
        if !self.is_exact(T::type_object()) {
            return None;
        }
        // SAFETY: as in `downcast`.
        Some(unsafe { self.downcast_unchecked() })
    }

    /// The object as a `T`, unchecked.
    ///
    /// # Safety
    ///
    /// The object's type is `T`'s type or a subtype of it.
    #[inline(always)]
    pub unsafe fn downcast_unchecked<T: Instance>(&self) -> &T {
        debug_assert!(self.is_instance(T::type_object()));
        // SAFETY: the caller promises the type; `Instance` promises the layout.
        unsafe { &*ptr::from_ref(self).cast::<T>() }
    }

    /// The type's name for messages.
    #[cold]
    pub fn type_name(&self) -> TypeName {
        self.type_().name()
    }
}
