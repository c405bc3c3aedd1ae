//! `__build_class__`: what a `class` statement calls.

use gopy_core::argument::keyword_items;
use gopy_core::cell::Cell;
use gopy_core::dict::Dict;
use gopy_core::error::{runtime_error, type_error};
use gopy_core::function::Function;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{call, id, mapping, object, type_};
use gopy_object::typeobj::TYPE;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use crate::eval;

pub(super) fn build_class(args: Args<'_>) -> PyResult {
    let (Some(func), Some(name)) = (args.get(0), args.get(1)) else {
        return Err(type_error!("__build_class__: not enough arguments"));
    };
    let Some(func) = func.downcast::<Function>() else {
        return Err(type_error!("__build_class__: func must be a function"));
    };
    let Some(name_text) = name.downcast::<Str>() else {
        return Err(type_error!("__build_class__: name is not a string"));
    };
    let originals = args.skip(2);
    let original_bases = tuple::try_from_vec(
        originals.positional().iter().map(|arg| arg.object().to_ref()).collect(),
    )?;
    let bases = resolve_bases(&original_bases)?;
    let keywords = Dict::with_capacity(args.keyword_count());
    for (name, value) in keyword_items(args) {
        keywords.set_str(name, value)?;
    }
    let meta = match keywords.pop(id!(metaclass).as_object())? {
        Some(meta) => meta,
        None => match bases.get(0) {
            Some(base) => base.type_().to_ref().upcast(),
            None => TYPE.get().to_ref().upcast(),
        },
    };
    let meta = match meta.downcast::<Type>() {
        Some(class) => type_::calculate_metaclass(class, &bases)?.upcast(),
        None => meta,
    };
    let namespace = match object::get_attr_opt(&meta, id!(__prepare__))? {
        Some(prepare) => {
            let args = tuple::from_array([name.to_ref(), bases.clone().upcast()]);
            call::call_tuple(&prepare, &args, Some(&keywords))?
        }
        None => Dict::new().upcast(),
    };
    if !mapping::is_mapping(&namespace) {
        let shown = match meta.downcast::<Type>() {
            Some(class) => class.name().to_string(),
            None => "<metaclass>".to_owned(),
        };
        return Err(type_error!(
            "{shown:.200}.__prepare__() must return a mapping, not {:.200}",
            namespace.type_name()
        ));
    }
    let cell = run_body(func, &namespace)?;
    if !bases.as_object().is(&*original_bases) {
        object::set_item(
            &namespace,
            id!("__orig_bases__").as_object(),
            original_bases.as_object(),
        )?;
    }
    let args = tuple::from_array([name.to_ref(), bases.upcast(), namespace]);
    let class = call::call_tuple(&meta, &args, Some(&keywords))?;
    if class.downcast::<Type>().is_some()
        && let Some(cell) = cell.downcast::<Cell>()
    {
        check_class_cell(cell, &class, &meta, name_text)?;
    }
    Ok(class)
}

/// The body's locals are the namespace; it returns the `__class__` cell, or `None`.
fn run_body(func: &Function, namespace: &Object) -> PyResult {
    let Some(code) = func.code.get() else {
        return Err(type_error!("__build_class__: func must be a function"));
    };
    let closure = func.closure.get();
    eval::eval_code(&code, &func.globals, Some(namespace), closure.as_deref())
}

/// `__class__` must be the class by now.
fn check_class_cell(cell: &Cell, class: &Object, meta: &Object, name: &Str) -> PyResult<()> {
    match cell.contents.get() {
        Some(found) if found.is(class) => Ok(()),
        Some(found) => Err(type_error!(
            "__class__ set to {:.200} defining {:.200} as {:.200}",
            object::repr(&found)?.to_string_lossy(),
            object::repr(name.as_object())?.to_string_lossy(),
            object::repr(class)?.to_string_lossy()
        )),
        None => {
            let _ = meta;
            Err(runtime_error!(
                "__class__ not set defining {:.200} as {:.200}. Was __classcell__ propagated to \
                 type.__new__?",
                object::repr(name.as_object())?.to_string_lossy(),
                object::repr(class)?.to_string_lossy()
            ))
        }
    }
}

/// Replaces bases by what their `__mro_entries__` says (`update_bases`).
fn resolve_bases(bases: &Ref<Tuple>) -> PyResult<Ref<Tuple>> {
    let mut resolved: Option<Vec<Ref>> = None;
    for (index, base) in bases.items().iter().enumerate() {
        let entries = if base.downcast::<Type>().is_some() {
            None
        } else {
            object::get_attr_opt(base, id!(__mro_entries__))?
        };
        let Some(entries) = entries else {
            if let Some(resolved) = &mut resolved {
                resolved.push(base.clone());
            }
            continue;
        };
        let new = call::call_one(&entries, bases.as_object())?;
        let Some(new) = new.downcast::<Tuple>() else {
            return Err(type_error!("__mro_entries__ must return a tuple"));
        };
        resolved
            .get_or_insert_with(|| bases.items()[..index].to_vec())
            .extend(new.items().iter().cloned());
    }
    match resolved {
        Some(resolved) => tuple::try_from_vec(resolved),
        None => Ok(bases.clone()),
    }
}
