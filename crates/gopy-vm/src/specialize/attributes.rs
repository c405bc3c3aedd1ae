//! Attributes, globals and `super()`.
//!
//! Answers to `_Py_Specialize_LoadAttr`, `_Py_Specialize_StoreAttr`, `_Py_Specialize_LoadGlobal` and
//! `_Py_Specialize_LoadSuperAttr`.

use gopy_bytecode::Opcode;
use gopy_bytecode::backoff::Counter;
use gopy_core::classmethods::CLASS_METHOD;
use gopy_core::descriptor::{CLASS_METHOD_DESCRIPTOR, MEMBER_DESCRIPTOR, MemberDescriptor};
use gopy_core::dict::{DICT, Dict, instance};
use gopy_core::function::{FUNCTION, Function};
use gopy_core::id;
use gopy_core::module::{MODULE, Module};
use gopy_core::object::has_generic_getattr;
use gopy_core::property::{PROPERTY, Property};
use gopy_core::str::Str;
use gopy_core::super_::SUPER;
use gopy_core::type_;
use gopy_object::typeobj::{OBJECT, TYPE};
use gopy_object::{Instance, Object, Ref, Type, TypeFlags};

use super::{cache, fail, function_version, is_simple, settle, succeed};
use crate::eval::attributes::has_module_getattro;
use crate::frame::FrameRef;
use crate::stackref::StackRef;
use crate::units::Unit;

/// What kind of thing a class's attribute is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// A data descriptor of another kind.
    Overriding,
    /// A function or another method descriptor.
    Method,
    /// A property.
    Property,
    /// A `__slots__` member at this byte offset.
    ObjectSlot(usize),
    /// A field that is no object.
    OtherSlot,
    /// A descriptor without `__set__`.
    NonOverriding,
    /// A class method: found in the instance only if that shadows it.
    ClassMethod,
    /// No descriptor.
    NonDescriptor,
    /// Its class may change.
    Mutable,
    /// The class has no such attribute.
    Absent,
    /// `__class__`.
    DunderClass,
    /// Attribute access itself is overridden.
    Overridden,
    /// By a Python `__getattribute__`.
    PythonGetattribute,
}

struct Analysis {
    kind: Kind,
    descriptor: Option<Ref>,
    /// The type's version; 0: none to be had.
    version: u32,
}

fn classify(descriptor: Option<&Object>, has_getattr: bool) -> Kind {
    let Some(descriptor) = descriptor else { return Kind::Absent };
    let class = descriptor.type_();
    if !class.has(TypeFlags::IMMUTABLETYPE) {
        return Kind::Mutable;
    }
    if class.slots.descr_set.get().is_some() {
        if descriptor.is_exact(&MEMBER_DESCRIPTOR) {
            let member = descriptor.downcast_exact::<MemberDescriptor>();
            return match member.and_then(MemberDescriptor::word_offset) {
                Some(offset) => Kind::ObjectSlot(offset),
                None => Kind::OtherSlot,
            };
        }
        if descriptor.is_exact(&PROPERTY) {
            return if has_getattr { Kind::Overridden } else { Kind::Property };
        }
        return Kind::Overriding;
    }
    if class.slots.descr_get.get().is_some() {
        if class.has(TypeFlags::METHOD_DESCRIPTOR) {
            return Kind::Method;
        }
        if descriptor.is_exact(&CLASS_METHOD_DESCRIPTOR) || descriptor.is_exact(&CLASS_METHOD) {
            return Kind::ClassMethod;
        }
        return Kind::NonOverriding;
    }
    Kind::NonDescriptor
}

fn is_dunder_class(descriptor: Option<&Object>, name: &Str) -> bool {
    name.eq_str("__class__")
        && descriptor.is_some_and(|descriptor| {
            type_::lookup(&OBJECT, id!(__class__)).is_some_and(|own| own.is(descriptor))
        })
}

/// Looks `name` up as reading it from an instance of `ty` would.
fn analyze_load(ty: &Type, name: &Str) -> Analysis {
    let mut has_getattr = false;
    if !has_generic_getattr(ty) {
        if !type_::has_python_getattr(ty) {
            return Analysis { kind: Kind::Overridden, descriptor: None, version: 0 };
        }
        let (getattribute, version) = type_::lookup_with_version(ty, id!(__getattribute__));
        let own = type_::lookup(&OBJECT, id!(__getattribute__));
        let is_custom = match (&getattribute, &own) {
            (Some(found), Some(own)) => !found.is(&**own),
            (found, _) => found.is_some(),
        };
        has_getattr = type_::lookup(ty, id!(__getattr__)).is_some();
        if is_custom {
            let is_function = getattribute.as_ref().is_some_and(|found| found.is_exact(&FUNCTION));
            let kind = if !has_getattr && is_function {
                Kind::PythonGetattribute
            } else {
                Kind::Overridden
            };
            return Analysis { kind, descriptor: getattribute, version };
        }
    }
    let (descriptor, version) = type_::lookup_with_version(ty, name);
    let kind = if is_dunder_class(descriptor.as_deref(), name) {
        Kind::DunderClass
    } else {
        classify(descriptor.as_deref(), has_getattr)
    };
    Analysis { kind, descriptor, version }
}

