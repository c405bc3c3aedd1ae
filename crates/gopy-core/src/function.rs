//! `function`: a Python function.
//!
//! Answers to `Objects/funcobject.c`. Entering its code is the VM's, through [`crate::hooks`].

use std::cell::Cell;

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::weakref::WeakList;
use gopy_object::{Args, Instance, Interpreter, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::argument::{ArgSpec, Bound, Style};
use crate::cell::CELL;
use crate::code::Code;
use crate::dict::Dict;
use crate::error::{attribute_error_text, type_error, value_error};
use crate::method::Method;
use crate::str::Str;
use crate::tuple::{self, Tuple};
use crate::{call, hooks, id, none, object};

/// A `function`.
#[pyclass(name = "function", static = FUNCTION, text_signature = "(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)", basicsize = 152, dictoffset = 88,
    weaklistoffset = 96, flags(HAVE_GC, HAVE_VECTORCALL, METHOD_DESCRIPTOR), dict = dict,
    weaklist = weakrefs)]
#[repr(C)]
pub struct Function {
    object: Object,
    /// `__globals__`.
    pub globals: Ref<Dict>,
    /// `__builtins__`, a dict.
    pub builtins: Ref,
    /// `__name__`.
    pub name: Slot<Str>,
    /// `__qualname__`.
    pub qualname: Slot<Str>,
    /// `__code__`.
    pub code: Slot<Code>,
    /// `__defaults__`.
    pub defaults: Slot<Tuple>,
    /// `__kwdefaults__`.
    pub kwdefaults: Slot<Dict>,
    /// `__doc__`.
    pub doc: Slot,
    /// `__dict__`.
    pub dict: Slot,
    /// References to the function.
    pub weakrefs: WeakList,
    /// `__closure__`, a tuple of cells.
    pub closure: Slot<Tuple>,
    /// `__module__`.
    pub module: Slot,
    /// Evaluated `__annotations__`.
    pub annotations: Slot,
    /// `__annotate__`.
    pub annotate: Slot,
    /// `__type_params__`.
    pub typeparams: Slot,
    /// 0: none assigned or none left (`func_version`).
    pub version: Cell<u32>,
}

impl Function {
    /// A function of `code` in `globals` whose `__builtins__` are `builtins`
    /// (`PyFunction_NewWithQualName`).
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(
        code: Ref<Code>,
        globals: Ref<Dict>,
        builtins: Ref,
        module: Option<Ref>,
    ) -> PyResult<Ref<Function>> {
        let doc = if code.flags.get() & crate::code::flags::HAS_DOCSTRING != 0 {
            code.consts.items().first().cloned()
        } else {
            Some(crate::none::none())
        };
        let function = memory::alloc(
            &FUNCTION,
            Function {
                object: Object::header(&FUNCTION),
                globals,
                builtins,
                name: Slot::new(Some(code.name.clone())),
                qualname: Slot::new(Some(code.qualname.clone())),
                code: Slot::new(Some(code)),
                defaults: Slot::empty(),
                kwdefaults: Slot::empty(),
                doc: Slot::new(doc),
                dict: Slot::empty(),
                weakrefs: WeakList::empty(),
                closure: Slot::empty(),
                module: Slot::new(module),
                annotations: Slot::empty(),
                annotate: Slot::empty(),
                typeparams: Slot::empty(),
                version: Cell::new(0),
            },
        )?;
        Ok(gc::tracked(function))
    }
}

/// Versions below this one are never given out twice.
const FUNC_VERSION_FIRST: u32 = 2;

impl Function {
    /// The version for specialisation, assigned on demand; 0 where none is left
    /// (`_PyFunction_GetVersionForCurrentState`).
    pub fn version_for_current_state(&self) -> u32 {
        if self.version.get() != 0 {
            return self.version.get();
        }
        let interpreter = Interpreter::current();
        let next = interpreter.next_func_version.get().max(FUNC_VERSION_FIRST);
        let Some(after) = next.checked_add(1) else { return 0 };
        interpreter.next_func_version.set(after);
        self.version.set(next);
        next
    }

