//! Releasing stack values between instructions.
//!
//! Answers to `PyStackRef_CLOSE` and `Py_DECREF` in `Python/generated_cases.c.h`. Nearly every handler
//! releases something, and nearly never for the last time. An ordinary call for that last time would make
//! each handler save registers whenever it runs; so on x86-64 the call leaves all of them alone
//! ([`last`]'s thunk saves what is saved), and a handler without other calls has no stack frame.

use std::ptr::NonNull;

use gopy_core::float::Float;
use gopy_core::int::Int;
use gopy_object::{Object, Ref};

use crate::frame::FrameRef;
use crate::stackref::StackRef;
use crate::units::Unit;

/// Releases a stack value; `ip` and `sp` are stored only if it dies.
#[inline(always)]
pub(crate) unsafe fn release(value: StackRef, frame: FrameRef, ip: *mut Unit, sp: *mut StackRef) {
    if value.owns() {
        let object = value.as_object();
        let left = object.count().wrapping_sub(1);
        if left as i32 > 0 {
            // SAFETY: the word's own count goes; others remain.
            unsafe { object.set_count(left) };
        } else if left == 0 {
            frame.save(ip, sp);
            // SAFETY: the word owns the last count and ends here.
            unsafe { last(object) };
        }
        // Else it is immortal.
    }
}

/// Releases a value of a frame that nobody can see any more.
#[inline(always)]
pub(crate) unsafe fn release_unseen(value: StackRef) {
    // SAFETY: the caller's promise.
    unsafe { release_plain(value, |_| false) };
}

/// Releases an exact int: nothing runs, and its memory is kept for the next.
#[inline(always)]
pub(crate) unsafe fn release_int(value: StackRef) {
    // SAFETY: the caller's promise.
    unsafe { release_plain(value, |object| Int::recycle(object.downcast_unchecked())) };
}

/// Releases an exact float in the same way.
#[inline(always)]
pub(crate) unsafe fn release_float(value: StackRef) {
    // SAFETY: the caller's promise.
    unsafe { release_plain(value, |object| Float::recycle(object.downcast_unchecked())) };
}

#[inline(always)]
unsafe fn release_plain(value: StackRef, recycle: impl FnOnce(&Object) -> bool) {
    if value.owns() {
        let object = value.as_object();
        let left = object.count().wrapping_sub(1);
        // SAFETY: as in `release`.
        unsafe {
            if left as i32 > 0 {
                object.set_count(left);
            } else if left == 0 && !recycle(object) {
                last(object);
            }
        }
    }
}

/// Releases an array on the stack from its end.
#[inline(always)]
pub(crate) unsafe fn release_all(
    start: *mut StackRef,
    count: usize,
    frame: FrameRef,
    ip: *mut Unit,
    sp: *mut StackRef,
) {
    for index in (0..count).rev() {
        // SAFETY: the array lies on the stack.
        unsafe { release(*start.add(index), frame, ip, sp) };
    }
}

/// Gives up the last count of an object.
extern "C" fn give_up(object: *mut Object) {
    // SAFETY: the callers own the count.
    drop(unsafe { Ref::from_raw(NonNull::new_unchecked(object)) });
}

/// Gives up the last count of an object. May run Python.
#[cfg(not(target_arch = "x86_64"))]
#[cold]
#[inline(never)]
unsafe fn last(object: &Object) {
    give_up(std::ptr::from_ref(object).cast_mut());
}

/// Gives up the last count of an object. May run Python.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn last(object: &Object) {
    // SAFETY: the thunk keeps the general registers and aligns the stack by itself; the vector registers
    // are said to be lost. The red zone below the stack pointer is stepped over. Memory may change, and
    // nothing unwinds: panics abort.
    unsafe {
        std::arch::asm!(
            "lea rsp, [rsp - 128]",
            "call {thunk}",
            "lea rsp, [rsp + 128]",
            thunk = sym last_thunk,
            in("rax") std::ptr::from_ref(object),
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
            out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
            out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
            out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
            options(nostack),
        );
    }
}

/// Calls [`give_up`] for the object in `rax`; every general register is as before when it returns.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn last_thunk() {
    std::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rax",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "and rsp, -16",
        "mov rdi, rax",
        "call {give_up}",
        "lea rsp, [rbp - 72]",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "pop rbp",
        "ret",
        give_up = sym give_up,
    )
}
