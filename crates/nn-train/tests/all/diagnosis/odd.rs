//! Odd inputs: whatever they are, there is a diagnosis or an error, and no panic.

use ndarray::Array2;
use nn_core::{
    Batch, Dense, Error, Fingerprint, Loss, MeanSquaredError, Network, Reduction, Relu, Scalar, Scale,
    SoftmaxCrossEntropy, Targets,
};
use nn_train::{diagnose, diagnose_data};
use rand::RngExt;

/// Numbers of every kind.
const NUMBERS: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    1e-300,
    1e300,
    -1e300,
    f64::MAX,
    f64::MIN_POSITIVE,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

/// Labels of every size, the largest those that stand for no class.
fn class_of(y: f64) -> usize {
    match y {
        0.0 => 0,
        1.0 => 1,
        y if y < 0.0 => 7,
        y if y.is_nan() => usize::MAX,
        _ => 1_000_000,
    }
}

#[test]
fn any_numbers_in_any_shape() {
    let mut rng = nn_core::rng(1);
    for _ in 0..2000 {
        let (rows, columns) = (rng.random_range(1..6), rng.random_range(0..4));
        let few = rng.random_range(1..=NUMBERS.len());
        let mut draw = |rows, columns| {
            Array2::from_shape_simple_fn((rows, columns), || NUMBERS[rng.random_range(0..few)])
        };
        let (x, other) = (draw(rows, columns), draw(rows / 2, columns));
        let (y, of_other) = (draw(rows, 1), draw(rows / 2, 1));
        let classes = |y: &Array2<f64>| y.iter().map(|y| class_of(*y)).collect::<Vec<_>>();
        let values = diagnose_data(x.view(), &*y, Some((other.view(), &*of_other))).expect("as many rows");
        let of_classes =
            diagnose_data(x.view(), &classes(&y)[..], Some((other.view(), &classes(&of_other)[..])));
        for finding in values.iter().chain(&of_classes.expect("as many rows")) {
            assert!(finding.figure.is_finite() && finding.to_string().ends_with('.'), "{finding}");
        }
    }
}

#[test]
fn any_numbers_in_a_network() {
    let mut rng = nn_core::rng(2);
    for _ in 0..500 {
        let (rows, large) = (rng.random_range(1..6), rng.random_range(1..9));
        let mut draw = |rows, columns| {
            Array2::from_shape_simple_fn((rows, columns), || NUMBERS[rng.random_range(0..large)])
        };
        let (x, y) = (draw(rows, 2), draw(rows, 2));
        let params = draw(1, 15).into_raw_vec_and_offset().0;
        let mut network =
            Network::<f64, _>::new(2, (Dense::new(3, Relu), Dense::linear(2)), 0).expect("it fits");
        network.params_mut().iter_mut().zip(&params).for_each(|(to, from)| *to = *from);
        let labels: Vec<usize> = y.column(0).iter().map(|y| usize::from(*y > 0.0)).collect();
        let values = Batch::new(x.view(), &*y).expect("finite");
        let classes = Batch::new(x.view(), &labels[..]).expect("finite");
        let of_values =
            diagnose(&network, &MeanSquaredError::mean(), values, Some(values), None).expect("valid");
        let of_classes =
            diagnose(&network, &SoftmaxCrossEntropy::mean(), classes, Some(classes), None).expect("valid");
        for finding in of_values.iter().chain(&of_classes) {
            assert!(finding.figure.is_finite() && finding.to_string().ends_with('.'), "{finding}");
        }
    }
}

#[test]
fn what_fit_refuses_is_an_error() {
    let x = super::features(10, 2);
    let network = Network::<f64, _>::new(3, Dense::linear(2), 0).expect("it fits");
    let labels = super::labels(&x);
    let data = Batch::new(x.view(), &labels[..]).expect("valid");
    let error = diagnose(&network, &SoftmaxCrossEntropy::mean(), data, None, None).unwrap_err();
    assert_eq!(error.to_string(), "expected rows of 3 features, found 2");
}

/// A kind of target that the library knows nothing of.
struct Signs(Vec<bool>);

impl<T: Scalar> Targets<T> for Signs {
    type Owned = OwnedSigns;
    fn samples(&self) -> usize {
        self.0.len()
    }
    fn gather(&self, rows: &[usize], owned: &mut OwnedSigns) {
        owned.0 = Some(Signs(rows.iter().map(|&row| self.0[row]).collect()));
    }
    fn borrow(owned: &OwnedSigns) -> &Self {
        owned.0.as_ref().expect("gathered before")
    }
    fn fingerprint(&self, fingerprint: &mut Fingerprint) {
        fingerprint.integer(self.0.len() as u64);
    }
}

#[derive(Default, Clone)]
struct OwnedSigns(Option<Signs>);

impl Clone for Signs {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl std::fmt::Debug for OwnedSigns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnedSigns")
    }
}

/// l = (p ∓ 1)².
struct SquaredSign;

impl<T: Scalar> Loss<T, Signs> for SquaredSign {
    fn reduction(&self) -> Reduction {
        Reduction::Mean
    }
    fn check(&self, _outputs: usize, _target: &Signs) -> Result<(), Error> {
        Ok(())
    }
    fn value_and_grad(
        &self,
        p: ndarray::ArrayView2<T>,
        y: &Signs,
        scale: Scale<T>,
        mut dp: Option<ndarray::ArrayViewMut2<T>>,
    ) -> T {
        let mut value = T::zero();
        for ((n, k), &p) in p.indexed_iter() {
            let off = p - if y.0[n] { T::one() } else { -T::one() };
            value += scale.of(n) * off * off;
            if let Some(dp) = &mut dp {
                dp[[n, k]] = scale.of(n) * (off + off);
            }
        }
        value
    }
}

#[test]
fn targets_of_an_unknown_kind() {
    let x = super::features(60, 2);
    let y = Signs(super::labels(&x).into_iter().map(|label| label == 1).collect());
    let network = Network::from_params(2, Dense::linear(1), vec![1.0, -1.0, 0.0]).expect("it fits");
    let data = Batch::new(x.view(), &y).expect("valid");
    let diagnosis = diagnose(&network, &SquaredSign, data, None, None).expect("valid");
    assert_eq!(diagnosis.to_string(), "nothing found");
}
