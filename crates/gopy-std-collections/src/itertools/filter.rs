//! `compress`, `dropwhile`, `filterfalse`, `islice`, `starmap`, `takewhile`.

use std::cell::Cell;

use gopy_core::argument::check_positional;
use gopy_core::bool_::BOOL;
use gopy_core::error::value_error;
use gopy_core::tuple::Tuple;
use gopy_core::{call, iter, none, number, object, sequence};
use gopy_macros::{pyclass, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type};

use super::no_keywords_for;

/// `compress`.
#[pyclass(name = "itertools.compress", static = COMPRESS, basicsize = 32,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods, text_signature = "(data, selectors)")]
#[repr(C)]
pub struct Compress {
    object: Object,
    data: Ref,
    selectors: Ref,
}

#[pyslots]
impl Compress {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let [data, selectors] = bind!(args, "compress", ["data", "selectors"], required 2,
            positional_only 0, positional 2);
        let missing = none::none_object();
        let data = iter::get_iter(data.unwrap_or(missing))?;
        let selectors = iter::get_iter(selectors.unwrap_or(missing))?;
        let compress = Compress { object: Object::header(ty), data, selectors };
        crate::make(ty, compress).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        loop {
            let Some(datum) = iter::next(&self.data)? else { return Ok(None) };
            let Some(selector) = iter::next(&self.selectors)? else { return Ok(None) };
            if object::is_true(&selector)? {
                return Ok(Some(datum));
            }
        }
    }
}

/// Types of a function and an iterable, both by position.
macro_rules! function_and_iterable {
    ($(#[$doc:meta])* $ty:ident, $static:ident, $name:literal, $short:literal, $size:literal,
     $signature:literal, |$this:ident| $next:block) => {
        $(#[$doc])*
        #[pyclass(name = $name, static = $static, basicsize = $size,
            flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods, text_signature = $signature)]
        #[repr(C)]
        pub struct $ty {
            object: Object,
            function: Ref,
            iterator: Ref,
            /// The predicate has had its say.
            decided: Cell<bool>,
        }

        #[pyslots]
        impl $ty {
            fn new(ty: &Type, args: Args<'_>) -> PyResult {
                no_keywords_for(ty, &$static, $short, args)?;
                check_positional($short, args.len(), 2, 2)?;
                let (function, iterable) = (args.positional()[0], args.positional()[1]);
                let this = $ty {
                    object: Object::header(ty),
                    iterator: iter::get_iter(iterable.object())?,
                    function: function.object().to_ref(),
                    decided: Cell::new(false),
                };
                crate::make(ty, this).map(Ref::upcast)
            }

            fn iter(&self) -> Ref {
                self.as_object().to_ref()
            }

            fn iternext(&self) -> PyResult<Option<Ref>> {
                let $this = self;
                $next
            }
        }
    };
}

function_and_iterable! {
    /// `dropwhile`.
    DropWhile, DROP_WHILE, "itertools.dropwhile", "dropwhile", 40, "(predicate, iterable, /)",
    |this| {
        loop {
            let Some(item) = iter::next(&this.iterator)? else { return Ok(None) };
            if this.decided.get() {
                return Ok(Some(item));
            }
            let good = call::call_one(&this.function, &item)?;
            if !object::is_true(&good)? {
                this.decided.set(true);
                return Ok(Some(item));
            }
        }
    }
}

function_and_iterable! {
    /// `takewhile`.
    TakeWhile, TAKE_WHILE, "itertools.takewhile", "takewhile", 40, "(predicate, iterable, /)",
    |this| {
        if this.decided.get() {
            return Ok(None);
        }
        let Some(item) = iter::next(&this.iterator)? else { return Ok(None) };
        let good = call::call_one(&this.function, &item)?;
        if object::is_true(&good)? {
            return Ok(Some(item));
        }
        this.decided.set(true);
        Ok(None)
    }
}

function_and_iterable! {
    /// `filterfalse`.
    FilterFalse, FILTER_FALSE, "itertools.filterfalse", "filterfalse", 32,
    "(function, iterable, /)",
    |this| {
        let by_truth =
            none::is_none(&this.function) || this.function.is(BOOL.get().as_object());
        loop {
            let Some(item) = iter::next(&this.iterator)? else { return Ok(None) };
            let good = if by_truth {
                object::is_true(&item)?
            } else {
                let good = call::call_one(&this.function, &item)?;
                object::is_true(&good)?
            };
            if !good {
                return Ok(Some(item));
            }
        }
    }
}

function_and_iterable! {
    /// `starmap`.
    StarMap, STAR_MAP, "itertools.starmap", "starmap", 32, "(function, iterable, /)",
    |this| {
        let Some(args) = iter::next(&this.iterator)? else { return Ok(None) };
        let args = match args.downcast_exact::<Tuple>() {
            Some(args) => args.to_ref(),
            None => sequence::to_tuple(&args)?,
        };
        call::call_tuple(&this.function, &args, None).map(Some)
    }
}

/// `islice`.
#[pyclass(name = "itertools.islice", static = ISLICE, basicsize = 56,
    flags(BASETYPE, HAVE_GC, HEAPTYPE), no_methods)]
#[repr(C)]
pub struct Islice {
    object: Object,
    /// Empty at the end.
    iterator: Slot,
    next: Cell<isize>,
    /// -1: none.
    stop: Cell<isize>,
    step: Cell<isize>,
    count: Cell<isize>,
}

/// A bound; -1 where it is no integer of a size.
fn bound(value: Option<&Object>, missing: isize) -> isize {
    match value.filter(|value| !none::is_none(value)) {
        Some(value) => number::index_as_ssize(value).unwrap_or(-1),
        None => missing,
    }
}

#[pyslots]
impl Islice {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        no_keywords_for(ty, &ISLICE, "islice", args)?;
        check_positional("islice", args.len(), 2, 4)?;
        let (start, stop) =
            if args.len() == 2 { (None, args.get(1)) } else { (args.get(1), args.get(2)) };
        let start = bound(start, 0);
        let stop_given = stop.is_some_and(|stop| !none::is_none(stop));
        let stop = bound(stop, -1);
        if stop_given && stop == -1 {
            return Err(value_error!(
                "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."
            ));
        }
        if start < 0 || stop < -1 {
            return Err(value_error!(
                "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."
            ));
        }
        let step = bound(args.get(3), 1);
        if step < 1 {
            return Err(value_error!("Step for islice() must be a positive integer or None."));
        }
        let iterator = iter::get_iter(args.positional()[0].object())?;
        let this = Islice {
            object: Object::header(ty),
            iterator: Slot::new(Some(iterator)),
            next: Cell::new(start),
            stop: Cell::new(stop),
            step: Cell::new(step),
            count: Cell::new(0),
        };
        crate::make(ty, this).map(Ref::upcast)
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(iterator) = self.iterator.get() else { return Ok(None) };
        let stop = self.stop.get();
        while self.count.get() < self.next.get() {
            match iter::next(&iterator)? {
                Some(_) => self.count.set(self.count.get() + 1),
                None => {
                    self.iterator.set(None);
                    return Ok(None);
                }
            }
        }
        if stop != -1 && self.count.get() >= stop {
            self.iterator.set(None);
            return Ok(None);
        }
        let Some(item) = iter::next(&iterator)? else {
            self.iterator.set(None);
            return Ok(None);
        };
        self.count.set(self.count.get() + 1);
        let next = self.next.get().checked_add(self.step.get());
        let next = match next {
            Some(next) if stop == -1 || next <= stop => next,
            _ => stop,
        };
        self.next.set(next);
        Ok(Some(item))
    }
}
