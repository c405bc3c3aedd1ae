//! `module`.
//!
//! Answers to `Objects/moduleobject.c`.

use std::any::Any;
use std::cell::{Cell, OnceCell};

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::native::ModuleDef;
use gopy_object::weakref::WeakList;
use gopy_object::{
    Args, GilCell, Instance, Interpreter, Object, PyResult, Ref, Slot, Type, gc, memory,
};

use crate::argument::{ArgSpec, Bound, IntoPy, Place, Style};
use crate::builtin::BuiltinFunction;
use crate::dict::Dict;
use crate::error::{attribute_error_text, system_error, type_error};
use crate::list::List;
use crate::str::Str;
use crate::{call, exceptions, id, int, none, object, sequence, type_};

/// Native state of a module; it owns no references (those go into the module's dict).
#[derive(Default)]
pub struct ModuleState(pub OnceCell<Box<dyn Any>>);

gopy_object::leaf_traverse!(ModuleState);

/// A `module`.
#[pyclass(name = "module", static = MODULE, text_signature = "(name, doc=None)", basicsize = 56, dictoffset = 16, weaklistoffset = 40,
    flags(HAVE_GC, BASETYPE), dict = dict, weaklist = weakrefs)]
#[repr(C)]
pub struct Module {
    object: Object,
    /// `__dict__`; empty only before `__init__` of a subclass has run.
    pub dict: Slot,
    /// The declaration of a native module.
    pub def: Cell<Option<&'static ModuleDef>>,
    /// A native module's state.
    pub state: ModuleState,
    weakrefs: WeakList,
    /// The name that the module was made with.
    pub name: Slot,
}

impl Module {
    fn alloc(ty: &Type) -> PyResult<Ref<Module>> {
        let module = memory::alloc(
            ty,
            Module {
                object: Object::header(ty),
                dict: Slot::new(Some(Dict::new().upcast())),
                def: Cell::new(None),
                state: ModuleState::default(),
                weakrefs: WeakList::empty(),
                name: Slot::empty(),
            },
        )?;
        Ok(gc::tracked(module))
    }

    /// A module with the usual names in its dict.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(name: &Str) -> PyResult<Ref<Module>> {
        let module = Module::alloc(&MODULE)?;
        module.init_dict(name.as_object(), none::none_object())?;
        Ok(module)
    }

    fn init_dict(&self, name: &Object, doc: &Object) -> PyResult<()> {
        let dict = self.dict();
        let none = none::none_object();
        dict.set_str(id!(__name__), name)?;
        dict.set_str(id!(__doc__), doc)?;
        dict.set_str(id!(__package__), none)?;
        dict.set_str(id!(__loader__), none)?;
        dict.set_str(id!(__spec__), none)?;
        if name.is_exact(&crate::str::STR) {
            self.name.set(Some(name.to_ref()));
        }
        Ok(())
    }

    /// The module's dict.
    pub fn dict(&self) -> Ref<Dict> {
        if let Some(dict) = self.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok()) {
            return dict;
        }
        let dict = Dict::new();
        self.dict.set(Some(dict.clone().upcast()));
        dict
    }

    /// The module's name for messages and for `__module__` of what it holds.
    pub fn display_name(&self) -> PyResult<Option<Ref<Str>>> {
        Ok(self.dict().get_str(id!(__name__))?.and_then(|name| name.downcast_ref::<Str>().ok()))
    }
}

/// A native module with its functions, before `exec`.
///
/// # Errors
///
/// `MemoryError`.
pub fn from_def(def: &'static ModuleDef, name: &Str) -> PyResult<Ref<Module>> {
    let module = Module::new(name)?;
    module.def.set(Some(def));
    if let Some(doc) = def.doc.or_else(|| gopy_doc::find(def.name)) {
        module.dict().set_str(id!(__doc__), Str::new(doc).as_object())?;
    }
    let dict = module.dict();
    for method in def.methods {
        let receiver = module.clone().upcast();
        let function = BuiltinFunction::new(method, Some(receiver), Some(name.to_ref().upcast()))?;
        dict.set_str(&crate::str::interned(method.name), function.as_object())?;
    }
    Ok(module)
}

