"""Optimizers, schedules, losses, number types and threads that scikit-learn's perceptrons have not."""

import pickle
import threading
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, make_multilabel_classification
from sklearn.preprocessing import scale

from smallnet import MLPClassifier, MLPRegressor
from smallnet._engine import FIRST_ORDER
from smallnet._smallnet import OPTIMIZERS, SCHEDULES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, CLASSES = load_iris(return_X_y=True)
X = scale(X)
SETTINGS = {"hidden_layer_sizes": (6,), "activation": "tanh", "max_iter": 5, "random_state": 0, "tol": 0.0}


def straight_line(rate=0.1, epochs=12, alpha=0.0, **settings):
    """A line fitted to all samples at once by our model: it begins with, and its weights and losses after every epoch."""
    x, y = scale(load_diabetes().data[:, 2:3]), scale(load_diabetes().target)
    settings = {"hidden_layer_sizes": (), "batch_size": len(x), "alpha": alpha, "learning_rate_init": rate} | settings
    model = MLPRegressor(random_state=0, **settings)
    draw = np.random.RandomState(0).uniform
    bound = np.sqrt(6 / 2)
    path = [np.array([draw(-bound, bound), draw(-bound, bound)])]
    for _ in range(epochs):
        model.partial_fit(x, y)
        path.append(np.array([model.coefs_[0][0, 0], model.intercepts_[0][0]]))
    return x[:, 0], y, np.array(path), model


# PyTorch's rules: from a gradient, the step number t from 1, and a dict of what is remembered, to the step for a rate of 1.
def sgd(g, t, memory, momentum=0.9):
    memory["v"] = g if t == 1 else momentum * memory["v"] + g
    return g + momentum * memory["v"]


def moments(g, t, memory, beta1=0.9, beta2=0.999):
    memory["m"] = beta1 * memory.get("m", 0) + (1 - beta1) * g
    memory["v"] = beta2 * memory.get("v", 0) + (1 - beta2) * g * g
    return memory["m"] / (1 - beta1**t), memory["v"] / (1 - beta2**t)


def adam(g, t, memory):
    m, v = moments(g, t, memory, beta1=0.8)
    return m / (np.sqrt(v) + 1e-8)


def adagrad(g, t, memory):
    memory["s"] = memory.get("s", 0) + g * g
    return g / (np.sqrt(memory["s"]) + 1e-10)


def rmsprop(g, t, memory):
    memory["v"] = 0.9 * memory.get("v", 0) + 0.1 * g * g
    memory["m"] = 0.9 * memory.get("m", 0) + 0.1 * g
    return g / (np.sqrt(memory["v"] - memory["m"] ** 2) + 1e-8)


def lion(g, t, memory):
    m = memory.get("m", 0)
    memory["m"] = 0.99 * m + 0.01 * g
    return np.sign(0.9 * m + 0.1 * g)


RULES = [
    ({"sgd": {"momentum": 0.9, "nesterov": True}}, sgd),
    ({"adam": {"beta1": 0.8}}, adam),
    ("adagrad", adagrad),
    ({"rmsprop": {"alpha": 0.9, "centered": True}}, rmsprop),
    ("lion", lion),
]


@pytest.mark.parametrize(("optimizer", "rule"), RULES, ids=[rule.__name__ for _, rule in RULES])
def test_steps_are_those_of_the_formula(optimizer, rule):
    x, y, path, _ = straight_line(0.05, optimizer=optimizer)
    p, memory = path[0].copy(), {}
    for t, found in enumerate(path[1:], 1):
        error = p[0] * x + p[1] - y
        p -= 0.05 * rule(np.array([(error * x).mean(), error.mean()]), t, memory)
        np.testing.assert_allclose(found, p, rtol=0, atol=1e-12)


def test_decay_is_of_the_weights_and_beside_the_penalty():
    x, y, path, _ = straight_line(0.05, alpha=2.0, optimizer={"adamw": {"weight_decay": 0.3}})
    p, memory = path[0].copy(), {}
    for t, found in enumerate(path[1:], 1):
        error = p[0] * x + p[1] - y
        m, v = moments(np.array([(error * x).mean() + 2.0 * p[0] / len(x), error.mean()]), t, memory)
        p *= [1 - 0.05 * 0.3, 1]
        p -= 0.05 * m / (np.sqrt(v) + 1e-8)
        np.testing.assert_allclose(found, p, rtol=0, atol=1e-12)


