//! Names and addresses of hosts, services and interfaces.
//!
//! Answers to `setipaddr`, `getaddrinfo` and their kin in `Modules/socketmodule.c`.

use std::ptr;

use gopy_core::argument::{FromArg, Place};
use gopy_core::bytes::Bytes;
use gopy_core::dict::Dict;
use gopy_core::error::{os_error_text, overflow_error, raise_with, type_error};
use gopy_core::list::List;
use gopy_core::str::{Str, interned};
use gopy_core::{codecs, exceptions, hooks, none, number, tuple, type_};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Slot, Type, gil};

use super::address::{self, SockAddr, ip_text};
use crate::util::{self, CText, ReadBuf, c_bytes, int, last_error, os_error, os_str, state};

unsafe extern "C" {
    fn gethostbyname_r(
        name: *const libc::c_char,
        result: *mut libc::hostent,
        room: *mut libc::c_char,
        len: usize,
        found: *mut *mut libc::hostent,
        error: *mut libc::c_int,
    ) -> libc::c_int;
    fn gethostbyaddr_r(
        address: *const libc::c_void,
        address_len: libc::socklen_t,
        family: libc::c_int,
        result: *mut libc::hostent,
        room: *mut libc::c_char,
        len: usize,
        found: *mut *mut libc::hostent,
        error: *mut libc::c_int,
    ) -> libc::c_int;
    fn hstrerror(error: libc::c_int) -> *const libc::c_char;
    pub(super) fn inet_ntop(
        family: libc::c_int,
        packed: *const libc::c_void,
        text: *mut libc::c_char,
        len: libc::socklen_t,
    ) -> *const libc::c_char;
    #[link_name = "inet_pton"]
    fn inet_pton_c(
        family: libc::c_int,
        text: *const libc::c_char,
        packed: *mut libc::c_void,
    ) -> libc::c_int;
    fn inet_aton(text: *const libc::c_char, packed: *mut libc::in_addr) -> libc::c_int;
}

// --- errors ------------------------------------------------------------------------------------

/// The exceptions of the module.
#[derive(Default)]
pub(super) struct Errors {
    herror: Slot<Type>,
    gaierror: Slot<Type>,
}

fn new_error(name: &str) -> PyResult<Ref<Type>> {
    let dict = Dict::new();
    dict.set_str(&interned("__module__"), &Str::new("socket"))?;
    let bases = tuple::from_array([exceptions::OS_ERROR.to_ref().upcast()]);
    type_::new_type(&gopy_object::typeobj::TYPE, &Str::new(name), &bases, &dict, Args::none())
}

impl Errors {
    /// Makes the two types.
    pub(super) fn make() -> PyResult<(Ref<Type>, Ref<Type>)> {
        let (herror, gaierror) = (new_error("herror")?, new_error("gaierror")?);
        let errors = state::<Errors>();
        errors.herror.set(Some(herror.clone()));
        errors.gaierror.set(Some(gaierror.clone()));
        Ok((herror, gaierror))
    }
}

#[cold]
fn named_error(ty: Option<Ref<Type>>, code: i32, text: &[u8]) -> Exception {
    let text = Str::new(&String::from_utf8_lossy(text)).upcast();
    let code = int(code.into());
    match ty {
        Some(ty) => raise_with(&ty, &[&code, &text]),
        None => raise_with(&exceptions::OS_ERROR, &[&code, &text]),
    }
}

#[cold]
fn gai_error(code: i32) -> Exception {
    if code == libc::EAI_SYSTEM {
        return last_error();
    }
    // SAFETY: answers a static C string.
    let text = unsafe { c_bytes(libc::gai_strerror(code)) };
    named_error(state::<Errors>().gaierror.get(), code, &text)
}

#[cold]
fn host_error(code: i32) -> Exception {
    // SAFETY: answers a static C string.
    let text = unsafe { c_bytes(hstrerror(code)) };
    named_error(state::<Errors>().herror.get(), code, &text)
}

// --- resolving ---------------------------------------------------------------------------------

