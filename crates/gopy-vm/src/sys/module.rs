//! The module's functions.

use gopy_macros::pymodule;

/// `sys`.
#[pymodule(name = "sys")]
pub mod module {
    use std::cell::Cell;

    use gopy_core::dict::Dict;
    use gopy_core::error::{self, recursion_error, runtime_error, type_error, value_error};
    use gopy_core::function::Function;
    use gopy_core::int::Int;
    use gopy_core::str::{self, Str};
    use gopy_core::tuple::{self, Tuple};
    use gopy_core::{call, exceptions, hooks, id, none, number, object, structseq, type_};
    use gopy_object::{
        Args, BaseException, Instance, Interpreter, Object, PyResult, Ref, Thread, Type, gil,
        thread,
    };

    use crate::extension::{self, Extension};
    use crate::lifecycle::config;
    use crate::monitoring::legacy;
    use crate::sys::{audit, display};
    use crate::{execution, frame, frame_object, import, traceback};

    /// Settings that nothing but their getters reads.
    struct Settings {
        dlopen_flags: Cell<i32>,
    }

    impl Default for Settings {
        fn default() -> Self {
            Settings { dlopen_flags: Cell::new(libc::RTLD_NOW) }
        }
    }

    impl Extension for Settings {}

    #[pyfunction("($module, /, hook)")]
    fn addaudithook(hook: &Object) -> PyResult<()> {
        audit::add_hook(hook)
    }

    #[pyfunction(raw, "($module, event, /, *args)", name = audit)]
    fn audit_(args: Args<'_>) -> PyResult<()> {
        error_keywords("audit", args)?;
        let Some(event) = args.get(0) else {
            return Err(type_error!("audit expected at least 1 argument, got 0"));
        };
        audit::audit_event(event, args.skip(1))
    }

    fn error_keywords(function: &str, args: Args<'_>) -> PyResult<()> {
        gopy_core::argument::no_keywords(&format!("sys.{function}"), args)
    }

