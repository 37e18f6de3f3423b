use std::sync::{Mutex, PoisonError};

use crate::memory::Aligned;
use crate::simd;
use crate::{Error, ForwardRow, Layer, Link, Network, Scalar};

/// Scalars of the layers that have room on the stack: those of a network with some 200 hidden units.
const ON_STACK: usize = 256;

/// To fill as many with zeros would take a small network longer than to work.
const FEW_ON_STACK: usize = 32;

/// A network in use, one sample at a time: its weights laid out for the CPU's vectors, and nothing to pass but the sample.
///
/// Made by [`Network::predictor`]. It does not change any more; one serves many threads. It gives the bits of
/// [`Network::predict`], and allocates nothing: what the layers need for themselves lies on the stack, or, for networks of
/// more than some 200 hidden units, in memory that is kept, one piece for each of the threads that ever called at once.
#[derive(Debug)]
pub struct Predictor<T, L> {
    layers: L,
    in_dim: usize,
    out_dim: usize,
    packed: Aligned<T>,
    packed_len: usize,
    state: Vec<T>,
    link: Option<Link>,
    work_len: usize,
    /// Memory that no thread uses at the moment.
    spare: Mutex<Vec<Aligned<T>>>,
}

impl<T: Scalar, L: Layer<T> + Clone> Network<T, L> {
    /// The network as it is now, made ready to predict single samples as fast as the CPU can.
    ///
    /// Takes a copy of the weights, as large as they are or, for layers of few outputs, up to 16 times (`f64`: 8). For many
    /// samples at once, [`predict`](Network::predict) is faster still.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Link, Network, Tanh};
    ///
    /// let mut network = Network::<f32, _>::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
    /// network.set_link(Link::Softmax);
    /// let predictor = network.predictor();
    /// let mut probabilities = [0.0; 4];
    /// predictor.predict_proba(&[0.3, -0.2], &mut probabilities)?;
    /// assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn predictor(&self) -> Predictor<T, L> {
        let (mut packed, packed_len) = (Aligned::default(), self.layers.packed_len(self.in_dim));
        self.layers.pack(self.in_dim, &self.params, packed.first_mut(packed_len));
        Predictor {
            layers: self.layers.clone(),
            in_dim: self.in_dim,
            out_dim: self.out_dim,
            packed,
            packed_len,
            state: self.state.clone(),
            link: self.link,
            work_len: self.layers.work_len(1, self.in_dim),
            spare: Mutex::default(),
        }
    }
}

impl<T: Scalar, L: Layer<T>> Predictor<T, L> {
    /// Number of input features.
    pub fn in_dim(&self) -> usize {
        self.in_dim
    }

    /// Number of outputs.
    pub fn out_dim(&self) -> usize {
        self.out_dim
    }

    /// The outputs for a sample, as the last layer gives them.
    ///
    /// # Shapes
    /// x: `in_dim`. out: `out_dim`.
    ///
    /// # Errors
    /// [`Error::FeatureCount`], [`Error::NotFinite`] for NaN or infinity in `x`, [`Error::Length`] when `out` has another
    /// length.
    #[inline]
    pub fn predict(&self, x: &[T], out: &mut [T]) -> Result<(), Error> {
        if out.len() != self.out_dim {
            return Err(Error::Length { what: "outputs", expected: self.out_dim, found: out.len() });
        }
        if x.len() != self.in_dim {
            return Err(Error::FeatureCount { expected: self.in_dim, found: x.len() });
        }
        // Without an early exit, so that it is vectorised.
        if !simd::run(|| x.iter().fold(true, |finite, value| finite & value.is_finite())) {
            return Err(not_finite(x));
        }
        if self.work_len <= FEW_ON_STACK {
            self.run(x, out, &mut [T::zero(); FEW_ON_STACK][..self.work_len]);
        } else if self.work_len <= ON_STACK {
            self.run(x, out, &mut [T::zero(); ON_STACK][..self.work_len]);
        } else {
            let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
            let mut work = spare().pop().unwrap_or_default();
            self.run(x, out, work.first_mut(self.work_len));
            spare().push(work);
        }
        Ok(())
    }

    /// The outputs for a sample through the network's [`Link`]: probabilities for a classifier, the outputs for a
    /// regression.
    ///
    /// # Errors
    /// As [`predict`](Predictor::predict); [`Error::NoLink`] for a network that does not know its link.
    #[inline]
    pub fn predict_proba(&self, x: &[T], out: &mut [T]) -> Result<(), Error> {
        let link = self.link.ok_or(Error::NoLink)?;
        self.predict(x, out)?;
        link.apply_to_row(out);
        Ok(())
    }

    fn run(&self, x: &[T], y: &mut [T], work: &mut [T]) {
        let params = &self.packed.numbers()[..self.packed_len];
        self.layers.forward_packed(ForwardRow { params, state: &self.state, x, y, work });
    }
}

impl<T: Scalar, L: Clone> Clone for Predictor<T, L> {
    fn clone(&self) -> Self {
        let mut packed = Aligned::default();
        packed.first_mut(self.packed_len).copy_from_slice(&self.packed.numbers()[..self.packed_len]);
        Self {
            layers: self.layers.clone(),
            packed,
            state: self.state.clone(),
            spare: Mutex::default(),
            ..*self
        }
    }
}

#[cold]
fn not_finite<T: Scalar>(x: &[T]) -> Error {
    let column = x.iter().position(|value| !value.is_finite()).unwrap_or(0);
    Error::NotFinite { what: "features", row: 0, column, value: x[column].as_f64() }
}
