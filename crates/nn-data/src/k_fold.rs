//! Cross-validation: every sample is tested on once.

use std::collections::BTreeMap;
use std::ops::Deref;

use nn_core::{Scalar, Targets, split_rows};

use crate::{Classification, DataError, Dataset};

impl<T: Scalar, Y: Default + Deref<Target: Targets<T, Owned = Y>>> Dataset<T, Y> {
    /// `folds` pairs (train, test): the samples are dealt out at random among the folds, and each fold is the test part
    /// once.
    ///
    /// The sizes of the folds differ by one sample at most. All parts are in random order, the same for the same seed on
    /// every platform. A pair is made when it is asked for.
    ///
    /// | Name | Default | Range |
    /// |---|---|---|
    /// | `folds` | none; 5 and 10 are usual | from 2 to the number of samples |
    /// | `seed` | none | any |
    ///
    /// # Errors
    /// [`DataError::Folds`] for a number of folds outside its range.
    ///
    /// # Example
    /// ```
    /// use nn_data::NoisySines;
    ///
    /// let data = NoisySines { samples: 10, ..NoisySines::default() }.generate::<f64>(0)?;
    /// for (train, test) in data.k_fold(5, 0)? {
    ///     assert_eq!((train.samples(), test.samples()), (8, 2));
    /// }
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    ///
    /// scikit-learn's `KFold` with `shuffle=True`.
    pub fn k_fold(
        &self,
        folds: usize,
        seed: u64,
    ) -> Result<impl ExactSizeIterator<Item = (Self, Self)>, DataError> {
        Ok(self.parts(Folds::deal(self.samples(), None, folds, seed)?))
    }

    fn parts(&self, folds: Folds) -> impl ExactSizeIterator<Item = (Self, Self)> {
        let part = |rows: Vec<usize>| self.select(&rows).expect("rows of this set, and not none");
        folds.pairs().map(move |(train, test)| (part(train), part(test)))
    }
}

impl<T: Scalar> Classification<T> {
    /// `folds` pairs (train, test) as of [`k_fold`](Dataset::k_fold), with the classes in the same proportions in each.
    ///
    /// The sizes of the folds differ by one sample at most, and so do the counts of a class. A class of fewer samples than
    /// there are folds is missing from some of the test parts.
    ///
    /// | Name | Default | Range |
    /// |---|---|---|
    /// | `folds` | none; 5 and 10 are usual | from 2 to the number of samples |
    /// | `seed` | none | any |
    ///
    /// # Errors
    /// [`DataError::Folds`] for a number of folds outside its range.
    ///
    /// # Example
    /// ```
    /// use ndarray::Array2;
    /// use nn_data::Classification;
    ///
    /// let labels = [vec![0; 80], vec![1; 20]].concat();
    /// let data = Classification::new(Array2::<f32>::zeros((100, 1)), labels, 2)?;
    /// for (train, test) in data.stratified_k_fold(10, 0)? {
    ///     assert_eq!((train.class_counts(), test.class_counts()), (vec![72, 18], vec![8, 2]));
    /// }
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    ///
    /// scikit-learn's `StratifiedKFold` with `shuffle=True`; where that warns of small classes, and refuses when all are
    /// small, here they go to some of the folds.
    pub fn stratified_k_fold(
        &self,
        folds: usize,
        seed: u64,
    ) -> Result<impl ExactSizeIterator<Item = (Self, Self)>, DataError> {
        Ok(self.parts(Folds::deal(self.samples(), Some(self.y()), folds, seed)?))
    }
}

/// Rows dealt out among folds.
pub(crate) struct Folds {
    folds: usize,
    /// Each row with its fold.
    dealt: Vec<(usize, usize)>,
}

impl Folds {
    /// Deals rows out at random; of every class as many to each fold as can be, if there are labels.
    pub(crate) fn deal(
        samples: usize,
        labels: Option<&[usize]>,
        folds: usize,
        seed: u64,
    ) -> Result<Self, DataError> {
        check_folds(folds, samples)?;
        // Class by class, on and on around the folds; in random order again after that.
        let label = |row: usize| labels.map_or(0, |labels| labels[row]);
        let mut next: BTreeMap<usize, usize> = BTreeMap::new();
        (0..samples).for_each(|row| *next.entry(label(row)).or_default() += 1);
        let mut begin = 0;
        for count in next.values_mut() {
            begin += std::mem::replace(count, begin);
        }
        let deal = |row: usize| {
            let place = next.get_mut(&label(row)).expect("every label was counted");
            *place += 1;
            (row, (*place - 1) % folds)
        };
        let (rows, _) = split_rows(samples, 0, None, seed);
        Ok(Self { folds, dealt: rows.into_iter().map(deal).collect() })
    }