/// A host as the resolver takes it, NUL at the end (`idna_converter`). May run Python.
pub(super) fn host_bytes(o: &Object) -> PyResult<Vec<u8>> {
    let mut bytes = if let Some(bytes) = o.downcast::<Bytes>() {
        bytes.as_slice().to_vec()
    } else if let Some(text) = o.downcast::<Str>() {
        match text.as_str().filter(|text| text.is_ascii()) {
            Some(text) => text.as_bytes().to_vec(),
            None => match codecs::encode(o, "idna", None) {
                Ok(encoded) => encoded
                    .downcast::<Bytes>()
                    .map_or(Vec::new(), |encoded| encoded.as_slice().to_vec()),
                Err(_) => return Err(type_error!("encoding of hostname failed")),
            },
        }
    } else if util::is_bytearray(o) {
        gopy_core::buffer::as_slice(&gopy_core::buffer::bytes_like(o)?).to_vec()
    } else {
        return Err(type_error!("str, bytes or bytearray expected, not {}", o.type_name()));
    };
    if bytes.contains(&0) {
        return Err(type_error!("host name must not contain null character"));
    }
    bytes.push(0);
    Ok(bytes)
}

/// A host name as an argument, encoded for the resolver, NUL at the end.
pub(super) struct HostName(Vec<u8>);

impl FromArg<'_> for HostName {
    fn from_arg(arg: &Object, place: &Place<'_>) -> PyResult<Self> {
        let mut bytes = if let Some(bytes) = arg.downcast::<Bytes>() {
            bytes.as_slice().to_vec()
        } else if util::is_bytearray(arg) {
            gopy_core::buffer::as_slice(&gopy_core::buffer::bytes_like(arg)?).to_vec()
        } else if arg.downcast::<Str>().is_some() {
            let encoded = codecs::encode(arg, "idna", None)?;
            encoded.downcast::<Bytes>().map_or(Vec::new(), |b| b.as_slice().to_vec())
        } else {
            return Err(place.bad_argument("str, bytes or bytearray", arg));
        };
        if bytes.contains(&0) {
            return Err(place.bad_argument("encoded string without null bytes", arg));
        }
        bytes.push(0);
        Ok(HostName(bytes))
    }
}

/// What the resolver found, freed with this.
struct Found(*mut libc::addrinfo);

// SAFETY: a list that only its owner reads.
unsafe impl Send for Found {}

impl Drop for Found {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: a list of `getaddrinfo`, freed once.
            unsafe { libc::freeaddrinfo(self.0) };
        }
    }
}

impl Found {
    fn iter(&self) -> impl Iterator<Item = &libc::addrinfo> {
        let mut next = self.0;
        std::iter::from_fn(move || {
            // SAFETY: an entry of the list, which lives as long as `self`.
            let entry = unsafe { next.as_ref() }?;
            next = entry.ai_next;
            Some(entry)
        })
    }
}

/// The address of an entry.
fn address_of(entry: &libc::addrinfo) -> SockAddr {
    // SAFETY: the resolver gives an address of this length.
    unsafe { SockAddr::copied(entry.ai_addr, entry.ai_addrlen) }
}

fn hints(family: i32, kind: i32, protocol: i32, flags: i32) -> libc::addrinfo {
    libc::addrinfo {
        ai_flags: flags,
        ai_family: family,
        ai_socktype: kind,
        ai_protocol: protocol,
        ai_addrlen: 0,
        ai_addr: ptr::null_mut(),
        ai_canonname: ptr::null_mut(),
        ai_next: ptr::null_mut(),
    }
}

/// Asks the resolver, without the GIL; host and service end with NUL. The error is its code.
fn resolve(
    host: Option<&[u8]>,
    service: Option<&[u8]>,
    wanted: [i32; 4],
) -> Result<Found, Exception> {
    let [family, kind, protocol, flags] = wanted;
    let result = gil::detach(|| {
        let hints = hints(family, kind, protocol, flags);
        let mut found = Found(ptr::null_mut());
        let host = host.map_or(ptr::null(), <[u8]>::as_ptr);
        let service = service.map_or(ptr::null(), <[u8]>::as_ptr);
        // SAFETY: C strings or null, hints and a place on this stack.
        let code = unsafe { libc::getaddrinfo(host.cast(), service.cast(), &hints, &mut found.0) };
        if code == 0 { Ok(found) } else { Err(code) }
    });
    result.map_err(gai_error)
}

