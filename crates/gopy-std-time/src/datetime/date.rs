//! `datetime.date` and `IsoCalendarDate`.
//!
//! Answers to `PyDateTime_Date` and `PyDateTime_IsoCalendarDate` in `Modules/_datetimemodule.c`.

use std::cell::Cell;

use gopy_core::error::{type_error, value_error};
use gopy_core::exceptions::OVERFLOW_ERROR;
use gopy_core::str::{Str, hash_bytes};
use gopy_core::tuple::{self, TUPLE, Tuple};
use gopy_core::{bool_, bytes::Bytes, call, id, import, none, number, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Arg, Args, Instance, Object, PyResult, Ref, Type, memory};

use super::calendar::{self, IsoError};
use super::datetime_type::{DATETIME, DateTime};
use super::delta::{Span, TimeDelta};
use super::fields::{self, Clock, Day, FormatSource, bad_call, c_int};
use super::local;

/// A `date`.
#[pyclass(name = "datetime.date", static = DATE, basicsize = 32, flags(BASETYPE))]
#[repr(C)]
pub struct Date {
    object: Object,
    pub(super) hash: Cell<isize>,
    day: Day,
}

impl Date {
    /// The part of an instance that a date is.
    pub(super) fn head(ty: &Type, day: Day) -> Date {
        Date { object: Object::header(ty), hash: Cell::new(-1), day }
    }

    /// A `date` of a type.
    pub fn make(ty: &Type, day: Day) -> PyResult<Ref<Date>> {
        Ok(object::track_new(memory::alloc(ty, Date::head(ty, day))?))
    }

    /// The day.
    pub fn the_day(&self) -> Day {
        self.day
    }

    /// What a class makes of a day. May run Python.
    pub fn of_class(cls: &Type, (year, month, day): (i32, i32, i32)) -> PyResult {
        if std::ptr::eq(cls, DATE.get()) {
            return Date::make(cls, Day::checked(year, month, day)?).map(Ref::upcast);
        }
        if std::ptr::eq(cls, DATETIME.get()) {
            let day = Day::checked(year, month, day)?;
            return DateTime::make(cls, day, Clock::MIDNIGHT, None).map(Ref::upcast);
        }
        fields::call_class(cls, &[year, month, day], None, 0)
    }

    fn plus_days(&self, days: i64) -> PyResult {
        let (year, month, day) = self.day.parts();
        let day = i64::from(day) + days;
        let moved = i32::try_from(day)
            .ok()
            .and_then(|day| calendar::normalize_date(year, month, day))
            .ok_or_else(out_of_range)?;
        let class = self.as_object().type_().to_ref();
        Date::of_class(&class, moved)
    }

    fn replaced(&self, args: Args<'_>) -> PyResult {
        let [year, month, day] = bind!(args, "replace", ["year", "month", "day"], required 0,
            positional_only 0, positional 3);
        let own = self.day.parts();
        let int = |place: Option<&Object>, own| place.map_or(Ok(own), number::index_as_c_int);
        let moved = (int(year, own.0)?, int(month, own.1)?, int(day, own.2)?);
        let class = self.as_object().type_().to_ref();
        Date::of_class(&class, moved)
    }
}

/// "date value out of range".
#[cold]
pub fn out_of_range() -> gopy_object::Exception {
    gopy_core::error::overflow_error!("date value out of range")
}

/// A `date` that is no `datetime`.
fn plain(o: &Object) -> Option<&Date> {
    o.downcast::<Date>().filter(|_| o.downcast::<DateTime>().is_none())
}

/// `__format__` of dates and times. May run Python.
pub fn format(this: &Object, spec: &Str) -> PyResult {
    if spec.is_empty() {
        return object::str(this).map(Ref::upcast);
    }
    call::call_method(this, id!(strftime), &[spec.as_object()])
}

/// The text of an only argument `format`.
pub fn format_argument<'a>(args: Args<'a>) -> PyResult<&'a Str> {
    let [format] = bind!(args, "strftime", ["format"], required 1, positional_only 0, positional 1);
    let format = fields::or_none(format);
    format.downcast::<Str>().ok_or_else(|| {
        type_error!("strftime() argument 1 must be str, not {}", object::type_name_or_none(format))
    })
}

