//! Allocating and freeing objects, and the trashcan.
//!
//! Answers to `Objects/obmalloc.c`, `PyType_GenericAlloc`, `subtype_dealloc` and `_Py_Dealloc`.
//!
//! An object's memory is `[dict, weakrefs]? [gc_next, gc_prev]? object … slots … inline values`. What
//! lies before the object follows from its type's flags.

use std::ptr::{self, NonNull};

use crate::blocks;
use crate::error::Exception;
use crate::gc;
use crate::object::{Instance, Object};
use crate::refs::Ref;
use crate::state::thread;
use crate::typeobj::{Type, TypeFlags};
use crate::weakref;

/// Byte that freed objects are filled with in the zeal build.
#[cfg(feature = "zeal")]
const POISON: u8 = 0xdb;

/// Allocates an instance of `ty` that begins with `value`; `__slots__` and inline values are zeroed.
/// The object is not tracked by the collector yet.
///
/// # Errors
///
/// `MemoryError`.
#[inline(always)]
pub fn alloc<T: Instance>(ty: &Type, value: T) -> Result<Ref<T>, Exception> {
    let size = ty.real_size.get().max(size_of::<T>()) + ty.inline_values_size.get();
    alloc_sized(ty, value, size)
}

/// As [`alloc`], with `tail` bytes behind the struct `T` for inline items. They are uninitialised, but
/// what follows them (a subtype's slots and inline values) is zeroed.
///
/// # Errors
///
/// `MemoryError`, also where the size overflows.
#[inline]
pub fn alloc_tail<T: Instance>(ty: &Type, value: T, tail: usize) -> Result<Ref<T>, Exception> {
    // What a heap subtype adds; the built-in's own `real_size` may be larger than the head `T`.
    let extra = ty.real_size.get() - ty.payload.get().size + ty.inline_values_size.get();
    let size = size_of::<T>()
        .checked_add(tail)
        .and_then(|size| size.checked_add(extra))
        .filter(|size| *size <= isize::MAX as usize - 64);
    match size {
        Some(size) if extra == 0 => alloc_sized(ty, value, size),
        Some(size) => {
            let object = alloc_sized(ty, value, size)?;
            // SAFETY: the allocation is `size` bytes long from the header on.
            unsafe {
                object
                    .as_ptr()
                    .cast::<u8>()
                    .add(size_of::<T>())
                    .write_bytes(0, size - size_of::<T>())
            };
            Ok(object)
        }
        None => Err((crate::hooks::get().memory_error)()),
    }
}

#[inline(always)]
fn alloc_sized<T: Instance>(ty: &Type, value: T, size: usize) -> Result<Ref<T>, Exception> {
    let flags = ty.flags.get().0;
    let prefix = ty.prefix_size();
    let start = blocks::alloc(prefix + size);
    if start.is_null() {
        return Err(no_memory(value));
    }
    // SAFETY: `prefix` bytes were allocated.
    let place = unsafe { start.add(prefix) }.cast::<T>();
    if prefix != 0 {
        // Word by word: a call of `memset` costs more than the few words.
        // SAFETY: the prefix is two or four words long.
        unsafe {
            let words = place.cast::<[usize; 2]>();
            words.sub(1).write([0; 2]);
            if prefix > 16 {
                words.sub(2).write([0; 2]);
            }
        }
    }
    // SAFETY: room for at least a `T` (`size` is no smaller) at an address aligned to 16.
    unsafe { place.write(value) };
    // SAFETY: just written.
    unsafe { &*place }.as_object().set_size_class(blocks::class_of(prefix + size));
    if size > size_of::<T>() && size == ty.real_size.get() + ty.inline_values_size.get() {
        // SAFETY: the rest of the allocation.
        unsafe { place.cast::<u8>().add(size_of::<T>()).write_bytes(0, size - size_of::<T>()) };
    }
    if flags & TypeFlags::HEAPTYPE.0 != 0 {
        ty.as_object().incref();
    }
    if flags & TypeFlags::HAVE_GC.0 != 0 {
        gc::count_allocation();
    }
    // SAFETY: the header was made with one reference, which is ours.
    Ok(unsafe { Ref::from_raw(NonNull::new_unchecked(place)) })
}

#[cold]
#[inline(never)]
fn no_memory<T>(value: T) -> Exception {
    // A failed allocation must not drop `value` as an object: it owns no heap type yet.
    std::mem::forget(value);
    (crate::hooks::get().memory_error)()
}

