//! `datetime.tzinfo` and `datetime.timezone`.
//!
//! Answers to `PyDateTime_TZInfo` and `PyDateTime_TimeZone` in `Modules/_datetimemodule.c`.

use gopy_core::error::{not_implemented_error, type_error, value_error};
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, call, id, none, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Args, GilCell, Instance, Object, PyResult, Ref, Slot, Type, memory};

use super::datetime_type::DateTime;
use super::delta::{Span, TimeDelta, ZERO};
use super::fields::{self, call_offset};

/// A `tzinfo`.
#[pyclass(name = "datetime.tzinfo", static = TZINFO, basicsize = 16, flags(BASETYPE))]
#[repr(C)]
pub struct TzInfo {
    object: Object,
}

#[cold]
fn not_there(method: &str) -> PyResult {
    Err(not_implemented_error!("a tzinfo subclass must implement {method}()"))
}

/// The `datetime` of `fromutc(dt)`, whose zone must be the receiver.
fn utc_argument<'a>(this: &Object, arg: &'a Object) -> PyResult<&'a DateTime> {
    let Some(moment) = arg.downcast::<DateTime>() else {
        return Err(type_error!("fromutc: argument must be a datetime"));
    };
    if !moment.zone().is_some_and(|zone| zone.is(this)) {
        return Err(value_error!("fromutc: dt.tzinfo is not self"));
    }
    Ok(moment)
}

#[pymethods]
impl TzInfo {
    #[pymethod("($self, object, /)")]
    fn tzname(&self, object: &Object) -> PyResult {
        let _ = object;
        not_there("tzname")
    }

    #[pymethod("($self, object, /)")]
    fn utcoffset(&self, object: &Object) -> PyResult {
        let _ = object;
        not_there("utcoffset")
    }

    #[pymethod("($self, object, /)")]
    fn dst(&self, object: &Object) -> PyResult {
        let _ = object;
        not_there("dst")
    }

    #[pymethod("($self, object, /)")]
    fn fromutc(&self, object: &Object) -> PyResult {
        let moment = utc_argument(self.as_object(), object)?;
        let Some(offset) = moment.utc_offset()? else {
            return Err(value_error!("fromutc: non-None utcoffset() result required"));
        };
        let Some(dst) = moment.dst_offset()? else {
            return Err(value_error!("fromutc: non-None dst() result required"));
        };
        let standard = Span::from_micros(offset.span().micros() - dst.span().micros())?;
        let result = moment.plus(standard)?;
        let zone = Some(self.as_object().to_ref());
        let Some(dst) = call_offset(zone.as_ref(), id!(dst), &result)? else {
            return Err(value_error!(
                "fromutc: tz.dst() gave inconsistent results; cannot convert"
            ));
        };
        if dst.span() == Span::ZERO {
            return Ok(result);
        }
        match result.downcast::<DateTime>() {
            Some(result) => result.plus(dst.span()),
            None => Err(type_error!("fromutc: argument must be a datetime")),
        }
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let this = self.as_object();
        let args = match object::get_attr_opt(this, id!(__getinitargs__))? {
            Some(getinitargs) => call::call_no_args(&getinitargs)?,
            None => tuple::empty().upcast(),
        };
        let state = call::call_method(this, id!(__getstate__), &[])?;
        let class = this.type_().to_ref().upcast();
        Ok(tuple::from_array([class, args, state]).upcast())
    }
}

#[pyslots]
impl TzInfo {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        let zone = memory::alloc(ty, TzInfo { object: Object::header(ty) })?;
        Ok(object::track_new(zone).upcast())
    }
}

/// A `timezone`: a fixed offset from UTC.
#[pyclass(name = "datetime.timezone", static = TIMEZONE, base = TZINFO, basicsize = 32, flags())]
#[repr(C)]
pub struct TimeZone {
    zone: TzInfo,
    /// Empty for UTC, whose offset is zero.
    offset: Slot<TimeDelta>,
    name: Slot<Str>,
}

/// `timezone.utc`.
pub static UTC: GilCell<TimeZone> = GilCell::new(TimeZone {
    zone: TzInfo { object: Object::static_header(&TIMEZONE) },
    offset: Slot::empty(),
    name: Slot::empty(),
});

/// `timezone.utc` as a zone.
pub fn utc() -> Ref {
    UTC.get().to_ref().upcast()
}

