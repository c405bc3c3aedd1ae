//! `combinations`, `combinations_with_replacement`, `permutations`, `product`.

use std::cell::{Cell, RefCell};

use gopy_core::argument::keyword_items;
use gopy_core::error::{memory_error, overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::tuple::Tuple;
use gopy_core::{none, number, sequence};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Traverse, Type, Visitor};

use super::next_tuple;

/// Positions in the pool. Borrowed only between calls that may run Python.
pub struct Indices(RefCell<Vec<usize>>);

gopy_object::leaf_traverse!(Indices);

impl Indices {
    fn new(count: usize, index: impl Fn(usize) -> usize) -> PyResult<Indices> {
        let mut indices = Vec::new();
        indices.try_reserve_exact(count).map_err(|_| memory_error())?;
        indices.extend((0..count).map(index));
        Ok(Indices(RefCell::new(indices)))
    }
}

/// The items of `pool` at the indices from `start` on.
fn picked(pool: &Tuple, indices: &[usize], start: usize) -> Vec<Ref> {
    indices[start..].iter().map(|index| pool.items()[*index].clone()).collect()
}

fn size_argument(r: &Object) -> PyResult<usize> {
    let r = number::index_as_ssize(r)?;
    usize::try_from(r).map_err(|_| value_error!("r must be non-negative"))
}

macro_rules! combinations {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $name:literal, $short:literal,
     |$n:ident, $r:ident| $stopped:expr, $first:expr,
     |$i:ident, $pool_len:ident, $size:ident| $limit:expr, |$value:ident, $k:ident| $fill:expr) => {
        $(#[$doc])*
        #[pyclass(name = $name, static = $static, basicsize = 56,
            flags(BASETYPE, HAVE_GC, HEAPTYPE), text_signature = "(iterable, r)")]
        #[repr(C)]
        pub struct $ty {
            object: Object,
            pool: Ref<Tuple>,
            indices: Indices,
            result: Slot<Tuple>,
            started: Cell<bool>,
            stopped: Cell<bool>,
        }

        impl $ty {
            /// Moves on; where the change begins, `None` at the end.
            fn advance(&self) -> Option<usize> {
                let mut indices = self.indices.0.borrow_mut();
                let ($pool_len, $size) = (self.pool.len(), indices.len());
                let at = (0..$size).rev().find(|index| {
                    let $i = *index;
                    indices[$i] != $limit
                })?;
                let $value = indices[at] + 1;
                for (offset, index) in indices[at..].iter_mut().enumerate() {
                    let $k = offset;
                    *index = $fill;
                }
                Some(at)
            }
        }

        #[pymethods]
        impl $ty {
            #[pymethod("($self, /)")]
            fn __sizeof__(&self) -> usize {
                self.as_object().type_().basicsize.get() + self.indices.0.borrow().len() * 8
            }
        }

        #[pyslots]
        impl $ty {
            fn new(ty: &Type, args: Args<'_>) -> PyResult {
                let [iterable, r] = bind!(args, $short, ["iterable", "r"], required 2,
                    positional_only 0, positional 2);
                // The size is converted before the iterable is read, and judged after.
                let size = number::index_as_ssize(r.unwrap_or(none::none_object()))?;
                let pool = sequence::to_tuple(iterable.unwrap_or(none::none_object()))?;
                let $r = usize::try_from(size)
                    .map_err(|_| value_error!("r must be non-negative"))?;
                let $n = pool.len();
                let stopped = $stopped;
                let this = $ty {
                    object: Object::header(ty),
                    indices: if stopped {
                        Indices::new(0, |index| index)?
                    } else {
                        Indices::new($r, $first)?
                    },
                    pool,
                    result: Slot::empty(),
                    started: Cell::new(false),
                    stopped: Cell::new(stopped),
                };
                crate::make(ty, this).map(Ref::upcast)
            }

            fn iter(&self) -> Ref {
                self.as_object().to_ref()
            }

            fn iternext(&self) -> PyResult<Option<Ref>> {
                if self.stopped.get() {
                    return Ok(None);
                }
                let start = if self.started.replace(true) {
                    match self.advance() {
                        Some(start) => start,
                        None => {
                            self.stopped.set(true);
                            return Ok(None);
                        }
                    }
                } else {
                    0
                };
                let items = picked(&self.pool, &self.indices.0.borrow(), start);
                Ok(Some(next_tuple(&self.result, start, items.into_iter())?.upcast()))
            }
        }
    };
}

combinations! {
    /// `combinations`.
    Combinations, COMBINATIONS, "itertools.combinations", "combinations",
    |n, r| r > n, |index| index,
    |i, n, r| i + n - r, |value, k| value + k
}

combinations! {
    /// `combinations_with_replacement`.
    CombinationsWithReplacement, COMBINATIONS_WITH_REPLACEMENT,
    "itertools.combinations_with_replacement", "combinations_with_replacement",
    |n, r| n == 0 && r > 0, |_| 0,
    |i, n, r| { let _ = (i, r); n - 1 }, |value, k| { let _ = k; value }
}

/// `permutations`.
#[pyclass(name = "itertools.permutations", static = PERMUTATIONS, basicsize = 64,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), text_signature = "(iterable, r=None)")]
#[repr(C)]
pub struct Permutations {
    object: Object,
    pool: Ref<Tuple>,
    indices: Indices,
    cycles: Indices,
    result: Slot<Tuple>,
    started: Cell<bool>,
    stopped: Cell<bool>,
}

