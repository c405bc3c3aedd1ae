//! `time`: clocks, sleeping, broken-down time.
//!
//! Answers to `Modules/timemodule.c` and `Python/pytime.c`.

use gopy_core::argument::{FromArg, Place, check_positional, no_keywords};
use gopy_core::error::{overflow_error, runtime_error, type_error, value_error};
use gopy_core::float::Float;
use gopy_core::int::Int;
use gopy_core::namespace;
use gopy_core::str::Str;
use gopy_core::structseq::StructSeq;
use gopy_core::{call, import, module, none, number, tuple};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Instance, Object, PyResult, Ref, gil, lock, signals};

use crate::util::{self, float, int, last_error, os_error, os_str};

/// `time.struct_time`.
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

const BILLION: i128 = 1_000_000_000;

/// How a fraction of a nanosecond is rounded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// Towards positive infinity.
    Ceiling,
    /// Away from zero: time-outs that are not 0 never become 0.
    Up,
}

fn round(value: f64, mode: Round) -> f64 {
    match mode {
        Round::Ceiling => value.ceil(),
        Round::Up if value >= 0.0 => value.ceil(),
        Round::Up => value.floor(),
    }
}

fn out_of_range() -> gopy_object::Exception {
    overflow_error!("timestamp out of range for platform time_t")
}

/// Seconds, an `int` or a `float`, as nanoseconds (`_PyTime_FromSecondsObject`). May run Python.
pub(crate) fn nanoseconds(seconds: &Object, mode: Round) -> PyResult<i64> {
    let too_large = || overflow_error!("timestamp too large to convert to C PyTime_t");
    if let Some(value) = seconds.downcast::<Float>() {
        let value = value.value();
        if value.is_nan() {
            return Err(value_error!("Invalid value NaN (not a number)"));
        }
        let value = round(value * 1e9, mode);
        if !(-9.223_372_036_854_775e18..9.223_372_036_854_775e18).contains(&value) {
            return Err(overflow_error!("timestamp out of range for C PyTime_t"));
        }
        return Ok(value as i64);
    }
    if !number::is_index(seconds) {
        return Err(type_error!(
            "'{:.200}' object cannot be interpreted as an integer or float",
            seconds.type_name()
        ));
    }
    let value = number::index(seconds)?;
    value.to_i64().and_then(|value| value.checked_mul(1_000_000_000)).ok_or_else(too_large)
}

/// Seconds as a `timespec`, rounded down. May run Python.
pub(crate) fn timespec_floor(seconds: &Object) -> PyResult<libc::timespec> {
    if let Some(value) = seconds.downcast::<Float>() {
        let value = value.value();
        if value.is_nan() {
            return Err(value_error!("Invalid value NaN (not a number)"));
        }
        let whole = value.floor();
        if !(-9.223_372_036_854_775e18..9.223_372_036_854_775e18).contains(&whole) {
            return Err(out_of_range());
        }
        let rest = ((value - whole) * 1e9).floor() as i64;
        let (carry, rest) = if rest >= 1_000_000_000 { (1, 0) } else { (0, rest) };
        return Ok(libc::timespec { tv_sec: whole as i64 + carry, tv_nsec: rest });
    }
    Ok(libc::timespec { tv_sec: time_t(seconds)?, tv_nsec: 0 })
}

/// A `time_t` of an `int` or a `float`.
fn time_t(seconds: &Object) -> PyResult<i64> {
    if let Some(value) = seconds.downcast::<Float>() {
        let value = value.value();
        if value.is_nan() {
            return Err(value_error!("Invalid value NaN (not a number)"));
        }
        let value = value.floor();
        if !(-9.223_372_036_854_775e18..9.223_372_036_854_775e18).contains(&value) {
            return Err(out_of_range());
        }
        return Ok(value as i64);
    }
    number::index(seconds)?.to_i64().ok_or_else(out_of_range)
}

/// A clock's time in nanoseconds.
fn clock(id: i32) -> PyResult<i128> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one time.
    if unsafe { libc::clock_gettime(id, &mut time) } != 0 {
        return Err(last_error());
    }
    Ok(i128::from(time.tv_sec) * BILLION + i128::from(time.tv_nsec))
}

