"""What the Python peers have in common: workloads, their data, and the dialogue with `run.py`."""

import json
import pathlib
import sys
from types import SimpleNamespace

import numpy as np


def workloads(file):
    """The entries of `workloads.json`. One without a loss is a prediction."""
    return {w["name"]: SimpleNamespace(**{"loss": None, "rows": False, "seeds": 0, **w}) for w in json.loads(pathlib.Path(file).read_text())}


def read(folder, workload):
    """What `data.py` wrote, in the workload's precision: x, y, and for each layer weight (outputs, inputs) and bias."""
    folder, dtype = pathlib.Path(folder, workload.data), {"f32": np.float32, "f64": np.float64}[workload.dtype]
    x = np.fromfile(folder / "x.f64").reshape(workload.samples, -1).astype(dtype)
    y = None
    if workload.loss == "cross_entropy":
        y = np.fromfile(folder / "labels.u32", dtype="<u4").astype(np.int64)
    elif workload.loss:
        y = np.fromfile(folder / "targets.f64").reshape(workload.samples, -1).astype(dtype)
    flat, params = np.fromfile(folder / "params.f64").astype(dtype), []
    for inputs, outputs in zip(workload.layers, workload.layers[1:]):
        weight, bias, flat = np.split(flat, [outputs * inputs, outputs * inputs + outputs])
        params.append((weight.reshape(outputs, inputs), bias))
    return x, y, params


def of_seed(params, seed, seeds):
    """The initial weights of a seed: those of the workload, larger or smaller."""
    scale = 0.5 + seed / seeds
    return [((weight * scale).astype(weight.dtype), (bias * scale).astype(bias.dtype)) for weight, bias in params]


def serve(prepare):
    """Answers each line `NAME EPOCHS SHUFFLED` with `VALUE SECONDS`, or with `none`.

    `prepare(workload, x, y, params)` gives a function of the number of epochs and whether to shuffle, or None for a
    workload that the peer does not do. The function runs the epochs from the initial weights, in a new order each
    epoch if asked to, or that many predictions, one row after the other. It gives the last epoch's loss, or the last
    outputs' sum of squares, and the seconds. With `rows`, a prediction is that of all samples at once, and the value the
    sum over all outputs. With `seeds`, so many networks are trained, see `of_seed`, and the value is their mean.

    Arguments of the program: `workloads.json`, the folder of the data, and whatever the peer wants.
    """
    known, prepared = workloads(sys.argv[1]), {}
    for line in sys.stdin:
        name, epochs, shuffled = line.split()
        if name not in prepared:
            prepared[name] = prepare(known[name], *read(sys.argv[2], known[name]))
        run = prepared[name]
        if run is None:
            print("none", flush=True)
        else:
            value, seconds = run(int(epochs), shuffled == "1")
            print(repr(float(value)), repr(seconds), flush=True)