/// The address of a host name that ends with NUL; its port is 0 (`setipaddr`).
pub(super) fn set_ip(host: &[u8], family: i32) -> PyResult<SockAddr> {
    let name = host.strip_suffix(b"\0").unwrap_or(host);
    if name.is_empty() {
        let wanted = [family, libc::SOCK_DGRAM, 0, libc::AI_PASSIVE];
        let found = resolve(None, Some(b"0\0"), wanted)?;
        let entries: Vec<_> = found.iter().collect();
        let Some(first) = entries.first() else { return Err(gai_error(libc::EAI_NONAME)) };
        if first.ai_family != libc::AF_INET && first.ai_family != libc::AF_INET6 {
            return Err(os_error_text!("unsupported address family"));
        }
        if entries.len() > 1 {
            return Err(os_error_text!("wildcard resolved to multiple address"));
        }
        return Ok(address_of(first));
    }
    if name == b"255.255.255.255" || name == b"<broadcast>" {
        if family != libc::AF_INET && family != libc::AF_UNSPEC {
            return Err(os_error_text!("address family mismatched"));
        }
        return Ok(ipv4([255; 4]));
    }
    if family == libc::AF_UNSPEC || family == libc::AF_INET {
        let mut packed = [0; 4];
        // SAFETY: a C string, and room for an IPv4 address.
        let result =
            unsafe { inet_pton_c(libc::AF_INET, host.as_ptr().cast(), packed.as_mut_ptr().cast()) };
        if result > 0 {
            return Ok(ipv4(packed));
        }
    }
    if (family == libc::AF_UNSPEC || family == libc::AF_INET6) && !name.contains(&b'%') {
        let mut packed = [0u8; 16];
        // SAFETY: a C string, and room for an IPv6 address.
        let result = unsafe {
            inet_pton_c(libc::AF_INET6, host.as_ptr().cast(), packed.as_mut_ptr().cast())
        };
        if result > 0 {
            let mut address = SockAddr::zeroed(28);
            address.put(0, (libc::AF_INET6 as u16).to_ne_bytes());
            address.put(8, packed);
            return Ok(address);
        }
    }
    let found = resolve(Some(host), None, [family, 0, 0, 0])?;
    let Some(first) = found.iter().next() else { return Err(gai_error(libc::EAI_NONAME)) };
    let address = address_of(first);
    match address.family() {
        libc::AF_INET | libc::AF_INET6 => Ok(address),
        _ => Err(os_error_text!("unknown address family")),
    }
}

fn ipv4(packed: [u8; 4]) -> SockAddr {
    let mut address = SockAddr::zeroed(16);
    address.put(0, (libc::AF_INET as u16).to_ne_bytes());
    address.put(4, packed);
    address
}

/// The C strings of an array that null closes.
///
/// # Safety
///
/// The array is null or as described, and lives long enough.
unsafe fn c_array(mut array: *const *mut libc::c_char) -> Vec<*const libc::c_char> {
    let mut found = Vec::new();
    if array.is_null() {
        return found;
    }
    loop {
        // SAFETY: not behind the null that closes the array.
        let entry = unsafe { array.read_unaligned() };
        if entry.is_null() {
            return found;
        }
        found.push(entry.cast_const());
        // SAFETY: as above.
        array = unsafe { array.add(1) };
    }
}

fn decoded(bytes: &[u8]) -> PyResult {
    codecs::decode(&*Bytes::new(bytes)?, "utf-8", None)
}

/// Host name, aliases and addresses of an entry of the hosts' data base.
fn host_entry(found: Result<*const libc::hostent, i32>, family: i32) -> PyResult {
    let entry = found.map_err(host_error)?;
    // SAFETY: the caller's buffer holds the entry.
    let entry = unsafe { &*entry };
    if entry.h_addrtype != family {
        return Err(os_error(libc::EAFNOSUPPORT));
    }
    let mut aliases = Vec::new();
    // SAFETY: an array that null closes.
    for alias in unsafe { c_array(entry.h_aliases) } {
        // SAFETY: a C string.
        aliases.push(decoded(&unsafe { c_bytes(alias) })?);
    }
    let mut addresses = Vec::new();
    let len = if family == libc::AF_INET { 4 } else { 16 };
    // SAFETY: an array that null closes.
    for address in unsafe { c_array(entry.h_addr_list) } {
        // SAFETY: an address of the family's length.
        let packed = unsafe { std::slice::from_raw_parts(address.cast::<u8>(), len) };
        addresses.push(Str::new(&ip_text(family, packed)?).upcast());
    }
    // SAFETY: a C string.
    let name = decoded(&unsafe { c_bytes(entry.h_name) })?;
    let (aliases, addresses) = (List::from_vec(aliases), List::from_vec(addresses));
    Ok(tuple::from_array([name, aliases.upcast(), addresses.upcast()]).upcast())
}

