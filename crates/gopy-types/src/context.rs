//! `contextvars.Context`, `ContextVar` and `Token`.
//!
//! Answers to `Python/context.c` and `Python/hamt.c`. The variables of a context are a dict that
//! copies of the context and iterators share until one of them changes: then it is copied first. So
//! copying a context costs nothing, and a change of one's own dict no more than the dict's.
//!
//! Keeps true: a dict that somebody else may hold is never changed.

use std::cell::Cell;

use gopy_core::dict::{Dict, new_item_iterator, new_key_iterator, new_value_iterator};
use gopy_core::error::{self, runtime_error, type_error, value_error};
use gopy_core::exceptions::{LOOKUP_ERROR, key_error};
use gopy_core::generic_alias::GenericAlias;
use gopy_core::str::{Str, interned};
use gopy_core::{bool_, call, none, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::weakref::WeakList;
use gopy_object::{Args, GilCell, Instance, Object, PyResult, Ref, Slot, Type, gc, memory, thread};

/// A mapping from variables to values.
#[pyclass(name = "_contextvars.Context", static = CONTEXT, basicsize = 48, weaklistoffset = 32,
    flags(HAVE_GC), weaklist = weakrefs)]
#[repr(C)]
pub struct Context {
    object: Object,
    variables: Slot<Dict>,
    /// The context to go back to, while this one is entered.
    previous: Slot,
    weakrefs: WeakList,
    entered: Cell<bool>,
}

impl Context {
    fn make(variables: Ref<Dict>) -> PyResult<Ref<Context>> {
        let context = Context {
            object: Object::header(&CONTEXT),
            variables: Slot::new(Some(variables)),
            previous: Slot::empty(),
            weakrefs: WeakList::empty(),
            entered: Cell::new(false),
        };
        Ok(gc::tracked(memory::alloc(&CONTEXT, context)?))
    }

    /// The running thread's context, made where there is none.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn current() -> PyResult<Ref<Context>> {
        let thread = thread();
        if let Some(context) = thread.context.get()
            && let Ok(context) = context.downcast_ref::<Context>()
        {
            return Ok(context);
        }
        let context = Context::make(Dict::new())?;
        thread.context.set(Some(context.clone().upcast()));
        thread.context_version.set(thread.context_version.get() + 1);
        Ok(context)
    }

    /// A copy, as `contextvars.copy_context()` makes one of the current context.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn copy_context(&self) -> PyResult<Ref<Context>> {
        Context::make(self.shared())
    }

    /// The variables, for reading.
    fn shared(&self) -> Ref<Dict> {
        if let Some(variables) = self.variables.get() {
            return variables;
        }
        let variables = Dict::new();
        self.variables.set(Some(variables.clone()));
        variables
    }

    /// The variables, for a change: nobody else has this dict.
    fn owned(&self) -> PyResult<Ref<Dict>> {
        let variables = self.shared();
        // The slot's reference and the one just taken.
        if variables.as_object().count() <= 2 {
            return Ok(variables);
        }
        let copy = variables.copy()?;
        self.variables.set(Some(copy.clone()));
        Ok(copy)
    }

    fn find(&self, variable: &ContextVar) -> PyResult<Option<Ref>> {
        // SAFETY: variables are compared by identity, so the lookup neither drops nor runs Python.
        match unsafe { self.variables.borrow() } {
            Some(variables) => variables.get_known_hash(variable.as_object(), variable.hash.get()),
            None => Ok(None),
        }
    }

    /// Runs `f` with this as the current context.
    ///
    /// # Errors
    ///
    /// RuntimeError where it is entered already; what `f` answers.
    pub fn run_with<R>(&self, f: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
        if self.entered.get() {
            return Err(runtime_error!(
                "cannot enter context: {} is already entered",
                object::repr(self.as_object())?.to_string_lossy()
            ));
        }
        let thread = thread();
        self.entered.set(true);
        self.previous.set(thread.context.replace(Some(self.as_object().to_ref())));
        thread.context_version.set(thread.context_version.get() + 1);
        let result = f();
        thread.context.set(self.previous.take());
        thread.context_version.set(thread.context_version.get() + 1);
        self.entered.set(false);
        result
    }
}

