//! The locale that the process starts in: UTF-8 mode and the coercion of the C locale.
//!
//! Answers to `preconfig_init_utf8_mode` and `preconfig_init_coerce_c_locale` in
//! `Python/preconfig.c`, and to `_Py_CoerceLegacyLocale` in `Python/pylifecycle.c`.

use std::ffi::{CStr, CString};
use std::io::Write as _;

use super::config::Config;

/// What the C locale is replaced by (PEP 538): the first one that the system has.
const COERCION_TARGETS: [&str; 3] = ["C.UTF-8", "C.utf8", "UTF-8"];

/// Sets a locale; whether the system has it.
fn set(category: libc::c_int, name: &str) -> bool {
    let Ok(name) = CString::new(name) else { return false };
    // SAFETY: `name` ends with NUL; no other thread runs yet.
    unsafe { !libc::setlocale(category, name.as_ptr()).is_null() }
}

/// Name of the locale of characters.
pub(super) fn ctype() -> String {
    // SAFETY: only asks; the answer ends with NUL and is copied at once.
    let name = unsafe { libc::setlocale(libc::LC_CTYPE, std::ptr::null()) };
    if name.is_null() {
        return "C".to_owned();
    }
    // SAFETY: not null, see above.
    unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
}

/// The locale's encoding by its own name.
pub(super) fn encoding() -> String {
    // SAFETY: answers a static string of C, copied at once.
    let name = unsafe { libc::nl_langinfo(libc::CODESET) };
    if name.is_null() {
        return "utf-8".to_owned();
    }
    // SAFETY: not null, ends with NUL.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    if name.is_empty() { "utf-8".to_owned() } else { name.into_owned() }
}

/// Error handler of standard input and output.
pub(super) fn stdio_errors(utf8_mode: bool) -> &'static str {
    let ctype = ctype();
    let lenient =
        utf8_mode || ctype == "C" || ctype == "POSIX" || COERCION_TARGETS.contains(&ctype.as_str());
    if lenient { "surrogateescape" } else { "strict" }
}

/// Takes the locale from the environment, and settles what the C locale implies.
///
/// Runs before there are threads.
pub(super) fn prepare(config: &mut Config) {
    set(libc::LC_CTYPE, "");
    let legacy = ctype() == "C";
    // Decided before the locale is coerced: the C locale means both.
    if config.xoption("utf8").is_none() && config.env("PYTHONUTF8").is_none() {
        config.utf8_mode = legacy || ctype() == "POSIX";
    }
    let wish = config.env("PYTHONCOERCECLOCALE");
    let warn = wish.as_deref() == Some(b"warn");
    if legacy && wish.as_deref() != Some(b"0") {
        coerce(warn);
    }
    if warn && ctype() == "C" {
        let _ = std::io::stderr().write_all(
            b"Python runtime initialized with LC_CTYPE=C (a locale with default ASCII encoding), \
              which may cause Unicode compatibility problems. Using C.UTF-8, C.utf8, or UTF-8 (if \
              available) as alternative Unicode-compatible locales is recommended.\n",
        );
    }
}

/// Replaces the C locale, for child processes too, unless `LC_ALL` insists on it.
fn coerce(warn: bool) {
    if std::env::var_os("LC_ALL").is_some_and(|value| !value.is_empty()) {
        return;
    }
    let Some(target) = COERCION_TARGETS.into_iter().find(|name| set(libc::LC_CTYPE, name)) else {
        set(libc::LC_CTYPE, "");
        return;
    };
    // SAFETY: no other thread runs yet.
    unsafe { std::env::set_var("LC_CTYPE", target) };
    if warn {
        let _ = writeln!(
            std::io::stderr(),
            "Python detected LC_CTYPE=C: LC_CTYPE coerced to {target} (set another locale or \
             PYTHONCOERCECLOCALE=0 to disable this locale coercion behavior)."
        );
    }
    set(libc::LC_ALL, "");
}
