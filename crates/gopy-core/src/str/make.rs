//! Making strings: allocation, conversion, pieces, statics; freeing them.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use gopy_object::object::FLAG_STATIC;
use gopy_object::{Exception, GilCell, Instance, Object, PyResult, Ref, Type, gc, memory};
use gopy_unicode::codec::utf8;
use gopy_unicode::units::{Units, UnitsBuf, convert};
use gopy_unicode::with_units;
use gopy_unicode::wtf8::Wtf8;

use super::{
    ASCII, ASCII_HEAD, COMPACT, DATA, INTERNED_MASK, INTERNED_MORTAL, INTERNED_STATIC, KIND_SHIFT,
    STR, Str, UTF8, UTF8_LENGTH, WIDE_HEAD, intern,
};
use crate::error::{memory_error, overflow_error};

/// An ASCII string of up to `N` − 1 characters in a `static`.
#[repr(C)]
pub struct StaticStr<const N: usize> {
    head: Str,
    data: [u8; N],
}

impl<const N: usize> StaticStr<N> {
    /// The string of `text`, which must be ASCII and leave room for a NUL; interned, immortal.
    pub const fn ascii(text: &str) -> Self {
        assert!(text.len() < N && text.is_ascii());
        let mut data = [0; N];
        let mut at = 0;
        while at < text.len() {
            data[at] = text.as_bytes()[at];
            at += 1;
        }
        StaticStr { head: static_head(text.len(), ASCII), data }
    }

    /// The string.
    #[inline(always)]
    pub fn as_str_object(&'static self) -> &'static Str {
        // SAFETY: `repr(C)`: the whole static begins with its head, and the pointer covers the data.
        unsafe { &*ptr::from_ref(self).cast::<Str>() }
    }
}

const fn static_head(length: usize, ascii: u32) -> Str {
    Str {
        object: Object::static_header(&STR),
        length: Cell::new(length),
        hash: Cell::new(-1),
        state: Cell::new(INTERNED_STATIC | 1 << KIND_SHIFT | COMPACT | ascii),
    }
}

#[repr(C)]
struct StaticLatin1 {
    head: Str,
    utf8_length: usize,
    utf8: usize,
    data: [u8; 8],
}

macro_rules! table {
    ($name:ident: [$ty:ty; $count:expr] = |$index:ident| $make:expr) => {
        static $name: GilCell<[$ty; $count]> = GilCell::new({
            let mut table = std::mem::MaybeUninit::<[$ty; $count]>::uninit();
            let first = table.as_mut_ptr().cast::<$ty>();
            let mut $index = 0;
            while $index < $count {
                // SAFETY: within the array.
                unsafe { first.add($index).write($make) };
                $index += 1;
            }
            // SAFETY: every element has been written.
            unsafe { table.assume_init() }
        });
    };
}

static EMPTY: GilCell<StaticStr<8>> = GilCell::new(StaticStr::ascii(""));
table!(ASCII_TABLE: [StaticStr<8>; 128] = |index| StaticStr {
    head: static_head(1, ASCII),
    data: [index as u8, 0, 0, 0, 0, 0, 0, 0],
});
table!(LATIN1_TABLE: [StaticLatin1; 128] = |index| StaticLatin1 {
    head: static_head(1, 0),
    utf8_length: 0,
    utf8: 0,
    data: [index as u8 + 128, 0, 0, 0, 0, 0, 0, 0],
});

/// The immortal string of a Latin-1 character.
#[inline(always)]
pub fn latin1(byte: u8) -> &'static Str {
    if byte < 128 {
        return ASCII_TABLE.get()[usize::from(byte)].as_str_object();
    }
    let text = &LATIN1_TABLE.get()[usize::from(byte - 128)];
    // SAFETY: as in `StaticStr::as_str_object`.
    unsafe { &*ptr::from_ref(text).cast::<Str>() }
}

/// The immortal empty string.
#[inline(always)]
pub(super) fn empty() -> &'static Str {
    EMPTY.get().as_str_object()
}

/// The longest text of a kind: sizes stay below `isize::MAX`.
pub(super) const LENGTH_MAX: usize = isize::MAX as usize - 128;

/// For constructors that never fail: the text exists already, so memory is really gone.
#[cold]
fn out_of_memory(_error: Exception) -> ! {
    std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>())
}

pub(super) fn must(result: PyResult<Ref<Str>>) -> Ref<Str> {
    result.unwrap_or_else(|error| out_of_memory(error))
}