/// Room for an entry of the hosts' data base.
struct HostRoom {
    entry: libc::hostent,
    room: Vec<u64>,
}

// SAFETY: pointers into memory that this owns.
unsafe impl Send for HostRoom {}

impl HostRoom {
    fn new() -> HostRoom {
        // SAFETY: a `hostent` of zeros has null pointers only.
        HostRoom { entry: unsafe { std::mem::zeroed() }, room: vec![0; 2048] }
    }

    /// Runs a look-up without the GIL; the entry, or the error code of the data base.
    fn ask(
        &mut self,
        call: impl FnOnce(
            *mut libc::hostent,
            *mut libc::c_char,
            usize,
            *mut *mut libc::hostent,
            *mut libc::c_int,
        ) + Send,
    ) -> Result<*const libc::hostent, i32> {
        let this = self;
        let code = gil::detach(move || {
            let (mut found, mut code) = (ptr::null_mut(), 0);
            let room = this.room.as_mut_ptr().cast();
            call(&mut this.entry, room, this.room.len() * 8 - 1, &mut found, &mut code);
            if found.is_null() { Err(code) } else { Ok(found.expose_provenance()) }
        });
        code.map(ptr::with_exposed_provenance)
    }
}

/// What comes after an audited name.
fn audit_args(event: &str, name: &Object) -> PyResult<()> {
    (hooks::get().audit)(event, &[name])
}

/// A C unsigned integer that must fit.
struct Unsigned<const BITS: u32>(u32);

impl<const BITS: u32> FromArg<'_> for Unsigned<BITS> {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        util::c_unsigned(arg, BITS, if BITS == 16 { "uint16_t" } else { "uint32_t" })
            .map(|value| Unsigned(value as u32))
    }
}

/// The number of an interface.
struct InterfaceIndex(u32);

impl FromArg<'_> for InterfaceIndex {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        util::c_unsigned(arg, 32, "unsigned int").map(|value| InterfaceIndex(value as u32))
    }
}

fn interface_names() -> PyResult<Ref<List>> {
    // SAFETY: takes nothing; the array is freed below.
    let entries = unsafe { libc::if_nameindex() };
    if entries.is_null() {
        return Err(last_error());
    }
    let mut found = Vec::new();
    let mut entry = entries;
    loop {
        // SAFETY: not behind the entry of number 0 that closes the array.
        let here = unsafe { &*entry };
        if here.if_index == 0 {
            break;
        }
        // SAFETY: a C string.
        let name = os_str(&unsafe { c_bytes(here.if_name) });
        found.push(tuple::from_array([int(here.if_index.into()), name]).upcast());
        // SAFETY: as above.
        entry = unsafe { entry.add(1) };
    }
    // SAFETY: an array of `if_nameindex`, freed once.
    unsafe { libc::if_freenameindex(entries) };
    Ok(List::from_vec(found))
}

/// The service of `getaddrinfo`, NUL at the end. May run Python.
fn service_bytes(port: &Object) -> PyResult<Option<Vec<u8>>> {
    if none::is_none(port) {
        return Ok(None);
    }
    let mut bytes = if number::is_index(port) {
        number::index(port)?.to_bigint().to_string().into_bytes()
    } else if let Some(text) = port.downcast::<Str>() {
        text.to_utf8()?.as_bytes().to_vec()
    } else if let Some(bytes) = port.downcast::<Bytes>() {
        bytes.as_slice().to_vec()
    } else {
        return Err(os_error_text!("Int or String expected"));
    };
    bytes.push(0);
    Ok(Some(bytes))
}

/// The functions.
#[pymodule(name = "_socket")]
pub mod module {
    use super::*;

    #[pyfunction("($module, host, /)", style = parsetuple)]
    fn gethostbyname(host: &Object) -> PyResult<String> {
        let name = HostName::from_arg(host, &Place::at("gethostbyname", 1))?;
        audit_args("socket.gethostbyname", host)?;
        ip_text(libc::AF_INET, &set_ip(&name.0, libc::AF_INET)?.ipv4())
    }

