//! `re.Match`.
//!
//! Answers to the match object of `Modules/_sre/sre.c`.

use gopy_core::dict::Dict;
use gopy_core::error::{index_error, system_error};
use gopy_core::generic_alias::GenericAlias;
use gopy_core::int::Int;
use gopy_core::str::{Str, StrBuilder};
use gopy_core::{argument, none, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use super::engine::State;
use super::pattern::Pattern;
use super::template::Template;
use super::{Subject, clipped_index};

/// Beginnings and ends of the groups; `None` where a group took no part.
pub struct Spans(Box<[Option<(usize, usize)>]>);

gopy_object::leaf_traverse!(Spans);

/// A `re.Match`.
#[pyclass(name = "re.Match", static = MATCH, basicsize = 88, itemsize = 8,
    flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Match {
    object: Object,
    string: Ref,
    /// The tuple of spans, once asked for.
    regs: Slot,
    pattern: Ref<Pattern>,
    pos: usize,
    endpos: usize,
    lastindex: isize,
    spans: Spans,
}

/// A group ends before it begins.
#[cold]
pub fn wrong_span() -> Exception {
    system_error!("The span of capturing group is wrong, please report a bug for the re module.")
}

fn int(value: usize) -> Ref {
    Int::from_u64(value as u64).upcast()
}

fn pair(span: Option<(usize, usize)>) -> Ref {
    let minus = || Int::from_i64(-1).upcast();
    let (start, end) = match span {
        Some((start, end)) => (int(start), int(end)),
        None => (minus(), minus()),
    };
    tuple::from_array([start, end]).upcast()
}

impl Match {
    /// What a search has found; `None` where it found nothing.
    pub fn from_state(pattern: &Pattern, state: &State, string: &Object, found: bool) -> PyResult {
        if !found {
            return Ok(none::none());
        }
        let mut spans = Vec::with_capacity(pattern.group_count() + 1);
        spans.push(Some((state.start, state.ptr)));
        for index in 0..pattern.group_count() {
            let span = state.group(index);
            if span.is_some_and(|(start, end)| start > end) {
                return Err(wrong_span());
            }
            spans.push(span);
        }
        let value = Match {
            object: Object::header(&MATCH),
            string: string.to_ref(),
            regs: Slot::new(None),
            pattern: pattern.to_ref(),
            pos: state.pos,
            endpos: state.endpos,
            lastindex: state.lastindex,
            spans: Spans(spans.into_boxed_slice()),
        };
        Ok(gc::tracked(memory::alloc(&MATCH, value)?).upcast())
    }

    /// The text of group `index`; `default` where it took no part.
    pub fn slice(&self, index: usize, default: &Object) -> PyResult {
        match self.spans.0.get(index) {
            None => Err(no_such_group()),
            Some(None) => Ok(default.to_ref()),
            Some(Some((start, end))) => {
                Subject::new(&self.string)?.slice(&self.string, *start, *end)
            }
        }
    }

    /// The searched string.
    pub fn subject(&self) -> &Object {
        &self.string
    }

    fn index_of(&self, group: &Object) -> PyResult<usize> {
        let mut index = -1;
        if number::is_index(group) {
            index = clipped_index(group)?;
        } else if let Some(found) = self.pattern.group_index().get_item(group)?
            && found.downcast::<Int>().is_some()
        {
            index = number::index_as_ssize(&found)?;
        }
        usize::try_from(index)
            .ok()
            .filter(|index| *index < self.spans.0.len())
            .ok_or_else(no_such_group)
    }

    fn span_of(&self, group: Option<&Object>) -> PyResult<Option<(usize, usize)>> {
        let index = match group {
            Some(group) => self.index_of(group)?,
            None => 0,
        };
        Ok(self.spans.0[index])
    }
}

#[cold]
fn no_such_group() -> Exception {
    index_error!("no such group")
}

#[pymethods]
impl Match {
    #[pymethod(raw)]
    fn group(&self, args: Args<'_>) -> PyResult {
        argument::no_keywords("re.Match.group", args)?;
        let none = none::none();
        match args.positional() {
            [] => self.slice(0, &none),
            [group] => self.slice(self.index_of(group.object())?, &none),
            groups => {
                let texts = groups
                    .iter()
                    .map(|group| self.slice(self.index_of(group.object())?, &none))
                    .collect::<PyResult<Vec<Ref>>>()?;
                Ok(tuple::try_from_vec(texts)?.upcast())
            }
        }
    }

    #[pymethod("($self, group=0, /)")]
    fn start(&self, group: Option<&Object>) -> PyResult<isize> {
        Ok(self.span_of(group)?.map_or(-1, |(start, _)| start as isize))
    }

    #[pymethod("($self, group=0, /)")]
    fn end(&self, group: Option<&Object>) -> PyResult<isize> {
        Ok(self.span_of(group)?.map_or(-1, |(_, end)| end as isize))
    }

    #[pymethod("($self, group=0, /)")]
    fn span(&self, group: Option<&Object>) -> PyResult {
        Ok(pair(self.span_of(group)?))
    }

    #[pymethod("($self, /, default=None)")]
    fn groups(&self, default: Option<&Object>) -> PyResult {
        let none = none::none();
        let default = default.unwrap_or(&none);
        let texts = (1..self.spans.0.len())
            .map(|index| self.slice(index, default))
            .collect::<PyResult<Vec<Ref>>>()?;
        Ok(tuple::try_from_vec(texts)?.upcast())
    }

    #[pymethod("($self, /, default=None)")]
    fn groupdict(&self, default: Option<&Object>) -> PyResult {
        let none = none::none();
        let default = default.unwrap_or(&none);
        let result = Dict::new();
        let mut position = 0;
        while let Some((name, group)) = self.pattern.group_index().next(&mut position) {
            let text = self.slice(self.index_of(&group)?, default)?;
            result.set_item(&name, &text)?;
        }
        Ok(result.upcast())
    }

    #[pymethod("($self, /, template)")]
    fn expand(&self, template: &Object) -> PyResult {
        let compiled = self.pattern.compile_template(template)?;
        match compiled.downcast::<Template>() {
            Some(template) => template.expand(self),
            None => Ok(compiled),
        }
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
    fn string(&self) -> Ref {
        self.string.clone()
    }

    #[pymember]
    fn re(&self) -> Ref {
        self.pattern.clone().upcast()
    }

    #[pymember]
    fn pos(&self) -> Ref {
        int(self.pos)
    }

    #[pymember]
    fn endpos(&self) -> Ref {
        int(self.endpos)
    }

    #[pygetter]
    fn lastindex(&self) -> PyResult {
        match usize::try_from(self.lastindex) {
            Ok(index) => Ok(int(index)),
            Err(_) => Ok(none::none()),
        }
    }

    #[pygetter]
    fn lastgroup(&self) -> PyResult {
        let names = self.pattern.index_group();
        let name = usize::try_from(self.lastindex).ok().and_then(|index| names.get(index));
        Ok(name.map_or_else(none::none, Object::to_ref))
    }

    #[pygetter]
    fn regs(&self) -> PyResult {
        if let Some(regs) = self.regs.get() {
            return Ok(regs);
        }
        let pairs = self.spans.0.iter().map(|span| pair(*span)).collect();
        let regs = tuple::try_from_vec(pairs)?.upcast();
        self.regs.set(Some(regs.clone()));
        Ok(regs)
    }
}

#[pyslots]
impl Match {
    fn repr(&self) -> PyResult<Ref<Str>> {
        let none = none::none();
        let text = object::repr(&*self.slice(0, &none)?)?;
        let (start, end) = self.spans.0[0].unwrap_or_default();
        let mut out = StrBuilder::new();
        out.push_str(&format!(
            "<{} object; span=({start}, {end}), match=",
            self.as_object().type_name()
        ))?;
        out.push_range(&text, 0, text.len().min(50))?;
        out.push_str(">")?;
        out.finish()
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        self.slice(self.index_of(key)?, &none::none())
    }
}
