//! `types.GenericAlias`: `list[int]`.
//!
//! Answers to `Objects/genericaliasobject.c`.

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::{CompareOp, Tuple};
use gopy_object::weakref::WeakList;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::argument::{check_positional, no_keywords};
use crate::error::{index_error, type_error};
use crate::exceptions::{ATTRIBUTE_ERROR, TYPE_ERROR};
use crate::list::List;
use crate::str::Str;
use crate::tuple;
use crate::{bool_, call, id, iter, none, object, sequence, union};

/// A `types.GenericAlias`.
#[pyclass(name = "types.GenericAlias", static = GENERIC_ALIAS, text_signature = "(origin, args, /)", basicsize = 64, weaklistoffset = 40,
    flags(BASETYPE, HAVE_GC, HAVE_VECTORCALL), weaklist = weakrefs)]
#[repr(C)]
pub struct GenericAlias {
    object: Object,
    /// `__origin__`.
    pub origin: Ref,
    /// `__args__`.
    pub args: Ref<Tuple>,
    /// `__parameters__`, once asked for.
    parameters: Slot,
    weakrefs: WeakList,
    /// Made by iterating another alias: `*tuple[int]`.
    starred: Cell<bool>,
}

impl GenericAlias {
    /// `origin[args]`; one argument that is no tuple is wrapped.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(origin: &Object, args: &Object) -> PyResult<Ref<GenericAlias>> {
        GenericAlias::of_type(&GENERIC_ALIAS, origin, args, false)
    }

    fn of_type(
        ty: &Type,
        origin: &Object,
        args: &Object,
        starred: bool,
    ) -> PyResult<Ref<GenericAlias>> {
        let args = match args.downcast::<Tuple>() {
            Some(args) => args.to_ref(),
            None => tuple::from_array([args.to_ref()]),
        };
        let alias = memory::alloc(
            ty,
            GenericAlias {
                object: Object::header(ty),
                origin: origin.to_ref(),
                args,
                parameters: Slot::empty(),
                weakrefs: WeakList::empty(),
                starred: Cell::new(starred),
            },
        )?;
        Ok(gc::tracked(alias))
    }

    fn parameters(&self) -> PyResult<Ref<Tuple>> {
        if let Some(parameters) = self.parameters.get()
            && let Ok(parameters) = parameters.downcast_ref::<Tuple>()
        {
            return Ok(parameters);
        }
        let parameters = make_parameters(&self.args)?;
        self.parameters.set(Some(parameters.clone().upcast()));
        Ok(parameters)
    }
}

/// Attributes that an alias has itself; all others are its origin's.
const OWN: [&str; 9] = [
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];

/// Further names that are not looked up on the origin.
const BLOCKED: [&str; 3] = ["__bases__", "__copy__", "__deepcopy__"];

/// The text of a type in a generic's repr (`_Py_typing_type_repr`). May run Python.
///
/// # Errors
///
/// What attributes and `__repr__` raise.
pub fn type_repr(o: &Object) -> PyResult<String> {
    if crate::none::is_ellipsis(o) {
        return Ok("...".to_owned());
    }
    if none::is_none(o) || o.is(none::NONE_TYPE.get()) {
        return Ok("None".to_owned());
    }
    let has_origin = object::has_attr(o, id!(__origin__))?;
    if has_origin && object::has_attr(o, id!(__args__))? {
        return Ok(object::repr(o)?.to_string());
    }
    let Some(qualname) = object::get_attr_opt(o, id!(__qualname__))? else {
        return Ok(object::repr(o)?.to_string());
    };
    let module = object::get_attr_opt(o, id!(__module__))?;
    let Some(module) = module.filter(|module| !none::is_none(module)) else {
        return Ok(object::repr(o)?.to_string());
    };
    let (qualname, module) = (object::str(&qualname)?, object::str(&module)?);
    if module.eq_str("builtins") {
        return Ok(qualname.to_string());
    }
    Ok(format!("{module}.{qualname}"))
}

fn list_repr(list: &List) -> PyResult<String> {
    let mut text = String::from("[");
    for index in 0..list.len() {
        if index > 0 {
            text.push_str(", ");
        }
        // The list may have become shorter since.
        let item = list.get(index).ok_or_else(|| index_error!("list index out of range"))?;
        text.push_str(&type_repr(&item)?);
    }
    text.push(']');
    Ok(text)
}

