//! What the oracle does with `set`, by its own methods and operators.

use super::*;
use crate::int::Int;
use crate::testing::{self, error_text};

fn of(values: impl IntoIterator<Item = i64>) -> Ref<Set> {
    let set = Set::new();
    for value in values {
        set.add(Int::from_i64(value).as_object()).unwrap();
    }
    set
}

fn values(set: &Set) -> Vec<i64> {
    set.to_vec().iter().map(|item| item.downcast::<Int>().unwrap().to_i64().unwrap()).collect()
}

#[test]
fn the_order_is_the_oracles() {
    let _runtime = testing::init();
    // `[*set(range(100, 0, -7))]`
    let set = of((1..=100).rev().step_by(7));
    assert_eq!(values(&set), [65, 2, 100, 37, 72, 9, 44, 79, 16, 51, 86, 23, 58, 93, 30]);
    for value in (1..=100).rev().step_by(7) {
        assert!(set.discard(Int::from_i64(value).as_object()).unwrap());
    }
    assert!(set.is_empty() && set.pop().is_none());
}

#[test]
fn hashes_and_algebra_are_the_oracles() {
    let _runtime = testing::init();
    assert_eq!(of([1, 2, 3]).hash_items(), -272_375_401_224_217_160);
    assert_eq!(of([]).hash_items(), 133_146_708_735_736);
    let (a, b) = (of(0..10), of(5..15));
    assert_eq!(values(&a.intersection(b.header()).unwrap()), [5, 6, 7, 8, 9]);
    assert_eq!(a.difference(b.header()).unwrap().len(), 5);
    assert_eq!(a.symmetric_difference(b.header()).unwrap().len(), 10);
    assert!(!a.is_subset(b.header()).unwrap() && of(5..7).is_subset(b.header()).unwrap());
    a.take_from(&of(100..400));
    assert_eq!(a.len(), 300);
    assert_eq!(
        error_text(a.add(crate::list::List::new().as_object())),
        "TypeError: cannot use 'list' as a set element (unhashable type: 'list')"
    );
}

#[test]
fn grows_by_four_and_copies_to_fit() {
    let _runtime = testing::init();
    // `sys.getsizeof(set(range(n))) - 16`
    for (count, size) in [(0, 200), (4, 200), (5, 712), (19, 2248), (20, 2248), (77, 8392)] {
        assert_eq!(of(0..count).size(), size, "{count}");
    }
    // `set(range(n)) | set()`
    for (count, size) in [(3, 200), (5, 456), (30, 1224)] {
        assert_eq!(of(0..count).union(&[]).unwrap().size(), size, "{count}");
    }
}
