//! Who a process runs as and how, and `posix_spawn`.

use std::mem::MaybeUninit;

use gopy_core::argument::{ArgSpec, Bound, FromArg, Place, Style};
use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::{hooks, iter, none, number, object, sequence, tuple};
use gopy_macros::{pymethods, pymodule};
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, lock};

use super::process::{self, CStrings, SCHED_PARAM};
use crate::signal::SignalSet;
use crate::util::{self, CText, Id, Path, int, key, last_error, new_struct, os_error, struct_type};

fn check(result: i32) -> PyResult<()> {
    if result == -1 { Err(last_error()) } else { Ok(()) }
}

/// `sched_param(sched_priority)`: not the constructor of structures, which takes a sequence.
pub(super) fn new_sched_param(ty: &Type, args: Args<'_>) -> PyResult {
    static SPEC: ArgSpec = ArgSpec {
        function: "sched_param",
        names: &["sched_priority"],
        required: &[true],
        positional_only: 0,
        positional: 1,
        required_positional: 1,
        rest: false,
        keywords: false,
        style: Style::Clinic,
    };
    let mut places = [None];
    let bound = Bound::bind(&SPEC, args, &mut places)?;
    gopy_core::structseq::new(ty, vec![bound.required(0).to_ref()])
}

/// What differs from other structures, since the constructor does.
#[pymethods(Tuple)]
pub(super) mod sched_param {
    use super::*;

    #[pymethod("($self, /)")]
    fn __reduce__(this: &Tuple) -> PyResult<Ref<Tuple>> {
        let param = this.as_object();
        let priority = sequence::item(param, 0)?;
        let ty = param.type_().to_ref().upcast();
        Ok(tuple::from_array([ty, tuple::from_array([priority]).upcast()]))
    }
}

/// A scheduling parameter.
struct SchedParam(libc::sched_param);

impl FromArg<'_> for SchedParam {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        let ty = struct_type(&SCHED_PARAM)?;
        if !std::ptr::eq(arg.type_(), &*ty) {
            return Err(type_error!("must have a sched_param object"));
        }
        let priority = sequence::item(arg, 0)?;
        let priority = number::index_as_c_long(&priority)?;
        let Ok(priority) = i32::try_from(priority) else {
            return Err(overflow_error!("sched_priority out of range"));
        };
        // SAFETY: a structure of numbers.
        let mut param: libc::sched_param = unsafe { std::mem::zeroed() };
        param.sched_priority = priority;
        Ok(SchedParam(param))
    }
}

/// What is done to descriptors in the child, freed with this.
struct FileActions {
    actions: Box<libc::posix_spawn_file_actions_t>,
    /// Paths that the actions point to.
    _paths: Vec<Path>,
}

impl Drop for FileActions {
    fn drop(&mut self) {
        // SAFETY: initialised in `parse`, destroyed once.
        unsafe { libc::posix_spawn_file_actions_destroy(&mut *self.actions) };
    }
}

const OPEN: i32 = 0;
const CLOSE: i32 = 1;
const DUP2: i32 = 2;
const CLOSE_FROM: i32 = 3;

unsafe extern "C" {
    fn posix_spawn_file_actions_addclosefrom_np(
        actions: *mut libc::posix_spawn_file_actions_t,
        from: libc::c_int,
    ) -> libc::c_int;
    fn posix_spawnattr_setschedpolicy(
        attributes: *mut libc::posix_spawnattr_t,
        policy: libc::c_int,
    ) -> libc::c_int;
    fn posix_spawnattr_setschedparam(
        attributes: *mut libc::posix_spawnattr_t,
        param: *const libc::sched_param,
    ) -> libc::c_int;
}

impl FileActions {
    fn parse(function: &str, given: &Object) -> PyResult<FileActions> {
        let items = sequence::fast(given, "file_actions must be a sequence or None")?;
        let mut actions = Box::new(MaybeUninit::uninit());
        // SAFETY: initialises the room.
        let errno = unsafe { libc::posix_spawn_file_actions_init(actions.as_mut_ptr()) };
        if errno != 0 {
            return Err(os_error(errno));
        }
        // SAFETY: just initialised.
        let actions = unsafe { actions.assume_init() };
        let mut this = FileActions { actions, _paths: Vec::new() };
        for item in iter::collect(&items)? {
            this.add(function, &item)?;
        }
        Ok(this)
    }

