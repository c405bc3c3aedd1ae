//! What this crate needs from the crates above: one struct of functions, set once.

use std::sync::OnceLock;

use crate::args::Args;
use crate::error::BaseException;
use crate::error::PyResult;
use crate::object::Object;
use crate::refs::Ref;

/// Functions of the crates above that the object layer calls.
pub struct Hooks {
    /// Calls an object.
    pub call: fn(&Object, Args<'_>) -> PyResult,
    /// Reports an exception that can't be raised; the second argument is what it happened in.
    pub unraisable: fn(Ref<BaseException>, Option<&str>, Option<&Object>),
    /// Makes a `MemoryError`.
    pub memory_error: fn() -> crate::error::Exception,
    /// Makes a `RecursionError` with this message.
    pub recursion_error: fn(String) -> crate::error::Exception,
    /// Drops the managed dict and the inline values of an instance that is being deallocated.
    pub release_managed_dict: fn(&Object),
    /// Visits the managed dict and the inline values of an instance.
    pub traverse_managed_dict: fn(&Object, &mut crate::gc::Visitor<'_>),
    /// Breaks the managed dict and the inline values of an instance out of cycles.
    pub clear_managed_dict: fn(&Object),
    /// Appends an object to `gc.garbage` (`gc.DEBUG_SAVEALL`).
    pub gc_save_garbage: fn(&Object),
    /// Runs `gc.callbacks` with phase `start` or `stop`; generation, collected, uncollectable.
    pub gc_callback: fn(&str, usize, usize, usize),
    /// A class is being taken apart by the collector: caches must forget it.
    pub type_cleared: fn(&crate::typeobj::Type),
    /// A class is being deallocated; its fields are still there.
    pub type_dealloc: fn(&crate::typeobj::Type),
}

static HOOKS: OnceLock<&'static Hooks> = OnceLock::new();

/// Installs the hooks; the first call wins.
pub fn set(hooks: &'static Hooks) {
    let _ = HOOKS.set(hooks);
}

/// The hooks.
///
/// # Panics
///
/// Where no crate has set them, which is a mistake in start-up.
#[inline]
pub fn get() -> &'static Hooks {
    HOOKS.get().expect("hooks are set at start-up")
}
