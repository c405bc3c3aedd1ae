//! Interpreter and thread state.
//!
//! Answers to `Python/pystate.c`, `Include/internal/pycore_interp_structs.h`, `pycore_tstate.h`.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{BaseException, Exception, PyResult};
use crate::gc::GcState;
use crate::object::{Instance, Object};
use crate::refs::Ref;
use crate::slot::Slot;

/// Bits of the eval breaker; instrumentation versions lie above them.
pub mod breaker {
    /// Another thread wants the GIL.
    pub const GIL_DROP_REQUEST: usize = 1;
    /// A signal handler wants to run.
    pub const SIGNALS_PENDING: usize = 2;
    /// Pending calls.
    pub const CALLS_TO_DO: usize = 4;
    /// An exception was set for this thread from outside.
    pub const ASYNC_EXCEPTION: usize = 8;
    /// A collection is due.
    pub const GC_SCHEDULED: usize = 16;
    /// All of them.
    pub const EVENTS_MASK: usize = 0xff;
    /// Where the instrumentation version begins.
    pub const VERSION_SHIFT: u32 = 8;
}

/// Stack left free below the limit, in bytes; what CPython calls a margin unit is as large.
const STACK_MARGIN: usize = 16 * 1024;

/// An exception being handled: an element of the stack that `sys.exception()` reads. Generators and
/// threads own one each.
#[repr(C)]
pub struct HandledException {
    /// The exception; empty or `None` where nothing is being handled here.
    pub value: Slot,
    /// The element below.
    pub previous: Cell<*const HandledException>,
}

impl Default for HandledException {
    fn default() -> Self {
        HandledException { value: Slot::empty(), previous: Cell::new(ptr::null()) }
    }
}

/// State of one interpreter.
pub struct Interpreter {
    /// Number; 0 is the main one.
    pub id: i64,
    /// Cycle collector.
    pub gc: GcState,
    /// `sys.modules`.
    pub modules: Slot,
    /// The dict of `sys`.
    pub sys_dict: Slot,
    /// The dict of `builtins`.
    pub builtins: Slot,
    /// `importlib._bootstrap`.
    pub importlib: Slot,
    /// The codec registry: search path, cache, error handlers.
    pub codecs: [Slot; 3],
    /// Interned strings.
    pub interned: Slot,
    /// Source of function versions.
    pub next_func_version: Cell<u32>,
    /// Source of type versions.
    pub next_type_version: Cell<u32>,
    /// Source of dict keys' versions.
    pub next_dict_keys_version: Cell<u32>,
    /// Python frames allowed.
    pub recursion_limit: Cell<i32>,
    /// `sys.set_int_max_str_digits`.
    pub int_max_str_digits: Cell<i32>,
    /// Shutdown has begun.
    pub finalizing: Cell<bool>,
    /// State of the crates above, by their own types.
    pub extensions: RefCell<Vec<Box<dyn Any>>>,
    /// State of gopy-core.
    pub core: OnceCell<Box<dyn Any>>,
    /// State of gopy-vm.
    pub vm: OnceCell<Box<dyn Any>>,
}

impl Interpreter {
    /// A new interpreter at its final address.
    pub fn new(id: i64) -> Box<Interpreter> {
        let interpreter = Box::new(Interpreter {
            id,
            gc: GcState::default(),
            modules: Slot::empty(),
            sys_dict: Slot::empty(),
            builtins: Slot::empty(),
            importlib: Slot::empty(),
            codecs: [const { Slot::empty() }; 3],
            interned: Slot::empty(),
            next_func_version: Cell::new(1),
            next_type_version: Cell::new(1),
            next_dict_keys_version: Cell::new(2),
            recursion_limit: Cell::new(1000),
            int_max_str_digits: Cell::new(4300),
            finalizing: Cell::new(false),
            extensions: RefCell::default(),
            core: OnceCell::new(),
            vm: OnceCell::new(),
        });
        interpreter.gc.init();
        interpreter
    }

    /// The interpreter of the running thread.
    #[inline(always)]
    pub fn current() -> &'static Interpreter {
        thread().interpreter()
    }
}

