//! The object protocol: attributes, comparison, hash, repr, items.
//!
//! Answers to `Objects/object.c` and the object part of `Objects/abstract.c`.

use gopy_object::typeobj::{CompareOp, Type};
use gopy_object::{Instance, Object, PyResult, Ref, TypeFlags, TypeName, gc, thread};

use crate::dict::{Dict, instance};
use crate::error::{type_error, value_error};
use crate::exceptions::{self, ATTRIBUTE_ERROR, OVERFLOW_ERROR};
use crate::int::Int;
use crate::list::List;
use crate::str::Str;
use crate::{bool_, call, error, id, iter, none, number, str, type_};

/// `repr(o)`. May run Python.
///
/// # Errors
///
/// What `__repr__` raises; `TypeError` where it returns no string; `RecursionError`.
pub fn repr(o: &Object) -> PyResult<Ref<Str>> {
    let Some(slot) = o.type_().slots.repr.get() else {
        return Ok(Str::new(&format!("<{} object at {:#x}>", o.type_name(), o.id())));
    };
    thread().check_native_recursion(" while getting the repr of an object")?;
    slot(o)?.downcast_ref::<Str>().map_err(|other| {
        type_error!("__repr__ returned non-string (type {:.200})", other.type_name())
    })
}

/// `str(o)`. May run Python.
///
/// # Errors
///
/// As [`repr`], for `__str__`.
pub fn str(o: &Object) -> PyResult<Ref<Str>> {
    if let Some(text) = o.downcast_exact::<Str>() {
        return Ok(text.to_ref());
    }
    let Some(slot) = o.type_().slots.str.get() else { return repr(o) };
    thread().check_native_recursion(" while getting the str of an object")?;
    slot(o)?.downcast_ref::<Str>().map_err(|other| {
        type_error!("__str__ returned non-string (type {:.200})", other.type_name())
    })
}

/// `ascii(o)`. May run Python.
///
/// # Errors
///
/// As [`repr`].
pub fn ascii(o: &Object) -> PyResult<Ref<Str>> {
    let text = repr(o)?;
    if text.is_ascii() {
        return Ok(text);
    }
    crate::str::check_room(text.len().saturating_mul([0, 4, 6, 0, 10][text.char_size()]))?;
    let mut escaped = String::new();
    for index in 0..text.len() {
        let point = text.char_at(index);
        match point {
            0..=0x7f => escaped.push(char::from(point as u8)),
            0x80..=0xff => escaped.push_str(&format!("\\x{point:02x}")),
            0x100..=0xffff => escaped.push_str(&format!("\\u{point:04x}")),
            _ => escaped.push_str(&format!("\\U{point:08x}")),
        }
    }
    Str::try_new(&escaped)
}

/// `bytes(o)`. May run Python.
///
/// # Errors
///
/// What `__bytes__` raises; `TypeError` where it returns no bytes or `o` can't be converted.
pub fn bytes(o: &Object) -> PyResult<Ref<crate::bytes::Bytes>> {
    if let Some(bytes) = o.downcast_exact::<crate::bytes::Bytes>() {
        return Ok(bytes.to_ref());
    }
    if let Some(method) = lookup_special(o, id!(__bytes__))? {
        return call::call_no_args(&method)?.downcast_ref().map_err(|other| {
            type_error!("__bytes__ returned non-bytes (type {:.200})", other.type_name())
        });
    }
    crate::bytes::from_object(o)
}

/// `format(o, spec)`. May run Python.
///
/// # Errors
///
/// What `__format__` raises; `TypeError` where it is missing or returns no string.
pub fn format(o: &Object, spec: &Str) -> PyResult<Ref<Str>> {
    if spec.is_empty() {
        if let Some(text) = o.downcast_exact::<Str>() {
            return Ok(text.to_ref());
        }
        if o.is_exact(&crate::int::INT) {
            return str(o);
        }
    }
    // What `__format__` of these types would be looked up as.
    if let Some(int) = o.downcast_exact::<crate::int::Int>() {
        return int.format(spec);
    }
    if let Some(float) = o.downcast_exact::<crate::float::Float>() {
        return float.format(spec);
    }
    let Some(result) = call::call_special(o, id!(__format__), &[spec.as_object()])? else {
        return Err(type_error!("Type {:.100} doesn't define __format__", o.type_name()));
    };
    result.downcast_ref::<Str>().map_err(|other| {
        type_error!("__format__ must return a str, not {:.200}", other.type_name())
    })
}

