//! `FrameLocalsProxy`: what `f_locals` of a function's frame gives (PEP 667).
//!
//! Answers to the first half of `Objects/frameobject.c`. Reads and writes go to the frame's variables;
//! names that the code does not have go into a dict of the frame object.

use gopy_core::cell::{CELL, Cell};
use gopy_core::code::kinds;
use gopy_core::dict::Dict;
use gopy_core::error::{key_error_text, type_error, value_error};
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::{argument, iter, mapping, none, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, gc, memory, thread};

use crate::frame_object::{FrameObject, variable};

/// A `FrameLocalsProxy`.
#[pyclass(name = "FrameLocalsProxy", static = FRAME_LOCALS_PROXY, basicsize = 24,
    flags(HAVE_GC, MAPPING))]
#[repr(C)]
pub struct FrameLocalsProxy {
    object: Object,
    frame: Ref<FrameObject>,
}

/// Makes the proxy of a frame.
///
/// # Errors
///
/// `MemoryError`.
pub fn new(frame: &FrameObject) -> PyResult {
    let proxy =
        FrameLocalsProxy { object: Object::header(&FRAME_LOCALS_PROXY), frame: frame.to_ref() };
    Ok(gc::tracked(memory::alloc(&FRAME_LOCALS_PROXY, proxy)?).upcast())
}

impl FrameLocalsProxy {
    /// The variable that `key` names, if the code has it; with `bound`, only if it has a value.
    fn index_of(&self, key: &Object, bound: bool) -> PyResult<Option<usize>> {
        let frame = self.frame.frame();
        let code = frame.code().to_ref();
        // What can't be hashed is no name, and says so.
        object::hash(key)?;
        for (index, name) in code.localsplusnames.items().iter().enumerate() {
            let hidden = code.localspluskinds.as_slice()[index] & kinds::HIDDEN != 0;
            if hidden || (!name.is(key) && !same_text(name, key)) {
                continue;
            }
            if bound && variable(frame, index).is_none() {
                return Ok(None);
            }
            return Ok(Some(index));
        }
        Ok(None)
    }

    fn extra(&self) -> Option<Ref<Dict>> {
        self.frame.extra_locals.get()
    }

    fn find(&self, key: &Object) -> PyResult<Option<Ref>> {
        if let Some(index) = self.index_of(key, true)? {
            return Ok(variable(self.frame.frame(), index));
        }
        match self.extra() {
            Some(extra) => extra.get_item(key),
            None => Ok(None),
        }
    }

    fn store(&self, key: &Object, value: &Object) -> PyResult<()> {
        if let Some(index) = self.index_of(key, false)? {
            let frame = self.frame.frame();
            let kind = frame.code().localspluskinds.as_slice()[index];
            let word = frame.local(index);
            if kind & (kinds::CELL | kinds::FREE) != 0
                && !word.is_null()
                && word.is_exact(&CELL)
                && let Some(cell) = word.as_object().downcast::<Cell>()
            {
                cell.contents.set(Some(value.to_ref()));
            } else {
                self.frame.replace_local(index, Some(value.to_ref()));
            }
            return Ok(());
        }
        let extra = match self.extra() {
            Some(extra) => extra,
            None => {
                let extra = Dict::new();
                self.frame.extra_locals.set(Some(extra.clone()));
                extra
            }
        };
        extra.set_item(key, value)
    }

    /// The names that have values, then the extra ones.
    fn names(&self) -> Vec<Ref> {
        let frame = self.frame.frame();
        let names = frame.code().localsplusnames.items();
        let mut found: Vec<Ref> = (0..names.len())
            .filter(|index| variable(frame, *index).is_some())
            .map(|index| names[index].clone())
            .collect();
        if let Some(extra) = self.extra() {
            found.extend(extra.keys().to_vec());
        }
        found
    }

