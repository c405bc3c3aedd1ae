//! Frames of executing Python code, and the stack of memory they live on.
//!
//! Answers to `pycore_interpframe.h`, `Python/frame.c` and the data stack of `Python/pystate.c`.
//!
//! A [`Frame`] lies on the thread's data stack or behind a generator's struct, or, once its code has
//! returned while somebody holds the frame object, behind that. Its locals, cells and evaluation stack
//! follow inline. [`FrameRef`] is how the VM names one: a pointer, whose frame the holder knows to be
//! alive.

use std::cell::Cell;
use std::ops::Deref;
use std::ptr::{self, NonNull};

use gopy_core::code::Code;
use gopy_core::dict::Dict;
use gopy_core::function::Function;
use gopy_core::str::Str;
use gopy_object::{Instance, Object, PyResult, Ref, Slot, Thread, Visitor};

use crate::frame_object::FrameObject;
use crate::stackref::StackRef;
use crate::units::{Unit, units_of};

/// Where a frame's memory belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Owner {
    /// The thread's data stack.
    Thread,
    /// A generator.
    Generator,
    /// A frame object.
    FrameObject,
}

/// The head of a frame; `localsplus` and the stack follow.
#[repr(C)]
pub struct Frame {
    code: Cell<Option<NonNull<Code>>>,
    function: Cell<Option<NonNull<Function>>>,
    globals: Cell<*const Dict>,
    builtins: Cell<*const Object>,
    /// The mapping of a class body or module; empty in functions.
    locals: Slot,
    /// The Python object for the frame, once there is one.
    pub frame_object: Slot<FrameObject>,
    previous: Cell<Option<FrameRef>>,
    ip: Cell<*mut Unit>,
    sp: Cell<*mut StackRef>,
    /// How far behind `ip` execution goes on when the callee returns.
    return_offset: Cell<u32>,
    owner: Cell<Owner>,
    /// Whether native code waits for the frame, so that leaving it leaves the loop.
    entry: Cell<bool>,
}

/// Size of the head in stack words.
pub const FRAME_WORDS: usize = size_of::<Frame>() / size_of::<StackRef>();

/// Names a frame that is alive.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct FrameRef(NonNull<Frame>);

impl Deref for FrameRef {
    type Target = Frame;

    #[inline(always)]
    fn deref(&self) -> &Frame {
        // SAFETY: whoever holds a `FrameRef` knows that the frame is alive.
        unsafe { self.0.as_ref() }
    }
}

impl FrameRef {
    /// Names the frame at `pointer`.
    ///
    /// # Safety
    ///
    /// The frame there is alive while the name is used.
    #[inline(always)]
    pub unsafe fn from_raw(pointer: NonNull<Frame>) -> FrameRef {
        FrameRef(pointer)
    }

    /// The address.
    #[inline(always)]
    pub fn as_ptr(self) -> *mut Frame {
        self.0.as_ptr()
    }

    /// The first local.
    #[inline(always)]
    pub fn localsplus(self) -> *mut StackRef {
        // SAFETY: the locals follow the head in the same allocation.
        unsafe { self.0.as_ptr().add(1).cast() }
    }

    /// The bottom of the evaluation stack.
    #[inline(always)]
    pub fn stack_base(self) -> *mut StackRef {
        // SAFETY: the frame has room for the code's locals and its stack.
        unsafe { self.localsplus().add(self.code().nlocalsplus as usize) }
    }

    /// Local, cell or free variable `index`.
    #[inline(always)]
    pub fn local(self, index: usize) -> StackRef {
        debug_assert!(index < self.code().nlocalsplus as usize);
        // SAFETY: within the code's locals.
        unsafe { *self.localsplus().add(index) }
    }

    /// Replaces a local; the old value is handed out.
    #[inline(always)]
    pub fn replace_local(self, index: usize, value: StackRef) -> StackRef {
        debug_assert!(index < self.code().nlocalsplus as usize);
        // SAFETY: within the code's locals.
        unsafe { std::mem::replace(&mut *self.localsplus().add(index), value) }
    }

    /// The stack's words that are in use, locals first, as far as `sp` was saved.
    pub fn words_in_use(self) -> usize {
        // SAFETY: both point into the frame.
        unsafe { self.sp.get().offset_from(self.localsplus()) as usize }
    }

