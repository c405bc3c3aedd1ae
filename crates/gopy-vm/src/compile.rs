//! Source text, bytes or a tree to a code object.
//!
//! Answers to `Py_CompileStringObject` and its neighbours in `Python/pythonrun.c`, and to what
//! `Parser/pegen_errors.c` and `Python/errors.c` do to make a `SyntaxError` of an error's parts.

use std::io::{BufRead, BufReader};

use gopy_compiler::{CompileOptions, StackBounds};
use gopy_core::bytes::Bytes;
use gopy_core::code::Code;
use gopy_core::error::{raise_text, syntax_error_text, type_error};
use gopy_core::exceptions as exc;
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{buffer, call, hooks, id, none, object, tuple};
use gopy_object::{Exception, GilCell, Instance, Object, PyResult, Ref, Type, thread};
use gopy_syntax::ast::{Arena, Interner, Mod};
use gopy_syntax::lexer::Source;
use gopy_syntax::{
    Host, Mode, ParseOptions, SyntaxError, SyntaxErrorKind, Warning, WarningCategory,
    WarningFailure,
};

use crate::{ast_bridge, code_object};

/// Flags of `compile()`; the low bits are those of code objects.
pub mod flags {
    pub use gopy_compiler::flags::PYCF_MASK as MASK;

    /// `PyCF_DONT_IMPLY_DEDENT`
    pub const DONT_IMPLY_DEDENT: u32 = 0x200;
    /// `PyCF_ONLY_AST`
    pub const ONLY_AST: u32 = 0x400;
    /// `PyCF_IGNORE_COOKIE`: the source is text already.
    pub const IGNORE_COOKIE: u32 = 0x800;
    /// `PyCF_TYPE_COMMENTS`
    pub const TYPE_COMMENTS: u32 = 0x1000;
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`
    pub const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`
    pub const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
    /// `PyCF_OPTIMIZED_AST`, which includes `ONLY_AST`.
    pub const OPTIMIZED_AST: u32 = 0x8000 | ONLY_AST;
    /// What `compile()` accepts besides future features.
    pub const COMPILE_MASK: u32 = OPTIMIZED_AST
        | ALLOW_TOP_LEVEL_AWAIT
        | TYPE_COMMENTS
        | DONT_IMPLY_DEDENT
        | ALLOW_INCOMPLETE_INPUT;
}

/// Settings of a compilation.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What the source is.
    pub mode: Mode,
    /// See [`flags`].
    pub flags: u32,
    /// 0, 1 or 2; -1 is the interpreter's own level.
    pub optimize: i32,
    /// Minor version of the grammar; -1 is the newest.
    pub feature_version: i32,
}

impl Options {
    /// For a file of which nothing special is asked.
    pub fn new(mode: Mode) -> Options {
        Options { mode, flags: 0, optimize: -1, feature_version: -1 }
    }

    fn parse(&self) -> ParseOptions {
        let has = |flag| self.flags & flag != 0;
        let version = if self.flags & flags::ONLY_AST != 0 { self.feature_version } else { -1 };
        ParseOptions {
            type_comments: has(flags::TYPE_COMMENTS),
            feature_version: u8::try_from(version).unwrap_or(14),
            allow_incomplete_input: has(flags::ALLOW_INCOMPLETE_INPUT),
            dont_imply_dedent: has(flags::DONT_IMPLY_DEDENT),
            barry_as_flufl: has(gopy_compiler::flags::CO_FUTURE_BARRY_AS_BDFL),
            ..ParseOptions::default()
        }
    }

    fn compile(&self) -> CompileOptions {
        let (top, limit) = thread().stack_bounds();
        CompileOptions {
            flags: self.flags & (flags::MASK | flags::ALLOW_TOP_LEVEL_AWAIT),
            optimize: optimize_level(self.optimize),
            stack: StackBounds { top, limit },
        }
    }
}

/// -1 is the interpreter's own level.
fn optimize_level(level: i32) -> u8 {
    match u8::try_from(level) {
        Ok(level) => level.min(2),
        Err(_) => crate::lifecycle::config().optimization_level,
    }
}

