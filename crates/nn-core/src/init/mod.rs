//! How weights begin.

mod check;
mod draw;
mod generator;
mod nguyen_widrow;
mod orthogonal;
mod sparse;

pub(crate) use generator::mixed;
pub use generator::{rng, standard_normal, stream, stream_at};

use rand::Rng;

use self::draw::Draw;
use crate::Scalar;

/// The standard deviation of N(0, 1) truncated at two standard deviations.
const TRUNCATED_STD: f64 = 0.87962566103423978;

/// What the weights of a layer, or its biases, begin as.
///
/// | Name | Weights | For |
/// |---|---|---|
/// | `LecunNormal` (default) | N(0, 1 / `fan_in`) | tanh, sigmoid, selu |
/// | `LecunUniform` | U(-a, a), a = sqrt(3 / `fan_in`) | tanh, sigmoid |
/// | `LecunTruncatedNormal` | of variance 1 / `fan_in`, truncated | tanh, sigmoid, selu |
/// | `GlorotNormal` | N(0, 2 / (`fan_in` + `fan_out`)) | tanh, sigmoid |
/// | `GlorotUniform` | U(-a, a), a = sqrt(6 / (`fan_in` + `fan_out`)) | tanh, sigmoid |
/// | `GlorotTruncatedNormal` | of variance 2 / (`fan_in` + `fan_out`), truncated | tanh, sigmoid |
/// | `HeNormal` | N(0, 2 / `fan_in`) | relu |
/// | `HeUniform` | U(-a, a), a = sqrt(6 / `fan_in`) | relu |
/// | `HeTruncatedNormal` | of variance 2 / `fan_in`, truncated | relu |
/// | `TruncatedNormal` | N(0, std²), truncated; its variance is 0.774 std² | |
/// | `Orthogonal` | gain Q, with orthonormal rows, or columns if there are fewer | deep networks |
/// | `Sparse` | N(0, std²), a part of each input's weights 0 | |
/// | `Constant`, `Zeros`, `Ones` | all alike | biases |
/// | `NguyenWidrow` | each unit's of length 0.7 `fan_out`^(1 / `fan_in`), in any direction | one hidden layer, tanh, inputs in \[-1, 1\] |
/// | `PyTorch` | U(-a, a), a = 1 / sqrt(`fan_in`) | as `nn.Linear` has it |
/// | `Keras` | as `GlorotUniform` | as `Dense` has it |
///
/// Biases begin at 0, but with `PyTorch`, where they are drawn as the weights are, and `NguyenWidrow`, where they are
/// from U(-b, b), b the length of a unit's weights. [`Dense::bias_init`](crate::Dense::bias_init) chooses otherwise.
///
/// | Parameter | Usual | Range |
/// |---|---|---|
/// | `std` | 0.05 in Keras's `TruncatedNormal`, 0.01 in PyTorch's `sparse_` | positive and finite, in `f32` too |
/// | `gain` | 1 | finite, in `f32` too |
/// | `sparsity` | 0.9 | from 0 to 1: the part of the weights that are 0, rounded up for each input |
/// | `value` | | finite, in `f32` too |
///
/// "Truncated" means that a number beyond two standard deviations of the normal distribution is drawn again, as in
/// Keras. As there, `LecunTruncatedNormal` and its like make up for the variance that is lost, and `TruncatedNormal`
/// does not. The other normal ones are those of PyTorch; Keras's `LecunNormal`, `GlorotNormal` and `HeNormal` are the
/// truncated ones here. `Orthogonal` and `Sparse` are those of PyTorch.
/// Every draw is made in `f64` and rounded, so that an `f32` network begins at the rounded weights of the `f64` one.
///
/// LeCun et al.: "Efficient BackProp", 1998. Glorot, Bengio: "Understanding the difficulty of training deep
/// feedforward neural networks", AISTATS 2010. He et al.: "Delving deep into rectifiers", ICCV 2015. Saxe, McClelland,
/// Ganguli: "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", ICLR 2014. Martens:
/// "Deep learning via Hessian-free optimization", ICML 2010. Nguyen, Widrow: "Improving the learning speed of 2-layer
/// neural networks by choosing initial values of the adaptive weights", IJCNN 1990.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Init {
    /// N(0, 1) / sqrt(`fan_in`).
    #[default]
    LecunNormal,
    /// U(-a, a) with a = sqrt(3 / `fan_in`).
    LecunUniform,
    /// Truncated normal, of variance 1 / `fan_in`.
    LecunTruncatedNormal,
    /// N(0, 2 / (`fan_in` + `fan_out`)).
    GlorotNormal,
    /// U(-a, a) with a = sqrt(6 / (`fan_in` + `fan_out`)).
    GlorotUniform,
    /// Truncated normal, of variance 2 / (`fan_in` + `fan_out`).
    GlorotTruncatedNormal,
    /// N(0, 2 / `fan_in`).
    HeNormal,
    /// U(-a, a) with a = sqrt(6 / `fan_in`).
    HeUniform,
    /// Truncated normal, of variance 2 / `fan_in`.
    HeTruncatedNormal,
    /// N(0, std²), truncated.
    TruncatedNormal {
        /// The standard deviation before it is truncated.
        std: f64,
    },
    /// An orthogonal matrix.
    Orthogonal {
        /// Its factor.
        gain: f64,
    },
    /// N(0, std²), partly 0.
    Sparse {
        /// The part of the weights that are 0.
        sparsity: f64,
        /// The standard deviation of the others.
        std: f64,
    },
    /// All the same.
    Constant {
        /// What they are.
        value: f64,
    },
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// Units that share the range of the inputs among them.
    NguyenWidrow,
    /// PyTorch's default of a dense layer: U(-a, a) with a = 1 / sqrt(`fan_in`), weights and biases.
    #[cfg_attr(feature = "serde", serde(rename = "pytorch"))]
    PyTorch,
    /// Keras's default of a dense layer: Glorot uniform weights, biases of 0.
    Keras,
}

