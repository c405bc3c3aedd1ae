//! `re.Pattern`.
//!
//! Answers to the pattern object of `Modules/_sre/sre.c`.

use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::generic_alias::GenericAlias;
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::{self, Str, StrBuilder};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, bytes, call, import, iter, mappingproxy, none, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::weakref::WeakList;
use gopy_object::{Instance, Object, PyResult, Ref, Type, gc, memory};

use super::engine::{Program, State};
use super::matches::Match;
use super::scanner::Scanner;
use super::template::{TEMPLATE, Template};
use super::{Subject, match_here, search};

const FLAG_UNICODE: i32 = 32;
/// Names of flags in the order of `repr`.
const FLAG_NAMES: [(&str, i32); 8] = [
    ("re.IGNORECASE", 2),
    ("re.LOCALE", 4),
    ("re.MULTILINE", 8),
    ("re.DOTALL", 16),
    ("re.UNICODE", FLAG_UNICODE),
    ("re.VERBOSE", 64),
    ("re.DEBUG", 128),
    ("re.ASCII", 256),
];

/// A `re.Pattern`.
#[pyclass(name = "re.Pattern", static = PATTERN, basicsize = 96, itemsize = 4, weaklistoffset = 64,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION), weaklist = weakrefs)]
#[repr(C)]
pub struct Pattern {
    object: Object,
    groupindex: Ref<Dict>,
    indexgroup: Ref<Tuple>,
    pattern: Ref,
    groups: usize,
    flags: i32,
    /// Whether the pattern is bytes-like; `None` where there is no pattern string.
    is_bytes: Option<bool>,
    program: Program,
    weakrefs: WeakList,
}

impl Pattern {
    /// A pattern of validated code.
    pub fn make(
        pattern: &Object,
        flags: i32,
        program: Program,
        groups: usize,
        groupindex: &Dict,
        indexgroup: &Tuple,
        is_bytes: Option<bool>,
    ) -> PyResult<Ref<Pattern>> {
        let value = Pattern {
            object: Object::header(&PATTERN),
            groupindex: groupindex.to_ref(),
            indexgroup: indexgroup.to_ref(),
            pattern: pattern.to_ref(),
            groups,
            flags,
            is_bytes,
            program,
            weakrefs: WeakList::empty(),
        };
        Ok(gc::tracked(memory::alloc(&PATTERN, value)?))
    }

    /// Number of groups.
    pub fn group_count(&self) -> usize {
        self.groups
    }

    /// The code.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Names to numbers.
    pub fn group_index(&self) -> &Dict {
        &self.groupindex
    }

    /// Numbers to names.
    pub fn index_group(&self) -> &Tuple {
        &self.indexgroup
    }

    /// Prepares a search of `string` (`state_init`). May run Python.
    pub fn begin(&self, string: &Object, pos: isize, endpos: isize) -> PyResult<(Subject, State)> {
        let subject = Subject::new(string)?;
        match (self.is_bytes, subject.is_bytes()) {
            (Some(false), true) => {
                return Err(type_error!("cannot use a string pattern on a bytes-like object"));
            }
            (Some(true), false) => {
                return Err(type_error!("cannot use a bytes pattern on a string-like object"));
            }
            _ => {}
        }
        let state = State::new(self.groups, subject.units().len(), pos, endpos);
        Ok((subject, state))
    }

    fn match_with(
        &self,
        string: &Object,
        pos: isize,
        endpos: isize,
        matcher: fn(&mut State, &Subject, &Program) -> PyResult<bool>,
        whole: bool,
    ) -> PyResult {
        let (subject, mut state) = self.begin(string, pos, endpos)?;
        state.match_all = whole;
        let found = matcher(&mut state, &subject, &self.program)?;
        Match::from_state(self, &state, string, found)
    }

    /// What `_compile_template` of `re` makes of a template. May run Python.
    pub fn compile_template(&self, template: &Object) -> PyResult {
        let compile = import::import_attr("re", "_compile_template")?;
        call::call(&compile, &[self.as_object(), template])
    }

    fn substitute(&self, repl: &Object, string: &Object, count: isize) -> PyResult<(Ref, usize)> {
        let filter = Filter::new(self, repl)?;
        let (subject, mut state) = self.begin(string, 0, isize::MAX)?;
        let mut parts: Vec<Ref> = Vec::new();
        let (mut done, mut copied) = (0, 0);
        while count == 0 || (done as isize) < count {
            state.reset();
            if !search(&mut state, &subject, &self.program)? {
                break;
            }
            let (start, end) = (state.start, state.ptr);
            if copied < start {
                parts.push(subject.slice(string, copied, start)?);
            }
            let item = match &filter {
                Filter::Literal(literal) => literal.clone(),
                Filter::Template(template) => {
                    let found = Match::from_state(self, &state, string, true)?;
                    match found.downcast::<Match>() {
                        Some(found) => template.expand(found)?,
                        None => none::none(),
                    }
                }
                Filter::Callable(function) => {
                    let found = Match::from_state(self, &state, string, true)?;
                    call::call_one(function, &found)?
                }
            };
            if !none::is_none(&item) {
                parts.push(item);
            }
            copied = end;
            done += 1;
            state.advance();
        }
        if copied < state.endpos {
            parts.push(subject.slice(string, copied, state.endpos)?);
        }
        let joined = join(&subject, string, parts)?;
        Ok((joined, done))
    }
}

