//! `int`: arbitrary precision, sign and magnitude, 30-bit digits inline.
//!
//! Answers to `Objects/longobject.c`. Start at [`Int`]: layout, constructors and accessors are here,
//! operators in `arith`, the number slots in `slots`, what Python calls in `methods`, `int(…)` in
//! `convert`. The kernels on digits are in gopy-numeric.
//!
//! Keeps true: digits are normalised (the most significant one is not zero, zero has no digits but its
//! first place holds 0); values from −5 to 256 of the exact type are the immortal statics of `SMALL`.

mod arith;
mod convert;
mod methods;
mod slots;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::ptr::{self, NonNull};

use gopy_macros::pyclass;
use gopy_numeric::int::{BigInt, SHIFT};
use gopy_object::{Exception, GilCell, Object, PyResult, Ref, Type, gc, memory};

use crate::error::{from_numeric, overflow_error};
use crate::free_list::FreeList;

pub use arith::{
    add, add_compact, and, compare, equal, multiply, multiply_compact, or, subtract,
    subtract_compact, xor,
};
pub(crate) use convert::{ascii_number_text, from_text_object, to_decimal};
pub use convert::{from_str, from_text, max_str_digits};
pub(crate) use methods::{padded_ascii, parse_spec, pieces_to_str};
pub use slots::{floor_divide, remainder, shift_left, shift_right, true_divide};

/// An `int`: a tag and digits, least significant first, inline.
///
/// `tag` is CPython's `lv_tag`: bits 0–1 are the sign (0 positive, 1 zero, 2 negative), bit 2 says
/// immortal small int, the rest is the number of digits.
#[pyclass(name = "int", static = INT, basicsize = 24, itemsize = 4,
    flags(BASETYPE, LONG_SUBCLASS, MATCH_SELF), manual_traverse)]
#[repr(C)]
pub struct Int {
    object: Object,
    tag: Cell<usize>,
    /// The first digit; further ones follow.
    digit: Cell<u32>,
}

gopy_object::leaf_traverse!(Int);

const _: () = assert!(size_of::<Int>() == 32);

const SIGN_MASK: usize = 3;
const SIGN_ZERO: usize = 1;
const SIGN_NEGATIVE: usize = 2;
const TAG_STATIC: usize = 4;
const COUNT_SHIFT: u32 = 3;
/// Digits that fit into the struct itself.
const DIGITS_INLINE: usize = 2;
/// Where the digits begin.
const DIGITS_OFFSET: usize = 24;
/// More digits than this can't be had (`MAX_LONG_DIGITS`).
const DIGITS_MAX: usize = (isize::MAX as usize - 1) / SHIFT as usize;

/// Smallest value with a static.
pub const SMALL_MIN: i64 = -5;
/// Largest value with a static.
pub const SMALL_MAX: i64 = 256;

const fn small(value: i64) -> Int {
    Int::static_of(&INT, value)
}

const fn static_int(ty: &'static GilCell<Type>, value: i64) -> Int {
    let sign = if value < 0 {
        SIGN_NEGATIVE
    } else if value == 0 {
        SIGN_ZERO
    } else {
        0
    };
    let count = (value != 0) as usize;
    Int {
        object: Object::static_header(ty),
        tag: Cell::new(count << COUNT_SHIFT | TAG_STATIC | sign),
        digit: Cell::new(value.unsigned_abs() as u32),
    }
}

const SMALL_COUNT: usize = (SMALL_MAX - SMALL_MIN + 1) as usize;

static SMALL: GilCell<[Int; SMALL_COUNT]> = GilCell::new({
    let mut table = std::mem::MaybeUninit::<[Int; SMALL_COUNT]>::uninit();
    let first = table.as_mut_ptr().cast::<Int>();
    let mut index = 0;
    while index < SMALL_COUNT {
        // SAFETY: within the array.
        unsafe { first.add(index).write(small(SMALL_MIN + index as i64)) };
        index += 1;
    }
    // SAFETY: every element has been written.
    unsafe { table.assume_init() }
});

/// Memory of dead exact ints of at most two digits.
static FREE: GilCell<FreeList> = GilCell::new(FreeList::new(100));

/// Frees an exact int: short ones go to the free list.
///
/// # Safety
///
/// As a type's `dealloc`: the count is 0 and the object is not used afterwards.
unsafe fn dealloc(object: NonNull<Object>) {
    // SAFETY: still intact.
    let count = unsafe { object.cast::<Int>().as_ref() }.digit_count();
    // SAFETY: short ints all have one size and no prefix.
    if count <= DIGITS_INLINE && unsafe { FREE.get().push(object) } {
        return;
    }
    // SAFETY: exact ints own nothing but their memory.
    unsafe { memory::free(object, &INT) };
}

