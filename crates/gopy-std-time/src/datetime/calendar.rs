//! The proleptic Gregorian calendar on plain numbers, and the parser of ISO 8601 texts.
//!
//! Answers to the helpers at the top of `Modules/_datetimemodule.c`. Day 1 is 0001-01-01; Monday is 0.

/// The first year.
pub const MIN_YEAR: i32 = 1;
/// The last year.
pub const MAX_YEAR: i32 = 9999;
/// The last day's number.
pub const MAX_ORDINAL: i32 = 3_652_059;
/// Days of 400, 100 and 4 years.
const CYCLE_400: i32 = 146_097;
const CYCLE_100: i32 = 36_524;
const CYCLE_4: i32 = 1_461;

const DAYS_BEFORE_MONTH: [i32; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Whether the year has a 29th of February.
pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Number of days of a month from 1 to 12.
pub fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Number of days of the year before the month.
pub fn days_before_month(year: i32, month: i32) -> i32 {
    DAYS_BEFORE_MONTH[month as usize] + i32::from(month > 2 && is_leap(year))
}

fn days_before_year(year: i32) -> i32 {
    let years = year - 1;
    years * 365 + years / 4 - years / 100 + years / 400
}

/// The number of a day.
pub fn to_ordinal(year: i32, month: i32, day: i32) -> i32 {
    days_before_year(year) + days_before_month(year, month) + day
}

/// Year, month and day of a number from 1 on.
pub fn from_ordinal(ordinal: i32) -> (i32, i32, i32) {
    let day = ordinal - 1;
    let (n400, day) = (day / CYCLE_400, day % CYCLE_400);
    let (n100, day) = (day / CYCLE_100, day % CYCLE_100);
    let (n4, day) = (day / CYCLE_4, day % CYCLE_4);
    let (n1, day) = (day / 365, day % 365);
    let year = n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1;
    if n1 == 4 || n100 == 4 {
        // The last day of a leap year.
        return (year - 1, 12, 31);
    }
    let mut month = (day + 50) >> 5;
    if days_before_month(year, month) > day {
        month -= 1;
    }
    (year, month, day - days_before_month(year, month) + 1)
}

/// The day of the week.
pub fn weekday(year: i32, month: i32, day: i32) -> i32 {
    (to_ordinal(year, month, day) + 6).rem_euclid(7)
}

/// The number of the Monday that begins the first ISO week of a year.
fn first_iso_monday(year: i32) -> i32 {
    let first_day = to_ordinal(year, 1, 1);
    let first_weekday = (first_day + 6) % 7;
    let monday = first_day - first_weekday;
    if first_weekday > 3 { monday + 7 } else { monday }
}

/// ISO year, week and weekday (from 1) of a day.
pub fn to_iso(year: i32, month: i32, day: i32) -> (i32, i32, i32) {
    let today = to_ordinal(year, month, day);
    let mut year = year;
    let mut monday = first_iso_monday(year);
    let mut week = (today - monday).div_euclid(7);
    let weekday = (today - monday).rem_euclid(7);
    if week < 0 {
        year -= 1;
        monday = first_iso_monday(year);
        week = (today - monday).div_euclid(7);
    } else if week >= 52 && today >= first_iso_monday(year + 1) {
        year += 1;
        week = 0;
    }
    (year, week + 1, weekday + 1)
}

/// What is wrong with an ISO week date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsoError {
    /// The year is out of range.
    Year,
    /// The year has no such week.
    Week,
    /// The week has no such day.
    Weekday,
}

/// The day of an ISO week date.
pub fn from_iso(year: i32, week: i32, day: i32) -> Result<(i32, i32, i32), IsoError> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(IsoError::Year);
    }
    if !(1..53).contains(&week) {
        // Years that begin on a Thursday have 53, and leap years that begin on a Wednesday.
        let first = weekday(year, 1, 1);
        if week != 53 || !(first == 3 || (first == 2 && is_leap(year))) {
            return Err(IsoError::Week);
        }
    }
    if !(1..8).contains(&day) {
        return Err(IsoError::Weekday);
    }
    Ok(from_ordinal(first_iso_monday(year) + (week - 1) * 7 + day - 1))
}

