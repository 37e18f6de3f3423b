"""Small neural networks on a CPU: scikit-learn's multi-layer perceptrons, many times faster, and networks of any layers.

>>> from sklearn.datasets import load_iris
>>> from smallnet import MLPClassifier
>>> X, y = load_iris(return_X_y=True)
>>> model = MLPClassifier((16,), max_iter=1000, random_state=0).fit(X, y)
>>> model.score(X, y) > 0.95
True

Networks of any layers, and the loop that trains them:

>>> from smallnet import Network, Trainer
>>> layers = [{"dense": {"units": 16, "activation": "gelu"}}, {"layer_norm": {}}, {"dense": {"units": 3}}]
>>> network = Network(4, layers)
>>> report = Trainer("adamw", epochs=50).fit(network, "softmax_cross_entropy", X, y)
>>> report.train.accuracy > 0.95
True
"""

from ._classifier import MLPClassifier
from ._network import Network, export, load, save
from ._predictor import Predictor
from ._regressor import MLPRegressor
from ._smallnet import Epoch
from ._trainer import Report, Score, Trainer

__version__ = "0.1.0"
__all__ = [
    "Epoch",
    "MLPClassifier",
    "MLPRegressor",
    "Network",
    "Predictor",
    "Report",
    "Score",
    "Trainer",
    "__version__",
    "export",
    "load",
    "save",
]
