use ::csv::{ByteRecord, ReaderBuilder};

use super::number_format::is_space;
use super::reader::table_error;
use super::scanner::Scanner;
use super::{DecimalMark, Dialect, NumberFormat, TableError, TextEncoding};
use crate::DataError;

/// Lines that are looked at.
const LINES: usize = 100;

/// The only delimiter that cuts the first lines into as many fields each, two at least; a comma that has another meaning in numbers,
/// only if no other does. Where none does:
/// - because a quotation mark is not closed, that is the error;
/// - because there is none, the table has one column;
/// - because lines are broken, the one that cuts most of them alike: whoever reads on will name the others.
pub(super) fn delimiter(
    text: &[u8],
    whole: bool,
    comment: Option<u8>,
    numbers: NumberFormat,
) -> Result<u8, TableError> {
    let taken = numbers.decimal == DecimalMark::Comma || numbers.thousands == Some(',');
    let (mut cuts, mut quote) = (Vec::new(), None);
    for byte in [b',', b';', b'\t', b'|'].into_iter().filter(|&byte| Some(byte) != comment) {
        let (counts, error) = fields(text, whole, comment, byte);
        cuts.push((byte, counts));
        quote = quote.or(error);
    }
    let is_even = |counts: &[usize]| counts.iter().all(|count| *count >= 2 && *count == counts[0]);
    let fits = |(byte, counts): &(u8, Vec<usize>)| (!counts.is_empty() && is_even(counts)).then_some(*byte);
    let mut fitting: Vec<u8> = cuts.iter().filter_map(fits).collect();
    if taken && fitting.len() > 1 {
        fitting.retain(|&byte| byte != b',');
    }
    match (&fitting[..], quote) {
        (&[byte], _) => return Ok(byte),
        (&[], Some(error)) => return Err(error),
        (&[], None) => {}
        _ => return Err(TableError::Delimiter { fitting: fitting.into_iter().map(char::from).collect() }),
    }
    cuts.retain(|(byte, _)| !(taken && *byte == b','));
    if cuts.iter().all(|(_, counts)| counts.iter().all(|&count| count == 1)) {
        return Ok(cuts[0].0);
    }
    // The first of equals.
    let likely = cuts.iter().rev().max_by_key(|(_, counts)| alike(counts));
    match likely {
        Some((byte, counts)) if 2 * alike(counts) > counts.len() => Ok(*byte),
        _ => Err(TableError::Delimiter { fitting: Vec::new() }),
    }
}

/// How many lines have as many fields, two at least: of the number that most have.
fn alike(counts: &[usize]) -> usize {
    let with = |&count: &usize| counts.iter().filter(|&&other| other == count).count();
    counts.iter().filter(|&&count| count >= 2).map(with).max().unwrap_or(0)
}

/// Into how many fields the delimiter cuts each of the first lines; and the quotation mark that ends the lines, if one does.
fn fields(text: &[u8], whole: bool, comment: Option<u8>, delimiter: u8) -> (Vec<usize>, Option<TableError>) {
    let mut error = None;
    let rows = records(text, comment, delimiter);
    let rows = rows.map_while(|row| row.map_err(|found| error = table_error(&found)).ok());
    let filled = |row: &ByteRecord| row.iter().any(|field| !field.trim_ascii().is_empty());
    let mut counts: Vec<usize> = rows.filter(filled).take(LINES).map(|row| row.len()).collect();
    // The last row may have been cut off.
    if !whole && counts.len() > 1 && counts.len() < LINES {
        counts.pop();
    }
    (counts, error)
}

/// The rows of the first text, as the delimiter cuts them.
fn records(
    text: &[u8],
    comment: Option<u8>,
    delimiter: u8,
) -> impl Iterator<Item = ::csv::Result<ByteRecord>> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter).comment(comment);
    let mut scanner = Scanner::new(text, TextEncoding::Utf8, comment, text.len());
    scanner.set_delimiter(delimiter);
    builder.from_reader(scanner).into_byte_records()
}