    #[pyfunction(raw, "($module, /, *args, **kwargs)")]
    fn breakpointhook(args: Args<'_>) -> PyResult {
        let named = config().env("PYTHONBREAKPOINT");
        let named = named.map(|name| String::from_utf8_lossy(&name).into_owned());
        let path = match named.as_deref() {
            None => "pdb.set_trace",
            Some("0") => return Ok(none::none()),
            Some(name) => name,
        };
        let (module, attribute) = path.rsplit_once('.').unwrap_or(("builtins", path));
        let found = import::import_module(module)
            .and_then(|module| object::get_attr(&module, &str::interned(attribute)));
        match found {
            Ok(hook) => call::call_args(&hook, args),
            Err(error)
                if error.is_instance(&exceptions::IMPORT_ERROR)
                    || error.is_instance(&exceptions::ATTRIBUTE_ERROR)
                    || error.is_instance(&exceptions::VALUE_ERROR) =>
            {
                drop(error);
                let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{path}\"");
                gopy_core::warnings::warn(&exceptions::RUNTIME_WARNING, &message, 0)?;
                Ok(none::none())
            }
            Err(error) => Err(error),
        }
    }

    #[pyfunction("($module, /)")]
    fn _clear_internal_caches() {}

    #[pyfunction("($module, /)")]
    fn _clear_type_cache() -> PyResult<()> {
        gopy_core::warnings::warn(
            &exceptions::DEPRECATION_WARNING,
            "sys._clear_type_cache() is deprecated and may be removed in a future version of \
             Python. Use sys._clear_internal_caches() instead.",
            1,
        )?;
        type_::cache::clear_cache();
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn _current_frames() -> PyResult<Ref<Dict>> {
        audit::audit("sys._current_frames", &[])?;
        by_thread(|thread| match frame::current_complete(thread) {
            Some(frame) => Ok(Some(frame_object::of(frame)?.upcast())),
            None => Ok(None),
        })
    }

    #[pyfunction("($module, /)")]
    fn _current_exceptions() -> PyResult<Ref<Dict>> {
        audit::audit("sys._current_exceptions", &[])?;
        by_thread(|thread| {
            Ok(Some(thread.handled_exception().map_or_else(none::none, Ref::upcast)))
        })
    }

    /// Something of every thread, by its number.
    fn by_thread(of: impl Fn(&Thread) -> PyResult<Option<Ref>>) -> PyResult<Ref<Dict>> {
        let mut found = Vec::new();
        gil::for_each_thread(|thread| found.push((thread.ident.get(), of(thread))));
        let dict = Dict::new();
        for (ident, value) in found {
            if let Some(value) = value? {
                dict.set_item(Int::from_u64(ident).as_object(), &value)?;
            }
        }
        Ok(dict)
    }

    #[pyfunction("($module, type, /)")]
    fn _clear_type_descriptors(r#type: &Type) -> PyResult<()> {
        if !r#type.is_heap() {
            return Err(type_error!("argument is immutable"));
        }
        if let Some(dict) = type_::cache::dict_of(r#type) {
            dict.pop(id!(__dict__).as_object())?;
            dict.pop(id!(__weakref__).as_object())?;
        }
        type_::modified(r#type);
        Ok(())
    }

    #[pyfunction("($module, object, /)")]
    fn displayhook(object: &Object) -> PyResult<()> {
        display::displayhook(object)
    }

    #[pyfunction("($module, /)")]
    fn exception() -> Option<Ref<BaseException>> {
        thread().handled_exception()
    }

    #[pyfunction("($module, /)")]
    fn exc_info() -> Ref<Tuple> {
        let none = none::none;
        match thread().handled_exception() {
            None => tuple::from_array([none(), none(), none()]),
            Some(exception) => {
                let traceback = exception.traceback.get().unwrap_or_else(none);
                let ty = exception.as_object().type_().to_ref().upcast();
                tuple::from_array([ty, exception.upcast(), traceback])
            }
        }
    }

    #[pyfunction("($module, exctype, value, traceback, /)")]
    fn excepthook(exctype: &Object, value: &Object, traceback: &Object) -> PyResult<()> {
        let _ = exctype;
        traceback::display(value, traceback);
        Ok(())
    }

    #[pyfunction("($module, status=None, /)")]
    fn exit(status: Option<&Object>) -> PyResult<()> {
        let ty = exceptions::SYSTEM_EXIT.get();
        Err(match status {
            None => error::raise_with(ty, &[]),
            Some(status) => match status.downcast::<Tuple>() {
                Some(items) => {
                    let items: Vec<&Object> = items.items().iter().map(|item| &**item).collect();
                    error::raise_with(ty, &items)
                }
                None => error::raise_with(ty, &[status]),
            },
        })
    }

    #[pyfunction("($module, /)")]
    fn getdefaultencoding() -> &'static str {
        "utf-8"
    }

    #[pyfunction("($module, /)")]
    fn getdlopenflags() -> i32 {
        extension::get::<Settings>().dlopen_flags.get()
    }

    #[pyfunction("($module, flags, /)")]
    fn setdlopenflags(flags: i32) {
        extension::get::<Settings>().dlopen_flags.set(flags);
    }

    #[pyfunction("($module, /)")]
    fn getallocatedblocks() -> i32 {
        // What CPython answers when its own allocator is not in use.
        0
    }

    #[pyfunction("($module, /)")]
    fn getfilesystemencoding() -> &'static str {
        super::super::attributes::FILE_SYSTEM_ENCODING
    }

    #[pyfunction("($module, /)")]
    fn getfilesystemencodeerrors() -> &'static str {
        "surrogateescape"
    }

    #[pyfunction("($module, object, /)")]
    fn getrefcount(object: &Object) -> u32 {
        object.count()
    }

    #[pyfunction("($module, /)")]
    fn getrecursionlimit() -> i32 {
        Interpreter::current().recursion_limit.get()
    }

    #[pyfunction("($module, object, default=<unrepresentable>)", hide_signature, style = parsetuple)]
    fn getsizeof(object: &Object, default: Option<Ref>) -> PyResult {
        match (size_of_object(object), default) {
            (Ok(size), _) => Ok(Int::from_u64(size as u64).upcast()),
            (Err(error), Some(default)) if error.is_instance(&exceptions::TYPE_ERROR) => {
                Ok(default)
            }
            (Err(error), _) => Err(error),
        }
    }

    fn size_of_object(object: &Object) -> PyResult<usize> {
        let Some(method) = object::lookup_special(object, id!(__sizeof__))? else {
            return Err(type_error!("Type {:.100} doesn't define __sizeof__", object.type_name()));
        };
        let size = call::call_no_args(&method)?;
        let size = number::index_as_ssize(&size)?;
        match usize::try_from(size) {
            Ok(size) => Ok(size + object.type_().prefix_size()),
            Err(_) => Err(value_error!("__sizeof__() should return >= 0")),
        }
    }

    #[pyfunction("($module, depth=0, /)")]
    fn _getframe(depth: i32) -> PyResult {
        let frame = execution::frame_object(depth)?;
        (hooks::get().audit)("sys._getframe", &[&frame])?;
        Ok(frame)
    }

    #[pyfunction("($module, /, depth=0)")]
    fn _getframemodulename(depth: i32) -> PyResult {
        let shown = Int::from_i64(depth.into());
        (hooks::get().audit)("sys._getframemodulename", &[shown.as_object()])?;
        let mut found = frame::current_complete(thread());
        for _ in 0..depth.max(0) {
            found = found.and_then(|found| frame::complete(found.previous()));
        }
        match found.and_then(|found| found.function().and_then(module_of)) {
            Some(module) => Ok(module),
            None => Ok(none::none()),
        }
    }

    fn module_of(function: &Function) -> Option<Ref> {
        function.module.get()
    }

    #[pyfunction("($module, op, /)")]
    fn _is_immortal(op: &Object) -> bool {
        op.is_immortal()
    }

    #[pyfunction("($module, string, /)")]
    fn intern(string: &Object) -> PyResult<Ref<Str>> {
        let Some(text) = string.downcast::<Str>() else {
            return Err(gopy_core::argument::Place::only("intern").bad_argument("str", string));
        };
        if string.downcast_exact::<Str>().is_none() {
            return Err(type_error!("can't intern {:.400}", string.type_name()));
        }
        Ok(str::intern(text.to_ref()))
    }

    #[pyfunction("($module, string, /)")]
    fn _is_interned(string: &Str) -> bool {
        string.is_interned()
    }

    #[pyfunction("($module, /)")]
    fn is_finalizing() -> bool {
        Interpreter::current().finalizing.get()
    }

    #[pyfunction("($module, interval, /)")]
    fn setswitchinterval(interval: f64) -> PyResult<()> {
        if interval <= 0.0 {
            return Err(value_error!("switch interval must be strictly positive"));
        }
        gopy_object::gil::set_switch_interval((interval * 1e6) as u64);
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn getswitchinterval() -> f64 {
        gopy_object::gil::switch_interval() as f64 * 1e-6
    }

    #[pyfunction("($module, limit, /)")]
    fn setrecursionlimit(limit: i32) -> PyResult<()> {
        if limit < 1 {
            return Err(value_error!("recursion limit must be greater or equal than 1"));
        }
        let interpreter = Interpreter::current();
        let thread = thread();
        let depth = interpreter.recursion_limit.get() - thread.recursion_remaining.get();
        if depth >= limit {
            return Err(recursion_error!(
                "cannot set the recursion limit to {limit} at the recursion depth {depth}: \
                 the limit is too low"
            ));
        }
        interpreter.recursion_limit.set(limit);
        thread.recursion_remaining.set(limit - depth);
        Ok(())
    }

    #[pyfunction("($module, function, /)")]
    fn settrace(function: &Object) -> PyResult<()> {
        legacy::set_trace(thread(), given(function))
    }

    #[pyfunction("($module, function, /)")]
    fn setprofile(function: &Object) -> PyResult<()> {
        legacy::set_profile(thread(), given(function))
    }

    #[pyfunction("($module, function, /)")]
    fn _settraceallthreads(function: &Object) -> PyResult<()> {
        every_thread(|thread| legacy::set_trace(thread, given(function)))
    }

    #[pyfunction("($module, function, /)")]
    fn _setprofileallthreads(function: &Object) -> PyResult<()> {
        every_thread(|thread| legacy::set_profile(thread, given(function)))
    }

    #[pyfunction("($module, func, args, /)")]
    fn call_tracing(func: &Object, args: &Tuple) -> PyResult {
        legacy::call_tracing(func, args)
    }

    /// What is not None.
    fn given(function: &Object) -> Option<Ref> {
        (!none::is_none(function)).then(|| function.to_ref())
    }

    /// Every thread in turn; the last error counts.
    fn every_thread(each: impl Fn(&Thread) -> PyResult<()>) -> PyResult<()> {
        let mut threads = Vec::new();
        gil::for_each_thread(|thread| threads.push(std::ptr::from_ref(thread)));
        let mut result = Ok(());
        for thread in threads {
            // SAFETY: states are freed by threads that hold the lock, and this one has kept it.
            if let Err(error) = each(unsafe { &*thread }) {
                result = Err(error);
            }
        }
        result
    }

    #[pyfunction("($module, /)")]
    fn getprofile() -> Option<Ref> {
        thread().profile.get()
    }

    #[pyfunction("($module, /)")]
    fn gettrace() -> Option<Ref> {
        thread().trace.get()
    }

    #[pyfunction("($module, /, depth)")]
    fn set_coroutine_origin_tracking_depth(depth: i32) -> PyResult<()> {
        if depth < 0 {
            return Err(value_error!("depth must be >= 0"));
        }
        thread().coroutine_origin_depth.set(depth);
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn get_coroutine_origin_tracking_depth() -> i32 {
        thread().coroutine_origin_depth.get()
    }

    #[pyfunction("($module, firstiter=<unrepresentable>, finalizer=<unrepresentable>)", hide_signature, style = parsetuple)]
    fn set_asyncgen_hooks(firstiter: Option<Ref>, finalizer: Option<Ref>) -> PyResult<()> {
        let check = |hook: &Option<Ref>, name: &str| match hook {
            Some(hook) if !none::is_none(hook) && !object::is_callable(hook) => {
                Err(type_error!("callable {name} expected, got {:.50}", hook.type_name()))
            }
            _ => Ok(()),
        };
        check(&finalizer, "finalizer")?;
        check(&firstiter, "firstiter")?;
        let thread = thread();
        if let Some(hook) = finalizer {
            audit::audit("sys.set_asyncgen_hooks_finalizer", &[])?;
            thread.asyncgen_finalizer.set(Some(hook).filter(|hook| !none::is_none(hook)));
        }
        if let Some(hook) = firstiter {
            audit::audit("sys.set_asyncgen_hooks_firstiter", &[])?;
            thread.asyncgen_firstiter.set(Some(hook).filter(|hook| !none::is_none(hook)));
        }
        Ok(())
    }

    static ASYNCGEN_HOOKS: structseq::StructSeq = structseq::StructSeq {
        name: "asyncgen_hooks",
        doc: "asyncgen_hooks\n\nA named tuple providing information about asynchronous\n\
              generators hooks.  The attributes are read only.",
        fields: &["firstiter", "finalizer"],
        visible: 2,
    };

    #[derive(Default)]
    struct AsyncgenHooksType(gopy_object::Slot<Type>);

    impl Extension for AsyncgenHooksType {}

    #[pyfunction("($module, /)")]
    fn get_asyncgen_hooks() -> PyResult {
        let state = extension::get::<AsyncgenHooksType>();
        let ty = match state.0.get() {
            Some(ty) => ty,
            None => {
                let ty = structseq::new_type(&ASYNCGEN_HOOKS)?;
                state.0.set(Some(ty.clone()));
                ty
            }
        };
        let thread = thread();
        let or_none = |hook: Option<Ref>| hook.unwrap_or_else(none::none);
        structseq::new(
            &ty,
            vec![
                or_none(thread.asyncgen_firstiter.get()),
                or_none(thread.asyncgen_finalizer.get()),
            ],
        )
    }

    #[pyfunction("($module, backend, /)")]
    fn activate_stack_trampoline(backend: &Str) -> PyResult<()> {
        let _ = backend;
        Err(value_error!("perf trampoline not available"))
    }

    #[pyfunction("($module, /)")]
    fn deactivate_stack_trampoline() {}

    #[pyfunction("($module, /)")]
    fn is_stack_trampoline_active() -> bool {
        false
    }

    #[pyfunction("($module, /)")]
    fn is_remote_debug_enabled() -> bool {
        false
    }

    #[pyfunction("($module, /, pid, script)")]
    fn remote_exec(pid: i32, script: &Object) -> PyResult<()> {
        let _ = (pid, script);
        Err(runtime_error!("Remote debugging is not enabled"))
    }

    #[pyfunction("($module, unraisable, /)")]
    fn unraisablehook(unraisable: &Object) -> PyResult<()> {
        display::unraisablehook(unraisable)
    }

    #[pyfunction("($module, /)")]
    fn get_int_max_str_digits() -> i32 {
        Interpreter::current().int_max_str_digits.get()
    }

    #[pyfunction("($module, /, maxdigits)")]
    fn set_int_max_str_digits(maxdigits: i32) -> PyResult<()> {
        if maxdigits != 0 && maxdigits < 640 {
            return Err(value_error!("maxdigits must be >= 640 or 0 for unlimited"));
        }
        Interpreter::current().int_max_str_digits.set(maxdigits);
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn _get_cpu_count_config() -> i32 {
        config().cpu_count
    }

    #[pyfunction("($module, /)")]
    fn _is_gil_enabled() -> bool {
        true
    }

    #[pyfunction("($module, /)")]
    fn _baserepl() -> PyResult<()> {
        crate::run::interactive_loop();
        Ok(())
    }
}
