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
