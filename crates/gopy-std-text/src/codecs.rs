//! `_codecs`: the registry and the built-in codecs for Python.
//!
//! Answers to `Modules/_codecsmodule.c` and to the charmap and escape codecs of
//! `Objects/unicodeobject.c` and `Objects/bytesobject.c`.

use gopy_core::argument::{ArgDefault, FromArg, Place};
use gopy_core::buffer::{self, as_slice};
use gopy_core::bytes::Bytes;
use gopy_core::codecs::{self, EncodeTarget, Encoding, decode_loop, encode_loop};
use gopy_core::dict::Dict;
use gopy_core::error::{suppress, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{exceptions, none, object, type_};
use gopy_macros::{pyclass, pymethods, pymodule};
use gopy_object::{Object, PyResult, Ref, memory};
use gopy_unicode::codec::charmap::{self, EncodingMap};
use gopy_unicode::codec::escape::InvalidEscape;
use gopy_unicode::codec::{DecodeError, Decoded, EncodeError, Endian};
use gopy_unicode::units::{Units, UnitsBuf};

const UNDEFINED: &str = "character maps to <undefined>";

/// The name of an error handler, or `None`.
#[derive(Clone, Copy, Debug)]
pub struct Errors<'a>(Option<&'a str>);

impl<'a> FromArg<'a> for Errors<'a> {
    fn from_arg(arg: &'a Object, place: &Place<'_>) -> PyResult<Self> {
        if none::is_none(arg) {
            return Ok(Errors(None));
        }
        match arg.downcast::<Str>() {
            Some(text) => codecs::c_string(text).map(|text| Errors(Some(text))),
            None => Err(place.bad_argument("str or None", arg)),
        }
    }
}

impl ArgDefault for Errors<'_> {
    fn from_default(_text: &'static str) -> Self {
        Errors(None)
    }
}

/// A text that C takes.
#[derive(Clone, Copy, Debug)]
pub struct CText<'a>(&'a str);

impl<'a> FromArg<'a> for CText<'a> {
    fn from_arg(arg: &'a Object, place: &Place<'_>) -> PyResult<Self> {
        codecs::c_string(<&Str>::from_arg(arg, place)?).map(CText)
    }
}

impl ArgDefault for CText<'_> {
    fn from_default(text: &'static str) -> Self {
        CText(text)
    }
}

fn pair(result: Ref, length: usize) -> Ref<Tuple> {
    tuple::from_array([result, Int::from_u64(length as u64).upcast()])
}

fn encoded(encoding: Encoding, text: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
    let bytes = codecs::encode_with(encoding, text, errors.0)?;
    Ok(pair(bytes.upcast(), text.len()))
}

fn decoded(
    encoding: Encoding,
    data: &Object,
    errors: Errors<'_>,
    last: bool,
) -> PyResult<Ref<Tuple>> {
    let data = buffer::bytes_like(data)?;
    let (text, used) = codecs::decode_with(encoding, as_slice(&data), errors.0, last)?;
    Ok(pair(text.upcast(), used))
}

/// The bytes of a buffer, or the UTF-8 of a text.
fn bytes_or_text(data: &Object) -> PyResult<Vec<u8>> {
    if let Some(text) = data.downcast::<Str>() {
        return Ok(text.to_utf8()?.as_bytes().to_vec());
    }
    let data = buffer::bytes_like(data)?;
    Ok(as_slice(&data).to_vec())
}

/// The byte order that an int asks for.
fn order(number: i32) -> Option<Endian> {
    match number {
        0 => None,
        1.. => Some(Endian::Big),
        _ => Some(Endian::Little),
    }
}

/// `utf_16_ex_decode`, `utf_32_ex_decode`
fn decoded_with_order(
    encoding: Encoding,
    data: &Object,
    errors: Errors<'_>,
    byteorder: i32,
    last: bool,
) -> PyResult<Ref<Tuple>> {
    let data = buffer::bytes_like(data)?;
    let bytes = as_slice(&data);
    let (text, used) = codecs::decode_with(encoding, bytes, errors.0, last)?;
    let found = match codecs::byte_order(encoding, bytes) {
        (Encoding::Utf16(Some(endian)) | Encoding::Utf32(Some(endian)), mark) if mark > 0 => {
            if endian == Endian::Little {
                -1
            } else {
                1
            }
        }
        _ => byteorder,
    };
    let number = |value: i64| Int::from_i64(value).upcast();
    Ok(tuple::from_array([text.upcast(), number(used as i64), number(found.into())]))
}