    fn add(&mut self, function: &str, item: &Object) -> PyResult<()> {
        let fields = item.downcast::<Tuple>().map_or(&[][..], |_| tuple::items_of(item));
        let Some(tag) = fields.first() else {
            return Err(type_error!("Each file_actions element must be a non-empty tuple"));
        };
        let count = |name: &str, wanted: usize| {
            if fields.len() == wanted {
                return Ok(());
            }
            Err(type_error!("A {name} file_action tuple must have {wanted} elements"))
        };
        let number_at = |index: usize| number::index_as_c_int(&fields[index]);
        let errno = match number::index_as_c_int(tag)? {
            OPEN => {
                count("open", 5)?;
                let fd = number_at(1)?;
                let path = Path::from_arg(&fields[2], &Place::named(function, "path"))?;
                let (flags, mode) = (number_at(3)?, number::index(&fields[4])?);
                let mode = mode.to_u64_wrapping() as libc::mode_t;
                // SAFETY: a C string, which is copied.
                let errno = unsafe {
                    libc::posix_spawn_file_actions_addopen(
                        &mut *self.actions,
                        fd,
                        path.c().ptr(),
                        flags,
                        mode,
                    )
                };
                self._paths.push(path);
                errno
            }
            CLOSE => {
                count("close", 2)?;
                let fd = number_at(1)?;
                // SAFETY: takes a plain number.
                unsafe { libc::posix_spawn_file_actions_addclose(&mut *self.actions, fd) }
            }
            DUP2 => {
                count("dup2", 3)?;
                let (from, to) = (number_at(1)?, number_at(2)?);
                // SAFETY: takes plain numbers.
                unsafe { libc::posix_spawn_file_actions_adddup2(&mut *self.actions, from, to) }
            }
            CLOSE_FROM => {
                count("closefrom", 2)?;
                let from = number_at(1)?;
                // SAFETY: takes a plain number.
                unsafe { posix_spawn_file_actions_addclosefrom_np(&mut *self.actions, from) }
            }
            _ => return Err(type_error!("Unknown file_actions identifier")),
        };
        if errno != 0 { Err(os_error(errno)) } else { Ok(()) }
    }
}

/// How the child is set up, freed with this.
struct Attributes(Box<libc::posix_spawnattr_t>);

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialised in `parse`, destroyed once.
        unsafe { libc::posix_spawnattr_destroy(&mut *self.0) };
    }
}

/// The keyword arguments that make the attributes.
struct Wanted<'a> {
    setpgroup: Option<&'a Object>,
    resetids: bool,
    setsid: bool,
    setsigmask: Option<&'a Object>,
    setsigdef: Option<&'a Object>,
    scheduler: Option<&'a Object>,
}

impl Attributes {
    fn parse(function: &str, wanted: &Wanted<'_>) -> PyResult<Attributes> {
        let mut room = Box::new(MaybeUninit::uninit());
        // SAFETY: initialises the room.
        let errno = unsafe { libc::posix_spawnattr_init(room.as_mut_ptr()) };
        if errno != 0 {
            return Err(os_error(errno));
        }
        // SAFETY: just initialised.
        let mut this = Attributes(unsafe { room.assume_init() });
        let attributes = &mut *this.0;
        let done = |errno: i32| if errno == 0 { Ok(()) } else { Err(os_error(errno)) };
        let mut flags = 0;
        if let Some(group) = wanted.setpgroup.filter(|o| !none::is_none(o)) {
            let group = number::index_as_c_int(group)?;
            // SAFETY: takes a plain number.
            done(unsafe { libc::posix_spawnattr_setpgroup(attributes, group) })?;
            flags |= libc::POSIX_SPAWN_SETPGROUP;
        }
        if wanted.resetids {
            flags |= libc::POSIX_SPAWN_RESETIDS;
        }
        if wanted.setsid {
            flags |= libc::POSIX_SPAWN_SETSID as i32;
        }
        let place = Place::only(function);
        if let Some(mask) = wanted.setsigmask {
            let mask = SignalSet::from_arg(mask, &place)?;
            // SAFETY: reads one set.
            done(unsafe { libc::posix_spawnattr_setsigmask(attributes, &mask.0) })?;
            flags |= libc::POSIX_SPAWN_SETSIGMASK;
        }
        if let Some(defaults) = wanted.setsigdef {
            let defaults = SignalSet::from_arg(defaults, &place)?;
            // SAFETY: reads one set.
            done(unsafe { libc::posix_spawnattr_setsigdefault(attributes, &defaults.0) })?;
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
        }
        if let Some(scheduler) = wanted.scheduler.filter(|o| !none::is_none(o)) {
            if scheduler.downcast::<Tuple>().is_none() {
                return Err(type_error!("{function}: scheduler must be a tuple or None"));
            }
            let [policy, param] = tuple::items_of(scheduler) else {
                return Err(type_error!("A scheduler tuple must have two elements"));
            };
            let param = SchedParam::from_arg(param, &place)?;
            if !none::is_none(policy) {
                let policy = number::index_as_c_int(policy)?;
                // SAFETY: takes a plain number.
                done(unsafe { posix_spawnattr_setschedpolicy(attributes, policy) })?;
                flags |= libc::POSIX_SPAWN_SETSCHEDULER;
            }
            // SAFETY: reads one parameter.
            done(unsafe { posix_spawnattr_setschedparam(attributes, &param.0) })?;
            flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
        }
        // SAFETY: takes a plain number.
        done(unsafe { libc::posix_spawnattr_setflags(attributes, flags as libc::c_short) })?;
        Ok(this)
    }
}

