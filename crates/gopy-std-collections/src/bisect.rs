//! `_bisect`.
//!
//! Answers to `Modules/_bisectmodule.c`.

use gopy_core::error::{type_error, value_error};
use gopy_core::int::Int;
use gopy_core::list::{LIST, List};
use gopy_core::{call, id, number, object, sequence};
use gopy_macros::pymodule;
use gopy_object::typeobj::CompareOp;
use gopy_object::{Instance, Object, PyResult};

/// The upper bound, which may be `None`; -1 means the length.
fn upper_bound(hi: Option<&Object>) -> PyResult<isize> {
    match hi {
        None => Ok(-1),
        Some(hi) if !number::is_index(hi) => {
            Err(type_error!("argument should be integer or None, not '{:.200}'", hi.type_name()))
        }
        Some(hi) => number::index_as_ssize(hi),
    }
}

/// `a < b` as a truth value.
fn less(a: &Object, b: &Object) -> PyResult<bool> {
    object::compare_bool(a, b, CompareOp::Lt)
}

/// Where `x` belongs: behind its equals for `right`, else before them.
fn search(
    a: &Object,
    x: &Object,
    lo: isize,
    hi: isize,
    key: Option<&Object>,
    right: bool,
) -> PyResult<isize> {
    if lo < 0 {
        return Err(value_error!("lo must be non-negative"));
    }
    let mut lo = lo;
    let mut hi = if hi == -1 { object::len(a)? as isize } else { hi };
    while lo < hi {
        let middle = (lo as usize + hi as usize) / 2;
        let item = sequence::item(a, middle as isize)?;
        let item = match key {
            Some(key) => call::call_one(key, &item)?,
            None => item,
        };
        if right {
            if less(x, &item)? {
                hi = middle as isize;
            } else {
                lo = middle as isize + 1;
            }
        } else if less(&item, x)? {
            lo = middle as isize + 1;
        } else {
            hi = middle as isize;
        }
    }
    Ok(lo)
}

fn insert(
    a: &Object,
    x: &Object,
    lo: isize,
    hi: isize,
    key: Option<&Object>,
    right: bool,
) -> PyResult<()> {
    let index = match key {
        None => search(a, x, lo, hi, None, right)?,
        Some(key) => {
            let value = call::call_one(key, x)?;
            search(a, &value, lo, hi, Some(key), right)?
        }
    };
    match a.downcast::<List>().filter(|list| list.as_object().is_exact(&LIST)) {
        Some(list) => list.insert(index, x.to_ref()),
        None => {
            let index = Int::from_i64(index as i64);
            call::call_method(a, id!(insert), &[index.as_object(), x]).map(drop)
        }
    }
}

/// The module.
#[pymodule(name = "_bisect")]
mod native {
    use super::*;

    #[pyfunction("($module, /, a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_right(
        a: &Object,
        x: &Object,
        lo: isize,
        hi: Option<&Object>,
        key: Option<&Object>,
    ) -> PyResult<isize> {
        search(a, x, lo, upper_bound(hi)?, key, true)
    }

    #[pyfunction("($module, /, a, x, lo=0, hi=None, *, key=None)")]
    fn insort_right(
        a: &Object,
        x: &Object,
        lo: isize,
        hi: Option<&Object>,
        key: Option<&Object>,
    ) -> PyResult<()> {
        insert(a, x, lo, upper_bound(hi)?, key, true)
    }

    #[pyfunction("($module, /, a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_left(
        a: &Object,
        x: &Object,
        lo: isize,
        hi: Option<&Object>,
        key: Option<&Object>,
    ) -> PyResult<isize> {
        search(a, x, lo, upper_bound(hi)?, key, false)
    }

    #[pyfunction("($module, /, a, x, lo=0, hi=None, *, key=None)")]
    fn insort_left(
        a: &Object,
        x: &Object,
        lo: isize,
        hi: Option<&Object>,
        key: Option<&Object>,
    ) -> PyResult<()> {
        insert(a, x, lo, upper_bound(hi)?, key, false)
    }
}

pub use native::MODULE;
