//! `type.__new__`: making classes.
//!
//! Answers to `type_new` of `Objects/typeobject.c`.

use std::rc::Rc;

use gopy_object::typeobj::{OBJECT, TYPE, Tuple};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, TypeFlags, gc, memory};

use crate::argument::Place;
use crate::cell::Cell;
use crate::dict::Dict;
use crate::error::type_error;
use crate::function::Function;
use crate::str::Str;
use crate::{
    call, classmethods, descriptor, exceptions, hooks, id, object, super_, tuple, warnings,
};

use super::cache::dict_of;
use super::slots::SlotId;
use super::{attributes, declared_slots, layout, ready, update};

/// `type.__new__(metatype, name, bases, dict, **kwargs)` as a slot.
pub(super) fn type_new(metatype: &Type, args: Args<'_>) -> PyResult {
    if args.len() != 3 {
        return Err(type_error!("type.__new__() takes exactly 3 arguments ({} given)", args.len()));
    }
    let place = |position| Place::at("type.__new__", position);
    let argument = |index: usize| args.positional()[index].object();
    let name =
        argument(0).downcast::<Str>().ok_or_else(|| place(1).bad_argument("str", argument(0)))?;
    let bases = argument(1)
        .downcast::<Tuple>()
        .ok_or_else(|| place(2).bad_argument("tuple", argument(1)))?;
    let dict =
        argument(2).downcast::<Dict>().ok_or_else(|| place(3).bad_argument("dict", argument(2)))?;
    match choose_metatype(metatype, bases)? {
        Metatype::Other(winner, new) => new(&winner, args),
        Metatype::Here(winner) => {
            new_type(&winner, name, bases, dict, args.skip(3)).map(Ref::upcast)
        }
    }
}

/// Who makes the class.
enum Metatype {
    /// This function, for that metatype.
    Here(Ref<Type>),
    /// The winner's own `__new__`.
    Other(Ref<Type>, gopy_object::typeobj::NewFn),
}

fn choose_metatype(metatype: &Type, bases: &Tuple) -> PyResult<Metatype> {
    if bases.is_empty() {
        return Ok(Metatype::Here(metatype.to_ref()));
    }
    for base in bases.items().iter().filter(|base| base.downcast::<Type>().is_none()) {
        if object::get_attr_opt(base, id!(__mro_entries__))?.is_some() {
            return Err(type_error!(
                "type() doesn't support MRO entry resolution; use types.new_class()"
            ));
        }
    }
    let winner = calculate_metaclass(metatype, bases)?;
    let is_other = !std::ptr::eq(&*winner, metatype)
        && SlotId::New.get(&winner.slots) != SlotId::New.get(&TYPE.slots);
    match winner.slots.new.get() {
        Some(new) if is_other => Ok(Metatype::Other(winner, new)),
        _ => Ok(Metatype::Here(winner)),
    }
}

/// The winning metaclass of `bases`.
///
/// # Errors
///
/// `TypeError` where the metaclasses exclude each other.
pub fn calculate_metaclass(metatype: &Type, bases: &Tuple) -> PyResult<Ref<Type>> {
    let mut winner = metatype.to_ref();
    for base in bases.items() {
        let candidate = base.type_();
        if winner.is_subtype(candidate) {
            continue;
        }
        if !candidate.is_subtype(&winner) {
            return Err(type_error!(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) \
                 subclass of the metaclasses of all its bases"
            ));
        }
        winner = candidate.to_ref();
    }
    Ok(winner)
}

