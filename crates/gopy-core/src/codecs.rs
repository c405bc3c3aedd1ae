//! Codecs: the registry, error handlers, and the built-in encodings without it.
//!
//! Answers to `Python/codecs.c` and the codec part of `Objects/unicodeobject.c`. The kernels are in
//! gopy-unicode; here errors meet handlers, which may run Python.

use gopy_object::native::{Binding, MethodDef, NativeCode};
use gopy_object::{Exception, Instance, Interpreter, Object, PyResult, Ref, Slot};
use gopy_unicode::codec::handlers::{self, Transformation};
use gopy_unicode::codec::{
    DecodeError, Decoded, EncodeError, Endian, escape, narrow, utf7, utf8, utf16, utf32,
};
use gopy_unicode::units::{Units, UnitsBuf};

use crate::bytes::Bytes;
use crate::dict::Dict;
use crate::error::{index_error, lookup_error, suppress, type_error, value_error};
use crate::int::Int;
use crate::list::List;
use crate::str::{Str, check_room, intern};
use crate::tuple::{self, Tuple};
use crate::{call, exceptions, id, none, object, warnings};

/// A string as C would take it: UTF-8 without NUL.
///
/// # Errors
///
/// `ValueError` "embedded null character", `UnicodeEncodeError`.
pub fn c_string(text: &Str) -> PyResult<&str> {
    let text = text.to_utf8()?;
    if text.contains('\0') {
        return Err(value_error!("embedded null character"));
    }
    Ok(text)
}

/// A built-in encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-7.
    Utf7,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// UTF-16; without a byte order it is the mark's, or this machine's.
    Utf16(Option<Endian>),
    /// UTF-32, likewise.
    Utf32(Option<Endian>),
    /// What string literals escape.
    UnicodeEscape,
    /// What raw string literals of Python 2 escaped.
    RawUnicodeEscape,
}

impl Encoding {
    /// Its name in errors.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf7 => "utf7",
            Encoding::Ascii => "ascii",
            Encoding::Latin1 => "latin-1",
            Encoding::Utf16(None) => "utf-16",
            Encoding::Utf16(Some(Endian::Little)) => "utf-16-le",
            Encoding::Utf16(Some(Endian::Big)) => "utf-16-be",
            Encoding::Utf32(None) => "utf-32",
            Encoding::Utf32(Some(Endian::Little)) => "utf-32-le",
            Encoding::Utf32(Some(Endian::Big)) => "utf-32-be",
            Encoding::UnicodeEscape => "unicodeescape",
            Encoding::RawUnicodeEscape => "rawunicodeescape",
        }
    }

    /// The encoding that `str.encode` and `bytes.decode` know by name without the registry.
    pub fn known(name: &str) -> Option<Encoding> {
        if name == "utf-8" {
            return Some(Encoding::Utf8);
        }
        if name.len() > 16 {
            return None;
        }
        match normalize(name).as_str() {
            "utf_8" | "utf8" => Some(Encoding::Utf8),
            "utf_16" | "utf16" => Some(Encoding::Utf16(None)),
            "utf_32" | "utf32" => Some(Encoding::Utf32(None)),
            "ascii" | "us_ascii" => Some(Encoding::Ascii),
            "latin1" | "latin_1" | "iso_8859_1" | "iso8859_1" => Some(Encoding::Latin1),
            _ => None,
        }
    }

    fn transformation(self) -> Option<Transformation> {
        match self {
            Encoding::Utf8 => Some(Transformation::Utf8),
            Encoding::Utf16(order) => Some(Transformation::Utf16(order.unwrap_or(Endian::NATIVE))),
            Encoding::Utf32(order) => Some(Transformation::Utf32(order.unwrap_or(Endian::NATIVE))),
            _ => None,
        }
    }

    /// Bytes of a unit.
    fn unit(self) -> usize {
        match self {
            Encoding::Utf16(_) => 2,
            Encoding::Utf32(_) => 4,
            _ => 1,
        }
    }

    fn encode_from(self, text: Units<'_>, at: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Encoding::Utf8 => utf8::encode(text, at, out),
            Encoding::Ascii => narrow::encode_ascii(text, at, out),
            Encoding::Latin1 => narrow::encode_latin1(text, at, out),
            Encoding::Utf16(order) => utf16::encode(text, at, order.unwrap_or(Endian::NATIVE), out),
            Encoding::Utf32(order) => utf32::encode(text, at, order.unwrap_or(Endian::NATIVE), out),
            Encoding::Utf7 => {
                utf7::encode(text, out);
                Ok(())
            }
            Encoding::UnicodeEscape => {
                escape::encode(text, out);
                Ok(())
            }
            Encoding::RawUnicodeEscape => {
                escape::encode_raw(text, out);
                Ok(())
            }
        }
    }

    /// Appends characters that the handler chose; false where the encoding lacks one.
    fn push_replacement(self, text: Units<'_>, out: &mut Vec<u8>) -> bool {
        match self {
            Encoding::Latin1 => self.encode_from(text, 0, out).is_ok(),
            _ if !text.is_ascii() => false,
            _ => self.encode_from(text, 0, out).is_ok(),
        }
    }
}

