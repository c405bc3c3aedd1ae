//! Times as arguments: seconds to nanoseconds and back.
//!
//! Answers to `Python/pytime.c`.

use std::time::{Duration, Instant};

use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::float::Float;
use gopy_core::int::Int;
use gopy_core::number;
use gopy_object::{Exception, Object, PyResult};

/// Nanoseconds of a second.
pub(crate) const NANOS: i64 = 1_000_000_000;

/// How a fraction is rounded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceiling,
    /// Away from zero: what times to wait use.
    Up,
}

fn round(value: f64, how: Round) -> f64 {
    match how {
        Round::Floor => value.floor(),
        Round::Ceiling => value.ceil(),
        Round::Up => {
            if value >= 0.0 {
                value.ceil()
            } else {
                value.floor()
            }
        }
    }
}

#[cold]
pub(crate) fn time_overflow() -> Exception {
    overflow_error!("timestamp out of range for C PyTime_t")
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

/// Nanoseconds of a number of seconds (`_PyTime_FromSecondsObject`). May run Python.
pub(crate) fn from_seconds(o: &Object, how: Round) -> PyResult<i64> {
    from_unit(o, NANOS, how)
}

/// Nanoseconds of a number of milliseconds (`_PyTime_FromMillisecondsObject`). May run Python.
pub(crate) fn from_milliseconds(o: &Object, how: Round) -> PyResult<i64> {
    from_unit(o, 1_000_000, how)
}

fn from_unit(o: &Object, unit: i64, how: Round) -> PyResult<i64> {
    if let Some(value) = o.downcast::<Float>() {
        let value = value.value();
        check_nan(value)?;
        let nanos = round(value * unit as f64, how);
        // The bound is 2**63, which a double holds.
        if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&nanos) {
            return Err(time_overflow());
        }
        return Ok(nanos as i64);
    }
    if o.downcast::<Int>().is_none() && !number::is_index(o) {
        return Err(type_error!(
            "'{}' object cannot be interpreted as an integer or float",
            o.type_name()
        ));
    }
    let count = number::index(o)?.to_i64().ok_or_else(time_overflow)?;
    count.checked_mul(unit).ok_or_else(time_overflow)
}

/// Nanoseconds of an `int` (`PyLong_AsLongLong` of `clock_settime_ns`).
pub(crate) fn from_nanoseconds(o: &Object) -> PyResult<i64> {
    let Some(value) = o.downcast::<Int>() else {
        return Err(type_error!("expect int, got {}", o.type_name()));
    };
    value.to_i64().ok_or_else(time_overflow)
}

/// A `time_t`, rounded down (`_PyTime_ObjectToTime_t`). May run Python.
pub(crate) fn to_time_t(o: &Object) -> PyResult<i64> {
    if let Some(value) = o.downcast::<Float>() {
        let value = value.value();
        check_nan(value)?;
        let seconds = value.floor();
        if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&seconds) {
            return Err(time_t_overflow());
        }
        return Ok(seconds as i64);
    }
    number::index(o)?.to_i64().ok_or_else(time_t_overflow)
}

/// A C time, rounded down (`_PyTime_ObjectToTimespec`). May run Python.
pub(crate) fn to_timespec_floor(o: &Object) -> PyResult<libc::timespec> {
    let seconds = to_time_t(o)?;
    let mut time = libc::timespec { tv_sec: seconds, tv_nsec: 0 };
    if let Some(value) = o.downcast::<Float>() {
        let value = value.value();
        time.tv_nsec = ((value - value.floor()) * NANOS as f64).floor() as i64;
        if time.tv_nsec >= NANOS {
            (time.tv_sec, time.tv_nsec) = (seconds + 1, time.tv_nsec - NANOS);
        }
    }
    Ok(time)
}

/// Nanoseconds as seconds (`PyTime_AsSecondsDouble`).
pub(crate) fn as_seconds(nanos: i64) -> f64 {
    if nanos % NANOS == 0 { (nanos / NANOS) as f64 } else { nanos as f64 / 1e9 }
}

/// A quotient, rounded (`pytime_divide`).
pub(crate) fn divide(value: i64, by: i64, how: Round) -> i64 {
    let (quotient, rest) = (value / by, value % by);
    let away = match how {
        Round::Floor => rest < 0,
        Round::Ceiling => rest > 0,
        Round::Up => rest != 0,
    };
    quotient + if away { value.signum() } else { 0 }
}

/// When so many nanoseconds will have passed; `None` is further off than the clock reaches.
pub(crate) fn deadline(nanos: i64) -> Option<Instant> {
    Instant::now().checked_add(Duration::from_nanos(nanos.max(0) as u64))
}

/// Nanoseconds of a C time.
pub(crate) fn from_timespec(time: &libc::timespec) -> i64 {
    time.tv_sec.saturating_mul(NANOS).saturating_add(time.tv_nsec)
}

/// A C time of nanoseconds.
pub(crate) fn to_timespec(nanos: i64) -> libc::timespec {
    libc::timespec { tv_sec: nanos.div_euclid(NANOS), tv_nsec: nanos.rem_euclid(NANOS) }
}

/// A C time of nanoseconds, microseconds rounded.
pub(crate) fn to_timeval(nanos: i64, how: Round) -> libc::timeval {
    let micros = divide(nanos, 1000, how);
    libc::timeval { tv_sec: micros.div_euclid(1_000_000), tv_usec: micros.rem_euclid(1_000_000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_as_told() {
        let cases = [
            (1500, Round::Floor, 1),
            (-1500, Round::Floor, -2),
            (1500, Round::Ceiling, 2),
            (-1500, Round::Ceiling, -1),
            (1500, Round::Up, 2),
            (-1500, Round::Up, -2),
            (2000, Round::Up, 2),
        ];
        for (value, how, expected) in cases {
            assert_eq!(divide(value, 1000, how), expected, "{value}");
        }
    }
}
