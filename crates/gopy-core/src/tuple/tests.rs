//! What the oracle does with `tuple`, by its own methods and operators.

use super::*;
use crate::int::Int;
use crate::testing;

fn ints<const N: usize>(values: [i64; N]) -> Ref<Tuple> {
    from_array(values.map(|value| Int::from_i64(value).upcast()))
}

#[test]
fn hashes_are_the_oracles() {
    let _runtime = testing::init();
    let hash = |o: &Object| crate::object::hash(o).unwrap();
    assert_eq!(hash(ints([1, 2, 3]).as_object()), 529_344_067_295_497_451);
    assert_eq!(hash(empty().as_object()), 5_740_354_900_026_072_187);
    let [a, b, c] = [1, 2, 3].map(|value| Int::from_i64(value).upcast());
    assert_eq!(hash(crate::slice::Slice::new(a, b, c).as_object()), -2_340_833_382_717_974_474);
}

#[test]
fn only_what_can_be_in_a_cycle_is_tracked() {
    let _runtime = testing::init();
    assert!(!gc::is_tracked(
        pair(Int::from_i64(1).upcast(), Int::from_i64(2).upcast()).as_object()
    ));
    let list = crate::list::List::new().upcast();
    assert!(gc::is_tracked(pair(Int::from_i64(1).upcast(), list).as_object()));
    assert!(slice(&ints([1, 2, 3]), 0, 3).unwrap().len() == 3);
}