/// Sees whether memory has `bytes` more, for what is going to allocate about so much without asking:
/// for small amounts that is taken for granted.
///
/// # Errors
///
/// `MemoryError`.
pub(crate) fn check_room(bytes: usize) -> PyResult<()> {
    const SMALL: usize = 1 << 24;
    if bytes < SMALL || Vec::<u8>::new().try_reserve_exact(bytes).is_ok() {
        return Ok(());
    }
    Err(memory_error())
}

/// An exact string whose characters are yet to be written; a NUL follows them.
///
/// # Safety
///
/// The caller writes `length` units of the kind before anybody else sees the string, and they keep
/// the invariants of this type.
pub(super) unsafe fn alloc(length: usize, kind: usize, ascii: bool) -> PyResult<Ref<Str>> {
    debug_assert!(kind == 1 || !ascii);
    let state = (kind as u32) << KIND_SHIFT | COMPACT | if ascii { ASCII } else { 0 };
    let head = Str {
        object: Object::header(&STR),
        length: Cell::new(length),
        hash: Cell::new(-1),
        state: Cell::new(state),
    };
    if length > LENGTH_MAX / kind {
        return Err(memory_error());
    }
    let gap = if ascii { 0 } else { WIDE_HEAD - ASCII_HEAD };
    let text = memory::alloc_tail(&STR, head, gap + (length + 1) * kind)?;
    if !ascii {
        text.word(UTF8_LENGTH).set(0);
        text.word(UTF8).set(0);
    }
    // SAFETY: the unit behind the text, which was allocated too.
    unsafe { text.data().add(length * kind).write_bytes(0, kind) };
    Ok(text)
}

/// Copies units into a string under construction, from `at` on.
///
/// # Safety
///
/// Nobody else has seen `text`; there is room, and the units fit its kind.
pub(super) unsafe fn write(text: &Str, at: usize, units: Units<'_>) {
    debug_assert!(at + units.len() <= text.len());
    let data = text.data();
    match (text.char_size(), units) {
        (1, Units::Ucs1(units)) => {
            // SAFETY: as the caller promises.
            unsafe { data.add(at).copy_from_nonoverlapping(units.as_ptr(), units.len()) };
        }
        (1, units) => {
            // SAFETY: as above.
            let to = unsafe { std::slice::from_raw_parts_mut(data.add(at), units.len()) };
            with_units!(units, units => convert(units, to));
        }
        (2, units) => {
            // SAFETY: as above; the data is aligned to its kind.
            let to =
                unsafe { std::slice::from_raw_parts_mut(data.cast::<u16>().add(at), units.len()) };
            with_units!(units, units => convert(units, to));
        }
        (_, units) => {
            // SAFETY: as above.
            let to =
                unsafe { std::slice::from_raw_parts_mut(data.cast::<u32>().add(at), units.len()) };
            with_units!(units, units => convert(units, to));
        }
    }
}

/// Writes one character `count` times.
///
/// # Safety
///
/// As [`write`].
pub(super) unsafe fn fill(text: &Str, at: usize, code: u32, count: usize) {
    debug_assert!(at + count <= text.len());
    let data = text.data();
    match text.char_size() {
        // SAFETY: as the caller promises.
        1 => unsafe { data.add(at).write_bytes(code as u8, count) },
        // SAFETY: as above.
        2 => unsafe { std::slice::from_raw_parts_mut(data.cast::<u16>().add(at), count) }
            .fill(code as u16),
        _ => {
            // SAFETY: as above.
            unsafe { std::slice::from_raw_parts_mut(data.cast::<u32>().add(at), count) }.fill(code)
        }
    }
}

/// Kind and ASCII mark for text with this largest character (or a bound of it).
#[inline]
pub(super) fn shape(max: u32) -> (usize, bool) {
    match max {
        0..=0x7F => (1, true),
        0x80..=0xFF => (1, false),
        0x100..=0xFFFF => (2, false),
        _ => (4, false),
    }
}

/// A string of these units, made canonical.
pub(super) fn from_units(units: Units<'_>) -> PyResult<Ref<Str>> {
    match units.len() {
        0 => Ok(empty().to_ref()),
        1 => from_code(units.get(0).unwrap_or(0)),
        _ => from_units_bounded(units, units.max_bound()),
    }
}

