"""With the same random state we give scikit-learn's numbers."""

import warnings

import numpy as np
import pytest
from sklearn import neural_network as reference
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_multilabel_classification
from sklearn.preprocessing import StandardScaler, scale

import smallnet

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


def two_classes():
    X, y = iris()
    return X, np.where(y == 0, "no", "yes")


def digits():
    X, y = load_digits(return_X_y=True)
    return X[:500] / 16, y[:500]


def labels():
    X, y = make_multilabel_classification(200, n_features=8, n_classes=3, random_state=0)
    return scale(X), y


def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return scale(X), scale(y)


def two_outputs():
    X, y = diabetes()
    return X, np.column_stack([y, X[:, 0] ** 2 - y])


CLASSIFIED = [iris, two_classes, digits, labels]
REGRESSED = [diabetes, two_outputs]


def fit_both(data, sample_weight=None, **settings):
    X, y = data()
    name = "MLPClassifier" if data in CLASSIFIED else "MLPRegressor"
    settings = {"hidden_layer_sizes": (12, 7), "max_iter": 50, "random_state": 3, "tol": 0.0} | settings
    ours = getattr(smallnet, name)(**settings).fit(X, y, sample_weight)
    theirs = getattr(reference, name)(**settings).fit(X, y, sample_weight)
    return ours, theirs, X


def assert_equal(ours, theirs, X, tolerance=1e-10):
    assert ours.n_iter_ == theirs.n_iter_ and ours.t_ == theirs.t_
    assert ours.n_layers_ == theirs.n_layers_ and ours.n_outputs_ == theirs.n_outputs_
    assert ours.out_activation_ == theirs.out_activation_
    for mine, his in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        assert mine.shape == his.shape and mine.dtype == his.dtype
        np.testing.assert_allclose(mine, his, rtol=0, atol=tolerance)
    if hasattr(theirs, "loss_curve_"):
        np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=0, atol=tolerance)
        np.testing.assert_allclose(ours.loss_, theirs.loss_, rtol=0, atol=tolerance)
        if theirs.validation_scores_ is None:
            assert ours.validation_scores_ is None
            np.testing.assert_allclose(ours.best_loss_, theirs.best_loss_, rtol=0, atol=tolerance)
        else:
            assert ours.best_loss_ is None
            np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=0, atol=tolerance)
            np.testing.assert_allclose(ours.best_validation_score_, theirs.best_validation_score_, atol=tolerance)
    if hasattr(theirs, "classes_"):
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=tolerance)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    else:
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=0, atol=tolerance)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("data", CLASSIFIED + REGRESSED)
def test_fifty_epochs(data, solver, activation):
    assert_equal(*fit_both(data, solver=solver, activation=activation))


@pytest.mark.parametrize("batch_size", [1, 7, 32, 150])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_batch_sizes(solver, batch_size):
    assert_equal(*fit_both(iris, solver=solver, batch_size=batch_size, activation="tanh", max_iter=10))


@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate": "invscaling", "learning_rate_init": 0.5, "power_t": 0.3},
        {"learning_rate": "adaptive", "learning_rate_init": 0.1, "tol": 1e-2, "n_iter_no_change": 2},
        {"momentum": 0.0, "learning_rate_init": 0.1},
        {"momentum": 0.5, "nesterovs_momentum": False, "learning_rate_init": 0.1},
        {"shuffle": False},
        {"alpha": 0.0},
        {"alpha": 3.0},
    ],
)
@pytest.mark.parametrize("data", [iris, diabetes])
def test_settings_of_sgd(data, settings):
    assert_equal(*fit_both(data, solver="sgd", activation="tanh", **settings))


def test_settings_of_adam():
    assert_equal(*fit_both(iris, beta_1=0.8, beta_2=0.9, epsilon=1e-3, learning_rate_init=0.01))


