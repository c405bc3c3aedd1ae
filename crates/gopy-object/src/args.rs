//! The arguments of a call: the vectorcall protocol.
//!
//! Answers to `Objects/call.c`. Every call, of types, `__init__` and natives too, uses this one form:
//! positional values, then the values of the keywords that `kwnames` names.

use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::object::Object;

/// A borrowed argument: an object pointer whose bit 0 may be set.
///
/// The eval loop's stack words carry "owns no count" in bit 0; arguments are read where they lie on
/// the stack, so the bit is masked here instead of the array being copied.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Arg<'a>(NonNull<u8>, PhantomData<&'a Object>);

impl<'a> Arg<'a> {
    /// An argument without tag.
    #[inline(always)]
    pub fn new(object: &'a Object) -> Arg<'a> {
        Arg(NonNull::from_ref(object).cast(), PhantomData)
    }

    /// The object.
    #[inline(always)]
    pub fn object(self) -> &'a Object {
        let pointer = self.0.as_ptr().map_addr(|a| a & !1).cast::<Object>();
        // SAFETY: an `Arg` is made from a borrow or from a live stack word, for its lifetime.
        unsafe { &*pointer }
    }
}

impl<'a> From<&'a Object> for Arg<'a> {
    fn from(object: &'a Object) -> Self {
        Arg::new(object)
    }
}

/// Arguments of one call.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    first: NonNull<Arg<'a>>,
    positional: u32,
    keywords: u32,
    /// The word before `first` may be overwritten during the call (and is restored).
    room_before: bool,
    /// A tuple of exact strings, `keywords` long.
    kwnames: Option<&'a Object>,
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    #[inline(always)]
    pub fn positional_only(args: &'a [Arg<'a>]) -> Args<'a> {
        Args {
            first: NonNull::from_ref(args).cast(),
            positional: args.len() as u32,
            keywords: 0,
            room_before: false,
            kwnames: None,
        }
    }

    /// No arguments.
    pub fn none() -> Args<'a> {
        Args::positional_only(&[])
    }

    /// `all` holds the positional arguments and then one value for each of the `keywords` names in
    /// the tuple `kwnames`.
    #[inline(always)]
    pub fn with_keywords(all: &'a [Arg<'a>], kwnames: Option<&'a Object>, keywords: usize) -> Self {
        debug_assert!(keywords <= all.len());
        Args {
            first: NonNull::from_ref(all).cast(),
            positional: (all.len() - keywords) as u32,
            keywords: keywords as u32,
            room_before: false,
            kwnames,
        }
    }

    /// Promises that the word before the first argument may be overwritten while the call lasts.
    ///
    /// # Safety
    ///
    /// `first.sub(1)` is writable through the pointer that the arguments were made from and nobody
    /// reads it meanwhile.
    #[inline(always)]
    pub unsafe fn with_room_before(mut self) -> Self {
        self.room_before = true;
        self
    }

    /// The positional arguments.
    #[inline(always)]
    pub fn positional(&self) -> &'a [Arg<'a>] {
        // SAFETY: the constructors took a slice at least this long, borrowed for `'a`.
        unsafe { std::slice::from_raw_parts(self.first.as_ptr(), self.positional as usize) }
    }

    /// All values: the positional ones, then those of the keywords.
    #[inline(always)]
    pub fn all(&self) -> &'a [Arg<'a>] {
        let length = (self.positional + self.keywords) as usize;
        // SAFETY: as in `positional`.
        unsafe { std::slice::from_raw_parts(self.first.as_ptr(), length) }
    }

    /// The values of the keyword arguments.
    pub fn keyword_values(&self) -> &'a [Arg<'a>] {
        &self.all()[self.positional as usize..]
    }

    /// Number of positional arguments.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.positional as usize
    }

    /// Whether there are no positional arguments.
    pub fn is_empty(&self) -> bool {
        self.positional == 0
    }

    /// Number of keyword arguments.
    #[inline(always)]
    pub fn keyword_count(&self) -> usize {
        self.keywords as usize
    }

    /// The tuple of keyword names; `None` where there are no keywords.
    #[inline(always)]
    pub fn kwnames(&self) -> Option<&'a Object> {
        if self.keywords == 0 { None } else { self.kwnames }
    }

    /// Positional argument `index`.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&'a Object> {
        self.positional().get(index).map(|arg| arg.object())
    }

    /// The same call without its first `count` positional arguments.
    #[inline(always)]
    pub fn skip(&self, count: usize) -> Args<'a> {
        debug_assert!(count <= self.len());
        Args {
            // SAFETY: within the slice, as asserted.
            first: unsafe { self.first.add(count) },
            positional: self.positional - count as u32,
            // The skipped argument's place is read again by whoever made the call.
            room_before: false,
            ..*self
        }
    }

    /// Runs `call` with `object` in front of the positional arguments.
    #[inline]
    pub fn prepend<R>(&self, object: &Object, call: impl FnOnce(Args<'_>) -> R) -> R {
        if self.room_before {
            // SAFETY: `with_room_before` promised a writable word there.
            let before = unsafe { self.first.sub(1) };
            // SAFETY: as above; the old word is put back below.
            let saved = unsafe { before.cast::<usize>().read() };
            // SAFETY: as above.
            unsafe { before.cast::<Arg<'_>>().write(Arg::new(object)) };
            let result = call(Args {
                first: before,
                positional: self.positional + 1,
                room_before: false,
                ..*self
            });
            // SAFETY: as above.
            unsafe { before.cast::<usize>().write(saved) };
            return result;
        }
        let all = self.all();
        let keywords = self.keyword_count();
        let mut inline = [Arg::new(object); 9];
        if let Some(rest) = inline.get_mut(1..=all.len()) {
            rest.copy_from_slice(all);
            return call(Args::with_keywords(&inline[..=all.len()], self.kwnames, keywords));
        }
        let mut longer = Vec::with_capacity(all.len() + 1);
        longer.push(Arg::new(object));
        longer.extend_from_slice(all);
        call(Args::with_keywords(&longer, self.kwnames, keywords))
    }
}