/// As [`from_units`] for at least two characters whose bound is known.
fn from_units_bounded(units: Units<'_>, max: u32) -> PyResult<Ref<Str>> {
    let (kind, ascii) = shape(max);
    // SAFETY: written at once, with the shape its characters need.
    let text = unsafe { alloc(units.len(), kind, ascii)? };
    // SAFETY: as above.
    unsafe { write(&text, 0, units) };
    Ok(text)
}

/// A string of one character.
#[inline]
pub(super) fn from_code(code: u32) -> PyResult<Ref<Str>> {
    if code < 0x100 {
        return Ok(latin1(code as u8).to_ref());
    }
    let (kind, ascii) = shape(code);
    // SAFETY: written at once.
    let text = unsafe { alloc(1, kind, ascii)? };
    // SAFETY: as above.
    unsafe { fill(&text, 0, code, 1) };
    Ok(text)
}

impl Str {
    /// The string of well-formed text.
    pub fn new(text: &str) -> Ref<Str> {
        must(Str::try_new(text))
    }

    /// The string of well-formed text, for text whose size a program controls.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn try_new(text: &str) -> PyResult<Ref<Str>> {
        if text.is_ascii() {
            return Str::from_ascii(text);
        }
        from_units(UnitsBuf::from(text).as_units())
    }

    /// The string of text known to be ASCII.
    pub(crate) fn from_ascii(text: &str) -> PyResult<Ref<Str>> {
        debug_assert!(text.is_ascii());
        match text.as_bytes() {
            [] => Ok(empty().to_ref()),
            [byte] => Ok(latin1(*byte).to_ref()),
            bytes => from_units_bounded(Units::Ucs1(bytes), 0x7F),
        }
    }

    /// The empty string.
    pub fn empty() -> Ref<Str> {
        empty().to_ref()
    }

    /// UTF-8 with surrogates allowed.
    pub fn from_wtf8(text: &[u8]) -> Ref<Str> {
        match std::str::from_utf8(text) {
            Ok(text) => Str::new(text),
            Err(_) => match Wtf8::from_bytes(text) {
                Some(text) => must(from_units(text.to_units().as_units())),
                None => Str::new(&String::from_utf8_lossy(text)),
            },
        }
    }

    /// Latin-1.
    ///
    /// # Errors
    ///
    /// `MemoryError`; so for the functions below.
    pub fn from_ucs1(units: &[u8]) -> PyResult<Ref<Str>> {
        from_units(Units::Ucs1(units))
    }

    /// Characters of the basic plane.
    pub fn from_ucs2(units: &[u16]) -> PyResult<Ref<Str>> {
        from_units(Units::Ucs2(units))
    }

    /// Code points, which must not exceed U+10FFFF.
    pub fn from_ucs4(units: &[u32]) -> PyResult<Ref<Str>> {
        from_units(Units::Ucs4(units))
    }

    /// Units of any kind, canonical or not.
    pub fn from_units(units: Units<'_>) -> PyResult<Ref<Str>> {
        from_units(units)
    }

    /// One character.
    #[inline]
    pub fn from_code_point(point: u32) -> Ref<Str> {
        must(from_code(point))
    }

    /// Strict UTF-8; UnicodeDecodeError.
    pub fn from_utf8(bytes: &[u8]) -> PyResult<Ref<Str>> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Str::try_new(text),
            Err(_) => Err(decode_error(bytes)),
        }
    }

    /// `os.fsdecode`: UTF-8 with surrogateescape.
    pub fn from_os(bytes: &[u8]) -> Ref<Str> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Str::new(text);
        }
        let mut out = UnitsBuf::new();
        let mut at = 0;
        while at < bytes.len() {
            match utf8::decode(bytes, at, true, &mut out) {
                Ok(end) => at = end,
                Err(error) => {
                    bytes[error.start..error.end]
                        .iter()
                        .for_each(|&byte| out.push(0xDC00 + u32::from(byte)));
                    at = error.end;
                }
            }
        }
        must(from_units(out.as_units()))
    }

    /// `os.fsencode`.
    pub fn to_os(&self) -> PyResult<Vec<u8>> {
        if let Some(text) = self.as_str() {
            return Ok(text.as_bytes().to_vec());
        }
        let (mut out, mut at) = (Vec::new(), 0);
        while let Err(error) = utf8::encode(self.units(), at, &mut out) {
            for index in error.start..error.end {
                let code = self.char_at(index);
                if !(0xDC80..0xDD00).contains(&code) {
                    let (start, end) = (error.start, error.end);
                    let reason = error.reason;
                    return Err(crate::exceptions::unicode_encode_error(
                        "utf-8", self, start, end, reason,
                    ));
                }
                out.push((code - 0xDC00) as u8);
            }
            at = error.end;
        }
        Ok(out)
    }

    /// Characters `start..end`, which must lie within the text.
    pub fn slice(&self, start: usize, end: usize) -> Ref<Str> {
        must(self.try_slice(start, end))
    }

    /// As [`slice`](Self::slice), for slices that a program asks for.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    #[inline]
    pub fn try_slice(&self, start: usize, end: usize) -> PyResult<Ref<Str>> {
        debug_assert!(start <= end && end <= self.len());
        if start == 0 && end == self.len() {
            return self.to_exact();
        }
        let units = self.units().slice(start, end);
        if self.is_ascii() && units.len() > 1 {
            return from_units_bounded(units, 0x7F);
        }
        from_units(units)
    }

    /// The string itself where it is exact, else an exact copy.
    #[inline]
    pub fn to_exact(&self) -> PyResult<Ref<Str>> {
        if self.as_object().is_exact(&STR) {
            return Ok(self.to_ref());
        }
        self.copy()
    }

    /// An exact copy.
    pub(super) fn copy(&self) -> PyResult<Ref<Str>> {
        match self.len() {
            0 | 1 => from_units(self.units()),
            // SAFETY: written at once with the same shape.
            length => unsafe {
                let text = alloc(length, self.char_size(), self.is_ascii())?;
                write(&text, 0, self.units());
                Ok(text)
            },
        }
    }

    /// `self + other`.
    ///
    /// # Errors
    ///
    /// `OverflowError`, `MemoryError`.
    pub fn concat(&self, other: &Str) -> PyResult<Ref<Str>> {
        if self.is_empty() {
            return other.to_exact();
        }
        if other.is_empty() {
            return self.to_exact();
        }
        let length = self.len() + other.len();
        if length > isize::MAX as usize {
            return Err(too_large());
        }
        let kind = self.char_size().max(other.char_size());
        // SAFETY: both parts are written at once; both are canonical, so the larger kind is.
        unsafe {
            let text = alloc(length, kind, self.is_ascii() && other.is_ascii())?;
            write(&text, 0, self.units());
            write(&text, self.len(), other.units());
            Ok(text)
        }
    }

    /// An instance of a subclass with the text of `self`.
    pub(super) fn to_subclass(&self, ty: &Type) -> PyResult<Ref<Str>> {
        let size = (self.len() + 1) * self.char_size();
        let block = allocate_block(size)?;
        let state = (self.char_size() as u32) << KIND_SHIFT | self.state.get() & ASCII;
        let head = Str {
            object: Object::header(ty),
            length: Cell::new(self.len()),
            hash: Cell::new(self.hash.get()),
            state: Cell::new(state),
        };
        // SAFETY: room for the text and its NUL.
        unsafe {
            block.copy_from_nonoverlapping(self.raw_bytes().as_ptr(), size - self.char_size())
        };
        // SAFETY: as above.
        unsafe { block.add(size - self.char_size()).write_bytes(0, self.char_size()) };
        let text = match memory::alloc(ty, head) {
            Ok(text) => text,
            Err(error) => {
                // SAFETY: allocated above, seen by nobody.
                unsafe { libc::free(block.cast()) };
                return Err(error);
            }
        };
        text.word(UTF8_LENGTH).set(0);
        text.word(UTF8).set(0);
        text.word(DATA).set(block.expose_provenance());
        Ok(gc::tracked_if_collected(text))
    }
}

