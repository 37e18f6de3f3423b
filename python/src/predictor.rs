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
    /// What the classes are called.
    pub(crate) labels: Vec<Py<PyAny>>,
}

impl<T: Scalar + Element> Row<T> {
    fn predict<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Vec<T>>
    where
        for<'a> T: FromPyObject<'a, 'py>,
    {
        // An array of the network's type is read where it lies; anything else of numbers is copied.
        if let Ok(array) = x.cast::<PyArray1<T>>() {
            let array = array.try_readonly().map_err(value_error)?;
            if let Ok(x_row) = array.as_slice() {
                return self.of_slice(x_row);
            }
        }
        self.of_slice(&x.extract::<Vec<T>>()?)
    }

    fn of_slice(&self, x: &[T]) -> PyResult<Vec<T>> {
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
        Ok(out)
    }

    fn label(&self, py: Python<'_>, outputs: &[T]) -> PyResult<Py<PyAny>> {
        if outputs.iter().any(|p| p.is_nan()) {
            return Err(value_error("a probability is NaN: the sample is too large for the weights"));
        }
        let best = (1..outputs.len()).fold(0, |best, k| if outputs[k] > outputs[best] { k } else { best });
        let label = self.labels.get(best).ok_or_else(|| value_error("there are no labels of classes"))?;
        Ok(label.clone_ref(py))
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
                Ok(PyArray1::from_vec(x.py(), self.0.predict(x)?))
            }

            /// The label of the most likely class.
            fn label(&self, x: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
                self.0.label(x.py(), &self.0.predict(x)?)
            }

            /// The first output.
            fn value(&self, x: &Bound<'_, PyAny>) -> PyResult<$type> {
                Ok(self.0.predict(x)?[0])
            }
        }
    };
}

predictor!(Predictor32, f32, "A network in single precision, for one sample at a time.");
predictor!(Predictor64, f64, "A network in double precision, for one sample at a time.");
