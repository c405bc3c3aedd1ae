//! `datetime.time`.
//!
//! Answers to `PyDateTime_Time` in `Modules/_datetimemodule.c`.

use std::cell::Cell;

use gopy_core::error::{type_error, value_error};
use gopy_core::str::{Str, hash_bytes};
use gopy_core::{bool_, bytes::Bytes, call, id, none, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type, memory};

use super::calendar;
use super::date::{self, format_argument, invalid_iso, iso_argument};
use super::delta::{Span, TimeDelta};
use super::fields::{self, Clock, FormatSource, bad_call, call_offset, int_or, zone_object};
use super::tzinfo::{self, TimeZone};

/// A `time`.
#[pyclass(name = "datetime.time", static = TIME, basicsize = 40, flags(BASETYPE))]
#[repr(C)]
pub struct Time {
    object: Object,
    hash: Cell<isize>,
    clock: Clock,
    zone: Option<Ref>,
}

/// The zone of an offset that was parsed: UTC for nothing, `None` without one.
pub fn parsed_zone(offset: Option<(i32, i32)>) -> PyResult<Option<Ref>> {
    Ok(match offset {
        None => None,
        Some((0, 0)) => Some(tzinfo::utc()),
        Some((seconds, micros)) => {
            let delta = TimeDelta::new(Span::of(0, seconds.into(), micros.into())?)?;
            Some(TimeZone::new(&delta, None)?)
        }
    })
}

/// "minute, second, and microsecond must be 0 when hour is 24".
#[cold]
pub fn bad_midnight() -> gopy_object::Exception {
    value_error!("minute, second, and microsecond must be 0 when hour is 24")
}

/// Two offsets, or the error of comparing with and without one.
#[derive(PartialEq, Eq)]
pub enum Offsets {
    /// Both have none or the same.
    Same,
    /// Both have one, and they differ.
    Different(Span, Span),
    /// One has none.
    Mixed,
}

/// How two offsets relate.
pub fn relate(a: Option<&TimeDelta>, b: Option<&TimeDelta>) -> Offsets {
    match (a.map(TimeDelta::span), b.map(TimeDelta::span)) {
        (None, None) => Offsets::Same,
        (Some(a), Some(b)) if a == b => Offsets::Same,
        (Some(a), Some(b)) => Offsets::Different(a, b),
        _ => Offsets::Mixed,
    }
}

impl Time {
    /// A `time` of a type.
    pub fn make(ty: &Type, clock: Clock, zone: Option<Ref>) -> PyResult<Ref<Time>> {
        let time = Time { object: Object::header(ty), hash: Cell::new(-1), clock, zone };
        Ok(object::track_new(memory::alloc(ty, time)?))
    }

    /// The time of day.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The zone.
    pub fn zone(&self) -> Option<&Ref> {
        self.zone.as_ref()
    }

    fn of_class(
        cls: &Type,
        [hour, minute, second, microsecond]: [i32; 4],
        zone: &Object,
        fold: i32,
    ) -> PyResult {
        if std::ptr::eq(cls, TIME.get()) {
            let clock = Clock::checked(hour, minute, second, microsecond, fold)?;
            return Time::make(cls, clock, fields::zone_of(Some(zone))?).map(Ref::upcast);
        }
        let numbers = [hour, minute, second, microsecond];
        call_with_fold(cls, &numbers, zone, fold)
    }

    fn utc_offset(&self) -> PyResult<Option<Ref<TimeDelta>>> {
        call_offset(self.zone(), id!(utcoffset), none::none_object())
    }

    fn replaced(&self, args: Args<'_>) -> PyResult {
        let [hour, minute, second, microsecond, zone, fold] = bind!(args, "replace",
            ["hour", "minute", "second", "microsecond", "tzinfo", "fold"], required 0,
            positional_only 0, positional 5);
        let int = |place: Option<&Object>, own| place.map_or(Ok(own), number::index_as_c_int);
        let own = self.clock.parts();
        let numbers = [
            int(hour, own[0])?,
            int(minute, own[1])?,
            int(second, own[2])?,
            int(microsecond, own[3])?,
        ];
        let fold = int(fold, self.clock.fold.into())?;
        let own_zone = zone_object(self.zone());
        let class = self.as_object().type_().to_ref();
        Time::of_class(&class, numbers, zone.unwrap_or(&own_zone), fold)
    }

