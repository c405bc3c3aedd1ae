//! Helpers of the compiler: CALL_INTRINSIC_1 and CALL_INTRINSIC_2.
//!
//! Answers to `Python/intrinsics.c`.

use gopy_bytecode::operators::{Intrinsic1, Intrinsic2};
use gopy_core::call;
use gopy_core::code::flags;
use gopy_core::dict::Dict;
use gopy_core::error::{import_error, runtime_error, system_error, type_error};
use gopy_core::exceptions::{INDEX_ERROR, STOP_ASYNC_ITERATION, STOP_ITERATION};
use gopy_core::id;
use gopy_core::list::List;
use gopy_core::none;
use gopy_core::number;
use gopy_core::object;
use gopy_core::sequence;
use gopy_core::str::Str;
use gopy_object::{BaseException, Instance, Object, PyResult, Ref, Thread};

use crate::frame::FrameRef;
use crate::generator::asyncgen;

/// CALL_INTRINSIC_1.
///
/// # Errors
///
/// What the helper raises.
#[inline(never)]
pub fn unary(thread: &Thread, frame: FrameRef, number: u32, value: &Object) -> PyResult {
    match Intrinsic1::from_number(number) {
        Some(Intrinsic1::Print) => print_expression(thread, value),
        Some(Intrinsic1::ImportStar) => import_star(frame, value),
        Some(Intrinsic1::StopIterationError) => Ok(stop_iteration_error(frame, value)),
        Some(Intrinsic1::AsyncGenWrap) => asyncgen::wrap(value),
        Some(Intrinsic1::UnaryPositive) => number::positive(value),
        Some(Intrinsic1::ListToTuple) => match value.downcast::<List>() {
            Some(list) => super::build::tuple_of(list.to_vec()).map(Ref::upcast),
            None => sequence::to_tuple(value).map(Ref::upcast),
        },
        Some(
            Intrinsic1::TypeVar
            | Intrinsic1::ParamSpec
            | Intrinsic1::TypeVarTuple
            | Intrinsic1::SubscriptGeneric
            | Intrinsic1::TypeAlias,
        ) => type_parameter(number, value, None),
        Some(Intrinsic1::Invalid) | None => {
            Err(system_error!("invalid intrinsic function {number}"))
        }
    }
}

/// CALL_INTRINSIC_2; `first` lies below `second`.
///
/// # Errors
///
/// What the helper raises.
#[inline(never)]
pub fn binary(
    _thread: &Thread,
    _frame: FrameRef,
    number: u32,
    first: &Object,
    second: &Object,
) -> PyResult {
    match Intrinsic2::from_number(number) {
        Some(Intrinsic2::PrepReraiseStar) => {
            match (first.downcast::<BaseException>(), second.downcast::<List>()) {
                (Some(original), Some(raised)) => {
                    gopy_core::exceptions::prep_reraise_star(original, raised)
                }
                _ => Err(system_error!("except* without its exceptions")),
            }
        }
        Some(Intrinsic2::SetFunctionTypeParams) => {
            match first.downcast::<gopy_core::function::Function>() {
                Some(function) => {
                    function.typeparams.set(Some(second.to_ref()));
                    Ok(first.to_ref())
                }
                None => Err(system_error!("type parameters of what is no function")),
            }
        }
        Some(
            Intrinsic2::TypeVarWithBound
            | Intrinsic2::TypeVarWithConstraints
            | Intrinsic2::SetTypeparamDefault,
        ) => type_parameter(number + 100, first, Some(second)),
        Some(Intrinsic2::Invalid) | None => {
            Err(system_error!("invalid intrinsic function {number}"))
        }
    }
}

/// Makes type parameters and aliases: the crate of the types does it, through the function that
/// start-up has registered.
pub type TypeParameterFn = fn(u32, &Object, Option<&Object>) -> PyResult;

static TYPE_PARAMETERS: std::sync::OnceLock<TypeParameterFn> = std::sync::OnceLock::new();

