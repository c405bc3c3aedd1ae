//! The layout of weak references, and what the death of an object does to them.
//!
//! Answers to the core of `Objects/weakrefobject.c`; the types' methods are in gopy-core and
//! gopy-types.

use std::cell::Cell;
use std::ptr::NonNull;

use crate::args::{Arg, Args};
use crate::gc::{self, Traverse, Visitor};
use crate::memory;
use crate::object::{Instance, Object};
use crate::refs::Ref;
use crate::slot::Slot;
use crate::typeobj::{Payload, Type, TypeFlags};

/// Head of the doubly linked list of an object's weak references. The list does not own them.
pub struct WeakList(Cell<Option<NonNull<WeakRef>>>);

impl WeakList {
    /// An empty list.
    pub const fn empty() -> Self {
        WeakList(Cell::new(None))
    }

    /// The first reference.
    pub fn first(&self) -> Option<&WeakRef> {
        // SAFETY: references take themselves off the list before they die.
        self.0.get().map(|first| unsafe { &*first.as_ptr() })
    }

    /// Number of references.
    pub fn len(&self) -> usize {
        let mut count = 0;
        let mut next = self.first();
        while let Some(reference) = next {
            count += 1;
            next = reference.next();
        }
        count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.get().is_none()
    }

    /// Puts `reference` behind `after`, or first.
    pub fn insert(&self, reference: &WeakRef, after: Option<&WeakRef>) {
        let pointer = NonNull::from_ref(reference);
        let next = match after {
            Some(after) => after.next.replace(Some(pointer)),
            None => self.0.replace(Some(pointer)),
        };
        reference.previous.set(after.map(NonNull::from_ref));
        reference.next.set(next);
        if let Some(next) = next {
            // SAFETY: on the list, so alive.
            unsafe { next.as_ref() }.previous.set(Some(pointer));
        }
    }
}

/// `weakref.ref`, and the proxies.
#[repr(C)]
pub struct WeakRef {
    /// Header.
    pub object: Object,
    /// What is referred to, not owned; `None` once dead.
    referent: Cell<Option<NonNull<Object>>>,
    /// Called when the referent dies.
    pub callback: Slot,
    /// Cached hash of the referent, -1 when not computed.
    pub hash: Cell<isize>,
    previous: Cell<Option<NonNull<WeakRef>>>,
    next: Cell<Option<NonNull<WeakRef>>>,
}

// SAFETY: `repr(C)`, begins with its header.
unsafe impl Instance for WeakRef {
    fn type_object() -> &'static Type {
        &crate::typeobj::WEAKREF
    }
}

impl Traverse for WeakRef {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        self.callback.traverse(visit);
    }

    fn clear(&self) {
        self.detach();
        self.callback.clear();
    }
}

pub(crate) const PAYLOAD: Payload = Payload::of::<WeakRef>();

impl WeakRef {
    /// A reference to `referent` that is on no list yet.
    pub fn new(ty: &Type, referent: &Object, callback: Option<Ref>) -> WeakRef {
        WeakRef {
            object: Object::header(ty),
            referent: Cell::new(Some(NonNull::from_ref(referent))),
            callback: Slot::new(callback),
            hash: Cell::new(-1),
            previous: Cell::new(None),
            next: Cell::new(None),
        }
    }

    /// The next reference of the same list.
    pub fn next(&self) -> Option<&WeakRef> {
        // SAFETY: on the list, so alive.
        self.next.get().map(|next| unsafe { &*next.as_ptr() })
    }

    /// A new reference to the referent, `None` when it is dead or dying.
    pub fn upgrade(&self) -> Option<Ref> {
        let referent = self.referent.get()?;
        // SAFETY: cleared before the referent is freed.
        let referent = unsafe { referent.as_ref() };
        (referent.count() > 0).then(|| Ref::from_borrow(referent))
    }

    /// Whether the referent is gone.
    pub fn is_dead(&self) -> bool {
        self.upgrade_peek().is_none()
    }

    /// The referent's address while it lives, for identity tests.
    pub fn upgrade_peek(&self) -> Option<NonNull<Object>> {
        // SAFETY: cleared before the referent is freed.
        self.referent.get().filter(|referent| unsafe { referent.as_ref() }.count() > 0)
    }

    /// Takes the reference off its list and forgets the referent; the callback stays.
    pub fn detach(&self) {
        let Some(referent) = self.referent.take() else { return };
        let previous = self.previous.take();
        let next = self.next.take();
        if let Some(next) = next {
            // SAFETY: on the list, so alive.
            unsafe { next.as_ref() }.previous.set(previous);
        }
        match previous {
            // SAFETY: on the list, so alive.
            Some(previous) => unsafe { previous.as_ref() }.next.set(next),
            None => {
                // SAFETY: the referent outlives its list.
                if let Some(list) = list_of(unsafe { referent.as_ref() }) {
                    list.0.set(next);
                }
            }
        }
    }
}

impl Drop for WeakRef {
    fn drop(&mut self) {
        self.detach();
    }
}

/// The weakref list of an object, `None` where its type does not support weak references.
pub fn list_of(object: &Object) -> Option<&WeakList> {
    let ty = object.type_();
    if let Some(list) = ty.payload.get().weaklist {
        return Some(list(object));
    }
    if !ty.has(TypeFlags::MANAGED_WEAKREF) {
        return None;
    }
    let words = memory::managed_words(object);
    // SAFETY: the first managed word is the list head; zeroed memory is an empty list.
    Some(unsafe { &*words.cast::<WeakList>() })
}

/// Clears all weak references to a dying object, then calls their callbacks, newest first.
/// May run Python.
pub fn clear_before_dealloc(object: &Object) {
    let Some(list) = list_of(object) else { return };
    if list.is_empty() {
        return;
    }
    let mut pending: Vec<(Ref<WeakRef>, Ref)> = Vec::new();
    while let Some(reference) = list.first() {
        let callback = reference.callback.take();
        reference.detach();
        if let Some(callback) = callback
            && reference.object.count() > 0
        {
            pending.push((reference.to_ref(), callback));
        }
    }
    for (reference, callback) in pending {
        call_callback(&reference, &callback);
    }
}

/// Calls a weak reference's callback and reports what it raises.
pub fn call_callback(reference: &WeakRef, callback: &Object) {
    let args = [Arg::new(reference.as_object())];
    if let Err(error) = (crate::hooks::get().call)(callback, Args::positional_only(&args)) {
        (crate::hooks::get().unraisable)(
            error.into_value(),
            Some("Exception ignored while calling weakref callback"),
            Some(callback),
        );
    }
}

/// Makes a weak reference that has been filled in part of its referent's list and of the collector's.
pub fn publish(reference: &Ref<WeakRef>, list: &WeakList, after: Option<&WeakRef>) {
    list.insert(reference, after);
    gc::track(reference.as_object());
}