/// What `charmap_build` makes of most tables: characters to bytes in three levels.
#[pyclass(name = "EncodingMap", static = ENCODING_MAP, basicsize = 64,
    flags(DISALLOW_INSTANTIATION), no_slots, manual_traverse)]
#[repr(C)]
pub struct EncodingMapObject {
    object: Object,
    map: EncodingMap,
}

gopy_object::leaf_traverse!(EncodingMapObject);

#[pymethods]
impl EncodingMapObject {
    #[pymethod("($self, /)", hide_signature)]
    fn size(&self) -> usize {
        ENCODING_MAP.basicsize.get() + self.map.table_size()
    }
}

/// What a mapping says of a character; an empty answer is none. May run Python.
fn byte_of(mapping: &Object, code: u32, out: &mut Vec<u8>) -> PyResult<bool> {
    if let Some(map) = mapping.downcast::<EncodingMapObject>() {
        return Ok(map.map.encode(code).map(|byte| out.push(byte)).is_some());
    }
    let key = Int::from_i64(code.into()).upcast();
    let found = suppress(object::get_item(mapping, &key), &exceptions::LOOKUP_ERROR)?;
    let Some(found) = found.filter(|found| !none::is_none(found)) else { return Ok(false) };
    if let Some(number) = found.downcast::<Int>() {
        let Some(byte) = number.to_i64().and_then(|byte| u8::try_from(byte).ok()) else {
            return Err(type_error!("character mapping must be in range(256)"));
        };
        out.push(byte);
        return Ok(true);
    }
    let Some(bytes) = found.downcast::<Bytes>() else {
        return Err(type_error!(
            "character mapping must return integer, bytes or None, not {:.400}",
            found.type_name()
        ));
    };
    out.extend_from_slice(bytes.as_slice());
    Ok(true)
}

