//! `_sre`: the engine of `re`.
//!
//! Answers to `Modules/_sre/`. `re._compiler` makes the code, this module validates and interprets it:
//! [`engine`] matches, [`pattern`], [`matches`], [`scanner`] and [`template`] are the types.

use gopy_core::dict::Dict;
use gopy_core::error::{memory_error, overflow_error, runtime_error, type_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::tuple::Tuple;
use gopy_core::{buffer, bytes, module, none, number};
use gopy_macros::pymodule;
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Exception, Instance, Object, PyResult, Ref};
use gopy_unicode::units::Units;

pub mod charset;
pub mod engine;
mod first;
pub mod matches;
pub mod pattern;
pub mod scanner;
pub mod template;
pub mod validate;

use engine::{Failure, Program, State};
use pattern::Pattern;

/// `_sre.MAGIC`: version of the code.
const MAGIC: i64 = 20_230_612;

/// The text that is searched: it stays where it is while this lives.
pub enum Subject {
    /// A `str`.
    Text(Ref<Str>),
    /// Something bytes-like.
    Bytes(Buffer),
}

gopy_object::leaf_traverse!(Subject);

impl Subject {
    /// Looks at a string (`getstring`). May run Python.
    pub fn new(string: &Object) -> PyResult<Subject> {
        if let Some(text) = string.downcast::<Str>() {
            return Ok(Subject::Text(text.to_ref()));
        }
        match buffer::get(string, BufferRequest::SIMPLE) {
            Ok(buffer) => Ok(Subject::Bytes(buffer)),
            Err(_) => Err(type_error!(
                "expected string or bytes-like object, got '{:.200}'",
                string.type_name()
            )),
        }
    }

    /// The units.
    pub fn units(&self) -> Units<'_> {
        match self {
            Subject::Text(text) => text.units(),
            Subject::Bytes(buffer) => Units::Ucs1(buffer::as_slice(buffer)),
        }
    }

    /// Whether it is bytes-like.
    pub fn is_bytes(&self) -> bool {
        matches!(self, Subject::Bytes(_))
    }

    /// The part `start..end`, both clipped (`getslice`); `string` is what this was made from.
    pub fn slice(&self, string: &Object, start: usize, end: usize) -> PyResult {
        match self {
            Subject::Text(text) => {
                let end = end.min(text.len());
                text.try_slice(start.min(end), end).map(Ref::upcast)
            }
            Subject::Bytes(buffer) => {
                let content = buffer::as_slice(buffer);
                let end = end.min(content.len());
                let start = start.min(end);
                if string.is_exact(&bytes::BYTES) && start == 0 && end == content.len() {
                    return Ok(string.to_ref());
                }
                bytes::Bytes::new(&content[start..end]).map(Ref::upcast)
            }
        }
    }
}

#[cold]
fn failure(state: &mut State, failure: Failure) -> Exception {
    match failure {
        Failure::Memory => memory_error(),
        Failure::Interrupted => state.interrupt.take().unwrap_or_else(memory_error),
        Failure::Internal => runtime_error!("internal error in regular expression engine"),
    }
}

/// Searches from `state.start`. May run Python: signal handlers.
fn search(state: &mut State, subject: &Subject, program: &Program) -> PyResult<bool> {
    state.ptr = state.start;
    gopy_unicode::with_units!(subject.units(), text => engine::search(state, text, program))
        .map_err(|kind| failure(state, kind))
}

/// Matches at `state.start`.
fn match_here(state: &mut State, subject: &Subject, program: &Program) -> PyResult<bool> {
    state.ptr = state.start;
    gopy_unicode::with_units!(subject.units(), text => engine::run(state, text, program, 0, true))
        .map_err(|kind| failure(state, kind))
}

/// The module.
#[pymodule(name = "_sre")]
pub mod native {
    use super::*;

    #[pyfunction("($module, character, /)")]
    fn ascii_iscased(character: i32) -> bool {
        u8::try_from(character).is_ok_and(|ch| ch.is_ascii_alphabetic())
    }

