//! The layout of types: what an instance looks like, and the functions that work on it.
//!
//! Answers to `Include/cpython/object.h`. Creation, inheritance, MRO and lookup are in gopy-core.
//!
//! A type describes its instances twice. *Visible* numbers (`__basicsize__`, offsets, flags) are
//! CPython's, whatever gopy does. The *real* layout is [`Payload`]: the Rust struct every instance
//! begins with, shared by identity with all subtypes that add nothing to it, plus [`Type::real_size`].

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::{BitOr, Deref};
use std::rc::Rc;

use crate::args::Args;
use crate::buffer::{Buffer, BufferRequest};
use crate::error::PyResult;
use crate::gc::{Traverse, Visitor};
use crate::gil_cell::GilCell;
use crate::native::{GetSetDef, MemberDef, MethodDef};
use crate::object::{Instance, Object};
use crate::refs::Ref;
use crate::slot::Slot;
use crate::weakref::WeakList;

/// The `Py_TPFLAGS_*` bits; `__flags__` shows them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeFlags(pub u64);

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $bit:expr;)*) => {
        impl TypeFlags {
            $($(#[$doc])* pub const $name: TypeFlags = TypeFlags(1 << $bit);)*
        }
    };
}

flags! {
    /// Shared by all interpreters.
    STATIC_BUILTIN = 1;
    /// Attribute values lie in the instance.
    INLINE_VALUES = 2;
    /// The weakref list lies before the object.
    MANAGED_WEAKREF = 3;
    /// The dict lies before the object.
    MANAGED_DICT = 4;
    /// Matches sequence patterns.
    SEQUENCE = 5;
    /// Matches mapping patterns.
    MAPPING = 6;
    /// No instances can be made by calling the type.
    DISALLOW_INSTANTIATION = 7;
    /// Attributes of the type can't be set.
    IMMUTABLETYPE = 8;
    /// Allocated, not static.
    HEAPTYPE = 9;
    /// Can be subclassed.
    BASETYPE = 10;
    /// Instances have a vectorcall function (visible only; every call is a vectorcall here).
    HAVE_VECTORCALL = 11;
    /// Fully initialised.
    READY = 12;
    /// Being initialised.
    READYING = 13;
    /// Instances take part in cycle collection.
    HAVE_GC = 14;
    /// Instances bind as methods without `__get__` being called.
    METHOD_DESCRIPTOR = 17;
    /// Has a version tag.
    VALID_VERSION_TAG = 19;
    /// Has abstract methods.
    IS_ABSTRACT = 20;
    /// A class pattern with one positional sub-pattern matches the subject itself.
    MATCH_SELF = 22;
    /// Items lie at the end of the instance.
    ITEMS_AT_END = 23;
    /// Subtype of `int`.
    LONG_SUBCLASS = 24;
    /// Subtype of `list`.
    LIST_SUBCLASS = 25;
    /// Subtype of `tuple`.
    TUPLE_SUBCLASS = 26;
    /// Subtype of `bytes`.
    BYTES_SUBCLASS = 27;
    /// Subtype of `str`.
    UNICODE_SUBCLASS = 28;
    /// Subtype of `dict`.
    DICT_SUBCLASS = 29;
    /// Subtype of `BaseException`.
    BASE_EXC_SUBCLASS = 30;
    /// Subtype of `type`.
    TYPE_SUBCLASS = 31;
}

impl TypeFlags {
    /// No bits.
    pub const NONE: TypeFlags = TypeFlags(0);

    /// The union, usable in constants.
    pub const fn with(self, other: TypeFlags) -> TypeFlags {
        TypeFlags(self.0 | other.0)
    }
}

impl BitOr for TypeFlags {
    type Output = TypeFlags;

    fn bitor(self, other: TypeFlags) -> TypeFlags {
        self.with(other)
    }
}

/// A type's name: static text, or shared text of a heap type (which may be renamed meanwhile).
#[derive(Clone)]
pub enum TypeName {
    /// A built-in type's `tp_name`.
    Static(&'static str),
    /// A heap type's name.
    Heap(Rc<str>),
}

impl Deref for TypeName {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            TypeName::Static(name) => name,
            TypeName::Heap(name) => name,
        }
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

/// The comparison a rich-compare slot is asked for; the numbers are `Py_LT` … `Py_GE`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CompareOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CompareOp {
    /// The operator with its operands exchanged.
    pub fn swapped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Eq => CompareOp::Eq,
            CompareOp::Ne => CompareOp::Ne,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
        }
    }

    /// Its symbol.
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }

    /// Whether an ordering satisfies the operator.
    pub fn accepts(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Lt => ordering.is_lt(),
            CompareOp::Le => ordering.is_le(),
            CompareOp::Eq => ordering.is_eq(),
            CompareOp::Ne => ordering.is_ne(),
            CompareOp::Gt => ordering.is_gt(),
            CompareOp::Ge => ordering.is_ge(),
        }
    }
}

