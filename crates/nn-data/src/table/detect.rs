use ::csv::ReaderBuilder;

use super::reader::table_error;
use super::scanner::Scanner;
use super::{DecimalMark, NumberFormat, TableError, TextEncoding};

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
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter).comment(comment);
    let mut scanner = Scanner::new(text, TextEncoding::Utf8, comment, text.len());
    scanner.set_delimiter(delimiter);
    let mut error = None;
    let rows = builder.from_reader(scanner).into_byte_records();
    let rows = rows.map_while(|row| row.map_err(|found| error = table_error(&found)).ok());
    let filled = |row: &::csv::ByteRecord| row.iter().any(|field| !field.trim_ascii().is_empty());
    let mut counts: Vec<usize> = rows.filter(filled).take(LINES).map(|row| row.len()).collect();
    // The last row may have been cut off.
    if !whole && counts.len() > 1 && counts.len() < LINES {
        counts.pop();
    }
    let first = counts.first().copied();
    (first.filter(|first| counts.iter().all(|count| count == first)), error)
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
    fn a_last_row_that_is_cut_off_does_not_count() {
        assert_eq!(delimiter(b"a,b,c\n1,2,3\n4,", false, None, NumberFormat::default()), Ok(b','));
        assert!(delimiter(b"a,b,c\n1,2,3\n4,", true, None, NumberFormat::default()).is_err());
    }
}
