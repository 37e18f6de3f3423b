"""Trains scikit-learn's networks of every activation and output, and writes their weights and predictions for the library to read.

`check_sklearn.py FOLDER` writes `FOLDER/sklearn/NETWORK/{mlp.npz,activation.txt,link.txt,x.npy,y.npy}`.
"""

import pathlib
import shutil
import sys
import warnings

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor


def problems():
    """Inputs and targets by name: two classes, three, several labels, one value, several."""
    x = np.random.default_rng(0).normal(size=(150, 4))
    total = x.sum(axis=1)
    yield "two_classes", MLPClassifier, x, np.where(total > 0, "yes", "no")
    yield "three_classes", MLPClassifier, x, np.digitize(total, [-1, 1])
    yield "labels", MLPClassifier, x, (x[:, :3] > 0).astype(int)
    yield "value", MLPRegressor, x, np.sin(total)
    yield "values", MLPRegressor, x, np.stack([total, x[:, 0] * x[:, 1]], axis=1)


def main():
    warnings.simplefilter("ignore")  # twenty epochs do not converge, and need not
    root = pathlib.Path(sys.argv[1]) / "sklearn"
    shutil.rmtree(root, ignore_errors=True)
    count = 0
    for name, kind, x, y in problems():
        for activation in ("identity", "logistic", "tanh", "relu"):
            mlp = kind(hidden_layer_sizes=(7, 5), activation=activation, max_iter=20, random_state=1).fit(x, y)
            folder = root / f"{name}_{activation}"
            folder.mkdir(parents=True)
            arrays = {f"coefs_{i}": w for i, w in enumerate(mlp.coefs_)}
            arrays |= {f"intercepts_{i}": b for i, b in enumerate(mlp.intercepts_)}
            np.savez(folder / "mlp.npz", **arrays)
            (folder / "activation.txt").write_text(mlp.activation)
            (folder / "link.txt").write_text(mlp.out_activation_)
            predict = mlp.predict_proba if kind is MLPClassifier else mlp.predict
            out = predict(x).reshape(len(x), -1)
            # Of two classes the network has one output, the probability of the second.
            out = out[:, 1:] if name == "two_classes" else out
            np.save(folder / "x.npy", x)
            np.save(folder / "y.npy", np.ascontiguousarray(out))
            count += 1
    print(f"scikit-learn {sklearn.__version__}: {count} networks written")


main()
