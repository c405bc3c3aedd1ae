//! Where an unpickler reads: a buffer of bytes, which a file fills anew where there is one.
//!
//! Answers to `_Unpickler_Read` and the functions around it in `Modules/_pickle.c`.

use gopy_core::bytes::Bytes;
use gopy_core::error::{memory_error, type_error, value_error};
use gopy_core::exceptions::NOT_IMPLEMENTED_ERROR;
use gopy_core::int::Int;
use gopy_core::{buffer, call, id, memoryview, number, object};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Instance, Object, PyResult, Ref, Traverse, Visitor};
use gopy_types::bytearray::{BYTEARRAY, ByteArray};

use super::state::State;

/// What `peek` is asked for.
const PREFETCH: usize = 128 * 1024;
/// No memory has room for more.
const SIZE_MAX: usize = 1 << 38;

/// The methods of a file.
#[derive(Clone)]
struct File {
    read: Ref,
    readline: Ref,
    readinto: Option<Ref>,
    peek: Option<Ref>,
}

/// The input.
#[derive(Default)]
pub struct Input {
    file: Option<File>,
    buffer: Option<Buffer>,
    len: usize,
    next: usize,
    /// How far may be read: to the end of the frame, or of the buffer outside of frames.
    limit: usize,
    in_frame: bool,
    /// Up to here the file itself has been read; what follows was only peeked at.
    prefetched: usize,
}

impl Traverse for Input {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        if let Some(file) = &self.file {
            visit(&file.read);
            visit(&file.readline);
            for method in file.readinto.iter().chain(&file.peek) {
                visit(method);
            }
        }
    }

    fn clear(&self) {}
}

impl Input {
    /// The input from a file. May run Python.
    pub fn of_file(file: &Object) -> PyResult<Input> {
        let peek = object::get_attr_opt(file, id!(peek))?;
        let readinto = object::get_attr_opt(file, id!(readinto))?;
        let read = object::get_attr_opt(file, id!(read))?;
        let readline = object::get_attr_opt(file, id!(readline))?;
        let (Some(read), Some(readline)) = (read, readline) else {
            return Err(type_error!("file must have 'read' and 'readline' attributes"));
        };
        let file = File { read, readline, readinto, peek };
        Ok(Input { file: Some(file), ..Input::default() })
    }

    /// The input from memory. May run Python.
    pub fn of_bytes(data: &Object) -> PyResult<Input> {
        let mut input = Input::default();
        input.fill(data)?;
        input.prefetched = input.len;
        Ok(input)
    }

    /// Takes over a buffer; answers its length.
    fn fill(&mut self, data: &Object) -> PyResult<usize> {
        self.buffer = None;
        (self.len, self.next, self.limit, self.in_frame) = (0, 0, 0, false);
        let buffer = buffer::get(data, BufferRequest::CONTIG_RO)?;
        (self.len, self.limit) = (buffer.len, buffer.len);
        self.prefetched = self.len;
        self.buffer = Some(buffer);
        Ok(self.len)
    }

    fn slice(&self, start: usize, end: usize) -> &[u8] {
        match &self.buffer {
            Some(buffer) => &buffer::as_slice(buffer)[start..end],
            None => &[],
        }
    }

