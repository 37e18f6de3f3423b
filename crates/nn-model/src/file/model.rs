use std::io::Read;
use std::path::Path;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use nn_core::{Layer, Network, Scalar, Sequential};
use nn_data::{Scaler, TableEncoder, TableTarget};

use super::container::{self, File, Tensor};
use super::description::{About, Description};
use super::tensors::{Types, fill, of_network};
use super::{FileError, error};
use crate::export::{ExportError, Plan};

/// A trained network with all that a prediction needs, in one file.
///
/// The file is `safetensors`, which PyTorch opens (`safetensors.torch.load_file`): tensors under the names and shapes of an
/// `nn.Sequential` of the same layers (`0.weight`, `0.bias`, `1.running_mean`), in which an activation is a module of its
/// own. The description (layers, link, names, how it was trained) is JSON under the key `smallnet` of its metadata, and a
/// checksum there covers every byte.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `encoder` | none | a `TableEncoder` with as many features as there are inputs; sets the names and the scale of the target |
/// | `feature_names` | none | one an input |
/// | `class_names` | none | one an output, two for a single logistic output |
/// | `target_scaler` | none | a scaler of as many targets as there are outputs |
/// | `fingerprint` | none | that of the run's report |
/// | `note` | none | any text |
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, Network, SoftmaxCrossEntropy, Tanh};
/// use nn_model::Model;
/// use nn_train::{Adam, Trainer};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("xor.safetensors");
/// let (x, y) = (array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]);
/// let mut network = Network::<f32, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
/// let xor = Batch::new(x.view(), &y[..])?;
/// let report = Trainer::new(Adam::new()).learning_rate(0.1).fit(&mut network, &SoftmaxCrossEntropy::mean(), xor, None)?;
/// let model = Model::new(&network)?.class_names(["same", "different"])?.fingerprint(report.fingerprint);
/// model.save(&path)?;
///
/// let model = Model::<f32>::load(&path)?;
/// assert_eq!(model.predict_names(x.view())?, ["same", "different", "different", "same"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Model<T: Scalar> {
    network: Network<T, Sequential<T>>,
    about: About,
}

impl<T: Scalar> Model<T> {
    /// Of a trained network, which is copied.
    ///
    /// # Errors
    /// [`FileError::Unwritable`] for a layer that is not one of the library's own; [`FileError::Network`] for a parameter that
    /// is NaN or infinite.
    pub fn new<L: Layer<T>>(network: &Network<T, L>) -> Result<Self, FileError> {
        let network = network.to_sequential().ok_or(FileError::Unwritable)?;
        super::tensors::check_finite(&network)?;
        Ok(Self { network, about: About::default() })
    }

