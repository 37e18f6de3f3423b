"""Writes what every peer starts from: `data.py FOLDER`.

A folder a data set, of raw little-endian numbers: `x.f64` (samples, inputs), `labels.u32` or `targets.f64`
(samples, outputs), and `params.f64`, for each layer its weight (outputs, inputs) and its bias.
"""

import csv
import json
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]


def initial(rng, layers):
    """Normal weights of variance 2 / inputs; biases that are not zero, so that one who forgets them is found out."""
    for inputs, outputs in zip(layers, layers[1:]):
        yield rng.normal(size=(outputs, inputs)) * np.sqrt(2 / inputs)
        yield rng.normal(size=outputs) * 0.1


def reference(name):
    """Data and initial weights of the NumPy reference, from the tests."""
    fixture = json.loads((ROOT / f"tests/fixtures/numpy_{name}_tanh.json").read_text())
    init = {name: np.array(value) for name, value in fixture["init"].items()}
    params = [init["W1"].T, init["B1"], init["W2"].T, init["B2"]]
    return {"x": np.array(fixture["x"]), "labels": np.array(fixture["y"]), "params": params}


def digits(rng):
    with open(ROOT / "examples/data/digits.csv", newline="") as file:
        rows = np.array(list(csv.reader(file))[1:], dtype=float)
    return {"x": rows[:, :-1] / 16, "labels": rows[:, -1], "params": initial(rng, [64, 32, 10])}


def images(rng, samples, layers):
    """Noise of the shape of Fashion-MNIST: its size is what counts here."""
    x, labels = rng.random((samples, layers[0])), rng.integers(layers[-1], size=samples)
    return {"x": x, "labels": labels, "params": initial(rng, layers)}


def regression(rng):
    x = rng.uniform(-1, 1, (10_000, 4))
    return {"x": x, "targets": np.sin(x @ rng.normal(size=(4, 4))), "params": initial(rng, [4, 32, 16, 4])}


def control(rng):
    return {"x": rng.uniform(-1, 1, (64, 6)), "params": initial(rng, [6, 64, 8, 4])}


def main():
    rng = np.random.default_rng(0)
    sets = {
        "spirals": reference("spirals"),
        "xor": reference("xor"),
        "digits": digits(rng),
        "images": images(rng, 12_800, [784, 128, 10]),
        "images_deep": images(rng, 5_120, [784, 512, 512, 10]),
        "regression": regression(rng),
        "control": control(rng),
    }
    for name, arrays in sets.items():
        folder = pathlib.Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        arrays["params"] = np.concatenate([np.ravel(tensor) for tensor in arrays["params"]])
        for part, array in arrays.items():
            kind, suffix = ("<u4", "u32") if part == "labels" else ("<f8", "f64")
            array.astype(kind).tofile(folder / f"{part}.{suffix}")


main()
