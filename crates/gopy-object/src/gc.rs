//! The cycle collector: three generations, as 3.14.5 and later have it.
//!
//! Answers to `Python/gc.c`.
//!
//! Collectable objects are linked through two words before their header. During a collection `prev`
//! holds the number of references that come from outside the young list; lists are singly linked
//! then. Collections start only from the eval breaker (and `gc.collect`), never inside an allocation.

use std::cell::Cell;
use std::mem;
use std::ptr::{self, NonNull};

use crate::object::{Instance, Object};
use crate::refs::Ref;
use crate::state::{Interpreter, thread};
use crate::typeobj::{Tuple, TypeFlags};
use crate::weakref::{self, WeakRef};

/// Called with every object that the traversed one owns a reference to.
pub type Visitor<'a> = dyn FnMut(&Object) + 'a;

/// Finding the references in a field or struct; derived by `#[pyclass]`.
pub trait Traverse {
    /// Calls `visit` for each owned reference. Neither drops nor runs Python.
    fn traverse(&self, visit: &mut Visitor<'_>);

    /// Empties what can take part in a cycle. May drop.
    fn clear(&self);
}

impl<T: Instance> Traverse for Ref<T> {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        visit(self.as_object());
    }

    fn clear(&self) {
        // A plain `Ref` never changes; another object breaks the cycle.
    }
}

impl<T: Traverse> Traverse for Option<T> {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        if let Some(value) = self {
            value.traverse(visit);
        }
    }

    fn clear(&self) {
        if let Some(value) = self {
            value.clear();
        }
    }
}

