//! Where a pickler writes: a buffer, in frames, that goes to a file now and then.
//!
//! Answers to `_Pickler_Write` and the functions around it in `Modules/_pickle.c`.

use gopy_core::bytes::Bytes;
use gopy_core::call;
use gopy_core::error::memory_error;
use gopy_object::{Instance, Object, PyResult, Ref};

use super::opcodes::FRAME;

const HEADER: usize = 9;
const FRAME_MIN: usize = 4;
const FRAME_TARGET: usize = 64 * 1024;

/// The output.
pub struct Output {
    buffer: Vec<u8>,
    /// Whether opcodes go into frames.
    pub framing: bool,
    /// Where the open frame's header is.
    frame: Option<usize>,
    /// `write` of the file.
    write: Option<Ref>,
}

impl Output {
    /// An empty output for a file, or for `dumps`.
    pub fn new(write: Option<Ref>) -> Output {
        Output { buffer: Vec::with_capacity(256), framing: false, frame: None, write }
    }

    /// Writes bytes of one opcode.
    #[inline]
    pub fn write(&mut self, data: &[u8]) -> PyResult<()> {
        self.buffer.try_reserve(data.len() + HEADER).map_err(|_| memory_error())?;
        if self.framing && self.frame.is_none() {
            self.frame = Some(self.buffer.len());
            self.buffer.extend_from_slice(&[0xfe; HEADER]);
        }
        self.buffer.extend_from_slice(data);
        Ok(())
    }

    /// Writes an opcode without an argument.
    #[inline]
    pub fn op(&mut self, opcode: u8) -> PyResult<()> {
        self.write(&[opcode])
    }

    /// Ends the open frame; a short one loses its header.
    pub fn commit_frame(&mut self) {
        let Some(start) = self.frame.take().filter(|_| self.framing) else { return };
        let len = self.buffer.len() - start - HEADER;
        if len >= FRAME_MIN {
            self.buffer[start] = FRAME;
            self.buffer[start + 1..start + HEADER].copy_from_slice(&(len as u64).to_le_bytes());
        } else {
            self.buffer.drain(start..start + HEADER);
        }
    }

    /// Between two opcodes: ends a frame that is long enough. May run Python.
    #[inline]
    pub fn boundary(&mut self) -> PyResult<()> {
        match self.frame {
            Some(start) if self.framing && self.buffer.len() - start - HEADER >= FRAME_TARGET => {
                self.commit_frame();
                self.flush()
            }
            _ => Ok(()),
        }
    }

    /// All that is left, as `bytes`.
    pub fn finish(&mut self) -> PyResult<Ref<Bytes>> {
        self.commit_frame();
        Bytes::new_unshared(&std::mem::take(&mut self.buffer))
    }

    /// Gives the buffer to the file, where there is one. May run Python.
    pub fn flush(&mut self) -> PyResult<()> {
        let Some(write) = self.write.clone() else { return Ok(()) };
        let bytes = self.finish()?;
        call::call_one(&write, bytes.as_object()).map(drop)
    }

    /// Writes a header and its data; large data go to the file as they are, outside of frames. May
    /// run Python.
    pub fn write_data(
        &mut self,
        header: &[u8],
        data: &[u8],
        payload: Option<&Object>,
    ) -> PyResult<()> {
        if data.len() < FRAME_TARGET {
            self.write(header)?;
            return self.write(data);
        }
        self.commit_frame();
        let framing = std::mem::replace(&mut self.framing, false);
        let result = self.write_large(header, data, payload);
        self.framing = framing;
        result
    }

    fn write_large(
        &mut self,
        header: &[u8],
        data: &[u8],
        payload: Option<&Object>,
    ) -> PyResult<()> {
        self.write(header)?;
        let Some(write) = self.write.clone() else { return self.write(data) };
        self.flush()?;
        match payload {
            Some(payload) => call::call_one(&write, payload).map(drop),
            None => call::call_one(&write, Bytes::new(data)?.as_object()).map(drop),
        }
    }
}
