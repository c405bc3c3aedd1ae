//! `datetime.datetime`.
//!
//! Answers to `PyDateTime_DateTime` in `Modules/_datetimemodule.c`.

use gopy_core::error::type_error;
use gopy_core::exceptions::DEPRECATION_WARNING;
use gopy_core::float::Float;
use gopy_core::str::{Str, hash_bytes};
use gopy_core::{bool_, bytes::Bytes, call, id, none, number, object, tuple, warnings};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, memory};

use super::calendar;
use super::date::{self, DATE, Date, invalid_iso, iso_argument, out_of_range};
use super::delta::{Span, TimeDelta};
use super::fields::{self, Clock, Day, bad_call, c_int, call_offset, int_or, zone_object};
use super::local::{self, BreakDown};
use super::time_type::{
    Offsets, TIME, Time, bad_midnight, call_with_fold, parsed_zone, relate, same_zone,
};
use super::tzinfo;

/// A `datetime`.
#[pyclass(name = "datetime.datetime", static = DATETIME, base = DATE, basicsize = 48,
    flags(BASETYPE))]
#[repr(C)]
pub struct DateTime {
    date: Date,
    clock: Clock,
    /// Empty without a zone.
    zone: Slot,
}

/// Year to day, hour to microsecond.
type Parts = ((i32, i32, i32), [i32; 4]);

impl DateTime {
    /// A `datetime` of a type.
    pub fn make(ty: &Type, day: Day, clock: Clock, zone: Option<Ref>) -> PyResult<Ref<DateTime>> {
        let moment = DateTime { date: Date::head(ty, day), clock, zone: Slot::new(zone) };
        Ok(object::track_new(memory::alloc(ty, moment)?))
    }

    /// The time of day.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The zone.
    pub fn zone(&self) -> Option<Ref> {
        self.zone.get()
    }

    fn day(&self) -> Day {
        self.date.the_day()
    }

    /// What a class makes of these numbers. May run Python.
    fn of_class(cls: &Type, (day, clock): Parts, zone: &Object, fold: i32) -> PyResult {
        let (year, month, date) = day;
        let [hour, minute, second, microsecond] = clock;
        if std::ptr::eq(cls, DATETIME.get()) {
            let day = Day::checked(year, month, date)?;
            let clock = Clock::checked(hour, minute, second, microsecond, fold)?;
            let zone = fields::zone_of(Some(zone))?;
            return DateTime::make(cls, day, clock, zone).map(Ref::upcast);
        }
        let numbers = [year, month, date, hour, minute, second, microsecond];
        call_with_fold(cls, &numbers, zone, fold)
    }

    /// `self.utcoffset()`. May run Python.
    pub fn utc_offset(&self) -> PyResult<Option<Ref<TimeDelta>>> {
        call_offset(self.zone().as_ref(), id!(utcoffset), self.as_object())
    }

    /// `self.dst()`. May run Python.
    pub fn dst_offset(&self) -> PyResult<Option<Ref<TimeDelta>>> {
        call_offset(self.zone().as_ref(), id!(dst), self.as_object())
    }

    /// Microseconds from the calendar's beginning, without the zone.
    fn micros(&self) -> i128 {
        let seconds = i64::from(self.day().ordinal()) * 86_400 + i64::from(self.clock.seconds());
        i128::from(seconds) * 1_000_000 + i128::from(self.clock.microsecond)
    }

    fn moved(&self, by: Span, sign: i64) -> PyResult<Parts> {
        let (year, month, day) = self.day().parts();
        let micros = i64::from(self.clock.microsecond) + sign * i64::from(by.microseconds);
        let seconds = i64::from(self.clock.seconds())
            + sign * i64::from(by.seconds)
            + micros.div_euclid(1_000_000);
        let days = i64::from(day) + sign * i64::from(by.days) + seconds.div_euclid(86_400);
        let day = i32::try_from(days)
            .ok()
            .and_then(|day| calendar::normalize_date(year, month, day))
            .ok_or_else(out_of_range)?;
        let seconds = seconds.rem_euclid(86_400) as i32;
        let micros = micros.rem_euclid(1_000_000) as i32;
        Ok((day, [seconds / 3600, seconds / 60 % 60, seconds % 60, micros]))
    }

