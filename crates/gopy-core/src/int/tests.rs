//! Values, operators and messages of the number types and exceptions, through the protocols.

use gopy_object::typeobj::CompareOp;
use gopy_object::{Arg, Args, Instance, Object};

use super::{INT, Int};
use crate::testing::{self, error_text};
use crate::{bool_, call, exceptions, number, object, str::Str};

fn text(o: &Object) -> String {
    object::repr(o).expect("repr").to_string()
}

#[test]
fn small_values_are_one_immortal_object() {
    let _runtime = testing::init();
    for value in -5..=256 {
        assert!(std::ptr::eq(&*Int::from_i64(value), &*Int::from_i64(value)), "{value}");
    }
    assert!(Int::from_i64(257).object.count() == 1);
    assert_eq!(Int::from_i64(0).digit_count(), 0);
}

#[test]
fn machine_words_keep_their_value() {
    let _runtime = testing::init();
    for value in [0, 1, -1, 257, (1 << 30) - 1, 1 << 30, -(1 << 30), 1 << 60, i64::MAX, i64::MIN] {
        let int = Int::from_i64(value);
        assert_eq!(int.to_i64(), Some(value));
        assert_eq!(text(int.as_object()), value.to_string());
        assert_eq!(int.to_bigint().to_i64(), Some(value));
        assert_eq!(int.to_u64_wrapping(), value as u64);
    }
    assert_eq!(Int::from_u64(u64::MAX).to_u64(), Some(u64::MAX));
    assert_eq!(text(Int::from_u128(u128::MAX).as_object()), u128::MAX.to_string());
}

#[test]
fn arithmetic_agrees_with_wider_integers() {
    let _runtime = testing::init();
    let values = [0i64, 1, -1, 7, -7, 1 << 29, -(1 << 30), (1 << 45) + 3, i64::MAX, i64::MIN];
    for a in values {
        for b in values {
            let (x, y) = (Int::from_i64(a), Int::from_i64(b));
            let (wide_a, wide_b) = (i128::from(a), i128::from(b));
            let show = |o: gopy_object::Ref| text(&o);
            let check = |name: &str, got: gopy_object::Ref, want: i128| {
                assert_eq!(show(got), want.to_string(), "{a} {name} {b}");
            };
            check("+", number::add(&x, &y).expect("+"), wide_a + wide_b);
            check("-", number::subtract(&x, &y).expect("-"), wide_a - wide_b);
            check("*", number::multiply(&x, &y).expect("*"), wide_a * wide_b);
            check("&", number::and(&x, &y).expect("&"), wide_a & wide_b);
            check("|", number::or(&x, &y).expect("|"), wide_a | wide_b);
            check("^", number::xor(&x, &y).expect("^"), wide_a ^ wide_b);
            if b != 0 {
                let (quotient, remainder) = {
                    let (q, r) = (wide_a / wide_b, wide_a % wide_b);
                    if r != 0 && (r < 0) != (wide_b < 0) { (q - 1, r + wide_b) } else { (q, r) }
                };
                check("//", number::floor_divide(&x, &y).expect("//"), quotient);
                check("%", number::remainder(&x, &y).expect("%"), remainder);
            }
            if (0..60).contains(&b) {
                check(">>", number::rshift(&x, &y).expect(">>"), wide_a >> b);
                check("<<", number::lshift(&x, &y).expect("<<"), wide_a << b);
            }
            let less = object::compare_bool(&x, &y, CompareOp::Lt).expect("<");
            assert_eq!(less, a < b);
        }
    }
}

