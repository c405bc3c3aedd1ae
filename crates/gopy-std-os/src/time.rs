//! `time`.
//!
//! Answers to `Modules/timemodule.c`.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;

use gopy_core::argument::{FromArg, Place};
use gopy_core::dict::Dict;
use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, StrBuilder, interned};
use gopy_core::structseq::StructSeq;
use gopy_core::{call, hooks, import, module, namespace, number, tuple};
use gopy_macros::pymodule;
use gopy_object::{Args, Object, PyResult, Ref, gil, lock, signals};

use crate::pytime::{self, Round};
use crate::util::{
    add_constants, float, int, last_error, new_struct, os_error, os_str, struct_type,
};

unsafe extern "C" {
    fn tzset();
}

static STRUCT_TIME: StructSeq = StructSeq {
    name: "time.struct_time",
    doc: "The time value as returned by gmtime(), localtime(), and strptime(), and\n accepted by asctime(), mktime() and strftime().  May be considered as a\n sequence of 9 integers.\n\n Note that several fields' values are not the same as those defined by\n the C language standard for struct tm.  For example, the value of the\n field tm_year is the actual year, not year - 1900.  See individual\n fields' descriptions for details.",
    fields: &[
        "tm_year",
        "tm_mon",
        "tm_mday",
        "tm_hour",
        "tm_min",
        "tm_sec",
        "tm_wday",
        "tm_yday",
        "tm_isdst",
        "tm_zone",
        "tm_gmtoff",
    ],
    visible: 9,
};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// A C `int` as `PyArg_ParseTuple`'s `i` reads it.
pub(crate) struct CInt(pub i32);

impl FromArg<'_> for CInt {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        c_int(arg).map(CInt)
    }
}

fn c_int(arg: &Object) -> PyResult<i32> {
    let value = number::index_as_c_long(arg)?;
    i32::try_from(value).map_err(|_| {
        if value < 0 {
            overflow_error!("signed integer is less than minimum")
        } else {
            overflow_error!("signed integer is greater than maximum")
        }
    })
}

/// The number of a clock.
struct ClockId(libc::clockid_t);

impl FromArg<'_> for ClockId {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        let value = if number::is_index(arg) { number::index(arg)?.to_i64() } else { None };
        match value.and_then(|value| i32::try_from(value).ok()) {
            Some(value) => Ok(ClockId(value)),
            None => Err(type_error!("clk_id should be integer, not {}", arg.type_name())),
        }
    }
}

fn read_clock(clock: libc::clockid_t) -> PyResult<i64> {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the call fills the place where it answers 0.
    if unsafe { libc::clock_gettime(clock, time.as_mut_ptr()) } != 0 {
        return Err(last_error());
    }
    // SAFETY: as above.
    Ok(pytime::from_timespec(unsafe { time.assume_init_ref() }))
}

fn clock_resolution(clock: libc::clockid_t) -> PyResult<f64> {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the call fills the place where it answers 0.
    if unsafe { libc::clock_getres(clock, time.as_mut_ptr()) } != 0 {
        return Err(last_error());
    }
    // SAFETY: as above.
    let time = unsafe { time.assume_init() };
    Ok(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)
}

fn set_clock(clock: i32, nanos: i64) -> PyResult<()> {
    let time = pytime::to_timespec(nanos);
    // SAFETY: the time is on this stack.
    if unsafe { libc::clock_settime(clock, &raw const time) } != 0 {
        return Err(last_error());
    }
    Ok(())
}

/// The fields of a broken-down time.
fn struct_of(tm: &libc::tm) -> PyResult {
    // SAFETY: the zone's name is null or a string of the C library that stays.
    let zone = unsafe { crate::util::c_bytes(tm.tm_zone) };
    let numbers = [
        i64::from(tm.tm_year) + 1900,
        i64::from(tm.tm_mon) + 1,
        tm.tm_mday.into(),
        tm.tm_hour.into(),
        tm.tm_min.into(),
        tm.tm_sec.into(),
        i64::from((tm.tm_wday + 6) % 7),
        i64::from(tm.tm_yday) + 1,
        tm.tm_isdst.into(),
    ];
    let mut fields: Vec<Ref> = numbers.into_iter().map(int).collect();
    fields.push(os_str(&zone));
    fields.push(int(tm.tm_gmtoff));
    new_struct(&STRUCT_TIME, fields)
}