// --- attributes ---------------------------------------------------------------------------------

/// Whether `ty` looks attributes up as `object` does.
#[inline]
pub fn has_generic_getattr(ty: &Type) -> bool {
    same_slot(ty.slots.getattro.get(), gopy_object::typeobj::OBJECT.slots.getattro.get())
}

/// Whether two slots hold the same function. Slots are copied on inheritance, so equal functions have
/// equal addresses here.
#[inline]
pub fn same_slot(
    a: Option<fn(&Object, &Object) -> PyResult>,
    b: Option<fn(&Object, &Object) -> PyResult>,
) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// `o.name`. May run Python.
///
/// # Errors
///
/// `AttributeError`, and what descriptors and `__getattr__` raise.
#[inline]
pub fn get_attr(o: &Object, name: &Str) -> PyResult {
    match o.type_().slots.getattro.get() {
        Some(getattro) => getattro(o, name.as_object())
            .map_err(|error| exceptions::with_attribute(error, o, name)),
        None => Err(exceptions::attribute_error(o, name)),
    }
}

/// `getattr(o, name)` for any object as the name. May run Python.
///
/// # Errors
///
/// `TypeError` where the name is no string; as [`get_attr`].
pub fn get_attr_object(o: &Object, name: &Object) -> PyResult {
    get_attr(o, attribute_name(name)?)
}

/// Checks an attribute's name.
///
/// # Errors
///
/// `TypeError` where it is no string.
pub fn attribute_name(name: &Object) -> PyResult<&Str> {
    name.downcast::<Str>().ok_or_else(|| {
        type_error!("attribute name must be string, not '{:.200}'", name.type_name())
    })
}

/// `o.name`, `None` where there is no such attribute; then no AttributeError is built where the type
/// looks attributes up in a built-in way. May run Python.
///
/// # Errors
///
/// Whatever is not an `AttributeError`.
pub fn get_attr_opt(o: &Object, name: &Str) -> PyResult<Option<Ref>> {
    let getattro = o.type_().slots.getattro.get();
    if has_generic_getattr(o.type_()) {
        return missing(generic_get_attr_opt(o, name));
    }
    if let Some(ty) = o.downcast::<Type>()
        && same_slot(getattro, gopy_object::typeobj::TYPE.slots.getattro.get())
    {
        return missing(type_::type_get_attr_opt(ty, name));
    }
    if let Some(module) = o.downcast::<crate::module::Module>()
        && same_slot(getattro, crate::module::MODULE.slots.getattro.get())
    {
        return missing(module.get_attr_opt(name));
    }
    let Some(getattro) = getattro else { return Ok(None) };
    error::suppress(getattro(o, name.as_object()), &ATTRIBUTE_ERROR)
}

/// An `AttributeError` that a descriptor raises is a miss, too.
#[inline]
fn missing(found: PyResult<Option<Ref>>) -> PyResult<Option<Ref>> {
    found.or_else(|error| if error.is_instance(&ATTRIBUTE_ERROR) { Ok(None) } else { Err(error) })
}

/// `hasattr(o, name)`. May run Python.
///
/// # Errors
///
/// As [`get_attr_opt`].
pub fn has_attr(o: &Object, name: &Str) -> PyResult<bool> {
    get_attr_opt(o, name).map(|found| found.is_some())
}

/// `o.name = value`. May run Python.
///
/// # Errors
///
/// `AttributeError` and what descriptors raise; `TypeError` where the type has no attributes.
#[inline]
pub fn set_attr(o: &Object, name: &Str, value: &Object) -> PyResult<()> {
    assign_attr(o, name, Some(value))
}

/// `del o.name`. May run Python.
///
/// # Errors
///
/// As [`set_attr`].
pub fn del_attr(o: &Object, name: &Str) -> PyResult<()> {
    assign_attr(o, name, None)
}