    #[pyfunction("($module, host, /)", style = parsetuple)]
    fn gethostbyname_ex(host: &Object) -> PyResult {
        let name = HostName::from_arg(host, &Place::at("gethostbyname_ex", 1))?;
        audit_args("socket.gethostbyname", host)?;
        set_ip(&name.0, libc::AF_INET)?;
        let (mut room, text) = (HostRoom::new(), &name.0);
        let found = room.ask(|entry, data, len, found, code| {
            // SAFETY: a C string, and room of the length said.
            unsafe { gethostbyname_r(text.as_ptr().cast(), entry, data, len, found, code) };
        });
        host_entry(found, libc::AF_INET)
    }

    #[pyfunction("($module, host, /)", style = parsetuple)]
    fn gethostbyaddr(host: &Object) -> PyResult {
        let name = HostName::from_arg(host, &Place::at("gethostbyaddr", 1))?;
        audit_args("socket.gethostbyaddr", host)?;
        let address = set_ip(&name.0, libc::AF_UNSPEC)?;
        let family = address.family();
        let packed = match family {
            libc::AF_INET => address.ipv4().to_vec(),
            libc::AF_INET6 => address.ipv6().to_vec(),
            _ => return Err(os_error_text!("unsupported address family")),
        };
        let (mut room, packed) = (HostRoom::new(), &packed);
        let found = room.ask(|entry, data, len, found, code| {
            let (address, address_len) = (packed.as_ptr().cast(), packed.len() as u32);
            // SAFETY: an address of this length, and room of the length said.
            unsafe {
                gethostbyaddr_r(address, address_len, family, entry, data, len, found, code);
            }
        });
        host_entry(found, family)
    }