/// State of one OS thread in one interpreter. The eval loop reads it by offset.
#[repr(C)]
pub struct Thread {
    /// What the eval loop must look at: [`breaker`] bits and the instrumentation version. The only
    /// field that other threads and signal handlers write.
    pub eval_breaker: AtomicUsize,
    /// The innermost Python frame; its type belongs to gopy-vm.
    pub frame: Cell<*mut ()>,
    /// Top of the data stack for frames.
    pub data_stack: Cell<*mut ()>,
    /// End of the current chunk of the data stack.
    pub data_stack_limit: Cell<*mut ()>,
    /// Current chunk of the data stack.
    pub data_stack_chunk: Cell<*mut ()>,
    /// Python frames left until `RecursionError`.
    pub recursion_remaining: Cell<i32>,
    /// Extra frames allowed while a RecursionError is being handled.
    pub recursion_headroom: Cell<i32>,
    /// Lowest stack address that native code may reach.
    stack_limit: Cell<usize>,
    /// Highest address of the stack, for messages.
    stack_top: Cell<usize>,
    interpreter: NonNull<Interpreter>,
    /// Innermost element of the stack of exceptions being handled.
    pub exc_info: Cell<*const HandledException>,
    /// The element at the bottom of that stack.
    pub exc_bottom: HandledException,
    /// Dead containers that wait for a shallower stack.
    pub trash: Cell<*mut Object>,
    /// The current `contextvars.Context`.
    pub context: Slot,
    /// Version of `context`, for ContextVar caches.
    pub context_version: Cell<u64>,
    /// `sys.set_asyncgen_hooks`.
    pub asyncgen_firstiter: Slot,
    /// `sys.set_asyncgen_hooks`.
    pub asyncgen_finalizer: Slot,
    /// `sys.set_coroutine_origin_tracking_depth`.
    pub coroutine_origin_depth: Cell<i32>,
    /// Nesting of trace functions; tracing is off while it is above 0.
    pub tracing: Cell<i32>,
    /// `sys.setprofile`'s function.
    pub profile: Slot,
    /// `sys.settrace`'s function.
    pub trace: Slot,
    /// An exception to be raised in this thread (`PyThreadState_SetAsyncExc`).
    pub async_exception: Slot,
    /// Per-thread dict of native modules (`PyThreadState_GetDict`).
    pub dict: Slot,
    /// Objects whose repr is being computed, for `...`.
    pub repr_running: RefCell<Vec<NonNull<Object>>>,
    /// Storage lent out right now: no Python may run while it is above 0.
    pub lent: Cell<u32>,
    /// References to be dropped when nothing is lent any more.
    pub drop_queue: RefCell<Vec<Ref>>,
    /// `threading.get_ident()`.
    pub ident: Cell<u64>,
    /// Serial number within the interpreter.
    pub id: u64,
    /// State of the crates above.
    pub vm: OnceCell<Box<dyn Any>>,
}

thread_local! {
    static CURRENT: Cell<*const Thread> = const { Cell::new(ptr::null()) };
}

/// The running thread's state.
///
/// It lives as long as the thread can run Python, hence the lifetime; it must not be kept for another
/// thread.
#[inline(always)]
pub fn thread() -> &'static Thread {
    let current = CURRENT.get();
    debug_assert!(!current.is_null(), "this thread has no state");
    // SAFETY: set by `Thread::activate` for as long as the thread runs Python; whoever holds an
    // object proves that it does.
    unsafe { &*current }
}

/// Whether the running thread has a state.
pub fn is_attached() -> bool {
    !CURRENT.get().is_null()
}

impl Thread {
    /// State for the running OS thread; `stack_size` is the size of its stack in bytes.
    pub fn new(
        interpreter: &Interpreter,
        id: u64,
        stack_top: usize,
        stack_size: usize,
    ) -> Box<Thread> {
        let stack_limit = stack_top.saturating_sub(stack_size) + 2 * STACK_MARGIN;
        let thread = Box::new(Thread {
            eval_breaker: AtomicUsize::new(0),
            frame: Cell::new(ptr::null_mut()),
            data_stack: Cell::new(ptr::null_mut()),
            data_stack_limit: Cell::new(ptr::null_mut()),
            data_stack_chunk: Cell::new(ptr::null_mut()),
            recursion_remaining: Cell::new(interpreter.recursion_limit.get()),
            recursion_headroom: Cell::new(0),
            stack_limit: Cell::new(stack_limit),
            stack_top: Cell::new(stack_top),
            interpreter: NonNull::from_ref(interpreter),
            exc_info: Cell::new(ptr::null()),
            exc_bottom: HandledException::default(),
            trash: Cell::new(ptr::null_mut()),
            context: Slot::empty(),
            context_version: Cell::new(1),
            asyncgen_firstiter: Slot::empty(),
            asyncgen_finalizer: Slot::empty(),
            coroutine_origin_depth: Cell::new(0),
            tracing: Cell::new(0),
            profile: Slot::empty(),
            trace: Slot::empty(),
            async_exception: Slot::empty(),
            dict: Slot::empty(),
            repr_running: RefCell::default(),
            lent: Cell::new(0),
            drop_queue: RefCell::default(),
            ident: Cell::new(0),
            id,
            vm: OnceCell::new(),
        });
        thread.exc_info.set(&thread.exc_bottom);
        thread
    }

    /// Makes `thread` the running thread's state (null: none) and hands out the one before.
    ///
    /// # Safety
    ///
    /// The state belongs to this OS thread and lives until another one is activated; the GIL is held.
    pub unsafe fn activate(thread: *const Thread) -> *const Thread {
        CURRENT.replace(thread)
    }

