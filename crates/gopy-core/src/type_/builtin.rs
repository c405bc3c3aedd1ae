//! Start-up: which types are built in, and making them usable.
//!
//! Answers to `_PyTypes_InitTypes` in `Objects/object.c`.

use std::sync::Once;

use gopy_object::hooks::Hooks;
use gopy_object::typeobj::{BASE_EXCEPTION, OBJECT, TYPE};
use gopy_object::{BaseException, Exception, GilCell, Instance, Object, PyResult, Ref, Type};

use crate::error::raise_format;
use crate::{call, dict, exceptions, hooks, object, state};

/// The types that are made ready at start-up. Bases may come later than what derives from them.
static ALL: &[&GilCell<Type>] = &[
    &OBJECT,
    &TYPE,
    &crate::str::STR,
    &crate::dict::DICT,
    &crate::int::INT,
    &crate::bool_::BOOL,
    &crate::tuple::TUPLE,
    &crate::list::LIST,
    &crate::bytes::BYTES,
    &crate::float::FLOAT,
    &crate::complex::COMPLEX,
    &crate::set::SET,
    &crate::set::FROZENSET,
    &crate::slice::SLICE,
    &crate::none::NONE_TYPE,
    &crate::none::ELLIPSIS_TYPE,
    &crate::none::NOT_IMPLEMENTED_TYPE,
    &crate::builtin::BUILTIN_FUNCTION,
    &crate::function::FUNCTION,
    &crate::method::METHOD,
    &crate::method::INSTANCE_METHOD,
    &crate::cell::CELL,
    &crate::code::CODE,
    &crate::module::MODULE,
    &crate::descriptor::METHOD_DESCRIPTOR,
    &crate::descriptor::CLASS_METHOD_DESCRIPTOR,
    &crate::descriptor::GETSET_DESCRIPTOR,
    &crate::descriptor::MEMBER_DESCRIPTOR,
    &crate::classmethods::CLASS_METHOD,
    &crate::classmethods::STATIC_METHOD,
    &crate::dict::DICT_KEY_ITERATOR,
    &crate::dict::DICT_VALUE_ITERATOR,
    &crate::dict::DICT_ITEM_ITERATOR,
    &crate::dict::DICT_REVERSE_KEY_ITERATOR,
    &crate::dict::DICT_REVERSE_VALUE_ITERATOR,
    &crate::dict::DICT_REVERSE_ITEM_ITERATOR,
    &crate::wrapper::WRAPPER_DESCRIPTOR,
    &crate::wrapper::METHOD_WRAPPER,
    &crate::mappingproxy::MAPPING_PROXY,
    &crate::property::PROPERTY,
    &crate::super_::SUPER,
    &crate::memoryview::MEMORY_VIEW,
    &crate::memoryview::MANAGED_BUFFER,
    &crate::memoryview::MEMORY_ITER,
    &crate::union::UNION,
    &crate::generic_alias::GENERIC_ALIAS,
    &crate::generic_alias::GENERIC_ALIAS_ITER,
    &crate::namespace::NAMESPACE,
    &crate::capsule::CAPSULE,
    &crate::iter::SEQ_ITER,
    &crate::iter::CALL_ITER,
    &crate::dict::DICT_KEYS,
    &crate::dict::DICT_VALUES,
    &crate::dict::DICT_ITEMS,
    &crate::set::SET_ITERATOR,
    &crate::list::LIST_ITERATOR,
    &crate::list::LIST_REVERSE_ITERATOR,
    &crate::tuple::TUPLE_ITERATOR,
    &crate::str::FORMATTER_ITER,
    &crate::str::FIELD_NAME_ITER,
    &crate::str::ASCII_ITER,
    &crate::str::STR_ITER,
    &crate::bytes::BYTES_ITER,
    &gopy_object::typeobj::WEAKREF,
    &super::buffer_slots::BUFFER_WRAPPER,
    &crate::traceback::TRACEBACK,
];

