//! `_datetime`: dates, times, durations and zones.
//!
//! Answers to `Modules/_datetimemodule.c`. Plain numbers are in [`calendar`] and [`fields`], each type
//! in a file of its own, what asks the platform for local time in [`local`].

use gopy_core::dict::Dict;
use gopy_core::error::system_error;
use gopy_core::{capsule, module, type_};
use gopy_macros::pymodule;
use gopy_object::{GilCell, Object, PyResult, Ref, Type};

mod calendar;
mod date;
mod datetime_type;
mod delta;
mod fields;
mod local;
mod time_type;
mod tzinfo;

use calendar::{MAX_YEAR, MIN_YEAR};
use date::{DATE, Date, ISO_CALENDAR_DATE};
use datetime_type::{DATETIME, DateTime};
use delta::{Span, TIMEDELTA, TimeDelta};
use fields::{Clock, Day};
use time_type::{TIME, Time};
use tzinfo::{TIMEZONE, TZINFO, TimeZone, utc};

const LAST_CLOCK: Clock = Clock { hour: 23, minute: 59, second: 59, fold: 0, microsecond: 999_999 };
const FIRST_DAY: Day = Day { year: 1, month: 1, day: 1 };
const LAST_DAY: Day = Day { year: 9999, month: 12, day: 31 };

/// Adds the constants of a class to its dict.
fn add_constants(ty: &GilCell<Type>, constants: [(&str, Ref); 3]) -> PyResult<()> {
    let dict = ty.dict.get();
    let Some(dict) = dict.as_ref().and_then(|dict| dict.downcast::<Dict>()) else {
        return Err(system_error!("a type has a dict"));
    };
    for (name, value) in constants {
        dict.set_str(&gopy_core::str::interned(name), &value)?;
    }
    type_::modified(ty);
    Ok(())
}

fn span(days: i32, seconds: i32, microseconds: i32) -> PyResult {
    TimeDelta::new(Span { days, seconds, microseconds }).map(Ref::upcast)
}

fn zone(minutes: i64) -> PyResult {
    let offset = TimeDelta::new(Span::of(0, minutes * 60, 0)?)?;
    TimeZone::make(&offset, None)
}

fn constants() -> PyResult<()> {
    let micro = span(0, 0, 1)?;
    add_constants(
        &TIMEDELTA,
        [
            ("min", span(-999_999_999, 0, 0)?),
            ("max", span(999_999_999, 86_399, 999_999)?),
            ("resolution", micro.clone()),
        ],
    )?;
    add_constants(
        &DATE,
        [
            ("min", Date::make(&DATE, FIRST_DAY)?.upcast()),
            ("max", Date::make(&DATE, LAST_DAY)?.upcast()),
            ("resolution", span(1, 0, 0)?),
        ],
    )?;
    add_constants(
        &TIME,
        [
            ("min", Time::make(&TIME, Clock::MIDNIGHT, None)?.upcast()),
            ("max", Time::make(&TIME, LAST_CLOCK, None)?.upcast()),
            ("resolution", micro.clone()),
        ],
    )?;
    add_constants(
        &DATETIME,
        [
            ("min", DateTime::make(&DATETIME, FIRST_DAY, Clock::MIDNIGHT, None)?.upcast()),
            ("max", DateTime::make(&DATETIME, LAST_DAY, LAST_CLOCK, None)?.upcast()),
            ("resolution", micro),
        ],
    )?;
    const LAST_MINUTE: i64 = 23 * 60 + 59;
    add_constants(
        &TIMEZONE,
        [("utc", utc()), ("min", zone(-LAST_MINUTE)?), ("max", zone(LAST_MINUTE)?)],
    )
}

/// The module.
#[pymodule(name = "_datetime")]
mod native {
    use super::*;

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        for ty in [&DATE, &DATETIME, &TIME, &TIMEDELTA, &TZINFO, &TIMEZONE] {
            module::add_type(module, ty)?;
        }
        type_::ready(&ISO_CALENDAR_DATE)?;
        constants()?;
        module::add(module, "MINYEAR", MIN_YEAR)?;
        module::add(module, "MAXYEAR", MAX_YEAR)?;
        module::add(module, "UTC", utc())?;
        module::add(module, "datetime_CAPI", capsule::new("datetime.datetime_CAPI")?)
    }
}

pub use native::MODULE;
