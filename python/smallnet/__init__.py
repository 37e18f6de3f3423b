"""Small neural networks on a CPU: scikit-learn's multi-layer perceptrons, many times faster.

>>> from sklearn.datasets import load_iris
>>> from smallnet import MLPClassifier
>>> X, y = load_iris(return_X_y=True)
>>> model = MLPClassifier((16,), max_iter=1000, random_state=0).fit(X, y)
>>> model.score(X, y) > 0.95
True
"""

from ._classifier import MLPClassifier
from ._predictor import Predictor
from ._regressor import MLPRegressor

__version__ = "0.1.0"
__all__ = ["MLPClassifier", "MLPRegressor", "Predictor", "__version__"]
