//! What the doctor finds, and what it does not: each kind of finding is planted once.

mod data;
mod healthy;
mod loss;
mod network;
mod odd;
mod run;

use ndarray::{Array2, ArrayView2, Axis, Slice};
use nn_core::{Batch, Layer, Loss, Network, Targets};
use nn_train::{Diagnosis, Finding, FindingKind, Place, Severity, diagnose};

/// Numbers from -1 to 1 without a pattern that matters: (rows, columns).
fn features(rows: usize, columns: usize) -> Array2<f64> {
    use rand::RngExt;
    let mut rng = nn_core::rng(7);
    Array2::from_shape_simple_fn((rows, columns), || rng.random_range(-1.0..1.0))
}

/// Some of the rows.
fn rows<R>(x: &Array2<f64>, rows: R) -> ArrayView2<'_, f64>
where
    Slice: From<R>,
{
    x.slice_axis(Axis(0), Slice::from(rows))
}

/// The class that the first two features name: which is larger.
fn labels(x: &Array2<f64>) -> Vec<usize> {
    x.rows().into_iter().map(|x| usize::from(x[0] > x[1])).collect()
}

/// A value that the first two features have.
fn values(x: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((x.nrows(), 1), |(n, _)| x[[n, 0]] - 0.5 * x[[n, 1]])
}

/// The finding of that kind, which must be at that place, with that severity, and the only one above a note.
#[track_caller]
fn only(diagnosis: &Diagnosis, kind: FindingKind, severity: Severity, place: Place) -> Finding {
    let finding = found(diagnosis, kind, severity, place);
    let serious = diagnosis.iter().filter(|finding| finding.severity > Severity::Note);
    assert!(serious.clone().all(|finding| finding.kind == kind), "{diagnosis}");
    finding
}

/// The finding of that kind, beside others.
#[track_caller]
fn found(diagnosis: &Diagnosis, kind: FindingKind, severity: Severity, place: Place) -> Finding {
    let finding = diagnosis.find(kind).unwrap_or_else(|| panic!("no {kind:?} in\n{diagnosis}"));
    assert_eq!((finding.severity, &finding.place), (severity, &place), "{diagnosis}");
    assert!(finding.figure.is_finite());
    finding.clone()
}

/// What is found in a network as it is, without a run.
#[track_caller]
fn look<L, P, Y>(network: &Network<f64, L>, loss: &P, x: &Array2<f64>, y: &Y) -> Diagnosis
where
    L: Layer<f64>,
    P: Loss<f64, Y>,
    Y: Targets<f64> + ?Sized,
{
    let data = Batch::new(x.view(), y).expect("valid data");
    diagnose(network, loss, data, None, None).expect("they fit")
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected}");
}

#[test]
fn a_diagnosis_is_a_line_a_finding_the_worst_first() {
    let mut x = features(40, 3);
    let y = labels(&x);
    x.column_mut(1).fill(4.0);
    x.column_mut(0).mapv_inplace(|x| 5e4 + 1e4 * x);
    let diagnosis = nn_train::diagnose_data(x.view(), &y[..], None).expect("valid");
    let lines: Vec<String> = diagnosis.to_string().lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("error: feature 0: its values lie between 4"), "{diagnosis}");
    assert!(lines.last().expect("two").starts_with("note: feature 1: it is 4 in every row. "), "{diagnosis}");
    assert!(diagnosis.findings().is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));
    assert_eq!(
        (diagnosis.iter().count(), lines.len()),
        (diagnosis.findings().len(), diagnosis.findings().len())
    );

    let json = serde_json::to_string(&diagnosis).expect("it can be written");
    assert_eq!(serde_json::from_str::<Diagnosis>(&json).expect("it can be read"), diagnosis);
    assert_eq!(Diagnosis::default().to_string(), "nothing found");
}
