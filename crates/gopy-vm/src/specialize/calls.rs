//! Calls.
//!
//! Answers to `_Py_Specialize_Call` and `_Py_Specialize_CallKw`.

use gopy_bytecode::Opcode;
use gopy_core::builtin::BuiltinFunction;
use gopy_core::code::{Code, flags};
use gopy_core::descriptor;
use gopy_core::function::{FUNCTION, Function};
use gopy_core::id;
use gopy_core::list::LIST;
use gopy_core::method::Method;
use gopy_core::module::MODULE;
use gopy_core::str::STR;
use gopy_core::tuple::TUPLE;
use gopy_core::type_;
use gopy_object::native::NativeCode;
use gopy_object::typeobj::{OBJECT, TYPE};
use gopy_object::{Instance, Object, Type, TypeFlags};

use super::{cache, function_version, settle};
use crate::stackref::StackRef;
use crate::units::Unit;

/// CALL; `values` are the callable, self or null, and the arguments.
pub fn call(values: &[StackRef], ip: *mut Unit) {
    let callable = values[0].as_object();
    let given = values.len() - 2 + usize::from(!values[1].is_null());
    settle(ip, choose(callable, ip, given));
}

fn choose(callable: &Object, ip: *mut Unit, given: usize) -> Option<Opcode> {
    if let Some(function) = callable.downcast_exact::<BuiltinFunction>() {
        return builtin(function, ip, given);
    }
    if let Some(function) = callable.downcast_exact::<Function>() {
        return python(function, ip, given, false);
    }
    if let Some(class) = callable.downcast::<Type>() {
        return class_call(class, ip, given);
    }
    if let Some((def, owner)) = descriptor::method_parts(callable) {
        return match def.code {
            NativeCode::NoArgs(_) => (given == 1).then_some(Opcode::CALL_METHOD_DESCRIPTOR_NOARGS),
            NativeCode::One(_) if given != 2 => None,
            NativeCode::One(_) => {
                let is_append = std::ptr::eq(owner, LIST.get()) && def.name == "append";
                let unit = *cache(ip, 0);
                if is_append && unit.arg == 1 && cache(ip, 4).opcode() == Opcode::POP_TOP {
                    let address = std::ptr::from_ref(callable).expose_provenance();
                    cache(ip, 3).set_pointer(address);
                    return Some(Opcode::CALL_LIST_APPEND);
                }
                Some(Opcode::CALL_METHOD_DESCRIPTOR_O)
            }
            NativeCode::Fast(_) => Some(Opcode::CALL_METHOD_DESCRIPTOR_FAST),
            NativeCode::FastKeywords(_) => Some(Opcode::CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS),
            NativeCode::VarArgs(_) | NativeCode::VarArgsKeywords(_) => {
                Some(Opcode::CALL_NON_PY_GENERAL)
            }
        };
    }
    if let Some(method) = callable.downcast_exact::<Method>() {
        let function = method.function.downcast_exact::<Function>()?;
        return python(function, ip, given, true);
    }
    Some(Opcode::CALL_NON_PY_GENERAL)
}

/// The kinds of code that calls tell apart.
enum CodeKind {
    Simple(u32),
    Complex,
    NotOptimized,
}

fn code_kind(code: &Code) -> CodeKind {
    let code_flags = code.flags.get();
    if code_flags & (flags::VARARGS | flags::VARKEYWORDS) != 0 || code.kwonlyargcount > 0 {
        return CodeKind::Complex;
    }
    if code_flags & flags::OPTIMIZED == 0 {
        return CodeKind::NotOptimized;
    }
    CodeKind::Simple(code.argcount)
}

fn python(function: &Function, ip: *mut Unit, given: usize, bound: bool) -> Option<Opcode> {
    let code = function.code.get()?;
    let exact = match code_kind(&code) {
        CodeKind::NotOptimized => return None,
        CodeKind::Simple(argcount) => argcount as usize == given + usize::from(bound),
        CodeKind::Complex => false,
    };
    cache(ip, 2).set_value(function_version(function)?);
    Some(match (exact, bound) {
        (true, true) => Opcode::CALL_BOUND_METHOD_EXACT_ARGS,
        (true, false) => Opcode::CALL_PY_EXACT_ARGS,
        (false, true) => Opcode::CALL_BOUND_METHOD_GENERAL,
        (false, false) => Opcode::CALL_PY_GENERAL,
    })
}

/// The built-in types whose calls CPython serves without a tuple, exceptions aside.
const VECTORCALL: [&str; 16] = [
    "bool",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "int",
    "list",
    "map",
    "range",
    "reversed",
    "set",
    "str",
    "super",
    "tuple",
    "type",
];

