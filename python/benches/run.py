"""Time to fit and to predict, beside scikit-learn, on five real data sets that scikit-learn brings along.

Writes RESULTS.md beside this file. Both have the same settings, weights and order of samples; each takes its turn, one thread,
and the best of several runs counts.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[threads] = "1"

import platform
import statistics
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn import datasets, neural_network
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import smallnet

ROUNDS = 5
DATA = {
    # name: samples, classifier or regressor, settings
    "iris 4-16-3": (datasets.load_iris, "MLPClassifier", {"hidden_layer_sizes": (16,), "batch_size": 16}),
    "wine 13-16-3": (datasets.load_wine, "MLPClassifier", {"hidden_layer_sizes": (16,), "batch_size": 16}),
    "breast cancer 30-32-1": (datasets.load_breast_cancer, "MLPClassifier", {"hidden_layer_sizes": (32,), "batch_size": 32}),
    "digits 64-32-10": (datasets.load_digits, "MLPClassifier", {"hidden_layer_sizes": (32,), "batch_size": 32}),
    "diabetes 10-32-1": (datasets.load_diabetes, "MLPRegressor", {"hidden_layer_sizes": (32,), "batch_size": 32}),
}  # fmt: skip
DEFAULT = ("digits 64-100-10, all defaults", datasets.load_digits, "MLPClassifier", {})


def seconds(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def measure(load, kind, settings, dtype):
    X, y = load(return_X_y=True)
    if kind == "MLPRegressor":
        y = (y - y.mean()) / y.std()
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    scaler = StandardScaler().fit(X)
    X, X_test = (scaler.transform(part).astype(dtype) for part in (X, X_test))
    many = np.resize(X_test, (100_000, X.shape[1]))
    best = {}
    for _ in range(ROUNDS):
        for library in (smallnet, neural_network):
            model = getattr(library, kind)(random_state=0, max_iter=100, **settings)
            times = [seconds(lambda: model.fit(X, y))[0]]
            times.append(min(seconds(lambda: model.predict(X_test[:1]))[0] for _ in range(50)))
            times.append(seconds(lambda: model.predict(many))[0])
            before = best.get(library, (times, 0))[0]
            best[library] = [min(pair) for pair in zip(times, before)], model.score(X_test, y_test)
    return best[smallnet], best[neural_network]


def main():
    warnings.simplefilter("ignore")
    header = "| data | type | fit | scikit-learn | faster | one row | scikit-learn | 100,000 rows | scikit-learn | score | scikit-learn |"
    lines = [header, "|---" * 11 + "|"]
    ratios = []
    for name, load, kind, settings in [*((name, *rest) for name, rest in DATA.items()), DEFAULT]:
        for dtype in ("float64", "float32"):
            (ours, score), (theirs, their_score) = measure(load, kind, settings, dtype)
            ratios.append(theirs[0] / ours[0])
            cells = [
                f"{ours[0] * 1e3:.1f} ms", f"{theirs[0] * 1e3:.0f} ms", f"{ratios[-1]:.1f}",
                f"{ours[1] * 1e6:.0f} µs", f"{theirs[1] * 1e6:.0f} µs",
                f"{ours[2] * 1e3:.1f} ms", f"{theirs[2] * 1e3:.1f} ms", f"{score:.3f}", f"{their_score:.3f}",
            ]  # fmt: skip
            lines.append(f"| {name} | {dtype} | " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
    text = f"""# Beside scikit-learn

Written by `python3 python/benches/run.py`: scikit-learn {sklearn.__version__}, NumPy {np.__version__}, CPython {platform.python_version()},
{platform.machine()}, one thread. Adam, 100 epochs at most, the same settings, weights and order of samples; the best of {ROUNDS} runs in turns.
A fit is faster by {min(ratios):.1f} to {max(ratios):.1f} times, by {statistics.median(ratios):.1f} in the median. One row and many rows are `predict`, whose checks of the
input, scikit-learn's own, take most of the time of one row.

""" + "\n".join(lines) + "\n"
    Path(__file__).with_name("RESULTS.md").write_text(text)


if __name__ == "__main__":
    main()