/// Joins parts with an empty separator of the subject's kind.
pub fn join(subject: &Subject, string: &Object, parts: Vec<Ref>) -> PyResult {
    let separator = subject.slice(string, 0, 0)?;
    if parts.is_empty() {
        return Ok(separator);
    }
    if let Some(separator) = separator.downcast::<Str>() {
        return str::join_refs(separator, &parts).map(Ref::upcast);
    }
    let list = List::from_vec(parts);
    match separator.downcast::<bytes::Bytes>() {
        Some(separator) => bytes::common::join(separator, list.as_object()),
        None => Ok(separator),
    }
}

/// What replaces a match.
enum Filter {
    Literal(Ref),
    Template(Ref<Template>),
    Callable(Ref),
}

impl Filter {
    fn new(pattern: &Pattern, repl: &Object) -> PyResult<Filter> {
        if object::is_callable(repl) {
            return Ok(Filter::Callable(repl.to_ref()));
        }
        // Without a backslash there is nothing to fill in.
        if let Ok(text) = Subject::new(repl)
            && text.units().find_unit(u32::from(b'\\')).is_none()
        {
            return Ok(Filter::Literal(repl.to_ref()));
        }
        let compiled = pattern.compile_template(repl)?;
        if !compiled.is_exact(&TEMPLATE) {
            return Err(type_error!(
                "_compile_template() must return a template, not '{:.200}'",
                compiled.type_name()
            ));
        }
        match compiled.downcast_ref::<Template>() {
            Ok(template) => Ok(match template.only_literal() {
                Some(literal) => Filter::Literal(literal),
                None => Filter::Template(template),
            }),
            Err(other) => Ok(Filter::Callable(other)),
        }
    }
}

trait FindUnit {
    fn find_unit(self, code: u32) -> Option<usize>;
}

impl FindUnit for gopy_unicode::units::Units<'_> {
    fn find_unit(self, code: u32) -> Option<usize> {
        use gopy_unicode::units::CodeUnit;
        fn find<U: CodeUnit>(text: &[U], code: u32) -> Option<usize> {
            U::position(text, U::from_code(code)?)
        }
        gopy_unicode::with_units!(self, text => find(text, code))
    }
}

/// The text of group `number` (from 1); where it took no part, `None` or an empty string.
fn group_slice(
    state: &State,
    subject: &Subject,
    string: &Object,
    number: usize,
    empty: bool,
) -> PyResult {
    match state.group(number - 1) {
        Some((start, end)) if start <= end => subject.slice(string, start, end),
        Some(_) => Err(super::matches::wrong_span()),
        None if empty => subject.slice(string, 0, 0),
        None => Ok(none::none()),
    }
}

#[pymethods]
impl Pattern {
    #[pymethod("($self, /, string, pos=0, endpos=sys.maxsize)", name = "match")]
    fn match_(&self, string: &Object, pos: Option<isize>, endpos: Option<isize>) -> PyResult {
        let (pos, endpos) = (pos.unwrap_or(0), endpos.unwrap_or(isize::MAX));
        self.match_with(string, pos, endpos, match_here, false)
    }

