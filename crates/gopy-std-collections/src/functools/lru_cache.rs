//! `functools.lru_cache`'s wrapper.
//!
//! A bounded cache keeps its links in a list from the least to the most recently used. The dict and the
//! list own a reference to each link; a link that only the list has is an orphan of a failed update.

use std::cell::Cell;
use std::ptr::NonNull;

use gopy_core::argument::keyword_items;
use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::int::{INT, Int};
use gopy_core::method::Method;
use gopy_core::str::STR;
use gopy_core::{call, id, none, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::OBJECT;
use gopy_object::weakref::WeakList;
use gopy_object::{
    Args, GilCell, Instance, Object, PyResult, Ref, Slot, Traverse, Type, Visitor, memory,
};

/// Stands between positional and keyword arguments in a key.
static KEYWORD_MARK: GilCell<Object> = GilCell::new(Object::static_header(&OBJECT));

/// A cached call.
#[pyclass(name = "functools._lru_list_elem", static = LRU_LINK, basicsize = 56,
    flags(HEAPTYPE, DISALLOW_INSTANTIATION), no_methods, no_slots)]
#[repr(C)]
pub struct Link {
    object: Object,
    previous: Cell<Option<NonNull<Link>>>,
    next: Cell<Option<NonNull<Link>>>,
    hash: Cell<isize>,
    key: Slot,
    result: Slot,
}

/// The list's ends. The list owns one reference to each link.
#[derive(Default)]
pub struct Links {
    first: Cell<Option<NonNull<Link>>>,
    last: Cell<Option<NonNull<Link>>>,
}

impl Links {
    fn first(&self) -> Option<Ref<Link>> {
        // SAFETY: the list owns a reference to its links.
        self.first.get().map(|first| Ref::from_borrow(unsafe { first.as_ref() }))
    }

    /// Puts a link last; its reference goes to the list.
    fn append(&self, link: Ref<Link>) {
        let pointer = link.into_raw();
        let last = self.last.replace(Some(pointer));
        // SAFETY: the reference was just taken over.
        let link = unsafe { pointer.as_ref() };
        link.previous.set(last);
        link.next.set(None);
        match last {
            // SAFETY: a link of the list is alive.
            Some(last) => unsafe { last.as_ref() }.next.set(Some(pointer)),
            None => self.first.set(Some(pointer)),
        }
    }

    /// Puts a link first; its reference goes to the list.
    fn prepend(&self, link: Ref<Link>) {
        let pointer = link.into_raw();
        let first = self.first.replace(Some(pointer));
        // SAFETY: the reference was just taken over.
        let link = unsafe { pointer.as_ref() };
        link.previous.set(None);
        link.next.set(first);
        match first {
            // SAFETY: a link of the list is alive.
            Some(first) => unsafe { first.as_ref() }.previous.set(Some(pointer)),
            None => self.last.set(Some(pointer)),
        }
    }

    fn contains(&self, link: &Link) -> bool {
        link.previous.get().is_some() || self.first.get() == Some(NonNull::from_ref(link))
    }

    /// Takes a link of the list out and hands the list's reference over.
    fn extract(&self, link: &Link) -> Option<Ref<Link>> {
        if !self.contains(link) {
            return None;
        }
        let (previous, next) = (link.previous.take(), link.next.take());
        match previous {
            // SAFETY: a link of the list is alive.
            Some(previous) => unsafe { previous.as_ref() }.next.set(next),
            None => self.first.set(next),
        }
        match next {
            // SAFETY: as above.
            Some(next) => unsafe { next.as_ref() }.previous.set(previous),
            None => self.last.set(previous),
        }
        // SAFETY: the list owned this reference and has forgotten the link.
        Some(unsafe { Ref::from_raw(NonNull::from_ref(link)) })
    }

    /// Empties the list from its beginning. May drop.
    fn release(&self) {
        let mut all = Vec::new();
        while let Some(first) = self.first() {
            all.extend(self.extract(&first));
        }
        for link in all {
            drop(link);
        }
    }
}

impl Traverse for Links {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        let mut next = self.first.get();
        while let Some(pointer) = next {
            // SAFETY: a link of the list is alive; visitors change nothing.
            let link = unsafe { pointer.as_ref() };
            link.key.traverse(visit);
            link.result.traverse(visit);
            next = link.next.get();
        }
    }

    fn clear(&self) {
        self.release();
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.release();
    }
}

