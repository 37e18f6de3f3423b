//! Asking a network, and judging it.

use std::fmt::Write as _;
use std::io::{self, Cursor, Read as _, Write};
use std::path::Path;

use nn_data::{DataError, FieldKind, TableColumn, TableEncoder, TableReader, TableTarget};
use serde_json::{Value, json};

use crate::Failure;
use crate::answers::Answers;
use crate::arguments::{Ask, Evaluate, Predict};
use crate::read::{self, encoder as table, open};
use crate::samples::Samples;
use crate::words;
use crate::worth::Worth;

/// Columns of which each has a line, at most.
const COLUMNS: usize = 60;
/// Classes that are named, at most.
const CLASSES: usize = 30;
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
    writeln!(out, "{}", header.join(","))?;
    for part in encoder.feature_parts::<f32, _>(reader, ROWS)? {
        let part = part?;
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
    let (samples, note) = Samples::of_table(encoder, &read::table(data, &encoder.options().dialect)?)?;
    note.iter().for_each(|note| eprintln!("smallnet: {note}"));
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

/// What a model file holds.
pub(crate) fn inspect(path: &Path, json: bool) -> Result<(), Failure> {
    let model = read::model(path)?;
    let mut out = io::stdout().lock();
    let fingerprint = model.run_fingerprint().map(|fingerprint| format!("{fingerprint:016x}"));
    if json {
        let network = model.network();
        let document = json!({
            "model": path,
            "inputs": network.in_dim(),
            "outputs": network.out_dim(),
            "parameters": network.params().len(),
            "layers": network.layers().specs()?,
            "features": model.features(),
            "columns": model.table().map(columns_json),
            "set_aside": model.table().map(set_aside_json),
            "target": model.table().and_then(TableEncoder::target).map(TableTarget::name),
            "classes": model.classes(),
            "rows": model.table().map(TableEncoder::rows),
            "notes": model.notes(),
            "fingerprint": fingerprint,
        });
        writeln!(out, "{document:#}")?;
        return Ok(());
    }
    writeln!(out, "{}", model.network().summary())?;
    if let Some(encoder) = model.table() {
        writeln!(out, "{}", columns(encoder))?;
    }
    if !model.classes().is_empty() {
        let names = model.classes();
        let more = names.len().saturating_sub(CLASSES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(out, "classes: {}{more}", names[..names.len().min(CLASSES)].join(", "))?;
    }
    model.notes().iter().try_for_each(|note| writeln!(out, "{note}"))?;
    fingerprint.iter().try_for_each(|fingerprint| writeln!(out, "fingerprint of the run: {fingerprint}"))?;
    Ok(())
}

/// A line a column, and of many a line for those that are left.
pub(crate) fn columns(encoder: &TableEncoder) -> String {
    let all = encoder.columns();
    let (shown, others) = all.split_at(if all.len() > COLUMNS { COLUMNS / 2 } else { all.len() });
    let width = shown.iter().map(|column| column.name().chars().count()).max().unwrap_or(0).max(6);
    let mut text = format!("{:width$}  kind      features  missing\n", "column");
    for column in shown {
        let kind = format!("{:?}", column.kind()).to_lowercase();
        let _ = writeln!(
            text,
            "{:width$}  {kind:8}  {:8}  {:7}",
            column.name(),
            column.features(),
            column.missing()
        );
    }
    if !others.is_empty() {
        let of = |kind: FieldKind| others.iter().filter(|column| column.kind() == kind).count();
        let kinds =
            [(FieldKind::Number, "number"), (FieldKind::Category, "category"), (FieldKind::YesNo, "yesno")];
        let kinds = kinds.map(|(kind, name)| (of(kind), name)).into_iter().filter(|(count, _)| *count > 0);
        let kinds: Vec<String> = kinds.map(|(count, name)| format!("{count} {name}")).collect();
        let _ = writeln!(text, "and {} others: {}", others.len(), kinds.join(", "));
    }
    let target = match encoder.target() {
        Some(TableTarget::Classes { name, classes, .. }) => format!("{name}, {} classes", classes.len()),
        Some(target) => format!("{}, values", target.name()),
        None => "none".to_owned(),
    };
    let left_out =
        if encoder.dropped() > 0 { format!(", {} left out", encoder.dropped()) } else { String::new() };
    let _ = writeln!(text, "target: {target}; {} rows{left_out}", encoder.rows());
    for warning in encoder.warnings() {
        let _ = writeln!(text, "note: {}", words::of_warning(warning));
    }
    text
}

/// The same as JSON.
pub(crate) fn columns_json(encoder: &TableEncoder) -> Value {
    let column = |column: &TableColumn| {
        json!({
            "name": column.name(),
            "kind": column.kind(),
            "features": column.features(),
            "missing": column.missing(),
            "categories": column.categories(),
        })
    };
    encoder.columns().iter().map(column).collect()
}

/// Columns that are no features, and why.
pub(crate) fn set_aside_json(encoder: &TableEncoder) -> Value {
    encoder
        .set_aside()
        .map(|(column, reason)| json!({ "column": column, "reason": reason.to_string() }))
        .collect()
}

/// A text as a field of CSV.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