fn charmap_encode_text(text: &Str, errors: Errors<'_>, mapping: &Object) -> PyResult<Ref<Bytes>> {
    let target = EncodeTarget { name: "charmap", unit: 1, how: None };
    let mut out = Vec::with_capacity(text.len());
    let kernel = |at: usize, out: &mut Vec<u8>| {
        let mut at = at;
        while at < text.len() {
            if byte_of(mapping, text.char_at(at), out)? {
                at += 1;
                continue;
            }
            // A run of such characters is one error; what the others map to is thrown away.
            let start = at;
            while at < text.len() && !byte_of(mapping, text.char_at(at), &mut Vec::new())? {
                at += 1;
            }
            return Ok(Err(EncodeError { start, end: at, reason: UNDEFINED }));
        }
        Ok(Ok(()))
    };
    let push = |units: Units<'_>, out: &mut Vec<u8>| {
        for code in units.iter() {
            if !byte_of(mapping, code, out)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    encode_loop(&target, text, errors.0, kernel, push, &mut out)?;
    Bytes::new(&out)
}

/// What a mapping says of a byte; `false` where it is undefined. May run Python.
fn character_of(mapping: &Object, byte: u8, out: &mut UnitsBuf) -> PyResult<bool> {
    let key = Int::from_i64(byte.into()).upcast();
    let found = suppress(object::get_item(mapping, &key), &exceptions::LOOKUP_ERROR)?;
    let Some(found) = found.filter(|found| !none::is_none(found)) else { return Ok(false) };
    if let Some(number) = found.downcast::<Int>() {
        let code = number.to_i64().and_then(|code| u32::try_from(code).ok());
        return match code.filter(|code| *code <= 0x10_FFFF) {
            Some(0xFFFE) => Ok(false),
            Some(code) => {
                out.push(code);
                Ok(true)
            }
            None => Err(type_error!("character mapping must be in range(0x110000)")),
        };
    }
    let Some(text) = found.downcast::<Str>() else {
        return Err(type_error!("character mapping must return integer, None or str"));
    };
    if text.single_code_point() == Some(0xFFFE) {
        return Ok(false);
    }
    out.extend(text.units());
    Ok(true)
}

fn charmap_decode_bytes(bytes: &[u8], errors: Errors<'_>, mapping: &Object) -> PyResult<Ref<Str>> {
    let kernel = |input: &[u8], at: usize, out: &mut UnitsBuf| -> PyResult<Decoded> {
        if let Some(table) = mapping.downcast::<Str>() {
            return Ok(charmap::decode(input, at, table.units(), out));
        }
        for (start, byte) in input.iter().enumerate().skip(at) {
            if !character_of(mapping, *byte, out)? {
                return Ok(Err(DecodeError { start, end: start + 1, reason: UNDEFINED }));
            }
        }
        Ok(Ok(input.len()))
    };
    decode_loop("charmap", None, bytes, 0, errors.0, kernel).map(|(text, _)| text)
}

/// Decodes the escapes of bytes literals; the first invalid one is noted.
fn unescape(
    data: &[u8],
    errors: Errors<'_>,
    invalid: &mut Option<InvalidEscape>,
) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        let byte = data[at];
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(&kind) = data.get(at) else {
            return Err(value_error!("Trailing \\ in string"));
        };
        at += 1;
        let plain = match kind {
            b'\n' => continue,
            b'\\' | b'\'' | b'"' => kind,
            b'b' => 8,
            b'f' => 12,
            b't' => b'\t',
            b'n' => b'\n',
            b'r' => b'\r',
            b'v' => 11,
            b'a' => 7,
            b'0'..=b'7' => {
                let start = at - 1;
                let digits = data[start..].iter().take(3);
                let digits = digits.take_while(|byte| matches!(byte, b'0'..=b'7'));
                let (value, count) = digits.fold((0u32, 0), |(value, count), byte| {
                    (value << 3 | u32::from(byte - b'0'), count + 1)
                });
                at = start + count;
                if value > 0o377 {
                    invalid.get_or_insert(InvalidEscape::Octal { at: start, value });
                }
                value as u8
            }
            b'x' => match hex_pair(data, at) {
                Some(value) => {
                    at += 2;
                    value
                }
                None => {
                    wrong_hex(errors, at - 2, &mut out)?;
                    at += usize::from(data.get(at).is_some_and(u8::is_ascii_hexdigit));
                    continue;
                }
            },
            _ => {
                invalid.get_or_insert(InvalidEscape::Character { at: at - 1, byte: kind });
                out.push(b'\\');
                kind
            }
        };
        out.push(plain);
    }
    Ok(out)
}

fn hex_pair(data: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| char::from(*data.get(at)?).to_digit(16);
    Some((digit(at)? << 4 | digit(at + 1)?) as u8)
}

fn wrong_hex(errors: Errors<'_>, at: usize, out: &mut Vec<u8>) -> PyResult<()> {
    match errors.0 {
        None | Some("strict") => {
            return Err(value_error!("invalid \\x escape at position {at}"));
        }
        Some("replace") => out.push(b'?'),
        Some("ignore") => {}
        Some(other) => {
            return Err(value_error!("decoding error; unknown error handling code: {other:.400}"));
        }
    }
    Ok(())
}

/// The module `_codecs`.
#[pymodule(name = "_codecs")]
pub mod module {
    use super::*;

    #[pyfunction("($module, search_function, /)")]
    fn register(search_function: &Object) -> PyResult<()> {
        codecs::register(search_function)
    }

    #[pyfunction("($module, search_function, /)")]
    fn unregister(search_function: &Object) -> PyResult<()> {
        codecs::unregister(search_function)
    }

    #[pyfunction("($module, encoding, /)")]
    fn lookup(encoding: CText<'_>) -> PyResult<Ref<Tuple>> {
        codecs::lookup(encoding.0)
    }