#[test]
fn messages_are_those_of_the_oracle() {
    let _runtime = testing::init();
    let (one, text) = (Int::from_i64(1), Str::new("a"));
    let (zero, ten) = (Int::from_i64(0), Int::from_i64(10));
    let cases = [
        (number::add(&one, &text), "TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
        (
            number::power(&one, &text, &one),
            "TypeError: unsupported operand type(s) for ** or pow(): 'int', 'str', 'int'",
        ),
        (number::floor_divide(&one, &zero), "ZeroDivisionError: division by zero"),
        (number::lshift(&one, &Int::from_i64(-1)), "ValueError: negative shift count"),
        (number::negative(&text), "TypeError: bad operand type for unary -: 'str'"),
        (number::long(&text), "ValueError: invalid literal for int() with base 10: 'a'"),
        (number::float(&text), "ValueError: could not convert string to float: 'a'"),
        (
            call::call(INT.as_object(), &[&one, &ten]),
            "TypeError: int() can't convert non-string with explicit base",
        ),
        (
            call::call(INT.as_object(), &[&one, &one, &one]),
            "TypeError: int expected at most 2 arguments, got 3",
        ),
        (
            call::call(exceptions::UNICODE_DECODE_ERROR.as_object(), &[]),
            "TypeError: function takes exactly 5 arguments (0 given)",
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(error_text(result), expected);
    }
}

#[test]
fn exceptions_have_their_layouts_and_texts() {
    let _runtime = testing::init();
    let errno = Int::from_i64(2);
    let (message, file) = (Str::new("gone"), Str::new("f"));
    let error =
        call::call(exceptions::OS_ERROR.as_object(), &[&errno, &message, &file]).expect("OSError");
    assert_eq!(&*error.type_name(), "FileNotFoundError");
    assert_eq!(object::str(&error).expect("str").to_string(), "[Errno 2] gone: 'f'");
    assert_eq!(text(&error), "FileNotFoundError(2, 'gone')");
    let key = call::call(exceptions::KEY_ERROR.as_object(), &[&file]).expect("KeyError");
    assert_eq!(object::str(&key).expect("str").to_string(), "'f'");
    let stop = exceptions::stop_iteration(bool_::bool_object(true));
    assert!(bool_::is_true(&exceptions::stop_iteration_value(stop.value())));
    let error = exceptions::no_memory();
    assert_eq!(text(error.value().as_object()), "MemoryError()");
}

#[test]
fn calls_bind_a_base() {
    let _runtime = testing::init();
    let (digits, base) = (Str::new(" -0x_ff "), Int::from_i64(16));
    let args = [Arg::new(digits.as_object()), Arg::new(base.as_object())];
    let value = super::convert::vectorcall(&INT, Args::positional_only(&args)).expect("int");
    assert_eq!(text(&value), "-255");
}

#[test]
fn keywords_are_refused_with_the_oracles_words() {
    let _runtime = testing::init();
    let one = Int::from_i64(1);
    let cases: [(&gopy_object::Type, usize, &[&str], &str); 10] = [
        (
            &exceptions::IMPORT_ERROR,
            1,
            &["x"],
            "ImportError() got an unexpected keyword argument 'x'",
        ),
        (
            &exceptions::IMPORT_ERROR,
            1,
            &["name", "path", "name_from", "z"],
            "ImportError() takes at most 3 keyword arguments (4 given)",
        ),
        (
            &exceptions::NAME_ERROR,
            0,
            &["name", "x"],
            "NameError() takes at most 1 keyword argument (2 given)",
        ),
        (&exceptions::NAME_ERROR, 0, &["x"], "NameError() got an unexpected keyword argument 'x'"),
        (&exceptions::VALUE_ERROR, 0, &["x"], "ValueError() takes no keyword arguments"),
        (&exceptions::OS_ERROR, 0, &["x"], "OSError() takes no keyword arguments"),
        (&INT, 0, &["x"], "int() got an unexpected keyword argument 'x'"),
        (&INT, 0, &["base"], "int() missing string argument"),
        (&crate::float::FLOAT, 0, &["x"], "float() takes no keyword arguments"),
        (
            &crate::complex::COMPLEX,
            0,
            &["real", "imag", "x"],
            "complex() takes at most 2 keyword arguments (3 given)",
        ),
    ];
    for (ty, positional, names, expected) in cases {
        let kwnames = crate::tuple::from_vec(names.iter().map(|n| Str::new(n).upcast()).collect());
        let all = vec![Arg::new(one.as_object()); positional + names.len()];
        let args = Args::with_keywords(&all, Some(kwnames.as_object()), names.len());
        let result = call::call_args(ty.as_object(), args);
        assert_eq!(error_text(result), format!("TypeError: {expected}"));
    }
}