/// Runs the declaration's `exec`. May run Python.
///
/// # Errors
///
/// What it raises.
pub fn exec_def(module: &Module) -> PyResult<()> {
    match module.def.get().and_then(|def| def.exec) {
        Some(exec) => exec(module.as_object()),
        None => Ok(()),
    }
}

/// Sets an attribute of a native module in its `exec`.
///
/// # Errors
///
/// What the conversion raises; `MemoryError`.
pub fn add(module: &Object, name: &str, value: impl IntoPy) -> PyResult<()> {
    let value = value.into_py()?;
    let Some(module) = module.downcast::<Module>() else {
        return Err(system_error!("native attributes go into modules"));
    };
    module.dict().set_str(&crate::str::interned(name), &value)
}

/// Adds a type under the last part of its name, making it ready first.
///
/// # Errors
///
/// As [`add`].
pub fn add_type(module: &Object, ty: &'static GilCell<Type>) -> PyResult<()> {
    type_::ready(ty)?;
    let name = ty.name();
    let short = name.rsplit('.').next().unwrap_or(&name);
    add(module, short, ty.to_ref())
}

/// The state that a native module keeps, made on first use.
pub fn state<T: Any>(module: &Object, make: impl FnOnce() -> T) -> PyResult<&T> {
    let Some(module) = module.downcast::<Module>() else {
        return Err(system_error!("native state belongs to modules"));
    };
    let state = module.state.0.get_or_init(|| Box::new(make()));
    state.downcast_ref::<T>().ok_or_else(|| system_error!("a module has one kind of state"))
}

/// Whether a module is still being imported (`__spec__._initializing`). May run Python.
fn is_initializing(spec: Option<&Object>) -> PyResult<bool> {
    let Some(spec) = spec else { return Ok(false) };
    match object::get_attr_opt(spec, id!(_initializing))? {
        Some(value) => object::is_true(&value),
        None => Ok(false),
    }
}

/// The file that a module was loaded from, by its spec.
fn origin_of(spec: Option<&Object>) -> PyResult<Option<Ref<Str>>> {
    let Some(spec) = spec else { return Ok(None) };
    match object::get_attr_opt(spec, id!(has_location))? {
        Some(has_location) if object::is_true(&has_location)? => {}
        _ => return Ok(None),
    }
    Ok(object::get_attr_opt(spec, id!(origin))?.and_then(|origin| origin.downcast_ref().ok()))
}

/// Whether `origin` lies in `sys.path[0]` and so may hide a library module of the same name.
fn is_possibly_shadowing(origin: &Str) -> PyResult<bool> {
    let Some(sys) = Interpreter::current().sys_dict.get() else { return Ok(false) };
    let Some(sys) = sys.downcast::<Dict>() else { return Ok(false) };
    if let Some(flags) = sys.get_str(id!(flags))?
        && let Some(safe_path) = object::get_attr_opt(&flags, &Str::new("safe_path"))?
        && object::is_true(&safe_path)?
    {
        return Ok(false);
    }
    let Some(path) = sys.get_str(id!(path))? else { return Ok(false) };
    let Some(first) = path.downcast::<List>().and_then(|path| path.get(0)) else {
        return Ok(false);
    };
    let Some(first) = first.downcast::<Str>() else { return Ok(false) };
    let origin = origin.to_string();
    let Some((mut folder, file)) = origin.rsplit_once('/') else { return Ok(false) };
    if file == "__init__.py" {
        let Some((parent, _)) = folder.rsplit_once('/') else { return Ok(false) };
        folder = parent;
    }
    let first = first.to_string();
    if first.is_empty() {
        let here = std::env::current_dir().map_err(|_| attribute_error_text!("no directory"));
        return Ok(here.is_ok_and(|here| here.as_os_str() == folder));
    }
    Ok(first == folder)
}

