//! Socket addresses: from Python to the system's layouts and back.
//!
//! Answers to `getsockaddrarg`, `getsockaddrlen` and `makesockaddr` of `Modules/socketmodule.c`. A
//! layout is written byte by byte at the offsets of Linux's headers, so nothing here depends on which
//! structures the C bindings know.

use gopy_core::argument::Place;
use gopy_core::bytes::Bytes;
use gopy_core::error::{os_error_text, overflow_error, type_error, value_error};
use gopy_core::{exceptions, number, tuple};
use gopy_object::typeobj::Tuple;
use gopy_object::{Exception, Object, PyResult, Ref};

use super::names;
use super::object::Socket;
use crate::util::{self, c_text, int, last_error, os_str};

const AF_QIPCRTR: i32 = 42;
const AF_VSOCK: i32 = 40;
const AF_TIPC: i32 = 30;
const AF_BLUETOOTH: i32 = 31;
const AF_RDS: i32 = 21;

const BTPROTO_L2CAP: i32 = 0;
const BTPROTO_HCI: i32 = 1;
const BTPROTO_SCO: i32 = 2;
const BTPROTO_RFCOMM: i32 = 3;
/// The channel of HCI sockets that is not shown.
const HCI_CHANNEL_RAW: u16 = 0;

const CAN_RAW: i32 = 1;
const CAN_BCM: i32 = 2;
const CAN_ISOTP: i32 = 6;
const CAN_J1939: i32 = 7;

const TIPC_ADDR_NAMESEQ: u32 = 1;
const TIPC_ADDR_NAME: u32 = 2;
const TIPC_ADDR_ID: u32 = 3;
const TIPC_CLUSTER_SCOPE: u32 = 2;

/// The longest path of an `AF_UNIX` address.
const UNIX_PATH: usize = 108;
/// The longest name of an interface, with its NUL.
const IFNAMSIZ: usize = 16;
/// The size of `struct ifreq`.
const IFREQ: usize = 40;

/// An address as the system has it.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub(super) struct SockAddr {
    bytes: [u8; 128],
    /// How many bytes of it count.
    pub len: u32,
}

impl SockAddr {
    /// Zeros with room for `len` bytes.
    pub(super) fn zeroed(len: usize) -> SockAddr {
        SockAddr { bytes: [0; 128], len: len as u32 }
    }

    fn of(family: i32, len: usize) -> SockAddr {
        let mut address = SockAddr::zeroed(len);
        address.put(0, (family as u16).to_ne_bytes());
        address
    }

    /// The first bytes of an address that the system holds.
    ///
    /// # Safety
    ///
    /// So many bytes can be read at the pointer.
    pub(super) unsafe fn copied(from: *const libc::sockaddr, len: u32) -> SockAddr {
        let mut address = SockAddr::zeroed((len as usize).min(128));
        // SAFETY: no more than the caller promises, within the array.
        unsafe {
            std::ptr::copy_nonoverlapping(
                from.cast::<u8>(),
                address.bytes.as_mut_ptr(),
                address.len as usize,
            );
        }
        address
    }

    /// For the system, to read.
    pub(super) fn ptr(&self) -> *const libc::sockaddr {
        self.bytes.as_ptr().cast()
    }

    /// For the system, to write; there are 128 bytes.
    pub(super) fn mut_ptr(&mut self) -> *mut libc::sockaddr {
        self.bytes.as_mut_ptr().cast()
    }

    pub(super) fn put<const N: usize>(&mut self, at: usize, value: [u8; N]) {
        self.bytes[at..at + N].copy_from_slice(&value);
    }

    fn put_slice(&mut self, at: usize, value: &[u8]) {
        self.bytes[at..at + value.len()].copy_from_slice(value);
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut value = [0; N];
        value.copy_from_slice(&self.bytes[at..at + N]);
        value
    }

    fn u16(&self, at: usize) -> u16 {
        u16::from_ne_bytes(self.array(at))
    }

    fn u16_be(&self, at: usize) -> u16 {
        u16::from_be_bytes(self.array(at))
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_ne_bytes(self.array(at))
    }

    /// The family.
    pub(super) fn family(&self) -> i32 {
        i32::from(self.u16(0))
    }

