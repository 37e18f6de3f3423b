use super::Init;
use crate::Error;

impl Init {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for one outside its range.
    pub fn check(self) -> Result<(), Error> {
        // What is finite or positive in f64 alone would be infinite or 0 in f32.
        let largest = f64::from(f32::MAX);
        let finite = |name, value: f64| {
            if value.abs() <= largest {
                return Ok(());
            }
            Err(Error::hyperparameter(name, "a finite number, in f32 too", value))
        };
        let std_is_positive = |std: f64| {
            if (f64::from(f32::MIN_POSITIVE)..=largest).contains(&std) {
                return Ok(());
            }
            Err(Error::hyperparameter("std", "a positive and finite number, in f32 too", std))
        };
        match self {
            Self::Constant { value } => finite("value", value),
            Self::Orthogonal { gain } => finite("gain", gain),
            Self::TruncatedNormal { std } => std_is_positive(std),
            Self::Sparse { sparsity, std } if (0.0..=1.0).contains(&sparsity) => std_is_positive(std),
            Self::Sparse { sparsity, .. } => {
                Err(Error::hyperparameter("sparsity", "a number from 0 to 1", sparsity))
            }
            _ => Ok(()),
        }
    }

    /// Checks the parameters, and that single numbers can be drawn so.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] as of [`check`](Init::check), and for what is defined for a matrix alone.
    pub fn check_biases(self) -> Result<(), Error> {
        if let Self::Orthogonal { .. } | Self::Sparse { .. } = self {
            let expected = "an initialisation of single numbers, such as zeros or a constant";
            return Err(Error::hyperparameter("bias_init", expected, format!("{self:?}")));
        }
        self.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_out_of_range_are_refused() {
        for value in [f64::NAN, f64::INFINITY, 1e39, -1e39] {
            assert!(Init::Constant { value }.check().is_err(), "{value}");
            assert!(Init::Orthogonal { gain: value }.check().is_err(), "{value}");
        }
        for std in [0.0, -1.0, 1e-40, 1e39, f64::NAN] {
            assert!(Init::TruncatedNormal { std }.check().is_err(), "{std}");
            assert!(Init::Sparse { sparsity: 0.5, std }.check().is_err(), "{std}");
        }
        for sparsity in [-0.1, 1.1, f64::NAN] {
            assert!(Init::Sparse { sparsity, std: 1.0 }.check().is_err(), "{sparsity}");
        }
        for init in [Init::Orthogonal { gain: 1.0 }, Init::Sparse { sparsity: 0.5, std: 1.0 }] {
            init.check().expect("in range");
            assert!(init.check_biases().is_err(), "{init:?}");
        }
    }
}
