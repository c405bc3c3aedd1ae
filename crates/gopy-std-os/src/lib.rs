//! Native modules of the operating system: posix, time, signals, threads, sockets, processes.

mod accounts;
mod constants;
pub mod errno;
pub mod fcntl;
mod header_constants;
pub mod mmap;
pub mod posix;
mod pytime;
pub mod queue;
pub mod resource;
pub mod select;
pub mod semaphore;
pub mod signal;
pub mod socket;
pub mod stat_module;
pub mod subprocess;
pub mod syslog;
pub mod termios;
pub mod thread;
pub mod time;
mod util;

use gopy_object::native::ModuleDef;

/// The modules of this crate.
pub static MODULES: &[&ModuleDef] = &[
    &accounts::grp_module::MODULE,
    &accounts::pwd_module::MODULE,
    &errno::errno_module::MODULE,
    &fcntl::fcntl_module::MODULE,
    &mmap::mmap_module::MODULE,
    &posix::MODULE,
    &queue::queue_module::MODULE,
    &resource::resource_module::MODULE,
    &select::select_module::MODULE,
    &semaphore::multiprocessing_module::MODULE,
    &semaphore::shared_memory_module::MODULE,
    &signal::signal_module::MODULE,
    &socket::MODULE,
    &stat_module::module::MODULE,
    &subprocess::subprocess_module::MODULE,
    &syslog::syslog_module::MODULE,
    &termios::termios_module::MODULE,
    &thread::thread_module::MODULE,
    &time::time_module::MODULE,
];
