//! Interned names that native code uses, as static immortal strings.
//!
//! Answers to `Include/internal/pycore_global_strings.h`. `id!(name)` is the address of a static,
//! found at compile time; a name that is not in the list is interned when its place is first run.

mod list;

use std::cell::Cell;
use std::mem::MaybeUninit;

use gopy_object::GilCell;

use crate::str::{StaticStr, Str, latin1};
use list::NAMES;

/// The interned, immortal `&'static Str` of a name: `id!(__init__)`, `id!("<module>")`.
#[macro_export]
macro_rules! id {
    ($name:ident) => {
        $crate::id!(@text stringify!($name))
    };
    ($name:literal) => {
        $crate::id!(@text $name)
    };
    (@text $text:expr) => {{
        const INDEX: usize = $crate::names::index($text);
        if INDEX != $crate::names::UNLISTED {
            $crate::names::at(INDEX)
        } else {
            static PLACE: $crate::names::Place = $crate::names::Place::new();
            PLACE.get($text)
        }
    }};
}

/// What [`index`] answers for names outside the list.
pub const UNLISTED: usize = usize::MAX;
/// Where [`index`] counts the Latin-1 characters from.
const LATIN1: usize = 1 << 16;
const TEXT_MAX: usize = 40;

static TABLE: GilCell<[StaticStr<TEXT_MAX>; NAMES.len()]> = GilCell::new(table());

const fn table() -> [StaticStr<TEXT_MAX>; NAMES.len()] {
    let mut table = MaybeUninit::<[StaticStr<TEXT_MAX>; NAMES.len()]>::uninit();
    let first = table.as_mut_ptr().cast::<StaticStr<TEXT_MAX>>();
    let mut index = 0;
    while index < NAMES.len() {
        // SAFETY: within the array.
        unsafe { first.add(index).write(StaticStr::ascii(NAMES[index])) };
        index += 1;
    }
    // SAFETY: every element has been written.
    unsafe { table.assume_init() }
}

/// Number of a name, for [`at`]; meant for constants.
pub const fn index(name: &str) -> usize {
    if name.len() == 1 {
        return LATIN1 + name.as_bytes()[0] as usize;
    }
    let (mut low, mut high) = (0, NAMES.len());
    while low < high {
        let middle = (low + high) / 2;
        match order(name.as_bytes(), NAMES[middle].as_bytes()) {
            0 => return middle,
            1.. => low = middle + 1,
            _ => high = middle,
        }
    }
    UNLISTED
}

const fn order(a: &[u8], b: &[u8]) -> i32 {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return if a[at] < b[at] { -1 } else { 1 };
        }
        at += 1;
    }
    if a.len() == b.len() {
        0
    } else if a.len() < b.len() {
        -1
    } else {
        1
    }
}

/// The name with the number that [`index`] gave.
#[inline(always)]
pub fn at(index: usize) -> &'static Str {
    if index >= LATIN1 {
        return latin1((index - LATIN1) as u8);
    }
    TABLE.get()[index].as_str_object()
}

/// All names of the list.
pub(crate) fn all() -> impl Iterator<Item = &'static Str> {
    TABLE.get().iter().map(StaticStr::as_str_object)
}

/// The interned string of a name that is only known at run time.
pub fn get(name: &'static str) -> &'static Str {
    match index(name) {
        UNLISTED => crate::str::interned_forever(name),
        index => at(index),
    }
}

/// Remembers the interned string of a name outside the list.
pub struct Place(GilCell<Cell<Option<&'static Str>>>);

impl Place {
    /// Empty.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Place {
        Place(GilCell::new(Cell::new(None)))
    }

    /// The string.
    #[inline(always)]
    pub fn get(&self, name: &'static str) -> &'static Str {
        match self.0.get().get() {
            Some(text) => text,
            None => self.fill(name),
        }
    }

    #[cold]
    fn fill(&self, name: &'static str) -> &'static Str {
        let text = crate::str::interned_forever(name);
        self.0.get().set(Some(text));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_found() {
        assert!(NAMES.is_sorted());
        for (number, name) in NAMES.iter().enumerate() {
            assert_eq!(index(name), number, "{name}");
            assert!(name.is_ascii() && name.len() < TEXT_MAX);
        }
        assert_eq!(index("not a name"), UNLISTED);
    }
}
