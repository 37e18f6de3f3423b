"""What scikit-learn's perceptrons have not: activations layer by layer, dropout, weights of classes."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from sklearn import neural_network as reference
from sklearn.datasets import load_breast_cancer, load_iris, make_multilabel_classification
from sklearn.preprocessing import scale
from sklearn.utils import compute_sample_weight

from smallnet import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SETTINGS = {"hidden_layer_sizes": (9, 6), "max_iter": 30, "random_state": 0}


@pytest.fixture
def iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_a_list_of_one_name_is_the_name(iris, activation):
    one, each = (MLPClassifier(activation=a, **SETTINGS).fit(*iris) for a in (activation, [activation, activation]))
    np.testing.assert_array_equal(one.predict_proba(iris[0]), each.predict_proba(iris[0]))


def test_each_layer_has_its_own(iris):
    X, y = iris
    model = MLPClassifier(activation=["tanh", "relu"], **SETTINGS).fit(X, y)
    hidden = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
    hidden = np.maximum(hidden @ model.coefs_[1] + model.intercepts_[1], 0)
    logits = np.exp(hidden @ model.coefs_[2] + model.intercepts_[2])
    np.testing.assert_allclose(model.predict_proba(X), logits / logits.sum(axis=1, keepdims=True), rtol=0, atol=1e-13)


def test_lists_that_do_not_fit_are_refused(iris):
    with pytest.raises(ValueError, match="activation has 1 names.*hidden_layer_sizes has 2"):
        MLPClassifier(activation=["tanh"], **SETTINGS).fit(*iris)
    with pytest.raises(ValueError, match="activation 'tahn' is not known; expected one of .*tanh"):
        MLPClassifier(activation=["tanh", "tahn"], **SETTINGS).fit(*iris)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_dropout_is_fixed_by_the_random_state_and_changes_the_run(iris, solver):
    X, y = iris
    first, again, without = (
        MLPClassifier(dropout=rate, solver=solver, **SETTINGS).fit(X, y).predict_proba(X) for rate in (0.4, 0.4, 0.0)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - without).max() > 1e-3


def test_dropout_leaves_predictions_alone(iris):
    X, y = iris
    model = MLPClassifier(dropout=0.5, activation="tanh", **SETTINGS).fit(X, y)
    a = X
    for w, b in zip(model.coefs_[:-1], model.intercepts_):
        a = np.tanh(a @ w + b)
    logits = np.exp(a @ model.coefs_[-1] + model.intercepts_[-1])
    np.testing.assert_allclose(model.predict_proba(X), logits / logits.sum(axis=1, keepdims=True), rtol=0, atol=1e-13)
    np.testing.assert_allclose(model.predictor().predict_proba(X[0]), model.predict_proba(X[:1])[0], atol=1e-15)


def test_dropout_out_of_its_range(iris):
    with pytest.raises(ValueError, match="'dropout' parameter"):
        MLPClassifier(dropout=1.0).fit(*iris)
    with pytest.raises(ValueError, match="dropout is noise"):
        MLPRegressor(dropout=0.1, solver="lbfgs").fit(*iris)


@pytest.mark.parametrize("class_weight", ["balanced", {"malignant": 3.0}])
def test_class_weights_are_sample_weights(class_weight):
    data = load_breast_cancer()
    X, y = scale(data.data), data.target_names[data.target]
    own = np.random.default_rng(0).uniform(0.5, 2, len(X))
    weight = own * compute_sample_weight(class_weight, y)
    ours = MLPClassifier(class_weight=class_weight, activation="tanh", **SETTINGS).fit(X, y, own)
    theirs = reference.MLPClassifier(activation="tanh", **SETTINGS).fit(X, y, weight)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=1e-10)


def test_class_weights_of_several_labels():
    X, y = make_multilabel_classification(100, n_features=6, n_classes=3, random_state=0)
    ours = MLPClassifier(class_weight="balanced", **SETTINGS).fit(X, y)
    theirs = MLPClassifier(**SETTINGS).fit(X, y, compute_sample_weight("balanced", y))
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


def test_balanced_is_refused_where_the_balance_is_unknown(iris):
    with pytest.raises(ValueError, match="not for partial_fit"):
        MLPClassifier(class_weight="balanced").partial_fit(*iris, classes=[0, 1, 2])


@pytest.mark.parametrize("labels", [[0, 1, 2], ["a", "b", "c"]])
def test_the_safetensors_file_has_the_weights_and_the_names(iris, tmp_path, labels):
    X, y = iris
    model = MLPClassifier(**SETTINGS).fit(X, np.take(labels, y))
    model.export(tmp_path / "model.safetensors")
    data = (tmp_path / "model.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    for index, weight in enumerate(model.coefs_):
        tensor = header[f"{2 * index}.weight"]
        start, end = tensor["data_offsets"]
        stored = np.frombuffer(data[8 + length :][start:end]).reshape(tensor["shape"])
        np.testing.assert_array_equal(stored, weight.T)
    assert all(json.dumps(str(label)) in json.dumps(header).replace("\\", "") for label in labels)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("classes", [2, 3])
def test_the_c_header_says_the_same(iris, tmp_path, classes):
    X, y = iris
    model = MLPClassifier(**SETTINGS).fit(X, y % classes)
    model.export(tmp_path / "model.h")
    row = ", ".join(map(repr, X[0].tolist()))
    outputs = model.n_outputs_
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "model.h"\n'
        f"int main(void) {{ double x[4] = {{{row}}}, y[{outputs}]; network_predict(x, y);\n"
        f'for (int k = 0; k < {outputs}; k++) printf("%.17g\\n", y[k]); return 0; }}\n'
    )
    subprocess.run(["cc", "-O1", "-o", "main", "main.c", "-lm"], cwd=tmp_path, check=True)
    printed = subprocess.run([tmp_path / "main"], capture_output=True, check=True, text=True).stdout
    np.testing.assert_allclose(np.array(printed.split(), float), model.predict_proba(X[:1])[0][-outputs:], rtol=1e-12)


def test_the_rust_and_onnx_files_are_written(iris, tmp_path):
    model = MLPRegressor(**SETTINGS).fit(*iris)
    for ending, content in ((".rs", b"pub fn predict(x: &[f64; 4]) -> [f64; 1]"), (".onnx", b"onnx")):
        model.export(tmp_path / f"model{ending}")
        data = (tmp_path / f"model{ending}").read_bytes()
        assert content in data or ending == ".onnx" and b"Gemm" in data


def test_what_cannot_be_exported(iris, tmp_path):
    model = MLPClassifier(**SETTINGS).fit(*iris)
    with pytest.raises(ValueError, match=r"ends in \.h, \.rs, \.onnx or \.safetensors, found .*model\.txt"):
        model.export(tmp_path / "model.txt")
    with pytest.raises(ValueError, match="Poisson"):
        MLPRegressor("poisson", **SETTINGS).fit(*iris).export(tmp_path / "model.h")