/// Lower case, with runs of everything but letters, digits and dots as one underscore.
fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut gap = false;
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'.' {
            if gap && !normal.is_empty() {
                normal.push('_');
            }
            gap = false;
            normal.push(char::from(byte.to_ascii_lowercase()));
        } else {
            gap = true;
        }
    }
    normal
}

/// The error handlers that need no call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Handler {
    Strict,
    Ignore,
    Replace,
    XmlCharRefReplace,
    BackslashReplace,
    NameReplace,
    SurrogateEscape,
    SurrogatePass,
    /// Whatever is registered.
    Other,
}

impl Handler {
    fn of(errors: Option<&str>) -> Handler {
        match errors {
            None | Some("strict") => Handler::Strict,
            Some("ignore") => Handler::Ignore,
            Some("replace") => Handler::Replace,
            Some("xmlcharrefreplace") => Handler::XmlCharRefReplace,
            Some("backslashreplace") => Handler::BackslashReplace,
            Some("surrogateescape") => Handler::SurrogateEscape,
            Some("surrogatepass") => Handler::SurrogatePass,
            Some(_) => Handler::Other,
        }
    }
}

/// Encodes a string; the handler may run Python.
///
/// # Errors
///
/// `UnicodeEncodeError`, or what the handler raises.
pub fn encode_with(encoding: Encoding, text: &Str, errors: Option<&str>) -> PyResult<Ref<Bytes>> {
    match encoding {
        Encoding::Utf8 => {
            if let Some(text) = text.as_ascii() {
                return Bytes::new(text.as_bytes());
            }
            check_room(text.len().saturating_mul(4))?;
            if let Some(text) = text.as_str() {
                return Bytes::new(text.as_bytes());
            }
        }
        Encoding::Ascii | Encoding::Latin1 if text.is_ascii() => {
            return Bytes::new(text.raw_bytes());
        }
        Encoding::Latin1 if text.char_size() == 1 => return Bytes::new(text.raw_bytes()),
        _ => {}
    }
    let widest = match encoding {
        Encoding::UnicodeEscape | Encoding::RawUnicodeEscape => 10,
        Encoding::Ascii | Encoding::Latin1 => 1,
        _ => 4,
    };
    check_room(text.len().saturating_mul(widest))?;
    let mut out = Vec::new();
    match encoding {
        Encoding::Utf16(None) if cfg!(target_endian = "little") => out.extend([0xFF, 0xFE]),
        Encoding::Utf32(None) if cfg!(target_endian = "little") => out.extend([0xFF, 0xFE, 0, 0]),
        Encoding::Utf16(None) => out.extend([0xFE, 0xFF]),
        Encoding::Utf32(None) => out.extend([0, 0, 0xFE, 0xFF]),
        _ => {}
    }
    let target = EncodeTarget {
        name: encoding.name(),
        unit: encoding.unit(),
        how: encoding.transformation(),
    };
    let kernel = |at, out: &mut Vec<u8>| Ok(encoding.encode_from(text.units(), at, out));
    let push = |units: Units<'_>, out: &mut Vec<u8>| Ok(encoding.push_replacement(units, out));
    encode_loop(&target, text, errors, kernel, push, &mut out)?;
    Bytes::new(&out)
}

/// What [`encode_loop`] knows of an encoding.
pub struct EncodeTarget<'a> {
    /// Its name in errors.
    pub name: &'a str,
    /// Bytes of a unit.
    pub unit: usize,
    /// How `surrogatepass` encodes.
    pub how: Option<Transformation>,
}

