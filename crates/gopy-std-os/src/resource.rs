//! `resource`.
//!
//! Answers to `Modules/resource.c`.

use std::mem::MaybeUninit;

use gopy_core::error::{overflow_error, value_error};
use gopy_core::structseq::StructSeq;
use gopy_core::{exceptions, hooks, module, none, number, sequence, tuple};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Exception, Instance, Object, PyResult, Ref, lock};

use crate::util::{add_constants, float, int, last_error, new_struct, os_error, struct_type};

static RUSAGE: StructSeq = StructSeq {
    name: "resource.struct_rusage",
    doc: "struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n    (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the attributes ru_utime, ru_stime, ru_maxrss, and so on.",
    fields: &[
        "ru_utime",
        "ru_stime",
        "ru_maxrss",
        "ru_ixrss",
        "ru_idrss",
        "ru_isrss",
        "ru_minflt",
        "ru_majflt",
        "ru_nswap",
        "ru_inblock",
        "ru_oublock",
        "ru_msgsnd",
        "ru_msgrcv",
        "ru_nsignals",
        "ru_nvcsw",
        "ru_nivcsw",
    ],
    visible: 16,
};

/// Number of limits that there are.
const LIMITS: i32 = 16;

fn check_resource(resource: i32) -> PyResult<()> {
    if (0..LIMITS).contains(&resource) {
        return Ok(());
    }
    Err(value_error!("invalid resource specified"))
}

/// One limit; -1 is infinity.
fn limit(o: &Object) -> PyResult<libc::rlim_t> {
    let value = number::index(o)?;
    match value.to_u64() {
        Some(value) => Ok(value),
        None if value.to_i64() == Some(-1) => Ok(libc::RLIM_INFINITY),
        None if value.is_negative() => Err(value_error!("Cannot convert negative int")),
        None => Err(overflow_error!("Python int too large to convert to C rlim_t")),
    }
}

fn limits_of(o: &Object) -> PyResult<libc::rlimit> {
    let pair = sequence::to_tuple(o)?;
    match tuple::items_of(pair.as_object()) {
        [soft, hard] => Ok(libc::rlimit { rlim_cur: limit(soft)?, rlim_max: limit(hard)? }),
        _ => Err(value_error!("expected a tuple of 2 integers")),
    }
}

fn limits_tuple(limits: &libc::rlimit) -> Ref<Tuple> {
    // Infinity shows as -1.
    tuple::from_array([int(limits.rlim_cur as i64), int(limits.rlim_max as i64)])
}

/// The error of a call that sets limits.
fn limit_error() -> Exception {
    match lock::errno() {
        libc::EINVAL => value_error!("current limit exceeds maximum limit"),
        libc::EPERM => value_error!("not allowed to raise maximum limit"),
        errno => os_error(errno),
    }
}

fn seconds(time: &libc::timeval) -> Ref {
    float(time.tv_sec as f64 + time.tv_usec as f64 * 0.000_001)
}

const CONSTANTS: &[(&str, i64)] = &[
    ("RLIMIT_CPU", libc::RLIMIT_CPU as i64),
    ("RLIMIT_FSIZE", libc::RLIMIT_FSIZE as i64),
    ("RLIMIT_DATA", libc::RLIMIT_DATA as i64),
    ("RLIMIT_STACK", libc::RLIMIT_STACK as i64),
    ("RLIMIT_CORE", libc::RLIMIT_CORE as i64),
    ("RLIMIT_NOFILE", libc::RLIMIT_NOFILE as i64),
    ("RLIMIT_OFILE", libc::RLIMIT_NOFILE as i64),
    ("RLIMIT_AS", libc::RLIMIT_AS as i64),
    ("RLIMIT_RSS", libc::RLIMIT_RSS as i64),
    ("RLIMIT_NPROC", libc::RLIMIT_NPROC as i64),
    ("RLIMIT_MEMLOCK", libc::RLIMIT_MEMLOCK as i64),
    ("RLIMIT_MSGQUEUE", libc::RLIMIT_MSGQUEUE as i64),
    ("RLIMIT_NICE", libc::RLIMIT_NICE as i64),
    ("RLIMIT_RTPRIO", libc::RLIMIT_RTPRIO as i64),
    ("RLIMIT_RTTIME", libc::RLIMIT_RTTIME as i64),
    ("RLIMIT_SIGPENDING", libc::RLIMIT_SIGPENDING as i64),
    ("RUSAGE_SELF", libc::RUSAGE_SELF as i64),
    ("RUSAGE_CHILDREN", libc::RUSAGE_CHILDREN as i64),
    ("RUSAGE_THREAD", libc::RUSAGE_THREAD as i64),
    ("RLIM_INFINITY", -1),
];