    #[pymethod("($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn fullmatch(&self, string: &Object, pos: Option<isize>, endpos: Option<isize>) -> PyResult {
        let (pos, endpos) = (pos.unwrap_or(0), endpos.unwrap_or(isize::MAX));
        self.match_with(string, pos, endpos, match_here, true)
    }

    #[pymethod("($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn search(&self, string: &Object, pos: Option<isize>, endpos: Option<isize>) -> PyResult {
        let (pos, endpos) = (pos.unwrap_or(0), endpos.unwrap_or(isize::MAX));
        self.match_with(string, pos, endpos, search, false)
    }

    #[pymethod("($self, /, repl, string, count=0)")]
    fn sub(&self, repl: &Object, string: &Object, count: isize) -> PyResult {
        Ok(self.substitute(repl, string, count)?.0)
    }

    #[pymethod("($self, /, repl, string, count=0)")]
    fn subn(&self, repl: &Object, string: &Object, count: isize) -> PyResult {
        let (text, count) = self.substitute(repl, string, count)?;
        let count = Int::from_u64(count as u64).upcast();
        Ok(tuple::from_array([text, count]).upcast())
    }

    #[pymethod("($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn findall(&self, string: &Object, pos: Option<isize>, endpos: Option<isize>) -> PyResult {
        let (pos, endpos) = (pos.unwrap_or(0), endpos.unwrap_or(isize::MAX));
        let (subject, mut state) = self.begin(string, pos, endpos)?;
        let found = List::new();
        while state.start <= state.end {
            state.reset();
            if !search(&mut state, &subject, &self.program)? {
                break;
            }
            let item = match self.groups {
                0 => subject.slice(string, state.start, state.ptr)?,
                1 => group_slice(&state, &subject, string, 1, true)?,
                _ => {
                    let groups = (1..=self.groups)
                        .map(|number| group_slice(&state, &subject, string, number, true))
                        .collect::<PyResult<Vec<Ref>>>()?;
                    tuple::try_from_vec(groups)?.upcast()
                }
            };
            found.push(item)?;
            state.advance();
        }
        Ok(found.upcast())
    }

    #[pymethod("($self, /, string, maxsplit=0)")]
    fn split(&self, string: &Object, maxsplit: isize) -> PyResult {
        let (subject, mut state) = self.begin(string, 0, isize::MAX)?;
        let parts = List::new();
        let (mut count, mut last) = (0, 0);
        while maxsplit == 0 || count < maxsplit {
            state.reset();
            if !search(&mut state, &subject, &self.program)? {
                break;
            }
            parts.push(subject.slice(string, last, state.start)?)?;
            for number in 1..=self.groups {
                parts.push(group_slice(&state, &subject, string, number, false)?)?;
            }
            count += 1;
            state.advance();
            last = state.start;
        }
        parts.push(subject.slice(string, last, state.endpos)?)?;
        Ok(parts.upcast())
    }

    #[pymethod("($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn finditer(&self, string: &Object, pos: Option<isize>, endpos: Option<isize>) -> PyResult {
        let (pos, endpos) = (pos.unwrap_or(0), endpos.unwrap_or(isize::MAX));
        let scanner = Scanner::make(self, string, pos, endpos)?;
        let search = object::get_attr(scanner.as_object(), &str::interned("search"))?;
        iter::new_call_iter(&search, &none::none())
    }

    #[pymethod("($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn scanner(&self, string: &Object, pos: Option<isize>, endpos: Option<isize>) -> PyResult {
        let (pos, endpos) = (pos.unwrap_or(0), endpos.unwrap_or(isize::MAX));
        Scanner::make(self, string, pos, endpos).map(Ref::upcast)
    }

    #[pymethod("($self, /)")]
    fn __copy__(&self) -> Ref {
        self.as_object().to_ref()
    }

    #[pymethod("($self, memo, /)")]
    fn __deepcopy__(&self, memo: &Object) -> Ref {
        let _ = memo;
        self.as_object().to_ref()
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pymember]
    fn pattern(&self) -> Ref {
        self.pattern.clone()
    }

    #[pymember]
    fn flags(&self) -> Ref {
        Int::from_i64(i64::from(self.flags)).upcast()
    }

    #[pymember]
    fn groups(&self) -> Ref {
        Int::from_u64(self.groups as u64).upcast()
    }

    #[pygetter]
    fn groupindex(&self) -> PyResult {
        mappingproxy::new(self.groupindex.as_object())
    }
}

#[pyslots]
impl Pattern {
    fn repr(&self) -> PyResult<Ref<Str>> {
        let mut flags = self.flags;
        // What a string pattern has anyway is not shown.
        if self.is_bytes == Some(false) && flags & (4 | FLAG_UNICODE | 256) == FLAG_UNICODE {
            flags &= !FLAG_UNICODE;
        }
        let mut out = StrBuilder::new();
        out.push_str("re.compile(")?;
        let pattern = object::repr(&self.pattern)?;
        out.push_range(&pattern, 0, pattern.len().min(200))?;
        let mut separator = ", ";
        for (name, flag) in FLAG_NAMES {
            if flags & flag != 0 {
                out.push_str(separator)?;
                out.push_str(name)?;
                separator = "|";
                flags &= !flag;
            }
        }
        if flags != 0 {
            out.push_str(separator)?;
            out.push_str(&format!("0x{flags:x}"))?;
        }
        out.push_str(")")?;
        out.finish()
    }

    fn hash(&self) -> PyResult<isize> {
        let mut bytes = Vec::with_capacity(self.program.code.len() * 4);
        for word in &self.program.code {
            bytes.extend_from_slice(&word.to_ne_bytes());
        }
        let is_bytes = self.is_bytes.map_or(-1, isize::from);
        let hash = object::hash(&self.pattern)?
            ^ str::hash_bytes(&bytes)
            ^ self.flags as isize
            ^ is_bytes
            ^ self.program.code.len() as isize;
        Ok(if hash == -1 { -2 } else { hash })
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let other = match other.downcast::<Pattern>() {
            Some(other) if matches!(op, CompareOp::Eq | CompareOp::Ne) => other,
            _ => return Ok(none::not_implemented()),
        };
        // The code tells most patterns apart; the same code may come of different flags.
        let mut equal = std::ptr::eq(self, other)
            || (self.flags == other.flags
                && self.is_bytes == other.is_bytes
                && self.program.code == other.program.code);
        if equal && !std::ptr::eq(self, other) {
            equal = object::compare_bool(&self.pattern, &other.pattern, CompareOp::Eq)?;
        }
        Ok(bool_::bool_ref(equal == (op == CompareOp::Eq)))
    }
}