    /// The encoder of the table that the network learned from: the model then takes rows as they are in such a table, and gives
    /// names of classes or values in the units of its target.
    ///
    /// # Errors
    /// [`FileError::Length`] when the network has more or fewer inputs or outputs.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Link, Network};
    /// use nn_data::{TableEncoder, TableOptions};
    /// use nn_model::Model;
    ///
    /// let text = "age,colour,kind\n20,red,a\n30,blue,b\n40,red,b\n";
    /// let encoder = TableEncoder::fit_reader(text.as_bytes(), &TableOptions::default())?;
    /// let mut network = Network::<f32, _>::new(encoder.features(), Dense::linear(2), 0)?;
    /// network.set_link(Link::Softmax);
    /// // .. trained on `encoder.read_classification(path)`.
    /// let model = Model::new(&network)?.encoder(encoder)?;
    /// let model = Model::<f32>::from_bytes(&model.to_bytes()?)?;
    /// let probabilities = model.predict_row(&["25", "red"])?;
    /// assert_eq!((probabilities.len(), model.classes()), (2, &["a".to_owned(), "b".to_owned()][..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn encoder(self, encoder: TableEncoder) -> Result<Self, FileError> {
        self.with(|about| {
            about.feature_names = encoder.feature_names();
            about.class_names = encoder.classes().to_vec();
            about.target_scale = match encoder.target() {
                Some(TableTarget::Values { offset, factor, .. }) => vec![[*offset, *factor]],
                _ => Vec::new(),
            };
            about.encoder = Some(encoder);
        })
    }

    /// The names of the features, as the columns of the table are called.
    ///
    /// # Errors
    /// [`FileError::Length`] when the network has more or fewer inputs.
    pub fn feature_names<S: Into<String>>(
        self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Self, FileError> {
        self.with(|about| about.feature_names = names.into_iter().map(Into::into).collect())
    }

    /// The names of the classes, one an output, or two for a single logistic output.
    ///
    /// # Errors
    /// [`FileError::Length`] when the network has more or fewer.
    pub fn class_names<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Result<Self, FileError> {
        self.with(|about| about.class_names = names.into_iter().map(Into::into).collect())
    }

    /// The scaler that the targets of a regression were scaled by: predictions are then in their own units.
    ///
    /// # Errors
    /// [`FileError::Length`] when the network has more or fewer outputs.
    pub fn target_scaler(self, scaler: &impl Scaler) -> Result<Self, FileError> {
        let scale = |j| {
            let offset = scaler.unscale(j, 0.0);
            [offset, scaler.unscale(j, 1.0) - offset]
        };
        self.with(|about| about.target_scale = (0..scaler.features()).map(scale).collect())
    }

    /// The fingerprint of the run that trained the network, [`Report::fingerprint`](nn_train::Report::fingerprint).
    #[must_use]
    pub fn fingerprint(mut self, fingerprint: u64) -> Self {
        self.about.fingerprint = Some(fingerprint);
        self
    }

    /// A line for people: where the data came from, or how accurate the network is.
    #[must_use]
    pub fn note(mut self, line: impl Into<String>) -> Self {
        self.about.notes.push(line.into());
        self
    }

    /// The same model with another network of as many inputs and outputs: one that was trained further. The fingerprint, which is
    /// of the run before, goes.
    ///
    /// # Errors
    /// As [`new`](Model::new); [`FileError::Length`] when the names, scalers or the encoder do not fit the network.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network};
    /// use nn_model::Model;
    ///
    /// let network = Network::<f32, _>::new(2, Dense::linear(3), 0)?;
    /// let model = Model::new(&network)?.class_names(["a", "b", "c"])?;
    /// let mut network = model.network().clone();
    /// network.params_mut()[0] = 1.5;
    /// let model = model.with_network(&network)?;
    /// assert_eq!((model.network().params()[0], model.classes().len()), (1.5, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_network<L: Layer<T>>(self, network: &Network<T, L>) -> Result<Self, FileError> {
        let about = About { fingerprint: None, ..self.about };
        Self { about, ..Self::new(network)? }.with(|_| ())
    }

    fn with(mut self, change: impl FnOnce(&mut About)) -> Result<Self, FileError> {
        change(&mut self.about);
        self.about.check(&self.network)?;
        Ok(self)
    }

    /// The network.
    pub fn network(&self) -> &Network<T, Sequential<T>> {
        &self.network
    }

    pub(super) fn about(&self) -> &About {
        &self.about
    }

    /// The network, to be trained further.
    pub fn into_network(self) -> Network<T, Sequential<T>> {
        self.network
    }

    /// The names of the features; empty if none were given.
    pub fn features(&self) -> &[String] {
        &self.about.feature_names
    }

    /// The names of the classes; empty if none were given.
    pub fn classes(&self) -> &[String] {
        &self.about.class_names
    }

    /// The encoder of the table that the network learned from, if it was given.
    pub fn table(&self) -> Option<&TableEncoder> {
        self.about.encoder.as_ref()
    }

    /// The lines for people.
    pub fn notes(&self) -> &[String] {
        &self.about.notes
    }

    /// The fingerprint of the run that trained the network.
    pub fn run_fingerprint(&self) -> Option<u64> {
        self.about.fingerprint
    }

    /// Probabilities of the classes, or values in their own units.
    ///
    /// # Shapes
    /// x: (samples, inputs); the result: (samples, outputs).
    ///
    /// # Errors
    /// As [`Network::predict_proba`].
    pub fn predict(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, FileError> {
        let linked = self.network.link().is_some();
        let mut predictions =
            if linked { self.network.predict_proba(x)? } else { self.network.predict(x)? };
        for (mut column, &[offset, factor]) in
            predictions.columns_mut().into_iter().zip(&self.about.target_scale)
        {
            column.mapv_inplace(|y| T::of(factor * y.as_f64() + offset));
        }
        Ok(predictions)
    }

    /// Probabilities of the classes, or values in their own units, of one row of a table: its fields in the order of the encoder's
    /// [`columns`](TableEncoder::columns).
    ///
    /// # Errors
    /// [`FileError::Lacks`] for a model without an encoder; [`FileError::Data`] for a field that is not what its column has.
    pub fn predict_row(&self, fields: &[&str]) -> Result<Array1<T>, FileError> {
        let mut x = Array2::zeros((1, self.network.in_dim()));
        let row = x.as_slice_mut().unwrap_or_default();
        self.asked_table()?.encode_row(fields, row)?;
        Ok(self.predict(x.view())?.remove_axis(Axis(0)))
    }

    /// The same of every row of a table, with or without its target. The columns are found by their names.
    ///
    /// # Shapes
    /// The result: (rows, outputs).
    ///
    /// # Errors
    /// As [`predict_row`](Model::predict_row), and [`FileError::Io`].
    #[allow(clippy::missing_panics_doc, reason = "all parts have the network's outputs")]
    pub fn predict_table(&self, reader: impl Read) -> Result<Array2<T>, FileError> {
        let mut predictions = Array2::zeros((0, self.network.out_dim()));
        for part in self.asked_table()?.feature_parts(reader, 4096)? {
            predictions.append(Axis(0), self.predict(part?.x.view())?.view()).expect("as many outputs");
        }
        Ok(predictions)
    }

    fn asked_table(&self) -> Result<&TableEncoder, FileError> {
        let hint = "give it the table's by `encoder` before it is saved, or predict from features";
        self.table().ok_or(FileError::Lacks { missing: "encoder of tables", hint })
    }

    /// The names of the classes that the network predicts.
    ///
    /// # Shapes
    /// x: (samples, inputs); a name a sample.
    ///
    /// # Errors
    /// [`FileError::Lacks`] for a model without names of classes; else as [`Network::predict_classes`].
    pub fn predict_names(&self, x: ArrayView2<'_, T>) -> Result<Vec<&str>, FileError> {
        if self.about.class_names.is_empty() {
            let hint = "give them by `class_names` before it is saved, or ask the network for numbers by `predict_classes`";
            return Err(FileError::Lacks { missing: "names of classes", hint });
        }
        let classes = self.network.predict_classes(x)?;
        Ok(classes.into_iter().map(|class| self.about.class_names[class].as_str()).collect())
    }

    /// The model for the exporters: with the names of its classes, and its scalers folded in. A file that is written of it takes
    /// numbers as the table has them, and 1 or 0 for a category, in the order of [`features`](Model::features).
    ///
    /// # Errors
    /// As [`Plan::new`].
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network};
    /// use nn_data::{TableEncoder, TableOptions};
    /// use nn_model::Model;
    ///
    /// let text = "age,colour,spent\n20,red,10.5\n30,blue,20\n";
    /// let encoder = TableEncoder::fit_reader(text.as_bytes(), &TableOptions::default())?;
    /// let network = Network::<f32, _>::new(encoder.features(), Dense::linear(1), 0)?;
    /// let plan = Model::new(&network)?.encoder(encoder)?.plan()?.named("spent");
    /// assert!(plan.to_rust().contains("// Inputs: age, colour=blue, colour=red.\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn plan(&self) -> Result<Plan, ExportError> {
        let About { feature_names, class_names, target_scale, encoder, notes, .. } = &self.about;
        let mut plan = notes.iter().fold(Plan::new(&self.network)?, |plan, line| plan.note(line));
        if !feature_names.is_empty() {
            // As files have them: a sign that could end a comment is replaced.
            let names: Vec<String> =
                feature_names.iter().map(|name| name.replace(['\n', '\r'], " ")).collect();
            plan = plan.note(&format!("Inputs: {}.", names.join(", ")));
            let is_number = |name: &String| {
                encoder.iter().flat_map(TableEncoder::columns).any(|column| column.name() == name)
            };
            if let (Some(_), Some(word)) = (encoder, names.iter().find(|name| !is_number(name))) {
                plan = plan.note(&format!(
                    "Numbers are those of the table; an input such as `{word}` is 1 in a row with this word, and 0 in others."
                ));
            }
        }
        if let Some(encoder) = encoder {
            plan = plan.scale_inputs(encoder)?;
        }
        if !target_scale.is_empty() {
            plan = plan.unscale_outputs(&TargetScale(target_scale))?;
        }
        if class_names.is_empty() { Ok(plan) } else { plan.classes(class_names) }
    }

    /// The bytes of its file: the same for the same model, on every machine.
    ///
    /// # Errors
    /// [`FileError::Container`] for a description that is longer than the format allows, 100 MB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FileError> {
        pack(&self.network, &self.about, None, Vec::new())
    }

    /// Writes its file, whole or not at all: see [`write_whole`](nn_train::write_whole).
    ///
    /// # Errors
    /// As [`to_bytes`](Model::to_bytes), and [`FileError::Io`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        use std::io::Write;
        let bytes = self.to_bytes()?;
        Ok(nn_train::write_whole(path, |out| out.write_all(&bytes))?)
    }

    /// Reads what [`to_bytes`](Model::to_bytes) gave. A checkpoint is a model, too.
    ///
    /// # Errors
    /// A [`FileError`] for whatever is not such a file, damaged, of a later version, or of another number type; it takes no more memory to
    /// find out than twice the file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FileError> {
        let (model, ..) = unpack(bytes)?;
        Ok(model)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`from_bytes`](Model::from_bytes), with the path; [`FileError::Io`] when it cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        Self::from_bytes(&error::read(path)?).map_err(|error| error.at(path))
    }
}

