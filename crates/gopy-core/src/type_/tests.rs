//! What classes look like without any Python code running.

use gopy_object::typeobj::{OBJECT, TYPE};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, TypeFlags};

use super::cache::dict_of;
use crate::dict::Dict;
use crate::int::Int;
use crate::str::{self, Str};
use crate::testing::{self, error_text};
use crate::tuple::{self, Tuple};
use crate::{call, id, object};

fn make(name: &str, bases: &[&Type], namespace: &[(&str, Ref)]) -> PyResult<Ref<Type>> {
    let dict = Dict::new();
    for (name, value) in namespace {
        dict.set_str(&str::interned(name), value)?;
    }
    let bases: Vec<Ref> = bases.iter().map(|base| base.to_ref().upcast()).collect();
    super::new_type(&TYPE, &Str::new(name), &tuple::from_vec(bases), &dict, Args::none())
}

fn class(name: &str, bases: &[&Type]) -> Ref<Type> {
    make(name, bases, &[]).expect("a plain class")
}

fn text(value: &str) -> Ref {
    Str::new(value).upcast()
}

fn names(ty: &Type) -> Vec<String> {
    let dict = dict_of(ty).expect("a class dict");
    {
        let (mut position, mut names) = (0, Vec::new());
        while let Some((key, _)) = dict.next(&mut position) {
            names.push(key.downcast::<Str>().unwrap().to_string());
        }
        names
    }
}

fn mro(ty: &Type) -> Vec<String> {
    let mro = ty.mro.get().expect("an MRO");
    mro.items().iter().map(|base| base.downcast::<Type>().unwrap().name().to_string()).collect()
}

#[test]
fn dicts_of_the_first_types_are_in_order() {
    let _runtime = testing::init();
    assert_eq!(
        names(&OBJECT).join(" "),
        "__new__ __repr__ __hash__ __str__ __getattribute__ __setattr__ __delattr__ __lt__ __le__ \
         __eq__ __ne__ __gt__ __ge__ __init__ __reduce_ex__ __reduce__ __getstate__ \
         __subclasshook__ __init_subclass__ __format__ __sizeof__ __dir__ __class__ __doc__"
    );
    assert_eq!(
        names(&TYPE).join(" "),
        "__new__ __repr__ __call__ __getattribute__ __setattr__ __delattr__ __init__ __or__ __ror__ \
         mro __subclasses__ __prepare__ __instancecheck__ __subclasscheck__ __dir__ __sizeof__ \
         __basicsize__ __itemsize__ __flags__ __weakrefoffset__ __base__ __dictoffset__ __name__ \
         __qualname__ __bases__ __mro__ __module__ __abstractmethods__ __dict__ __doc__ \
         __text_signature__ __annotations__ __annotate__ __type_params__"
    );
    assert_eq!(
        names(&crate::super_::SUPER).join(" "),
        "__new__ __repr__ __getattribute__ __get__ __init__ __thisclass__ __self__ __self_class__ \
         __doc__"
    );
}

#[test]
fn flags_and_sizes_are_the_visible_ones() {
    let _runtime = testing::init();
    let plain = class("A", &[]);
    let of_int = class("I", &[&crate::int::INT]);
    let of_list = class("L", &[&crate::list::LIST]);
    let of_dict = class("D", &[&crate::dict::DICT]);
    let of_tuple = class("T", &[&crate::tuple::TUPLE]);
    let of_str = class("S", &[&crate::str::STR]);
    let slotted =
        make("Slotted", &[], &[("__slots__", tuple::from_array([text("b"), text("a")]).upcast())])
            .unwrap();
    // type, __flags__, __basicsize__, __dictoffset__, __weakrefoffset__
    let expected: [(&Type, u64, usize, isize, isize); 9] = [
        (&OBJECT, 0x1502, 16, 0, 0),
        (&TYPE, 0x8080_5d02, 936, 264, 368),
        (&plain, 0x561c, 16, -1, -32),
        (&of_int, 0x140_5610, 24, -1, 0),
        (&of_list, 0x240_563c, 40, -1, -32),
        (&of_dict, 0x2040_565c, 48, -1, -32),
        (&of_tuple, 0x440_5630, 32, -1, 0),
        (&of_str, 0x1040_561c, 64, -1, -32),
        (&slotted, 0x5600, 32, 0, 0),
    ];
    for (ty, flags, basicsize, dictoffset, weaklistoffset) in expected {
        assert_eq!(
            (ty.flags.get().0, ty.basicsize.get(), ty.dictoffset.get(), ty.weaklistoffset.get()),
            (flags, basicsize, dictoffset, weaklistoffset),
            "{}",
            ty.name()
        );
    }
}

