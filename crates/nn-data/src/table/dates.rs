//! Whether a text is a date or a time.

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// No date is longer.
const LONGEST: usize = 48;

/// Whether a text is a date, a time, or both, as they are usually written: `2024-02-29T12:30:00Z`, `29.02.2024`, `2/29/24`,
/// `2024-02`, `Feb 29, 2024`, `2024Q1`, `12:30 PM`.
pub(super) fn is_date_or_time(text: &str) -> bool {
    if text.len() > LONGEST || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let (mut whole, mut month, mut number) = (false, false, false);
    for token in text.split([' ', ',', '\u{a0}', '\u{202f}']) {
        let token = token.trim_end_matches('.');
        if is_date(token) || is_time(token) || is_moment(token) {
            whole = true;
        } else if is_month(token) {
            month = true;
        } else if is_number(token) {
            number = true;
        } else if !(token.is_empty() || is_name(token, &WEEKDAYS) || is_zone(token)) {
            return false;
        }
    }
    whole || (month && number)
}

/// Whether it is a day of the calendar as one whole number, `20240229`.
pub(super) fn is_day(x: f64) -> bool {
    // From the year 1800 to 2199.
    if !(18_000_101.0..22_000_101.0).contains(&x) || x.fract() != 0.0 {
        return false;
    }
    let (month, day) = (x / 100.0 % 100.0, x % 100.0);
    (1.0..13.0).contains(&month) && (1.0..32.0).contains(&day)
}

/// Both in one, `2024-02-29T12:30`.
fn is_moment(token: &str) -> bool {
    token.split_once(['T', 't', '_']).is_some_and(|(date, time)| is_date(date) && is_time(time))
}

fn is_date(token: &str) -> bool {
    let parts: Vec<&str> = token.split(['-', '/', '.']).collect();
    let marks = |c: &char| "-/.".contains(*c);
    let one_mark = token.chars().filter(marks).all(|c| Some(c) == mark(token));
    if !one_mark {
        return false;
    }
    match parts[..] {
        [year] => is_quarter(year),
        [year, month] if is_year(year) => {
            (mark(token) != Some('.') && between(month, 2, 1, 12)) || is_quarter_of_a_year(month)
        }
        [month, year] if is_year(year) && mark(token) != Some('.') => {
            between(month, 2, 1, 12) || is_month(month)
        }
        [day, month] => (is_month(month) && is_number(day)) || (is_month(day) && is_number(month)),
        [year, month, day] if is_year(year) => {
            (between(month, 2, 1, 12) || is_month(month)) && between(day, 2, 1, 31)
        }
        [a, b, year] if is_year(year) || is_two_digits(year) => {
            let numbers = between(a, 2, 1, 31)
                && between(b, 2, 1, 31)
                && (between(a, 2, 1, 12) || between(b, 2, 1, 12));
            // `1.2.10` is a version.
            let short = mark(token) == Some('.') && !is_year(year) && !(is_two_digits(a) && is_two_digits(b));
            (numbers && !short)
                || (is_month(b) && between(a, 2, 1, 31))
                || (is_month(a) && between(b, 2, 1, 31))
        }
        _ => false,
    }
}

fn mark(token: &str) -> Option<char> {
    token.chars().find(|c| "-/.".contains(*c))
}

fn is_time(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    let suffix = ["am", "pm", "z"].iter().find_map(|suffix| lower.strip_suffix(suffix));
    let time = suffix.unwrap_or(&lower);
    let time = match time.split_once(['+', '-']) {
        Some((time, zone)) if is_offset(zone) => time,
        Some(_) => return false,
        None => time,
    };
    let parts: Vec<&str> = time.split(':').collect();
    let minutes = |text: &str| is_two_digits(text) && between(text, 2, 0, 59);
    let seconds = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        is_two_digits(whole) && between(whole, 2, 0, 60) && are_digits(fraction)
    };
    match parts[..] {
        [hour, minute] => between(hour, 2, 0, 24) && minutes(minute),
        [hour, minute, second] => between(hour, 2, 0, 24) && minutes(minute) && seconds(second),
        _ => false,
    }
}

/// `01:00`, `0100` or `01`, from Greenwich.
fn is_offset(zone: &str) -> bool {
    let digits = zone.replacen(':', "", 1);
    are_digits(&digits) && (digits.len() == 2 || digits.len() == 4)
}

