//! Asking a network, and judging it.

use std::io::{self, Cursor, Read as _, Write};

use nn_data::{DataError, TableEncoder, TableReader, TableTarget};
use serde_json::json;

use crate::Failure;
use crate::answers::Answers;
use crate::arguments::{Ask, Evaluate, Predict};
use crate::read::{self, encoder as table, open};
use crate::worth::Worth;

/// Rows that are answered at a time.
const ROWS: usize = 4096;

/// The answers to the rows of a table, as CSV: the class and the probability of each, or the value; before them the columns that are kept.
pub(crate) fn predict(arguments: &Predict) -> Result<(), Failure> {
    let model = read::model(&arguments.ask.model)?;
    let encoder = table(&model)?;
    let mut bytes = Vec::new();
    let mut kept = None;
    let mut reader = open(&arguments.ask.data)?;
    if arguments.keep_all || !arguments.keep.is_empty() {
        reader.read_to_end(&mut bytes)?;
        kept = Some(Kept::new(&bytes, encoder, arguments)?);
        reader = Box::new(Cursor::new(&bytes));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let names = kept.as_ref().map_or(Vec::new(), Kept::names);
    let mut header: Vec<String> = names.iter().map(|name| field(name)).collect();
    let answer = encoder.target().map_or("", TableTarget::name);
    let is_kept = names.iter().any(|name| name == answer);
    header.push(field(&if is_kept { format!("predicted {answer}") } else { answer.to_owned() }));
    header.extend(encoder.classes().iter().map(|class| field(&format!("p({class})"))));
    let mut header = Some(header.join(","));
    for part in encoder.feature_parts::<f32, _>(reader, ROWS)? {
        let part = part?;
        // Nothing is written of a table whose first rows are wrong.
        header.take().iter().try_for_each(|header| writeln!(out, "{header}"))?;
        let predictions = model.predict(part.x.view())?;
        let names =
            if encoder.classes().is_empty() { Vec::new() } else { model.predict_names(part.x.view())? };
        for (n, row) in predictions.rows().into_iter().enumerate() {
            let mut fields = kept.as_mut().map_or(Ok(Vec::new()), Kept::next)?;
            fields.extend(names.get(n).map(|name| field(name)));
            fields.extend(row.iter().map(|figure| format!("{figure}")));
            writeln!(out, "{}", fields.join(","))?;
        }
    }
    header.iter().try_for_each(|header| writeln!(out, "{header}"))?;
    Ok(out.flush()?)
}

/// Columns of a table that stand beside the answers.
struct Kept<'a> {
    rows: TableReader<&'a [u8]>,
    columns: Vec<usize>,
}

impl<'a> Kept<'a> {
    fn new(bytes: &'a [u8], encoder: &TableEncoder, arguments: &Predict) -> Result<Self, Failure> {
        let rows = TableReader::new(bytes, &encoder.options().dialect)?;
        let place = |name: &String| {
            let place = rows.names().iter().position(|column| column == name);
            place.ok_or_else(|| {
                format!("there is no column `{name}` to keep; the columns are {}", rows.names().join(", "))
            })
        };
        let columns = if arguments.keep_all {
            (0..rows.names().len()).collect()
        } else {
            arguments.keep.iter().map(place).collect::<Result<_, _>>()?
        };
        Ok(Self { rows, columns })
    }

    fn names(&self) -> Vec<String> {
        self.columns.iter().map(|&column| self.rows.names()[column].clone()).collect()
    }

    /// The fields of the next row.
    fn next(&mut self) -> Result<Vec<String>, DataError> {
        self.rows.advance()?;
        Ok(self.columns.iter().map(|&column| field(self.rows.field(column))).collect())
    }
}

/// What a network is worth on a table whose answers are known.
pub(crate) fn evaluate(arguments: &Evaluate) -> Result<(), Failure> {
    let Evaluate { ask: Ask { model: path, data }, json } = arguments;
    let model = read::model(path)?;
    let encoder = table(&model)?;
    let samples = read::answered(data, encoder)?;
    let worth = Worth::of(&Answers::of(model.network(), &samples, encoder)?, encoder)?;
    let mut out = io::stdout().lock();
    if *json {
        let document = json!({
            "model": path,
            "data": data,
            "score": worth.score(),
            "evaluation": worth.to_json(),
        });
        writeln!(out, "{document:#}")?;
    } else {
        write!(out, "{worth}")?;
    }
    Ok(())
}

/// A text as a field of CSV.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
