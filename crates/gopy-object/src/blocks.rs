//! Small blocks of memory, kept by size for the next of the same size.
//!
//! Answers to `Objects/obmalloc.c` and to the free lists of `Objects/*.c`: an object that has just died
//! gives its memory to the next one of its size without a call. All blocks are mimalloc's own, so that
//! one may be given back to either; each size keeps a bounded number. Guarded by the GIL.

use std::cell::Cell;
use std::ptr;

use crate::gil_cell::GilCell;

/// The largest size that is kept, in bytes.
pub const SMALL_MAX: usize = 512;
const STEP: usize = 16;
const BINS: usize = SMALL_MAX / STEP + 1;

/// Bytes that one size keeps at most: more of the smallest, which come and go in the largest numbers.
const fn bytes_kept(size: usize) -> usize {
    if size <= 64 { 64 * 1024 } else { 16 * 1024 }
}

/// The dead blocks of one size, linked through their first word.
struct Bin {
    first: Cell<*mut u8>,
    room: Cell<u32>,
}

static KEPT: GilCell<[Bin; BINS]> = GilCell::new({
    let mut bins = [const { Bin { first: Cell::new(ptr::null_mut()), room: Cell::new(0) } }; BINS];
    let mut index = 1;
    // In the zeal build nothing is kept: freed memory stays poisoned.
    while index < BINS && !cfg!(feature = "zeal") {
        bins[index].room = Cell::new((bytes_kept(index * STEP) / (index * STEP)) as u32);
        index += 1;
    }
    bins
});

/// The size class of a block: 0 for large ones, which are not kept.
#[inline(always)]
pub(crate) const fn class_of(size: usize) -> usize {
    if size > SMALL_MAX { 0 } else { size.div_ceil(STEP) }
}

/// An uninitialised block of at least `size` bytes, aligned to 16; null where there is no memory.
#[inline(always)]
pub fn alloc(size: usize) -> *mut u8 {
    let class = class_of(size);
    let bin = &KEPT.get()[class];
    let block = bin.first.get();
    if block.is_null() {
        return alloc_slow(size, class);
    }
    // SAFETY: kept blocks begin with the link to the next.
    bin.first.set(unsafe { block.cast::<*mut u8>().read() });
    bin.room.set(bin.room.get() + 1);
    block
}

#[cold]
#[inline(never)]
fn alloc_slow(size: usize, class: usize) -> *mut u8 {
    // Rounded, for the block may serve any size of its class later.
    let size = if class == 0 { size } else { class * STEP };
    // SAFETY: plain allocation.
    unsafe { libmimalloc_sys::mi_malloc(size) }.cast()
}

/// Gives a block of [`alloc`] back.
///
/// # Safety
///
/// `block` came from [`alloc`] with a size of the same class as `size`, and is not used any more.
#[inline(always)]
pub unsafe fn free(block: *mut u8, size: usize) {
    // SAFETY: passed on.
    unsafe { free_class(block, class_of(size)) }
}

/// As [`free`], with the class itself; a block of any size may be freed as class 0.
///
/// # Safety
///
/// As [`free`].
#[inline(always)]
pub(crate) unsafe fn free_class(block: *mut u8, class: usize) {
    let bin = &KEPT.get()[class];
    let room = bin.room.get();
    if room == 0 {
        // SAFETY: all blocks are mimalloc's.
        return unsafe { libmimalloc_sys::mi_free(block.cast()) };
    }
    // SAFETY: the block is the caller's to give, and at least 16 bytes long.
    unsafe { block.cast::<*mut u8>().write(bin.first.get()) };
    bin.first.set(block);
    bin.room.set(room - 1);
}

/// Makes a block larger or smaller; null, with the block as it was, where there is no memory.
///
/// # Safety
///
/// As [`free`]; afterwards the block belongs to the class of `new_size`.
pub unsafe fn realloc(block: *mut u8, size: usize, new_size: usize) -> *mut u8 {
    // SAFETY: passed on.
    unsafe { realloc_class(block, class_of(size), new_size) }
}

/// As [`realloc`], with the old class itself.
///
/// # Safety
///
/// As [`realloc`].
pub(crate) unsafe fn realloc_class(block: *mut u8, old: usize, new_size: usize) -> *mut u8 {
    let new = class_of(new_size);
    if old == 0 && new == 0 {
        // SAFETY: all blocks are mimalloc's.
        return unsafe { libmimalloc_sys::mi_realloc(block.cast(), new_size) }.cast();
    }
    if old == new {
        return block;
    }
    let moved = alloc(new_size);
    if !moved.is_null() {
        // A block of class 0 is larger than any that is kept.
        let held = if old == 0 { usize::MAX } else { size_of_class(old) };
        // SAFETY: both blocks have room for the smaller of the two sizes.
        unsafe {
            ptr::copy_nonoverlapping(block, moved, held.min(new_size));
            free_class(block, old);
        }
    }
    moved
}

/// How many bytes a block of a class that is not 0 has.
#[inline(always)]
pub(crate) const fn size_of_class(class: usize) -> usize {
    class * STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    // One test, since nothing guards the lists between tests.
    #[test]
    fn blocks_come_back_by_class_and_in_number() {
        for size in [1, 16, 17, 100, 496, 512, 513, 5000] {
            let block = alloc(size);
            assert!(!block.is_null() && block.addr().is_multiple_of(STEP));
            // SAFETY: freed once, with its size.
            unsafe { free(block, size) };
            let rounded = size.div_ceil(STEP) * STEP;
            let again = alloc(rounded);
            assert!(class_of(size) == 0 || cfg!(feature = "zeal") || again == block);
            // SAFETY: freed once, with its size.
            unsafe { free(again, rounded) };
        }

        let mut size = 8;
        let mut block = alloc(size);
        // SAFETY: eight bytes.
        unsafe { block.write_bytes(7, size) };
        for next in [8, 24, 16, 200, 512, 513, 2000, 600, 512, 40, 1] {
            // SAFETY: the block has `size` bytes.
            block = unsafe { realloc(block, size, next) };
            size = next;
            // SAFETY: every size is at least one.
            assert_eq!(unsafe { block.read() }, 7);
        }
        // SAFETY: freed once.
        unsafe { free(block, size) };

        let blocks: Vec<_> = (0..bytes_kept(64) / 64 + 10).map(|_| alloc(64)).collect();
        for block in blocks {
            // SAFETY: freed once.
            unsafe { free(block, 64) };
        }
        assert_eq!(KEPT.get()[4].room.get(), 0);
    }
}
