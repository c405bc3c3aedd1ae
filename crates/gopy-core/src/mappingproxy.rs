//! `mappingproxy`: a read-only view of a mapping.
//!
//! Answers to `mappingproxy` in `Objects/descrobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::{CompareOp, Tuple};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, gc, memory, thread};

use crate::dict::Dict;
use crate::error::type_error;
use crate::generic_alias::GenericAlias;
use crate::list::List;
use crate::{call, id, iter, mapping, none, number, object, sequence};

/// A `mappingproxy`.
#[pyclass(name = "mappingproxy", static = MAPPING_PROXY, text_signature = "(mapping)", basicsize = 24, flags(HAVE_GC, MAPPING))]
#[repr(C)]
pub struct MappingProxy {
    object: Object,
    /// The mapping that is shown.
    pub mapping: Ref,
}

/// Wraps a mapping (`PyDictProxy_New`).
///
/// # Errors
///
/// `TypeError` where it is none.
pub fn new(mapping: &Object) -> PyResult {
    if !mapping::is_mapping(mapping)
        || mapping.downcast::<List>().is_some()
        || mapping.downcast::<Tuple>().is_some()
    {
        return Err(type_error!(
            "mappingproxy() argument must be a mapping, not {}",
            mapping.type_name()
        ));
    }
    let proxy = memory::alloc(
        &MAPPING_PROXY,
        MappingProxy { object: Object::header(&MAPPING_PROXY), mapping: mapping.to_ref() },
    )?;
    Ok(gc::tracked(proxy).upcast())
}

/// The mapping behind a proxy, or the object itself.
fn unwrap(o: &Object) -> &Object {
    o.downcast_exact::<MappingProxy>().map_or(o, |proxy| &proxy.mapping)
}

#[pymethods]
impl MappingProxy {
    #[pymethod(raw)]
    fn get(&self, args: Args<'_>) -> PyResult {
        crate::argument::no_keywords("mappingproxy.get", args)?;
        crate::argument::check_positional("get", args.len(), 1, 2)?;
        let default = args.get(1).unwrap_or(none::none_object());
        let Some(key) = args.get(0) else { return Ok(none::none()) };
        call::call_method(&self.mapping, id!(get), &[key, default])
    }

    #[pymethod("($self, /)")]
    fn keys(&self) -> PyResult {
        call::call_method(&self.mapping, id!(keys), &[])
    }

    #[pymethod("($self, /)")]
    fn values(&self) -> PyResult {
        call::call_method(&self.mapping, id!(values), &[])
    }

    #[pymethod("($self, /)")]
    fn items(&self) -> PyResult {
        call::call_method(&self.mapping, id!(items), &[])
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult {
        call::call_method(&self.mapping, id!(copy), &[])
    }

    #[pyclassmethod]
    fn __class_getitem__(cls: &Type, item: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), item).map(Ref::upcast)
    }

    #[pymethod("($self, /)")]
    fn __reversed__(&self) -> PyResult {
        call::call_method(&self.mapping, id!(__reversed__), &[])
    }
}

#[pyslots]
impl MappingProxy {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        static SPEC: crate::argument::ArgSpec = crate::argument::ArgSpec {
            function: "mappingproxy",
            names: &["mapping"],
            required: &[true],
            positional_only: 0,
            positional: 1,
            required_positional: 1,
            rest: false,
            keywords: false,
            style: crate::argument::Style::Clinic,
        };
        let mut places = [None; 1];
        let bound = crate::argument::Bound::bind(&SPEC, args, &mut places)?;
        new(bound.required(0))
    }

    fn repr(&self) -> PyResult<String> {
        Ok(format!("mappingproxy({})", object::repr(&self.mapping)?))
    }

    fn str(&self) -> PyResult {
        object::str(&self.mapping).map(Ref::upcast)
    }

    fn hash(&self) -> PyResult<isize> {
        object::hash(&self.mapping)
    }

    fn mp_length(&self) -> PyResult<usize> {
        object::len(&self.mapping)
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        // Proxies of proxies can be nested as deep as memory goes.
        thread().check_native_recursion(" while calling a Python object")?;
        object::get_item(&self.mapping, key)
    }

    fn sq_contains(&self, key: &Object) -> PyResult<bool> {
        match self.mapping.downcast_exact::<Dict>() {
            Some(dict) => dict.contains(key),
            None => sequence::contains(&self.mapping, key),
        }
    }

    fn iter(&self) -> PyResult {
        iter::get_iter(&self.mapping)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        object::rich_compare(&self.mapping, other, op)
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        number::or(unwrap(left), unwrap(right))
    }

    fn nb_inplace_or(&self, _other: &Object) -> PyResult {
        Err(type_error!(
            "'|=' is not supported by {}; use '|' instead",
            self.as_object().type_name()
        ))
    }
}
