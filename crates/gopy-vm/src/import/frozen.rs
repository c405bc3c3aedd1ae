//! Frozen modules: those that CPython carries in its executable. Here they are compiled from the
//! library's source when they are asked for.
//!
//! Answers to `Python/frozen.c`.

use std::cell::Cell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use gopy_core::code::Code;
use gopy_core::exceptions;
use gopy_core::str::Str;
use gopy_object::{Instance, PyResult, Ref};
use gopy_syntax::Mode;

use crate::compile::{self, Options, SourceText};
use crate::extension::{self, Extension};
use crate::lifecycle::config;

/// A frozen module.
#[derive(Debug)]
pub struct Frozen {
    /// Its name.
    pub name: &'static str,
    /// The module of the library it is made from; with `<` in front where it is a package's own code
    /// under another name; none for one that has no file.
    pub origin: Option<&'static str>,
    /// It is a package.
    pub is_package: bool,
    /// The interpreter can't start without it.
    essential: bool,
}

const fn entry(name: &'static str, origin: &'static str) -> Frozen {
    Frozen { name, origin: Some(origin), is_package: false, essential: false }
}

const fn essential(name: &'static str, origin: &'static str) -> Frozen {
    Frozen { essential: true, ..entry(name, origin) }
}

const fn test(name: &'static str, origin: &'static str, is_package: bool) -> Frozen {
    Frozen { is_package, ..entry(name, origin) }
}

/// The modules, in CPython's order.
pub static MODULES: [Frozen; 28] = [
    essential("_frozen_importlib", "importlib._bootstrap"),
    essential("_frozen_importlib_external", "importlib._bootstrap_external"),
    essential("zipimport", "zipimport"),
    entry("abc", "abc"),
    entry("codecs", "codecs"),
    entry("io", "io"),
    entry("_collections_abc", "_collections_abc"),
    entry("_sitebuiltins", "_sitebuiltins"),
    entry("genericpath", "genericpath"),
    entry("ntpath", "ntpath"),
    entry("posixpath", "posixpath"),
    entry("os", "os"),
    entry("site", "site"),
    entry("stat", "stat"),
    entry("importlib.util", "importlib.util"),
    entry("importlib.machinery", "importlib.machinery"),
    entry("runpy", "runpy"),
    test("__hello__", "__hello__", false),
    test("__hello_alias__", "__hello__", false),
    test("__phello_alias__", "__hello__", true),
    test("__phello_alias__.spam", "__hello__", false),
    test("__phello__", "__phello__", true),
    test("__phello__.__init__", "<__phello__", false),
    test("__phello__.ham", "__phello__.ham", true),
    test("__phello__.ham.__init__", "<__phello__.ham", false),
    test("__phello__.ham.eggs", "__phello__.ham.eggs", false),
    test("__phello__.spam", "__phello__.spam", false),
    Frozen { origin: None, ..test("__hello_only__", "", false) },
];

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
        0 => !matches!(config().xoption("frozen_modules"), Some(Some(b"off"))),
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
    // Without a library there is no source to compile.
    config().paths.stdlib.as_ref()?;
    (found.essential || in_use()).then_some(found)
}

/// The module's name as a file of the library, without the mark of an alias.
fn source_path(frozen: &Frozen) -> Option<Vec<u8>> {
    let origin = frozen.origin?;
    let mut path = config().paths.stdlib.clone()?;
    path.push(b'/');
    path.extend(origin.trim_start_matches('<').replace('.', "/").bytes());
    let package = frozen.is_package && frozen.origin == Some(frozen.name);
    path.extend_from_slice(if package || origin.starts_with('<') {
        b"/__init__.py"
    } else {
        b".py"
    });
    Some(path)
}

/// The code of a module.
///
/// # Errors
///
/// `ImportError` where the library lacks the source; `SyntaxError`.
pub fn code(frozen: &Frozen) -> PyResult<Ref<Code>> {
    let source = match source_path(frozen) {
        Some(path) => std::fs::read(Path::new(OsStr::from_bytes(&path))).ok(),
        // What CPython's `Tools/freeze/flag.py` holds.
        None => Some(b"initialized = True\nprint(\"Hello world!\")\n".to_vec()),
    };
    let Some(source) = source else {
        let name = Str::new(frozen.name);
        return Err(exceptions::import_error(
            &exceptions::IMPORT_ERROR,
            &format!("Frozen object named '{}' is invalid", frozen.name),
            Some(name.as_object()),
            None,
        ));
    };
    let shown = frozen.origin.unwrap_or(frozen.name).trim_start_matches('<');
    let filename = Str::new(&format!("<frozen {shown}>"));
    let options = Options { optimize: 0, ..Options::new(Mode::File) };
    compile::compile(&SourceText::from_bytes(&source, false), &filename, &options)
}

/// What the machinery raises for a name that is not frozen.
#[cold]
pub fn missing(name: &Str) -> gopy_object::Exception {
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