impl Init {
    /// Draws the weights of a layer with `fan_in` inputs and `fan_out` outputs, in the order of the slice.
    ///
    /// # Shapes
    /// `weights`: rows of `fan_in`, a row a unit. Only `Orthogonal`, `Sparse` and `NguyenWidrow` look at the rows; the
    /// last may be short.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Init, rng};
    ///
    /// let mut weights = [0.0_f32; 6];
    /// Init::GlorotUniform.fill(&mut weights, 2, 3, &mut rng(0));
    /// let bound = (6.0_f32 / 5.0).sqrt();
    /// assert!(weights.iter().all(|w| w.abs() < bound));
    /// ```
    pub fn fill<T: Scalar>(self, weights: &mut [T], fan_in: usize, fan_out: usize, rng: &mut dyn Rng) {
        match self {
            Self::Orthogonal { gain } => orthogonal::fill(weights, fan_in, gain, rng),
            Self::Sparse { sparsity, std } => sparse::fill(weights, fan_in, sparsity, std, rng),
            Self::NguyenWidrow => nguyen_widrow::fill(weights, fan_in, fan_out, rng),
            _ => {
                let draw = self.draw(fan_in, fan_out);
                weights.fill_with(|| T::of(draw.sample(rng)));
            }
        }
    }

    /// Draws the biases of a layer with `fan_in` inputs and `fan_out` outputs.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Init, rng};
    ///
    /// let mut biases = [f64::NAN; 3];
    /// Init::Keras.fill_biases(&mut biases, 2, 3, &mut rng(0));
    /// assert_eq!(biases, [0.0; 3]);
    /// ```
    pub fn fill_biases<T: Scalar>(self, biases: &mut [T], fan_in: usize, fan_out: usize, rng: &mut dyn Rng) {
        let draw = match self {
            Self::Keras => Draw::Constant(0.0),
            _ => self.draw(fan_in, fan_out),
        };
        biases.fill_with(|| T::of(draw.sample(rng)));
    }

    /// What biases begin as when the weights beside them begin so, and nothing else is said.
    pub fn of_biases(self) -> Self {
        match self {
            Self::PyTorch | Self::NguyenWidrow => self,
            _ => Self::Zeros,
        }
    }