fn is_zone(token: &str) -> bool {
    let offset = token.strip_prefix(['+', '-']).is_some_and(is_offset);
    offset
        || ["am", "pm", "a.m", "p.m", "utc", "gmt", "z"].iter().any(|zone| token.eq_ignore_ascii_case(zone))
}

/// A day or a year, `29`, `29th` or `2024`.
fn is_number(token: &str) -> bool {
    let suffix = ["st", "nd", "rd", "th"].iter().find_map(|suffix| token.strip_suffix(suffix));
    let digits = suffix.unwrap_or(token);
    are_digits(digits) && digits.len() <= 4
}

fn is_month(token: &str) -> bool {
    is_name(token, &MONTHS)
}

/// In full, or its first three letters.
fn is_name(token: &str, names: &[&str]) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(token) || name[..3].eq_ignore_ascii_case(token))
}

/// `2024Q1`.
fn is_quarter(token: &str) -> bool {
    token.get(..4).is_some_and(is_year) && is_quarter_of_a_year(&token[4..])
}

fn is_quarter_of_a_year(token: &str) -> bool {
    matches!(token.as_bytes(), [b'Q' | b'q', b'1'..=b'4'])
}

fn is_year(token: &str) -> bool {
    token.len() == 4 && between(token, 4, 1000, 2999)
}

fn is_two_digits(token: &str) -> bool {
    token.len() == 2 && are_digits(token)
}

fn are_digits(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is a number of so many digits at most, from `least` to `most`.
fn between(token: &str, digits: usize, least: u32, most: u32) -> bool {
    are_digits(token)
        && token.len() <= digits
        && token.parse().is_ok_and(|n: u32| (least..=most).contains(&n))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_and_times_are_known_in_many_forms() {
        for text in [
            "2024-02-29",
            "2024/2/9",
            "2024-02-29T12:30:00Z",
            "2024-02-29 12:30:00.123456",
            "29.02.2024",
            "29.02.24",
            "2/29/24",
            "02/29/2024 1:05 PM",
            "2024-02",
            "02/2024",
            "2024Q1",
            "2024-Q3",
            "Feb 29, 2024",
            "29 February 2024",
            "Feb. 29th 2024",
            "29-Feb-24",
            "Feb-24",
            "May 5",
            "Thu Feb 29 12:30:00 2024",
            "Thu, 29 Feb 2024 12:30:00 GMT",
            "12:30",
            "1:05pm",
            "23:59:60",
            "2024-02-29T12:30:00+01:00",
            "2024-02-29 12:30:00 +0100",
            "1700-01-01",
        ] {
            assert!(is_date_or_time(text), "{text}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "-",
            "May",
            "Monday",
            "12",
            "2024",
            "1.5",
            "1.2.10",
            "1.2.3.4",
            "2024-13-01",
            "2024-02-32",
            "555-123-4567",
            "25:10",
            "12:60",
            "12:5",
            "3:1",
            "a 2024-02-29",
            "2024-02.29",
            "1,5",
            "21-14",
            "10.1.2",
            "5 PM",
            "Sat 5",
            "Mars 5",
            "é-é-2024",
            "2024é",
            "ab:cd",
            "12:30+",
            "1-2",
            "A1-02-2024",
        ] {
            assert!(!is_date_or_time(text), "{text}");
        }
        assert!(is_day(20240229.0) && is_day(18000101.0));
        for x in [20241301.0, 20240232.0, 20240200.0, 2024.0, 20240229.5, 99990101.0, f64::NAN, -20240229.0] {
            assert!(!is_day(x), "{x}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(any: String, near in "[0-9a-zA-Zé/:. T+,-]{0,20}") {
            let _ = (is_date_or_time(&any), is_date_or_time(&near));
        }

        #[test]
        fn every_day_is_a_date(year in 1000..3000_u32, month in 1..13_u32, day in 1..32_u32, hour in 0..24_u32) {
            let (moment, date) = (format!("{year}-{month:02}-{day:02} {hour:02}:05"), format!("{day}/{month}/{year}"));
            prop_assert!(is_date_or_time(&moment) && is_date_or_time(&date));
            prop_assert!(is_day(f64::from(20_000_000 + 10_000 * (year % 100) + 100 * month + day)));
        }
    }
}