/// The source's text, as `compile()`, `exec()` and `eval()` take it.
pub struct SourceText {
    bytes: Vec<u8>,
    /// It was a `str`: a cookie means nothing.
    pub is_text: bool,
}

impl SourceText {
    /// Reads a `str` or a buffer. `what` is what the function named takes.
    ///
    /// # Errors
    ///
    /// `TypeError` for other objects, `SyntaxError` for null bytes.
    pub fn from_object(source: &Object, function: &str, what: &str) -> PyResult<SourceText> {
        let text = if let Some(text) = source.downcast::<Str>() {
            SourceText { bytes: text.to_utf8()?.as_bytes().to_vec(), is_text: true }
        } else if let Some(bytes) = source.downcast::<Bytes>() {
            SourceText { bytes: bytes.as_slice().to_vec(), is_text: false }
        } else if buffer::has_buffer(source) {
            let view = buffer::bytes_like(source)?;
            SourceText { bytes: buffer::as_slice(&view).to_vec(), is_text: false }
        } else {
            return Err(type_error!("{function}() arg 1 must be a {what} object"));
        };
        if memchr::memchr(0, &text.bytes).is_some() {
            return Err(syntax_error_text!("source code string cannot contain null bytes"));
        }
        Ok(text)
    }

    /// Source from memory.
    pub fn from_bytes(bytes: &[u8], is_text: bool) -> SourceText {
        SourceText { bytes: bytes.to_vec(), is_text }
    }

    /// Drops blanks before the first character, as `eval()` does.
    pub fn trim_start(&mut self) {
        let blanks = self.bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.bytes.drain(..blanks);
    }
}

/// What the front end asks for while it works on one file.
pub(crate) struct Interpreter<'a> {
    filename: &'a Str,
    /// What the interpreter raised when it was asked.
    raised: Option<Exception>,
}

impl<'a> Interpreter<'a> {
    pub(crate) fn new(filename: &'a Str) -> Self {
        Interpreter { filename, raised: None }
    }

    /// The exception of an error's parts; `source` is what a traceback may suggest keywords from.
    #[cold]
    pub(crate) fn raise(mut self, error: SyntaxError, source: Option<&[u8]>) -> Exception {
        if error.kind == SyntaxErrorKind::Host
            && let Some(raised) = self.raised.take()
        {
            return raised;
        }
        match syntax_error(&error, self.filename, source) {
            Ok(exception) | Err(exception) => exception,
        }
    }
}

impl Host for Interpreter<'_> {
    fn warn(&mut self, warning: Warning<'_>) -> Result<(), WarningFailure> {
        let category: &'static GilCell<Type> = match warning.category {
            WarningCategory::Syntax => &exc::SYNTAX_WARNING,
            WarningCategory::Deprecation => &exc::DEPRECATION_WARNING,
        };
        let message = Str::new(warning.message);
        let lineno = i32::try_from(warning.lineno).unwrap_or(i32::MAX);
        let result = (hooks::get().warn_explicit)(
            category,
            message.as_object(),
            self.filename,
            lineno,
            None,
            None,
        );
        match result {
            Ok(()) => Ok(()),
            Err(error) if error.is_instance(category) => Err(WarningFailure::Escalated),
            Err(error) => {
                self.raised = Some(error);
                Err(WarningFailure::Raised)
            }
        }
    }

    fn decode(&mut self, encoding: &str, bytes: &[u8]) -> Result<String, Box<SyntaxError>> {
        let decoded = Bytes::new(bytes).and_then(|bytes| {
            call::call_method(bytes.as_object(), id!(decode), &[Str::new(encoding).as_object()])
        });
        let failure = match decoded {
            Ok(text) => match text.downcast::<Str>().and_then(Str::as_str) {
                Some(text) => return Ok(text.to_owned()),
                None => "surrogates not allowed".to_owned(),
            },
            Err(error) => {
                let passes: [&Type; 3] =
                    [&exc::MEMORY_ERROR, &exc::SYSTEM_ERROR, &exc::KEYBOARD_INTERRUPT];
                if passes.iter().any(|ty| error.is_instance(ty)) {
                    self.raised = Some(error);
                    return Err(SyntaxError::bare(SyntaxErrorKind::Host, ""));
                }
                match object::str(error.value().as_object()) {
                    Ok(text) => text.to_string_lossy().into_owned(),
                    Err(_) => String::new(),
                }
            }
        };
        let mut error = SyntaxError::bare(SyntaxErrorKind::Syntax, failure);
        error.offset = -1;
        Err(error)
    }

    fn int_max_str_digits(&self) -> usize {
        let limit = thread().interpreter().int_max_str_digits.get();
        usize::try_from(limit).unwrap_or(0)
    }

    fn program_line(&mut self, lineno: u32) -> Option<String> {
        program_line(self.filename, lineno)
    }
}