fn assign_attr(o: &Object, name: &Str, value: Option<&Object>) -> PyResult<()> {
    if let Some(setattro) = o.type_().slots.setattro.get() {
        // Names of attributes are interned so that lookups find them by identity.
        let name = if name.is_interned() || !name.is_exact(&str::STR) {
            name.to_ref()
        } else {
            str::intern(name.to_ref())
        };
        return setattro(o, name.as_object(), value);
    }
    let what = if value.is_none() { "del" } else { "assign to" };
    if o.type_().slots.getattro.get().is_none() {
        return Err(type_error!(
            "'{:.100}' object has no attributes ({what} .{name})",
            o.type_name()
        ));
    }
    Err(type_error!(
        "'{:.100}' object has only read-only attributes ({what} .{name})",
        o.type_name()
    ))
}

/// What an attribute is when it is about to be called.
pub enum MethodLookup {
    /// A function of the type: call it with the object in front.
    Unbound(Ref),
    /// Any other attribute.
    Value(Ref),
}

/// `o.name` for a call: functions found on the type are not bound (`_PyObject_GetMethod`).
/// May run Python.
///
/// # Errors
///
/// As [`get_attr`].
pub fn get_method(o: &Object, name: &Str) -> PyResult<MethodLookup> {
    let ty = o.type_();
    if !has_generic_getattr(ty) {
        return get_attr(o, name).map(MethodLookup::Value);
    }
    let found = type_::lookup(ty, name);
    let mut is_method = false;
    let mut getter = None;
    if let Some(descriptor) = &found {
        if descriptor.type_().has(TypeFlags::METHOD_DESCRIPTOR) {
            is_method = true;
        } else {
            getter = descriptor.type_().slots.descr_get.get();
            if let Some(get) = getter
                && descriptor.type_().slots.descr_set.get().is_some()
            {
                return get(descriptor, Some(o), Some(ty.as_object())).map(MethodLookup::Value);
            }
        }
    }
    if let Some(value) = instance_attr(o, name)? {
        return Ok(MethodLookup::Value(value));
    }
    let Some(descriptor) = found else { return Err(exceptions::attribute_error(o, name)) };
    if is_method {
        return Ok(MethodLookup::Unbound(descriptor));
    }
    match getter {
        Some(get) => get(&descriptor, Some(o), Some(ty.as_object())).map(MethodLookup::Value),
        None => Ok(MethodLookup::Value(descriptor)),
    }
}

/// The value in the instance's own dict or inline values.
#[inline]
fn instance_attr(o: &Object, name: &Str) -> PyResult<Option<Ref>> {
    let ty = o.type_();
    if ty.has(TypeFlags::MANAGED_DICT) {
        return instance::get_attr(o, name);
    }
    if let Some(slot) = ty.payload.get().dict
        && let Some(dict) = slot(o).get()
        && let Some(dict) = dict.downcast::<Dict>()
    {
        return dict.get_str(name);
    }
    Ok(None)
}

/// `object.__getattribute__` (`PyObject_GenericGetAttr`). May run Python.
///
/// # Errors
///
/// `AttributeError`; `TypeError` where the name is no string; what descriptors raise.
pub fn generic_get_attr(o: &Object, name: &Object) -> PyResult {
    let name = attribute_name(name)?;
    match generic_lookup(o, name, false)? {
        Some(value) => Ok(value),
        None => Err(exceptions::attribute_error(o, name)),
    }
}

/// As [`generic_get_attr`]; a miss is `None`, also where a descriptor raises `AttributeError`.
/// May run Python.
///
/// # Errors
///
/// What descriptors raise.
pub fn generic_get_attr_opt(o: &Object, name: &Str) -> PyResult<Option<Ref>> {
    generic_lookup(o, name, true)
}

