//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`: one layout, three types.

pub use decode::{UNICODE_DECODE_ERROR, UnicodeDecodeError};
pub use encode::{UNICODE_ENCODE_ERROR, UnicodeEncodeError};
pub use translate::{UNICODE_TRANSLATE_ERROR, UnicodeTranslateError};

use std::cell::Cell;

use gopy_object::native::MemberDef;
use gopy_object::{Args, BaseException, Exception, Instance, Object, PyResult, Ref, Slot, Slots};

use super::{UNICODE_ERROR, base, complex, raise, ssize};
use crate::bytes::Bytes;
use crate::error::{overflow_error, type_error};
use crate::int::Int;
use crate::none;
use crate::str::{Str, StrBuilder};
use crate::{buffer, number, object, tuple};

/// Declares one of the three types; they differ in `__init__` and `__str__`.
macro_rules! unicode {
    ($module:ident $(#[$doc:meta])* $struct:ident $statik:ident $text:literal $init:path, $str:path) => {
        mod $module {
            use super::*;

            complex! {
                $(#[$doc])*
                $struct: BaseException, $statik, $text, UNICODE_ERROR, 112, {
                    /// `encoding`.
                    encoding: Slot,
                    /// `object`.
                    object: Slot,
                    /// `start`.
                    start: Cell<isize>,
                    /// `end`.
                    end: Cell<isize>,
                    /// `reason`.
                    reason: Slot,
                }
            }

            impl $struct {
                const METHODS: &'static [gopy_object::native::MethodDef] = &[];
                const GETSETS: &'static [gopy_object::native::GetSetDef] = &[];
                const MEMBERS: &'static [MemberDef] = MEMBERS;

                fn fill_slots(slots: &Slots) {
                    slots.new.set(Some(base::new));
                    slots.init.set(Some($init));
                    slots.str.set(Some($str));
                }

                /// The fields that the three types share.
                pub fn fields(&self) -> &Fields {
                    fields(gopy_object::Instance::as_object(self))
                }
            }

            const _: () = assert!(size_of::<$struct>() == size_of::<Fields>());
        }
    };
}

unicode!(encode
    /// `UnicodeEncodeError`.
    UnicodeEncodeError UNICODE_ENCODE_ERROR "UnicodeEncodeError" init_encode, str_encode);
unicode!(decode
    /// `UnicodeDecodeError`.
    UnicodeDecodeError UNICODE_DECODE_ERROR "UnicodeDecodeError" init_decode, str_decode);
unicode!(translate
    /// `UnicodeTranslateError`.
    UnicodeTranslateError UNICODE_TRANSLATE_ERROR "UnicodeTranslateError" init_translate, str_translate);

/// The layout of all three types.
#[repr(C)]
pub struct Fields {
    base: BaseException,
    /// `encoding`.
    pub encoding: Slot,
    /// `object`.
    pub object: Slot,
    /// `start`.
    pub start: Cell<isize>,
    /// `end`.
    pub end: Cell<isize>,
    /// `reason`.
    pub reason: Slot,
}

/// The fields of an instance of one of the three types.
fn fields(object: &Object) -> &Fields {
    debug_assert!(object.is_instance(&UNICODE_ERROR));
    // SAFETY: called by slots and descriptors of the three types, whose structs are `repr(C)` with
    // these very fields.
    unsafe { &*std::ptr::from_ref(object).cast::<Fields>() }
}

impl Fields {
    /// The fields of an object, where it is an instance of one of the three types.
    pub fn of(object: &Object) -> Option<&Fields> {
        let known = [&UNICODE_ENCODE_ERROR, &UNICODE_DECODE_ERROR, &UNICODE_TRANSLATE_ERROR];
        known.iter().any(|ty| object.is_instance(ty)).then(|| fields(object))
    }

    /// `object` as text.
    ///
    /// # Errors
    ///
    /// `TypeError` where it has been replaced.
    pub fn text(&self) -> PyResult<Ref<Str>> {
        let Some(object) = self.object.get() else { return Err(not_set("object")) };
        object
            .downcast_ref()
            .map_err(|_| type_error!("UnicodeError 'object' attribute must be a string"))
    }

    /// `object` as bytes.
    ///
    /// # Errors
    ///
    /// `TypeError` where it has been replaced.
    pub fn bytes(&self) -> PyResult<Ref<Bytes>> {
        let Some(object) = self.object.get() else { return Err(not_set("object")) };
        object
            .downcast_ref()
            .map_err(|_| type_error!("UnicodeError 'object' attribute must be a bytes"))
    }

    /// `encoding` as text.
    ///
    /// # Errors
    ///
    /// `TypeError` where it has been replaced.
    pub fn encoding_text(&self) -> PyResult<Ref<Str>> {
        let Some(encoding) = self.encoding.get() else { return Err(not_set("encoding")) };
        encoding
            .downcast_ref()
            .map_err(|_| type_error!("UnicodeError 'encoding' attribute must be a string"))
    }

    /// `start` and `end`, clipped to an object of `len` items.
    pub fn range(&self, len: usize) -> (usize, usize) {
        let len = len as isize;
        let start = self.start.get().max(0).min((len - 1).max(0));
        let end = self.end.get().max(1).min(len);
        (start as usize, end as usize)
    }

    /// The one item that is reported, where it is just one within the object.
    fn single(&self, len: usize) -> Option<usize> {
        let (start, end) = (self.start.get(), self.end.get());
        let len = len as isize;
        let within = (0..len).contains(&start) && (0..=len).contains(&end);
        (within && end == start + 1).then_some(start as usize)
    }
}

#[cold]
fn not_set(name: &str) -> Exception {
    type_error!("UnicodeError '{name}' attribute is not set")
}

macro_rules! object_field {
    ($name:literal, $field:ident) => {
        MemberDef {
            name: $name,
            doc: None,
            get: |object| Ok(fields(object).$field.get().unwrap_or_else(none::none)),
            set: Some(|object, value| {
                fields(object).$field.set(value.map(Ref::from_borrow));
                Ok(())
            }),
        }
    };
}

macro_rules! index_field {
    ($name:literal, $field:ident) => {
        MemberDef {
            name: $name,
            doc: None,
            get: |object| Ok(ssize(fields(object).$field.get())),
            set: Some(|object, value| {
                fields(object).$field.set(index_member(value)?);
                Ok(())
            }),
        }
    };
}

/// The value for a `Py_ssize_t` member.
fn index_member(value: Option<&Object>) -> PyResult<isize> {
    let Some(value) = value else {
        return Err(type_error!("can't delete numeric/char attribute"));
    };
    let Some(value) = value.downcast::<Int>() else {
        return Err(type_error!("an integer is required"));
    };
    match value.to_i64() {
        Some(value) => Ok(value as isize),
        None => Err(overflow_error!("Python int too large to convert to C ssize_t")),
    }
}

static MEMBERS: &[MemberDef] = &[
    object_field!("encoding", encoding),
    object_field!("object", object),
    index_field!("start", start),
    index_field!("end", end),
    object_field!("reason", reason),
];

fn check_count(args: Args<'_>, count: usize) -> PyResult<()> {
    if args.len() == count {
        return Ok(());
    }
    Err(type_error!("function takes exactly {count} arguments ({} given)", args.len()))
}

/// Argument `index`, which `check_count` has seen.
fn argument<'a>(args: Args<'a>, index: usize) -> &'a Object {
    args.positional()[index].object()
}