    /// Writes a new frame's head; locals and stack are the caller's to fill. `ip` is the code's first unit.
    ///
    /// # Safety
    ///
    /// `place` has room for the head, the code's locals and its stack.
    #[inline(always)]
    pub unsafe fn init(
        place: NonNull<Frame>,
        code: &Code,
        function: Option<Ref<Function>>,
        globals: &Dict,
        builtins: &Object,
        locals: Option<Ref>,
        ip: *mut Unit,
        owner: Owner,
    ) -> FrameRef {
        std::mem::forget(code.to_ref());
        let frame = Frame {
            code: Cell::new(Some(NonNull::from_ref(code))),
            function: Cell::new(function.map(Ref::into_raw)),
            globals: Cell::new(globals),
            builtins: Cell::new(builtins),
            locals: Slot::new(locals),
            frame_object: Slot::empty(),
            previous: Cell::new(None),
            ip: Cell::new(ip),
            sp: Cell::new(ptr::null_mut()),
            return_offset: Cell::new(0),
            owner: Cell::new(owner),
            entry: Cell::new(false),
        };
        // SAFETY: the caller promises the room.
        unsafe { place.write(frame) };
        let frame = FrameRef(place);
        frame.sp.set(frame.stack_base());
        frame
    }

    /// Moves the frame to `place`, as a generator or a frame object takes it over. Words that were
    /// borrowed from the caller get a count of their own. The old memory is dead afterwards.
    ///
    /// # Safety
    ///
    /// `place` has room for the frame; nobody uses `self` afterwards.
    pub unsafe fn move_to(self, place: NonNull<Frame>, owner: Owner) -> FrameRef {
        let in_use = self.words_in_use();
        // SAFETY: the head is moved bit by bit; the old one is never dropped.
        unsafe { place.copy_from_nonoverlapping(self.0, 1) };
        let moved = FrameRef(place);
        for index in 0..in_use {
            // SAFETY: `in_use` words are initialised here and there is room for them there.
            unsafe {
                *moved.localsplus().add(index) = (*self.localsplus().add(index)).heap_safe();
            }
        }
        // SAFETY: within the new frame.
        moved.sp.set(unsafe { moved.localsplus().add(in_use) });
        moved.owner.set(owner);
        moved.entry.set(false);
        moved
    }

    /// Releases what the frame holds but for its code and function: locals and stack from the end, then
    /// the locals mapping. May drop.
    pub fn clear_locals(self) {
        // SAFETY: within the frame.
        let start = self.localsplus();
        let mut sp = self.sp.get();
        // A finaliser that looks at the frame sees an empty one.
        self.sp.set(start);
        while sp > start {
            // SAFETY: words between the first local and the stack's top are initialised; each is
            // released once.
            unsafe {
                sp = sp.sub(1);
                let value = std::mem::replace(&mut *sp, StackRef::NULL);
                value.close();
            }
        }
        drop(self.locals.take());
    }

    /// Releases the code and the function: the end of the frame's life. May drop.
    pub fn release_code(self) {
        if let Some(function) = self.function.take() {
            // SAFETY: the frame owned a count.
            drop(unsafe { Ref::from_raw(function) });
        }
        if let Some(code) = self.code.take() {
            // SAFETY: the frame owned a count.
            drop(unsafe { Ref::from_raw(code) });
        }
    }

    /// After [`FrameRef::move_to`] out of a generator: what is left keeps its code alone.
    pub fn keep_code_only(self) {
        std::mem::forget(self.code().to_ref());
        self.function.set(None);
        std::mem::forget(self.locals.take());
        self.sp.set(self.localsplus());
    }

    /// Visits the references of a frame whose `sp` is saved.
    pub fn traverse(self, visit: &mut Visitor<'_>) {
        use gopy_object::Traverse;
        self.locals.traverse(visit);
        if let Some(function) = self.function() {
            visit(function.as_object());
        }
        visit(self.code().as_object());
        for index in 0..self.words_in_use() {
            // SAFETY: initialised, as `words_in_use` says.
            let word = unsafe { *self.localsplus().add(index) };
            if word.owns() {
                visit(word.as_object());
            }
        }
    }
}