/// Offset and factor of each output.
struct TargetScale<'a>(&'a [[f64; 2]]);

impl Scaler for TargetScale<'_> {
    fn features(&self) -> usize {
        self.0.len()
    }

    fn scale(&self, column: usize, x: f64) -> f64 {
        let [offset, factor] = self.0[column];
        (x - offset) / factor
    }

    fn unscale(&self, column: usize, x: f64) -> f64 {
        let [offset, factor] = self.0[column];
        x * factor + offset
    }
}

/// The bytes of a model's file; `training` and `more` are a checkpoint's.
pub(super) fn pack<T: Scalar>(
    network: &Network<T, Sequential<T>>,
    about: &About,
    training: Option<serde_json::Value>,
    more: Vec<Tensor>,
) -> Result<Vec<u8>, FileError> {
    let description = Description::of(network, about, training)?;
    let mut tensors = of_network(network, &description.layers);
    tensors.extend(more);
    container::to_bytes(description.to_json()?, &tensors)
}

/// A model, its description, and the tensors of its file.
pub(super) fn unpack<T: Scalar>(bytes: &[u8]) -> Result<(Model<T>, Description, File<'_>), FileError> {
    let file = File::open(bytes)?;
    let description = Description::from_json(file.description().ok_or(FileError::NoModel)?)?;
    let mut network = description.network(bytes.len() / size_of::<f32>())?;
    let training = description.training.is_some();
    let of_training = |name: &str| training && name.starts_with(super::checkpoint::PREFIX);
    fill(&mut network, &description.layers, &file, &Types::Own, of_training)?;
    description.about.check(&network)?;
    let model = Model { network, about: description.about.clone() };
    Ok((model, description, file))
}