fn push_unique(found: &mut Vec<Ref>, item: Ref) {
    if !found.iter().any(|known| known.is(&*item)) {
        found.push(item);
    }
}

/// The type variables in `args`, each once (`_Py_make_parameters`). May run Python.
///
/// # Errors
///
/// What attributes raise.
pub fn make_parameters(args: &Tuple) -> PyResult<Ref<Tuple>> {
    let mut found = Vec::new();
    collect_parameters(args.items(), &mut found)?;
    tuple::try_from_vec(found)
}

fn collect_parameters(args: &[Ref], found: &mut Vec<Ref>) -> PyResult<()> {
    gopy_object::thread().check_native_recursion(" in __parameter__ calculation")?;
    for arg in args {
        // A class is no parameter, though it may have the attribute of its instances.
        if arg.downcast::<Type>().is_some() {
            continue;
        }
        if let Some(list) = arg.downcast::<List>() {
            collect_parameters(&list.to_vec(), found)?;
            continue;
        }
        if let Some(items) = arg.downcast_exact::<Tuple>() {
            collect_parameters(items.items(), found)?;
            continue;
        }
        if object::get_attr_opt(arg, id!(__typing_subst__))?.is_some() {
            push_unique(found, arg.clone());
            continue;
        }
        let parameters = object::get_attr_opt(arg, id!(__parameters__))?;
        if let Some(parameters) = parameters.as_ref().and_then(|p| p.downcast::<Tuple>()) {
            for parameter in parameters.items() {
                push_unique(found, parameter.clone());
            }
        }
    }
    Ok(())
}

/// `args[item]` of a generic: arguments with their parameters replaced (`_Py_subs_parameters`).
/// May run Python.
///
/// # Errors
///
/// `TypeError` where the number of arguments is wrong; what the substitutions raise.
pub fn substitute(
    alias: &Object,
    args: &Tuple,
    parameters: &Tuple,
    item: &Object,
) -> PyResult<Ref<Tuple>> {
    if parameters.is_empty() {
        return Err(type_error!("{} is not a generic class", object::repr(alias)?));
    }
    let mut items = unpack_args(item)?;
    for parameter in parameters.items() {
        if let Some(prepare) = object::get_attr_opt(parameter, id!(__typing_prepare_subst__))?
            && !none::is_none(&prepare)
        {
            let given = items.clone().upcast();
            let prepared = call::call(&prepare, &[alias, &given])?;
            items = match prepared.downcast_ref::<Tuple>() {
                Ok(tuple) => tuple,
                Err(other) => tuple::from_array([other]),
            };
        }
    }
    if items.len() != parameters.len() {
        let many = if items.len() > parameters.len() { "many" } else { "few" };
        return Err(type_error!(
            "Too {many} arguments for {}; actual {}, expected {}",
            object::repr(alias)?,
            items.len(),
            parameters.len()
        ));
    }
    let mut new_args = Vec::with_capacity(args.len());
    for arg in args.items() {
        substitute_one(arg, parameters, &items, &mut new_args)?;
    }
    tuple::try_from_vec(new_args)
}

fn substitute_one(
    arg: &Object,
    parameters: &Tuple,
    items: &Tuple,
    out: &mut Vec<Ref>,
) -> PyResult<()> {
    if arg.downcast::<Type>().is_some() {
        out.push(arg.to_ref());
        return Ok(());
    }
    if arg.downcast_exact::<Tuple>().is_some() || arg.downcast_exact::<List>().is_some() {
        let mut inner = Vec::new();
        for part in iter::collect(arg)? {
            substitute_one(&part, parameters, items, &mut inner)?;
        }
        out.push(if arg.downcast_exact::<Tuple>().is_some() {
            tuple::try_from_vec(inner)?.upcast()
        } else {
            List::from_vec(inner).upcast()
        });
        return Ok(());
    }
    let unpack = match object::get_attr_opt(arg, id!(__typing_is_unpacked_typevartuple__))? {
        Some(flag) => object::is_true(&flag)?,
        None => false,
    };
    let new_arg = match object::get_attr_opt(arg, id!(__typing_subst__))? {
        Some(subst) => {
            let index = parameters.items().iter().position(|p| p.is(arg));
            let Some(item) = index.and_then(|index| items.get(index)) else {
                return Err(type_error!(
                    "argument {} with __typing_subst__ was not found in __parameters__",
                    object::repr(arg)?
                ));
            };
            call::call_one(&subst, item)?
        }
        None => substitute_in(arg, parameters, items)?,
    };
    if unpack {
        let Some(several) = new_arg.downcast::<Tuple>() else {
            return Err(type_error!(
                "expected __typing_subst__ of {} objects to return a tuple, not {}",
                arg.type_name(),
                new_arg.type_name()
            ));
        };
        out.extend(several.items().iter().cloned());
    } else {
        out.push(new_arg);
    }
    Ok(())
}

