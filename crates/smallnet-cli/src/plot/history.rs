//! The history of a run, from the file that a training wrote.

use std::collections::BTreeMap;
use std::path::Path;

use nn_data::Dialect;
use nn_train::{History, Record};

use crate::Failure;
use crate::read;

/// Reads `history.csv`.
pub(super) fn read(path: &Path) -> Result<History, Failure> {
    let table = read::table(path, &Dialect::default())?;
    let place = |name: &str| table.names().iter().position(|column| column == name);
    let scores = ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"];
    let [Some(epoch), Some(train_loss), train_accuracy, validation_loss, validation_accuracy] =
        scores.map(place)
    else {
        return Err(format!(
            "{} is no history of a run; expected the columns epoch, train_loss, .., as in the history.csv of a report; a table is drawn with a model: smallnet plot model.safetensors {0}",
            path.display()
        )
        .into());
    };
    let number = |row: usize, column: usize| -> Result<Option<f64>, Failure> {
        let field = table.field(row, column);
        if field.is_empty() {
            return Ok(None);
        }
        let number = field.parse().map(Some);
        number.map_err(|_| {
            let (line, name) = (table.line(row), &table.names()[column]);
            format!("{}, line {line}: column `{name}` has `{field}`; expected a number", path.display())
                .into()
        })
    };
    let optional = |row, column: Option<usize>| column.map_or(Ok(None), |column| number(row, column));
    let mut records = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an epoch is a whole number"
        )]
        let epoch = number(row, epoch)?.unwrap_or(0.0) as usize;
        records.push(Record {
            epoch,
            train_loss: number(row, train_loss)?.unwrap_or(f64::NAN),
            train_accuracy: optional(row, train_accuracy)?,
            validation_loss: optional(row, validation_loss)?,
            validation_accuracy: optional(row, validation_accuracy)?,
            metrics: BTreeMap::new(),
        });
    }
    Ok(serde_json::from_value(serde_json::to_value(records)?)?)
}
