//! What decompressors and compressors write into: a buffer that grows by the same blocks as CPython's.
//!
//! Answers to `Include/internal/pycore_blocks_output_buffer.h`. The sizes matter: how a stored block of
//! deflate is cut depends on the room that there is.

use gopy_core::bytes::Bytes;
use gopy_core::error::memory_error;
use gopy_object::{PyResult, Ref};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Sizes of the blocks by which the output grows; the last one repeats.
const BLOCKS: [usize; 17] = [
    32 * KIB,
    64 * KIB,
    256 * KIB,
    MIB,
    4 * MIB,
    8 * MIB,
    16 * MIB,
    16 * MIB,
    32 * MIB,
    32 * MIB,
    32 * MIB,
    32 * MIB,
    64 * MIB,
    64 * MIB,
    128 * MIB,
    128 * MIB,
    256 * MIB,
];

/// Growing output.
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// Where the current block ends.
    end: usize,
    limit: Option<usize>,
    blocks: usize,
}

impl Output {
    /// With the first block; `limit` bytes at most.
    pub(crate) fn new(limit: Option<usize>) -> PyResult<Output> {
        let first = BLOCKS[0].min(limit.unwrap_or(usize::MAX));
        Output::with_block(first, limit)
    }

    /// With a first block of this size.
    pub(crate) fn with_block(size: usize, limit: Option<usize>) -> PyResult<Output> {
        let mut output = Output { bytes: Vec::new(), end: 0, limit, blocks: 1 };
        output.add_block(size)?;
        Ok(output)
    }

    fn add_block(&mut self, size: usize) -> PyResult<()> {
        let end = self.end.checked_add(size).ok_or_else(memory_error)?;
        let more = end - self.bytes.len();
        self.bytes.try_reserve_exact(more).map_err(|_| memory_error())?;
        self.end = end;
        Ok(())
    }

    /// Adds the next block.
    pub(crate) fn grow(&mut self) -> PyResult<()> {
        let size = BLOCKS[self.blocks.min(BLOCKS.len() - 1)];
        self.blocks += 1;
        let rest = self.limit.map_or(usize::MAX, |limit| limit - self.end.min(limit));
        self.add_block(size.min(rest))
    }

    /// Whether the current block is full.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() == self.end
    }

    /// Whether no more may be written.
    pub(crate) fn is_at_limit(&self) -> bool {
        self.limit == Some(self.bytes.len())
    }

    /// Where to write, and how many bytes at most.
    pub(crate) fn room(&mut self) -> (*mut u8, usize) {
        let room = self.end - self.bytes.len();
        (self.bytes.spare_capacity_mut().as_mut_ptr().cast(), room)
    }

    /// Takes over what has been written.
    ///
    /// # Safety
    ///
    /// The first `count` bytes of [`Output::room`] are initialised.
    pub(crate) unsafe fn advance(&mut self, count: usize) {
        debug_assert!(self.bytes.len() + count <= self.end);
        // SAFETY: as the caller promises; the room lies within the capacity.
        unsafe { self.bytes.set_len(self.bytes.len() + count) };
    }

    /// All that was written.
    pub(crate) fn finish(self) -> PyResult<Ref<Bytes>> {
        Bytes::new(&self.bytes)
    }
}