type BreakDown = unsafe extern "C" fn(*const libc::time_t, *mut libc::tm) -> *mut libc::tm;

fn break_down(seconds: i64, how: BreakDown) -> PyResult<libc::tm> {
    let mut tm = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both places are on this stack.
    if unsafe { how(&raw const seconds, tm.as_mut_ptr()) }.is_null() {
        let errno = lock::errno();
        return Err(os_error(if errno == 0 { libc::EINVAL } else { errno }));
    }
    // SAFETY: filled by the call; all zeros are valid, too.
    Ok(unsafe { tm.assume_init() })
}

fn now() -> i64 {
    // SAFETY: no place for the answer is given.
    unsafe { libc::time(std::ptr::null_mut()) }
}

fn seconds_or_now(seconds: Option<&Object>) -> PyResult<i64> {
    seconds.map_or_else(|| Ok(now()), pytime::to_time_t)
}

/// A time from a tuple or a `struct_time`; the name of its zone must live as long (`gettmarg`).
fn tm_of(o: &Object, function: &str) -> PyResult<(libc::tm, Option<CString>)> {
    let ty = struct_type(&STRUCT_TIME)?;
    let is_struct = o.is_instance(&ty);
    if !is_struct && !o.is_exact(&tuple::TUPLE) {
        return Err(type_error!("Tuple or struct_time argument required"));
    }
    let items = tuple::items_of(o);
    if items.len() != 9 {
        return Err(type_error!("{function}(): illegal time tuple argument"));
    }
    let mut numbers = [0; 9];
    for (number, item) in numbers.iter_mut().zip(items) {
        *number = c_int(item)?;
    }
    let [year, mon, mday, hour, min, sec, wday, yday, isdst] = numbers;
    if year < i32::MIN + 1900 {
        return Err(overflow_error!("year out of range"));
    }
    // SAFETY: plain data.
    let mut tm: libc::tm = unsafe { MaybeUninit::zeroed().assume_init() };
    tm.tm_year = year - 1900;
    tm.tm_mon = mon.wrapping_sub(1);
    tm.tm_mday = mday;
    tm.tm_hour = hour;
    tm.tm_min = min;
    tm.tm_sec = sec;
    tm.tm_wday = wday.wrapping_add(1) % 7;
    tm.tm_yday = yday.wrapping_sub(1);
    tm.tm_isdst = isdst;
    let mut name = None;
    if is_struct {
        let zone = gopy_core::object::get_attr(o, &interned("tm_zone"))?;
        if let Some(zone) = zone.downcast::<Str>() {
            name = CString::new(zone.to_utf8()?).ok();
        }
        let offset = gopy_core::object::get_attr(o, &interned("tm_gmtoff"))?;
        if !gopy_core::none::is_none(&offset) {
            tm.tm_gmtoff = number::index_as_c_long(&offset)?;
        }
    }
    if let Some(name) = &name {
        tm.tm_zone = name.as_ptr();
    }
    Ok((tm, name))
}

/// Checks what the C library takes without looking (`checktm`).
fn check_tm(tm: &mut libc::tm) -> PyResult<()> {
    let wrong = |what: &str| Err(value_error!("{what} out of range"));
    if tm.tm_mon == -1 {
        tm.tm_mon = 0;
    } else if !(0..=11).contains(&tm.tm_mon) {
        return wrong("month");
    }
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    } else if !(0..=31).contains(&tm.tm_mday) {
        return wrong("day of month");
    }
    if !(0..=23).contains(&tm.tm_hour) {
        return wrong("hour");
    }
    if !(0..=59).contains(&tm.tm_min) {
        return wrong("minute");
    }
    if !(0..=61).contains(&tm.tm_sec) {
        return wrong("seconds");
    }
    if tm.tm_wday < 0 {
        return wrong("day of week");
    }
    if tm.tm_yday == -1 {
        tm.tm_yday = 0;
    } else if !(0..=365).contains(&tm.tm_yday) {
        return wrong("day of year");
    }
    Ok(())
}

fn asctime_text(tm: &libc::tm) -> String {
    format!(
        "{} {}{:3} {:02}:{:02}:{:02} {}",
        DAYS[tm.tm_wday as usize % 7],
        MONTHS[tm.tm_mon as usize % 12],
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        1900 + i64::from(tm.tm_year)
    )
}

