//! Answers one question a line, for `xtask/py/check_numeric.py`: `op TAB argument TAB …`, where
//! floats are given as 16 hex digits of their bits and ints in base 16; answers are UTF-8 in hex.
#![allow(clippy::unwrap_used)]

use gopy_numeric::format::{self, FormatSpec, Locale, Target, percent::PercentSpec};
use gopy_numeric::hash::{self, HashSecret};
use gopy_numeric::int::parse::{IntParseError, parse_int};
use gopy_numeric::{BigInt, NumericError, float};
use std::io::{BufRead, Write};

fn int(text: &str) -> BigInt {
    parse_int(text.as_bytes(), 16, 0).unwrap()
}

fn bits(text: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(text, 16).unwrap())
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn show(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { format!("{:016x}", value.to_bits()) }
}

fn hex(value: &BigInt) -> String {
    value.to_base(16, true)
}

fn spec(text: &str, target: Target, name: &str) -> Result<FormatSpec, NumericError> {
    let text: Vec<u32> = String::from_utf8(unhex(text)).unwrap().chars().map(u32::from).collect();
    FormatSpec::parse(&text, target, name, |c| char::from_u32(c).and_then(|c| c.to_digit(10)))
}

fn percent(args: &[&str]) -> PercentSpec {
    let number = |text: &str| text.parse().ok();
    PercentSpec {
        left_justify: args[0].contains('-'),
        sign: args[0].contains('+'),
        blank: args[0].contains(' '),
        alternate: args[0].contains('#'),
        zero: args[0].contains('0'),
        width: number(args[1]),
        precision: number(args[2]),
    }
}

