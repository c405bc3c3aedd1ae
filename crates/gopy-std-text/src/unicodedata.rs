//! `unicodedata`: the Unicode character database, in its current version and in 3.2.0.
//!
//! Answers to `Modules/unicodedata.c`; the data and the algorithms are those of gopy-unicode.

use gopy_core::argument::{FromArg, Place};
use gopy_core::buffer;
use gopy_core::codecs;
use gopy_core::error::{key_error_text, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{capsule, module, type_};
use gopy_macros::{pyclass, pymethods, pymodule};
use gopy_object::{Instance, Object, PyResult, Ref, memory};
use gopy_unicode::database::{self, Version};
use gopy_unicode::names::{self, Named};
use gopy_unicode::normalize::{self, Form, QuickCheck};

/// A character as an argument.
#[derive(Clone, Copy)]
pub struct Character(u32);

impl FromArg<'_> for Character {
    fn from_arg(arg: &Object, place: &Place<'_>) -> PyResult<Self> {
        let Some(text) = arg.downcast::<Str>() else {
            return Err(place.bad_argument("a unicode character", arg));
        };
        text.single_code_point().map(Character).ok_or_else(|| {
            type_error!(
                "{}(): {} must be a unicode character, not a string of length {}",
                place.function,
                place.display(),
                text.len()
            )
        })
    }
}

/// The name of a character as an argument: text, or the bytes of its UTF-8.
pub struct Name(Vec<u8>);

impl FromArg<'_> for Name {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        if let Some(text) = arg.downcast::<Str>() {
            return Ok(Name(text.to_utf8()?.as_bytes().to_vec()));
        }
        let view = buffer::bytes_like(arg)?;
        Ok(Name(buffer::as_slice(&view).to_vec()))
    }
}

/// The value, or the default where one is given.
fn or_default(value: Option<Ref>, default: Option<&Object>, message: &'static str) -> PyResult {
    match (value, default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.to_ref()),
        (None, None) => Err(value_error!("{message}")),
    }
}

fn int_of(value: Option<u8>) -> Option<Ref> {
    value.map(|value| Int::from_i64(value.into()).upcast())
}

fn numeric_of(version: Version, code: u32) -> Option<Ref> {
    database::numeric(version, code).map(|value| gopy_core::float::Float::new(value).upcast())
}

fn name_of(version: Version, code: u32) -> Option<Ref> {
    database::name(version, code).map(|name| Str::new(&name).upcast())
}

fn lookup_in(version: Version, name: &Name) -> PyResult<Ref<Str>> {
    /// The longest name that is looked for.
    const NAME_MAX: usize = 256;
    if name.0.len() > NAME_MAX {
        return Err(key_error_text!("name too long"));
    }
    let is_current = version == Version::Current;
    match names::lookup_named(&name.0) {
        // As CPython, 3.2.0 knows the names of what came later.
        Some(Named::Character(code)) => Ok(Str::from_code_point(code)),
        Some(Named::Alias(code)) if is_current => Ok(Str::from_code_point(code)),
        Some(Named::Sequence(text)) if is_current => Ok(Str::new(text)),
        _ => {
            let shown = codecs::decode_text(&name.0, Some("utf-8"), Some("replace"))?;
            let shown = shown.downcast::<Str>().map(|text| text.to_string_lossy().into_owned());
            Err(key_error_text!("undefined character name '{}'", shown.unwrap_or_default()))
        }
    }
}

fn form_of(form: &Str) -> PyResult<Form> {
    Form::from_name(&form.to_string_lossy())
        .ok_or_else(|| value_error!("invalid normalization form"))
}

fn codes_of(text: &Str) -> PyResult<Vec<u32>> {
    let mut codes = Vec::new();
    codes.try_reserve_exact(text.len()).map_err(|_| gopy_core::error::memory_error())?;
    codes.extend(text.units().iter());
    Ok(codes)
}

/// Whether a text is certainly normalised, without much work.
fn is_plainly_normal(version: Version, form: Form, text: &Str) -> bool {
    text.is_ascii()
        || (version == Version::Current
            && normalize::quick_check(form, text.units().iter()) == QuickCheck::Yes)
}

fn is_normalized_in(version: Version, form: &Str, text: &Str) -> PyResult<bool> {
    if text.is_empty() {
        return Ok(true);
    }
    let form = form_of(form)?;
    Ok(is_plainly_normal(version, form, text)
        || normalize::is_normalized(version, form, &codes_of(text)?))
}

