//! What dates and times are made of, with the checks of their ranges, and what all four types share:
//! arguments, text of clocks and offsets, `strftime`.
//!
//! Answers to the argument checks and format helpers of `Modules/_datetimemodule.c`.

use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, StrBuilder};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{call, id, import, none, number, object};
use gopy_object::{Exception, Instance, Object, PyResult, Ref, Type, leaf_traverse};

use super::calendar::{self, MAX_YEAR, MIN_YEAR};
use super::delta::{Span, TimeDelta};
use super::tzinfo::TZINFO;

/// Year, month and day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Day {
    /// From 1 to 9999.
    pub year: u16,
    /// From 1 to 12.
    pub month: u8,
    /// From 1 on.
    pub day: u8,
}

/// The time of day. The order does not see the fold.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// From 0 to 23.
    pub hour: u8,
    /// From 0 to 59.
    pub minute: u8,
    /// From 0 to 59.
    pub second: u8,
    /// Which of two equal times at the end of summer time.
    pub fold: u8,
    /// From 0 to 999999.
    pub microsecond: u32,
}

leaf_traverse!(Day, Clock);

impl Day {
    /// Length of the pickled form.
    pub const BYTES: usize = 4;

    /// A day that exists.
    pub fn checked(year: i32, month: i32, day: i32) -> PyResult<Day> {
        check_year(year)?;
        if !(1..=12).contains(&month) {
            return Err(value_error!("month must be in 1..12, not {month}"));
        }
        let last = calendar::days_in_month(year, month);
        if !(1..=last).contains(&day) {
            return Err(value_error!(
                "day {day} must be in range 1..{last} for month {month} in year {year}"
            ));
        }
        Ok(Day { year: year as u16, month: month as u8, day: day as u8 })
    }

    /// The parts as numbers.
    pub fn parts(self) -> (i32, i32, i32) {
        (self.year.into(), self.month.into(), self.day.into())
    }

    /// Days since the calendar's beginning.
    pub fn ordinal(self) -> i32 {
        let (year, month, day) = self.parts();
        calendar::to_ordinal(year, month, day)
    }

    /// As it is pickled.
    pub fn to_bytes(self) -> [u8; Day::BYTES] {
        let [high, low] = self.year.to_be_bytes();
        [high, low, self.month, self.day]
    }

    /// Unchecked, as CPython takes it, but for what would not be memory-safe elsewhere: nothing is.
    pub fn from_bytes(bytes: [u8; Day::BYTES]) -> Day {
        let [high, low, month, day] = bytes;
        Day { year: u16::from_be_bytes([high, low]), month, day }
    }
}

impl Clock {
    /// Length of the pickled form.
    pub const BYTES: usize = 6;
    /// Midnight.
    pub const MIDNIGHT: Clock = Clock { hour: 0, minute: 0, second: 0, fold: 0, microsecond: 0 };

    /// A time of day that exists.
    pub fn checked(
        hour: i32,
        minute: i32,
        second: i32,
        microsecond: i32,
        fold: i32,
    ) -> PyResult<Clock> {
        if !(0..24).contains(&hour) {
            return Err(value_error!("hour must be in 0..23, not {hour}"));
        }
        if !(0..60).contains(&minute) {
            return Err(value_error!("minute must be in 0..59, not {minute}"));
        }
        if !(0..60).contains(&second) {
            return Err(value_error!("second must be in 0..59, not {second}"));
        }
        if !(0..1_000_000).contains(&microsecond) {
            return Err(value_error!("microsecond must be in 0..999999, not {microsecond}"));
        }
        if !(0..2).contains(&fold) {
            return Err(value_error!("fold must be either 0 or 1, not {fold}"));
        }
        Ok(Clock {
            hour: hour as u8,
            minute: minute as u8,
            second: second as u8,
            fold: fold as u8,
            microsecond: microsecond as u32,
        })
    }

    /// Seconds since midnight.
    pub fn seconds(self) -> i32 {
        i32::from(self.hour) * 3600 + i32::from(self.minute) * 60 + i32::from(self.second)
    }

    /// What is compared.
    pub fn order(self) -> (i32, u32) {
        (self.seconds(), self.microsecond)
    }

    /// As it is pickled, without the fold.
    pub fn to_bytes(self) -> [u8; Clock::BYTES] {
        let [_, high, middle, low] = self.microsecond.to_be_bytes();
        [self.hour, self.minute, self.second, high, middle, low]
    }

