//! `typing.Union`: `int | str`.
//!
//! Answers to `Objects/unionobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::{CompareOp, Tuple};
use gopy_object::weakref::WeakList;
use gopy_object::{Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::error::{suppress, type_error};
use crate::exceptions::TYPE_ERROR;
use crate::generic_alias::{GENERIC_ALIAS, make_parameters, substitute, type_repr};
use crate::set::Set;
use crate::str::Str;
use crate::{bool_, call, import, none, number, object, tuple};

/// A `typing.Union`.
#[pyclass(name = "typing.Union", static = UNION, basicsize = 56, weaklistoffset = 48,
    flags(HAVE_GC, DISALLOW_INSTANTIATION), weaklist = weakrefs)]
#[repr(C)]
pub struct Union {
    object: Object,
    /// `__args__`.
    pub args: Ref<Tuple>,
    /// The members that have a hash, a frozenset.
    hashable_args: Ref,
    /// The others, a tuple; empty where there are none.
    unhashable_args: Slot<Tuple>,
    /// `__parameters__`, once asked for.
    parameters: Slot<Tuple>,
    weakrefs: WeakList,
}

/// The members of a union; none for another object.
pub fn args_of(union: &Object) -> Ref<Tuple> {
    union.downcast_exact::<Union>().map_or_else(tuple::empty, |union| union.args.clone())
}

/// Collects members in order, each once.
#[derive(Default)]
struct Members {
    args: Vec<Ref>,
    hashable: Option<Ref<Set>>,
    unhashable: Vec<Ref>,
}

impl Members {
    fn add(&mut self, member: &Object) -> PyResult<()> {
        if let Some(union) = member.downcast_exact::<Union>() {
            let args = union.args.clone();
            for arg in args.items() {
                self.add_single(arg)?;
            }
            return Ok(());
        }
        if none::is_none(member) {
            return self.add_single(none::NONE_TYPE.as_object());
        }
        self.add_single(member)
    }

    /// As [`Members::add`], of what need not be a type.
    fn add_checked(&mut self, member: &Object) -> PyResult<()> {
        if is_unionable(member)? {
            return self.add(member);
        }
        self.add(&*check_member(member, "Union[arg, ...]: each arg must be a type.")?)
    }

    fn add_single(&mut self, member: &Object) -> PyResult<()> {
        if suppress(object::hash(member), &TYPE_ERROR)?.is_some() {
            let set = self.hashable.get_or_insert_with(Set::new).clone();
            if set.contains(member)? {
                return Ok(());
            }
            set.add(member)?;
        } else {
            for known in &self.unhashable {
                if object::eq(known, member)? {
                    return Ok(());
                }
            }
            self.unhashable.push(member.to_ref());
        }
        self.args.push(member.to_ref());
        Ok(())
    }

    fn finish(self) -> PyResult {
        let mut args = self.args;
        if let [only] = &mut args[..] {
            return Ok(only.clone());
        }
        let hashable = Set::new_frozen(self.hashable.map_or_else(Vec::new, |set| set.to_vec()))?;
        let unhashable = match self.unhashable {
            items if items.is_empty() => None,
            items => Some(tuple::try_from_vec(items)?),
        };
        let union = memory::alloc(
            &UNION,
            Union {
                object: Object::header(&UNION),
                args: tuple::try_from_vec(args)?,
                hashable_args: hashable.upcast(),
                unhashable_args: Slot::new(unhashable),
                parameters: Slot::empty(),
                weakrefs: WeakList::empty(),
            },
        )?;
        Ok(gc::tracked(union).upcast())
    }
}

fn is_unionable(o: &Object) -> PyResult<bool> {
    if none::is_none(o)
        || o.downcast::<Type>().is_some()
        || o.is_instance(&GENERIC_ALIAS)
        || o.is_exact(&UNION)
    {
        return Ok(true);
    }
    // `type X = …` makes an object of a type above this crate.
    Ok(&*o.type_name() == "typing.TypeAliasType")
}

/// `a | b` of types. May run Python.
///
/// # Errors
///
/// What hashing and comparing the members raises.
pub fn or(a: &Object, b: &Object) -> PyResult {
    if !is_unionable(a)? || !is_unionable(b)? {
        return Ok(none::not_implemented());
    }
    let mut members = Members::default();
    members.add(a)?;
    members.add(b)?;
    members.finish()
}

