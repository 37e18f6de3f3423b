"""A predictor says for one sample what the model says."""

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_multilabel_classification

from smallnet import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, CLASSES = load_iris(return_X_y=True)
SETTINGS = {"hidden_layer_sizes": (7, 5), "max_iter": 30, "random_state": 0}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("y", [CLASSES, np.where(CLASSES == 1, "one", "other")])
def test_classes(dtype, y):
    model = MLPClassifier(**SETTINGS).fit(X.astype(dtype), y)
    predictor = model.predictor()
    for row in X[::10].astype(dtype):
        np.testing.assert_allclose(predictor.predict_proba(row), model.predict_proba(row[None])[0], rtol=0, atol=1e-15)
        assert predictor.predict(row) == model.predict(row[None])[0]


def test_labels():
    data, y = make_multilabel_classification(50, n_features=6, n_classes=3, random_state=0)
    model = MLPClassifier(**SETTINGS).fit(data, y)
    for row in data[:10]:
        np.testing.assert_array_equal(model.predictor().predict(row), model.predict(row[None])[0])


@pytest.mark.parametrize("y", [X[:, 0], X[:, :2]])
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_values(y, loss):
    model = MLPRegressor(loss, **SETTINGS).fit(X, y)
    for row in X[:10]:
        np.testing.assert_allclose(model.predictor().predict(row), model.predict(row[None])[0], rtol=1e-14)


def test_lists_strides_and_other_types():
    model = MLPClassifier(**SETTINGS).fit(X, CLASSES)
    predictor, expected = model.predictor(), model.predict_proba(X[:1])[0]
    for row in (X[0].tolist(), np.repeat(X[0], 2)[::2], X[0].astype("float32").astype(object)):
        np.testing.assert_allclose(predictor.predict_proba(row), expected, rtol=0, atol=1e-6)


def test_it_stays_as_it_was():
    model = MLPClassifier(**SETTINGS).fit(X, CLASSES)
    predictor, expected = model.predictor(), model.predict_proba(X[:1])[0]
    model.coefs_[0][:] = 0
    np.testing.assert_allclose(predictor.predict_proba(X[0]), expected, rtol=0, atol=1e-15)


def test_errors():
    predictor = MLPClassifier(**SETTINGS).fit(X, CLASSES).predictor()
    with pytest.raises(ValueError, match="4"):
        predictor.predict(X[0, :3])
    with pytest.raises(ValueError, match="NaN"):
        predictor.predict([np.nan, 1, 1, 1])
    with pytest.raises(TypeError):
        predictor.predict("abcd")