/// Makes a class of exactly this metatype; the keywords of `args` go to `__init_subclass__`.
///
/// # Errors
///
/// All that `type.__new__` raises.
pub fn new_type(
    metatype: &Type,
    name: &Str,
    bases: &Tuple,
    dict: &Dict,
    args: Args<'_>,
) -> PyResult<Ref<Type>> {
    let (bases, base) = if bases.is_empty() {
        (tuple::from_array([OBJECT.get().to_ref().upcast()]), OBJECT.get().to_ref())
    } else {
        (bases.to_ref(), layout::best_base(bases)?)
    };
    let dict = dict.copy()?;
    let added = declared_slots::declare(name, &bases, &base, &dict)?;
    let ty = allocate(metatype, name, &bases, &base, &added)?;
    ty.dict.set(Some(dict.upcast()));
    set_attributes(&ty, name)?;
    place_slots(&ty, &base, &added);
    // Slots may have the names of the cells.
    set_cells(&ty)?;
    add_slot_descriptors(&ty, &added)?;
    ready::ready_common(&ty)?;
    update::fixup_all(&ty);
    check_string_keys(&ty)?;
    call_set_names(&ty)?;
    call_init_subclass(&ty, args)?;
    Ok(ty)
}

fn allocate(
    metatype: &Type,
    name: &Str,
    bases: &Ref<Tuple>,
    base: &Ref<Type>,
    added: &declared_slots::Added,
) -> PyResult<Ref<Type>> {
    let text: Rc<str> = Rc::from(&*name.to_string_lossy());
    let ty = memory::alloc(metatype, Type::heap(metatype, text, base.payload.get()))?;
    ty.flags.set(TypeFlags::HEAPTYPE | TypeFlags::BASETYPE | TypeFlags::HAVE_GC);
    ty.bases.set(Some(bases.clone()));
    ty.base.set(Some(base.clone()));
    ty.ht_name.set(Some(name.as_object().to_ref()));
    if let Some(names) = &added.names {
        ty.ht_slots.set(Some(names.clone().upcast()));
    }
    Ok(gc::tracked(ty))
}

/// Name, `__module__`, `__qualname__`, doc, and functions that are implicitly static or class
/// methods.
fn set_attributes(ty: &Type, name: &Str) -> PyResult<()> {
    attributes::check_type_name(name)?;
    let Some(dict) = dict_of(ty) else { return Ok(()) };
    if dict.get_str(id!(__module__))?.is_none()
        && let Some(globals) = (hooks::get().current_globals)()
        && let Some(module) = globals.get_str(id!(__name__))?
    {
        dict.set_str(id!(__module__), &module)?;
    }
    match dict.get_str(id!(__qualname__))? {
        Some(qualname) => {
            if qualname.downcast::<Str>().is_none() {
                return Err(type_error!(
                    "type __qualname__ must be a str, not {}",
                    qualname.type_name()
                ));
            }
            ty.ht_qualname.set(Some(qualname));
            dict.del_item(id!(__qualname__))?;
        }
        None => ty.ht_qualname.set(Some(name.as_object().to_ref())),
    }
    if let Some(doc) = dict.get_str(id!(__doc__))?
        && let Some(doc) = doc.downcast::<Str>()
    {
        doc.to_utf8()?;
    }
    for (name, wrap) in [
        (id!(__new__), classmethods::new_static_method as fn(&Object) -> PyResult),
        (id!(__init_subclass__), classmethods::new_class_method),
        (id!(__class_getitem__), classmethods::new_class_method),
    ] {
        if let Some(function) = dict.get_str(name)?
            && function.downcast_exact::<Function>().is_some()
        {
            let wrapped = wrap(&function)?;
            dict.set_str(name, &wrapped)?;
        }
    }
    Ok(())
}

/// Decides where the words of `__slots__` lie, visibly and really.
fn place_slots(ty: &Type, base: &Type, added: &declared_slots::Added) {
    let count = added.names.as_ref().map_or(0, |names| names.len());
    let start = base.real_size.get();
    ty.real_size.set(start + count * size_of::<gopy_object::Slot>());
    ty.slot_words.set((start, count));
    ty.basicsize.set(base.basicsize.get() + count * 8);
    ty.itemsize.set(base.itemsize.get());
    if added.weakref {
        ty.add_flags(TypeFlags::MANAGED_WEAKREF);
        ty.weaklistoffset.set(super::MANAGED_WEAKREF_OFFSET);
    }
    if added.dict {
        ty.add_flags(TypeFlags::MANAGED_DICT);
        ty.dictoffset.set(-1);
    }
}

