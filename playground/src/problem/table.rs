//! A table of one's own: its last column is learned, the rest becomes features, as nn-data reads tables.

use nn_data::{Missing, TableEncoder, TableOptions, TableTarget};

use super::{Samples, Target};
use crate::settings::MOST_SAMPLES;
use crate::{Result, words};

/// What the page can draw as inputs.
const MOST_FEATURES: usize = 16;

/// The rows of a CSV text.
pub(crate) fn samples(text: &str) -> Result<Samples> {
    if text.trim().is_empty() {
        return Err(
            "table: expected CSV with a header, whose last column is to be learned; found nothing".to_owned()
        );
    }
    let options = TableOptions { missing: Missing::Mean, ..TableOptions::default() };
    let encoder = TableEncoder::fit_reader(text.as_bytes(), &options).map_err(words)?;
    let (rows, features) = (encoder.rows(), encoder.features());
    if rows > MOST_SAMPLES || features > MOST_FEATURES {
        return Err(format!(
            "table: expected at most {MOST_SAMPLES} rows and {MOST_FEATURES} features, found {rows} and {features}; leave some out"
        ));
    }
    let (points, target, targets) = if let Some(TableTarget::Classes { .. }) = encoder.target() {
        let data = encoder.classification_from_reader::<f64, _>(text.as_bytes()).map_err(words)?;
        let target = Target::Classes(data.y().to_vec(), data.classes());
        (data.x().to_owned(), target, data.class_names().to_vec())
    } else {
        let data = encoder.regression_from_reader::<f64, _>(text.as_bytes()).map_err(words)?;
        let target = Target::Values(data.y().iter().copied().collect());
        (data.x().to_owned(), target, data.target_names().to_vec())
    };
    Ok(Samples { points, target, columns: encoder.feature_names(), targets, encoder: Some(encoder) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_values_and_messages() {
        let table = samples("width,height,kind\n1,2,cat\n3,4,dog\n5,6,cat\n").unwrap();
        assert_eq!((table.columns.len(), table.targets), (2, vec!["cat".to_owned(), "dog".to_owned()]));
        assert!(matches!(table.target, Target::Classes(labels, 2) if labels == [0, 1, 0]));

        let rows: Vec<_> = (0..30).map(|n| format!("{n},{}", 0.37 * f64::from(n))).collect();
        let table = samples(&format!("x,y\n{}\n", rows.join("\n"))).unwrap();
        assert!(matches!(table.target, Target::Values(values) if values.len() == 30));

        assert!(samples(" ").unwrap_err().starts_with("table: expected CSV"));
        let wide: Vec<String> = (0..18).map(|j| format!("c{j}")).collect();
        let row = ["1"; 18].join(",");
        let error = samples(&format!("{}\n{row}\n{}\n", wide.join(","), row.replace('1', "2"))).unwrap_err();
        assert!(error.contains("at most 5000 rows and 16 features, found 2 and 17"), "{error}");
    }
}
