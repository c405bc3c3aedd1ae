//! Type parameters and aliases: `TypeVar`, `ParamSpec`, `TypeVarTuple`, `TypeAliasType`, `Generic`.
//!
//! Answers to `Objects/typevarobject.c`. What is complicated about them is in `typing.py`, which is
//! asked when it is needed.

mod alias;
mod generic;
mod no_default;
mod param_spec;
mod type_var;
mod type_var_tuple;

use gopy_core::dict;
use gopy_core::error::{system_error, type_error, value_error};
use gopy_core::generic_alias::type_repr;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{call, hooks, id, import, none, number, object};
use gopy_macros::{pyclass, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

pub use alias::TYPE_ALIAS;
pub use generic::GENERIC;
pub use no_default::{NO_DEFAULT, NO_DEFAULT_TYPE};
pub use param_spec::{PARAM_SPEC, PARAM_SPEC_ARGS, PARAM_SPEC_KWARGS};
pub use type_var::TYPE_VAR;
pub use type_var_tuple::TYPE_VAR_TUPLE;

/// `annotationlib.Format.STRING`.
const FORMAT_STRING: i32 = 4;

/// What evaluates to a value that is known already.
#[pyclass(name = "typing._ConstEvaluator", static = CONST_EVALUATOR, basicsize = 24,
    flags(HAVE_GC, HEAPTYPE, DISALLOW_INSTANTIATION), no_methods)]
#[repr(C)]
pub struct ConstEvaluator {
    object: Object,
    value: Ref,
}

#[pyslots]
impl ConstEvaluator {
    fn call(&self, args: Args<'_>) -> PyResult {
        if args.keyword_count() > 0 {
            return Err(type_error!("constevaluator.__call__() takes no keyword arguments"));
        }
        let [format] = args.positional() else {
            return Err(type_error!(
                "constevaluator.__call__() takes exactly 1 argument ({} given)",
                args.len()
            ));
        };
        if number::index_as_c_int(format.object())? != FORMAT_STRING {
            return Ok(self.value.clone());
        }
        let text = match self.value.downcast::<Tuple>() {
            None => type_repr(&self.value)?,
            Some(items) => {
                let mut parts = Vec::new();
                for item in items.items() {
                    parts.push(type_repr(item)?);
                }
                format!("({})", parts.join(", "))
            }
        };
        Ok(Str::new(&text).upcast())
    }

    fn repr(&self) -> PyResult<String> {
        Ok(format!("<constevaluator {}>", object::repr(&self.value)?.to_string_lossy()))
    }
}

fn const_evaluator(value: Ref) -> PyResult {
    let evaluator = ConstEvaluator { object: Object::header(&CONST_EVALUATOR), value };
    Ok(gc::tracked(memory::alloc(&CONST_EVALUATOR, evaluator)?).upcast())
}

/// The value in `value`, else what `evaluate` returns, which is kept; `None` where neither is there.
fn evaluated(value: &Slot, evaluate: &Slot) -> PyResult<Option<Ref>> {
    if let Some(value) = value.get() {
        return Ok(Some(value));
    }
    let Some(function) = evaluate.get() else { return Ok(None) };
    // The function's first parameter is the format; it has a default.
    let found = call::call_no_args(&function)?;
    value.set(Some(found.clone()));
    Ok(Some(found))
}

/// The evaluation function, made for a value that is known already; `None` where there is nothing.
fn evaluator(value: &Slot, evaluate: &Slot) -> PyResult {
    if let Some(function) = evaluate.get() {
        return Ok(function);
    }
    match value.get() {
        Some(value) => const_evaluator(value),
        None => Ok(none::none()),
    }
}

fn has_default(value: &Slot, evaluate: &Slot) -> bool {
    !evaluate.is_empty() || value.get().is_some_and(|value| !is_no_default(&value))
}

fn is_no_default(o: &Object) -> bool {
    o.is(NO_DEFAULT.get())
}

/// Calls a function of `typing.py`.
fn call_typing(name: &str, args: &[&Object]) -> PyResult {
    call::call(&*import::import_attr("typing", name)?, args)
}

/// A bound as `typing._type_check` leaves it.
fn checked_bound(bound: &Object) -> PyResult {
    if none::is_none(bound) {
        return Ok(bound.type_().to_ref().upcast());
    }
    call_typing("_type_check", &[bound, Str::new("Bound must be a type.").as_object()])
}

/// Name of the module that the running function belongs to.
fn caller_module() -> PyResult {
    match (hooks::get().current_globals)() {
        Some(globals) => Ok(globals.get_str(id!(__name__))?.unwrap_or_else(none::none)),
        None => Ok(none::none()),
    }
}

