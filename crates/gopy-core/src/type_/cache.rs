//! Attribute lookup through the MRO, the method cache and version tags.
//!
//! Answers to `_PyType_Lookup`, `PyType_Modified` and the type watchers of `Objects/typeobject.c`.
//!
//! Keeps true: an entry of the cache borrows its value from a class dict; the value's type has got a
//! new version (or none) before the dict entry goes. Versions are unique in the process, so the
//! cache is shared by all interpreters.
//!
//! Beyond CPython: a class whose attribute is written all the time (`Class.counter += 1`) would use
//! up its versions and never be specialised again. Such a name becomes *volatile*: no inline cache
//! trusts a version for it, and a write drops its entries of the method cache alone.

use std::cell::Cell;
use std::ptr;

use gopy_object::{GilCell, Object, PyResult, Ref, Slot, Type, TypeFlags};

use crate::dict::Dict;
use crate::error::suppress;
use crate::exceptions;
use crate::state;
use crate::str::{STR, Str};
use crate::tuple;

const SIZE: usize = 4096;
/// Names longer than this are not cached.
const NAME_LENGTH_MAX: usize = 100;
/// How many versions one class may use up.
const VERSIONS_PER_CLASS_MAX: u16 = 1000;
/// A class that has used up so many versions may get a volatile name ...
const VOLATILE_FROM: u16 = 96;
/// ... each time it has used up this many more.
const VOLATILE_STEP: u16 = 16;
/// How many volatile names a class can have.
const VOLATILE_NAMES_MAX: usize = 4;
/// Versions up to this one are for immutable types.
const STATIC_VERSION_MAX: u32 = (1 << 16) - 1;
/// How many watchers an interpreter can have.
pub const WATCHERS_MAX: usize = 8;

struct Entry {
    version: Cell<u32>,
    name: Slot<Str>,
    value: Cell<*const Object>,
}

static CACHE: GilCell<[Entry; SIZE]> = GilCell::new(
    [const { Entry { version: Cell::new(0), name: Slot::empty(), value: Cell::new(ptr::null()) } };
        SIZE],
);

static NEXT_STATIC_VERSION: GilCell<Cell<u32>> = GilCell::new(Cell::new(1));
static NEXT_VERSION: GilCell<Cell<u32>> = GilCell::new(Cell::new(STATIC_VERSION_MAX + 1));

#[inline(always)]
fn entry(version: u32, name: &Str) -> &'static Entry {
    let index = (version as usize ^ (ptr::from_ref(name).addr() >> 3)) % SIZE;
    &CACHE.get()[index]
}

/// The attribute in the MRO's dicts, through the method cache (`_PyType_Lookup`).
#[inline]
pub fn lookup(ty: &Type, name: &Str) -> Option<Ref> {
    lookup_pointer(ty, name).map(|value| {
        // SAFETY: the dict that `lookup_pointer` found the value in owns it, and nothing has run
        // since.
        unsafe { &*value }.to_ref_object()
    })
}

/// As [`lookup`], borrowed from the class that has the attribute.
///
/// # Safety
///
/// Nothing that could change the class or its bases runs while the borrow lives.
#[inline]
pub unsafe fn lookup_borrowed<'a>(ty: &'a Type, name: &Str) -> Option<&'a Object> {
    // SAFETY: the caller keeps the class as it is.
    lookup_pointer(ty, name).map(|value| unsafe { &*value })
}

/// As [`lookup`], with the version of the type that the answer holds for (0: none).
#[inline]
pub fn lookup_with_version(ty: &Type, name: &Str) -> (Option<Ref>, u32) {
    let value = lookup(ty, name);
    // SAFETY: nothing below drops or runs Python.
    let mro = unsafe { ty.mro.borrow() }.map_or(&[][..], gopy_object::typeobj::Tuple::items);
    let mut bases = mro.iter().filter_map(|base| base.downcast::<Type>());
    let version = if bases.any(|base| is_volatile(base, name)) { 0 } else { ty.version_tag.get() };
    (value, version)
}

/// Whether the class' own attribute of this interned name changes without a new version.
#[inline]
pub(super) fn is_volatile(ty: &Type, name: &Str) -> bool {
    // SAFETY: nothing runs while the names are looked at.
    unsafe { ty.volatile_names.borrow() }.is_some_and(|names| {
        names.items().iter().any(|known| ptr::addr_eq(&raw const **known, name))
    })
}

