//! `pwd` and `grp`.
//!
//! Answers to `Modules/pwdmodule.c` and `Modules/grpmodule.c`.

use std::mem::MaybeUninit;

use gopy_core::argument::{FromArg, Place};
use gopy_core::error::{
    key_error_text, memory_error, overflow_error, raise_text, type_error, value_error,
};
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::structseq::StructSeq;
use gopy_core::{exceptions, module, none, number, object};
use gopy_macros::pymodule;
use gopy_object::{Instance, Object, PyResult, Ref, gil};

use crate::util::{c_bytes, int, new_struct, os_str, struct_type};

static PASSWD: StructSeq = StructSeq {
    name: "pwd.struct_passwd",
    doc: "pwd.struct_passwd: Results from getpw*() routines.\n\nThis object may be accessed either as a tuple of\n  (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\nor via the object attributes as named in the above tuple.",
    fields: &["pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"],
    visible: 7,
};

static GROUP: StructSeq = StructSeq {
    name: "grp.struct_group",
    doc: "grp.struct_group: Results from getgr*() routines.\n\nThis object may be accessed either as a tuple of\n  (gr_name,gr_passwd,gr_gid,gr_mem)\nor via the object attributes as named in the above tuple.\n",
    fields: &["gr_name", "gr_passwd", "gr_gid", "gr_mem"],
    visible: 4,
};

/// A user's or group's number; the highest stands for -1.
fn id_object(id: u32) -> Ref {
    int(if id == u32::MAX { -1 } else { id.into() })
}

/// Why an argument is no number of a user or group.
enum NotAnId {
    WrongType,
    TooSmall,
    TooLarge,
}

fn id_of(arg: &Object) -> PyResult<Result<u32, NotAnId>> {
    if !number::is_index(arg) {
        return Ok(Err(NotAnId::WrongType));
    }
    let value = number::index(arg)?;
    Ok(match value.to_i64() {
        Some(-1) => Ok(u32::MAX),
        // What a C long holds and the system's type does not counts as too small, either way.
        Some(value) => u32::try_from(value).map_err(|_| NotAnId::TooSmall),
        None if value.is_negative() => Err(NotAnId::TooSmall),
        None => Err(NotAnId::TooLarge),
    })
}

/// A group's number, as an argument.
struct Gid(u32);

impl FromArg<'_> for Gid {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        match id_of(arg)? {
            Ok(id) => Ok(Gid(id)),
            Err(NotAnId::WrongType) => {
                Err(type_error!("gid should be integer, not {}", arg.type_name()))
            }
            Err(NotAnId::TooSmall) => Err(overflow_error!("gid is less than minimum")),
            Err(NotAnId::TooLarge) => Err(overflow_error!("gid is greater than maximum")),
        }
    }
}

/// A name for the system, with its NUL.
fn system_name(name: &Str) -> PyResult<Vec<u8>> {
    let mut bytes = name.to_os()?;
    if bytes.contains(&0) {
        return Err(value_error!("embedded null byte"));
    }
    bytes.push(0);
    Ok(bytes)
}

fn text(bytes: Option<&Vec<u8>>) -> Ref {
    bytes.map_or_else(none::none, |bytes| os_str(bytes))
}

/// Copies a C string; a null pointer is `None`.
///
/// # Safety
///
/// The pointer is null or points to a string that ends with NUL.
unsafe fn copy(pointer: *const libc::c_char) -> Option<Vec<u8>> {
    // SAFETY: the caller's promise.
    (!pointer.is_null()).then(|| unsafe { c_bytes(pointer) })
}

/// A user, copied from the system's memory.
struct User {
    texts: [Option<Vec<u8>>; 5],
    uid: u32,
    gid: u32,
}

impl User {
    /// # Safety
    ///
    /// The record's strings are there.
    unsafe fn of(record: &libc::passwd) -> User {
        let pointers =
            [record.pw_name, record.pw_passwd, record.pw_gecos, record.pw_dir, record.pw_shell];
        // SAFETY: the caller's promise.
        let texts = pointers.map(|pointer| unsafe { copy(pointer) });
        User { texts, uid: record.pw_uid, gid: record.pw_gid }
    }

    fn object(&self) -> PyResult {
        let [name, password, gecos, folder, shell] = &self.texts;
        new_struct(
            &PASSWD,
            vec![
                text(name.as_ref()),
                text(password.as_ref()),
                id_object(self.uid),
                id_object(self.gid),
                text(gecos.as_ref()),
                text(folder.as_ref()),
                text(shell.as_ref()),
            ],
        )
    }
}

/// A group, copied from the system's memory.
struct Group {
    name: Option<Vec<u8>>,
    password: Option<Vec<u8>>,
    gid: u32,
    members: Vec<Vec<u8>>,
}

impl Group {
    /// # Safety
    ///
    /// The record's strings and its list of members are there.
    unsafe fn of(record: &libc::group) -> Group {
        let mut members = Vec::new();
        let mut next = record.gr_mem;
        // SAFETY: the caller's promise; the list ends with null.
        unsafe {
            while !next.is_null() && !next.read_unaligned().is_null() {
                members.push(c_bytes(next.read_unaligned()));
                next = next.add(1);
            }
            Group {
                name: copy(record.gr_name),
                password: copy(record.gr_passwd),
                gid: record.gr_gid,
                members,
            }
        }
    }

    fn object(&self) -> PyResult {
        let members = List::from_vec(self.members.iter().map(|name| os_str(name)).collect());
        new_struct(
            &GROUP,
            vec![
                text(self.name.as_ref()),
                text(self.password.as_ref()),
                id_object(self.gid),
                members.upcast(),
            ],
        )
    }
}

