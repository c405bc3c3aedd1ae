//! `_abc`: the caches and registries of `abc.ABCMeta`.
//!
//! Answers to `Modules/_abc.c`.

use std::cell::Cell;

use gopy_core::builtin::BuiltinFunction;
use gopy_core::dict::Dict;
use gopy_core::error::{assertion_error, runtime_error, suppress, type_error};
use gopy_core::exceptions::TYPE_ERROR;
use gopy_core::list::List;
use gopy_core::set::Set;
use gopy_core::tuple::Tuple;
use gopy_core::{bool_, call, id, iter, mapping, module, none, object, tuple, type_, weakref};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_object::native::{Binding, MethodDef, NativeCode};
use gopy_object::weakref::WeakRef;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, TypeFlags};

/// What an abstract class keeps.
#[pyclass(name = "_abc._abc_data", static = ABC_DATA, basicsize = 48, flags(HAVE_GC, HEAPTYPE))]
#[repr(C)]
pub struct AbcData {
    object: Object,
    registry: Slot<Set>,
    cache: Slot<Set>,
    negative_cache: Slot<Set>,
    /// The counter's value that the negative cache was filled at.
    negative_version: Cell<u64>,
}

#[pymethods]
impl AbcData {}

#[pyslots]
impl AbcData {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        AbcData::make(ty, 0).map(Ref::upcast)
    }
}

const COLLECTION_FLAGS: TypeFlags = TypeFlags::SEQUENCE.with(TypeFlags::MAPPING);

/// `remove` of a weak set, called when a member dies. The receiver is a weak reference to the set.
static DESTROY: MethodDef = MethodDef {
    name: "_destroy",
    text_signature: None,
    doc: None,
    code: NativeCode::One(|receiver, reference| {
        let set = receiver.downcast::<WeakRef>().and_then(WeakRef::upgrade);
        if let Some(set) = set.as_deref().and_then(|set| set.downcast::<Set>()) {
            set.discard(reference)?;
        }
        Ok(none::none())
    }),
    binding: Binding::Instance,
    coexist: false,
};

impl AbcData {
    fn make(ty: &Type, version: u64) -> PyResult<Ref<AbcData>> {
        crate::make(
            ty,
            AbcData {
                object: Object::header(ty),
                registry: Slot::empty(),
                cache: Slot::empty(),
                negative_cache: Slot::empty(),
                negative_version: Cell::new(version),
            },
        )
    }
}

fn add_to_weak_set(slot: &Slot<Set>, member: &Object) -> PyResult<()> {
    let set = match slot.get() {
        Some(set) => set,
        None => {
            let set = Set::new();
            slot.set(Some(set.clone()));
            set
        }
    };
    let to_set = weakref::new_ref(set.as_object(), None)?;
    let destroy = BuiltinFunction::new(&DESTROY, Some(to_set.upcast()), None)?;
    let reference = weakref::new_ref(member, Some(destroy.as_object()))?;
    set.add(reference.as_object())?;
    Ok(())
}

fn in_weak_set(slot: &Slot<Set>, member: &Object) -> PyResult<bool> {
    let Some(set) = slot.get().filter(|set| !set.is_empty()) else { return Ok(false) };
    match suppress(weakref::new_ref(member, None), &TYPE_ERROR)? {
        Some(reference) => set.contains(reference.as_object()),
        None => Ok(false),
    }
}

fn data_of(class: &Object) -> PyResult<Ref<AbcData>> {
    let data = object::get_attr(class, id!(_abc_impl))?;
    data.downcast_ref::<AbcData>().map_err(|_| type_error!("_abc_impl is set to a wrong type"))
}

/// The counter that every registration in the interpreter advances.
fn counter(module: &Object) -> PyResult<&Cell<u64>> {
    module::state(module, || Cell::new(0u64))
}

fn is_abstract(o: &Object) -> PyResult<bool> {
    match object::get_attr_opt(o, id!(__isabstractmethod__))? {
        Some(flag) => object::is_true(&flag),
        None => Ok(false),
    }
}

