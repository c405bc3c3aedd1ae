//! What `functools.cmp_to_key` returns.

use gopy_core::error::{attribute_error_text, type_error};
use gopy_core::int::Int;
use gopy_core::{call, none, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot};

/// The key function, and each key it makes.
#[pyclass(name = "functools.KeyWrapper", static = KEY_WRAPPER, basicsize = 32,
    flags(HAVE_GC, HEAPTYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct KeyWrapper {
    object: Object,
    compare: Slot,
    value: Slot,
}

pub(super) fn make(compare: &Object, value: Option<Ref>) -> PyResult {
    let wrapper = KeyWrapper {
        object: Object::header(&KEY_WRAPPER),
        compare: Slot::new(Some(compare.to_ref())),
        value: Slot::new(value),
    };
    crate::make(&KEY_WRAPPER, wrapper).map(Ref::upcast)
}

#[pymethods]
impl KeyWrapper {
    #[pygetter]
    fn __text_signature__(&self) -> &'static str {
        "(obj)"
    }

    #[pymember]
    fn obj(&self) -> Ref {
        self.value.get().unwrap_or_else(none::none)
    }

    #[pymember_setter]
    fn set_obj(&self, value: Option<&Object>) -> PyResult<()> {
        self.value.set(value.map(|value| value.to_ref()));
        Ok(())
    }
}

#[pyslots]
impl KeyWrapper {
    fn call(&self, args: Args<'_>) -> PyResult {
        let [value] = bind!(args, "K", ["obj"], required 1, positional_only 0, positional 1);
        let compare = self.compare.get().unwrap_or_else(none::none);
        make(&compare, value.map(|value| value.to_ref()))
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast_exact::<KeyWrapper>() else {
            return Err(type_error!("other argument must be K instance"));
        };
        let (Some(compare), Some(x), Some(y)) =
            (self.compare.get(), self.value.get(), other.value.get())
        else {
            return Err(attribute_error_text!("object"));
        };
        let answer = call::call(&compare, &[&x, &y])?;
        object::rich_compare(&answer, Int::from_i64(0).as_object(), op)
    }
}