    /// `self + span`, of the same class and zone. May run Python.
    pub fn plus(&self, span: Span) -> PyResult {
        let class = self.as_object().type_().to_ref();
        let zone = zone_object(self.zone().as_ref());
        DateTime::of_class(&class, self.moved(span, 1)?, &zone, 0)
    }

    /// `self - span`, of the same class and zone. May run Python.
    pub fn minus(&self, span: Span) -> PyResult {
        let class = self.as_object().type_().to_ref();
        let zone = zone_object(self.zone().as_ref());
        DateTime::of_class(&class, self.moved(span, -1)?, &zone, 0)
    }

    /// `self - other`. May run Python.
    fn since(&self, other: &DateTime) -> PyResult<Span> {
        let mut difference = self.micros() - other.micros();
        if !same_zone(self.zone().as_ref(), other.zone().as_ref()) {
            let (ours, theirs) = (self.utc_offset()?, other.utc_offset()?);
            match relate(ours.as_deref(), theirs.as_deref()) {
                Offsets::Same => {}
                Offsets::Different(ours, theirs) => difference -= ours.micros() - theirs.micros(),
                Offsets::Mixed => {
                    return Err(type_error!(
                        "can't subtract offset-naive and offset-aware datetimes"
                    ));
                }
            }
        }
        Span::from_micros(difference)
    }

    /// The time since 1970 in UTC. May run Python.
    fn since_epoch(&self) -> PyResult<Span> {
        let day = Day { year: 1970, month: 1, day: 1 };
        let epoch = DateTime::make(&DATETIME, day, Clock::MIDNIGHT, Some(tzinfo::utc()))?;
        self.since(&epoch)
    }

    /// Whether the offset depends on the fold, so that the time is equal to none of another zone.
    fn offset_depends_on_fold(&self, offset: Option<&TimeDelta>) -> PyResult<bool> {
        let clock = Clock { fold: 1 - self.clock.fold.min(1), ..self.clock };
        let class = self.as_object().type_().to_ref();
        let other = DateTime::make(&class, self.day(), clock, self.zone())?;
        let flipped = other.utc_offset()?;
        Ok(flipped.map(|flipped| flipped.span()) != offset.map(TimeDelta::span))
    }

    fn from_timestamp(
        cls: &Type,
        how: BreakDown,
        (seconds, micros): (i64, i32),
        zone: &Object,
    ) -> PyResult {
        let is_local = std::ptr::fn_addr_eq(how, libc::localtime_r as BreakDown);
        let with_fold = none::is_none(zone) && is_local;
        let (day, [hour, minute, second], fold) = local::parts_at(seconds, how, with_fold)?;
        DateTime::of_class(cls, (day, [hour, minute, second, micros]), zone, fold)
    }

