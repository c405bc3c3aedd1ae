//! `_thread`.
//!
//! Answers to `Modules/_threadmodule.c`: the functions of the module. Threads of the system are in
//! `handle`, the locks in `lock`, thread-local objects in `local`.

mod handle;
mod local;
mod lock;

use gopy_core::argument::{FromArg, Place};
use gopy_core::dict::Dict;
use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, interned};
use gopy_core::structseq::StructSeq;
use gopy_core::{call, exceptions, hooks, id, import, module, none, object, tuple};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Exception, Instance, Interpreter, Object, PyResult, Ref};

use crate::util::{os_error, os_str, state, struct_type};

pub(crate) use handle::after_fork_child;
use handle::{ThreadHandle, Threads};

static EXCEPT_HOOK_ARGS: StructSeq = StructSeq {
    name: "_thread._ExceptHookArgs",
    doc: "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    fields: &["exc_type", "exc_value", "exc_traceback", "thread"],
    visible: 4,
};

/// Longest name of a thread, in bytes.
const NAME_MAXLEN: usize = 15;
/// Smallest stack of a thread.
const STACK_MIN: isize = 53_248;

/// `threading.get_ident()`.
pub(crate) fn ident() -> u64 {
    // SAFETY: takes no arguments.
    unsafe { libc::pthread_self() }
}

/// `SystemExit` without arguments.
fn exit_thread_error() -> Exception {
    match exceptions::instantiate(&exceptions::SYSTEM_EXIT, &tuple::empty()) {
        Ok(exception) => Exception::raise(exception),
        Err(error) => error,
    }
}

/// The function, arguments and keyword arguments of `start_new_thread`.
fn start_new(function: &Object, args: &Object, kwargs: Option<&Object>) -> PyResult<u64> {
    if !object::is_callable(function) {
        return Err(type_error!("first arg must be callable"));
    }
    let Some(tuple) = args.downcast::<Tuple>() else {
        return Err(type_error!("2nd arg must be a tuple"));
    };
    let dict = match kwargs {
        Some(kwargs) => Some(
            kwargs
                .downcast::<Dict>()
                .ok_or_else(|| type_error!("optional 3rd arg must be a dictionary"))?,
        ),
        None => None,
    };
    let shown = kwargs.unwrap_or(none::none_object());
    (hooks::get().audit)("_thread.start_new_thread", &[function, args, shown])?;
    handle::start_detached(function, tuple, dict)
}

/// The number of a thread, as an argument.
struct Ident(u64);

impl FromArg<'_> for Ident {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        let Some(value) = arg.downcast::<Int>() else {
            return Err(type_error!("ident must be an integer"));
        };
        match value.to_u64() {
            Some(value) => Ok(Ident(value)),
            None if value.is_negative() => {
                Err(overflow_error!("can't convert negative int to unsigned"))
            }
            None => Err(overflow_error!("int too big to convert")),
        }
    }
}

/// Where tracebacks of threads go: `sys.stderr`, or the one that the thread began with.
fn stderr_of(thread: &Object) -> PyResult<Option<Ref>> {
    let sys = Interpreter::current().sys_dict.get();
    let stderr = match sys.as_deref().and_then(|sys| sys.downcast::<Dict>()) {
        Some(sys) => sys.get_str(&interned("stderr"))?,
        None => None,
    };
    if let Some(stderr) = stderr.filter(|stderr| !none::is_none(stderr)) {
        return Ok(Some(stderr));
    }
    if none::is_none(thread) {
        return Ok(None);
    }
    let stderr = object::get_attr(thread, &interned("_stderr"))?;
    Ok(Some(stderr).filter(|stderr| !none::is_none(stderr)))
}

fn write(file: &Object, text: &str) -> PyResult<()> {
    call::call_method(file, &interned("write"), &[Str::new(text).as_object()]).map(drop)
}

