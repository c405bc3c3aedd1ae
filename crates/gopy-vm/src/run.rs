//! Running what the command line names.
//!
//! Answers to `Modules/main.c` and the running half of `Python/pythonrun.c`.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use gopy_core::code::Code;
use gopy_core::dict::Dict;
use gopy_core::error::runtime_error;
use gopy_core::list::List;
use gopy_core::module::Module;
use gopy_core::str::{self, Str};
use gopy_core::{bool_, call, exceptions, hooks, id, import, object};
use gopy_object::{Exception, Instance, Object, PyResult, Ref};
use gopy_syntax::Mode;

use crate::compile::{self, Options, SourceText};
use crate::lifecycle::{Run, config};
use crate::{eval, import as importing, marshal, sys, traceback};

/// Runs the program; answers the status of the process.
pub fn main() -> i32 {
    let config = config();
    let result = match importer_path() {
        Ok(Some(path)) => {
            prepend_path(path.as_object()).and_then(|()| run_module("__main__", false)).map(|()| 0)
        }
        Ok(None) => prepend_safe_path().and_then(|()| run()),
        Err(error) => Err(error),
    };
    let status = match result {
        Ok(status) => status,
        Err(error) => report(error),
    };
    // A program may have set the variable itself.
    let wished = config.inspect > 0
        || config.use_environment
            && std::env::var_os("PYTHONINSPECT").is_some_and(|v| !v.is_empty());
    // SAFETY: asks about a descriptor, whatever it is.
    let is_terminal = config.interactive > 0 || unsafe { libc::isatty(0) } == 1;
    if wished && is_terminal && !matches!(config.run, Run::Stdin) {
        interactive_loop();
        return 0;
    }
    status
}

fn run() -> PyResult<i32> {
    if config().verbose > 0 && !matches!(config().run, Run::Stdin) {
        banner();
    }
    match &config().run {
        Run::Command(text) => run_command(text),
        Run::Module(name) => {
            let name = String::from_utf8_lossy(name).into_owned();
            (hooks::get().audit)("cpython.run_module", &[Str::new(&name).as_object()])?;
            run_module(&name, true).map(|()| 0)
        }
        Run::File(path) => run_file(path),
        Run::Stdin => {
            // SAFETY: asks about a descriptor, whatever it is.
            let is_terminal = unsafe { libc::isatty(0) } == 1;
            if is_terminal || config().interactive > 0 {
                (hooks::get().audit)("cpython.run_stdin", &[])?;
                startup_file();
                banner();
                interactive_loop();
                return Ok(0);
            }
            (hooks::get().audit)("cpython.run_stdin", &[])?;
            run_stdin()
        }
    }
}

/// `__main__`'s dict.
fn main_dict() -> PyResult<Ref<Dict>> {
    let main = importing::loaded(id!(__main__))?;
    match main.as_deref().and_then(|main| main.downcast::<Module>()) {
        Some(main) => Ok(main.dict()),
        None => Err(runtime_error!("unable to get __main__")),
    }
}

