//! Descriptors of built-in types: methods, class methods, computed attributes, fields.
//!
//! Answers to `Objects/descrobject.c`; slot wrappers are in [`crate::wrapper`], `mappingproxy` and
//! `property` in files of their own.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::native::{GetSetDef, MemberDef, MethodDef};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::builtin::{BuiltinFunction, call_native};
use crate::error::{attribute_error_text, type_error};
use crate::str::Str;
use crate::type_::qualified_name;
use crate::type_::slotdefs::SlotDef;
use crate::type_::slots::SlotValue;
use crate::{id, import, none, object, tuple};

/// What all descriptors of built-in types begin with.
#[repr(C)]
pub struct Descriptor {
    object: Object,
    /// `__objclass__`.
    pub owner: Ref<Type>,
    /// `__name__`.
    pub name: Ref<Str>,
    /// `__qualname__`, once asked for.
    qualname: Slot,
}

impl std::ops::Deref for Descriptor {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.object
    }
}

impl gopy_object::Traverse for Descriptor {
    fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
        self.owner.traverse(visit);
    }

    fn clear(&self) {}
}

impl Descriptor {
    /// The common part of a descriptor of type `ty` for `owner`.
    pub(crate) fn head(ty: &Type, owner: &Type, name: &Str) -> Descriptor {
        Descriptor {
            object: Object::header(ty),
            owner: owner.to_ref(),
            name: crate::str::intern(name.to_ref()),
            qualname: Slot::empty(),
        }
    }

    /// Checks that `instance` is one of the owner's.
    pub(crate) fn check(&self, instance: &Object) -> PyResult<()> {
        if instance.is_instance(&self.owner) {
            return Ok(());
        }
        Err(type_error!(
            "descriptor '{}' for '{:.100}' objects doesn't apply to a '{:.100}' object",
            self.name,
            self.owner.name(),
            instance.type_name()
        ))
    }

    /// `<KIND 'name' of 'type' objects>`.
    pub(crate) fn display(&self, kind: &str) -> String {
        format!("<{kind} '{}' of '{}' objects>", self.name, self.owner.name())
    }

    /// `__qualname__`. May run Python.
    pub(crate) fn qualname(&self) -> PyResult {
        if let Some(qualname) = self.qualname.get() {
            return Ok(qualname);
        }
        let owner = object::get_attr(self.owner.as_object(), id!(__qualname__))?;
        let Some(owner) = owner.downcast::<Str>() else {
            return Err(type_error!(
                "<descriptor>.__objclass__.__qualname__ is not a unicode object"
            ));
        };
        let qualname = Str::new(&format!("{owner}.{}", self.name)).upcast();
        self.qualname.set(Some(qualname.clone()));
        Ok(qualname)
    }

    /// `__reduce__`: `getattr(owner, name)`.
    pub(crate) fn reduce(&self) -> PyResult {
        let getattr = import::import_attr("builtins", "getattr")?;
        let args = tuple::from_array([self.owner.clone().upcast(), self.name.clone().upcast()]);
        Ok(tuple::from_array([getattr, args.upcast()]).upcast())
    }

    /// `owner.name()`, for messages about calls.
    #[cold]
    pub(crate) fn call_display(&self) -> String {
        match self.qualname() {
            Ok(qualname) => match qualname.downcast::<Str>() {
                Some(qualname) => format!("{qualname}()"),
                None => format!("{}()", self.name),
            },
            Err(_) => format!("{}()", self.name),
        }
    }
}

macro_rules! descriptor_type {
    ($(#[$doc:meta])* $ty:ident, $statik:ident, $name:literal, $size:literal, [$($flag:ident),*], $def:ty, $kind:literal) => {
        $(#[$doc])*
        #[pyclass(name = $name, static = $statik, basicsize = $size,
            flags(HAVE_GC, DISALLOW_INSTANTIATION $(, $flag)*))]
        #[repr(C)]
        pub struct $ty {
            base: Descriptor,
            /// The declaration.
            pub def: $def,
        }

        impl $ty {
            fn make(owner: &Type, name: &Str, def: $def) -> PyResult {
                let descriptor = memory::alloc(
                    &$statik,
                    $ty { base: Descriptor::head(&$statik, owner, name), def },
                )?;
                Ok(gc::tracked(descriptor).upcast())
            }
        }
    };
}

