//! `_tokenize`: the lexer's tokens for the module `tokenize`.
//!
//! Answers to `Python/Python-tokenize.c` and `Parser/tokenizer/readline_tokenizer.c`. The lines are all
//! read when the first token is asked for; an exception that reading them raises comes when the tokens
//! before it have been handed out.

use std::cell::RefCell;

use gopy_core::argument::{ArgSpec, Bound, Style};
use gopy_core::bytes::Bytes;
use gopy_core::error::{suppress, type_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{call, codecs, exceptions, id, none, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{
    Args, BaseException, Exception, GilCell, Instance, Object, PyResult, Ref, Slot, Type, memory,
};
use gopy_syntax::lexer::{Failure, Lexer, NO_COLUMN, Options, Source, Token, TokenKind};
use gopy_syntax::{Host, SyntaxError, SyntaxErrorKind};
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
    /// What `readline` has raised.
    raised: Slot<BaseException>,
    /// The line of the last token.
    line: Slot<Str>,
    tokens: Tokens,
}

/// All tokens, from the first `next` on.
struct Tokens(RefCell<Option<Read>>);

gopy_object::leaf_traverse!(Tokens);

struct Read {
    text: String,
    /// Where the lines begin; the end of the text last.
    line_starts: Vec<usize>,
    /// The last newline was added.
    implicit_newline: bool,
    /// The tokens, and whether each stands behind the last line.
    tokens: Vec<(Token, bool)>,
    next: usize,
    failure: Option<Broken>,
    /// Byte range of the line in [`TokenizerIter::line`].
    shown: (usize, usize),
    /// The last place whose column was counted: start of the line, byte, column.
    counted: (usize, usize, i64),
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
        let iterator = memory::alloc(
            ty,
            TokenizerIter {
                object: Object::header(ty),
                readline: bound.required(0).to_ref(),
                encoding,
                extra_tokens,
                raised: Slot::empty(),
                line: Slot::empty(),
                tokens: Tokens(RefCell::new(None)),
            },
        )?;
        Ok(iterator.upcast())
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let is_read = self.tokens.0.borrow().is_some();
        if !is_read {
            let read = self.read()?;
            *self.tokens.0.borrow_mut() = Some(read);
        }
        let mut tokens = self.tokens.0.borrow_mut();
        let Some(read) = tokens.as_mut() else { return Ok(None) };
        if let Some((token, trailing)) = read.tokens.get(read.next).copied() {
            read.next += 1;
            return self.token(read, token, trailing).map(Some);
        }
        let broken = read.failure.take();
        let lines = (read.text.clone(), read.line_starts.clone());
        drop(tokens);
        if let Some(raised) = self.raised.take() {
            return Err(Exception::resume(raised));
        }
        match broken {
            Some(broken) => Err(broken.raise(&lines.0, &lines.1)),
            None => Ok(None),
        }
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

    fn read(&self) -> PyResult<Read> {
        let mut text = String::new();
        loop {
            match self.next_line() {
                Ok(Some(line)) => {
                    // Every line but the last has a newline of its own.
                    if !text.is_empty() && !text.ends_with('\n') {
                        text.push('\n');
                    }
                    text.push_str(&line);
                }
                Ok(None) => break,
                Err(error) => {
                    self.raised.set(Some(error.into_value()));
                    break;
                }
            }
        }
        if text.is_empty()
            && let Some(raised) = self.raised.take()
        {
            return Err(Exception::resume(raised));
        }
        let filename = Str::new("<string>");
        let cut_off = !self.raised.is_empty();
        let options = Options { extra_tokens: self.extra_tokens, ..Options::default() };
        compile::with_host(&filename, |host| lex(text, options, cut_off, host))
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
        let extra_trailing = self.extra_tokens && trailing;
        let first_line = if is_string { lineno } else { end_lineno };
        let shown = if extra_trailing { (0, 0) } else { read.lines(first_line, end_lineno) };
        let (mut column, mut end_column) = (-1, -1);
        if range.col_offset != NO_COLUMN {
            let line = read.line_start(lineno);
            column = read.column(line, start);
            let line = read.line_start(end_lineno);
            end_column = read.column(line, end);
        }
        let mut text = &read.text[start..end];
        if self.extra_tokens {
            if trailing {
                (lineno, end_lineno) = (lineno + 1, end_lineno + 1);
                (column, end_column) = (0, 0);
            }
            let implicit = read.implicit_newline && end + 1 >= read.text.len();
            if kind > TokenKind::Dedent && kind < TokenKind::Op {
                kind = TokenKind::Op;
            } else if kind == TokenKind::NewLine {
                if !implicit {
                    let carriage = read.text.as_bytes().get(start) == Some(&b'\r');
                    text = if carriage { "\r\n" } else { "\n" };
                }
                end_column += 1;
            } else if kind == TokenKind::Nl && implicit {
                text = "";
            }
        }
        let string = Str::try_new(text)?;
        let line = match self.line.get() {
            Some(line) if read.shown == shown => line,
            _ => {
                let line = Str::try_new(&read.text[shown.0..shown.1])?;
                read.shown = shown;
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

/// All tokens of a text. Where reading was cut off, those that the missing lines may change are left out.
fn lex(
    text: String,
    options: Options,
    cut_off: bool,
    host: &mut dyn Host,
) -> Result<Read, Box<SyntaxError>> {
    let (tokens, failure, implicit_newline, with_newline) = {
        let source = Source::for_tokenize(&text)?;
        let mut lexer = Lexer::new(&source, options);
        let mut tokens = Vec::new();
        let mut failure = None;
        loop {
            match lexer.next(host) {
                Ok(_) if cut_off && lexer.at_end() => break,
                Ok(token) => {
                    let kind = token.kind;
                    let last = kind == TokenKind::EndMarker;
                    let trailing = last || kind == TokenKind::Dedent && lexer.at_end();
                    tokens.push((token, trailing));
                    if last {
                        break;
                    }
                }
                Err(_) if cut_off && lexer.at_end() => break,
                Err(Failure::Error(error)) if error.kind == SyntaxErrorKind::Host => {
                    return Err(error);
                }
                Err(found) => {
                    failure = Some(Broken {
                        failure: found,
                        lineno: lexer.lineno(),
                        inside_string: lexer.inside_string(),
                    });
                    break;
                }
            }
        }
        let with_newline = source.text().len();
        (tokens, failure, source.implicit_newline(), with_newline)
    };
    let mut text = text;
    if with_newline > text.len() {
        text.push('\n');
    }
    let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
    let mut line_starts: Vec<usize> = std::iter::once(0).chain(newlines).collect();
    if line_starts.last() != Some(&text.len()) {
        line_starts.push(text.len());
    }
    let shown = (usize::MAX, 0);
    let counted = (usize::MAX, 0, 0);
    Ok(Read { text, line_starts, implicit_newline, tokens, next: 0, failure, shown, counted })
}

impl Read {
    fn line_start(&self, lineno: u32) -> usize {
        let index = (lineno as usize).saturating_sub(1);
        self.line_starts.get(index).copied().unwrap_or(self.text.len())
    }

    /// Byte range of some lines, without a newline that was added.
    fn lines(&self, first: u32, last: u32) -> (usize, usize) {
        let (start, mut end) = (self.line_start(first), self.line_start(last + 1));
        if self.implicit_newline && end == self.text.len() && end > start {
            end -= 1;
        }
        (start, end)
    }

    /// Column, in characters, of a byte on the line that begins at `line`.
    fn column(&mut self, line: usize, byte: usize) -> i64 {
        let (counted_line, counted_byte, counted) = self.counted;
        let (from, before) = match counted_line == line && counted_byte <= byte {
            true => (counted_byte, counted),
            false => (line, 0),
        };
        let bytes = self.text.as_bytes().get(from..byte).unwrap_or_default();
        let characters = bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let column = before + characters as i64;
        self.counted = (line, byte, column);
        column
    }
}

impl Broken {
    #[cold]
    fn raise(self, text: &str, line_starts: &[usize]) -> Exception {
        let syntax: &'static GilCell<Type> = &exceptions::SYNTAX_ERROR;
        let indentation: &'static GilCell<Type> = &exceptions::INDENTATION_ERROR;
        let index = (self.lineno as usize).max(1) - 1;
        let start = line_starts.get(index).copied().unwrap_or(text.len());
        let end = line_starts.get(index + 1).copied().unwrap_or(text.len());
        let line = text[start..end].trim_end_matches('\n');
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
