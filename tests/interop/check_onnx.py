"""ONNX's checker on every file, and the predictions of ONNX Runtime and of ONNX's reference beside the library's.

`check_onnx.py FOLDER`, where FOLDER has `onnx/f32/NETWORK/{model.onnx,x.npy,y.npy}` and the same for f64.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

# Of the largest number among a sample's inputs and outputs, or absolute below 1: sums are in another order, on each CPU in
# another, and are rounded as their terms are. Of the output itself for an activation alone.
TOLERANCE = {"f32": 2e-6, "f64": 1e-12}
TYPE = {"f32": onnx.TensorProto.FLOAT, "f64": onnx.TensorProto.DOUBLE}


def check_format(model, folder, x, y):
    """That the model is valid, and says what it is."""
    onnx.checker.check_model(model, full_check=True)
    for value, name, features in ((model.graph.input, "input", x.shape[1]), (model.graph.output, "output", y.shape[1])):
        assert [v.name for v in value] == [name]
        tensor = value[0].type.tensor_type
        assert tensor.elem_type == TYPE[folder.parent.name]
        assert [d.dim_param or d.dim_value for d in tensor.shape.dim] == ["batch", features]
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(metadata["notes"]) == ['for "check_onnx.py"'], metadata
    if folder.name == "scalers":
        assert json.loads(metadata["classes"]) == ["low", '"high"'], metadata
    assert len(metadata["fingerprint"]) == 16 and metadata["link"] in ("identity", "softmax", "logistic"), metadata


def programs(model):
    """What computes the outputs for the inputs: ONNX Runtime, and ONNX's operators by their definitions."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session, ReferenceEvaluator(model)


def difference(program, x, y, alone):
    """The largest one, of all rows at once and of the first one by itself."""
    largest = 0.0
    for rows in (len(x), 1):
        with np.errstate(over="ignore", invalid="ignore"):
            found = program.run(["output"], {"input": x[:rows]})[0]
        expected = y[:rows].astype(np.float64)
        assert (found.shape, found.dtype) == (expected.shape, y.dtype), f"found {found.shape} of {found.dtype}"
        assert np.isfinite(found).all(), "an output is not finite"
        size = np.maximum(np.abs(expected), 1.0)
        if not alone:
            size = np.maximum(size.max(axis=1), np.abs(x[:rows]).max(axis=1))[:, np.newaxis]
        largest = max(largest, (np.abs(found - expected) / size).max())
    return largest


def main():
    folders = sorted(pathlib.Path(sys.argv[1]).glob("onnx/f??/*"))
    assert {folder.parent.name for folder in folders} == set(TOLERANCE), folders
    bad = []
    largest = dict.fromkeys(TOLERANCE, 0.0)
    for folder in folders:
        precision = folder.parent.name
        x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
        try:
            model = onnx.load(folder / "model.onnx")
            check_format(model, folder, x, y)
            found = max(difference(program, x, y, folder.name.startswith("alone")) for program in programs(model))
        except Exception as error:
            bad.append(f"{precision}/{folder.name}: {type(error).__name__} {error}")
            continue
        largest[precision] = max(largest[precision], found)
        if not found <= TOLERANCE[precision]:
            bad.append(f"{precision}/{folder.name}: off by {found:.1e}, more than {TOLERANCE[precision]:.0e}")
    found = ", ".join(f"{precision} off by {value:.1e} at most" for precision, value in largest.items())
    print(f"ONNX {onnx.__version__}, ONNX Runtime {onnxruntime.__version__}: {len(folders)} networks, {found}")
    sys.exit("\n".join(bad) or None)


main()