/// `_strptime.NAME(cls, string, format)`. May run Python.
pub fn strptime(cls: &Type, function: &str, string: &Str, format: &Str) -> PyResult {
    let parse = import::import_attr("_strptime", function)?;
    call::call(&parse, &[cls.as_object(), string.as_object(), format.as_object()])
}

/// The UTF-8 text of `fromisoformat`'s argument.
pub fn iso_argument(text: &Object) -> PyResult<&Str> {
    text.downcast().ok_or_else(|| type_error!("fromisoformat: argument must be str"))
}

/// "Invalid isoformat string: '…'".
#[cold]
pub fn invalid_iso(text: &Object) -> gopy_object::Exception {
    match object::repr(text) {
        Ok(text) => value_error!("Invalid isoformat string: {text}"),
        Err(error) => error,
    }
}

#[pymethods]
impl Date {
    #[pyclassmethod("($type, timestamp, /)")]
    fn fromtimestamp(cls: &Type, timestamp: &Object) -> PyResult {
        let tm = local::local_time(local::to_time_t(timestamp)?)?;
        Date::of_class(cls, (tm.tm_year.wrapping_add(1900), tm.tm_mon + 1, tm.tm_mday))
    }

    #[pyclassmethod("($type, ordinal, /)", hide_signature, style = varargs)]
    fn fromordinal(cls: &Type, ordinal: &Object) -> PyResult {
        let ordinal = c_int(ordinal)?;
        if ordinal < 1 {
            return Err(value_error!("ordinal must be >= 1"));
        }
        Date::of_class(cls, calendar::from_ordinal(ordinal))
    }

    #[pyclassmethod("($type, object, /)")]
    fn fromisoformat(cls: &Type, object: &Object) -> PyResult {
        let text = iso_argument(object)?;
        let parsed = match text.as_str().map(str::as_bytes) {
            Some(bytes) if matches!(bytes.len(), 7 | 8 | 10) => {
                calendar::parse_date(bytes, bytes.len()).ok()
            }
            _ => None,
        };
        match parsed {
            Some(day) => Date::of_class(cls, day),
            None => Err(invalid_iso(object)),
        }
    }

    #[pyclassmethod(raw, style = varargs)]
    fn fromisocalendar(cls: &Type, args: Args<'_>) -> PyResult {
        let bound = (|| {
            Ok(bind!(args, "fromisocalendar", ["year", "week", "day"], required 3,
                positional_only 0, positional 3))
        })();
        let numbers = bound.map_err(|error| bad_call(args, 3, 3, error)).and_then(|places| {
            let number = |place: Option<&Object>| c_int(fields::or_none(place));
            let [year, week, day] = places;
            Ok((number(year)?, number(week)?, number(day)?))
        });
        let (year, week, day) = match numbers {
            Err(error) if error.is_instance(&OVERFLOW_ERROR) => {
                return Err(value_error!("ISO calendar component out of range"));
            }
            numbers => numbers?,
        };
        match calendar::from_iso(year, week, day) {
            Ok(day) => Date::of_class(cls, day),
            Err(IsoError::Year) => Err(fields::check_year(year).err().unwrap_or_else(out_of_range)),
            Err(IsoError::Week) => Err(value_error!("Invalid week: {week}")),
            Err(IsoError::Weekday) => Err(value_error!("Invalid weekday: {day} (range is [1, 7])")),
        }
    }

    #[pyclassmethod("($type, string, format, /)", hide_signature, style = varargs)]
    fn strptime(cls: &Type, string: &Str, format: &Str) -> PyResult {
        strptime(cls, "_strptime_datetime_date", string, format)
    }

    #[pyclassmethod("($type, /)")]
    fn today(cls: &Type) -> PyResult {
        let now = call::call_no_args(&*import::import_attr("time", "time")?)?;
        call::call_method(cls.as_object(), id!(fromtimestamp), &[&now])
    }