/// `resource`.
#[pymodule(name = "resource")]
pub mod resource_module {
    use super::*;

    #[pyfunction("($module, who, /)")]
    fn getrusage(who: i32) -> PyResult {
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: a place on this stack.
        if unsafe { libc::getrusage(who, usage.as_mut_ptr()) } != 0 {
            if lock::errno() == libc::EINVAL {
                return Err(value_error!("invalid who parameter"));
            }
            return Err(last_error());
        }
        // SAFETY: filled by the call; zeros are valid, too.
        let usage = unsafe { usage.assume_init() };
        let mut fields = vec![seconds(&usage.ru_utime), seconds(&usage.ru_stime)];
        let numbers = [
            usage.ru_maxrss,
            usage.ru_ixrss,
            usage.ru_idrss,
            usage.ru_isrss,
            usage.ru_minflt,
            usage.ru_majflt,
            usage.ru_nswap,
            usage.ru_inblock,
            usage.ru_oublock,
            usage.ru_msgsnd,
            usage.ru_msgrcv,
            usage.ru_nsignals,
            usage.ru_nvcsw,
            usage.ru_nivcsw,
        ];
        fields.extend(numbers.into_iter().map(int));
        new_struct(&RUSAGE, fields)
    }

    #[pyfunction("($module, resource, /)")]
    fn getrlimit(resource: i32) -> PyResult<Ref<Tuple>> {
        check_resource(resource)?;
        let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: a place on this stack.
        if unsafe { libc::getrlimit(resource as u32, &raw mut limits) } != 0 {
            return Err(last_error());
        }
        Ok(limits_tuple(&limits))
    }

    #[pyfunction("($module, resource, limits, /)")]
    fn setrlimit(resource: i32, limits: &Object) -> PyResult<()> {
        check_resource(resource)?;
        (hooks::get().audit)("resource.setrlimit", &[&int(resource.into()), limits])?;
        let limits = limits_of(limits)?;
        // SAFETY: the limits are on this stack.
        if unsafe { libc::setrlimit(resource as u32, &raw const limits) } != 0 {
            return Err(limit_error());
        }
        Ok(())
    }

    #[pyfunction("($module, pid, resource, limits=None, /)")]
    fn prlimit(pid: i32, resource: i32, limits: Option<&Object>) -> PyResult<Ref<Tuple>> {
        check_resource(resource)?;
        let shown = limits.unwrap_or(none::none_object());
        (hooks::get().audit)(
            "resource.prlimit",
            &[&int(pid.into()), &int(resource.into()), shown],
        )?;
        let new = match limits {
            Some(limits) => Some(limits_of(limits)?),
            None => None,
        };
        let new = new.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: null or places on this stack.
        if unsafe { libc::prlimit(pid, resource as u32, new, &raw mut old) } != 0 {
            if lock::errno() == libc::EINVAL {
                return Err(value_error!("current limit exceeds maximum limit"));
            }
            return Err(last_error());
        }
        Ok(limits_tuple(&old))
    }

    #[pyfunction("($module, /)")]
    fn getpagesize() -> i64 {
        // SAFETY: takes a number.
        unsafe { libc::sysconf(libc::_SC_PAGESIZE) }
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "error", exceptions::OS_ERROR.to_ref())?;
        module::add(module, "struct_rusage", struct_type(&RUSAGE)?)?;
        add_constants(module, CONSTANTS)
    }
}