impl Permutations {
    fn advance(&self) -> Option<usize> {
        let mut indices = self.indices.0.borrow_mut();
        let mut cycles = self.cycles.0.borrow_mut();
        let n = indices.len();
        for at in (0..cycles.len()).rev() {
            cycles[at] -= 1;
            if cycles[at] == 0 {
                indices[at..].rotate_left(1);
                cycles[at] = n - at;
            } else {
                let other = n - cycles[at];
                indices.swap(at, other);
                return Some(at);
            }
        }
        None
    }
}

#[pymethods]
impl Permutations {
    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        let words = self.pool.len() + self.cycles.0.borrow().len();
        self.as_object().type_().basicsize.get() + words * 8
    }
}

#[pyslots]
impl Permutations {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [iterable, r] = bind!(args, "permutations", ["iterable", "r"], required 1,
            positional_only 0, positional 2);
        let pool = sequence::to_tuple(iterable.unwrap_or(none::none_object()))?;
        let n = pool.len();
        let r = match r.filter(|r| !none::is_none(r)) {
            None => n,
            Some(r) if r.downcast::<Int>().is_none() => {
                return Err(type_error!("Expected int as r"));
            }
            Some(r) => size_argument(r)?,
        };
        let stopped = r > n;
        let this = Permutations {
            object: Object::header(ty),
            pool,
            indices: Indices::new(n, |index| index)?,
            cycles: Indices::new(if stopped { 0 } else { r }, |index| n - index)?,
            result: Slot::empty(),
            started: Cell::new(false),
            stopped: Cell::new(stopped),
        };
        crate::make(ty, this).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        if self.stopped.get() {
            return Ok(None);
        }
        let start = if self.started.replace(true) {
            match self.advance() {
                Some(start) => start,
                None => {
                    self.stopped.set(true);
                    return Ok(None);
                }
            }
        } else {
            0
        };
        let r = self.cycles.0.borrow().len();
        let items = picked(&self.pool, &self.indices.0.borrow()[..r], start);
        Ok(Some(next_tuple(&self.result, start, items.into_iter())?.upcast()))
    }
}

/// The pools of a product.
pub struct Pools(Vec<Ref<Tuple>>);

impl Traverse for Pools {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        for pool in &self.0 {
            visit(pool.as_object());
        }
    }

    fn clear(&self) {}
}

/// `product`.
#[pyclass(name = "itertools.product", static = PRODUCT, basicsize = 48,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), text_signature = "(*iterables, repeat=1)")]
#[repr(C)]
pub struct Product {
    object: Object,
    pools: Pools,
    indices: Indices,
    result: Slot<Tuple>,
    started: Cell<bool>,
    stopped: Cell<bool>,
}

impl Product {
    fn advance(&self) -> Option<usize> {
        let mut indices = self.indices.0.borrow_mut();
        for at in (0..indices.len()).rev() {
            indices[at] += 1;
            if indices[at] < self.pools.0[at].len() {
                return Some(at);
            }
            indices[at] = 0;
        }
        None
    }
}

#[pymethods]
impl Product {
    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        self.as_object().type_().basicsize.get() + self.pools.0.len() * 8
    }
}

#[pyslots]
impl Product {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let mut repeat = 1;
        for (name, value) in keyword_items(args) {
            if !name.eq_str("repeat") {
                return Err(type_error!("product() got an unexpected keyword argument '{name}'"));
            }
            repeat = number::index_as_ssize(value)?;
        }
        let repeat = usize::try_from(repeat)
            .map_err(|_| value_error!("repeat argument cannot be negative"))?;
        let given = if repeat == 0 { 0 } else { args.len() };
        let total = given
            .checked_mul(repeat)
            .filter(|total| *total <= isize::MAX as usize / 8)
            .ok_or_else(|| overflow_error!("repeat argument too large"))?;
        let indices = Indices::new(total, |_| 0)?;
        let mut pools: Vec<Ref<Tuple>> = Vec::new();
        pools.try_reserve_exact(total).map_err(|_| memory_error())?;
        for iterable in &args.positional()[..given] {
            pools.push(sequence::to_tuple(iterable.object())?);
        }
        for index in given..total {
            pools.push(pools[index - given].clone());
        }
        let this = Product {
            object: Object::header(ty),
            pools: Pools(pools),
            indices,
            result: Slot::empty(),
            started: Cell::new(false),
            stopped: Cell::new(false),
        };
        crate::make(ty, this).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        if self.stopped.get() {
            return Ok(None);
        }
        let pools = &self.pools.0;
        let start = if !self.started.replace(true) {
            if pools.iter().any(|pool| pool.is_empty()) {
                self.stopped.set(true);
                return Ok(None);
            }
            0
        } else {
            match self.advance() {
                Some(start) => start,
                None => {
                    self.stopped.set(true);
                    return Ok(None);
                }
            }
        };
        let items: Vec<Ref> = {
            let indices = self.indices.0.borrow();
            (start..indices.len()).map(|at| pools[at].items()[indices[at]].clone()).collect()
        };
        Ok(Some(next_tuple(&self.result, start, items.into_iter())?.upcast()))
    }
}