    #[pyfunction("($module, /, obj, encoding='utf-8', errors='strict')")]
    fn encode(obj: &Object, encoding: CText<'_>, errors: Option<CText<'_>>) -> PyResult {
        codecs::encode(obj, encoding.0, errors.map(|errors| errors.0))
    }

    #[pyfunction("($module, /, obj, encoding='utf-8', errors='strict')")]
    fn decode(obj: &Object, encoding: CText<'_>, errors: Option<CText<'_>>) -> PyResult {
        codecs::decode(obj, encoding.0, errors.map(|errors| errors.0))
    }

    #[pyfunction("($module, data, errors=None, /)")]
    fn escape_encode(data: &Object, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        let _ = errors;
        let Some(bytes) = data.downcast::<Bytes>() else {
            return Err(Place::at("escape_encode", 1).bad_argument("bytes", data));
        };
        let escaped = gopy_core::bytes::common::escape(bytes.as_slice())?;
        Ok(pair(escaped.upcast(), bytes.as_slice().len()))
    }

    #[pyfunction("($module, data, errors=None, /)")]
    fn escape_decode(data: &Object, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        let data = bytes_or_text(data)?;
        let mut invalid = None;
        let plain = unescape(&data, errors, &mut invalid)?;
        if let Some(invalid) = invalid {
            codecs::warn_invalid_escape(invalid, "b")?;
        }
        Ok(pair(Bytes::new(&plain)?.upcast(), data.len()))
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn utf_8_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Utf8, str, errors)
    }

    #[pyfunction("($module, data, errors=None, final=False, /)")]
    fn utf_8_decode(data: &Object, errors: Errors<'_>, r#final: bool) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Utf8, data, errors, r#final)
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn utf_7_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Utf7, str, errors)
    }

    #[pyfunction("($module, data, errors=None, final=False, /)")]
    fn utf_7_decode(data: &Object, errors: Errors<'_>, r#final: bool) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Utf7, data, errors, r#final)
    }

    #[pyfunction("($module, str, errors=None, byteorder=0, /)")]
    fn utf_16_encode(str: &Str, errors: Errors<'_>, byteorder: i32) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Utf16(order(byteorder)), str, errors)
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn utf_16_le_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Utf16(Some(Endian::Little)), str, errors)
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn utf_16_be_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Utf16(Some(Endian::Big)), str, errors)
    }

    #[pyfunction("($module, data, errors=None, final=False, /)")]
    fn utf_16_decode(data: &Object, errors: Errors<'_>, r#final: bool) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Utf16(None), data, errors, r#final)
    }

    #[pyfunction("($module, data, errors=None, final=False, /)")]
    fn utf_16_le_decode(data: &Object, errors: Errors<'_>, r#final: bool) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Utf16(Some(Endian::Little)), data, errors, r#final)
    }

    #[pyfunction("($module, data, errors=None, final=False, /)")]
    fn utf_16_be_decode(data: &Object, errors: Errors<'_>, r#final: bool) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Utf16(Some(Endian::Big)), data, errors, r#final)
    }

    #[pyfunction("($module, data, errors=None, byteorder=0, final=False,\n                 /)")]
    fn utf_16_ex_decode(
        data: &Object,
        errors: Errors<'_>,
        byteorder: i32,
        r#final: bool,
    ) -> PyResult<Ref<Tuple>> {
        decoded_with_order(Encoding::Utf16(order(byteorder)), data, errors, byteorder, r#final)
    }

    #[pyfunction("($module, str, errors=None, byteorder=0, /)")]
    fn utf_32_encode(str: &Str, errors: Errors<'_>, byteorder: i32) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Utf32(order(byteorder)), str, errors)
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn utf_32_le_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Utf32(Some(Endian::Little)), str, errors)
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn utf_32_be_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Utf32(Some(Endian::Big)), str, errors)
    }

    #[pyfunction("($module, data, errors=None, final=False, /)")]
    fn utf_32_decode(data: &Object, errors: Errors<'_>, r#final: bool) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Utf32(None), data, errors, r#final)
    }

    #[pyfunction("($module, data, errors=None, final=False, /)")]
    fn utf_32_le_decode(data: &Object, errors: Errors<'_>, r#final: bool) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Utf32(Some(Endian::Little)), data, errors, r#final)
    }

    #[pyfunction("($module, data, errors=None, final=False, /)")]
    fn utf_32_be_decode(data: &Object, errors: Errors<'_>, r#final: bool) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Utf32(Some(Endian::Big)), data, errors, r#final)
    }

    #[pyfunction("($module, data, errors=None, byteorder=0, final=False,\n                 /)")]
    fn utf_32_ex_decode(
        data: &Object,
        errors: Errors<'_>,
        byteorder: i32,
        r#final: bool,
    ) -> PyResult<Ref<Tuple>> {
        decoded_with_order(Encoding::Utf32(order(byteorder)), data, errors, byteorder, r#final)
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn unicode_escape_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::UnicodeEscape, str, errors)
    }

    #[pyfunction("($module, data, errors=None, final=True, /)")]
    fn unicode_escape_decode(
        data: &Object,
        errors: Errors<'_>,
        r#final: bool,
    ) -> PyResult<Ref<Tuple>> {
        let data = bytes_or_text(data)?;
        let (text, used) = codecs::decode_with(Encoding::UnicodeEscape, &data, errors.0, r#final)?;
        Ok(pair(text.upcast(), used))
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn raw_unicode_escape_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::RawUnicodeEscape, str, errors)
    }

    #[pyfunction("($module, data, errors=None, final=True, /)")]
    fn raw_unicode_escape_decode(
        data: &Object,
        errors: Errors<'_>,
        r#final: bool,
    ) -> PyResult<Ref<Tuple>> {
        let data = bytes_or_text(data)?;
        let (text, used) =
            codecs::decode_with(Encoding::RawUnicodeEscape, &data, errors.0, r#final)?;
        Ok(pair(text.upcast(), used))
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn latin_1_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Latin1, str, errors)
    }

    #[pyfunction("($module, data, errors=None, /)")]
    fn latin_1_decode(data: &Object, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Latin1, data, errors, true)
    }

    #[pyfunction("($module, str, errors=None, /)")]
    fn ascii_encode(str: &Str, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        encoded(Encoding::Ascii, str, errors)
    }

    #[pyfunction("($module, data, errors=None, /)")]
    fn ascii_decode(data: &Object, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        decoded(Encoding::Ascii, data, errors, true)
    }

    #[pyfunction("($module, str, errors=None, mapping=None, /)")]
    fn charmap_encode(
        str: &Str,
        errors: Errors<'_>,
        mapping: Option<&Object>,
    ) -> PyResult<Ref<Tuple>> {
        match mapping {
            None => encoded(Encoding::Latin1, str, errors),
            Some(mapping) => {
                Ok(pair(charmap_encode_text(str, errors, mapping)?.upcast(), str.len()))
            }
        }
    }

    #[pyfunction("($module, data, errors=None, mapping=None, /)")]
    fn charmap_decode(
        data: &Object,
        errors: Errors<'_>,
        mapping: Option<&Object>,
    ) -> PyResult<Ref<Tuple>> {
        let Some(mapping) = mapping else { return decoded(Encoding::Latin1, data, errors, true) };
        let data = buffer::bytes_like(data)?;
        let text = charmap_decode_bytes(as_slice(&data), errors, mapping)?;
        Ok(pair(text.upcast(), data.len))
    }

    #[pyfunction("($module, map, /)")]
    fn charmap_build(map: &Str) -> PyResult {
        let length = map.len().min(256);
        if let Some(map) = EncodingMap::build(map.units().slice(0, length)) {
            let object = Object::header(&ENCODING_MAP);
            return Ok(memory::alloc(&ENCODING_MAP, EncodingMapObject { object, map })?.upcast());
        }
        let dict = Dict::new();
        for (byte, code) in map.units().slice(0, length).iter().enumerate() {
            let key = Int::from_i64(code.into()).upcast();
            dict.set_item(&key, &Int::from_u64(byte as u64).upcast())?;
        }
        Ok(dict.upcast())
    }

    #[pyfunction("($module, data, errors=None, /)")]
    fn readbuffer_encode(data: &Object, errors: Errors<'_>) -> PyResult<Ref<Tuple>> {
        let _ = errors;
        let data = bytes_or_text(data)?;
        Ok(pair(Bytes::new(&data)?.upcast(), data.len()))
    }

    #[pyfunction("($module, errors, handler, /)")]
    fn register_error(errors: &Str, handler: &Object) -> PyResult<()> {
        codecs::c_string(errors)?;
        codecs::register_error(errors, handler)
    }

    #[pyfunction("($module, errors, /)")]
    fn _unregister_error(errors: &Str) -> PyResult<bool> {
        codecs::c_string(errors)?;
        codecs::unregister_error(errors)
    }

    #[pyfunction("($module, name, /)")]
    fn lookup_error(name: CText<'_>) -> PyResult {
        codecs::lookup_error_handler(Some(name.0))
    }

    #[pyexec]
    fn exec(_module: &Object) -> PyResult<()> {
        type_::ready(&ENCODING_MAP)
    }
}