/// Runs an encoding kernel with error handling. `push` appends characters that a handler chose, and
/// answers false where the encoding lacks one. May run Python.
///
/// # Errors
///
/// `UnicodeEncodeError`, or what the handler, the kernel or `push` raise.
pub fn encode_loop(
    target: &EncodeTarget<'_>,
    text: &Str,
    errors: Option<&str>,
    mut kernel: impl FnMut(usize, &mut Vec<u8>) -> PyResult<Result<(), EncodeError>>,
    mut push: impl FnMut(Units<'_>, &mut Vec<u8>) -> PyResult<bool>,
    out: &mut Vec<u8>,
) -> PyResult<()> {
    let handler = Handler::of(errors);
    let (name, units) = (target.name, text.units());
    let mut at = 0;
    while let Err(error) = kernel(at, out)? {
        let wrong = units.slice(error.start, error.end);
        let raise = |start| {
            Err(exceptions::unicode_encode_error(name, text, start, error.end, error.reason))
        };
        at = error.end;
        match handler {
            Handler::Strict | Handler::NameReplace => return raise(error.start),
            Handler::Ignore => {}
            Handler::Replace => {
                for _ in error.start..error.end {
                    if !push(Units::Ucs1(b"?"), out)? {
                        return raise(error.start);
                    }
                }
            }
            Handler::XmlCharRefReplace | Handler::BackslashReplace => {
                let mut ascii = Vec::new();
                if handler == Handler::BackslashReplace {
                    handlers::backslashreplace_encode(wrong, &mut ascii);
                } else {
                    handlers::xmlcharrefreplace(wrong, &mut ascii);
                }
                if !push(Units::Ucs1(&ascii), out)? {
                    return raise(error.start);
                }
            }
            Handler::SurrogateEscape => {
                if target.unit != 1 {
                    return raise(error.start);
                }
                for (offset, code) in wrong.iter().enumerate() {
                    if !(0xDC80..0xDD00).contains(&code) {
                        return raise(error.start + offset);
                    }
                    out.push((code - 0xDC00) as u8);
                }
            }
            Handler::SurrogatePass => {
                match target.how.and_then(|how| handlers::surrogatepass_encode(how, wrong)) {
                    Some(bytes) => out.extend(bytes),
                    None => return raise(error.start),
                }
            }
            Handler::Other => {
                let (replacement, next) = call_encode_handler(name, text, errors, &error)?;
                at = next;
                if let Some(bytes) = replacement.downcast::<Bytes>() {
                    if bytes.as_slice().len() % target.unit != 0 {
                        return raise(error.start);
                    }
                    out.extend_from_slice(bytes.as_slice());
                } else if let Some(new) = replacement.downcast::<Str>()
                    && !push(new.units(), out)?
                {
                    return raise(error.start);
                }
            }
        }
    }
    Ok(())
}

/// Calls the registered handler for characters that can't be encoded: the replacement (`str` or
/// `bytes`) and where to go on. May run Python.
///
/// # Errors
///
/// What the handler raises; `TypeError` and `IndexError` for a wrong answer.
pub fn call_encode_handler(
    encoding: &str,
    text: &Str,
    errors: Option<&str>,
    error: &EncodeError,
) -> PyResult<(Ref, usize)> {
    const WRONG: &str = "encoding error handler must return (str/bytes, int) tuple";
    let handler = lookup_error_handler(errors)?;
    let exception =
        exceptions::unicode_encode_error(encoding, text, error.start, error.end, error.reason);
    let answer = call::call_one(&handler, exception.into_value().as_object())?;
    let (replacement, next) = unpack_answer(&answer, WRONG)?;
    if replacement.downcast::<Str>().is_none() && replacement.downcast::<Bytes>().is_none() {
        return Err(type_error!("{WRONG}"));
    }
    Ok((replacement, position(next, text.len())?))
}

/// The pair that a handler answers.
fn unpack_answer(answer: &Object, wrong: &str) -> PyResult<(Ref, isize)> {
    if let Some(pair) = answer.downcast::<Tuple>()
        && let [replacement, next] = pair.items()
        && next.downcast::<Int>().is_some()
    {
        let next = crate::number::index_as_ssize(next)?;
        return Ok((replacement.clone(), next));
    }
    Err(type_error!("{wrong}"))
}

fn position(next: isize, length: usize) -> PyResult<usize> {
    let place = if next < 0 { next + length as isize } else { next };
    match usize::try_from(place) {
        Ok(place) if place <= length => Ok(place),
        _ => Err(index_error!("position {place} from error handler out of bounds")),
    }
}

/// Decodes bytes; the handler may run Python. Answers how many bytes were used, which are all of
/// them if `last`.
///
/// # Errors
///
/// `UnicodeDecodeError`, or what the handler raises.
pub fn decode_with(
    encoding: Encoding,
    bytes: &[u8],
    errors: Option<&str>,
    last: bool,
) -> PyResult<(Ref<Str>, usize)> {
    match encoding {
        Encoding::Utf8 => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                return Ok((Str::try_new(text)?, bytes.len()));
            }
        }
        Encoding::Ascii if bytes.is_ascii() => {
            return Ok((Str::from_ucs1(bytes)?, bytes.len()));
        }
        Encoding::Latin1 => return Ok((Str::from_ucs1(bytes)?, bytes.len())),
        _ => {}
    }
    if let Encoding::Utf16(None) | Encoding::Utf32(None) = encoding {
        let (encoding, skip) = byte_order(encoding, bytes);
        // Positions in errors count the mark, so it is skipped by the start.
        let (text, used) = decode_kernel(encoding, bytes, skip, errors, last)?;
        return Ok((text, used));
    }
    decode_kernel(encoding, bytes, 0, errors, last)
}