/// What both functions do.
#[allow(clippy::too_many_arguments, reason = "the parameters of posix_spawn()")]
fn spawn(
    function: &'static str,
    searches: bool,
    path: &Path,
    argv: &Object,
    env: &Object,
    file_actions: Option<&Object>,
    wanted: &Wanted<'_>,
) -> PyResult<i32> {
    let arguments = process::arguments(&format!("{function}: argv must be a tuple or list"), argv)?;
    process::check_arguments(&format!("{function}: argv"), &arguments)?;
    let environment = if none::is_none(env) {
        None
    } else if mapping_like(env)? {
        Some(process::environment(env)?)
    } else {
        return Err(type_error!("{function}: environment must be a mapping object or None"));
    };
    let actions = file_actions
        .filter(|o| !none::is_none(o))
        .map(|given| FileActions::parse(function, given))
        .transpose()?;
    let attributes = Attributes::parse(function, wanted)?;
    (hooks::get().audit)("os.posix_spawn", &[&path.object, argv, env])?;
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    // SAFETY: the C library's own variable; start-up and `putenv` change it under the GIL.
    let envp = environment.as_ref().map_or_else(|| unsafe { environ }, CStrings::ptr);
    let actions = actions.as_ref().map_or(std::ptr::null(), |a| std::ptr::from_ref(&*a.actions));
    let call = if searches { libc::posix_spawnp } else { libc::posix_spawn };
    let mut pid = 0;
    // SAFETY: C strings, arrays that null closes, and what was initialised above. With the GIL,
    // since the environment must not change.
    let errno = unsafe {
        call(&mut pid, path.c().ptr(), actions, &*attributes.0, arguments.ptr().cast(), envp.cast())
    };
    if errno != 0 { Err(path.error(errno)) } else { Ok(pid) }
}

fn mapping_like(o: &Object) -> PyResult<bool> {
    Ok(o.downcast::<gopy_core::dict::Dict>().is_some()
        || object::get_attr_opt(o, &key("keys"))?.is_some())
}

/// The functions.
#[pymodule(name = "posix")]
pub mod module {
    use super::*;

    #[pyfunction(
        "($module, path, argv, env, /, *, file_actions=(),\n            setpgroup=None, resetids=False, setsid=False,\n            setsigmask=(), setsigdef=(), scheduler=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "the parameters of posix_spawn()")]
    fn posix_spawn(
        path: Path,
        argv: &Object,
        env: &Object,
        file_actions: Option<&Object>,
        setpgroup: Option<&Object>,
        resetids: bool,
        setsid: bool,
        setsigmask: Option<&Object>,
        setsigdef: Option<&Object>,
        scheduler: Option<&Object>,
    ) -> PyResult<i32> {
        let wanted = Wanted { setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler };
        spawn("posix_spawn", false, &path, argv, env, file_actions, &wanted)
    }

    #[pyfunction(
        "($module, path, argv, env, /, *, file_actions=(),\n             setpgroup=None, resetids=False, setsid=False,\n             setsigmask=(), setsigdef=(), scheduler=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "the parameters of posix_spawnp()")]
    fn posix_spawnp(
        path: Path,
        argv: &Object,
        env: &Object,
        file_actions: Option<&Object>,
        setpgroup: Option<&Object>,
        resetids: bool,
        setsid: bool,
        setsigmask: Option<&Object>,
        setsigdef: Option<&Object>,
        scheduler: Option<&Object>,
    ) -> PyResult<i32> {
        let wanted = Wanted { setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler };
        spawn("posix_spawnp", true, &path, argv, env, file_actions, &wanted)
    }