descriptor_type! {
    /// A method of a built-in type.
    MethodDescriptor, METHOD_DESCRIPTOR, "method_descriptor", 56,
    [HAVE_VECTORCALL, METHOD_DESCRIPTOR], &'static MethodDef, "method"
}
descriptor_type! {
    /// A class method of a built-in type.
    ClassMethodDescriptor, CLASS_METHOD_DESCRIPTOR, "classmethod_descriptor", 56,
    [], &'static MethodDef, "method"
}
descriptor_type! {
    /// A computed attribute of a built-in type.
    GetSetDescriptor, GETSET_DESCRIPTOR, "getset_descriptor", 48,
    [], &'static GetSetDef, "attribute"
}

/// What a member descriptor reads.
#[derive(Clone, Copy)]
pub enum Member {
    /// A field of a built-in type.
    Field(&'static MemberDef),
    /// A `__slots__` word at this byte offset.
    Word(usize),
    /// A word that Python only reads; `None` where it is empty.
    ReadOnlyWord(usize),
}

gopy_object::leaf_traverse!(Member);

descriptor_type! {
    /// A field of the instance: of a built-in type, or by `__slots__`.
    MemberDescriptor, MEMBER_DESCRIPTOR, "member_descriptor", 48, [], Member, "member"
}

/// A `method_descriptor`.
pub fn new_method(ty: &Type, def: &'static MethodDef) -> PyResult {
    MethodDescriptor::make(ty, &Str::new(def.name), def)
}

/// A `classmethod_descriptor`.
pub fn new_class_method(ty: &Type, def: &'static MethodDef) -> PyResult {
    ClassMethodDescriptor::make(ty, &Str::new(def.name), def)
}

/// A `getset_descriptor`.
pub fn new_getset(ty: &Type, def: &'static GetSetDef) -> PyResult {
    GetSetDescriptor::make(ty, &Str::new(def.name), def)
}

/// A `member_descriptor` of a built-in type's field.
pub fn new_member(ty: &Type, def: &'static MemberDef) -> PyResult {
    MemberDescriptor::make(ty, &Str::new(def.name), Member::Field(def))
}

/// A `member_descriptor` of a `__slots__` word at byte `offset` of the instance.
pub fn new_slot(ty: &Type, name: &Str, offset: usize) -> PyResult {
    MemberDescriptor::make(ty, name, Member::Word(offset))
}

/// A `member_descriptor` of a word at byte `offset` that Python only reads.
pub fn new_read_only_word(ty: &Type, name: &Str, offset: usize) -> PyResult {
    MemberDescriptor::make(ty, name, Member::ReadOnlyWord(offset))
}

/// A `wrapper_descriptor`.
pub fn new_wrapper(ty: &Type, def: &'static SlotDef, function: SlotValue) -> PyResult {
    crate::wrapper::new(ty, def, function)
}

/// The declaration, function and owner of an object that is a `wrapper_descriptor`.
pub fn wrapper_parts(descriptor: &Object) -> Option<(&'static SlotDef, SlotValue, &Type)> {
    crate::wrapper::parts(descriptor)
}

/// The declaration and owner of an object that is exactly a `method_descriptor`.
pub fn method_parts(descriptor: &Object) -> Option<(&'static MethodDef, &Type)> {
    let descriptor = descriptor.downcast_exact::<MethodDescriptor>()?;
    Some((descriptor.def, &descriptor.base.owner))
}

/// A `mappingproxy`.
pub fn new_proxy(mapping: &Object) -> PyResult {
    crate::mappingproxy::new(mapping)
}

/// Whether an object is a data descriptor.
pub fn is_data_descriptor(object: &Object) -> bool {
    object.type_().slots.descr_set.get().is_some()
}

fn doc_of(doc: Option<&'static str>) -> PyResult {
    Ok(match doc {
        Some(doc) => Str::new(doc).upcast(),
        None => none::none(),
    })
}

/// The doc of a method of a built-in type: as declared, or from the collected docs.
fn method_doc(owner: &Type, def: &MethodDef) -> PyResult {
    let found = def.doc.or_else(|| gopy_doc::of_attribute(&owner.name(), def.name));
    doc_of(found)
}

#[pymethods]
impl MethodDescriptor {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        self.base.reduce()
    }

