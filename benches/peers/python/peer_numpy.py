"""NumPy: forward and backward written out. The other peers' values are checked against these."""

from time import perf_counter

import numpy as np
from harness import of_seed, serve


def activation(workload):
    """The activation and its derivative, as a function of what it gave."""
    if workload.activation == "tanh":
        return np.tanh, lambda h: 1 - h * h
    return lambda z: np.maximum(z, 0), lambda h: h > 0


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def outputs_of(x, params, apply):
    """The outputs of every layer, the input first."""
    h = [x]
    for weight, bias in params[:-1]:
        h.append(apply(h[-1] @ weight.T + bias))
    weight, bias = params[-1]
    return [*h, h[-1] @ weight.T + bias]


def gradient_of(workload, x, y, params, apply, derivative):
    """The loss, and its gradient with respect to every weight and bias."""
    h = outputs_of(x, params, apply)
    z, n = h[-1], len(x)
    if workload.loss == "cross_entropy":
        dz = softmax(z)
        loss = -np.log(dz[np.arange(n), y]).sum()
        dz[np.arange(n), y] -= 1
        divisor = n if workload.reduction == "mean" else 1
    else:
        loss = np.square(z - y).sum()
        dz = 2 * (z - y)
        divisor = z.size
    loss, dz = loss / divisor, dz / divisor
    gradients = []
    for layer in reversed(range(len(params))):
        gradients.append((dz.T @ h[layer], dz.sum(axis=0)))
        if layer > 0:
            dz = (dz @ params[layer][0]) * derivative(h[layer])
    return loss, gradients[::-1]


def sgd(workload, params):
    def step(gradients):
        for (weight, bias), (dweight, dbias) in zip(params, gradients):
            if workload.l2:
                dweight += workload.l2 * weight
            weight -= workload.learning_rate * dweight
            bias -= workload.learning_rate * dbias

    return step


def adam(workload, params):
    flat = [tensor for layer in params for tensor in layer]
    state, t = [(np.zeros_like(p), np.zeros_like(p)) for p in flat], 0

    def step(gradients):
        nonlocal t
        t += 1
        for p, g, (m, v) in zip(flat, (g for layer in gradients for g in layer), state):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= workload.learning_rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    return step


def train(workload, x, y, initial):
    functions = activation(workload)
    batch, n = workload.batch, len(x)

    def run(epochs, shuffled):
        params = [(weight.copy(), bias.copy()) for weight, bias in initial]
        step = {"sgd": sgd, "adam": adam}[workload.optimizer](workload, params)
        rng = np.random.default_rng(0)
        start = perf_counter()
        for _ in range(epochs):
            order = rng.permutation(n) if shuffled and batch < n else np.arange(n)
            value = 0.0
            for first in range(0, n, batch):
                rows = order[first : first + batch]
                loss, gradients = gradient_of(
                    workload, *((x[rows], y[rows]) if batch < n else (x, y)), params, *functions
                )
                step(gradients)
                value += loss * len(rows) / n
        return value, perf_counter() - start

    return run


def train_seeds(workload, x, y, initial):
    """One after the other."""
    runs = [train(workload, x, y, of_seed(initial, seed, workload.seeds)) for seed in range(workload.seeds)]

    def run(epochs, shuffled):
        values, seconds = zip(*(run(epochs, shuffled) for run in runs))
        return np.mean(values), sum(seconds)

    return run


def predict(workload, x, _, params):
    apply, _ = activation(workload)

    def run(predictions, _):
        start = perf_counter()
        for i in range(predictions):
            row = i % len(x)
            y = outputs_of(x if workload.rows else x[row : row + 1], params, apply)[-1]
            if workload.output == "softmax":
                y = softmax(y)
        return np.square(y, dtype=np.float64).sum(), perf_counter() - start

    return run


def prepare(workload, *data):
    if workload.seeds:
        return train_seeds(workload, *data)
    return train(workload, *data) if workload.loss else predict(workload, *data)


serve(prepare)