/// Asks with more and more room until the answer fits. `ask` gets the record, the room and the place
/// of the answer; `read` copies the record.
fn look_up<R, T: Send>(
    ask: impl Fn(*mut R, &mut [u8], *mut *mut R) -> i32 + Send,
    read: impl Fn(&R) -> T + Send,
) -> PyResult<Option<T>> {
    let found = gil::detach(move || {
        let mut size = 1024;
        loop {
            let mut room: Vec<u8> = Vec::new();
            if room.try_reserve_exact(size).is_err() {
                return Err(());
            }
            room.resize(size, 0);
            let mut record = MaybeUninit::<R>::zeroed();
            let mut answer = std::ptr::null_mut();
            let errno = ask(record.as_mut_ptr(), &mut room, &raw mut answer);
            if errno == libc::ERANGE {
                size *= 2;
                continue;
            }
            if errno == libc::ENOMEM {
                return Err(());
            }
            if errno != 0 || answer.is_null() {
                return Ok(None);
            }
            // SAFETY: the answer points to `record`, filled; its strings are in `room`.
            return Ok(Some(read(unsafe { &*answer })));
        }
    });
    found.map_err(|()| memory_error())
}

fn not_found(message: String) -> gopy_object::Exception {
    raise_text(&exceptions::KEY_ERROR, Str::new(&message))
}

/// `pwd`.
#[pymodule(name = "pwd")]
pub mod pwd_module {
    use super::*;

    #[pyfunction("($module, uidobj, /)")]
    fn getpwuid(uidobj: &Object) -> PyResult {
        let uid = match id_of(uidobj)? {
            Ok(uid) => uid,
            Err(NotAnId::WrongType) => {
                return Err(type_error!("uid should be integer, not {}", uidobj.type_name()));
            }
            Err(_) => return Err(key_error_text!("getpwuid(): uid not found")),
        };
        let user = look_up(
            // SAFETY: a record, so much room as there is, and a place for the answer.
            |record, room, answer| unsafe {
                libc::getpwuid_r(uid, record, room.as_mut_ptr().cast(), room.len(), answer)
            },
            // SAFETY: a record that the system has filled.
            |record| unsafe { User::of(record) },
        )?;
        match user {
            Some(user) => user.object(),
            None => {
                let shown = object::str(&id_object(uid))?;
                Err(not_found(format!("getpwuid(): uid not found: {shown}")))
            }
        }
    }

    #[pyfunction("($module, name, /)")]
    fn getpwnam(name: &Str) -> PyResult {
        let bytes = system_name(name)?;
        let user = look_up(
            // SAFETY: a name that ends with NUL, a record, so much room as there is, and a place for
            // the answer.
            |record, room, answer| unsafe {
                let name = bytes.as_ptr().cast();
                libc::getpwnam_r(name, record, room.as_mut_ptr().cast(), room.len(), answer)
            },
            // SAFETY: a record that the system has filled.
            |record| unsafe { User::of(record) },
        )?;
        match user {
            Some(user) => user.object(),
            None => {
                let shown = object::repr(name.as_object())?;
                Err(not_found(format!("getpwnam(): name not found: {shown}")))
            }
        }
    }

    #[pyfunction("($module, /)")]
    fn getpwall() -> PyResult<Ref<List>> {
        let users = List::new();
        // SAFETY: the list is read with the GIL held, so by one thread at a time; each record is
        // copied before the next one is asked for.
        unsafe {
            libc::setpwent();
            while let Some(record) = libc::getpwent().as_ref() {
                let user = User::of(record).object().and_then(|user| users.push(user));
                if let Err(error) = user {
                    libc::endpwent();
                    return Err(error);
                }
            }
            libc::endpwent();
        }
        Ok(users)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "struct_passwd", struct_type(&PASSWD)?)
    }
}

/// `grp`.
#[pymodule(name = "grp")]
pub mod grp_module {
    use super::*;

    #[pyfunction("($module, /, id)")]
    fn getgrgid(id: Gid) -> PyResult {
        let gid = id.0;
        let group = look_up(
            // SAFETY: a record, so much room as there is, and a place for the answer.
            |record, room, answer| unsafe {
                libc::getgrgid_r(gid, record, room.as_mut_ptr().cast(), room.len(), answer)
            },
            // SAFETY: a record that the system has filled.
            |record| unsafe { Group::of(record) },
        )?;
        match group {
            Some(group) => group.object(),
            None => {
                let shown = object::str(&id_object(gid))?;
                Err(not_found(format!("getgrgid(): gid not found: {shown}")))
            }
        }
    }

    #[pyfunction("($module, /, name)")]
    fn getgrnam(name: &Str) -> PyResult {
        let bytes = system_name(name)?;
        let group = look_up(
            // SAFETY: a name that ends with NUL, a record, so much room as there is, and a place for
            // the answer.
            |record, room, answer| unsafe {
                let name = bytes.as_ptr().cast();
                libc::getgrnam_r(name, record, room.as_mut_ptr().cast(), room.len(), answer)
            },
            // SAFETY: a record that the system has filled.
            |record| unsafe { Group::of(record) },
        )?;
        match group {
            Some(group) => group.object(),
            None => {
                let shown = object::repr(name.as_object())?;
                Err(not_found(format!("getgrnam(): name not found: {shown}")))
            }
        }
    }

    #[pyfunction("($module, /)")]
    fn getgrall() -> PyResult<Ref<List>> {
        let groups = List::new();
        // SAFETY: as in `getpwall`.
        unsafe {
            libc::setgrent();
            while let Some(record) = libc::getgrent().as_ref() {
                let group = Group::of(record).object().and_then(|group| groups.push(group));
                if let Err(error) = group {
                    libc::endgrent();
                    return Err(error);
                }
            }
            libc::endgrent();
        }
        Ok(groups)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "struct_group", struct_type(&GROUP)?)
    }
}
