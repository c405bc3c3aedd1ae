//! `_random`: the Mersenne Twister.
//!
//! Answers to `Modules/_randommodule.c`; the generator is MT19937 of Matsumoto and Nishimura.

use std::cell::Cell;

use gopy_core::error::{memory_error, overflow_error, type_error, value_error};
use gopy_core::int::{INT, Int};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{argument, module, none, number, object};
use gopy_macros::{pyclass, pymethods, pymodule, pyslots};
use gopy_numeric::int::BigInt;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, gc, memory};

const N: usize = 624;
const M: usize = 397;
const MATRIX: u32 = 0x9908_b0df;
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7fff_ffff;

/// The generator: where it is in its words, and the words.
#[derive(Clone, Copy)]
struct Twister {
    index: usize,
    state: [u32; N],
}

impl Twister {
    fn from_word(seed: u32) -> Twister {
        let mut state = [0; N];
        state[0] = seed;
        for i in 1..N {
            let before: u32 = state[i - 1];
            state[i] =
                1_812_433_253u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
        }
        Twister { index: N, state }
    }

    fn from_key(key: &[u32]) -> Twister {
        let mut twister = Twister::from_word(19_650_218);
        let state = &mut twister.state;
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let before = state[i - 1];
            state[i] = (state[i] ^ (before ^ (before >> 30)).wrapping_mul(1_664_525))
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            i += 1;
            j += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            let before = state[i - 1];
            state[i] = (state[i] ^ (before ^ (before >> 30)).wrapping_mul(1_566_083_941))
                .wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = UPPER;
        twister
    }

    fn refill(&mut self) {
        let state = &mut self.state;
        for k in 0..N {
            let y = (state[k] & UPPER) | (state[(k + 1) % N] & LOWER);
            let twist = if y & 1 == 0 { 0 } else { MATRIX };
            state[k] = state[(k + M) % N] ^ (y >> 1) ^ twist;
        }
        self.index = 0;
    }

    fn next(&mut self) -> u32 {
        if self.index >= N {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
}

/// A `_random.Random`.
#[pyclass(name = "_random.Random", static = RANDOM, basicsize = 2520, flags(BASETYPE, HEAPTYPE))]
#[repr(C)]
pub struct Random {
    object: Object,
    twister: Cell<Twister>,
}

impl Random {
    /// Works on the generator; nothing else can run meanwhile.
    fn with<R>(&self, work: impl FnOnce(&mut Twister) -> R) -> R {
        // SAFETY: the closures of this file neither run Python nor reach `self`, and one thread at a
        // time holds the lock.
        work(unsafe { &mut *self.twister.as_ptr() })
    }

    fn seed_with(&self, seed: Option<&Object>) -> PyResult<()> {
        let Some(seed) = seed.filter(|seed| !none::is_none(seed)) else {
            let mut key = [0u32; N];
            random_words(&mut key)?;
            self.twister.set(Twister::from_key(&key));
            return Ok(());
        };
        let number = if seed.is_exact(&INT) {
            number::absolute(seed)?
        } else if seed.downcast::<Int>().is_some() {
            // `abs` of a subclass is whatever it says; only the value counts.
            Int::from_bigint(&number::index(seed)?.to_bigint().abs()).upcast()
        } else {
            let hash = object::hash(seed)?;
            Int::from_u64(hash as u64).upcast()
        };
        let value = number::index(&number)?.to_bigint();
        self.twister.set(Twister::from_key(&words_of(&value)?));
        Ok(())
    }
}

/// The 32-bit words of a number, lowest first; at least one.
fn words_of(value: &BigInt) -> PyResult<Vec<u32>> {
    let count = value.bit_length().div_ceil(32).max(1) as usize;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(count * 4).map_err(|_| memory_error())?;
    bytes.resize(count * 4, 0);
    value.to_bytes(&mut bytes, true, false).map_err(gopy_core::error::from_numeric)?;
    let (words, _) = bytes.as_chunks::<4>();
    Ok(words.iter().map(|word| u32::from_le_bytes(*word)).collect())
}

/// Words that nobody can guess.
fn random_words(words: &mut [u32]) -> PyResult<()> {
    let mut bytes = [0u8; N * 4];
    let mut filled = 0;
    while filled < bytes.len() {
        let rest = &mut bytes[filled..];
        // SAFETY: the buffer is `rest.len()` bytes long.
        let count = unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) };
        match usize::try_from(count) {
            Ok(count) if count > 0 => filled += count,
            _ => {
                let error = std::io::Error::last_os_error();
                if error.kind() != std::io::ErrorKind::Interrupted {
                    return Err(gopy_core::error::os_error_text!("{error}"));
                }
            }
        }
    }
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    Ok(())
}