/// Nanoseconds as seconds, as close as a `float` comes.
fn seconds(nanoseconds: i128) -> f64 {
    if nanoseconds % BILLION == 0 {
        return (nanoseconds / BILLION) as f64;
    }
    nanoseconds as f64 / 1e9
}

fn ns_int(nanoseconds: i128) -> Ref<Int> {
    Int::from_i128(nanoseconds)
}

fn empty_tm() -> libc::tm {
    // SAFETY: a zeroed `tm` is valid.
    unsafe { std::mem::zeroed() }
}

fn struct_time(tm: &libc::tm) -> PyResult {
    let numbers = [
        i64::from(tm.tm_year) + 1900,
        i64::from(tm.tm_mon) + 1,
        i64::from(tm.tm_mday),
        i64::from(tm.tm_hour),
        i64::from(tm.tm_min),
        i64::from(tm.tm_sec),
        (i64::from(tm.tm_wday) + 6) % 7,
        i64::from(tm.tm_yday) + 1,
        i64::from(tm.tm_isdst),
    ];
    let mut fields: Vec<Ref> = numbers.into_iter().map(int).collect();
    // SAFETY: null or a static C string of the time-zone tables.
    fields.push(os_str(&unsafe { util::c_bytes(tm.tm_zone) }));
    fields.push(int(tm.tm_gmtoff));
    util::new_struct(&STRUCT_TIME, fields)
}

fn broken_down(when: i64, local: bool) -> PyResult<libc::tm> {
    let mut tm = empty_tm();
    let result = if local {
        // SAFETY: reads a number, writes a `tm`.
        unsafe { libc::localtime_r(&when, &mut tm) }
    } else {
        // SAFETY: as above.
        unsafe { libc::gmtime_r(&when, &mut tm) }
    };
    if result.is_null() {
        return Err(match lock::errno() {
            0 | libc::EOVERFLOW => os_error(libc::EOVERFLOW),
            errno => os_error(errno),
        });
    }
    Ok(tm)
}

/// The optional argument of seconds since the epoch; now where there is none.
fn when(function: &str, args: Args<'_>) -> PyResult<i64> {
    no_keywords(function, args)?;
    if args.len() > 1 {
        let given = args.len();
        return Err(type_error!("{function} expected at most 1 argument, got {given}"));
    }
    match args.get(0).filter(|arg| !none::is_none(arg)) {
        Some(arg) => time_t(arg),
        None => Ok((clock(libc::CLOCK_REALTIME)?.div_euclid(BILLION)) as i64),
    }
}

/// A tuple of nine integers, or a `struct_time` (`gettmarg`).
fn tm_of(value: &Object, complaint: &str) -> PyResult<libc::tm> {
    let Some(items) = value.downcast::<Tuple>() else {
        return Err(type_error!("Tuple or struct_time argument required"));
    };
    if items.len() != 9 {
        return Err(type_error!("{complaint}"));
    }
    let mut numbers = [0i32; 9];
    for (place, item) in numbers.iter_mut().zip(items.items()) {
        *place = number::index_as_c_int(item)?;
    }
    let [year, month, day, hour, minute, second, weekday, yearday, dst] = numbers;
    let Some(year) = year.checked_sub(1900) else {
        return Err(overflow_error!("year out of range"));
    };
    let mut tm = empty_tm();
    tm.tm_year = year;
    tm.tm_mon = month.wrapping_sub(1);
    tm.tm_mday = day;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    tm.tm_wday = weekday.wrapping_add(1) % 7;
    tm.tm_yday = yearday.wrapping_sub(1);
    tm.tm_isdst = dst;
    if items.as_object().is_exact(&*util::struct_type(&STRUCT_TIME)?) {
        let offset = gopy_core::object::get_attr(value, &util::key("tm_gmtoff"))?;
        if !none::is_none(&offset) {
            tm.tm_gmtoff = number::index_as_c_long(&offset)?;
        }
    }
    Ok(tm)
}

/// Fields within their ranges; 0 counts as the first for some (`checktm`).
fn check_tm(tm: &mut libc::tm) -> PyResult<()> {
    if tm.tm_mon == -1 {
        tm.tm_mon = 0;
    }
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    }
    if tm.tm_yday == -1 {
        tm.tm_yday = 0;
    }
    let ranges = [
        ("month", tm.tm_mon, 0, 11),
        ("day of month", tm.tm_mday, 1, 31),
        ("hour", tm.tm_hour, 0, 23),
        ("minute", tm.tm_min, 0, 59),
        ("seconds", tm.tm_sec, 0, 61),
    ];
    for (name, value, low, high) in ranges {
        if !(low..=high).contains(&value) {
            return Err(value_error!("{name} out of range"));
        }
    }
    if tm.tm_wday < 0 {
        return Err(value_error!("day of week out of range"));
    }
    if !(0..=365).contains(&tm.tm_yday) {
        return Err(value_error!("day of year out of range"));
    }
    Ok(())
}

