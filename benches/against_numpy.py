#!/usr/bin/env python3
"""Times one epoch on the four spirals: the reference's arithmetic in NumPy against `cargo bench --bench epoch`.

Both do the same work in float64 on one core, in one run: 400 samples, 2-15-4, tanh, softmax cross-entropy summed
over the batch, full-batch gradient descent with L2. NumPy is timed before and after, and its faster figure counts.
"""

import json
import os
import pathlib
import subprocess
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURE = json.loads((ROOT / "tests/fixtures/numpy_spirals_tanh.json").read_text())
RATE = L2 = 1e-3


def epoch(x, onehot, w1, b1, w2, b2):
    """Forward, loss, backward and step; the parameters change in place."""
    h = np.tanh(x @ w1 + b1)
    z = h @ w2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log((p * onehot).sum(axis=1)).mean()
    dz = p - onehot
    dh = (dz @ w2.T) * (1 - h * h)
    w2 -= RATE * (h.T @ dz + L2 * w2)
    b2 -= RATE * dz.sum(axis=0, keepdims=True)
    w1 -= RATE * (x.T @ dh + L2 * w1)
    b1 -= RATE * dh.sum(axis=0, keepdims=True)
    return loss


def numpy_seconds():
    """The fastest of 20 rounds of 200 epochs, per epoch; checked against the reference's parameters."""
    x, y = np.array(FIXTURE["x"]), np.array(FIXTURE["y"])
    onehot = np.eye(4)[y]
    params = [np.array(FIXTURE["init"][name]) for name in ("W1", "B1", "W2", "B2")]
    best = float("inf")
    for round_ in range(20):
        start = time.perf_counter()
        for _ in range(200):
            epoch(x, onehot, *params)
        best = min(best, (time.perf_counter() - start) / 200)
        if round_ == 4:
            for name, value in zip(("W1", "B1", "W2", "B2"), params):
                assert np.allclose(value, FIXTURE["params_after"]["1000"][name], rtol=1e-10), name
    return best


def nn_seconds(name):
    estimates = ROOT / f"target/criterion/{name}/new/estimates.json"
    return json.loads(estimates.read_text())["median"]["point_estimate"] * 1e-9


def main():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    before = numpy_seconds()
    subprocess.run(["cargo", "bench", "--quiet", "--bench", "epoch", "--", "spirals"], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    numpy_time = min(before, numpy_seconds())
    print("| spirals 2-15-4, 400 samples, one epoch | time | NumPy / nn |")
    print("|---|---|---|")
    print(f"| NumPy {np.__version__}, float64 | {numpy_time * 1e6:.1f} us | 1 |")
    for label, name in (("nn, f64", "spirals_epoch_f64"), ("nn, f64, dynamic layers", "spirals_epoch_f64_dynamic"),
                        ("nn, f32", "spirals_epoch_f32")):
        seconds = nn_seconds(name)
        print(f"| {label} | {seconds * 1e6:.1f} us | {numpy_time / seconds:.1f} |")


if __name__ == "__main__":
    main()
