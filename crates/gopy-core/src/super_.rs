//! `super`.
//!
//! Answers to `PySuper_Type` in `Objects/typeobject.c`; the form without arguments finds class and
//! receiver in the running frame through [`crate::hooks`].

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::argument::check_positional;
use crate::error::type_error;
use crate::str::Str;
use crate::type_::cache::dict_of;
use crate::{argument, call, hooks, id, none, object};

/// A `super` object.
#[pyclass(name = "super", static = SUPER, basicsize = 40, flags(BASETYPE, HAVE_GC))]
#[repr(C)]
pub struct Super {
    object: Object,
    ty: Slot<Type>,
    receiver: Slot,
    receiver_type: Slot<Type>,
}

/// Whether the class is not in its own MRO, as a custom `mro()` may have it.
fn leaves_itself_out(ty: &Type) -> bool {
    ty.mro.get().is_some_and(|mro| !mro.items().iter().any(|base| base.is(ty)))
}

/// The class whose MRO is searched: the receiver itself where it is a subclass of `ty`, or its type.
fn check(ty: &Type, receiver: &Object) -> PyResult<Ref<Type>> {
    if let Some(class) = receiver.downcast::<Type>()
        && class.is_subtype(ty)
        && !(std::ptr::eq(class, ty) && leaves_itself_out(ty))
    {
        return Ok(class.to_ref());
    }
    if receiver.type_().is_subtype(ty) {
        return Ok(receiver.type_().to_ref());
    }
    // A proxy that lies about its class.
    if let Some(class) = object::get_attr_opt(receiver, id!(__class__))?
        && let Ok(class) = class.downcast_ref::<Type>()
        && !std::ptr::eq(&*class, receiver.type_())
        && class.is_subtype(ty)
    {
        return Ok(class);
    }
    let (kind, name) = match receiver.downcast::<Type>() {
        Some(class) => ("type", class.name()),
        None => ("instance of", receiver.type_name()),
    };
    Err(type_error!(
        "super(type, obj): obj ({kind} {:.200}) is not an instance or subtype of type ({:.200}).",
        name,
        ty.name()
    ))
}

/// The attribute behind `ty` in the MRO of `start`, bound to `receiver`; `None` where there is none.
///
/// # Errors
///
/// What binding raises.
pub fn lookup_after(
    ty: &Type,
    start: &Type,
    receiver: &Object,
    name: &Str,
) -> PyResult<Option<Ref>> {
    let Some((found, _)) = find_after(ty, start, name)? else { return Ok(None) };
    let Some(get) = found.type_().slots.descr_get.get() else { return Ok(Some(found)) };
    // `super(C, C).method` is not bound to an instance.
    let instance = (!receiver.is(start)).then_some(receiver);
    get(&found, instance, Some(start.as_object())).map(Some)
}

/// The raw attribute behind `ty` in the MRO of `start`, and the class that has it.
///
/// # Errors
///
/// What comparing odd keys raises.
pub fn find_after(ty: &Type, start: &Type, name: &Str) -> PyResult<Option<(Ref, Ref<Type>)>> {
    let Some(mro) = start.mro.get() else { return Ok(None) };
    let behind = mro.items().iter().skip_while(|base| !base.is(ty)).skip(1);
    for base in behind.filter_map(|base| base.downcast::<Type>()) {
        if let Some(dict) = dict_of(base)
            && let Some(found) = dict.get_str(name)?
        {
            return Ok(Some((found, base.to_ref())));
        }
    }
    Ok(None)
}

/// `super(ty, receiver).name`, for `LOAD_SUPER_ATTR` (`_PySuper_Lookup`).
///
/// # Errors
///
/// As the attribute access does.
pub fn lookup(ty: &Type, receiver: &Object, name: &Str) -> PyResult {
    let start = check(ty, receiver)?;
    if !name.equals(id!(__class__))
        && let Some(found) = lookup_after(ty, &start, receiver, name)?
    {
        return Ok(found);
    }
    // The error message names the `super` object.
    let made = make(&SUPER, ty.to_ref(), Some((receiver.to_ref(), start)))?;
    object::generic_get_attr(&made, name)
}