fn asctime_text(tm: &libc::tm) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (day, month) = (DAYS[tm.tm_wday as usize % 7], MONTHS[tm.tm_mon as usize % 12]);
    let year = i64::from(tm.tm_year) + 1900;
    format!(
        "{day} {month}{:3} {:02}:{:02}:{:02} {year}",
        tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec
    )
}

/// The optional time argument of `asctime` and `strftime`; local time where there is none.
fn tm_argument(value: Option<&Object>, complaint: &str) -> PyResult<libc::tm> {
    match value {
        None => broken_down(clock(libc::CLOCK_REALTIME)?.div_euclid(BILLION) as i64, true),
        Some(value) => {
            let mut tm = tm_of(value, complaint)?;
            check_tm(&mut tm)?;
            Ok(tm)
        }
    }
}

/// One piece of a format between NULs, through the C library.
fn strftime_piece(format: &[u8], tm: &libc::tm) -> PyResult<Vec<u8>> {
    let mut c_format = format.to_vec();
    c_format.push(0);
    let mut size = 1024;
    loop {
        let mut text = util::zeroed(size)?;
        // SAFETY: writes within the vector; the format ends with NUL.
        let length =
            unsafe { libc::strftime(text.as_mut_ptr().cast(), size, c_format.as_ptr().cast(), tm) };
        // An empty result is right for some formats; a buffer this large is enough for all.
        if length > 0 || size >= 256 * c_format.len() {
            text.truncate(length);
            return Ok(text);
        }
        size *= 2;
    }
}

fn zone_names(module: &Object) -> PyResult<()> {
    unsafe extern "C" {
        fn tzset();
    }
    // SAFETY: reads the environment, under the GIL.
    unsafe { tzset() };
    // What January and July of this year say, as the C library's variables may be stale.
    let year = 365 * 24 * 3600 + 6 * 3600;
    let now = clock(libc::CLOCK_REALTIME)?.div_euclid(BILLION) as i64;
    let start = now / year * year;
    let zone = |at: i64| -> PyResult<(i64, Vec<u8>)> {
        let tm = broken_down(at, true)?;
        // SAFETY: null or a static C string.
        Ok((-tm.tm_gmtoff, unsafe { util::c_bytes(tm.tm_zone) }))
    };
    let (january, january_name) = zone(start)?;
    let (july, july_name) = zone(start + year / 2)?;
    // The southern hemisphere has its summer in January.
    let (standard, summer) = if january < july {
        ((july, july_name), (january, january_name))
    } else {
        ((january, january_name), (july, july_name))
    };
    module::add(module, "timezone", standard.0)?;
    module::add(module, "altzone", summer.0)?;
    module::add(module, "daylight", i32::from(january != july))?;
    let names = tuple::from_array([os_str(&standard.1), os_str(&summer.1)]);
    module::add(module, "tzname", names.as_object().to_ref())
}

/// Sleeps until a time of the monotonic clock. May run Python (signal handlers).
fn sleep_until(deadline: i128) -> PyResult<()> {
    let time = libc::timespec {
        tv_sec: (deadline / BILLION) as i64,
        tv_nsec: (deadline % BILLION) as i64,
    };
    loop {
        let errno = gil::detach(|| {
            // SAFETY: reads one time.
            unsafe {
                libc::clock_nanosleep(
                    libc::CLOCK_MONOTONIC,
                    libc::TIMER_ABSTIME,
                    &time,
                    std::ptr::null_mut(),
                )
            }
        });
        match errno {
            0 => return Ok(()),
            errno if signals::interrupted(errno)? => {}
            errno => return Err(os_error(errno)),
        }
    }
}

/// `time`.
#[pymodule(name = "time")]
pub mod time_module {
    use super::*;

    #[pyfunction("($self, /)")]
    fn time() -> PyResult<f64> {
        clock(libc::CLOCK_REALTIME).map(seconds)
    }