fn variable_key(key: &Object) -> PyResult<&ContextVar> {
    match key.downcast_exact::<ContextVar>() {
        Some(variable) => Ok(variable),
        None => Err(type_error!(
            "a ContextVar key was expected, got {}",
            object::repr(key)?.to_string_lossy()
        )),
    }
}

#[pymethods]
impl Context {
    #[pymethod("($self, key, default=None, /)")]
    fn get(&self, key: &Object, default: Option<Ref>) -> PyResult {
        let found = self.find(variable_key(key)?)?;
        Ok(found.or(default).unwrap_or_else(none::none))
    }

    #[pymethod("($self, /)")]
    fn items(&self) -> PyResult {
        View::make(&ITEMS, self)
    }

    #[pymethod("($self, /)")]
    fn keys(&self) -> PyResult {
        View::make(&KEYS, self)
    }

    #[pymethod("($self, /)")]
    fn values(&self) -> PyResult {
        View::make(&VALUES, self)
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult<Ref<Context>> {
        self.copy_context()
    }

    #[pymethod(raw)]
    fn run(&self, args: Args<'_>) -> PyResult {
        let Some(function) = args.get(0) else {
            return Err(type_error!("run() missing 1 required positional argument"));
        };
        self.run_with(|| call::call_args(function, args.skip(1)))
    }
}

#[pyslots]
impl Context {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult<Ref<Context>> {
        if !args.all().is_empty() {
            return Err(type_error!("Context() does not accept any arguments"));
        }
        Context::make(Dict::new())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let (CompareOp::Eq | CompareOp::Ne, Some(other)) = (op, other.downcast_exact::<Context>())
        else {
            return Ok(none::not_implemented());
        };
        let same = self.shared().equals(&other.shared())?;
        Ok(bool_::bool_ref(same == (op == CompareOp::Eq)))
    }

    fn iter(&self) -> PyResult {
        View::make(&KEYS, self)
    }

    fn sq_contains(&self, key: &Object) -> PyResult<bool> {
        Ok(self.find(variable_key(key)?)?.is_some())
    }

    fn mp_length(&self) -> PyResult<usize> {
        Ok(self.shared().len())
    }

    fn mp_subscript(&self, key: &Object) -> PyResult {
        self.find(variable_key(key)?)?.ok_or_else(|| key_error(key))
    }
}

/// The layout of the three iterators over a context.
#[repr(C)]
pub struct View {
    object: Object,
    /// Keeps the dict from being changed.
    variables: Ref<Dict>,
    iterator: Ref,
}

impl gopy_object::Traverse for View {
    fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
        visit(self.variables.as_object());
        visit(&self.iterator);
    }

    fn clear(&self) {}
}

macro_rules! views {
    ($($(#[$doc:meta])* $ty:ident, $static:ident, $name:literal, $iterator:ident;)*) => {
        $(
            $(#[$doc])*
            #[pyclass(name = $name, static = $static, basicsize = 168,
                flags(HAVE_GC, DISALLOW_INSTANTIATION), no_methods)]
            #[repr(C)]
            pub struct $ty {
                view: View,
            }

            #[pyslots]
            impl $ty {
                fn iter(&self) -> Ref {
                    self.as_object().to_ref()
                }

                fn iternext(&self) -> PyResult<Option<Ref>> {
                    gopy_core::iter::next(&self.view.iterator)
                }
            }
        )*

        impl View {
            fn make(ty: &'static GilCell<Type>, context: &Context) -> PyResult {
                let variables = context.shared();
                $(if std::ptr::eq(ty, &$static) {
                    let iterator = $iterator(&variables)?;
                    let view = View { object: Object::header(ty), variables, iterator };
                    return Ok(gc::tracked(memory::alloc(ty, $ty { view })?).upcast());
                })*
                Err(type_error!("no view of a context"))
            }
        }
    };
}

views! {
    /// Iterates over the variables of a context.
    KeysView, KEYS, "keys", new_key_iterator;
    /// Iterates over the values of a context.
    ValuesView, VALUES, "values", new_value_iterator;
    /// Iterates over the pairs of a context.
    ItemsView, ITEMS, "items", new_item_iterator;
}

/// A context variable.
#[pyclass(name = "_contextvars.ContextVar", static = CONTEXT_VAR, basicsize = 64,
    flags(HAVE_GC))]
