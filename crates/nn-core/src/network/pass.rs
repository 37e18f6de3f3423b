use ndarray::{ArrayView2, ArrayViewMut2};

use super::workspace::Regions;
use crate::layer::{join, visit_layers_of};
use crate::{Backward, Batch, Error, Forward, Layer, Link, Loss, Mode, Network, Scalar, Targets, Workspace};

/// A forward pass: the only thing that a loss and a gradient can be taken of, so that there is no backward before
/// forward.
///
/// It borrows the network, so the parameters cannot change under it, and [`backward`](Pass::backward) consumes it,
/// because it destroys what forward saved.
#[derive(Debug)]
pub struct Pass<'a, T, L> {
    network: &'a Network<T, L>,
    regions: Regions<'a, T>,
    mode: Mode,
}

impl<'a, T: Scalar, L: Layer<T>> Pass<'a, T, L> {
    pub(super) fn run(
        network: &'a Network<T, L>,
        x: ArrayView2<'a, T>,
        workspace: &'a mut Workspace<T>,
        mode: Mode,
    ) -> Self {
        let mut regions = workspace.regions(network, x, mode);
        network.layers.forward(Forward {
            params: &network.params,
            state: &network.state,
            x: regions.x,
            y: regions.y.view_mut(),
            work: regions.work,
            mode,
        });
        Self { network, regions, mode }
    }

    /// The network's outputs: (batch, `out_dim`).
    pub fn output(&self) -> ArrayView2<'_, T> {
        self.regions.y.view()
    }

    /// The loss of the outputs.
    ///
    /// # Errors
    /// As [`Loss::value`].
    pub fn loss<Y, P>(&self, loss: &P, target: &Y, weights: Option<&[T]>) -> Result<T, Error>
    where
        Y: Targets<T> + ?Sized,
        P: Loss<T, Y> + ?Sized,
    {
        loss.value(self.output(), target, weights)
    }

    /// The loss of the outputs, and its gradient with respect to every parameter, which overwrites `gradient`.
    ///
    /// # Errors
    /// As [`Loss::value`]; [`Error::Length`] when `gradient` has not one scalar a parameter.
    pub fn backward<Y, P>(
        mut self,
        loss: &P,
        target: &Y,
        weights: Option<&[T]>,
        gradient: &mut [T],
    ) -> Result<T, Error>
    where
        Y: Targets<T> + ?Sized,
        P: Loss<T, Y> + ?Sized,
    {
        self.check_gradient(gradient)?;
        loss.check_batch(self.output(), target, weights)?;
        let Regions { y, dy, .. } = &mut self.regions;
        let value = loss.reduced(y.view(), target, weights, Some(dy.view_mut()));
        self.back_propagate(gradient, None);
        Ok(value)
    }

    /// [`backward`](Pass::backward) of a part of a batch, checked before, whose loss is divided by `divisor`.
    pub(super) fn backward_unchecked<Y, P>(
        mut self,
        loss: &P,
        divisor: T,
        part: Batch<'_, T, Y>,
        gradient: &mut [T],
    ) -> T
    where
        Y: Targets<T> + ?Sized,
        P: Loss<T, Y> + ?Sized,
    {
        let Regions { y, dy, .. } = &mut self.regions;
        let value = loss.divided_by(divisor, y.view(), part.y(), part.weights(), Some(dy.view_mut()));
        self.back_propagate(gradient, None);
        value
    }

    /// The gradient of any function of the outputs, given its gradient `dy` with respect to them; `dx`, if given,
    /// receives the gradient with respect to the inputs.
    ///
    /// # Shapes
    /// `dy`: (batch, `out_dim`). `gradient`: one scalar a parameter. `dx`: (batch, `in_dim`).
    ///
    /// # Errors
    /// [`Error::Length`] when a shape is another.
    ///
    /// # Example
    /// The slope of a trained surrogate with respect to its inputs:
    /// ```
    /// use ndarray::{Array2, array};
    /// use nn_core::{Dense, Network, Workspace};
    ///
    /// let network = Network::from_params(2, Dense::linear(1), vec![3.0, -4.0, 0.5])?;
    /// let mut workspace = Workspace::new();
    /// let (mut gradient, mut dx) = ([0.0; 3], Array2::zeros((1, 2)));
    /// let x = array![[1.0, 1.0]];
    /// let pass = network.forward(x.view(), &mut workspace)?;
    /// pass.backward_from(array![[1.0]].view(), &mut gradient, Some(dx.view_mut()))?;
    /// assert_eq!(dx, array![[3.0, -4.0]]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn backward_from(
        mut self,
        dy: ArrayView2<'_, T>,
        gradient: &mut [T],
        dx: Option<ArrayViewMut2<'_, T>>,
    ) -> Result<(), Error> {
        self.check_gradient(gradient)?;
        check_dim("rows and columns of dy", self.regions.y.dim(), dy.dim())?;
        if let Some(dx) = &dx {
            check_dim("rows and columns of dx", self.regions.x.dim(), dx.dim())?;
        }
        self.regions.dy.assign(&dy);
        self.back_propagate(gradient, dx);
        Ok(())
    }

    /// The first layer whose outputs are not finite, `layers.1 (Dense)`; `None` if the network's outputs are finite.
    pub fn first_not_finite(&self) -> Option<String> {
        let Regions { x, y, work, .. } = &self.regions;
        if y.iter().all(|y| y.is_finite()) {
            return None;
        }
        let layers = &self.network.layers;
        let path = join("layers", &layers.first_not_finite(x.nrows(), x.ncols(), work));
        let mut name = layers.name();
        visit_layers_of(layers, "layers", x.ncols(), &mut |layer| {
            // The layer itself, or the block that a summary lists it under.
            if path == layer.path || path.starts_with(&format!("{}.", layer.path)) {
                name = layer.name;
            }
        });
        Some(format!("{path} ({name})"))
    }

    /// Writes the outputs through `link`.
    pub(super) fn write_probabilities(self, link: Link, mut out: ArrayViewMut2<'_, T>) {
        let Regions { mut y, dy, .. } = self.regions;
        // One scalar a row: dy has that many, and is not needed any more.
        let scratch = dy.reversed_axes().into_slice().expect("lies feature by feature");
        let rows = y.nrows();
        link.apply(y.view_mut(), &mut scratch[..rows]);
        out.assign(&y);
    }

    fn check_gradient(&self, gradient: &[T]) -> Result<(), Error> {
        let (expected, found) = (self.network.params.len(), gradient.len());
        if expected == found {
            return Ok(());
        }
        Err(Error::Length { what: "scalars in the gradient", expected, found })
    }

    fn back_propagate(self, gradient: &mut [T], dx: Option<ArrayViewMut2<'_, T>>) {
        let Regions { x, y, dy, dx: mut dx_by_feature, work } = self.regions;
        // In the workspace's own memory order, whatever the caller's is: the bits must not depend on it.
        let own_dx = dx.is_some().then(|| dx_by_feature.view_mut());
        self.network.layers.backward(Backward {
            params: &self.network.params,
            state: &self.network.state,
            x,
            y: y.view(),
            work,
            mode: self.mode,
            dy,
            dparams: gradient,
            dx: own_dx,
        });
        if let Some(mut dx) = dx {
            dx.assign(&dx_by_feature);
        }
    }
}

fn check_dim(what: &'static str, expected: (usize, usize), found: (usize, usize)) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Dimensions { what, expected, found })
}
