//! `property`.
//!
//! Answers to `property` in `Objects/descrobject.c`.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::argument::{ArgSpec, Bound, Style};
use crate::error::{attribute_error_text, runtime_error};
use crate::function::Function;
use crate::str::Str;
use crate::{bool_, call, id, none, object};

/// A `property`.
#[pyclass(name = "property", static = PROPERTY, text_signature = "(fget=None, fset=None, fdel=None, doc=None)", basicsize = 64, flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Property {
    object: Object,
    /// `fget`; empty where there is none.
    pub fget: Slot,
    /// `fset`.
    pub fset: Slot,
    /// `fdel`.
    pub fdel: Slot,
    doc: Slot,
    name: Slot,
    getter_doc: Cell<bool>,
}

/// `None` counts as missing.
fn given(value: Option<&Object>) -> Option<Ref> {
    value.filter(|value| !none::is_none(value)).map(|value| value.to_ref())
}

fn shown(slot: &Slot) -> Ref {
    slot.get().unwrap_or_else(none::none)
}

impl Property {
    /// The name: as `__set_name__` or an assignment gave it, else the getter's.
    fn name(&self) -> PyResult<Option<Ref>> {
        if let Some(name) = self.name.get() {
            return Ok(Some(name));
        }
        match self.fget.get() {
            Some(getter) => match getter.downcast_exact::<Function>() {
                Some(function) => Ok(function.name.get().map(Ref::upcast)),
                None => object::get_attr_opt(&getter, id!(__name__)),
            },
            None => Ok(None),
        }
    }

    /// A copy with one function replaced.
    fn copy_with(
        &self,
        fget: Option<&Object>,
        fset: Option<&Object>,
        fdel: Option<&Object>,
    ) -> PyResult {
        let pick = |new: Option<&Object>, old: &Slot| given(new).unwrap_or_else(|| shown(old));
        let (get, set, del) =
            (pick(fget, &self.fget), pick(fset, &self.fset), pick(fdel, &self.fdel));
        let doc = if self.getter_doc.get() && !none::is_none(&get) {
            none::none()
        } else {
            shown(&self.doc)
        };
        let class = self.as_object().type_().to_ref();
        let copy = call::call(class.as_object(), &[&get, &set, &del, &doc])?;
        if let Some(property) = copy.downcast::<Property>() {
            property.name.set(self.name.get());
        }
        Ok(copy)
    }

    fn init_functions(
        &self,
        fget: Option<&Object>,
        fset: Option<&Object>,
        fdel: Option<&Object>,
        doc: Option<&Object>,
    ) -> PyResult<()> {
        self.fget.set(given(fget));
        self.fset.set(given(fset));
        self.fdel.set(given(fdel));
        self.doc.set(None);
        self.name.set(None);
        self.getter_doc.set(false);
        let mut doc = given(doc);
        if doc.is_none()
            && let Some(getter) = self.fget.get()
        {
            doc = object::get_attr_opt(&getter, id!(__doc__))?.filter(|doc| !none::is_none(doc));
            self.getter_doc.set(doc.is_some());
        }
        if self.as_object().is_exact(&PROPERTY) {
            self.doc.set(doc);
            return Ok(());
        }
        // A subclass keeps the doc in its instance dict, where it is found before the class's.
        let value = doc.unwrap_or_else(none::none);
        match object::set_attr(self.as_object(), id!(__doc__), &value) {
            Err(error)
                if !self.getter_doc.get()
                    && error.is_instance(&crate::exceptions::ATTRIBUTE_ERROR) =>
            {
                Ok(())
            }
            result => result,
        }
    }

    fn missing(&self, instance: &Object, what: &str) -> PyResult<gopy_object::Exception> {
        let class = object::get_attr(instance.type_().as_object(), id!(__qualname__))?;
        let class = object::repr(&class)?;
        Ok(match self.name()? {
            Some(name) => {
                let name = object::repr(&name)?;
                attribute_error_text!("property {name} of {class} object has no {what}")
            }
            None => attribute_error_text!("property of {class} object has no {what}"),
        })
    }
}

#[pymethods]
impl Property {
    #[pymethod(hide_signature)]
    fn getter(&self, fget: &Object) -> PyResult {
        self.copy_with(Some(fget), None, None)
    }