/// The byte order that a mark or this machine gives, and the size of the mark.
pub fn byte_order(encoding: Encoding, bytes: &[u8]) -> (Encoding, usize) {
    match encoding {
        Encoding::Utf16(None) => {
            let mark = utf16::byte_order_mark(bytes);
            (Encoding::Utf16(mark.or(Some(Endian::NATIVE))), mark.map_or(0, |_| 2))
        }
        Encoding::Utf32(None) => {
            let mark = utf32::byte_order_mark(bytes);
            (Encoding::Utf32(mark.or(Some(Endian::NATIVE))), mark.map_or(0, |_| 4))
        }
        other => (other, 0),
    }
}

fn decode_kernel(
    encoding: Encoding,
    bytes: &[u8],
    start: usize,
    errors: Option<&str>,
    last: bool,
) -> PyResult<(Ref<Str>, usize)> {
    // Four bytes for each of the widest characters, or of the replacements.
    check_room(bytes.len().saturating_mul(4))?;
    let mut invalid = None;
    let result = decode_loop(
        encoding.name(),
        encoding.transformation(),
        bytes,
        start,
        errors,
        |input, at, out| {
            Ok(match encoding {
                Encoding::Utf8 => utf8::decode(input, at, last, out),
                Encoding::Utf7 => utf7::decode(input, at, last, out),
                Encoding::Ascii => narrow::decode_ascii(input, at, out),
                Encoding::Latin1 => {
                    narrow::decode_latin1(&input[at.min(input.len())..], out);
                    Ok(input.len())
                }
                Encoding::Utf16(order) => {
                    utf16::decode(input, at, last, order.unwrap_or(Endian::NATIVE), out)
                }
                Encoding::Utf32(order) => {
                    utf32::decode(input, at, last, order.unwrap_or(Endian::NATIVE), out)
                }
                Encoding::UnicodeEscape => escape::decode(input, at, last, &mut invalid, out),
                Encoding::RawUnicodeEscape => escape::decode_raw(input, at, last, out),
            })
        },
    )?;
    if let Some(invalid) = invalid {
        warn_invalid_escape(invalid, "")?;
    }
    Ok(result)
}

/// Warns of an escape that means nothing; `prefix` is the literal's.
///
/// # Errors
///
/// The warning, where it is an error.
pub fn warn_invalid_escape(invalid: escape::InvalidEscape, prefix: &str) -> PyResult<()> {
    const WORSE: &str = "Such sequences will not work in the future. ";
    let message = match invalid {
        escape::InvalidEscape::Character { byte, .. } => {
            format!("{prefix}\"\\{}\" is an invalid escape sequence. {WORSE}", char::from(byte))
        }
        escape::InvalidEscape::Octal { value, .. } => {
            format!("{prefix}\"\\{value:o}\" is an invalid octal escape sequence. {WORSE}")
        }
    };
    warnings::warn(&exceptions::DEPRECATION_WARNING, &message, 1)
}

/// Runs a decoding kernel with error handling, from byte `start` on.
///
/// # Errors
///
/// `UnicodeDecodeError`, or what the handler raises.
pub fn decode_loop(
    name: &str,
    how: Option<Transformation>,
    bytes: &[u8],
    start: usize,
    errors: Option<&str>,
    mut kernel: impl FnMut(&[u8], usize, &mut UnitsBuf) -> PyResult<Decoded>,
) -> PyResult<(Ref<Str>, usize)> {
    let handler = Handler::of(errors);
    let mut out = UnitsBuf::new();
    let mut at = start;
    // A handler may put another object in the place of the input.
    let mut replaced: Option<Ref<Bytes>> = None;
    loop {
        let input = replaced.as_ref().map_or(bytes, |bytes| bytes.as_slice());
        let error = match kernel(input, at, &mut out)? {
            Ok(used) => return Ok((Str::from_units(out.as_units())?, used)),
            Err(error) => error,
        };
        let wrong = &input[error.start..error.end];
        let mut object_now = None;
        let next = match handler {
            Handler::Ignore => Some(error.end),
            Handler::Replace => {
                out.push(0xFFFD);
                Some(error.end)
            }
            Handler::BackslashReplace => {
                handlers::backslashreplace_decode(wrong, &mut out);
                Some(error.end)
            }
            Handler::SurrogateEscape => {
                handlers::surrogateescape_decode(wrong, &mut out).map(|count| error.start + count)
            }
            Handler::SurrogatePass => how
                .and_then(|how| handlers::surrogatepass_decode(how, &input[error.start..]))
                .map(|(code, count)| {
                    out.push(code);
                    error.start + count
                }),
            Handler::Other => {
                let (text, next, object) = call_decode_handler(name, input, errors, &error)?;
                out.extend(text.units());
                object_now = Some(object);
                Some(next)
            }
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None if handler == Handler::XmlCharRefReplace => {
                let exception = decode_error(name, input, &error).into_value();
                return Err(wrong_exception(exception.as_object()));
            }
            None => return Err(decode_error(name, input, &error)),
        }
        if object_now.is_some() {
            replaced = object_now;
        }
    }
}

