//! Prints what gopy-unicode says, for `xtask/py/check_unicode.py` to compare with the oracle.
//!
//! `properties`: a line for each code point. `names`: a line for each line of standard input.
//! `normal`: the same, each line a version, a form and code points in hexadecimal.

use gopy_unicode::ctype::{self, CaseMap};
use gopy_unicode::database::{self, Version};
use gopy_unicode::names::{self, Named};
use gopy_unicode::normalize::{Form, is_normalized, normalize};
use std::io::{BufRead, Write};

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match std::env::args().nth(1).as_deref() {
        Some("properties") => (0..0x11_0000).try_for_each(|code| properties(&mut out, code)),
        Some("names") => std::io::stdin().lock().lines().try_for_each(|name| {
            let text = match names::lookup_named(name?.as_bytes()) {
                Some(Named::Character(code)) => format!("{code:X}"),
                Some(Named::Alias(code)) => format!("alias {code:X}"),
                Some(Named::Sequence(text)) => {
                    format!(
                        "sequence {}",
                        hexadecimal(&text.chars().map(u32::from).collect::<Vec<_>>())
                    )
                }
                None => String::new(),
            };
            writeln!(out, "{text}")
        }),
        Some("normal") => std::io::stdin().lock().lines().try_for_each(|line| {
            let line = line?;
            let mut words = line.split(' ');
            let version = if words.next() == Some("old") { Version::Old } else { Version::Current };
            let Some(form) = words.next().and_then(Form::from_name) else {
                return writeln!(out, "no such form");
            };
            let text: Vec<u32> =
                words.filter_map(|word| u32::from_str_radix(word, 16).ok()).collect();
            let already = is_normalized(version, form, &text);
            writeln!(out, "{already} {}", hexadecimal(&normalize(version, form, &text)))
        }),
        _ => writeln!(out, "usage: unicode_check properties|names|normal"),
    }
}

fn hexadecimal(codes: &[u32]) -> String {
    codes.iter().map(|code| format!("{code:X}")).collect::<Vec<_>>().join(" ")
}

fn properties(out: &mut impl Write, code: u32) -> std::io::Result<()> {
    type Test = fn(u32) -> bool;
    const TESTS: [Test; 15] = [
        ctype::is_alpha,
        ctype::is_decimal,
        ctype::is_digit,
        ctype::is_numeric,
        ctype::is_alnum,
        ctype::is_lower,
        ctype::is_upper,
        ctype::is_title,
        ctype::is_space,
        ctype::is_printable,
        ctype::is_xid_start,
        ctype::is_xid_continue,
        ctype::is_cased,
        ctype::is_case_ignorable,
        ctype::is_linebreak,
    ];
    let flags: String = TESTS.iter().map(|test| if test(code) { '1' } else { '0' }).collect();
    write!(out, "{code:X};{flags}")?;
    for map in [CaseMap::Lower, CaseMap::Upper, CaseMap::Title, CaseMap::Fold] {
        write!(out, ";{}", hexadecimal(ctype::map_case(code, map).as_slice()))?;
    }
    for version in [Version::Current, Version::Old] {
        let value = |value: Option<u8>| value.map_or(-1, i32::from);
        write!(
            out,
            ";{};{};{};{};{};{};{};{:?};{};{}",
            database::category(version, code),
            database::bidirectional(version, code),
            database::combining(version, code),
            u8::from(database::mirrored(version, code)),
            database::east_asian_width(version, code),
            value(database::decimal(version, code)),
            value(database::digit(version, code)),
            database::numeric(version, code).unwrap_or(-1.0),
            database::decomposition(version, code),
            database::name(version, code).unwrap_or_default(),
        )?;
    }
    for version in [Version::Current, Version::Old] {
        for form in [Form::Nfc, Form::Nfkc, Form::Nfd, Form::Nfkd] {
            let text = normalize(version, form, &[code]);
            let already = u8::from(is_normalized(version, form, &[code]));
            write!(out, ";{already} {}", hexadecimal(&text))?;
        }
    }
    writeln!(out, ";{}", names::name_with_aliases(code).unwrap_or_default())
}