/// Line `lineno` of a file with its newline, decoded as UTF-8 (`PyErr_ProgramTextObject`).
pub(crate) fn program_line(filename: &Str, lineno: u32) -> Option<String> {
    use std::os::unix::ffi::OsStringExt;
    if lineno == 0 || filename.is_empty() {
        return None;
    }
    let path = std::ffi::OsString::from_vec(filename.to_os().ok()?);
    let file = std::fs::File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    for _ in 0..lineno {
        line.clear();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
    }
    let mark: &[u8] = b"\xEF\xBB\xBF";
    let line = line.strip_prefix(mark).filter(|_| lineno == 1).unwrap_or(&line);
    Some(String::from_utf8_lossy(line).into_owned())
}

/// The type of an error's exception.
fn error_type(kind: SyntaxErrorKind) -> PyResult<Ref> {
    let ty: &'static GilCell<Type> = match kind {
        SyntaxErrorKind::Syntax => &exc::SYNTAX_ERROR,
        SyntaxErrorKind::Indentation => &exc::INDENTATION_ERROR,
        SyntaxErrorKind::Tab => &exc::TAB_ERROR,
        SyntaxErrorKind::Incomplete => &exc::INCOMPLETE_INPUT_ERROR,
        SyntaxErrorKind::Memory => &exc::MEMORY_ERROR,
        SyntaxErrorKind::Recursion => &exc::RECURSION_ERROR,
        SyntaxErrorKind::Value => &exc::VALUE_ERROR,
        SyntaxErrorKind::Overflow => &exc::OVERFLOW_ERROR,
        SyntaxErrorKind::System | SyntaxErrorKind::Host => &exc::SYSTEM_ERROR,
        SyntaxErrorKind::Type => &exc::TYPE_ERROR,
        SyntaxErrorKind::Lookup => &exc::LOOKUP_ERROR,
        // Their five arguments are not known here; `ValueError` is what they are handled as.
        SyntaxErrorKind::UnicodeDecode | SyntaxErrorKind::UnicodeEncode => &exc::UNICODE_ERROR,
    };
    Ok(ty.get().to_ref().upcast())
}

/// An int, or `None` for 0.
fn line_or_none(line: u32) -> Ref {
    if line == 0 { none::none() } else { Int::from_i64(line.into()).upcast() }
}

#[cold]
fn syntax_error(error: &SyntaxError, filename: &Str, source: Option<&[u8]>) -> PyResult<Exception> {
    let ty = error_type(error.kind)?;
    let message = Str::new(&error.message);
    if !error.kind.is_syntax_error() {
        if error.kind == SyntaxErrorKind::Memory && error.message.is_empty() {
            return Ok(gopy_core::error::memory_error());
        }
        let value = call::call_one(&ty, message.as_object())?;
        return raise(value);
    }
    let text = match &error.text {
        Some(text) => Str::new(text).upcast(),
        None => none::none(),
    };
    let lineno = i64::from(error.lineno);
    let place = if lineno == 0 && error.offset == -1 {
        // Bytes that are no text have no lines.
        tuple::from_array([
            filename.to_ref().upcast(),
            Int::from_i64(lineno).upcast(),
            Int::from_i64(-1).upcast(),
            none::none(),
        ])
    } else {
        tuple::from_array([
            filename.to_ref().upcast(),
            line_or_none(error.lineno),
            Int::from_i64(error.offset.into()).upcast(),
            text,
            line_or_none(error.end_lineno),
            Int::from_i64(error.end_offset.into()).upcast(),
        ])
    };
    let value = call::call(&ty, &[message.as_object(), place.as_object()])?;
    if let (Some((line, column)), Some(source)) = (error.last_statement, source) {
        let metadata = tuple::from_array([
            Int::from_i64(line.into()).upcast(),
            Int::from_i64(column.into()).upcast(),
            Str::from_wtf8(source).upcast(),
        ]);
        object::set_attr(&value, id!("_metadata"), metadata.as_object())?;
    }
    raise(value)
}

