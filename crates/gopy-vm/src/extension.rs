//! State of this crate's modules in an interpreter, by type.

use std::any::Any;

use gopy_object::Interpreter;

/// A piece of state that an interpreter keeps one of, made on first use.
pub trait Extension: Any + Default {}

/// The running interpreter's `T`.
pub fn get<T: Extension>() -> &'static T {
    let mut extensions = Interpreter::current().extensions.borrow_mut();
    let found = extensions.iter().position(|extension| extension.is::<T>());
    let index = found.unwrap_or_else(|| {
        extensions.push(Box::new(T::default()));
        extensions.len() - 1
    });
    let extension: *const dyn Any = &*extensions[index];
    // SAFETY: the box is never removed while the interpreter lives, interpreters are never freed
    // while a thread runs in them, and only shared references are handed out.
    let extension: &'static dyn Any = unsafe { &*extension };
    match extension.downcast_ref::<T>() {
        Some(extension) => extension,
        None => unreachable!("found or made as a `T` above"),
    }
}
