use nn_core::{Layer, LayerSpec, Link, Network, Scalar, Sequential};

use super::run_state::Within;
use super::{CHECKED, Progress, RunState, Trainer};
use crate::{Optimizer, Start, TrainError};

/// Writes down on the way what it takes to go on with a run after a crash, to the same bits.
///
/// The trainer asks after every step within an epoch, and after every epoch when the callbacks have seen it. A run ends
/// without asking after an epoch in which it is stopped: to go on from the checkpoint before it leads to the same end.
///
/// The crate `nn-model` has one that writes files.
///
/// # Example
/// One that remembers the last epoch, for runs that may be stopped by a panic:
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use nn_core::{Network, Sequential};
/// use nn_train::{Adam, Checkpointer, Moment, Progress, Run, RunState, Trainer};
///
/// type Saved = (Network<f64, Sequential<f64>>, Adam<f64>, RunState);
///
/// #[derive(Default, Clone)]
/// struct Remember(Arc<Mutex<Option<Saved>>>);
///
/// impl Checkpointer<f64, Adam<f64>> for Remember {
///     fn is_due(&mut self, moment: Moment, _: Progress) -> bool {
///         moment == Moment::Epoch
///     }
///
///     fn write(&mut self, run: &Run<'_, f64, Adam<f64>>) -> Result<(), String> {
///         *self.0.lock().unwrap() = Some((run.network.clone(), run.optimizer.clone(), run.state.clone()));
///         Ok(())
///     }
/// }
///
/// let trainer = Trainer::new(Adam::new()).checkpointer(Remember::default());
/// ```
pub trait Checkpointer<T: Scalar, O> {
    /// Called before the first epoch.
    ///
    /// # Errors
    /// When it cannot work on this run.
    fn on_start(&mut self, _start: &Start) -> Result<(), TrainError> {
        Ok(())
    }

    /// Whether to write now.
    fn is_due(&mut self, moment: Moment, progress: Progress) -> bool;

    /// Writes what it takes to go on from here.
    ///
    /// # Errors
    /// Why it could not: the run goes on, and [`Report::warnings`](crate::Report::warnings) has the message.
    fn write(&mut self, run: &Run<'_, T, O>) -> Result<(), String>;
}

/// When a [`Checkpointer`] is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moment {
    /// After a step, in the middle of an epoch.
    Step,
    /// After an epoch.
    Epoch,
}

/// A run as a [`Checkpointer`] sees it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Run<'a, T: Scalar, O> {
    /// A copy of the network, with the layers as a list.
    pub network: Network<T, Sequential<T>>,
    /// The optimizer with its state.
    pub optimizer: &'a O,
    /// How far the run has come.
    pub state: RunState,
}

/// A checkpointer, and how the network is copied for it: a pointer, so that a program without one does not hold all
/// layers there are.
pub(super) struct Attached<'c, T, O> {
    pub(super) checkpointer: Box<dyn Checkpointer<T, O> + Send + 'c>,
    copy: Copy<T>,
}

type Copy<T> = fn(usize, LayerSpec, [Vec<T>; 2], Option<Link>) -> Network<T, Sequential<T>>;

impl<'c, T: Scalar, O> Attached<'c, T, O> {
    pub(super) fn new(checkpointer: impl Checkpointer<T, O> + Send + 'c) -> Self {
        Self { checkpointer: Box::new(checkpointer), copy }
    }
}

fn copy<T: Scalar>(
    inputs: usize,
    layers: LayerSpec,
    [params, state]: [Vec<T>; 2],
    link: Option<Link>,
) -> Network<T, Sequential<T>> {
    let layers = match layers {
        LayerSpec::Chain(layers) => layers,
        layer => vec![layer],
    };
    let network = Network::from_params(inputs, Sequential::from_specs(&layers), params);
    let mut network = network.and_then(|network| network.with_state(state)).expect(CHECKED);
    link.into_iter().for_each(|link| network.set_link(link));
    network
}

impl<T: Scalar, O: Optimizer<T>> Trainer<'_, T, O> {
    /// Lets the checkpointer write, if there is one and it is due.
    pub(super) fn checkpoint<L: Layer<T>>(
        &mut self,
        network: &Network<T, L>,
        moment: Moment,
        within: Within,
    ) {
        let Some(mut attached) = self.checkpointer.take() else { return };
        if attached.checkpointer.is_due(moment, self.progress) {
            let layers = network.layers().spec().expect(CHECKED);
            let numbers = [network.params().to_vec(), network.state().to_vec()];
            let network = (attached.copy)(network.in_dim(), layers, numbers, network.link());
            let run = Run { network, optimizer: &self.optimizer, state: self.run_in_progress(within) };
            if let Err(message) = attached.checkpointer.write(&run) {
                self.run.warnings.push(message);
            }
        }
        self.checkpointer = Some(attached);
    }
}