    #[pyfunction("($module, character, /)")]
    fn ascii_tolower(character: i32) -> i32 {
        charset::lower_ascii(character as u32) as i32
    }

    #[pyfunction("($module, character, /)")]
    fn unicode_iscased(character: i32) -> bool {
        let ch = character as u32;
        charset::lower_unicode(ch) != ch || charset::upper_unicode(ch) != ch
    }

    #[pyfunction("($module, character, /)")]
    fn unicode_tolower(character: i32) -> i32 {
        charset::lower_unicode(character as u32) as i32
    }

    #[pyfunction("($module, /)")]
    fn getcodesize() -> i32 {
        4
    }

    #[pyfunction("($module, /, pattern, flags, code, groups, groupindex,\n        indexgroup)")]
    fn compile(
        pattern: &Object,
        flags: i32,
        code: CodeList<'_>,
        groups: isize,
        groupindex: GroupIndex<'_>,
        indexgroup: &Tuple,
    ) -> PyResult {
        let mut words = Vec::new();
        for index in 0..code.0.len() {
            let Some(item) = code.0.get(index) else { break };
            words.push(code_word(&item)?);
        }
        let is_bytes =
            if none::is_none(pattern) { None } else { Some(Subject::new(pattern)?.is_bytes()) };
        let invalid = || runtime_error!("invalid SRE code");
        let groups = usize::try_from(groups).map_err(|_| invalid())?;
        let program = Program::new(words, groups).map_err(|_| invalid())?;
        Pattern::make(pattern, flags, program, groups, groupindex.0, indexgroup, is_bytes)
            .map(Ref::upcast)
    }

    #[pyfunction("($module, pattern, template, /)")]
    fn template(pattern: &Object, template: CodeList<'_>) -> PyResult {
        let _ = pattern;
        template::Template::make(template.0).map(Ref::upcast)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        for ty in [&pattern::PATTERN, &matches::MATCH, &scanner::SCANNER, &template::TEMPLATE] {
            gopy_core::type_::ready(ty)?;
        }
        module::add(module, "MAGIC", MAGIC)?;
        module::add(module, "CODESIZE", 4)?;
        module::add(module, "MAXREPEAT", i64::from(charset::MAXREPEAT))?;
        module::add(module, "MAXGROUPS", i64::from(i32::MAX / 2))?;
        module::add(module, "copyright", " SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB ")
    }
}

pub use native::MODULE;

/// A parameter that must be a list.
pub struct CodeList<'a>(&'a List);

impl<'a> gopy_core::argument::FromArg<'a> for CodeList<'a> {
    fn from_arg(arg: &'a Object, place: &gopy_core::argument::Place<'_>) -> PyResult<Self> {
        arg.downcast().map(CodeList).ok_or_else(|| place.bad_argument("list", arg))
    }
}

/// A parameter that must be a dict.
pub struct GroupIndex<'a>(&'a Dict);

impl<'a> gopy_core::argument::FromArg<'a> for GroupIndex<'a> {
    fn from_arg(arg: &'a Object, place: &gopy_core::argument::Place<'_>) -> PyResult<Self> {
        arg.downcast().map(GroupIndex).ok_or_else(|| place.bad_argument("dict", arg))
    }
}

fn code_word(item: &Object) -> PyResult<u32> {
    let Some(item) = item.downcast::<Int>() else {
        return Err(type_error!("an integer is required"));
    };
    if item.is_negative() {
        return Err(overflow_error!("can't convert negative value to unsigned int"));
    }
    let too_large = || overflow_error!("regular expression code size limit exceeded");
    match item.to_u64() {
        Some(value) => u32::try_from(value).map_err(|_| too_large()),
        None => Err(overflow_error!("Python int too large to convert to C unsigned long")),
    }
}

/// `value` as an index: clipped where it is too large.
fn clipped_index(value: &Object) -> PyResult<isize> {
    number::index_clamped(value)
}