/// An argument that is generic itself, with its own parameters replaced.
fn substitute_in(arg: &Object, parameters: &Tuple, items: &Tuple) -> PyResult {
    let own = object::get_attr_opt(arg, id!(__parameters__))?;
    let Some(own) = own.as_ref().and_then(|own| own.downcast::<Tuple>()).filter(|o| !o.is_empty())
    else {
        return Ok(arg.to_ref());
    };
    let mut sub_args = Vec::new();
    for parameter in own.items() {
        let Some(index) = parameters.items().iter().position(|p| p.is(&**parameter)) else {
            sub_args.push(parameter.clone());
            continue;
        };
        let Some(item) = items.get(index) else { continue };
        let is_variadic = parameter.type_().slots.iter.get().is_some();
        match item.downcast::<Tuple>().filter(|_| is_variadic) {
            Some(several) => sub_args.extend(several.items().iter().cloned()),
            None => sub_args.push(item.to_ref()),
        }
    }
    object::get_item(arg, tuple::try_from_vec(sub_args)?.as_object())
}

/// The arguments in brackets, with starred tuples taken apart.
fn unpack_args(item: &Object) -> PyResult<Ref<Tuple>> {
    let items = match item.downcast::<Tuple>() {
        Some(items) => items.to_ref(),
        None => tuple::from_array([item.to_ref()]),
    };
    let mut unpacked = Vec::with_capacity(items.len());
    for item in items.items() {
        if item.downcast::<Type>().is_none()
            && let Some(inner) = object::get_attr_opt(item, id!(__typing_unpacked_tuple_args__))?
            && let Some(inner) = inner.downcast::<Tuple>()
        {
            let open_ended = inner.items().last().is_some_and(|last| none::is_ellipsis(last));
            if !open_ended {
                unpacked.extend(inner.items().iter().cloned());
                continue;
            }
        }
        unpacked.push(item.clone());
    }
    tuple::try_from_vec(unpacked)
}

#[pymethods]
impl GenericAlias {
    #[pymethod(hide_signature)]
    fn __mro_entries__(&self, _bases: &Object) -> Ref<Tuple> {
        tuple::from_array([self.origin.clone()])
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        if self.starred.get() {
            let alias = GenericAlias::new(&self.origin, self.args.as_object())?;
            let iterator = iter::get_iter(alias.as_object())?;
            let next = crate::import::import_attr("builtins", "next")?;
            return Ok(tuple::from_array([next, tuple::from_array([iterator]).upcast()]));
        }
        let class = self.as_object().type_().to_ref().upcast();
        let args = tuple::from_array([self.origin.clone(), self.args.clone().upcast()]);
        Ok(tuple::from_array([class, args.upcast()]))
    }

    #[pymethod(hide_signature)]
    fn __instancecheck__(&self, _instance: &Object) -> PyResult {
        Err(type_error!("isinstance() argument 2 cannot be a parameterized generic"))
    }

    #[pymethod(hide_signature)]
    fn __subclasscheck__(&self, _class: &Object) -> PyResult {
        Err(type_error!("issubclass() argument 2 cannot be a parameterized generic"))
    }

    #[pymethod("($self, /)")]
    fn __dir__(&self) -> PyResult {
        let names = object::dir(&self.origin)?;
        let Some(list) = names.downcast::<List>() else { return Ok(names) };
        for name in OWN {
            let name = Str::new(name);
            if !sequence::contains(&names, name.as_object())? {
                list.push(name.upcast())?;
            }
        }
        Ok(names)
    }

    #[pymember]
    fn __origin__(&self) -> Ref {
        self.origin.clone()
    }

    #[pymember]
    fn __args__(&self) -> Ref<Tuple> {
        self.args.clone()
    }

    #[pymember]
    fn __unpacked__(&self) -> bool {
        self.starred.get()
    }

