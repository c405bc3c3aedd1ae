//! Static data that the GIL protects.

use std::ops::Deref;

/// A static value that only attached threads touch.
///
/// Everything Python-visible that lives in a `static` (built-in types, small ints, interned names)
/// is wrapped in this, so that the claim "the GIL makes this `Sync`" stands in one place.
#[repr(transparent)]
pub struct GilCell<T>(T);

impl<T> GilCell<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        GilCell(value)
    }

    /// The value; `Deref` for constants.
    pub const fn get(&self) -> &T {
        &self.0
    }
}

impl<T> Deref for GilCell<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

// SAFETY: code that reaches Python objects holds a `&Object` or `Ref`, neither of which is `Send`,
// or is called by such code; both prove that this thread is attached, and one thread at a time is.
// Detached closures are `Send` and so capture neither; a static named inside one is the one thing the
// compiler can't refuse, and `state::detach` says so.
unsafe impl<T> Sync for GilCell<T> {}
