//! `type`: its methods and slots.
//!
//! Answers to `PyType_Type` in `Objects/typeobject.c`.

use gopy_macros::pymethods;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slots, Type, TypeFlags, TypeSpec};

use crate::dict::{self, Dict};
use crate::error::type_error;
use crate::exceptions;
use crate::list::List;
use crate::str::Str;
use crate::{none, object, str, union};

use super::attributes;
use super::cache::{self, dict_of, lookup, modified};

/// The declaration of `type`.
pub(super) static SPEC: TypeSpec = TypeSpec {
    name: "type",
    doc: Some("type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type"),
    text_signature: None,
    base: Some(&gopy_object::typeobj::OBJECT),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::HAVE_GC)
        .with(TypeFlags::TYPE_SUBCLASS)
        .with(TypeFlags::HAVE_VECTORCALL)
        .with(TypeFlags::ITEMS_AT_END),
    basicsize: 936,
    itemsize: 40,
    dictoffset: 264,
    weaklistoffset: 368,
    payload: &gopy_object::typeobj::TYPE_PAYLOAD,
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    members: methods::MEMBERS,
    slots: fill_slots,
};

/// Bytes of a static type object, as `__sizeof__` shows it.
const STATIC_SIZE: usize = 416;
/// Bytes of a class without its shared keys.
const HEAP_SIZE: usize = 936;

#[pymethods(Type)]
mod methods {
    use super::*;

    #[pymethod("($self, /)")]
    fn mro(this: &Type) -> PyResult<Ref<List>> {
        super::super::mro::linearise(this).map(List::from_vec)
    }

    #[pymethod("($self, /)")]
    fn __subclasses__(this: &Type) -> Ref<List> {
        let subclasses = super::super::subclasses::all(this);
        List::from_vec(subclasses.into_iter().map(Ref::upcast).collect())
    }

    #[pyclassmethod("($cls, name, bases, /, **kwds)", raw)]
    fn __prepare__(_cls: &Type, args: Args<'_>) -> Ref<Dict> {
        attributes::prepare(args)
    }

    #[pymethod("($self, instance, /)")]
    fn __instancecheck__(this: &Type, instance: &Object) -> PyResult<bool> {
        object::real_is_instance(instance, this.as_object())
    }

    #[pymethod("($self, subclass, /)")]
    fn __subclasscheck__(this: &Type, subclass: &Object) -> PyResult<bool> {
        object::real_is_subclass(subclass, this.as_object())
    }