/// A function with its cache.
#[pyclass(name = "functools._lru_cache_wrapper", static = LRU_CACHE, basicsize = 152,
    dictoffset = 136, weaklistoffset = 144,
    flags(HAVE_GC, HEAPTYPE, METHOD_DESCRIPTOR), dict = dict, weaklist = weakrefs)]
#[repr(C)]
pub struct LruCache {
    object: Object,
    links: Links,
    cache: Slot<Dict>,
    function: Slot,
    info_type: Slot,
    dict: Slot,
    weakrefs: WeakList,
    /// -1: unbounded.
    maxsize: Cell<isize>,
    typed: Cell<bool>,
    hits: Cell<isize>,
    misses: Cell<isize>,
}

/// The key of a call: the argument itself where there is one plain one, else a tuple.
fn make_key(args: Args<'_>, typed: bool) -> PyResult {
    let positional = args.positional();
    if !typed
        && args.keyword_count() == 0
        && let [only] = positional
        && (only.object().is_exact(&STR) || only.object().is_exact(&INT))
    {
        return Ok(only.object().to_ref());
    }
    let mut items: Vec<Ref> = positional.iter().map(|arg| arg.object().to_ref()).collect();
    if args.keyword_count() > 0 {
        items.push(KEYWORD_MARK.get().to_ref());
        for (name, value) in keyword_items(args) {
            items.push(name.to_ref().upcast());
            items.push(value.to_ref());
        }
    }
    if typed {
        items.extend(args.all().iter().map(|arg| arg.object().type_().to_ref().upcast()));
    }
    Ok(tuple::try_from_vec(items)?.upcast())
}

fn bump(counter: &Cell<isize>) {
    counter.set(counter.get().wrapping_add(1));
}

impl LruCache {
    fn parts(&self) -> PyResult<(Ref, Ref<Dict>)> {
        match (self.function.get(), self.cache.get()) {
            (Some(function), Some(cache)) => Ok((function, cache)),
            _ => Err(type_error!("lru_cache object is cleared")),
        }
    }

    fn call_unbounded(&self, args: Args<'_>) -> PyResult {
        let (function, cache) = self.parts()?;
        let key = make_key(args, self.typed.get())?;
        let hash = object::hash(&key)?;
        if let Some(found) = cache.get_known_hash(&key, hash)? {
            bump(&self.hits);
            return Ok(found);
        }
        bump(&self.misses);
        let result = call::call_args(&function, args)?;
        cache.set_known_hash(&key, hash, &result)?;
        Ok(result)
    }

    fn call_bounded(&self, args: Args<'_>) -> PyResult {
        let (function, cache) = self.parts()?;
        let key = make_key(args, self.typed.get())?;
        let hash = object::hash(&key)?;
        if let Some(found) = cache.get_known_hash(&key, hash)?
            && let Some(link) = found.downcast_exact::<Link>()
        {
            if let Some(owned) = self.links.extract(link) {
                self.links.append(owned);
            }
            bump(&self.hits);
            return Ok(link.result.get().unwrap_or_else(none::none));
        }
        bump(&self.misses);
        let result = call::call_args(&function, args)?;
        self.store(&cache, key, hash, &result)?;
        Ok(result)
    }

    fn store(&self, cache: &Dict, key: Ref, hash: isize, result: &Object) -> PyResult<()> {
        // The call may have cached this very key.
        if cache.get_known_hash(&key, hash)?.is_some() {
            return Ok(());
        }
        let oldest = self.links.first();
        let oldest = match oldest {
            Some(oldest) if cache.len() >= self.maxsize.get() as usize => oldest,
            _ => {
                let link = memory::alloc(
                    &LRU_LINK,
                    Link {
                        object: Object::header(&LRU_LINK),
                        previous: Cell::new(None),
                        next: Cell::new(None),
                        hash: Cell::new(hash),
                        key: Slot::new(Some(key.clone())),
                        result: Slot::new(Some(result.to_ref())),
                    },
                )?;
                cache.set_known_hash(&key, hash, link.as_object())?;
                self.links.append(link);
                return Ok(());
            }
        };
        // The oldest link is used again for the newest call.
        let Some(owned) = self.links.extract(&oldest) else { return Ok(()) };
        let old_key = oldest.key.get().unwrap_or_else(none::none);
        match cache.remove_known_hash(&old_key, oldest.hash.get()) {
            Err(error) => {
                self.links.prepend(owned);
                return Err(error);
            }
            // Somebody else has removed it: the link is an orphan.
            Ok(None) => return Ok(()),
            Ok(Some(_)) => {}
        }
        oldest.hash.set(hash);
        let old_key = oldest.key.replace(Some(key.clone()));
        let old_result = oldest.result.replace(Some(result.to_ref()));
        cache.set_known_hash(&key, hash, oldest.as_object())?;
        self.links.append(owned);
        drop((old_key, old_result));
        Ok(())
    }
}