impl Frame {
    /// The code that runs in the frame.
    #[inline(always)]
    pub fn code(&self) -> &'static Code {
        // SAFETY: a live frame owns a count of its code; callers use the borrow while it lives.
        unsafe { self.code.get().unwrap_unchecked().as_ref() }
    }

    /// Whether the frame has been taken apart.
    pub fn is_cleared(&self) -> bool {
        self.code.get().is_none()
    }

    /// The function; `None` in frames that `exec` made.
    #[inline(always)]
    pub fn function(&self) -> Option<&'static Function> {
        // SAFETY: a live frame owns a count of its function.
        self.function.get().map(|function| unsafe { function.as_ref() })
    }

    /// `f_globals`.
    #[inline(always)]
    pub fn globals(&self) -> &'static Dict {
        // SAFETY: kept alive by the function, or by whoever executes the frame.
        unsafe { &*self.globals.get() }
    }

    /// `f_builtins`.
    #[inline(always)]
    pub fn builtins(&self) -> &'static Object {
        // SAFETY: as for the globals.
        unsafe { &*self.builtins.get() }
    }

    /// The locals mapping of a class body or module.
    #[inline(always)]
    pub fn locals(&self) -> Option<&'static Object> {
        // SAFETY: the mapping is replaced only while nobody executes the frame.
        unsafe { self.locals.borrow().map(|mapping| &*ptr::from_ref(mapping)) }
    }

    /// Replaces the locals mapping.
    pub fn set_locals(&self, mapping: Option<Ref>) {
        self.locals.set(mapping);
    }

    /// Name `index` of the code.
    #[inline(always)]
    pub fn name(&self, index: u32) -> &'static Str {
        let names = self.code().names.items_ptr();
        // SAFETY: the compiler numbers the names; they are strings.
        unsafe { (*names.add(index as usize)).downcast_unchecked() }
    }

    /// Constant `index` of the code.
    #[inline(always)]
    pub fn constant(&self, index: u32) -> &'static Object {
        let constants = self.code().consts.items_ptr();
        // SAFETY: the compiler numbers the constants.
        unsafe { &*constants.add(index as usize) }
    }

    /// Name of local `index`.
    pub fn local_name(&self, index: u32) -> &'static Str {
        let names = self.code().localsplusnames.items_ptr();
        // SAFETY: the compiler numbers the locals; names are strings.
        unsafe { (*names.add(index as usize)).downcast_unchecked() }
    }

    /// Stores where execution stands.
    #[inline(always)]
    pub fn save(&self, ip: *mut Unit, sp: *mut StackRef) {
        self.ip.set(ip);
        self.sp.set(sp);
    }

    /// The unit being executed, or to be executed first.
    #[inline(always)]
    pub fn ip(&self) -> *mut Unit {
        self.ip.get()
    }

    /// Moves execution to another unit.
    #[inline(always)]
    pub fn set_ip(&self, ip: *mut Unit) {
        self.ip.set(ip);
    }

    /// The saved top of the stack.
    #[inline(always)]
    pub fn sp(&self) -> *mut StackRef {
        self.sp.get()
    }

    /// Sets the saved top of the stack.
    #[inline(always)]
    pub fn set_sp(&self, sp: *mut StackRef) {
        self.sp.set(sp);
    }

    /// Index of the unit being executed.
    #[inline]
    pub fn unit_index(&self) -> usize {
        let first = self.code().units.get().cast::<Unit>();
        // SAFETY: `ip` points into the code's array.
        unsafe { self.ip.get().offset_from(first) as usize }
    }

    /// `f_lasti`.
    pub fn lasti(&self) -> i32 {
        self.unit_index() as i32 * 2
    }

    /// The line being executed.
    pub fn line(&self) -> Option<i32> {
        let code = self.code();
        let table = code.linetable.as_slice();
        gopy_bytecode::location::line_of(table, code.firstlineno, self.unit_index())
    }

    /// Whether execution has not come to the code's first traceable instruction yet, so that Python
    /// must not see the frame (`_PyFrame_IsIncomplete`).
    pub fn is_incomplete(&self) -> bool {
        self.owner.get() != Owner::Generator
            && self.unit_index() < self.code().firsttraceable as usize
    }

    /// Where execution goes on, behind `ip`, when a callee returns.
    #[inline(always)]
    pub fn return_offset(&self) -> u32 {
        self.return_offset.get()
    }

    /// Sets it.
    #[inline(always)]
    pub fn set_return_offset(&self, units: u32) {
        self.return_offset.set(units);
    }

    /// The caller's frame.
    #[inline(always)]
    pub fn previous(&self) -> Option<FrameRef> {
        self.previous.get()
    }

    /// Sets the caller.
    #[inline(always)]
    pub fn set_previous(&self, previous: Option<FrameRef>) {
        self.previous.set(previous);
    }

    /// Where the memory belongs.
    #[inline(always)]
    pub fn owner(&self) -> Owner {
        self.owner.get()
    }

    /// Whether native code waits for the frame.
    #[inline(always)]
    pub fn is_entry(&self) -> bool {
        self.entry.get()
    }

    /// Says so.
    #[inline(always)]
    pub fn set_entry(&self, entry: bool) {
        self.entry.set(entry);
    }

    /// Whether the frame is on the data stack, but not the first of its chunk, no native code waits for
    /// it, and nobody has seen it: leaving it takes the least.
    #[inline(always)]
    pub fn is_plain(&self, thread: &Thread) -> bool {
        // SAFETY: a running thread has a chunk.
        let first = unsafe { thread.data_stack_chunk.get().cast::<Chunk>().add(1) }.cast::<()>();
        self.owner.get() == Owner::Thread
            && !self.entry.get()
            && self.frame_object.is_empty()
            && self.locals.is_empty()
            && !ptr::eq(first, ptr::from_ref(self).cast())
    }

    /// Copies the closure's cells behind the locals (COPY_FREE_VARS).
    pub fn copy_free_vars(&self, count: u32) {
        let Some(function) = self.function() else { return };
        // SAFETY: a running function's closure is not replaced.
        let Some(closure) = (unsafe { function.closure.borrow() }) else { return };
        let code = self.code();
        let offset = (code.nlocalsplus - count) as usize;
        let locals = FrameRef(NonNull::from_ref(self)).localsplus();
        for (index, cell) in closure.items().iter().enumerate().take(count as usize) {
            // SAFETY: the free variables are the last of the locals.
            unsafe { *locals.add(offset + index) = StackRef::new(cell) };
        }
    }
}