    fn now_in(cls: &Type, how: BreakDown, zone: &Object) -> PyResult {
        let now = std::time::SystemTime::now();
        let (seconds, micros) = match now.duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => (since.as_secs() as i64, since.subsec_micros() as i32),
            Err(before) => {
                let micros = -(before.duration().as_micros() as i64);
                (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000) as i32)
            }
        };
        DateTime::from_timestamp(cls, how, (seconds, micros), zone)
    }

    fn converted(cls: &Type, zone: &Object, make: impl Fn(BreakDown) -> PyResult) -> PyResult {
        let _ = cls;
        if none::is_none(zone) {
            return make(libc::localtime_r);
        }
        let moment = make(libc::gmtime_r)?;
        call::call_method(zone, id!(fromutc), &[&moment])
    }

    fn replaced(&self, args: Args<'_>) -> PyResult {
        let [year, month, day, hour, minute, second, microsecond, zone, fold] = bind!(args,
            "replace", ["year", "month", "day", "hour", "minute", "second", "microsecond",
            "tzinfo", "fold"], required 0, positional_only 0, positional 8);
        let int = |place: Option<&Object>, own| place.map_or(Ok(own), number::index_as_c_int);
        let (own_day, own) = (self.day().parts(), self.clock.parts());
        let day = (int(year, own_day.0)?, int(month, own_day.1)?, int(day, own_day.2)?);
        let clock = [
            int(hour, own[0])?,
            int(minute, own[1])?,
            int(second, own[2])?,
            int(microsecond, own[3])?,
        ];
        let fold = int(fold, self.clock.fold.into())?;
        let own_zone = zone_object(self.zone().as_ref());
        let class = self.as_object().type_().to_ref();
        DateTime::of_class(&class, (day, clock), zone.unwrap_or(&own_zone), fold)
    }

    fn reduced(&self, protocol: i32) -> PyResult {
        let (day, clock) = (self.day().to_bytes(), self.clock.to_bytes());
        let mut bytes = [day.as_slice(), clock.as_slice()].concat();
        if protocol > 3 && self.clock.fold != 0 {
            bytes[2] |= 0x80;
        }
        let bytes = Bytes::new(&bytes)?.upcast();
        let state = match self.zone() {
            Some(zone) => tuple::from_array([bytes, zone]),
            None => tuple::from_array([bytes]),
        };
        let class = self.as_object().type_().to_ref().upcast();
        Ok(tuple::from_array([class, state.upcast()]).upcast())
    }

    fn same_fields_in(&self, zone: Ref) -> PyResult<Ref<DateTime>> {
        let class = self.as_object().type_().to_ref();
        DateTime::make(&class, self.day(), self.clock, Some(zone))
    }
}

/// Any surrogate may stand between date and time; it becomes a `T`.
fn clean_separator(text: &Str) -> Option<Ref<Str>> {
    let is_surrogate =
        |at: &usize| *at < text.len() && (0xd800..0xe000).contains(&text.char_at(*at));
    let Some(at) = [7, 8, 10].into_iter().find(is_surrogate) else { return Some(text.to_ref()) };
    let (before, behind) = (text.slice(0, at), text.slice(at + 1, text.len()));
    before.concat(&Str::new("T")).and_then(|text| text.concat(&behind)).ok()
}

#[pymethods]
impl DateTime {
    #[pyclassmethod("($type, /, tz=None)")]
    fn now(cls: &Type, tz: Option<&Object>) -> PyResult {
        let zone = fields::or_none(tz);
        fields::check_tzinfo(zone)?;
        DateTime::converted(cls, zone, |how| DateTime::now_in(cls, how, zone))
    }

    #[pyclassmethod("($type, /)")]
    fn utcnow(cls: &Type) -> PyResult {
        warnings::warn(
            &DEPRECATION_WARNING,
            "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future \
             version. Use timezone-aware objects to represent datetimes in UTC: \
             datetime.datetime.now(datetime.UTC).",
            1,
        )?;
        DateTime::now_in(cls, libc::gmtime_r, none::none_object())
    }

    #[pyclassmethod(raw, style = varargs)]
    fn fromtimestamp(cls: &Type, args: Args<'_>) -> PyResult {
        let [timestamp, zone] = bind!(args, "fromtimestamp", ["timestamp", "tz"], required 1,
            positional_only 0, positional 2);
        let timestamp = fields::or_none(timestamp);
        let zone = fields::or_none(zone);
        fields::check_tzinfo(zone)?;
        DateTime::converted(cls, zone, |how| {
            DateTime::from_timestamp(cls, how, local::to_timeval(timestamp)?, zone)
        })
    }

    #[pyclassmethod("($type, timestamp, /)", hide_signature, style = varargs)]
    fn utcfromtimestamp(cls: &Type, timestamp: &Object) -> PyResult {
        warnings::warn(
            &DEPRECATION_WARNING,
            "datetime.datetime.utcfromtimestamp() is deprecated and scheduled for removal in a \
             future version. Use timezone-aware objects to represent datetimes in UTC: \
             datetime.datetime.fromtimestamp(timestamp, datetime.UTC).",
            1,
        )?;
        let time = local::to_timeval(timestamp)?;
        DateTime::from_timestamp(cls, libc::gmtime_r, time, none::none_object())
    }

