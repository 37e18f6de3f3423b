"""What users of scikit-learn do with an estimator."""

import os
import pickle
import signal
import threading
import warnings
from unittest import mock

import numpy as np
import pytest
from scipy import sparse
from sklearn import neural_network as reference
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler, scale

import smallnet
from smallnet import MLPClassifier, MLPRegressor
from smallnet._optimizer import Optimizer


@pytest.fixture
def iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


def test_parameters_are_scikit_learns():
    for name in ("MLPClassifier", "MLPRegressor"):
        ours, theirs = getattr(smallnet, name)().get_params(), getattr(reference, name)().get_params()
        assert ours.items() >= theirs.items()


def test_pipeline_cross_validation_and_grid_search_in_processes():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=1000, random_state=0))
    assert cross_val_score(model, X, y, cv=3, n_jobs=2).mean() > 0.9
    grid = {"mlpclassifier__hidden_layer_sizes": [(4,), (8, 8)], "mlpclassifier__alpha": [1e-4, 1.0]}
    search = GridSearchCV(model, grid, cv=3, n_jobs=2, error_score="raise").fit(X, y)
    assert search.best_score_ > 0.9


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_pickled_between_two_passes(iris, solver):
    X, y = iris
    model = MLPClassifier((5,), solver=solver, random_state=np.random.RandomState(0))
    model.partial_fit(X, y, classes=np.unique(y))
    again = pickle.loads(pickle.dumps(model))
    for each in (model, again):
        each.partial_fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))


def test_clone_has_settings_and_no_weights(iris):
    model = MLPClassifier((5,), alpha=0.3, max_iter=5000, random_state=0).fit(*iris)
    copy = clone(model)
    assert copy.get_params() == model.get_params() and not hasattr(copy, "coefs_")


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_frames_and_their_names(iris, frame):
    X, y = iris
    library = pytest.importorskip(frame)
    names = ["a", "b", "c", "d"]
    table = library.DataFrame(dict(zip(names, X.T)))
    model = MLPClassifier((5,), max_iter=5000, random_state=0).fit(table, y)
    np.testing.assert_array_equal(model.feature_names_in_, names)
    np.testing.assert_allclose(model.predict_proba(table), model.predict_proba(table.to_numpy()), atol=1e-14)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table[["b", "a", "c", "d"]])


def test_set_output_of_the_steps_before():
    pytest.importorskip("pandas")
    X, y = load_iris(return_X_y=True, as_frame=True)
    scaler = StandardScaler().set_output(transform="pandas")
    model = make_pipeline(scaler, FunctionTransformer(), MLPClassifier((5,), max_iter=5000, random_state=0)).fit(X, y)
    assert list(model[-1].feature_names_in_) == list(X.columns)


def test_sparse_matrices(iris):
    X, y = iris
    dense = MLPClassifier((5,), max_iter=20, random_state=0, tol=0).fit(X, y)
    for kind in (sparse.csr_matrix, sparse.csc_array):
        model = MLPClassifier((5,), max_iter=20, random_state=0, tol=0).fit(kind(X), y)
        np.testing.assert_array_equal(model.predict_proba(kind(X)), dense.predict_proba(X))


def test_weights_that_the_user_sets_are_used(iris):
    X, y = iris
    model = MLPClassifier((5,), max_iter=5000, random_state=0).fit(X, y)
    model.coefs_[1][:] = 0
    model.intercepts_[1] = np.zeros(3)
    np.testing.assert_allclose(model.predict_proba(X), 1 / 3)


def test_data_are_left_as_they_are(iris):
    X, y = iris
    X.flags.writeable = y.flags.writeable = False
    before = X.copy()
    MLPClassifier((5,), max_iter=3, random_state=0).fit(X, y)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("activation", ["gelu", "silu", "mish", "softplus"])
def test_activations_that_scikit_learn_lacks(iris, activation):
    assert MLPClassifier((8,), activation, max_iter=2000, random_state=0).fit(*iris).score(*iris) > 0.95


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_errors_and_warnings(iris):
    X, y = iris
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X)
    with pytest.raises(ValueError, match="expected layers of"):
        model = MLPClassifier((5,), max_iter=1, warm_start=True).fit(X, y)
        model.set_params(hidden_layer_sizes=(6,)).fit(X, y)
    with pytest.raises(ValueError, match="Negative values"):
        MLPClassifier().fit(X, y, sample_weight=-np.ones(len(X)))
    with pytest.raises(ValueError, match="non-finite parameter weights.*StandardScaler"):
        MLPRegressor(solver="sgd", learning_rate_init=1e3, random_state=0).fit(1e3 * X, 1e6 * y)
    with pytest.raises(ValueError, match="'activation' parameter"):
        MLPClassifier(activation="tahn").fit(X, y)


def test_too_few_epochs_are_said(iris):
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\)"):
        MLPClassifier(max_iter=2).fit(*iris)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("batch_size", "n_jobs"), [(1, None), (64, None), (64, 2)])
def test_an_interrupt_ends_a_run_and_keeps_the_weights(batch_size, n_jobs):
    # Hours of work, in long epochs or in many short ones: only the interrupt ends it.
    n = 50_000 if batch_size == 1 else 1000
    X, y = np.random.default_rng(0).normal(size=(n, 20)), np.arange(n) % 2
    settings = {"batch_size": batch_size, "max_iter": 10**6, "tol": 0, "n_iter_no_change": np.inf, "n_jobs": n_jobs}
    model = MLPClassifier((256, 256), random_state=0, **settings)
    start = Optimizer.start

    def start_and_interrupt(optimizer, engine):
        start(optimizer, engine)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()

    with mock.patch.object(Optimizer, "start", start_and_interrupt), pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, y)
    assert model.n_iter_ < 10**6 and model.predict(X[:5]).shape == (5,)


def test_other_threads_run_during_an_epoch():
    n = 100_000
    X, y = np.random.default_rng(0).normal(size=(n, 20)), np.arange(n) % 2
    done, turns = threading.Event(), []

    def count():
        while not done.wait(0.01):
            turns.append(1)

    thread = threading.Thread(target=count)
    thread.start()
    MLPClassifier((32,), batch_size=10, solver="sgd").partial_fit(X, y, classes=[0, 1])
    done.set()
    thread.join()
    assert len(turns) > 2


def test_a_network_for_each_thread_at_once(iris):
    X, y = iris
    models = [MLPClassifier((5,), max_iter=50, random_state=seed, tol=0) for seed in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        threads = [threading.Thread(target=model.fit, args=(X, y)) for model in models]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        for model in models:
            np.testing.assert_array_equal(model.predict_proba(X), clone(model).fit(X, y).predict_proba(X))
