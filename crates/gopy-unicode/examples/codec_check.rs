//! Runs kernels and codecs on the lines of standard input, for `xtask/py/check_unicode.py`.
//!
//! Text is code points in hexadecimal, fields are separated by `;`.

use gopy_unicode::codec::handlers::{self, Transformation};
use gopy_unicode::codec::{
    DecodeError, Decoded, EncodeError, Endian, charmap, decode_all, escape, narrow, utf7, utf8,
    utf16, utf32,
};
use gopy_unicode::ctype;
use gopy_unicode::units::{Units, UnitsBuf};
use std::io::{BufRead, Write};
use std::ops::Range;

fn main() -> std::io::Result<()> {
    let run: fn(&[&str]) -> String = match std::env::args().nth(1).as_deref() {
        Some("kernels") => kernel,
        _ => codec,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let fields: Vec<&str> = line.split(';').collect();
        writeln!(out, "{}", run(&fields))?;
    }
    Ok(())
}

fn text(field: &str) -> UnitsBuf {
    field.split(' ').filter_map(|code| u32::from_str_radix(code, 16).ok()).collect()
}

fn bytes(field: &str) -> Vec<u8> {
    let digits = field.as_bytes().as_chunks::<2>().0.iter();
    let byte = |pair| std::str::from_utf8(pair).ok().and_then(|s| u8::from_str_radix(s, 16).ok());
    digits.filter_map(|pair| byte(&pair[..])).collect()
}

fn show(text: Units<'_>) -> String {
    text.iter().map(|code| format!("{code:X}")).collect::<Vec<_>>().join(" ")
}

fn kernel(fields: &[&str]) -> String {
    let first = text(fields[1]);
    let own = first.as_units();
    let second = text(fields.get(2).unwrap_or(&""));
    let other = second.as_units();
    let number = |at: usize| fields[at].parse::<isize>().unwrap_or(0);
    let limit = |at: usize| usize::try_from(number(at)).unwrap_or(usize::MAX);
    let shown = |text: UnitsBuf| show(text.as_units());
    let flag = |value: bool| u8::from(value).to_string();
    let place = |at: Option<usize>| at.map_or("-1".to_owned(), |at| at.to_string());
    let part = |range: Range<usize>| show(own.slice(range.start, range.end));
    let parts =
        |pieces: Vec<Range<usize>>| pieces.into_iter().map(part).collect::<Vec<_>>().join("|");
    match fields[0] {
        "lower" => shown(own.to_lower()),
        "upper" => shown(own.to_upper()),
        "title" => shown(own.to_title()),
        "capitalize" => shown(own.capitalize()),
        "swapcase" => shown(own.swap_case()),
        "casefold" => shown(own.to_folded()),
        "islower" => flag(own.is_lower()),
        "isupper" => flag(own.is_upper()),
        "istitle" => flag(own.is_title()),
        "isidentifier" => flag(own.is_identifier()),
        "isprintable" => flag(own.is_printable()),
        "isalpha" => flag(own.all(ctype::is_alpha)),
        "isdigit" => flag(own.all(ctype::is_digit)),
        "isspace" => flag(own.all(ctype::is_space)),
        "isalnum" => flag(own.all(ctype::is_alnum)),
        "isnumeric" => flag(own.all(ctype::is_numeric)),
        "isdecimal" => flag(own.all(ctype::is_decimal)),
        "isascii" => flag(own.is_ascii()),
        "strip" => part(own.trim_whitespace(true, true)),
        "lstrip" => part(own.trim_whitespace(true, false)),
        "rstrip" => part(own.trim_whitespace(false, true)),
        "stripset" => part(own.trim_set(true, true, other)),
        "find" => place(own.find(other, limit(3)..limit(4))),
        "rfind" => place(own.find_back(other, limit(3)..limit(4))),
        "count" => own.count(other, usize::MAX).to_string(),
        "replace" => {
            let new = text(fields[3]);
            let (mut out, mut at) = (UnitsBuf::new(), 0);
            for place in own.match_positions(other, limit(4)).unwrap_or_default() {
                out.extend(own.slice(at, place));
                out.extend(new.as_units());
                at = place + other.len();
            }
            out.extend(own.slice(at, own.len()));
            shown(out)
        }
        "startswith" => flag(own.starts_with(other)),
        "endswith" => flag(own.ends_with(other)),
        "compare" => (own.cmp(&other) as i8).to_string(),
        "splitlines" => parts(pieces(|each| own.split_lines(false, each))),
        "splitkeep" => parts(pieces(|each| own.split_lines(true, each))),
        "wsplit" => parts(pieces(|each| own.split_whitespace(limit(2), each))),
        "wrsplit" => parts(pieces(|each| own.rsplit_whitespace(limit(2), each))),
        "split" => parts(pieces(|each| own.split(other, limit(3), each))),
        "rsplit" => parts(pieces(|each| own.rsplit(other, limit(3), each))),
        "expandtabs" => own
            .expanded_len(number(2))
            .map_or_else(String::new, |_| shown(own.expand_tabs(number(2)))),
        unknown => format!("unknown kernel {unknown}"),
    }
}

/// What a split hands out, in the order of the text.
fn pieces(
    split: impl FnOnce(&mut dyn FnMut(Range<usize>) -> Result<(), ()>) -> Result<(), ()>,
) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let handed_out = split(&mut |piece| {
        found.push(piece);
        Ok(())
    });
    assert_eq!(handed_out, Ok(()));
    if found.first().is_some_and(|first| first.start > found[found.len() - 1].start) {
        found.reverse();
    }
    found
}

