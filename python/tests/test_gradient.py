"""The gradient that L-BFGS is given agrees with finite differences."""

import numpy as np
import pytest

from smallnet import MLPClassifier, MLPRegressor
from smallnet._engine import ACTIVATIONS

# Their slopes jump.
SMOOTH = sorted(ACTIVATIONS - {"relu", "relu6", "hard_tanh", "hard_sigmoid", "hard_swish"})


@pytest.mark.parametrize("activation", SMOOTH)
@pytest.mark.parametrize("targets", ["classes", "binary", "labels", "values", "counts"])
def test_finite_differences(activation, targets):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 4))
    y = {
        "classes": np.arange(20) % 3,
        "binary": np.arange(20) % 2,
        "labels": np.array([[n % 2, n % 3 == 0, 1] for n in range(20)], int),
        "values": rng.normal(size=20),
        "counts": rng.integers(0, 5, size=20),
    }[targets]
    weight = rng.uniform(0.5, 2, size=20)
    settings = {"hidden_layer_sizes": (5, 3), "activation": activation, "alpha": 0.1, "solver": "sgd", "random_state": 0}
    if targets in ("values", "counts"):
        loss = "poisson" if targets == "counts" else "squared_error"
        model = MLPRegressor(loss=loss, **settings).partial_fit(X, y)
    else:
        model = MLPClassifier(**settings).partial_fit(X, y, classes=np.arange(2 if targets == "binary" else 3))
    _, encoded = model._validate_input(X, y, True, False)
    engine = model._engine(np.dtype(float), model.alpha)
    engine.load(X, model._targets(encoded.reshape(20, -1), float), weight)
    params, step = engine.params, 1e-6
    _, gradient = engine.loss_and_gradient(params)
    for index in range(len(params)):
        ends = []
        for sign in (1, -1):
            moved = params.copy()
            moved[index] += sign * step
            ends.append(engine.loss_and_gradient(moved)[0])
        assert abs((ends[0] - ends[1]) / (2 * step) - gradient[index]) < 1e-7