    /// Unchecked, as CPython takes it.
    pub fn from_bytes(bytes: [u8; Clock::BYTES], fold: u8) -> Clock {
        let [hour, minute, second, high, middle, low] = bytes;
        let microsecond = u32::from_be_bytes([0, high, middle, low]);
        Clock { hour, minute, second, fold, microsecond }
    }

    /// The numbers of a constructor's call.
    pub fn parts(self) -> [i32; 4] {
        [self.hour.into(), self.minute.into(), self.second.into(), self.microsecond as i32]
    }
}

/// The year's range.
pub fn check_year(year: i32) -> PyResult<()> {
    if (MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Ok(());
    }
    Err(value_error!("year must be in {MIN_YEAR}..{MAX_YEAR}, not {year}"))
}

/// A C `int` as `PyArg_Parse`'s `i` reads it. May run Python.
pub fn c_int(arg: &Object) -> PyResult<i32> {
    let value = number::index_as_c_long(arg)?;
    i32::try_from(value).map_err(|_| {
        if value < 0 {
            overflow_error!("signed integer is less than minimum")
        } else {
            overflow_error!("signed integer is greater than maximum")
        }
    })
}

/// The error of arguments that could not be bound, unless one before the missing one is no int: CPython
/// converts from left to right.
pub fn bad_call(
    args: gopy_object::Args<'_>,
    places: usize,
    ints: usize,
    error: Exception,
) -> Exception {
    if args.len() + args.keyword_count() <= places {
        for arg in args.positional().iter().take(ints) {
            if let Err(first) = c_int(arg.object()) {
                return first;
            }
        }
    }
    error
}

/// The argument, `None` where it was not passed.
pub fn or_none(place: Option<&Object>) -> &Object {
    match place {
        Some(arg) => arg,
        None => none::none_object(),
    }
}

/// The argument's int, or another value where it was not passed.
pub fn int_or(place: Option<&Object>, default: i32) -> PyResult<i32> {
    place.map_or(Ok(default), c_int)
}

/// Refuses what is neither `None` nor a `tzinfo`.
pub fn check_tzinfo(tzinfo: &Object) -> PyResult<()> {
    if none::is_none(tzinfo) || tzinfo.is_instance(&TZINFO) {
        return Ok(());
    }
    Err(type_error!(
        "tzinfo argument must be None or of a tzinfo subclass, not type '{}'",
        tzinfo.type_name()
    ))
}

/// The zone that a constructor was given: `None` without one.
pub fn zone_of(tzinfo: Option<&Object>) -> PyResult<Option<Ref>> {
    let Some(tzinfo) = tzinfo else { return Ok(None) };
    check_tzinfo(tzinfo)?;
    Ok((!none::is_none(tzinfo)).then(|| tzinfo.to_ref()))
}

/// A zone as an argument.
pub fn zone_object(zone: Option<&Ref>) -> Ref {
    zone.cloned().unwrap_or_else(none::none)
}

/// What a pickled form is kept in: exact length and a sane byte, or `None`.
pub fn pickled<const N: usize>(
    state: &Object,
    what: &str,
    is_sane: impl Fn(u32) -> bool,
    at: usize,
) -> PyResult<Option<[u8; N]>> {
    if let Some(bytes) = state.downcast::<gopy_core::bytes::Bytes>() {
        let bytes = <[u8; N]>::try_from(bytes.as_slice()).ok();
        return Ok(bytes.filter(|bytes| is_sane(bytes[at].into())));
    }
    let Some(text) = state.downcast::<Str>() else { return Ok(None) };
    if text.len() != N || !is_sane(text.char_at(at)) {
        return Ok(None);
    }
    let mut bytes = [0; N];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::try_from(text.char_at(index)).map_err(|_| {
            value_error!(
                "Failed to encode latin1 string when unpickling a {what} object. \
                 pickle.load(data, encoding='latin1') is assumed."
            )
        })?;
    }
    Ok(Some(bytes))
}

/// `cls(*numbers, zone, fold=fold)`, the keyword only where it is not 0. May run Python.
pub fn call_class(cls: &Type, numbers: &[i32], zone: Option<&Object>, fold: i32) -> PyResult {
    let mut args: Vec<Ref> =
        numbers.iter().map(|number| Int::from_i64((*number).into()).upcast()).collect();
    args.extend(zone.map(|zone| zone.to_ref()));
    let args = tuple::from_vec(args);
    let kwargs = (fold != 0).then(gopy_core::dict::Dict::new);
    if let Some(kwargs) = &kwargs {
        kwargs.set_str(id!(fold), Int::from_i64(fold.into()).as_object())?;
    }
    call::call_tuple(cls.as_object(), &args, kwargs.as_deref())
}

