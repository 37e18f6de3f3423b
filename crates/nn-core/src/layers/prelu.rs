use ndarray::Zip;
use rand::Rng;

use crate::{
    Architecture, Backward, Forward, Init, Layer, LayerSpec, ParamKind, ParamSpec, Scalar, ShapeError,
};

/// The leaky relu whose slope is learned: y = x for x > 0, else slope x.
///
/// At the kink x = 0, dy/dx is the slope, as in PyTorch.
///
/// # Shapes
/// x and y: (batch, features). `slope`: (features), or (1) if it is shared.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `slope` | 0.25, what it begins at | finite, in `f32` too |
/// | `shared` | no: one slope a feature | |
///
/// # Example
/// ```
/// use nn_core::{Network, PRelu};
/// use ndarray::array;
///
/// let network = Network::<f64, _>::new(2, PRelu::new(), 0)?;
/// assert_eq!(network.predict(array![[-2.0, 4.0]].view())?, array![[-0.5, 4.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// He et al.: "Delving deep into rectifiers", ICCV 2015. PyTorch's `PReLU` begins at 0.25 too and shares its slope
/// unless told otherwise; Keras's has one a feature, and begins at 0. Weight decay leaves the slopes alone, as the paper
/// asks.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct PRelu {
    pub(super) slope: f64,
    pub(super) shared: bool,
}

impl PRelu {
    /// A layer with the default settings.
    pub fn new() -> Self {
        Self { slope: 0.25, shared: false }
    }

    /// What the slopes begin at.
    pub fn slope(self, slope: f64) -> Self {
        Self { slope, ..self }
    }

    /// One slope for all features.
    pub fn shared(self) -> Self {
        Self { shared: true, ..self }
    }
}

impl Default for PRelu {
    fn default() -> Self {
        Self::new()
    }
}

impl Architecture for PRelu {
    fn name(&self) -> &'static str {
        "PRelu"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        // Beyond the range of f32 the slope would be infinite there, and y NaN at 0.
        if self.slope.abs() <= f64::from(f32::MAX) {
            return Ok(in_dim);
        }
        Err(ShapeError::new("PRelu", "a finite slope, in f32 too", self.slope.to_string()))
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        let len = if self.shared { 1 } else { in_dim };
        visit(ParamSpec::new("slope", &[len], ParamKind::Other));
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some((*self).into())
    }
}

impl<T: Scalar> Layer<T> for PRelu {
    fn init(&self, _in_dim: usize, params: &mut [T], _init: Init, _rng: &mut dyn Rng) {
        params.fill(T::of(self.slope));
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { params: slopes, x, mut y, .. } = pass;
        // A shared slope is the same for every column.
        for ((mut y, x), &slope) in y.columns_mut().into_iter().zip(x.columns()).zip(slopes.iter().cycle()) {
            Zip::from(&mut y).and(&x).for_each(|y, &x| *y = if x > T::zero() { x } else { slope * x });
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { params: slopes, x, mut dy, dparams: dslopes, dx, .. } = pass;
        if let Some(mut dx) = dx {
            let columns = dx.columns_mut().into_iter().zip(x.columns()).zip(dy.columns());
            for (((mut dx, x), dy), &slope) in columns.zip(slopes.iter().cycle()) {
                Zip::from(&mut dx).and(&x).and(&dy).for_each(|dx, &x, &dy| {
                    *dx = if x > T::zero() { dy } else { slope * dy };
                });
            }
        }
        dslopes.fill(T::zero());
        let count = dslopes.len();
        for (j, (mut dy, x)) in dy.columns_mut().into_iter().zip(x.columns()).enumerate() {
            Zip::from(&mut dy)
                .and(&x)
                .for_each(|dy, &x| *dy = if x > T::zero() { T::zero() } else { *dy * x });
            dslopes[j % count] += dy.sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::{Network, Workspace};

    /// The slopes' gradient and the features', for a dL/dy of 1, 2, 3, ...
    fn gradients(layer: PRelu, slopes: Vec<f64>) -> (Vec<f64>, ndarray::Array2<f64>) {
        let network = Network::<f64, _>::from_params(2, layer, slopes).expect("it fits");
        let x = array![[-2.0, 3.0], [4.0, -5.0], [-7.0, 0.0]];
        let (mut workspace, mut gradient) = (Workspace::new(), vec![f64::NAN; network.params().len()]);
        let mut dx = ndarray::Array2::from_elem((3, 2), f64::NAN);
        let pass = network.forward(x.view(), &mut workspace).expect("it fits");
        let dy = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        pass.backward_from(dy.view(), &mut gradient, Some(dx.view_mut())).expect("it fits");
        (gradient, dx)
    }

    #[test]
    fn each_feature_or_all_have_a_slope() {
        let (gradient, dx) = gradients(PRelu::new(), vec![0.5, -1.0]);
        assert_eq!((gradient, dx), (vec![-37.0, -20.0], array![[0.5, 2.0], [3.0, -4.0], [2.5, -6.0]]));
        let (gradient, dx) = gradients(PRelu::new().shared(), vec![0.5]);
        assert_eq!((gradient, dx), (vec![-57.0], array![[0.5, 2.0], [3.0, 2.0], [2.5, 3.0]]));
    }

    #[test]
    fn slopes_begin_where_they_are_told() {
        let network = Network::<f32, _>::new(3, PRelu::new().slope(-0.5), 0).expect("it fits");
        assert_eq!(network.params(), [-0.5; 3]);
        assert!(PRelu::new().slope(1e39).out_dim(3).is_err());
        assert!(PRelu::new().slope(f64::NAN).out_dim(3).is_err());
    }
}