fn analyze_store(ty: &Type, name: &Str) -> Analysis {
    let generic = match (ty.slots.setattro.get(), OBJECT.slots.setattro.get()) {
        (Some(own), Some(object)) => std::ptr::fn_addr_eq(own, object),
        _ => false,
    };
    if !generic {
        return Analysis { kind: Kind::Overridden, descriptor: None, version: 0 };
    }
    let (descriptor, version) = type_::lookup_with_version(ty, name);
    let kind = if is_dunder_class(descriptor.as_deref(), name) {
        Kind::DunderClass
    } else {
        classify(descriptor.as_deref(), false)
    };
    Analysis { kind, descriptor, version }
}

/// Whether the index fits the 16 bits that CPython's cache has.
fn fits(index: usize) -> Option<u32> {
    u16::try_from(index).ok().map(u32::from)
}

/// LOAD_ATTR.
pub fn load_attr(owner: StackRef, ip: *mut Unit, name: &Str) {
    let owner = owner.as_object();
    let found = if has_module_getattro(owner) {
        module_attr(owner, ip, name)
    } else if let Some(class) = owner.downcast::<Type>() {
        class_attr(class, ip, name)
    } else {
        instance_attr(owner, ip, name)
    };
    settle(ip, found);
}

fn module_attr(owner: &Object, ip: *mut Unit, name: &Str) -> Option<Opcode> {
    let module = owner.downcast::<Module>()?;
    let dict = module.dict.get()?;
    let dict = dict.downcast_exact::<Dict>()?;
    let keys = dict.table();
    if !keys.is_unicode() || dict.is_split() || keys.index_of_str(id!(__getattr__)).is_some() {
        return None;
    }
    let index = dict.value_offset(fits(keys.index_of_str(name)?)? as usize)?;
    let version = keys.assign_version();
    if version == 0 {
        return None;
    }
    cache(ip, 2).set_value(version);
    cache(ip, 4).set_value(index);
    Some(Opcode::LOAD_ATTR_MODULE)
}

fn class_attr(class: &Type, ip: *mut Unit, name: &Str) -> Option<Opcode> {
    let meta = class.object.type_();
    let plain = match (meta.slots.getattro.get(), TYPE.slots.getattro.get()) {
        (Some(own), Some(ty)) => std::ptr::fn_addr_eq(own, ty),
        _ => false,
    };
    if !plain {
        return None;
    }
    let (meta_descriptor, meta_version) = type_::lookup_with_version(meta, name);
    match classify(meta_descriptor.as_deref(), false) {
        Kind::Method
        | Kind::NonDescriptor
        | Kind::NonOverriding
        | Kind::ClassMethod
        | Kind::Absent => {}
        _ => return None,
    }
    let analysis = analyze_load(class, name);
    if analysis.version == 0 {
        return None;
    }
    let check_meta = !meta.has(TypeFlags::IMMUTABLETYPE);
    if check_meta && meta_version == 0 {
        return None;
    }
    if !matches!(analysis.kind, Kind::Method | Kind::NonDescriptor) {
        return None;
    }
    let descriptor = analysis.descriptor?;
    cache(ip, 2).set_value(analysis.version);
    set_object(ip, &descriptor);
    if check_meta {
        cache(ip, 4).set_value(meta_version);
        return Some(Opcode::LOAD_ATTR_CLASS_WITH_METACLASS_CHECK);
    }
    Some(Opcode::LOAD_ATTR_CLASS)
}

/// Stores the address of an object that the type keeps alive.
fn set_object(ip: *mut Unit, object: &Object) {
    cache(ip, 6).set_pointer(std::ptr::from_ref(object).expose_provenance());
}

/// Whether the instance is likely to have the name, and the version of the keys it shares.
fn instance_has_key(owner: &Object, name: &Str) -> (bool, u32) {
    let ty = owner.type_();
    if !ty.has(TypeFlags::MANAGED_DICT) {
        return (false, 0);
    }
    if ty.has(TypeFlags::INLINE_VALUES) {
        let Some(keys) = instance::shared_keys(ty) else { return (false, 0) };
        return (keys.index_of_str(name).is_some(), keys.assign_version());
    }
    let Some(dict) = instance::existing_dict(owner) else { return (false, 0) };
    let has = dict.is_exact_dict() && !dict.is_split() && dict.table().index_of_str(name).is_some();
    (has, 0)
}