/// Changes the length of the tail of an object that nobody else has seen.
///
/// # Errors
///
/// `MemoryError`; the object is freed then.
///
/// # Safety
///
/// `object` was made by [`alloc_tail`] of an exact type without GC prefix, has one reference, and the
/// caller keeps the tail's content consistent with its length field.
pub unsafe fn realloc_tail<T: Instance>(object: Ref<T>, tail: usize) -> Result<Ref<T>, Exception> {
    debug_assert_eq!(object.as_object().count(), 1);
    debug_assert_eq!(object.as_object().type_().prefix_size(), 0);
    let Some(size) = tail.checked_add(size_of::<T>()).filter(|s| *s <= isize::MAX as usize - 64)
    else {
        return Err((crate::hooks::get().memory_error)());
    };
    let (old_class, class) = (object.as_object().size_class(), blocks::class_of(size));
    // SAFETY: the object begins its allocation, as asserted, of that class.
    let place = unsafe { blocks::realloc_class(object.as_ptr().cast(), old_class, size) };
    if place.is_null() {
        return Err((crate::hooks::get().memory_error)());
    }
    // SAFETY: the object lies there now, alive.
    unsafe { &*place.cast::<T>() }.as_object().set_size_class(class);
    std::mem::forget(object);
    // SAFETY: the one reference moves with the memory.
    Ok(unsafe { Ref::from_raw(NonNull::new_unchecked(place.cast())) })
}

/// Bytes of tail that the object's memory has room for, without moving.
///
/// # Safety
///
/// `object` was allocated without GC prefix.
pub unsafe fn usable_tail<T: Instance>(object: &T) -> usize {
    debug_assert_eq!(object.as_object().type_().prefix_size(), 0);
    unsafe extern "C" {
        fn mi_usable_size(block: *const std::ffi::c_void) -> usize;
    }
    let size = match object.as_object().size_class() {
        // SAFETY: the object begins its allocation, as the caller promises.
        0 => unsafe { mi_usable_size(ptr::from_ref(object).cast()) },
        class => blocks::size_of_class(class),
    };
    size.saturating_sub(size_of::<T>())
}

/// Gives an object's memory back. The payload has been dropped already.
///
/// # Safety
///
/// `object` has no references left, is untracked and is not used afterwards; `ty` was its type.
#[inline(always)]
pub unsafe fn free(object: NonNull<Object>, ty: &Type) {
    // SAFETY: the allocation begins `prefix` bytes before the object.
    let start = unsafe { object.as_ptr().cast::<u8>().sub(ty.prefix_size()) };
    // SAFETY: the header is still intact.
    let class = unsafe { object.as_ref() }.size_class();
    if ty.has(TypeFlags::HAVE_GC) {
        gc::count_deallocation();
    }
    #[cfg(feature = "zeal")]
    {
        // SAFETY: the whole usable block is ours until it is freed.
        unsafe { start.write_bytes(POISON, libmimalloc_sys::mi_usable_size(start.cast())) };
    }
    // SAFETY: allocated in `alloc_sized` with a size of this class, or moved, and of class 0 then.
    unsafe { blocks::free_class(start, class) };
}

/// Deallocates an object whose count has reached 0. May drop, may run Python (finalisers, callbacks).
///
/// # Safety
///
/// The last reference is gone; the object is not used afterwards.
#[inline(never)]
pub unsafe fn dealloc(object: NonNull<Object>) {
    // SAFETY: alive until freed below.
    let ty = unsafe { object.as_ref() }.type_();
    if !ty.has(TypeFlags::HAVE_GC) {
        if let Some(special) = ty.slots.dealloc.get() {
            // SAFETY: passed on.
            return unsafe { special(object) };
        }
        // SAFETY: passed on.
        return unsafe { dealloc_generic(object) };
    }
    let thread = thread();
    if thread.stack_is_nearly_used_up(2) {
        // SAFETY: the count is 0 and the object's collector links are free for the chain.
        unsafe { deposit(thread, object) };
        return;
    }
    if let Some(special) = ty.slots.dealloc.get() {
        // SAFETY: passed on.
        unsafe { special(object) };
    } else {
        // SAFETY: passed on.
        unsafe { dealloc_generic(object) };
    }
    if !thread.trash.get().is_null() && !thread.stack_is_nearly_used_up(4) {
        destroy_chain(thread);
    }
}

/// Puts a dead container on the thread's chain, to be deallocated where the stack is shallow again.
///
/// # Safety
///
/// As [`dealloc`]; the object has a collector prefix.
unsafe fn deposit(thread: &crate::Thread, object: NonNull<Object>) {
    // SAFETY: the object has a collector prefix.
    let head = unsafe { gc::head(object.as_ref()) };
    if gc::is_tracked(
        // SAFETY: alive.
        unsafe { object.as_ref() },
    ) {
        // SAFETY: alive.
        gc::untrack(unsafe { object.as_ref() });
    }
    // SAFETY: the links are unused by an untracked object.
    unsafe { (*head).prev.set(thread.trash.get().addr()) };
    thread.trash.set(object.as_ptr());
}

fn destroy_chain(thread: &crate::Thread) {
    while let Some(object) = NonNull::new(thread.trash.get()) {
        // SAFETY: chained objects are dead but not freed.
        let head = unsafe { gc::head(object.as_ref()) };
        // SAFETY: as above.
        let next = unsafe { (*head).prev.get() };
        thread.trash.set(ptr::with_exposed_provenance_mut(next & !7));
        // SAFETY: as above.
        unsafe { (*head).prev.set(0) };
        // SAFETY: as above; its count is 0.
        unsafe { dealloc(object) };
    }
}

