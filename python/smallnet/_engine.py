"""From scikit-learn's attributes to the engine and back."""

import json
from functools import lru_cache

import numpy as np

from ._smallnet import OPTIMIZERS, Engine32, Engine64, Optimizer32, Optimizer64

# Those that take mini-batches.
FIRST_ORDER = tuple(name for name in OPTIMIZERS if Optimizer64(name).first_order)

# Names that scikit-learn has and the engine has not.
ALIASES = {"logistic": "sigmoid"}

ACTIVATIONS = frozenset(
    [
        # scikit-learn's.
        "identity", "logistic", "tanh", "relu",
        # The engine's besides.
        "gaussian", "gelu", "gelu_tanh", "hard_sigmoid", "hard_swish", "hard_tanh", "log_sigmoid", "mish", "relu6", "selu",
        "sigmoid", "silu", "sine", "softplus", "softsign", "tanh_shrink",
    ]
)  # fmt: skip


def activations(activation, n_hidden):
    """The activation of each hidden layer, from one name or a list of them."""
    names = [activation] * n_hidden if isinstance(activation, str) else list(activation)
    if len(names) != n_hidden:
        raise ValueError(
            f"activation has {len(names)} names, one for each hidden layer is expected: hidden_layer_sizes has {n_hidden}"
        )
    if unknown := [name for name in names if name not in ACTIVATIONS]:
        raise ValueError(f"activation {unknown[0]!r} is not known; expected one of {', '.join(sorted(ACTIVATIONS))}")
    return names


def layers(activation, units, dropout=0.0):
    """The layers of a perceptron in the engine's JSON: hidden layers with activation and dropout, and linear outputs."""
    return _layers(tuple(activations(activation, len(units) - 2)), tuple(units), dropout)


@lru_cache(64)
def _layers(names, units, dropout):
    chain = []
    for name, n in zip(names, units[1:]):
        chain.append({"dense": {"units": int(n), "activation": ALIASES.get(name, name)}})
        if dropout > 0:
            chain.append({"dropout": {"rate": float(dropout)}})
    return json.dumps([*chain, {"dense": {"units": int(units[-1])}}])


def flatten(coefs, intercepts, dtype):
    """All parameters as the engine has them: layer after layer, each weight a row a unit, then its biases."""
    parts = [part for w, b in zip(coefs, intercepts) for part in (np.ravel(np.transpose(w)), np.ravel(b))]
    return np.concatenate(parts).astype(dtype, copy=False)


def unflatten(params, units):
    """``coefs_`` and ``intercepts_`` of the engine's parameters."""
    coefs, intercepts, start = [], [], 0
    for fan_in, fan_out in zip(units, units[1:]):
        end = start + fan_in * fan_out
        coefs.append(params[start:end].reshape(fan_out, fan_in).T.copy())
        intercepts.append(params[end : end + fan_out].copy())
        start = end + fan_out
    return coefs, intercepts


def engine(dtype, chain, n_features, params, loss, alpha=0.0, seed=0, threads=1):
    """An engine on numbers of that type."""
    kind = Engine32 if dtype == np.float32 else Engine64
    return kind(int(n_features), chain, params, loss, float(alpha), int(seed), int(threads))


def optimizer(dtype, spec):
    """The engine's optimizer of that name, or dict of a name and its settings."""
    return (Optimizer32 if dtype == np.float32 else Optimizer64)(spec)