    fn to_dict(&self) -> PyResult<Ref<Dict>> {
        let dict = Dict::new();
        for name in self.names() {
            if let Some(value) = self.find(&name)? {
                dict.set_item(&name, &value)?;
            }
        }
        Ok(dict)
    }

    fn merge(&self, other: &Object) -> PyResult<()> {
        if let Some(other) = other.downcast::<Dict>() {
            let mut position = 0;
            while let Some((key, value)) = other.next(&mut position) {
                self.store(&key, &value)?;
            }
            return Ok(());
        }
        let keys = mapping::keys(other)?;
        for key in keys.to_vec() {
            let value = object::get_item(other, &key)?;
            self.store(&key, &value)?;
        }
        Ok(())
    }
}

/// Whether a name and a key are equal texts.
fn same_text(name: &Object, key: &Object) -> bool {
    match (name.downcast::<Str>(), key.downcast::<Str>()) {
        (Some(name), Some(key)) => name.equals(key),
        _ => false,
    }
}

fn is_mergeable(object: &Object) -> bool {
    object.downcast::<Dict>().is_some() || object.is_exact(&FRAME_LOCALS_PROXY)
}

/// The other operand of `|` and the proxy, as a new dict.
fn union(left: &Object, right: &Object) -> PyResult {
    let proxy = |object: &Object| object.is_exact(&FRAME_LOCALS_PROXY);
    if !(is_mergeable(left) && is_mergeable(right)) {
        return Ok(none::not_implemented());
    }
    let result = Dict::new();
    for side in [left, right] {
        match side.downcast_exact::<FrameLocalsProxy>() {
            Some(side) if proxy(side.as_object()) => {
                result.merge(side.to_dict()?.as_object(), true)?;
            }
            _ => result.merge(side, true)?,
        }
    }
    Ok(result.upcast())
}

#[pymethods]
impl FrameLocalsProxy {
    #[pymethod("($self, key, /)", hide_signature, coexist)]
    fn __contains__(&self, key: &Object) -> PyResult<bool> {
        Ok(self.find(key)?.is_some())
    }

    #[pymethod("($self, key, /)", hide_signature, coexist)]
    fn __getitem__(&self, key: &Object) -> PyResult {
        self.mp_subscript(key)
    }

    #[pymethod("($self, other, /)", hide_signature)]
    fn update(&self, other: &Object) -> PyResult<()> {
        if !is_mergeable(other) && object::get_attr_opt(other, gopy_core::id!(keys))?.is_none() {
            return Err(type_error!("update() argument must be dict or another FrameLocalsProxy"));
        }
        self.merge(other)
    }

    #[pymethod("($self, /)", hide_signature)]
    fn __reversed__(&self) -> PyResult {
        let mut names = self.names();
        names.reverse();
        iter::get_iter(List::from_vec(names).as_object())
    }

    #[pymethod("($self, /)", hide_signature)]
    fn copy(&self) -> PyResult<Ref<Dict>> {
        self.to_dict()
    }

    #[pymethod("($self, /)", hide_signature)]
    fn keys(&self) -> Ref<List> {
        List::from_vec(self.names())
    }

    #[pymethod("($self, /)", hide_signature)]
    fn values(&self) -> PyResult<Ref<List>> {
        Ok(self.to_dict()?.values())
    }

    #[pymethod("($self, /)", hide_signature)]
    fn items(&self) -> PyResult<Ref<List>> {
        Ok(self.to_dict()?.items())
    }

    #[pymethod(raw)]
    fn get(&self, args: Args<'_>) -> PyResult {
        argument::no_keywords("FrameLocalsProxy.get", args)?;
        argument::check_positional("get", args.len(), 1, 2)?;
        let Some(key) = args.get(0) else { return Ok(none::none()) };
        match self.find(key)? {
            Some(value) => Ok(value),
            None => Ok(args.get(1).map_or_else(none::none, Ref::from_borrow)),
        }
    }