impl TimeZone {
    /// The zone of an offset; UTC itself for none without a name.
    pub fn new(offset: &TimeDelta, name: Option<Ref<Str>>) -> PyResult {
        if offset.span() == Span::ZERO && name.is_none() {
            return Ok(utc());
        }
        fields::check_offset(offset)?;
        TimeZone::make(offset, name)
    }

    /// The zone of an offset that has been checked.
    pub fn make(offset: &TimeDelta, name: Option<Ref<Str>>) -> PyResult {
        let zone = TimeZone {
            zone: TzInfo { object: Object::header(&TIMEZONE) },
            offset: Slot::new(Some(offset.to_ref())),
            name: Slot::new(name),
        };
        Ok(memory::alloc(&TIMEZONE, zone)?.upcast())
    }

    fn delta(&self) -> Ref<TimeDelta> {
        self.offset.get().unwrap_or_else(|| ZERO.get().to_ref())
    }

    fn text(&self) -> PyResult<Ref<Str>> {
        if let Some(name) = self.name.get() {
            return Ok(name);
        }
        let span = self.delta().span();
        if span == Span::ZERO {
            return Ok(Str::new("UTC"));
        }
        Ok(Str::new(&format!("UTC{}", fields::offset_text(span, ":"))))
    }
}

fn check_moment(arg: &Object, method: &str) -> PyResult<()> {
    if none::is_none(arg) || arg.downcast::<DateTime>().is_some() {
        return Ok(());
    }
    Err(type_error!(
        "{method}(dt) argument must be a datetime instance or None, not {:.200}",
        arg.type_name()
    ))
}

#[pymethods]
impl TimeZone {
    #[pymethod("($self, object, /)")]
    fn tzname(&self, object: &Object) -> PyResult<Ref<Str>> {
        check_moment(object, "tzname")?;
        self.text()
    }

    #[pymethod("($self, object, /)")]
    fn utcoffset(&self, object: &Object) -> PyResult<Ref<TimeDelta>> {
        check_moment(object, "utcoffset")?;
        Ok(self.delta())
    }

    #[pymethod("($self, object, /)")]
    fn dst(&self, object: &Object) -> PyResult<()> {
        check_moment(object, "dst")
    }

    #[pymethod("($self, object, /)")]
    fn fromutc(&self, object: &Object) -> PyResult {
        utc_argument(self.as_object(), object)?.plus(self.delta().span())
    }

    #[pymethod("($self, /)")]
    fn __getinitargs__(&self) -> Ref<Tuple> {
        let offset = self.delta().upcast();
        match self.name.get() {
            Some(name) => tuple::from_array([offset, name.upcast()]),
            None => tuple::from_array([offset]),
        }
    }
}

#[pyslots]
impl TimeZone {
    fn tp_new(_ty: &Type, args: Args<'_>) -> PyResult {
        let [offset, name] = bind!(args, "timezone", ["offset", "name"], required 1,
            positional_only 0, positional 2);
        let offset = fields::or_none(offset);
        let bad = |position: usize, wanted: &str, found: &Object| {
            type_error!(
                "timezone() argument {position} must be {wanted}, not {}",
                object::type_name_or_none(found)
            )
        };
        let Some(offset) = offset.downcast::<TimeDelta>() else {
            return Err(bad(1, "datetime.timedelta", offset));
        };
        let name = match name {
            Some(name) => match name.downcast::<Str>() {
                Some(text) => Some(text.to_ref()),
                None => return Err(bad(2, "str", name)),
            },
            None => None,
        };
        TimeZone::new(offset, name)
    }

    fn repr(&self) -> PyResult<String> {
        let name = self.as_object().type_name();
        if UTC.get().as_object().is(self) {
            return Ok(format!("{name}.utc"));
        }
        let offset = object::repr(self.delta().as_object())?;
        match self.name.get() {
            Some(own) => Ok(format!("{name}({offset}, {})", object::repr(own.as_object())?)),
            None => Ok(format!("{name}({offset})")),
        }
    }

    fn str(&self) -> PyResult {
        self.text().map(Ref::upcast)
    }

    fn hash(&self) -> PyResult<isize> {
        Ok(self.delta().hash_value())
    }

    fn richcompare(&self, other: &Object, op: CompareOp) -> PyResult {
        let (CompareOp::Eq | CompareOp::Ne, Some(other)) = (op, other.downcast::<TimeZone>())
        else {
            return Ok(none::not_implemented());
        };
        let same = self.delta().span() == other.delta().span();
        Ok(bool_::bool_ref(same == (op == CompareOp::Eq)))
    }
}