/// `strftime` of a format without NUL and beyond-ASCII characters.
fn format_ascii(format: &CStr, tm: &libc::tm) -> PyResult<Vec<u8>> {
    let length = format.to_bytes().len();
    let mut room = 1024;
    loop {
        let mut buffer = crate::util::zeroed(room)?;
        // SAFETY: so much room there is, the format ends with NUL and the time is whole.
        let used = unsafe { libc::strftime(buffer.as_mut_ptr().cast(), room, format.as_ptr(), tm) };
        if used > 0 || room >= 256 * length {
            buffer.truncate(used);
            return Ok(buffer);
        }
        room *= 2;
    }
}

/// Name and offset of the zone at a time.
fn zone_at(seconds: i64) -> PyResult<(Ref, i64)> {
    let tm = break_down(seconds, libc::localtime_r)?;
    // SAFETY: as in `struct_of`.
    let name = unsafe { crate::util::c_bytes(tm.tm_zone) };
    Ok((os_str(&name), -tm.tm_gmtoff))
}

/// `timezone`, `altzone`, `daylight` and `tzname` (`init_timezone`).
fn init_timezone(module: &Object) -> PyResult<()> {
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let january = now() / YEAR * YEAR;
    let (january_name, january_zone) = zone_at(january)?;
    let (july_name, july_zone) = zone_at(january + YEAR / 2)?;
    // South of the equator summer is in January.
    let southern = january_zone < july_zone;
    let (timezone, altzone, names) = if southern {
        (july_zone, january_zone, [july_name, january_name])
    } else {
        (january_zone, july_zone, [january_name, july_name])
    };
    let daylight = i64::from(january_zone != july_zone);
    module::add(module, "timezone", timezone)?;
    module::add(module, "altzone", altzone)?;
    module::add(module, "daylight", daylight)?;
    module::add(module, "tzname", tuple::from_array(names))
}

/// Sleeps until a time of the monotonic clock, through signals. May run Python.
fn sleep_for(nanos: i64) -> PyResult<()> {
    let clock = libc::CLOCK_MONOTONIC;
    let until = read_clock(clock)?.saturating_add(nanos);
    let until = pytime::to_timespec(until);
    loop {
        let errno = gil::detach(|| {
            // SAFETY: the time is on this stack; no rest is asked for.
            unsafe {
                libc::clock_nanosleep(
                    clock,
                    libc::TIMER_ABSTIME,
                    &raw const until,
                    std::ptr::null_mut(),
                )
            }
        });
        match errno {
            0 => return Ok(()),
            libc::EINTR => signals::check()?,
            other => return Err(os_error(other)),
        }
    }
}

fn clock_info(name: &str) -> Option<(libc::clockid_t, &'static str, bool, bool)> {
    Some(match name {
        "time" => (libc::CLOCK_REALTIME, "clock_gettime(CLOCK_REALTIME)", false, true),
        "monotonic" | "perf_counter" => {
            (libc::CLOCK_MONOTONIC, "clock_gettime(CLOCK_MONOTONIC)", true, false)
        }
        "process_time" => {
            (libc::CLOCK_PROCESS_CPUTIME_ID, "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", true, false)
        }
        "thread_time" => {
            (libc::CLOCK_THREAD_CPUTIME_ID, "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", true, false)
        }
        _ => return None,
    })
}

const CLOCKS: &[(&str, i64)] = &[
    ("CLOCK_REALTIME", libc::CLOCK_REALTIME as i64),
    ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC as i64),
    ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW as i64),
    ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID as i64),
    ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID as i64),
    ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME as i64),
    ("CLOCK_TAI", libc::CLOCK_TAI as i64),
];

/// `time`.
#[pymodule(name = "time")]
pub mod time_module {
    use super::*;

    #[pyfunction("($self, /)")]
    fn time() -> PyResult<f64> {
        // rebuild-times: time
        read_clock(libc::CLOCK_REALTIME).map(pytime::as_seconds)
    }

    #[pyfunction("($self, /)")]
    fn time_ns() -> PyResult<i64> {
        read_clock(libc::CLOCK_REALTIME)
    }