#[repr(C)]
pub struct ContextVar {
    object: Object,
    name: Ref<Str>,
    default: Slot,
    hash: Cell<isize>,
}

impl ContextVar {
    /// A variable for native code.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn make(name: &Str, default: Option<&Object>) -> PyResult<Ref<ContextVar>> {
        let variable = memory::alloc(
            &CONTEXT_VAR,
            ContextVar {
                object: Object::header(&CONTEXT_VAR),
                name: name.to_ref(),
                default: Slot::new(default.map(|default| default.to_ref())),
                hash: Cell::new(0),
            },
        )?;
        let hash = object::hash_pointer(variable.as_object()) ^ name.hash_value();
        variable.hash.set(if hash == -1 { -2 } else { hash });
        Ok(gc::tracked(variable))
    }

    /// The value in the current context, else the default; `None` where there is neither.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn value(&self) -> PyResult<Option<Ref>> {
        let context = Context::current()?;
        Ok(context.find(self)?.or_else(|| self.default.get()))
    }

    fn store(&self, context: &Context, value: &Object) -> PyResult<()> {
        let key = self.as_object();
        context.owned()?.set_known_hash(key, self.hash.get(), value)
    }

    /// Sets the value in the current context; the token undoes it.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn set_value(&self, value: &Object) -> PyResult<Ref<Token>> {
        let context = Context::current()?;
        let old = context.find(self)?;
        let token = Token {
            object: Object::header(&TOKEN),
            context: context.clone(),
            variable: self.to_ref(),
            old: Slot::new(old),
            used: Cell::new(false),
        };
        let token = gc::tracked(memory::alloc(&TOKEN, token)?);
        self.store(&context, value)?;
        Ok(token)
    }

    /// Undoes the change that gave `token`.
    ///
    /// # Errors
    ///
    /// RuntimeError for a used token, ValueError for one of another variable or context.
    pub fn reset_to(&self, token: &Token) -> PyResult<()> {
        let shown = || object::repr(token.as_object());
        if token.used.get() {
            let shown = shown()?;
            let shown = shown.to_string_lossy();
            return Err(runtime_error!("{shown} has already been used once"));
        }
        if !token.variable.as_object().is(self) {
            let shown = shown()?;
            let shown = shown.to_string_lossy();
            return Err(value_error!("{shown} was created by a different ContextVar"));
        }
        let context = Context::current()?;
        if !token.context.as_object().is(&*context) {
            let shown = shown()?;
            let shown = shown.to_string_lossy();
            return Err(value_error!("{shown} was created in a different Context"));
        }
        token.used.set(true);
        match token.old.get() {
            Some(old) => self.store(&context, &old),
            None => {
                let removed =
                    context.owned()?.remove_known_hash(self.as_object(), self.hash.get())?;
                match removed {
                    Some(_) => Ok(()),
                    None => Err(error::raise_with(&LOOKUP_ERROR, &[self.as_object()])),
                }
            }
        }
    }
}

#[pymethods]
impl ContextVar {
    #[pymethod("($self, default=<unrepresentable>, /)")]
    fn get(&self, default: Option<&Object>) -> PyResult {
        if let Some(found) = Context::current()?.find(self)? {
            return Ok(found);
        }
        match default.map(|default| default.to_ref()).or_else(|| self.default.get()) {
            Some(default) => Ok(default),
            None => Err(error::raise_with(&LOOKUP_ERROR, &[self.as_object()])),
        }
    }

    #[pymethod("($self, value, /)")]
    fn set(&self, value: &Object) -> PyResult<Ref<Token>> {
        self.set_value(value)
    }

