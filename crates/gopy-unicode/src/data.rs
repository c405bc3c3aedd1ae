//! The generated tables and how they are read.
//!
//! `tables.bin` holds every table back to back; the constants of [`tables`](crate::tables) borrow
//! their stretch of it. Multi-byte entries are little-endian byte arrays, so that the file needs
//! neither alignment nor start-up work.

static DATA: &[u8] = include_bytes!("tables.bin");

/// `LEN` bytes from `START`.
pub(crate) const fn bytes<const START: usize, const LEN: usize>() -> &'static [u8; LEN] {
    let Some(stretch) = DATA.split_at(START).1.first_chunk() else {
        panic!("tables.bin is shorter than its constants say")
    };
    stretch
}

/// `COUNT` entries of `WIDTH` bytes from `START`; `LEN` is their product.
pub(crate) const fn units<
    const START: usize,
    const LEN: usize,
    const WIDTH: usize,
    const COUNT: usize,
>() -> &'static [[u8; WIDTH]; COUNT] {
    let Some(entries) = bytes::<START, LEN>().as_chunks().0.first_chunk() else {
        panic!("tables.bin is shorter than its constants say")
    };
    entries
}

/// A three-byte entry.
pub(crate) const fn triple(entry: [u8; 3]) -> u32 {
    u32::from_le_bytes([entry[0], entry[1], entry[2], 0])
}

/// Position of the leaf of `code` in a two-level trie, `None` beyond U+10FFFF.
#[inline]
pub(crate) fn leaf_position(code: u32, shift: usize, index: &[[u8; 2]]) -> Option<usize> {
    let code = code as usize;
    let block = usize::from(u16::from_le_bytes(*index.get(code >> shift)?));
    Some(block << shift | (code & ((1 << shift) - 1)))
}

/// Leaf of `code` in a trie with one-byte leaves, 0 (the unassigned record) beyond U+10FFFF.
#[inline]
pub(crate) fn narrow_leaf(code: u32, shift: usize, index: &[[u8; 2]], leaves: &[u8]) -> usize {
    match leaf_position(code, shift, index).and_then(|position| leaves.get(position)) {
        Some(&leaf) => usize::from(leaf),
        None => 0,
    }
}

/// Leaf of `code` in a trie with two-byte leaves, 0 beyond U+10FFFF.
#[inline]
pub(crate) fn wide_leaf(code: u32, shift: usize, index: &[[u8; 2]], leaves: &[[u8; 2]]) -> usize {
    match leaf_position(code, shift, index).and_then(|position| leaves.get(position)) {
        Some(&leaf) => usize::from(u16::from_le_bytes(leaf)),
        None => 0,
    }
}