    #[pymethod("($self, /)")]
    fn __dir__(this: &Type) -> PyResult<Ref<List>> {
        let names = Dict::new();
        super::super::object_type::merge_class_dict(&names, this.as_object())?;
        Ok(names.keys())
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(this: &Type) -> usize {
        if this.is_heap() {
            HEAP_SIZE + dict::instance::shared_keys_size(this)
        } else {
            STATIC_SIZE
        }
    }

    #[pymember]
    fn __basicsize__(this: &Type) -> usize {
        this.basicsize.get()
    }

    #[pymember]
    fn __itemsize__(this: &Type) -> usize {
        this.itemsize.get()
    }

    #[pymember]
    fn __flags__(this: &Type) -> u64 {
        this.flags.get().0
    }

    #[pymember]
    fn __weakrefoffset__(this: &Type) -> isize {
        this.weaklistoffset.get()
    }

    #[pymember]
    fn __base__(this: &Type) -> Ref {
        this.base.get().map_or_else(none::none, Ref::upcast)
    }

    #[pymember]
    fn __dictoffset__(this: &Type) -> isize {
        this.dictoffset.get()
    }

    #[pygetter]
    fn __name__(this: &Type) -> Ref<Str> {
        attributes::name_of(this)
    }

    #[pysetter]
    fn set___name__(this: &Type, value: Option<&Object>) -> PyResult<()> {
        attributes::set_name(this, value)
    }

    #[pygetter]
    fn __qualname__(this: &Type) -> Ref<Str> {
        attributes::qualname_of(this)
    }

    #[pysetter]
    fn set___qualname__(this: &Type, value: Option<&Object>) -> PyResult<()> {
        attributes::set_qualname(this, value)
    }

    #[pygetter]
    fn __bases__(this: &Type) -> Ref {
        this.bases.get().map_or_else(none::none, Ref::upcast)
    }

    #[pysetter]
    fn set___bases__(this: &Type, value: Option<&Object>) -> PyResult<()> {
        attributes::set_bases(this, value)
    }

    #[pygetter]
    fn __mro__(this: &Type) -> Ref {
        this.mro.get().map_or_else(none::none, Ref::upcast)
    }

    #[pygetter]
    fn __module__(this: &Type) -> PyResult {
        attributes::module_of(this)
    }

    #[pysetter]
    fn set___module__(this: &Type, value: Option<&Object>) -> PyResult<()> {
        attributes::set_module(this, value)
    }

    #[pygetter]
    fn __abstractmethods__(this: &Type) -> PyResult {
        attributes::abstract_methods(this)
    }

    #[pysetter]
    fn set___abstractmethods__(this: &Type, value: Option<&Object>) -> PyResult<()> {
        attributes::set_abstract_methods(this, value)
    }

    #[pygetter]
    fn __dict__(this: &Type) -> PyResult {
        attributes::dict_proxy(this)
    }

    #[pygetter]
    fn __doc__(this: &Type) -> PyResult {
        attributes::doc(this)
    }

    #[pysetter]
    fn set___doc__(this: &Type, value: Option<&Object>) -> PyResult<()> {
        attributes::set_doc(this, value)
    }

    #[pygetter]
    fn __text_signature__(this: &Type) -> Ref {
        match this.spec.get().and_then(|spec| spec.text_signature) {
            Some(signature) => Str::new(signature).upcast(),
            None => none::none(),
        }
    }

    #[pygetter]
    fn __annotations__(this: &Type) -> PyResult {
        attributes::annotations(this)
    }

    #[pysetter]
    fn set___annotations__(this: &Type, value: Option<&Object>) -> PyResult<()> {
        attributes::set_annotations(this, value)
    }

    #[pygetter]
    fn __annotate__(this: &Type) -> PyResult {
        attributes::annotate(this)
    }

    #[pysetter]
    fn set___annotate__(this: &Type, value: Option<&Object>) -> PyResult<()> {
        attributes::set_annotate(this, value)
    }

    #[pygetter]
    fn __type_params__(this: &Type) -> PyResult {
        attributes::type_params(this)
    }

    #[pysetter]
    fn set___type_params__(this: &Type, value: Option<&Object>) -> PyResult<()> {
        attributes::set_type_params(this, value)
    }
}

fn this_type(this: &Object) -> &Type {
    // SAFETY: slot functions of `type` are called for its instances only.
    unsafe { this.downcast_unchecked() }
}

fn fill_slots(slots: &Slots) {
    slots.repr.set(Some(repr));
    slots.call.set(Some(call));
    slots.getattro.set(Some(getattro));
    slots.setattro.set(Some(setattro));
    slots.init.set(Some(init));
    slots.new.set(Some(super::new::type_new));
    slots.number.or.set(Some(union::or));
    slots.vectorcall.set(Some(vectorcall));
    slots.is_gc.set(Some(|this| !this.is_static()));
}

fn repr(this: &Object) -> PyResult {
    let ty = this_type(this);
    let module = attributes::module_of(ty).ok();
    let text = match module.as_ref().and_then(|module| module.downcast::<Str>()) {
        Some(module) if !module.eq_str("builtins") => {
            let name = attributes::qualname_of(ty);
            format!("<class '{module}.{name}'>")
        }
        _ => format!("<class '{}'>", ty.name()),
    };
    Ok(Str::new(&text).upcast())
}

fn call(this: &Object, args: Args<'_>) -> PyResult {
    super::call(this_type(this), args)
}

/// `type(x)`, and `type(name, bases, dict)`.
fn vectorcall(ty: &Type, args: Args<'_>) -> PyResult {
    if args.len() == 1 {
        crate::argument::no_keywords("type", args)?;
        let Some(object) = args.get(0) else { return Ok(none::none()) };
        return Ok(object.type_().to_ref().upcast());
    }
    super::call_generic(ty, args)
}

fn init(_this: &Object, args: Args<'_>) -> PyResult<()> {
    if args.len() == 1 && args.keyword_count() > 0 {
        return Err(type_error!("type.__init__() takes no keyword arguments"));
    }
    if args.len() != 1 && args.len() != 3 {
        return Err(type_error!("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

fn attribute_name(name: &Object) -> PyResult<&Str> {
    name.downcast::<Str>().ok_or_else(|| {
        type_error!("attribute name must be string, not '{:.200}'", name.type_name())
    })
}

fn getattro(this: &Object, name: &Object) -> PyResult {
    let name = attribute_name(name)?;
    let ty = this_type(this);
    match get_attr_opt(ty, name)? {
        Some(value) => Ok(value),
        None => Err(no_attribute(ty, name)),
    }
}

#[cold]
fn no_attribute(ty: &Type, name: &Str) -> gopy_object::Exception {
    let message = format!("type object '{:.100}' has no attribute '{name}'", ty.name());
    exceptions::attribute_error_with(ty.as_object(), name, &message)
}

/// An attribute of a type as `type.__getattribute__` finds it; a miss builds no AttributeError.
///
/// # Errors
///
/// What descriptors raise, AttributeErrors included.
pub fn get_attr_opt(ty: &Type, name: &Str) -> PyResult<Option<Ref>> {
    let this = ty.as_object();
    let metatype = this.type_();
    let meta = lookup(metatype, name);
    let meta_get = meta.as_ref().and_then(|meta| meta.type_().slots.descr_get.get());
    if let (Some(meta), Some(get)) = (&meta, meta_get)
        && meta.type_().slots.descr_set.get().is_some()
    {
        return get(meta, Some(this), Some(metatype.as_object())).map(Some);
    }
    if let Some(found) = lookup(ty, name) {
        return match found.type_().slots.descr_get.get() {
            Some(get) => get(&found, None, Some(this)).map(Some),
            None => Ok(Some(found)),
        };
    }
    match (meta, meta_get) {
        (Some(meta), Some(get)) => get(&meta, Some(this), Some(metatype.as_object())).map(Some),
        (meta, _) => Ok(meta),
    }
}

fn setattro(this: &Object, name: &Object, value: Option<&Object>) -> PyResult<()> {
    let ty = this_type(this);
    if ty.has(TypeFlags::IMMUTABLETYPE) {
        return Err(type_error!(
            "cannot set {} attribute of immutable type '{}'",
            object::repr(name)?,
            ty.name()
        ));
    }
    let text = attribute_name(name)?;
    let text = if text.as_object().is_exact(&str::STR) {
        str::intern(text.to_ref())
    } else {
        str::intern(text.slice(0, text.len()))
    };
    if let Some(meta) = lookup(this.type_(), &text)
        && let Some(set) = meta.type_().slots.descr_set.get()
    {
        return set(&meta, this, value);
    }
    let Some(dict) = dict_of(ty) else { return Err(no_attribute(ty, &text)) };
    let volatile = ty.watched.get() == 0 && cache::is_volatile(ty, &text);
    let tell = || if volatile { cache::forget(ty, &text) } else { modified(ty) };
    // The cache may hold the old value, which dies below.
    tell();
    let old = match value {
        Some(value) => {
            let old = dict.get_str(&text)?;
            dict.set_str(&text, value)?;
            old
        }
        None => match dict.pop(&text)? {
            Some(old) => Some(old),
            None => return Err(no_attribute(ty, &text)),
        },
    };
    // Comparing odd keys may have run code that has filled the cache again.
    tell();
    if is_dunder(&text) {
        super::update::update(ty, &text);
    } else if !volatile {
        cache::note_write(ty, &text);
    }
    drop(old);
    Ok(())
}

/// Whether a name is one of those that slots stand for: `__…__`.
fn is_dunder(name: &Str) -> bool {
    let length = name.len();
    length > 4
        && [0, 1, length - 2, length - 1].iter().all(|index| name.char_at(*index) == u32::from('_'))
}
