use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

use super::check::{check_binary_labels, check_values_are};
use super::columns::{bits, columnwise, mapped, values};
use super::logistic::{Logistic, each_logit};
use super::reduction::{reduced_loss, total_weight};
use super::{Link, Loss, Reduction, Scale};
use crate::{Error, Scalar};

/// The focal loss from logits: l = -Σ_k α_t (1 - p_t)^γ ln p_t, where p_t is σ(z) for a yes and 1 - σ(z) for a no, and
/// α_t is α for a yes and 1 - α for a no; averaged over all elements or added up.
///
/// Binary cross-entropy that forgets what is answered well, for data with few yeses among many easy noes.
///
/// **It takes logits**: end the network in [`Dense::linear`](crate::Dense::linear), without a sigmoid. `fit` refuses a
/// network that ends in one. Logits of any size are safe. For a yes the gradient is
/// -α (1 - σ)^γ [1 - σ - γ σ ln σ].
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `alpha` | 0.25 | α: from 0 to 1 |
/// | `without_alpha` | off | `α_t` is 1 |
/// | `gamma` | 2 | γ: at least 0, finite; 0 is binary cross-entropy |
///
/// # Shapes
/// Logits: (batch, outputs). Targets: (batch, outputs) values 0 and 1; or, for one output, batch labels 0 and 1.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Focal, Loss};
///
/// let logits = array![[0.0], [-10_000.0]];
/// let value = Focal::sum().value(logits.view(), &[1, 1][..], None)?;
/// assert_eq!(value, 0.25 * (0.25 * 2.0_f64.ln() + 10_000.0));
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Lin, Goyal, Girshick, He, Dollár: "Focal loss for dense object detection", ICCV 2017. As torchvision's
/// `sigmoid_focal_loss` and, but for the default α, Keras's `BinaryFocalCrossentropy` from logits.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Focal {
    reduction: Reduction,
    alpha: Option<f64>,
    gamma: f64,
}

impl Default for Focal {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, alpha: Some(0.25), gamma: 2.0 }
    }
}

reduced_loss!(Focal with settings);

impl Focal {
    /// How much a yes counts, where a no counts 1 - `alpha`.
    pub fn alpha(self, alpha: f64) -> Self {
        Self { alpha: Some(alpha), ..self }
    }

    /// Yes and no both count 1.
    pub fn without_alpha(self) -> Self {
        Self { alpha: None, ..self }
    }

    /// How fast what is answered well is forgotten.
    pub fn gamma(self, gamma: f64) -> Self {
        Self { gamma, ..self }
    }

    fn check_settings(&self) -> Result<(), Error> {
        if let Some(alpha) = self.alpha.filter(|alpha| !(0.0..=1.0).contains(alpha)) {
            return Err(Error::hyperparameter("alpha", "a number from 0 to 1", alpha));
        }
        if !(self.gamma >= 0.0 && self.gamma.is_finite()) {
            return Err(Error::hyperparameter("gamma", "0 or a finite number above 0", self.gamma));
        }
        Ok(())
    }

    /// The losses and derivatives of a block of logits.
    #[inline(always)]
    fn block<T: Scalar>(&self, z: &mut [T], y: &mut [T]) {
        let gamma = T::of(self.gamma);
        let (of_yes, of_no) = match self.alpha {
            Some(alpha) => (T::of(alpha), T::of(1.0 - alpha)),
            None => (T::one(), T::one()),
        };
        // (1 - p_t)^γ, whose logarithm is known.
        let (mut powers, mut unused) = (mapped(z, |z| z), mapped(y, |y| y));
        let powers = &mut powers[..z.len()];
        each_logit(powers, &mut unused, |logistic, y| {
            let Logistic { surprise_of_yes, surprise_of_no, .. } = logistic;
            (y, -gamma * if y == T::one() { surprise_of_no } else { surprise_of_yes })
        });
        T::kernel_exp_slice(powers);
        each_logit(z, y, |logistic, y| {
            let Logistic { yes, no, surprise_of_yes, surprise_of_no } = logistic;
            if y == T::one() {
                (of_yes * surprise_of_yes, -of_yes * (gamma * yes * surprise_of_yes + no))
            } else {
                (of_no * surprise_of_no, of_no * (gamma * no * surprise_of_no + yes))
            }
        });
        for ((dz, loss), &power) in z.iter_mut().zip(y).zip(&*powers) {
            *dz *= power;
            *loss *= power;
        }
    }
}

impl<T: Scalar> Loss<T, ArrayRef2<T>> for Focal {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Logistic
    }

    fn divisor(&self, outputs: usize, target: &ArrayRef2<T>, weights: Option<&[T]>) -> T {
        total_weight(target.nrows(), weights) * T::of(outputs as f64)
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        self.check_settings()?;
        let valid = |y| y == T::zero() || y == T::one();
        check_values_are("Focal", "0 or 1", outputs, target, valid)
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        columnwise(logits, values(target), &scale, dlogits, |_, z, y| self.block(z, y))
    }
}

impl<T: Scalar> Loss<T, [usize]> for Focal {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn link(&self) -> Link {
        Link::Logistic
    }

    fn check(&self, outputs: usize, target: &[usize]) -> Result<(), Error> {
        check_binary_labels(outputs, target)?;
        self.check_settings()
    }

    fn value_and_grad(
        &self,
        logits: ArrayView2<'_, T>,
        labels: &[usize],
        scale: Scale<'_, T>,
        dlogits: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        columnwise(logits, bits(labels), &scale, dlogits, |_, z, y| self.block(z, y))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::BinaryCrossEntropy;

    #[test]
    fn with_gamma_0_and_no_alpha_it_is_binary_cross_entropy() {
        let logits = array![[0.3], [-2.0], [1e4]];
        let loss = Focal::mean().without_alpha().gamma(0.0);
        let expected: f64 =
            BinaryCrossEntropy::mean().value(logits.view(), &[1, 0, 0][..], None).expect("valid");
        assert_eq!(loss.value(logits.view(), &[1, 0, 0][..], None), Ok(expected));
    }

    #[test]
    fn logits_of_any_size_have_their_loss_and_gradient() {
        for (logit, label, value, slope) in
            [(1e4, 0, 0.75e4, 0.75), (-1e4, 1, 0.25e4, -0.25), (1e4, 1, 0.0, 0.0), (-1e4, 0, 0.0, 0.0)]
        {
            for gamma in [0.0, 0.5, 2.0] {
                let mut gradient = Array2::from_elem((1, 1), f64::NAN);
                let loss = Focal::sum().gamma(gamma);
                let found =
                    loss.reduced(array![[logit]].view(), &[label][..], None, Some(gradient.view_mut()));
                assert_eq!((found, gradient[[0, 0]]), (value, slope), "logit {logit}, label {label}");
            }
        }
    }
}