    #[pyclassmethod("($type, string, format, /)", hide_signature, style = varargs)]
    fn strptime(cls: &Type, string: &Str, format: &Str) -> PyResult {
        date::strptime(cls, "_strptime_datetime_datetime", string, format)
    }

    #[pyclassmethod(raw, style = varargs)]
    fn combine(cls: &Type, args: Args<'_>) -> PyResult {
        let [date, time, zone] = bind!(args, "combine", ["date", "time", "tzinfo"], required 2,
            positional_only 0, positional 3);
        let (date, time) = (fields::or_none(date), fields::or_none(time));
        let bad = |position: usize, ty: &Type, found: &Object| {
            type_error!(
                "combine() argument {position} must be {}, not {}",
                ty.name(),
                object::type_name_or_none(found)
            )
        };
        let Some(day) = date.downcast::<Date>() else { return Err(bad(1, &DATE, date)) };
        let Some(time) = time.downcast::<Time>() else { return Err(bad(2, &TIME, time)) };
        let own_zone = zone_object(time.zone());
        let clock = time.clock();
        let parts = (day.the_day().parts(), clock.parts());
        DateTime::of_class(cls, parts, zone.unwrap_or(&own_zone), clock.fold.into())
    }

    #[pyclassmethod("($type, object, /)")]
    fn fromisoformat(cls: &Type, object: &Object) -> PyResult {
        let text = iso_argument(object)?;
        if text.len() < 7 {
            return Err(invalid_iso(object));
        }
        let clean = clean_separator(text);
        let Some(bytes) = clean.as_ref().and_then(|text| text.as_str()).map(str::as_bytes) else {
            return Err(invalid_iso(object));
        };
        let parsed = (|| {
            let separator = calendar::find_separator(bytes)?;
            let day = calendar::parse_date(bytes, separator).ok()?;
            if bytes.len() <= separator {
                return Some((day, None));
            }
            let width = match bytes[separator] {
                0..0x80 => 1,
                0xe0..0xf0 => 3,
                0xf0.. => 4,
                _ => 2,
            };
            let time = calendar::parse_time(bytes.get(separator + width..)?).ok()?;
            Some((day, Some(time)))
        })();
        let Some(((mut year, mut month, mut day), time)) = parsed else {
            return Err(invalid_iso(object));
        };
        let Some(time) = time else {
            return DateTime::of_class(cls, ((year, month, day), [0; 4]), none::none_object(), 0);
        };
        let zone = parsed_zone(time.offset)?;
        let [mut hour, minute, second] = time.clock;
        if hour == 24 && (1..=12).contains(&month) {
            let last = calendar::days_in_month(year, month);
            if day <= last {
                if (minute, second, time.microsecond) != (0, 0, 0) {
                    return Err(bad_midnight());
                }
                (hour, day) = (0, day + 1);
                if day > last {
                    (day, month) = (1, month + 1);
                }
                if month > 12 {
                    (month, year) = (1, year + 1);
                }
            }
        }
        let parts = ((year, month, day), [hour, minute, second, time.microsecond]);
        DateTime::of_class(cls, parts, &zone_object(zone.as_ref()), 0)
    }

    #[pymethod("($self, /)")]
    fn date(&self) -> PyResult<Ref<Date>> {
        Date::make(&DATE, self.day())
    }

    #[pymethod("($self, /)")]
    fn time(&self) -> PyResult<Ref<Time>> {
        Time::make(&TIME, self.clock, None)
    }

    #[pymethod("($self, /)")]
    fn timetz(&self) -> PyResult<Ref<Time>> {
        Time::make(&TIME, self.clock, self.zone())
    }

    #[pymethod("($self, /)")]
    fn ctime(&self) -> String {
        fields::ctime_text(self.day(), self.clock)
    }