#[test]
fn orders_are_linearised() {
    let _runtime = testing::init();
    let a = class("A", &[]);
    let b = class("B", &[&a]);
    let c = class("C", &[&a]);
    let d = class("D", &[&b, &c]);
    assert_eq!(mro(&d), ["D", "B", "C", "A", "object"]);
    assert_eq!(
        error_text(make("X", &[&a, &b], &[])),
        "TypeError: Cannot create a consistent method resolution order (MRO) for bases A, B"
    );
    assert_eq!(error_text(make("X", &[&a, &a], &[])), "TypeError: duplicate base class A");
    let subclasses: Vec<_> = super::subclasses(&a).iter().map(|ty| ty.name().to_string()).collect();
    assert_eq!(subclasses, ["B", "C"]);
    drop(d);
    drop(c);
}

#[test]
fn layouts_exclude_each_other() {
    let _runtime = testing::init();
    let slots = |name: &str| [("__slots__", text(name))];
    let one = make("One", &[], &slots("a")).unwrap();
    let other = make("Other", &[], &slots("b")).unwrap();
    for (bases, expected) in [
        (
            &[&*crate::int::INT as &Type, &crate::str::STR][..],
            "multiple bases have instance lay-out conflict",
        ),
        (&[&*one, &*other], "multiple bases have instance lay-out conflict"),
        (&[&*crate::bool_::BOOL], "type 'bool' is not an acceptable base type"),
    ] {
        assert_eq!(error_text(make("X", bases, &[])), format!("TypeError: {expected}"));
    }
    assert!(make("X", &[&one, &class("Plain", &[])], &[]).is_ok());
}

#[test]
fn slots_are_checked() {
    let _runtime = testing::init();
    let plain = class("A", &[]);
    let cases: [(&[&Type], Ref, &str); 7] = [
        (&[], text("1a"), "TypeError: __slots__ must be identifiers"),
        (
            &[],
            tuple::from_array([Int::from_i64(1).upcast()]).upcast(),
            "TypeError: __slots__ items must be strings, not 'int'",
        ),
        (
            &[&crate::int::INT],
            text("a"),
            "TypeError: nonempty __slots__ not supported for subtype of 'int'",
        ),
        (&[], text("x"), "ValueError: 'x' in __slots__ conflicts with class variable"),
        (
            &[],
            tuple::from_array([text("__dict__"), text("__dict__")]).upcast(),
            "TypeError: __dict__ slot disallowed: we already got one",
        ),
        (&[&plain], text("__dict__"), "TypeError: __dict__ slot disallowed: we already got one"),
        (
            &[&plain],
            text("__weakref__"),
            "TypeError: __weakref__ slot disallowed: we already got one",
        ),
    ];
    for (bases, slots, expected) in cases {
        let namespace = [("x", text("")), ("__slots__", slots)];
        assert_eq!(error_text(make("X", bases, &namespace)), expected);
    }
    let slots = tuple::from_array([text("a"), text("__b")]).upcast();
    let mangled = make("_Z", &[&plain], &[("__slots__", slots)]).unwrap();
    assert_eq!(names(&mangled), ["__slots__", "_Z__b", "a", "__doc__"]);
    object::set_attr(mangled.as_object(), id!(__module__), &text("builtins")).unwrap();
    let instance = super::generic_alloc(&mangled).unwrap();
    assert_eq!(
        error_text(object::get_attr(&instance, id!(a))),
        "AttributeError: '_Z' object has no attribute 'a'"
    );
    object::set_attr(&instance, id!(a), &text("value")).unwrap();
    let value = object::get_attr(&instance, id!(a)).unwrap();
    assert!(value.downcast::<Str>().unwrap().eq_str("value"));
}

#[test]
fn lookups_notice_changes() {
    let _runtime = testing::init();
    let base = class("Base", &[]);
    let derived = class("Derived", &[&base]);
    let name = str::interned("attribute");
    let value = |ty: &Type| super::lookup(ty, &name).map(|v| v.downcast::<Int>().unwrap().to_i64());
    assert_eq!(value(&derived), None);
    for number in [1, 2] {
        object::set_attr(base.as_object(), &name, &Int::from_i64(number)).unwrap();
        assert_eq!(value(&derived), Some(Some(number)));
        assert_ne!(derived.version_tag.get(), 0);
    }
    object::del_attr(base.as_object(), &name).unwrap();
    assert_eq!(value(&derived), None);
    assert_eq!(
        error_text(object::del_attr(base.as_object(), &name)),
        "AttributeError: type object 'Base' has no attribute 'attribute'"
    );
    assert_eq!(
        error_text(object::set_attr(crate::int::INT.as_object(), &name, &name)),
        "TypeError: cannot set 'attribute' attribute of immutable type 'int'"
    );
}

#[test]
fn slots_follow_special_methods() {
    let _runtime = testing::init();
    let base = class("Base", &[]);
    let derived = class("Derived", &[&base]);
    let slot = |ty: &Type| super::slots::SlotId::MpLength.get(&ty.slots).is_some();
    assert!(!slot(&derived));
    let len = object::get_attr(crate::list::LIST.as_object(), id!(__len__)).unwrap();
    object::set_attr(base.as_object(), id!(__len__), &len).unwrap();
    assert!(slot(&derived) && slot(&base));
    object::del_attr(base.as_object(), id!(__len__)).unwrap();
    assert!(!slot(&derived) && !slot(&base));
    // A subclass of a built-in type keeps the native slots.
    let list = class("List", &[&crate::list::LIST]);
    use super::slots::SlotId;
    for id in [
        SlotId::Repr,
        SlotId::Hash,
        SlotId::GetAttr,
        SlotId::SetAttr,
        SlotId::RichCompare,
        SlotId::Iter,
        SlotId::Init,
        SlotId::New,
        SlotId::MpSubscript,
        SlotId::MpAssSubscript,
        SlotId::SqItem,
        SlotId::SqConcat,
        SlotId::SqContains,
        SlotId::Add,
    ] {
        assert_eq!(id.get(&list.slots), id.get(&crate::list::LIST.slots), "{id:?}");
    }
}