    /// Forgets the version after a change of what calls depend on.
    fn changed(&self) {
        self.version.set(0);
    }

    /// `__annotations__`, evaluated on first use. May run Python.
    ///
    /// # Errors
    ///
    /// What `__annotate__` raises; `TypeError` where it returns no dict.
    pub fn annotations(&self) -> PyResult {
        if let Some(annotations) = self.annotations.get() {
            // A flat tuple of names and values, from `from __future__ import annotations`.
            let Some(pairs) = annotations.downcast_exact::<Tuple>() else { return Ok(annotations) };
            let dict = Dict::new();
            for pair in pairs.items().chunks_exact(2) {
                dict.set_item(&pair[0], &pair[1])?;
            }
            self.annotations.set(Some(dict.clone().upcast()));
            return Ok(dict.upcast());
        }
        let annotations = match self.annotate.get().filter(|f| object::is_callable(f)) {
            Some(annotate) => {
                let one = crate::int::Int::from_i64(1);
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
        self.annotations.set(Some(annotations.clone()));
        Ok(annotations)
    }
}

fn shown<T: Instance>(slot: &Slot<T>) -> Ref {
    slot.get().map_or_else(none::none, Ref::upcast)
}

fn required_str(value: Option<&Object>, name: &str) -> PyResult<Ref<Str>> {
    match value.and_then(|value| value.downcast::<Str>()) {
        Some(text) => Ok(text.to_ref()),
        None => Err(type_error!("{name} must be set to a string object")),
    }
}

#[pymethods]
impl Function {
    #[pymember]
    fn __closure__(&self) -> Ref {
        shown(&self.closure)
    }

    #[pymember]
    fn __doc__(&self) -> Ref {
        shown(&self.doc)
    }

    #[pymember_setter]
    fn set___doc__(&self, value: Option<&Object>) -> PyResult<()> {
        self.doc.set(value.map(|value| value.to_ref()));
        Ok(())
    }

    #[pymember]
    fn __globals__(&self) -> Ref {
        self.globals.clone().upcast()
    }

    #[pymember]
    fn __module__(&self) -> Ref {
        shown(&self.module)
    }

    #[pymember_setter]
    fn set___module__(&self, value: Option<&Object>) -> PyResult<()> {
        self.module.set(value.map(|value| value.to_ref()));
        Ok(())
    }

    #[pymember]
    fn __builtins__(&self) -> Ref {
        self.builtins.clone()
    }

    #[pygetter]
    fn __code__(&self) -> Ref {
        shown(&self.code)
    }

    #[pysetter]
    fn set___code__(&self, value: Option<&Object>) -> PyResult<()> {
        let Some(code) = value.and_then(|value| value.downcast::<Code>()) else {
            return Err(type_error!("__code__ must be set to a code object"));
        };
        let cells = self.closure.get().map_or(0, |closure| closure.len());
        if code.nfreevars as usize != cells {
            let name = self.name.get().map_or_else(String::new, |name| name.to_string());
            return Err(value_error!(
                "{name}() requires a code object with {cells} free vars, not {}",
                code.nfreevars
            ));
        }
        self.changed();
        self.code.set(Some(code.to_ref()));
        Ok(())
    }

    #[pygetter]
    fn __defaults__(&self) -> Ref {
        shown(&self.defaults)
    }

    #[pysetter]
    fn set___defaults__(&self, value: Option<&Object>) -> PyResult<()> {
        let defaults = match value.filter(|value| !none::is_none(value)) {
            None => None,
            Some(value) => match value.downcast::<Tuple>() {
                Some(tuple) => Some(tuple.to_ref()),
                None => return Err(type_error!("__defaults__ must be set to a tuple object")),
            },
        };
        self.changed();
        self.defaults.set(defaults);
        Ok(())
    }

    #[pygetter]
    fn __kwdefaults__(&self) -> Ref {
        shown(&self.kwdefaults)
    }

    #[pysetter]
    fn set___kwdefaults__(&self, value: Option<&Object>) -> PyResult<()> {
        let defaults = match value.filter(|value| !none::is_none(value)) {
            None => None,
            Some(value) => match value.downcast::<Dict>() {
                Some(dict) => Some(dict.to_ref()),
                None => return Err(type_error!("__kwdefaults__ must be set to a dict object")),
            },
        };
        self.changed();
        self.kwdefaults.set(defaults);
        Ok(())
    }

    #[pygetter]
    fn __annotations__(&self) -> PyResult {
        self.annotations()
    }

    #[pysetter]
    fn set___annotations__(&self, value: Option<&Object>) -> PyResult<()> {
        let value = value.filter(|value| !none::is_none(value));
        if value.is_some_and(|value| value.downcast::<Dict>().is_none()) {
            return Err(type_error!("__annotations__ must be set to a dict object"));
        }
        self.changed();
        self.annotations.set(value.map(|value| value.to_ref()));
        self.annotate.set(None);
        Ok(())
    }

    #[pygetter]
    fn __annotate__(&self) -> Ref {
        shown(&self.annotate)
    }

    #[pysetter]
    fn set___annotate__(&self, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(type_error!("__annotate__ cannot be deleted"));
        };
        if none::is_none(value) {
            self.changed();
            self.annotate.set(Some(value.to_ref()));
            return Ok(());
        }
        if !object::is_callable(value) {
            return Err(type_error!("__annotate__ must be callable or None"));
        }
        self.changed();
        self.annotate.set(Some(value.to_ref()));
        self.annotations.set(None);
        Ok(())
    }

    #[pygetter]
    fn __dict__(&self) -> PyResult {
        Ok(object::dict_of(self.as_object())?.map_or_else(none::none, Ref::upcast))
    }

    #[pysetter]
    fn set___dict__(&self, value: Option<&Object>) -> PyResult<()> {
        object::set_dict(self.as_object(), value)
    }

    #[pygetter]
    fn __name__(&self) -> Ref {
        shown(&self.name)
    }

    #[pysetter]
    fn set___name__(&self, value: Option<&Object>) -> PyResult<()> {
        self.name.set(Some(required_str(value, "__name__")?));
        Ok(())
    }

    #[pygetter]
    fn __qualname__(&self) -> Ref {
        shown(&self.qualname)
    }

    #[pysetter]
    fn set___qualname__(&self, value: Option<&Object>) -> PyResult<()> {
        self.qualname.set(Some(required_str(value, "__qualname__")?));
        Ok(())
    }

    #[pygetter]
    fn __type_params__(&self) -> Ref {
        self.typeparams.get().unwrap_or_else(|| tuple::empty().upcast())
    }

    #[pysetter]
    fn set___type_params__(&self, value: Option<&Object>) -> PyResult<()> {
        match value.and_then(|value| value.downcast::<Tuple>()) {
            Some(tuple) => {
                self.typeparams.set(Some(tuple.to_ref().upcast()));
                Ok(())
            }
            None => Err(type_error!("__type_params__ must be set to a tuple")),
        }
    }
}

#[pyslots]
impl Function {
    fn tp_new(_ty: &Type, args: Args<'_>) -> PyResult {
        static SPEC: ArgSpec = ArgSpec {
            function: "function",
            names: &["code", "globals", "name", "argdefs", "closure", "kwdefaults"],
            required: &[true, true, false, false, false, false],
            positional_only: 0,
            positional: 6,
            required_positional: 2,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 6];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        let Some(code) = bound.required(0).downcast_exact::<Code>() else {
            return Err(crate::argument::Place::named("function", "code")
                .bad_argument("code", bound.required(0)));
        };
        let Some(globals) = bound.required(1).downcast::<Dict>() else {
            return Err(crate::argument::Place::named("function", "globals")
                .bad_argument("dict", bound.required(1)));
        };
        let given = |index: usize| bound.get(index).filter(|value| !none::is_none(value));
        let name = match given(2) {
            None => None,
            Some(name) => Some(
                name.downcast::<Str>()
                    .ok_or_else(|| type_error!("arg 3 (name) must be None or string"))?,
            ),
        };
        let defaults = match given(3) {
            None => None,
            Some(defaults) => Some(
                defaults
                    .downcast::<Tuple>()
                    .ok_or_else(|| type_error!("arg 4 (defaults) must be None or tuple"))?,
            ),
        };
        let closure = checked_closure(code, bound.get(4))?;
        let kwdefaults = match given(5) {
            None => None,
            Some(kwdefaults) => Some(
                kwdefaults
                    .downcast::<Dict>()
                    .ok_or_else(|| type_error!("arg 6 (kwdefaults) must be None or dict"))?,
            ),
        };
        (hooks::get().audit)("function.__new__", &[code.as_object()])?;
        let builtins = builtins_of(globals)?;
        let module = globals.get_str(id!(__name__))?;
        let function = Function::new(code.to_ref(), globals.to_ref(), builtins, module)?;
        if let Some(name) = name {
            function.name.set(Some(name.to_ref()));
        }
        function.defaults.set(defaults.map(Instance::to_ref));
        function.closure.set(closure.map(Instance::to_ref));
        function.kwdefaults.set(kwdefaults.map(Instance::to_ref));
        Ok(function.upcast())
    }