    #[pymethod("($self, /)")]
    fn timetuple(&self) -> PyResult {
        let dst = self.dst_offset()?.map_or(-1, |dst| i32::from(dst.span() != Span::ZERO));
        fields::struct_time(self.day(), self.clock, dst)
    }

    #[pymethod("($self, /)")]
    fn timestamp(&self) -> PyResult {
        if self.zone().is_some() {
            let since = TimeDelta::new(self.since_epoch()?)?;
            return call::call_method(since.as_object(), id!(total_seconds), &[]);
        }
        let seconds = local::local_to_seconds(self.day(), self.clock, self.clock.fold != 0)?;
        let micros = f64::from(self.clock.microsecond) / 1e6;
        Ok(Float::new((seconds - local::EPOCH) as f64 + micros).upcast())
    }

    #[pymethod("($self, /)")]
    fn utctimetuple(&self) -> PyResult {
        let ((year, month, day), clock) = match self.utc_offset()? {
            // The class is asked for the result, as `-` does.
            Some(offset) => match self.minus(offset.span())?.downcast::<DateTime>() {
                Some(utc) => (utc.day().parts(), utc.clock),
                None => return Err(type_error!("a datetime is required")),
            },
            None => (self.day().parts(), self.clock),
        };
        fields::struct_time(Day::checked(year, month, day)?, clock, 0)
    }

    #[pymethod(raw, style = varargs)]
    fn isoformat(&self, args: Args<'_>) -> PyResult {
        let [separator, timespec] = bind!(args, "isoformat", ["sep", "timespec"], required 0,
            positional_only 0, positional 2);
        let separator = match separator {
            None => u32::from('T'),
            Some(arg) => match arg.downcast::<Str>() {
                Some(text) => text.single_code_point().ok_or_else(|| {
                    type_error!(
                        "isoformat() argument 1 must be a unicode character, not a string of \
                         length {}",
                        text.len()
                    )
                })?,
                None => {
                    return Err(type_error!(
                        "isoformat() argument 1 must be a unicode character, not {}",
                        object::type_name_or_none(arg)
                    ));
                }
            },
        };
        let clock = fields::clock_text(self.clock, fields::timespec_of(timespec, 2)?)?;
        let zone = fields::zone_text(self.zone().as_ref(), ":", self.as_object())?;
        let Day { year, month, day } = self.day();
        let mut text = gopy_core::str::StrBuilder::new();
        text.push_str(&format!("{year:04}-{month:02}-{day:02}"))?;
        text.push_code_point(separator)?;
        text.push_str(&clock)?;
        text.push_str(&zone)?;
        text.finish().map(Ref::upcast)
    }

    #[pymethod("($self, /)")]
    fn utcoffset(&self) -> PyResult<Option<Ref<TimeDelta>>> {
        self.utc_offset()
    }

    #[pymethod("($self, /)")]
    fn tzname(&self) -> PyResult {
        fields::call_tzname(self.zone().as_ref(), self.as_object())
    }

    #[pymethod("($self, /)")]
    fn dst(&self) -> PyResult<Option<Ref<TimeDelta>>> {
        self.dst_offset()
    }

