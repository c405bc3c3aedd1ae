//! Frozen modules: their code comes from the image that the program carries. Without one it is
//! compiled from the library's source when it is asked for.
//!
//! Answers to the half of `Python/import.c` that reads `Python/frozen.c`'s tables; the table itself
//! is `gopy_frozen`'s.

use std::cell::Cell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;

use gopy_core::bytes::Bytes;
use gopy_core::code::Code;
use gopy_core::exceptions;
use gopy_core::str::Str;
use gopy_frozen::{Image, MODULES};
use gopy_object::{Exception, Instance, PyResult, Ref};
use gopy_syntax::Mode;

pub use gopy_frozen::Frozen;

use crate::compile::{self, Options, SourceText};
use crate::extension::{self, Extension};
use crate::lifecycle::config;
use crate::marshal;

static IMAGE: OnceLock<Image> = OnceLock::new();

/// Sets the code that the program carries; the first call wins.
pub fn set_image(image: Image) {
    let _ = IMAGE.set(image);
}

/// Whether modules that are not essential are taken from here.
#[derive(Default)]
struct Use {
    /// What a test has asked for: 1 yes, -1 no.
    override_: Cell<i32>,
}

impl Extension for Use {}

/// `_imp._override_frozen_modules_for_tests(override)`.
pub(super) fn set_override(override_: i32) {
    extension::get::<Use>().override_.set(override_);
}

fn in_use() -> bool {
    match extension::get::<Use>().override_.get() {
        0 => match config().xoption("frozen_modules") {
            Some(value) => value != Some(b"off"),
            None => config().env("PYTHON_FROZEN_MODULES").as_deref() != Some(b"off"),
        },
        override_ => override_ > 0,
    }
}

/// The modules that `_imp._frozen_module_names()` names.
pub fn all() -> &'static [Frozen] {
    &MODULES
}

/// A module that can be used now.
pub fn find(name: &Str) -> Option<&'static Frozen> {
    let found = all().iter().find(|frozen| name.eq_str(frozen.name))?;
    // Without either there is nothing to execute.
    if carried(found).is_none() {
        config().paths.stdlib.as_ref()?;
    }
    (found.essential || in_use()).then_some(found)
}

/// What marshal has made of a module that the program carries.
fn carried(frozen: &'static Frozen) -> Option<&'static [u8]> {
    let index = MODULES.iter().position(|module| std::ptr::eq(module, frozen))?;
    IMAGE.get()?.code(index)
}

/// The code of a module.
///
/// # Errors
///
/// `ImportError` where neither the program nor the library has it; `SyntaxError`.
pub fn code(frozen: &'static Frozen) -> PyResult<Ref<Code>> {
    if let Some(bytes) = carried(frozen) {
        return match marshal::loads_silently(bytes)?.downcast_ref::<Code>() {
            Ok(code) => Ok(code),
            Err(_) => Err(invalid(frozen)),
        };
    }
    let source = match frozen.own_source() {
        Some(source) => source.as_bytes().to_vec(),
        None => read_source(frozen).ok_or_else(|| invalid(frozen))?,
    };
    let filename = Str::new(&frozen.filename());
    let options = Options { optimize: 0, ..Options::new(Mode::File) };
    compile::compile(&SourceText::from_bytes(&source, false), &filename, &options)
}

/// The marshalled code of a module.
///
/// # Errors
///
/// As [`code`].
pub fn data(frozen: &'static Frozen) -> PyResult<Ref<Bytes>> {
    match carried(frozen) {
        Some(bytes) => Bytes::new(bytes),
        None => marshal::dumps(code(frozen)?.as_object()),
    }
}

fn read_source(frozen: &Frozen) -> Option<Vec<u8>> {
    let mut path = config().paths.stdlib.clone()?;
    path.push(b'/');
    path.extend(frozen.source_path()?.bytes());
    std::fs::read(Path::new(OsStr::from_bytes(&path))).ok()
}

#[cold]
fn invalid(frozen: &Frozen) -> Exception {
    let name = Str::new(frozen.name);
    exceptions::import_error(
        &exceptions::IMPORT_ERROR,
        &format!("Frozen object named '{}' is invalid", frozen.name),
        Some(name.as_object()),
        None,
    )
}

/// What the machinery raises for a name that is not frozen.
#[cold]
pub fn missing(name: &Str) -> Exception {
    let shown = gopy_core::object::repr(name.as_object());
    match shown {
        Ok(shown) => exceptions::import_error(
            &exceptions::IMPORT_ERROR,
            &format!("No such frozen object named {shown}"),
            Some(name.as_object()),
            None,
        ),
        Err(error) => error,
    }
}
