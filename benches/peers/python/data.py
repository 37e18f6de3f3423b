"""Writes what every peer starts from: `data.py FOLDER`.

A folder a data set, of raw little-endian numbers: `x.f64` (samples, inputs), `labels.u32` or `targets.f64`
(samples, outputs), and `params.f64`, for each layer its weight (outputs, inputs) and its bias.
"""

import csv
import json
import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[3]
WORKLOADS = ROOT / "benches/peers/workloads.json"


def initial(rng, layers):
    """Normal weights of variance 2 / inputs; biases that are not zero, so that one who forgets them is found out."""
    for inputs, outputs in zip(layers, layers[1:]):
        yield rng.normal(size=(outputs, inputs)) * np.sqrt(2 / inputs)
        yield rng.normal(size=outputs) * 0.1


def reference(name):
    """Data and initial weights of the NumPy reference, from the tests."""
    fixture = json.loads((ROOT / f"crates/nn-train/tests/fixtures/numpy_{name}_tanh.json").read_text())
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


def rows(rng, layers):
    """Many rows to be predicted at once."""
    return {"x": rng.uniform(-1, 1, (100_000, layers[0])), "params": initial(rng, layers)}


def export(folder, workload):
    """The network of a prediction as an ONNX file, for any number of rows."""
    params = np.fromfile(folder / workload["data"] / "params.f64").astype(np.float32)
    tensors, nodes, x = [], [], "x"
    layers = workload["layers"]
    for n, (inputs, outputs) in enumerate(zip(layers, layers[1:])):
        weight, bias, params = np.split(params, [inputs * outputs, (inputs + 1) * outputs])
        tensors.append(numpy_helper.from_array(weight.reshape(outputs, inputs), f"w{n}"))
        tensors.append(numpy_helper.from_array(bias, f"b{n}"))
        nodes.append(helper.make_node("Gemm", [x, f"w{n}", f"b{n}"], [f"z{n}"], transB=1))
        x = f"z{n}"
        kind = workload["activation"].capitalize() if n + 2 < len(layers) else workload["output"].capitalize()
        if kind != "Identity":
            nodes.append(helper.make_node(kind, [x], [f"a{n}"]))
            x = f"a{n}"
    info = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", width])
    graph = helper.make_graph(nodes, "network", [info("x", layers[0])], [info(x, layers[-1])], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / f"{workload['name']}.onnx").write_bytes(model.SerializeToString())


def main():
    folder = pathlib.Path(sys.argv[1])
    rng = np.random.default_rng(0)
    sets = {
        "spirals": reference("spirals"),
        "xor": reference("xor"),
        "digits": digits(rng),
        "images": images(rng, 12_800, [784, 128, 10]),
        "images_deep": images(rng, 5_120, [784, 512, 512, 10]),
        "regression": regression(rng),
        "control": control(rng),
        "small": images(rng, 1024, [20, 64, 32, 2]),
        "rows_20": rows(rng, [20, 64, 32, 2]),
        "rows_64": rows(rng, [64, 128, 10]),
        "rows_784": rows(rng, [784, 128, 10]),
    }
    for name, arrays in sets.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        arrays["params"] = np.concatenate([np.ravel(tensor) for tensor in arrays["params"]])
        for part, array in arrays.items():
            kind, suffix = ("<u4", "u32") if part == "labels" else ("<f8", "f64")
            array.astype(kind).tofile(folder / name / f"{part}.{suffix}")
    for workload in json.loads(WORKLOADS.read_text()):
        if "loss" not in workload:
            export(folder, workload)


main()