    #[pygetter]
    fn __parameters__(&self) -> PyResult<Ref<Tuple>> {
        self.parameters()
    }

    #[pygetter]
    fn __typing_unpacked_tuple_args__(&self) -> Ref {
        if self.starred.get() && self.origin.is(tuple::TUPLE.get()) {
            return self.args.clone().upcast();
        }
        none::none()
    }
}

#[pyslots]
impl GenericAlias {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords("GenericAlias", args)?;
        check_positional("GenericAlias", args.len(), 2, 2)?;
        let (Some(origin), Some(arguments)) = (args.get(0), args.get(1)) else {
            return Ok(none::none());
        };
        GenericAlias::of_type(ty, origin, arguments, false).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<String> {
        let mut text = String::new();
        if self.starred.get() {
            text.push('*');
        }
        text.push_str(&type_repr(&self.origin)?);
        text.push('[');
        for (index, arg) in self.args.items().iter().enumerate() {
            if index > 0 {
                text.push_str(", ");
            }
            match arg.downcast_exact::<List>() {
                Some(list) => text.push_str(&list_repr(list)?),
                None => text.push_str(&type_repr(arg)?),
            }
        }
        if self.args.is_empty() {
            text.push_str("()");
        }
        text.push(']');
        Ok(text)
    }

    fn mp_subscript(&self, item: &Object) -> PyResult {
        let parameters = self.parameters()?;
        let args = substitute(self.as_object(), &self.args, &parameters, item)?;
        let ty = self.as_object().type_().to_ref();
        let alias = GenericAlias::of_type(&ty, &self.origin, args.as_object(), self.starred.get())?;
        Ok(alias.upcast())
    }

    fn hash(&self) -> PyResult<isize> {
        let hash = object::hash(&self.origin)? ^ object::hash(self.args.as_object())?;
        Ok(if hash == -1 { -2 } else { hash })
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let made = call::call_args(&self.origin, args)?;
        let marked = object::set_attr(&made, id!(__orig_class__), self.as_object());
        if let Err(error) = marked
            && !error.is_instance(&ATTRIBUTE_ERROR)
            && !error.is_instance(&TYPE_ERROR)
        {
            return Err(error);
        }
        Ok(made)
    }

    fn getattro(&self, name: &Object) -> PyResult {
        let text = object::attribute_name(name)?;
        let own = OWN.iter().chain(&BLOCKED).any(|known| text.eq_str(known));
        if own {
            return object::generic_get_attr(self.as_object(), name);
        }
        object::get_attr(&self.origin, text)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<GenericAlias>() else {
            return Ok(none::not_implemented());
        };
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(none::not_implemented());
        }
        let equal = self.starred.get() == other.starred.get()
            && object::eq(&self.origin, &other.origin)?
            && object::eq(self.args.as_object(), other.args.as_object())?;
        Ok(bool_::bool_ref(equal == (op == CompareOp::Eq)))
    }

    fn iter(&self) -> PyResult {
        let iterator = memory::alloc(
            &GENERIC_ALIAS_ITER,
            GenericAliasIter {
                object: Object::header(&GENERIC_ALIAS_ITER),
                alias: Slot::new(Some(self.as_object().to_ref())),
            },
        )?;
        Ok(gc::tracked(iterator).upcast())
    }

    fn nb_or(left: &Object, right: &Object) -> PyResult {
        union::or(left, right)
    }
}

/// The iterator of `*list[int]`: yields the starred alias once.
#[pyclass(name = "generic_alias_iterator", static = GENERIC_ALIAS_ITER, basicsize = 24,
    flags(HAVE_GC))]
#[repr(C)]
pub struct GenericAliasIter {
    object: Object,
    alias: Slot,
}

#[pymethods]
impl GenericAliasIter {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let iter = crate::import::import_attr("builtins", "iter")?;
        let over = self.alias.get().unwrap_or_else(|| tuple::empty().upcast());
        Ok(tuple::from_array([iter, tuple::from_array([over]).upcast()]).upcast())
    }
}

#[pyslots]
impl GenericAliasIter {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(alias) = self.alias.take() else { return Ok(None) };
        let Some(alias) = alias.downcast::<GenericAlias>() else { return Ok(None) };
        let starred =
            GenericAlias::of_type(&GENERIC_ALIAS, &alias.origin, alias.args.as_object(), true)?;
        Ok(Some(starred.upcast()))
    }
}
