//! `itertools`.
//!
//! Answers to `Modules/itertoolsmodule.c`.

use gopy_core::argument::no_keywords;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{module, type_};
use gopy_macros::pymodule;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc};
use smallvec::SmallVec;

mod combine;
mod filter;
mod group;
mod stream;
mod tee;
mod zip;

use combine::{COMBINATIONS, COMBINATIONS_WITH_REPLACEMENT, PERMUTATIONS, PRODUCT};
use filter::{COMPRESS, DROP_WHILE, FILTER_FALSE, ISLICE, STAR_MAP, TAKE_WHILE};
use group::{BATCHED, GROUP_BY, GROUPER, PAIRWISE};
use stream::{ACCUMULATE, CHAIN, COUNT, CYCLE, REPEAT};
use tee::{TEE, TEE_DATA};
use zip::ZIP_LONGEST;

/// Refuses keywords, unless a subclass with an `__init__` of its own may want them.
fn no_keywords_for(ty: &Type, of: &Type, name: &str, args: Args<'_>) -> PyResult<()> {
    let same_init = match (ty.slots.init.get(), of.slots.init.get()) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        (None, None) => true,
        _ => false,
    };
    if std::ptr::eq(ty, of) || same_init { no_keywords(name, args) } else { Ok(()) }
}

/// The next result of an iterator over tuples: the one in `slot` with its items from `start` on
/// replaced, in place where nobody else has it.
fn next_tuple(
    slot: &Slot<Tuple>,
    start: usize,
    items: impl Iterator<Item = Ref>,
) -> PyResult<Ref<Tuple>> {
    // Taken out, so that nobody else reaches it while it changes.
    let Some(old) = slot.take() else {
        let new = tuple::try_from_vec(items.collect())?;
        slot.set(Some(new.clone()));
        return Ok(new);
    };
    if old.as_object().count() != 1 || old.is_empty() {
        let items = old.items()[..start].iter().cloned().chain(items).collect();
        let new = tuple::try_from_vec(items)?;
        slot.set(Some(new.clone()));
        return Ok(new);
    }
    let mut replaced: SmallVec<[Ref; 8]> = SmallVec::new();
    for (index, item) in (start..old.len()).zip(items) {
        // SAFETY: ours is the only reference; `index` is within the tuple's items.
        replaced.push(unsafe { old.items_ptr().add(index).replace(item) });
    }
    old.hash.set(-1);
    if !gc::is_tracked(old.as_object()) {
        gc::track(old.as_object());
    }
    slot.set(Some(old.clone()));
    drop(replaced);
    Ok(old)
}

/// The module.
#[pymodule(name = "itertools")]
mod native {
    use super::*;

    #[pyfunction("($module, iterable, n=2, /)")]
    fn tee(iterable: &Object, n: isize) -> PyResult {
        super::tee::tee(iterable, n)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        for ty in [
            &ACCUMULATE,
            &BATCHED,
            &CHAIN,
            &COMBINATIONS,
            &COMPRESS,
            &COUNT,
            &COMBINATIONS_WITH_REPLACEMENT,
            &CYCLE,
            &DROP_WHILE,
            &FILTER_FALSE,
            &GROUP_BY,
            &GROUPER,
            &ISLICE,
            &PAIRWISE,
            &PERMUTATIONS,
            &PRODUCT,
            &REPEAT,
            &STAR_MAP,
            &TAKE_WHILE,
            &TEE,
            &TEE_DATA,
            &ZIP_LONGEST,
        ] {
            type_::ready(ty)?;
            module::add_type(module, ty)?;
        }
        Ok(())
    }
}

pub use native::MODULE;