#[test]
fn bases_and_classes_change() {
    let _runtime = testing::init();
    let a = class("A", &[]);
    let b = class("B", &[]);
    let c = class("C", &[&a]);
    let set_bases = |bases: &Object| object::set_attr(c.as_object(), id!(__bases__), bases);
    let tuple_of = |ty: &Type| tuple::from_array([ty.to_ref().upcast()]);
    set_bases(tuple_of(&b).as_object()).unwrap();
    assert_eq!(mro(&c), ["C", "B", "object"]);
    assert_eq!(super::subclasses(&a).len() + super::subclasses(&b).len(), 1);
    for (bases, expected) in [
        (Int::from_i64(1).upcast(), "can only assign tuple to C.__bases__, not int"),
        (tuple::empty().upcast(), "can only assign non-empty tuple to C.__bases__, not ()"),
        (
            tuple::from_array([Int::from_i64(1).upcast()]).upcast(),
            "C.__bases__ must be tuple of classes, not 'int'",
        ),
        (tuple_of(&c).upcast(), "a __bases__ item causes an inheritance cycle"),
        (
            tuple_of(&crate::int::INT).upcast(),
            "__bases__ assignment: 'int' deallocator differs from 'B'",
        ),
    ] {
        assert_eq!(error_text(set_bases(&bases)), format!("TypeError: {expected}"));
    }
    let instance = super::generic_alloc(&a).unwrap();
    let set_class = |class: &Object| object::set_attr(&instance, id!(__class__), class);
    object::set_attr(&instance, id!(name), &text("kept")).unwrap();
    set_class(b.as_object()).unwrap();
    assert!(instance.is_exact(&b));
    assert!(object::has_attr(&instance, id!(name)).unwrap());
    assert_eq!(
        error_text(set_class(crate::int::INT.as_object())),
        "TypeError: __class__ assignment only supported for mutable types or ModuleType subclasses"
    );
}

#[test]
fn calls_check_arguments() {
    let _runtime = testing::init();
    let a = class("A", &[]);
    let one = Int::from_i64(1);
    let call = |f: &Object, args: &[&Object]| error_text(call::call(f, args));
    assert_eq!(call(a.as_object(), &[&one]), "TypeError: A() takes no arguments");
    assert_eq!(call(OBJECT.as_object(), &[&one]), "TypeError: object() takes no arguments");
    assert_eq!(call(TYPE.as_object(), &[]), "TypeError: type() takes 1 or 3 arguments");
    assert_eq!(
        call(TYPE.as_object(), &[&one, &one, &one]),
        "TypeError: type.__new__() argument 1 must be str, not int"
    );
    let new = object::get_attr(OBJECT.as_object(), id!(__new__)).unwrap();
    assert_eq!(call(&new, &[]), "TypeError: object.__new__(): not enough arguments");
    assert_eq!(call(&new, &[&one]), "TypeError: object.__new__(X): X is not a type object (int)");
    assert_eq!(
        call(&new, &[crate::int::INT.as_object()]),
        "TypeError: object.__new__(int) is not safe, use int.__new__()"
    );
    let kind = call::call(TYPE.as_object(), &[&one]).unwrap();
    assert!(kind.is(&*crate::int::INT as &Type));
    let made = {
        let (name, bases, dict) = (text("Made"), tuple::empty(), Dict::new());
        call::call(TYPE.as_object(), &[&name, bases.as_object(), &dict]).unwrap()
    };
    assert!(made.downcast::<Type>().unwrap().has(TypeFlags::HEAPTYPE));
    assert!(made.downcast::<Type>().unwrap().bases.get().is_some_and(|b: Ref<Tuple>| b.len() == 1));
}

#[test]
fn classes_die() {
    let _runtime = testing::init();
    let base = class("Base", &[]);
    let derived = class("Derived", &[&base]);
    let instance = call::call(derived.as_object(), &[]).unwrap();
    object::set_attr(&instance, id!(name), derived.as_object()).unwrap();
    assert_eq!(super::lookup(&derived, id!(name)).map(|_| ()), None);
    drop(derived);
    drop(instance);
    // The class is in cycles with its MRO and its descriptors, the instance with the class.
    let interpreter = gopy_object::Interpreter::current();
    let found = gopy_object::gc::collect(interpreter, 2, gopy_object::gc::Reason::Manual);
    assert!(found > 0);
    assert_eq!(super::subclasses(&base).len(), 0);
}
