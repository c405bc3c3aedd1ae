//! Making types ready: bases, MRO, class dict, inherited slots.
//!
//! Answers to `PyType_Ready` and `tp_new_wrapper` of `Objects/typeobject.c`.

use gopy_object::native::{Binding, MethodDef, NativeCode};
use gopy_object::typeobj::OBJECT;
use gopy_object::{Args, Instance, Object, PyResult, Type, TypeFlags};

use crate::builtin::BuiltinFunction;
use crate::dict::{self, Dict};
use crate::error::{system_error, type_error};
use crate::str::{self, Str};
use crate::{classmethods, descriptor, id, none, object, tuple};

use super::cache::dict_of;
use super::slotdefs::SLOTDEFS;
use super::slots::{SlotId, SlotValue};
use super::{inherit, mro, subclasses};

/// Types whose declaration in CPython names the "not hashable" function, so that `__hash__` stands
/// among their slots; other types without a hash get it behind everything else.
const DECLARED_UNHASHABLE: &[&str] =
    &["list", "dict", "set", "collections.deque", "collections.OrderedDict"];

/// What of a built-in type must be known before the first object is allocated: its base, and flags
/// that decide what lies before an instance. Allocates nothing.
pub(super) fn prepare(ty: &'static Type) {
    // The visible size of a prepared type is known.
    let Some(spec) = ty.spec.get().filter(|_| ty.basicsize.get() == 0) else { return };
    let mut flags = spec.flags | TypeFlags::IMMUTABLETYPE;
    // What CPython makes as a heap type shows so; what it makes statically is marked as built in.
    if flags.0 & TypeFlags::HEAPTYPE.0 == 0 {
        flags = flags | TypeFlags::STATIC_BUILTIN;
    }
    if let Some(base) = spec.base {
        prepare(base);
        let families = (u64::MAX << 24) & ((1 << 32) - 1);
        let inherited = families | TypeFlags::HAVE_GC.0;
        flags = flags | TypeFlags(base.flags.get().0 & inherited);
        ty.base.set(Some(base.get().to_ref()));
    }
    ty.add_flags(flags);
    ty.basicsize.set(spec.basicsize);
    ty.itemsize.set(spec.itemsize);
    ty.dictoffset.set(spec.dictoffset);
    ty.weaklistoffset.set(spec.weaklistoffset);
    (spec.slots)(&ty.slots);
    if DECLARED_UNHASHABLE.contains(&spec.name) {
        ty.slots.hash.set(Some(object::hash_not_implemented));
    }
}

/// Makes a built-in type ready: bases, MRO, dict with its descriptors, inherited slots.
///
/// # Errors
///
/// `MemoryError`; nothing else for a well-made declaration.
pub fn ready(ty: &'static Type) -> PyResult<()> {
    if ty.has(TypeFlags::READY) {
        return Ok(());
    }
    if ty.spec.get().is_none() {
        return Err(system_error!("type {} has no declaration", ty.name()));
    }
    if ty.has(TypeFlags::READYING) {
        return Err(system_error!("type {} is its own base", ty.name()));
    }
    prepare(ty);
    ty.add_flags(TypeFlags::READYING);
    if let Some(base) = ty.spec.get().and_then(|spec| spec.base) {
        ready(base)?;
    }
    ready_common(ty)?;
    ty.remove_flags(TypeFlags::READYING);
    Ok(())
}

/// The part that heap types and built-in types have in common; `base` is set.
pub(super) fn ready_common(ty: &Type) -> PyResult<()> {
    if ty.dict.is_empty() {
        ty.dict.set(Some(Dict::new().upcast()));
    }
    if ty.bases.is_empty() {
        let bases = match ty.base.get() {
            Some(base) => tuple::from_array([base.upcast()]),
            None => tuple::empty(),
        };
        ty.bases.set(Some(bases));
    }
    if mro::set(ty)?.is_none() && ty.mro.is_empty() {
        return Err(system_error!("type {} has no mro", ty.name()));
    }
    set_new(ty)?;
    fill_dict(ty)?;
    inherit::inherit(ty)?;
    if ty.has(TypeFlags::MANAGED_DICT) {
        ty.dictoffset.set(-1);
    }
    if ty.has(TypeFlags::MANAGED_WEAKREF) {
        ty.weaklistoffset.set(super::MANAGED_WEAKREF_OFFSET);
    }
    set_hash(ty)?;
    subclasses::add_to_bases(ty)?;
    if ty.has(TypeFlags::MANAGED_DICT) {
        if ty.itemsize.get() == 0 {
            ty.add_flags(TypeFlags::INLINE_VALUES);
        }
        dict::instance::init_shared_keys(ty);
    }
    ty.add_flags(TypeFlags::READY);
    Ok(())
}

