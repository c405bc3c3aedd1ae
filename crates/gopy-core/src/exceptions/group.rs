//! `BaseExceptionGroup` and `ExceptionGroup`: construction, splitting, what `except*` raises in the end.

use gopy_macros::pymethods;
use gopy_object::{
    Args, BaseException, Instance, Object, PyResult, Ref, Slot, Slots, Type, thread,
};

use super::{BASE_EXCEPTION, EXCEPTION, alloc, args_of, base, complex};
use crate::dict::Dict;
use crate::error::{type_error, value_error};
use crate::list::List;
use crate::none::{self, is_none};
use crate::str::{Str, StrBuilder};
use crate::tuple::{self, Tuple};
use crate::{call, generic_alias, id, object, sequence, state, type_};

complex! {
    /// `BaseExceptionGroup`.
    BaseExceptionGroup: BaseException, BASE_EXCEPTION_GROUP, "BaseExceptionGroup", BASE_EXCEPTION, 96, {
        /// `message`.
        message: Slot<Str>,
        /// `exceptions`.
        exceptions: Slot<Tuple>,
        /// The repr of the sequence that the exceptions came in, where that was neither a list nor a
        /// tuple.
        repr: Slot<Str>,
    }
}

/// `ExceptionGroup`, which has two bases and so is a class of its interpreter.
///
/// # Errors
///
/// `MemoryError`.
pub fn exception_group() -> PyResult<Ref<Type>> {
    let place = &state::get().exception_group;
    if let Some(ty) = place.get() {
        return Ok(ty);
    }
    let bases = tuple::from_borrowed(&[BASE_EXCEPTION_GROUP.as_object(), EXCEPTION.as_object()]);
    let dict = Dict::new();
    dict.set_str(id!(__module__), id!(builtins).as_object())?;
    let name = crate::str::interned("ExceptionGroup");
    let ty = type_::new_type(&gopy_object::typeobj::TYPE, &name, &bases, &dict, Args::none())?;
    place.set(Some(ty.clone()));
    Ok(ty)
}

fn new(ty: &Type, args: Args<'_>) -> PyResult {
    if args.len() != 2 {
        return Err(type_error!(
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)",
            args.len()
        ));
    }
    let (message, given) = (args.positional()[0].object(), args.positional()[1].object());
    let Some(message) = message.downcast::<Str>() else {
        let found =
            if is_none(message) { "None".to_owned() } else { message.type_name().to_string() };
        return Err(type_error!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {found:.50}"
        ));
    };
    if !sequence::is_sequence(given) {
        return Err(type_error!("second argument (exceptions) must be a sequence"));
    }
    let exceptions = sequence::to_tuple(given)?;
    if exceptions.is_empty() {
        return Err(value_error!("second argument (exceptions) must be a non-empty sequence"));
    }
    let is_plain = given.downcast::<List>().is_some() || given.downcast::<Tuple>().is_some();
    let repr = if is_plain { None } else { Some(object::repr(given)?) };
    let mut nests_base = false;
    for (index, exception) in exceptions.items().iter().enumerate() {
        if exception.downcast::<BaseException>().is_none() {
            return Err(value_error!(
                "Item {index} of second argument (exceptions) is not an exception"
            ));
        }
        if !object::is_instance(exception, EXCEPTION.as_object())? {
            nests_base = true;
        }
    }
    let group = exception_group()?;
    let mut cls = ty;
    if std::ptr::eq(ty, &*group) {
        if nests_base {
            return Err(type_error!("Cannot nest BaseExceptions in an ExceptionGroup"));
        }
    } else if std::ptr::eq(ty, BASE_EXCEPTION_GROUP.get()) {
        if !nests_base {
            cls = &group;
        }
    } else if nests_base && object::is_subclass(ty.as_object(), EXCEPTION.as_object())? {
        return Err(type_error!("Cannot nest BaseExceptions in '{:.200}'", ty.name()));
    }
    let made = alloc(cls, call::args_tuple(args)?)?;
    // SAFETY: `cls` is this type or a subtype of it.
    let this = unsafe { made.as_object().downcast_unchecked::<BaseExceptionGroup>() };
    this.message.set(Some(Ref::from_borrow(message)));
    this.exceptions.set(Some(exceptions));
    this.repr.set(repr);
    Ok(made.upcast())
}

fn this(object: &Object) -> &BaseExceptionGroup {
    // SAFETY: slots of this type.
    unsafe { object.downcast_unchecked::<BaseExceptionGroup>() }
}

impl BaseExceptionGroup {
    const METHODS: &'static [gopy_object::native::MethodDef] = methods::METHODS;
    const GETSETS: &'static [gopy_object::native::GetSetDef] = &[];
    const MEMBERS: &'static [gopy_object::native::MemberDef] = methods::MEMBERS;