fn decoder(name: &str, last: bool) -> impl Fn(&[u8], usize, &mut UnitsBuf) -> Decoded {
    move |input, at, out| match name {
        "utf-8" => utf8::decode(input, at, last, out),
        "utf-7" => utf7::decode(input, at, last, out),
        "utf-16-le" => utf16::decode(input, at, last, Endian::Little, out),
        "utf-16-be" => utf16::decode(input, at, last, Endian::Big, out),
        "utf-32-le" => utf32::decode(input, at, last, Endian::Little, out),
        "utf-32-be" => utf32::decode(input, at, last, Endian::Big, out),
        "unicode_escape" => escape::decode(input, at, last, &mut None, out),
        "raw_unicode_escape" => escape::decode_raw(input, at, last, out),
        "ascii" => narrow::decode_ascii(input, at, out),
        _ => {
            narrow::decode_latin1(input, out);
            Ok(input.len())
        }
    }
}

fn encoder(name: &str) -> impl Fn(Units<'_>, usize, &mut Vec<u8>) -> Result<(), EncodeError> {
    move |text, at, out| match name {
        "utf-8" => utf8::encode(text, at, out),
        "utf-16-le" => utf16::encode(text, at, Endian::Little, out),
        "utf-16-be" => utf16::encode(text, at, Endian::Big, out),
        "utf-32-le" => utf32::encode(text, at, Endian::Little, out),
        "utf-32-be" => utf32::encode(text, at, Endian::Big, out),
        "ascii" => narrow::encode_ascii(text, at, out),
        "latin-1" => narrow::encode_latin1(text, at, out),
        infallible => {
            match infallible {
                "utf-7" => utf7::encode(text, out),
                "unicode_escape" => escape::encode(text, out),
                _ => escape::encode_raw(text, out),
            }
            Ok(())
        }
    }
}

fn noted_decode(input: &[u8], decode: impl Fn(&[u8], usize, &mut UnitsBuf) -> Decoded) -> String {
    let mut seen = Vec::new();
    let done = decode_all::<std::convert::Infallible>(input, decode, |error, out| {
        seen.push(format!("{},{},{}", error.start, error.end, error.reason));
        out.push(0xFFFD);
        Ok(error.end)
    });
    let Ok((text, consumed)) = done;
    format!("{};{consumed};{}", show(text.as_units()), seen.join("|"))
}

fn noted_encode(
    text: Units<'_>,
    encode: impl Fn(Units<'_>, usize, &mut Vec<u8>) -> Result<(), EncodeError>,
) -> String {
    let (mut seen, mut out, mut at) = (Vec::new(), Vec::new(), 0);
    while let Err(error) = encode(text, at, &mut out) {
        seen.push(format!("{},{},{}", error.start, error.end, error.reason));
        out.extend(b"????");
        at = error.end;
    }
    format!("{};0;{}", hexadecimal(&out), seen.join("|"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn codec(fields: &[&str]) -> String {
    let replaced = |replace: fn(Units<'_>, &mut Vec<u8>)| {
        let mut out = Vec::new();
        replace(text(fields[1]).as_units(), &mut out);
        format!("{};0;", hexadecimal(&out))
    };
    match fields[0] {
        "decode" => noted_decode(&bytes(fields[3]), decoder(fields[1], fields[2] == "1")),
        "encode" => noted_encode(text(fields[2]).as_units(), encoder(fields[1])),
        "charmap" => {
            let table = text(fields[1]);
            noted_decode(&bytes(fields[2]), |input, at, out| {
                charmap::decode(input, at, table.as_units(), out)
            })
        }
        "mapped" => match charmap::EncodingMap::build(text(fields[1]).as_units()) {
            Some(map) => noted_encode(text(fields[2]).as_units(), |text, at, out| {
                map.encode_text(text, at, out)
            }),
            None => "no map".to_owned(),
        },
        "handled" => {
            let input = bytes(fields[3]);
            let handler = |error: DecodeError, out: &mut UnitsBuf| {
                let rest = &input[error.start..];
                if fields[2] == "surrogateescape" {
                    let wrong = &input[error.start..error.end];
                    let count = handlers::surrogateescape_decode(wrong, out).ok_or(())?;
                    return Ok(error.start + count);
                }
                let how = Transformation::from_name(fields[1]).ok_or(())?;
                let (code, len) = handlers::surrogatepass_decode(how, rest).ok_or(())?;
                out.push(code);
                Ok(error.start + len)
            };
            match decode_all(&input, decoder(fields[1], true), handler) {
                Ok((text, _)) => format!("{};0;", show(text.as_units())),
                Err(()) => "21;0;".to_owned(),
            }
        }
        "passed" => {
            let source = text(fields[3]);
            let encode = encoder(fields[1]);
            let (mut out, mut at) = (Vec::new(), 0);
            while let Err(error) = encode(source.as_units(), at, &mut out) {
                let wrong = source.as_units().slice(error.start, error.end);
                let bytes = if fields[2] == "surrogateescape" {
                    handlers::surrogateescape_encode(wrong)
                } else {
                    Transformation::from_name(fields[1])
                        .and_then(|how| handlers::surrogatepass_encode(how, wrong))
                };
                let Some(bytes) = bytes else { return "21;0;".to_owned() };
                if fields[1].starts_with("utf-16") && bytes.len() % 2 != 0
                    || fields[1].starts_with("utf-32") && bytes.len() % 4 != 0
                {
                    return "21;0;".to_owned();
                }
                out.extend(bytes);
                at = error.end;
            }
            format!("{};0;", hexadecimal(&out))
        }
        "backslashreplace" => replaced(handlers::backslashreplace_encode),
        "xmlcharrefreplace" => replaced(handlers::xmlcharrefreplace),
        "namereplace" => replaced(handlers::namereplace),
        unknown => format!("unknown codec {unknown}"),
    }
}