/// Makes a name volatile where writes to it, one of which has just been made, may be what uses up
/// the versions of the class. The class and its subclasses have no version at the moment.
pub(super) fn note_write(ty: &Type, name: &Str) {
    let used = ty.versions_used.get();
    if !(VOLATILE_FROM..VERSIONS_PER_CLASS_MAX).contains(&used)
        || !used.is_multiple_of(VOLATILE_STEP)
        || ty.version_tag.get() != 0
        || ty.watched.get() != 0
    {
        return;
    }
    let known = ty.volatile_names.get();
    let known = known.as_ref().map_or(&[][..], |names| names.items());
    if known.len() >= VOLATILE_NAMES_MAX {
        return;
    }
    let name: Ref = Ref::from_borrow(gopy_object::Instance::as_object(name));
    let names = known.iter().cloned().chain([name]);
    // Without memory the class goes on as before.
    if let Ok(names) = tuple::try_from_iter(known.len() + 1, names) {
        ty.volatile_names.set(Some(names));
    }
}

/// Forgets what the method cache knows of a volatile name on the class and its subclasses.
pub(super) fn forget(ty: &Type, name: &Str) {
    let version = ty.version_tag.get();
    if version == 0 {
        return;
    }
    let entry = entry(version, name);
    if entry.version.get() == version {
        entry.version.set(0);
        entry.value.set(ptr::null());
    }
    for subclass in super::subclasses::all(ty) {
        forget(&subclass, name);
    }
}

trait ToRefObject {
    fn to_ref_object(&self) -> Ref;
}

impl ToRefObject for Object {
    #[inline(always)]
    fn to_ref_object(&self) -> Ref {
        Ref::from_borrow(self)
    }
}

#[inline(always)]
fn lookup_pointer(ty: &Type, name: &Str) -> Option<*const Object> {
    let version = ty.version_tag.get();
    let entry = entry(version, name);
    // SAFETY: only the pointer is looked at.
    let cached = unsafe { entry.name.borrow() };
    if version != 0
        && entry.version.get() == version
        && cached.is_some_and(|cached| ptr::eq(cached, name))
    {
        let value = entry.value.get();
        return (!value.is_null()).then_some(value);
    }
    lookup_uncached(ty, name)
}

#[inline(never)]
fn lookup_uncached(ty: &Type, name: &Str) -> Option<*const Object> {
    let cacheable = name.len() <= NAME_LENGTH_MAX
        && gopy_object::Instance::as_object(name).is_exact(&STR)
        && assign_version_tag(ty);
    let version = ty.version_tag.get();
    // An error of a key's `__eq__` is a miss, and is not remembered.
    let found = match find_in_mro(ty, name) {
        Ok(found) => found,
        Err(error) => {
            drop(error);
            return None;
        }
    };
    let value = found.as_deref().map_or(ptr::null(), ptr::from_ref);
    if cacheable && version != 0 {
        let entry = entry(version, name);
        entry.version.set(version);
        entry.value.set(value);
        entry.name.set(Some(Ref::from_borrow(name)));
    }
    // The class dict owns the value besides `found`.
    (!value.is_null()).then_some(value)
}