    #[pyfunction("($module, /)")]
    fn forkpty() -> PyResult<Ref<Tuple>> {
        process::check_fork()?;
        (hooks::get().audit)("os.forkpty", &[])?;
        let threads = process::thread_count();
        process::before_fork();
        let mut master = -1;
        let null = std::ptr::null_mut();
        // SAFETY: writes one number; the rest may be null. The child repairs the locks at once.
        let pid = unsafe { libc::forkpty(&mut master, null, null.cast(), null.cast()) };
        let errno = lock::errno();
        if pid == 0 {
            process::after_fork_child();
        } else {
            process::after_fork_parent();
            process::warn_of_threads("forkpty", threads)?;
        }
        if pid < 0 {
            return Err(os_error(errno));
        }
        Ok(tuple::from_array([int(pid.into()), int(master.into())]))
    }

    #[pyfunction("($module, ruid, euid, /)")]
    fn setreuid(ruid: Id, euid: Id) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setreuid(ruid.0, euid.0) })
    }

    #[pyfunction("($module, rgid, egid, /)")]
    fn setregid(rgid: Id, egid: Id) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setregid(rgid.0, egid.0) })
    }

    #[pyfunction("($module, ruid, euid, suid, /)")]
    fn setresuid(ruid: Id, euid: Id, suid: Id) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setresuid(ruid.0, euid.0, suid.0) })
    }

    #[pyfunction("($module, rgid, egid, sgid, /)")]
    fn setresgid(rgid: Id, egid: Id, sgid: Id) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        check(unsafe { libc::setresgid(rgid.0, egid.0, sgid.0) })
    }

    #[pyfunction("($module, groups, /)")]
    fn setgroups(groups: &Object) -> PyResult<()> {
        if !sequence::is_sequence(groups) {
            return Err(type_error!("setgroups argument must be a sequence"));
        }
        let mut ids: Vec<libc::gid_t> = Vec::new();
        for group in iter::collect(groups)? {
            if group.downcast::<Int>().is_none() {
                return Err(type_error!("groups must be integers"));
            }
            ids.push(util::group_id(&group)?);
        }
        if ids.len() > 65536 {
            return Err(value_error!("too many groups"));
        }
        // SAFETY: reads within the vector.
        check(unsafe { libc::setgroups(ids.len(), ids.as_ptr()) })
    }

    #[pyfunction("($module, user, group, /)")]
    fn getgrouplist(user: CText, group: &Object) -> PyResult<Ref<List>> {
        let group = util::group_id(group)?;
        let mut room = 64;
        loop {
            let mut groups: Vec<libc::gid_t> = vec![0; room];
            let mut count = room as i32;
            // SAFETY: writes within the vector.
            let result =
                unsafe { libc::getgrouplist(user.ptr(), group, groups.as_mut_ptr(), &mut count) };
            if result >= 0 {
                groups.truncate(count.max(0) as usize);
                return Ok(List::from_vec(groups.into_iter().map(|id| int(id.into())).collect()));
            }
            if room > 1 << 20 {
                return Err(last_error());
            }
            room = (room * 2).max(count.max(0) as usize);
        }
    }

    #[pyfunction("($module, username, gid, /)")]
    fn initgroups(username: util::FsBytes, gid: &Object) -> PyResult<()> {
        let gid = util::group_id(gid)?;
        let name = username.with_nul();
        // SAFETY: a C string.
        check(unsafe { libc::initgroups(name.as_ptr().cast(), gid) })
    }

    #[pyfunction("($module, pid, /)")]
    fn sched_getparam(pid: i32) -> PyResult {
        // SAFETY: a structure of numbers.
        let mut param: libc::sched_param = unsafe { std::mem::zeroed() };
        // SAFETY: writes one parameter.
        check(unsafe { libc::sched_getparam(pid, &mut param) })?;
        new_struct(&SCHED_PARAM, vec![int(param.sched_priority.into())])
    }

    #[pyfunction("($module, pid, param, /)")]
    fn sched_setparam(pid: i32, param: SchedParam) -> PyResult<()> {
        // SAFETY: reads one parameter.
        check(unsafe { libc::sched_setparam(pid, &param.0) })
    }

    #[pyfunction("($module, pid, policy, param, /)")]
    fn sched_setscheduler(pid: i32, policy: i32, param: SchedParam) -> PyResult<()> {
        // SAFETY: reads one parameter.
        check(unsafe { libc::sched_setscheduler(pid, policy, &param.0) })
    }

    #[pyfunction("($module, pid, /)")]
    fn sched_rr_get_interval(pid: i32) -> PyResult<f64> {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: writes one time.
        check(unsafe { libc::sched_rr_get_interval(pid, &mut time) })?;
        Ok(time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64)
    }
}
