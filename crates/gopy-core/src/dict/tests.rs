//! What the oracle does with `dict`, by its own methods and operators.

use super::*;
use crate::testing;
use crate::testing::error_text;

fn number(value: i64) -> Ref {
    Int::from_i64(value).upcast()
}

#[test]
fn keeps_insertion_order_and_grows_as_the_oracle_does() {
    let _runtime = testing::init();
    {
        let dict = Dict::new();
        // `sys.getsizeof` of `{i: i for i in range(n)}` without the collector's 16 bytes.
        let sizes = [(0, 48), (1, 208), (5, 208), (6, 336), (10, 336), (11, 616), (22, 1152)];
        let mut next = 0;
        for (count, size) in sizes {
            while next < count {
                dict.set_item(&number(next), &number(next)).unwrap();
                next += 1;
            }
            assert_eq!(dict.size(), size, "{count} keys");
        }
        let keys: Vec<_> = dict.keys().to_vec();
        for (index, key) in keys.iter().enumerate() {
            assert_eq!(key.downcast::<Int>().unwrap().to_i64(), Some(index as i64));
        }
    }
}

#[test]
fn deleted_keys_are_gone_and_can_come_back() {
    let _runtime = testing::init();
    {
        let dict = Dict::new();
        for value in 0..1000 {
            dict.set_item(&number(value), &number(value)).unwrap();
        }
        for value in (0..1000).step_by(2) {
            assert!(dict.del_item(&number(value)).unwrap());
            assert!(!dict.del_item(&number(value)).unwrap());
        }
        assert_eq!(dict.len(), 500);
        dict.set_item(&number(0), &number(7)).unwrap();
        let last = dict.pop_last().unwrap().unwrap();
        assert_eq!(last.0.downcast::<Int>().unwrap().to_i64(), Some(0));
        assert!(dict.get_item(&number(999)).unwrap().is_some());
        dict.clear_items();
        assert!(dict.get_item(&number(999)).unwrap().is_none());
    }
}

#[test]
fn string_tables_become_general_with_the_first_other_key() {
    let _runtime = testing::init();
    {
        let dict = Dict::new();
        for name in ["a", "b", "c"] {
            dict.set_str(&Str::new(name), &number(1)).unwrap();
        }
        assert!(dict.table().is_unicode());
        let index = dict.table().index_of_str(&Str::new("b"));
        assert_eq!(index, Some(1));
        dict.set_item(&number(1), &number(2)).unwrap();
        assert!(!dict.table().is_unicode());
        assert!(dict.get_str(&Str::new("c")).unwrap().is_some());
        let copy = dict.copy().unwrap();
        assert!(copy.equals(&dict).unwrap());
    }
}

#[test]
fn errors_have_the_oracles_text() {
    let _runtime = testing::init();
    let dict = Dict::new();
    let list = List::new();
    assert_eq!(
        error_text(dict.get_item(list.as_object())),
        "TypeError: cannot use 'list' as a dict key (unhashable type: 'list')"
    );
    assert_eq!(error_text(dict.subscript(&number(1))), "KeyError: 1");
    let pairs = List::from_vec(vec![number(1)]);
    assert_eq!(
        error_text(dict.merge_pairs(pairs.as_object(), Existing::Replace)),
        "TypeError: object is not iterable"
    );
}

#[test]
fn iteration_notices_changes() {
    let _runtime = testing::init();
    let dict = Dict::new();
    dict.set_item(&number(1), &number(1)).unwrap();
    dict.set_item(&number(2), &number(2)).unwrap();
    let keys = new_key_iterator(&dict).unwrap();
    assert!(crate::iter::next(&keys).unwrap().is_some());
    dict.set_item(&number(3), &number(3)).unwrap();
    assert_eq!(
        error_text(crate::iter::next(&keys)),
        "RuntimeError: dictionary changed size during iteration"
    );
    dict.del_item(&number(3)).unwrap();
    let keys = new_key_iterator(&dict).unwrap();
    for key in 1..=2 {
        assert!(crate::iter::next(&keys).unwrap().is_some());
        dict.del_item(&number(key)).unwrap();
        dict.set_item(&number(key + 10), &number(0)).unwrap();
    }
    assert_eq!(
        error_text(crate::iter::next(&keys)),
        "RuntimeError: dictionary keys changed during iteration"
    );
}

fn class(name: &str, bases: &[&Type]) -> Ref<Type> {
    let bases = crate::tuple::from_vec(bases.iter().map(|base| base.to_ref().upcast()).collect());
    let name = Str::new(name);
    type_::new_type(
        &gopy_object::typeobj::TYPE,
        &name,
        &bases,
        &Dict::new(),
        gopy_object::Args::none(),
    )
    .unwrap()
}

