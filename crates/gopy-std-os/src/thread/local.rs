//! `_thread._local`.
//!
//! Answers to the thread-local objects of `Modules/_threadmodule.c`. An object owns the attribute
//! dicts of all threads, by the threads' numbers, so the collector sees them; a thread that ends takes
//! its dict out of every object that is alive.

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;
use std::rc::Rc;

use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::{call, exceptions, id, object, type_};
use gopy_macros::{pyclass, pyslots};
use gopy_object::typeobj::{OBJECT, Tuple};
use gopy_object::weakref::WeakList;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Thread, Type, gc, memory, thread};

use crate::util::{int, state};

/// All such objects.
#[derive(Default)]
struct Locals(RefCell<Vec<NonNull<Local>>>);

/// The list of all such objects takes this one off when it is dropped, and keeps the last dict found.
struct Registered {
    locals: Rc<Locals>,
    /// Number of the thread that used the object last.
    last_thread: Cell<u64>,
    /// That thread's dict; `dicts` owns it.
    last_dict: Cell<Option<NonNull<Dict>>>,
}

gopy_object::leaf_traverse!(Registered);

/// A `_thread._local`.
#[pyclass(name = "_thread._local", static = LOCAL, text_signature = "()", basicsize = 56,
    weaklistoffset = 32, flags(BASETYPE, HAVE_GC), weaklist = weakrefs, no_methods)]
#[repr(C)]
pub struct Local {
    object: Object,
    args: Slot,
    kwargs: Slot,
    weakrefs: WeakList,
    /// Attribute dicts by thread number.
    dicts: Slot<Dict>,
    registered: Registered,
}

impl Drop for Local {
    fn drop(&mut self) {
        let here = NonNull::from_ref(self);
        self.registered.locals.0.borrow_mut().retain(|other| *other != here);
    }
}

impl Local {
    fn add_dict(&self, number: u64) -> PyResult<Ref<Dict>> {
        let dict = Dict::new();
        let dicts = match self.dicts.get() {
            Some(dicts) => dicts,
            None => {
                let dicts = Dict::new();
                self.dicts.set(Some(dicts.clone()));
                dicts
            }
        };
        dicts.set_item(&int(number as i64), dict.as_object())?;
        self.registered.last_thread.set(number);
        self.registered.last_dict.set(Some(NonNull::from_ref(&*dict)));
        Ok(dict)
    }

    /// Takes a thread's dict out.
    fn take_dict(&self, number: u64) -> PyResult<Option<Ref>> {
        if self.registered.last_thread.get() == number {
            self.registered.last_thread.set(0);
            self.registered.last_dict.set(None);
        }
        let Some(dicts) = self.dicts.get() else { return Ok(None) };
        dicts.pop(&int(number as i64))
    }

    /// The running thread's dict, made by calling `__init__` where there was none. May run Python.
    fn dict(&self) -> PyResult<Ref<Dict>> {
        let number = thread().id;
        if self.registered.last_thread.get() == number
            && let Some(dict) = self.registered.last_dict.get()
        {
            // SAFETY: `dicts` owns the dict; whoever takes it out forgets this pointer.
            return Ok(unsafe { dict.as_ref() }.to_ref());
        }
        if let Some(dicts) = self.dicts.get()
            && let Some(dict) = dicts.get_item(&int(number as i64))?
            && let Ok(dict) = dict.downcast_ref::<Dict>()
        {
            self.registered.last_thread.set(number);
            self.registered.last_dict.set(Some(NonNull::from_ref(&*dict)));
            return Ok(dict);
        }
        let dict = self.add_dict(number)?;
        let ty = self.object.type_();
        let init = ty.slots.init.get();
        let plain = OBJECT.slots.init.get();
        if let Some(init) = init
            && plain.is_none_or(|plain| !std::ptr::fn_addr_eq(init, plain))
        {
            let args = self.args.get();
            let Some(args) = args.as_deref().and_then(|args| args.downcast::<Tuple>()) else {
                return Ok(dict);
            };
            let kwargs = self.kwargs.get();
            let kwargs = kwargs.as_deref().and_then(|kwargs| kwargs.downcast::<Dict>());
            let result = call::with_tuple_args(args, kwargs, |args| init(&self.object, args));
            if let Err(error) = result {
                self.take_dict(number)?;
                return Err(error);
            }
        }
        Ok(dict)
    }
}