fn text_argument<'a>(args: Args<'a>, index: usize) -> PyResult<&'a Object> {
    let arg = argument(args, index);
    if arg.downcast::<Str>().is_some() {
        return Ok(arg);
    }
    let found = if none::is_none(arg) { "None".to_owned() } else { arg.type_name().to_string() };
    Err(type_error!("argument {} must be str, not {found:.50}", index + 1))
}

fn fill(
    object: &Object,
    encoding: Option<&Object>,
    subject: Ref,
    (start, end): (isize, isize),
    reason: &Object,
) {
    let this = fields(object);
    if let Some(encoding) = encoding {
        this.encoding.set(Some(encoding.to_ref()));
    }
    this.object.set(Some(subject));
    this.start.set(start);
    this.end.set(end);
    this.reason.set(Some(reason.to_ref()));
}

fn init_encode(object: &Object, args: Args<'_>) -> PyResult<()> {
    base::init(object, args)?;
    check_count(args, 5)?;
    let encoding = text_argument(args, 0)?;
    let subject = text_argument(args, 1)?;
    let start = number::index_as_ssize(argument(args, 2))?;
    let end = number::index_as_ssize(argument(args, 3))?;
    let reason = text_argument(args, 4)?;
    fill(object, Some(encoding), subject.to_ref(), (start, end), reason);
    Ok(())
}

fn init_decode(object: &Object, args: Args<'_>) -> PyResult<()> {
    base::init(object, args)?;
    check_count(args, 5)?;
    let encoding = text_argument(args, 0)?;
    let subject = argument(args, 1);
    let start = number::index_as_ssize(argument(args, 2))?;
    let end = number::index_as_ssize(argument(args, 3))?;
    let reason = text_argument(args, 4)?;
    let subject = if subject.downcast::<Bytes>().is_some() {
        subject.to_ref()
    } else {
        let view = buffer::bytes_like(subject)?;
        Bytes::new(buffer::as_slice(&view))?.upcast()
    };
    fill(object, Some(encoding), subject, (start, end), reason);
    Ok(())
}