#[cfg(test)]
mod tests {
    use gopy_core::testing::{error_text, init};

    use super::*;

    #[track_caller]
    fn check<T: gopy_object::Instance>(result: PyResult<Ref<T>>, wanted: &str) {
        let shown = match result.and_then(|value| object::repr(value.as_object())) {
            Ok(text) => text.to_string(),
            Err(error) => error_text::<()>(Err(error)),
        };
        assert_eq!(shown, wanted);
    }

    const STRICT: Errors<'_> = Errors(None);

    #[test]
    fn charmaps() {
        let _runtime = init();
        let int = |value| Int::from_i64(value).upcast();
        let dict = Dict::new();
        dict.set_item(&int(97), &int(98)).expect("memory");
        dict.set_item(&int(63), &int(64)).expect("memory");
        let text = Str::new("a\u{1234}");
        check(charmap_encode_text(&text, Errors(Some("replace")), &dict), "b'b@'");
        check(
            charmap_encode_text(&text, STRICT, &dict),
            "UnicodeEncodeError: 'charmap' codec can't encode character '\\u1234' in position 1: \
             character maps to <undefined>",
        );
        dict.set_item(&int(97), &int(300)).expect("memory");
        check(
            charmap_encode_text(&text, STRICT, &dict),
            "TypeError: character mapping must be in range(256)",
        );
        check(charmap_decode_bytes(b"a", STRICT, &dict), "'\u{12c}'");
        check(
            charmap_decode_bytes(b"a", STRICT, &Str::new("x")),
            "UnicodeDecodeError: 'charmap' codec can't decode byte 0x61 in position 0: character \
             maps to <undefined>",
        );
    }