/// What `LOAD_SUPER_METHOD` pushes: a function to be called with `receiver` in front (true), or a
/// bound value.
///
/// # Errors
///
/// As the attribute access does.
pub fn lookup_method(ty: &Type, receiver: &Object, name: &Str) -> PyResult<(Ref, bool)> {
    let start = check(ty, receiver)?;
    if !name.equals(id!(__class__))
        && let Some((found, _)) = find_after(ty, &start, name)?
    {
        let found_type = found.type_();
        if found_type.has(gopy_object::TypeFlags::METHOD_DESCRIPTOR) && !receiver.is(&*start) {
            return Ok((found, true));
        }
        let Some(get) = found_type.slots.descr_get.get() else { return Ok((found, false)) };
        let instance = (!receiver.is(&*start)).then_some(receiver);
        return Ok((get(&found, instance, Some(start.as_object()))?, false));
    }
    let made = make(&SUPER, ty.to_ref(), Some((receiver.to_ref(), start)))?;
    Ok((object::generic_get_attr(&made, name)?, false))
}

fn make(
    metatype: &Type,
    ty: Ref<Type>,
    receiver: Option<(Ref, Ref<Type>)>,
) -> PyResult<Ref<Super>> {
    let (receiver, receiver_type) = receiver.unzip();
    let made = memory::alloc(
        metatype,
        Super {
            object: Object::header(metatype),
            ty: Slot::new(Some(ty)),
            receiver: Slot::new(receiver),
            receiver_type: Slot::new(receiver_type),
        },
    )?;
    Ok(gc::tracked(made))
}

#[pymethods]
impl Super {
    #[pymember]
    fn __thisclass__(&self) -> Ref {
        self.ty.get().map_or_else(none::none, Ref::upcast)
    }

    #[pymember]
    fn __self__(&self) -> Ref {
        self.receiver.get().unwrap_or_else(none::none)
    }

    #[pymember]
    fn __self_class__(&self) -> Ref {
        self.receiver_type.get().map_or_else(none::none, Ref::upcast)
    }
}

#[pyslots]
impl Super {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        let made = memory::alloc(
            ty,
            Super {
                object: Object::header(ty),
                ty: Slot::empty(),
                receiver: Slot::empty(),
                receiver_type: Slot::empty(),
            },
        )?;
        Ok(gc::tracked(made).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        argument::no_keywords("super", args)?;
        check_positional("super()", args.len(), 0, 2)?;
        let (ty, receiver) = match args.get(0) {
            None => {
                let (ty, receiver) = (hooks::get().super_arguments)()?;
                (ty, Some(receiver))
            }
            Some(ty) => {
                let Some(ty) = ty.downcast::<Type>() else {
                    return Err(type_error!(
                        "super() argument 1 must be a type, not {:.200}",
                        ty.type_name()
                    ));
                };
                (ty.to_ref(), args.get(1).map(|receiver| receiver.to_ref()))
            }
        };
        let receiver = receiver.filter(|receiver| !none::is_none(receiver));
        let receiver_type = match &receiver {
            Some(receiver) => Some(check(&ty, receiver)?),
            None => None,
        };
        self.ty.set(Some(ty));
        self.receiver.set(receiver);
        self.receiver_type.set(receiver_type);
        Ok(())
    }

    fn repr(&self) -> String {
        let name = |ty: Option<Ref<Type>>| {
            ty.map_or_else(|| "NULL".to_owned(), |ty| ty.name().to_string())
        };
        match self.receiver_type.get() {
            Some(receiver_type) => format!(
                "<super: <class '{}'>, <{} object>>",
                name(self.ty.get()),
                receiver_type.name()
            ),
            None => format!("<super: <class '{}'>, NULL>", name(self.ty.get())),
        }
    }

    fn getattro(&self, name: &Object) -> PyResult {
        // `__class__` of the super object itself, not of what it stands for.
        if let Some(text) = name.downcast::<Str>()
            && let (Some(ty), Some(start), Some(receiver)) =
                (self.ty.get(), self.receiver_type.get(), self.receiver.get())
            && !text.equals(id!(__class__))
            && let Some(found) = lookup_after(&ty, &start, &receiver, text)?
        {
            return Ok(found);
        }
        object::generic_get_attr(self, name)
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        let unbound = self.receiver.is_empty();
        let Some(instance) = instance.filter(|o| unbound && !none::is_none(o)) else {
            return Ok(self.as_object().to_ref());
        };
        let Some(ty) = self.ty.get() else { return Ok(self.as_object().to_ref()) };
        if !self.object.is_exact(&SUPER) {
            return call::call(self.object.type_().as_object(), &[ty.as_object(), instance]);
        }
        let start = check(&ty, instance)?;
        Ok(make(&SUPER, ty, Some((instance.to_ref(), start)))?.upcast())
    }
}
