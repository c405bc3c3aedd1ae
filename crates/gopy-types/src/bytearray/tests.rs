//! Allocation and exports as Python sees them, with the oracle's answers.

use gopy_core::bytes::common::ByteString;
use gopy_core::testing::{error_text, init};
use gopy_core::{buffer, type_};
use gopy_object::Instance;

use super::{BYTEARRAY, ByteArray};

#[test]
fn allocation_is_that_of_cpython() {
    let _runtime = init();
    type_::ready(&BYTEARRAY).expect("ready");
    let array = ByteArray::new(&BYTEARRAY, &[]).expect("memory");
    let mut seen = Vec::new();
    for _ in 0..20 {
        array.change(|storage, _| storage.push(1)).expect("memory");
        seen.push(array.visible_alloc());
    }
    let wanted = [2, 5, 5, 5, 8, 8, 8, 12, 12, 12, 12, 19, 19, 19, 19, 19, 19, 19, 27, 27];
    assert_eq!(seen, wanted);
    let array = ByteArray::new(&BYTEARRAY, &[7; 100]).expect("memory");
    let mut seen = vec![array.visible_alloc()];
    while array.content().len() >= 4 {
        array.splice(0..2, &[]).expect("memory");
        if seen.last() != Some(&array.visible_alloc()) {
            seen.push(array.visible_alloc());
        }
    }
    assert_eq!(seen, [101, 49, 23, 11, 5]);
}

#[test]
fn exports_hold_the_size() {
    let _runtime = init();
    type_::ready(&BYTEARRAY).expect("ready");
    let array = ByteArray::new(&BYTEARRAY, b"abc").expect("memory");
    let export = buffer::bytes_like(array.as_object()).expect("a buffer");
    assert_eq!(
        error_text(array.splice(0..1, &[])),
        "BufferError: Existing exports of data: object cannot be re-sized"
    );
    array.splice(0..1, b"x").expect("the same size");
    assert_eq!(buffer::as_slice(&export), b"xbc");
    drop(export);
    array.splice(0..1, &[]).expect("no export");
    assert_eq!(array.content(), b"bc");
}