fn has_vectorcall(class: &Type) -> bool {
    class.slots.vectorcall.get().is_some()
        || class.has(TypeFlags::BASE_EXC_SUBCLASS)
        || VECTORCALL.contains(&&*class.name())
}

fn class_call(class: &Type, ip: *mut Unit, given: usize) -> Option<Opcode> {
    if class.has(TypeFlags::IMMUTABLETYPE) {
        if given == 1 && cache(ip, 0).arg == 1 {
            if std::ptr::eq(class, STR.get()) {
                return Some(Opcode::CALL_STR_1);
            }
            if std::ptr::eq(class, TYPE.get()) {
                return Some(Opcode::CALL_TYPE_1);
            }
            if std::ptr::eq(class, TUPLE.get()) {
                return Some(Opcode::CALL_TUPLE_1);
            }
        }
        return Some(if has_vectorcall(class) {
            Opcode::CALL_BUILTIN_CLASS
        } else {
            Opcode::CALL_NON_PY_GENERAL
        });
    }
    if !class.as_object().is_exact(&TYPE) {
        return Some(Opcode::CALL_NON_PY_GENERAL);
    }
    let plain_new = match (class.slots.new.get(), OBJECT.slots.new.get()) {
        (Some(own), Some(object)) => std::ptr::fn_addr_eq(own, object),
        _ => false,
    };
    if plain_new {
        let (init, version) = type_::lookup_with_version(class, id!(__init__));
        if version == 0 {
            return None;
        }
        let is_simple = class.has(TypeFlags::HEAPTYPE)
            && init.as_ref().is_some_and(|init| {
                init.is_exact(&FUNCTION)
                    && init
                        .downcast_exact::<Function>()
                        .and_then(|function| function.code.get())
                        .is_some_and(|code| matches!(code_kind(&code), CodeKind::Simple(_)))
            });
        if is_simple && !class.has(TypeFlags::IS_ABSTRACT) {
            class.cached_init.set(init);
            cache(ip, 2).set_value(version);
            return Some(Opcode::CALL_ALLOC_AND_ENTER_INIT);
        }
    }
    Some(Opcode::CALL_NON_PY_GENERAL)
}

/// Whether a builtin function is the function `name` of the module `builtins`.
fn is_builtin(function: &BuiltinFunction, name: &str) -> bool {
    function.def.name == name
        && function.self_.get().is_some_and(|module| module.is_exact(&MODULE))
        && function
            .module
            .get()
            .and_then(|module| module.downcast_ref::<gopy_core::str::Str>().ok())
            .is_some_and(|module| module.eq_str("builtins"))
}

fn builtin(function: &BuiltinFunction, ip: *mut Unit, given: usize) -> Option<Opcode> {
    let remember = || {
        let address = std::ptr::from_ref(function.def).expose_provenance();
        cache(ip, 3).set_pointer(address);
    };
    match function.def.code {
        NativeCode::One(_) if given != 1 => None,
        NativeCode::One(_) => {
            if cache(ip, 0).arg == 1 && is_builtin(function, "len") {
                remember();
                return Some(Opcode::CALL_LEN);
            }
            Some(Opcode::CALL_BUILTIN_O)
        }
        NativeCode::Fast(_) => {
            if given == 2 && is_builtin(function, "isinstance") {
                remember();
                return Some(Opcode::CALL_ISINSTANCE);
            }
            Some(Opcode::CALL_BUILTIN_FAST)
        }
        NativeCode::FastKeywords(_) => Some(Opcode::CALL_BUILTIN_FAST_WITH_KEYWORDS),
        NativeCode::NoArgs(_) | NativeCode::VarArgs(_) | NativeCode::VarArgsKeywords(_) => {
            Some(Opcode::CALL_NON_PY_GENERAL)
        }
    }
}

/// CALL_KW.
pub fn call_kw(values: &[StackRef], ip: *mut Unit) {
    settle(ip, choose_kw(values[0].as_object(), ip));
}

fn choose_kw(callable: &Object, ip: *mut Unit) -> Option<Opcode> {
    let (function, bound) = if let Some(function) = callable.downcast_exact::<Function>() {
        (function, false)
    } else if let Some(method) = callable.downcast_exact::<Method>() {
        (method.function.downcast_exact::<Function>()?, true)
    } else {
        return Some(Opcode::CALL_KW_NON_PY);
    };
    let code = function.code.get()?;
    if matches!(code_kind(&code), CodeKind::NotOptimized) {
        return None;
    }
    cache(ip, 2).set_value(function_version(function)?);
    Some(if bound { Opcode::CALL_KW_BOUND_METHOD } else { Opcode::CALL_KW_PY })
}
