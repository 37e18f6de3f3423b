//! Activation functions: y = f(z), element by element.

mod celu;
mod elu;
mod gaussian;
mod gelu;
mod gelu_tanh;
mod hard_sigmoid;
mod hard_swish;
mod hard_tanh;
mod identity;
mod leaky_relu;
mod log_sigmoid;
mod mish;
mod relu;
mod relu6;
mod selu;
mod sigmoid;
mod silu;
mod sine;
mod softplus;
mod softsign;
mod tanh;
mod tanh_shrink;

pub use celu::Celu;
pub use elu::Elu;
pub use gaussian::Gaussian;
pub use gelu::Gelu;
pub use gelu_tanh::GeluTanh;
pub use hard_sigmoid::HardSigmoid;
pub use hard_swish::HardSwish;
pub use hard_tanh::HardTanh;
pub use identity::Identity;
pub use leaky_relu::LeakyRelu;
pub use log_sigmoid::LogSigmoid;
pub use mish::Mish;
pub use relu::Relu;
pub use relu6::Relu6;
pub use selu::Selu;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use sine::Sine;
pub use softplus::Softplus;
pub use softsign::Softsign;
pub use tanh::Tanh;
pub use tanh_shrink::TanhShrink;

use crate::{Error, Scalar, simd};

/// A scalar function with its derivative, applied to every element.
///
/// To write one, give its name, the function and its derivative; then prove it with
/// [`gradcheck::activation`](crate::gradcheck::activation).
///
/// # Example
/// ```
/// use nn_core::{Activation, Scalar, gradcheck};
///
/// /// f(z) = z / √(1 + z²)
/// #[derive(Debug, Clone, Copy)]
/// struct Isru;
///
/// impl Activation for Isru {
///     fn name(&self) -> &'static str {
///         "Isru"
///     }
///     fn apply<T: Scalar>(&self, z: T) -> T {
///         z / (T::one() + z * z).sqrt()
///     }
///     fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
///         (T::one() + z * z).sqrt().powi(-3)
///     }
/// }
///
/// gradcheck::activation(&Isru)?;
/// # Ok::<(), nn_core::gradcheck::Failure>(())
/// ```
pub trait Activation: Send + Sync {
    /// The function's name as a type, `Tanh`.
    fn name(&self) -> &'static str;

    /// f(z).
    fn apply<T: Scalar>(&self, z: T) -> T;

    /// f'(z), where `a = f(z)` is known already.
    fn derivative<T: Scalar>(&self, z: T, a: T) -> T;

    /// Whether [`derivative`](Activation::derivative) reads `z`.
    ///
    /// Functions such as tanh, whose derivative 1 - a² needs `a` alone, return `false`: then a layer need not keep
    /// `z`, and `derivative` is given an arbitrary number in its place.
    fn reads_input(&self) -> bool {
        true
    }

    /// Checks the function's own parameters.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for one outside its range.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Replaces every z by f(z): the same bits as [`apply`](Activation::apply), faster.
    fn apply_slice<T: Scalar>(&self, z: &mut [T]) {
        simd::run(Apply { f: self, z });
    }

    /// Multiplies every `da` by f'(z): the chain rule.
    ///
    /// # Shapes
    /// All three slices have one length.
    fn backprop_slice<T: Scalar>(&self, z: &[T], a: &[T], da: &mut [T]) {
        simd::run(Backprop { f: self, z, a, da });
    }

    /// The function as a value that can be written to a file; `None` if it is not one of the crate's own.
    fn spec(&self) -> Option<ActivationSpec> {
        None
    }
}

/// z ← f(z), as a loop to be vectorised.
struct Apply<'a, F: ?Sized, T> {
    f: &'a F,
    z: &'a mut [T],
}

impl<F: Activation + ?Sized, T: Scalar> simd::Kernel for Apply<'_, F, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for z in self.z {
            *z = self.f.apply(*z);
        }
    }
}