    #[pymember]
    fn __objclass__(&self) -> Ref<Type> {
        self.base.owner.clone()
    }

    #[pymember]
    fn __name__(&self) -> Ref<Str> {
        self.base.name.clone()
    }

    #[pygetter]
    fn __doc__(&self) -> PyResult {
        method_doc(&self.base.owner, self.def)
    }

    #[pygetter]
    fn __qualname__(&self) -> PyResult {
        self.base.qualname()
    }

    #[pygetter]
    fn __text_signature__(&self) -> PyResult {
        doc_of(self.def.text_signature)
    }
}

#[pyslots]
impl MethodDescriptor {
    fn repr(&self) -> String {
        self.base.display("method")
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let Some(receiver) = args.get(0) else {
            return Err(type_error!(
                "unbound method {} needs an argument",
                self.base.call_display()
            ));
        };
        self.base.check(receiver)?;
        call_native(self.def, receiver, args.skip(1), || self.base.call_display())
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        let Some(instance) = instance else { return Ok(self.as_object().to_ref()) };
        self.base.check(instance)?;
        Ok(BuiltinFunction::new(self.def, Some(instance.to_ref()), None)?.upcast())
    }
}

#[pymethods]
impl ClassMethodDescriptor {
    #[pymember]
    fn __objclass__(&self) -> Ref<Type> {
        self.base.owner.clone()
    }

    #[pymember]
    fn __name__(&self) -> Ref<Str> {
        self.base.name.clone()
    }

    #[pygetter]
    fn __doc__(&self) -> PyResult {
        method_doc(&self.base.owner, self.def)
    }

    #[pygetter]
    fn __qualname__(&self) -> PyResult {
        self.base.qualname()
    }

    #[pygetter]
    fn __text_signature__(&self) -> PyResult {
        doc_of(self.def.text_signature)
    }
}

#[pyslots]
impl ClassMethodDescriptor {
    fn repr(&self) -> String {
        self.base.display("method")
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let Some(class) = args.get(0) else {
            return Err(type_error!(
                "descriptor '{}' of '{:.100}' object needs an argument",
                self.base.name,
                self.base.owner.name()
            ));
        };
        let bound = bind_class_method(self, None, Some(class))?;
        crate::call::call_args(&bound, args.skip(1))
    }

    fn descr_get(&self, instance: Option<&Object>, owner: Option<&Object>) -> PyResult {
        bind_class_method(self, instance, owner)
    }
}

fn bind_class_method(
    descriptor: &ClassMethodDescriptor,
    instance: Option<&Object>,
    owner: Option<&Object>,
) -> PyResult {
    let (name, class_name) = (&descriptor.base.name, descriptor.base.owner.name());
    let Some(class) = owner.or(instance.map(|instance| instance.type_().as_object())) else {
        return Err(type_error!(
            "descriptor '{name}' for type '{class_name:.100}' needs either an object or a type"
        ));
    };
    let Some(class) = class.downcast::<Type>() else {
        return Err(type_error!(
            "descriptor '{name}' for type '{class_name:.100}' needs a type, not a '{:.100}' as arg 2",
            class.type_name()
        ));
    };
    if !class.is_subtype(&descriptor.base.owner) {
        return Err(type_error!(
            "descriptor '{name}' requires a subtype of '{class_name:.100}' but received '{:.100}'",
            class.name()
        ));
    }
    Ok(BuiltinFunction::new(descriptor.def, Some(class.to_ref().upcast()), None)?.upcast())
}

#[pymethods]
impl GetSetDescriptor {
    #[pymember]
    fn __objclass__(&self) -> Ref<Type> {
        self.base.owner.clone()
    }

    #[pymember]
    fn __name__(&self) -> Ref<Str> {
        self.base.name.clone()
    }