fn generic_lookup(o: &Object, name: &Str, suppress: bool) -> PyResult<Option<Ref>> {
    let ty = o.type_();
    let found = type_::lookup(ty, name);
    let mut getter = None;
    if let Some(descriptor) = &found {
        getter = descriptor.type_().slots.descr_get.get();
        if let Some(get) = getter
            && descriptor.type_().slots.descr_set.get().is_some()
        {
            let result = get(descriptor, Some(o), Some(ty.as_object()));
            return finish_get(result, suppress);
        }
    }
    if let Some(value) = instance_attr(o, name)? {
        return Ok(Some(value));
    }
    let Some(descriptor) = found else { return Ok(None) };
    match getter {
        Some(get) => finish_get(get(&descriptor, Some(o), Some(o.type_().as_object())), suppress),
        None => Ok(Some(descriptor)),
    }
}

fn finish_get(result: PyResult, suppress: bool) -> PyResult<Option<Ref>> {
    if suppress { error::suppress(result, &ATTRIBUTE_ERROR) } else { result.map(Some) }
}

/// `object.__setattr__` and `__delattr__` (`PyObject_GenericSetAttr`). May run Python.
///
/// # Errors
///
/// `AttributeError`; `TypeError` where the name is no string; what descriptors raise.
pub fn generic_set_attr(o: &Object, name: &Object, value: Option<&Object>) -> PyResult<()> {
    let name = attribute_name(name)?;
    let ty = o.type_().to_ref();
    let found = type_::lookup(&ty, name);
    if let Some(descriptor) = &found
        && let Some(set) = descriptor.type_().slots.descr_set.get()
    {
        return set(descriptor, o, value);
    }
    if ty.has(TypeFlags::MANAGED_DICT) {
        if instance::set_attr(o, name, value)? {
            return Ok(());
        }
        return Err(exceptions::attribute_error(o, name));
    }
    if let Some(slot) = ty.payload.get().dict {
        let dict = match slot(o).get() {
            Some(dict) => dict,
            None if value.is_none() => return Err(exceptions::attribute_error(o, name)),
            None => {
                let dict = Dict::new().upcast();
                slot(o).set(Some(dict.clone()));
                dict
            }
        };
        let Some(dict) = dict.downcast::<Dict>() else {
            return Err(type_error!("__dict__ must be a dict"));
        };
        return match value {
            Some(value) => dict.set_str(name, value),
            None if dict.del_item(name.as_object())? => Ok(()),
            None => Err(exceptions::attribute_error(o, name)),
        };
    }
    Err(no_such_target(o, &ty, name, found.is_some()))
}

#[cold]
fn no_such_target(o: &Object, ty: &Type, name: &Str, found: bool) -> gopy_object::Exception {
    let type_name = ty.name();
    if found {
        let message = format!("'{type_name:.100}' object attribute '{name}' is read-only");
        return exceptions::attribute_error_with(o, name, &message);
    }
    let message = if same_assign(ty) {
        format!(
            "'{type_name:.100}' object has no attribute '{name}' and no __dict__ for setting new attributes"
        )
    } else {
        format!("'{type_name:.100}' object has no attribute '{name}'")
    };
    exceptions::attribute_error_with(o, name, &message)
}

fn same_assign(ty: &Type) -> bool {
    let generic = gopy_object::typeobj::OBJECT.slots.setattro.get();
    match (ty.slots.setattro.get(), generic) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        _ => false,
    }
}

/// The special method `name` of `o`, looked up on the type and bound; `None` where there is none.
/// May run Python.
///
/// # Errors
///
/// What the descriptor raises.
pub fn lookup_special(o: &Object, name: &Str) -> PyResult<Option<Ref>> {
    let Some(found) = type_::lookup(o.type_(), name) else { return Ok(None) };
    match found.type_().slots.descr_get.get() {
        Some(get) => get(&found, Some(o), Some(o.type_().as_object())).map(Some),
        None => Ok(Some(found)),
    }
}

/// `o.__dict__`'s dict, made on demand; `None` where instances of the type have none.
///
/// # Errors
///
/// `MemoryError`.
pub fn dict_of(o: &Object) -> PyResult<Option<Ref<Dict>>> {
    let ty = o.type_();
    if ty.has(TypeFlags::MANAGED_DICT) {
        return instance::managed_dict(o);
    }
    let Some(slot) = ty.payload.get().dict else { return Ok(None) };
    if let Some(dict) = slot(o).get() {
        return Ok(dict.downcast_ref::<Dict>().ok());
    }
    let dict = Dict::new();
    slot(o).set(Some(dict.clone().upcast()));
    Ok(Some(dict))
}