fn raise(value: Ref) -> PyResult<Exception> {
    match value.downcast_ref() {
        Ok(exception) => Ok(Exception::raise(exception)),
        Err(other) => Err(type_error!(
            "exceptions must derive from BaseException, not {:.100}",
            other.type_name()
        )),
    }
}

/// Parses and hands the tree to `then`.
fn with_tree<T>(
    text: &SourceText,
    filename: &Str,
    options: &Options,
    then: impl for<'a> FnOnce(
        &Mod<'a>,
        &mut Interpreter<'_>,
        &'a Arena,
        &mut Interner<'a>,
    ) -> Result<PyResult<T>, Box<SyntaxError>>,
) -> PyResult<T> {
    let mut host = Interpreter::new(filename);
    let arena = Arena::new();
    let mut interner = Interner::new(&arena);
    let exec = options.mode == Mode::File;
    let source = if text.is_text || options.flags & flags::IGNORE_COOKIE != 0 {
        match std::str::from_utf8(&text.bytes) {
            Ok(text) => Source::from_str(text, exec),
            Err(_) => Source::from_bytes(&text.bytes, exec, &mut host),
        }
    } else {
        Source::from_bytes(&text.bytes, exec, &mut host)
    };
    let source = match source {
        Ok(source) => source,
        Err(error) => return Err(host.raise(*error, None)),
    };
    let parsed = gopy_syntax::parse(
        &source,
        options.mode,
        &options.parse(),
        &mut host,
        &arena,
        &mut interner,
    );
    let result = match parsed {
        Ok(tree) => then(&tree, &mut host, &arena, &mut interner),
        Err(error) => Err(error),
    };
    match result {
        Ok(result) => result,
        Err(error) => Err(host.raise(*error, Some(source.text()))),
    }
}

/// Compiles source text to a code object.
///
/// # Errors
///
/// `SyntaxError` and what else can be wrong with a source.
pub fn compile(text: &SourceText, filename: &Str, options: &Options) -> PyResult<Ref<Code>> {
    with_tree(text, filename, options, |tree, host, arena, interner| {
        let name = filename.to_wtf8();
        gopy_compiler::compile(tree, &name, &options.compile(), host, arena, interner)
            .map(|unit| code_object::from_unit(&unit))
    })
}

/// Parses source text to objects of `_ast`.
///
/// # Errors
///
/// As [`compile`].
pub fn parse(text: &SourceText, filename: &Str, options: &Options) -> PyResult {
    with_tree(text, filename, options, |tree, host, arena, interner| {
        let optimized = options.flags & flags::OPTIMIZED_AST == flags::OPTIMIZED_AST;
        let settings = options.compile();
        // Also where nothing is to be folded: some warnings come from there.
        let seen = gopy_compiler::preprocess(tree, &settings, !optimized, host, arena, interner)?;
        let tree = if optimized { &seen } else { tree };
        Ok(ast_bridge::to_object(tree, interner))
    })
}

/// A copy of an object of `_ast`, which must be a tree of the mode's kind.
///
/// # Errors
///
/// `TypeError`, `ValueError` where it is not.
pub fn copy_tree(tree: &Object, mode: Mode) -> PyResult {
    let arena = Arena::new();
    let mut interner = Interner::new(&arena);
    let tree = ast_bridge::from_object(tree, mode, &arena, &mut interner)?;
    ast_bridge::to_object(&tree, &interner)
}