    #[pymethod(raw)]
    fn pop(&self, args: Args<'_>) -> PyResult {
        argument::no_keywords("FrameLocalsProxy.pop", args)?;
        argument::check_positional("pop", args.len(), 1, 2)?;
        let Some(key) = args.get(0) else { return Ok(none::none()) };
        if self.index_of(key, false)?.is_some() {
            return Err(value_error!("cannot remove local variables from FrameLocalsProxy"));
        }
        let found = match self.extra() {
            Some(extra) => extra.pop(key)?,
            None => None,
        };
        match (found, args.get(1)) {
            (Some(value), _) => Ok(value),
            (None, Some(default)) => Ok(default.to_ref()),
            (None, None) => Err(gopy_core::exceptions::key_error(key)),
        }
    }

    #[pymethod(raw)]
    fn setdefault(&self, args: Args<'_>) -> PyResult {
        argument::no_keywords("FrameLocalsProxy.setdefault", args)?;
        argument::check_positional("setdefault", args.len(), 1, 2)?;
        let Some(key) = args.get(0) else { return Ok(none::none()) };
        if let Some(value) = self.find(key)? {
            return Ok(value);
        }
        let default = args.get(1).unwrap_or(none::none_object());
        self.store(key, default)?;
        Ok(default.to_ref())
    }
}

#[pyslots]
impl FrameLocalsProxy {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        argument::no_keywords("FrameLocalsProxy", args)?;
        if args.len() != 1 {
            return Err(type_error!("FrameLocalsProxy expected 1 argument, got {}", args.len()));
        }
        match args.get(0).and_then(|frame| frame.downcast_exact::<FrameObject>()) {
            Some(frame) => new(frame),
            None => Err(type_error!(
                "expect frame, not {:.100}",
                args.get(0).unwrap_or(none::none_object()).type_name()
            )),
        }
    }

    fn repr(&self) -> PyResult<Ref<Str>> {
        let Some(_guard) = thread().enter_repr(self.as_object()) else {
            return Ok(Str::new("{...}"));
        };
        object::repr(self.to_dict()?.as_object())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        let equal = if let Some(other) = other.downcast_exact::<FrameLocalsProxy>() {
            self.frame.as_object().is(&*other.frame)
        } else if other.downcast::<Dict>().is_some() {
            object::eq(self.to_dict()?.as_object(), other)?
        } else {
            return Ok(none::not_implemented());
        };
        Ok(gopy_core::bool_::bool_ref(equal == (op == CompareOp::Eq)))
    }

    fn iter(&self) -> PyResult {
        iter::get_iter(self.keys().as_object())
    }

    fn mp_length(&self) -> PyResult<usize> {
        Ok(self.names().len())
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        match self.find(key)? {
            Some(value) => Ok(value),
            None => Err(key_error_text!("local variable '{}' is not defined", object::repr(key)?)),
        }
    }

    fn mp_ass_subscript(&self, key: &Object, value: Option<&Object>) -> PyResult<()> {
        if let Some(value) = value {
            return self.store(key, value);
        }
        if self.index_of(key, false)?.is_some() {
            return Err(value_error!("cannot remove local variables from FrameLocalsProxy"));
        }
        match self.extra() {
            Some(extra) if extra.del_item(key)? => Ok(()),
            _ => Err(gopy_core::exceptions::key_error(key)),
        }
    }

    fn sq_contains(&self, key: &Object) -> PyResult<bool> {
        Ok(self.find(key)?.is_some())
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        union(left, right)
    }

    fn nb_inplace_or(&self, other: &Object) -> PyResult {
        if !is_mergeable(other) {
            return Ok(none::not_implemented());
        }
        match other.downcast_exact::<FrameLocalsProxy>() {
            Some(other) => self.merge(other.to_dict()?.as_object())?,
            None => self.merge(other)?,
        }
        Ok(self.as_object().to_ref())
    }
}