#[cold]
fn decode_error(name: &str, input: &[u8], error: &DecodeError) -> Exception {
    exceptions::unicode_decode_error(name, input, error.start, error.end, error.reason)
}

/// Calls the registered handler for bytes that can't be decoded: the replacement, where to go on,
/// and the input from now on. May run Python.
fn call_decode_handler(
    encoding: &str,
    bytes: &[u8],
    errors: Option<&str>,
    error: &DecodeError,
) -> PyResult<(Ref<Str>, usize, Ref<Bytes>)> {
    const WRONG: &str = "decoding error handler must return (str, int) tuple";
    let handler = lookup_error_handler(errors)?;
    let exception = decode_error(encoding, bytes, error).into_value();
    let answer = call::call_one(&handler, exception.as_object())?;
    let (replacement, next) = unpack_answer(&answer, WRONG)?;
    let Ok(replacement) = replacement.downcast_ref::<Str>() else {
        return Err(type_error!("{WRONG}"));
    };
    let object = object::get_attr(exception.as_object(), id!(object))?;
    let Ok(object) = object.downcast_ref::<Bytes>() else {
        return Err(type_error!("exception attribute object must be bytes"));
    };
    let next = position(next, object.as_slice().len())?;
    Ok((replacement, next, object))
}

/// `str.encode`. May run Python.
///
/// # Errors
///
/// `LookupError`, `UnicodeEncodeError`, what codec and handler raise.
pub fn encode_text(
    text: &Str,
    encoding: Option<&str>,
    errors: Option<&str>,
) -> PyResult<Ref<Bytes>> {
    let encoding = encoding.unwrap_or("utf-8");
    if let Some(known) = Encoding::known(encoding) {
        return encode_with(known, text, errors);
    }
    let codec = lookup_text(encoding, "codecs.encode()")?;
    let result = run_codec(&codec, Direction::Encode, text, encoding, errors)?;
    match result.downcast_ref::<Bytes>() {
        Ok(bytes) => Ok(bytes),
        Err(other) if &*other.type_name() == "bytearray" => {
            warnings::warn(
                &exceptions::RUNTIME_WARNING,
                &format!(
                    "encoder {encoding} returned bytearray instead of bytes; \
                     use codecs.encode() to encode to arbitrary types"
                ),
                1,
            )?;
            let buffer = crate::buffer::bytes_like(&other)?;
            Bytes::new(crate::buffer::as_slice(&buffer))
        }
        Err(other) => Err(type_error!(
            "'{encoding:.400}' encoder returned '{:.400}' instead of 'bytes'; \
             use codecs.encode() to encode to arbitrary types",
            other.type_name()
        )),
    }
}

/// `bytes.decode`. May run Python.
///
/// # Errors
///
/// `LookupError`, `UnicodeDecodeError`, what codec and handler raise.
pub fn decode_text(
    bytes: &[u8],
    encoding: Option<&str>,
    errors: Option<&str>,
) -> PyResult<Ref<Str>> {
    let encoding = encoding.unwrap_or("utf-8");
    if let Some(known) = Encoding::known(encoding) {
        return decode_with(known, bytes, errors, true).map(|(text, _)| text);
    }
    let codec = lookup_text(encoding, "codecs.decode()")?;
    // Decoders are given a view, as in CPython; it is one of a copy, which nobody can change.
    let copy = Bytes::new(bytes)?;
    let input = crate::memoryview::new(&copy)?;
    let result = run_codec(&codec, Direction::Decode, &input, encoding, errors)?;
    match result.downcast_ref::<Str>() {
        Ok(text) => Ok(text),
        Err(other) => Err(type_error!(
            "'{encoding:.400}' decoder returned '{:.400}' instead of 'str'; \
             use codecs.decode() to decode to arbitrary types",
            other.type_name()
        )),
    }
}

/// Which function of a codec.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Encode,
    Decode,
}