fn compute_abstract_methods(class: &Object) -> PyResult<()> {
    let abstracts = Set::new();
    let namespace = object::get_attr(class, id!(__dict__))?;
    for item in mapping::items(&namespace)?.to_vec() {
        let Some([key, value]) = item.downcast::<Tuple>().map(Tuple::items) else {
            return Err(type_error!("Iteration over class dictionary must return pairs"));
        };
        if is_abstract(value)? {
            abstracts.add(key)?;
        }
    }
    let bases = object::get_attr(class, id!(__bases__))?;
    let Some(bases) = bases.downcast::<Tuple>() else {
        return Err(type_error!("__bases__ is not tuple"));
    };
    for base in bases.items() {
        let Some(inherited) = object::get_attr_opt(base, id!(__abstractmethods__))? else {
            continue;
        };
        iter::for_each(&inherited, |key| {
            let name = object::attribute_name(&key)?;
            if let Some(value) = object::get_attr_opt(class, name)?
                && is_abstract(&value)?
            {
                abstracts.add(&key)?;
            }
            Ok(())
        })?;
    }
    let frozen = Set::new_frozen(abstracts.to_vec())?;
    object::set_attr(class, id!(__abstractmethods__), frozen.as_object())
}

/// Gives a class and its subclasses the pattern-matching flags of an abstract collection.
fn set_collection_flags(class: &Type, flags: TypeFlags) {
    if class.has(TypeFlags::IMMUTABLETYPE) || class.flags.get().0 & COLLECTION_FLAGS.0 == flags.0 {
        return;
    }
    class.remove_flags(COLLECTION_FLAGS);
    class.add_flags(flags);
    type_::modified(class);
    for subclass in type_::subclasses(class) {
        set_collection_flags(&subclass, flags);
    }
}

fn copy_of(slot: &Slot<Set>) -> PyResult<Ref<Set>> {
    let copy = Set::new();
    if let Some(set) = slot.get() {
        copy.update(set.as_object())?;
    }
    Ok(copy)
}

