//! Messages with ancillary data: `recvmsg`, `sendmsg` and their kin.
//!
//! Answers to the part of `Modules/socketmodule.c` that works on `struct msghdr`. The control data is
//! read and written here by hand, at the offsets of `struct cmsghdr`.

use std::ptr;

use gopy_core::argument::{ArgSpec, Bound, Style};
use gopy_core::bytes::Bytes;
use gopy_core::error::{os_error_text, raise_format, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::{buffer, exceptions, hooks, none, number, sequence, tuple, warnings};
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Args, Instance, Object, PyResult, Ref};

use super::address;
use super::object::Socket;
use crate::util::{ReadBuf, int, zeroed};

/// The size of `struct cmsghdr`: length, level, type.
const HEADER: usize = 16;
/// The longest control data.
const LIMIT: usize = i32::MAX as usize;

fn aligned(len: usize) -> usize {
    len.next_multiple_of(size_of::<usize>())
}

/// `CMSG_LEN`, where the length is in range.
pub(super) fn cmsg_len(len: usize) -> Option<usize> {
    (len <= LIMIT - HEADER).then_some(HEADER + len)
}

/// `CMSG_SPACE`, where the length is in range.
pub(super) fn cmsg_space(len: usize) -> Option<usize> {
    let space = (len <= LIMIT - HEADER - 8).then(|| HEADER + aligned(len))?;
    (space <= LIMIT).then_some(space)
}

/// A pointer's number, for closures that must be `Send`.
struct Message(libc::msghdr);

// SAFETY: what it points to belongs to the caller, who waits for the call.
unsafe impl Send for Message {}

fn word<const N: usize>(data: &[u8], at: usize) -> [u8; N] {
    let mut value = [0; N];
    value.copy_from_slice(&data[at..at + N]);
    value
}

/// A control message that came in.
struct Control<'a> {
    level: i32,
    kind: i32,
    data: &'a [u8],
}

/// The control messages, and whether what follows them is cut off.
fn controls(data: &[u8]) -> (Vec<Control<'_>>, bool) {
    let mut found = Vec::new();
    let mut at = 0;
    while data.len().saturating_sub(at) >= HEADER {
        let len = usize::from_ne_bytes(word(data, at));
        if len < HEADER {
            return (found, true);
        }
        let end = at.saturating_add(len);
        let level = i32::from_ne_bytes(word(data, at + 8));
        let kind = i32::from_ne_bytes(word(data, at + 12));
        found.push(Control { level, kind, data: &data[at + HEADER..end.min(data.len())] });
        if end > data.len() {
            return (found, true);
        }
        at = at.saturating_add(aligned(len));
    }
    (found, false)
}

/// Closes the descriptors that nobody will hear of.
fn close_received(data: &[u8]) {
    for control in controls(data).0 {
        if control.level == libc::SOL_SOCKET && control.kind == libc::SCM_RIGHTS {
            for fd in control.data.chunks_exact(4) {
                // SAFETY: a descriptor that this process has just been given.
                unsafe { libc::close(i32::from_ne_bytes(word(fd, 0))) };
            }
        }
    }
}

fn control_list(data: &[u8]) -> PyResult<Ref<List>> {
    let (found, is_cut) = controls(data);
    let list = List::new();
    let last = found.len().wrapping_sub(1);
    let warn = || {
        let text = "received malformed or improperly-truncated ancillary data";
        warnings::warn(&exceptions::RUNTIME_WARNING, text, 1)
    };
    if is_cut && found.is_empty() {
        warn()?;
    }
    for (index, control) in found.iter().enumerate() {
        if is_cut && index == last {
            warn()?;
        }
        let data = Bytes::new(control.data)?.upcast();
        let fields = [int(control.level.into()), int(control.kind.into()), data];
        list.push(tuple::from_array(fields).upcast())?;
    }
    Ok(list)
}