    /// Reads from the file what was only peeked at. May run Python.
    pub fn skip_consumed(&mut self) -> PyResult<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if self.next <= self.prefetched {
            return Ok(());
        }
        let count = Int::from_u64((self.next - self.prefetched) as u64);
        let read = file.read.clone();
        call::call_one(&read, count.as_object())?;
        self.prefetched = self.next;
        Ok(())
    }

    /// Fills the buffer with `count` bytes, if the file has so many: how many there are.
    fn read_file(&mut self, state: &State, count: usize) -> PyResult<usize> {
        self.skip_consumed()?;
        let Some(file) = self.file.clone() else { return Err(state.truncated()) };
        if let Some(peek) = file.peek.filter(|_| count < PREFETCH) {
            match call::call_one(&peek, Int::from_u64(PREFETCH as u64).as_object()) {
                Ok(data) => {
                    let len = self.fill(&data)?;
                    self.prefetched = 0;
                    if count <= len {
                        return Ok(count);
                    }
                }
                Err(error) if error.is_instance(&NOT_IMPLEMENTED_ERROR) => {
                    if let Some(file) = &mut self.file {
                        file.peek = None;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let data = call::call_one(&file.read, Int::from_u64(count as u64).as_object())?;
        self.fill(&data)
    }

    /// The next `count` bytes. May run Python, but not after it has returned.
    #[inline]
    pub fn read(&mut self, state: &State, count: usize) -> PyResult<&[u8]> {
        if count > self.limit - self.next {
            self.read_more(state, count)?;
        }
        let start = self.next;
        self.next += count;
        Ok(self.slice(start, start + count))
    }

    #[cold]
    fn read_more(&mut self, state: &State, count: usize) -> PyResult<()> {
        self.leave_frame(state)?;
        if count <= self.limit - self.next {
            return Ok(());
        }
        if self.next.checked_add(count).is_none_or(|end| end > isize::MAX as usize) {
            return Err(state.unpickling(format_args!("read would overflow (invalid bytecode)")));
        }
        if self.file.is_none() || self.read_file(state, count)? < count {
            return Err(state.truncated());
        }
        self.next = 0;
        Ok(())
    }

    /// The next `N` bytes.
    #[inline]
    pub fn array<const N: usize>(&mut self, state: &State) -> PyResult<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.read(state, N)?);
        Ok(bytes)
    }

    /// Begins a frame of `count` bytes, which no opcode may overlap. May run Python.
    pub fn begin_frame(&mut self, state: &State, count: usize) -> PyResult<()> {
        if self.in_frame && self.next < self.limit {
            return Err(state
                .unpickling(format_args!("beginning of a new frame before end of current frame")));
        }
        self.leave_frame(state)?;
        self.read(state, count)?;
        self.next -= count;
        (self.limit, self.in_frame) = (self.next + count, true);
        Ok(())
    }

    /// At the end of a frame, goes on behind it.
    fn leave_frame(&mut self, state: &State) -> PyResult<()> {
        if !self.in_frame {
            return Ok(());
        }
        if self.next < self.limit {
            return Err(state.unpickling(format_args!("pickle exhausted before end of frame")));
        }
        (self.limit, self.in_frame) = (self.len, false);
        Ok(())
    }

    /// The next line with its end. May run Python.
    pub fn line(&mut self, state: &State) -> PyResult<Vec<u8>> {
        loop {
            let rest = self.slice(self.next, self.limit);
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest[..=end].to_vec();
                self.next += end + 1;
                return Ok(line);
            }
            if !self.in_frame {
                break;
            }
            self.leave_frame(state)?;
        }
        self.skip_consumed()?;
        let Some(file) = &self.file else { return Err(state.truncated()) };
        let readline = file.readline.clone();
        let data = call::call_no_args(&readline)?;
        let len = self.fill(&data)?;
        if len == 0 || self.slice(0, len).last() != Some(&b'\n') {
            return Err(state.truncated());
        }
        self.next = len;
        Ok(self.slice(0, len).to_vec())
    }

    /// The next `count` bytes as one object, copied once where that is possible. May run Python.
    pub fn read_into(&mut self, state: &State, count: usize) -> PyResult<Content> {
        if count > SIZE_MAX {
            return Err(memory_error());
        }
        if count > self.limit - self.next {
            self.leave_frame(state)?;
        }
        let here = self.limit - self.next;
        if count <= here {
            let start = self.next;
            self.next += count;
            return Ok(Content::Bytes(self.slice(start, start + count).to_vec()));
        }
        if self.file.is_none() {
            self.next = self.len;
            return Err(state.truncated());
        }
        let mut content = self.slice(self.next, self.len).to_vec();
        self.next = self.len;
        self.skip_consumed()?;
        let Some(file) = self.file.clone() else { return Err(state.truncated()) };
        let missing = count - content.len();
        let Some(readinto) = file.readinto else {
            let data = call::call_one(&file.read, Int::from_u64(missing as u64).as_object())?;
            let Some(data) = data.downcast::<Bytes>() else {
                let class = object::repr(data.type_().as_object())?;
                return Err(value_error!("read() returned non-bytes object ({class})"));
            };
            if data.as_slice().len() < missing {
                return Err(state.truncated());
            }
            content.try_reserve(missing).map_err(|_| memory_error())?;
            content.extend_from_slice(&data.as_slice()[..missing]);
            return Ok(Content::Bytes(content));
        };
        let mut room = Vec::new();
        room.try_reserve_exact(missing).map_err(|_| memory_error())?;
        room.resize(missing, 0);
        let room = ByteArray::new(&BYTEARRAY, &room)?;
        let view = memoryview::new(room.as_object())?;
        let size = number::index_as_ssize(&*call::call_one(&readinto, view.as_object())?)?;
        if size < 0 {
            return Err(value_error!("readinto() returned negative size"));
        }
        if (size as usize) < missing {
            return Err(state.truncated());
        }
        drop(view);
        if content.is_empty() {
            return Ok(Content::Array(room));
        }
        let read = buffer::get(room.as_object(), BufferRequest::SIMPLE)?;
        content.extend_from_slice(buffer::as_slice(&read));
        Ok(Content::Bytes(content))
    }
}

/// Bytes that have been read.
pub enum Content {
    /// On the heap.
    Bytes(Vec<u8>),
    /// In an array that the file has filled.
    Array(Ref<ByteArray>),
}

impl Content {
    /// As `bytes`.
    pub fn into_bytes(self) -> PyResult {
        match self {
            Content::Bytes(bytes) => Bytes::new(&bytes).map(Ref::upcast),
            Content::Array(array) => {
                let view = buffer::get(array.as_object(), BufferRequest::SIMPLE)?;
                Bytes::new(buffer::as_slice(&view)).map(Ref::upcast)
            }
        }
    }

    /// As `bytearray`.
    pub fn into_bytearray(self) -> PyResult {
        match self {
            Content::Bytes(bytes) => ByteArray::new(&BYTEARRAY, &bytes).map(Ref::upcast),
            Content::Array(array) => Ok(array.upcast()),
        }
    }
}