/// Brings a day that lies outside of its month back; `None` out of the calendar's range.
pub fn normalize_date(year: i32, month: i32, day: i32) -> Option<(i32, i32, i32)> {
    let length = days_in_month(year, month);
    let (year, month, day) = if (1..=length).contains(&day) {
        (year, month, day)
    } else if day == 0 && month > 1 {
        (year, month - 1, days_in_month(year, month - 1))
    } else if day == 0 {
        (year - 1, 12, 31)
    } else if day == length + 1 && month < 12 {
        (year, month + 1, 1)
    } else if day == length + 1 {
        (year + 1, 1, 1)
    } else {
        let ordinal = to_ordinal(year, month, 1) + day - 1;
        if !(1..=MAX_ORDINAL).contains(&ordinal) {
            return None;
        }
        from_ordinal(ordinal)
    };
    (MIN_YEAR..=MAX_YEAR).contains(&year).then_some((year, month, day))
}

/// Where a text is wrong does not matter.
#[derive(Debug)]
pub struct Malformed;

/// A text that may be read beyond its end, where there are zeroes.
#[derive(Clone, Copy)]
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    fn at(self, index: usize) -> u8 {
        self.0.get(index).copied().unwrap_or(0)
    }

    /// The number in `count` digits from `at` on.
    fn digits(self, at: usize, count: usize) -> Result<i32, Malformed> {
        (at..at + count).try_fold(0, |value, index| match self.at(index) {
            digit @ b'0'..=b'9' => Ok(value * 10 + i32::from(digit - b'0')),
            _ => Err(Malformed),
        })
    }
}

/// Year, month and day of the first `len` bytes of a text.
pub fn parse_date(text: &[u8], len: usize) -> Result<(i32, i32, i32), Malformed> {
    let text = Text(text);
    let year = text.digits(0, 4)?;
    let separated = text.at(4) == b'-';
    let mut at = 4 + usize::from(separated);
    if text.at(at) == b'W' {
        at += 1;
        let week = text.digits(at, 2)?;
        at += 2;
        let mut day = 1;
        if at < len {
            if separated {
                if text.at(at) != b'-' {
                    return Err(Malformed);
                }
                at += 1;
            }
            day = text.digits(at, 1)?;
        }
        return from_iso(year, week, day).map_err(|_| Malformed);
    }
    let month = text.digits(at, 2)?;
    at += 2;
    if separated {
        if text.at(at) != b'-' {
            return Err(Malformed);
        }
        at += 1;
    }
    Ok((year, month, text.digits(at, 2)?))
}

/// Hour, minute, second, microsecond, and whether the text goes on behind them.
fn parse_clock(
    text: Text<'_>,
    start: usize,
    end: usize,
) -> Result<([i32; 3], i32, bool), Malformed> {
    let mut parts = [0; 3];
    let mut at = start;
    let mut separated = true;
    for index in 0..3 {
        parts[index] = text.digits(at, 2)?;
        at += 2;
        let next = text.at(at);
        at += 1;
        if index == 0 {
            separated = next == b':';
        }
        if at >= end {
            if matches!(next, b'.' | b',') {
                return Err(Malformed);
            }
            return Ok((parts, 0, next != 0));
        }
        match next {
            b':' if separated => {
                if index == 2 {
                    return Err(Malformed);
                }
            }
            b'.' | b',' => {
                if index < 2 {
                    return Err(Malformed);
                }
                break;
            }
            _ if !separated => at -= 1,
            _ => return Err(Malformed),
        }
    }
    let count = end.saturating_sub(at).min(6);
    let mut microsecond = text.digits(at, count)?;
    if count == 0 {
        return Ok((parts, 0, text.at(at) != 0));
    }
    for _ in count..6 {
        microsecond *= 10;
    }
    at += count;
    while text.at(at).is_ascii_digit() {
        // Further digits are cut off.
        at += 1;
    }
    Ok((parts, microsecond, text.at(at) != 0))
}