    #[pymethod("($self, /)")]
    fn ctime(&self) -> String {
        fields::ctime_text(self.day, Clock::MIDNIGHT)
    }

    #[pymethod(raw, style = varargs)]
    fn strftime(&self, args: Args<'_>) -> PyResult {
        let format = format_argument(args)?;
        let this = self.as_object();
        let timetuple = call::call_method(this, id!(timetuple), &[])?;
        let moment = this.downcast::<DateTime>();
        let zone = moment.and_then(DateTime::zone);
        let microsecond = moment.map_or(0, |moment| moment.clock().microsecond);
        let source = FormatSource { zone: zone.as_ref(), arg: this, microsecond };
        fields::strftime(&source, format, &timetuple)
    }

    #[pymethod("($self, format, /)", hide_signature, style = varargs)]
    fn __format__(&self, format: &Str) -> PyResult {
        self::format(self.as_object(), format)
    }

    #[pymethod("($self, /)")]
    fn timetuple(&self) -> PyResult {
        fields::struct_time(self.day, Clock::MIDNIGHT, -1)
    }

    #[pymethod("($self, /)")]
    fn isocalendar(&self) -> PyResult {
        let (year, month, day) = self.day.parts();
        let (year, week, weekday) = calendar::to_iso(year, month, day);
        IsoCalendarDate::make(&ISO_CALENDAR_DATE, [year, week, weekday])
    }

    #[pymethod("($self, /)")]
    fn isoformat(&self) -> String {
        let Day { year, month, day } = self.day;
        format!("{year:04}-{month:02}-{day:02}")
    }

    #[pymethod("($self, /)")]
    fn isoweekday(&self) -> i32 {
        (self.day.ordinal() + 6).rem_euclid(7) + 1
    }

    #[pymethod("($self, /)")]
    fn toordinal(&self) -> i32 {
        self.day.ordinal()
    }

    #[pymethod("($self, /)")]
    fn weekday(&self) -> i32 {
        (self.day.ordinal() + 6).rem_euclid(7)
    }

    #[pymethod("($self, /, year=unchanged, month=unchanged, day=unchanged)", raw)]
    fn replace(&self, args: Args<'_>) -> PyResult {
        self.replaced(args)
    }

    #[pymethod("($self, /, **changes)", raw)]
    fn __replace__(&self, args: Args<'_>) -> PyResult {
        self.replaced(args)
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let state = tuple::from_array([Bytes::new(&self.day.to_bytes())?.upcast()]);
        let class = self.as_object().type_().to_ref().upcast();
        Ok(tuple::from_array([class, state.upcast()]).upcast())
    }

    #[pygetter]
    fn year(&self) -> i32 {
        self.day.year.into()
    }

    #[pygetter]
    fn month(&self) -> i32 {
        self.day.month.into()
    }

    #[pygetter]
    fn day(&self) -> i32 {
        self.day.day.into()
    }
}