    fn reduced(&self, protocol: i32) -> PyResult {
        let mut bytes = self.clock.to_bytes();
        if protocol > 3 && self.clock.fold != 0 {
            bytes[0] |= 0x80;
        }
        let bytes = Bytes::new(&bytes)?.upcast();
        let state = match self.zone() {
            Some(zone) => tuple::from_array([bytes, zone.clone()]),
            None => tuple::from_array([bytes]),
        };
        let class = self.as_object().type_().to_ref().upcast();
        Ok(tuple::from_array([class, state.upcast()]).upcast())
    }
}

/// `cls(*numbers, zone, fold=fold)`. May run Python.
pub fn call_with_fold(cls: &Type, numbers: &[i32], zone: &Object, fold: i32) -> PyResult {
    fields::call_class(cls, numbers, Some(zone), fold)
}

#[pymethods]
impl Time {
    #[pyclassmethod("($type, string, format, /)", hide_signature, style = varargs)]
    fn strptime(cls: &Type, string: &Str, format: &Str) -> PyResult {
        date::strptime(cls, "_strptime_datetime_time", string, format)
    }

    #[pymethod(raw, style = varargs)]
    fn isoformat(&self, args: Args<'_>) -> PyResult<String> {
        let [timespec] = bind!(args, "isoformat", ["timespec"], required 0, positional_only 0,
            positional 1);
        let mut text = fields::clock_text(self.clock, fields::timespec_of(timespec, 1)?)?;
        text.push_str(&fields::zone_text(self.zone(), ":", none::none_object())?);
        Ok(text)
    }

    #[pymethod(raw, style = varargs)]
    fn strftime(&self, args: Args<'_>) -> PyResult {
        let format = format_argument(args)?;
        let [hour, minute, second, microsecond] = self.clock.parts();
        // Some year is needed.
        let timetuple = fields::int_tuple(&[1900, 1, 1, hour, minute, second, 0, 1, -1]);
        let source = FormatSource {
            zone: self.zone(),
            arg: none::none_object(),
            microsecond: microsecond as u32,
        };
        fields::strftime(&source, format, timetuple.as_object())
    }

    #[pymethod("($self, format, /)", hide_signature, style = varargs)]
    fn __format__(&self, format: &Str) -> PyResult {
        date::format(self.as_object(), format)
    }

    #[pymethod("($self, /)")]
    fn utcoffset(&self) -> PyResult<Option<Ref<TimeDelta>>> {
        self.utc_offset()
    }

    #[pymethod("($self, /)")]
    fn tzname(&self) -> PyResult {
        fields::call_tzname(self.zone(), none::none_object())
    }

    #[pymethod("($self, /)")]
    fn dst(&self) -> PyResult<Option<Ref<TimeDelta>>> {
        call_offset(self.zone(), id!(dst), none::none_object())
    }

    #[pymethod(
        "($self, /, hour=unchanged, minute=unchanged, second=unchanged,\n        microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
        raw
    )]
    fn replace(&self, args: Args<'_>) -> PyResult {
        self.replaced(args)
    }

    #[pymethod("($self, /, **changes)", raw)]
    fn __replace__(&self, args: Args<'_>) -> PyResult {
        self.replaced(args)
    }

    #[pyclassmethod("($type, object, /)")]
    fn fromisoformat(cls: &Type, object: &Object) -> PyResult {
        let text = iso_argument(object)?;
        let Some(bytes) = text.as_str().map(str::as_bytes) else { return Err(invalid_iso(object)) };
        let bytes = bytes.strip_prefix(b"T").unwrap_or(bytes);
        let Ok(parsed) = calendar::parse_time(bytes) else { return Err(invalid_iso(object)) };
        let [mut hour, minute, second] = parsed.clock;
        if hour == 24 {
            if (minute, second, parsed.microsecond) != (0, 0, 0) {
                return Err(bad_midnight());
            }
            hour = 0;
        }
        let zone = parsed_zone(parsed.offset)?;
        let numbers = [hour, minute, second, parsed.microsecond];
        Time::of_class(cls, numbers, &zone_object(zone.as_ref()), 0)
    }

    #[pymethod("($self, protocol, /)", hide_signature, style = varargs)]
    fn __reduce_ex__(&self, protocol: &Object) -> PyResult {
        self.reduced(fields::c_int(protocol)?)
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
        zone_object(self.zone())
    }

    #[pygetter]
    fn fold(&self) -> i32 {
        self.clock.fold.into()
    }
}