/// Member descriptors for `__slots__`, getset descriptors for `__dict__` and `__weakref__`.
fn add_slot_descriptors(ty: &Type, added: &declared_slots::Added) -> PyResult<()> {
    let Some(dict) = dict_of(ty) else { return Ok(()) };
    let (start, _) = ty.slot_words.get();
    let names = added.names.as_ref().map_or(&[][..], |names| names.items());
    for (index, name) in names.iter().enumerate() {
        let Some(text) = name.downcast::<Str>() else { continue };
        let slot = descriptor::new_slot(ty, text, start + index * 8)?;
        drop(dict.set_default(name, &slot)?);
    }
    // As in CPython a class has them for what it inherits, too, unless the base shows them already.
    let visible = |offset: isize| offset != 0;
    if visible(ty.dictoffset.get()) && added.dict {
        let getset = descriptor::new_getset(ty, &declared_slots::DICT)?;
        drop(dict.set_default(id!(__dict__), &getset)?);
    }
    if visible(ty.weaklistoffset.get()) && added.weakref {
        let getset = descriptor::new_getset(ty, &declared_slots::WEAKREF)?;
        drop(dict.set_default(id!(__weakref__), &getset)?);
    }
    Ok(())
}

/// Fills the cells that methods and annotation scopes see the class and its namespace through.
fn set_cells(ty: &Type) -> PyResult<()> {
    let Some(dict) = dict_of(ty) else { return Ok(()) };
    for (name, value) in
        [(id!(__classcell__), ty.as_object()), (id!(__classdictcell__), dict.as_object())]
    {
        let Some(cell) = dict.get_str(name)? else { continue };
        let Some(cell) = cell.downcast_exact::<Cell>() else {
            return Err(type_error!(
                "{name} must be a nonlocal cell, not {:.200}",
                &*object::repr(cell.type_().as_object())?.to_string_lossy()
            ));
        };
        cell.contents.set(Some(value.to_ref()));
        dict.del_item(name)?;
    }
    Ok(())
}

fn check_string_keys(ty: &Type) -> PyResult<()> {
    let Some(dict) = dict_of(ty) else { return Ok(()) };
    if dict.has_only_str_keys() {
        return Ok(());
    }
    warnings::warn(
        &exceptions::RUNTIME_WARNING,
        &format!("non-string key in the __dict__ of class {:.200}", ty.name()),
        1,
    )
}

/// Calls `__set_name__` of the attributes that have one.
fn call_set_names(ty: &Type) -> PyResult<()> {
    let Some(dict) = dict_of(ty) else { return Ok(()) };
    // Only what has the method makes a copy of the namespace worth while.
    let names = dict.copy()?;
    let mut position = 0;
    while let Some((key, value)) = names.next(&mut position) {
        let Some(set_name) = object::lookup_special(&value, id!(__set_name__))? else { continue };
        if let Err(error) = call::call(&set_name, &[ty.as_object(), &key]) {
            let note = format!(
                "Error calling __set_name__ on '{:.100}' instance {} in '{:.100}'",
                value.type_name(),
                object::repr(&key)?,
                ty.name()
            );
            call::call_method(error.value().as_object(), id!(add_note), &[&Str::new(&note)])?;
            return Err(error);
        }
    }
    Ok(())
}

/// `super(ty, ty).__init_subclass__(**kwargs)`
fn call_init_subclass(ty: &Type, args: Args<'_>) -> PyResult<()> {
    let function = super_::lookup(ty, ty.as_object(), id!(__init_subclass__))?;
    call::call_args(&function, args).map(drop)
}