/// Receives into the vectors; the count and what comes after the data in the answer.
fn receive_into_vectors(
    socket: &Socket,
    vectors: &mut [libc::iovec],
    ancillary: isize,
    flags: i32,
    data: impl FnOnce(usize) -> PyResult,
) -> PyResult {
    let mut from = address::room(socket.af(), socket.protocol())?;
    let room = from.len;
    let Some(ancillary) = usize::try_from(ancillary).ok().filter(|len| *len <= LIMIT) else {
        return Err(value_error!("invalid ancillary data buffer length"));
    };
    let mut control = zeroed(ancillary)?;
    // SAFETY: a message of zeros has null pointers only.
    let mut message = Message(unsafe { std::mem::zeroed() });
    message.0.msg_name = from.mut_ptr().cast();
    message.0.msg_iov = vectors.as_mut_ptr();
    message.0.msg_iovlen = vectors.len();
    message.0.msg_control =
        if ancillary == 0 { ptr::null_mut() } else { control.as_mut_ptr().cast() };
    let place = &mut message;
    let count = socket.call(false, move |fd| {
        place.0.msg_namelen = room;
        place.0.msg_controllen = ancillary;
        // SAFETY: the message points to memory that lives until the call is over.
        unsafe { libc::recvmsg(fd, &mut place.0, flags) }
    })?;
    from.len = message.0.msg_namelen.min(room);
    control.truncate(message.0.msg_controllen.min(ancillary));
    let answer = || -> PyResult {
        let list = control_list(&control)?.upcast();
        let address = address::make(socket.fd(), &from, socket.protocol())?;
        let flags = int(message.0.msg_flags.into());
        Ok(tuple::from_array([data(count as usize)?, list, flags, address]).upcast())
    };
    answer().inspect_err(|_| close_received(&control))
}

/// `socket.recvmsg()`.
pub(super) fn receive(socket: &Socket, size: isize, ancillary: isize, flags: i32) -> PyResult {
    let Ok(size) = usize::try_from(size) else {
        return Err(value_error!("negative buffer size in recvmsg()"));
    };
    let mut data = zeroed(size)?;
    let vector = libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: data.len() };
    receive_into_vectors(socket, &mut [vector], ancillary, flags, |count| {
        Ok(Bytes::new(&data[..count.min(data.len())])?.upcast())
    })
}

fn vector_of(buffer: &Buffer) -> libc::iovec {
    libc::iovec { iov_base: buffer.data.cast(), iov_len: buffer.len }
}

/// `socket.recvmsg_into()`.
pub(super) fn receive_into(
    socket: &Socket,
    buffers: &Object,
    ancillary: isize,
    flags: i32,
) -> PyResult {
    let items = sequence::fast(buffers, "recvmsg_into() argument 1 must be an iterable")?;
    let mut exports = Vec::new();
    for item in gopy_core::iter::collect(&items)? {
        let wrong = || {
            type_error!(
                "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers"
            )
        };
        exports.push(buffer::get(&item, BufferRequest::WRITABLE).map_err(|error| {
            let is_usual = error.is_instance(&exceptions::TYPE_ERROR)
                || error.is_instance(&exceptions::BUFFER_ERROR);
            if is_usual { wrong() } else { error }
        })?);
    }
    let mut vectors: Vec<_> = exports.iter().map(vector_of).collect();
    receive_into_vectors(socket, &mut vectors, ancillary, flags, |count| Ok(int(count as i64)))
}

fn exports_of(buffers: &Object) -> PyResult<Vec<Buffer>> {
    let items = sequence::fast(buffers, "sendmsg() argument 1 must be an iterable")?;
    let mut exports = Vec::new();
    for item in gopy_core::iter::collect(&items)? {
        exports.push(buffer::bytes_like(&item)?);
    }
    Ok(exports)
}