    /// Says where the native stack is, once the thread itself runs: its highest address and size.
    pub fn set_stack(&self, stack_top: usize, stack_size: usize) {
        self.stack_top.set(stack_top);
        self.stack_limit.set(stack_top.saturating_sub(stack_size) + 2 * STACK_MARGIN);
    }

    /// The thread's interpreter.
    #[inline(always)]
    pub fn interpreter(&self) -> &'static Interpreter {
        // SAFETY: interpreters outlive their threads.
        unsafe { self.interpreter.as_ref() }
    }

    /// The innermost exception being handled (`sys.exception()`).
    pub fn handled_exception(&self) -> Option<Ref<BaseException>> {
        let mut element = self.exc_info.get();
        while !element.is_null() {
            // SAFETY: elements belong to live generators on this thread's stack, or to the thread.
            let handled = unsafe { &*element };
            if let Some(value) = handled.value.get()
                && let Ok(exception) = value.downcast_ref::<BaseException>()
            {
                return Some(exception);
            }
            element = handled.previous.get();
        }
        None
    }

    /// Asks the eval loop for a collection.
    pub fn request_gc(&self) {
        self.eval_breaker.fetch_or(breaker::GC_SCHEDULED, Ordering::Relaxed);
    }

    /// The highest address of the native stack, and the lowest that may be in use.
    pub fn stack_bounds(&self) -> (usize, usize) {
        (self.stack_top.get(), self.stack_limit.get())
    }

    /// Whether fewer than `margins` margins of native stack are left.
    #[inline(always)]
    pub fn stack_is_nearly_used_up(&self, margins: usize) -> bool {
        stack_pointer() < self.stack_limit.get() + margins * STACK_MARGIN
    }

    /// Checks the native stack before a recursive native call.
    ///
    /// # Errors
    ///
    /// `RecursionError`, with CPython's text; `place` is such as " while calling a Python object".
    #[inline(always)]
    pub fn check_native_recursion(&self, place: &str) -> PyResult<()> {
        if stack_pointer() >= self.stack_limit.get() {
            return Ok(());
        }
        Err(self.native_recursion_error(place))
    }

    #[cold]
    fn native_recursion_error(&self, place: &str) -> Exception {
        // The handler needs some stack to work with.
        let limit = self.stack_limit.get();
        self.stack_limit.set(limit.saturating_sub(STACK_MARGIN));
        let used = self.stack_top.get().saturating_sub(stack_pointer()) / 1024;
        let error = (crate::hooks::get().recursion_error)(format!(
            "Stack overflow (used {used} kB){place}"
        ));
        self.stack_limit.set(limit);
        error
    }

    /// Drops `reference` now, or when no storage is lent any more.
    pub fn drop_later(&self, reference: Ref) {
        if self.lent.get() > 0 {
            self.drop_queue.borrow_mut().push(reference);
        }
    }

    /// Marks storage as lent until the guard is dropped; queued drops happen then.
    pub fn lend(&self) -> Lent<'_> {
        self.lent.set(self.lent.get() + 1);
        Lent(self)
    }

    /// Notes that Python code may run from here.
    ///
    /// # Panics
    ///
    /// In debug and zeal builds, while storage is lent.
    #[inline(always)]
    pub fn enter_python(&self) {
        #[cfg(any(debug_assertions, feature = "zeal"))]
        assert_eq!(self.lent.get(), 0, "Python code may run while storage is lent");
    }

    /// Guards `repr` of a container against recursion: `None` when it is running already.
    pub fn enter_repr(&self, object: &Object) -> Option<ReprGuard<'_>> {
        let pointer = NonNull::from_ref(object);
        let mut running = self.repr_running.borrow_mut();
        if running.contains(&pointer) {
            return None;
        }
        running.push(pointer);
        Some(ReprGuard(self, object.to_ref()))
    }
}

/// See [`Thread::lend`].
pub struct Lent<'a>(&'a Thread);

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.0.lent.set(self.0.lent.get() - 1);
        if self.0.lent.get() == 0 && !self.0.drop_queue.borrow().is_empty() {
            let queue = self.0.drop_queue.take();
            drop(queue);
        }
    }
}

/// See [`Thread::enter_repr`].
pub struct ReprGuard<'a>(&'a Thread, Ref);

impl Drop for ReprGuard<'_> {
    fn drop(&mut self) {
        let pointer = NonNull::from_ref(&*self.1);
        let mut running = self.0.repr_running.borrow_mut();
        if let Some(index) = running.iter().rposition(|p| *p == pointer) {
            running.remove(index);
        }
    }
}

/// An address in the current native frame.
#[inline(always)]
fn stack_pointer() -> usize {
    let local = 0u8;
    std::hint::black_box(&raw const local).addr()
}
