//! Declarations of native functions, attributes and modules, as the macros emit them.
//!
//! Answers to `Include/methodobject.h`, `Include/descrobject.h`, `Include/moduleobject.h`.

use crate::args::{Arg, Args};
use crate::error::PyResult;
use crate::object::Object;

/// The code of a native function, by calling convention. The first parameter is the receiver: the
/// instance, the class of a class method, the module of a module function.
#[derive(Clone, Copy)]
pub enum NativeCode {
    /// `METH_NOARGS`.
    NoArgs(fn(&Object) -> PyResult),
    /// `METH_O`.
    One(fn(&Object, &Object) -> PyResult),
    /// `METH_FASTCALL`: positional arguments only.
    Fast(fn(&Object, &[Arg<'_>]) -> PyResult),
    /// `METH_FASTCALL | METH_KEYWORDS`.
    FastKeywords(fn(&Object, Args<'_>) -> PyResult),
    /// `METH_VARARGS`: positional only, in CPython through a tuple.
    VarArgs(fn(&Object, &[Arg<'_>]) -> PyResult),
    /// `METH_VARARGS | METH_KEYWORDS`.
    VarArgsKeywords(fn(&Object, Args<'_>) -> PyResult),
}

/// How a function of a type is bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// A method descriptor, or a module's function.
    Instance,
    /// `classmethod`.
    Class,
    /// `staticmethod`.
    Static,
}

/// A native function or method (`PyMethodDef`).
pub struct MethodDef {
    /// `__name__`.
    pub name: &'static str,
    /// `__text_signature__`, or `None` where CPython shows none.
    pub text_signature: Option<&'static str>,
    /// `__doc__`, without the signature line.
    pub doc: Option<&'static str>,
    /// The code.
    pub code: NativeCode,
    /// How it is bound.
    pub binding: Binding,
    /// Install even where a slot wrapper of that name exists (`METH_COEXIST`).
    pub coexist: bool,
}

/// Writes an attribute, or deletes it where the value is `None` (`setter`).
pub type SetFunction = fn(&Object, Option<&Object>) -> PyResult<()>;

/// A computed attribute (`PyGetSetDef`).
pub struct GetSetDef {
    /// `__name__`.
    pub name: &'static str,
    /// `__doc__`.
    pub doc: Option<&'static str>,
    /// Reads the attribute.
    pub get: Option<fn(&Object) -> PyResult>,
    /// Writes it, or deletes it where the value is `None`.
    pub set: Option<SetFunction>,
}

/// An attribute that is a field of the instance (`PyMemberDef`).
pub struct MemberDef {
    /// `__name__`.
    pub name: &'static str,
    /// `__doc__`.
    pub doc: Option<&'static str>,
    /// Reads the field.
    pub get: fn(&Object) -> PyResult,
    /// Writes it, or deletes it where the value is `None`; without it the member is read-only
    /// ("readonly attribute").
    pub set: Option<SetFunction>,
}

/// A native module (`PyModuleDef`).
pub struct ModuleDef {
    /// `__name__`.
    pub name: &'static str,
    /// `__doc__`.
    pub doc: Option<&'static str>,
    /// Its functions.
    pub methods: &'static [MethodDef],
    /// Adds types, constants and state to the new module object (the `Py_mod_exec` slot).
    pub exec: Option<fn(&Object) -> PyResult<()>>,
}
