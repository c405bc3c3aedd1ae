//! The iterators over a deque.
//!
//! Answers to `dequeiter` in `Modules/_collectionsmodule.c`.

use std::cell::Cell;

use gopy_core::error::{runtime_error, type_error};
use gopy_core::int::Int;
use gopy_core::{number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use super::deque::{DEQUE, Deque};

macro_rules! iterator {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $name:literal, |$len:ident, $left:ident| $place:expr) => {
        $(#[$doc])*
        #[pyclass(name = $name, static = $static, basicsize = 56, flags(HAVE_GC, HEAPTYPE))]
        #[repr(C)]
        pub struct $ty {
            object: Object,
            deque: Ref<Deque>,
            state: Cell<usize>,
            /// Items that are left.
            left: Cell<usize>,
        }

        impl $ty {
            pub(super) fn make(ty: &Type, deque: &Deque) -> PyResult<Ref<$ty>> {
                crate::make(
                    ty,
                    $ty {
                        object: Object::header(ty),
                        deque: deque.to_ref(),
                        state: Cell::new(deque.state()),
                        left: Cell::new(deque.len()),
                    },
                )
            }

            fn step(&self) -> PyResult<Option<Ref>> {
                if self.deque.state() != self.state.get() {
                    self.left.set(0);
                    return Err(runtime_error!("deque mutated during iteration"));
                }
                let ($len, $left) = (self.deque.len(), self.left.get());
                if $left == 0 {
                    return Ok(None);
                }
                let item = self.deque.get($place);
                self.left.set($left - 1);
                let _ = $len;
                Ok(item)
            }
        }

        #[pymethods]
        impl $ty {
            #[pymethod("($self, /)")]
            fn __length_hint__(&self) -> usize {
                self.left.get()
            }

            #[pymethod("($self, /)")]
            fn __reduce__(&self) -> PyResult {
                let done = self.deque.len() as i64 - self.left.get() as i64;
                let args =
                    tuple::from_array([self.deque.clone().upcast(), Int::from_i64(done).upcast()]);
                let class = self.as_object().type_().to_ref().upcast();
                Ok(tuple::from_array([class, args.upcast()]).upcast())
            }
        }

        #[pyslots]
        impl $ty {
            fn new(ty: &Type, args: Args<'_>) -> PyResult {
                let Some(first) = args.get(0) else {
                    return Err(type_error!(
                        "function takes at least 1 argument ({} given)",
                        args.len()
                    ));
                };
                if args.len() > 2 {
                    return Err(type_error!(
                        "function takes at most 2 arguments ({} given)",
                        args.len()
                    ));
                }
                let Some(deque) = first.downcast::<Deque>() else {
                    return Err(type_error!(
                        "argument 1 must be {}, not {}",
                        DEQUE.name(),
                        object::type_name_or_none(first)
                    ));
                };
                let index = match args.get(1) {
                    Some(index) => number::index_as_ssize(index)?,
                    None => 0,
                };
                let iterator = $ty::make(ty, deque)?;
                for _ in 0..index.max(0) {
                    if iterator.step()?.is_none() {
                        break;
                    }
                }
                Ok(iterator.upcast())
            }

            fn iter(&self) -> Ref {
                self.as_object().to_ref()
            }

            fn iternext(&self) -> PyResult<Option<Ref>> {
                self.step()
            }
        }
    };
}

iterator! {
    /// Iterates over a deque.
    DequeIterator, DEQUE_ITERATOR, "collections._deque_iterator", |len, left| len - left
}

iterator! {
    /// Iterates over a deque backwards.
    DequeReverseIterator, DEQUE_REVERSE_ITERATOR, "collections._deque_reverse_iterator",
    |len, left| left - 1
}