/// Appends a control message.
fn push_control(control: &mut Vec<u8>, level: i32, kind: i32, len: usize, data: &[u8]) {
    control.extend_from_slice(&len.to_ne_bytes());
    control.extend_from_slice(&level.to_ne_bytes());
    control.extend_from_slice(&kind.to_ne_bytes());
    control.extend_from_slice(data);
    control.resize(aligned(control.len()), 0);
}

fn send_message(
    socket: &Socket,
    exports: &[Buffer],
    control: &mut [u8],
    to: Option<&address::SockAddr>,
    flags: i32,
) -> PyResult<usize> {
    let mut vectors: Vec<_> = exports.iter().map(vector_of).collect();
    // SAFETY: a message of zeros has null pointers only.
    let mut message = Message(unsafe { std::mem::zeroed() });
    if let Some(to) = to {
        message.0.msg_name = to.ptr().cast_mut().cast();
        message.0.msg_namelen = to.len;
    }
    message.0.msg_iov = vectors.as_mut_ptr();
    message.0.msg_iovlen = vectors.len();
    if !control.is_empty() {
        message.0.msg_control = control.as_mut_ptr().cast();
        message.0.msg_controllen = control.len();
    }
    let place = &message;
    let place = SharedMessage(place);
    let count = socket.call(true, move |fd| {
        let place = &place;
        // SAFETY: the message points to memory that lives until the call is over.
        unsafe { libc::sendmsg(fd, &place.0.0, flags) }
    })?;
    Ok(count as usize)
}

/// A message that is only read.
struct SharedMessage<'a>(&'a Message);

// SAFETY: what it points to belongs to the caller, who waits for the call.
unsafe impl Send for SharedMessage<'_> {}

/// Level, type and data of an ancillary item.
fn ancillary_item(item: &Object) -> PyResult<(i32, i32, ReadBuf)> {
    const WHERE: &str = "[sendmsg() ancillary data items]() argument";
    let is_sequence = sequence::is_sequence(item)
        && item.downcast::<gopy_core::str::Str>().is_none()
        && item.downcast::<Bytes>().is_none()
        && !crate::util::is_bytearray(item);
    if !is_sequence {
        let name = if none::is_none(item) { "None".into() } else { item.type_name().to_string() };
        return Err(type_error!("{WHERE} must be 3-item tuple, not {name}"));
    }
    let fields = gopy_core::iter::collect(item)?;
    let [level, kind, data] = &fields[..] else {
        let found = fields.len();
        return Err(type_error!("{WHERE} must be tuple of length 3, not {found}"));
    };
    let (level, kind) = (number::index_as_c_int(level)?, number::index_as_c_int(kind)?);
    Ok((level, kind, ReadBuf(buffer::bytes_like(data)?)))
}

/// `socket.sendmsg()`.
pub(super) fn send(
    socket: &Socket,
    buffers: &Object,
    ancillary: Option<&Object>,
    flags: i32,
    to: Option<&Object>,
) -> PyResult<usize> {
    let to = to.filter(|to| !none::is_none(to));
    let parsed = to.map(|to| address::parse(socket, to, "sendmsg")).transpose()?;
    let shown = to.unwrap_or_else(|| none::none_object());
    (hooks::get().audit)("socket.sendmsg", &[socket.as_object(), shown])?;
    let exports = exports_of(buffers)?;
    let items = match ancillary {
        None => Vec::new(),
        Some(ancillary) => {
            let items = sequence::fast(ancillary, "sendmsg() argument 2 must be an iterable")?;
            gopy_core::iter::collect(&items)?
        }
    };
    let mut parts = Vec::new();
    let mut total = 0usize;
    for item in &items {
        let part = ancillary_item(item)?;
        let Some(space) = cmsg_space(part.2.as_slice().len()) else {
            return Err(os_error_text!("ancillary data item too large"));
        };
        total = total.saturating_add(space);
        if total > LIMIT {
            return Err(os_error_text!("too much ancillary data"));
        }
        parts.push(part);
    }
    let mut control = Vec::new();
    control.try_reserve_exact(total).map_err(|_| gopy_core::error::memory_error())?;
    for (level, kind, data) in &parts {
        let data = data.as_slice();
        push_control(&mut control, *level, *kind, HEADER + data.len(), data);
    }
    send_message(socket, &exports, &mut control, parsed.as_ref(), flags)
}