    #[pyfunction("($self, /)")]
    fn time_ns() -> PyResult<Ref<Int>> {
        clock(libc::CLOCK_REALTIME).map(ns_int)
    }

    #[pyfunction("($self, /)")]
    fn monotonic() -> PyResult<f64> {
        clock(libc::CLOCK_MONOTONIC).map(seconds)
    }

    #[pyfunction("($self, /)")]
    fn monotonic_ns() -> PyResult<Ref<Int>> {
        clock(libc::CLOCK_MONOTONIC).map(ns_int)
    }

    #[pyfunction("($self, /)")]
    fn perf_counter() -> PyResult<f64> {
        clock(libc::CLOCK_MONOTONIC).map(seconds)
    }

    #[pyfunction("($self, /)")]
    fn perf_counter_ns() -> PyResult<Ref<Int>> {
        clock(libc::CLOCK_MONOTONIC).map(ns_int)
    }

    #[pyfunction("($self, /)")]
    fn process_time() -> PyResult<f64> {
        clock(libc::CLOCK_PROCESS_CPUTIME_ID).map(seconds)
    }

    #[pyfunction("($self, /)")]
    fn process_time_ns() -> PyResult<Ref<Int>> {
        clock(libc::CLOCK_PROCESS_CPUTIME_ID).map(ns_int)
    }

    #[pyfunction("($self, /)")]
    fn thread_time() -> PyResult<f64> {
        clock(libc::CLOCK_THREAD_CPUTIME_ID).map(seconds)
    }

    #[pyfunction("($self, /)")]
    fn thread_time_ns() -> PyResult<Ref<Int>> {
        clock(libc::CLOCK_THREAD_CPUTIME_ID).map(ns_int)
    }

    #[pyfunction("($module, clk_id, /)")]
    fn clock_gettime(clk_id: i32) -> PyResult<f64> {
        clock(clk_id).map(seconds)
    }

    #[pyfunction("($module, clk_id, /)")]
    fn clock_gettime_ns(clk_id: i32) -> PyResult<Ref<Int>> {
        clock(clk_id).map(ns_int)
    }

    #[pyfunction("($module, clk_id, /)", style = varargs)]
    fn clock_getres(clk_id: i32) -> PyResult<f64> {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: writes one time.
        if unsafe { libc::clock_getres(clk_id, &mut time) } != 0 {
            return Err(last_error());
        }
        Ok(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)
    }

    #[pyfunction("($module, clk_id, time, /)", style = varargs)]
    fn clock_settime(clk_id: i32, time: &Object) -> PyResult<()> {
        let time = timespec_floor(time)?;
        // SAFETY: reads one time.
        if unsafe { libc::clock_settime(clk_id, &time) } != 0 {
            return Err(last_error());
        }
        Ok(())
    }

    #[pyfunction("($self, object, /)")]
    fn sleep(object: &Object) -> PyResult<()> {
        let duration = nanoseconds(object, Round::Up)?;
        if duration < 0 {
            return Err(value_error!("sleep length must be non-negative"));
        }
        sleep_until(clock(libc::CLOCK_MONOTONIC)? + i128::from(duration))
    }

    #[pyfunction(raw, style = varargs)]
    fn gmtime(args: Args<'_>) -> PyResult {
        struct_time(&broken_down(when("gmtime", args)?, false)?)
    }

    #[pyfunction(raw, style = varargs)]
    fn localtime(args: Args<'_>) -> PyResult {
        struct_time(&broken_down(when("localtime", args)?, true)?)
    }

    #[pyfunction(raw, style = varargs)]
    fn ctime(args: Args<'_>) -> PyResult<String> {
        Ok(asctime_text(&broken_down(when("ctime", args)?, true)?))
    }

    #[pyfunction(raw, style = varargs)]
    fn asctime(args: Args<'_>) -> PyResult<String> {
        no_keywords("asctime", args)?;
        check_positional("asctime", args.len(), 0, 1)?;
        Ok(asctime_text(&tm_argument(args.get(0), "asctime(): illegal time tuple argument")?))
    }

