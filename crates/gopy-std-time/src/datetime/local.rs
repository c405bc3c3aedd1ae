//! The platform's idea of local time, and timestamps as arguments.
//!
//! Answers to the parts of `Python/pytime.c` and `Modules/_datetimemodule.c` that deal with `time_t`.

use std::mem::MaybeUninit;

use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::exceptions::{TYPE_ERROR, os_error};
use gopy_core::float::Float;
use gopy_core::number;
use gopy_core::str::Str;
use gopy_object::{Exception, Object, PyResult, Ref, lock};

use super::calendar;
use super::delta::{Span, TimeDelta};
use super::fields::{Clock, Day, check_year};
use super::tzinfo::TimeZone;

/// No fold is longer.
const FOLD_MAX: i64 = 24 * 3600;
/// Seconds from the calendar's beginning, as [`to_seconds`] counts, to 1970.
pub const EPOCH: i64 = 719_163 * 24 * 3600;

/// `localtime_r` or `gmtime_r`.
pub type BreakDown = unsafe extern "C" fn(*const libc::time_t, *mut libc::tm) -> *mut libc::tm;

/// A timestamp in parts.
pub fn break_down(seconds: i64, how: BreakDown) -> PyResult<libc::tm> {
    let mut tm = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both functions read the number and fill the place.
    if unsafe { how(&raw const seconds, tm.as_mut_ptr()) }.is_null() {
        let errno = match lock::errno() {
            0 => libc::EINVAL,
            errno => errno,
        };
        return Err(os_error(errno, None, None));
    }
    // SAFETY: filled, by the answer.
    Ok(unsafe { tm.assume_init() })
}

/// A timestamp in parts of local time.
pub fn local_time(seconds: i64) -> PyResult<libc::tm> {
    break_down(seconds, libc::localtime_r)
}

#[cold]
fn time_t_overflow() -> Exception {
    overflow_error!("timestamp out of range for platform time_t")
}

fn check_nan(value: f64) -> PyResult<()> {
    if value.is_nan() {
        return Err(value_error!("Invalid value NaN (not a number)"));
    }
    Ok(())
}

fn to_i64(value: f64) -> PyResult<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) { Ok(value as i64) } else { Err(time_t_overflow()) }
}

/// A timestamp, rounded down. May run Python.
pub fn to_time_t(o: &Object) -> PyResult<i64> {
    if let Some(value) = o.downcast::<Float>() {
        check_nan(value.value())?;
        return to_i64(value.value().floor());
    }
    number::index(o)?.to_i64().ok_or_else(time_t_overflow)
}

/// A timestamp in seconds and microseconds, rounded half to even. May run Python.
pub fn to_timeval(o: &Object) -> PyResult<(i64, i32)> {
    let Some(value) = o.downcast::<Float>() else {
        return match number::index(o) {
            Ok(value) => Ok((value.to_i64().ok_or_else(time_t_overflow)?, 0)),
            Err(error) if error.is_instance(&TYPE_ERROR) => {
                Err(type_error!("argument must be int or float, not {}", o.type_name()))
            }
            Err(error) => Err(error),
        };
    };
    let value = value.value();
    check_nan(value)?;
    let mut whole = value.trunc();
    let mut micros = ((value - whole) * 1e6).round_ties_even();
    if micros >= 1e6 {
        (whole, micros) = (whole + 1.0, micros - 1e6);
    } else if micros < 0.0 {
        (whole, micros) = (whole - 1.0, micros + 1e6);
    }
    Ok((to_i64(whole)?, micros as i32))
}

/// Seconds from the calendar's beginning.
pub fn to_seconds((year, month, day): (i32, i32, i32), seconds: i32) -> PyResult<i64> {
    check_year(year)?;
    Ok(i64::from(calendar::to_ordinal(year, month, day)) * 86_400 + i64::from(seconds))
}

fn seconds_of(tm: &libc::tm) -> PyResult<i64> {
    let day = (tm.tm_year.wrapping_add(1900), tm.tm_mon + 1, tm.tm_mday);
    to_seconds(day, tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec)
}

/// Local time at a time of UTC, both counted as [`to_seconds`] does.
fn local(utc: i64) -> PyResult<i64> {
    seconds_of(&local_time(utc - EPOCH)?)
}

/// The fold of local time at a timestamp.
fn fold_at(timestamp: i64, now: i64) -> PyResult<i32> {
    let probe = EPOCH.checked_add(timestamp).ok_or_else(time_t_overflow)?;
    let before = local(probe - FOLD_MAX)?;
    let transition = now - before - FOLD_MAX;
    Ok(i32::from(transition < 0 && local(probe + transition)? == now))
}

/// Day, clock and fold at a timestamp.
pub fn parts_at(
    timestamp: i64,
    how: BreakDown,
    with_fold: bool,
) -> PyResult<((i32, i32, i32), [i32; 3], i32)> {
    let tm = break_down(timestamp, how)?;
    let day = (tm.tm_year.wrapping_add(1900), tm.tm_mon + 1, tm.tm_mday);
    // A leap second is none.
    let clock = [tm.tm_hour, tm.tm_min, tm.tm_sec.min(59)];
    let fold = if with_fold {
        let now = to_seconds(day, clock[0] * 3600 + clock[1] * 60 + clock[2])?;
        fold_at(timestamp, now)?
    } else {
        0
    };
    Ok((day, clock, fold))
}

/// The time of UTC at a local time.
pub fn local_to_seconds(day: Day, clock: Clock, fold: bool) -> PyResult<i64> {
    let t = to_seconds(day.parts(), clock.seconds())?;
    // Solve t = local(u) for u.
    let a = local(t)? - t;
    let u1 = t - a;
    let t1 = local(u1)?;
    let b = if t1 == t {
        // One solution; there may be an earlier or a later one.
        let u2 = if fold { u1 + FOLD_MAX } else { u1 - FOLD_MAX };
        let b = local(u2)? - u2;
        if a == b {
            return Ok(u1);
        }
        b
    } else {
        t1 - u1
    };
    let u2 = t - b;
    if local(u2)? == t {
        return Ok(u2);
    }
    if t1 == t {
        return Ok(u1);
    }
    // In the gap at the beginning of summer time.
    Ok(if fold { u1.min(u2) } else { u1.max(u2) })
}

/// The zone of local time at a timestamp.
pub fn zone_at(timestamp: i64) -> PyResult {
    let tm = local_time(timestamp)?;
    let offset = TimeDelta::new(Span::of(0, tm.tm_gmtoff, 0)?)?;
    let name: Option<Ref<Str>> = (!tm.tm_zone.is_null()).then(|| {
        // SAFETY: a string of the C library, which lives at least until the zone is set anew.
        Str::from_os(unsafe { std::ffi::CStr::from_ptr(tm.tm_zone) }.to_bytes())
    });
    TimeZone::new(&offset, name)
}

/// The zone of a local time.
pub fn zone_of_local(day: Day, clock: Clock) -> PyResult {
    let fold = clock.fold != 0;
    let mut seconds = local_to_seconds(day, clock, fold)?;
    let other = local_to_seconds(day, clock, !fold)?;
    // In the gap?
    if other != seconds && (other > seconds) == fold {
        seconds = other;
    }
    zone_at(seconds - EPOCH)
}
