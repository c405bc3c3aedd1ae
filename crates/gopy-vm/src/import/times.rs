//! `-X importtime`: how long each import takes.
//!
//! Answers to `import_find_and_load` in `Python/import.c`.

use std::cell::Cell;
use std::io::Write as _;
use std::time::{Duration, Instant};

use gopy_core::str::Str;

use crate::extension::{self, Extension};

/// Imports under way.
#[derive(Default)]
struct Times {
    has_header: Cell<bool>,
    level: Cell<usize>,
    /// What the imports that the one under way has made took.
    nested: Cell<Duration>,
}

impl Extension for Times {}

impl Times {
    fn header(&self) {
        if !self.has_header.replace(true) {
            let header = "import time: self [us] | cumulative | imported package";
            let _ = writeln!(std::io::stderr(), "{header}");
        }
    }

    fn indent(&self) -> usize {
        self.level.get() * 2
    }
}

/// Microseconds, rounded up.
fn micros(time: Duration) -> String {
    time.as_nanos().div_ceil(1000).to_string()
}

/// Runs an import and tells how long it took.
pub(super) fn measure<T>(name: &Str, import: impl FnOnce() -> T) -> T {
    let times = extension::get::<Times>();
    times.header();
    let before = times.nested.take();
    times.level.set(times.level.get() + 1);
    let start = Instant::now();
    let result = import();
    let total = start.elapsed();
    times.level.set(times.level.get() - 1);
    let own = total.saturating_sub(times.nested.get());
    let (own, all, indent) = (micros(own), micros(total), times.indent());
    let name = name.to_string_lossy();
    let _ = writeln!(std::io::stderr(), "import time: {own:>9} | {all:>10} | {:indent$}{name}", "");
    times.nested.set(before + total);
    result
}

/// Tells of a module that is there already.
pub(super) fn show_loaded(name: &Str) {
    let times = extension::get::<Times>();
    times.header();
    // The name itself is as wide as others are indented.
    let (name, width) = (name.to_string_lossy(), times.indent());
    let _ = writeln!(std::io::stderr(), "import time: cached    | cached     | {name:>width$}");
}