/// The innermost frame of the thread.
#[inline(always)]
pub fn current(thread: &Thread) -> Option<FrameRef> {
    NonNull::new(thread.frame.get().cast()).map(FrameRef)
}

/// Makes `frame` the innermost one.
#[inline(always)]
pub fn set_current(thread: &Thread, frame: Option<FrameRef>) {
    thread.frame.set(frame.map_or(ptr::null_mut(), |frame| frame.as_ptr().cast()));
}

/// The innermost frame that Python may see.
pub fn current_complete(thread: &Thread) -> Option<FrameRef> {
    complete(current(thread))
}

/// `frame` or the first of its callers that Python may see.
pub fn complete(mut frame: Option<FrameRef>) -> Option<FrameRef> {
    while let Some(candidate) = frame {
        if !candidate.is_incomplete() {
            break;
        }
        frame = candidate.previous();
    }
    frame
}

/// A piece of a thread's data stack; the words follow.
#[repr(C)]
struct Chunk {
    previous: *mut Chunk,
    /// Where the stack's top was when the next chunk was begun.
    top: *mut StackRef,
    words: usize,
}

/// Smallest chunk, in words: 16 KiB.
const CHUNK_WORDS: usize = 2048;
const CHUNK_HEAD_WORDS: usize = size_of::<Chunk>() / size_of::<StackRef>();

/// Takes `words` words off the data stack.
///
/// # Errors
///
/// `MemoryError`.
#[inline(always)]
pub fn push_words(thread: &Thread, words: usize) -> PyResult<NonNull<Frame>> {
    let top = thread.data_stack.get().cast::<StackRef>();
    let left = thread.data_stack_limit.get().addr().wrapping_sub(top.addr()) / 8;
    if top.is_null() || left < words {
        return push_chunk(thread, words);
    }
    // SAFETY: `left` words are free from `top` on.
    thread.data_stack.set(unsafe { top.add(words) }.cast());
    // SAFETY: not null.
    Ok(unsafe { NonNull::new_unchecked(top.cast()) })
}

/// The same, as long as the chunk has room.
#[inline(always)]
pub fn push_words_here(thread: &Thread, words: usize) -> Option<NonNull<Frame>> {
    let top = thread.data_stack.get().cast::<StackRef>();
    let after = top.wrapping_add(words);
    if after > thread.data_stack_limit.get().cast() {
        return None;
    }
    thread.data_stack.set(after.cast());
    NonNull::new(top.cast())
}

