//! `bool`: the two immortal ints `False` and `True`.
//!
//! Answers to `Objects/boolobject.c`.

use gopy_macros::{pyclass, pyslots};
use gopy_object::{Args, GilCell, Instance, Object, PyResult, Ref, Type};

use crate::argument::{check_positional, no_keywords};
use crate::exceptions::DEPRECATION_WARNING;
use crate::int::{self, Int};
use crate::{id, object, warnings};

/// A `bool`: an int that is 0 or 1.
#[pyclass(name = "bool", static = BOOL, base = crate::int::INT, basicsize = 24, itemsize = 4,
    text_signature = "(object=False, /)", no_methods, manual_traverse)]
#[repr(C)]
pub struct Bool {
    int: Int,
}

gopy_object::leaf_traverse!(Bool);

static FALSE: GilCell<Bool> = GilCell::new(Bool { int: Int::static_of(&BOOL, 0) });
static TRUE: GilCell<Bool> = GilCell::new(Bool { int: Int::static_of(&BOOL, 1) });

/// `True` or `False`.
#[inline(always)]
pub fn bool_ref(value: bool) -> Ref {
    bool_object(value).to_ref()
}

/// `True` or `False`, borrowed.
#[inline(always)]
pub fn bool_object(value: bool) -> &'static Object {
    if value { TRUE.get().as_object() } else { FALSE.get().as_object() }
}

/// Whether an object is `True` or `False`.
#[inline(always)]
pub fn is_bool(o: &Object) -> bool {
    o.is_exact(&BOOL)
}

/// Whether an object is `True`.
#[inline(always)]
pub fn is_true(o: &Object) -> bool {
    std::ptr::eq(o, bool_object(true))
}

/// Both operands, where both are bools.
#[inline]
fn both(a: &Object, b: &Object) -> Option<(bool, bool)> {
    (is_bool(a) && is_bool(b)).then(|| (is_true(a), is_true(b)))
}

#[pyslots]
impl Bool {
    #[allow(clippy::new_ret_no_self, reason = "a slot, named as CPython names it")]
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let _ = ty;
        no_keywords("bool", args)?;
        check_positional("bool", args.len(), 0, 1)?;
        match args.get(0) {
            Some(x) => object::is_true(x).map(bool_ref),
            None => Ok(bool_ref(false)),
        }
    }

    fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
        Bool::new(ty, args)
    }

    fn repr(&self) -> Ref {
        let name = if self.is_zero() { id!("False") } else { id!("True") };
        name.as_object().to_ref()
    }

    fn nb_invert(&self) -> PyResult<Ref<Int>> {
        warnings::warn(
            &DEPRECATION_WARNING,
            "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This \
             returns the bitwise inversion of the underlying int object and is usually not what you \
             expect from negating a bool. Use the 'not' operator for boolean negation or ~int(x) if \
             you really want the bitwise inversion of the underlying int.",
            1,
        )?;
        Ok(Int::from_i64(if self.is_zero() { -1 } else { -2 }))
    }

    fn nb_and(a: &Object, b: &Object) -> PyResult {
        match both(a, b) {
            Some((a, b)) => Ok(bool_ref(a & b)),
            None => int_slot(int::INT.slots.number.and.get(), a, b),
        }
    }

    fn nb_xor(a: &Object, b: &Object) -> PyResult {
        match both(a, b) {
            Some((a, b)) => Ok(bool_ref(a ^ b)),
            None => int_slot(int::INT.slots.number.xor.get(), a, b),
        }
    }

    fn nb_or(a: &Object, b: &Object) -> PyResult {
        match both(a, b) {
            Some((a, b)) => Ok(bool_ref(a | b)),
            None => int_slot(int::INT.slots.number.or.get(), a, b),
        }
    }
}

fn int_slot(slot: Option<gopy_object::typeobj::BinaryFn>, a: &Object, b: &Object) -> PyResult {
    match slot {
        Some(slot) => slot(a, b),
        None => Ok(crate::none::not_implemented()),
    }
}
