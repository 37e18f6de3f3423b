//! What a network is worth, in words and figures.

use std::fmt::Write as _;

use ndarray::{Array2, ArrayView2};
use nn_train::{
    ConfusionMatrix, MetricError, accuracy_score, mean_absolute_error, r2_score, root_mean_squared_error,
};

/// Accuracy, a line a class, and the table of confusions.
pub(crate) fn of_classes(
    names: &[String],
    truth: &[usize],
    predicted: &[usize],
) -> Result<String, MetricError> {
    let commonest =
        (0..names.len()).max_by_key(|&class| truth.iter().filter(|&&y| y == class).count()).unwrap_or(0);
    let accuracy = accuracy_score(truth, predicted)?;
    let guess = accuracy_score(truth, &vec![commonest; truth.len()])?;
    let mut text = format!(
        "accuracy {accuracy:.4} on {} rows; always `{}` would be {guess:.4}\n\n",
        truth.len(),
        names[commonest]
    );
    let matrix =
        ConfusionMatrix::new(truth, predicted, names.len())?.with_class_names(names.iter().cloned())?;
    let counts = matrix.counts();
    let ratio = |part: usize, all: usize| if all == 0 { 0.0 } else { part as f64 / all as f64 };
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
    let _ = writeln!(text, "{:width$}  precision  recall      f1  rows", "class");
    for (class, name) in names.iter().enumerate() {
        let (hits, rows, said) =
            (counts[[class, class]], counts.row(class).sum(), counts.column(class).sum());
        let (precision, recall, f1) = (ratio(hits, said), ratio(hits, rows), ratio(2 * hits, said + rows));
        let _ = writeln!(text, "{name:width$}  {precision:9.4}  {recall:6.4}  {f1:6.4}  {rows:4}");
    }
    Ok(format!("{text}\n{matrix}\n"))
}

/// R² and errors, beside those of the mean.
pub(crate) fn of_values(
    name: &str,
    truth: ArrayView2<'_, f64>,
    predicted: ArrayView2<'_, f64>,
) -> Result<String, MetricError> {
    let mean = truth.mean().unwrap_or(0.0);
    let guess = Array2::from_elem(truth.raw_dim(), mean);
    Ok(format!(
        "R² {} on {} rows of {name}\nmean absolute error {}; always the mean would be {}\nroot mean squared error {}\n",
        fixed(r2_score(truth, predicted)?, 4),
        truth.nrows(),
        fixed(mean_absolute_error(truth, predicted)?, 6),
        fixed(mean_absolute_error(truth, guess.view())?, 6),
        fixed(root_mean_squared_error(truth, predicted)?, 6),
    ))
}

/// So many digits behind the point; with a power of ten where they would show nothing, or a row of digits that nobody counts.
fn fixed(number: f64, digits: usize) -> String {
    if number == 0.0 || (1e-4..1e9).contains(&number.abs()) {
        format!("{number:.digits$}")
    } else {
        format!("{number:.4e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_of_any_size_is_short() {
        assert_eq!(fixed(0.12345678, 6), "0.123457");
        assert_eq!(fixed(-78.0, 4), "-78.0000");
        assert_eq!(fixed(-1.5e33, 4), "-1.5000e33");
        assert_eq!(fixed(2.5e-9, 6), "2.5000e-9");
        assert_eq!(fixed(0.0, 4), "0.0000");
    }
}
