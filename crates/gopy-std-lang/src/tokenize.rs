//! `_tokenize`: the lexer's tokens for the module `tokenize`.
//!
//! Answers to `Python/Python-tokenize.c` and `Parser/tokenizer/readline_tokenizer.c`. A line is read
//! when the next token needs it.

use std::cell::RefCell;
use std::ops::Range;

use gopy_core::argument::{ArgSpec, Bound, Style};
use gopy_core::bytes::Bytes;
use gopy_core::error::{memory_error, stop_iteration_text, suppress, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{call, codecs, exceptions, id, none, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Exception, GilCell, Instance, Object, PyResult, Ref, Slot, Type, memory};
use gopy_syntax::SyntaxErrorKind;
use gopy_syntax::lexer::{Failure, LineLexer, NO_COLUMN, Options, Step, Token, TokenKind};
use gopy_vm::compile;

/// An iterator over the tokens of a file.
#[pyclass(name = "_tokenize.TokenizerIter", static = TOKENIZER_ITER, basicsize = 64,
    flags(HEAPTYPE, IMMUTABLETYPE))]
#[repr(C)]
pub struct TokenizerIter {
    object: Object,
    readline: Ref,
    /// The encoding of what `readline` gives, or `None` for text.
    encoding: Ref,
    extra_tokens: bool,
    filename: Ref<Str>,
    /// The line of the last token.
    line: Slot<Str>,
    reading: Reading,
}

/// The lexer; `None` while a token is read.
struct Reading(RefCell<Option<Box<Read>>>);

gopy_object::leaf_traverse!(Reading);

struct Read {
    lexer: LineLexer,
    end: End,
    /// Byte range of the line in [`TokenizerIter::line`], and the line it begins with.
    shown: (u32, usize),
    /// The last place whose column was counted: line, byte on it, column.
    counted: (u32, usize, i64),
}

/// How far reading has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// There may be further tokens.
    Open,
    /// The last token was handed out, or an error raised.
    Done,
    /// `readline` has raised an exception.
    Broken,
}

/// Why there is no further token, and where.
struct Broken {
    failure: Failure,
    lineno: u32,
    inside_string: bool,
}

static SPEC: ArgSpec = ArgSpec {
    function: "tokenizeriter",
    names: &["", "extra_tokens", "encoding"],
    required: &[true, true, false],
    positional_only: 1,
    positional: 1,
    required_positional: 1,
    rest: false,
    keywords: false,
    style: Style::Clinic,
};

#[pymethods]
impl TokenizerIter {}

#[pyslots]
impl TokenizerIter {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        let mut places = [None; 3];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        let extra_tokens = object::is_true(bound.required(1))?;
        let encoding = match bound.get(2) {
            Some(encoding) => match encoding.downcast::<Str>() {
                Some(text) => {
                    codecs::c_string(text)?;
                    encoding.to_ref()
                }
                None => {
                    return Err(gopy_core::argument::Place::named("tokenizeriter", "encoding")
                        .bad_argument("str", encoding));
                }
            },
            None => none::none(),
        };
        let options = Options { extra_tokens, ..Options::default() };
        let read = Read {
            lexer: LineLexer::new(options),
            end: End::Open,
            shown: (0, 0),
            counted: (0, 0, 0),
        };
        let iterator = memory::alloc(
            ty,
            TokenizerIter {
                object: Object::header(ty),
                readline: bound.required(0).to_ref(),
                encoding,
                extra_tokens,
                filename: Str::new("<string>"),
                line: Slot::empty(),
                reading: Reading(RefCell::new(Some(Box::new(read)))),
            },
        )?;
        Ok(iterator.upcast())
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        // `readline` may come back here.
        let Some(mut read) = self.reading.0.borrow_mut().take() else {
            return Err(value_error!("TokenizerIter already executing"));
        };
        let answer = self.next_token(&mut read);
        *self.reading.0.borrow_mut() = Some(read);
        answer.map(Some)
    }
}

