//! The arena in which a tree lives. Answers to `Python/pyarena.c`.

use bumpalo::Bump;

/// Owner of everything a tree points at; freed as a whole.
///
/// Only `Copy` data goes in, so nothing in it ever needs dropping.
#[derive(Default)]
pub struct Arena {
    bump: Bump,
}

impl Arena {
    /// An empty arena.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves a value in.
    #[inline]
    pub fn alloc<T: Copy>(&self, value: T) -> &T {
        self.bump.alloc(value)
    }

    /// Copies a list in.
    #[inline]
    pub fn slice<T: Copy>(&self, items: &[T]) -> &[T] {
        if items.is_empty() { &[] } else { self.bump.alloc_slice_copy(items) }
    }

    /// Collects a list whose length is known.
    #[inline]
    pub fn collect<T: Copy, I>(&self, items: I) -> &[T]
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: ExactSizeIterator,
    {
        self.bump.alloc_slice_fill_iter(items)
    }

    /// Copies text in.
    pub fn text(&self, text: &str) -> &str {
        self.bump.alloc_str(text)
    }

    /// Bytes held, for limits and statistics.
    pub fn size(&self) -> usize {
        self.bump.allocated_bytes()
    }
}