#[cold]
#[inline(never)]
fn push_chunk(thread: &Thread, words: usize) -> PyResult<NonNull<Frame>> {
    let needed = words + CHUNK_HEAD_WORDS + 1;
    let size = needed.next_power_of_two().max(CHUNK_WORDS);
    let layout = std::alloc::Layout::array::<StackRef>(size);
    let Ok(layout) = layout else { return Err(gopy_core::error::memory_error()) };
    // SAFETY: the layout is not empty.
    let chunk = unsafe { std::alloc::alloc(layout) }.cast::<Chunk>();
    if chunk.is_null() {
        return Err(gopy_core::error::memory_error());
    }
    let previous = thread.data_stack_chunk.get().cast::<Chunk>();
    if !previous.is_null() {
        // SAFETY: the thread's current chunk.
        unsafe { (*previous).top = thread.data_stack.get().cast() };
    }
    // SAFETY: fresh memory of `size` words.
    unsafe {
        chunk.write(Chunk { previous, top: ptr::null_mut(), words: size });
        let first = chunk.add(1).cast::<StackRef>();
        thread.data_stack_chunk.set(chunk.cast());
        thread.data_stack_limit.set(chunk.cast::<StackRef>().add(size).cast());
        thread.data_stack.set(first.add(words).cast());
        Ok(NonNull::new_unchecked(first.cast()))
    }
}

/// Gives the memory of the topmost frame back.
#[inline(always)]
pub fn pop_words(thread: &Thread, frame: FrameRef) {
    let chunk = thread.data_stack_chunk.get().cast::<Chunk>();
    // SAFETY: a frame on the data stack lies in the current chunk.
    let first = unsafe { chunk.add(1) }.cast::<()>();
    if ptr::eq(first, frame.as_ptr().cast()) {
        pop_chunk(thread, chunk);
    } else {
        thread.data_stack.set(frame.as_ptr().cast());
    }
}

#[cold]
#[inline(never)]
fn pop_chunk(thread: &Thread, chunk: *mut Chunk) {
    // SAFETY: the thread's current chunk.
    let (previous, words) = unsafe { ((*chunk).previous, (*chunk).words) };
    if previous.is_null() {
        // The first chunk stays, or each outermost call would allocate.
        // SAFETY: as above.
        thread.data_stack.set(unsafe { chunk.add(1) }.cast());
        return;
    }
    // SAFETY: the chunk below is alive until it is popped itself.
    unsafe {
        thread.data_stack_chunk.set(previous.cast());
        thread.data_stack.set((*previous).top.cast());
        thread.data_stack_limit.set(previous.cast::<StackRef>().add((*previous).words).cast());
        let layout = std::alloc::Layout::array::<StackRef>(words).unwrap_unchecked();
        std::alloc::dealloc(chunk.cast(), layout);
    }
}

/// Frees the chunks of a thread that runs no Python any more.
pub fn free_data_stack(thread: &Thread) {
    let mut chunk = thread.data_stack_chunk.replace(ptr::null_mut()).cast::<Chunk>();
    thread.data_stack.set(ptr::null_mut());
    thread.data_stack_limit.set(ptr::null_mut());
    while !chunk.is_null() {
        // SAFETY: the chunks of a thread without frames are used by nobody.
        unsafe {
            let (previous, words) = ((*chunk).previous, (*chunk).words);
            let layout = std::alloc::Layout::array::<StackRef>(words).unwrap_unchecked();
            std::alloc::dealloc(chunk.cast(), layout);
            chunk = previous;
        }
    }
}

/// A frame for `code` on the data stack; its locals are null. The recursion count is checked when the
/// frame is entered.
///
/// # Errors
///
/// `MemoryError`.
#[inline(always)]
pub fn push(
    thread: &Thread,
    code: &Code,
    function: Option<Ref<Function>>,
    globals: &Dict,
    builtins: &Object,
    locals: Option<Ref>,
) -> PyResult<FrameRef> {
    let locals_count = code.nlocalsplus as usize;
    let words = FRAME_WORDS + locals_count + code.stacksize as usize;
    let place = push_words(thread, words)?;
    // SAFETY: room for head, locals and stack.
    let frame = unsafe {
        FrameRef::init(
            place,
            code,
            function,
            globals,
            builtins,
            locals,
            units_of(code),
            Owner::Thread,
        )
    };
    let first = frame.localsplus();
    for index in 0..locals_count {
        // SAFETY: within the frame.
        unsafe { *first.add(index) = StackRef::NULL };
    }
    Ok(frame)
}