/// Whether the standard library has a module of this name.
fn is_stdlib_name(name: &Object) -> PyResult<bool> {
    let Some(sys) = Interpreter::current().sys_dict.get() else { return Ok(false) };
    let Some(sys) = sys.downcast::<Dict>() else { return Ok(false) };
    match sys.get_str(id!(stdlib_module_names))? {
        Some(names) => sequence::contains(&names, name),
        None => Ok(false),
    }
}

impl Module {
    fn missing_attribute(&self, name: &Str) -> PyResult<gopy_object::Exception> {
        let this = self.as_object();
        let dict = self.dict();
        let Some(module_name) =
            dict.get_str(id!(__name__))?.and_then(|name| name.downcast_ref::<Str>().ok())
        else {
            let message = format!("module has no attribute '{name}'");
            return Ok(exceptions::attribute_error_with(this, name, &message));
        };
        let spec = dict.get_str(id!(__spec__))?;
        let spec = spec.as_deref();
        let origin = origin_of(spec)?;
        let shadowing = match &origin {
            Some(origin) => is_possibly_shadowing(origin)?,
            None => false,
        };
        let shadows_stdlib = shadowing && is_stdlib_name(module_name.as_object())?;
        let origin = origin.map_or_else(String::new, |origin| origin.to_string());
        let message = if shadows_stdlib {
            format!(
                "module '{module_name}' has no attribute '{name}' (consider renaming '{origin}' since it has the same name as the standard library module named '{module_name}' and prevents importing that standard library module)"
            )
        } else if is_initializing(spec)? {
            if shadowing {
                format!(
                    "module '{module_name}' has no attribute '{name}' (consider renaming '{origin}' if it has the same name as a library you intended to import)"
                )
            } else if !origin.is_empty() {
                format!(
                    "partially initialized module '{module_name}' from '{origin}' has no attribute '{name}' (most likely due to a circular import)"
                )
            } else {
                format!(
                    "partially initialized module '{module_name}' has no attribute '{name}' (most likely due to a circular import)"
                )
            }
        } else if is_uninitialized_submodule(spec, name)? {
            format!(
                "cannot access submodule '{name}' of module '{module_name}' (most likely due to a circular import)"
            )
        } else {
            format!("module '{module_name}' has no attribute '{name}'")
        };
        Ok(exceptions::attribute_error_with(this, name, &message))
    }

    /// `__getattribute__`; a miss is `None`. May run Python.
    ///
    /// # Errors
    ///
    /// What descriptors and `__getattr__` raise, but for `AttributeError`.
    pub fn get_attr_opt(&self, name: &Str) -> PyResult<Option<Ref>> {
        if let Some(value) = object::generic_get_attr_opt(self.as_object(), name)? {
            return Ok(Some(value));
        }
        match self.dict().get_str(id!(__getattr__))? {
            Some(getattr) => crate::error::suppress(
                call::call_one(&getattr, name.as_object()),
                &exceptions::ATTRIBUTE_ERROR,
            ),
            None => Ok(None),
        }
    }
}

fn is_uninitialized_submodule(spec: Option<&Object>, name: &Str) -> PyResult<bool> {
    let Some(spec) = spec else { return Ok(false) };
    match object::get_attr_opt(spec, id!(_uninitialized_submodules))? {
        Some(names) => sequence::contains(&names, name.as_object()),
        None => Ok(false),
    }
}

#[pymethods]
impl Module {
    #[pymethod(hide_signature)]
    fn __dir__(&self) -> PyResult {
        let Some(dict) = object::get_attr_opt(self.as_object(), id!(__dict__))? else {
            return Err(type_error!("<module>.__dict__ is not a dictionary"));
        };
        let Some(dict) = dict.downcast::<Dict>() else {
            return Err(type_error!("<module>.__dict__ is not a dictionary"));
        };
        match dict.get_str(id!(__dir__))? {
            Some(dir) => call::call_no_args(&dir),
            None => Ok(dict.keys().upcast()),
        }
    }