fn normalize_in(version: Version, form: &Str, text: &Str) -> PyResult<Ref<Str>> {
    if text.is_empty() {
        return text.to_exact();
    }
    let form = form_of(form)?;
    if is_plainly_normal(version, form, text) {
        return text.to_exact();
    }
    Str::from_ucs4(&normalize::normalize(version, form, &codes_of(text)?))
}

/// The functions of one version: once for the module, once for `ucd_3_2_0`.
macro_rules! database_functions {
    ([$($container:tt)*] { $($head:tt)* } $function:ident $version:path, ($($this:tt)*)
        { $($tail:tt)* }) => {
        $($container)* {
            $($head)*

            #[$function("($self, chr, default=<unrepresentable>, /)")]
            fn decimal($($this)* chr: Character, default: Option<&Object>) -> PyResult {
                or_default(int_of(database::decimal($version, chr.0)), default, "not a decimal")
            }

            #[$function("($self, chr, default=<unrepresentable>, /)")]
            fn digit($($this)* chr: Character, default: Option<&Object>) -> PyResult {
                or_default(int_of(database::digit($version, chr.0)), default, "not a digit")
            }

            #[$function("($self, chr, default=<unrepresentable>, /)")]
            fn numeric($($this)* chr: Character, default: Option<&Object>) -> PyResult {
                or_default(numeric_of($version, chr.0), default, "not a numeric character")
            }

            #[$function("($self, chr, /)")]
            fn category($($this)* chr: Character) -> &'static str {
                database::category($version, chr.0)
            }

            #[$function("($self, chr, /)")]
            fn bidirectional($($this)* chr: Character) -> &'static str {
                database::bidirectional($version, chr.0)
            }

            #[$function("($self, chr, /)")]
            fn combining($($this)* chr: Character) -> u8 {
                database::combining($version, chr.0)
            }

            #[$function("($self, chr, /)")]
            fn mirrored($($this)* chr: Character) -> u8 {
                database::mirrored($version, chr.0).into()
            }

            #[$function("($self, chr, /)")]
            fn east_asian_width($($this)* chr: Character) -> &'static str {
                database::east_asian_width($version, chr.0)
            }

            #[$function("($self, chr, /)")]
            fn decomposition($($this)* chr: Character) -> String {
                database::decomposition($version, chr.0)
            }

            #[$function("($self, chr, default=<unrepresentable>, /)")]
            fn name($($this)* chr: Character, default: Option<&Object>) -> PyResult {
                or_default(name_of($version, chr.0), default, "no such name")
            }

            #[$function("($self, name, /)")]
            fn lookup($($this)* name: Name) -> PyResult<Ref<Str>> {
                lookup_in($version, &name)
            }

            #[$function("($self, form, unistr, /)")]
            fn is_normalized($($this)* form: &Str, unistr: &Str) -> PyResult<bool> {
                is_normalized_in($version, form, unistr)
            }

            #[$function("($self, form, unistr, /)")]
            fn normalize($($this)* form: &Str, unistr: &Str) -> PyResult<Ref<Str>> {
                normalize_in($version, form, unistr)
            }

            $($tail)*
        }
    };
}

/// A former version of the database.
#[pyclass(name = "unicodedata.UCD", static = UCD, basicsize = 40, no_slots,
    flags(HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Ucd {
    object: Object,
}

database_functions! {
    [#[pymethods] impl Ucd] {} pymethod Version::Old, (&self,) {
        #[pymember]
        fn unidata_version(&self) -> &'static str {
            Version::Old.name()
        }
    }
}

database_functions! {
    [
        /// The module `unicodedata`.
        #[pymodule(name = "unicodedata")]
        pub mod native
    ] {
        use super::*;
    }
    pyfunction Version::Current, () {
        #[pyexec]
        fn exec(module: &Object) -> PyResult<()> {
            type_::ready(&UCD)?;
            module::add(module, "unidata_version", Version::Current.name())?;
            module::add(module, "UCD", UCD.to_ref())?;
            let old = memory::alloc(&UCD, Ucd { object: Object::header(&UCD) })?;
            module::add(module, "ucd_3_2_0", old)?;
            module::add(module, "_ucnhash_CAPI", capsule::new("unicodedata._ucnhash_CAPI")?)
        }
    }
}

pub use native::MODULE;