/// Registers what makes type parameters; numbers from 100 on are CALL_INTRINSIC_2's.
#[inline(never)]
pub fn set_type_parameters(function: TypeParameterFn) {
    let _ = TYPE_PARAMETERS.set(function);
}

fn type_parameter(number: u32, first: &Object, second: Option<&Object>) -> PyResult {
    match TYPE_PARAMETERS.get() {
        Some(function) => function(number, first, second),
        None => Err(system_error!("type parameters are not available during start-up")),
    }
}

/// An expression statement of the interactive mode.
fn print_expression(thread: &Thread, value: &Object) -> PyResult {
    let sys = thread.interpreter().sys_dict.get();
    let hook = match sys.as_ref().and_then(|sys| sys.downcast::<Dict>()) {
        Some(sys) => sys.get_str(id!(displayhook))?,
        None => None,
    };
    match hook {
        Some(hook) => call::call_one(&hook, value),
        None => Err(runtime_error!("lost sys.displayhook")),
    }
}

/// StopIteration that leaves a generator becomes a RuntimeError.
fn stop_iteration_error(frame: FrameRef, value: &Object) -> Ref {
    let code_flags = frame.code().flags.get();
    let is_async = code_flags & flags::ASYNC_GENERATOR != 0;
    let message = if value.is_instance(&STOP_ITERATION) {
        if is_async {
            "async generator raised StopIteration"
        } else if code_flags & flags::COROUTINE != 0 {
            "coroutine raised StopIteration"
        } else {
            "generator raised StopIteration"
        }
    } else if is_async && value.is_instance(&STOP_ASYNC_ITERATION) {
        "async generator raised StopAsyncIteration"
    } else {
        return value.to_ref();
    };
    let error = runtime_error!("{message}").into_value();
    if let Some(cause) = value.downcast::<BaseException>() {
        error.cause.set(Some(cause.to_ref()));
        error.suppress_context.set(true);
        error.context.set(Some(cause.to_ref()));
    }
    error.upcast()
}

/// `from module import *`.
fn import_star(frame: FrameRef, module: &Object) -> PyResult {
    let Some(locals) = frame.locals() else {
        return Err(system_error!("no locals found during 'import *'"));
    };
    let locals = locals.to_ref();
    let mut skip_private = false;
    let all = match object::get_attr_opt(module, id!(__all__))? {
        Some(all) => all,
        None => {
            let Some(dict) = object::get_attr_opt(module, id!(__dict__))? else {
                return Err(import_error!("from-import-* object has no __dict__ and no __all__"));
            };
            skip_private = true;
            gopy_core::mapping::keys(&dict)?.upcast()
        }
    };
    let mut index = 0;
    loop {
        let name = match sequence::item(&all, index) {
            Ok(name) => name,
            Err(error) if error.is_instance(&INDEX_ERROR) => return Ok(none::none()),
            Err(error) => return Err(error),
        };
        index += 1;
        let Some(text) = name.downcast::<Str>() else {
            return Err(wrong_name(module, &name, skip_private)?);
        };
        if skip_private && !text.is_empty() && text.char_at(0) == u32::from(b'_') {
            continue;
        }
        let value = object::get_attr(module, text)?;
        if locals.is_exact(&gopy_core::dict::DICT)
            && let Some(dict) = locals.downcast::<Dict>()
        {
            dict.set_item(&name, &value)?;
        } else {
            object::set_item(&locals, &name, &value)?;
        }
    }
}

fn wrong_name(module: &Object, name: &Object, is_key: bool) -> PyResult<gopy_object::Exception> {
    let module_name = object::get_attr(module, id!(__name__))?;
    let Some(module_name) = module_name.downcast::<Str>() else {
        return Ok(type_error!(
            "module __name__ must be a string, not {:.100}",
            module_name.type_name()
        ));
    };
    let (what, place) = if is_key { ("Key", "dict") } else { ("Item", "all") };
    Ok(type_error!(
        "{what} in {module_name}.__{place}__ must be str, not {:.100}",
        name.type_name()
    ))
}