    #[test]
    fn escapes_of_bytes() {
        let _runtime = init();
        let unescaped = |data: &[u8], errors| {
            unescape(data, Errors(errors), &mut None).and_then(|bytes| Bytes::new(&bytes))
        };
        check(unescaped(b"\\x41\\101\\n\\q", None), r"b'AA\n\\q'");
        check(unescaped(b"\\x4", None), "ValueError: invalid \\x escape at position 0");
        check(unescaped(b"\\", None), "ValueError: Trailing \\ in string");
        check(unescaped(b"\\x4z", Some("ignore")), "b'z'");
        check(unescaped(b"\\x4z", Some("replace")), "b'?z'");
        check(
            unescaped(b"\\x4z", Some("foo")),
            "ValueError: decoding error; unknown error handling code: foo",
        );
    }

    #[test]
    fn byte_orders() {
        let _runtime = init();
        let data = Bytes::new(b"\xff\xfea\0").expect("memory");
        check(decoded_with_order(Encoding::Utf16(None), &data, STRICT, 0, false), "('a', 4, -1)");
        check(encoded(Encoding::Utf16(None), &Str::new("a"), STRICT), r"(b'\xff\xfea\x00', 1)");
        check(
            decoded(Encoding::Utf8, &Bytes::new(b"\xc3").expect("memory"), STRICT, false),
            "('', 0)",
        );
    }
}
