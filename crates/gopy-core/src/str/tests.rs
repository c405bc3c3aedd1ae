//! What Python cannot see (layout, interning, in-place appends), and methods called as Python calls
//! them, with the oracle's answers.

use gopy_object::{Instance, Object, Ref};

use super::{Str, StrBuilder, append_in_place, intern, interned, latin1};
use crate::bytes::Bytes;
use crate::dict::Dict;
use crate::int::Int;
use crate::list::List;
use crate::testing::{error_text, init};
use crate::{call, none, object, tuple};

fn s(text: &str) -> Ref {
    Str::new(text).upcast()
}

fn i(value: i64) -> Ref {
    Int::from_i64(value).upcast()
}

fn b(content: &[u8]) -> Ref {
    Bytes::new(content).expect("small").upcast()
}

fn list<const N: usize>(items: [Ref; N]) -> Ref {
    List::from_vec(items.into()).upcast()
}

fn tup<const N: usize>(items: [Ref; N]) -> Ref {
    tuple::from_array(items).upcast()
}

/// The repr of what a method answers, or its error.
#[track_caller]
fn check<const N: usize>(receiver: &Object, method: &str, args: [Ref; N], wanted: &str) {
    let args: Vec<&Object> = args.iter().map(|arg| &**arg).collect();
    let result = call::call_method(receiver, &interned(method), &args);
    let shown = match result.and_then(|value| object::repr(&value)) {
        Ok(text) => text.to_string(),
        Err(error) => error_text::<()>(Err(error)),
    };
    assert_eq!(shown, wanted, "{method}");
}

#[test]
fn layouts() {
    let _runtime = init();
    for (text, size) in [("", 41), ("a", 42), ("abc", 44), ("éa", 59), ("ሴ", 60), ("😀", 64)] {
        let made = Str::new(text);
        assert_eq!(made.size_of(), size, "{text}");
        assert_eq!(made.len(), text.chars().count());
        assert_eq!(made.as_str(), Some(text));
        assert_eq!(made.is_ascii(), text.is_ascii());
        assert!(made.eq_str(text));
        assert!(!made.eq_str("other"));
    }
    let surrogate = Str::from_code_point(0xD800);
    assert_eq!(surrogate.as_str(), None);
    assert_eq!(surrogate.to_string_lossy(), "\\ud800");
    assert_eq!(
        error_text(surrogate.to_utf8()),
        "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 0: \
         surrogates not allowed"
    );
}

#[test]
fn interning() {
    let _runtime = init();
    let first = interned("not a static name");
    let second = interned("not a static name");
    assert!(first.as_object().is(&*second));
    assert!(first.is_interned() && !first.is_interned_immortal());
    let address = first.as_object().id();
    drop((first, second));
    // A dead string has left the table.
    let again = interned("not a static name");
    assert!(again.is_interned());
    let _ = address;
    assert!(interned("__init__").as_object().is(crate::id!(__init__)));
    assert!(intern(Str::new("x")).as_object().is(latin1(b'x')));
    assert!(crate::id!(some_name_nobody_listed).is_interned_immortal());
    let outside = crate::id!(some_name_nobody_listed);
    assert!(interned("some_name_nobody_listed").as_object().is(outside));
}

#[test]
fn hashes_of_seed_zero() {
    let _runtime = init();
    // PYTHONHASHSEED=0
    assert_eq!(Str::empty().hash_value(), 0);
    assert_eq!(Str::new("abc").hash_value(), -4_594_863_902_769_663_758);
    assert_eq!(Str::new("ሴ").hash_value(), HASH_WIDE);
}

const HASH_WIDE: isize = -1_931_837_085_843_612_680;

#[test]
fn appends_in_place() {
    let _runtime = init();
    let mut text = Str::new("ab");
    let mut moves = 0;
    let mut address = text.as_object().id();
    for _ in 0..10_000 {
        append_in_place(&mut text, &Str::new("cd")).expect("memory");
        moves += usize::from(text.as_object().id() != address);
        address = text.as_object().id();
    }
    assert_eq!(text.len(), 20_002);
    assert!(text.as_str().is_some_and(|text| text.ends_with("cdcd")));
    assert!(moves < 100, "{moves}");
    // A second reference keeps its text.
    let other = text.clone();
    append_in_place(&mut text, &Str::new("é")).expect("memory");
    assert_eq!(other.len(), 20_002);
    assert_eq!(text.len(), 20_003);
    assert!(!text.is_ascii());
}

