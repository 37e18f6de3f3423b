//! A run that goes on a few epochs at a time, and back.

use ndarray::{ArrayRef2, ArrayView1};
use nn_core::{Batch, Fingerprint, LayerSpec, Link, Network, Sequential};
use nn_train::{StopReason, Trainer, evaluate};

use crate::data::Part;
use crate::history::{History, Record};
use crate::loss::{self, AnyLoss};
use crate::optimizer::{self, AnyOptimizer};
use crate::problem::Samples;
use crate::snapshot::{Snapshot, Snapshots};
use crate::{Data, Result, Settings, activation, schedule, words};

/// A network, its data and its training.
pub struct Session {
    pub(crate) settings: Settings,
    pub(crate) data: Data,
    pub(crate) network: Network<f64, Sequential<f64>>,
    pub(crate) loss: Box<AnyLoss>,
    trainer: Trainer<'static, f64, AnyOptimizer>,
    history: History,
    snapshots: Snapshots,
    ended: Option<String>,
}

impl Session {
    /// The run that an address describes, brought to its epoch.
    pub fn open(address: &str) -> Result<Self> {
        let (settings, epoch) = Settings::from_address(address)?;
        let mut session = Self::new(settings)?;
        session.advance(epoch);
        Ok(session)
    }

    /// A run before its first epoch.
    pub fn new(mut settings: Settings) -> Result<Self> {
        settings.check()?;
        let samples = Samples::of(&settings)?;
        let classes = match &samples.target {
            crate::problem::Target::Classes(_, classes) => *classes,
            crate::problem::Target::Values(_) => 0,
        };
        if loss::of(&settings.loss, classes).is_err()
            || (settings.loss == "softmax_cross_entropy" && classes < 2)
        {
            loss::default_for(classes).clone_into(&mut settings.loss);
        }
        let (loss, code) = loss::of(&settings.loss, classes)?;
        let data = Data::of(&settings, samples, code)?;
        let layers = Sequential::from_specs(&specs(&settings, &data)?);
        let mut network = Network::new(data.train.x.ncols(), layers, settings.seed).map_err(words)?;
        network.set_link(loss.link());
        let trainer = trainer(&settings, optimizer::of(&settings.optimizer)?)?;
        let first = Snapshot {
            epoch: 0,
            params: network.params().to_vec(),
            optimizer: trainer.optimizer().clone(),
            run: trainer.run_state(),
        };
        let (history, snapshots, ended) = (History::default(), Snapshots::new(first), None);
        let mut session = Self { settings, data, network, loss, trainer, history, snapshots, ended };
        let record = session.record()?;
        session.history.push(record);
        Ok(session)
    }

    /// What fixes the run.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The samples.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The epochs that were run.
    pub fn epoch(&self) -> usize {
        self.trainer.progress().epochs
    }

    /// The address of the run as it is.
    pub fn address(&self) -> String {
        self.settings.to_address(self.epoch())
    }

    /// Why the run cannot go on, if it cannot.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    /// The losses so far.
    pub fn history(&self) -> &[Record] {
        self.history.records()
    }

    /// All parameters, as the network's layout has them.
    pub fn params(&self) -> &[f64] {
        self.network.params()
    }

    /// A hash of training samples, parameters and epoch: the same wherever the run is the same to the bit.
    pub fn fingerprint(&self) -> String {
        let mut fingerprint = Fingerprint::new();
        if let Ok(batch) = self.batch() {
            batch.fingerprint(&mut fingerprint);
        }
        fingerprint.integer(self.epoch() as u64);
        fingerprint.scalars(self.network.params());
        format!("{:016x}", fingerprint.finish())
    }

    /// Trains some epochs more, unless the run has ended.
    pub fn advance(&mut self, epochs: usize) {
        if epochs == 0 || self.ended.is_some() {
            return;
        }
        if let Err(reason) = self.train(epochs).and_then(|()| self.record()).map(|record| self.keep(record)) {
            self.ended = Some(reason);
        }
    }

    /// Goes back so many epochs: to the nearest moment that was kept before, and on from there.
    pub fn back(&mut self, epochs: usize) -> Result<()> {
        let target = self.epoch().saturating_sub(epochs);
        let Snapshot { epoch, params, optimizer, run } = self.snapshots.rewind(target).clone();
        self.network.params_mut().copy_from_slice(&params);
        let trainer = trainer(&self.settings, optimizer)?;
        self.trainer = if epoch == 0 { trainer } else { trainer.resume(run) };
        self.ended = None;
        self.history.rewind(epoch);
        let record = self.record()?;
        self.history.push(record);
        self.advance(target - epoch);
        Ok(())
    }