/// `typing.Union[…]` of these members. May run Python.
///
/// # Errors
///
/// `TypeError` where there is none; as [`or`].
pub fn from_members(args: &Tuple) -> PyResult {
    if args.is_empty() {
        return Err(type_error!("Cannot take a Union of no types."));
    }
    let mut members = Members::default();
    for arg in args.items() {
        members.add_checked(arg)?;
    }
    members.finish()
}

/// What a member given in brackets stands for: strings become forward references.
fn check_member(member: &Object, message: &str) -> PyResult {
    let typing = import::import("typing")?;
    let check = object::get_attr(&typing, &Str::new("_type_check"))?;
    call::call(&check, &[member, Str::new(message).as_object()])
}

impl Union {
    fn parameters(&self) -> PyResult<Ref<Tuple>> {
        if let Some(parameters) = self.parameters.get() {
            return Ok(parameters);
        }
        let parameters = make_parameters(&self.args)?;
        self.parameters.set(Some(parameters.clone()));
        Ok(parameters)
    }
}

#[pymethods]
impl Union {
    #[pymethod(hide_signature)]
    fn __mro_entries__(&self, _bases: &Object) -> PyResult {
        Err(type_error!("Cannot subclass {}", object::repr(self.as_object())?))
    }

    #[pyclassmethod]
    fn __class_getitem__(_cls: &Type, args: &Object) -> PyResult {
        let args = match args.downcast::<Tuple>() {
            Some(args) => args.to_ref(),
            None => tuple::from_array([args.to_ref()]),
        };
        from_members(&args)
    }

    #[pymember]
    fn __args__(&self) -> Ref<Tuple> {
        self.args.clone()
    }

    #[pygetter]
    fn __name__(&self) -> &'static str {
        "Union"
    }

    #[pygetter]
    fn __qualname__(&self) -> &'static str {
        "Union"
    }

    #[pygetter]
    fn __origin__(&self) -> Ref<Type> {
        UNION.to_ref()
    }

    #[pygetter]
    fn __parameters__(&self) -> PyResult<Ref<Tuple>> {
        self.parameters()
    }
}

#[pyslots]
impl Union {
    fn repr(&self) -> PyResult<String> {
        let mut text = String::new();
        for (index, arg) in self.args.items().iter().enumerate() {
            if index > 0 {
                text.push_str(" | ");
            }
            text.push_str(&type_repr(arg)?);
        }
        Ok(text)
    }

    fn hash(&self) -> PyResult<isize> {
        let Some(unhashable) = self.unhashable_args.get() else {
            return object::hash(&self.hashable_args);
        };
        for arg in unhashable.items() {
            object::hash(arg)?;
        }
        Err(type_error!(
            "union contains {} unhashable element{}",
            unhashable.len(),
            if unhashable.len() == 1 { "" } else { "s" }
        ))
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast_exact::<Union>() else {
            return Ok(none::not_implemented());
        };
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        let equal = object::eq(&self.hashable_args, &other.hashable_args)?
            && same_unhashable(self.unhashable_args.get(), other.unhashable_args.get())?;
        Ok(bool_::bool_ref(equal == (op == CompareOp::Eq)))
    }

    fn getattro(&self, name: &Object) -> PyResult {
        let text = object::attribute_name(name)?;
        if text.eq_str("__module__") {
            return object::get_attr(UNION.as_object(), text);
        }
        object::generic_get_attr(self.as_object(), name)
    }

    fn mp_subscript(&self, item: &Object) -> PyResult {
        let parameters = self.parameters()?;
        let args = substitute(self.as_object(), &self.args, &parameters, item)?;
        let mut result: Option<Ref> = None;
        for arg in args.items() {
            result = Some(match result {
                None => arg.clone(),
                Some(so_far) => number::or(&so_far, arg)?,
            });
        }
        Ok(result.unwrap_or_else(none::none))
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        let mut members = Members::default();
        members.add_checked(left)?;
        members.add_checked(right)?;
        members.finish()
    }
}

fn same_unhashable(a: Option<Ref<Tuple>>, b: Option<Ref<Tuple>>) -> PyResult<bool> {
    let (Some(a), Some(b)) = (&a, &b) else { return Ok(a.is_none() && b.is_none()) };
    if a.len() != b.len() {
        return Ok(false);
    }
    for item in a.items() {
        let mut found = false;
        for other in b.items() {
            found = found || object::eq(item, other)?;
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}