/// Sets `tp_new` and the `__new__` entry.
fn set_new(ty: &Type) -> PyResult<()> {
    let base = ty.base.get();
    let base_is_object = base.as_deref().is_some_and(|base| std::ptr::eq(base, &*OBJECT));
    if ty.slots.new.get().is_none() && base_is_object && !ty.is_heap() {
        ty.add_flags(TypeFlags::DISALLOW_INSTANTIATION);
    }
    if ty.has(TypeFlags::DISALLOW_INSTANTIATION) {
        ty.slots.new.set(None);
        return Ok(());
    }
    if ty.slots.new.get().is_some() {
        return add_new_wrapper(ty);
    }
    ty.slots.new.set(base.and_then(|base| base.slots.new.get()));
    Ok(())
}

static NEW_DEF: MethodDef = MethodDef {
    name: "__new__",
    text_signature: Some("($type, *args, **kwargs)"),
    doc: Some("Create and return a new object.  See help(type) for accurate signature."),
    code: NativeCode::VarArgsKeywords(new_wrapper),
    binding: Binding::Class,
    coexist: false,
};

/// Whether an object is a `__new__` that [`ready`] has put into a class dict.
pub(super) fn is_new_wrapper(found: &Object) -> bool {
    found
        .downcast_exact::<BuiltinFunction>()
        .is_some_and(|function| std::ptr::eq(function.def, &NEW_DEF))
}

/// Gives a native heap type whose `new` slot is filled its own `__new__`.
pub(crate) fn install_new(ty: &Type) -> PyResult<()> {
    add_new_wrapper(ty)
}

fn add_new_wrapper(ty: &Type) -> PyResult<()> {
    let Some(dict) = dict_of(ty) else { return Ok(()) };
    if dict.get_str(id!(__new__))?.is_some() {
        return Ok(());
    }
    let function = BuiltinFunction::new(&NEW_DEF, Some(ty.to_ref().upcast()), None)?;
    dict.set_str(id!(__new__), &function)
}

/// `T.__new__(subtype, …)` of a built-in type.
fn new_wrapper(this: &Object, args: Args<'_>) -> PyResult {
    let Some(ty) = this.downcast::<Type>() else {
        return Err(system_error!("__new__() called with non-type 'self'"));
    };
    let Some(first) = args.get(0) else {
        return Err(type_error!("{}.__new__(): not enough arguments", ty.name()));
    };
    let Some(subtype) = first.downcast::<Type>() else {
        return Err(type_error!(
            "{}.__new__(X): X is not a type object ({})",
            ty.name(),
            first.type_name()
        ));
    };
    if !subtype.is_subtype(ty) {
        return Err(type_error!(
            "{}.__new__({}): {} is not a subtype of {}",
            ty.name(),
            subtype.name(),
            subtype.name(),
            ty.name()
        ));
    }
    // The most derived native `__new__` must be this type's, or the layout would be wrong.
    let mut native = subtype.to_ref();
    while super::update::is_python_new(&native) {
        let Some(base) = native.base.get() else { break };
        native = base;
    }
    let own = SlotId::New.get(&ty.slots);
    let theirs = SlotId::New.get(&native.slots);
    if theirs != own {
        if theirs.is_none() {
            return Err(type_error!("cannot create '{}' instances", subtype.name()));
        }
        return Err(type_error!(
            "{}.__new__({}) is not safe, use {}.__new__()",
            ty.name(),
            subtype.name(),
            native.name()
        ));
    }
    match ty.slots.new.get() {
        Some(new) => new(subtype, args.skip(1)),
        None => Err(type_error!("cannot create '{}' instances", subtype.name())),
    }
}

