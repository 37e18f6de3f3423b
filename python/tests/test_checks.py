"""scikit-learn's own checks of an estimator, none of which is expected to fail."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from smallnet import MLPClassifier, MLPRegressor

ESTIMATORS = [
    MLPClassifier(),
    MLPClassifier(solver="sgd"),
    # Without a strong penalty L-BFGS makes probabilities exactly 1, scikit-learn's own too, which one check forbids.
    MLPClassifier(solver="lbfgs", alpha=1.0),
    MLPRegressor(),
    MLPRegressor(solver="lbfgs"),
]


@parametrize_with_checks(ESTIMATORS)
def test_check(estimator, check):
    check(estimator)