/// Compiles an object of `_ast`; or hands the tree back as the compiler sees it, where the flags ask
/// for that.
///
/// # Errors
///
/// As [`compile`]; `TypeError`, `ValueError` where the objects are no tree.
pub fn compile_tree(tree: &Object, filename: &Str, options: &Options) -> PyResult {
    let arena = Arena::new();
    let mut interner = Interner::new(&arena);
    let module = ast_bridge::from_object(tree, options.mode, &arena, &mut interner)?;
    let mut host = Interpreter::new(filename);
    let settings = options.compile();
    if options.flags & flags::ONLY_AST != 0 {
        let seen =
            gopy_compiler::preprocess(&module, &settings, false, &mut host, &arena, &mut interner);
        return match seen {
            Ok(seen) => ast_bridge::to_object(&seen, &interner),
            Err(error) => Err(host.raise(*error, None)),
        };
    }
    let name = filename.to_wtf8();
    match gopy_compiler::compile(&module, &name, &settings, &mut host, &arena, &mut interner) {
        Ok(unit) => Ok(code_object::from_unit(&unit)?.upcast()),
        Err(error) => Err(host.raise(*error, None)),
    }
}

/// Lends the front end's view of the interpreter to `work`, and raises the error that it ends with.
///
/// # Errors
///
/// What `work` ends with.
pub fn with_host<T>(
    filename: &Str,
    work: impl FnOnce(&mut dyn Host) -> Result<T, Box<SyntaxError>>,
) -> PyResult<T> {
    let mut host = Interpreter::new(filename);
    match work(&mut host) {
        Ok(result) => Ok(result),
        Err(error) => Err(host.raise(*error, None)),
    }
}

/// Makes the symbol table of a source and hands it to `then`.
///
/// # Errors
///
/// As [`compile`]; what `then` raises.
pub fn with_symbol_table<T>(
    text: &SourceText,
    filename: &Str,
    options: &Options,
    then: impl FnOnce(&gopy_compiler::SymbolTable, &Interner<'_>) -> PyResult<T>,
) -> PyResult<T> {
    with_tree(text, filename, options, |tree, host, _, interner| {
        let table = gopy_compiler::symbol_table(tree, &options.compile(), host, interner)?;
        Ok(then(&table, interner))
    })
}

/// `str`, `bytes` or path object to a file name (`PyUnicode_FSDecoder`).
///
/// # Errors
///
/// `TypeError`, `ValueError` for null characters.
pub fn decode_filename(path: &Object) -> PyResult<Ref<Str>> {
    let path = if path.downcast::<Str>().is_some() || path.downcast::<Bytes>().is_some() {
        path.to_ref()
    } else {
        fspath(path)?
    };
    let text = match path.downcast::<Bytes>() {
        Some(bytes) => Str::from_os(bytes.as_slice()),
        None => match path.downcast_ref::<Str>() {
            Ok(text) => text,
            Err(other) => {
                return Err(type_error!(
                    "path should be string, bytes, or os.PathLike, not {:.200}",
                    other.type_name()
                ));
            }
        },
    };
    if text.units().iter().any(|code| code == 0) {
        return Err(raise_text(&exc::VALUE_ERROR, Str::new("embedded null character")));
    }
    Ok(text)
}

/// `os.fspath(path)` of what is neither `str` nor `bytes`.
fn fspath(path: &Object) -> PyResult {
    let Some(method) = object::lookup_special(path, id!(__fspath__))? else {
        return Err(type_error!(
            "expected str, bytes or os.PathLike object, not {:.200}",
            path.type_name()
        ));
    };
    let result = call::call_no_args(&method)?;
    if result.downcast::<Str>().is_none() && result.downcast::<Bytes>().is_none() {
        return Err(type_error!(
            "expected {:.200}.__fspath__() to return str or bytes, not {:.200}",
            path.type_name(),
            result.type_name()
        ));
    }
    Ok(result)
}
