//! Setting samples aside for testing.

use std::ops::Deref;

use nn_core::{Scalar, Targets, split_rows};

use crate::{Classification, DataError, Dataset};

impl<T: Scalar, Y: Default + Deref<Target: Targets<T, Owned = Y>>> Dataset<T, Y> {
    /// Two parts, (train, test), at random: round(`test_fraction` samples) for testing, the others for training.
    ///
    /// Both parts are in random order, the same for the same seed on every platform.
    ///
    /// | Name | Default | Range |
    /// |---|---|---|
    /// | `test_fraction` | none | (0, 1), at least one sample in each part |
    /// | `seed` | none | any |
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a fraction outside (0, 1), [`DataError::Split`] when a part would be empty.
    ///
    /// # Example
    /// ```
    /// use ndarray::Array2;
    /// use nn_data::Regression;
    ///
    /// let x = Array2::from_shape_fn((10, 1), |(n, _)| n as f64);
    /// let data = Regression::new(x.clone(), x)?;
    /// let (train, test) = data.split(0.3, 0)?;
    /// assert_eq!((train.samples(), test.samples()), (7, 3));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn split(&self, test_fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let (train, test) = rows_of_split(self.samples(), None, test_fraction, seed)?;
        Ok((self.select(&train)?, self.select(&test)?))
    }
}

impl<T: Scalar> Classification<T> {
    /// Two parts, (train, test), at random, with the classes in the same proportions in each.
    ///
    /// The test part has round(`test_fraction` samples) samples, shared among the classes by largest remainder: each
    /// class is within one sample of its proportion. One rule goes before: as far as the sizes of the parts allow, a class
    /// of two samples or more has at least one in each part.
    ///
    /// Both parts are in random order, the same for the same seed on every platform.
    ///
    /// | Name | Default | Range |
    /// |---|---|---|
    /// | `test_fraction` | none | (0, 1), at least one sample in each part |
    /// | `seed` | none | any |
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a fraction outside (0, 1), [`DataError::Split`] when a part would be empty.
    ///
    /// # Example
    /// ```
    /// use ndarray::Array2;
    /// use nn_data::Classification;
    ///
    /// let labels = [vec![0; 80], vec![1; 15], vec![2; 5]].concat();
    /// let data = Classification::new(Array2::<f32>::zeros((100, 1)), labels, 3)?;
    /// let (train, test) = data.stratified_split(0.2, 0)?;
    /// assert_eq!(train.class_counts(), [64, 12, 4]);
    /// assert_eq!(test.class_counts(), [16, 3, 1]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    ///
    /// scikit-learn's `train_test_split(stratify=..)` refuses classes of a single sample; here they go to either part.
    pub fn stratified_split(&self, test_fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let (train, test) = rows_of_split(self.samples(), Some(self.y()), test_fraction, seed)?;
        Ok((self.select(&train)?, self.select(&test)?))
    }
}

/// The rows of the train part and of the test part; of every class as many as it should, if there are labels.
pub(crate) fn rows_of_split(
    samples: usize,
    labels: Option<&[usize]>,
    test_fraction: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>), DataError> {
    Ok(split_rows(samples, test_size(samples, test_fraction)?, labels, seed))
}