    #[pygetter]
    fn __doc__(&self) -> PyResult {
        doc_of(
            self.def.doc.or_else(|| gopy_doc::of_attribute(&self.base.owner.name(), self.def.name)),
        )
    }

    #[pygetter]
    fn __qualname__(&self) -> PyResult {
        self.base.qualname()
    }
}

#[pyslots]
impl GetSetDescriptor {
    fn repr(&self) -> String {
        self.base.display("attribute")
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        let Some(instance) = instance else { return Ok(self.as_object().to_ref()) };
        self.base.check(instance)?;
        match self.def.get {
            Some(get) => get(instance),
            None => Err(attribute_error_text!(
                "attribute '{}' of '{:.100}' objects is not readable",
                self.base.name,
                self.base.owner.name()
            )),
        }
    }

    fn descr_set(&self, instance: &Object, value: Option<&Object>) -> PyResult<()> {
        self.base.check(instance)?;
        match self.def.set {
            Some(set) => set(instance, value),
            None => Err(attribute_error_text!(
                "attribute '{}' of '{:.100}' objects is not writable",
                self.base.name,
                self.base.owner.name()
            )),
        }
    }
}

#[pymethods]
impl MemberDescriptor {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        self.base.reduce()
    }

    #[pymember]
    fn __objclass__(&self) -> Ref<Type> {
        self.base.owner.clone()
    }

    #[pymember]
    fn __name__(&self) -> Ref<Str> {
        self.base.name.clone()
    }

    #[pygetter]
    fn __doc__(&self) -> PyResult {
        match self.def {
            Member::Field(def) => doc_of(
                def.doc.or_else(|| gopy_doc::of_attribute(&self.base.owner.name(), def.name)),
            ),
            Member::Word(_) | Member::ReadOnlyWord(_) => Ok(none::none()),
        }
    }

    #[pygetter]
    fn __qualname__(&self) -> PyResult {
        self.base.qualname()
    }
}

impl MemberDescriptor {
    /// The `__slots__` word of an instance that has been checked, where this is such a member.
    #[inline]
    pub fn word<'a>(&self, instance: &'a Object) -> Option<&'a Slot> {
        match self.def {
            Member::Word(offset) | Member::ReadOnlyWord(offset) => {
                memory::slot_words(instance, offset, 1).first()
            }
            Member::Field(_) => None,
        }
    }

    /// The byte offset of a `__slots__` word.
    pub fn word_offset(&self) -> Option<usize> {
        match self.def {
            Member::Word(offset) => Some(offset),
            Member::Field(_) | Member::ReadOnlyWord(_) => None,
        }
    }

    /// `__objclass__`.
    pub fn owner(&self) -> &Type {
        &self.base.owner
    }
}

#[pyslots]
impl MemberDescriptor {
    fn repr(&self) -> String {
        self.base.display("member")
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        let Some(instance) = instance else { return Ok(self.as_object().to_ref()) };
        self.base.check(instance)?;
        match self.def {
            Member::Field(def) => (def.get)(instance),
            Member::ReadOnlyWord(_) => {
                Ok(self.word(instance).and_then(Slot::get).unwrap_or_else(none::none))
            }
            Member::Word(_) => match self.word(instance).and_then(Slot::get) {
                Some(value) => Ok(value),
                None => Err(attribute_error_text!(
                    "'{}' object has no attribute '{}'",
                    qualified_name(instance.type_())?,
                    self.base.name
                )),
            },
        }
    }

    fn descr_set(&self, instance: &Object, value: Option<&Object>) -> PyResult<()> {
        self.base.check(instance)?;
        match self.def {
            Member::Field(def) => match def.set {
                Some(set) => set(instance, value),
                None => Err(attribute_error_text!("readonly attribute")),
            },
            Member::ReadOnlyWord(_) => Err(attribute_error_text!("readonly attribute")),
            Member::Word(_) => {
                let Some(word) = self.word(instance) else { return Ok(()) };
                if value.is_none() && word.is_empty() {
                    return Err(attribute_error_text!("{}", self.base.name));
                }
                word.set(value.map(|value| value.to_ref()));
                Ok(())
            }
        }
    }
}