    #[pyfunction("($module, clk_id, /)")]
    fn clock_gettime(clk_id: ClockId) -> PyResult<f64> {
        read_clock(clk_id.0).map(pytime::as_seconds)
    }

    #[pyfunction("($module, clk_id, /)")]
    fn clock_gettime_ns(clk_id: ClockId) -> PyResult<i64> {
        read_clock(clk_id.0)
    }

    #[pyfunction("($module, clk_id, time, /)", hide_signature, style = parsetuple)]
    fn clock_settime(clk_id: CInt, time: &Object) -> PyResult<()> {
        set_clock(clk_id.0, pytime::from_seconds(time, Round::Floor)?)
    }

    #[pyfunction("($module, clk_id, time, /)", hide_signature, style = parsetuple)]
    fn clock_settime_ns(clk_id: CInt, time: &Object) -> PyResult<()> {
        set_clock(clk_id.0, pytime::from_nanoseconds(time)?)
    }

    #[pyfunction("($module, clk_id, /)", hide_signature, style = parsetuple)]
    fn clock_getres(clk_id: CInt) -> PyResult<f64> {
        clock_resolution(clk_id.0)
    }

    #[pyfunction("($module, thread_id, /)", hide_signature, style = parsetuple)]
    fn pthread_getcpuclockid(thread_id: &Object) -> PyResult<i32> {
        let Some(thread) = thread_id.downcast::<Int>() else {
            return Err(Place::at("pthread_getcpuclockid", 1).bad_argument("int", thread_id));
        };
        let ident = thread.to_u64_wrapping();
        // The C library follows the number as a pointer: only threads that we know of.
        let mut known = false;
        gil::for_each_thread(|thread| known |= thread.ident.get() == ident);
        // SAFETY: takes no arguments.
        if !known && ident != unsafe { libc::pthread_self() } {
            return Err(os_error(libc::ESRCH));
        }
        let mut clock = 0;
        // SAFETY: a live thread, and a place on this stack.
        let errno = unsafe { libc::pthread_getcpuclockid(ident, &raw mut clock) };
        if errno != 0 { Err(os_error(errno)) } else { Ok(clock) }
    }

    #[pyfunction("($self, object, /)")]
    fn sleep(object: &Object) -> PyResult<()> {
        (hooks::get().audit)("time.sleep", &[object])?;
        let nanos = pytime::from_seconds(object, Round::Up)?;
        if nanos < 0 {
            return Err(value_error!("sleep length must be non-negative"));
        }
        sleep_for(nanos)
    }

    #[pyfunction("($module, seconds=None, /)", hide_signature, style = parsetuple)]
    fn gmtime(seconds: Option<&Object>) -> PyResult {
        struct_of(&break_down(seconds_or_now(seconds)?, libc::gmtime_r)?)
    }

    #[pyfunction("($module, seconds=None, /)", hide_signature, style = parsetuple)]
    fn localtime(seconds: Option<&Object>) -> PyResult {
        struct_of(&break_down(seconds_or_now(seconds)?, libc::localtime_r)?)
    }

    #[pyfunction("($module, tuple=<unrepresentable>, /)", hide_signature, style = unpack)]
    fn asctime(tuple: Option<&Object>) -> PyResult<String> {
        let Some(tuple) = tuple else {
            return Ok(asctime_text(&break_down(now(), libc::localtime_r)?));
        };
        let (mut tm, _zone) = tm_of(tuple, "asctime")?;
        check_tm(&mut tm)?;
        Ok(asctime_text(&tm))
    }

    #[pyfunction("($module, seconds=None, /)", hide_signature, style = parsetuple)]
    fn ctime(seconds: Option<&Object>) -> PyResult<String> {
        Ok(asctime_text(&break_down(seconds_or_now(seconds)?, libc::localtime_r)?))
    }

    #[pyfunction("($self, object, /)")]
    fn mktime(object: &Object) -> PyResult<f64> {
        let (mut tm, _zone) = tm_of(object, "mktime")?;
        // The day of the week tells -1 from an error: it is filled in on success only.
        tm.tm_wday = -1;
        // SAFETY: a whole time on this stack.
        let seconds = unsafe { libc::mktime(&raw mut tm) };
        if seconds == -1 && tm.tm_wday == -1 {
            return Err(overflow_error!("mktime argument out of range"));
        }
        Ok(seconds as f64)
    }

