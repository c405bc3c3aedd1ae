//! A few anchors; the bulk is compared with CPython by `xtask/py/check_numeric.py`.
use super::*;
use text::Flags;

#[test]
fn repr_is_shortest() {
    for (value, expected) in [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (1e16, "1e+16"),
        (123456789012345680.0, "1.2345678901234568e+17"),
        (1e-5, "1e-05"),
        (0.0001, "0.0001"),
        (5e-324, "5e-324"),
        (9007199254740993.0, "9007199254740992.0"),
    ] {
        assert_eq!(text::repr(value), expected);
    }
}

#[test]
fn codes_follow_c() {
    let alternate = Flags { alternate: true, ..Flags::default() };
    let plain = Flags::default();
    for (value, code, precision, flags, expected) in [
        (2.5, 'f', 0, plain, "2"),
        (0.25, 'f', 1, plain, "0.2"),
        (0.001, 'f', 1, plain, "0.0"),
        (0.0, 'e', 3, plain, "0.000e+00"),
        (1.0, 'g', 6, alternate, "1.00000"),
        (1.0, 'f', 0, alternate, "1."),
        (1e300, 'G', 3, plain, "1E+300"),
        (99.99, 'g', 3, plain, "100"),
    ] {
        assert_eq!(text::format(value, code, precision, flags).unwrap(), expected);
    }
}

#[test]
fn round_is_exact() {
    for (value, places, expected) in
        [(2.675, 2, 2.67), (0.5, 0, 0.0), (25.0, -1, 20.0), (-35.0, -1, -40.0), (1e300, -400, 0.0)]
    {
        assert_eq!(round_to_places(value, places).unwrap(), expected);
    }
    assert!(round_to_places(1.7e308, -308).is_err());
}

#[test]
fn short_fixed_texts_are_those_of_exact_digits() {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        state
    };
    let mut short = 0;
    for round in 0..20_000 {
        // Any bits; short binary fractions, which are where ties are; and the edges.
        let value = match round % 3 {
            0 => f64::from_bits(next() >> 1),
            1 => (next() >> 40) as f64 / (1u64 << (next() % 50)) as f64,
            _ => [0.0, 5e-324, 0.5, 1e18, 999999999999999.9, 1e17][(next() % 6) as usize],
        };
        let precision = (next() % 20) as usize;
        let mut buffer = [0; 40];
        if let Some(text) = text::fixed_short(value, precision, &mut buffer) {
            assert_eq!(std::str::from_utf8(text).unwrap(), format!("{value:.precision$}"));
            short += 1;
        }
    }
    assert!(short > 10_000, "{short}");
}
