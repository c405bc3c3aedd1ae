//! Hashes: numbers modulo 2**61 - 1, tuples, frozen sets, and SipHash-1-3 for text and bytes.
//!
//! Answers to `Python/pyhash.c`, `long_hash`, `tuple_hash`, `frozenset_hash` and the seeding of
//! `Python/bootstrap_hash.c`. -1 means "error" in CPython, so no hash is ever -1.

/// The prime modulus of numeric hashes.
pub const MODULUS: u64 = (1 << BITS) - 1;
/// Its bits.
pub const BITS: u32 = 61;
/// `sys.hash_info.inf`
pub const INF: i64 = 314_159;
/// `sys.hash_info.imag`
pub const IMAG: u64 = 1_000_003;

/// -1 is reserved for errors.
#[inline]
const fn avoid_minus_one(hash: u64) -> i64 {
    if hash == u64::MAX { -2 } else { hash as i64 }
}

/// `hash(int)` from sign and 30-bit digits.
#[inline]
pub fn hash_int(negative: bool, digits: &[u32]) -> i64 {
    let magnitude = match digits {
        [] => 0,
        [x] => u64::from(*x),
        [low, high] => u64::from(*high) << 30 | u64::from(*low),
        _ => digits.iter().rev().fold(0u64, |x, &digit| {
            let rotated = ((x << 30) & MODULUS) | (x >> (BITS - 30));
            let sum = rotated + u64::from(digit);
            if sum >= MODULUS { sum - MODULUS } else { sum }
        }),
    };
    avoid_minus_one(if negative { magnitude.wrapping_neg() } else { magnitude })
}

/// `hash(int)` of a value in one word.
#[inline]
pub fn hash_i64(value: i64) -> i64 {
    let magnitude = value.unsigned_abs() % MODULUS;
    avoid_minus_one(if value < 0 { magnitude.wrapping_neg() } else { magnitude })
}

/// `hash(float)`; `None` for nan, which hashes by identity.
pub fn hash_float(value: f64) -> Option<i64> {
    if !value.is_finite() {
        if value.is_nan() {
            return None;
        }
        return Some(if value > 0.0 { INF } else { -INF });
    }
    let (mantissa, exponent) = decompose(value.abs());
    if mantissa == 0 {
        return Some(0);
    }
    // value = mantissa * 2**exponent, and 2**61 is 1 modulo the modulus.
    let rotate = exponent.rem_euclid(BITS as i32) as u32;
    let x = ((mantissa << rotate) & MODULUS) | (mantissa >> (BITS - rotate));
    let x = if x == MODULUS { 0 } else { x };
    Some(avoid_minus_one(if value < 0.0 { x.wrapping_neg() } else { x }))
}

/// A finite float that is not negative as `mantissa * 2**exponent`, mantissa below 2**53.
pub(crate) fn decompose(value: f64) -> (u64, i32) {
    let bits = value.to_bits() & !(1 << 63);
    let fraction = bits & ((1 << 52) - 1);
    match (bits >> 52) as i32 {
        0 => (fraction, -1074),
        exponent => (fraction | 1 << 52, exponent - 1075),
    }
}

/// `hash(complex)` from the hashes of its parts.
pub fn combine_complex(real: i64, imag: i64) -> i64 {
    avoid_minus_one((real as u64).wrapping_add(IMAG.wrapping_mul(imag as u64)))
}

/// `hash(object)` by identity: pointers are aligned, so their low bits move up.
#[inline]
pub fn hash_pointer(address: usize) -> i64 {
    avoid_minus_one((address as u64).rotate_right(4))
}

/// `hash(tuple)`, fed with the hashes of its items in order.
#[derive(Clone, Copy, Debug)]
pub struct TupleHasher(u64);

const XX_PRIME_1: u64 = 11_400_714_785_074_694_791;
const XX_PRIME_2: u64 = 14_029_467_366_897_019_727;
const XX_PRIME_5: u64 = 2_870_177_450_012_600_261;

impl TupleHasher {
    /// Nothing fed yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        TupleHasher(XX_PRIME_5)
    }

    /// Feeds the hash of the next item.
    #[inline]
    pub fn feed(&mut self, item_hash: i64) {
        let lane = (item_hash as u64).wrapping_mul(XX_PRIME_2);
        self.0 = self.0.wrapping_add(lane).rotate_left(31).wrapping_mul(XX_PRIME_1);
    }

    /// The hash of a tuple of `len` items.
    #[inline]
    pub fn finish(self, len: usize) -> i64 {
        match self.0.wrapping_add(len as u64 ^ (XX_PRIME_5 ^ 3_527_539)) {
            u64::MAX => 1_546_275_796,
            hash => hash as i64,
        }
    }
}

/// `hash(frozenset)`, fed with the hashes of its entries in any order.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrozenSetHasher {
    mixed: u64,
    count: u64,
}