#[pyslots]
impl Time {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        if let 1..=2 = args.len()
            && let Some(state) = args.get(0)
        {
            let is_sane = |hour: u32| hour & 0x7f < 24;
            if let Some(mut bytes) = fields::pickled::<{ Clock::BYTES }>(state, "time", is_sane, 0)?
            {
                let Ok(zone) = fields::zone_of(args.get(1)) else {
                    return Err(type_error!("bad tzinfo state arg"));
                };
                let fold = bytes[0] >> 7;
                bytes[0] &= 0x7f;
                return Time::make(ty, Clock::from_bytes(bytes, fold), zone).map(Ref::upcast);
            }
        }
        let places = (|| {
            Ok(bind!(args, "", ["hour", "minute", "second", "microsecond", "tzinfo", "fold"],
                required 0, positional_only 0, positional 5))
        })();
        let [hour, minute, second, microsecond, zone, fold] =
            places.map_err(|error| bad_call(args, 6, 4, error))?;
        let clock = Clock::checked(
            int_or(hour, 0)?,
            int_or(minute, 0)?,
            int_or(second, 0)?,
            int_or(microsecond, 0)?,
            int_or(fold, 0)?,
        )?;
        Time::make(ty, clock, fields::zone_of(zone)?).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<String> {
        let Clock { hour, minute, second, fold, microsecond } = self.clock;
        let mut text = format!("{}({hour}, {minute}", self.as_object().type_name());
        if second != 0 || microsecond != 0 {
            text.push_str(&format!(", {second}"));
        }
        if microsecond != 0 {
            text.push_str(&format!(", {microsecond}"));
        }
        if let Some(zone) = self.zone() {
            text.push_str(&format!(", tzinfo={}", object::repr(zone)?));
        }
        if fold != 0 {
            text.push_str(", fold=1");
        }
        text.push(')');
        Ok(text)
    }

    fn str(&self) -> PyResult {
        call::call_method(self.as_object(), id!(isoformat), &[])
    }

    fn hash(&self) -> PyResult<isize> {
        if self.hash.get() != -1 {
            return Ok(self.hash.get());
        }
        // Both times of a fold have the same hash. The zone does not see the time.
        let hash = match self.utc_offset()? {
            None => hash_bytes(&self.clock.to_bytes()),
            Some(offset) => {
                let since =
                    Span::of(0, self.clock.seconds().into(), self.clock.microsecond.into())?;
                let micros = since.micros() - offset.span().micros();
                TimeDelta::new(Span::from_micros(micros)?)?.hash_value()
            }
        };
        self.hash.set(hash);
        Ok(hash)
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<Time>() else { return Ok(none::not_implemented()) };
        let by_clock = |op: CompareOp| op.accepts(self.clock.order().cmp(&other.clock.order()));
        if same_zone(self.zone(), other.zone()) {
            return Ok(bool_::bool_ref(by_clock(op)));
        }
        let (ours, theirs) = (self.utc_offset()?, other.utc_offset()?);
        Ok(bool_::bool_ref(match relate(ours.as_deref(), theirs.as_deref()) {
            Offsets::Same => by_clock(op),
            Offsets::Different(ours, theirs) => {
                let since = |clock: Clock, offset: Span| {
                    let seconds = i64::from(clock.seconds())
                        - i64::from(offset.days) * 86_400
                        - i64::from(offset.seconds);
                    (seconds, clock.microsecond)
                };
                op.accepts(since(self.clock, ours).cmp(&since(other.clock, theirs)))
            }
            Offsets::Mixed => match op {
                CompareOp::Eq => false,
                CompareOp::Ne => true,
                _ => {
                    return Err(type_error!("can't compare offset-naive and offset-aware times"));
                }
            },
        }))
    }
}

/// Whether two zones are the same object, or both missing.
pub fn same_zone(a: Option<&Ref>, b: Option<&Ref>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is(&**b),
        (None, None) => true,
        _ => false,
    }
}