/// Calls `tzinfo.utcoffset(arg)` or `.dst(arg)` and checks what it returns. May run Python.
pub fn call_offset(
    zone: Option<&Ref>,
    name: &Str,
    arg: &Object,
) -> PyResult<Option<Ref<TimeDelta>>> {
    let Some(zone) = zone else { return Ok(None) };
    let offset = call::call_method(zone, name, &[arg])?;
    if none::is_none(&offset) {
        return Ok(None);
    }
    let Ok(offset) = offset.clone().downcast_ref::<TimeDelta>() else {
        return Err(type_error!(
            "tzinfo.{name}() must return None or timedelta, not '{:.200}'",
            offset.type_name()
        ));
    };
    check_offset(&offset)?;
    Ok(Some(offset))
}

/// Refuses offsets of a day or more.
pub fn check_offset(offset: &TimeDelta) -> PyResult<()> {
    if offset.span().is_offset() {
        return Ok(());
    }
    Err(value_error!(
        "offset must be a timedelta strictly between -timedelta(hours=24) and \
         timedelta(hours=24), not {}",
        object::repr(offset.as_object())?
    ))
}

/// Calls `tzinfo.tzname(arg)` and checks what it returns. May run Python.
pub fn call_tzname(zone: Option<&Ref>, arg: &Object) -> PyResult {
    let Some(zone) = zone else { return Ok(none::none()) };
    let name = call::call_method(zone, id!(tzname), &[arg])?;
    if none::is_none(&name) || name.downcast::<Str>().is_some() {
        return Ok(name);
    }
    Err(type_error!("tzinfo.tzname() must return None or a string, not '{}'", name.type_name()))
}

/// An offset as text: `+01:00`, with seconds and microseconds where there are any.
pub fn offset_text(span: Span, separator: &str) -> String {
    let micros = span.micros();
    let (sign, micros) = if micros < 0 { ('-', -micros) } else { ('+', micros) };
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{sign}{hours:02}{separator}{minutes:02}");
    if seconds != 0 || micros != 0 {
        text.push_str(&format!("{separator}{seconds:02}"));
    }
    if micros != 0 {
        text.push_str(&format!(".{micros:06}"));
    }
    text
}

/// The offset that `isoformat` and `%z` show; nothing without one. May run Python.
pub fn zone_text(zone: Option<&Ref>, separator: &str, arg: &Object) -> PyResult<String> {
    let offset = call_offset(zone, id!(utcoffset), arg)?;
    Ok(offset.map_or_else(String::new, |offset| offset_text(offset.span(), separator)))
}

/// A time of day as `isoformat(timespec)` writes it.
pub fn clock_text(clock: Clock, timespec: Option<&str>) -> PyResult<String> {
    let Clock { hour, minute, second, microsecond, .. } = clock;
    Ok(match timespec {
        None | Some("auto") if microsecond == 0 => format!("{hour:02}:{minute:02}:{second:02}"),
        None | Some("auto" | "microseconds") => {
            format!("{hour:02}:{minute:02}:{second:02}.{microsecond:06}")
        }
        Some("hours") => format!("{hour:02}"),
        Some("minutes") => format!("{hour:02}:{minute:02}"),
        Some("seconds") => format!("{hour:02}:{minute:02}:{second:02}"),
        Some("milliseconds") => {
            format!("{hour:02}:{minute:02}:{second:02}.{:03}", microsecond / 1000)
        }
        Some(_) => return Err(value_error!("Unknown timespec value")),
    })
}

/// A `timespec` argument.
pub fn timespec_of(place: Option<&Object>, position: usize) -> PyResult<Option<&str>> {
    let Some(arg) = place else { return Ok(None) };
    let Some(text) = arg.downcast::<Str>() else {
        return Err(type_error!(
            "isoformat() argument {position} must be str, not {}",
            object::type_name_or_none(arg)
        ));
    };
    let text = text.to_utf8()?;
    if text.contains('\0') {
        return Err(value_error!("embedded null character"));
    }
    Ok(Some(text))
}

