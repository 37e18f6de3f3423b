"""PyTorch, eager; with the third argument `compile`, forward and backward go through `torch.compile`."""

import os
import sys
from time import perf_counter

import numpy as np
import torch
import torch.nn.functional as F
from harness import serve

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
COMPILED = sys.argv[3:] == ["compile"]
# Every workload compiles the same function for shapes of its own.
torch._dynamo.config.recompile_limit = 100


def network(workload):
    """The outputs as a function of the parameters: what `nn.Linear` does, without the cost of a module."""
    apply = {"tanh": torch.tanh, "relu": torch.relu}[workload.activation]

    def forward(params, x):
        for weight, bias in params[:-1]:
            x = apply(F.linear(x, weight, bias))
        return F.linear(x, *params[-1])

    return forward


def tensors(params):
    return [tuple(torch.from_numpy(tensor.copy()) for tensor in layer) for layer in params]


def train(workload, x, y, initial):
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    forward, batch, n = network(workload), workload.batch, len(x)
    criterion = {"cross_entropy": F.cross_entropy, "squared_error": F.mse_loss}[workload.loss]

    def loss_of(params, x, y):
        return criterion(forward(params, x), y, reduction=workload.reduction)

    if COMPILED:
        loss_of = torch.compile(loss_of, dynamic=False)

    def run(epochs, shuffled):
        torch.manual_seed(0)
        params = tensors(initial)
        groups = [{"params": [w for w, _ in params], "weight_decay": workload.l2}, {"params": [b for _, b in params]}]
        for tensor in (tensor for layer in params for tensor in layer):
            tensor.requires_grad_()
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[workload.optimizer]
        optimizer = kind(groups, lr=workload.learning_rate, fused=True)
        start = perf_counter()
        for _ in range(epochs):
            order = torch.randperm(n) if shuffled and batch < n else torch.arange(n)
            value = 0.0
            for rows in order.split(batch):
                batch_x, batch_y = (x[rows], y[rows]) if batch < n else (x, y)
                optimizer.zero_grad()
                loss = loss_of(params, batch_x, batch_y)
                loss.backward()
                optimizer.step()
                value += loss.item() * len(rows) / n
        return value, perf_counter() - start

    return run


@torch.inference_mode()
def predict(workload, x, _, params):
    forward, params = network(workload), tensors(params)
    softmax = workload.output == "softmax"

    def outputs_of(x):
        y = forward(params, x)
        return torch.softmax(y, 1) if softmax else y

    if COMPILED:
        outputs_of = torch.compile(outputs_of, dynamic=False)

    @torch.inference_mode()
    def run(predictions, _):
        start = perf_counter()
        for i in range(predictions):
            row = i % len(x)
            y = outputs_of(torch.from_numpy(x if workload.rows else x[row : row + 1])).numpy()
        return np.square(y, dtype=np.float64).sum(), perf_counter() - start

    return run


def prepare(workload, *data):
    if workload.seeds:
        return None
    return train(workload, *data) if workload.loss else predict(workload, *data)


serve(prepare)
