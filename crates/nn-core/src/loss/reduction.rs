use crate::Scalar;

/// How the losses of the samples become one number.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reduction {
    /// Their mean, weighted by the sample weights: Σ w l / Σ w.
    #[default]
    Mean,
    /// Their sum: Σ w l.
    Sum,
}

/// What each sample's loss is multiplied by: its weight and the reduction in one number, for value and gradient alike.
#[derive(Debug, Clone, Copy)]
pub struct Scale<'a, T> {
    pub(super) common: T,
    pub(super) weights: Option<&'a [T]>,
}

impl<T: Scalar> Scale<'_, T> {
    /// The factor of sample `n`.
    #[inline]
    pub fn of(&self, n: usize) -> T {
        match self.weights {
            Some(weights) => self.common * weights[n],
            None => self.common,
        }
    }

    /// The factors of the samples from `start` on.
    pub(super) fn fill(&self, start: usize, factors: &mut [T]) {
        match self.weights {
            Some(weights) => {
                for (factor, &weight) in factors.iter_mut().zip(&weights[start..]) {
                    *factor = self.common * weight;
                }
            }
            None => factors.fill(self.common),
        }
    }
}

/// The sum of the sample weights, or the number of samples.
pub(super) fn total_weight<T: Scalar>(samples: usize, weights: Option<&[T]>) -> T {
    match weights {
        Some(weights) => weights.iter().fold(T::zero(), |sum, &w| sum + w),
        None => T::of(samples as f64),
    }
}

/// The mean and sum constructors of a loss: of one that is its reduction alone, and of one with further settings.
macro_rules! reduced_loss {
    ($name:ident) => {
        reduced_loss!($name {});
    };
    ($name:ident with settings) => {
        reduced_loss!($name { ..Self::default() });
    };
    ($name:ident { $($settings:tt)* }) => {
        impl $name {
            /// Averaged; over what, the type says.
            pub fn mean() -> Self {
                Self { reduction: crate::Reduction::Mean, $($settings)* }
            }

            /// Added up over the samples.
            pub fn sum() -> Self {
                Self { reduction: crate::Reduction::Sum, $($settings)* }
            }
        }
    };
}
pub(super) use reduced_loss;