/// Whether a registered class is a superclass; `None` where the registry does not tell.
fn check_registry(data: &AbcData, subclass: &Object) -> PyResult<bool> {
    if in_weak_set(&data.registry, subclass)? {
        return Ok(true);
    }
    // A copy: the checks below may register more.
    let Some(registry) = data.registry.get() else { return Ok(false) };
    for reference in registry.to_vec() {
        let Some(class) = reference.downcast::<WeakRef>().and_then(WeakRef::upgrade) else {
            continue;
        };
        if object::is_subclass(subclass, &class)? {
            add_to_weak_set(&data.cache, subclass)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// The module.
#[pymodule(name = "_abc")]
mod native {
    use super::*;

    #[pyfunction("($module, /)")]
    fn get_cache_token(module: &Object) -> PyResult<u64> {
        Ok(counter(module)?.get())
    }

    #[pyfunction("($module, self, /)")]
    fn _abc_init(module: &Object, self_: &Object) -> PyResult<()> {
        compute_abstract_methods(self_)?;
        let data = AbcData::make(&ABC_DATA, counter(module)?.get())?;
        object::set_attr(self_, id!(_abc_impl), data.as_object())?;
        let Some(class) = self_.downcast::<Type>() else { return Ok(()) };
        let Some(dict) = class.dict.get() else { return Ok(()) };
        let Some(dict) = dict.downcast::<Dict>() else { return Ok(()) };
        let Some(flags) = dict.pop(id!(__abc_tpflags__).as_object())? else { return Ok(()) };
        if let Some(flags) = flags.downcast_exact::<gopy_core::int::Int>() {
            let wanted = flags.to_i64().unwrap_or(0) as u64 & COLLECTION_FLAGS.0;
            if wanted == COLLECTION_FLAGS.0 {
                return Err(type_error!(
                    "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"
                ));
            }
            class.add_flags(TypeFlags(wanted));
        }
        type_::modified(class);
        Ok(())
    }

    #[pyfunction("($module, self, /)")]
    fn _reset_registry(self_: &Object) -> PyResult<()> {
        if let Some(set) = data_of(self_)?.registry.get() {
            set.clear_items();
        }
        Ok(())
    }

    #[pyfunction("($module, self, /)")]
    fn _reset_caches(self_: &Object) -> PyResult<()> {
        let data = data_of(self_)?;
        for slot in [&data.cache, &data.negative_cache] {
            if let Some(set) = slot.get() {
                set.clear_items();
            }
        }
        Ok(())
    }

    #[pyfunction("($module, self, /)")]
    fn _get_dump(self_: &Object) -> PyResult<Ref<Tuple>> {
        let data = data_of(self_)?;
        Ok(tuple::from_array([
            copy_of(&data.registry)?.upcast(),
            copy_of(&data.cache)?.upcast(),
            copy_of(&data.negative_cache)?.upcast(),
            gopy_core::int::Int::from_u64(data.negative_version.get()).upcast(),
        ]))
    }

    #[pyfunction("($module, self, subclass, /)")]
    fn _abc_register(module: &Object, self_: &Object, subclass: &Object) -> PyResult {
        let Some(class) = subclass.downcast::<Type>() else {
            return Err(type_error!("Can only register classes"));
        };
        if object::is_subclass(subclass, self_)? {
            return Ok(subclass.to_ref());
        }
        if object::is_subclass(self_, subclass)? {
            return Err(runtime_error!("Refusing to create an inheritance cycle"));
        }
        let data = data_of(self_)?;
        add_to_weak_set(&data.registry, subclass)?;
        let counter = counter(module)?;
        counter.set(counter.get() + 1);
        if let Some(this) = self_.downcast::<Type>() {
            let flags = TypeFlags(this.flags.get().0 & COLLECTION_FLAGS.0);
            if flags.0 != 0 {
                set_collection_flags(class, flags);
            }
        }
        Ok(subclass.to_ref())
    }

    #[pyfunction("($module, self, instance, /)")]
    fn _abc_instancecheck(module: &Object, self_: &Object, instance: &Object) -> PyResult {
        let data = data_of(self_)?;
        let subtype = instance.type_().to_ref();
        let subclass = object::get_attr_opt(instance, id!(__class__))?
            .unwrap_or_else(|| subtype.clone().upcast());
        if in_weak_set(&data.cache, &subclass)? {
            return Ok(bool_::bool_ref(true));
        }
        let check = |class: &Object| call::call_method(self_, id!(__subclasscheck__), &[class]);
        if subclass.is(&*subtype) {
            if data.negative_version.get() == counter(module)?.get()
                && in_weak_set(&data.negative_cache, &subclass)?
            {
                return Ok(bool_::bool_ref(false));
            }
            return check(&subclass);
        }
        let answer = check(&subclass)?;
        if object::is_true(&answer)? {
            return Ok(answer);
        }
        check(subtype.as_object())
    }

    #[pyfunction("($module, self, subclass, /)")]
    fn _abc_subclasscheck(module: &Object, self_: &Object, subclass: &Object) -> PyResult<bool> {
        let Some(class) = subclass.downcast::<Type>() else {
            return Err(type_error!("issubclass() arg 1 must be a class"));
        };
        let data = data_of(self_)?;
        if in_weak_set(&data.cache, subclass)? {
            return Ok(true);
        }
        let now = counter(module)?.get();
        if data.negative_version.get() < now {
            if let Some(set) = data.negative_cache.get() {
                set.clear_items();
            }
            data.negative_version.set(now);
        } else if in_weak_set(&data.negative_cache, subclass)? {
            return Ok(false);
        }
        let hook = call::call_method(self_, id!(__subclasshook__), &[subclass])?;
        if hook.is(bool_::bool_object(true)) {
            add_to_weak_set(&data.cache, subclass)?;
            return Ok(true);
        }
        if hook.is(bool_::bool_object(false)) {
            add_to_weak_set(&data.negative_cache, subclass)?;
            return Ok(false);
        }
        if !none::is_not_implemented(&hook) {
            return Err(assertion_error!(
                "__subclasshook__ must return either False, True, or NotImplemented"
            ));
        }
        if self_.downcast::<Type>().is_some_and(|this| class.is_subtype(this)) {
            add_to_weak_set(&data.cache, subclass)?;
            return Ok(true);
        }
        if check_registry(&data, subclass)? {
            return Ok(true);
        }
        let subclasses = call::call_method(self_, id!(__subclasses__), &[])?;
        let Some(subclasses) = subclasses.downcast::<List>() else {
            return Err(type_error!("__subclasses__() must return a list"));
        };
        let mut index = 0;
        while let Some(candidate) = subclasses.get(index) {
            index += 1;
            if object::is_subclass(subclass, &candidate)? {
                add_to_weak_set(&data.cache, subclass)?;
                return Ok(true);
            }
        }
        add_to_weak_set(&data.negative_cache, subclass)?;
        Ok(false)
    }

    #[pyexec]
    fn exec(_module: &Object) -> PyResult<()> {
        type_::ready(&ABC_DATA)
    }
}

pub use native::MODULE;