/// Replaces `o.__dict__`; deletes it for `None`. May drop.
///
/// # Errors
///
/// `TypeError` where the value is no dict; `AttributeError` where there is none to replace.
pub fn set_dict(o: &Object, value: Option<&Object>) -> PyResult<()> {
    let dict = match value {
        None => None,
        Some(value) => Some(value.downcast::<Dict>().ok_or_else(|| {
            type_error!("__dict__ must be set to a dictionary, not a '{:.200}'", value.type_name())
        })?),
    };
    let ty = o.type_();
    if ty.has(TypeFlags::MANAGED_DICT) {
        return instance::set_managed_dict(o, dict);
    }
    let Some(slot) = ty.payload.get().dict else {
        return Err(error::attribute_error_text!("This object has no __dict__"));
    };
    if dict.is_none() {
        return Err(type_error!("cannot delete __dict__"));
    }
    slot(o).set(dict.map(|dict| dict.to_ref().upcast()));
    Ok(())
}

// --- comparison and hash ------------------------------------------------------------------------

/// `a OP b`. May run Python.
///
/// # Errors
///
/// What the comparison raises; `TypeError` where the operands have no order.
pub fn rich_compare(a: &Object, b: &Object, op: CompareOp) -> PyResult {
    thread().check_native_recursion(" in comparison")?;
    let (left, right) = (a.type_(), b.type_());
    let mut checked_reverse = false;
    if !std::ptr::eq(left, right)
        && right.is_subtype(left)
        && let Some(compare) = right.slots.richcompare.get()
    {
        checked_reverse = true;
        let result = compare(b, a, op.swapped())?;
        if !none::is_not_implemented(&result) {
            return Ok(result);
        }
    }
    if let Some(compare) = a.type_().slots.richcompare.get() {
        let result = compare(a, b, op)?;
        if !none::is_not_implemented(&result) {
            return Ok(result);
        }
    }
    if !checked_reverse && let Some(compare) = b.type_().slots.richcompare.get() {
        let result = compare(b, a, op.swapped())?;
        if !none::is_not_implemented(&result) {
            return Ok(result);
        }
    }
    match op {
        CompareOp::Eq => Ok(bool_::bool_ref(a.is(b))),
        CompareOp::Ne => Ok(bool_::bool_ref(!a.is(b))),
        _ => Err(type_error!(
            "'{}' not supported between instances of '{:.100}' and '{:.100}'",
            op.symbol(),
            a.type_name(),
            b.type_name()
        )),
    }
}

/// `a OP b` as a truth value; identical objects are equal (`PyObject_RichCompareBool`).
/// May run Python.
///
/// # Errors
///
/// As [`rich_compare`], and what `__bool__` of the result raises.
pub fn compare_bool(a: &Object, b: &Object, op: CompareOp) -> PyResult<bool> {
    if a.is(b) {
        match op {
            CompareOp::Eq => return Ok(true),
            CompareOp::Ne => return Ok(false),
            _ => {}
        }
    }
    is_true(&*rich_compare(a, b, op)?)
}

/// `a is b or a == b`. May run Python.
///
/// # Errors
///
/// As [`compare_bool`].
#[inline]
pub fn eq(a: &Object, b: &Object) -> PyResult<bool> {
    compare_bool(a, b, CompareOp::Eq)
}

/// `hash(o)`. May run Python.
///
/// # Errors
///
/// `TypeError` "unhashable type"; what `__hash__` raises.
#[inline]
pub fn hash(o: &Object) -> PyResult<isize> {
    if let Some(text) = o.downcast_exact::<Str>() {
        return Ok(text.hash_value());
    }
    match o.type_().slots.hash.get() {
        Some(hash) => hash(o),
        None => hash_not_implemented(o),
    }
}

/// The `__hash__` of unhashable types.
///
/// # Errors
///
/// Always `TypeError`.
#[cold]
pub fn hash_not_implemented(o: &Object) -> PyResult<isize> {
    Err(type_error!("unhashable type: '{:.200}'", o.type_name()))
}