    fn fill_slots(slots: &Slots) {
        slots.new.set(Some(new));
        slots.init.set(Some(base::init));
        slots.str.set(Some(|object| {
            let this = this(object);
            let count = this.nested().len();
            let mut text = StrBuilder::new();
            text.push(&this.message_text())?;
            let plural = if count > 1 { "s" } else { "" };
            text.push_str(&format!(" ({count} sub-exception{plural})"))?;
            Ok(text.finish()?.upcast())
        }));
        slots.repr.set(Some(|object| {
            let this = this(object);
            let exceptions = match this.repr.get() {
                Some(repr) => repr,
                None => {
                    let args = args_of(this);
                    let nested = this.nested();
                    match args.items() {
                        [_, given] if given.downcast::<List>().is_some() => {
                            let list = List::from_vec(nested.items().to_vec());
                            object::repr(list.as_object())?
                        }
                        _ => object::repr(nested.as_object())?,
                    }
                }
            };
            let name = object.type_name();
            let mut text = StrBuilder::new();
            text.push_str(name.rsplit('.').next().unwrap_or(&name))?;
            text.push_str("(")?;
            text.push(&*object::repr(this.message_text().as_object())?)?;
            text.push_str(", ")?;
            text.push(&exceptions)?;
            text.push_str(")")?;
            Ok(text.finish()?.upcast())
        }));
    }

    /// `exceptions`.
    pub fn nested(&self) -> Ref<Tuple> {
        self.exceptions.get().unwrap_or_else(tuple::empty)
    }

    fn message_text(&self) -> Ref<Str> {
        self.message.get().unwrap_or_else(Str::empty)
    }

    /// A group of some of the exceptions with the metadata of `self`; nothing for none.
    fn subset(&self, exceptions: Vec<Ref>) -> PyResult<Option<Ref>> {
        if exceptions.is_empty() {
            return Ok(None);
        }
        let list = List::from_vec(exceptions);
        let made = call::call_method(self.as_object(), crate::id!(derive), &[list.as_object()])?;
        let Some(group) = made.downcast::<BaseExceptionGroup>() else {
            return Err(type_error!("derive must return an instance of BaseExceptionGroup"));
        };
        if let Some(traceback) = self.traceback.get() {
            base::set_traceback(group, &traceback)?;
        }
        group.context.set(self.context.get());
        group.suppress_context.set(true);
        group.cause.set(self.cause.get());
        if let Some(notes) = object::get_attr_opt(self.as_object(), id!(__notes__))?
            && sequence::is_sequence(&notes)
        {
            // A copy: the parts have lists of their own.
            let notes = sequence::to_list(&notes)?;
            object::set_attr(&made, id!(__notes__), notes.as_object())?;
        }
        Ok(Some(made))
    }
}