    #[pymethod(
        "($self, /, year=unchanged, month=unchanged, day=unchanged,\n        hour=unchanged, minute=unchanged, second=unchanged,\n        microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
        raw
    )]
    fn replace(&self, args: Args<'_>) -> PyResult {
        self.replaced(args)
    }

    #[pymethod("($self, /, **changes)", raw)]
    fn __replace__(&self, args: Args<'_>) -> PyResult {
        self.replaced(args)
    }

    #[pymethod(raw, style = varargs)]
    fn astimezone(&self, args: Args<'_>) -> PyResult {
        let [zone] = bind!(args, "astimezone", ["tz"], required 0, positional_only 0,
            positional 1);
        let zone = fields::zone_of(zone)?;
        let own_zone = match self.zone() {
            Some(own) => own,
            None => local::zone_of_local(self.day(), self.clock)?,
        };
        if zone.as_ref().is_some_and(|zone| zone.is(&*own_zone)) {
            return Ok(self.as_object().to_ref());
        }
        let offset = match call_offset(Some(&own_zone), id!(utcoffset), self.as_object())? {
            Some(offset) => offset,
            None => {
                // Its zone does not know: local time.
                let own_zone = local::zone_of_local(self.day(), self.clock)?;
                if zone.as_ref().is_some_and(|zone| zone.is(&*own_zone)) {
                    return Ok(self.as_object().to_ref());
                }
                let offset = call_offset(Some(&own_zone), id!(utcoffset), self.as_object())?;
                offset.ok_or_else(|| type_error!("a timedelta is required"))?
            }
        };
        let utc = self.minus(offset.span())?;
        let Ok(utc) = utc.downcast_ref::<DateTime>() else {
            return Err(type_error!("a datetime is required"));
        };
        let utc = if utc.zone.is_empty() {
            utc.same_fields_in(tzinfo::utc())?
        } else {
            utc.zone.set(Some(tzinfo::utc()));
            utc
        };
        let zone = match zone {
            Some(zone) => zone,
            None => {
                let since = utc.since_epoch()?;
                local::zone_at(i64::from(since.days) * 86_400 + i64::from(since.seconds))?
            }
        };
        utc.zone.set(Some(zone.clone()));
        call::call_method(&zone, id!(fromutc), &[utc.as_object()])
    }

    #[pymethod("($self, protocol, /)", hide_signature, style = varargs)]
    fn __reduce_ex__(&self, protocol: &Object) -> PyResult {
        self.reduced(c_int(protocol)?)
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        self.reduced(2)
    }

    #[pygetter]
    fn hour(&self) -> i32 {
        self.clock.hour.into()
    }

    #[pygetter]
    fn minute(&self) -> i32 {
        self.clock.minute.into()
    }

    #[pygetter]
    fn second(&self) -> i32 {
        self.clock.second.into()
    }

    #[pygetter]
    fn microsecond(&self) -> i32 {
        self.clock.microsecond as i32
    }

    #[pygetter]
    fn tzinfo(&self) -> Ref {
        zone_object(self.zone().as_ref())
    }

    #[pygetter]
    fn fold(&self) -> i32 {
        self.clock.fold.into()
    }
}

#[pyslots]
impl DateTime {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        const BYTES: usize = Day::BYTES + Clock::BYTES;
        if let 1..=2 = args.len()
            && let Some(state) = args.get(0)
        {
            let is_sane = |month: u32| (1..=12).contains(&(month & 0x7f));
            if let Some(bytes) = fields::pickled::<BYTES>(state, "datetime", is_sane, 2)? {
                let Ok(zone) = fields::zone_of(args.get(1)) else {
                    return Err(type_error!("bad tzinfo state arg"));
                };
                let [y0, y1, month, day, hour, minute, second, us0, us1, us2] = bytes;
                let clock = [hour, minute, second, us0, us1, us2];
                let clock = Clock::from_bytes(clock, month >> 7);
                let day = Day::from_bytes([y0, y1, month & 0x7f, day]);
                return DateTime::make(ty, day, clock, zone).map(Ref::upcast);
            }
        }
        let places = (|| {
            Ok(bind!(args, "", ["year", "month", "day", "hour", "minute", "second", "microsecond",
                "tzinfo", "fold"], required 3, positional_only 0, positional 8))
        })();
        let [year, month, day, hour, minute, second, microsecond, zone, fold] =
            places.map_err(|error| bad_call(args, 9, 7, error))?;
        let day = (int_or(year, 0)?, int_or(month, 0)?, int_or(day, 0)?);
        let clock =
            [int_or(hour, 0)?, int_or(minute, 0)?, int_or(second, 0)?, int_or(microsecond, 0)?];
        let fold = int_or(fold, 0)?;
        let day = Day::checked(day.0, day.1, day.2)?;
        let clock = Clock::checked(clock[0], clock[1], clock[2], clock[3], fold)?;
        DateTime::make(ty, day, clock, fields::zone_of(zone)?).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<String> {
        let Day { year, month, day } = self.day();
        let Clock { hour, minute, second, fold, microsecond } = self.clock;
        let name = self.as_object().type_name();
        let mut text = format!("{name}({year}, {month}, {day}, {hour}, {minute}");
        if second != 0 || microsecond != 0 {
            text.push_str(&format!(", {second}"));
        }
        if microsecond != 0 {
            text.push_str(&format!(", {microsecond}"));
        }
        if fold != 0 {
            text.push_str(", fold=1");
        }
        if let Some(zone) = self.zone() {
            text.push_str(&format!(", tzinfo={}", object::repr(&zone)?));
        }
        text.push(')');
        Ok(text)
    }