#[pymethods]
impl LruCache {
    #[pymethod("($self, /)")]
    fn cache_info(&self) -> PyResult {
        let (_, cache) = self.parts()?;
        let count = |n: isize| Int::from_i64(n as i64).upcast();
        let maxsize = match self.maxsize.get() {
            -1 => none::none(),
            limit => count(limit),
        };
        let (hits, misses) = (count(self.hits.get()), count(self.misses.get()));
        let info = self.info_type.get().unwrap_or_else(none::none);
        call::call(&info, &[&hits, &misses, &maxsize, &count(cache.len() as isize)])
    }

    #[pymethod("($self, /)")]
    fn cache_clear(&self) -> PyResult<()> {
        let (_, cache) = self.parts()?;
        self.hits.set(0);
        self.misses.set(0);
        let mut links = Vec::new();
        while let Some(first) = self.links.first() {
            links.extend(self.links.extract(&first));
        }
        cache.clear_items();
        links.into_iter().for_each(drop);
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        object::get_attr(self.as_object(), id!(__qualname__))
    }

    #[pymethod(hide_signature, style = varargs)]
    fn __copy__(&self) -> Ref {
        self.as_object().to_ref()
    }

    #[pymethod(hide_signature)]
    fn __deepcopy__(&self, _memo: &Object) -> Ref {
        self.as_object().to_ref()
    }

    #[pygetter]
    fn __dict__(&self) -> PyResult<Option<Ref<Dict>>> {
        object::dict_of(self.as_object())
    }

    #[pysetter]
    fn set___dict__(&self, value: Option<&Object>) -> PyResult<()> {
        object::set_dict(self.as_object(), value)
    }
}

#[pyslots]
impl LruCache {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [function, maxsize, typed, info_type] = bind!(args, "lru_cache",
            ["user_function", "maxsize", "typed", "cache_info_type"], required 4,
            positional_only 0, positional 4);
        let missing = none::none_object();
        let (function, maxsize) = (function.unwrap_or(missing), maxsize.unwrap_or(missing));
        let typed = object::is_true(typed.unwrap_or(missing))?;
        if !object::is_callable(function) {
            return Err(type_error!("the first argument must be callable"));
        }
        let maxsize = if none::is_none(maxsize) {
            -1
        } else if number::is_index(maxsize) {
            number::index_as_ssize(maxsize)?.max(0)
        } else {
            return Err(type_error!("maxsize should be integer or None"));
        };
        let cache = LruCache {
            object: Object::header(ty),
            links: Links::default(),
            cache: Slot::new(Some(Dict::new())),
            function: Slot::new(Some(function.to_ref())),
            info_type: Slot::new(Some(info_type.unwrap_or(missing).to_ref())),
            dict: Slot::empty(),
            weakrefs: WeakList::empty(),
            maxsize: Cell::new(maxsize),
            typed: Cell::new(typed),
            hits: Cell::new(0),
            misses: Cell::new(0),
        };
        crate::make(ty, cache).map(Ref::upcast)
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        match self.maxsize.get() {
            -1 => self.call_unbounded(args),
            0 => {
                bump(&self.misses);
                call::call_args(&self.parts()?.0, args)
            }
            _ => self.call_bounded(args),
        }
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        let this = self.as_object().to_ref();
        match instance.filter(|instance| !none::is_none(instance)) {
            None => Ok(this),
            Some(instance) => Ok(Method::new(this, instance.to_ref())?.upcast()),
        }
    }
}
