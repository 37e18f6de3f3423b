use ndarray::{ArrayView2, ArrayViewMut2, Zip};

use crate::{ParamKind, ParamSpec, Scalar, ShapeError};

/// What a normalisation ends in: y = gain x̂ + bias, a learned gain and bias for each feature, or one of them, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affine {
    pub(super) gain: bool,
    pub(super) bias: bool,
}

impl Affine {
    pub(super) fn visit_params(self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        if self.gain {
            visit(ParamSpec::new("gain", &[in_dim], ParamKind::Gain));
        }
        if self.bias {
            visit(ParamSpec::new("bias", &[in_dim], ParamKind::Bias));
        }
    }

    /// Gains of 1 and biases of 0.
    pub(super) fn init<T: Scalar>(self, in_dim: usize, params: &mut [T]) {
        let (gain, bias) = params.split_at_mut(if self.gain { in_dim } else { 0 });
        gain.fill(T::one());
        bias.fill(T::zero());
    }

    /// y = gain x̂ + bias.
    pub(super) fn forward<T: Scalar>(
        self,
        params: &[T],
        normalised: ArrayView2<'_, T>,
        mut y: ArrayViewMut2<'_, T>,
    ) {
        let (gain, bias) = self.split(normalised.ncols(), params);
        for (j, (x, mut y)) in normalised.columns().into_iter().zip(y.columns_mut()).enumerate() {
            let (gain, bias) = (gain.map_or(T::one(), |g| g[j]), bias.map_or(T::zero(), |b| b[j]));
            Zip::from(&mut y).and(&x).for_each(|y, &x| *y = gain * x + bias);
        }
    }

    /// The gradients of gain and bias; turns `dy` into dL/dx̂.
    pub(super) fn backward<T: Scalar>(
        self,
        params: &[T],
        normalised: ArrayView2<'_, T>,
        dy: &mut ArrayViewMut2<'_, T>,
        dparams: &mut [T],
    ) {
        let in_dim = normalised.ncols();
        let (gain, _) = self.split(in_dim, params);
        let (dgain, dbias) = dparams.split_at_mut(if self.gain { in_dim } else { 0 });
        for (db, dy) in dbias.iter_mut().zip(dy.columns()) {
            *db = dy.sum();
        }
        let Some(gain) = gain else { return };
        for (j, mut dy) in dy.columns_mut().into_iter().enumerate() {
            dgain[j] = dy.dot(&normalised.column(j));
            dy.mapv_inplace(|dy| gain[j] * dy);
        }
    }

    /// Gain and bias within the layer's slice.
    fn split<T>(self, in_dim: usize, params: &[T]) -> (Option<&[T]>, Option<&[T]>) {
        let (gain, bias) = params.split_at(if self.gain { in_dim } else { 0 });
        (self.gain.then_some(gain), self.bias.then_some(bias))
    }
}

/// Refuses an eps that is 0 or infinite as `f32`, and would divide 0 by 0.
pub(super) fn check_eps(layer: &str, eps: f64) -> Result<(), ShapeError> {
    if (1e-30..=1e30).contains(&eps) {
        return Ok(());
    }
    Err(ShapeError::new(layer, "an eps from 1e-30 to 1e30", eps.to_string()))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn gain_and_bias_are_each_optional() {
        let x = array![[1.0, 2.0], [3.0, -4.0]];
        let expected = [
            (true, true, vec![2.0, 10.0, 0.5, 0.25], array![[2.5, 20.25], [6.5, -39.75]]),
            (true, false, vec![2.0, 10.0], array![[2.0, 20.0], [6.0, -40.0]]),
            (false, true, vec![0.5, 0.25], array![[1.5, 2.25], [3.5, -3.75]]),
            (false, false, vec![], x.clone()),
        ];
        for (gain, bias, params, expected) in expected {
            let affine = Affine { gain, bias };
            let mut shown = 0;
            affine.visit_params(2, &mut |param| shown += param.len());
            assert_eq!(shown, params.len());
            let mut y = ndarray::Array2::from_elem((2, 2), f64::NAN);
            affine.forward(&params, x.view(), y.view_mut());
            assert_eq!(y, expected);

            let mut initial = vec![f64::NAN; params.len()];
            affine.init(2, &mut initial);
            affine.forward(&initial, x.view(), y.view_mut());
            assert_eq!(y, x, "gains begin at 1, biases at 0");
        }
    }

    #[test]
    fn eps_is_a_positive_number_in_every_scalar() {
        check_eps("Norm", 1e-5).expect("in range");
        for eps in [0.0, -1e-5, 1e-46, 1e39, f64::INFINITY, f64::NAN] {
            assert!(check_eps("Norm", eps).is_err(), "{eps}");
        }
    }
}