@pytest.mark.parametrize("optimizer", FIRST_ORDER)
def test_every_optimizer_learns_and_goes_on_after_pickling(optimizer):
    rate = {"adadelta": 1.0, "sgd": 0.3, "lion": 0.003, "rprop": 0.01}.get(optimizer, 0.05)
    model = MLPClassifier(optimizer=optimizer, learning_rate_init=rate, batch_size=150, **SETTINGS)
    model.partial_fit(X, CLASSES, classes=[0, 1, 2])
    first = model.loss_
    for _ in range(20):
        model.partial_fit(X, CLASSES)
    again = pickle.loads(pickle.dumps(model))
    for each in (model, again):
        each.partial_fit(X, CLASSES)
    assert model.loss_ < first and again.loss_ == model.loss_
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))


# The factor of epoch t in a run of 12 epochs.
FACTORS = [
    ("cosine", lambda t: (1 + np.cos(np.pi * t / 12)) / 2),
    ({"cosine": {"steps": 5, "min": 0.1}}, lambda t: 0.1 + 0.9 * (1 + np.cos(np.pi * t / 5)) / 2),
    ({"step": {"size": 4, "gamma": 0.5}}, lambda t: 0.5 ** (t // 4)),
    ({"multi_step": {"milestones": [2, 7], "gamma": 0.1}}, lambda t: 0.1 ** ((t >= 2) + (t >= 7))),
    ({"exponential": {"gamma": 0.9}}, lambda t: 0.9**t),
    ({"inverse_time": {"rate": 0.5}}, lambda t: 1 / (1 + 0.5 * t)),
    ({"polynomial": {"power": 2.0}}, lambda t: (1 - t / 12) ** 2),
    ({"linear": {"start": 0.1, "end": 1.0, "steps": 4}}, lambda t: 0.1 + 0.9 * min(t, 4) / 4),
    (
        {"sequence": {"first": {"constant": {"factor": 0.25}}, "at": 3, "second": {"exponential": {"gamma": 0.5}}}},
        lambda t: 0.25 if t < 3 else 0.5 ** (t - 3),
    ),
    (lambda t: 1 / (2 + t), lambda t: 1 / (2 + t)),
]


@pytest.mark.parametrize(("schedule", "factor"), FACTORS)
@pytest.mark.parametrize("optimizer", [None, "sgd"])
def test_the_rate_is_that_of_the_formula(schedule, factor, optimizer):
    settings = {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False, "max_iter": 12}
    x, y, path, model = straight_line(0.2, schedule=schedule, optimizer=optimizer, **settings)
    p = path[0].copy()
    for t, found in enumerate(path[1:]):
        error = p[0] * x + p[1] - y
        p -= 0.2 * factor(t) * np.array([(error * x).mean(), error.mean()])
        np.testing.assert_allclose(found, p, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model._optimizer.learning_rate, 0.2 * factor(11))


def test_fit_and_partial_fit_go_through_the_same_factors():
    settings = SETTINGS | {"max_iter": 9, "shuffle": False, "schedule": "one_cycle", "learning_rate_init": 0.1}
    one = MLPClassifier(**settings).fit(X, CLASSES)
    parts = MLPClassifier(**settings)
    for _ in range(9):
        parts.partial_fit(X, CLASSES, classes=[0, 1, 2])
        parts = pickle.loads(pickle.dumps(parts))
    np.testing.assert_array_equal(one.predict_proba(X), parts.predict_proba(X))
    assert np.abs(one.predict_proba(X) - MLPClassifier(**settings | {"schedule": None}).fit(X, CLASSES).predict_proba(X)).max() > 1e-3


def test_a_plateau_lowers_the_rate_also_after_pickling():
    plateau = {"reduce_on_plateau": {"factor": 0.5, "patience": 1, "threshold": 0.9}}
    model = MLPClassifier(schedule=plateau, solver="sgd", learning_rate_init=0.1, **SETTINGS)
    rates = []
    for _ in range(7):
        model.partial_fit(X, CLASSES, classes=[0, 1, 2])
        rates.append(model._optimizer.learning_rate)
        model = pickle.loads(pickle.dumps(model))
    # The first is the best, and hardly any other is better by nine tenths.
    np.testing.assert_allclose(rates, [0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025])


ERRORS = {
    "mean_squared_error": lambda e: (e**2, 2 * e),
    "mean_absolute_error": lambda e: (abs(e), np.sign(e)),
    "log_cosh": lambda e: (np.log(np.cosh(e)), np.tanh(e)),
    "huber": lambda e: np.where(abs(e) <= 0.5, (e**2 / 2, e), (0.5 * (abs(e) - 0.25), 0.5 * np.sign(e))),
    "smooth_l1": lambda e: np.where(abs(e) <= 0.5, (e**2, 2 * e), (abs(e) - 0.25, np.sign(e))),
    "pinball": lambda e: np.where(e < 0, (-0.9 * e, -0.9 + 0 * e), (0.1 * e, 0.1 + 0 * e)),
}
OPTIONS = {"huber": {"delta": 0.5}, "smooth_l1": {"beta": 0.5}, "pinball": {"quantiles": [0.9]}}


@pytest.mark.parametrize("loss", ERRORS)
def test_losses_of_values_and_their_gradients(loss):
    rng = np.random.default_rng(0)
    y = np.column_stack([X[:, 0] ** 2, X[:, 1] - X[:, 2]])
    weight = rng.uniform(0.5, 2, len(X))
    spec = {loss: OPTIONS[loss]} if loss in OPTIONS else loss
    settings = {"hidden_layer_sizes": (), "batch_size": 150, "alpha": 0.7, "solver": "sgd", "momentum": 0.0}
    settings |= {"nesterovs_momentum": False, "learning_rate_init": 0.1, "random_state": 0}
    model = MLPRegressor(loss=spec, **settings).partial_fit(X, y, weight)
    w, b = model.coefs_[0].copy(), model.intercepts_[0].copy()
    model.partial_fit(X, y, weight)
    value, slope = ERRORS[loss](X @ w + b - y)
    share = weight[:, None] / weight.sum() / 2
    penalty = 0.7 / weight.sum()
    np.testing.assert_allclose(model.loss_, (share * value).sum() + penalty / 2 * (w**2).sum(), rtol=1e-12)
    np.testing.assert_allclose(model.coefs_[0], w - 0.1 * (X.T @ (share * slope) + penalty * w), rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.intercepts_[0], b - 0.1 * (share * slope).sum(axis=0), rtol=0, atol=1e-12)


def test_a_quantile_is_learned():
    rng = np.random.default_rng(0)
    y = rng.normal(size=2000)
    model = MLPRegressor({"pinball": {"quantiles": [0.9]}}, (), solver="lbfgs", alpha=0.0, tol=1e-9, random_state=0)
    predicted = model.fit(np.zeros((2000, 1)), y).predict([[0.0]])[0]
    assert abs(predicted - np.quantile(y, 0.9)) < 0.02


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def test_label_smoothing():
    settings = SETTINGS | {"hidden_layer_sizes": (), "batch_size": 150, "alpha": 0.0}
    loss = {"softmax_cross_entropy": {"label_smoothing": 0.2}}
    model = MLPClassifier(loss=loss, **settings).partial_fit(X, CLASSES, classes=[0, 1, 2])
    w, b = model.coefs_[0].copy(), model.intercepts_[0].copy()
    model.partial_fit(X, CLASSES)
    targets = 0.8 * np.eye(3)[CLASSES] + 0.2 / 3
    np.testing.assert_allclose(model.loss_, -(targets * np.log(softmax(X @ w + b))).sum() / 150, rtol=1e-12)


@pytest.mark.parametrize("several", [False, True])
def test_losses_of_yes_and_no(several):
    data, y = X, CLASSES == 1
    if several:
        data, y = make_multilabel_classification(150, n_features=4, n_classes=3, random_state=0)
        data = scale(data)
    yes = y.reshape(150, -1)
    settings = SETTINGS | {"hidden_layer_sizes": (), "batch_size": 150, "alpha": 0.0}
    for loss in ({"focal": {"alpha": 0.3, "gamma": 1.5}}, {"binary_cross_entropy": {"pos_weight": [2.0] * yes.shape[1]}}):
        model = MLPClassifier(loss=loss, **settings).partial_fit(data, y, classes=np.arange(yes.shape[1]) if several else [0, 1])
        p = 1 / (1 + np.exp(-(data @ model.coefs_[0] + model.intercepts_[0])))
        model.partial_fit(data, y)
        if "focal" in loss:
            expected = np.where(yes, -0.3 * (1 - p) ** 1.5 * np.log(p), -0.7 * p**1.5 * np.log(1 - p))
        else:
            expected = np.where(yes, -2 * np.log(p), -np.log(1 - p))
        np.testing.assert_allclose(model.loss_, expected.sum() / 150, rtol=1e-12)
        np.testing.assert_allclose(model.predict_proba(data).shape, (150, 3 if several else 2))


def test_none_is_the_cross_entropy_and_names_are_too():
    for y, loss in ((CLASSES, "softmax_cross_entropy"), (CLASSES == 0, "binary_cross_entropy")):
        one, other = (MLPClassifier(loss=given, **SETTINGS).fit(X, y).predict_proba(X) for given in (None, loss))
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_the_dtype_is_as_if_the_samples_had_it(solver):
    settings = SETTINGS | {"solver": solver}
    y = scale(load_diabetes().target)[:150]
    for kind, target in ((MLPClassifier, CLASSES), (MLPRegressor, y)):
        model = kind(dtype="float32", **settings).fit(X, target)
        other = kind(**settings).fit(X.astype("float32"), target)
        assert all(w.dtype == np.float32 for w in model.coefs_ + model.intercepts_)
        predict = "predict_proba" if kind is MLPClassifier else "predict"
        found, expected = getattr(model, predict)(X), getattr(other, predict)(X.astype("float32"))
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, expected)
    assert MLPRegressor(dtype="float64", **settings).fit(X.astype("float32"), y).coefs_[0].dtype == np.float64


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_threads_change_no_bit_and_are_there(solver):
    data, y = load_digits(return_X_y=True)
    settings = {"hidden_layer_sizes": (100,), "solver": solver, "max_iter": 4, "random_state": 0, "batch_size": 600}
    one = MLPClassifier(**settings).fit(data, y)
    seen, done = set(), threading.Event()

    def watch():
        while not done.is_set():
            for comm in Path("/proc/self/task").glob("*/comm"):
                try:
                    seen.add(comm.read_text().strip())
                except OSError:
                    pass  # a thread that has ended

    watcher = threading.Thread(target=watch)
    watcher.start()
    two = MLPClassifier(n_jobs=2, **settings).fit(data, y)
    done.set()
    watcher.join()
    for mine, his in zip(one.coefs_, two.coefs_):
        np.testing.assert_array_equal(mine, his)
    np.testing.assert_array_equal(one.predict_proba(data), two.predict_proba(data))
    if Path("/proc/self/task").exists():
        assert {"smallnet-0", "smallnet-1"} <= seen


def test_choices_are_cloned():
    model = MLPClassifier(optimizer={"lion": {"beta1": 0.8}}, schedule="cosine", dtype="float32", n_jobs=2, loss="focal")
    assert clone(model).get_params() == model.get_params()


REFUSED = [
    ({"optimizer": "adm"}, "'optimizer' parameter"),
    ({"optimizer": {"adm": {}}}, 'there is no optimizer "adm"; expected one of .*adamw'),
    ({"optimizer": {"adam": {"beta": 1}}}, 'has no setting "beta"; expected beta1, beta2, epsilon, amsgrad'),
    ({"optimizer": {"adam": {"beta1": "x"}}}, "beta1 of the optimizer adam"),
    ({"optimizer": {"adam": {"beta1": 1.5}}}, "beta1 is 1.5; expected"),
    ({"optimizer": {"adam": {}, "sgd": {}}}, "expected the name of an optimizer"),
    ({"optimizer": {"lbfgs": {}}}, "expected an optimizer for mini-batches"),
    ({"optimizer": "adam", "solver": "lbfgs"}, "for mini-batches, not for solver='lbfgs'"),
    ({"optimizer": "adam", "learning_rate": "adaptive"}, "leave it at 'constant'"),
    ({"schedule": "cosine", "learning_rate": "invscaling", "solver": "sgd"}, "leave it at 'constant'"),
    ({"schedule": "step"}, "schedule step needs size"),
    ({"schedule": {"cosine": {"steps": 0}}}, "steps is 0; expected at least 1"),
    ({"schedule": {"cosine": {"steps": -1}}}, "steps of the schedule cosine"),
    ({"schedule": lambda t: -1.0}, "expected of schedule a finite factor, at least 0, found -1.0 for epoch 0"),
    ({"loss": "focal"}, "for three classes or more expected softmax_cross_entropy"),
    ({"loss": {"softmax_cross_entropy": {"label_smoothing": 2}}}, "label_smoothing is 2; expected"),
    ({"dtype": "float16"}, "'dtype' parameter"),
    ({"n_jobs": 0}, "n_jobs"),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED)
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**SETTINGS | settings).fit(X, CLASSES)


def test_losses_that_are_refused():
    with pytest.raises(ValueError, match="for two classes or several labels expected binary_cross_entropy or focal"):
        MLPClassifier(loss="softmax_cross_entropy").fit(X, CLASSES == 0)
    with pytest.raises(ValueError, match="loss 'hinge' .*expected one of huber"):
        MLPRegressor(loss={"hinge": {}}).fit(X, CLASSES)


def test_lists_name_what_there_is():
    assert set(OPTIMIZERS) - set(FIRST_ORDER) == {"lbfgs", "levenberg_marquardt"}
    for name in SCHEDULES:
        with pytest.raises(ValueError, match="has no setting .unknown.|needs"):
            MLPClassifier(schedule={name: {"unknown": 1}}).fit(X, CLASSES)