    #[pymethod(hide_signature)]
    fn setter(&self, fset: &Object) -> PyResult {
        self.copy_with(None, Some(fset), None)
    }

    #[pymethod(hide_signature)]
    fn deleter(&self, fdel: &Object) -> PyResult {
        self.copy_with(None, None, Some(fdel))
    }

    #[pymethod(raw)]
    fn __set_name__(&self, args: Args<'_>) -> PyResult<()> {
        if args.len() != 2 {
            return Err(crate::error::type_error!(
                "__set_name__() takes 2 positional arguments but {} were given",
                args.len()
            ));
        }
        self.name.set(args.get(1).map(|name| name.to_ref()));
        Ok(())
    }

    #[pymember]
    fn fget(&self) -> Ref {
        shown(&self.fget)
    }

    #[pymember]
    fn fset(&self) -> Ref {
        shown(&self.fset)
    }

    #[pymember]
    fn fdel(&self) -> Ref {
        shown(&self.fdel)
    }

    #[pymember]
    fn __doc__(&self) -> Ref {
        shown(&self.doc)
    }

    #[pymember_setter]
    fn set___doc__(&self, value: Option<&Object>) -> PyResult<()> {
        self.doc.set(value.map(|value| value.to_ref()));
        Ok(())
    }

    #[pygetter]
    fn __name__(&self) -> PyResult {
        match self.name()? {
            Some(name) => Ok(name),
            None => Err(crate::exceptions::attribute_error(self.as_object(), id!(__name__))),
        }
    }

    #[pysetter]
    fn set___name__(&self, value: Option<&Object>) -> PyResult<()> {
        self.name.set(value.map(|value| value.to_ref()));
        Ok(())
    }

    #[pygetter]
    fn __isabstractmethod__(&self) -> PyResult {
        for slot in [&self.fget, &self.fset, &self.fdel] {
            if let Some(function) = slot.get()
                && let Some(flag) = object::get_attr_opt(&function, id!(__isabstractmethod__))?
                && object::is_true(&flag)?
            {
                return Ok(bool_::bool_ref(true));
            }
        }
        Ok(bool_::bool_ref(false))
    }
}

#[pyslots]
impl Property {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        let property = memory::alloc(
            ty,
            Property {
                object: Object::header(ty),
                fget: Slot::empty(),
                fset: Slot::empty(),
                fdel: Slot::empty(),
                doc: Slot::empty(),
                name: Slot::empty(),
                getter_doc: Cell::new(false),
            },
        )?;
        Ok(gc::tracked(property).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        static SPEC: ArgSpec = ArgSpec {
            function: "property",
            names: &["fget", "fset", "fdel", "doc"],
            required: &[false; 4],
            positional_only: 0,
            positional: 4,
            required_positional: 0,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 4];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        self.init_functions(bound.get(0), bound.get(1), bound.get(2), bound.get(3))
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        let Some(instance) = instance.filter(|instance| !none::is_none(instance)) else {
            return Ok(self.as_object().to_ref());
        };
        match self.fget.get() {
            Some(getter) => call::call_one(&getter, instance),
            None => Err(self.missing(instance, "getter")?),
        }
    }

    fn descr_set(&self, instance: &Object, value: Option<&Object>) -> PyResult<()> {
        match value {
            None => match self.fdel.get() {
                Some(deleter) => call::call_one(&deleter, instance).map(drop),
                None => Err(self.missing(instance, "deleter")?),
            },
            Some(value) => match self.fset.get() {
                Some(setter) => call::call(&setter, &[instance, value]).map(drop),
                None => Err(self.missing(instance, "setter")?),
            },
        }
    }
}

/// `property(fget)` for native code.
///
/// # Errors
///
/// As the call.
pub fn new(fget: &Object) -> PyResult {
    let property = call::call_one(PROPERTY.as_object(), fget)?;
    if property.downcast::<Property>().is_none() {
        return Err(runtime_error!("property() returned something else"));
    }
    Ok(property)
}

/// Text of a property's name for messages.
pub fn display_name(property: &Property) -> PyResult<Option<Ref<Str>>> {
    Ok(property.name()?.and_then(|name| name.downcast_ref::<Str>().ok()))
}