    fn str(&self) -> PyResult {
        let space = Str::new(" ");
        call::call_method(self.as_object(), id!(isoformat), &[space.as_object()])
    }

    fn hash(&self) -> PyResult<isize> {
        let cached = &self.date.hash;
        if cached.get() != -1 {
            return Ok(cached.get());
        }
        let offset = if self.clock.fold == 0 {
            self.utc_offset()?
        } else {
            // Both times of a fold have the same hash.
            let clock = Clock { fold: 0, ..self.clock };
            let class = self.as_object().type_().to_ref();
            DateTime::make(&class, self.day(), clock, self.zone())?.utc_offset()?
        };
        let hash = match offset {
            None => {
                let (day, clock) = (self.day().to_bytes(), self.clock.to_bytes());
                hash_bytes(&[day.as_slice(), clock.as_slice()].concat())
            }
            Some(offset) => {
                let span = Span::from_micros(self.micros() - offset.span().micros())?;
                TimeDelta::new(span)?.hash_value()
            }
        };
        cached.set(hash);
        Ok(hash)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<DateTime>() else {
            return Ok(none::not_implemented());
        };
        let fields = |this: &DateTime| (this.day(), this.clock.order());
        let ordering = fields(self).cmp(&fields(other));
        if same_zone(self.zone().as_ref(), other.zone().as_ref()) {
            return Ok(bool_::bool_ref(op.accepts(ordering)));
        }
        let (ours, theirs) = (self.utc_offset()?, other.utc_offset()?);
        let mut ordering = match relate(ours.as_deref(), theirs.as_deref()) {
            Offsets::Same => ordering,
            Offsets::Different(..) => self.since(other)?.cmp(&Span::ZERO),
            Offsets::Mixed => {
                return match op {
                    CompareOp::Eq => Ok(bool_::bool_ref(false)),
                    CompareOp::Ne => Ok(bool_::bool_ref(true)),
                    _ => Err(type_error!("can't compare offset-naive and offset-aware datetimes")),
                };
            }
        };
        if matches!(op, CompareOp::Eq | CompareOp::Ne)
            && ordering.is_eq()
            && (self.offset_depends_on_fold(ours.as_deref())?
                || other.offset_depends_on_fold(theirs.as_deref())?)
        {
            ordering = std::cmp::Ordering::Greater;
        }
        Ok(bool_::bool_ref(op.accepts(ordering)))
    }

    fn nb_add(left: &Object, right: &Object) -> PyResult {
        let (moment, delta) = match left.downcast::<DateTime>() {
            Some(moment) => (Some(moment), right.downcast::<TimeDelta>()),
            None => (right.downcast::<DateTime>(), left.downcast::<TimeDelta>()),
        };
        match (moment, delta) {
            (Some(moment), Some(delta)) => moment.plus(delta.span()),
            _ => Ok(none::not_implemented()),
        }
    }

    fn nb_subtract(left: &Object, right: &Object) -> PyResult {
        let Some(moment) = left.downcast::<DateTime>() else { return Ok(none::not_implemented()) };
        if let Some(other) = right.downcast::<DateTime>() {
            return TimeDelta::new(moment.since(other)?).map(Ref::upcast);
        }
        match right.downcast::<TimeDelta>() {
            Some(delta) => moment.minus(delta.span()),
            None => Ok(none::not_implemented()),
        }
    }
}
