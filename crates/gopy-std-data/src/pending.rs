//! Input that a decompressor for files could not use yet.

use std::borrow::Cow;
use std::cell::RefCell;

use gopy_core::error::memory_error;
use gopy_object::PyResult;

/// The input that is left from former calls.
#[derive(Default)]
pub(crate) struct Pending(RefCell<Vec<u8>>);

gopy_object::leaf_traverse!(Pending);

impl Pending {
    /// What is left, with `data` behind it; nothing is left then.
    pub(crate) fn take_with<'a>(&self, data: &'a [u8]) -> PyResult<Cow<'a, [u8]>> {
        let mut pending = self.0.take();
        if pending.is_empty() {
            return Ok(Cow::Borrowed(data));
        }
        pending.try_reserve(data.len()).map_err(|_| memory_error())?;
        pending.extend_from_slice(data);
        Ok(Cow::Owned(pending))
    }

    /// Keeps what was not used.
    pub(crate) fn keep(&self, rest: &[u8]) -> PyResult<()> {
        let mut kept = Vec::new();
        kept.try_reserve_exact(rest.len()).map_err(|_| memory_error())?;
        kept.extend_from_slice(rest);
        self.0.replace(kept);
        Ok(())
    }
}