/// The hash by identity.
#[inline]
pub fn hash_pointer(o: &Object) -> isize {
    gopy_numeric::hash::hash_pointer(o.id()) as isize
}

/// `bool(o)`. May run Python.
///
/// # Errors
///
/// What `__bool__` or `__len__` raise.
#[inline]
pub fn is_true(o: &Object) -> PyResult<bool> {
    if bool_::is_bool(o) {
        return Ok(o.is(bool_::bool_object(true)));
    }
    if none::is_none(o) {
        return Ok(false);
    }
    let slots = &o.type_().slots;
    if let Some(truth) = slots.number.bool_.get() {
        return truth(o);
    }
    if let Some(length) = slots.mapping.length.get() {
        return length(o).map(|n| n > 0);
    }
    if let Some(length) = slots.sequence.length.get() {
        return length(o).map(|n| n > 0);
    }
    Ok(true)
}

// --- items --------------------------------------------------------------------------------------

/// `len(o)`. May run Python.
///
/// # Errors
///
/// `TypeError` where there is no length; what `__len__` raises.
pub fn len(o: &Object) -> PyResult<usize> {
    let slots = &o.type_().slots;
    if let Some(length) = slots.sequence.length.get() {
        return length(o);
    }
    match slots.mapping.length.get() {
        Some(length) => length(o),
        None => Err(type_error!("object of type '{:.200}' has no len()", o.type_name())),
    }
}

/// Whether `len(o)` can be asked for.
pub fn has_len(o: &Object) -> bool {
    let slots = &o.type_().slots;
    slots.sequence.length.get().is_some() || slots.mapping.length.get().is_some()
}

/// `operator.length_hint(o, default)`. May run Python.
///
/// # Errors
///
/// What `__len__` or `__length_hint__` raise but for `TypeError`; `TypeError`, `ValueError` for a hint
/// that is none.
pub fn length_hint(o: &Object, default: usize) -> PyResult<usize> {
    if has_len(o)
        && let Some(length) = error::suppress(len(o), &exceptions::TYPE_ERROR)?
    {
        return Ok(length);
    }
    let Some(method) = lookup_special(o, id!(__length_hint__))? else { return Ok(default) };
    let Some(hint) = error::suppress(call::call_no_args(&method), &exceptions::TYPE_ERROR)? else {
        return Ok(default);
    };
    if none::is_not_implemented(&hint) {
        return Ok(default);
    }
    if hint.downcast::<Int>().is_none() {
        return Err(type_error!(
            "__length_hint__ must be an integer, not {:.100}",
            hint.type_name()
        ));
    }
    let hint = number::index_as_ssize(&hint)?;
    usize::try_from(hint).map_err(|_| value_error!("__length_hint__() should return >= 0"))
}

/// `o[key]`. May run Python.
///
/// # Errors
///
/// `TypeError` where `o` has no items; `KeyError`, `IndexError` and what else `__getitem__` raises.
pub fn get_item(o: &Object, key: &Object) -> PyResult {
    let slots = &o.type_().slots;
    if let Some(subscript) = slots.mapping.subscript.get() {
        return subscript(o, key);
    }
    if let Some(item) = slots.sequence.item.get() {
        if !number::is_index(key) {
            return Err(type_error!(
                "sequence index must be integer, not '{:.200}'",
                key.type_name()
            ));
        }
        let index = number::index_as_ssize_or(key, &exceptions::INDEX_ERROR)?;
        return item(o, from_end(o, index)?);
    }
    if let Some(class) = o.downcast::<Type>() {
        if class.as_object().is(&*gopy_object::typeobj::TYPE) {
            return crate::generic_alias::GenericAlias::new(o, key).map(Ref::upcast);
        }
        if let Some(method) = get_attr_opt(o, id!(__class_getitem__))?
            && !none::is_none(&method)
        {
            return call::call_one(&method, key);
        }
        return Err(type_error!("type '{:.200}' is not subscriptable", class.name()));
    }
    Err(type_error!("'{:.200}' object is not subscriptable", o.type_name()))
}