/// The attribute in the dicts of the MRO, without the cache. May run Python where a class dict has
/// keys that are not strings.
///
/// # Errors
///
/// What comparing keys raises.
pub fn find_in_mro(ty: &Type, name: &Str) -> PyResult<Option<Ref>> {
    if let Some(found) = find_plain(ty, name) {
        return Ok(found);
    }
    let Some(mro) = ty.mro.get() else { return Ok(None) };
    for base in mro.items() {
        let Some(base) = base.downcast::<Type>() else { continue };
        let Some(dict) = dict_of(base) else { continue };
        if let Some(value) = dict.get_str(name)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// As [`find_in_mro`] where all the dicts have nothing but strings for keys, so that no Python runs:
/// a class that has used up its versions is asked without the cache, and often.
#[inline]
fn find_plain(ty: &Type, name: &Str) -> Option<Option<Ref>> {
    if !gopy_object::Instance::as_object(name).is_exact(&STR) {
        return None;
    }
    let hash = name.hash_value();
    // SAFETY: nothing below drops or runs Python.
    let mro = unsafe { ty.mro.borrow() }?;
    for base in mro.items() {
        let dict = dict_of(base.downcast::<Type>()?)?;
        if let Some(value) = dict.get_known_str(name, hash)? {
            return Some(Some(value));
        }
    }
    Some(None)
}

/// The class dict.
#[inline]
pub fn dict_of(ty: &Type) -> Option<&Dict> {
    // SAFETY: a class dict is set once and lives as long as the class.
    unsafe { ty.dict.borrow() }.and_then(|dict| dict.downcast::<Dict>())
}

/// Gives the type a version tag where it can have one.
pub fn assign_version_tag(ty: &Type) -> bool {
    if ty.version_tag.get() != 0 {
        return true;
    }
    if !ty.has(TypeFlags::READY) || ty.versions_used.get() >= VERSIONS_PER_CLASS_MAX {
        return false;
    }
    if let Some(bases) = ty.bases.get() {
        let versioned = |base: &Ref| base.downcast::<Type>().is_some_and(assign_version_tag);
        if !bases.items().iter().all(versioned) {
            return false;
        }
    }
    let version = if ty.has(TypeFlags::IMMUTABLETYPE) {
        take_version(&NEXT_STATIC_VERSION, STATIC_VERSION_MAX)
    } else {
        take_version(&NEXT_VERSION, u32::MAX)
    };
    let Some(version) = version else { return false };
    ty.versions_used.set(ty.versions_used.get() + 1);
    ty.version_tag.set(version);
    true
}

fn take_version(next: &Cell<u32>, last: u32) -> Option<u32> {
    let version = next.get();
    if version == 0 || version > last {
        return None;
    }
    // 0 after the last one: no versions are left.
    next.set(if version == last { 0 } else { version + 1 });
    Some(version)
}

/// Tells caches that the type has changed (`PyType_Modified`). May run Python where watchers do.
pub fn modified(ty: &Type) {
    if ty.version_tag.get() == 0 {
        return;
    }
    for subclass in super::subclasses::all(ty) {
        modified(&subclass);
    }
    if ty.watched.get() != 0 {
        notify_watchers(ty);
    }
    ty.version_tag.set(0);
    ty.cached_getitem.set(None);
    ty.cached_init.set(None);
}

/// Forgets the versions of a type and of its subclasses where a custom MRO makes the cache wrong.
pub(super) fn clear_version(ty: &Type) {
    ty.version_tag.set(0);
}

/// Leaves a type without versions for good.
pub(super) fn forbid_versions(ty: &Type) {
    ty.versions_used.set(u16::MAX);
}

/// A function that hears of a watched type's change.
pub type Watcher = fn(&Type) -> PyResult<()>;

#[cold]
fn notify_watchers(ty: &Type) {
    let watched = ty.watched.get();
    for (index, watcher) in state::get().type_watchers.iter().enumerate() {
        if watched & (1 << index) == 0 {
            continue;
        }
        let Some(watcher) = watcher.get() else { continue };
        if let Err(error) = watcher(ty) {
            let ty = gopy_object::Instance::as_object(ty);
            (crate::hooks::get().unraisable)(
                error.into_value(),
                Some("Exception ignored in type watcher callback"),
                Some(ty),
            );
        }
    }
}

/// Registers a watcher and says its number; `None` where there are too many.
pub fn add_watcher(watcher: Watcher) -> Option<usize> {
    // Number 0 is reserved for the optimiser, as in CPython.
    let watchers = &state::get().type_watchers;
    let free = (1..WATCHERS_MAX).find(|index| watchers[*index].get().is_none())?;
    watchers[free].set(Some(watcher));
    Some(free)
}

/// Clears the method cache (`sys._clear_type_cache`): no version in it is valid any more.
pub fn clear_cache() {
    for entry in CACHE.get() {
        entry.version.set(0);
        entry.value.set(ptr::null());
        entry.name.set(None);
    }
}

/// A lookup whose KeyErrors and the like are a miss: for dicts with odd keys.
pub(super) fn get_quietly(dict: &Dict, name: &Str) -> Option<Ref> {
    suppress(dict.get_str(name), &exceptions::EXCEPTION).ok().flatten().flatten()
}

/// Replaces flag bits of a type and of its subclasses (`_PyType_SetFlagsRecursive`); immutable types
/// stay as they are.
pub fn set_flags_recursive(ty: &Type, mask: TypeFlags, flags: TypeFlags) {
    if ty.has(TypeFlags::IMMUTABLETYPE) || ty.flags.get().0 & mask.0 == flags.0 {
        return;
    }
    modified(ty);
    ty.remove_flags(mask);
    ty.add_flags(flags);
    for subclass in super::subclasses::all(ty) {
        set_flags_recursive(&subclass, mask, flags);
    }
}
