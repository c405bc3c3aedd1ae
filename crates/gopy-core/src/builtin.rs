//! `builtin_function_or_method`: a native function, bound to an instance or a module.
//!
//! Answers to `Objects/methodobject.c`.

use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::native::{Binding, MethodDef, NativeCode};
use gopy_object::typeobj::CompareOp;
use gopy_object::weakref::WeakList;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use crate::error::type_error;
use crate::module::Module;
use crate::str::Str;
use crate::{bool_, id, import, none, object, tuple};

/// A `builtin_function_or_method`.
#[pyclass(name = "builtin_function_or_method", static = BUILTIN_FUNCTION, basicsize = 56,
    weaklistoffset = 40, flags(HAVE_GC, HAVE_VECTORCALL, DISALLOW_INSTANTIATION),
    weaklist = weakrefs)]
#[repr(C)]
pub struct BuiltinFunction {
    object: Object,
    /// The declaration.
    pub def: &'static MethodDef,
    /// `__self__`: the instance, type or module.
    pub self_: Slot,
    /// `__module__`.
    pub module: Slot,
    weakrefs: WeakList,
}

impl BuiltinFunction {
    /// Binds a native function.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn new(
        def: &'static MethodDef,
        self_: Option<Ref>,
        module: Option<Ref>,
    ) -> PyResult<Ref<BuiltinFunction>> {
        let function = memory::alloc(
            &BUILTIN_FUNCTION,
            BuiltinFunction {
                object: Object::header(&BUILTIN_FUNCTION),
                def,
                self_: Slot::new(self_),
                module: Slot::new(module),
                weakrefs: WeakList::empty(),
            },
        )?;
        Ok(gc::tracked(function))
    }

    /// The receiver that the native code gets: `None` stands in for a static method's.
    #[inline]
    pub fn receiver(&self) -> &Object {
        // SAFETY: `self_` is set once, by the constructor; only the collector clears it, when nobody
        // can call the function any more.
        unsafe { self.self_.borrow() }.unwrap_or_else(|| none::none_object())
    }
}

/// Calls native code with its arguments checked for its convention; `display` names the function in
/// messages. May run Python.
///
/// # Errors
///
/// `TypeError` for arguments that the convention does not take; what the code raises.
#[inline]
pub fn call_native(
    def: &MethodDef,
    receiver: &Object,
    args: Args<'_>,
    display: impl FnOnce() -> String,
) -> PyResult {
    match def.code {
        NativeCode::FastKeywords(code) | NativeCode::VarArgsKeywords(code) => code(receiver, args),
        _ if args.keyword_count() > 0 => {
            Err(type_error!("{:.200} takes no keyword arguments", display()))
        }
        NativeCode::One(code) => match args.positional() {
            [arg] => code(receiver, arg.object()),
            _ => Err(type_error!(
                "{:.200} takes exactly one argument ({} given)",
                display(),
                args.len()
            )),
        },
        NativeCode::NoArgs(code) => {
            if args.is_empty() {
                return code(receiver);
            }
            Err(type_error!("{:.200} takes no arguments ({} given)", display(), args.len()))
        }
        NativeCode::Fast(code) | NativeCode::VarArgs(code) => code(receiver, args.positional()),
    }
}

#[pymethods]
impl BuiltinFunction {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let name = Str::new(self.def.name).upcast();
        let Some(receiver) = self.self_.get().filter(|s| s.downcast::<Module>().is_none()) else {
            return Ok(name);
        };
        let getattr = import::import_attr("builtins", "getattr")?;
        let args = tuple::from_array([receiver, name]);
        Ok(tuple::from_array([getattr, args.upcast()]).upcast())
    }

    #[pymember]
    fn __module__(&self) -> Ref {
        self.module.get().unwrap_or_else(none::none)
    }

    #[pymember_setter]
    fn set___module__(&self, value: Option<&Object>) -> PyResult<()> {
        self.module.set(value.map(|value| value.to_ref()));
        Ok(())
    }

    #[pygetter]
    fn __doc__(&self) -> PyResult {
        let owner = match self.self_.get() {
            Some(module) if module.downcast::<Module>().is_some() => {
                self.module.get().map(|name| name.to_owned_name())
            }
            Some(receiver) => {
                let class =
                    receiver.downcast::<Type>().filter(|_| self.def.binding != Binding::Instance);
                Some(class.map_or_else(|| receiver.type_name(), Type::name).to_string())
            }
            None => None,
        };
        let doc = self.def.doc.or_else(|| gopy_doc::of_attribute(&owner?, self.def.name));
        Ok(doc.map_or_else(none::none, |doc| Str::new(doc).upcast()))
    }

    #[pygetter]
    fn __name__(&self) -> Ref<Str> {
        Str::new(self.def.name)
    }

    #[pygetter]
    fn __qualname__(&self) -> PyResult<Ref<Str>> {
        let name = self.def.name;
        let Some(receiver) = self.self_.get().filter(|s| s.downcast::<Module>().is_none()) else {
            return Ok(Str::new(name));
        };
        let class = match receiver.downcast::<Type>() {
            Some(class) => class.to_ref(),
            None => receiver.type_().to_ref(),
        };
        let qualname = object::get_attr(class.as_object(), id!(__qualname__))?;
        let Some(qualname) = qualname.downcast::<Str>() else {
            return Err(type_error!("<method>.__class__.__qualname__ is not a unicode object"));
        };
        Ok(Str::new(&format!("{qualname}.{name}")))
    }

    #[pygetter]
    fn __self__(&self) -> Ref {
        if self.def.binding == Binding::Static {
            return none::none();
        }
        self.self_.get().unwrap_or_else(none::none)
    }

    #[pygetter]
    fn __text_signature__(&self) -> Option<&'static str> {
        self.def.text_signature
    }
}

/// Text of a module's name for doc lookups.
trait OwnedName {
    fn to_owned_name(&self) -> String;
}

impl OwnedName for Ref {
    fn to_owned_name(&self) -> String {
        self.downcast::<Str>().map(ToString::to_string).unwrap_or_default()
    }
}

#[pyslots]
impl BuiltinFunction {
    fn repr(&self) -> String {
        match self.self_.get() {
            Some(receiver) if receiver.downcast::<Module>().is_none() => format!(
                "<built-in method {} of {} object at {:#x}>",
                self.def.name,
                receiver.type_name(),
                receiver.id()
            ),
            _ => format!("<built-in function {}>", self.def.name),
        }
    }

    fn hash(&self) -> PyResult<isize> {
        let receiver = self.self_.get().map_or(0, |receiver| object::hash_pointer(&receiver));
        let code = std::ptr::from_ref(self.def).addr();
        let hash = receiver ^ gopy_numeric::hash::hash_pointer(code) as isize;
        Ok(if hash == -1 { -2 } else { hash })
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> Ref {
        let Some(other) = other.downcast_exact::<BuiltinFunction>() else {
            return none::not_implemented();
        };
        let same_receiver = match (self.self_.get(), other.self_.get()) {
            (Some(a), Some(b)) => a.is(&*b),
            (None, None) => true,
            _ => false,
        };
        let equal = same_receiver && std::ptr::eq(self.def, other.def);
        match op {
            CompareOp::Eq => bool_::bool_ref(equal),
            CompareOp::Ne => bool_::bool_ref(!equal),
            _ => none::not_implemented(),
        }
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        call_native(self.def, self.receiver(), args, || {
            crate::call::function_display(self.as_object())
                .map_or_else(|_| format!("{}()", self.def.name), |text| text.to_string())
        })
    }
}
