//! The life of the process: start-up, running, shut-down.
//!
//! Answers to `Python/pylifecycle.c`, `Modules/main.c`. [`main`] is all that a program needs.

mod command_line;
mod config;
mod finalize;
mod hooks;
mod init;
mod locale;
pub mod paths;
pub mod std_printer;
mod streams;

use std::io::Write as _;

use gopy_frozen::Image;
use gopy_object::native::ModuleDef;

pub use config::{Config, Run, config};
pub use finalize::finalize;
pub use init::{import_frozen, initialize};

/// What a program brings with it: native modules and built-in types of the crates above.
pub struct Embedding {
    /// Native modules besides this crate's own, by crate.
    pub modules: &'static [&'static [&'static ModuleDef]],
    /// The code of the frozen modules.
    pub frozen: Image,
}

/// Prints and leaves as CPython does when it can't start. Some messages name no function.
fn fatal(function: &str, message: &str) -> i32 {
    // Whether text is UTF-8 is settled before everything else.
    let state =
        if function.starts_with("preconfig_") { "preinitializing" } else { "preinitialized" };
    let separator = if function.is_empty() { "" } else { ": " };
    let _ = write!(
        std::io::stderr(),
        "Fatal Python error: {function}{separator}{message}\nPython runtime state: {state}\n\n"
    );
    1
}

/// Where start-up has failed, without Python's help.
fn show_places(first: &gopy_core::traceback::Traceback) {
    let mut entry = Some(gopy_object::Instance::to_ref(first));
    while let Some(this) = entry {
        let frame = this.frame.downcast::<crate::frame_object::FrameObject>();
        if let Some(frame) = frame {
            let code = frame.frame().code();
            let file = code.filename.get();
            let file = file.map_or_else(String::new, |file| file.to_string_lossy().into_owned());
            let line = this.line().unwrap_or(0);
            let _ = writeln!(std::io::stderr(), "  File \"{file}\", line {line}, in {}", code.name);
        }
        entry = this.next.get();
    }
}

/// Runs the interpreter with the arguments of the process; answers its status.
pub fn main(argv: &[Vec<u8>], embedding: &Embedding) -> i32 {
    let mut config = match command_line::parse(argv) {
        Ok(command_line::Parsed::Run(config)) => *config,
        Ok(command_line::Parsed::Leave(status, text)) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            return status;
        }
        Err(command_line::Failure::Usage(text)) => {
            let _ = std::io::stderr().write_all(text.as_bytes());
            return 2;
        }
        Err(command_line::Failure::Fatal(function, message)) => return fatal(function, &message),
    };
    locale::prepare(&mut config);
    if let Some(warning) = &config.paths.warning {
        let _ = std::io::stderr().write_all(warning.as_bytes());
    }
    config::set(config);
    if let Err(error) = initialize(embedding) {
        // The streams may not be there yet.
        if let Some(trace) = error.value().traceback.get()
            && let Some(first) = trace.downcast::<gopy_core::traceback::Traceback>()
        {
            show_places(first);
        }
        crate::traceback::display(
            gopy_object::Instance::as_object(&**error.value()),
            gopy_core::none::none_object(),
        );
        let _ = std::io::stderr().write_all(b"Fatal Python error: can't initialize\n");
        return 1;
    }
    let status = crate::run::main();
    let flushed = finalize();
    if status == 0 && !flushed { 120 } else { status }
}

/// Installs what the core calls, for unit tests that run Python code.
#[cfg(test)]
pub(crate) fn install_hooks() {
    hooks::install();
}