/// A time of day as it was written.
#[derive(Debug, PartialEq, Eq)]
pub struct ParsedTime {
    /// Hour, minute and second.
    pub clock: [i32; 3],
    /// Microsecond.
    pub microsecond: i32,
    /// Offset from UTC in seconds and microseconds.
    pub offset: Option<(i32, i32)>,
}

/// The time of day that a whole text tells.
pub fn parse_time(bytes: &[u8]) -> Result<ParsedTime, Malformed> {
    let text = Text(bytes);
    let end = bytes.len();
    let zone = (0..end).find(|at| matches!(bytes[*at], b'Z' | b'+' | b'-')).unwrap_or(end.max(1));
    let (clock, microsecond, rest) = parse_clock(text, 0, zone)?;
    if zone >= end {
        if rest {
            return Err(Malformed);
        }
        return Ok(ParsedTime { clock, microsecond, offset: None });
    }
    if bytes[zone] == b'Z' {
        if zone + 1 != end && text.at(zone + 1) != 0 {
            return Err(Malformed);
        }
        return Ok(ParsedTime { clock, microsecond, offset: Some((0, 0)) });
    }
    let sign = if bytes[zone] == b'-' { -1 } else { 1 };
    let ([hour, minute, second], micro, rest) = parse_clock(text, zone + 1, end)?;
    if rest {
        return Err(Malformed);
    }
    let seconds = sign * (hour * 3600 + minute * 60 + second);
    Ok(ParsedTime { clock, microsecond, offset: Some((seconds, sign * micro)) })
}

/// Where the date of an ISO text ends; it has at least 7 bytes.
pub fn find_separator(text: &[u8]) -> Option<usize> {
    let len = text.len();
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    if len == 7 {
        return Some(7);
    }
    if text.get(4) == Some(&b'-') {
        if text.get(5) != Some(&b'W') {
            return Some(10);
        }
        if len < 8 {
            return None;
        }
        if len > 8 && text[8] == b'-' {
            if len == 9 {
                return None;
            }
            // YYYY-Www-dd: rather a hyphen before an hour than a digit behind a weekday.
            return Some(if len > 10 && is_digit(10) { 8 } else { 10 });
        }
        return Some(8);
    }
    if text.get(4) != Some(&b'W') {
        return Some(8);
    }
    // YYYYWww or YYYYWwwd: the digits of a time come in pairs.
    let end = (7..len).find(|at| !is_digit(*at)).unwrap_or(len);
    Some(match end {
        0..9 => end,
        end if end % 2 == 0 => 7,
        _ => 8,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_and_dates_are_inverse() {
        let mut expected = (1, 1, 1);
        for ordinal in 1..=MAX_ORDINAL {
            let (year, month, day) = from_ordinal(ordinal);
            assert_eq!((year, month, day), expected);
            assert_eq!(to_ordinal(year, month, day), ordinal);
            expected = if day < days_in_month(year, month) {
                (year, month, day + 1)
            } else if month < 12 {
                (year, month + 1, 1)
            } else {
                (year + 1, 1, 1)
            };
        }
    }

    #[test]
    fn iso_weeks_are_inverse() {
        for ordinal in (1..MAX_ORDINAL - 7).step_by(3) {
            let (year, month, day) = from_ordinal(ordinal);
            let (iso_year, week, weekday) = to_iso(year, month, day);
            if iso_year >= 1 {
                assert_eq!(from_iso(iso_year, week, weekday), Ok((year, month, day)));
            }
        }
    }

    #[test]
    fn days_outside_of_a_month_are_brought_back() {
        for (given, expected) in [
            ((2024, 1, 0), Some((2023, 12, 31))),
            ((2024, 3, 0), Some((2024, 2, 29))),
            ((2024, 12, 32), Some((2025, 1, 1))),
            ((2024, 2, 61), Some((2024, 4, 1))),
            ((1, 1, 0), None),
            ((9999, 12, 32), None),
            ((2024, 1, 999_999_999), None),
        ] {
            let (year, month, day) = given;
            assert_eq!(normalize_date(year, month, day), expected);
        }
    }
}