/// Writes an exception with its traceback: by `sys.__excepthook__` where that writes to this very file.
fn print_exception(file: &Object, value: &Object) -> PyResult<()> {
    let sys = Interpreter::current().sys_dict.get();
    if let Some(sys) = sys.as_deref().and_then(|sys| sys.downcast::<Dict>())
        && sys.get_str(&interned("stderr"))?.is_some_and(|stderr| stderr.is(file))
        && let Some(hook) = sys.get_str(&interned("__excepthook__"))?
    {
        let traceback = object::get_attr(value, &interned("__traceback__"))?;
        let class = value.type_().to_ref();
        return call::call(&hook, &[class.as_object(), value, &traceback]).map(drop);
    }
    let print = import::import_attr("traceback", "print_exception")?;
    let names = tuple::from_array([interned("file").upcast()]);
    let args = [gopy_object::Arg::new(value), gopy_object::Arg::new(file)];
    let args = gopy_object::Args::with_keywords(&args, Some(names.as_object()), 1);
    call::call_args(&print, args).map(drop)
}

/// Shows what ended a thread (`thread_excepthook_file`). May run Python.
fn show_exception(file: &Object, thread: &Object, value: &Object) -> PyResult<()> {
    write(file, "Exception in thread ")?;
    let name = if none::is_none(thread) { None } else { object::get_attr_opt(thread, id!(name))? };
    match name {
        Some(name) => match object::str(&name) {
            Ok(name) => {
                call::call_method(file, &interned("write"), &[name.as_object()])?;
            }
            Err(_) => write(file, "<failed to get thread name>")?,
        },
        None => write(file, &ident().to_string())?,
    }
    write(file, ":\n")?;
    print_exception(file, value)?;
    call::call_method_opt(file, &interned("flush"), &[])?;
    Ok(())
}

/// `_thread`.
#[pymodule(name = "_thread")]
pub mod thread_module {
    use super::*;

    #[pyfunction("($module, function, args, kwargs={}, /)", style = clinic)]
    fn start_new_thread(
        function: &Object,
        args: &Object,
        kwargs: Option<&Object>,
    ) -> PyResult<u64> {
        start_new(function, args, kwargs)
    }

    #[pyfunction("($module, function, args, kwargs={}, /)", name = "start_new")]
    fn start_new_old(function: &Object, args: &Object, kwargs: Option<&Object>) -> PyResult<u64> {
        start_new(function, args, kwargs)
    }

    #[pyfunction("($module, /, function, handle=None, daemon=True)")]
    fn start_joinable_thread(
        function: &Object,
        handle: Option<&Object>,
        daemon: bool,
    ) -> PyResult<Ref<ThreadHandle>> {
        if !object::is_callable(function) {
            return Err(type_error!("thread function must be callable"));
        }
        let shown = handle.unwrap_or(none::none_object());
        let given = match handle {
            Some(handle) => match handle.downcast_exact::<ThreadHandle>() {
                Some(handle) => handle.to_ref(),
                None => return Err(type_error!("'handle' must be a _ThreadHandle")),
            },
            None => handle::new_handle()?,
        };
        let flag = gopy_core::bool_::bool_ref(daemon);
        (hooks::get().audit)("_thread.start_joinable_thread", &[function, &flag, shown])?;
        handle::start_thread(given.handle(), function, &tuple::empty(), None, daemon)?;
        Ok(given)
    }

    #[pyfunction("($module, /)")]
    fn daemon_threads_allowed() -> bool {
        true
    }

    #[pyfunction("($module, /)")]
    fn allocate_lock() -> PyResult<Ref<lock::Lock>> {
        lock::new_lock()
    }

    #[pyfunction("($module, /)")]
    fn allocate() -> PyResult<Ref<lock::Lock>> {
        lock::new_lock()
    }

    #[pyfunction("($module, /)")]
    fn exit_thread() -> PyResult {
        Err(exit_thread_error())
    }

    #[pyfunction("($module, /)")]
    fn exit() -> PyResult {
        Err(exit_thread_error())
    }

