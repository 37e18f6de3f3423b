//! `Predictor32` and `Predictor64`: a trained network that is asked for one sample at a time.

use nn_core::{Predictor, Scalar, Sequential};
use numpy::{Element, PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::value_error;

/// What both classes hold.
pub(crate) struct Row<T: Scalar> {
    pub(crate) predictor: Predictor<T, Sequential<T>>,
    /// Outputs are logarithms of predictions.
    pub(crate) exponential: bool,
    /// The single output p becomes 1 - p and p: both classes.
    pub(crate) pair: bool,
}

impl<T: Scalar + Element> Row<T> {
    fn predict<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<T>>>
    where
        for<'a> T: FromPyObject<'a, 'py>,
    {
        // An array of the network's type is read where it lies; anything else of numbers is copied.
        if let Ok(array) = x.cast::<PyArray1<T>>() {
            let array = array.try_readonly().map_err(value_error)?;
            if let Ok(x_row) = array.as_slice() {
                return self.of_slice(x.py(), x_row);
            }
        }
        self.of_slice(x.py(), &x.extract::<Vec<T>>()?)
    }

    fn of_slice<'py>(&self, py: Python<'py>, x: &[T]) -> PyResult<Bound<'py, PyArray1<T>>> {
        let outputs = self.predictor.out_dim();
        let first = usize::from(self.pair);
        let mut out = vec![T::zero(); first + outputs];
        self.predictor.predict_proba(x, &mut out[first..]).map_err(value_error)?;
        if self.pair {
            out[0] = T::one() - out[1];
        }
        if self.exponential {
            T::kernel_exp_slice(&mut out);
        }
        Ok(PyArray1::from_vec(py, out))
    }
}

/// A class for each number type.
macro_rules! predictor {
    ($name:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        #[pyclass(frozen, module = "smallnet._smallnet")]
        pub(crate) struct $name(pub(crate) Row<$type>);

        #[pymethods]
        impl $name {
            /// The outputs for one sample: an array of as many numbers as there are features, or a list of them.
            fn predict<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<$type>>> {
                self.0.predict(x)
            }
        }
    };
}

predictor!(Predictor32, f32, "A network in single precision, for one sample at a time.");
predictor!(Predictor64, f64, "A network in double precision, for one sample at a time.");