/// Calls a codec's encoder or decoder; failures get a note.
fn run_codec(
    codec: &Tuple,
    direction: Direction,
    object: &Object,
    encoding: &str,
    errors: Option<&str>,
) -> PyResult {
    let function = codec.items()[direction as usize].clone();
    let errors = errors.map(Str::new);
    let result = match &errors {
        Some(errors) => call::call(&function, &[object, errors]),
        None => call::call_one(&function, object),
    };
    let result = result.map_err(|error| {
        let operation = if direction == Direction::Encode { "encoding" } else { "decoding" };
        let note = Str::new(&format!("{operation} with '{encoding}' codec failed"));
        let exception = error.into_value();
        match call::call_method(exception.as_object(), id!(add_note), &[&note]) {
            Ok(_) => Exception::resume(exception),
            Err(error) => error,
        }
    })?;
    match result.downcast::<Tuple>().map(|pair| pair.items()) {
        Some([value, _]) => Ok(value.clone()),
        _ if direction == Direction::Encode => {
            Err(type_error!("encoder must return a tuple (object, integer)"))
        }
        _ => Err(type_error!("decoder must return a tuple (object,integer)")),
    }
}

/// `codecs.encode`. May run Python.
pub fn encode(object: &Object, encoding: &str, errors: Option<&str>) -> PyResult {
    run_codec(&*lookup(encoding)?, Direction::Encode, object, encoding, errors)
}

/// `codecs.decode`. May run Python.
pub fn decode(object: &Object, encoding: &str, errors: Option<&str>) -> PyResult {
    run_codec(&*lookup(encoding)?, Direction::Decode, object, encoding, errors)
}

fn made<T: Instance>(slot: &Slot, make: fn() -> Ref<T>) -> Ref {
    if let Some(value) = slot.get() {
        return value;
    }
    let value = make().upcast();
    slot.set(Some(value.clone()));
    value
}

fn search_path() -> Ref {
    made(&Interpreter::current().codecs[0], List::new)
}

fn cache() -> Ref {
    made(&Interpreter::current().codecs[1], Dict::new)
}

/// The registered error handlers, with those of the language.
fn error_registry() -> PyResult<Ref> {
    let slot = &Interpreter::current().codecs[2];
    if let Some(registry) = slot.get() {
        return Ok(registry);
    }
    let registry = Dict::new();
    for (name, def) in HANDLERS {
        let function = crate::builtin::BuiltinFunction::new(def, None, None)?;
        registry.set_str(&Str::new(name), &function)?;
    }
    let registry = registry.upcast();
    slot.set(Some(registry.clone()));
    Ok(registry)
}

fn as_dict(object: &Object) -> PyResult<&Dict> {
    object.downcast::<Dict>().ok_or_else(|| type_error!("the codec registry is no dict"))
}

/// `codecs.register`
///
/// # Errors
///
/// `TypeError` "argument must be callable".
pub fn register(search_function: &Object) -> PyResult<()> {
    if !object::is_callable(search_function) {
        return Err(type_error!("argument must be callable"));
    }
    match search_path().downcast::<List>() {
        Some(path) => path.push(search_function.to_ref()),
        None => Ok(()),
    }
}

/// `codecs.unregister`
pub fn unregister(search_function: &Object) -> PyResult<()> {
    let path = search_path();
    let Some(path) = path.downcast::<List>() else { return Ok(()) };
    for index in 0..path.len() {
        if path.get(index).is_some_and(|item| item.is(search_function)) {
            if let Some(cache) = cache().downcast::<Dict>() {
                cache.clear_items();
            }
            path.delete_range(index, index + 1);
            break;
        }
    }
    Ok(())
}

/// The codec of a name: a tuple of four. May run Python.
///
/// # Errors
///
/// `LookupError`, what search functions raise.
pub fn lookup(encoding: &str) -> PyResult<Ref<Tuple>> {
    let key = intern(Str::new(&normalize(encoding)));
    let cache = cache();
    if let Some(found) = as_dict(&cache)?.get_item(&key)?
        && let Ok(codec) = found.downcast_ref::<Tuple>()
    {
        return Ok(codec);
    }
    let path = search_path();
    let Some(path) = path.downcast::<List>() else { return Err(unknown(encoding)) };
    if path.is_empty() {
        return Err(lookup_error!("no codec search functions registered: can't find encoding"));
    }
    let mut index = 0;
    while let Some(search) = path.get(index) {
        index += 1;
        let found = call::call_one(&search, &key)?;
        if none::is_none(&found) {
            continue;
        }
        let codec = match found.downcast_ref::<Tuple>() {
            Ok(codec) if codec.len() == 4 => codec,
            _ => return Err(type_error!("codec search functions must return 4-tuples")),
        };
        as_dict(&cache)?.set_item(&key, codec.as_object())?;
        return Ok(codec);
    }
    Err(unknown(encoding))
}

#[cold]
fn unknown(encoding: &str) -> Exception {
    lookup_error!("unknown encoding: {encoding}")
}