/// A thread ends: its attributes go. May run Python.
pub(super) fn thread_ended(ending: &Thread) {
    let locals = state::<Locals>();
    // What dies may make and delete such objects, so the list is looked at anew each time.
    loop {
        let mut found = None;
        let all = locals.0.borrow().clone();
        for local in all {
            // SAFETY: the list holds live objects, and nothing is dropped in this loop before the
            // first find, which ends it.
            let local = unsafe { local.as_ref() };
            if let Ok(Some(dict)) = local.take_dict(ending.id) {
                found = Some(dict);
                break;
            }
        }
        if found.is_none() {
            return;
        }
    }
}

#[pyslots]
impl Local {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult<Ref<Local>> {
        let given = !args.is_empty() || args.keyword_count() > 0;
        if given {
            let (init, plain) = (ty.slots.init.get(), OBJECT.slots.init.get());
            let same = match (init, plain) {
                (Some(init), Some(plain)) => std::ptr::fn_addr_eq(init, plain),
                (None, _) => true,
                _ => false,
            };
            if same {
                return Err(type_error!("Initialization arguments are not supported"));
            }
        }
        let locals = state::<Locals>();
        let local = memory::alloc(
            ty,
            Local {
                object: Object::header(ty),
                args: Slot::new(Some(call::args_tuple(args)?.upcast())),
                kwargs: Slot::new(call::kwargs_dict(args)?.map(Ref::upcast)),
                weakrefs: WeakList::empty(),
                dicts: Slot::empty(),
                registered: Registered {
                    locals: locals.clone(),
                    last_thread: Cell::new(0),
                    last_dict: Cell::new(None),
                },
            },
        )?;
        locals.0.borrow_mut().push(NonNull::from_ref(&*local));
        // The call of the type runs `__init__` in this thread.
        local.add_dict(thread().id)?;
        Ok(gc::tracked(local))
    }

    fn getattro(&self, name: &Object) -> PyResult {
        let dict = self.dict()?;
        let name = object::attribute_name(name)?;
        if name.equals(id!(__dict__)) {
            return Ok(dict.upcast());
        }
        let this = self.as_object();
        let ty = self.object.type_().to_ref();
        let found = type_::lookup(&ty, name);
        let mut getter = None;
        if let Some(descriptor) = &found {
            getter = descriptor.type_().slots.descr_get.get();
            if let Some(get) = getter
                && descriptor.type_().slots.descr_set.get().is_some()
            {
                return get(descriptor, Some(this), Some(ty.as_object()));
            }
        }
        if let Some(value) = dict.get_str(name)? {
            return Ok(value);
        }
        match (found, getter) {
            (Some(descriptor), Some(get)) => get(&descriptor, Some(this), Some(ty.as_object())),
            (Some(descriptor), None) => Ok(descriptor),
            (None, _) => Err(exceptions::attribute_error(this, name)),
        }
    }

    fn setattro(&self, name: &Object, value: Option<&Object>) -> PyResult<()> {
        let dict = self.dict()?;
        let name = object::attribute_name(name)?;
        let this = self.as_object();
        if name.equals(id!(__dict__)) {
            let message = format!(
                "'{:.100}' object attribute '{name}' is read-only",
                self.object.type_name()
            );
            return Err(exceptions::attribute_error_with(this, name, &message));
        }
        let ty = self.object.type_().to_ref();
        let found: Option<Ref> = type_::lookup(&ty, name);
        if let Some(descriptor) = &found
            && let Some(set) = descriptor.type_().slots.descr_set.get()
        {
            return set(descriptor, this, value);
        }
        match value {
            Some(value) => dict.set_str(name, value),
            None if dict.del_item(name.as_object())? => Ok(()),
            None => Err(exceptions::attribute_error(this, name)),
        }
    }
}