/// How the numbers of the first text are written: their decimal mark, and what separates thousands where a number has both.
pub(super) fn numbers(
    text: &[u8],
    whole: bool,
    delimiter: u8,
    dialect: &Dialect,
) -> Result<NumberFormat, DataError> {
    let format = |decimal, thousands| NumberFormat { decimal, thousands, ..dialect.numbers };
    let thousands = dialect.numbers.thousands;
    match thousands {
        Some('.') => return Ok(format(DecimalMark::Comma, thousands)),
        Some(',') => return Ok(format(DecimalMark::Point, thousands)),
        _ => {}
    }
    let comma = format(DecimalMark::Comma, dialect.numbers.thousands);
    let point = format(DecimalMark::Point, dialect.numbers.thousands);
    let grouped = format(DecimalMark::Point, Some(','));
    let mut rows: Vec<ByteRecord> =
        records(text, dialect.comment_byte()?, delimiter).map_while(Result::ok).collect();
    // The last row may have been cut off.
    if !whole {
        rows.pop();
    }
    if thousands.is_none()
        && let Some((decimal, separator)) =
            with_thousands(&rows[usize::from(dialect.has_header).min(rows.len())..], dialect)
    {
        return Ok(format(decimal, Some(separator)));
    }
    if delimiter == b',' {
        return Ok(format(DecimalMark::Point, thousands));
    }
    let (mut points, mut unclear) = (false, None);
    let header = if dialect.has_header { rows.first().cloned() } else { None };
    for row in rows.iter().skip(usize::from(dialect.has_header)) {
        for (place, field) in row.iter().enumerate() {
            let Ok(text) = std::str::from_utf8(field).map(str::trim) else { continue };
            if text.contains(',') && comma.parse(text).is_some() {
                // `0,234` is in no group of three.
                let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
                if grouped.parse(text).is_none() || digits.starts_with('0') {
                    return Ok(comma);
                }
                unclear.get_or_insert_with(|| (place, text.to_owned()));
            }
            points |= text.contains('.') && point.parse(text).is_some();
        }
    }
    match unclear {
        Some((place, text)) if !points => {
            let name = header.as_ref().and_then(|names| names.get(place));
            let name = name.map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned());
            let column = name.unwrap_or_else(|| format!("x{place}"));
            Err(TableError::DecimalUnclear { column, text }.into())
        }
        _ => Ok(point),
    }
}