fn init_translate(object: &Object, args: Args<'_>) -> PyResult<()> {
    base::init(object, args)?;
    check_count(args, 4)?;
    let subject = text_argument(args, 0)?;
    let start = number::index_as_ssize(argument(args, 1))?;
    let end = number::index_as_ssize(argument(args, 2))?;
    let reason = text_argument(args, 3)?;
    fill(object, None, subject.to_ref(), (start, end), reason);
    Ok(())
}

fn text_of(slot: &Slot) -> PyResult<Ref<Str>> {
    object::str(&slot.get().unwrap_or_else(none::none))
}

/// `'\xe9'`, `'\u1234'`, `'\U00012345'`.
fn escaped(point: u32) -> String {
    match point {
        0..=0xff => format!("'\\x{point:02x}'"),
        0x100..=0xffff => format!("'\\u{point:04x}'"),
        _ => format!("'\\U{point:08x}'"),
    }
}

fn str_encode(object: &Object) -> PyResult {
    let this = fields(object);
    if this.object.is_empty() {
        return Ok(Str::empty().upcast());
    }
    let (reason, encoding) = (text_of(&this.reason)?, text_of(&this.encoding)?);
    let subject = this.text()?;
    let what = match this.single(subject.len()) {
        Some(index) => {
            format!("character {} in position {index}", escaped(subject.char_at(index)))
        }
        None => {
            format!(
                "characters in position {}-{}",
                this.start.get(),
                this.end.get().wrapping_sub(1)
            )
        }
    };
    codec_text(Some((&encoding, "encode")), &what, &reason)
}

fn str_decode(object: &Object) -> PyResult {
    let this = fields(object);
    if this.object.is_empty() {
        return Ok(Str::empty().upcast());
    }
    let (reason, encoding) = (text_of(&this.reason)?, text_of(&this.encoding)?);
    let subject = this.bytes()?;
    let what = match this.single(subject.as_slice().len()) {
        Some(index) => {
            format!("byte 0x{:02x} in position {index}", subject.as_slice()[index])
        }
        None => {
            format!("bytes in position {}-{}", this.start.get(), this.end.get().wrapping_sub(1))
        }
    };
    codec_text(Some((&encoding, "decode")), &what, &reason)
}

fn str_translate(object: &Object) -> PyResult {
    let this = fields(object);
    if this.object.is_empty() {
        return Ok(Str::empty().upcast());
    }
    let reason = text_of(&this.reason)?;
    let subject = this.text()?;
    let what = match this.single(subject.len()) {
        Some(index) => {
            format!("character {} in position {index}", escaped(subject.char_at(index)))
        }
        None => {
            format!(
                "characters in position {}-{}",
                this.start.get(),
                this.end.get().wrapping_sub(1)
            )
        }
    };
    codec_text(None, &what, &reason)
}

fn codec_text(codec: Option<(&Str, &str)>, what: &str, reason: &Str) -> PyResult {
    let mut text = StrBuilder::new();
    match codec {
        Some((encoding, verb)) => {
            text.push_str("'")?;
            text.push(encoding)?;
            text.push_str("' codec can't ")?;
            text.push_str(verb)?;
        }
        None => text.push_str("can't translate")?,
    }
    text.push_str(" ")?;
    text.push_str(what)?;
    text.push_str(": ")?;
    text.push(reason)?;
    Ok(text.finish()?.upcast())
}

/// UnicodeDecodeError(encoding, bytes, start, end, reason).
#[cold]
pub fn unicode_decode_error(
    encoding: &str,
    bytes: &[u8],
    start: usize,
    end: usize,
    reason: &str,
) -> Exception {
    let bytes = match Bytes::new(bytes) {
        Ok(bytes) => bytes,
        Err(error) => return error,
    };
    let args = [
        Str::new(encoding).upcast(),
        bytes.upcast(),
        ssize(start as isize),
        ssize(end as isize),
        Str::new(reason).upcast(),
    ];
    raise(&UNICODE_DECODE_ERROR, tuple::from_array(args))
}

/// UnicodeEncodeError(encoding, text, start, end, reason).
#[cold]
pub fn unicode_encode_error(
    encoding: &str,
    text: &Str,
    start: usize,
    end: usize,
    reason: &str,
) -> Exception {
    let args = [
        Str::new(encoding).upcast(),
        text.as_object().to_ref(),
        ssize(start as isize),
        ssize(end as isize),
        Str::new(reason).upcast(),
    ];
    raise(&UNICODE_ENCODE_ERROR, tuple::from_array(args))
}

/// UnicodeTranslateError(text, start, end, reason).
#[cold]
pub fn unicode_translate_error(text: &Str, start: usize, end: usize, reason: &str) -> Exception {
    let args = [
        text.as_object().to_ref(),
        ssize(start as isize),
        ssize(end as isize),
        Str::new(reason).upcast(),
    ];
    raise(&UNICODE_TRANSLATE_ERROR, tuple::from_array(args))
}
