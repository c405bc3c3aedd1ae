//! `sys.displayhook`, `sys.unraisablehook` and flushing the standard streams.

use std::io::Write as _;

use gopy_core::error::runtime_error;
use gopy_core::str::Str;
use gopy_core::{call, exceptions, id, none, object, str, structseq};
use gopy_object::{BaseException, Exception, Instance, Interpreter, Object, PyResult, Ref, Type};

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
    if let Err(error) = call_unraisable_hook(&exception, message, object) {
        // The hook has failed: say so, then what it was about.
        let _ = report(&error.into_value(), Some("Exception ignored in sys.unraisablehook"), None);
        let _ = report(&exception, message, object);
    }
}

fn call_unraisable_hook(
    exception: &Ref<BaseException>,
    message: Option<&str>,
    object: Option<&Object>,
) -> PyResult<()> {
    let hook = match get_opt(id!(unraisablehook))? {
        Some(hook) if !none::is_none(&hook) => hook,
        _ => return report(exception, message, object),
    };
    let own = get_opt(&str::interned("__unraisablehook__"))?;
    if own.is_some_and(|own| own.is(&*hook)) {
        return report(exception, message, object);
    }
    let traceback = exception.traceback.get().unwrap_or_else(none::none);
    let args = structseq::new(
        &*unraisable_type()?,
        vec![
            exception.as_object().type_().to_ref().upcast(),
            exception.clone().upcast(),
            traceback,
            message.map_or_else(none::none, |message| Str::new(message).upcast()),
            object.map_or_else(none::none, Instance::to_ref),
        ],
    )?;
    call::call_one(&hook, &args).map(drop)
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
    let value = field("exc_value")?;
    let message = field("err_msg")?;
    let object = field("object")?;
    let text = if none::is_none(&message) {
        None
    } else {
        Some(object::str(&message)?.to_string_lossy().into_owned())
    };
    let object = Some(&*object).filter(|object| !none::is_none(object));
    match value.downcast_ref::<BaseException>() {
        Ok(exception) => report(&exception, text.as_deref(), object),
        Err(_) => Ok(()),
    }
}

/// Writes the report to `sys.stderr`.
fn report(
    exception: &Ref<BaseException>,
    message: Option<&str>,
    object: Option<&Object>,
) -> PyResult<()> {
    let stderr = match get_opt(id!(stderr))? {
        Some(stderr) if !none::is_none(&stderr) => stderr,
        _ => return Ok(()),
    };
    let mut head = String::new();
    match (message, object) {
        (Some(message), Some(object)) => {
            head.push_str(message);
            head.push_str(": ");
            head.push_str(&repr_or(object));
            head.push('\n');
        }
        (Some(message), None) => {
            head.push_str(message);
            head.push_str(":\n");
        }
        (None, Some(object)) => {
            head.push_str("Exception ignored in: ");
            head.push_str(&repr_or(object));
            head.push('\n');
        }
        (None, None) => {}
    }
    if !head.is_empty() {
        builtins::write_object(Str::new(&head).as_object(), &stderr, false)?;
    }
    traceback::print_plain(exception, &stderr)?;
    call::call_method(&stderr, id!(flush), &[]).map(drop)
}

fn repr_or(object: &Object) -> String {
    match object::repr(object) {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(_) => "<object repr() failed>".to_owned(),
    }
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

/// What is left to say where Python's streams can't be used.
pub(crate) fn complain(error: &Exception) {
    let value = error.value().as_object();
    let _ = writeln!(std::io::stderr(), "{}: {}", value.type_name(), str_or(value));
}

fn str_or(value: &Object) -> String {
    match object::str(value) {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(_) => "<exception str() failed>".to_owned(),
    }
}