/// The decimal mark and the separator of thousands of the numbers that have both, such as `1.234,5`, or two commas; none if there is no
/// such number, or if they differ.
fn with_thousands(rows: &[ByteRecord], dialect: &Dialect) -> Option<(DecimalMark, char)> {
    let mut found = None;
    for text in rows.iter().flat_map(ByteRecord::iter).filter_map(|field| std::str::from_utf8(field).ok()) {
        let text = text.trim();
        // Without signs, and the spaces before them.
        let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
        for (mark, written) in [(DecimalMark::Point, '.'), (DecimalMark::Comma, ',')] {
            for separator in [',', '.', ' ', '\'', '\u{2019}'] {
                let separates = |&c: &char| c == separator || (separator == ' ' && is_space(c));
                let count = if separator == written { 0 } else { digits.chars().filter(separates).count() };
                // An address such as 192.168.100.200 is no number.
                if count == 0 || !(text.contains(written) || (separator == ',' && count > 1)) {
                    continue;
                }
                let format = NumberFormat { decimal: mark, thousands: Some(separator), ..dialect.numbers };
                if format.parse(text).is_some()
                    && found.replace((mark, separator)).is_some_and(|other| other != (mark, separator))
                {
                    return None;
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str) -> Result<char, String> {
        let found = delimiter(text.as_bytes(), true, Some(b'#'), NumberFormat::default());
        found.map(char::from).map_err(|error| error.to_string())
    }

    #[test]
    fn what_cuts_all_lines_alike_is_the_delimiter() {
        assert_eq!(detect("a,b\n1,2\n"), Ok(','));
        assert_eq!(detect("# a, comment\na;b\n1,5;2,5\n1;2\n"), Ok(';'));
        assert_eq!(detect("a\tb\n\"x\ty\"\t1\n\n"), Ok('\t'));
        assert_eq!(detect("a|b,c\n1|2\n"), Ok('|'));
        assert_eq!(detect("a;b\n1; \"x; y\"\n"), Ok(';'));
    }

    #[test]
    fn a_choice_is_not_made_by_guessing() {
        let message = detect("1,5;2,5\n").unwrap_err();
        assert!(
            message.starts_with("cannot tell the delimiter: each of `,` `;` does; expected one of"),
            "{message}"
        );
        let prose = "Dear all,\nas told, here, in short,\nis what we know;\nsee below\n";
        assert!(detect(prose).unwrap_err().starts_with("cannot tell the delimiter: none does;"));
    }

    #[test]
    fn a_comma_within_numbers_cuts_only_where_nothing_else_does() {
        let comma = NumberFormat { decimal: DecimalMark::Comma, ..NumberFormat::default() };
        let thousands = NumberFormat { thousands: Some(','), ..NumberFormat::default() };
        for numbers in [comma, thousands] {
            let of = |text: &[u8]| delimiter(text, true, None, numbers);
            assert_eq!(of(b"1,5;2,5\n"), Ok(b';'));
            assert_eq!(of(b"a,b\n\"1,234\",x\n\"5,678\",y\n"), Ok(b','));
            assert_eq!(of(b"a\n1,5\n2,5\n"), Ok(b';'), "one column");
        }
    }

    #[test]
    fn a_table_may_have_one_column_or_none() {
        for text in ["a\n1\n2\n", "a b\n1 2\n", "a", "", "\n \n"] {
            assert_eq!(detect(text), Ok(','), "{text:?}");
        }
    }

    #[test]
    fn broken_lines_do_not_hide_what_cuts_the_others() {
        assert_eq!(detect("a;b\n1,5;2\n3;4;5\n1;2\n"), Ok(';'));
        assert_eq!(detect("a,b\n1,2,\n3,4,\n"), Ok(','), "the names are the odd ones");
        assert_eq!(detect("a\tb\n1\t2\n3\n"), Ok('\t'));
        assert!(detect("a,b\n1;2\n3|4\n").is_err());
    }

    #[test]
    fn a_mark_that_is_not_closed_is_the_error() {
        let message = |line| {
            format!(
                "line {line}: a quotation mark is opened and never closed; close it, or double it to mean itself"
            )
        };
        assert_eq!(detect("\"a,b\n1,2\n"), Err(message(1)));
        assert_eq!(detect("\"a;b\n1;2\n\"x\";7\n"), Err(message(1)), "another mark does not hide it");
        assert_eq!(detect("a;b\n1;2\n3;\"4\n"), Ok(';'), "who reads on will see it");
        let whole = delimiter(b"\"a,b\n1,2", false, None, NumberFormat::default());
        assert_eq!(whole, Err(TableError::UnclosedQuote { line: 1 }));
    }

    #[test]
    fn decimal_marks_are_told_by_what_can_be_nothing_else() {
        let mark = |text: &str, whole, delimiter| {
            let found = numbers(text.as_bytes(), whole, delimiter, &Dialect::default());
            found.map(|numbers| numbers.decimal).map_err(|error| error.to_string())
        };
        let of = |rows: &str| mark(&format!("a;b\n{rows}"), true, b';');
        let unclear =
            |rows: &str| of(rows).unwrap_err().contains("column `b` has `1,234`, which is one number with");
        for comma in [
            "1;1,5\n",
            "1;0,234\n",
            "1;1,234\n2;-2,5\n",
            "x,y;1,5e3\n",
            "1;1,2345\n",
            "1,5;1.5\n",
            "1;\"-,5\"\n",
        ] {
            assert_eq!(of(comma), Ok(DecimalMark::Comma), "{comma}");
        }
        for point in ["1;2\n", "1;1.5\n", "1.5;1,234\n", "x,y;a\n", "1;1,234,567\n", "", "1;1.234\n"] {
            assert_eq!(of(point), Ok(DecimalMark::Point), "{point}");
        }
        assert!(unclear("1;1,234\n") && unclear("1;1,234\n5,678;x\n"));
        assert_eq!(mark("a\tb\n1\t1,5\n", true, b'\t'), Ok(DecimalMark::Comma));
        assert_eq!(mark("a,b\n1,\"1,5\"\n", true, b','), Ok(DecimalMark::Point), "whoever reads on will see");
        assert_eq!(mark("1,5;b\n1;2\n", true, b';'), Ok(DecimalMark::Point), "a name");
        assert!(mark("a;b\n1,234;1\n2;1,23", false, b';').is_err(), "the last row is cut off");
    }

    #[test]
    fn separators_of_thousands_are_told_by_numbers_that_have_a_fraction_too() {
        let signs = NumberFormat { currency: true, ..NumberFormat::default() };
        let dialect = Dialect { numbers: signs, ..Dialect::default() };
        let of = |text: &str, delimiter| {
            let found = numbers(text.as_bytes(), true, delimiter, &dialect).expect("numbers");
            (found.decimal, found.thousands)
        };
        let (point, comma) = (DecimalMark::Point, DecimalMark::Comma);
        assert_eq!(of("a;b\n1;1.234,5\n2;7,5\n", b';'), (comma, Some('.')));
        assert_eq!(of("a,b\n1,\"1,234.50\"\n", b','), (point, Some(',')));
        assert_eq!(of("a,b\n1,\"$1,234,567\"\n", b','), (point, Some(',')));
        assert_eq!(of("a;b\n1;1 234,5\n", b';'), (comma, Some(' ')));
        assert_eq!(of("a;b\n1;1'234.5\n", b';'), (point, Some('\'')));
        for none in ["1;192.168.100.200\n", "1;1.234,5\n2;1,234.5\n", "1;12,34.5\n", "1;1.5\n"] {
            assert_eq!(of(&format!("a;b\n{none}"), b';'), (point, None), "{none}");
        }
        assert_eq!(of("a,1.234.5\n1,\"1,234\"\n", b','), (point, None), "whoever reads on will see");
    }

    #[test]
    fn a_last_row_that_is_cut_off_does_not_count() {
        assert_eq!(delimiter(b"a,b,c\n1,2,3\n4,", false, None, NumberFormat::default()), Ok(b','));
        let of = |text: &[u8], whole| fields(text, whole, None, b',').0;
        assert_eq!(of(b"a,b,c\n1,2,3\n4,", false), [3, 3]);
        assert_eq!(of(b"a,b,c\n1,2,3\n4,", true), [3, 3, 2]);
    }
}