/// The codec of a text encoding (`_PyCodec_LookupTextEncoding`). May run Python.
///
/// # Errors
///
/// As [`lookup`]; `LookupError` for codecs from bytes to bytes and from text to text.
pub fn lookup_text(encoding: &str, alternative: &str) -> PyResult<Ref<Tuple>> {
    let codec = lookup(encoding)?;
    if codec.as_object().is_exact(&tuple::TUPLE) {
        return Ok(codec);
    }
    let flag = suppress(
        object::get_attr_opt(codec.as_object(), id!(_is_text_encoding)),
        &exceptions::ATTRIBUTE_ERROR,
    )?;
    if let Some(flag) = flag.flatten()
        && !object::is_true(&flag)?
    {
        return Err(lookup_error!(
            "'{encoding:.400}' is not a text encoding; use {alternative} to handle arbitrary codecs"
        ));
    }
    Ok(codec)
}

/// `codecs.register_error`
///
/// # Errors
///
/// `TypeError` "handler must be callable".
pub fn register_error(name: &Str, handler: &Object) -> PyResult<()> {
    if !object::is_callable(handler) {
        return Err(type_error!("handler must be callable"));
    }
    let registry = error_registry()?;
    as_dict(&registry)?.set_item(name, handler)
}

/// `_codecs._unregister_error`: whether there was such a handler.
///
/// # Errors
///
/// `ValueError` for the handlers of the language.
pub fn unregister_error(name: &Str) -> PyResult<bool> {
    if HANDLERS.iter().any(|(known, _)| name.eq_str(known)) {
        return Err(value_error!("cannot un-register built-in error handler '{name}'"));
    }
    let registry = error_registry()?;
    Ok(as_dict(&registry)?.pop(name)?.is_some())
}

/// `codecs.lookup_error`
///
/// # Errors
///
/// `LookupError` "unknown error handler name".
pub fn lookup_error_handler(name: Option<&str>) -> PyResult {
    let name = name.unwrap_or("strict");
    let registry = error_registry()?;
    match as_dict(&registry)?.get_item(&Str::new(name))? {
        Some(handler) => Ok(handler),
        None => Err(lookup_error!("unknown error handler name '{name:.400}'")),
    }
}

/// What the handlers read from an exception.
enum Failure {
    Encode(Ref<Str>),
    Decode(Ref<Bytes>),
    Translate(Ref<Str>),
}

struct Details {
    failure: Failure,
    start: usize,
    end: usize,
}

/// Reads the exception a handler was given. Pure but for odd `__getattribute__`s.
fn details(exception: &Object) -> PyResult<Details> {
    let is = |ty| exception.is_instance(ty);
    let text = |object: Ref| {
        object.downcast_ref::<Str>().map_err(|_| type_error!("object attribute must be unicode"))
    };
    let get = |name| object::get_attr(exception, name);
    let failure = if is(&exceptions::UNICODE_ENCODE_ERROR) {
        Failure::Encode(text(get(id!(object))?)?)
    } else if is(&exceptions::UNICODE_DECODE_ERROR) {
        let bytes = get(id!(object))?.downcast_ref::<Bytes>();
        Failure::Decode(bytes.map_err(|_| type_error!("object attribute must be bytes"))?)
    } else if is(&exceptions::UNICODE_TRANSLATE_ERROR) {
        Failure::Translate(text(get(id!(object))?)?)
    } else {
        return Err(wrong_exception(exception));
    };
    let length = match &failure {
        Failure::Encode(text) | Failure::Translate(text) => text.len(),
        Failure::Decode(bytes) => bytes.as_slice().len(),
    };
    let number = |name| -> PyResult<isize> { crate::number::index_as_ssize(&*get(name)?) };
    let start = (number(id!(start))?.max(0) as usize).min(length.saturating_sub(1));
    let end = (number(id!(end))?.max(1) as usize).min(length);
    Ok(Details { failure, start, end: end.max(start) })
}

#[cold]
fn wrong_exception(exception: &Object) -> Exception {
    type_error!("don't know how to handle {:.200} in error callback", exception.type_name())
}

fn reraise(exception: &Object) -> PyResult {
    match exception.to_ref().downcast_ref::<gopy_object::BaseException>() {
        Ok(exception) => Err(Exception::raise(exception)),
        Err(_) => Err(type_error!("codec must pass exception instance")),
    }
}

fn answer(text: &UnitsBuf, end: usize) -> PyResult {
    let text = Str::from_units(text.as_units())?.upcast();
    Ok(tuple::from_array([text, Int::from_u64(end as u64).upcast()]).upcast())
}