impl TokenizerIter {
    /// The next line; `None` at the end.
    fn next_line(&self) -> PyResult<Option<String>> {
        let line = call::call_no_args(&self.readline);
        let Some(line) = suppress(line, &exceptions::STOP_ITERATION)? else { return Ok(None) };
        let text = if none::is_none(&self.encoding) {
            match line.downcast_ref::<Str>() {
                Ok(text) => text,
                Err(_) => return Err(type_error!("readline() returned a non-string object")),
            }
        } else {
            let Some(bytes) = line.downcast::<Bytes>() else {
                return Err(type_error!("readline() returned a non-bytes object"));
            };
            let encoding = object::str(&self.encoding)?;
            codecs::decode_text(
                bytes.as_slice(),
                Some(codecs::c_string(&encoding)?),
                Some("replace"),
            )?
        };
        let text = text.to_utf8()?;
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    fn next_token(&self, read: &mut Read) -> PyResult {
        match read.end {
            End::Open => {}
            End::Done => return Err(stop_iteration_text!("EOF")),
            End::Broken => return Err(memory_error()),
        }
        loop {
            let step = compile::with_host(&self.filename, |host| match read.lexer.next(host) {
                // What a warning has raised.
                Step::Failed { failure: Failure::Error(error), .. }
                    if error.kind == SyntaxErrorKind::Host =>
                {
                    Err(error)
                }
                step => Ok(step),
            });
            match step {
                Ok(Step::Token(token, trailing)) => {
                    if token.kind == TokenKind::EndMarker {
                        read.end = End::Done;
                    }
                    return self.token(read, token, trailing);
                }
                Ok(Step::NeedsLine) => self.feed(read)?,
                Ok(Step::Failed { failure, lineno, inside_string }) => {
                    // An end that comes too early can be met again.
                    if failure != Failure::EndOfFile {
                        read.end = End::Done;
                    }
                    return Err(Broken { failure, lineno, inside_string }.raise(&read.lexer));
                }
                Err(error) => {
                    read.end = End::Done;
                    return Err(error);
                }
            }
        }
    }

    /// Reads what the next token needs.
    fn feed(&self, read: &mut Read) -> PyResult<()> {
        loop {
            let line = self.next_line().inspect_err(|_| read.end = End::Broken)?;
            let Some(line) = line else {
                read.lexer.finish();
                return Ok(());
            };
            if compile::with_host(&self.filename, |_| read.lexer.feed(&line))? {
                return Ok(());
            }
        }
    }

    /// `(type, string, start, end, line)`.
    fn token(&self, read: &mut Read, token: Token, trailing: bool) -> PyResult {
        let range = token.range;
        let (start, end) = (token.start as usize, token.end as usize);
        let mut kind = token.kind;
        let is_string = matches!(
            kind,
            TokenKind::String
                | TokenKind::FStringStart
                | TokenKind::FStringMiddle
                | TokenKind::FStringEnd
                | TokenKind::TStringStart
                | TokenKind::TStringMiddle
                | TokenKind::TStringEnd
        );
        let (mut lineno, mut end_lineno) = (range.lineno, range.end_lineno);
        let first_line = if is_string { lineno } else { end_lineno };
        // Behind the last line there is none to show, unless a token before has shown it.
        let shown = if trailing { 0..0 } else { read.lines(first_line, end_lineno) };
        let shown_key = match trailing && !self.extra_tokens && read.shown.0 == first_line {
            true => read.shown,
            false => (first_line, shown.len()),
        };
        let (mut column, mut end_column) = (-1, -1);
        if range.col_offset != NO_COLUMN {
            column = read.column(lineno, start);
            end_column = read.column(end_lineno, end);
        }
        let known = read.lexer.text();
        let mut text = &known[start..end];
        if self.extra_tokens {
            if trailing {
                (lineno, end_lineno) = (lineno + 1, end_lineno + 1);
                (column, end_column) = (0, 0);
            }
            let implicit = read.lexer.implicit_newline() && end + 1 >= known.len();
            if kind > TokenKind::Dedent && kind < TokenKind::Op {
                kind = TokenKind::Op;
            } else if kind == TokenKind::NewLine {
                if !implicit {
                    let carriage = known.as_bytes().get(start) == Some(&b'\r');
                    text = if carriage { "\r\n" } else { "\n" };
                }
                end_column += 1;
            } else if kind == TokenKind::Nl && implicit {
                text = "";
            }
        }
        let string = Str::try_new(text)?;
        let line = match self.line.get() {
            Some(line) if read.shown == shown_key => line,
            _ => {
                let line = Str::try_new(&known[shown])?;
                read.shown = shown_key;
                self.line.set(Some(line.clone()));
                line
            }
        };
        let int = |value: i64| Int::from_i64(value).upcast();
        let pair =
            |line: u32, column: i64| tuple::from_array([int(line.into()), int(column)]).upcast();
        Ok(tuple::from_array([
            int(kind as i64),
            string.upcast(),
            pair(lineno, column),
            pair(end_lineno, end_column),
            line.upcast(),
        ])
        .upcast())
    }
}

impl Read {
    /// Byte range of some lines, without a newline that was added.
    fn lines(&self, first: u32, last: u32) -> Range<usize> {
        let lexer = &self.lexer;
        let (start, mut end) = (lexer.line_start(first), lexer.line_start(last + 1));
        if lexer.implicit_newline() && end == lexer.text().len() && end > start {
            end -= 1;
        }
        start..end
    }