/// `Mon Jan  1 00:00:00 0001`.
pub fn ctime_text(day: Day, clock: Clock) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let weekday = (day.ordinal() + 6).rem_euclid(7);
    format!(
        "{} {} {:2} {:02}:{:02}:{:02} {:04}",
        DAYS[weekday as usize],
        MONTHS[usize::from(day.month) - 1],
        day.day,
        clock.hour,
        clock.minute,
        clock.second,
        day.year
    )
}

/// `time.struct_time` of these fields. May run Python.
pub fn struct_time(day: Day, clock: Clock, dst: i32) -> PyResult {
    let (year, month, date) = day.parts();
    let [hour, minute, second, _] = clock.parts();
    let fields = [
        year,
        month,
        date,
        hour,
        minute,
        second,
        (day.ordinal() + 6).rem_euclid(7),
        calendar::days_before_month(year, month) + date,
        dst,
    ];
    let fields = int_tuple(&fields);
    let class = import::import_attr("time", "struct_time")?;
    call::call_one(&class, fields.as_object())
}

/// A tuple of ints.
pub fn int_tuple(numbers: &[i32]) -> Ref<Tuple> {
    tuple::from_vec(numbers.iter().map(|n| Int::from_i64((*n).into()).upcast()).collect())
}

/// What `strftime` replaces itself.
pub struct FormatSource<'a> {
    /// The zone, where there is one.
    pub zone: Option<&'a Ref>,
    /// The argument of the zone's methods.
    pub arg: &'a Object,
    /// For `%f`.
    pub microsecond: u32,
}

/// `time.strftime(format, timetuple)` with `%z`, `%:z`, `%Z` and `%f` replaced before, and years filled
/// up to four digits. May run Python.
pub fn strftime(source: &FormatSource<'_>, format: &Str, timetuple: &Object) -> PyResult {
    let strftime = import::import_attr("time", "strftime")?;
    let mut text = StrBuilder::new();
    let (mut start, mut at) = (0, 0);
    let len = format.len();
    while at < len {
        if format.char_at(at) != u32::from('%') {
            at += 1;
            continue;
        }
        let percent = at;
        at += 1;
        if at == len {
            break;
        }
        let code = char::from_u32(format.char_at(at)).unwrap_or('\0');
        at += 1;
        let is_colon_z = code == ':' && at < len && format.char_at(at) == u32::from('z');
        let replacement = match code {
            'z' => Str::new(&zone_text(source.zone, "", source.arg)?),
            ':' if is_colon_z => {
                at += 1;
                Str::new(&zone_text(source.zone, ":", source.arg)?)
            }
            'Z' => zone_name(source)?,
            'f' => Str::new(&format!("{:06}", source.microsecond)),
            'Y' | 'G' | 'F' | 'C' => match filled_year(code, &strftime, timetuple)? {
                Some(year) => year,
                None => continue,
            },
            _ => continue,
        };
        text.push_range(format, start, percent)?;
        start = at;
        text.push(&replacement)?;
    }
    if start == 0 {
        return call::call(&strftime, &[format.as_object(), timetuple]);
    }
    text.push_range(format, start, len)?;
    let format = text.finish()?;
    call::call(&strftime, &[format.as_object(), timetuple])
}

/// The zone's name with its percent signs doubled.
fn zone_name(source: &FormatSource<'_>) -> PyResult<Ref<Str>> {
    let name = call_tzname(source.zone, source.arg)?;
    if none::is_none(&name) {
        return Ok(Str::empty());
    }
    let percent = Str::new("%");
    let doubled = Str::new("%%");
    let name = call::call_method(&name, id!(replace), &[percent.as_object(), doubled.as_object()])?;
    name.downcast_ref().map_err(|_| type_error!("tzname.replace() did not return a string"))
}

/// What stands for the year of a date before 1000, which the platform would not fill up.
fn filled_year(code: char, strftime: &Object, timetuple: &Object) -> PyResult<Option<Ref<Str>>> {
    let year = gopy_core::sequence::item(timetuple, 0)?;
    let mut year = number::index_as_c_long(&year)?;
    if year >= 1000 {
        return Ok(None);
    }
    if code == 'G' {
        let text = call::call(strftime, &[Str::new("%G").as_object(), timetuple])?;
        year = number::index_as_c_long(&*number::long(&text)?)?;
    }
    let year = format!("{year:04}");
    Ok(Some(Str::new(&match code {
        'F' => format!("{year}-%m-%d"),
        'C' => year[..year.len() - 2].to_owned(),
        _ => year,
    })))
}