/// The handlers of the language as functions of the exception.
fn handle(handler: Handler, exception: &Object) -> PyResult {
    if handler == Handler::Strict {
        return reraise(exception);
    }
    let Details { failure, start, end } = details(exception)?;
    let mut out = UnitsBuf::new();
    let mut ascii = Vec::new();
    match (handler, &failure) {
        (Handler::Ignore, _) => {}
        (Handler::Replace, Failure::Encode(_)) => out.fill(u32::from('?'), end - start),
        (Handler::Replace, Failure::Decode(_)) => out.push(0xFFFD),
        (Handler::Replace, Failure::Translate(_)) => out.fill(0xFFFD, end - start),
        (Handler::BackslashReplace, Failure::Decode(bytes)) => {
            handlers::backslashreplace_decode(&bytes.as_slice()[start..end], &mut out);
        }
        (Handler::BackslashReplace, Failure::Encode(text) | Failure::Translate(text)) => {
            handlers::backslashreplace_encode(text.units().slice(start, end), &mut ascii);
        }
        (Handler::XmlCharRefReplace, Failure::Encode(text)) => {
            handlers::xmlcharrefreplace(text.units().slice(start, end), &mut ascii);
        }
        (Handler::NameReplace, Failure::Encode(text)) => {
            handlers::namereplace(text.units().slice(start, end), &mut ascii);
        }
        (Handler::SurrogateEscape, Failure::Encode(text)) => {
            return match handlers::surrogateescape_encode(text.units().slice(start, end)) {
                Some(bytes) => answer_bytes(&bytes, end),
                None => reraise(exception),
            };
        }
        (Handler::SurrogateEscape, Failure::Decode(bytes)) => {
            let wrong = &bytes.as_slice()[start..end];
            return match handlers::surrogateescape_decode(wrong, &mut out) {
                Some(count) => answer(&out, start + count),
                None => reraise(exception),
            };
        }
        (Handler::SurrogatePass, Failure::Encode(_) | Failure::Decode(_)) => {
            return surrogatepass(exception, &failure, start, end);
        }
        _ => return Err(wrong_exception(exception)),
    }
    out.extend(Units::Ucs1(&ascii));
    answer(&out, end)
}

fn answer_bytes(bytes: &[u8], end: usize) -> PyResult {
    let bytes = Bytes::new(bytes)?.upcast();
    Ok(tuple::from_array([bytes, Int::from_u64(end as u64).upcast()]).upcast())
}

fn surrogatepass(exception: &Object, failure: &Failure, start: usize, end: usize) -> PyResult {
    let encoding = object::get_attr(exception, id!(encoding))?;
    let name = encoding.downcast::<Str>().and_then(Str::as_str).unwrap_or("");
    let Some(how) = Transformation::from_name(name) else { return reraise(exception) };
    match failure {
        Failure::Encode(text) => {
            match handlers::surrogatepass_encode(how, text.units().slice(start, end)) {
                Some(bytes) => answer_bytes(&bytes, end),
                None => reraise(exception),
            }
        }
        Failure::Decode(bytes) => {
            match handlers::surrogatepass_decode(how, &bytes.as_slice()[start..]) {
                Some((code, count)) => {
                    let mut out = UnitsBuf::new();
                    out.push(code);
                    answer(&out, start + count)
                }
                None => reraise(exception),
            }
        }
        Failure::Translate(_) => Err(wrong_exception(exception)),
    }
}

macro_rules! handler_table {
    ($($name:literal $function:literal $handler:ident;)*) => {
        /// The handlers that are registered from the start.
        static HANDLERS: &[(&str, &MethodDef)] = &[$((
            $name,
            &MethodDef {
                name: $function,
                text_signature: None,
                doc: None,
                code: NativeCode::One(|_module, exception| handle(Handler::$handler, exception)),
                binding: Binding::Instance,
                coexist: false,
            },
        ),)*];
    };
}

handler_table! {
    "strict" "strict_errors" Strict;
    "ignore" "ignore_errors" Ignore;
    "replace" "replace_errors" Replace;
    "xmlcharrefreplace" "xmlcharrefreplace_errors" XmlCharRefReplace;
    "backslashreplace" "backslashreplace_errors" BackslashReplace;
    "namereplace" "namereplace_errors" NameReplace;
    "surrogatepass" "surrogatepass" SurrogatePass;
    "surrogateescape" "surrogateescape" SurrogateEscape;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (name, wanted) in
            [("UTF-8", "utf_8"), ("  Latin 1 ", "latin_1"), ("iso--8859.1", "iso_8859.1"), ("", "")]
        {
            assert_eq!(normalize(name), wanted);
        }
        assert_eq!(Encoding::known("U8"), None);
        assert_eq!(Encoding::known("Utf_8"), Some(Encoding::Utf8));
        assert_eq!(Encoding::known("ISO-8859-1"), Some(Encoding::Latin1));
    }
}