#[pymethods]
impl Random {
    #[pymethod("($self, /)")]
    fn random(&self) -> f64 {
        let (a, b) = self.with(|twister| (twister.next() >> 5, twister.next() >> 6));
        (f64::from(a) * 67_108_864.0 + f64::from(b)) * (1.0 / 9_007_199_254_740_992.0)
    }

    #[pymethod("($self, n=None, /)")]
    fn seed(&self, n: Option<&Object>) -> PyResult<()> {
        self.seed_with(n)
    }

    #[pymethod("($self, /)")]
    fn getstate(&self) -> Ref {
        let Twister { index, state } = self.with(|twister| *twister);
        let mut items: Vec<Ref> =
            state.iter().map(|word| Int::from_u64(u64::from(*word)).upcast()).collect();
        items.push(Int::from_u64(index as u64).upcast());
        tuple::from_vec(items).upcast()
    }

    #[pymethod("($self, state, /)")]
    fn setstate(&self, state: &Object) -> PyResult<()> {
        let Some(items) = state.downcast::<Tuple>() else {
            return Err(type_error!("state vector must be a tuple"));
        };
        if items.len() != N + 1 {
            return Err(value_error!("state vector is the wrong size"));
        }
        let mut words = [0; N];
        for (word, item) in words.iter_mut().zip(items.items()) {
            let Some(item) = item.downcast::<Int>() else {
                return Err(type_error!("an integer is required"));
            };
            if item.is_negative() {
                return Err(overflow_error!("can't convert negative value to unsigned int"));
            }
            let Some(value) = item.to_u64() else {
                return Err(overflow_error!("Python int too large to convert to C unsigned long"));
            };
            *word = value as u32;
        }
        let index = match items.get(N).and_then(|index| index.downcast::<Int>()) {
            Some(index) => index,
            None => return Err(type_error!("an integer is required")),
        };
        let index = number::index_as_c_long(index.as_object())?;
        let Some(index) = usize::try_from(index).ok().filter(|index| *index <= N) else {
            return Err(value_error!("invalid state"));
        };
        self.twister.set(Twister { index, state: words });
        Ok(())
    }

    #[pymethod("($self, k, /)")]
    fn getrandbits(&self, k: &Object) -> PyResult {
        let count = number::index(k)?;
        if count.is_negative() {
            return Err(value_error!("Cannot convert negative int"));
        }
        let Some(k) = count.to_u64() else {
            return Err(overflow_error!("Python int too large for C uint64_t"));
        };
        if k == 0 {
            return Ok(Int::from_i64(0).upcast());
        }
        if k <= 32 {
            let word = self.with(Twister::next) >> (32 - k);
            return Ok(Int::from_u64(u64::from(word)).upcast());
        }
        let words = usize::try_from(k.div_ceil(32)).unwrap_or(usize::MAX);
        let mut bytes: Vec<u8> = Vec::new();
        let size = words.checked_mul(4).ok_or_else(memory_error)?;
        bytes.try_reserve_exact(size).map_err(|_| memory_error())?;
        self.with(|twister| {
            let mut left = k;
            while left > 0 {
                let mut word = twister.next();
                if left < 32 {
                    word >>= 32 - left;
                }
                bytes.extend_from_slice(&word.to_le_bytes());
                left = left.saturating_sub(32);
            }
        });
        Int::try_from_bigint(&BigInt::from_bytes(&bytes, true, false)).map(Ref::upcast)
    }
}

#[pyslots]
impl Random {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        let value =
            Random { object: Object::header(ty), twister: Cell::new(Twister::from_word(0)) };
        Ok(gc::tracked_if_collected(memory::alloc(ty, value)?).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        if std::ptr::eq(self.as_object().type_(), RANDOM.get()) {
            argument::no_keywords("Random", args)?;
        }
        argument::check_positional("Random", args.len(), 0, 1)?;
        self.seed_with(args.get(0))
    }
}

/// The module.
#[pymodule(name = "_random")]
pub mod native {
    use super::*;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &RANDOM)
    }
}

pub use native::MODULE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_reference() {
        // `random.seed(42); [random.getrandbits(32) for _ in range(3)]` under the oracle.
        let mut twister = Twister::from_key(&[42]);
        let words = [twister.next(), twister.next(), twister.next()];
        assert_eq!(words, [2_746_317_213, 478_163_327, 107_420_369]);
    }
}