/// What selects exceptions of a group.
enum Matcher<'a> {
    /// A type or a tuple of types.
    Type(&'a Object),
    /// A function of the exception.
    Predicate(&'a Object),
    /// Leaves, by address.
    Leaves(&'a [usize]),
}

fn is_exception_class(o: &Object) -> bool {
    o.downcast::<Type>().is_some_and(|ty| ty.has(gopy_object::TypeFlags::BASE_EXC_SUBCLASS))
}

impl<'a> Matcher<'a> {
    fn of(value: &'a Object) -> PyResult<Matcher<'a>> {
        if object::is_callable(value) && value.downcast::<Type>().is_none() {
            return Ok(Matcher::Predicate(value));
        }
        let types = value.downcast_exact::<Tuple>();
        if is_exception_class(value)
            || types.is_some_and(|types| types.items().iter().all(|ty| is_exception_class(ty)))
        {
            return Ok(Matcher::Type(value));
        }
        Err(type_error!(
            "expected an exception type, a tuple of exception types, or a callable (other than a class)"
        ))
    }

    fn matches(&self, exception: &Object) -> PyResult<bool> {
        match self {
            Matcher::Type(ty) => Ok(match ty.downcast::<Type>() {
                Some(ty) => exception.is_instance(ty),
                None => tuple::items_of(ty)
                    .iter()
                    .filter_map(|ty| ty.downcast::<Type>())
                    .any(|ty| exception.is_instance(ty)),
            }),
            Matcher::Predicate(f) => object::is_true(&*call::call_one(f, exception)?),
            Matcher::Leaves(leaves) => Ok(exception.downcast::<BaseExceptionGroup>().is_none()
                && leaves.contains(&exception.id())),
        }
    }
}

/// The matching part and, if asked for, the rest.
fn split(
    exception: &Object,
    matcher: &Matcher<'_>,
    with_rest: bool,
) -> PyResult<(Option<Ref>, Option<Ref>)> {
    if matcher.matches(exception)? {
        return Ok((Some(exception.to_ref()), None));
    }
    let Some(group) = exception.downcast::<BaseExceptionGroup>() else {
        return Ok((None, with_rest.then(|| exception.to_ref())));
    };
    let (mut matching, mut rest) = (Vec::new(), Vec::new());
    for nested in group.nested().items() {
        thread().check_native_recursion(" in exceptiongroup_split_recursive")?;
        let (matched, left) = split(nested, matcher, with_rest)?;
        matching.extend(matched);
        rest.extend(left);
    }
    let matching = group.subset(matching)?;
    let rest = if with_rest { group.subset(rest)? } else { None };
    Ok((matching, rest))
}

#[pymethods(BaseExceptionGroup)]
mod methods {
    use super::*;

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        Ok(generic_alias::GenericAlias::new(cls.as_object(), object)?.upcast())
    }

    #[pymethod("($self, excs, /)")]
    fn derive(this: &BaseExceptionGroup, excs: &Object) -> PyResult {
        let message = this.message_text();
        call::call(BASE_EXCEPTION_GROUP.as_object(), &[message.as_object(), excs])
    }

    #[pymethod("($self, matcher_value, /)")]
    fn split(this: &BaseExceptionGroup, matcher_value: &Object) -> PyResult<Ref<Tuple>> {
        let (matching, rest) = super::split(this.as_object(), &Matcher::of(matcher_value)?, true)?;
        Ok(tuple::from_array([
            matching.unwrap_or_else(none::none),
            rest.unwrap_or_else(none::none),
        ]))
    }

    #[pymethod("($self, matcher_value, /)")]
    fn subgroup(this: &BaseExceptionGroup, matcher_value: &Object) -> PyResult {
        let (matching, _) = super::split(this.as_object(), &Matcher::of(matcher_value)?, false)?;
        Ok(matching.unwrap_or_else(none::none))
    }

    #[pymember]
    fn message(this: &BaseExceptionGroup) -> Ref<Str> {
        this.message_text()
    }

    #[pymember]
    fn exceptions(this: &BaseExceptionGroup) -> Ref<Tuple> {
        this.nested()
    }
}

fn collect_leaves(exception: &Object, leaves: &mut Vec<usize>) -> PyResult<()> {
    let Some(group) = exception.downcast::<BaseExceptionGroup>() else {
        leaves.push(exception.id());
        return Ok(());
    };
    for nested in group.nested().items() {
        thread().check_native_recursion(" in collect_exception_group_leaf_ids")?;
        collect_leaves(nested, leaves)?;
    }
    Ok(())
}

fn same_metadata(a: &BaseException, b: &BaseException) -> bool {
    let same = |a: Option<Ref>, b: Option<Ref>| match (a, b) {
        (Some(a), Some(b)) => a.is(&*b),
        (a, b) => a.is_none() && b.is_none(),
    };
    same(a.notes.get(), b.notes.get())
        && same(a.traceback.get(), b.traceback.get())
        && same(a.cause.get().map(Ref::upcast), b.cause.get().map(Ref::upcast))
        && same(a.context.get().map(Ref::upcast), b.context.get().map(Ref::upcast))
}

/// What a `try`–`except*` raises in the end: of the exceptions that its clauses have raised those that
/// are parts of `original` keep its nesting, the others are put beside them
/// (`_PyExc_PrepReraiseStar`). `None` for nothing.
///
/// # Errors
///
/// `MemoryError`; what `derive` raises.
pub fn prep_reraise_star(original: &BaseException, raised: &List) -> PyResult {
    let all = raised.to_vec();
    if all.is_empty() {
        return Ok(none::none());
    }
    if original.as_object().downcast::<BaseExceptionGroup>().is_none() {
        return Ok(all[0].clone());
    }
    let (mut fresh, mut leaves) = (Vec::new(), Vec::new());
    for exception in &all {
        let Some(value) = exception.downcast::<BaseException>() else { continue };
        if same_metadata(value, original) {
            collect_leaves(exception, &mut leaves)?;
        } else {
            fresh.push(exception.clone());
        }
    }
    let (again, _) = split(original.as_object(), &Matcher::Leaves(&leaves), false)?;
    if fresh.is_empty() {
        return Ok(again.unwrap_or_else(none::none));
    }
    fresh.extend(again);
    if fresh.len() == 1 {
        return Ok(fresh.swap_remove(0));
    }
    let list = List::from_vec(fresh);
    let message = Str::empty();
    call::call(BASE_EXCEPTION_GROUP.as_object(), &[message.as_object(), list.as_object()])
}