    /// The distribution of single numbers; for `NguyenWidrow` that of the biases. A matrix is not drawn so, and stays
    /// 0.
    fn draw(self, fan_in: usize, fan_out: usize) -> Draw {
        let (n_in, n_out) = (fan_in as f64, fan_out as f64);
        // U(-a, a) has the variance a² / 3.
        let uniform = |variance: f64| Draw::Uniform((3.0 * variance).sqrt());
        let normal = |variance: f64| Draw::Normal(variance.sqrt());
        let truncated = |variance: f64| Draw::TruncatedNormal(variance.sqrt() / TRUNCATED_STD);
        match self {
            Self::LecunNormal => normal(1.0 / n_in),
            Self::LecunUniform => uniform(1.0 / n_in),
            Self::LecunTruncatedNormal => truncated(1.0 / n_in),
            Self::GlorotNormal => normal(2.0 / (n_in + n_out)),
            Self::GlorotUniform | Self::Keras => uniform(2.0 / (n_in + n_out)),
            Self::GlorotTruncatedNormal => truncated(2.0 / (n_in + n_out)),
            Self::HeNormal => normal(2.0 / n_in),
            Self::HeUniform => uniform(2.0 / n_in),
            Self::HeTruncatedNormal => truncated(2.0 / n_in),
            Self::TruncatedNormal { std } => Draw::TruncatedNormal(std),
            Self::Constant { value } => Draw::Constant(value),
            Self::Ones => Draw::Constant(1.0),
            Self::NguyenWidrow => Draw::Uniform(nguyen_widrow::length(fan_in, fan_out)),
            Self::PyTorch => Draw::Uniform(n_in.sqrt().recip()),
            Self::Zeros | Self::Orthogonal { .. } | Self::Sparse { .. } => Draw::Constant(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAN_IN: usize = 50;
    const FAN_OUT: usize = 30;

    #[test]
    fn each_distribution_has_its_mean_variance_and_range() {
        let truncated = |variance: f64| 2.0 * variance.sqrt() / TRUNCATED_STD;
        let cases = [
            (Init::LecunNormal, 1.0 / 50.0, f64::INFINITY),
            (Init::LecunUniform, 1.0 / 50.0, (3.0_f64 / 50.0).sqrt()),
            (Init::LecunTruncatedNormal, 1.0 / 50.0, truncated(1.0 / 50.0)),
            (Init::GlorotNormal, 2.0 / 80.0, f64::INFINITY),
            (Init::GlorotUniform, 2.0 / 80.0, (6.0_f64 / 80.0).sqrt()),
            (Init::GlorotTruncatedNormal, 2.0 / 80.0, truncated(2.0 / 80.0)),
            (Init::HeNormal, 2.0 / 50.0, f64::INFINITY),
            (Init::HeUniform, 2.0 / 50.0, (6.0_f64 / 50.0).sqrt()),
            (Init::HeTruncatedNormal, 2.0 / 50.0, truncated(2.0 / 50.0)),
            (Init::TruncatedNormal { std: 0.05 }, (0.05 * TRUNCATED_STD).powi(2), 0.1),
            (Init::PyTorch, 1.0 / 150.0, 1.0 / 50.0_f64.sqrt()),
            (Init::Keras, 2.0 / 80.0, (6.0_f64 / 80.0).sqrt()),
        ];
        for (init, variance, bound) in cases {
            let mut w = vec![0.0_f64; 200_000];
            init.fill(&mut w, FAN_IN, FAN_OUT, &mut rng(1));
            let n = w.len() as f64;
            let mean = w.iter().sum::<f64>() / n;
            let found = w.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            // Five standard errors: sqrt(variance / n), and for the variance of a normal sqrt(2 / n).
            assert!(mean.abs() < 5.0 * (variance / n).sqrt(), "{init:?}: mean {mean}");
            assert!((found / variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{init:?}: variance {found}");
            // They come close to their bound, and normal draws leave the range of the truncated ones.
            let largest = w.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            if bound.is_finite() {
                assert!(largest <= bound && largest > 0.999 * bound, "{init:?}: {largest} of {bound}");
            } else {
                assert!(largest > truncated(variance), "{init:?}: {largest}");
            }
        }
    }

    #[test]
    fn f32_weights_are_the_rounded_f64_weights() {
        for init in [Init::HeNormal, Init::Orthogonal { gain: 2.0 }, Init::NguyenWidrow] {
            let (mut single, mut double) = ([0.0_f32; 9], [0.0_f64; 9]);
            init.fill(&mut single, 3, 3, &mut rng(5));
            init.fill(&mut double, 3, 3, &mut rng(5));
            assert_eq!(single, double.map(f32::of));
        }
    }

    #[test]
    fn biases_begin_at_0_unless_the_scheme_has_its_own() {
        let biases = |init: Init| {
            let mut b = [f64::NAN; 1000];
            init.of_biases().fill_biases(&mut b, 4, 81, &mut rng(2));
            b.iter().fold(0.0_f64, |largest, b| largest.max(b.abs()))
        };
        assert_eq!([Init::HeNormal, Init::Keras, Init::Orthogonal { gain: 1.0 }].map(biases), [0.0; 3]);
        assert!((0.49..0.5).contains(&biases(Init::PyTorch)));
        // 0.7 times the fourth root of 81.
        assert!((2.05..2.1).contains(&biases(Init::NguyenWidrow)));
    }

    #[test]
    fn a_seed_gives_the_same_weights_for_ever() {
        let mut w = [0.0_f64; 3];
        Init::LecunNormal.fill(&mut w, 1, 1, &mut rng(42));
        assert_eq!(w, PINNED_NORMAL);
        Init::LecunUniform.fill(&mut w, 1, 1, &mut rng(42));
        assert_eq!(w, PINNED_UNIFORM);
    }

    const PINNED_NORMAL: [f64; 3] = [0.8343975468437959, -0.514962928147295, 1.40772757311975];
    const PINNED_UNIFORM: [f64; 3] = [1.0887849608663782, -0.6276223277513782, 1.676258569539379];
}
