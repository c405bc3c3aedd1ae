//! Frozen modules: those whose code the executable carries.
//!
//! Answers to `Python/frozen.c` and to the tables that CPython's `freeze_modules.py` writes. The
//! table is here, and so is what the build script of the program makes of it and of the library:
//! one image that holds the marshalled code of every module. It stays fresh by itself, since cargo
//! runs the script again whenever the compiler or a source file changes.
//!
//! Never here: objects. The image is read by the interpreter's own `marshal`.

#![forbid(unsafe_code)]

mod image;
mod marshal;

pub use image::{Image, build};

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
    pub essential: bool,
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

/// What the module without a file holds.
const HELLO_ONLY: &str = "initialized = True\nprint(\"Hello world!\")\n";

impl Frozen {
    /// The file of the library it is made from.
    #[must_use]
    pub fn source_path(&self) -> Option<String> {
        let origin = self.origin?;
        let folder = origin.trim_start_matches('<').replace('.', "/");
        let package = self.is_package && self.origin == Some(self.name);
        let file = if package || origin.starts_with('<') { "/__init__.py" } else { ".py" };
        Some(folder + file)
    }

    /// The source of the module that has no file.
    #[must_use]
    pub fn own_source(&self) -> Option<&'static str> {
        self.origin.is_none().then_some(HELLO_ONLY)
    }

    /// What its code shows as file name.
    #[must_use]
    pub fn filename(&self) -> String {
        format!("<frozen {}>", self.origin.unwrap_or("frozen_only").trim_start_matches('<'))
    }
}