    fn batch(&self) -> Result<Batch<'_, f64, ArrayRef2<f64>>> {
        Batch::new(self.data.train.x.view(), &*self.data.train.y).map_err(words)
    }

    fn train(&mut self, epochs: usize) -> Result<()> {
        let Self { network, trainer, data, loss, .. } = self;
        let batch = Batch::new(data.train.x.view(), &*data.train.y).map_err(words)?;
        let fresh = Trainer::new(trainer.optimizer().clone());
        let mut ready = std::mem::replace(trainer, fresh).epochs(epochs);
        let outcome = ready.fit(network, &**loss, batch, None);
        *trainer = ready;
        match outcome.map_err(words)?.reason {
            StopReason::Epochs => {}
            reason => self.ended = Some(reason.to_string()),
        }
        Ok(())
    }

    fn keep(&mut self, record: Record) {
        self.history.push(record);
        let epoch = self.epoch();
        if self.snapshots.wants(epoch) {
            self.snapshots.push(Snapshot {
                epoch,
                params: self.network.params().to_vec(),
                optimizer: self.trainer.optimizer().clone(),
                run: self.trainer.run_state(),
            });
        }
    }

    fn record(&self) -> Result<Record> {
        let (train_loss, train_accuracy) = self.score(&self.data.train)?;
        let test = self.data.test.as_ref().map(|test| self.score(test)).transpose()?;
        Ok(Record {
            epoch: self.epoch(),
            train_loss,
            test_loss: test.map(|(loss, _)| loss),
            train_accuracy,
            test_accuracy: test.and_then(|(_, accuracy)| accuracy),
        })
    }

    fn score(&self, part: &Part) -> Result<(f64, Option<f64>)> {
        let batch = Batch::new(part.x.view(), &*part.y).map_err(words)?;
        let score = evaluate(&self.network, &*self.loss, batch).map_err(words)?;
        if self.data.classes == 0 {
            return Ok((score.loss, None));
        }
        let outputs = self.network.predict(part.x.view()).map_err(words)?;
        let right =
            outputs.outer_iter().zip(&part.targets).filter(|(row, class)| class_of(*row) as f64 == **class);
        Ok((score.loss, Some(right.count() as f64 / part.targets.len() as f64)))
    }
}

/// The class that a row of outputs names; one output names two by its sign.
pub(crate) fn class_of(outputs: ArrayView1<'_, f64>) -> usize {
    if outputs.len() == 1 {
        return usize::from(outputs[0] > 0.0);
    }
    Link::Softmax.class_of(outputs).unwrap_or(0)
}

/// The layers that the settings describe: what brings a table's numbers to one size, each hidden one, what is dropped of it, and a linear one at the end.
fn specs(settings: &Settings, data: &Data) -> Result<Vec<LayerSpec>> {
    let mut specs: Vec<LayerSpec> = data.normalize.clone().into_iter().map(LayerSpec::from).collect();
    let dense = |units, activation| LayerSpec::Dense {
        units,
        activation,
        bias: true,
        init: None,
        bias_init: None,
        inputs: None,
    };
    for layer in &settings.layers {
        specs.push(dense(layer.units, Some(activation::of(&layer.activation)?)));
        if settings.dropout > 0.0 {
            specs.push(LayerSpec::Dropout { rate: settings.dropout });
        }
    }
    specs.push(dense(data.train.y.ncols(), None));
    Ok(specs)
}

fn trainer(settings: &Settings, optimizer: AnyOptimizer) -> Result<Trainer<'static, f64, AnyOptimizer>> {
    let batch = if settings.batch == 0 { usize::MAX } else { settings.batch };
    let trainer = Trainer::new(optimizer)
        .learning_rate(settings.rate)
        .l2(settings.l2)
        .batch_size(batch)
        .seed(settings.seed)
        .record_every(usize::MAX)
        .warm_start(true);
    if settings.schedule == "constant" {
        return Ok(trainer);
    }
    Ok(trainer.schedule(schedule::of(&settings.schedule, settings.period)?))
}