/// Deallocation of an object whose type has no path of its own: finaliser, weakrefs, slots, dict,
/// payload, memory, type; in CPython's order.
///
/// # Safety
///
/// As [`dealloc`].
pub unsafe fn dealloc_generic(pointer: NonNull<Object>) {
    // SAFETY: alive until freed below.
    let object = unsafe { pointer.as_ref() };
    let ty: *const Type = object.type_();
    // SAFETY: the object owns a reference to its type until the end of this function.
    let mut ty = unsafe { &*ty };
    if ty.slots.finalize.get().is_some() {
        if !finalize_before_dealloc(object) {
            return;
        }
        // `__class__` may have been changed by the finaliser.
        let now: *const Type = object.type_();
        // SAFETY: as above.
        ty = unsafe { &*now };
    }
    if ty.has(TypeFlags::HAVE_GC) {
        gc::untrack(object);
    }
    if ty.has(TypeFlags::MANAGED_WEAKREF) || ty.payload.get().weaklist.is_some() {
        weakref::clear_before_dealloc(object);
        // Nor is a callback kept from changing it.
        let now: *const Type = object.type_();
        // SAFETY: as above.
        ty = unsafe { &*now };
    }
    if !ty.is_heap() {
        // SAFETY: the payload of its own type, dropped once.
        unsafe { (ty.payload.get().drop)(pointer.as_ptr()) };
        // SAFETY: nothing refers to the object any more.
        return unsafe { free(pointer, ty) };
    }
    release_subtype_fields(object, ty);
    if !ptr::eq(ty.payload.get(), &raw const crate::typeobj::OBJECT_PAYLOAD) {
        // SAFETY: the payload of its own type, dropped once.
        unsafe { (ty.payload.get().drop)(pointer.as_ptr()) };
    }
    // SAFETY: nothing refers to the object any more.
    unsafe { free(pointer, ty) };
    // SAFETY: the object owned one reference to its type.
    unsafe { Object::decref(NonNull::from_ref(ty).cast()) };
}

/// Releases `__slots__`, the dict and the inline values of an instance of a heap type.
#[inline]
pub fn release_subtype_fields(object: &Object, ty: &Type) {
    // What a subtype adds to the payload is `__slots__`, its own or of its bases.
    if ty.real_size.get() > ty.payload.get().size {
        release_slot_words(object, ty);
    }
    if ty.has(TypeFlags::MANAGED_DICT) {
        (crate::hooks::get().release_managed_dict)(object);
    }
}

fn release_slot_words(object: &Object, ty: &Type) {
    let mut current = Some(ty.to_ref());
    while let Some(ty) = current {
        if !ty.is_heap() {
            break;
        }
        let (start, count) = ty.slot_words.get();
        for slot in slot_words(object, start, count) {
            slot.set(None);
        }
        current = ty.base.get();
    }
}

/// The `__slots__` words of `object` at byte offset `start`.
pub fn slot_words(object: &Object, start: usize, count: usize) -> &[crate::Slot] {
    if count == 0 {
        return &[];
    }
    // SAFETY: the type's layout says that `count` slot words lie there in every instance.
    unsafe {
        std::slice::from_raw_parts(
            ptr::from_ref(object).cast::<u8>().add(start).cast::<crate::Slot>(),
            count,
        )
    }
}

/// Runs the finaliser of an object with count 0; false when it has been resurrected.
/// (`PyObject_CallFinalizerFromDealloc`)
pub fn finalize_before_dealloc(object: &Object) -> bool {
    let Some(finalize) = object.type_().slots.finalize.get() else { return true };
    let collected = object.type_().has(TypeFlags::HAVE_GC);
    if collected && gc::is_finalized(object) {
        return true;
    }
    // SAFETY: resurrected for the call: the one reference is the one counted here.
    unsafe { object.set_count(1) };
    finalize(object);
    if collected {
        gc::set_finalized(object);
    }
    let left = object.count() - 1;
    // SAFETY: takes back the reference from above.
    unsafe { object.set_count(left) };
    left == 0
}

/// The managed `(dict, weakrefs)` words before an object; null where its type has none.
#[inline(always)]
pub fn managed_words(object: &Object) -> *mut usize {
    let ty = object.type_();
    if !ty.has(TypeFlags::MANAGED_DICT | TypeFlags::MANAGED_WEAKREF) {
        return ptr::null_mut();
    }
    // [-32] weakrefs, [-24] dict, [-16] gc_next, [-8] gc_prev; without GC 16 bytes less.
    // SAFETY: the prefix lies before the object in its allocation.
    unsafe { ptr::from_ref(object).cast_mut().cast::<u8>().sub(ty.prefix_size()).cast::<usize>() }
}