    /// Column, in characters, of a byte on a line.
    fn column(&mut self, lineno: u32, byte: usize) -> i64 {
        let line = self.lexer.line_start(lineno);
        let (counted_line, counted_bytes, counted) = self.counted;
        let (from, before) = match counted_line == lineno && line + counted_bytes <= byte {
            true => (line + counted_bytes, counted),
            false => (line, 0),
        };
        let bytes = self.lexer.text().as_bytes().get(from..byte).unwrap_or_default();
        let characters = bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let column = before + characters as i64;
        self.counted = (lineno, byte.saturating_sub(line), column);
        column
    }
}

impl Broken {
    #[cold]
    fn raise(self, lexer: &LineLexer) -> Exception {
        let syntax: &'static GilCell<Type> = &exceptions::SYNTAX_ERROR;
        let indentation: &'static GilCell<Type> = &exceptions::INDENTATION_ERROR;
        let line = &lexer.text()[lexer.line_start(self.lineno)..];
        let line = line.split_once('\n').map_or(line, |(line, _)| line);
        let (ty, message) = match self.failure {
            Failure::Error(error) => {
                let filename = Str::new("<string>");
                return match compile::with_host(&filename, |_| Err::<(), _>(error)) {
                    Ok(()) => unreachable!("the work ends with an error"),
                    Err(error) => error,
                };
            }
            Failure::EndOfFile => {
                let offset = if self.inside_string { line.len() as i64 + 1 } else { 0 };
                return match end_of_file(self.lineno, offset) {
                    Ok(exception) | Err(exception) => exception,
                };
            }
            Failure::Dedent => (indentation, "unindent does not match any outer indentation level"),
            Failure::TabSpace => {
                (&exceptions::TAB_ERROR, "inconsistent use of tabs and spaces in indentation")
            }
            Failure::TooDeep => (indentation, "too many levels of indentation"),
            Failure::LineContinuation => {
                (syntax, "unexpected character after line continuation character")
            }
        };
        let place = tuple::from_array([
            Str::new("<string>").upcast(),
            Int::from_i64(self.lineno.into()).upcast(),
            Int::from_i64(line.chars().count() as i64 + 1).upcast(),
            Str::new(line).upcast(),
            none::none(),
            none::none(),
        ]);
        let message = Str::new(message);
        gopy_core::error::raise_with(ty, &[message.as_object(), place.as_object()])
    }
}

/// The error of a source that ends too early; its place is set afterwards, not given.
#[cold]
fn end_of_file(lineno: u32, offset: i64) -> PyResult<Exception> {
    let message = Str::new("unexpected EOF in multi-line statement");
    let args = tuple::from_array([message.upcast()]);
    let exception = exceptions::instantiate(&exceptions::SYNTAX_ERROR, &args)?;
    let value = exception.as_object();
    let lineno = Int::from_i64(lineno.into());
    object::set_attr(value, id!(lineno), lineno.as_object())?;
    object::set_attr(value, id!(offset), Int::from_i64(offset).as_object())?;
    object::set_attr(value, id!(end_lineno), lineno.as_object())?;
    object::set_attr(value, id!(filename), Str::new("<string>").as_object())?;
    Ok(Exception::raise(exception))
}

/// `_tokenize`.
#[gopy_macros::pymodule(name = "_tokenize")]
pub mod module {
    use gopy_core::module;
    use gopy_object::{Object, PyResult};

    use super::TOKENIZER_ITER;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &TOKENIZER_ITER)
    }
}