@pytest.mark.parametrize("data", CLASSIFIED + REGRESSED)
@pytest.mark.parametrize("weighted", [False, True])
def test_early_stopping(data, weighted):
    X, _ = data()
    weight = np.random.default_rng(0).uniform(0.1, 2, len(X)) if weighted else None
    settings = {"learning_rate_init": 0.02, "max_iter": 200, "tol": 1e-3, "n_iter_no_change": 5}
    assert_equal(*fit_both(data, weight, early_stopping=True, activation="tanh", **settings))


@pytest.mark.parametrize("data", CLASSIFIED + REGRESSED)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_sample_weights(data, solver):
    X, _ = data()
    weight = np.random.default_rng(1).integers(1, 5, len(X)) / 2
    assert_equal(*fit_both(data, weight, solver=solver, activation="tanh"))


def test_the_run_ends_where_the_loss_gets_no_better():
    ours, theirs, X = fit_both(iris, tol=1e-3, max_iter=500, learning_rate_init=0.01)
    assert theirs.n_iter_ < 500
    assert_equal(ours, theirs, X)


@pytest.mark.parametrize("data", [diabetes, two_outputs])
def test_poisson(data):
    X, y = data()
    y = np.floor(np.exp(y))
    settings = {"loss": "poisson", "activation": "tanh", "max_iter": 50, "random_state": 0}
    ours = smallnet.MLPRegressor(**settings).fit(X, y)
    assert_equal(ours, reference.MLPRegressor(**settings).fit(X, y), X)


def test_partial_fit_goes_on_with_the_optimizer():
    X, y = iris()
    models = [m.MLPClassifier((5,), activation="tanh", random_state=0) for m in (smallnet, reference)]
    for model in models:
        for start in range(0, 150, 30):
            model.partial_fit(X[start : start + 30], y[start : start + 30], classes=[0, 1, 2])
    assert_equal(*models, X)


def test_warm_start():
    X, y = iris()
    kinds = (smallnet, reference)
    models = [m.MLPClassifier((5,), activation="tanh", random_state=0, warm_start=True, max_iter=7) for m in kinds]
    for model in models:
        model.fit(X, y).fit(X, y)
    assert_equal(*models, X)


@pytest.mark.parametrize("data", CLASSIFIED + REGRESSED)
def test_lbfgs_while_rounding_is_small(data):
    ours, theirs, X = fit_both(data, solver="lbfgs", activation="tanh", max_iter=10)
    assert_equal(ours, theirs, X, 1e-7)


@pytest.mark.parametrize("data", [iris, diabetes])
def test_lbfgs_finds_as_good_an_optimum(data):
    ours, theirs, _ = fit_both(data, solver="lbfgs", activation="tanh", max_iter=2000, alpha=1.0, tol=1e-6)
    assert abs(ours.loss_ - theirs.loss_) < 0.05 * theirs.loss_


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_single_precision_stays_single(solver):
    X, y = digits()
    X = X.astype(np.float32)
    settings = {"solver": solver, "max_iter": 20, "random_state": 0, "activation": "tanh"}
    ours = smallnet.MLPClassifier(**settings).fit(X, y)
    theirs = reference.MLPClassifier(**settings).fit(X, y)
    assert ours.predict_proba(X).dtype == np.float32
    assert_equal(ours, theirs, X, 1e-3)


@pytest.mark.parametrize("order", ["C", "F"])
def test_any_memory_order(order):
    X, y = iris()
    padded = np.asarray(np.repeat(X, 2, axis=0), order=order)[::2]
    settings = {"max_iter": 5, "random_state": 0}
    ours = smallnet.MLPClassifier(**settings).fit(padded, y)
    assert_equal(ours, reference.MLPClassifier(**settings).fit(X, y), X)


def test_raw_features_scaled_in_a_pipeline_give_the_same():
    from sklearn.pipeline import make_pipeline

    X, y = load_iris(return_X_y=True)
    models = [make_pipeline(StandardScaler(), m.MLPClassifier((5,), random_state=0)) for m in (smallnet, reference)]
    ours, theirs = (model.fit(X, y) for model in models)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=1e-10)


def test_no_warning_that_they_do_not_give():
    X, y = iris()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        smallnet.MLPClassifier(max_iter=2000, random_state=0).fit(X, y)