/// da ← da f'(z), as a loop to be vectorised.
struct Backprop<'a, F: ?Sized, T> {
    f: &'a F,
    z: &'a [T],
    a: &'a [T],
    da: &'a mut [T],
}

impl<F: Activation + ?Sized, T: Scalar> simd::Kernel for Backprop<'_, F, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((da, &a), &z) in self.da.iter_mut().zip(self.a).zip(self.z) {
            *da *= self.f.derivative(z, a);
        }
    }
}

/// Lists every activation once, with its fields; a new one joins here.
macro_rules! activations {
    ($($name:ident $({ $($field:ident: $type:ty),+ })?),+ $(,)?) => {
        /// An activation chosen at run time; in JSON `"tanh"`, or `{"leaky_relu": {"slope": 0.01}}`.
        ///
        /// # Example
        /// ```
        /// use nn_core::{Activation, ActivationSpec, Tanh};
        ///
        /// let f: ActivationSpec = serde_json::from_str("\"tanh\"")?;
        /// assert_eq!(f.apply(0.5), Tanh.apply(0.5));
        ///
        /// let unknown = serde_json::from_str::<ActivationSpec>("\"tahn\"").unwrap_err();
        /// assert!(unknown.to_string().starts_with("unknown variant `tahn`, expected one of `celu`, `elu`"));
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "each variant is the struct of the same name, documented there")]
        pub enum ActivationSpec {
            $($name $({ $($field: $type),+ })?,)+
        }

        impl Activation for ActivationSpec {
            fn name(&self) -> &'static str {
                match *self {
                    $(Self::$name $({ $($field),+ })? => ($name $({ $($field),+ })?).name(),)+
                }
            }
            fn apply<T: Scalar>(&self, z: T) -> T {
                match *self {
                    $(Self::$name $({ $($field),+ })? => ($name $({ $($field),+ })?).apply(z),)+
                }
            }
            fn derivative<T: Scalar>(&self, z: T, a: T) -> T {
                match *self {
                    $(Self::$name $({ $($field),+ })? => ($name $({ $($field),+ })?).derivative(z, a),)+
                }
            }
            fn reads_input(&self) -> bool {
                match *self {
                    $(Self::$name $({ $($field),+ })? => ($name $({ $($field),+ })?).reads_input(),)+
                }
            }
            fn check(&self) -> Result<(), Error> {
                match *self {
                    $(Self::$name $({ $($field),+ })? => ($name $({ $($field),+ })?).check(),)+
                }
            }
            fn apply_slice<T: Scalar>(&self, z: &mut [T]) {
                match *self {
                    $(Self::$name $({ $($field),+ })? => ($name $({ $($field),+ })?).apply_slice(z),)+
                }
            }
            fn backprop_slice<T: Scalar>(&self, z: &[T], a: &[T], da: &mut [T]) {
                match *self {
                    $(Self::$name $({ $($field),+ })? => ($name $({ $($field),+ })?).backprop_slice(z, a, da),)+
                }
            }
            fn spec(&self) -> Option<ActivationSpec> {
                Some(*self)
            }
        }

        $(
            impl From<$name> for ActivationSpec {
                fn from(f: $name) -> Self {
                    let $name $({ $($field),+ })? = f;
                    Self::$name $({ $($field),+ })?
                }
            }

            impl TryFrom<ActivationSpec> for $name {
                type Error = String;

                fn try_from(spec: ActivationSpec) -> Result<Self, String> {
                    match spec {
                        ActivationSpec::$name $({ $($field),+ })? => Ok($name $({ $($field),+ })?),
                        other => Err(format!("expected activation {}, found {}", stringify!($name), other.name())),
                    }
                }
            }
        )+
    };
}

activations! {
    Celu { alpha: f64 },
    Elu { alpha: f64 },
    Gaussian,
    Gelu,
    GeluTanh,
    HardSigmoid,
    HardSwish,
    HardTanh,
    Identity,
    LeakyRelu { slope: f64 },
    LogSigmoid,
    Mish,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Silu,
    Sine,
    Softplus,
    Softsign,
    Tanh,
    TanhShrink,
}