    #[pymember]
    fn __dict__(&self) -> Ref {
        self.dict().upcast()
    }

    #[pygetter]
    fn __annotations__(&self) -> PyResult {
        let dict = self.dict();
        if let Some(annotations) = dict.get_str(id!(__annotations__))? {
            return Ok(annotations);
        }
        let initializing = match dict.get_str(id!(__spec__))? {
            Some(spec) => is_initializing(Some(&spec))?,
            None => false,
        };
        let annotate = dict.get_str(id!(__annotate__))?;
        let annotations = match annotate.filter(|annotate| object::is_callable(annotate)) {
            Some(annotate) => {
                let one = int::Int::from_i64(1);
                let result = call::call_one(&annotate, one.as_object())?;
                if result.downcast::<Dict>().is_none() {
                    return Err(type_error!(
                        "__annotate__() must return a dict, not {}",
                        result.type_name()
                    ));
                }
                result
            }
            None => Dict::new().upcast(),
        };
        // What a module annotates is not complete while it is being imported.
        if !initializing {
            dict.set_str(id!(__annotations__), &annotations)?;
        }
        Ok(annotations)
    }

    #[pysetter]
    fn set___annotations__(&self, value: Option<&Object>) -> PyResult<()> {
        let dict = self.dict();
        match value {
            Some(value) => {
                dict.set_str(id!(__annotations__), value)?;
                dict.set_str(id!(__annotate__), none::none_object())
            }
            None => {
                if !dict.del_item(id!(__annotations__).as_object())? {
                    return Err(attribute_error_text!("__annotations__"));
                }
                dict.del_item(id!(__annotate__).as_object()).map(drop)
            }
        }
    }

    #[pygetter]
    fn __annotate__(&self) -> PyResult {
        let dict = self.dict();
        if let Some(annotate) = dict.get_str(id!(__annotate__))? {
            return Ok(annotate);
        }
        dict.set_str(id!(__annotate__), none::none_object())?;
        Ok(none::none())
    }

    #[pysetter]
    fn set___annotate__(&self, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(type_error!("cannot delete __annotate__ attribute"));
        };
        if !none::is_none(value) && !object::is_callable(value) {
            return Err(type_error!("__annotate__ must be callable or None"));
        }
        let dict = self.dict();
        dict.set_str(id!(__annotate__), value)?;
        if !none::is_none(value) {
            dict.del_item(id!(__annotations__).as_object())?;
        }
        Ok(())
    }
}

#[pyslots]
impl Module {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        Module::alloc(ty).map(Ref::upcast)
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        static SPEC: ArgSpec = ArgSpec {
            function: "module",
            names: &["name", "doc"],
            required: &[true, false],
            positional_only: 0,
            positional: 2,
            required_positional: 1,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 2];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        let name = bound.required(0);
        if name.downcast::<Str>().is_none() {
            return Err(Place::named("module", "name").bad_argument("str", name));
        }
        self.init_dict(name, bound.get(1).unwrap_or(none::none_object()))
    }

    fn repr(&self) -> PyResult {
        let interpreter = Interpreter::current();
        match interpreter.importlib.get() {
            Some(importlib) => {
                call::call_method(&importlib, &Str::new("_module_repr"), &[self.as_object()])
            }
            None => Ok(Str::new("<module>").upcast()),
        }
    }

    fn getattro(&self, name: &Object) -> PyResult {
        let name = object::attribute_name(name)?;
        if let Some(value) = object::generic_get_attr_opt(self.as_object(), name)? {
            return Ok(value);
        }
        match self.dict().get_str(id!(__getattr__))? {
            Some(getattr) => call::call_one(&getattr, name.as_object()),
            None => Err(self.missing_attribute(name)?),
        }
    }
}
