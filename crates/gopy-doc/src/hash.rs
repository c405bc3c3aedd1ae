//! The hash of a key; the build script, which sees to it that no two keys share one, has it too.

/// FNV-1a, mixed so that the upper bits, by which a look-up guesses the place, depend on all of the
/// key.
pub(crate) const fn hash(key: &str) -> u64 {
    let bytes = key.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}