static ALG_SPEC: ArgSpec = ArgSpec {
    function: "sendmsg_afalg",
    names: &["msg", "op", "iv", "assoclen", "flags"],
    required: &[false; 5],
    positional_only: 0,
    positional: 1,
    required_positional: 0,
    rest: false,
    keywords: false,
    style: Style::ParseTuple,
};

/// `socket.sendmsg_afalg()`.
pub(super) fn send_alg(socket: &Socket, args: Args<'_>) -> PyResult<usize> {
    if socket.af() != libc::AF_ALG {
        return Err(os_error_text!("algset is only supported for AF_ALG"));
    }
    let mut places = [None; 5];
    let bound = Bound::bind(&ALG_SPEC, args, &mut places)?;
    let check_int = |index: usize| match bound.get(index) {
        Some(value) if value.downcast::<Int>().is_none() => Err(type_error!(
            "sendmsg_afalg() argument {} must be int, not {}",
            index + 1,
            value.type_name()
        )),
        value => Ok(value),
    };
    let operation = check_int(1)?;
    let iv = bound.get(2).map(|iv| buffer::bytes_like(iv).map(ReadBuf)).transpose()?;
    let associated = check_int(3)?;
    let flags = bound.get(4).map_or(Ok(0), number::index_as_c_int)?;
    let operation = operation.and_then(|o| number::index_as_c_int(o).ok()).unwrap_or(-1);
    if operation < 0 {
        return Err(type_error!("Invalid or missing argument 'op'"));
    }
    let associated = associated.map(number::index_as_c_int).transpose()?;
    if associated.is_some_and(|len| len < 0) {
        return Err(type_error!("assoclen must be positive"));
    }
    let exports = bound.get(0).map_or_else(|| Ok(Vec::new()), exports_of)?;
    let mut control = Vec::new();
    let level = libc::SOL_ALG;
    push_control(&mut control, level, libc::ALG_SET_OP, HEADER + 4, &operation.to_ne_bytes());
    if let Some(iv) = &iv {
        let iv = iv.as_slice();
        let Some(len) = cmsg_space(4 + iv.len()) else {
            return Err(raise_format(&exceptions::MEMORY_ERROR, format_args!("")));
        };
        let mut data = (iv.len() as u32).to_ne_bytes().to_vec();
        data.extend_from_slice(iv);
        push_control(&mut control, level, libc::ALG_SET_IV, len, &data);
    }
    if let Some(len) = associated {
        let data = len.to_ne_bytes();
        push_control(&mut control, level, libc::ALG_SET_AEAD_ASSOCLEN, HEADER + 4, &data);
    }
    send_message(socket, &exports, &mut control, None, flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_messages_survive_writing_and_reading() {
        let mut control = Vec::new();
        push_control(&mut control, 1, 2, HEADER + 3, b"abc");
        push_control(&mut control, 3, 4, HEADER + 8, b"12345678");
        let (found, is_cut) = controls(&control);
        assert!(!is_cut);
        let shown: Vec<_> = found.iter().map(|c| (c.level, c.kind, c.data)).collect();
        assert_eq!(shown, [(1, 2, &b"abc"[..]), (3, 4, &b"12345678"[..])]);
        let (found, is_cut) = controls(&control[..control.len() - 4]);
        assert!(is_cut);
        assert_eq!(found[1].data, b"1234");
    }

    #[test]
    fn lengths_out_of_range_are_none() {
        assert_eq!(cmsg_len(4), Some(20));
        assert_eq!(cmsg_space(4), Some(24));
        assert_eq!(cmsg_len(LIMIT), None);
        assert_eq!(cmsg_space(LIMIT - HEADER), None);
    }
}
