//! The network in use.

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis};

use crate::batch::check_finite;
use crate::{Error, ForwardRow, Layer, Link, Network, Scalar, Workspace};

impl<T: Scalar, L: Layer<T>> Network<T, L> {
    /// The outputs for a batch, as the last layer gives them.
    ///
    /// A large batch is worked on in blocks of some hundred rows, so that the memory that it takes beside its result
    /// does not grow with the rows; with the feature `parallel`, and where it is worth it, on the threads of the rayon pool
    /// that the caller is in, or else of the global one. The bits depend on neither.
    ///
    /// # Shapes
    /// x: (batch, `in_dim`). Result: (batch, `out_dim`).
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::FeatureCount`], [`Error::NotFinite`] for NaN or infinity in `x`.
    pub fn predict(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, Error> {
        self.check_features(x)?;
        let mut out = Array2::zeros((x.nrows(), self.out_dim));
        self.predict_into(x, &mut Workspace::new(), out.view_mut())?;
        Ok(out)
    }

    /// As [`predict`](Network::predict), into a buffer of the caller, on one thread without an allocation; further
    /// threads make workspaces of their own.
    ///
    /// # Errors
    /// As [`predict`](Network::predict); [`Error::Length`] when `out` is not of shape (batch, `out_dim`). After
    /// [`Error::NotFinite`] part of `out` may be written.
    pub fn predict_into(
        &self,
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        out: ArrayViewMut2<'_, T>,
    ) -> Result<(), Error> {
        self.check_features(x)?;
        self.check_out(x, out.dim())?;
        self.in_blocks(x, workspace, out, &|_, pass, mut out| {
            out.assign(&pass.output());
            Ok(())
        })
    }

    /// The outputs through the network's [`Link`]: probabilities for a classifier, the outputs for a regression.
    ///
    /// # Errors
    /// As [`predict`](Network::predict); [`Error::NoLink`] for a network that does not know its link.
    pub fn predict_proba(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, Error> {
        self.check_features(x)?;
        let mut out = Array2::zeros((x.nrows(), self.out_dim));
        self.predict_proba_into(x, &mut Workspace::new(), out.view_mut())?;
        Ok(out)
    }

    /// As [`predict_proba`](Network::predict_proba), into a buffer of the caller, as
    /// [`predict_into`](Network::predict_into) does it.
    ///
    /// # Errors
    /// As [`predict_proba`](Network::predict_proba) and [`predict_into`](Network::predict_into).
    pub fn predict_proba_into(
        &self,
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        out: ArrayViewMut2<'_, T>,
    ) -> Result<(), Error> {
        let link = self.link.ok_or(Error::NoLink)?;
        self.check_features(x)?;
        self.check_out(x, out.dim())?;
        self.in_blocks(x, workspace, out, &|_, pass, out| {
            pass.write_probabilities(link, out);
            Ok(())
        })
    }

    /// The class of each row: the largest output, or for a single logistic output whether it is above one half.
    ///
    /// # Errors
    /// As [`predict`](Network::predict); [`Error::NoClasses`] for a single output that is not logistic,
    /// [`Error::NotFinite`] when an output is NaN.
    pub fn predict_classes(&self, x: ArrayView2<'_, T>) -> Result<Vec<usize>, Error> {
        if self.out_dim == 1 && self.link != Some(Link::Logistic) {
            let found = self.link.map_or("none".to_owned(), |link| format!("Link::{link:?}"));
            return Err(Error::NoClasses { found });
        }
        let link = self.link.unwrap_or(Link::Identity);
        self.check_features(x)?;
        let mut classes = vec![0; x.nrows()];
        self.in_blocks(x, &mut Workspace::new(), &mut classes[..], &|first, pass, classes| {
            for ((row, values), class) in pass.output().rows().into_iter().enumerate().zip(classes) {
                // Finite weights and features may still overflow to NaN.
                let column = || values.iter().position(|value| value.is_nan()).unwrap_or(0);
                *class = link.class_of(values).ok_or_else(|| Error::NotFinite {
                    what: "outputs",
                    row: first + row,
                    column: column(),
                    value: f64::NAN,
                })?;
            }
            Ok(())
        })?;
        Ok(classes)
    }

    /// The prediction for one sample, from slice to slice: [`predict_proba`](Network::predict_proba) where a program
    /// asks for one at a time, without an allocation.
    ///
    /// The same bits as for the sample in a batch.
    ///
    /// # Shapes
    /// x: `in_dim`. out: `out_dim`.
    ///
    /// # Errors
    /// As [`predict_proba`](Network::predict_proba); [`Error::Length`] when `out` has another length.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Link, Network, Tanh, Workspace};
    ///
    /// let mut network = Network::<f32, _>::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
    /// network.set_link(Link::Softmax);
    /// let (mut workspace, mut probabilities) = (Workspace::new(), [0.0; 4]);
    /// network.predict_row(&[0.3, -0.2], &mut workspace, &mut probabilities)?;
    /// assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn predict_row(&self, x: &[T], workspace: &mut Workspace<T>, out: &mut [T]) -> Result<(), Error> {
        let link = self.link.ok_or(Error::NoLink)?;
        if out.len() != self.out_dim {
            return Err(Error::Length { what: "outputs", expected: self.out_dim, found: out.len() });
        }
        if x.len() != self.in_dim {
            return Err(Error::FeatureCount { expected: self.in_dim, found: x.len() });
        }
        // Without an early exit, so that it is vectorised.
        if !x.iter().fold(true, |finite, value| finite & value.is_finite()) {
            check_finite("features", ArrayView1::from(x).insert_axis(Axis(0)))?;
        }
        let work = workspace.scratch(self.layers.work_len(1, self.in_dim));
        let (params, state) = (&self.params, &self.state);
        self.layers.forward_row(ForwardRow { params, state, x, y: &mut *out, work });
        link.apply_to_row(out);
        Ok(())
    }

    fn check_features(&self, x: ArrayView2<'_, T>) -> Result<(), Error> {
        if x.nrows() == 0 {
            return Err(Error::EmptyBatch);
        }
        if x.ncols() != self.in_dim {
            return Err(Error::FeatureCount { expected: self.in_dim, found: x.ncols() });
        }
        Ok(())
    }

    fn check_out(&self, x: ArrayView2<'_, T>, out: (usize, usize)) -> Result<(), Error> {
        if out.0 != x.nrows() {
            return Err(Error::Length { what: "output rows", expected: x.nrows(), found: out.0 });
        }
        if out.1 != self.out_dim {
            return Err(Error::Length { what: "output columns", expected: self.out_dim, found: out.1 });
        }
        Ok(())
    }
}
