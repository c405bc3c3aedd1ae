//! `_types`: the names of built-in types, for `types`.
//!
//! Answers to `Modules/_typesmodule.c`.

use gopy_core::{
    builtin, capsule, cell, code, descriptor, function, generic_alias, mappingproxy, method,
    module, namespace, none, traceback, union, wrapper,
};
use gopy_macros::pymodule;
use gopy_object::{GilCell, Instance, Object, PyResult, Type};
use gopy_vm::{frame_object, generator};

/// Each name with its type.
static NAMES: &[(&str, &GilCell<Type>)] = &[
    ("AsyncGeneratorType", &generator::ASYNC_GENERATOR),
    ("BuiltinFunctionType", &builtin::BUILTIN_FUNCTION),
    ("BuiltinMethodType", &builtin::BUILTIN_FUNCTION),
    ("CapsuleType", &capsule::CAPSULE),
    ("CellType", &cell::CELL),
    ("ClassMethodDescriptorType", &descriptor::CLASS_METHOD_DESCRIPTOR),
    ("CodeType", &code::CODE),
    ("CoroutineType", &generator::COROUTINE),
    ("EllipsisType", &none::ELLIPSIS_TYPE),
    ("FrameType", &frame_object::FRAME),
    ("FunctionType", &function::FUNCTION),
    ("GeneratorType", &generator::GENERATOR),
    ("GenericAlias", &generic_alias::GENERIC_ALIAS),
    ("GetSetDescriptorType", &descriptor::GETSET_DESCRIPTOR),
    ("LambdaType", &function::FUNCTION),
    ("MappingProxyType", &mappingproxy::MAPPING_PROXY),
    ("MemberDescriptorType", &descriptor::MEMBER_DESCRIPTOR),
    ("MethodDescriptorType", &descriptor::METHOD_DESCRIPTOR),
    ("MethodType", &method::METHOD),
    ("MethodWrapperType", &wrapper::METHOD_WRAPPER),
    ("ModuleType", &module::MODULE),
    ("NoneType", &none::NONE_TYPE),
    ("NotImplementedType", &none::NOT_IMPLEMENTED_TYPE),
    ("SimpleNamespace", &namespace::NAMESPACE),
    ("TracebackType", &traceback::TRACEBACK),
    ("UnionType", &union::UNION),
    ("WrapperDescriptorType", &wrapper::WRAPPER_DESCRIPTOR),
];

/// The module.
#[pymodule(name = "_types")]
pub mod native {
    use super::*;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        NAMES.iter().try_for_each(|(name, ty)| gopy_core::module::add(module, name, ty.to_ref()))
    }
}

pub use native::MODULE;