impl FrozenSetHasher {
    /// Feeds the hash of an entry.
    #[inline]
    pub fn feed(&mut self, entry_hash: i64) {
        let h = entry_hash as u64;
        self.mixed ^= ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167);
        self.count += 1;
    }

    /// The hash of the set.
    pub fn finish(self) -> i64 {
        let mut hash = self.mixed ^ self.count.wrapping_add(1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash as i64 }
    }
}

/// The process's hash secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashSecret {
    k0: u64,
    k1: u64,
    expat: u64,
}

impl HashSecret {
    /// How many random bytes [`HashSecret::from_bytes`] wants.
    pub const SIZE: usize = 24;

    /// The secret that `PYTHONHASHSEED=seed` gives: zero for 0, a linear congruential
    /// generator's output otherwise.
    pub fn from_seed(seed: u32) -> Self {
        let mut bytes = [0; Self::SIZE];
        if seed != 0 {
            let mut x = seed;
            for byte in &mut bytes {
                x = x.wrapping_mul(214_013).wrapping_add(2_531_011);
                *byte = (x >> 16) as u8;
            }
        }
        Self::from_bytes(&bytes)
    }

    /// The secret from random bytes.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        HashSecret { k0: word(0), k1: word(8), expat: word(16) }
    }

    /// The salt that the XML parser uses for its own tables.
    pub fn expat_salt(&self) -> u64 {
        self.expat
    }

    /// `hash(bytes)`, and `hash(str)` over the bytes of its storage (one, two or four a
    /// character, native order).
    #[inline]
    pub fn hash_bytes(&self, bytes: &[u8]) -> i64 {
        if bytes.is_empty() {
            return 0;
        }
        avoid_minus_one(siphash13(self.k0, self.k1, bytes))
    }

    /// `hash(str)` of UCS-2 storage.
    pub fn hash_ucs2(&self, units: &[u16]) -> i64 {
        self.hash_units(units, 4, |unit| u64::from(*unit))
    }

    /// `hash(str)` of UCS-4 storage.
    pub fn hash_ucs4(&self, units: &[u32]) -> i64 {
        self.hash_units(units, 2, |unit| u64::from(*unit))
    }

    fn hash_units<T>(&self, units: &[T], per_word: usize, read: impl Fn(&T) -> u64) -> i64 {
        if units.is_empty() {
            return 0;
        }
        let size = 8 / per_word;
        let join = |word: &[T]| {
            word.iter().rev().fold(0u64, |acc, unit| (acc << (size * 4) << (size * 4)) | read(unit))
        };
        let words = units.chunks_exact(per_word);
        let tail = join(words.remainder());
        let mut state = SipState::new(self.k0, self.k1);
        words.for_each(|word| state.feed(join(word)));
        avoid_minus_one(state.finish(tail | ((units.len() * size) as u64) << 56))
    }

    /// `_Py_KeyedHash`: the hash of `bytes` under a key of the caller's, as `importlib` uses for
    /// source hashes.
    pub fn keyed(key: u64, bytes: &[u8]) -> u64 {
        siphash13(key, 0, bytes)
    }
}

struct SipState {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl SipState {
    #[inline(always)]
    fn new(k0: u64, k1: u64) -> Self {
        SipState {
            v0: k0 ^ 0x736f_6d65_7073_6575,
            v1: k1 ^ 0x646f_7261_6e64_6f6d,
            v2: k0 ^ 0x6c79_6765_6e65_7261,
            v3: k1 ^ 0x7465_6462_7974_6573,
        }
    }

    #[inline(always)]
    fn round(&mut self) {
        self.v0 = self.v0.wrapping_add(self.v1);
        self.v2 = self.v2.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(13) ^ self.v0;
        self.v3 = self.v3.rotate_left(16) ^ self.v2;
        self.v0 = self.v0.rotate_left(32);
        self.v2 = self.v2.wrapping_add(self.v1);
        self.v0 = self.v0.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(17) ^ self.v2;
        self.v3 = self.v3.rotate_left(21) ^ self.v0;
        self.v2 = self.v2.rotate_left(32);
    }

    #[inline(always)]
    fn feed(&mut self, word: u64) {
        self.v3 ^= word;
        self.round();
        self.v0 ^= word;
    }

    #[inline(always)]
    fn finish(mut self, last: u64) -> u64 {
        self.feed(last);
        self.v2 ^= 0xff;
        self.round();
        self.round();
        self.round();
        (self.v0 ^ self.v1) ^ (self.v2 ^ self.v3)
    }
}

/// SipHash with one compression round a word and three at the end.
#[inline]
pub fn siphash13(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    let mut state = SipState::new(k0, k1);
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        state.feed(u64::from_le_bytes(*word));
    }
    let last = tail.iter().rev().fold(0u64, |acc, &byte| acc << 8 | u64::from(byte));
    state.finish(last | (bytes.len() as u64) << 56)
}