#[test]
fn builders_widen() {
    let _runtime = init();
    let mut out = StrBuilder::new();
    let whole = Str::new("only");
    out.push(&whole).expect("memory");
    assert!(out.finish().expect("memory").as_object().is(&*whole));
    let mut out = StrBuilder::new();
    for part in ["a", "é", "ሴ", "😀"] {
        out.push(&Str::new(part)).expect("memory");
    }
    out.fill(u32::from('-'), 2).expect("memory");
    assert!(out.finish().expect("memory").eq_str("aéሴ😀--"));
}

#[test]
fn methods() {
    let _runtime = init();
    let a = &*s("a");
    check(a, "split", [i(1)], "TypeError: must be str or None, not int");
    check(a, "split", [s("")], "ValueError: empty separator");
    check(&s(" a  b "), "split", [], "['a', 'b']");
    check(&s("a,b,c"), "rsplit", [s(","), i(1)], "['a,b', 'c']");
    check(&s("a,b"), "partition", [s(",")], "('a', ',', 'b')");
    check(a, "rpartition", [s(",")], "('', '', 'a')");
    check(a, "partition", [i(1)], "TypeError: must be str, not int");
    check(a, "strip", [i(1)], "TypeError: strip arg must be None or str");
    check(&s(",é,"), "join", [list([s("x"), s("ሴ")])], "'x,é,ሴ'");
    check(a, "join", [i(1)], "TypeError: can only join an iterable");
    check(
        a,
        "join",
        [list([s("a"), i(1)])],
        "TypeError: sequence item 1: expected str instance, int found",
    );
    check(
        a,
        "startswith",
        [i(1)],
        "TypeError: startswith first arg must be str or a tuple of str, not int",
    );
    check(a, "startswith", [tup([s("a"), i(1)])], "True");
    check(a, "startswith", [s(""), i(2)], "False");
    check(a, "find", [i(1)], "TypeError: find() argument 1 must be str, not int");
    check(a, "find", [], "TypeError: find expected at least 1 argument, got 0");
    check(a, "find", [s(""), i(2)], "-1");
    check(&s("abcabc"), "rfind", [s("bc"), i(0), i(-1)], "1");
    check(a, "index", [s("b")], "ValueError: substring not found");
    check(a, "count", [s("")], "2");
    check(a, "center", [i(4), s("*")], "'*a**'");
    check(&s("ab"), "center", [i(5)], "'  ab '");
    check(
        a,
        "center",
        [i(5), s("")],
        "TypeError: The fill character must be exactly one character long",
    );
    check(&s("-5"), "zfill", [i(5)], "'-0005'");
    check(&s("aXa"), "replace", [s("a"), s("ሴ"), i(1)], "'ሴXa'");
    check(&s("ሴa"), "replace", [s("ሴ"), s("é")], "'éa'");
    check(&s("ß"), "upper", [], "'SS'");
    check(&s("a\tb"), "expandtabs", [i(4)], "'a   b'");
    check(&s("ab\r\nc"), "splitlines", [crate::bool_::bool_ref(true)], "['ab\\r\\n', 'c']");
    check(&s("x'\"\\\n\u{e9}\u{7f}"), "__repr__", [], r#"'\'x\\\'"\\\\\\né\\x7f\''"#);
    check(a, "encode", [s("latin1")], "b'a'");
    check(
        &s("é"),
        "encode",
        [s("utf-16-le")],
        "LookupError: no codec search functions registered: can't find encoding",
    );
    check(&s("é\u{1F600}"), "encode", [s("ascii"), s("backslashreplace")], r"b'\\xe9\\U0001f600'");
    check(
        &s("é"),
        "encode",
        [s("ascii"), s("nonsense")],
        "LookupError: unknown error handler name 'nonsense'",
    );
    check(
        &s("é"),
        "encode",
        [s("ascii"), s("namereplace")],
        r"b'\\N{LATIN SMALL LETTER E WITH ACUTE}'",
    );
    let table = Dict::new();
    table.set_item(&i(97), &s("xyz")).expect("memory");
    table.set_item(&i(98), none::none_object()).expect("memory");
    check(&s("abc"), "translate", [table.upcast()], "'xyzc'");
}

#[test]
fn formatting() {
    let _runtime = init();
    let format = |text: &str, args: &[Ref], wanted: &str| {
        let args: Vec<&Object> = args.iter().map(|arg| &**arg).collect();
        let result = call::call_method(&s(text), &interned("format"), &args);
        let shown = match result {
            Ok(text) => object::str(&text).expect("a str").to_string(),
            Err(error) => error_text::<()>(Err(error)),
        };
        assert_eq!(shown, wanted, "{text}");
    };
    format("{}|{:>5}|{!r}", &[s("a"), s("b"), s("c")], "a|    b|'c'");
    format("{:{}}|", &[s("a"), i(3)], "a  |");
    format("{{}}{", &[], "ValueError: Single '{' encountered in format string");
    format("}", &[], "ValueError: Single '}' encountered in format string");
    format("{!x}", &[i(1)], "ValueError: Unknown conversion specifier x");
    format(
        "{0[0]x}",
        &[list([i(1)])],
        "ValueError: Only '.' or '[' may follow ']' in format field specifier",
    );
    format("{0[0]}", &[list([i(1)])], "1");
    format("{5}", &[], "IndexError: Replacement index 5 out of range for positional args tuple");
    format(
        "{0}{}",
        &[i(1), i(2)],
        "ValueError: cannot switch from manual field specification to automatic field numbering",
    );
    format("{:{:{}}}", &[i(1), i(5), i(2)], "ValueError: Max string recursion exceeded");
    format("{a{}}", &[i(1)], "ValueError: unexpected '{' in field name");
    format("{!r", &[i(1)], "ValueError: unmatched '{' in format spec");
}

#[test]
fn percent() {
    let _runtime = init();
    let percent = |text: &str, values: Ref, wanted: &str| {
        let shown = match super::percent_format(&Str::new(text), &values) {
            Ok(text) => text.to_string(),
            Err(error) => error_text::<()>(Err(error)),
        };
        assert_eq!(shown, wanted, "{text}");
    };
    percent("%5.3s|%-7r|%a", tup([s("abcdef"), s("x"), s("é")]), "  abc|'x'    |'\\xe9'");
    percent("%05d|%+d|%#x|%c", tup([i(42), i(42), i(42), i(97)]), "00042|+42|0x2a|a");
    percent("%d", s("x"), "TypeError: %d format: a real number is required, not str");
    percent(
        "%c",
        s("xx"),
        "TypeError: %c requires an int or a unicode character, not a string of length 2",
    );
    percent("%y", i(1), "ValueError: unsupported format character 'y' (0x79) at index 1");
    percent("%5%", tup([i(1)]), "ValueError: unsupported format character '%' (0x25) at index 2");
    percent(
        "%s",
        tup([i(1), i(2)]),
        "TypeError: not all arguments converted during string formatting",
    );
    percent("%s %s", tup([i(1)]), "TypeError: not enough arguments for format string");
    percent("%(a)d", i(1), "TypeError: format requires a mapping");
    percent("abc", list([]), "abc");
    percent("%", tup([]), "ValueError: incomplete format");
    let dict = Dict::new();
    dict.set_item(&s("a"), &i(5)).expect("memory");
    percent("%(a)s%%", dict.upcast(), "5%");
}

#[test]
fn bytes_methods() {
    let _runtime = init();
    check(
        &b(b"a"),
        "find",
        [s("a")],
        "TypeError: argument should be integer or bytes-like object, not 'str'",
    );
    check(&b(b"a"), "find", [i(256)], "ValueError: byte must be in range(0, 256)");
    check(
        &b(b"a"),
        "join",
        [list([i(1)])],
        "TypeError: sequence item 0: expected a bytes-like object, int found",
    );
    check(&b(b" a b"), "split", [], "[b'a', b'b']");
    check(&b(b"abcde"), "hex", [s(":"), i(2)], "'61:6263:6465'");
    check(&b(b"abcde"), "hex", [s(":"), i(-2)], "'6162:6364:65'");
    check(&b(b"ab"), "hex", [s("::")], "ValueError: sep must be length 1.");
    check(&b(b""), "fromhex", [s("ab cd")], r"b'\xab\xcd'");
    check(
        &b(b""),
        "fromhex",
        [s("a b")],
        "ValueError: non-hexadecimal number found in fromhex() arg at position 1",
    );
    check(
        &b(b""),
        "fromhex",
        [s("abc")],
        "ValueError: fromhex() arg must contain an even number of hexadecimal digits",
    );
    check(
        &b(b"a"),
        "center",
        [i(5), b(b"xx")],
        "TypeError: center(): argument 2 must be a byte string of length 1, not a bytes object of length 2",
    );
    check(
        &b(b"\xff"),
        "decode",
        [],
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    );
    check(&b(b"a\xffb"), "decode", [s("utf-8"), s("surrogateescape")], r"'a\udcffb'");
    check(&b(b"a\xffb"), "decode", [s("ascii"), s("replace")], "'a\u{fffd}b'");
    check(&b(b"abc"), "translate", [none::none(), b(b"b")], "b'ac'");
    check(&b(b"'\"\t\x00"), "__repr__", [], r#"'b\'\\\'"\\t\\x00\''"#);
}

#[test]
fn declarations() {
    let _runtime = init();
    for (ty, wanted) in WANTED {
        let flags = ty.flags.get().0 & !(1 << 19 | 1 << 12);
        let mut found = format!("{} {} {flags:#x}", ty.basicsize.get(), ty.itemsize.get());
        let dict = ty.dict.get().expect("ready");
        let dict = dict.downcast::<Dict>().expect("a dict");
        let mut position = 0;
        while let Some((key, _)) = dict.next(&mut position) {
            let key = object::str(&key).expect("a name").to_string();
            if key != "__doc__" {
                found.push(' ');
                found.push_str(&key);
            }
        }
        assert_eq!(found, *wanted);
    }
}

/// `type.__dict__` without `__doc__`, from the oracle.
#[rustfmt::skip]
const WANTED: &[(&gopy_object::GilCell<gopy_object::Type>, &str)] = &[
    (&super::STR, "64 0 0x10400502 __new__ __repr__ __hash__ __str__ __lt__ __le__ __eq__ __ne__ __gt__ __ge__ __iter__ __mod__ __rmod__ __len__ __getitem__ __add__ __mul__ __rmul__ __contains__ encode replace split rsplit join capitalize casefold title center count expandtabs find partition index ljust lower lstrip rfind rindex rjust rstrip rpartition splitlines strip swapcase translate upper startswith endswith removeprefix removesuffix isascii islower isupper istitle isspace isdecimal isdigit isnumeric isalpha isalnum isidentifier isprintable zfill format format_map __format__ maketrans __sizeof__ __getnewargs__"),
    (&crate::bytes::BYTES, "33 1 0x8400502 __new__ __repr__ __hash__ __str__ __lt__ __le__ __eq__ __ne__ __gt__ __ge__ __iter__ __buffer__ __mod__ __rmod__ __len__ __getitem__ __add__ __mul__ __rmul__ __contains__ __getnewargs__ __bytes__ capitalize center count decode endswith expandtabs find fromhex hex index isalnum isalpha isascii isdigit islower isspace istitle isupper join ljust lower lstrip maketrans partition replace removeprefix removesuffix rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill"),
    (&super::ASCII_ITER, "32 0 0x4182 __iter__ __next__ __length_hint__ __reduce__ __setstate__"),
    (&super::STR_ITER, "32 0 0x4182 __iter__ __next__ __length_hint__ __reduce__ __setstate__"),
    (&crate::bytes::BYTES_ITER, "32 0 0x4182 __iter__ __next__ __length_hint__ __reduce__ __setstate__"),
];