/// The types that are made ready at start-up.
pub fn all() -> impl Iterator<Item = &'static GilCell<Type>> {
    ALL.iter().copied().chain(exceptions::all().iter().copied())
}

static HOOKS: Hooks = Hooks {
    call: call::call_args,
    unraisable,
    memory_error: exceptions::no_memory,
    recursion_error,
    release_managed_dict: dict::instance::release,
    traverse_managed_dict: dict::instance::traverse,
    clear_managed_dict: dict::instance::clear,
    gc_save_garbage: save_garbage,
    gc_callback: run_gc_callbacks,
    type_cleared: super::cache::modified,
    type_dealloc,
};

/// Reports an error from below, where nobody can make a `repr` for the message.
#[cold]
fn unraisable(error: Ref<BaseException>, message: Option<&str>, object: Option<&Object>) {
    let (Some(message), Some(about)) = (message, object) else {
        return (hooks::get().unraisable)(error, message, object);
    };
    let shown = match object::repr(about) {
        Ok(repr) => repr.to_string(),
        Err(_) => "<object repr() failed>".to_owned(),
    };
    (hooks::get().unraisable)(error, Some(&format!("{message} {shown}")), None);
}

#[cold]
fn recursion_error(message: String) -> Exception {
    raise_format(&exceptions::RECURSION_ERROR, format_args!("{message}"))
}

fn save_garbage(object: &Object) {
    // Out of memory means that the object is not listed.
    let _ = state::get().gc_garbage().push(object.to_ref());
}

fn run_gc_callbacks(phase: &str, generation: usize, collected: usize, uncollectable: usize) {
    if !state::get().has_gc_callbacks() {
        return;
    }
    if let Err(error) = call_gc_callbacks(phase, generation, collected, uncollectable) {
        (hooks::get().unraisable)(error.into_value(), None, None);
    }
}

fn call_gc_callbacks(
    phase: &str,
    generation: usize,
    collected: usize,
    uncollectable: usize,
) -> PyResult<()> {
    let info = dict::Dict::new();
    for (name, value) in
        [("generation", generation), ("collected", collected), ("uncollectable", uncollectable)]
    {
        let value = crate::int::Int::from_u64(value as u64);
        info.set_str(&crate::str::interned(name), &value)?;
    }
    let phase = crate::str::Str::new(phase);
    let mut index = 0;
    while let Some(callback) = state::get().gc_callbacks().get(index) {
        if let Err(error) = call::call(&callback, &[&phase, &info]) {
            (hooks::get().unraisable)(error.into_value(), None, Some(&callback));
        }
        index += 1;
    }
    Ok(())
}

/// The last moments of a class: its bases forget it and its shared keys go.
fn type_dealloc(ty: &Type) {
    super::cache::modified(ty);
    if let Some(bases) = ty.bases.get() {
        super::subclasses::remove_from(&bases, ty);
    }
    dict::instance::release_shared_keys(ty);
}

/// Makes all built-in types usable; to be called on an attached thread. Later calls do nothing.
///
/// # Panics
///
/// Where a declaration is malformed, which is a mistake in the program.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gopy_object::hooks::set(&HOOKS);
        OBJECT.spec.set(Some(&super::object_type::SPEC));
        TYPE.spec.set(Some(&super::type_type::SPEC));
        crate::tuple::TUPLE.spec.set(Some(&crate::tuple::SPEC));
        gopy_object::typeobj::WEAKREF.spec.set(Some(&crate::weakref::SPEC));
        super::buffer_slots::fill_wrapper_slots(&super::buffer_slots::BUFFER_WRAPPER.slots);
        BASE_EXCEPTION.spec.set(Some(&exceptions::BASE_EXCEPTION_SPEC));
        all().for_each(|ty| super::ready::prepare(ty.get()));
        for ty in all() {
            if let Err(error) = super::ready(ty.get()) {
                panic!("type {} can't be made ready: {error:?}", ty.name());
            }
        }
        if let Err(error) = exceptions::init() {
            panic!("the reserve of MemoryErrors can't be made: {error:?}");
        }
    });
}
