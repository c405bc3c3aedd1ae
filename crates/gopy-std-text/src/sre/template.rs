//! `_sre.SRE_Template`: a replacement text with references to groups.
//!
//! Answers to the template object of `Modules/_sre/sre.c`.

use gopy_core::error::type_error;
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::{bytes, none, number, object};
use gopy_macros::pyclass;
use gopy_object::{Exception, Object, PyResult, Ref, Traverse, Visitor, gc, memory};

use super::Subject;
use super::matches::Match;
use super::pattern::join;

/// Group numbers, each with the text behind it where that is not empty.
pub struct Items(Box<[(usize, Option<Ref>)]>);

impl Traverse for Items {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        for (_, literal) in &self.0 {
            literal.traverse(visit);
        }
    }

    fn clear(&self) {
        // The literals are strings; what else they may be is broken at the other object.
    }
}

/// A `_sre.SRE_Template`.
#[pyclass(name = "_sre.SRE_Template", static = TEMPLATE, basicsize = 40, itemsize = 16, no_methods,
    no_slots, flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct Template {
    object: Object,
    /// The text before the first group.
    literal: Ref,
    items: Items,
}

#[cold]
fn invalid() -> Exception {
    type_error!("invalid template")
}

fn is_empty(literal: &Object) -> PyResult<bool> {
    if let Some(text) = literal.downcast::<Str>() {
        return Ok(text.is_empty());
    }
    Ok(literal.downcast::<bytes::Bytes>().is_some() && object::len(literal)? == 0)
}

impl Template {
    /// A template of alternating texts and group numbers.
    pub fn make(parts: &List) -> PyResult<Ref<Template>> {
        let parts = parts.to_vec();
        let Some((literal, rest)) = parts.split_first().filter(|(_, rest)| rest.len() % 2 == 0)
        else {
            return Err(invalid());
        };
        let mut items = Vec::with_capacity(rest.len() / 2);
        for item in rest.chunks_exact(2) {
            if item[0].downcast::<Int>().is_none() {
                return Err(type_error!("an integer is required"));
            }
            let index = number::index_as_ssize(&item[0])?;
            let index = usize::try_from(index).map_err(|_| invalid())?;
            let literal = if is_empty(&item[1])? { None } else { Some(item[1].clone()) };
            items.push((index, literal));
        }
        let value = Template {
            object: Object::header(&TEMPLATE),
            literal: literal.clone(),
            items: Items(items.into_boxed_slice()),
        };
        Ok(gc::tracked(memory::alloc(&TEMPLATE, value)?))
    }

    /// The text, where no group is referred to.
    pub fn only_literal(&self) -> Option<Ref> {
        self.items.0.is_empty().then(|| self.literal.clone())
    }

    /// Fills in the groups of a match.
    pub fn expand(&self, found: &Match) -> PyResult {
        if let Some(literal) = self.only_literal() {
            return Ok(literal);
        }
        let none = none::none();
        let mut parts = Vec::with_capacity(self.items.0.len() * 2 + 1);
        if !is_empty(&self.literal)? {
            parts.push(self.literal.clone());
        }
        for (index, literal) in &self.items.0 {
            let text = found.slice(*index, &none)?;
            if !none::is_none(&text) {
                parts.push(text);
            }
            parts.extend(literal.clone());
        }
        join(&Subject::new(&self.literal)?, &self.literal, parts)
    }
}