/// An exact int of at most two digits, from the free list where it has memory.
#[inline(always)]
fn alloc_short(tag: usize, low: u32, high: u32) -> Ref<Int> {
    let int = match FREE.get().pop() {
        Some(block) => block.cast::<Int>().as_ptr(),
        None => alloc_short_slow(),
    };
    // SAFETY: memory of an `Int`, ours alone.
    unsafe {
        int.write(Int { object: Object::header(&INT), tag: Cell::new(tag), digit: Cell::new(low) });
        int.cast::<u8>().add(DIGITS_OFFSET + 4).cast::<u32>().write(high);
        Ref::from_raw(NonNull::new_unchecked(int))
    }
}

/// # Panics
///
/// The process ends where not even 32 bytes can be had.
#[cold]
#[inline(never)]
fn alloc_short_slow() -> *mut Int {
    match Int::alloc(&INT, 1) {
        Ok(int) => int.into_raw().as_ptr(),
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Int>()),
    }
}

#[cold]
pub(crate) fn too_many_digits() -> Exception {
    overflow_error!("too many digits in integer")
}

impl Int {
    /// An immortal int of one digit in a `static`.
    pub(crate) const fn static_of(ty: &'static GilCell<Type>, value: i64) -> Int {
        static_int(ty, value)
    }

    /// Memory for an int of `count` digits, of `int` or a subclass; the value is 0 with
    /// uninitialised digits, to be completed by [`Int::finish`].
    pub(crate) fn alloc(ty: &Type, count: usize) -> PyResult<Ref<Int>> {
        if count > DIGITS_MAX {
            return Err(too_many_digits());
        }
        let head =
            Int { object: Object::header(ty), tag: Cell::new(SIGN_ZERO), digit: Cell::new(0) };
        memory::alloc_tail(ty, head, count.saturating_sub(DIGITS_INLINE) * 4)
    }