/// Implements [`Traverse`] for types that own no references.
#[macro_export]
macro_rules! leaf_traverse {
    ($($ty:ty),* $(,)?) => {$(
        impl $crate::gc::Traverse for $ty {
            fn traverse(&self, _visit: &mut $crate::gc::Visitor<'_>) {}
            fn clear(&self) {}
        }
    )*};
}

leaf_traverse!(
    bool,
    u8,
    u16,
    u32,
    u64,
    usize,
    i8,
    i16,
    i32,
    i64,
    isize,
    f64,
    char,
    String,
    crate::weakref::WeakList
);

impl<T: ?Sized> Traverse for &'static T {
    fn traverse(&self, _visit: &mut Visitor<'_>) {}

    fn clear(&self) {}
}

impl<T> Traverse for Cell<T> {
    fn traverse(&self, _visit: &mut Visitor<'_>) {}

    fn clear(&self) {}
}

const FINALIZED: usize = 1;
const COLLECTING: usize = 2;
const PREV_SHIFT: u32 = 2;
const PREV_FLAGS: usize = FINALIZED | COLLECTING;
/// Bit 0 of `next` while an object is on the tentatively unreachable list.
const NEXT_UNREACHABLE: usize = 1;

/// The two words before a collectable object; also the head of a list.
#[repr(C)]
pub struct Head {
    pub(crate) next: Cell<usize>,
    pub(crate) prev: Cell<usize>,
}

/// The links of a collectable object.
///
/// # Safety
///
/// The object's type has `HAVE_GC`.
#[inline(always)]
pub unsafe fn head(object: &Object) -> *const Head {
    debug_assert!(object.type_().has(TypeFlags::HAVE_GC));
    // SAFETY: the prefix lies right before the object in its allocation.
    unsafe { ptr::from_ref(object).cast::<u8>().sub(16).cast::<Head>() }
}

fn links(object: &Object) -> &Head {
    // SAFETY: callers pass collectable objects; the links live as long as the object.
    unsafe { &*head(object) }
}

fn at<'a>(address: usize) -> &'a Head {
    // SAFETY: addresses in links are those of live objects' links or of list heads.
    unsafe { &*ptr::with_exposed_provenance::<Head>(address) }
}

fn object_of<'a>(head: &Head) -> &'a Object {
    let address = ptr::from_ref(head).expose_provenance() + 16;
    // SAFETY: every list member but the head lies before its object.
    unsafe { &*ptr::with_exposed_provenance::<Object>(address) }
}

/// Whether the object has links: objects in a `static` have none, whatever their type.
#[inline(always)]
fn has_links(object: &Object) -> bool {
    object.type_().has(TypeFlags::HAVE_GC) && !object.is_static()
}

/// Whether the collector knows of the object.
#[inline(always)]
pub fn is_tracked(object: &Object) -> bool {
    has_links(object) && links(object).next.get() != 0
}

/// Whether the object's finaliser has run.
pub fn is_finalized(object: &Object) -> bool {
    has_links(object) && links(object).prev.get() & FINALIZED != 0
}

/// Marks the object's finaliser as run.
pub fn set_finalized(object: &Object) {
    let links = links(object);
    links.prev.set(links.prev.get() | FINALIZED);
}

/// Makes the object part of the youngest generation.
#[inline]
pub fn track(object: &Object) {
    let links = links(object);
    debug_assert_eq!(links.next.get(), 0);
    let list = &thread().interpreter().gc.generations[0].head;
    let last = list.prev.get();
    let address = ptr::from_ref(links).expose_provenance();
    at(last).next.set(address);
    links.prev.set(last | (links.prev.get() & FINALIZED));
    links.next.set(ptr::from_ref(list).expose_provenance());
    list.prev.set(address);
}

/// Tracks a new object and hands it back.
#[inline(always)]
pub fn tracked<T: Instance>(object: Ref<T>) -> Ref<T> {
    track(object.as_object());
    object
}

/// Hands back a new instance of a type whose own instances hold no references, tracked where it is of
/// a subclass that the collector must know: `__dict__` and `__slots__` can close a cycle.
#[inline]
pub fn tracked_if_collected<T: Instance>(object: Ref<T>) -> Ref<T> {
    if object.as_object().type_().has(TypeFlags::HAVE_GC) {
        track(object.as_object());
    }
    object
}

/// Takes a tracked object off its list.
#[inline]
pub fn untrack(object: &Object) {
    let links = links(object);
    if links.next.get() == 0 {
        return;
    }
    let previous = links.prev.get() & !PREV_FLAGS;
    let next = links.next.get();
    at(previous).next.set(next);
    set_prev(at(next), previous);
    links.next.set(0);
    links.prev.set(links.prev.get() & FINALIZED);
}

fn set_prev(head: &Head, previous: usize) {
    head.prev.set(previous | (head.prev.get() & PREV_FLAGS));
}

/// Counts an allocated collectable object; asks the eval breaker for a collection when due.
#[inline]
pub fn count_allocation() {
    let thread = thread();
    let gc = &thread.interpreter().gc;
    let young = &gc.generations[0];
    let count = young.count.get() + 1;
    young.count.set(count);
    if count > young.threshold.get()
        && gc.enabled.get()
        && young.threshold.get() != 0
        && !gc.collecting.get()
    {
        thread.request_gc();
    }
}

/// Uncounts an object on its way out.
#[inline]
pub fn count_deallocation() {
    let young = &thread().interpreter().gc.generations[0];
    young.count.set(young.count.get().saturating_sub(1));
}

/// One generation.
pub struct Generation {
    head: Head,
    /// A younger collection or allocation count above which this generation is collected.
    pub threshold: Cell<u32>,
    /// Allocations (youngest) or collections of the next younger generation.
    pub count: Cell<u32>,
}

/// Figures of `gc.get_stats()`.
#[derive(Clone, Copy, Default, Debug)]
pub struct GenerationStats {
    /// Collections run.
    pub collections: usize,
    /// Objects freed.
    pub collected: usize,
    /// Objects that could not be freed.
    pub uncollectable: usize,
}

/// The collector's state of one interpreter. Never moved after [`GcState::init`].
pub struct GcState {
    /// `gc.isenabled()`.
    pub enabled: Cell<bool>,
    /// `gc.get_debug()`.
    pub debug: Cell<u32>,
    /// The generations, youngest first.
    pub generations: [Generation; 3],
    permanent: Head,
    /// `gc.get_stats()`.
    pub stats: [Cell<GenerationStats>; 3],
    /// A collection is under way.
    pub collecting: Cell<bool>,
    long_lived_total: Cell<usize>,
    long_lived_pending: Cell<usize>,
    /// `gc.garbage`, a list, where it has been made.
    pub garbage: crate::Slot,
    /// `gc.callbacks`, a list, where it has been made.
    pub callbacks: crate::Slot,
}

const fn unlinked() -> Head {
    Head { next: Cell::new(0), prev: Cell::new(0) }
}

impl Default for GcState {
    fn default() -> Self {
        let generation = |threshold| Generation {
            head: unlinked(),
            threshold: Cell::new(threshold),
            count: Cell::new(0),
        };
        GcState {
            enabled: Cell::new(true),
            debug: Cell::new(0),
            generations: [generation(2000), generation(10), generation(10)],
            permanent: unlinked(),
            stats: Default::default(),
            collecting: Cell::new(false),
            long_lived_total: Cell::new(0),
            long_lived_pending: Cell::new(0),
            garbage: crate::Slot::empty(),
            callbacks: crate::Slot::empty(),
        }
    }
}

fn list_init(list: &Head) {
    let address = ptr::from_ref(list).expose_provenance();
    list.next.set(address);
    list.prev.set(address);
}

fn list_is_empty(list: &Head) -> bool {
    list.next.get() == ptr::from_ref(list).addr()
}

fn list_append(list: &Head, node: &Head) {
    let last = list.prev.get();
    let address = ptr::from_ref(node).expose_provenance();
    set_prev(node, last);
    at(last).next.set(address);
    node.next.set(ptr::from_ref(list).expose_provenance());
    list.prev.set(address);
}

fn list_remove(node: &Head) {
    let previous = node.prev.get() & !PREV_FLAGS;
    let next = node.next.get();
    at(previous).next.set(next);
    set_prev(at(next), previous);
}

fn list_move(node: &Head, to: &Head) {
    list_remove(node);
    list_append(to, node);
}

fn list_merge(from: &Head, to: &Head) {
    if !list_is_empty(from) {
        let to_tail = at(to.prev.get());
        let from_first = at(from.next.get());
        let from_tail = at(from.prev.get());
        to_tail.next.set(ptr::from_ref(from_first).expose_provenance());
        set_prev(from_first, ptr::from_ref(to_tail).expose_provenance());
        from_tail.next.set(ptr::from_ref(to).expose_provenance());
        to.prev.set(ptr::from_ref(from_tail).expose_provenance());
    }
    list_init(from);
}

fn list_len(list: &Head) -> usize {
    let mut count = 0;
    for_each(list, |_| count += 1);
    count
}

/// Visits the members in order; the callback may move the member it is given.
fn for_each(list: &Head, mut each: impl FnMut(&Head)) {
    let end = ptr::from_ref(list).addr();
    let mut current = list.next.get();
    while current != end {
        let node = at(current);
        current = node.next.get();
        each(node);
    }
}

/// Visits what `object` owns, whatever its type.
pub fn traverse_object(object: &Object, visit: &mut Visitor<'_>) {
    let ty = object.type_();
    if ty.is_heap() {
        // As `subtype_traverse`: slots of every heap type in the chain of bases, then the dict, the
        // type, and the built-in base's own fields.
        // SAFETY: nothing below changes a type.
        let mut current = Some(ty);
        while let Some(ty) = current {
            if !ty.is_heap() {
                break;
            }
            let (start, count) = ty.slot_words.get();
            for slot in crate::memory::slot_words(object, start, count) {
                slot.traverse(visit);
            }
            // SAFETY: visitors change nothing.
            current = unsafe { ty.base.borrow() };
        }
        if ty.has(TypeFlags::MANAGED_DICT) {
            (crate::hooks::get().traverse_managed_dict)(object, visit);
        }
        visit(ty.as_object());
    }
    (ty.payload.get().traverse)(object, visit);
}

/// Empties what `object` owns (`tp_clear`). May drop.
pub fn clear_object(object: &Object) {
    let ty = object.type_().to_ref();
    (ty.payload.get().clear)(object);
    if ty.is_heap() {
        let mut current = Some(ty.clone());
        while let Some(ty) = current {
            if !ty.is_heap() {
                break;
            }
            let (start, count) = ty.slot_words.get();
            for slot in crate::memory::slot_words(object, start, count) {
                slot.set(None);
            }
            current = ty.base.get();
        }
        if ty.has(TypeFlags::MANAGED_DICT) {
            (crate::hooks::get().clear_managed_dict)(object);
        }
    }
}

fn gc_refs(node: &Head) -> usize {
    node.prev.get() >> PREV_SHIFT
}

fn set_gc_refs(node: &Head, refs: usize) {
    node.prev.set((node.prev.get() & PREV_FLAGS) | (refs << PREV_SHIFT));
}

fn is_collecting(object: &Object) -> bool {
    has_links(object) && links(object).prev.get() & COLLECTING != 0
}

fn update_refs(young: &Head) {
    for_each(young, |node| {
        let object = object_of(node);
        if object.is_immortal() {
            untrack(object);
            return;
        }
        let finalized = node.prev.get() & FINALIZED;
        node.prev.set(finalized | COLLECTING | ((object.count() as usize) << PREV_SHIFT));
    });
}

fn subtract_refs(young: &Head) {
    for_each(young, |node| {
        traverse_object(object_of(node), &mut |child| {
            if is_collecting(child) {
                let links = links(child);
                debug_assert!(gc_refs(links) > 0, "{} visited too often", child.type_name());
                links.prev.set(links.prev.get() - (1 << PREV_SHIFT));
            }
        });
    });
}

/// Leaves in `young` what is reachable from outside and restores its `prev` links; moves the rest to
/// `unreachable`, marked in `next`.
fn move_unreachable(young: &Head, unreachable: &Head) {
    let young_address = ptr::from_ref(young).expose_provenance();
    let mut previous = young_address;
    let mut current = young.next.get();
    while current != young_address {
        let node = at(current);
        if gc_refs(node) > 0 {
            traverse_object(object_of(node), &mut |child| {
                if !is_collecting(child) {
                    return;
                }
                let links = links(child);
                if links.next.get() & NEXT_UNREACHABLE != 0 {
                    // Judged unreachable too early: back to the end of `young`.
                    let before = at(links.prev.get() & !PREV_FLAGS);
                    let after = at(links.next.get() & !NEXT_UNREACHABLE);
                    before.next.set(links.next.get());
                    set_prev(after, ptr::from_ref(before).expose_provenance());
                    links.next.set(links.next.get() & !NEXT_UNREACHABLE);
                    list_append(young, links);
                    set_gc_refs(links, 1);
                } else if gc_refs(links) == 0 {
                    set_gc_refs(links, 1);
                }
            });
            let flags = node.prev.get() & FINALIZED;
            node.prev.set(previous | flags);
            previous = current;
        } else {
            let next = node.next.get();
            at(previous).next.set(next);
            let last = unreachable.prev.get();
            at(last).next.set(current | NEXT_UNREACHABLE);
            node.prev.set(last | (node.prev.get() & PREV_FLAGS));
            node.next.set(ptr::from_ref(unreachable).expose_provenance() | NEXT_UNREACHABLE);
            unreachable.prev.set(current);
            current = next;
            continue;
        }
        current = node.next.get();
    }
    young.prev.set(previous);
    unreachable.next.set(unreachable.next.get() & !NEXT_UNREACHABLE);
}

fn clear_unreachable_mask(unreachable: &Head) {
    unreachable.next.set(unreachable.next.get() & !NEXT_UNREACHABLE);
    let end = ptr::from_ref(unreachable).addr();
    let mut current = unreachable.next.get();
    while current != end {
        let node = at(current);
        node.next.set(node.next.get() & !NEXT_UNREACHABLE);
        current = node.next.get();
    }
}

fn deduce_unreachable(base: &Head, unreachable: &Head) {
    update_refs(base);
    subtract_refs(base);
    list_init(unreachable);
    move_unreachable(base, unreachable);
}

fn untrack_tuples(list: &Head) {
    for_each(list, |node| {
        let object = object_of(node);
        if object.is_exact(&crate::typeobj::TUPLE) {
            // SAFETY: just checked.
            maybe_untrack_tuple(unsafe { object.downcast_unchecked::<Tuple>() });
        }
    });
}

/// Untracks a tuple whose items can never be part of a cycle (`_PyTuple_MaybeUntrack`).
pub fn maybe_untrack_tuple(tuple: &Tuple) {
    if !is_tracked(tuple.as_object()) {
        return;
    }
    if tuple.items().iter().any(|item| may_be_tracked(item)) {
        return;
    }
    untrack(tuple.as_object());
}

/// Whether an object is or may become part of a cycle (`_PyObject_GC_MAY_BE_TRACKED`).
pub fn may_be_tracked(object: &Object) -> bool {
    has_links(object)
        && object.type_().slots.is_gc.get().is_none_or(|is_gc| is_gc(object))
        && (!object.is_exact(&crate::typeobj::TUPLE) || is_tracked(object))
}

/// Clears weak references into the garbage and calls the callbacks of those outside of it.
fn handle_weakrefs(unreachable: &Head) {
    let mut callbacks: Vec<(Ref<WeakRef>, Ref)> = Vec::new();
    for_each(unreachable, |node| {
        let object = object_of(node);
        let Some(list) = weakref::list_of(object) else { return };
        while let Some(reference) = list.first() {
            let outside = !is_collecting(reference.as_object());
            reference.detach();
            if outside && let Some(callback) = reference.callback.take() {
                callbacks.push((reference.to_ref(), callback));
            }
        }
    });
    for (reference, callback) in callbacks {
        weakref::call_callback(&reference, &callback);
    }
}

fn finalize_garbage(collectable: &Head) {
    let seen = unlinked();
    list_init(&seen);
    while !list_is_empty(collectable) {
        let node = at(collectable.next.get());
        let object = object_of(node);
        list_move(node, &seen);
        let Some(finalize) = object.type_().slots.finalize.get() else { continue };
        if node.prev.get() & FINALIZED == 0 {
            node.prev.set(node.prev.get() | FINALIZED);
            let keep = Ref::from_borrow(object);
            finalize(&keep);
        }
    }
    list_merge(&seen, collectable);
}

fn handle_resurrected(unreachable: &Head, still_unreachable: &Head, old: &Head) {
    clear_flags(unreachable);
    deduce_unreachable(unreachable, still_unreachable);
    clear_unreachable_mask(still_unreachable);
    list_merge(unreachable, old);
}

fn clear_flags(list: &Head) {
    for_each(list, |node| node.prev.set(node.prev.get() & !COLLECTING));
}

fn delete_garbage(interpreter: &Interpreter, collectable: &Head, old: &Head) {
    while !list_is_empty(collectable) {
        let node = at(collectable.next.get());
        let object = object_of(node);
        if interpreter.gc.debug.get() & DEBUG_SAVEALL != 0 {
            (crate::hooks::get().gc_save_garbage)(object);
        } else {
            let keep = Ref::from_borrow(object);
            clear_object(&keep);
        }
        if collectable.next.get() == ptr::from_ref(node).addr() {
            // Still alive, so it goes on as an old object.
            node.prev.set(node.prev.get() & !COLLECTING);
            list_move(node, old);
        }
    }
}

/// `gc.DEBUG_SAVEALL`.
pub const DEBUG_SAVEALL: u32 = 32;

/// Why a collection runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// Allocation counts.
    Heap,
    /// `gc.collect()`.
    Manual,
    /// Shutdown: callbacks are not called.
    Shutdown,
}

impl GcState {
    /// Links the list heads; called once, at the state's final address.
    pub fn init(&self) {
        for generation in &self.generations {
            list_init(&generation.head);
        }
        list_init(&self.permanent);
    }

    /// Objects of a generation (`None`: of all), as owned references.
    pub fn objects(&self, generation: Option<usize>) -> Vec<Ref> {
        let mut found = Vec::new();
        for (index, list) in self.generations.iter().enumerate() {
            if generation.is_none_or(|wanted| wanted == index) {
                for_each(&list.head, |node| found.push(Ref::from_borrow(object_of(node))));
            }
        }
        found
    }

    /// `gc.freeze()`.
    pub fn freeze(&self) {
        for generation in &self.generations {
            list_merge(&generation.head, &self.permanent);
            generation.count.set(0);
        }
    }

    /// `gc.unfreeze()`.
    pub fn unfreeze(&self) {
        list_merge(&self.permanent, &self.generations[2].head);
    }

    /// `gc.get_freeze_count()`.
    pub fn freeze_count(&self) -> usize {
        list_len(&self.permanent)
    }
}

/// The collection that the allocation counts ask for, if any. May run Python.
pub fn collect_if_due(interpreter: &Interpreter) {
    let gc = &interpreter.gc;
    if !gc.enabled.get() || gc.collecting.get() {
        return;
    }
    for generation in (0..3).rev() {
        let state = &gc.generations[generation];
        if state.count.get() <= state.threshold.get() || state.threshold.get() == 0 {
            continue;
        }
        // A full collection waits until a quarter of the old objects is new.
        if generation == 2 && gc.long_lived_pending.get() < gc.long_lived_total.get() / 4 {
            continue;
        }
        collect(interpreter, generation, Reason::Heap);
        return;
    }
}

/// Collects `generation` and all younger ones; the number of unreachable objects found.
/// May run Python.
pub fn collect(interpreter: &Interpreter, generation: usize, reason: Reason) -> usize {
    let gc = &interpreter.gc;
    if gc.collecting.replace(true) {
        return 0;
    }
    if reason != Reason::Shutdown {
        (crate::hooks::get().gc_callback)("start", generation, 0, 0);
    }
    if generation < 2 {
        let next = &gc.generations[generation + 1];
        next.count.set(next.count.get() + 1);
    }
    for younger in &gc.generations[..=generation] {
        younger.count.set(0);
    }
    for younger in 0..generation {
        list_merge(&gc.generations[younger].head, &gc.generations[generation].head);
    }
    let young = &gc.generations[generation].head;
    let old = if generation < 2 { &gc.generations[generation + 1].head } else { young };
    let unreachable = unlinked();
    deduce_unreachable(young, &unreachable);
    untrack_tuples(young);
    if ptr::eq(young, old) {
        gc.long_lived_pending.set(0);
        gc.long_lived_total.set(list_len(young));
    } else {
        if generation == 1 {
            gc.long_lived_pending.set(gc.long_lived_pending.get() + list_len(young));
        }
        list_merge(young, old);
    }
    clear_unreachable_mask(&unreachable);
    let found = list_len(&unreachable);
    handle_weakrefs(&unreachable);
    finalize_garbage(&unreachable);
    let still_unreachable = unlinked();
    handle_resurrected(&unreachable, &still_unreachable, old);
    let collected = list_len(&still_unreachable);
    clear_late_weakrefs(&still_unreachable);
    delete_garbage(interpreter, &still_unreachable, old);
    let _ = found;
    let mut stats = gc.stats[generation].get();
    stats.collections += 1;
    stats.collected += collected;
    gc.stats[generation].set(stats);
    gc.collecting.set(false);
    if reason != Reason::Shutdown {
        (crate::hooks::get().gc_callback)("stop", generation, collected, 0);
    }
    collected
}

/// Weak references that finalisers made to what is garbage all the same: they die silently.
fn clear_late_weakrefs(unreachable: &Head) {
    for_each(unreachable, |node| {
        if let Some(list) = weakref::list_of(object_of(node)) {
            while let Some(reference) = list.first() {
                reference.detach();
            }
        }
    });
}

const _: () = assert!(size_of::<Head>() == 16);
const _: () = assert!(mem::align_of::<Head>() == 8);
const _: () = assert!(size_of::<Option<NonNull<Object>>>() == 8);
