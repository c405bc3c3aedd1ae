//! Names: locals mappings, globals, builtins, and the errors of unbound ones.
//!
//! Answers to the name instructions of `Python/bytecodes.c` and `_PyEval_FormatExcCheckArg`.

use gopy_bytecode::operators::CommonConstant;
use gopy_core::dict::{DICT, Dict};
use gopy_core::error::{system_error, unbound_local_error_text};
use gopy_core::exceptions;
use gopy_core::id;
use gopy_core::object;
use gopy_core::str::Str;
use gopy_core::tuple::TUPLE;
use gopy_object::{Exception, Instance, Interpreter, Object, PyResult, Ref, thread};

use crate::frame::FrameRef;
use crate::stackref::StackRef;

/// NameError "name 'x' is not defined".
#[cold]
fn not_defined(name: &Str) -> Exception {
    exceptions::name_error(name, &format!("name '{name:.200}' is not defined"))
}

/// A name in a mapping; `None` where it is missing. Exact dicts are asked directly. May run Python.
///
/// # Errors
///
/// What the mapping raises, KeyError aside.
#[inline(never)]
pub fn mapping_get(mapping: &Object, name: &Str) -> PyResult<Option<Ref>> {
    if mapping.is_exact(&DICT)
        && let Some(dict) = mapping.downcast::<Dict>()
    {
        return dict.get_str(name);
    }
    object::get_item_opt(mapping, name.as_object())
}

/// The locals mapping.
fn locals(frame: FrameRef, doing: &str, name: &Str) -> PyResult<Ref> {
    match frame.locals() {
        Some(mapping) => Ok(mapping.to_ref()),
        None => {
            let name = object::repr(name.as_object())?;
            Err(system_error!("no locals {doing} {name}"))
        }
    }
}

/// LOAD_NAME.
///
/// # Errors
///
/// `NameError`; what the mappings raise.
#[inline(never)]
pub fn load_name(frame: FrameRef, name: &Str) -> PyResult {
    let mapping = locals(frame, "when loading", name)?;
    load_from_dict_or_globals(frame, &mapping, name)
}

/// A name in `mapping`, then globals, then builtins.
///
/// # Errors
///
/// `NameError`; what the mappings raise.
#[inline(never)]
pub fn load_from_dict_or_globals(frame: FrameRef, mapping: &Object, name: &Str) -> PyResult {
    if let Some(found) = mapping_get(mapping, name)? {
        return Ok(found);
    }
    load_global(frame, name)
}

/// LOAD_GLOBAL.
///
/// # Errors
///
/// `NameError`; what the mappings raise.
#[inline(never)]
pub fn load_global(frame: FrameRef, name: &Str) -> PyResult {
    if let Some(found) = mapping_get(frame.globals().as_object(), name)? {
        return Ok(found);
    }
    if let Some(found) = mapping_get(frame.builtins(), name)? {
        return Ok(found);
    }
    Err(not_defined(name))
}

/// STORE_NAME.
///
/// # Errors
///
/// What the mapping raises.
#[inline(never)]
pub fn store_name(frame: FrameRef, name: &Str, value: &Object) -> PyResult<()> {
    let mapping = locals(frame, "found when storing", name)?;
    if mapping.is_exact(&DICT)
        && let Some(dict) = mapping.downcast::<Dict>()
    {
        return dict.set_item(name.as_object(), value);
    }
    object::set_item(&mapping, name.as_object(), value)
}

/// DELETE_NAME.
///
/// # Errors
///
/// `NameError` whatever the mapping raises.
#[inline(never)]
pub fn delete_name(frame: FrameRef, name: &Str) -> PyResult<()> {
    let mapping = locals(frame, "when deleting", name)?;
    object::del_item(&mapping, name.as_object()).map_err(|_| not_defined(name))
}

/// DELETE_GLOBAL.
///
/// # Errors
///
/// `NameError`.
#[inline(never)]
pub fn delete_global(frame: FrameRef, name: &Str) -> PyResult<()> {
    match frame.globals().pop(name.as_object())? {
        Some(_) => Ok(()),
        None => Err(not_defined(name)),
    }
}

/// LOAD_BUILD_CLASS.
///
/// # Errors
///
/// `NameError` where builtins lack it.
#[inline(never)]
pub fn load_build_class(frame: FrameRef) -> PyResult {
    let name = id!(__build_class__);
    match mapping_get(frame.builtins(), name)? {
        Some(found) => Ok(found),
        None => Err(exceptions::name_error(name, "__build_class__ not found")),
    }
}

/// SETUP_ANNOTATIONS.
///
/// # Errors
///
/// What the mapping raises.
#[inline(never)]
pub fn setup_annotations(frame: FrameRef) -> PyResult<()> {
    let Some(mapping) = frame.locals() else {
        return Err(system_error!("no locals found when setting up annotations"));
    };
    let mapping = mapping.to_ref();
    let name = id!(__annotations__);
    if mapping_get(&mapping, name)?.is_none() {
        object::set_item(&mapping, name.as_object(), Dict::new().as_object())?;
    }
    Ok(())
}

/// UnboundLocalError of local `index`.
#[cold]
#[inline(never)]
pub fn unbound_local(frame: FrameRef, index: u32) -> Exception {
    let name = frame.local_name(index);
    unbound_local_error_text!(
        "cannot access local variable '{name:.200}' where it is not associated with a value"
    )
}

/// The error of an empty cell: of this scope's variable or of an outer one's.
#[cold]
#[inline(never)]
pub fn unbound_deref(frame: FrameRef, index: u32) -> Exception {
    let code = frame.code();
    if index < code.nlocalsplus - code.nfreevars {
        return unbound_local(frame, index);
    }
    let name = frame.local_name(index);
    exceptions::name_error(
        name,
        &format!(
            "cannot access free variable '{name:.200}' where it is not associated with a value in \
             enclosing scope"
        ),
    )
}

/// LOAD_COMMON_CONSTANT: what the compiler refers to whatever the names mean now.
#[inline(never)]
pub fn common_constant(number: u32) -> StackRef {
    let interpreter = Interpreter::current();
    match CommonConstant::from_number(number) {
        Some(CommonConstant::AssertionError) => {
            StackRef::immortal(exceptions::ASSERTION_ERROR.get().as_object())
        }
        Some(CommonConstant::NotImplementedError) => {
            StackRef::immortal(exceptions::NOT_IMPLEMENTED_ERROR.get().as_object())
        }
        Some(CommonConstant::Tuple) => StackRef::immortal(TUPLE.get().as_object()),
        Some(constant) => {
            let state = crate::state::of(interpreter);
            let slot = match constant {
                CommonConstant::All => &state.builtin_all,
                _ => &state.builtin_any,
            };
            if slot.is_empty() {
                let found = builtin(constant.builtin());
                slot.set(found);
            }
            StackRef::from_option_or_none(slot.get())
        }
        None => StackRef::none(),
    }
}

/// A function of the interpreter's builtins.
fn builtin(name: &str) -> Option<Ref> {
    let builtins = thread().interpreter().builtins.get()?;
    builtins.downcast::<Dict>()?.get_str(&gopy_core::str::interned(name)).ok().flatten()
}