/// Counts a negative index from the end, for types with `sq_item` alone.
fn from_end(o: &Object, index: isize) -> PyResult<isize> {
    if index < 0
        && let Some(length) = o.type_().slots.sequence.length.get()
    {
        return Ok(index.wrapping_add(length(o)? as isize));
    }
    Ok(index)
}

/// `o[key]` of a mapping, `None` for a `KeyError` (`PyMapping_GetOptionalItem`). May run Python.
///
/// # Errors
///
/// Whatever is not a `KeyError`.
pub fn get_item_opt(o: &Object, key: &Object) -> PyResult<Option<Ref>> {
    if let Some(dict) = o.downcast_exact::<Dict>() {
        return dict.get_item(key);
    }
    error::suppress(get_item(o, key), &exceptions::KEY_ERROR)
}

/// `o[key] = value`. May run Python.
///
/// # Errors
///
/// As [`get_item`], for `__setitem__`.
pub fn set_item(o: &Object, key: &Object, value: &Object) -> PyResult<()> {
    assign_item(o, key, Some(value))
}

/// `del o[key]`. May run Python.
///
/// # Errors
///
/// As [`get_item`], for `__delitem__`.
pub fn del_item(o: &Object, key: &Object) -> PyResult<()> {
    assign_item(o, key, None)
}

fn assign_item(o: &Object, key: &Object, value: Option<&Object>) -> PyResult<()> {
    let slots = &o.type_().slots;
    if let Some(assign) = slots.mapping.ass_subscript.get() {
        return assign(o, key, value);
    }
    let what = if value.is_some() { "assignment" } else { "deletion" };
    if slots.sequence.item.get().is_some() || slots.sequence.ass_item.get().is_some() {
        if number::is_index(key) {
            let index = number::index_as_ssize_or(key, &exceptions::INDEX_ERROR)?;
            if let Some(assign) = slots.sequence.ass_item.get() {
                return assign(o, from_end(o, index)?, value);
            }
        } else if slots.sequence.ass_item.get().is_some() {
            return Err(type_error!(
                "sequence index must be integer, not '{:.200}'",
                key.type_name()
            ));
        }
    }
    Err(type_error!("'{:.200}' object does not support item {what}", o.type_name()))
}

// --- classes ------------------------------------------------------------------------------------

/// Whether the object can be called.
pub fn is_callable(o: &Object) -> bool {
    o.type_().slots.call.get().is_some()
}

/// `isinstance(o, class)`. May run Python.
///
/// # Errors
///
/// `TypeError` where `class` is none; what `__instancecheck__` raises.
pub fn is_instance(o: &Object, class: &Object) -> PyResult<bool> {
    if std::ptr::addr_eq(o.type_(), class) {
        return Ok(true);
    }
    if class.is_exact(&gopy_object::typeobj::TYPE) {
        return real_is_instance(o, class);
    }
    if class.is_exact(&crate::union::UNION) {
        let args = crate::union::args_of(class);
        return any_class(&args, |class| is_instance(o, class));
    }
    if let Some(classes) = class.downcast::<gopy_object::typeobj::Tuple>() {
        thread().check_native_recursion(" in __instancecheck__")?;
        return any_class(classes, |class| is_instance(o, class));
    }
    if let Some(check) = lookup_special(class, id!(__instancecheck__))? {
        thread().check_native_recursion(" in __instancecheck__")?;
        return is_true(&*call::call_one(&check, o)?);
    }
    real_is_instance(o, class)
}

