//! What each column of a table is worth to a network.

use std::fmt;
use std::ops::RangeInclusive;

use ndarray::ArrayView2;
use nn_data::{TableColumn, TableEncoder};
use nn_plot::{BarChart, Terminal};
use nn_train::{accuracy_score, permutation_importance, r2_score};
use serde_json::{Value, json};

use crate::Failure;
use crate::fit::Net;
use crate::rows::Rows;
use crate::samples::Samples;
use crate::say::counted;

/// Shuffles of each column: fewer of many columns, whose shuffles would take longer than the training.
const REPEATS: RangeInclusive<usize> = 3..=10;
/// Shuffles of all columns together, as far as their number allows.
const SHUFFLES: usize = 1000;
/// Columns that are shown, at most.
const SHOWN: usize = 30;
/// Rows that are looked at, at most, evenly spaced.
const ROWS: usize = 2000;

/// How much accuracy or R² falls when the fields of a column are shuffled among the rows, its features all together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Importance {
    score: &'static str,
    columns: Vec<String>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Importance {
    /// Measured on samples that the network did not learn from; none on fewer than two.
    pub(crate) fn of(
        network: &Net,
        rows: &Rows<'_>,
        encoder: &TableEncoder,
        seed: u64,
    ) -> Result<Option<Self>, Failure> {
        let samples = rows.some(ROWS)?;
        if samples.rows() < 2 {
            return Ok(None);
        }
        let mut first = 0;
        let group = |column: &TableColumn| {
            let features: Vec<usize> = (first..first + column.features()).collect();
            first += column.features();
            features
        };
        let groups: Vec<Vec<usize>> = encoder.columns().iter().map(group).collect();
        let score = |x: ArrayView2<'_, f32>| match &*samples {
            Samples::Classes(data) => Ok(accuracy_score(data.y(), &network.predict_classes(x)?)?),
            Samples::Values(data) => Ok(r2_score(data.y().view(), network.predict(x)?.view())?),
        };
        // A column may have no feature of its own in the rows that were learned from.
        let has_features = |n: &usize| !groups[*n].is_empty();
        let known: Vec<usize> = (0..groups.len()).filter(has_features).collect();
        let groups = known.iter().map(|&n| &groups[n]);
        let repeats = (SHUFFLES / known.len().max(1)).clamp(*REPEATS.start(), *REPEATS.end());
        let found = permutation_importance(samples.x(), groups, repeats, seed, score)?;
        Ok(Some(Self {
            score: if samples.classes().is_some() { "accuracy" } else { "R²" },
            columns: known.iter().map(|&n| encoder.columns()[n].name().to_owned()).collect(),
            // What rounding leaves of nothing is nothing.
            mean: found.mean.mapv(|mean| if mean.abs() < 1e-12 { 0.0 } else { mean }).to_vec(),
            deviation: found.std.to_vec(),
        }))
    }

    /// A bar a column, with its standard deviation over the shuffles; of many columns the most important.
    pub(crate) fn bars(&self) -> BarChart {
        let mut shown = self.order();
        shown.truncate(SHOWN);
        let of = |figures: &[f64]| -> Vec<f64> { shown.iter().map(|&n| figures[n]).collect() };
        BarChart::new(shown.iter().map(|&n| self.columns[n].clone()), &of(&self.mean))
            .errors(&of(&self.deviation))
            .label(format!("{} lost when the column is shuffled", self.score))
    }

    /// The columns, the most important first.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        order.sort_by(|&a, &b| self.mean[b].total_cmp(&self.mean[a]));
        order
    }

    /// The columns, the most important first.
    pub(crate) fn to_json(&self) -> Value {
        let column = |n: usize| {
            json!({
                "column": self.columns[n],
                "score": self.score,
                "mean": self.mean[n],
                "standard_deviation": self.deviation[n],
            })
        };
        self.order().into_iter().map(column).collect()
    }
}

impl fmt::Display for Importance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A report is not lost for a picture in it.
        let text = self.bars().to_terminal(Terminal::new(80)).unwrap_or_else(|error| error.to_string());
        writeln!(f, "{}", text.trim_end())?;
        match self.columns.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => writeln!(f, "and {}, which matter less", counted(more, "other column")),
        }
    }
}

#[cfg(test)]
mod tests {
    use nn_core::{Dense, Network, Sequential};
    use std::borrow::Cow;

    use nn_data::{Dialect, Table, TableOptions};

    use super::*;

    /// y = 2 a, and neither the word nor b matter.
    fn line() -> (Net, Samples, TableEncoder) {
        let rows = (0..60)
            .map(|n| format!("{},{},{},{}\n", ["x", "y", "z"][n % 3], n * 7 % 60, n % 5, 2 * (n * 7 % 60)));
        let text = rows.fold("word,a,b,y\n".to_owned(), |text, row| text + &row);
        let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
        let options = TableOptions { task: nn_data::Task::Values, ..TableOptions::default() };
        let encoder = TableEncoder::fit_table(&table, &options).expect("columns");
        let (samples, _) = Samples::of_table(&encoder, &table).expect("samples");
        let layers = Sequential::new().then(Dense::linear(1));
        let network = Network::from_params(5, layers, vec![0.0, 0.0, 0.0, 1.0, 0.0, 0.0]).expect("a network");
        (network, samples, encoder)
    }

    #[test]
    fn the_features_of_a_column_are_shuffled_together() {
        let (network, samples, encoder) = line();
        let found = Importance::of(&network, &Rows::whole(Cow::Owned(samples)), &encoder, 0)
            .expect("figures")
            .expect("rows enough");
        assert_eq!(found.columns, ["word", "a", "b"]);
        // What is shuffled has R² around -1, as two draws of one distribution.
        assert!((1.5..2.5).contains(&found.mean[1]), "{found:?}");
        assert_eq!([found.mean[0], found.mean[2]], [0.0, 0.0]);
        let json = found.to_json();
        assert_eq!((&json[0]["column"], &json[0]["score"]), (&"a".into(), &"R²".into()));
        let text = found.to_string();
        assert!(text.starts_with("R² lost when the column is shuffled\na    "), "{text}");
        assert_eq!(text.lines().count(), 4);
    }
}
