use ndarray::{Array2, Axis, Slice};
use nn_core::{Layer, Loss, Mode, Network, Reduction, Scalar, Shards, Targets, Workspace};

/// Rows of Jacobians that are multiplied at a time, about.
const ROWS: usize = 512;

/// Parameters whose rows of the matrix are computed at a time.
const BLOCK: usize = 64;

/// The generalised Gauss-Newton matrix Σ_n Jₙᵀ Hₙ Jₙ, with the memory to compute it.
#[derive(Debug)]
pub(super) struct GaussNewton<T> {
    workspace: Workspace<T>,
    /// The derivatives of one output of one sample with respect to all parameters.
    row: Vec<T>,
    /// Which output.
    dy: Array2<T>,
    hessian: Array2<T>,
    /// Rows of J, as many as fit; each parameter's derivatives side by side.
    jacobian: Vec<f64>,
    /// The rows of H J.
    weighted: Vec<f64>,
    product: Vec<f64>,
}

impl<T: Scalar> GaussNewton<T> {
    pub(super) fn new(params: usize, outputs: usize) -> Self {
        let rows = rows(outputs);
        Self {
            workspace: Workspace::new(),
            row: vec![T::zero(); params],
            dy: Array2::zeros((1, outputs)),
            hessian: Array2::zeros((outputs, outputs)),
            jacobian: vec![0.0; params * rows],
            weighted: vec![0.0; params * rows],
            product: vec![0.0; params * BLOCK.min(params)],
        }
    }

    /// Overwrites the lower triangle of `matrix`, row-major; `false` if the loss has no Hessian.
    pub(super) fn compute<L, P, Y>(
        &mut self,
        network: &Network<T, L>,
        loss: &P,
        shards: &Shards<T, Y>,
        mode: Mode,
        matrix: &mut [f64],
    ) -> bool
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let (outputs, rows) = (network.out_dim(), rows(network.out_dim()));
        let mean = loss.reduction() == Reduction::Mean;
        let scale = if mean { shards.divisor(loss, outputs).recip() } else { T::one() };
        matrix.fill(0.0);
        let mut filled = 0;
        for batch in shards.batches() {
            let x = batch.x();
            for n in 0..batch.samples() {
                let scale = batch.weights().map_or(scale, |weights| scale * weights[n]);
                for k in 0..outputs {
                    let x = x.slice_axis(Axis(0), Slice::from(n..=n));
                    let pass =
                        network.forward_in(x, &mut self.workspace, mode).expect("it has run on the batch");
                    if k == 0 {
                        let hessian = self.hessian.view_mut();
                        if loss.hessian(pass.output().row(0), batch.y(), n, scale, hessian).is_none() {
                            return false;
                        }
                    }
                    self.dy.fill(T::zero());
                    self.dy[[0, k]] = T::one();
                    pass.backward_from(self.dy.view(), &mut self.row, None).expect("sizes of the network");
                    for (to, d) in self.jacobian[filled + k..].iter_mut().step_by(rows).zip(&self.row) {
                        *to = d.as_f64();
                    }
                }
                self.weigh(filled, outputs, rows);
                filled += outputs;
                if filled == rows {
                    self.add_product(rows, matrix);
                    filled = 0;
                }
            }
        }
        if filled > 0 {
            self.weighted.chunks_exact_mut(rows).for_each(|rows| rows[filled..].fill(0.0));
            self.jacobian.chunks_exact_mut(rows).for_each(|rows| rows[filled..].fill(0.0));
            self.add_product(rows, matrix);
        }
        true
    }

    /// H J of the sample whose rows begin at `from`.
    fn weigh(&mut self, from: usize, outputs: usize, rows: usize) {
        let Self { hessian, jacobian, weighted, .. } = self;
        for (weighted, jacobian) in weighted.chunks_exact_mut(rows).zip(jacobian.chunks_exact(rows)) {
            let jacobian = &jacobian[from..from + outputs];
            for (to, hessian) in weighted[from..from + outputs].iter_mut().zip(hessian.rows()) {
                *to = hessian.iter().zip(jacobian).map(|(h, j)| h.as_f64() * j).sum();
            }
        }
    }

    /// Adds (H J)ᵀ J to the lower triangle.
    fn add_product(&mut self, rows: usize, matrix: &mut [f64]) {
        let params = self.row.len();
        for begin in (0..params).step_by(BLOCK) {
            let end = params.min(begin + BLOCK);
            let product = &mut self.product[..(end - begin) * end];
            let (weighted, jacobian) =
                (&self.weighted[begin * rows..end * rows], &self.jacobian[..end * rows]);
            f64::kernel_affine_weight_grad(weighted, jacobian, product, rows);
            for (row, product) in (begin..end).zip(product.chunks_exact(end)) {
                let matrix = &mut matrix[row * params..row * params + end.min(row + 1)];
                matrix.iter_mut().zip(product).for_each(|(sum, product)| *sum += product);
            }
        }
    }
}

/// A multiple of the outputs, so that a sample's rows are never parted.
fn rows(outputs: usize) -> usize {
    outputs * (ROWS / outputs).max(1)
}
