//! The order of checks and the layout of groups; values come from CPython.
use super::*;

fn points(text: &str) -> Vec<u32> {
    text.chars().map(u32::from).collect()
}

fn float(spec: &str, value: f64) -> String {
    let decimal = |c: u32| char::from_u32(c).and_then(|c| c.to_digit(10));
    let parsed = FormatSpec::parse(&points(spec), Target::Float, "float", decimal);
    match parsed.and_then(|spec| format_float(&spec, value, "float", &Locale::C)) {
        Ok(pieces) => pieces.to_text().expect("no surrogates here"),
        Err(error) => error.message.into_owned(),
    }
}

#[test]
fn float_specifications() {
    for (spec, value, expected) in [
        ("020,.6,f", 123456.123456, "0,000,123,456.123,456"),
        (".6,f", 123456.123456, "123456.123,456"),
        ("_.6_f", 123456.123456, "123_456.123_456"),
        ("010", f64::NAN, "0000000nan"),
        ("z.1f", -0.0, "0.0"),
        (".0", 1.0, "1e+00"),
        ("^10.1%", 0.5, "  50.0%   "),
        (".", 1.0, "Format specifier missing precision"),
        (",_", 1.0, "Cannot specify both ',' and '_'."),
        ("é", 1.0, "Unknown format code '\\xe9' for object of type 'float'"),
        (",n", 1.0, "Cannot specify ',' with 'n'."),
        ("10xx", 1.0, "Invalid format specifier '10xx' for object of type 'float'"),
    ] {
        assert_eq!(float(spec, value), expected, "{spec}");
    }
}