/// The path of a program that is a folder or an archive: what an importer takes.
fn importer_path() -> PyResult<Option<Ref<Str>>> {
    let Run::File(path) = &config().run else { return Ok(None) };
    let path = Str::from_os(path);
    let Some(hooks) = sys::get_opt(&str::interned("path_hooks"))? else { return Ok(None) };
    let cache = sys::get_opt(&str::interned("path_importer_cache"))?;
    for hook in gopy_core::iter::collect(&hooks)? {
        match call::call_one(&hook, path.as_object()) {
            Ok(importer) => {
                if let Some(cache) = &cache {
                    object::set_item(cache, path.as_object(), &importer)?;
                }
                return Ok(Some(path));
            }
            Err(error) if error.is_instance(&exceptions::IMPORT_ERROR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn prepend_path(path: &Object) -> PyResult<()> {
    let list = sys::get_opt(id!(path))?;
    match list.as_deref().and_then(|list| list.downcast::<List>()) {
        Some(list) => list.insert(0, path.to_ref()),
        None => Err(runtime_error!("unable to get sys.path")),
    }
}

/// `sys.path[0]`, unless that is unsafe.
fn prepend_safe_path() -> PyResult<()> {
    if config().safe_path {
        return Ok(());
    }
    let path = match &config().run {
        Run::Command(_) | Run::Stdin => Vec::new(),
        Run::Module(_) => match std::env::current_dir() {
            Ok(folder) => folder.as_os_str().as_bytes().to_vec(),
            Err(_) => return Ok(()),
        },
        Run::File(file) => {
            let file = Path::new(OsStr::from_bytes(file));
            let real = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
            real.parent().map(|folder| folder.as_os_str().as_bytes().to_vec()).unwrap_or_default()
        }
    };
    prepend_path(Str::from_os(&path).as_object())
}

fn run_code(code: &Code) -> PyResult<()> {
    let dict = main_dict()?;
    (hooks::get().audit)("exec", &[code.as_object()])?;
    eval::eval_code(code, &dict, Some(dict.as_object()), None).map(drop)
}

fn run_command(text: &[u8]) -> PyResult<i32> {
    (hooks::get().audit)("cpython.run_command", &[Str::from_os(text).as_object()])?;
    if std::str::from_utf8(text).is_err()
        && let Err(error) = Str::from_os(&text[..text.len() - 1]).to_utf8()
    {
        let _ = writeln!(std::io::stderr(), "Unable to decode the command from the command line:");
        report(error);
        return Ok(1);
    }
    let text = dedent(text);
    let filename = id!("<string>");
    let source = SourceText::from_bytes(&text, true);
    let code = compile::compile(&source, filename, &Options::new(Mode::File))?;
    register(&code, &text, filename)?;
    run_code(&code).map(|()| 0)
}

/// Lets tracebacks show the lines of what is no file; without `linecache` they do not.
fn register(code: &Code, text: &[u8], filename: &Str) -> PyResult<()> {
    let registered = import::import_attr("linecache", "_register_code").and_then(|register| {
        let shown = Str::from_os(text);
        call::call(&register, &[code.as_object(), shown.as_object(), filename.as_object()])
    });
    match registered {
        Err(error) if !error.is_instance(&exceptions::EXCEPTION) => Err(error),
        _ => Ok(()),
    }
}

/// Takes the margin that all lines share away, as `-c` does since 3.14.
fn dedent(text: &[u8]) -> Vec<u8> {
    let is_blank = |line: &[u8]| line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\x0c'));
    let mut margin: Option<&[u8]> = None;
    for line in text.split(|byte| *byte == b'\n') {
        if is_blank(line) {
            continue;
        }
        let indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let indent = &line[..indent];
        margin = Some(match margin {
            None => indent,
            Some(margin) => {
                let shared = margin.iter().zip(indent).take_while(|(a, b)| a == b).count();
                &margin[..shared]
            }
        });
    }
    let margin = margin.unwrap_or(b"");
    if margin.is_empty() {
        return text.to_vec();
    }
    let lines = text.split(|byte| *byte == b'\n').map(|line| match line.strip_prefix(margin) {
        Some(rest) if !is_blank(line) => rest,
        _ => &line[line.len()..],
    });
    lines.collect::<Vec<_>>().join(&b'\n')
}

/// `runpy._run_module_as_main(name, alter_argv)`.
fn run_module(name: &str, alter_argv: bool) -> PyResult<()> {
    let run = import::import_attr("runpy", "_run_module_as_main")?;
    call::call(&run, &[Str::new(name).as_object(), &bool_::bool_ref(alter_argv)]).map(drop)
}

fn program_name() -> String {
    String::from_utf8_lossy(&config().program_name).into_owned()
}

fn run_file(path: &[u8]) -> PyResult<i32> {
    let filename = Str::from_os(path);
    (hooks::get().audit)("cpython.run_file", &[filename.as_object()])?;
    let file = Path::new(OsStr::from_bytes(path));
    let shown = object::repr(filename.as_object())?;
    let complain = |text: String, status: i32| {
        let _ = writeln!(std::io::stderr(), "{}: {text}", program_name());
        Ok(status)
    };
    if file.is_dir() {
        return complain(format!("{shown} is a directory, cannot continue"), 1);
    }
    let source = match std::fs::read(file) {
        Ok(source) => source,
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(0);
            // SAFETY: gives a text for every number, valid until the next call.
            let text = unsafe { std::ffi::CStr::from_ptr(libc::strerror(errno)) };
            let text = text.to_string_lossy();
            return complain(format!("can't open file {shown}: [Errno {errno}] {text}"), 2);
        }
    };
    let dict = main_dict()?;
    if dict.get_str(id!(__file__))?.is_none() {
        name_main(&dict, filename.as_object())?;
    }
    let compiled = source.starts_with(&3627u16.to_le_bytes()) && source.get(2..4) == Some(b"\r\n");
    let loader = if compiled { "SourcelessFileLoader" } else { "SourceFileLoader" };
    set_loader(&dict, filename.as_object(), loader)?;
    let code = if compiled {
        let body = source.get(16..).unwrap_or(b"");
        match marshal::loads(body)?.downcast_ref::<Code>() {
            Ok(code) => code,
            Err(_) => return Err(runtime_error!("Bad code object in .pyc file")),
        }
    } else {
        let start = if config().skip_first_line {
            // The newline stays, so that the numbers of the lines do.
            memchr::memchr(b'\n', &source).unwrap_or(source.len())
        } else {
            0
        };
        let source = SourceText::from_bytes(&source[start..], false);
        compile::compile(&source, &filename, &Options::new(Mode::File))?
    };
    run_code(&code).map(|()| 0)
}

/// Tells `__main__` which file it is.
fn name_main(dict: &Dict, filename: &Object) -> PyResult<()> {
    dict.set_str(id!(__file__), filename)?;
    dict.set_str(id!(__cached__), gopy_core::none::none_object())
}

fn set_loader(dict: &Dict, filename: &Object, loader: &str) -> PyResult<()> {
    let external = str::interned("_frozen_importlib_external");
    let Some(external) = importing::loaded(&external)? else { return Ok(()) };
    let loader = object::get_attr(&external, &str::interned(loader))?;
    let loader = call::call(&loader, &[id!(__main__).as_object(), filename])?;
    dict.set_str(id!(__loader__), &loader)
}

fn run_stdin() -> PyResult<i32> {
    use std::io::Read as _;
    let mut source = Vec::new();
    if std::io::stdin().lock().read_to_end(&mut source).is_err() {
        return Ok(1);
    }
    let source = SourceText::from_bytes(&source, false);
    let filename = str::interned("<stdin>");
    let dict = main_dict()?;
    name_main(&dict, filename.as_object())?;
    let code = compile::compile(&source, &filename, &Options::new(Mode::File))?;
    run_code(&code).map(|()| 0)
}

fn startup_file() {
    let Some(path) = &config().startup else { return };
    if let Ok(source) = std::fs::read(Path::new(OsStr::from_bytes(path))) {
        let filename = Str::from_os(path);
        let source = SourceText::from_bytes(&source, false);
        let result = compile::compile(&source, &filename, &Options::new(Mode::File))
            .and_then(|code| run_code(&code));
        if let Err(error) = result {
            report(error);
        }
    } else {
        let _ = writeln!(
            std::io::stderr(),
            "Could not open PYTHONSTARTUP\nFileNotFoundError: [Errno 2] No such file or directory: '{}'",
            String::from_utf8_lossy(path)
        );
    }
}

fn banner() {
    if config().quiet > 0 {
        return;
    }
    let _ = writeln!(std::io::stderr(), "Python {} on linux", sys::attributes::VERSION);
    if config().site_import {
        let _ = writeln!(
            std::io::stderr(),
            "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information."
        );
    }
}

/// A prompt: `sys.ps1` or `sys.ps2`.
fn prompt(name: &'static Str, default: &str) -> String {
    match sys::get_opt(name) {
        Ok(Some(prompt)) => {
            object::str(&prompt).map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
        }
        _ => {
            let _ = sys::set(name, Str::new(default).as_object());
            default.to_owned()
        }
    }
}

/// Reads statements from standard input and executes them, until there are no more.
pub fn interactive_loop() {
    let filename = str::interned("<stdin>");
    let mut ended = false;
    while !ended {
        let mut source = String::new();
        let mut shown = prompt(id!(ps1), ">>> ");
        let code = loop {
            let _ = sys::flush_std_streams();
            let _ = write!(std::io::stderr(), "{shown}");
            let mut line = String::new();
            ended = !matches!(std::io::stdin().read_line(&mut line), Ok(1..));
            if ended && source.is_empty() {
                let _ = writeln!(std::io::stderr());
                return;
            }
            source.push_str(&line);
            if source.trim().is_empty() {
                source.clear();
                break None;
            }
            let options = Options {
                flags: compile::flags::ALLOW_INCOMPLETE_INPUT | compile::flags::DONT_IMPLY_DEDENT,
                ..Options::new(Mode::Single)
            };
            let try_compile = |text: &str| {
                compile::compile(
                    &SourceText::from_bytes(text.as_bytes(), true),
                    &filename,
                    &options,
                )
            };
            // Without its newline the last line of a block leaves the block open: an empty line, or
            // the end of the input, closes it.
            let compiled = match source.strip_suffix('\n') {
                Some(open) if !ended => {
                    try_compile(&source).and_then(|code| match try_compile(open) {
                        Err(error) if is_incomplete(&error) => Err(error),
                        _ => Ok(code),
                    })
                }
                _ => try_compile(&source),
            };
            match compiled {
                Ok(code) => break Some(code),
                Err(error) if is_incomplete(&error) && !ended => {
                    shown = prompt(id!(ps2), "... ");
                }
                Err(error) => {
                    report(error);
                    break None;
                }
            }
        };
        let Some(code) = code else { continue };
        let result = register(&code, source.as_bytes(), &filename).and_then(|()| run_code(&code));
        if let Err(error) = result
            && let Some(status) = report_and_stay(error)
        {
            crate::lifecycle::finalize();
            std::process::exit(status);
        }
    }
    let _ = writeln!(std::io::stderr());
}

/// Tells of an exception of a line at the prompt; the status where it asks to leave.
fn report_and_stay(error: Exception) -> Option<i32> {
    if error.is_instance(&exceptions::SYSTEM_EXIT) {
        sys::flush_std_streams();
    }
    traceback::print_uncaught(error, true, false)
}

fn is_incomplete(error: &Exception) -> bool {
    error.is_instance(&exceptions::INCOMPLETE_INPUT_ERROR)
}

/// Tells of an exception that nobody has handled (`PyErr_PrintEx`); answers the status.
pub fn report(error: Exception) -> i32 {
    let interrupted = error.is_instance(&exceptions::KEYBOARD_INTERRUPT);
    if error.is_instance(&exceptions::SYSTEM_EXIT) && config().inspect == 0 {
        sys::flush_std_streams();
    }
    if let Some(status) = traceback::print_uncaught(error, true, config().inspect != 0) {
        return status;
    }
    if interrupted {
        sys::flush_std_streams();
        // SAFETY: ends the process as the signal would have.
        unsafe {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            libc::kill(libc::getpid(), libc::SIGINT);
        }
        return 130;
    }
    1
}
