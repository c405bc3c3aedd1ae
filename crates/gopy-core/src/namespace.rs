//! `types.SimpleNamespace`.
//!
//! Answers to `Objects/namespaceobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::{CompareOp, Tuple};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory, thread};

use crate::argument::{check_positional, keyword_items};
use crate::dict::Dict;
use crate::error::type_error;
use crate::str::Str;
use crate::{call, none, object, tuple};

/// A `types.SimpleNamespace`.
#[pyclass(name = "types.SimpleNamespace", static = NAMESPACE, text_signature = "(mapping_or_iterable=(), /, **kwargs)", basicsize = 24, dictoffset = 16,
    flags(BASETYPE, HAVE_GC), dict = dict)]
#[repr(C)]
pub struct Namespace {
    object: Object,
    dict: Slot,
}

/// A namespace with these attributes (`_PyNamespace_New`).
///
/// # Errors
///
/// `MemoryError`.
pub fn new(attributes: &Dict) -> PyResult<Ref<Namespace>> {
    let dict = attributes.copy()?;
    let namespace = memory::alloc(
        &NAMESPACE,
        Namespace { object: Object::header(&NAMESPACE), dict: Slot::new(Some(dict.upcast())) },
    )?;
    Ok(gc::tracked(namespace))
}

impl Namespace {
    fn dict(&self) -> PyResult<Ref<Dict>> {
        Ok(object::dict_of(self.as_object())?.unwrap_or_else(Dict::new))
    }
}

#[pymethods]
impl Namespace {
    #[pymember]
    fn __dict__(&self) -> PyResult<Ref<Dict>> {
        self.dict()
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        let class = self.as_object().type_().to_ref().upcast();
        Ok(tuple::from_array([class, tuple::empty().upcast(), self.dict()?.upcast()]))
    }

    #[pymethod(raw)]
    fn __replace__(&self, args: Args<'_>) -> PyResult {
        if !args.is_empty() {
            return Err(type_error!("__replace__() takes no positional arguments"));
        }
        let copy = call::call_no_args(self.as_object().type_().as_object())?;
        let Some(other) = copy.downcast::<Namespace>() else {
            return Err(type_error!(
                "expect {} type, but {}() returned '{}' object",
                NAMESPACE.name(),
                crate::type_::qualified_name(self.as_object().type_())?,
                crate::type_::qualified_name(copy.type_())?
            ));
        };
        let dict = other.dict()?;
        dict.merge(self.dict()?.as_object(), true)?;
        for (name, value) in keyword_items(args) {
            dict.set_str(name, value)?;
        }
        Ok(copy)
    }
}

#[pyslots]
impl Namespace {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        let namespace = memory::alloc(
            ty,
            Namespace { object: Object::header(ty), dict: Slot::new(Some(Dict::new().upcast())) },
        )?;
        Ok(gc::tracked(namespace).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        check_positional(&self.as_object().type_name(), args.len(), 0, 1)?;
        let own = self.dict()?;
        if let Some(source) = args.get(0) {
            let dict = match source.downcast_exact::<Dict>() {
                Some(dict) => dict.to_ref(),
                None => {
                    let made = call::call_one(crate::dict::DICT.as_object(), source)?;
                    made.downcast_ref::<Dict>()
                        .map_err(|other| type_error!("not a dict: {}", other.type_name()))?
                }
            };
            let mut position = 0;
            while let Some((key, _)) = dict.next(&mut position) {
                if key.downcast::<Str>().is_none() {
                    return Err(type_error!(
                        "keywords must be strings, not '{:.200}'",
                        key.type_name()
                    ));
                }
            }
            own.merge(dict.as_object(), true)?;
        }
        for (name, value) in keyword_items(args) {
            own.set_str(name, value)?;
        }
        Ok(())
    }

    fn repr(&self) -> PyResult<String> {
        let this = self.as_object();
        let name = if this.is_exact(&NAMESPACE) {
            "namespace".to_owned()
        } else {
            this.type_name().to_string()
        };
        let Some(_guard) = thread().enter_repr(this) else { return Ok(format!("{name}(...)")) };
        let dict = self.dict()?;
        let mut text = format!("{name}(");
        let mut first = true;
        for key in crate::iter::collect(dict.keys().as_object())? {
            let Some(key) = key.downcast::<Str>().filter(|key| !key.is_empty()) else { continue };
            let Some(value) = dict.get_str(key)? else { continue };
            if !first {
                text.push_str(", ");
            }
            first = false;
            text.push_str(&format!("{key}={}", object::repr(&value)?));
        }
        text.push(')');
        Ok(text)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        match other.downcast::<Namespace>() {
            Some(other) => {
                object::rich_compare(self.dict()?.as_object(), other.dict()?.as_object(), op)
            }
            None => Ok(none::not_implemented()),
        }
    }
}
