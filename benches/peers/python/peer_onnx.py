"""ONNX Runtime: predictions alone, from the files that `data.py` wrote."""

import os
import pathlib
import sys
from time import perf_counter

import numpy as np
import onnxruntime
from harness import serve


def predict(workload, x, _y, _params):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
    options.inter_op_num_threads = 1
    file = pathlib.Path(sys.argv[2], f"{workload.name}.onnx")
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def run(predictions, _):
        start = perf_counter()
        for i in range(predictions):
            row = i % len(x)
            y = session.run(None, {"x": x if workload.rows else x[row : row + 1]})[0]
        return np.square(y, dtype=np.float64).sum(), perf_counter() - start

    return run


serve(lambda workload, *data: None if workload.loss else predict(workload, *data))