/// Number of samples in the test part.
fn test_size(samples: usize, fraction: f64) -> Result<usize, DataError> {
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(DataError::parameter(
            "test fraction",
            "a number between 0 and 1, both excluded",
            fraction,
        ));
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded, from 0 to `samples`"
    )]
    let test = (fraction * samples as f64).round() as usize;
    if test == 0 || test >= samples {
        return Err(DataError::Split { fraction, test, samples });
    }
    Ok(test)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::Regression;

    /// Samples that know their row: x = y = row.
    fn numbered(samples: usize) -> Regression<f64> {
        let rows = Array2::from_shape_fn((samples, 1), |(row, _)| row as f64);
        Regression::new(rows.clone(), rows).unwrap()
    }

    /// `counts[c]` samples of class c that know their row.
    fn classes(counts: &[usize]) -> Classification<f64> {
        let labels: Vec<usize> =
            counts.iter().enumerate().flat_map(|(class, &count)| std::iter::repeat_n(class, count)).collect();
        let x = Array2::from_shape_fn((labels.len(), 1), |(row, _)| row as f64);
        Classification::new(x, labels, counts.len()).unwrap()
    }

    fn rows<Y: Default + Deref<Target: Targets<f64, Owned = Y>>>(data: &Dataset<f64, Y>) -> Vec<f64> {
        data.x().column(0).to_vec()
    }

    /// The rows of both parts, sorted.
    fn union(train: Vec<f64>, test: Vec<f64>) -> Vec<f64> {
        let mut all = [train, test].concat();
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn a_seed_gives_the_same_parts_for_ever() {
        let (train, test) = numbered(8).split(0.25, 42).unwrap();
        assert_eq!(rows(&train), PINNED_TRAIN);
        assert_eq!(rows(&test), PINNED_TEST);
        assert_eq!(numbered(8).split(0.25, 42).unwrap(), (train, test.clone()));
        assert_ne!(numbered(8).split(0.25, 43).unwrap().1, test);
    }

    const PINNED_TRAIN: [f64; 6] = [1.0, 3.0, 6.0, 4.0, 2.0, 0.0];
    const PINNED_TEST: [f64; 2] = [5.0, 7.0];

    #[test]
    fn a_seed_gives_the_same_stratified_parts_for_ever() {
        let (train, test) = classes(&[4, 4]).stratified_split(0.25, 42).unwrap();
        assert_eq!(rows(&train), PINNED_STRATIFIED_TRAIN);
        assert_eq!(rows(&test), PINNED_STRATIFIED_TEST);
    }

    const PINNED_STRATIFIED_TRAIN: [f64; 6] = [7.0, 3.0, 6.0, 4.0, 2.0, 0.0];
    const PINNED_STRATIFIED_TEST: [f64; 2] = [5.0, 1.0];

    #[test]
    fn fractions_outside_0_to_1_are_refused() {
        for fraction in [0.0, 1.0, -0.5, 1.5, f64::NAN, f64::INFINITY] {
            let error = numbered(10).split(fraction, 0).unwrap_err();
            assert!(matches!(error, DataError::Parameter { name: "test fraction", .. }), "{error}");
            assert!(classes(&[5, 5]).stratified_split(fraction, 0).is_err());
        }
    }

    #[test]
    fn a_split_with_an_empty_part_is_refused() {
        let error = numbered(10).split(0.04, 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a test fraction of 0.04 puts 0 of 10 samples into the test part; expected at least one sample in each \
             part: use a fraction nearer to 0.5"
        );
        assert_eq!(
            numbered(10).split(0.96, 0).unwrap_err(),
            DataError::Split { fraction: 0.96, test: 10, samples: 10 }
        );
        assert!(numbered(1).split(0.5, 0).unwrap_err().to_string().ends_with("use at least 2 samples"));
    }

    proptest! {
        #[test]
        fn a_split_has_every_row_once(samples in 2_usize..60, fraction in 0.01..0.99, seed: u64) {
            let data = numbered(samples);
            if let Ok((train, test)) = data.split(fraction, seed) {
                prop_assert_eq!(test.samples() as f64, (fraction * samples as f64).round());
                prop_assert_eq!(train.x(), train.y().view());
                prop_assert_eq!(test.x(), test.y().view());
                prop_assert_eq!(union(rows(&train), rows(&test)), rows(&data));
            } else {
                let test = (fraction * samples as f64).round();
                prop_assert!(test == 0.0 || test == samples as f64);
            }
        }

        #[test]
        fn a_stratified_split_has_every_row_once(
            counts in vec(0_usize..12, 1..6), fraction in 0.1..0.9, seed: u64
        ) {
            prop_assume!(counts.iter().sum::<usize>() >= 6);
            let data = classes(&counts);
            let (train, test) = data.stratified_split(fraction, seed).unwrap();
            prop_assert_eq!(test.samples() as f64, (fraction * data.samples() as f64).round());
            prop_assert_eq!(union(rows(&train), rows(&test)), rows(&data));
            for part in [train, test] {
                for (&row, &label) in part.x().iter().zip(part.y()) {
                    prop_assert!(data.x().iter().zip(data.y()).any(|pair| pair == (&row, &label)));
                }
            }
        }
    }
}
