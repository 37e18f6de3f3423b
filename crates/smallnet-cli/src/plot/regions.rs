//! The regions of two features, in the table's own units.

use ndarray::{Array2, ArrayView2};
use nn_data::{Classification, FieldKind, Scaler, TableEncoder};
use nn_model::Model;
use nn_plot::DecisionRegions;

use crate::Failure;
use crate::read;
use crate::samples::Samples;

/// Samples in their own units, and the two features that are drawn.
pub(super) struct Regions<'a> {
    model: &'a Model<f32>,
    encoder: &'a TableEncoder,
    data: Classification<f64>,
    features: [usize; 2],
}

impl<'a> Regions<'a> {
    /// Of the features that are named, or the first two columns of numbers; none for values, and for fewer such columns.
    pub(super) fn new(
        model: &'a Model<f32>,
        samples: &Samples,
        names: &[String],
    ) -> Result<Option<Self>, Failure> {
        let encoder = read::encoder(model)?;
        let Some(samples) = samples.classes() else { return Ok(None) };
        if model.network().link().is_none() {
            return Ok(None);
        }
        let known = encoder.feature_names();
        let features = match names {
            [x, y] => [x, y].map(|name| known.iter().position(|feature| feature == name)),
            _ => numbers(encoder),
        };
        let [Some(x), Some(y)] = features else {
            if names.is_empty() {
                return Ok(None);
            }
            return Err(format!(
                "--features {} are no two of the features; expected two of {}",
                names.join(","),
                known.join(", ")
            )
            .into());
        };
        let own = Array2::from_shape_fn(samples.x().dim(), |(row, feature)| {
            encoder.unscale(feature, samples.x()[[row, feature]].into())
        });
        let data = Classification::new(own, samples.y().to_vec(), samples.classes())?
            .with_feature_names(known)?
            .with_class_names(encoder.classes().iter().cloned())?;
        Ok(Some(Self { model, encoder, data, features: [x, y] }))
    }

    pub(super) fn picture(
        &self,
    ) -> DecisionRegions<'_, f64, impl Fn(ArrayView2<'_, f64>) -> Result<Array2<f64>, nn_core::Error>> {
        let [x, y] = self.features;
        let others = if self.data.features() > 2 { ", the others at their means" } else { "" };
        let [first, second] = self.features.map(|feature| &self.data.feature_names()[feature]);
        let title = format!("{first} and {second}{others}");
        DecisionRegions::new(&self.data, |rows| self.probabilities(rows)).features(x, y).title(title)
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, nn_core::Error> {
        #[allow(clippy::cast_possible_truncation, reason = "as the network has them")]
        let scaled = Array2::from_shape_fn(rows.dim(), |(row, feature)| {
            self.encoder.scale(feature, rows[[row, feature]]) as f32
        });
        Ok(self.model.network().predict_proba(scaled.view())?.mapv(f64::from))
    }
}

/// The features of the first two columns of numbers.
fn numbers(encoder: &TableEncoder) -> [Option<usize>; 2] {
    let mut feature = 0;
    let mut numbers = encoder.columns().iter().filter_map(|column| {
        let first = feature;
        feature += column.features();
        (column.kind() == FieldKind::Number).then_some(first)
    });
    [numbers.next(), numbers.next()]
}

#[cfg(test)]
mod tests {
    use nn_core::{Dense, Link, Network};
    use nn_data::{Dialect, Table, TableOptions};

    use super::*;

    fn asked() -> (Model<f32>, Samples) {
        let rows = (0..30).map(|n| {
            format!("{},{},{},{}\n", ["x", "y"][n % 2], 1000 + n * 7 % 30, n % 4, ["a", "b"][n / 15])
        });
        let text = rows.fold("word,far,near,class\n".to_owned(), |text, row| text + &row);
        let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
        let encoder = TableEncoder::fit_table(&table, &TableOptions::default()).expect("columns");
        let (samples, _) = Samples::of_table(&encoder, &table).expect("samples");
        let mut network = Network::<f32, _>::new(4, Dense::linear(2), 0).expect("a network");
        network.set_link(Link::Softmax);
        (Model::new(&network).and_then(|model| model.encoder(encoder)).expect("a model"), samples)
    }

    #[test]
    fn the_network_is_asked_in_its_own_units_and_drawn_in_the_tables() {
        let (model, samples) = asked();
        let regions = Regions::new(&model, &samples, &[]).expect("features").expect("classes");
        // The first two columns of numbers, behind the two features of a word.
        assert_eq!(regions.features, [2, 3]);
        assert!(regions.data.x().column(2).iter().all(|x| (999.9..1030.0).contains(x)));
        let found = regions.probabilities(regions.data.x()).expect("probabilities");
        let expected = model.network().predict_proba(samples.x()).expect("probabilities");
        let far = (&found - &expected.mapv(f64::from)).mapv(f64::abs).fold(0.0, |most: f64, &x| most.max(x));
        assert!(far < 1e-5, "{far}");
    }

    #[test]
    fn features_are_found_by_their_names() {
        let (model, samples) = asked();
        let of = |names: [&str; 2]| Regions::new(&model, &samples, &names.map(str::to_owned));
        assert_eq!(of(["near", "word=y"]).expect("features").expect("classes").features, [3, 1]);
        assert!(of(["near", "word"]).is_err());
    }
}