fn any_class(
    classes: &gopy_object::typeobj::Tuple,
    mut test: impl FnMut(&Object) -> PyResult<bool>,
) -> PyResult<bool> {
    for class in classes.items() {
        if test(class)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `type.__instancecheck__`'s test. May run Python.
///
/// # Errors
///
/// `TypeError` where `class` is none.
pub fn real_is_instance(o: &Object, class: &Object) -> PyResult<bool> {
    if let Some(ty) = class.downcast::<Type>() {
        if o.is_instance(ty) {
            return Ok(true);
        }
        if let Some(claimed) = get_attr_opt(o, id!(__class__))?
            && let Some(claimed) = claimed.downcast::<Type>()
            && !std::ptr::eq(claimed, o.type_())
        {
            return Ok(claimed.is_subtype(ty));
        }
        return Ok(false);
    }
    check_class(class, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
    match get_attr_opt(o, id!(__class__))? {
        Some(claimed) => abstract_is_subclass(&claimed, class),
        None => Ok(false),
    }
}

fn bases_of(class: &Object) -> PyResult<Option<Ref<gopy_object::typeobj::Tuple>>> {
    Ok(get_attr_opt(class, id!(__bases__))?.and_then(|bases| bases.downcast_ref().ok()))
}

fn check_class(class: &Object, message: &str) -> PyResult<()> {
    match bases_of(class)? {
        Some(_) => Ok(()),
        None => Err(type_error!("{message}")),
    }
}

fn abstract_is_subclass(derived: &Object, class: &Object) -> PyResult<bool> {
    let mut derived = derived.to_ref();
    loop {
        if derived.is(class) {
            return Ok(true);
        }
        let Some(bases) = bases_of(&derived)? else { return Ok(false) };
        match bases.items() {
            [] => return Ok(false),
            [only] => derived = only.clone(),
            several => {
                thread().check_native_recursion(" in __issubclass__")?;
                for base in several {
                    if abstract_is_subclass(base, class)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
        }
    }
}

/// `issubclass(class, of)`. May run Python.
///
/// # Errors
///
/// `TypeError` where an argument is no class; what `__subclasscheck__` raises.
pub fn is_subclass(class: &Object, of: &Object) -> PyResult<bool> {
    if of.is_exact(&gopy_object::typeobj::TYPE) {
        if class.is(of) {
            return Ok(true);
        }
        return real_is_subclass(class, of);
    }
    if of.is_exact(&crate::union::UNION) {
        let args = crate::union::args_of(of);
        return any_class(&args, |of| is_subclass(class, of));
    }
    if let Some(classes) = of.downcast::<gopy_object::typeobj::Tuple>() {
        thread().check_native_recursion(" in __subclasscheck__")?;
        return any_class(classes, |of| is_subclass(class, of));
    }
    if let Some(check) = lookup_special(of, id!(__subclasscheck__))? {
        thread().check_native_recursion(" in __subclasscheck__")?;
        return is_true(&*call::call_one(&check, class)?);
    }
    real_is_subclass(class, of)
}

/// `type.__subclasscheck__`'s test. May run Python.
///
/// # Errors
///
/// `TypeError` where an argument is no class.
pub fn real_is_subclass(class: &Object, of: &Object) -> PyResult<bool> {
    if let (Some(class), Some(of)) = (class.downcast::<Type>(), of.downcast::<Type>()) {
        return Ok(class.is_subtype(of));
    }
    check_class(class, "issubclass() arg 1 must be a class")?;
    check_class(of, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
    abstract_is_subclass(class, of)
}

/// `dir(o)`: a sorted list. May run Python.
///
/// # Errors
///
/// What `__dir__` raises; `TypeError` where there is none.
pub fn dir(o: &Object) -> PyResult {
    let Some(method) = lookup_special(o, id!(__dir__))? else {
        return Err(type_error!("object does not provide __dir__"));
    };
    let names = call::call_no_args(&method)?;
    let list = List::from_vec(iter::collect(&names)?);
    list.sort(None, false)?;
    Ok(list.upcast())
}

/// `iter(o)` of an iterator.
///
/// # Errors
///
/// None.
pub fn self_iter(o: &Object) -> PyResult {
    Ok(o.to_ref())
}

/// A new reference, tracked by the collector where its type wants that.
pub fn track_new<T: Instance>(object: Ref<T>) -> Ref<T> {
    if object.as_object().type_().has(TypeFlags::HAVE_GC) && !gc::is_tracked(object.as_object()) {
        gc::track(object.as_object());
    }
    object
}

/// A type's name for messages about an argument that may be `None`.
pub fn type_name_or_none(o: &Object) -> TypeName {
    if none::is_none(o) { TypeName::Static("None") } else { o.type_name() }
}

/// `OverflowError` of a value that does not fit the C type.
#[cold]
pub fn overflow(message: &str) -> gopy_object::Exception {
    error::raise_format(&OVERFLOW_ERROR, format_args!("{message}"))
}