#[cold]
fn too_large() -> Exception {
    overflow_error!("strings are too large to concat")
}

#[cold]
fn decode_error(bytes: &[u8]) -> Exception {
    match utf8::decode(bytes, 0, true, &mut UnitsBuf::new()) {
        Err(error) => crate::exceptions::unicode_decode_error(
            "utf-8",
            bytes,
            error.start,
            error.end,
            error.reason,
        ),
        Ok(_) => crate::error::system_error!("UTF-8 was refused without a reason"),
    }
}

/// A block outside of any object; freed by `libc::free`.
fn allocate_block(size: usize) -> PyResult<*mut u8> {
    // SAFETY: plain allocation of at least one byte.
    let block = unsafe { libc::malloc(size.max(1)) }.cast::<u8>();
    if block.is_null() { Err(memory_error()) } else { Ok(block) }
}

/// Makes the UTF-8 cache of a string that is not ASCII; false where it has surrogates.
#[cold]
pub(super) fn fill_utf8(text: &Str) -> bool {
    let mut bytes = Vec::new();
    if utf8::encode(text.units(), 0, &mut bytes).is_err() {
        return false;
    }
    let Ok(block) = allocate_block(bytes.len() + 1) else {
        std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>())
    };
    // SAFETY: room for the text and a NUL.
    unsafe { block.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    // SAFETY: as above.
    unsafe { block.add(bytes.len()).write(0) };
    text.word(UTF8_LENGTH).set(bytes.len());
    text.word(UTF8).set(block.expose_provenance());
    true
}

