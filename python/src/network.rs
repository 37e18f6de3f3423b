//! `Network32` and `Network64`: a network that Python holds, with what its file says of it.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use nn_core::{LayerSpec, Link, Network, Scalar, Sequential};
use nn_model::{FileError, Model};
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::callback::Asked;
use crate::engine::TargetArray;
use crate::export::export;
use crate::predictor::{Predictor32, Predictor64, Row};
use crate::threads::Threads;
use crate::trainer::{Data, Prepared, Settings, fit};
use crate::value_error;

/// What both classes hold: a model that is replaced as a whole, so that a thread predicts by the one that it found.
struct Core<T: Scalar>(Mutex<Arc<Model<T>>>);

impl<T: Scalar> Core<T> {
    fn of(model: Model<T>) -> Self {
        Self(Mutex::new(Arc::new(model)))
    }

    fn new(in_dim: usize, layers: &str, seed: u64) -> PyResult<Self> {
        let specs: Vec<LayerSpec> = serde_json::from_str(layers).map_err(value_error)?;
        let network = Network::new(in_dim, Sequential::from_specs(&specs), seed).map_err(value_error)?;
        Model::new(&network).map(Self::of).map_err(value_error)
    }

    fn model(&self) -> Arc<Model<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the model by one that is made of it.
    fn change(&self, make: impl FnOnce(Model<T>) -> Result<Model<T>, FileError>) -> PyResult<()> {
        let model = make(Model::clone(&self.model())).map_err(value_error)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(model);
        Ok(())
    }

    fn set_params(&self, params: &[T]) -> PyResult<()> {
        let mut network = self.model().network().clone();
        let (expected, found) = (network.params().len(), params.len());
        if expected != found {
            return Err(value_error(format!("expected {expected} parameters, found {found}")));
        }
        network.params_mut().copy_from_slice(params);
        self.change(|model| model.with_network(&network))
    }

    /// Takes the weights of an epoch.
    fn see(&self, asked: &Asked<T>, link: Link) -> PyResult<()> {
        let network = self.model().network().clone();
        let mut network = network.with_state(asked.state.clone()).map_err(value_error)?;
        network.params_mut().copy_from_slice(&asked.params);
        network.set_link(link);
        self.change(|model| model.with_network(&network))
    }
}

/// What `nn-model` says of a file, as Python says it.
fn file_error(error: FileError) -> PyErr {
    match error {
        FileError::Io(error) => error.into(),
        error => value_error(error),
    }
}

/// The network of that number type which the file has.
fn of_either_type(
    py: Python<'_>,
    double: Result<Model<f64>, FileError>,
    single: impl FnOnce() -> Result<Model<f32>, FileError>,
) -> PyResult<Bound<'_, PyAny>> {
    match double {
        Ok(model) => Ok(Bound::new(py, Network64(Core::of(model)))?.into_any()),
        Err(FileError::NumberType { .. }) => {
            Ok(Bound::new(py, Network32(Core::of(single().map_err(file_error)?)))?.into_any())
        }
        Err(FileError::At { source, .. }) if matches!(*source, FileError::NumberType { .. }) => {
            Ok(Bound::new(py, Network32(Core::of(single().map_err(file_error)?)))?.into_any())
        }
        Err(error) => Err(file_error(error)),
    }
}

/// Reads a model file.
#[pyfunction]
pub(crate) fn load_network(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    of_either_type(py, Model::load(&path), || Model::load(&path))
}

/// Reads the bytes of a model file.
#[pyfunction]
pub(crate) fn network_from_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    of_either_type(py, Model::from_bytes(bytes), || Model::from_bytes(bytes))
}

