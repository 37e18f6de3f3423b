"""JAX: all epochs of a run are one compiled function, with the shuffles and the batches inside."""

from functools import partial
from time import perf_counter

import jax
import jax.numpy as jnp
import numpy as np
from harness import of_seed, serve
from jax import lax

jax.config.update("jax_enable_x64", True)


def forward(workload, params, x):
    apply = {"tanh": jnp.tanh, "relu": jax.nn.relu}[workload.activation]
    for weight, bias in params[:-1]:
        x = apply(x @ weight.T + bias)
    weight, bias = params[-1]
    return x @ weight.T + bias


def loss_of(workload, params, x, y):
    z = forward(workload, params, x)
    if workload.loss == "squared_error":
        return jnp.square(z - y).mean()
    losses = -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1)
    return losses.sum() if workload.reduction == "sum" else losses.mean()


def sgd(workload, params, gradients, state):
    rate, l2 = workload.learning_rate, workload.l2
    return [(w - rate * (dw + l2 * w), b - rate * db) for (w, b), (dw, db) in zip(params, gradients)], state


def adam(workload, params, gradients, state):
    m, v, t = state
    m = jax.tree.map(lambda m, g: m + 0.1 * (g - m), m, gradients)
    v = jax.tree.map(lambda v, g: v + 0.001 * (g * g - v), v, gradients)
    t += 1
    of_m, of_v = workload.learning_rate / (1 - 0.9**t), 1 / (1 - 0.999**t)
    step = lambda p, m, v: p - of_m.astype(p.dtype) * m / (jnp.sqrt(of_v.astype(p.dtype) * v) + 1e-8)
    return jax.tree.map(step, params, m, v), (m, v, t)


def train(workload, x, y, initial):
    n, batch = len(x), workload.batch
    update = {"sgd": sgd, "adam": adam}[workload.optimizer]
    x, y, initial = jax.device_put((x, y, initial))

    def train_epochs(params, x, y, epochs, shuffled):
        def step(carry, rows):
            params, state = carry
            batch_x, batch_y = (x[rows], y[rows]) if batch < n else (x, y)
            loss, gradients = jax.value_and_grad(partial(loss_of, workload))(params, batch_x, batch_y)
            return update(workload, params, gradients, state), loss * len(rows) / n

        def epoch(i, carry):
            order = jax.random.permutation(jax.random.key(i), n) if shuffled and batch < n else jnp.arange(n)
            full, rest = order[: n // batch * batch].reshape(-1, batch), order[n // batch * batch :]
            carry, losses = lax.scan(step, carry[0], full)
            value = losses.sum()
            if len(rest):
                carry, last = step(carry, rest)
                value += last
            return carry, value

        zeros = jax.tree.map(jnp.zeros_like, params)
        state = (zeros, zeros, jnp.zeros((), jnp.int32))
        return lax.fori_loop(0, epochs, epoch, ((params, state), jnp.zeros((), x.dtype)))[1]

    if workload.seeds:
        of_seeds = [of_seed(jax.device_get(initial), seed, workload.seeds) for seed in range(workload.seeds)]
        initial = jax.device_put(jax.tree.map(lambda *tensors: np.stack(tensors), *of_seeds))
        of_all = lambda *args: jax.vmap(train_epochs, in_axes=(0, None, None, None, None))(*args).mean()
    else:
        of_all = train_epochs
    compiled = jax.jit(of_all, static_argnums=4)

    def run(epochs, shuffled):
        start = perf_counter()
        value = compiled(initial, x, y, epochs, shuffled).block_until_ready()
        return value, perf_counter() - start

    return run


def predict(workload, x, _, params):
    params = jax.device_put(params)

    @jax.jit
    def outputs_of(params, x):
        y = forward(workload, params, x)
        return jax.nn.softmax(y) if workload.output == "softmax" else y

    def run(predictions, _):
        start = perf_counter()
        for i in range(predictions):
            row = i % len(x)
            y = np.asarray(outputs_of(params, x if workload.rows else x[row : row + 1]))
        return np.square(y, dtype=np.float64).sum(), perf_counter() - start

    return run


serve(lambda workload, *data: (train if workload.loss else predict)(workload, *data))