    /// The IPv4 address.
    pub(super) fn ipv4(&self) -> [u8; 4] {
        self.array(4)
    }

    /// The IPv6 address.
    pub(super) fn ipv6(&self) -> [u8; 16] {
        self.array(8)
    }
}

/// Text of an IPv4 or IPv6 address as the C library writes it.
pub(super) fn ip_text(family: i32, packed: &[u8]) -> PyResult<String> {
    let mut text = [0u8; 64];
    // SAFETY: the packed form has the family's length, checked by the callers; writes within `text`.
    let written = unsafe {
        super::names::inet_ntop(
            family,
            packed.as_ptr().cast(),
            text.as_mut_ptr().cast(),
            text.len() as u32,
        )
    };
    if written.is_null() {
        return Err(last_error());
    }
    let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
    Ok(String::from_utf8_lossy(&text[..end]).into_owned())
}

// --- from Python -------------------------------------------------------------------------------

/// The items of an address that must be a tuple.
struct Fields<'a> {
    items: &'a [Ref],
}

impl<'a> Fields<'a> {
    /// Checks the number of items; `message` is the text of the error.
    fn of(o: &'a Object, least: usize, most: usize, message: &str) -> PyResult<Fields<'a>> {
        match o.downcast::<Tuple>().map(|_| tuple::items_of(o)) {
            Some(items) if (least..=most).contains(&items.len()) => Ok(Fields { items }),
            _ => Err(type_error!("{message}")),
        }
    }

    /// As `of`, for texts that count the items.
    fn counted(o: &'a Object, count: usize, function: &str) -> PyResult<Fields<'a>> {
        let items = o.downcast::<Tuple>().map_or(&[][..], |_| tuple::items_of(o));
        if items.len() == count {
            return Ok(Fields { items });
        }
        Err(type_error!("{function} takes exactly {count} arguments ({} given)", items.len()))
    }

    fn c_int(&self, index: usize, default: i32) -> PyResult<i32> {
        self.items.get(index).map_or(Ok(default), |item| number::index_as_c_int(item))
    }

    /// A C `unsigned int`, without looking at overflow.
    fn c_uint(&self, index: usize, default: u32) -> PyResult<u32> {
        let Some(item) = self.items.get(index) else { return Ok(default) };
        Ok(number::index(item)?.to_u64_wrapping() as u32)
    }

    fn c_ulong(&self, index: usize) -> PyResult<u64> {
        Ok(number::index(&self.items[index])?.to_u64_wrapping())
    }

    /// A text without NUL; another object is an error of this message.
    fn text(&self, index: usize, message: &str) -> PyResult<Vec<u8>> {
        let place = Place::at("", index + 1);
        c_text(&self.items[index], &place).map_err(|error| match error {
            error if error.is_instance(&exceptions::TYPE_ERROR) => type_error!("{message}"),
            error => error,
        })
    }
}

fn check_tuple(o: &Object, family: &str, caller: &str) -> PyResult<()> {
    if o.downcast::<Tuple>().is_some() {
        return Ok(());
    }
    let found = o.type_name();
    Err(type_error!("{caller}(): {family} address must be tuple, not {found:.500}"))
}

#[cold]
fn bad_port(caller: &str) -> Exception {
    overflow_error!("{caller}(): port must be 0-65535.")
}

/// "port must be" for every overflow while the items are converted.
fn port_overflow<T>(result: PyResult<T>, caller: &str) -> PyResult<T> {
    result.map_err(|error| {
        if error.is_instance(&exceptions::OVERFLOW_ERROR) { bad_port(caller) } else { error }
    })
}

fn unix(o: &Object) -> PyResult<SockAddr> {
    let text = match o.downcast::<gopy_core::str::Str>() {
        Some(text) => text.to_os()?,
        None => gopy_core::buffer::as_slice(&gopy_core::buffer::bytes_like(o)?).to_vec(),
    };
    // An empty path, or one that starts with NUL, names no file: all its bytes count, and no NUL
    // behind them.
    let is_abstract = text.first().is_none_or(|first| *first == 0);
    let limit = if is_abstract { UNIX_PATH } else { UNIX_PATH - 1 };
    if text.len() > limit {
        return Err(os_error_text!("AF_UNIX path too long"));
    }
    let mut address = SockAddr::of(libc::AF_UNIX, 2 + text.len() + usize::from(!is_abstract));
    address.put_slice(2, &text);
    Ok(address)
}

fn inet(o: &Object, caller: &str) -> PyResult<SockAddr> {
    check_tuple(o, "AF_INET", caller)?;
    let fields = Fields::of(o, 2, 2, "AF_INET address must be a pair (host, port)")?;
    let host = names::host_bytes(&fields.items[0])?;
    let port = port_overflow(fields.c_int(1, 0), caller)?;
    let mut address = names::set_ip(&host, libc::AF_INET)?;
    let port = u16::try_from(port).map_err(|_| bad_port(caller))?;
    address.put(0, (libc::AF_INET as u16).to_ne_bytes());
    address.put(2, port.to_be_bytes());
    address.len = 16;
    Ok(address)
}

fn inet6(o: &Object, caller: &str) -> PyResult<SockAddr> {
    check_tuple(o, "AF_INET6", caller)?;
    let message = "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])";
    let fields = Fields::of(o, 2, 4, message)?;
    let host = names::host_bytes(&fields.items[0])?;
    let port = port_overflow(fields.c_int(1, 0), caller)?;
    let flow = fields.c_uint(2, 0)?;
    let scope = fields.c_uint(3, 0)?;
    let mut address = names::set_ip(&host, libc::AF_INET6)?;
    let port = u16::try_from(port).map_err(|_| bad_port(caller))?;
    if flow > 0xfffff {
        return Err(overflow_error!("{caller}(): flowinfo must be 0-1048575."));
    }
    address.put(0, (libc::AF_INET6 as u16).to_ne_bytes());
    address.put(2, port.to_be_bytes());
    address.put(4, flow.to_be_bytes());
    address.put(24, scope.to_ne_bytes());
    address.len = 28;
    Ok(address)
}

fn netlink(o: &Object, caller: &str) -> PyResult<SockAddr> {
    check_tuple(o, "AF_NETLINK", caller)?;
    let fields = Fields::of(o, 2, 2, "AF_NETLINK address must be a pair (pid, groups)")?;
    let mut address = SockAddr::of(libc::AF_NETLINK, 12);
    address.put(4, fields.c_uint(0, 0)?.to_ne_bytes());
    address.put(8, fields.c_uint(1, 0)?.to_ne_bytes());
    Ok(address)
}

/// Two numbers, under names that start with the parser's own.
fn pair(o: &Object, family: i32, name: &str) -> PyResult<(u32, u32)> {
    let _ = family;
    if o.downcast::<Tuple>().is_none() {
        let found = o.type_name();
        return Err(type_error!("getsockaddrarg: {name} address must be tuple, not {found:.500}"));
    }
    let fields = Fields::counted(o, 2, "getsockaddrarg()")?;
    Ok((fields.c_uint(0, 0)?, fields.c_uint(1, 0)?))
}

fn qipcrtr(o: &Object) -> PyResult<SockAddr> {
    let (node, port) = pair(o, AF_QIPCRTR, "AF_QIPCRTR")?;
    let mut address = SockAddr::of(AF_QIPCRTR, 12);
    address.put(4, node.to_ne_bytes());
    address.put(8, port.to_ne_bytes());
    Ok(address)
}

fn vsock(o: &Object) -> PyResult<SockAddr> {
    let (cid, port) = pair(o, AF_VSOCK, "AF_VSOCK")?;
    let mut address = SockAddr::of(AF_VSOCK, 16);
    address.put(4, port.to_ne_bytes());
    address.put(8, cid.to_ne_bytes());
    Ok(address)
}

/// The six bytes of a Bluetooth address, last first.
fn bluetooth_address(text: &[u8]) -> PyResult<[u8; 6]> {
    let wrong = || os_error_text!("bad bluetooth address");
    let text = std::str::from_utf8(text).map_err(|_| wrong())?;
    let mut bytes = [0; 6];
    let mut count = 0;
    for (index, part) in text.split(':').enumerate() {
        if index == 6 || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        bytes[5 - index] = u8::from_str_radix(part, 16).map_err(|_| wrong())?;
        count = index + 1;
    }
    if count == 6 { Ok(bytes) } else { Err(wrong()) }
}

/// Any error of a Bluetooth tuple's form.
#[cold]
fn wrong_format(caller: &str) -> Exception {
    os_error_text!("{caller}(): wrong format")
}

fn c_short(o: &Object) -> PyResult<u16> {
    // C `unsigned short` and narrower, without looking at overflow.
    Ok(number::index(o)?.to_u64_wrapping() as u16)
}

fn bluetooth(o: &Object, protocol: i32, caller: &str) -> PyResult<SockAddr> {
    let wrong = |_: Exception| wrong_format(caller);
    match protocol {
        BTPROTO_L2CAP => {
            let fields = Fields::of(o, 2, 4, "").map_err(wrong)?;
            let text = fields.text(0, "").map_err(wrong)?;
            let channel = |index: usize| {
                fields.items.get(index).map_or(Ok(0), |item| c_short(item)).map_err(wrong)
            };
            let mut address = SockAddr::of(AF_BLUETOOTH, 14);
            address.put(2, channel(1)?.to_ne_bytes());
            address.put(10, channel(2)?.to_ne_bytes());
            address.put(12, [byte_of(&fields, 3).map_err(wrong)?]);
            address.put(4, bluetooth_address(&text)?);
            Ok(address)
        }
        BTPROTO_RFCOMM => {
            let fields = Fields::of(o, 2, 2, "").map_err(wrong)?;
            let text = fields.text(0, "").map_err(wrong)?;
            let mut address = SockAddr::of(AF_BLUETOOTH, 10);
            address.put(8, [byte_of(&fields, 1).map_err(wrong)?]);
            address.put(2, bluetooth_address(&text)?);
            Ok(address)
        }
        BTPROTO_HCI => {
            let mut address = SockAddr::of(AF_BLUETOOTH, 6);
            if number::is_index(o) {
                address.put(2, c_short(o)?.to_ne_bytes());
                return Ok(address);
            }
            let fields = Fields::of(o, 1, 2, "").map_err(wrong)?;
            address.put(2, c_short(&fields.items[0]).map_err(wrong)?.to_ne_bytes());
            if let Some(channel) = fields.items.get(1) {
                address.put(4, c_short(channel).map_err(wrong)?.to_ne_bytes());
            }
            Ok(address)
        }
        BTPROTO_SCO => {
            let text = match o.downcast::<Bytes>() {
                Some(bytes) if bytes.as_slice().contains(&0) => {
                    return Err(value_error!("embedded null byte"));
                }
                Some(bytes) => bytes.as_slice().to_vec(),
                None if o.downcast::<gopy_core::str::Str>().is_some() => {
                    c_text(o, &Place::only(caller))?
                }
                None => return Err(wrong_format(caller)),
            };
            let mut address = SockAddr::of(AF_BLUETOOTH, 8);
            address.put(2, bluetooth_address(&text)?);
            Ok(address)
        }
        _ => Err(os_error_text!("{caller}(): unknown Bluetooth protocol")),
    }
}

/// A C `unsigned char`, without looking at overflow; 0 where the item is missing.
fn byte_of(fields: &Fields<'_>, index: usize) -> PyResult<u8> {
    Ok(fields.c_uint(index, 0)? as u8)
}

/// The number of an interface.
fn interface_index(socket: &Socket, name: &[u8]) -> PyResult<i32> {
    let mut request = [0u8; IFREQ];
    let len = name.len().min(IFNAMSIZ - 1);
    request[..len].copy_from_slice(&name[..len]);
    // SAFETY: a request of the size of `struct ifreq` on this stack.
    if unsafe { libc::ioctl(socket.fd(), libc::SIOCGIFINDEX, request.as_mut_ptr()) } < 0 {
        return Err(last_error());
    }
    let mut index = [0; 4];
    index.copy_from_slice(&request[16..20]);
    Ok(i32::from_ne_bytes(index))
}

/// The name of an interface, empty where there is none.
fn interface_name(fd: i32, index: i32) -> Vec<u8> {
    if index == 0 {
        return Vec::new();
    }
    let mut request = [0u8; IFREQ];
    request[16..20].copy_from_slice(&index.to_ne_bytes());
    // SAFETY: a request of the size of `struct ifreq` on this stack.
    if unsafe { libc::ioctl(fd, libc::SIOCGIFNAME, request.as_mut_ptr()) } != 0 {
        return Vec::new();
    }
    let name = &request[..IFNAMSIZ];
    name[..name.iter().position(|b| *b == 0).unwrap_or(IFNAMSIZ)].to_vec()
}

fn packet(socket: &Socket, o: &Object, caller: &str) -> PyResult<SockAddr> {
    check_tuple(o, "AF_PACKET", caller)?;
    let message = "AF_PACKET address must be a tuple of two to five elements";
    let fields = Fields::of(o, 2, 5, message)?;
    let name = fields.text(0, message)?;
    let range = |result: PyResult<i32>| {
        result.map_err(|error| {
            if error.is_instance(&exceptions::OVERFLOW_ERROR) {
                overflow_error!("{caller}(): address argument out of range")
            } else {
                error
            }
        })
    };
    let protocol = range(fields.c_int(1, 0))?;
    let packet_type = range(fields.c_int(2, 0))?;
    let hardware_type = range(fields.c_int(3, 0))?;
    let hardware = match fields.items.get(4) {
        Some(item) => gopy_core::buffer::as_slice(&gopy_core::buffer::bytes_like(item)?).to_vec(),
        None => Vec::new(),
    };
    let index = interface_index(socket, &name)?;
    if hardware.len() > 8 {
        return Err(value_error!("Hardware address must be 8 bytes or less"));
    }
    let Ok(protocol) = u16::try_from(protocol) else {
        return Err(overflow_error!("{caller}(): proto must be 0-65535."));
    };
    let mut address = SockAddr::of(libc::AF_PACKET, 20);
    address.put(2, protocol.to_be_bytes());
    address.put(4, index.to_ne_bytes());
    address.put(8, (hardware_type as u16).to_ne_bytes());
    address.put(10, [packet_type as u8, hardware.len() as u8]);
    address.put_slice(12, &hardware);
    Ok(address)
}

fn tipc(o: &Object, caller: &str) -> PyResult<SockAddr> {
    check_tuple(o, "AF_TIPC", caller)?;
    let message = "AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])";
    let fields = Fields::of(o, 4, 5, message)?;
    let (kind, first) = (fields.c_uint(0, 0)?, fields.c_uint(1, 0)?);
    let (second, third) = (fields.c_uint(2, 0)?, fields.c_uint(3, 0)?);
    let scope = fields.c_uint(4, TIPC_CLUSTER_SCOPE)?;
    let words = match kind {
        TIPC_ADDR_NAMESEQ => [first, second, third],
        TIPC_ADDR_NAME => [first, second, 0],
        TIPC_ADDR_ID => [second, first, 0],
        _ => return Err(type_error!("Invalid address type")),
    };
    let mut address = SockAddr::of(AF_TIPC, 16);
    address.put(2, [kind as u8, scope as u8]);
    for (index, word) in words.into_iter().enumerate() {
        address.put(4 + 4 * index, word.to_ne_bytes());
    }
    Ok(address)
}

fn can(socket: &Socket, o: &Object, caller: &str) -> PyResult<SockAddr> {
    let protocol = socket.protocol();
    let fields = match protocol {
        CAN_RAW | CAN_BCM => {
            check_tuple(o, "AF_CAN", caller)?;
            Fields::of(o, 1, 1, "AF_CAN address must be a tuple (interface, )")?
        }
        CAN_ISOTP => Fields::counted(o, 3, "function")?,
        CAN_J1939 => Fields::counted(o, 4, "function")?,
        _ => return Err(os_error_text!("{caller}(): unsupported CAN protocol")),
    };
    let name = util::fs_bytes(&fields.items[0])?;
    let mut address = SockAddr::of(libc::AF_CAN, 24);
    match protocol {
        CAN_ISOTP => {
            address.put(8, (fields.c_ulong(1)? as u32).to_ne_bytes());
            address.put(12, (fields.c_ulong(2)? as u32).to_ne_bytes());
        }
        CAN_J1939 => {
            address.put(8, fields.c_ulong(1)?.to_ne_bytes());
            address.put(16, fields.c_uint(2, 0)?.to_ne_bytes());
            address.put(20, [byte_of(&fields, 3)?]);
        }
        _ => {}
    }
    if name.len() >= IFNAMSIZ {
        return Err(os_error_text!("AF_CAN interface name too long"));
    }
    if !name.is_empty() {
        address.put(4, interface_index(socket, &name)?.to_ne_bytes());
    }
    Ok(address)
}

fn alg(o: &Object, caller: &str) -> PyResult<SockAddr> {
    check_tuple(o, "AF_ALG", caller)?;
    let message = "AF_ALG address must be a tuple (type, name[, feat[, mask]])";
    let fields = Fields::of(o, 2, 4, message)?;
    let kind = fields.text(0, message)?;
    let name = fields.text(1, message)?;
    let word = |index: usize| fields.items.get(index).map_or(Ok(0), |item| c_short(item));
    let (features, mask) = (word(2)?, word(3)?);
    if kind.len() >= 14 {
        return Err(value_error!("AF_ALG type too long."));
    }
    if name.len() >= 64 {
        return Err(value_error!("AF_ALG name too long."));
    }
    let mut address = SockAddr::of(libc::AF_ALG, 88);
    address.put_slice(2, &kind);
    address.put(16, u32::from(features).to_ne_bytes());
    address.put(20, u32::from(mask).to_ne_bytes());
    address.put_slice(24, &name);
    Ok(address)
}

/// An address for a socket of this family. May run Python.
pub(super) fn parse(socket: &Socket, o: &Object, caller: &str) -> PyResult<SockAddr> {
    match socket.af() {
        libc::AF_UNIX => unix(o),
        libc::AF_NETLINK => netlink(o, caller),
        AF_QIPCRTR => qipcrtr(o),
        AF_VSOCK => vsock(o),
        libc::AF_INET | AF_RDS => inet(o, caller),
        libc::AF_INET6 => inet6(o, caller),
        AF_BLUETOOTH => bluetooth(o, socket.protocol(), caller),
        libc::AF_PACKET => packet(socket, o, caller),
        AF_TIPC => tipc(o, caller),
        libc::AF_CAN => can(socket, o, caller),
        libc::AF_ALG => alg(o, caller),
        _ => Err(os_error_text!("{caller}(): bad family")),
    }
}

/// Room for an address of the family, zeroed.
pub(super) fn room(family: i32, protocol: i32) -> PyResult<SockAddr> {
    let len = match family {
        libc::AF_UNIX => 110,
        libc::AF_NETLINK | AF_QIPCRTR => 12,
        AF_VSOCK | AF_TIPC | libc::AF_INET | AF_RDS => 16,
        libc::AF_INET6 => 28,
        AF_BLUETOOTH => match protocol {
            BTPROTO_L2CAP => 14,
            BTPROTO_RFCOMM => 10,
            BTPROTO_HCI => 6,
            BTPROTO_SCO => 8,
            _ => return Err(os_error_text!("getsockaddrlen: unknown BT protocol")),
        },
        libc::AF_PACKET => 20,
        libc::AF_CAN => 24,
        libc::AF_ALG => 88,
        _ => return Err(os_error_text!("getsockaddrlen: bad family")),
    };
    Ok(SockAddr::zeroed(len))
}

// --- to Python ---------------------------------------------------------------------------------

fn numbers<const N: usize>(values: [i64; N]) -> Ref {
    tuple::from_array(values.map(int)).upcast()
}

fn text(value: &str) -> Ref {
    gopy_core::str::Str::new(value).upcast()
}

fn bluetooth_text(bytes: [u8; 6]) -> Ref {
    let [a, b, c, d, e, f] = bytes;
    text(&format!("{f:02X}:{e:02X}:{d:02X}:{c:02X}:{b:02X}:{a:02X}"))
}

/// The Python form of an address, `None` where there is none.
pub(super) fn make(fd: i32, address: &SockAddr, protocol: i32) -> PyResult {
    if address.len == 0 {
        return Ok(gopy_core::none::none());
    }
    Ok(match address.family() {
        libc::AF_INET => {
            let host = ip_text(libc::AF_INET, &address.ipv4())?;
            tuple::from_array([text(&host), int(address.u16_be(2).into())]).upcast()
        }
        libc::AF_UNIX => {
            let end = (address.len as usize).clamp(2, 2 + UNIX_PATH);
            let path = &address.bytes[2..end];
            if path.first() == Some(&0) {
                return Ok(Bytes::new(path)?.upcast());
            }
            let end = path.iter().position(|b| *b == 0).unwrap_or(path.len());
            os_str(&path[..end])
        }
        libc::AF_NETLINK | AF_QIPCRTR => numbers([address.u32(4).into(), address.u32(8).into()]),
        AF_VSOCK => numbers([address.u32(8).into(), address.u32(4).into()]),
        libc::AF_INET6 => {
            let host = ip_text(libc::AF_INET6, &address.ipv6())?;
            tuple::from_array([
                text(&host),
                int(address.u16_be(2).into()),
                int(u32::from_be_bytes(address.array(4)).into()),
                int(address.u32(24).into()),
            ])
            .upcast()
        }
        AF_BLUETOOTH => match protocol {
            BTPROTO_L2CAP => {
                let mut fields = vec![bluetooth_text(address.array(4)), int(address.u16(2).into())];
                let (channel, kind) = (address.u16(10), address.bytes[12]);
                if channel != 0 || kind != 0 {
                    fields.push(int(channel.into()));
                }
                if kind != 0 {
                    fields.push(int(kind.into()));
                }
                tuple::from_vec(fields).upcast()
            }
            BTPROTO_RFCOMM => {
                tuple::from_array([bluetooth_text(address.array(2)), int(address.bytes[8].into())])
                    .upcast()
            }
            BTPROTO_HCI => {
                let (device, channel) = (address.u16(2), address.u16(4));
                if channel == HCI_CHANNEL_RAW {
                    int(device.into())
                } else {
                    numbers([device.into(), channel.into()])
                }
            }
            BTPROTO_SCO => bluetooth_text(address.array(2)),
            _ => return Err(value_error!("Unknown Bluetooth protocol")),
        },
        libc::AF_PACKET => {
            let name = interface_name(fd, address.u32(4) as i32);
            let hardware = &address.bytes[12..][..usize::from(address.bytes[11].min(8))];
            tuple::from_array([
                text(&String::from_utf8_lossy(&name)),
                int(address.u16_be(2).into()),
                int(address.bytes[10].into()),
                int(address.u16(8).into()),
                Bytes::new(hardware)?.upcast(),
            ])
            .upcast()
        }
        AF_TIPC => {
            let kind = u32::from(address.bytes[2]);
            let scope = i64::from(address.bytes[3] as i8) as u32;
            let [first, second, third] = [4, 8, 12].map(|at| address.u32(at));
            let [first, second, third] = match kind {
                TIPC_ADDR_NAMESEQ => [first, second, third],
                TIPC_ADDR_NAME => [first, second, second],
                TIPC_ADDR_ID => [second, first, 0],
                _ => return Err(value_error!("Invalid address type")),
            };
            numbers([kind, first, second, third, scope].map(i64::from))
        }
        libc::AF_CAN => {
            let name = os_str(&interface_name(fd, address.u32(4) as i32));
            match protocol {
                CAN_ISOTP => tuple::from_array([
                    name,
                    int(address.u32(8).into()),
                    int(address.u32(12).into()),
                ])
                .upcast(),
                CAN_J1939 => {
                    let number = u64::from_ne_bytes(address.array(8));
                    tuple::from_array([
                        name,
                        gopy_core::int::Int::from_u64(number).upcast(),
                        int(address.u32(16).into()),
                        int(address.bytes[20].into()),
                    ])
                    .upcast()
                }
                _ => tuple::from_array([name]).upcast(),
            }
        }
        libc::AF_ALG => {
            let name = |bytes: &[u8]| {
                let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
                text(&String::from_utf8_lossy(&bytes[..end]))
            };
            tuple::from_array([
                name(&address.bytes[2..16]),
                name(&address.bytes[24..88]),
                int((address.u32(16) as u16).into()),
                int((address.u32(20) as u16).into()),
            ])
            .upcast()
        }
        family => {
            let data = Bytes::new(&address.bytes[2..16])?.upcast();
            tuple::from_array([int(family.into()), data]).upcast()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bluetooth_addresses_are_written_last_byte_first() {
        assert_eq!(bluetooth_address(b"01:2:FF:00:aa:10").ok(), Some([0x10, 0xaa, 0, 0xff, 2, 1]));
    }
}