    #[pyfunction("($self, /)")]
    fn gethostname() -> PyResult {
        (hooks::get().audit)("socket.gethostname", &[])?;
        let mut name = [0u8; 1024];
        // SAFETY: writes within the array, whose last byte stays 0.
        if unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) } < 0 {
            return Err(last_error());
        }
        let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
        Ok(os_str(&name[..end]))
    }

    #[pyfunction("($module, name, /)", style = parsetuple)]
    fn sethostname(name: &Object) -> PyResult<()> {
        let bytes = match name.downcast::<Bytes>() {
            Some(bytes) => bytes.as_slice().to_vec(),
            None => util::fs_bytes(name)?,
        };
        (hooks::get().audit)("socket.sethostname", &[&*Bytes::new(&bytes)?])?;
        // SAFETY: reads within the vector.
        if unsafe { libc::sethostname(bytes.as_ptr().cast(), bytes.len()) } != 0 {
            return Err(last_error());
        }
        Ok(())
    }

    #[pyfunction("($module, name, protocol=None, /)", style = parsetuple)]
    fn getservbyname(name: CText, protocol: Option<&Object>) -> PyResult<u16> {
        let place = Place::at("getservbyname", 2);
        let protocol = protocol.map(|p| CText::from_arg(p, &place)).transpose()?;
        let shown = protocol.as_ref().map_or_else(none::none, |p| os_str(p.text()));
        (hooks::get().audit)("socket.getservbyname", &[&os_str(name.text()), &shown])?;
        let protocol = protocol.as_ref().map_or(ptr::null(), CText::ptr);
        // SAFETY: C strings or null. With the GIL, since the answer is in static memory.
        match unsafe { libc::getservbyname(name.ptr(), protocol).as_ref() } {
            Some(entry) => Ok(u16::from_be(entry.s_port as u16)),
            None => Err(os_error_text!("service/proto not found")),
        }
    }

    #[pyfunction("($module, port, protocol=None, /)", style = parsetuple)]
    fn getservbyport(port: i32, protocol: Option<&Object>) -> PyResult {
        let place = Place::at("getservbyport", 2);
        let protocol = protocol.map(|p| CText::from_arg(p, &place)).transpose()?;
        let Ok(number) = u16::try_from(port) else {
            return Err(overflow_error!("getservbyport: port must be 0-65535."));
        };
        let shown = protocol.as_ref().map_or_else(none::none, |p| os_str(p.text()));
        (hooks::get().audit)("socket.getservbyport", &[&int(port.into()), &shown])?;
        let protocol = protocol.as_ref().map_or(ptr::null(), CText::ptr);
        // SAFETY: a C string or null. With the GIL, since the answer is in static memory.
        match unsafe { libc::getservbyport(number.to_be().into(), protocol).as_ref() } {
            // SAFETY: a C string, copied at once.
            Some(entry) => decoded(&unsafe { c_bytes(entry.s_name) }),
            None => Err(os_error_text!("port/proto not found")),
        }
    }

    #[pyfunction("($module, name, /)", style = parsetuple)]
    fn getprotobyname(name: CText) -> PyResult<i32> {
        // SAFETY: a C string. With the GIL, since the answer is in static memory.
        match unsafe { libc::getprotobyname(name.ptr()).as_ref() } {
            Some(entry) => Ok(entry.p_proto),
            None => Err(os_error_text!("protocol not found")),
        }
    }

    #[pyfunction("($module, integer, /)")]
    fn ntohs(integer: Unsigned<16>) -> u16 {
        u16::from_be(integer.0 as u16)
    }

    #[pyfunction("($module, integer, /)")]
    fn ntohl(integer: Unsigned<32>) -> u32 {
        u32::from_be(integer.0)
    }

    #[pyfunction("($module, integer, /)")]
    fn htons(integer: Unsigned<16>) -> u16 {
        (integer.0 as u16).to_be()
    }

    #[pyfunction("($module, integer, /)")]
    fn htonl(integer: Unsigned<32>) -> u32 {
        integer.0.to_be()
    }

    #[pyfunction("($module, ip_addr, /)")]
    fn inet_aton(ip_addr: CText) -> PyResult<Ref<Bytes>> {
        let mut packed = libc::in_addr { s_addr: 0 };
        // SAFETY: a C string and a place on this stack.
        if unsafe { super::inet_aton(ip_addr.ptr(), &mut packed) } == 0 {
            return Err(os_error_text!("illegal IP address string passed to inet_aton"));
        }
        Bytes::new(&packed.s_addr.to_ne_bytes())
    }

    #[pyfunction("($module, packed_ip, /)")]
    fn inet_ntoa(packed_ip: ReadBuf) -> PyResult<String> {
        let [a, b, c, d] = packed_ip.as_slice() else {
            return Err(os_error_text!("packed IP wrong length for inet_ntoa"));
        };
        Ok(format!("{a}.{b}.{c}.{d}"))
    }

    #[pyfunction("($module, af, ip, /)", style = parsetuple)]
    fn inet_pton(af: i32, ip: CText) -> PyResult<Ref<Bytes>> {
        let mut packed = [0u8; 16];
        // SAFETY: a C string and room for the longest address.
        match unsafe { inet_pton_c(af, ip.ptr(), packed.as_mut_ptr().cast()) } {
            result if result < 0 => Err(last_error()),
            0 => Err(os_error_text!("illegal IP address string passed to inet_pton")),
            _ if af == libc::AF_INET => Bytes::new(&packed[..4]),
            _ => Bytes::new(&packed),
        }
    }

    #[pyfunction("($module, af, packed_ip, /)", style = parsetuple)]
    fn inet_ntop(af: i32, packed_ip: ReadBuf) -> PyResult<String> {
        let len = match af {
            libc::AF_INET => 4,
            libc::AF_INET6 => 16,
            _ => return Err(gopy_core::error::value_error!("unknown address family {af}")),
        };
        if packed_ip.as_slice().len() != len {
            return Err(gopy_core::error::value_error!(
                "invalid length of packed IP address string"
            ));
        }
        ip_text(af, packed_ip.as_slice())
    }

    #[pyfunction(
        "($module, host, port, family=0, type=0, proto=0, flags=0)",
        style = parsetuple
    )]
    fn getaddrinfo(
        host: &Object,
        port: &Object,
        family: i32,
        r#type: i32,
        proto: i32,
        flags: i32,
    ) -> PyResult<Ref<List>> {
        let mut name = if none::is_none(host) {
            None
        } else if host.downcast::<Str>().is_some() {
            let encoded = codecs::encode(host, "idna", None)?;
            Some(encoded.downcast::<Bytes>().map_or(Vec::new(), |b| b.as_slice().to_vec()))
        } else if let Some(bytes) = host.downcast::<Bytes>() {
            Some(bytes.as_slice().to_vec())
        } else {
            return Err(type_error!("getaddrinfo() argument 1 must be string or None"));
        };
        if let Some(name) = &mut name {
            name.push(0);
        }
        let service = service_bytes(port)?;
        let numbers = [family, r#type, proto].map(|value| int(value.into()));
        (hooks::get().audit)(
            "socket.getaddrinfo",
            &[host, port, &numbers[0], &numbers[1], &numbers[2]],
        )?;
        let wanted = [family, r#type, proto, flags];
        let found = resolve(name.as_deref(), service.as_deref(), wanted)?;
        let mut all = Vec::new();
        for entry in found.iter() {
            let address = address::make(-1, &address_of(entry), proto)?;
            // SAFETY: a C string or null.
            let canonical = decoded(&unsafe { c_bytes(entry.ai_canonname) })?;
            let [family, kind, protocol] =
                [entry.ai_family, entry.ai_socktype, entry.ai_protocol].map(|v| int(v.into()));
            all.push(tuple::from_array([family, kind, protocol, canonical, address]).upcast());
        }
        Ok(List::from_vec(all))
    }

    #[pyfunction("($module, sockaddr, flags, /)", style = parsetuple)]
    fn getnameinfo(sockaddr: &Object, flags: i32) -> PyResult<Ref<Tuple>> {
        let Some(items) = sockaddr.downcast::<Tuple>().map(|_| tuple::items_of(sockaddr)) else {
            return Err(type_error!("getnameinfo() argument 1 must be a tuple"));
        };
        const ILLEGAL: &str = "getnameinfo(): illegal sockaddr argument";
        if !(2..=4).contains(&items.len()) || items[0].downcast::<Str>().is_none() {
            return Err(type_error!("{ILLEGAL}"));
        }
        let host = CText::from_arg(&items[0], &Place::at("getnameinfo", 1))?;
        let port = number::index_as_c_int(&items[1])?;
        let word = |index: usize| -> PyResult<u32> {
            let Some(item) = items.get(index) else { return Ok(0) };
            Ok(number::index(item)?.to_u64_wrapping() as u32)
        };
        let (flow, scope) = (word(2)?, word(3)?);
        if flow > 0xfffff {
            return Err(overflow_error!("getnameinfo(): flowinfo must be 0-1048575."));
        }
        (hooks::get().audit)("socket.getnameinfo", &[sockaddr])?;
        let service = format!("{port}\0").into_bytes();
        let wanted = [libc::AF_UNSPEC, libc::SOCK_DGRAM, 0, libc::AI_NUMERICHOST];
        let found = resolve(Some(host.with_nul()), Some(&service), wanted)?;
        let entries: Vec<_> = found.iter().collect();
        let [entry] = entries[..] else {
            return Err(os_error_text!("sockaddr resolved to multiple addresses"));
        };
        let mut address = address_of(entry);
        if entry.ai_family == libc::AF_INET && items.len() != 2 {
            return Err(os_error_text!("IPv4 sockaddr must be 2 tuple"));
        }
        if entry.ai_family == libc::AF_INET6 {
            address.put(4, flow.to_be_bytes());
            address.put(24, scope.to_ne_bytes());
        }
        let (mut host, mut service) = ([0u8; 1025], [0u8; 32]);
        let code = {
            let (address, host, service) = (&address, &mut host, &mut service);
            gil::detach(move || {
                // SAFETY: an address of this length; writes within the arrays.
                unsafe {
                    libc::getnameinfo(
                        address.ptr(),
                        address.len,
                        host.as_mut_ptr().cast(),
                        host.len() as u32,
                        service.as_mut_ptr().cast(),
                        service.len() as u32,
                        flags,
                    )
                }
            })
        };
        if code != 0 {
            return Err(gai_error(code));
        }
        let text = |bytes: &[u8]| {
            decoded(&bytes[..bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len())])
        };
        Ok(tuple::from_array([text(&host)?, text(&service)?]))
    }

    #[pyfunction("($self, /)")]
    fn if_nameindex() -> PyResult<Ref<List>> {
        interface_names()
    }

    #[pyfunction("($module, oname, /)")]
    fn if_nametoindex(oname: util::FsBytes) -> PyResult<u32> {
        let name = oname.with_nul();
        // SAFETY: a C string.
        match unsafe { libc::if_nametoindex(name.as_ptr().cast()) } {
            0 => Err(last_error()),
            index => Ok(index),
        }
    }

    #[pyfunction("($module, if_index, /)")]
    fn if_indextoname(if_index: InterfaceIndex) -> PyResult {
        let mut name = [0u8; 17];
        // SAFETY: room for the longest name.
        if unsafe { libc::if_indextoname(if_index.0, name.as_mut_ptr().cast()) }.is_null() {
            return Err(last_error());
        }
        let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
        Ok(os_str(&name[..end]))
    }
}