    fn repr(&self) -> String {
        let name = self.qualname.get().map_or_else(String::new, |name| name.to_string());
        format!("<function {name} at {:#x}>", self.as_object().id())
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        (hooks::get().call_function)(self, args)
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        match instance.filter(|instance| !none::is_none(instance)) {
            Some(instance) => Ok(Method::new(self.to_ref().upcast(), instance.to_ref())?.upcast()),
            None => Ok(self.as_object().to_ref()),
        }
    }
}

/// Checks the closure that a code object is to be given.
fn checked_closure<'a>(code: &Code, closure: Option<&'a Object>) -> PyResult<Option<&'a Tuple>> {
    let needed = code.nfreevars as usize;
    let tuple = closure.and_then(|closure| closure.downcast::<Tuple>());
    if tuple.is_none() {
        if needed != 0 && closure.is_none_or(none::is_none) {
            return Err(type_error!("arg 5 (closure) must be tuple"));
        }
        if closure.is_some_and(|closure| !none::is_none(closure)) {
            return Err(type_error!("arg 5 (closure) must be None or tuple"));
        }
    }
    let cells = tuple.map_or(0, Tuple::len);
    if cells != needed {
        return Err(value_error!("{} requires closure of length {needed}, not {cells}", code.name));
    }
    for cell in tuple.map_or(&[][..], Tuple::items) {
        if !cell.is_exact(&CELL) {
            return Err(type_error!("arg 5 (closure) expected cell, found {}", cell.type_name()));
        }
    }
    Ok(tuple)
}

/// The builtins that code with these globals sees (`_PyEval_BuiltinsFromGlobals`).
///
/// # Errors
///
/// What comparing keys raises.
pub fn builtins_of(globals: &Dict) -> PyResult {
    match globals.get_str(id!(__builtins__))? {
        Some(builtins) => match builtins.downcast::<crate::module::Module>() {
            Some(module) => Ok(module.dict().upcast()),
            None => Ok(builtins),
        },
        None => match Interpreter::current().builtins.get() {
            Some(builtins) => Ok(builtins),
            None => Err(attribute_error_text!("builtins are not there yet")),
        },
    }
}