fn answer(op: &str, a: &[&str]) -> Result<String, NumericError> {
    let c = &Locale::C;
    Ok(match op {
        "+" => hex(&(&int(a[0]) + &int(a[1]))),
        "-" => hex(&(&int(a[0]) - &int(a[1]))),
        "*" => hex(&(&int(a[0]) * &int(a[1]))),
        "&" => hex(&(&int(a[0]) & &int(a[1]))),
        "|" => hex(&(&int(a[0]) | &int(a[1]))),
        "^" => hex(&(&int(a[0]) ^ &int(a[1]))),
        "~" => hex(&!&int(a[0])),
        "divmod" => {
            let (q, r) = int(a[0]).divmod(&int(a[1]))?;
            format!("{} {}", hex(&q), hex(&r))
        }
        "/" => show(int(a[0]).true_divide(&int(a[1]))?),
        "pow" => hex(&int(a[0]).pow(&int(a[1]))?),
        "powmod" => hex(&int(a[0]).pow_mod(&int(a[1]), &int(a[2]))?),
        "<<" => hex(&int(a[0]).lshift(&int(a[1]))?),
        ">>" => hex(&int(a[0]).rshift(&int(a[1]))?),
        "gcd" => hex(&int(a[0]).gcd(&int(a[1]))),
        "isqrt" => hex(&int(a[0]).isqrt()),
        "str" => int(a[0]).to_decimal_limited(a[1].parse().unwrap())?,
        "int" => match parse_int(&unhex(a[0]), a[1].parse().unwrap(), 4300) {
            Ok(value) => hex(&value),
            Err(IntParseError::Invalid) => "ValueError: invalid".to_owned(),
            Err(IntParseError::Error(error)) => return Err(error),
        },
        "bits" => format!("{} {}", int(a[0]).bit_length(), int(a[0]).bit_count()),
        "hashint" => int(a[0]).hash().to_string(),
        "hashfloat" => hash::hash_float(bits(a[0])).unwrap_or(0).to_string(),
        "tofloat" => show(int(a[0]).to_f64()?),
        "fromfloat" => hex(&BigInt::from_f64(bits(a[0]))?),
        "cmpfloat" => format!("{:?}", int(a[0]).compare_f64(bits(a[1])).map(|o| o as i8)),
        "roundint" => hex(&int(a[0]).round_to_power_of_ten(a[1].parse().unwrap())),
        "frombytes" => hex(&BigInt::from_bytes(&unhex(a[0]), a[1] == "little", a[2] == "1")),
        "tobytes" => {
            let mut out = vec![0; a[1].parse().unwrap()];
            int(a[0]).to_bytes(&mut out, a[2] == "little", a[3] == "1")?;
            out.iter().map(|b| format!("{b:02x}")).collect()
        }
        "repr" => float::text::repr(bits(a[0])),
        "crepr" => float::text::complex_repr(bits(a[0]), bits(a[1])),
        "float" => float::parse::parse_float(&unhex(a[0])).map_or("ValueError".to_owned(), show),
        "complex" => float::parse::parse_complex(&unhex(a[0]))
            .map_or("ValueError".to_owned(), |(re, im)| format!("{} {}", show(re), show(im))),
        "hex" => float::hex::to_hex(bits(a[0])),
        "fromhex" => show(float::hex::from_hex(&unhex(a[0]))?),
        "ratio" => {
            let (n, d) = float::as_integer_ratio(bits(a[0]))?;
            format!("{} {}", hex(&n), hex(&d))
        }
        "round" => show(float::round_to_places(bits(a[0]), a[1].parse().unwrap())?),
        "fmtfloat" => {
            let spec = spec(a[0], Target::Float, "float")?;
            format::format_float(&spec, bits(a[1]), "float", c)?.to_text().unwrap()
        }
        "fmtint" => {
            let (spec, v) = (spec(a[0], Target::Int, "int")?, int(a[1]));
            format::format_int(&spec, v.is_negative(), v.digits(), "int", c, 4300)?
                .to_text()
                .unwrap_or_else(|| "surrogate".to_owned())
        }
        "fmtcomplex" => {
            let spec = spec(a[0], Target::Complex, "complex")?;
            format::format_complex(&spec, (bits(a[1]), bits(a[2])), "complex", c)?
                .to_text()
                .unwrap()
        }
        "%float" => format::percent::format_float(&percent(a), a[3].parse().unwrap(), bits(a[4]))?
            .to_text()
            .unwrap(),
        "%int" => {
            let v = int(a[4]);
            let code = a[3].parse().unwrap();
            format::percent::format_int(&percent(a), code, v.is_negative(), v.digits(), 4300)?
                .to_text()
                .unwrap()
        }
        "hashbytes" => {
            HashSecret::from_seed(a[0].parse().unwrap()).hash_bytes(&unhex(a[1])).to_string()
        }
        "hashstr" => {
            let secret = HashSecret::from_seed(a[0].parse().unwrap());
            let text: Vec<u32> =
                String::from_utf8(unhex(a[1])).unwrap().chars().map(u32::from).collect();
            let units: Vec<u16> = text.iter().map(|&c| c as u16).collect();
            match text.iter().max() {
                Some(0x10000..) => secret.hash_ucs4(&text),
                _ => secret.hash_ucs2(&units),
            }
            .to_string()
        }
        "hashtuple" => {
            let mut hasher = hash::TupleHasher::new();
            a.iter().for_each(|item| hasher.feed(item.parse().unwrap()));
            hasher.finish(a.len()).to_string()
        }
        "hashset" => {
            let mut hasher = hash::FrozenSetHasher::default();
            a.iter().for_each(|item| hasher.feed(item.parse().unwrap()));
            hasher.finish().to_string()
        }
        "hashcomplex" => {
            hash::combine_complex(a[0].parse().unwrap(), a[1].parse().unwrap()).to_string()
        }
        _ => panic!("unknown operation {op}"),
    })
}

fn main() {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let fields: Vec<&str> = line.split('\t').collect();
        let text = answer(fields[0], &fields[1..]).unwrap_or_else(|error| error.to_string());
        let text: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        writeln!(out, "{text}").unwrap();
    }
}
