//! How the samples are shared among the classes.

use std::fmt;

use nn_core::Scalar;

use super::Classification;
use crate::DataError;

/// How many samples each class has. Displayed, it is a table.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use nn_data::Classification;
///
/// let data = Classification::new(Array2::<f32>::zeros((8, 1)), vec![0, 0, 0, 0, 0, 0, 0, 1], 2)?
///     .with_class_names(["healthy", "ill"])?;
/// let balance = data.class_balance();
/// assert_eq!(balance.shares(), [0.875, 0.125]);
/// assert_eq!(balance.to_string(), "\
/// class    samples   share
/// healthy        7   87.5%
/// ill            1   12.5%
/// total          8  100.0%");
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassBalance {
    names: Vec<String>,
    counts: Vec<usize>,
}

impl ClassBalance {
    /// The number of samples of each class.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// The share of each class in all samples; the shares add up to 1.
    pub fn shares(&self) -> Vec<f64> {
        let samples: usize = self.counts.iter().sum();
        self.counts.iter().map(|&count| count as f64 / samples as f64).collect()
    }
}

impl fmt::Display for ClassBalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let samples: usize = self.counts.iter().sum();
        let names = self.names.iter().map(|name| name.chars().count());
        let first = names.max().unwrap_or(0).max("class".len());
        let second = samples.to_string().len().max("samples".len());
        writeln!(f, "{:<first$}  {:>second$}   share", "class", "samples")?;
        for ((name, count), share) in self.names.iter().zip(&self.counts).zip(self.shares()) {
            writeln!(f, "{name:<first$}  {count:>second$}  {:>5.1}%", 100.0 * share)?;
        }
        write!(f, "{:<first$}  {samples:>second$}  100.0%", "total")
    }
}

impl<T: Scalar> Classification<T> {
    /// How the samples are shared among the classes.
    ///
    /// # Example
    /// ```
    /// use nn_data::Circles;
    ///
    /// println!("{}", Circles::default().generate::<f64>(0)?.class_balance());
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn class_balance(&self) -> ClassBalance {
        ClassBalance { names: self.class_names().to_vec(), counts: self.class_counts() }
    }

    /// A weight for each class, so that all classes count alike: samples / (classes · samples of the class).
    ///
    /// The weights of the samples, each that of its class, add up to the number of samples.
    ///
    /// # Errors
    /// [`DataError::EmptyClass`] for a class without samples, whose weight would be infinite.
    ///
    /// # Example
    /// ```
    /// use ndarray::Array2;
    /// use nn_data::Classification;
    ///
    /// let data = Classification::new(Array2::<f32>::zeros((8, 1)), vec![0, 0, 0, 0, 0, 0, 1, 1], 2)?;
    /// let weights = data.balanced_class_weights()?;
    /// assert_eq!(weights, [8.0 / (2.0 * 6.0), 8.0 / (2.0 * 2.0)]);
    ///
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    ///
    /// scikit-learn's `compute_class_weight("balanced", ..)`. They are for the `class_weights` of a loss, which change the
    /// loss alone; [`balanced_sample_weights`](Self::balanced_sample_weights) also change what an accuracy counts.
    pub fn balanced_class_weights(&self) -> Result<Vec<T>, DataError> {
        let (samples, classes) = (self.samples() as f64, self.classes() as f64);
        let weight = |(count, name): (usize, &String)| match count {
            0 => Err(DataError::EmptyClass { class: name.clone() }),
            _ => Ok(T::of(samples / (classes * count as f64))),
        };
        self.class_counts().into_iter().zip(self.class_names()).map(weight).collect()
    }

    /// A weight for each sample, that of its class in [`balanced_class_weights`](Self::balanced_class_weights). With
    /// these as the weights of a batch, all classes count alike in every loss, and its accuracy is the balanced one:
    /// the mean of the classes' own.
    ///
    /// # Errors
    /// As [`balanced_class_weights`](Self::balanced_class_weights).
    ///
    /// # Example
    /// ```
    /// use ndarray::Array2;
    /// use nn_data::Classification;
    ///
    /// let data = Classification::new(Array2::<f32>::zeros((4, 1)), vec![0, 0, 0, 1], 2)?;
    /// let weights = data.balanced_sample_weights()?;
    /// assert_eq!(weights, [4.0 / 6.0, 4.0 / 6.0, 4.0 / 6.0, 2.0]);
    /// let batch = data.view().with_weights(&weights)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// scikit-learn's `compute_sample_weight("balanced", ..)`.
    pub fn balanced_sample_weights(&self) -> Result<Vec<T>, DataError> {
        let weights = self.balanced_class_weights()?;
        Ok(self.y().iter().map(|&label| weights[label]).collect())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn data(labels: Vec<usize>, classes: usize) -> Classification<f64> {
        Classification::new(Array2::zeros((labels.len(), 1)), labels, classes).unwrap()
    }

    #[test]
    fn the_table_is_as_wide_as_its_names_and_numbers() {
        let data = data([vec![0; 10_000_000], vec![2; 5]].concat(), 3);
        let expected = "class     samples   share\n\
                        a        10000000  100.0%\n\
                        élément         0    0.0%\n\
                        c               5    0.0%\n\
                        total    10000005  100.0%";
        let named = data.with_class_names(["a", "élément", "c"]).unwrap();
        assert_eq!(named.class_balance().to_string(), expected);
    }

    #[test]
    fn a_class_without_samples_has_no_weight() {
        let error = data(vec![0, 2, 2], 3).balanced_class_weights().unwrap_err();
        assert_eq!(
            error.to_string(),
            "class `class_1` has no sample; expected at least one of each class: leave the class out"
        );
    }

    proptest! {
        #[test]
        fn weighted_classes_count_alike(labels in vec(0_usize..5, 1..60)) {
            let all = [labels, vec![0, 1, 2, 3, 4]].concat();
            let data = data(all, 5);
            let balance = data.class_balance();
            prop_assert_eq!(balance.counts(), data.class_counts());
            prop_assert!((balance.shares().iter().sum::<f64>() - 1.0).abs() < 1e-15);
            for (weight, &count) in data.balanced_class_weights().unwrap().into_iter().zip(balance.counts()) {
                prop_assert!((weight * count as f64 - data.samples() as f64 / 5.0).abs() < 1e-12);
            }
        }
    }
}