fn instance_attr(owner: &Object, ip: *mut Unit, name: &Str) -> Option<Opcode> {
    let ty = owner.type_();
    let (shadowed, keys_version) = instance_has_key(owner, name);
    let analysis = analyze_load(ty, name);
    let version = analysis.version;
    if version == 0 {
        return None;
    }
    let as_method = cache(ip, 0).arg & 1 != 0;
    match analysis.kind {
        Kind::Method
        | Kind::ClassMethod
        | Kind::NonOverriding
        | Kind::NonDescriptor
        | Kind::Absent
            if shadowed =>
        {
            dict_access(
                owner,
                ip,
                name,
                version,
                [Opcode::LOAD_ATTR_INSTANCE_VALUE, Opcode::LOAD_ATTR_WITH_HINT],
            )
        }
        Kind::Method => {
            let descriptor = analysis.descriptor?;
            if !as_method {
                return None;
            }
            class_value(owner, ip, &descriptor, version, true, keys_version)
        }
        Kind::Property => {
            let descriptor = analysis.descriptor?;
            let getter = descriptor.downcast_exact::<Property>()?.fget.get()?;
            let function = getter.downcast_exact::<Function>()?;
            if !is_simple(function, 1) || as_method {
                return None;
            }
            cache(ip, 2).set_value(version);
            set_object(ip, &getter);
            Some(Opcode::LOAD_ATTR_PROPERTY)
        }
        Kind::ObjectSlot(offset) => {
            let descriptor = analysis.descriptor?;
            let member = descriptor.downcast_exact::<MemberDescriptor>()?;
            if !ty.is_subtype(member.owner()) {
                return None;
            }
            cache(ip, 4).set_value(fits(offset)?);
            cache(ip, 2).set_value(version);
            Some(Opcode::LOAD_ATTR_SLOT)
        }
        Kind::DunderClass => {
            // The type is a word of the header.
            cache(ip, 4).set_value(8);
            cache(ip, 2).set_value(version);
            Some(Opcode::LOAD_ATTR_SLOT)
        }
        Kind::PythonGetattribute => {
            let descriptor = analysis.descriptor?;
            let function = descriptor.downcast_exact::<Function>()?;
            if !is_simple(function, 2) || as_method {
                return None;
            }
            cache(ip, 4).set_value(function_version(function)?);
            cache(ip, 2).set_value(version);
            set_object(ip, &descriptor);
            Some(Opcode::LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN)
        }
        Kind::NonDescriptor => {
            let descriptor = analysis.descriptor?;
            if as_method {
                return None;
            }
            class_value(owner, ip, &descriptor, version, false, keys_version)
        }
        Kind::Absent => {
            // Not there yet: look again later, without a longer wait.
            cache(ip, 1).set_counter(Counter::COOLDOWN);
            Some(Opcode::LOAD_ATTR)
        }
        _ => None,
    }
}

/// A class attribute that the instance does not shadow.
fn class_value(
    owner: &Object,
    ip: *mut Unit,
    descriptor: &Object,
    version: u32,
    is_method: bool,
    keys_version: u32,
) -> Option<Opcode> {
    let ty = owner.type_();
    let op = if ty.has(TypeFlags::INLINE_VALUES) {
        if keys_version == 0 {
            return None;
        }
        cache(ip, 4).set_value(keys_version);
        if is_method {
            Opcode::LOAD_ATTR_METHOD_WITH_VALUES
        } else {
            Opcode::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES
        }
    } else if !ty.has(TypeFlags::MANAGED_DICT) && ty.dictoffset.get() == 0 {
        if is_method {
            Opcode::LOAD_ATTR_METHOD_NO_DICT
        } else {
            Opcode::LOAD_ATTR_NONDESCRIPTOR_NO_DICT
        }
    } else if is_method {
        if !crate::eval::attributes::has_no_dict_yet(owner) {
            return None;
        }
        Opcode::LOAD_ATTR_METHOD_LAZY_DICT
    } else {
        return None;
    };
    cache(ip, 2).set_value(version);
    set_object(ip, descriptor);
    Some(op)
}