/// A class for each number type.
macro_rules! network {
    ($name:ident, $predictor:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        #[pyclass(frozen, module = "smallnet._smallnet")]
        pub(crate) struct $name(Core<$type>);

        #[pymethods]
        impl $name {
            #[new]
            fn new(in_dim: usize, layers: &str, seed: u64) -> PyResult<Self> {
                Core::new(in_dim, layers, seed).map(Self)
            }

            fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
                Ok(PyBytes::new(py, &self.0.model().to_bytes().map_err(value_error)?))
            }

            fn save(&self, path: PathBuf) -> PyResult<()> {
                self.0.model().save(&path).map_err(file_error)
            }

            fn export(&self, path: PathBuf) -> PyResult<()> {
                export(&self.0.model(), &path)
            }

            #[getter]
            fn in_dim(&self) -> usize {
                self.0.model().network().in_dim()
            }

            #[getter]
            fn out_dim(&self) -> usize {
                self.0.model().network().out_dim()
            }

            /// The layers in JSON.
            #[getter]
            fn layers(&self) -> PyResult<String> {
                let specs = self.0.model().network().layers().specs().map_err(value_error)?;
                serde_json::to_string(&specs).map_err(value_error)
            }

            #[getter]
            fn link(&self) -> PyResult<String> {
                serde_json::to_string(&self.0.model().network().link()).map_err(value_error)
            }

            #[getter]
            fn class_names(&self) -> Vec<String> {
                self.0.model().classes().to_vec()
            }

            #[setter]
            fn set_class_names(&self, names: Vec<String>) -> PyResult<()> {
                self.0.change(|model| model.class_names(names))
            }

            #[getter]
            fn feature_names(&self) -> Vec<String> {
                self.0.model().features().to_vec()
            }

            #[setter]
            fn set_feature_names(&self, names: Vec<String>) -> PyResult<()> {
                self.0.change(|model| model.feature_names(names))
            }

            /// A copy of the parameters.
            #[getter]
            fn params<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<$type>> {
                PyArray1::from_slice(py, self.0.model().network().params())
            }

            #[setter]
            fn set_params(&self, params: PyReadonlyArray1<'_, $type>) -> PyResult<()> {
                self.0.set_params(&params.as_array().to_vec())
            }

            /// Name, shape, and the place in the parameters of each tensor.
            fn tensors(&self) -> Vec<(String, Vec<usize>, usize, usize)> {
                let layout = self.0.model().network().layout();
                let tensor = |tensor: &nn_core::Tensor| {
                    (tensor.name.clone(), tensor.shape.to_vec(), tensor.range.start, tensor.range.end)
                };
                layout.tensors().iter().map(tensor).collect()
            }

            fn summary(&self) -> String {
                self.0.model().network().summary().to_string()
            }

            /// The outputs, without Python's lock.
            fn predict<'py>(
                &self,
                py: Python<'py>,
                x: PyReadonlyArray2<'_, $type>,
                threads: usize,
            ) -> PyResult<Bound<'py, PyArray2<$type>>> {
                let (model, x) = (self.0.model(), x.as_array());
                let network = model.network();
                let worth = network.worth_sharing(x.nrows());
                let predict =
                    || Threads::new(threads).run(worth, |_| network.predict(x).map_err(value_error));
                Ok(PyArray2::from_owned_array(py, py.detach(predict)?))
            }

            /// Probabilities, or values in their own units.
            fn predict_proba<'py>(
                &self,
                py: Python<'py>,
                x: PyReadonlyArray2<'_, $type>,
                threads: usize,
            ) -> PyResult<Bound<'py, PyArray2<$type>>> {
                let (model, x) = (self.0.model(), x.as_array());
                let worth = model.network().worth_sharing(x.nrows());
                model.network().link().ok_or_else(|| value_error(nn_core::Error::NoLink))?;
                let predict = || Threads::new(threads).run(worth, |_| model.predict(x).map_err(value_error));
                Ok(PyArray2::from_owned_array(py, py.detach(predict)?))
            }

            /// The index of the class of each row.
            fn predict_classes<'py>(
                &self,
                py: Python<'py>,
                x: PyReadonlyArray2<'_, $type>,
                threads: usize,
            ) -> PyResult<Bound<'py, PyArray1<i64>>> {
                let (model, x) = (self.0.model(), x.as_array());
                let network = model.network();
                let worth = network.worth_sharing(x.nrows());
                let predict =
                    || Threads::new(threads).run(worth, |_| network.predict_classes(x).map_err(value_error));
                #[allow(clippy::cast_possible_wrap, reason = "an index of a class")]
                let classes: Vec<i64> = py.detach(predict)?.into_iter().map(|class| class as i64).collect();
                Ok(PyArray1::from_vec(py, classes))
            }

            /// Predictions for the rows of a table in a CSV file, by the encoder that the model's file has.
            fn predict_table<'py>(
                &self,
                py: Python<'py>,
                path: PathBuf,
            ) -> PyResult<Bound<'py, PyArray2<$type>>> {
                let model = self.0.model();
                let out = py.detach(|| model.predict_table(File::open(&path)?).map_err(file_error))?;
                Ok(PyArray2::from_owned_array(py, out))
            }

            /// The network as it is now, for one sample at a time.
            fn predictor(&self, pair: bool, labels: Vec<Py<PyAny>>) -> PyResult<$predictor> {
                let model = self.0.model();
                let network = model.network();
                network.link().ok_or_else(|| value_error(nn_core::Error::NoLink))?;
                Ok($predictor(Row { predictor: network.predictor(), exponential: false, pair, labels }))
            }

            /// Trains it by a `Trainer`, without Python's lock; the report in JSON, why the run ended, and all of it in a line.
            fn fit(
                slf: &Bound<'_, Self>,
                trainer: Settings<'_>,
                loss: &Bound<'_, PyAny>,
                train: (
                    PyReadonlyArray2<'_, $type>,
                    TargetArray<'_, $type>,
                    Option<PyReadonlyArray1<'_, $type>>,
                ),
                validation: Option<(PyReadonlyArray2<'_, $type>, TargetArray<'_, $type>)>,
            ) -> PyResult<(String, String, String)> {
                let (x, y, weights) = train;
                let (classes, weights) = (y.classes()?, weights.map(|weights| weights.as_array().to_vec()));
                let train = Data { x: x.as_array(), y: y.given(&classes), weights: weights.as_deref() };
                let classes = match &validation {
                    Some((_, y)) => y.classes()?,
                    None => Vec::new(),
                };
                let validation = validation.as_ref().map(|(x, y)| Data {
                    x: x.as_array(),
                    y: y.given(&classes),
                    weights: None,
                });
                let prepared = Prepared::new(trainer)?;
                let core = &slf.get().0;
                let mut network = core.model().network().clone();
                let report =
                    fit(slf.py(), &mut network, loss, prepared, train, validation, &|asked, link| {
                        core.see(asked, link)
                    });
                core.change(|model| model.with_network(&network))?;
                let report = report?;
                let json = serde_json::to_string(&report).map_err(value_error)?;
                Ok((json, report.reason.to_string(), report.to_string()))
            }
        }
    };
}

network!(Network32, Predictor32, f32, "A network in single precision, with what its file says of it.");
network!(Network64, Predictor64, f64, "A network in double precision, with what its file says of it.");
