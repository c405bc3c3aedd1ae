//! `_tuplegetter`: the fields of named tuples.
//!
//! Answers to `tuplegetter` in `Modules/_collectionsmodule.c`.

use std::cell::Cell;

use gopy_core::argument::{check_positional, no_keywords};
use gopy_core::error::{attribute_error_text, index_error, type_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::tuple::Tuple;
use gopy_core::{none, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type};

/// A descriptor that reads an item of a tuple. The eval loop may read it directly.
#[pyclass(name = "collections._tuplegetter", static = TUPLE_GETTER, basicsize = 32,
    flags(HAVE_GC, HEAPTYPE))]
#[repr(C)]
pub struct TupleGetter {
    object: Object,
    index: Cell<isize>,
    doc: Slot,
}

#[pymethods]
impl TupleGetter {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let class = self.as_object().type_().to_ref().upcast();
        let args = tuple::from_array([
            Int::from_i64(self.index.get() as i64).upcast(),
            self.doc.get().unwrap_or_else(none::none),
        ]);
        Ok(tuple::from_array([class, args.upcast()]).upcast())
    }

    #[pymember]
    fn __doc__(&self) -> Ref {
        self.doc.get().unwrap_or_else(none::none)
    }

    #[pymember_setter]
    fn set___doc__(&self, value: Option<&Object>) -> PyResult<()> {
        self.doc.set(value.map(|value| value.to_ref()));
        Ok(())
    }
}

#[pyslots]
impl TupleGetter {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("_tuplegetter", args)?;
        check_positional("_tuplegetter", args.len(), 2, 2)?;
        let (Some(index), Some(doc)) = (args.get(0), args.get(1)) else {
            return Err(type_error!("_tuplegetter expected 2 arguments"));
        };
        let index = number::index_as_ssize(index)?;
        let getter = TupleGetter {
            object: Object::header(ty),
            index: Cell::new(index),
            doc: Slot::new(Some(doc.to_ref())),
        };
        crate::make(ty, getter).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<String> {
        let doc = self.doc.get().unwrap_or_else(none::none);
        let doc: Ref<Str> = object::repr(&doc)?;
        let name = self.as_object().type_name();
        let name = name.rsplit('.').next().unwrap_or(&name);
        Ok(format!("{name}({}, {})", self.index.get(), doc.to_string_lossy()))
    }

    fn descr_get(&self, instance: Option<&Object>, owner: Option<&Object>) -> PyResult {
        let this = self.as_object();
        let Some(instance) = instance else { return Ok(this.to_ref()) };
        let Some(items) = instance.downcast::<Tuple>() else {
            if none::is_none(instance) && owner.is_some() {
                return Ok(this.to_ref());
            }
            return Err(type_error!(
                "descriptor for index '{}' for tuple subclasses doesn't apply to '{}' object",
                self.index.get(),
                instance.type_name()
            ));
        };
        usize::try_from(self.index.get())
            .ok()
            .and_then(|index| items.get(index))
            .map(|item| item.to_ref())
            .ok_or_else(|| index_error!("tuple index out of range"))
    }

    fn descr_set(&self, _instance: &Object, value: Option<&Object>) -> PyResult<()> {
        Err(match value {
            None => attribute_error_text!("can't delete attribute"),
            Some(_) => attribute_error_text!("can't set attribute"),
        })
    }
}
