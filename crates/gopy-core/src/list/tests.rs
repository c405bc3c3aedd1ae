//! What the oracle does with `list`, by its own methods and operators.

use super::*;
use crate::int::Int;
use crate::str::Str;
use crate::testing::{self, error_text};

fn ints(values: impl IntoIterator<Item = i64>) -> Ref<List> {
    List::from_vec(values.into_iter().map(|value| Int::from_i64(value).upcast()).collect())
}

fn values(list: &List) -> Vec<i64> {
    list.to_vec().iter().map(|item| item.downcast::<Int>().unwrap().to_i64().unwrap()).collect()
}

#[test]
fn grows_as_the_oracle_does() {
    let _runtime = testing::init();
    let list = List::new();
    // `sys.getsizeof` after each append, without the collector's 16 bytes.
    for size in
        [40, 72, 72, 72, 72, 104, 104, 104, 104, 168, 168, 168, 168, 168, 168, 168, 168, 232]
    {
        assert_eq!(list.size(), size, "{} items", list.len());
        list.push(Int::from_i64(1).upcast()).unwrap();
    }
    let copy = List::new();
    copy.extend(ints(0..3).as_object()).unwrap();
    assert_eq!(copy.size(), 72);
}

#[test]
fn sorts_stably_whatever_the_order() {
    let _runtime = testing::init();
    let mut state = 12345u64;
    let mut random = |limit: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    for len in [0, 1, 2, 3, 10, 63, 64, 65, 200, 1000, 5000] {
        for shape in 0..6 {
            let input: Vec<i64> = (0..len)
                .map(|index| match shape {
                    0 => random(1 << 20) as i64,
                    1 => random(4) as i64,
                    2 => index,
                    3 => -index,
                    4 => index % 7 * 1000 + index / 7,
                    _ => {
                        if index < len / 2 {
                            2 * index
                        } else {
                            2 * (index - len / 2) + 1
                        }
                    }
                })
                .collect();
            let mut expected = input.clone();
            expected.sort();
            let list = ints(input.clone());
            list.sort(None, false).unwrap();
            assert_eq!(values(&list), expected, "{len} {shape}");
            let list = ints(input.clone());
            list.sort(None, true).unwrap();
            expected.reverse();
            assert_eq!(values(&list), expected, "{len} {shape} reversed");
            // Pairs (key, index) by a key that is only the first: stability shows in the second.
            let pairs: Vec<Ref> = input
                .iter()
                .map(|key| crate::tuple::from_array([Int::from_i64(*key % 5).upcast()]).upcast())
                .collect();
            let ids: Vec<usize> = pairs.iter().map(|pair| pair.id()).collect();
            let list = List::from_vec(pairs);
            list.sort(None, false).unwrap();
            let mut order: Vec<usize> = (0..input.len()).collect();
            order.sort_by_key(|index| input[*index] % 5);
            let found: Vec<usize> = list.to_vec().iter().map(|pair| pair.id()).collect();
            assert_eq!(found, order.iter().map(|index| ids[*index]).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_failing_comparison_loses_nothing() {
    let _runtime = testing::init();
    let list = ints(0..100);
    list.push(Str::new("x").upcast()).unwrap();
    list.reverse();
    assert_eq!(
        error_text(list.sort(None, false)),
        "TypeError: '<' not supported between instances of 'int' and 'str'"
    );
    assert_eq!(list.len(), 101);
}

#[test]
fn ranges_are_replaced_and_deleted() {
    let _runtime = testing::init();
    let list = ints(0..10);
    list.assign_range(2, 5, &ints([20, 21]).to_vec()).unwrap();
    assert_eq!(values(&list), [0, 1, 20, 21, 5, 6, 7, 8, 9]);
    list.assign_range(0, 1, &ints([7, 7, 7]).to_vec()).unwrap();
    assert_eq!(values(&list), [7, 7, 7, 1, 20, 21, 5, 6, 7, 8, 9]);
    list.delete_range(3, 100);
    assert_eq!(values(&list), [7, 7, 7]);
    list.insert(-1, Int::from_i64(4).upcast()).unwrap();
    assert_eq!(values(&list), [7, 7, 4, 7]);
    list.clear_items();
    assert!(list.is_empty() && list.items_ptr().is_null());
    let slice = |start, stop, step| {
        let part = |value: Option<i64>| {
            value.map_or_else(crate::none::none, |v| Int::from_i64(v).upcast())
        };
        crate::slice::Slice::new(part(start), part(stop), part(step))
    };
    let list = ints(0..10);
    list.assign_subscript(slice(Some(8), None, Some(-3)).as_object(), None).unwrap();
    assert_eq!(values(&list), [0, 1, 3, 4, 6, 7, 9]);
    let picked = list.subscript(slice(None, None, Some(-2)).as_object()).unwrap();
    assert_eq!(values(picked.downcast::<List>().unwrap()), [9, 6, 3, 0]);
}

#[test]
fn items_are_released_from_the_end_and_entries_from_the_start() {
    let _runtime = testing::init();
    // Weak references to sets report the order in which these die.
    let made = |wrap: &dyn Fn(Vec<Ref>) -> Ref| {
        let log = List::new();
        let append = object::get_attr(log.as_object(), &crate::str::interned("append")).unwrap();
        let sets: Vec<Ref> = (0..4).map(|_| Set::new().upcast()).collect();
        let class = gopy_object::typeobj::WEAKREF.get().as_object();
        let refs: Vec<Ref> =
            sets.iter().map(|set| crate::call::call(class, &[set, &append]).unwrap()).collect();
        drop(wrap(sets));
        let order = |item: &Ref| refs.iter().position(|r| r.is(&**item)).unwrap();
        log.to_vec().iter().map(order).collect::<Vec<_>>()
    };
    let list = |sets: Vec<Ref>| List::from_vec(sets);
    assert_eq!(made(&|sets| list(sets).upcast()), [3, 2, 1, 0]);
    assert_eq!(made(&|sets| tuple::from_vec(sets).upcast()), [3, 2, 1, 0]);
    let cleared = |sets: Vec<Ref>| {
        let list = list(sets);
        list.clear_items();
        list.upcast()
    };
    assert_eq!(made(&cleared), [3, 2, 1, 0]);
    let sliced = |sets: Vec<Ref>| {
        let list = list(sets);
        list.delete_range(1, 3);
        list.upcast()
    };
    assert_eq!(made(&sliced), [2, 1, 3, 0]);
    let dict = |sets: Vec<Ref>| {
        let dict = Dict::new();
        for (index, set) in sets.into_iter().enumerate() {
            dict.set_str(&crate::str::interned(&format!("k{index}")), &set).unwrap();
        }
        dict.upcast()
    };
    assert_eq!(made(&dict), [0, 1, 2, 3]);
}