/// An attribute in the inline values or in the dict of an instance.
fn dict_access(
    owner: &Object,
    ip: *mut Unit,
    name: &Str,
    version: u32,
    [inline, hinted]: [Opcode; 2],
) -> Option<Opcode> {
    let ty = owner.type_();
    if !ty.has(TypeFlags::MANAGED_DICT) {
        return None;
    }
    let stores = inline == Opcode::STORE_ATTR_INSTANCE_VALUE;
    if instance::has_valid_values(owner) && (!stores || instance::has_no_dict(owner)) {
        if !instance::has_no_dict(owner) {
            return None;
        }
        let index = instance::shared_keys(ty)?.index_of_str(name)?;
        let offset = u16::try_from(instance::values_offset(ty)).ok()?;
        cache(ip, 4).set_value(fits(index)?);
        cache(ip, 4).aux = offset;
        cache(ip, 2).set_value(version);
        return Some(inline);
    }
    let dict = instance::existing_dict(owner)?;
    if !dict.is_exact_dict() || dict.is_split() {
        return None;
    }
    let index = dict.table().index_of_str(name)?;
    cache(ip, 4).set_value(fits(index)?);
    cache(ip, 2).set_value(version);
    Some(hinted)
}

/// Whether a dict is of no subclass.
trait ExactDict {
    fn is_exact_dict(&self) -> bool;
}

impl ExactDict for Dict {
    fn is_exact_dict(&self) -> bool {
        self.as_object().is_exact(&DICT)
    }
}

/// STORE_ATTR.
pub fn store_attr(owner: StackRef, ip: *mut Unit, name: &Str) {
    settle(ip, choose_store(owner.as_object(), ip, name));
}

fn choose_store(owner: &Object, ip: *mut Unit, name: &Str) -> Option<Opcode> {
    if owner.is_exact(&MODULE) {
        return None;
    }
    let ty = owner.type_();
    let analysis = analyze_store(ty, name);
    let version = analysis.version;
    if version == 0 {
        return None;
    }
    match analysis.kind {
        Kind::ObjectSlot(offset) => {
            let descriptor = analysis.descriptor?;
            let member = descriptor.downcast_exact::<MemberDescriptor>()?;
            if !ty.is_subtype(member.owner()) {
                return None;
            }
            cache(ip, 4).set_value(fits(offset)?);
            cache(ip, 2).set_value(version);
            Some(Opcode::STORE_ATTR_SLOT)
        }
        Kind::Absent => dict_access(
            owner,
            ip,
            name,
            version,
            [Opcode::STORE_ATTR_INSTANCE_VALUE, Opcode::STORE_ATTR_WITH_HINT],
        ),
        _ => None,
    }
}

/// LOAD_GLOBAL.
pub fn load_global(frame: FrameRef, ip: *mut Unit, name: &Str) {
    settle(ip, choose_global(frame, ip, name));
}

fn choose_global(frame: FrameRef, ip: *mut Unit, name: &Str) -> Option<Opcode> {
    let globals = frame.globals().as_object().downcast_exact::<Dict>()?;
    let keys = globals.table();
    if !keys.is_unicode() || globals.is_split() {
        return None;
    }
    let short = |version: u32| u16::try_from(version).ok().filter(|version| *version != 0);
    if let Some(index) = keys.index_of_str(name) {
        let index = globals.value_offset(fits(index)? as usize)?;
        let version = short(keys.assign_version())?;
        set_global_cache(ip, u32::from(version), None, index);
        return Some(Opcode::LOAD_GLOBAL_MODULE);
    }
    let builtins = frame.builtins().downcast_exact::<Dict>()?;
    let builtin_keys = builtins.table();
    if !builtin_keys.is_unicode() || builtins.is_split() {
        return None;
    }
    let index = builtins.value_offset(fits(builtin_keys.index_of_str(name)?)? as usize)?;
    let version = short(keys.assign_version())?;
    let builtin_version = short(builtin_keys.assign_version())?;
    set_global_cache(ip, u32::from(version), Some(u32::from(builtin_version)), index);
    Some(Opcode::LOAD_GLOBAL_BUILTIN)
}

/// The fields in the order in which the instructions' ops read them.
fn set_global_cache(ip: *mut Unit, globals: u32, builtins: Option<u32>, index: u32) {
    cache(ip, 2).set_value(globals);
    match builtins {
        None => cache(ip, 4).set_value(index),
        Some(version) => {
            cache(ip, 3).set_value(version);
            cache(ip, 4).set_value(index);
        }
    }
}

/// LOAD_SUPER_ATTR.
pub fn load_super_attr(global_super: StackRef, class: StackRef, ip: *mut Unit, as_method: bool) {
    if !global_super.is_object(SUPER.get()) || class.as_object().downcast::<Type>().is_none() {
        fail(ip);
        return;
    }
    succeed(
        ip,
        if as_method { Opcode::LOAD_SUPER_ATTR_METHOD } else { Opcode::LOAD_SUPER_ATTR_ATTR },
    );
}