    /// The digits of an int under construction.
    ///
    /// # Safety
    ///
    /// Nobody else has seen the object, and it was allocated for `count` digits, which are zeroed
    /// here.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn digits_mut(&self, count: usize) -> &mut [u32] {
        let first = ptr::from_ref(self).cast_mut().cast::<u8>().wrapping_add(DIGITS_OFFSET);
        let first = first.cast::<u32>();
        // SAFETY: in the same allocation, as the caller promises.
        unsafe { first.write_bytes(0, count) };
        // SAFETY: as above; the digits have just been initialised.
        unsafe { std::slice::from_raw_parts_mut(first, count) }
    }

    /// Completes an exact int whose digits have been written: `count` is the normalised number.
    pub(crate) fn finish(self_: Ref<Int>, negative: bool, count: usize) -> Ref<Int> {
        if count <= 1 {
            let magnitude = i64::from(if count == 0 { 0 } else { self_.digit.get() });
            let value = if negative { -magnitude } else { magnitude };
            if let Some(small) = Int::small(value) {
                return small;
            }
        }
        self_.set_tag(negative, count);
        self_
    }

    fn set_tag(&self, negative: bool, count: usize) {
        let sign = match (count, negative) {
            (0, _) => SIGN_ZERO,
            (_, true) => SIGN_NEGATIVE,
            _ => 0,
        };
        if count == 0 {
            self.digit.set(0);
        }
        self.tag.set(count << COUNT_SHIFT | sign);
    }

    /// The static of a value, where it has one.
    #[inline(always)]
    pub fn small(value: i64) -> Option<Ref<Int>> {
        let index = value.wrapping_sub(SMALL_MIN) as usize;
        SMALL.get().get(index).map(Ref::from_borrow)
    }

    /// The static of a value that is known to have one, borrowed.
    ///
    /// # Panics
    ///
    /// Where `value` is not between −5 and 256.
    pub fn small_object(value: i64) -> &'static Int {
        &SMALL.get()[(value - SMALL_MIN) as usize]
    }

    /// An int from a machine word.
    #[inline]
    pub fn from_i64(value: i64) -> Ref<Int> {
        if let Some(small) = Int::small(value) {
            return small;
        }
        let magnitude = value.unsigned_abs();
        let sign = if value < 0 { SIGN_NEGATIVE } else { 0 };
        if magnitude >> SHIFT == 0 {
            return alloc_short(1 << COUNT_SHIFT | sign, magnitude as u32, 0);
        }
        if magnitude >> (2 * SHIFT) == 0 {
            let high = (magnitude >> SHIFT) as u32;
            return alloc_short(2 << COUNT_SHIFT | sign, magnitude as u32 & MASK, high);
        }
        from_wide(value < 0, magnitude)
    }

    /// An int of one digit without a static, as long as that takes no asking for memory: for the eval
    /// loop.
    #[inline(always)]
    pub fn recycled(value: i64) -> Option<Ref<Int>> {
        let magnitude = value.unsigned_abs();
        if magnitude >> SHIFT != 0 {
            return None;
        }
        let int = FREE.get().pop()?.cast::<Int>();
        let sign = if value < 0 { SIGN_NEGATIVE } else { 0 };
        // SAFETY: memory of an `Int`, ours alone.
        unsafe {
            int.write(Int {
                object: Object::header(&INT),
                tag: Cell::new(1 << COUNT_SHIFT | sign),
                digit: Cell::new(magnitude as u32),
            });
            Some(Ref::from_raw(int))
        }
    }

    /// Keeps the memory of an int that nobody uses any more; false where it must be freed.
    ///
    /// # Safety
    ///
    /// The int is exact and the caller owns its last count, which ends here if the answer is true.
    #[inline(always)]
    pub unsafe fn recycle(int: &Int) -> bool {
        // SAFETY: short ints all have one size and no prefix.
        int.digit_count() <= DIGITS_INLINE
            && unsafe { FREE.get().push(NonNull::from_ref(&int.object)) }
    }

    /// An int from an unsigned machine word.
    #[inline]
    pub fn from_u64(value: u64) -> Ref<Int> {
        match i64::try_from(value) {
            Ok(value) => Int::from_i64(value),
            Err(_) => from_wide(false, value),
        }
    }

    /// An int from two machine words.
    pub fn from_u128(value: u128) -> Ref<Int> {
        match u64::try_from(value) {
            Ok(value) => Int::from_u64(value),
            Err(_) => Int::from_bigint(&BigInt::from(value)),
        }
    }

    /// An int from two machine words.
    pub fn from_i128(value: i128) -> Ref<Int> {
        if let Ok(value) = i64::try_from(value) {
            return Int::from_i64(value);
        }
        let magnitude = BigInt::from(value.unsigned_abs());
        if value < 0 { Int::from_bigint(&-&magnitude) } else { Int::from_bigint(&magnitude) }
    }

    /// `int(value)`.
    ///
    /// # Errors
    ///
    /// `OverflowError` of an infinity, `ValueError` of a nan.
    pub fn from_f64(value: f64) -> PyResult<Ref<Int>> {
        if value > -9.2e18 && value < 9.2e18 {
            return Ok(Int::from_i64(value as i64));
        }
        Int::try_from_bigint(&BigInt::from_f64(value).map_err(from_numeric)?)
    }

    /// An int with a value that is known to be small enough for the memory; the process ends where it
    /// is not.
    pub fn from_bigint(value: &BigInt) -> Ref<Int> {
        Int::try_from_bigint(value)
            .unwrap_or_else(|_| std::alloc::handle_alloc_error(std::alloc::Layout::new::<Int>()))
    }

    /// An int.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn try_from_bigint(value: &BigInt) -> PyResult<Ref<Int>> {
        Int::from_digits(value.is_negative(), value.digits())
    }

    /// An int from normalised digits.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(crate) fn from_digits(negative: bool, digits: &[u32]) -> PyResult<Ref<Int>> {
        match *digits {
            [] => Ok(Int::from_i64(0)),
            [low] => Ok(Int::from_i64(signed(negative, low.into()))),
            [low, high] => {
                Ok(Int::from_i64(signed(negative, i64::from(high) << SHIFT | i64::from(low))))
            }
            _ => {
                let int = Int::alloc(&INT, digits.len())?;
                // SAFETY: new, with room for so many digits.
                unsafe { int.digits_mut(digits.len()) }.copy_from_slice(digits);
                int.set_tag(negative, digits.len());
                Ok(int)
            }
        }
    }

    /// A new instance of a subclass with the value of `self`.
    pub(crate) fn copy_as(&self, ty: &Type) -> PyResult<Ref<Int>> {
        let digits = self.digits();
        let int = Int::alloc(ty, digits.len())?;
        // SAFETY: new, with room for so many digits.
        unsafe { int.digits_mut(digits.len()) }.copy_from_slice(digits);
        int.set_tag(self.is_negative(), digits.len());
        Ok(gc::tracked_if_collected(int))
    }

    /// `self`, or an exact int of its value.
    pub(crate) fn exact(&self) -> PyResult<Ref<Int>> {
        if self.object.is_exact(&INT) {
            return Ok(Ref::from_borrow(self));
        }
        Int::from_digits(self.is_negative(), self.digits())
    }

    /// The value where it fits.
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        if self.is_compact() {
            return Some(self.compact_value() as i64);
        }
        let magnitude = self.magnitude_u64()?;
        if self.is_negative() {
            0i64.checked_sub_unsigned(magnitude)
        } else {
            i64::try_from(magnitude).ok()
        }
    }

    /// The value where it fits.
    pub fn to_u64(&self) -> Option<u64> {
        if self.is_negative() { None } else { self.magnitude_u64() }
    }

    /// The low 64 bits of the two's complement.
    pub fn to_u64_wrapping(&self) -> u64 {
        let low = self.digits().iter().take(3).enumerate();
        let magnitude =
            low.fold(0u64, |value, (i, digit)| value | u64::from(*digit) << (i as u32 * SHIFT));
        if self.is_negative() { magnitude.wrapping_neg() } else { magnitude }
    }

    fn magnitude_u64(&self) -> Option<u64> {
        match *self.digits() {
            [] => Some(0),
            [a] => Some(a.into()),
            [a, b] => Some(u64::from(b) << SHIFT | u64::from(a)),
            [a, b, c] if c < 16 => {
                Some(u64::from(c) << (2 * SHIFT) | u64::from(b) << SHIFT | u64::from(a))
            }
            _ => None,
        }
    }

    /// A copy of the value.
    pub fn to_bigint(&self) -> BigInt {
        BigInt::from_slice(self.is_negative(), self.digits())
    }

    /// The nearest float.
    ///
    /// # Errors
    ///
    /// OverflowError "int too large to convert to float".
    #[inline]
    pub fn to_f64(&self) -> PyResult<f64> {
        if self.is_compact() {
            return Ok(self.compact_value() as f64);
        }
        gopy_numeric::int::convert::to_f64(self.is_negative(), self.digits())
            .ok_or_else(|| overflow_error!("int too large to convert to float"))
    }

    /// Number of digits.
    #[inline(always)]
    pub fn digit_count(&self) -> usize {
        self.tag.get() >> COUNT_SHIFT
    }

    /// The digits of the magnitude, least significant first.
    #[inline(always)]
    pub fn digits(&self) -> &[u32] {
        let first = ptr::from_ref(self).cast::<u8>().wrapping_add(DIGITS_OFFSET).cast::<u32>();
        // SAFETY: so many initialised digits lie there, in the same allocation; ints in other hands
        // than the VM's in-place arithmetic never change.
        unsafe { std::slice::from_raw_parts(first, self.digit_count()) }
    }

    /// Whether the value is below zero.
    #[inline(always)]
    pub fn is_negative(&self) -> bool {
        self.tag.get() & SIGN_MASK == SIGN_NEGATIVE
    }

    /// Whether the value is zero.
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        self.tag.get() & SIGN_MASK == SIGN_ZERO
    }

    /// -1, 0 or 1.
    #[inline(always)]
    pub fn sign(&self) -> isize {
        1 - (self.tag.get() & SIGN_MASK) as isize
    }

    /// At most one digit: what the specialiser calls compact.
    #[inline(always)]
    pub fn is_compact(&self) -> bool {
        self.tag.get() < 2 << COUNT_SHIFT
    }

    /// Whether both are compact, in one test.
    #[inline(always)]
    pub fn are_compact(&self, other: &Int) -> bool {
        (self.tag.get() | other.tag.get()) < 2 << COUNT_SHIFT
    }

    /// Compact and not negative: an index in one digit.
    #[inline(always)]
    pub fn is_nonnegative_compact(&self) -> bool {
        self.tag.get() & !TAG_STATIC <= 1 << COUNT_SHIFT | SIGN_ZERO && !self.is_negative()
    }

    /// The value of a compact int.
    #[inline(always)]
    pub fn compact_value(&self) -> isize {
        debug_assert!(self.is_compact());
        self.sign() * self.digit.get() as isize
    }

    /// Gives an int that nobody else sees another compact value: in-place arithmetic of the VM.
    ///
    /// # Safety
    ///
    /// The object is an exact int, not a static, with one reference, which the caller owns; nobody
    /// borrows its digits.
    #[inline(always)]
    pub unsafe fn set_compact(&self, value: i64) {
        debug_assert!(value.unsigned_abs() >> SHIFT == 0 && Int::small(value).is_none());
        let sign = if value < 0 { SIGN_NEGATIVE } else { 0 };
        self.tag.set(1 << COUNT_SHIFT | sign);
        self.digit.set(value.unsigned_abs() as u32);
    }
}

const MASK: u32 = gopy_numeric::int::MASK;

fn signed(negative: bool, magnitude: i64) -> i64 {
    if negative { -magnitude } else { magnitude }
}

/// An int of three digits.
#[cold]
fn from_wide(negative: bool, magnitude: u64) -> Ref<Int> {
    let value = BigInt::from(magnitude);
    Int::from_bigint(&if negative { -&value } else { value })
}