    #[pyfunction("($module, format, tuple=<unrepresentable>, /)", hide_signature,
        style = parsetuple)]
    fn strftime(format: &Str, tuple: Option<&Object>) -> PyResult<Ref<Str>> {
        let (mut tm, _zone) = match tuple {
            Some(tuple) => tm_of(tuple, "strftime")?,
            None => (break_down(now(), libc::localtime_r)?, None),
        };
        check_tm(&mut tm)?;
        tm.tm_isdst = tm.tm_isdst.clamp(-1, 1);
        let is_plain = |point: u32| (1..128).contains(&point);
        let mut out = StrBuilder::new();
        let mut at = 0;
        while at < format.len() {
            let mut run = Vec::new();
            while at < format.len() && is_plain(format.char_at(at)) {
                run.push(format.char_at(at) as u8);
                at += 1;
            }
            if let Ok(run) = CString::new(run)
                && !run.is_empty()
            {
                out.push(&Str::from_os(&format_ascii(&run, &tm)?))?;
            }
            while at < format.len() && !is_plain(format.char_at(at)) {
                out.push_code_point(format.char_at(at))?;
                at += 1;
            }
        }
        out.finish()
    }

    #[pyfunction(raw, style = varargs)]
    fn strptime(args: Args<'_>) -> PyResult {
        gopy_core::argument::no_keywords("time.strptime", args)?;
        let function = import::import_attr("_strptime", "_strptime_time")?;
        call::call_args(&function, args)
    }

    #[pyfunction("($self, /)", name = "tzset")]
    fn reset_timezone(module: &Object) -> PyResult<()> {
        // SAFETY: other threads read the zone only with the lock that this one holds.
        unsafe { tzset() };
        init_timezone(module)
    }

    #[pyfunction("($self, /)")]
    fn monotonic() -> PyResult<f64> {
        read_clock(libc::CLOCK_MONOTONIC).map(pytime::as_seconds)
    }

    #[pyfunction("($self, /)")]
    fn monotonic_ns() -> PyResult<i64> {
        read_clock(libc::CLOCK_MONOTONIC)
    }

    #[pyfunction("($self, /)")]
    fn process_time() -> PyResult<f64> {
        read_clock(libc::CLOCK_PROCESS_CPUTIME_ID).map(pytime::as_seconds)
    }

    #[pyfunction("($self, /)")]
    fn process_time_ns() -> PyResult<i64> {
        read_clock(libc::CLOCK_PROCESS_CPUTIME_ID)
    }

    #[pyfunction("($self, /)")]
    fn thread_time() -> PyResult<f64> {
        read_clock(libc::CLOCK_THREAD_CPUTIME_ID).map(pytime::as_seconds)
    }

    #[pyfunction("($self, /)")]
    fn thread_time_ns() -> PyResult<i64> {
        read_clock(libc::CLOCK_THREAD_CPUTIME_ID)
    }

    #[pyfunction("($self, /)")]
    fn perf_counter() -> PyResult<f64> {
        read_clock(libc::CLOCK_MONOTONIC).map(pytime::as_seconds)
    }

    #[pyfunction("($self, /)")]
    fn perf_counter_ns() -> PyResult<i64> {
        read_clock(libc::CLOCK_MONOTONIC)
    }

    #[pyfunction("($module, name, /)", hide_signature, style = parsetuple)]
    fn get_clock_info(name: &Str) -> PyResult {
        let Some((clock, implementation, monotonic, adjustable)) = clock_info(name.to_utf8()?)
        else {
            return Err(value_error!("unknown clock"));
        };
        let bool_of = |value| gopy_core::bool_::bool_ref(value);
        let fields = Dict::new();
        fields.set_str(&interned("implementation"), &Str::new(implementation).upcast())?;
        fields.set_str(&interned("monotonic"), &bool_of(monotonic))?;
        fields.set_str(&interned("adjustable"), &bool_of(adjustable))?;
        fields.set_str(&interned("resolution"), &float(clock_resolution(clock)?))?;
        namespace::new(&fields).map(Ref::upcast)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        init_timezone(module)?;
        add_constants(module, CLOCKS)?;
        module::add(module, "_STRUCT_TM_ITEMS", 11)?;
        module::add(module, "struct_time", struct_type(&STRUCT_TIME)?)
    }
}