    #[pyfunction("($module, signum=signal.SIGINT, /)")]
    fn interrupt_main(signum: Option<i32>) -> PyResult<()> {
        if !crate::signal::interrupt(signum.unwrap_or(libc::SIGINT)) {
            return Err(value_error!("signal number out of range"));
        }
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn get_ident() -> u64 {
        ident()
    }

    #[pyfunction("($module, /)")]
    fn get_native_id() -> i32 {
        // SAFETY: takes no arguments.
        unsafe { libc::gettid() }
    }

    #[pyfunction("($module, /)")]
    fn _count() -> usize {
        state::<Threads>().count.get()
    }

    #[pyfunction("($module, size=0, /)")]
    fn stack_size(size: isize) -> PyResult<usize> {
        if size != 0 && size < STACK_MIN {
            return Err(value_error!("size must be at least {STACK_MIN} bytes"));
        }
        Ok(state::<Threads>().stack_size.replace(size as usize))
    }

    #[pyfunction("($module, args, /)")]
    fn _excepthook(args: &Object) -> PyResult<()> {
        if !args.is_exact(&*struct_type(&EXCEPT_HOOK_ARGS)?) {
            return Err(type_error!("_thread.excepthook argument type must be ExceptHookArgs"));
        }
        let [class, value, _traceback, thread] = tuple::items_of(args) else {
            return Err(type_error!("_thread.excepthook argument type must be ExceptHookArgs"));
        };
        if class.is::<gopy_object::Type>(&exceptions::SYSTEM_EXIT) {
            return Ok(());
        }
        match stderr_of(thread)? {
            Some(file) => show_exception(&file, thread, value),
            None => Ok(()),
        }
    }

    #[pyfunction("($module, /)")]
    fn _is_main_interpreter() -> bool {
        Interpreter::current().id == 0
    }

    #[pyfunction("($module, /)")]
    fn _shutdown() {
        handle::shut_down();
    }

    #[pyfunction("($module, ident, /)")]
    fn _make_thread_handle(ident: Ident) -> PyResult<Ref<ThreadHandle>> {
        let handle = handle::new_handle()?;
        handle.adopt(ident.0);
        Ok(handle)
    }

    #[pyfunction("($module, /)")]
    fn _get_main_thread_ident() -> u64 {
        gopy_object::signals::main_thread_ident().unwrap_or_else(ident)
    }

    #[pyfunction("($module, /, name)")]
    fn set_name(name: &Str) -> PyResult<()> {
        let encoded = call::call_method(
            name.as_object(),
            &interned("encode"),
            &[interned("utf-8").as_object(), interned("replace").as_object()],
        )?;
        let Some(encoded) = encoded.downcast::<gopy_core::bytes::Bytes>() else {
            return Err(type_error!("encoding answers bytes"));
        };
        let mut bytes: Vec<u8> = encoded.as_slice().to_vec();
        bytes.truncate(NAME_MAXLEN);
        bytes.push(0);
        // SAFETY: a live thread and bytes that end with NUL.
        let errno =
            unsafe { libc::pthread_setname_np(libc::pthread_self(), bytes.as_ptr().cast()) };
        if errno != 0 { Err(os_error(errno)) } else { Ok(()) }
    }

    #[pyfunction("($module, /)")]
    fn _get_name() -> PyResult {
        let mut name = [0u8; 100];
        // SAFETY: a live thread and so much room as there is.
        let errno = unsafe {
            libc::pthread_getname_np(libc::pthread_self(), name.as_mut_ptr().cast(), name.len())
        };
        if errno != 0 {
            return Err(os_error(errno));
        }
        Ok(os_str(name.split(|byte| *byte == 0).next().unwrap_or_default()))
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &handle::THREAD_HANDLE)?;
        module::add_type(module, &lock::LOCK)?;
        module::add(module, "LockType", lock::LOCK.to_ref())?;
        module::add_type(module, &lock::RLOCK)?;
        module::add_type(module, &local::LOCAL)?;
        module::add(module, "error", exceptions::RUNTIME_ERROR.to_ref())?;
        module::add(module, "_ExceptHookArgs", struct_type(&EXCEPT_HOOK_ARGS)?)?;
        module::add(module, "TIMEOUT_MAX", (lock::TIMEOUT_MAX as f64 * 1e-6).floor())?;
        module::add(module, "_NAME_MAXLEN", NAME_MAXLEN)
    }
}