/// Releases what a dying string owns besides its own memory.
fn release(text: &Str) {
    let state = text.state.get();
    if state & INTERNED_MASK == INTERNED_MORTAL {
        intern::forget(text);
    }
    if state & (COMPACT | ASCII) == COMPACT | ASCII {
        return;
    }
    let utf8 = text.word(UTF8).replace(0);
    // SAFETY: the cache is owned; ASCII strings have none (null).
    unsafe { libc::free(ptr::with_exposed_provenance_mut(utf8)) };
    if state & COMPACT == 0 {
        let data = text.word(DATA).get();
        // SAFETY: made by `to_subclass`, freed once.
        unsafe { libc::free(ptr::with_exposed_provenance_mut(data)) };
    }
}

/// Drops an instance in place.
///
/// # Safety
///
/// `object` is a string that is not used afterwards.
pub(super) unsafe fn drop_payload(object: *mut Object) {
    // SAFETY: as the caller promises.
    release(unsafe { &*object.cast::<Str>() });
}

/// Frees an exact string.
///
/// # Safety
///
/// The count of `object` is 0.
pub(super) unsafe fn dealloc(object: NonNull<Object>) {
    // SAFETY: the slot is reached for exact strings only.
    let text = unsafe { object.cast::<Str>().as_ref() };
    release(text);
    // SAFETY: the payload has been released.
    unsafe { memory::free(object, &STR) };
}

/// Whether the text of `text` may be changed: nobody else has seen it.
fn is_modifiable(text: &Ref<Str>) -> bool {
    let object = text.as_object();
    object.count() == 1
        && object.is_exact(&STR)
        && object.header_flags() & FLAG_STATIC == 0
        && text.hash.get() == -1
        && !text.is_interned()
}

/// `left += right`, in place where `left` is the only reference (`PyUnicode_Append`).
///
/// # Errors
///
/// `OverflowError`, `MemoryError`; `left` may be empty then.
pub fn append_in_place(left: &mut Ref<Str>, right: &Str) -> PyResult<()> {
    if left.is_empty() {
        *left = right.to_exact()?;
        return Ok(());
    }
    if right.is_empty() {
        if !left.as_object().is_exact(&STR) {
            *left = left.copy()?;
        }
        return Ok(());
    }
    let fits = right.char_size() <= left.char_size() && (!left.is_ascii() || right.is_ascii());
    if !fits || !is_modifiable(left) || ptr::eq(&raw const **left, right) {
        *left = left.concat(right)?;
        return Ok(());
    }
    let (old, kind) = (left.len(), left.char_size());
    let length = old + right.len();
    if length > isize::MAX as usize {
        return Err(too_large());
    }
    if length > LENGTH_MAX / kind / 2 {
        return Err(memory_error());
    }
    let gap = if left.is_ascii() { 0 } else { WIDE_HEAD - ASCII_HEAD };
    let tail = gap + (length + 1) * kind;
    // SAFETY: exact strings have no GC prefix.
    if tail > unsafe { memory::usable_tail(&**left) } {
        let owned = std::mem::replace(left, empty().to_ref());
        // More than is needed where moving costs, so that a loop of appends moves the text a
        // logarithmic number of times.
        let room = if tail < 400 { tail } else { tail + tail / 8 };
        // SAFETY: an exact type without prefix and one reference, as `is_modifiable` says.
        *left = unsafe { memory::realloc_tail(owned, room)? };
    }
    if !left.is_ascii() {
        let utf8 = left.word(UTF8).replace(0);
        // SAFETY: the cache of the shorter text, owned.
        unsafe { libc::free(ptr::with_exposed_provenance_mut(utf8)) };
    }
    left.length.set(length);
    // SAFETY: nobody else has seen the string; there is room, and `fits` says that kinds do.
    unsafe { write(left, old, right.units()) };
    // SAFETY: the unit behind the text.
    unsafe { left.data().add(length * kind).write_bytes(0, kind) };
    Ok(())
}