#[test]
fn instances_share_keys_and_dicts_lie_over_their_values() {
    let _runtime = testing::init();
    let ty = class("C", &[]);
    let name = |text: &str| crate::str::interned(text);
    let mut instances = Vec::new();
    // `sys.getsizeof(C().__dict__) - 16`: each instance leaves less room to the next one.
    for size in [280, 272, 264] {
        let o = type_::generic_alloc(&ty).unwrap();
        assert!(instance::has_valid_values(&o) && instance::has_no_dict(&o));
        object::set_attr(&o, &name("b"), &number(2)).unwrap();
        object::set_attr(&o, &name("a"), &number(1)).unwrap();
        object::del_attr(&o, &name("b")).unwrap();
        object::set_attr(&o, &name("b"), &number(3)).unwrap();
        let dict = object::dict_of(&o).unwrap().unwrap();
        assert!(dict.is_split() && dict.len() == 2);
        assert_eq!(dict.size(), size);
        let text = object::repr(dict.as_object()).unwrap();
        assert!(text.eq_str("{'a': 1, 'b': 3}"), "{text}");
        // Changes show on both sides.
        dict.set_str(&name("c"), &number(4)).unwrap();
        assert!(object::get_attr_opt(&o, &name("c")).unwrap().is_some());
        object::del_attr(&o, &name("a")).unwrap();
        assert_eq!(dict.len(), 2);
        instances.push((o, dict));
    }
    // The dict survives its instance.
    let (o, dict) = instances.pop().unwrap();
    drop(o);
    assert!(object::repr(dict.as_object()).unwrap().eq_str("{'b': 3, 'c': 4}"));
    // A key that can't be shared takes the dict out of the instance.
    let (o, dict) = instances.pop().unwrap();
    dict.set_item(&number(1), &number(1)).unwrap();
    assert!(!dict.is_split() && !instance::has_valid_values(&o));
    object::set_attr(&o, &name("d"), &number(5)).unwrap();
    assert!(object::repr(dict.as_object()).unwrap().eq_str("{'b': 3, 'c': 4, 1: 1, 'd': 5}"));
    // Another dict, and none.
    let (o, dict) = instances.pop().unwrap();
    let other = Dict::new();
    other.set_str(&name("x"), &number(6)).unwrap();
    instance::set_managed_dict(&o, Some(&other)).unwrap();
    assert!(object::get_attr_opt(&o, &name("b")).unwrap().is_none());
    assert!(object::get_attr_opt(&o, &name("x")).unwrap().is_some());
    assert_eq!(dict.len(), 2);
    instance::set_managed_dict(&o, None).unwrap();
    assert_eq!(object::dict_of(&o).unwrap().unwrap().len(), 0);
}

#[test]
fn more_attributes_than_can_be_shared() {
    let _runtime = testing::init();
    let ty = class("Many", &[]);
    let o = type_::generic_alloc(&ty).unwrap();
    for index in 0..40 {
        object::set_attr(&o, &crate::str::interned(&format!("a{index}")), &number(index)).unwrap();
    }
    assert!(!instance::has_valid_values(&o));
    let dict = object::dict_of(&o).unwrap().unwrap();
    assert_eq!(dict.len(), 40);
    for index in 0..40 {
        let value = object::get_attr(&o, &crate::str::interned(&format!("a{index}"))).unwrap();
        assert_eq!(value.downcast::<Int>().unwrap().to_i64(), Some(index));
    }
    for base in [&*crate::list::LIST, &*DICT, &*crate::set::SET, &*crate::tuple::TUPLE] {
        let ty = class("Sub", &[base]);
        let o = type_::call(&ty, gopy_object::Args::none()).unwrap();
        object::set_attr(&o, &crate::str::interned("a"), &number(1)).unwrap();
        assert_eq!(object::dict_of(&o).unwrap().unwrap().len(), 1);
    }
}

#[test]
fn sizes_follow_how_a_dict_was_made() {
    let _runtime = testing::init();
    let none = crate::none::none();
    let from_keys = |keys: &Object| {
        let made = Dict::from_keys(&DICT, keys, &none).unwrap();
        made.downcast::<Dict>().unwrap().size()
    };
    let text = |text: &str| Str::new(text).upcast();
    let single = |key: Ref| {
        let dict = Dict::new();
        dict.set_item(&key, &number(1)).unwrap();
        dict
    };
    // The oracle's `sys.getsizeof`, without the collector's 16 bytes.
    assert_eq!(from_keys(Dict::new().as_object()), 168);
    assert_eq!(from_keys(single(text("a")).as_object()), 168);
    assert_eq!(from_keys(single(number(1)).as_object()), 208);
    assert_eq!(from_keys(crate::set::Set::new().as_object()), 208);
}
