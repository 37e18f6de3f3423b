"""A fitted model, for one sample at a time."""

import numpy as np


class Predictor:
    """A fitted model as it is now, ready to predict single samples without the checks of scikit-learn.

    Made by ``model.predictor()``. It does not change when the model does, and one serves many threads.

    Attributes
    ----------
    predict_proba : callable
        For a classifier, the probabilities of one sample: an array of one dimension, of the model's type, which is read where
        it lies, or a list of numbers. ``ValueError`` for another number of features, and for one that is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from smallnet import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> predictor = MLPClassifier((8,), max_iter=2000, random_state=0).fit(X, y).predictor()
    >>> int(predictor.predict(X[0]))
    0
    """

    def __init__(self, outputs, classes=None, several=False):
        self._outputs = outputs
        self._classes = classes
        self._several = several
        if classes is not None:
            self.predict_proba = outputs

    def predict(self, x):
        """The label of one sample, or a 0 or 1 for each of several; for a regressor its value, or values."""
        outputs = self._outputs(x)
        if self._classes is None:
            return outputs if self._several else outputs[0]
        if self._several:
            return (outputs > 0.5).astype(int)
        return self._classes[outputs.argmax()]

    def __reduce__(self):
        raise TypeError("a Predictor is not pickled: pickle the model, and call predictor() of what is read back")


def of_classifier(model):
    """Of a fitted classifier."""
    dtype = model.coefs_[0].dtype
    several = model._label_binarizer.y_type_.startswith("multilabel")
    outputs = model._engine(dtype).predictor(model.n_outputs_ == 1 and not several).predict
    return Predictor(outputs, np.asarray(model.classes_), several)


def of_regressor(model):
    """Of a fitted regressor."""
    outputs = model._engine(model.coefs_[0].dtype).predictor(False).predict
    return Predictor(outputs, several=model.n_outputs_ > 1)