    #[pyfunction("($self, object, /)")]
    fn mktime(object: &Object) -> PyResult<f64> {
        let mut tm = tm_of(object, "mktime(): illegal time tuple argument")?;
        // -1 is a time too; a weekday that nobody touched tells of a failure.
        tm.tm_wday = -1;
        // SAFETY: reads and writes one `tm`.
        let time = unsafe { libc::mktime(&mut tm) };
        if time == -1 && tm.tm_wday == -1 {
            return Err(overflow_error!("mktime argument out of range"));
        }
        Ok(time as f64)
    }

    #[pyfunction(raw, style = varargs)]
    fn strftime(args: Args<'_>) -> PyResult {
        no_keywords("strftime", args)?;
        let given = args.len();
        if !(1..=2).contains(&given) {
            let (how, limit) = if given < 1 { ("at least", 1) } else { ("at most", 2) };
            let plural = if limit == 1 { "" } else { "s" };
            return Err(type_error!(
                "strftime() takes {how} {limit} argument{plural} ({given} given)"
            ));
        }
        let format = args.get(0).map_or_else(
            || Err(type_error!("")),
            |format| <&Str>::from_arg(format, &Place::at("strftime", 1)),
        )?;
        let mut tm = tm_argument(args.get(1), "strftime(): illegal time tuple argument")?;
        tm.tm_isdst = tm.tm_isdst.clamp(-1, 1);
        if tm.tm_zone.is_null() && tm.tm_isdst >= 0 {
            // The zone's name and offset, which a plain tuple does not say.
            let mut copy = tm;
            // SAFETY: reads and writes one `tm`.
            unsafe { libc::mktime(&mut copy) };
            tm.tm_zone = copy.tm_zone;
            if tm.tm_gmtoff == 0 {
                tm.tm_gmtoff = copy.tm_gmtoff;
            }
        }
        let format = format.to_os()?;
        let mut text = Vec::new();
        for (index, piece) in format.split(|b| *b == 0).enumerate() {
            if index > 0 {
                text.push(0);
            }
            if !piece.is_empty() {
                text.extend(strftime_piece(piece, &tm)?);
            }
        }
        Ok(os_str(&text))
    }

    #[pyfunction(raw, style = varargs)]
    fn strptime(args: Args<'_>) -> PyResult {
        let function = import::import_attr("_strptime", "_strptime_time")?;
        call::call_args(&function, args)
    }

    #[pyfunction("($self, /)")]
    fn tzset(module: &Object) -> PyResult<()> {
        zone_names(module)
    }

    #[pyfunction("($module, name, /)", style = varargs)]
    fn get_clock_info(name: &Str) -> PyResult {
        let (implementation, id, monotonic, adjustable) = match &*name.to_string_lossy() {
            "time" => ("clock_gettime(CLOCK_REALTIME)", libc::CLOCK_REALTIME, false, true),
            "monotonic" | "perf_counter" => {
                ("clock_gettime(CLOCK_MONOTONIC)", libc::CLOCK_MONOTONIC, true, false)
            }
            "process_time" => (
                "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)",
                libc::CLOCK_PROCESS_CPUTIME_ID,
                true,
                false,
            ),
            "thread_time" => (
                "clock_gettime(CLOCK_THREAD_CPUTIME_ID)",
                libc::CLOCK_THREAD_CPUTIME_ID,
                true,
                false,
            ),
            _ => return Err(value_error!("unknown clock")),
        };
        let resolution = clock_getres(id)?;
        let fields = gopy_core::dict::Dict::new();
        fields.set_str(&util::key("implementation"), &Str::new(implementation))?;
        fields.set_str(&util::key("monotonic"), gopy_core::bool_::bool_object(monotonic))?;
        fields.set_str(&util::key("adjustable"), gopy_core::bool_::bool_object(adjustable))?;
        fields.set_str(&util::key("resolution"), &float(resolution))?;
        let info = call::call_no_args(namespace::NAMESPACE.as_object())?;
        match gopy_core::object::dict_of(&info)? {
            Some(dict) => dict.merge(&fields, true)?,
            None => return Err(runtime_error!("a namespace without a dict")),
        }
        Ok(info)
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "_STRUCT_TM_ITEMS", 11)?;
        for (name, id) in [
            ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
            ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
            ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
            ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
            ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
            ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
            ("CLOCK_TAI", libc::CLOCK_TAI),
        ] {
            module::add(module, name, id)?;
        }
        module::add(module, "struct_time", util::struct_type(&STRUCT_TIME)?)?;
        zone_names(module)
    }
}
