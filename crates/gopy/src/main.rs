//! The command-line interpreter: the arguments of the process, and the table of native modules.
//!
//! Not `std`'s `main`: that re-opens closed descriptors and installs a handler for stack overflows.

#![no_main]

use std::alloc::{GlobalAlloc, Layout};
use std::ffi::{CStr, c_char, c_int, c_void};

use gopy_frozen::Image;
use gopy_object::native::ModuleDef;
use gopy_vm::lifecycle::{self, Embedding};

/// The allocator of the objects serves the rest, too: parsing and compiling allocate much.
struct Allocator;

impl Allocator {
    /// Whether blocks of a size are so aligned anyway, which spares looking for one that is.
    #[inline]
    fn is_natural(size: usize, align: usize) -> bool {
        align <= 16 && align <= size
    }
}

// SAFETY: mimalloc's functions keep `GlobalAlloc`'s promises, and never unwind.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if Self::is_natural(layout.size(), layout.align()) {
            // SAFETY: any size is allowed.
            return unsafe { libmimalloc_sys::mi_malloc(layout.size()) }.cast();
        }
        // SAFETY: any size and alignment of a layout are allowed.
        unsafe { libmimalloc_sys::mi_malloc_aligned(layout.size(), layout.align()) }.cast()
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if Self::is_natural(layout.size(), layout.align()) {
            // SAFETY: any size is allowed.
            return unsafe { libmimalloc_sys::mi_zalloc(layout.size()) }.cast();
        }
        // SAFETY: as above.
        unsafe { libmimalloc_sys::mi_zalloc_aligned(layout.size(), layout.align()) }.cast()
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the block came from here.
        unsafe { libmimalloc_sys::mi_free(block.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if Self::is_natural(size, layout.align()) {
            // SAFETY: the block came from here.
            return unsafe { libmimalloc_sys::mi_realloc(block.cast(), size) }.cast();
        }
        // SAFETY: the block came from here.
        unsafe { libmimalloc_sys::mi_realloc_aligned(block.cast(), size, layout.align()) }.cast()
    }
}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

unsafe extern "C" {
    // The crate declares it behind a feature that changes nothing else.
    fn mi_manage_os_memory_ex(
        start: *const c_void,
        size: usize,
        is_committed: bool,
        is_pinned: bool,
        is_zero: bool,
        numa_node: c_int,
        exclusive: bool,
        arena_id: *mut *mut c_void,
    ) -> bool;
}

/// Size of the memory that is used first: the least that the allocator takes, and the alignment it
/// may need.
const SMALL_PAGES: usize = (32 << 20) + (64 << 10);

/// Hands the allocator memory in pages of ordinary size to begin with. What it asks the system for
/// itself is in huge pages, each of which has to be cleared before a word of it can be used: worth
/// it for a program that needs much, but a short one would spend most of its time there.
fn begin_with_small_pages() {
    // SAFETY: new memory wherever the system wants it.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            SMALL_PAGES,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if start == libc::MAP_FAILED {
        return;
    }
    // SAFETY: the memory just mapped, which nobody else knows of, is readable, writable and zero.
    unsafe {
        libc::madvise(start, SMALL_PAGES, libc::MADV_NOHUGEPAGE);
        mi_manage_os_memory_ex(
            start.cast_const().cast(),
            SMALL_PAGES,
            true,
            false,
            true,
            -1,
            false,
            std::ptr::null_mut(),
        );
    }
}

/// Native modules besides those of the VM.
static MODULES: &[&[&ModuleDef]] = &[
    gopy_std_collections::MODULES,
    gopy_std_lang::MODULES,
    &[&gopy_std_io::io_module::MODULE],
    gopy_std_data::MODULES,
    gopy_std_number::MODULES,
    gopy_std_os::MODULES,
    gopy_std_text::MODULES,
    gopy_std_time::MODULES,
];

/// What the build script has made of the library.
static FROZEN: Image = Image::new(include_bytes!(concat!(env!("OUT_DIR"), "/frozen.bin")));

/// The C entry point.
///
/// # Safety
///
/// `argv` holds `argc` pointers to strings that end with a null byte, as the system hands them over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: a program that reads from a closed pipe is told by an error, not killed.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    begin_with_small_pages();
    let mut args = Vec::new();
    for index in 0..argc.max(0) as usize {
        // SAFETY: as the caller promises.
        let arg = unsafe { CStr::from_ptr(*argv.add(index)) };
        args.push(arg.to_bytes().to_vec());
    }
    lifecycle::main(&args, &Embedding { modules: MODULES, frozen: FROZEN })
}