    #[pymethod("($self, token, /)")]
    fn reset(&self, token: &Object) -> PyResult<()> {
        match token.downcast_exact::<Token>() {
            Some(token) => self.reset_to(token),
            None => Err(type_error!(
                "expected an instance of Token, got {}",
                object::repr(token)?.to_string_lossy()
            )),
        }
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pymember]
    fn name(&self) -> Ref<Str> {
        self.name.clone()
    }
}

#[pyslots]
impl ContextVar {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult<Ref<ContextVar>> {
        if args.len() > 1 {
            return Err(type_error!(
                "ContextVar() takes at most 1 positional argument ({} given)",
                args.len()
            ));
        }
        let [name, default] = bind!(args, "ContextVar", ["", "default"], required 1,
            positional_only 1, positional 1);
        match name.and_then(|name| name.downcast::<Str>()) {
            Some(name) => ContextVar::make(name, default),
            None => Err(type_error!("context variable name must be a str")),
        }
    }

    fn hash(&self) -> PyResult<isize> {
        Ok(self.hash.get())
    }

    fn repr(&self) -> PyResult<String> {
        let name = object::repr(self.name.as_object())?;
        let name = name.to_string_lossy();
        let address = self.as_object().id();
        match self.default.get() {
            None => Ok(format!("<ContextVar name={name} at {address:#x}>")),
            Some(default) => {
                let default = object::repr(&default)?;
                let default = default.to_string_lossy();
                Ok(format!("<ContextVar name={name} default={default} at {address:#x}>"))
            }
        }
    }
}

/// What `Token.old_value` is where the variable had no value.
#[pyclass(name = "Token.MISSING", static = MISSING_TYPE, basicsize = 16,
    flags(DISALLOW_INSTANTIATION), no_methods)]
#[repr(C)]
pub struct Missing {
    object: Object,
}

/// `Token.MISSING`.
pub static MISSING: GilCell<Missing> =
    GilCell::new(Missing { object: Object::static_header(&MISSING_TYPE) });

#[pyslots]
impl Missing {
    fn repr(&self) -> Ref<Str> {
        Str::new("<Token.MISSING>")
    }
}

/// What undoes a change of a variable.
#[pyclass(name = "_contextvars.Token", static = TOKEN, basicsize = 48, flags(HAVE_GC))]
#[repr(C)]
pub struct Token {
    object: Object,
    context: Ref<Context>,
    variable: Ref<ContextVar>,
    old: Slot,
    used: Cell<bool>,
}

/// Adds what the class of tokens holds besides its methods.
///
/// # Errors
///
/// `MemoryError`.
pub fn complete_token_type() -> PyResult<()> {
    if let Some(dict) = TOKEN.dict.get()
        && let Some(dict) = dict.downcast::<Dict>()
    {
        dict.set_str(&interned("MISSING"), MISSING.get().as_object())?;
        gopy_core::type_::modified(&TOKEN);
    }
    Ok(())
}

#[pymethods]
impl Token {
    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pymethod("($self, /)")]
    fn __enter__(&self) -> Ref {
        self.as_object().to_ref()
    }

    #[pymethod("($self, type, val, tb, /)")]
    fn __exit__(&self, r#type: &Object, val: &Object, tb: &Object) -> PyResult<()> {
        let _ = (r#type, val, tb);
        self.variable.reset_to(self)
    }

    #[pygetter]
    fn var(&self) -> Ref<ContextVar> {
        self.variable.clone()
    }

    #[pygetter]
    fn old_value(&self) -> Ref {
        self.old.get().unwrap_or_else(|| MISSING.get().to_ref().upcast())
    }
}

#[pyslots]
impl Token {
    fn new(_ty: &Type, _args: Args<'_>) -> PyResult {
        Err(runtime_error!("Tokens can only be created by ContextVars"))
    }

    fn hash(&self) -> PyResult<isize> {
        object::hash_not_implemented(self.as_object())
    }

    fn repr(&self) -> PyResult<String> {
        let used = if self.used.get() { " used" } else { "" };
        let variable = object::repr(self.variable.as_object())?;
        let address = self.as_object().id();
        Ok(format!("<Token{used} var={} at {address:#x}>", variable.to_string_lossy()))
    }
}
