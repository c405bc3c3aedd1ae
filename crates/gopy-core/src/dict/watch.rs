//! Watching dicts: functions that hear of a change before it happens.
//!
//! Answers to `PyDict_Watch` and its kin in `Objects/dictobject.c`.

use std::cell::Cell;

use gopy_object::{GilCell, Instance, Object, PyResult};

use super::Dict;
use crate::error::{runtime_error, value_error};

/// What is about to happen to a watched dict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WatchEvent {
    /// A key is added.
    Added,
    /// A key gets another value.
    Modified,
    /// A key is deleted.
    Deleted,
    /// All entries of another dict are taken over.
    Cloned,
    /// All keys are deleted.
    Cleared,
    /// The dict dies.
    Deallocated,
}

/// Hears of events: the dict, the key and the new value, where there are such. Reports its errors
/// itself.
pub type WatchFn = fn(WatchEvent, &Object, Option<&Object>, Option<&Object>);

const WATCHERS_MAX: usize = 8;
/// The first two are the optimiser's and the interpreter's own.
const RESERVED: usize = 2;

static WATCHERS: GilCell<[Cell<Option<WatchFn>>; WATCHERS_MAX]> =
    GilCell::new([const { Cell::new(None) }; WATCHERS_MAX]);

/// Registers a function; its number.
///
/// # Errors
///
/// `RuntimeError` where all places are taken.
pub fn add_watcher(function: WatchFn) -> PyResult<usize> {
    for (id, place) in WATCHERS.get().iter().enumerate().skip(RESERVED) {
        if place.get().is_none() {
            place.set(Some(function));
            return Ok(id);
        }
    }
    Err(runtime_error!("no more dict watcher IDs available"))
}

fn check(id: isize) -> PyResult<usize> {
    let Some(place) = usize::try_from(id).ok().filter(|id| *id < WATCHERS_MAX) else {
        return Err(value_error!("Invalid dict watcher ID {id}"));
    };
    if WATCHERS.get()[place].get().is_none() {
        return Err(value_error!("No dict watcher set for ID {id}"));
    }
    Ok(place)
}

/// Forgets a function.
///
/// # Errors
///
/// `ValueError` where there is no such number.
pub fn clear_watcher(id: isize) -> PyResult<()> {
    WATCHERS.get()[check(id)?].set(None);
    Ok(())
}

/// Lets function `id` hear of changes of `dict`.
///
/// # Errors
///
/// `ValueError` where there is no such number.
pub fn watch(id: isize, dict: &Dict) -> PyResult<()> {
    let id = check(id)?;
    dict.watchers.set(dict.watchers.get() | 1 << id);
    Ok(())
}

/// Ends what [`watch`] began.
///
/// # Errors
///
/// `ValueError` where there is no such number.
pub fn unwatch(id: isize, dict: &Dict) -> PyResult<()> {
    let id = check(id)?;
    dict.watchers.set(dict.watchers.get() & !(1 << id));
    Ok(())
}

impl Dict {
    /// Tells the dict's watchers, if it has any.
    #[inline(always)]
    pub(super) fn notify(&self, event: WatchEvent, key: Option<&Object>, value: Option<&Object>) {
        if self.watchers.get() != 0 {
            self.notify_watchers(event, key, value);
        }
    }

    /// Tells the watchers of a dying dict, which is alive while they look at it.
    #[cold]
    pub(super) fn notify_of_death(&self) {
        // SAFETY: the one reference is this function's, and taken back below.
        unsafe { self.as_object().set_count(1) };
        self.notify_watchers(WatchEvent::Deallocated, None, None);
        // SAFETY: watchers keep no reference to what they were told is dead.
        unsafe { self.as_object().set_count(0) };
    }

    #[cold]
    #[inline(never)]
    fn notify_watchers(&self, event: WatchEvent, key: Option<&Object>, value: Option<&Object>) {
        if super::keys::is_finalizing() {
            return;
        }
        let bits = self.watchers.get();
        for (id, place) in WATCHERS.get().iter().enumerate() {
            if bits >> id & 1 != 0
                && let Some(function) = place.get()
            {
                function(event, self.as_object(), key, value);
            }
        }
    }
}