/// What a generator-like object answers to a sent value.
pub enum SendResult {
    /// It yielded.
    Next(Ref),
    /// It returned.
    Return(Ref),
}

/// `f(self)`.
pub type UnaryFn = fn(&Object) -> PyResult;
/// `f(left, right)`; answers `NotImplemented` where it does not know the operands.
pub type BinaryFn = fn(&Object, &Object) -> PyResult;
/// `f(a, b, c)`, as `pow`.
pub type TernaryFn = fn(&Object, &Object, &Object) -> PyResult;
/// A truth or containment answer.
pub type InquiryFn = fn(&Object) -> PyResult<bool>;
/// `len(self)`.
pub type LenFn = fn(&Object) -> PyResult<usize>;
/// `self[index]`.
pub type IndexFn = fn(&Object, isize) -> PyResult;
/// `self[index] = value`, or `del self[index]` for `None`.
pub type AssignIndexFn = fn(&Object, isize, Option<&Object>) -> PyResult<()>;
/// `self[key] = value`, `self.key = value`, or the deletion for `None`.
pub type AssignFn = fn(&Object, &Object, Option<&Object>) -> PyResult<()>;
/// `value in self`.
pub type ContainsFn = fn(&Object, &Object) -> PyResult<bool>;
/// `hash(self)`; never -1.
pub type HashFn = fn(&Object) -> PyResult<isize>;
/// `self OP other`.
pub type CompareFn = fn(&Object, &Object, CompareOp) -> PyResult;
/// The next item, `None` at the end.
pub type NextFn = fn(&Object) -> PyResult<Option<Ref>>;
/// `__get__(self, instance, owner)`.
pub type DescrGetFn = fn(&Object, Option<&Object>, Option<&Object>) -> PyResult;
/// `__set__(self, instance, value)`, `__delete__` for `None`.
pub type DescrSetFn = fn(&Object, &Object, Option<&Object>) -> PyResult<()>;
/// Calls an object.
pub type CallFn = fn(&Object, Args<'_>) -> PyResult;
/// `__init__`.
pub type InitFn = fn(&Object, Args<'_>) -> PyResult<()>;
/// `__new__`.
pub type NewFn = fn(&Type, Args<'_>) -> PyResult;
/// `__del__`, or a built-in finaliser; reports errors itself.
pub type FinalizeFn = fn(&Object);
/// Sends a value into a generator-like object.
pub type SendFn = fn(&Object, &Object) -> PyResult<SendResult>;
/// Exports a buffer.
pub type GetBufferFn = fn(&Object, BufferRequest) -> PyResult<Buffer>;
/// Hears of an export's end.
pub type ReleaseBufferFn = fn(&Object, &mut Buffer);
/// Whether this instance takes part in cycle collection (`tp_is_gc`).
pub type IsGcFn = fn(&Object) -> bool;

/// A slot: a function pointer or nothing.
pub type SlotFn<F> = Cell<Option<F>>;

macro_rules! slot_group {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[allow(missing_docs)]
        pub struct $name { $(pub $field: SlotFn<$ty>,)* }

        impl $name {
            /// All empty.
            pub const fn empty() -> Self {
                $name { $($field: Cell::new(None),)* }
            }

            /// Fills every empty slot from `base`.
            pub fn inherit(&self, base: &$name) {
                $(if self.$field.get().is_none() { self.$field.set(base.$field.get()); })*
            }
        }
    };
}

slot_group! {
    /// `tp_as_number`.
    NumberSlots {
        add: BinaryFn, subtract: BinaryFn, multiply: BinaryFn, remainder: BinaryFn,
        divmod: BinaryFn, power: TernaryFn, negative: UnaryFn, positive: UnaryFn,
        absolute: UnaryFn, bool_: InquiryFn, invert: UnaryFn, lshift: BinaryFn,
        rshift: BinaryFn, and: BinaryFn, xor: BinaryFn, or: BinaryFn, int: UnaryFn,
        float: UnaryFn, inplace_add: BinaryFn, inplace_subtract: BinaryFn,
        inplace_multiply: BinaryFn, inplace_remainder: BinaryFn, inplace_power: TernaryFn,
        inplace_lshift: BinaryFn, inplace_rshift: BinaryFn, inplace_and: BinaryFn,
        inplace_xor: BinaryFn, inplace_or: BinaryFn, floor_divide: BinaryFn,
        true_divide: BinaryFn, inplace_floor_divide: BinaryFn, inplace_true_divide: BinaryFn,
        index: UnaryFn, matrix_multiply: BinaryFn, inplace_matrix_multiply: BinaryFn,
    }
}

slot_group! {
    /// `tp_as_sequence`.
    SequenceSlots {
        length: LenFn, concat: BinaryFn, repeat: IndexFn, item: IndexFn,
        ass_item: AssignIndexFn, contains: ContainsFn, inplace_concat: BinaryFn,
        inplace_repeat: IndexFn,
    }
}

slot_group! {
    /// `tp_as_mapping`.
    MappingSlots { length: LenFn, subscript: BinaryFn, ass_subscript: AssignFn, }
}

slot_group! {
    /// `tp_as_async`.
    AsyncSlots { await_: UnaryFn, aiter: UnaryFn, anext: UnaryFn, send: SendFn, }
}

slot_group! {
    /// `tp_as_buffer`.
    BufferSlots { get: GetBufferFn, release: ReleaseBufferFn, }
}

/// The functions of a type. Groups are inherited slot by slot; the comparison pair, `getattro` with
/// `setattro`, and the rest follow `inherit_slots` of gopy-core.
#[allow(missing_docs)]
pub struct Slots {
    pub number: NumberSlots,
    pub sequence: SequenceSlots,
    pub mapping: MappingSlots,
    pub async_: AsyncSlots,
    pub buffer: BufferSlots,
    pub repr: SlotFn<UnaryFn>,
    pub hash: SlotFn<HashFn>,
    pub call: SlotFn<CallFn>,
    pub str: SlotFn<UnaryFn>,
    pub getattro: SlotFn<BinaryFn>,
    pub setattro: SlotFn<AssignFn>,
    pub richcompare: SlotFn<CompareFn>,
    pub iter: SlotFn<UnaryFn>,
    pub iternext: SlotFn<NextFn>,
    pub descr_get: SlotFn<DescrGetFn>,
    pub descr_set: SlotFn<DescrSetFn>,
    pub init: SlotFn<InitFn>,
    pub new: SlotFn<NewFn>,
    /// Calls the type itself without the detour over `new` and `init` (`tp_vectorcall`); not
    /// inherited.
    pub vectorcall: SlotFn<NewFn>,
    pub finalize: SlotFn<FinalizeFn>,
    pub is_gc: SlotFn<IsGcFn>,
    /// Frees an instance of exactly this type on a path of its own (free lists); not inherited by
    /// heap types. The object's count is 0.
    pub dealloc: SlotFn<unsafe fn(std::ptr::NonNull<Object>)>,
}

impl Slots {
    /// All empty.
    pub const fn empty() -> Slots {
        Slots {
            number: NumberSlots::empty(),
            sequence: SequenceSlots::empty(),
            mapping: MappingSlots::empty(),
            async_: AsyncSlots::empty(),
            buffer: BufferSlots::empty(),
            repr: Cell::new(None),
            hash: Cell::new(None),
            call: Cell::new(None),
            str: Cell::new(None),
            getattro: Cell::new(None),
            setattro: Cell::new(None),
            richcompare: Cell::new(None),
            iter: Cell::new(None),
            iternext: Cell::new(None),
            descr_get: Cell::new(None),
            descr_set: Cell::new(None),
            init: Cell::new(None),
            new: Cell::new(None),
            vectorcall: Cell::new(None),
            finalize: Cell::new(None),
            is_gc: Cell::new(None),
            dealloc: Cell::new(None),
        }
    }
}

/// The Rust struct that instances begin with, and what the allocator and the collector do with it.
/// Types with the same `Payload` (by address) have compatible layouts as far as Rust is concerned.
pub struct Payload {
    /// `size_of` the struct.
    pub size: usize,
    /// Drops the struct in place. May drop.
    ///
    /// Its argument is an object that begins with the struct and is not used afterwards.
    pub drop: unsafe fn(*mut Object),
    /// Visits what the struct owns.
    pub traverse: fn(&Object, &mut Visitor<'_>),
    /// Empties what can be part of a cycle. May drop.
    pub clear: fn(&Object),
    /// The instance dict, where it is a field of the struct.
    pub dict: Option<fn(&Object) -> &Slot>,
    /// The weakref list, where it is a field of the struct.
    pub weaklist: Option<fn(&Object) -> &WeakList>,
}

impl Payload {
    /// The payload of `T`, whose references are found by its [`Traverse`].
    pub const fn of<T: Instance + Traverse>() -> Payload {
        unsafe fn drop_payload<T>(object: *mut Object) {
            // SAFETY: the caller promises that a `T` begins here and is not used again.
            unsafe { object.cast::<T>().drop_in_place() }
        }
        fn traverse<T: Instance + Traverse>(object: &Object, visit: &mut Visitor<'_>) {
            // SAFETY: payload functions are called for objects that begin with the payload only.
            unsafe { &*std::ptr::from_ref(object).cast::<T>() }.traverse(visit);
        }
        fn clear<T: Instance + Traverse>(object: &Object) {
            // SAFETY: as in `traverse`.
            unsafe { &*std::ptr::from_ref(object).cast::<T>() }.clear();
        }
        Payload {
            size: size_of::<T>(),
            drop: drop_payload::<T>,
            traverse: traverse::<T>,
            clear: clear::<T>,
            dict: None,
            weaklist: None,
        }
    }
}

/// The declaration of a built-in type.
pub struct TypeSpec {
    /// `tp_name`: with the module for types outside `builtins` (`"collections.deque"`).
    pub name: &'static str,
    /// `__doc__`, without the signature line; `None` where gopy-doc has it.
    pub doc: Option<&'static str>,
    /// `__text_signature__`, where CPython shows one.
    pub text_signature: Option<&'static str>,
    /// `__base__`; `None` for `object` alone.
    pub base: Option<&'static GilCell<Type>>,
    /// Flags of its own; subclass bits and `READY` are added.
    pub flags: TypeFlags,
    /// `__basicsize__` as CPython shows it.
    pub basicsize: usize,
    /// `__itemsize__` as CPython shows it.
    pub itemsize: usize,
    /// `__dictoffset__` as CPython shows it.
    pub dictoffset: isize,
    /// `__weakrefoffset__` as CPython shows it.
    pub weaklistoffset: isize,
    /// Layout of the instances.
    pub payload: &'static Payload,
    /// Methods in the order of the class dict.
    pub methods: &'static [MethodDef],
    /// Computed attributes.
    pub getsets: &'static [GetSetDef],
    /// Fields.
    pub members: &'static [MemberDef],
    /// Fills the type's own slots.
    pub slots: fn(&Slots),
}

/// A type object.
#[repr(C)]
pub struct Type {
    /// Header; the type is the metatype.
    pub object: Object,
    name: RefCell<TypeName>,
    /// `__flags__`.
    pub flags: Cell<TypeFlags>,
    /// `__basicsize__` as CPython shows it.
    pub basicsize: Cell<usize>,
    /// `__itemsize__` as CPython shows it.
    pub itemsize: Cell<usize>,
    /// `__dictoffset__` as CPython shows it.
    pub dictoffset: Cell<isize>,
    /// `__weakrefoffset__` as CPython shows it.
    pub weaklistoffset: Cell<isize>,
    /// Layout of the instances' beginning.
    pub payload: Cell<&'static Payload>,
    /// Bytes of an instance without inline values, from its header on: payload plus `__slots__`.
    pub real_size: Cell<usize>,
    /// Bytes of the inline values that follow the instance.
    pub inline_values_size: Cell<usize>,
    /// Where this type's own `__slots__` words begin, and how many there are.
    pub slot_words: Cell<(usize, usize)>,
    /// The declaration, for built-in types.
    pub spec: Cell<Option<&'static TypeSpec>>,
    /// `__base__`.
    pub base: Slot<Type>,
    /// `__bases__`.
    pub bases: Slot<Tuple>,
    /// `__mro__`.
    pub mro: Slot<Tuple>,
    /// The class dict.
    pub dict: Slot,
    /// Direct subclasses: a dict from id to weakref (of heap types; see the interpreter's side table
    /// for static ones).
    pub subclasses: Slot,
    /// References to the type.
    pub weaklist: WeakList,
    /// `__name__` of a heap type.
    pub ht_name: Slot,
    /// `__qualname__` of a heap type.
    pub ht_qualname: Slot,
    /// `__slots__` as stored by type creation.
    pub ht_slots: Slot,
    /// The module a native heap type was made by.
    pub ht_module: Slot,
    /// Keys shared by the instance dicts, owned; opaque here.
    pub cached_keys: Cell<*mut ()>,
    /// `__getitem__` cached for `BINARY_OP_SUBSCR_GETITEM`, with its function version.
    pub cached_getitem: Slot,
    /// Version of `cached_getitem`.
    pub cached_getitem_version: Cell<u32>,
    /// `__init__` cached for `CALL_ALLOC_AND_ENTER_INIT`.
    pub cached_init: Slot,
    /// Version for method caches; 0 when unassigned.
    pub version_tag: Cell<u32>,
    /// How many versions the type has used up.
    pub versions_used: Cell<u16>,
    /// Interned names of attributes that change too often for a new version each time: no version
    /// stands for their values.
    pub volatile_names: Slot<Tuple>,
    /// Watchers' bits.
    pub watched: Cell<u8>,
    /// The functions.
    pub slots: Slots,
}

// SAFETY: `repr(C)`, begins with its header.
unsafe impl Instance for Type {
    const SUBCLASS_FLAG: TypeFlags = TypeFlags::TYPE_SUBCLASS;

    fn type_object() -> &'static Type {
        &TYPE
    }
}

impl Traverse for Type {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        self.dict.traverse(visit);
        self.mro.traverse(visit);
        self.bases.traverse(visit);
        self.base.traverse(visit);
        self.ht_module.traverse(visit);
        self.cached_getitem.traverse(visit);
        self.cached_init.traverse(visit);
    }

    fn clear(&self) {
        (crate::hooks::get().type_cleared)(self);
        // As in CPython: the base is needed to tell whether instances are still alive, the name and
        // the slots can't be in a cycle that the rest does not break.
        self.mro.clear();
        self.cached_getitem.clear();
        self.cached_init.clear();
        self.ht_module.clear();
    }
}

/// Layout of the instances; see [`Payload`].
pub static TYPE_PAYLOAD: Payload = Payload {
    drop: |object| {
        // SAFETY: payload functions are called for types only; this one is alive until it is dropped.
        (crate::hooks::get().type_dealloc)(unsafe { &*object.cast::<Type>() });
        // SAFETY: the caller drops the payload once.
        unsafe { object.cast::<Type>().drop_in_place() }
    },
    dict: Some(|object| {
        // SAFETY: called for types only.
        unsafe { &(*std::ptr::from_ref(object).cast::<Type>()).dict }
    }),
    weaklist: Some(|object| {
        // SAFETY: called for types only.
        unsafe { &(*std::ptr::from_ref(object).cast::<Type>()).weaklist }
    }),
    ..Payload::of::<Type>()
};
/// Layout of the instances; see [`Payload`].
pub static OBJECT_PAYLOAD: Payload = Payload::of::<Object>();
/// Layout of the instances; see [`Payload`].
pub static TUPLE_PAYLOAD: Payload = Payload {
    drop: |object| {
        // SAFETY: payload functions are called for tuples only.
        unsafe { Tuple::release_items(object.cast()) }
    },
    ..Payload::of::<Tuple>()
};
/// How `BaseException` and the types that add nothing to it are laid out.
pub static BASE_EXCEPTION_PAYLOAD: Payload = Payload {
    drop: |object| {
        let this = object.cast::<crate::error::BaseException>();
        // SAFETY: the object begins with the struct and is not used afterwards. The order of
        // `clear` is CPython's.
        unsafe {
            (*this).clear();
            this.drop_in_place();
        }
    },
    dict: Some(|object| {
        // SAFETY: called for exceptions only.
        unsafe { &(*std::ptr::from_ref(object).cast::<crate::error::BaseException>()).dict }
    }),
    ..Payload::of::<crate::error::BaseException>()
};
/// Layout of the instances; see [`Payload`].
pub static WEAKREF_PAYLOAD: Payload = crate::weakref::PAYLOAD;

/// `object`. gopy-core attaches the declaration at start-up, as for the types below.
pub static OBJECT: GilCell<Type> = GilCell::new(Type::bare("object", &OBJECT_PAYLOAD));
/// `type`.
pub static TYPE: GilCell<Type> = GilCell::new(Type::bare("type", &TYPE_PAYLOAD));
/// `tuple`.
pub static TUPLE: GilCell<Type> = GilCell::new(Type::bare("tuple", &TUPLE_PAYLOAD));
/// `BaseException`.
pub static BASE_EXCEPTION: GilCell<Type> =
    GilCell::new(Type::bare("BaseException", &BASE_EXCEPTION_PAYLOAD));
/// `weakref.ReferenceType`.
pub static WEAKREF: GilCell<Type> =
    GilCell::new(Type::bare("weakref.ReferenceType", &WEAKREF_PAYLOAD));

impl Traverse for Object {
    fn traverse(&self, _visit: &mut Visitor<'_>) {}

    fn clear(&self) {}
}

impl Type {
    /// A static type with nothing but a name and a layout.
    const fn bare(name: &'static str, payload: &'static Payload) -> Type {
        Type::with_spec(name, payload, None)
    }

    const fn with_spec(
        name: &'static str,
        payload: &'static Payload,
        spec: Option<&'static TypeSpec>,
    ) -> Type {
        Type {
            object: Object::static_header(&TYPE),
            name: RefCell::new(TypeName::Static(name)),
            // Already here, since they decide what lies before an instance.
            flags: Cell::new(match spec {
                Some(spec) => spec.flags,
                None => TypeFlags::NONE,
            }),
            basicsize: Cell::new(0),
            itemsize: Cell::new(0),
            dictoffset: Cell::new(0),
            weaklistoffset: Cell::new(0),
            payload: Cell::new(payload),
            real_size: Cell::new(payload.size),
            inline_values_size: Cell::new(0),
            slot_words: Cell::new((0, 0)),
            spec: Cell::new(spec),
            base: Slot::empty(),
            bases: Slot::empty(),
            mro: Slot::empty(),
            dict: Slot::empty(),
            subclasses: Slot::empty(),
            weaklist: WeakList::empty(),
            ht_name: Slot::empty(),
            ht_qualname: Slot::empty(),
            ht_slots: Slot::empty(),
            ht_module: Slot::empty(),
            cached_keys: Cell::new(std::ptr::null_mut()),
            cached_getitem: Slot::empty(),
            cached_getitem_version: Cell::new(0),
            cached_init: Slot::empty(),
            version_tag: Cell::new(0),
            versions_used: Cell::new(0),
            volatile_names: Slot::empty(),
            watched: Cell::new(0),
            slots: Slots::empty(),
        }
    }

    /// A static built-in type; start-up makes it ready from its declaration.
    pub const fn builtin(spec: &'static TypeSpec) -> Type {
        Type::with_spec(spec.name, spec.payload, Some(spec))
    }

    /// A heap type without anything filled in, for type creation in gopy-core.
    pub fn heap(metatype: &Type, name: Rc<str>, payload: &'static Payload) -> Type {
        let mut ty = Type::bare("", payload);
        ty.object = Object::header(metatype);
        ty.name = RefCell::new(TypeName::Heap(name));
        ty
    }

    /// The name for messages (`tp_name`).
    pub fn name(&self) -> TypeName {
        self.name.borrow().clone()
    }

    /// Renames a type.
    pub fn set_name(&self, name: TypeName) {
        self.name.replace(name);
    }

    /// Whether any bit of `flags` is set.
    #[inline(always)]
    pub fn has(&self, flags: TypeFlags) -> bool {
        self.flags.get().0 & flags.0 != 0
    }

    /// Sets bits.
    pub fn add_flags(&self, flags: TypeFlags) {
        self.flags.set(self.flags.get() | flags);
    }

    /// Clears bits.
    pub fn remove_flags(&self, flags: TypeFlags) {
        self.flags.set(TypeFlags(self.flags.get().0 & !flags.0));
    }

    /// Whether the type was allocated.
    #[inline(always)]
    pub fn is_heap(&self) -> bool {
        self.has(TypeFlags::HEAPTYPE)
    }

    /// Whether `other` is in the MRO.
    #[inline]
    pub fn is_subtype(&self, other: &Type) -> bool {
        std::ptr::eq(self, other) || self.is_proper_subtype(other)
    }

    fn is_proper_subtype(&self, other: &Type) -> bool {
        // SAFETY: nothing below drops or runs Python.
        if let Some(mro) = unsafe { self.mro.borrow() } {
            return mro.items().iter().any(|item| item.is(other));
        }
        // Not ready yet: follow the bases.
        let mut ty = self.base.get();
        while let Some(base) = ty {
            if std::ptr::eq(&*base, other) {
                return true;
            }
            ty = base.base.get();
        }
        std::ptr::eq(other, &*OBJECT)
    }

    /// Words before an instance: the GC links, the dict and weakref pair.
    #[inline(always)]
    pub fn prefix_size(&self) -> usize {
        let flags = self.flags.get();
        let gc = if flags.0 & TypeFlags::HAVE_GC.0 != 0 { 16 } else { 0 };
        let managed = TypeFlags::MANAGED_DICT.0 | TypeFlags::MANAGED_WEAKREF.0;
        gc + if flags.0 & managed != 0 { 16 } else { 0 }
    }
}

/// `tuple`: items inline after the length and the cached hash.
///
/// The layout is here because `__bases__` and `__mro__` of every type are tuples; methods are in
/// gopy-core.
#[repr(C)]
pub struct Tuple {
    /// Header.
    pub object: Object,
    len: Cell<usize>,
    /// Cached hash, -1 when not computed.
    pub hash: Cell<isize>,
}

const _: () = assert!(size_of::<Tuple>() == 32);

// SAFETY: `repr(C)`, begins with its header; subtypes of tuple keep the items behind this struct.
unsafe impl Instance for Tuple {
    const SUBCLASS_FLAG: TypeFlags = TypeFlags::TUPLE_SUBCLASS;

    fn type_object() -> &'static Type {
        &TUPLE
    }
}

impl Tuple {
    /// The header part of a tuple of `len` items of exact or sub-type `ty`.
    pub fn head(ty: &Type, len: usize) -> Tuple {
        Tuple { object: Object::header(ty), len: Cell::new(len), hash: Cell::new(-1) }
    }

    /// Head of an immortal empty tuple in a `static`.
    pub const fn static_empty() -> Tuple {
        Tuple { object: Object::static_header(&TUPLE), len: Cell::new(0), hash: Cell::new(-1) }
    }

    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// Whether there are no items.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the items begin.
    #[inline(always)]
    pub fn items_ptr(&self) -> *mut Ref {
        // In the same allocation: tuples are allocated with room for their items.
        std::ptr::from_ref(self).cast_mut().wrapping_add(1).cast::<Ref>()
    }

    /// The items. A tuple never changes, so the borrow lasts as long as the tuple.
    #[inline(always)]
    pub fn items(&self) -> &[Ref] {
        // SAFETY: `len` initialised items follow the head in the same allocation.
        unsafe { std::slice::from_raw_parts(self.items_ptr(), self.len()) }
    }

    /// Item `index`, borrowed.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&Object> {
        self.items().get(index).map(|item| &**item)
    }

    /// Shortens a tuple under construction; the items behind are the caller's to release.
    ///
    /// # Safety
    ///
    /// Nobody else has seen the tuple.
    pub unsafe fn set_len(&self, len: usize) {
        self.len.set(len);
    }

    /// Releases the items from the end. May drop.
    ///
    /// # Safety
    ///
    /// `this` is a tuple that is being deallocated.
    pub unsafe fn release_items(this: *mut Tuple) {
        // SAFETY: alive until its memory is freed, which the caller does afterwards.
        let tuple = unsafe { &*this };
        for index in (0..tuple.len()).rev() {
            // SAFETY: each item is owned and read once.
            drop(unsafe { tuple.items_ptr().add(index).read() });
        }
    }
}

impl Traverse for Tuple {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        for item in self.items() {
            visit(item);
        }
    }

    fn clear(&self) {
        // Immutable: another object of the cycle breaks it.
    }
}
