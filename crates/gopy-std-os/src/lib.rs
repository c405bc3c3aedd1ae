//! Native modules of the operating system: posix, time, signals, threads, sockets, processes.

mod constants;
pub mod errno;
pub mod posix;
pub mod signal;
pub mod stat_module;
pub mod thread;
pub mod time;
mod util;

use gopy_object::native::ModuleDef;

/// The modules of this crate.
pub static MODULES: &[&ModuleDef] = &[
    &errno::errno_module::MODULE,
    &posix::MODULE,
    &signal::signal_module::MODULE,
    &stat_module::module::MODULE,
    &thread::thread_module::MODULE,
    &time::time_module::MODULE,
];