/// Adds what the declaration lists, in CPython's order.
fn fill_dict(ty: &Type) -> PyResult<()> {
    let Some(dict) = dict_of(ty) else { return Ok(()) };
    add_operators(ty, dict)?;
    let spec = if ty.is_heap() && !ty.object.is_static() { None } else { ty.spec.get() };
    let Some(spec) = spec else { return set_doc(dict, None) };
    for method in spec.methods {
        let value = match method.binding {
            Binding::Instance => descriptor::new_method(ty, method)?,
            Binding::Class => descriptor::new_class_method(ty, method)?,
            Binding::Static => {
                let function = BuiltinFunction::new(method, Some(ty.to_ref().upcast()), None)?;
                classmethods::new_static_method(&function)?
            }
        };
        let name = str::interned(method.name);
        if method.coexist {
            dict.set_str(&name, &value)?;
        } else {
            add_default(dict, &name, &value)?;
        }
    }
    for member in spec.members {
        let value = descriptor::new_member(ty, member)?;
        add_default(dict, &str::interned(member.name), &value)?;
    }
    for getset in spec.getsets {
        let value = descriptor::new_getset(ty, getset)?;
        add_default(dict, &str::interned(getset.name), &value)?;
    }
    set_doc(dict, spec.doc.or_else(|| gopy_doc::find(spec.name)))
}

fn add_default(dict: &Dict, name: &Str, value: &Object) -> PyResult<()> {
    dict.set_default(name, value).map(drop)
}

/// Adds a slot wrapper for each slot that the type fills itself.
fn add_operators(ty: &Type, dict: &Dict) -> PyResult<()> {
    let unhashable = SlotValue::Hash(object::hash_not_implemented);
    for def in SLOTDEFS.iter().filter(|def| def.wrapper.is_some()) {
        let Some(function) = def.id.get(&ty.slots) else { continue };
        let name = (def.interned)();
        if is_inherited(ty, def.id, function) || dict.get_str(name)?.is_some() {
            continue;
        }
        if def.id == SlotId::Hash && function == unhashable {
            dict.set_str(name, none::none_object())?;
        } else {
            let wrapper = descriptor::new_wrapper(ty, def, function)?;
            dict.set_str(name, &wrapper)?;
        }
    }
    Ok(())
}

/// Whether a built-in type has a slot from its base, spelt out in its declaration or not; comparison
/// and hash go together.
fn is_inherited(ty: &Type, id: SlotId, function: SlotValue) -> bool {
    if !ty.has(TypeFlags::STATIC_BUILTIN) {
        return false;
    }
    let Some(base) = ty.base.get() else { return false };
    let same = |id: SlotId| id.get(&ty.slots) == id.get(&base.slots);
    id.get(&base.slots) == Some(function)
        && match id {
            SlotId::Hash => same(SlotId::RichCompare),
            SlotId::RichCompare => same(SlotId::Hash),
            _ => true,
        }
}

fn set_doc(dict: &Dict, doc: Option<&str>) -> PyResult<()> {
    if dict.get_str(id!(__doc__))?.is_some() {
        return Ok(());
    }
    match doc {
        Some(doc) => dict.set_str(id!(__doc__), &Str::new(doc)),
        None => dict.set_str(id!(__doc__), none::none_object()),
    }
}

/// A type that compares but has no hash is not hashable, and says so.
fn set_hash(ty: &Type) -> PyResult<()> {
    if ty.slots.hash.get().is_some() {
        return Ok(());
    }
    let Some(dict) = dict_of(ty) else { return Ok(()) };
    if dict.get_str(id!(__hash__))?.is_some() {
        return Ok(());
    }
    dict.set_str(id!(__hash__), none::none_object())?;
    ty.slots.hash.set(Some(object::hash_not_implemented));
    Ok(())
}
