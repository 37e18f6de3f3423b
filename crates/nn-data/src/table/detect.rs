use ::csv::{ByteRecord, ReaderBuilder};

use super::reader::table_error;
use super::scanner::Scanner;
use super::{DecimalMark, Dialect, NumberFormat, TableError, TextEncoding};
use crate::DataError;

/// Lines that are looked at.
const LINES: usize = 100;

/// The only delimiter that cuts the first lines into as many fields each. Where none does because a quotation mark is not
/// closed, that is the error.
pub(super) fn delimiter(
    text: &[u8],
    whole: bool,
    comment: Option<u8>,
    numbers: NumberFormat,
) -> Result<u8, TableError> {
    let taken = numbers.decimal == DecimalMark::Comma || numbers.thousands == Some(',');
    let usable = |&byte: &u8| Some(byte) != comment && !(byte == b',' && taken);
    let candidates = [b',', b';', b'\t', b'|'].into_iter().filter(usable);
    let (mut fitting, mut quote) = (Vec::new(), None);
    for byte in candidates {
        let (fields, error) = fields(text, whole, comment, byte);
        if fields >= Some(2) {
            fitting.push(byte);
        }
        quote = quote.or(error);
    }
    match (&fitting[..], quote) {
        (&[byte], _) => Ok(byte),
        (&[], Some(error)) => Err(error),
        _ => Err(TableError::Delimiter { fitting: fitting.into_iter().map(char::from).collect() }),
    }
}

/// Into how many fields the delimiter cuts each of the first lines, if into as many; and the quotation mark that ends the lines, if
/// one does.
fn fields(
    text: &[u8],
    whole: bool,
    comment: Option<u8>,
    delimiter: u8,
) -> (Option<usize>, Option<TableError>) {
    let mut error = None;
    let rows = records(text, comment, delimiter);
    let rows = rows.map_while(|row| row.map_err(|found| error = table_error(&found)).ok());
    let filled = |row: &ByteRecord| row.iter().any(|field| !field.trim_ascii().is_empty());
    let mut counts: Vec<usize> = rows.filter(filled).take(LINES).map(|row| row.len()).collect();
    // The last row may have been cut off.
    if !whole && counts.len() > 1 && counts.len() < LINES {
        counts.pop();
    }
    let first = counts.first().copied();
    (first.filter(|first| counts.iter().all(|count| count == first)), error)
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

/// The decimal mark that the numbers of the first text have.
pub(super) fn decimal(
    text: &[u8],
    whole: bool,
    delimiter: u8,
    dialect: &Dialect,
) -> Result<DecimalMark, DataError> {
    let format = |decimal, thousands| NumberFormat { decimal, thousands, ..dialect.numbers };
    match dialect.numbers.thousands {
        Some('.') => return Ok(DecimalMark::Comma),
        Some(',') => return Ok(DecimalMark::Point),
        _ if delimiter == b',' => return Ok(DecimalMark::Point),
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
    let (mut points, mut unclear) = (false, None);
    let header = if dialect.has_header { rows.first().cloned() } else { None };
    for row in rows.iter().skip(usize::from(dialect.has_header)) {
        for (place, field) in row.iter().enumerate() {
            let Ok(text) = std::str::from_utf8(field).map(str::trim) else { continue };
            if text.contains(',') && comma.parse(text).is_some() {
                // `0,234` is in no group of three.
                let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
                if grouped.parse(text).is_none() || digits.starts_with('0') {
                    return Ok(DecimalMark::Comma);
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
        _ => Ok(DecimalMark::Point),
    }
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
        assert!(detect("a\n1\n").unwrap_err().starts_with("cannot tell the delimiter: none does;"));
        assert!(detect("").is_err());
        let comma = NumberFormat { decimal: DecimalMark::Comma, ..NumberFormat::default() };
        assert_eq!(delimiter(b"1,5;2,5\n", true, None, comma), Ok(b';'));
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
            let found = decimal(text.as_bytes(), whole, delimiter, &Dialect::default());
            found.map_err(|error| error.to_string())
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
    fn a_last_row_that_is_cut_off_does_not_count() {
        assert_eq!(delimiter(b"a,b,c\n1,2,3\n4,", false, None, NumberFormat::default()), Ok(b','));
        assert!(delimiter(b"a,b,c\n1,2,3\n4,", true, None, NumberFormat::default()).is_err());
    }
}
