//! `sys.displayhook`, `sys.unraisablehook` and flushing the standard streams.

use gopy_core::error::runtime_error;
use gopy_core::str::Str;
use gopy_core::{call, exceptions, id, none, object, str, structseq};
use gopy_object::{BaseException, Instance, Interpreter, Object, PyResult, Ref, Type};

use super::get_opt;
use crate::extension::{self, Extension};
use crate::{builtins, traceback};

/// `sys.displayhook(object)`.
///
/// # Errors
///
/// What writing raises; `RuntimeError` without `sys.stdout`.
pub fn displayhook(value: &Object) -> PyResult<()> {
    let interpreter = Interpreter::current();
    let modules = interpreter.modules.get();
    let module = match &modules {
        Some(modules) => object::get_item_opt(modules, id!(builtins).as_object())?,
        None => None,
    };
    let Some(module) = module else { return Err(runtime_error!("lost builtins module")) };
    if none::is_none(value) {
        return Ok(());
    }
    let name = str::interned("_");
    object::set_attr(&module, &name, none::none_object())?;
    let stdout = match get_opt(id!(stdout))? {
        Some(stdout) if !none::is_none(&stdout) => stdout,
        _ => return Err(runtime_error!("lost sys.stdout")),
    };
    match builtins::write_object(value, &stdout, true) {
        Err(error) if error.is_instance(&exceptions::UNICODE_ENCODE_ERROR) => {
            write_escaped(value, &stdout)?;
        }
        result => result?,
    }
    call::call_method(&stdout, id!(write), &[id!("\n").as_object()])?;
    object::set_attr(&module, &name, value)
}

/// What the stream's encoding can't say is written with escapes.
fn write_escaped(value: &Object, stdout: &Object) -> PyResult<()> {
    let encoding = object::get_attr(stdout, id!(encoding))?;
    let repr = object::repr(value)?;
    let handler = str::interned("backslashreplace");
    let encoded =
        call::call_method(repr.as_object(), id!(encode), &[&encoding, handler.as_object()])?;
    if let Some(buffer) = object::get_attr_opt(stdout, id!(buffer))? {
        return call::call_method(&buffer, id!(write), &[&encoded]).map(drop);
    }
    let text = call::call_method(&encoded, id!(decode), &[&encoding, id!(strict).as_object()])?;
    builtins::write_object(&text, stdout, false)
}

#[derive(Default)]
struct UnraisableType {
    ty: gopy_object::Slot<Type>,
}

impl Extension for UnraisableType {}

static UNRAISABLE_ARGS: structseq::StructSeq = structseq::StructSeq {
    name: "UnraisableHookArgs",
    doc: "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    fields: &["exc_type", "exc_value", "exc_traceback", "err_msg", "object"],
    visible: 5,
};

fn unraisable_type() -> PyResult<Ref<Type>> {
    let state = extension::get::<UnraisableType>();
    if let Some(ty) = state.ty.get() {
        return Ok(ty);
    }
    let ty = structseq::new_type(&UNRAISABLE_ARGS)?;
    state.ty.set(Some(ty.clone()));
    Ok(ty)
}

/// Reports an exception that nobody can handle, through `sys.unraisablehook`
/// (`PyErr_FormatUnraisable`). May run Python.
pub fn unraisable(exception: Ref<BaseException>, message: Option<&str>, object: Option<&Object>) {
    let message = message.map(Str::new);
    let message = message.as_deref().map(Instance::as_object);
    let hook = get_opt(id!(unraisablehook)).ok().flatten().filter(|hook| !none::is_none(hook));
    let own = get_opt(&str::interned("__unraisablehook__")).ok().flatten();
    let own = own.as_deref();
    let failure = match hook {
        Some(hook) if !own.is_some_and(|own| own.is(&*hook)) => {
            let called = call_unraisable_hook(&hook, &exception, message, object);
            called.err().map(|error| (hook, error))
        }
        _ => {
            // Where even the report fails nobody is left to be told.
            let _ = report(&exception, message, object);
            None
        }
    };
    if let Some((hook, error)) = failure {
        let text = Str::new("Exception ignored in sys.unraisablehook");
        let _ = report(&error.into_value(), Some(text.as_object()), Some(&hook));
    }
}

fn call_unraisable_hook(
    hook: &Object,
    exception: &Ref<BaseException>,
    message: Option<&Object>,
    object: Option<&Object>,
) -> PyResult<()> {
    let traceback = exception.traceback.get().unwrap_or_else(none::none);
    let args = structseq::new(
        &*unraisable_type()?,
        vec![
            exception.as_object().type_().to_ref().upcast(),
            exception.clone().upcast(),
            traceback,
            message.map_or_else(none::none, Instance::to_ref),
            object.map_or_else(none::none, Instance::to_ref),
        ],
    )?;
    (gopy_core::hooks::get().audit)("sys.unraisablehook", &[hook, &args])?;
    call::call_one(hook, &args).map(drop)
}

/// `sys.unraisablehook(args)`.
pub(super) fn unraisablehook(args: &Object) -> PyResult<()> {
    let ty = unraisable_type()?;
    if !args.is_exact(&ty) {
        return Err(gopy_core::error::type_error!(
            "sys.unraisablehook argument type must be UnraisableHookArgs"
        ));
    }
    let field = |name: &str| object::get_attr(args, &str::interned(name));
    let (class, value) = (field("exc_type")?, field("exc_value")?);
    let (traceback, message) = (field("exc_traceback")?, field("err_msg")?);
    let object = field("object")?;
    let given = |value: &Ref| !none::is_none(value);
    let message = Some(message).filter(given);
    let object = Some(object).filter(given);
    with_stderr(|stderr| {
        let (message, object) = (message.as_deref(), object.as_deref());
        traceback::write_unraisable(&class, &value, &traceback, message, object, stderr)
    })
}

fn with_stderr(write: impl FnOnce(&Object) -> PyResult<()>) -> PyResult<()> {
    match get_opt(id!(stderr))? {
        Some(stderr) if !none::is_none(&stderr) => write(&stderr),
        _ => Ok(()),
    }
}

/// Writes the report to `sys.stderr`.
fn report(
    exception: &Ref<BaseException>,
    message: Option<&Object>,
    object: Option<&Object>,
) -> PyResult<()> {
    let value = exception.as_object();
    let class = value.type_().as_object();
    let traceback = exception.traceback.get().unwrap_or_else(none::none);
    with_stderr(|stderr| {
        traceback::write_unraisable(class, value, &traceback, message, object, stderr)
    })
}

/// Flushes `sys.stdout` and `sys.stderr`; false where stdout could not be (`flush_std_files`).
pub fn flush_std_streams() -> bool {
    let mut good = true;
    for (name, report) in [(id!(stdout), true), (id!(stderr), false)] {
        let Ok(Some(stream)) = get_opt(name) else { continue };
        if none::is_none(&stream) || is_closed(&stream) {
            continue;
        }
        if let Err(error) = call::call_method(&stream, id!(flush), &[])
            && report
        {
            good = false;
            unraisable(
                error.into_value(),
                Some("Exception ignored while flushing sys.stdout"),
                None,
            );
        }
    }
    good
}

fn is_closed(stream: &Object) -> bool {
    match object::get_attr_opt(stream, id!(closed)) {
        Ok(Some(closed)) => object::is_true(&closed).unwrap_or(false),
        _ => false,
    }
}
