"""A fitted model, for one sample at a time."""

from collections.abc import Callable
from typing import Any


class Predictor:
    """A fitted model as it is now, ready to predict single samples without the checks of scikit-learn.

    Made by ``model.predictor()``. It does not change when the model does, and one serves many threads. A sample is an array of one
    dimension, of the model's type, which is read where it lies, or a list of numbers. ``ValueError`` for another number of
    features, and for one that is not finite.

    Attributes
    ----------
    predict : callable
        The label of one sample, or a 0 or 1 for each of several; for a regressor its value, or an array of several.
    predict_proba : callable
        For a classifier, the probabilities of one sample.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from smallnet import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> predictor = MLPClassifier((8,), max_iter=2000, random_state=0).fit(X, y).predictor()
    >>> int(predictor.predict(X[0]))
    0
    """

    def __init__(self, predict: Callable[[Any], Any], predict_proba: Callable[[Any], Any] | None = None) -> None:
        self.predict = predict
        if predict_proba is not None:
            self.predict_proba = predict_proba

    def __reduce__(self):
        raise TypeError("a Predictor is not pickled: pickle the model, and call predictor() of what is read back")


def of_classes(engine: Any, pair: bool, labels: list[Any]) -> Predictor:
    """Of one class of several; ``pair`` for a single output, which is the second of two."""
    row = engine.predictor(pair, labels)
    return Predictor(row.label, row.predict)


def of_several(engine: Any) -> Predictor:
    """Of a yes or no for each output."""
    row = engine.predictor(False, [])
    return Predictor(lambda x: (row.predict(x) > 0.5).astype(int), row.predict)


def of_values(engine: Any, several: bool) -> Predictor:
    """Of one value, or of several."""
    row = engine.predictor(False, [])
    return Predictor(row.predict if several else row.value)