#[pyslots]
impl Date {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        if args.len() == 1
            && let Some(state) = args.get(0)
        {
            let is_sane = |month: u32| (1..=12).contains(&month);
            if let Some(bytes) = fields::pickled(state, "date", is_sane, 2)? {
                return Date::make(ty, Day::from_bytes(bytes)).map(Ref::upcast);
            }
        }
        let places = (|| {
            Ok(bind!(args, "", ["year", "month", "day"], required 3, positional_only 0,
                positional 3))
        })();
        let [year, month, day] = places.map_err(|error| bad_call(args, 3, 3, error))?;
        let number = |place: Option<&Object>| c_int(fields::or_none(place));
        let day = (number(year)?, number(month)?, number(day)?);
        Date::make(ty, Day::checked(day.0, day.1, day.2)?).map(Ref::upcast)
    }

    fn repr(&self) -> String {
        let Day { year, month, day } = self.day;
        format!("{}({year}, {month}, {day})", self.as_object().type_name())
    }

    fn str(&self) -> PyResult {
        call::call_method(self.as_object(), id!(isoformat), &[])
    }

    fn hash(&self) -> PyResult<isize> {
        if self.hash.get() == -1 {
            self.hash.set(hash_bytes(&self.day.to_bytes()));
        }
        Ok(self.hash.get())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        Ok(match plain(other) {
            Some(other) => bool_::bool_ref(op.accepts(self.day.cmp(&other.day))),
            None => none::not_implemented(),
        })
    }

    fn nb_add(left: &Object, right: &Object) -> PyResult {
        let (date, delta) = match plain(left) {
            Some(date) => (Some(date), right.downcast::<TimeDelta>()),
            None => (plain(right), left.downcast::<TimeDelta>()),
        };
        match (date, delta) {
            (Some(date), Some(delta)) => date.plus_days(delta.span().days.into()),
            _ => Ok(none::not_implemented()),
        }
    }

    fn nb_subtract(left: &Object, right: &Object) -> PyResult {
        let Some(date) = plain(left) else { return Ok(none::not_implemented()) };
        if let Some(other) = plain(right) {
            let days = date.day.ordinal() - other.day.ordinal();
            return TimeDelta::new(Span { days, ..Span::ZERO }).map(Ref::upcast);
        }
        match right.downcast::<TimeDelta>() {
            Some(delta) if right.downcast::<Date>().is_none() => {
                date.plus_days(-i64::from(delta.span().days))
            }
            _ => Ok(none::not_implemented()),
        }
    }
}

/// What `isocalendar()` returns: a tuple with names.
#[pyclass(name = "datetime.IsoCalendarDate", static = ISO_CALENDAR_DATE, base = TUPLE,
    basicsize = 40, itemsize = 8, flags(HAVE_GC, HEAPTYPE, IMMUTABLETYPE), payload_drop = drop_items)]
#[repr(C)]
pub struct IsoCalendarDate {
    tuple: Tuple,
}

/// # Safety
///
/// As [`gopy_object::typeobj::Payload::drop`].
unsafe fn drop_items(object: *mut Object) {
    // SAFETY: a tuple that is being deallocated, by the caller's promise.
    unsafe { Tuple::release_items(object.cast()) };
}

impl IsoCalendarDate {
    fn make(ty: &Type, numbers: [i32; 3]) -> PyResult {
        let items = fields::int_tuple(&numbers);
        let Some(new) = TUPLE.slots.new.get() else {
            return Err(type_error!("cannot create '{}' instances", ty.name()));
        };
        new(ty, Args::positional_only(&[Arg::new(items.as_object())]))
    }

    fn item(&self, index: usize) -> Ref {
        self.tuple.items().get(index).cloned().unwrap_or_else(none::none)
    }
}

#[pymethods]
impl IsoCalendarDate {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let plain = tuple::from_vec(self.tuple.items().to_vec());
        let args = tuple::from_array([plain.upcast()]);
        Ok(tuple::from_array([TUPLE.to_ref().upcast(), args.upcast()]).upcast())
    }

    #[pygetter]
    fn year(&self) -> Ref {
        self.item(0)
    }

    #[pygetter]
    fn week(&self) -> Ref {
        self.item(1)
    }

    #[pygetter]
    fn weekday(&self) -> Ref {
        self.item(2)
    }
}

#[pyslots]
impl IsoCalendarDate {
    fn tp_new(ty: &Type, args: Args<'_>) -> PyResult {
        let [year, week, weekday] = bind!(args, "IsoCalendarDate", ["year", "week", "weekday"],
            required 3, positional_only 0, positional 3);
        let number = |place: Option<&Object>| number::index_as_c_int(fields::or_none(place));
        IsoCalendarDate::make(ty, [number(year)?, number(week)?, number(weekday)?])
    }

    fn repr(&self) -> PyResult<String> {
        let name = self.as_object().type_name();
        let mut texts = Vec::with_capacity(3);
        for index in 0..3 {
            texts.push(object::str(&self.item(index))?.to_string());
        }
        Ok(format!("{name:.200}(year={}, week={}, weekday={})", texts[0], texts[1], texts[2]))
    }
}