    /// The rows of the train part and of the test part, fold by fold.
    pub(crate) fn pairs(self) -> impl ExactSizeIterator<Item = (Vec<usize>, Vec<usize>)> {
        (0..self.folds).map(move |fold| {
            let rows = |test: bool| -> Vec<usize> {
                self.dealt.iter().filter(|dealt| (dealt.1 == fold) == test).map(|dealt| dealt.0).collect()
            };
            (rows(false), rows(true))
        })
    }
}

fn check_folds(folds: usize, samples: usize) -> Result<(), DataError> {
    if (2..=samples).contains(&folds) { Ok(()) } else { Err(DataError::Folds { folds, samples }) }
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

    fn rows<Y: Default + Deref<Target: Targets<f64, Owned = Y>>>(data: &Dataset<f64, Y>) -> Vec<f64> {
        data.x().column(0).to_vec()
    }

    fn sorted(mut rows: Vec<f64>) -> Vec<f64> {
        rows.sort_by(f64::total_cmp);
        rows
    }

    #[test]
    fn a_seed_gives_the_same_folds_for_ever() {
        let folds = |seed| -> Vec<Vec<f64>> {
            numbered(5).k_fold(2, seed).unwrap().map(|(_, test)| rows(&test)).collect()
        };
        assert_eq!(folds(42), PINNED);
        assert_ne!(folds(43), folds(42));
    }

    const PINNED: [&[f64]; 2] = [&[4.0, 1.0, 2.0], &[0.0, 3.0]];

    #[test]
    fn folds_out_of_range_are_refused() {
        for folds in [0, 1, 6] {
            let error = numbered(5).k_fold(folds, 0).err().unwrap();
            assert_eq!(
                error.to_string(),
                format!(
                    "cannot deal 5 samples out among {folds} folds; expected at least 2 folds, and a sample for each"
                )
            );
            let classes = Classification::new(Array2::<f64>::zeros((5, 1)), vec![0; 5], 1).unwrap();
            assert_eq!(classes.stratified_k_fold(folds, 0).err().unwrap(), error);
        }
    }

    proptest! {
        #[test]
        fn every_row_is_tested_on_once(samples in 2_usize..40, folds in 2_usize..12, seed: u64) {
            prop_assume!(folds <= samples);
            let data = numbered(samples);
            let pairs = data.k_fold(folds, seed).unwrap();
            prop_assert_eq!(pairs.len(), folds);
            let mut tested = Vec::new();
            for (train, test) in pairs {
                prop_assert!((samples / folds..=samples.div_ceil(folds)).contains(&test.samples()));
                prop_assert_eq!(sorted([rows(&train), rows(&test)].concat()), rows(&data));
                tested.extend(rows(&test));
            }
            prop_assert_eq!(sorted(tested), rows(&data));
        }

        #[test]
        fn stratified_folds_have_the_proportions(
            labels in vec(0_usize..4, 2..60), folds in 2_usize..8, seed: u64
        ) {
            prop_assume!(folds <= labels.len());
            let x = Array2::from_shape_fn((labels.len(), 1), |(row, _)| row as f64);
            let data = Classification::new(x, labels, 4).unwrap();
            let mut tested = Vec::new();
            for (train, test) in data.stratified_k_fold(folds, seed).unwrap() {
                prop_assert!((data.samples() / folds..=data.samples().div_ceil(folds)).contains(&test.samples()));
                for (total, count) in data.class_counts().into_iter().zip(test.class_counts()) {
                    prop_assert!((total / folds..=total.div_ceil(folds)).contains(&count), "{} of {}", count, total);
                }
                prop_assert_eq!(sorted([rows(&train), rows(&test)].concat()), rows(&data));
                for (row, &label) in rows(&test).iter().zip(test.y()) {
                    prop_assert!(data.x().iter().zip(data.y()).any(|pair| pair == (row, &label)));
                }
                tested.extend(rows(&test));
            }
            prop_assert_eq!(sorted(tested), rows(&data));
        }
    }
}
