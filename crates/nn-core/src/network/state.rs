//! The state of a network: what is kept but not learned.

use super::check_values;
use crate::{Error, Layer, Layout, Network, Scalar, StateUpdate, Workspace};

impl<T: Scalar, L: Layer<T>> Network<T, L> {
    /// This network with a given state, in the order of [`state_layout`](Network::state_layout).
    ///
    /// # Errors
    /// [`Error::Length`] when it has another length, [`Error::NotFinite`] for NaN or infinity in it.
    pub fn with_state(self, state: Vec<T>) -> Result<Self, Error> {
        check_values("scalars of state", &state, self.state.len())?;
        Ok(Self { state, ..self })
    }

    /// What is kept but not learned, such as running statistics, in one slice, layer after layer; empty for most
    /// networks.
    pub fn state(&self) -> &[T] {
        &self.state
    }

    /// The state, to change.
    pub fn state_mut(&mut self) -> &mut [T] {
        &mut self.state
    }

    /// Parameters and state, to change both.
    pub fn params_and_state_mut(&mut self) -> (&mut [T], &mut [T]) {
        (&mut self.params, &mut self.state)
    }

    /// Brings the state up to date after a pass in [`Mode::Train`](crate::Mode::Train), the last of the workspace.
    /// Each pass counts once.
    ///
    /// Training does so after each step; a loop of one's own over a network that has state must, too. Without state
    /// there is nothing to do.
    ///
    /// # Errors
    /// [`Error::NoTrainingPass`] when the last pass in the workspace was none in training, was of another network, or
    /// has been counted.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use nn_core::{BatchNorm, Mode, Network, Workspace};
    ///
    /// let mut network = Network::<f64, _>::new(1, BatchNorm::new().momentum(0.5), 0)?;
    /// let mut workspace = Workspace::new();
    /// network.forward_in(array![[1.0], [3.0]].view(), &mut workspace, Mode::train(0, 0))?;
    /// network.update_state(&mut workspace)?;
    /// assert_eq!(network.state(), [1.0, 1.5]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn update_state(&mut self, workspace: &mut Workspace<T>) -> Result<(), Error> {
        if self.state.is_empty() {
            return Ok(());
        }
        let Self { in_dim, layers, state, .. } = self;
        let in_dim = *in_dim;
        let (batch, work) = workspace.take_training_pass(in_dim).ok_or(Error::NoTrainingPass)?;
        if work.len() != layers.work_len(batch, in_dim) {
            return Err(Error::NoTrainingPass);
        }
        layers.update_state(StateUpdate { batch, in_dim, work, state });
        Ok(())
    }

    /// Where each tensor lies in [`state`](Network::state), with its name and shape.
    ///
    /// # Example
    /// ```
    /// use nn_core::{BatchNorm, Dense, Network};
    ///
    /// let network = Network::<f64, _>::new(2, (Dense::linear(8), BatchNorm::new()), 0)?;
    /// let layout = network.state_layout();
    /// assert_eq!(layout.tensor("layers.1.running_var").unwrap().range, 8..16);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn state_layout(&self) -> Layout {
        Layout::of_state(&self.layers, self.in_dim)
    }
}
