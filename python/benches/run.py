"""Time to fit and to predict, and scores, beside scikit-learn, PyTorch and Keras, on five real data sets that scikit-learn brings.

Writes RESULTS.md beside this file. All have the same layers, Adam with the same settings, mini-batches and epochs; smallnet and
scikit-learn the same weights and order of samples, too. Each takes its turn, on one thread, and the best of several runs counts: its
processor time, so that what else the machine does counts little. What is not installed is left out: requirements.txt has the versions.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[threads] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import importlib.metadata
import importlib.util
import logging
import platform
import re
import statistics
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn import datasets, neural_network
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import smallnet

EPOCHS, LEARNING_RATE, ROUNDS, MANY = 100, 0.01, 2, 100_000
DATA = {
    # name: samples, hidden units, samples of a mini-batch
    "iris 4-16-3": (datasets.load_iris, 16, 16),
    "wine 13-16-3": (datasets.load_wine, 16, 16),
    "breast cancer 30-32-1": (datasets.load_breast_cancer, 32, 32),
    "digits 64-32-10": (datasets.load_digits, 32, 32),
    "diabetes 10-32-1": (datasets.load_diabetes, 32, 32),
    "digits 64-100-10, batches of 200": (datasets.load_digits, 100, 200),
}


class Estimators:
    """smallnet's or scikit-learn's."""

    def __init__(self, module, dtype):
        self.module, self.dtype = module, dtype

    def make(self, X, y, hidden, batch_size):
        kind = self.module.MLPRegressor if y.dtype.kind == "f" else self.module.MLPClassifier
        # All epochs, however little the loss changes.
        settings = {"max_iter": EPOCHS, "tol": 0.0, "n_iter_no_change": EPOCHS, "random_state": 0}
        settings["learning_rate_init"] = LEARNING_RATE
        self.model = kind(hidden_layer_sizes=(hidden,), batch_size=batch_size, **settings)

    def fit(self, X, y):
        self.model.fit(X, y)

    def predict(self, X):
        return self.model.predict(X)

    def ways_to_predict_one(self, row):
        ways = {"predict": lambda: self.model.predict(row[None])}
        if self.module is smallnet:
            predictor = self.model.predictor()
            ways["predictor"] = lambda: predictor.predict(row)
        return ways


class Torch:
    """The usual loop, on tensors that are shuffled whole, which is faster than a DataLoader."""

    dtype = "float32"

    def make(self, X, y, hidden, batch_size):
        import torch

        self.torch, self.batch_size = torch, batch_size
        torch.set_num_threads(1)
        torch.manual_seed(0)
        self.classes = 0 if y.dtype.kind == "f" else int(y.max()) + 1
        outputs = self.classes if self.classes > 2 else 1
        nn = torch.nn
        self.model = nn.Sequential(nn.Linear(X.shape[1], hidden), nn.ReLU(), nn.Linear(hidden, outputs))
        losses = {0: nn.MSELoss, 2: nn.BCEWithLogitsLoss}
        self.loss = losses.get(self.classes, nn.CrossEntropyLoss)()

    def fit(self, X, y):
        torch = self.torch
        x = torch.from_numpy(X)
        y = torch.from_numpy(y) if self.classes > 2 else torch.from_numpy(y.astype("float32"))[:, None]
        optimizer = torch.optim.Adam(self.model.parameters(), LEARNING_RATE)
        for _ in range(EPOCHS):
            order = torch.randperm(len(x))
            for begin in range(0, len(x), self.batch_size):
                rows = order[begin : begin + self.batch_size]
                optimizer.zero_grad()
                self.loss(self.model(x[rows]), y[rows]).backward()
                optimizer.step()

    def predict(self, X):
        with self.torch.inference_mode():
            return read(self.model(self.torch.from_numpy(X)).numpy(), self.classes)

    def ways_to_predict_one(self, row):
        return {"predict": lambda: self.predict(row[None])}


class Keras:
    """``compile``, ``fit`` and ``predict``, with TensorFlow."""

    dtype = "float32"

    def make(self, X, y, hidden, batch_size):
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        import keras

        keras.utils.set_random_seed(0)
        self.batch_size = batch_size
        self.classes = 0 if y.dtype.kind == "f" else int(y.max()) + 1
        layers = keras.layers
        outputs = layers.Dense(self.classes if self.classes > 2 else 1)
        self.model = keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(hidden, "relu"), outputs])
        losses = {0: "mse", 2: keras.losses.BinaryCrossentropy(from_logits=True)}
        loss = losses.get(self.classes, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        self.model.compile(keras.optimizers.Adam(LEARNING_RATE), loss)

    def fit(self, X, y):
        self.model.fit(X, y, batch_size=self.batch_size, epochs=EPOCHS, verbose=0)

    def predict(self, X):
        return read(self.model.predict(X, batch_size=8192, verbose=0), self.classes)

    def ways_to_predict_one(self, row):
        return {"predict": lambda: read(np.asarray(self.model(row[None])), self.classes)}


def read(outputs, classes):
    if classes > 2:
        return outputs.argmax(axis=1)
    return (outputs[:, 0] > 0).astype(int) if classes else outputs[:, 0]


def peers():
    found = {
        "smallnet": Estimators(smallnet, "float64"),
        "smallnet, float32": Estimators(smallnet, "float32"),
        "scikit-learn": Estimators(neural_network, "float64"),
        "scikit-learn, float32": Estimators(neural_network, "float32"),
    }
    for name, module, kind in (("PyTorch, float32", "torch", Torch), ("Keras, float32", "keras", Keras)):
        if importlib.util.find_spec(module):
            found[name] = kind()
        else:
            print(f"{name} is not installed, and left out")
    return found


def seconds(function):
    start = time.process_time()
    function()
    return time.process_time() - start


def measure(peer, load, hidden, batch_size):
    """Seconds to fit and to predict many rows, seconds for one row in each way, and the score."""
    X, y = load(return_X_y=True)
    if y.dtype.kind == "f":
        y = (y - y.mean()) / y.std()
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    scaler = StandardScaler().fit(X)
    X, X_test = (scaler.transform(part).astype(peer.dtype) for part in (X, X_test))
    peer.make(X, y, hidden, batch_size)
    fit = seconds(lambda: peer.fit(X, y))
    many = np.resize(X_test, (MANY, X.shape[1]))
    peer.predict(many[: MANY // 10])
    times = {"fit": fit, "many": seconds(lambda: peer.predict(many))}
    for way, function in peer.ways_to_predict_one(X_test[0].copy()).items():
        function()
        count = 1000 if way == "predictor" else 30
        times[way] = min(seconds(lambda: [function() for _ in range(count)]) / count for _ in range(5))
    predicted = peer.predict(X_test)
    score = r2_score(y_test, predicted) if y.dtype.kind == "f" else (predicted == y_test).mean()
    return times, float(score)


def machine():
    cpu = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = re.findall(r"model name\s*: (.*)", cpu) or [platform.processor()]
    vectors = next((name for flag, name in ((" avx512f", "AVX-512"), (" avx2", "AVX2")) if flag in cpu), platform.machine())
    return f"{names[0]} with {vectors}, one thread"


def quantity(seconds):
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1 or unit == "µs":
            return f"{seconds * factor:.3g} {unit}"


def main():
    warnings.simplefilter("ignore")
    logging.getLogger("tensorflow").setLevel("ERROR")
    header = "| data | library | fit | times smallnet's | one row | 100,000 rows | score |"
    lines, ratios = [header, "|---" * 7 + "|"], {}
    everyone = peers()
    for data, (load, hidden, batch_size) in DATA.items():
        best = {}
        for _ in range(ROUNDS):
            for name, peer in everyone.items():
                times, score = measure(peer, load, hidden, batch_size)
                before = best.get(name, (times, score))[0]
                best[name] = {key: min(times[key], before[key]) for key in times}, score
        for name, (times, score) in best.items():
            own = "smallnet, float32" if "float32" in name else "smallnet"
            ratio = times["fit"] / best[own][0]["fit"]
            if name != own:
                ratios.setdefault(name, []).append(ratio)
            one = quantity(times["predict"])
            if "predictor" in times:
                one += f"; by `predictor()` {quantity(times['predictor'])}"
            ratio = "" if name == own else f"{ratio:.1f}"
            row = [data, name, quantity(times["fit"]), ratio, one, quantity(times["many"]), f"{score:.3f}"]
            lines.append("| " + " | ".join(row) + " |")
            print(lines[-1], flush=True)
    packages = ("scikit-learn", "torch", "keras", "tensorflow-cpu", "numpy")
    installed = {package.metadata["Name"].lower().replace("_", "-"): package.version for package in importlib.metadata.distributions()}
    versions = ", ".join(f"{name} {installed[name]}" for name in packages if name in installed)
    medians = ", ".join(
        f"{name} {statistics.median(found):.1f} times ({min(found):.1f} to {max(found):.1f})" for name, found in ratios.items()
    )
    text = f"""# Beside scikit-learn, PyTorch and Keras

Written by `python3 python/benches/run.py`, with {versions},
CPython {platform.python_version()}; {machine()}. Adam, learning rate {LEARNING_RATE}, {EPOCHS} epochs, the same layers and mini-batches;
processor time, the best of {ROUNDS} runs in turns. To fit takes, of smallnet's time with the same type, in the median: {medians}.

One row is `predict`, for Keras the model called on it; the checks of the input, scikit-learn's own, take most of the time of the
estimators. A fit of Keras compiles the model, two or three seconds. The score is accuracy, for diabetes R², on a quarter of the rows;
smallnet and scikit-learn begin with the same weights, the others with their own.

""" + "\n".join(lines) + "\n"
    Path(__file__).with_name("RESULTS.md").write_text(text)


if __name__ == "__main__":
    main()