/// `typing.Unpack[o]`.
fn unpacked(o: &Object) -> PyResult {
    object::get_item(&*import::import_attr("typing", "Unpack")?, o)
}

/// An iterator over the unpacked parameter alone.
fn unpack_iter(o: &Object) -> PyResult {
    let all = tuple::from_array([unpacked(o)?]);
    gopy_core::iter::get_iter(all.as_object())
}

fn unpack_type_var_tuples(params: &Tuple) -> PyResult<Ref<Tuple>> {
    let mut all = Vec::with_capacity(params.len());
    for param in params.items() {
        all.push(if param.is_exact(&TYPE_VAR_TUPLE) { unpacked(param)? } else { param.clone() });
    }
    tuple::try_from_vec(all)
}

/// A union that accepts what `typing.Union` accepts, strings too.
fn make_union(left: &Object, right: &Object) -> PyResult {
    gopy_core::union::from_members(&tuple::from_borrowed(&[left, right]))
}

fn check_variance(covariant: bool, contravariant: bool, infer: bool) -> PyResult<()> {
    if covariant && contravariant {
        return Err(value_error!("Bivariant types are not supported."));
    }
    if infer && (covariant || contravariant) {
        return Err(value_error!("Variance cannot be specified with infer_variance."));
    }
    Ok(())
}

fn show_with_variance(name: &Object, covariant: bool, contravariant: bool, infer: bool) -> String {
    let sign = match (infer, covariant, contravariant) {
        (true, _, _) => "",
        (_, true, _) => "+",
        (_, _, true) => "-",
        _ => "~",
    };
    let name = name.downcast::<Str>().map(|name| name.to_string_lossy().into_owned());
    format!("{sign}{}", name.unwrap_or_default())
}

/// Allocates an instance with a dict before it.
fn alloc_with_dict<T: Instance>(ty: &Type, value: T, module: Option<&Object>) -> PyResult {
    let made = memory::alloc(ty, value)?.upcast();
    dict::instance::publish(&made);
    if let Some(module) = module {
        object::set_attr(&made, id!(__module__), module)?;
    }
    Ok(made)
}

fn name_argument<'a>(function: &str, name: Option<&'a Object>) -> PyResult<&'a Object> {
    let name = name.unwrap_or(none::none_object());
    if name.downcast::<Str>().is_some() {
        return Ok(name);
    }
    Err(type_error!(
        "{function}() argument 'name' must be str, not {}",
        object::type_name_or_none(name)
    ))
}

fn flag(value: Option<&Object>) -> PyResult<bool> {
    value.map_or(Ok(false), object::is_true)
}

/// The default of a type parameter, evaluated.
fn default_of(param: &Object) -> PyResult {
    if let Some(var) = param.downcast_exact::<type_var::TypeVar>() {
        return var.default_value();
    }
    if let Some(spec) = param.downcast_exact::<param_spec::ParamSpec>() {
        return spec.default_value();
    }
    if let Some(tuple) = param.downcast_exact::<type_var_tuple::TypeVarTuple>() {
        return tuple.default_value();
    }
    Err(type_error!("Expected a type param, got {}", object::repr(param)?.to_string_lossy()))
}

/// The intrinsics that make type parameters and aliases. `number` is CALL_INTRINSIC_1's, or
/// CALL_INTRINSIC_2's plus 100.
///
/// # Errors
///
/// What `typing.py` raises; `MemoryError`.
pub fn intrinsic(number: u32, first: &Object, second: Option<&Object>) -> PyResult {
    let second_ref = || second.map(|second| second.to_ref());
    match number {
        7 => type_var::make(first, None, None),
        8 => param_spec::make(first),
        9 => type_var_tuple::make(first),
        10 => generic::subscript(first),
        11 => alias::make(first),
        102 => type_var::make(first, second_ref(), None),
        103 => type_var::make(first, None, second_ref()),
        105 => {
            let evaluate = second_ref();
            if let Some(var) = first.downcast_exact::<type_var::TypeVar>() {
                var.evaluate_default.set(evaluate);
            } else if let Some(spec) = first.downcast_exact::<param_spec::ParamSpec>() {
                spec.evaluate_default.set(evaluate);
            } else if let Some(tuple) = first.downcast_exact::<type_var_tuple::TypeVarTuple>() {
                tuple.evaluate_default.set(evaluate);
            } else {
                return Err(type_error!(
                    "Expected a type param, got {}",
                    object::repr(first)?.to_string_lossy()
                ));
            }
            Ok(first.to_ref())
        }
        _ => Err(system_error!("invalid intrinsic function {number}")),
    }
}
