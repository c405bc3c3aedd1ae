//! Interned strings: one table for the process, holding no references.
//!
//! Answers to the interning part of `Objects/unicodeobject.c`. A mortal interned string takes itself
//! out of the table when it dies. Latin-1 characters are not in it: they are statics.

use std::cell::RefCell;
use std::ptr;

use gopy_object::{GilCell, Instance, Ref};

use super::{INTERNED_IMMORTAL, INTERNED_MASK, INTERNED_MORTAL, STR, Str, latin1, make};
use crate::names;

/// Open addressing with linear probing.
struct Table {
    /// Null is free, `TOMBSTONE` was taken.
    places: Vec<*const Str>,
    /// Places that are not free.
    used: usize,
    /// Strings.
    live: usize,
}

const TOMBSTONE: *const Str = ptr::without_provenance(8);

static TABLE: GilCell<RefCell<Table>> =
    GilCell::new(RefCell::new(Table { places: Vec::new(), used: 0, live: 0 }));

impl Table {
    /// The string equal to `text`.
    fn find(&self, text: &Str) -> Option<&'static Str> {
        let mask = self.places.len().checked_sub(1)?;
        let mut at = text.hash_value() as usize & mask;
        loop {
            let place = self.places[at];
            if place.is_null() {
                return None;
            }
            if place != TOMBSTONE {
                // SAFETY: strings leave the table before they are freed; the result is made a
                // reference, or known to be immortal, before anything else happens.
                let found = unsafe { &*place };
                if found.hash_value() == text.hash_value() && found.equals(text) {
                    return Some(found);
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Enters a string that is not in the table.
    fn insert(&mut self, text: &Str) {
        if (self.used + 1) * 3 > self.places.len() * 2 {
            self.rebuild();
        }
        let mask = self.places.len() - 1;
        let mut at = text.hash_value() as usize & mask;
        while !self.places[at].is_null() && self.places[at] != TOMBSTONE {
            at = (at + 1) & mask;
        }
        self.used += usize::from(self.places[at].is_null());
        self.live += 1;
        self.places[at] = text;
    }

    fn rebuild(&mut self) {
        let size = (self.live * 4).next_power_of_two().max(4096);
        let old = std::mem::replace(&mut self.places, vec![ptr::null(); size]);
        self.used = self.live;
        for place in old {
            if !place.is_null() && place != TOMBSTONE {
                // SAFETY: strings leave the table before they are freed.
                let text = unsafe { &*place };
                let mut at = text.hash_value() as usize & (size - 1);
                while !self.places[at].is_null() {
                    at = (at + 1) & (size - 1);
                }
                self.places[at] = text;
            }
        }
    }

    fn remove(&mut self, text: &Str) {
        let Some(mask) = self.places.len().checked_sub(1) else { return };
        let mut at = text.hash_value() as usize & mask;
        while !self.places[at].is_null() {
            if ptr::eq(self.places[at], text) {
                self.places[at] = TOMBSTONE;
                self.live -= 1;
                return;
            }
            at = (at + 1) & mask;
        }
    }
}

/// Runs `work` on the table, which holds the static names.
fn with_table<R>(work: impl FnOnce(&mut Table) -> R) -> R {
    let mut table = TABLE.get().borrow_mut();
    if table.places.is_empty() {
        table.insert(make::empty());
        names::all().for_each(|name| {
            if !name.is_empty() {
                table.insert(name);
            }
        });
    }
    work(&mut table)
}

/// The static that has the text of a string of one Latin-1 character.
fn character(text: &Str) -> Option<&'static Str> {
    (text.len() == 1 && text.char_size() == 1).then(|| latin1(text.char_at(0) as u8))
}

/// The interned string equal to `text`, which must be exact (others are handed back).
pub fn intern(text: Ref<Str>) -> Ref<Str> {
    if text.is_interned() || !text.as_object().is_exact(&STR) {
        return text;
    }
    if let Some(found) = character(&text) {
        return found.to_ref();
    }
    with_table(|table| {
        if let Some(found) = table.find(&text) {
            return found.to_ref();
        }
        table.insert(&text);
        text.state.set(text.state.get() | INTERNED_MORTAL);
        text
    })
}

/// As [`intern`]; the string is never freed.
pub fn intern_immortal(text: Ref<Str>) -> Ref<Str> {
    let text = intern(text);
    let state = text.state.get();
    if state & INTERNED_MASK == INTERNED_MORTAL {
        text.state.set(state & !INTERNED_MASK | INTERNED_IMMORTAL);
        text.as_object().set_immortal();
    }
    text
}

/// The interned string of a text.
pub fn interned(text: &str) -> Ref<Str> {
    intern(Str::new(text))
}

/// The immortal interned string of a text.
pub fn interned_forever(text: &str) -> &'static Str {
    let text = intern_immortal(Str::new(text));
    debug_assert!(text.state.get() & INTERNED_MASK >= INTERNED_IMMORTAL);
    // SAFETY: immortal, hence never freed.
    unsafe { text.into_raw().as_ref() }
}

/// Takes a dying string out of the table.
#[cold]
pub(super) fn forget(text: &Str) {
    TABLE.get().borrow_mut().remove(text);
}

impl Str {
    /// Whether the string is interned and never freed.
    pub fn is_interned_immortal(&self) -> bool {
        self.state.get() & INTERNED_MASK >= INTERNED_IMMORTAL
    }
}
