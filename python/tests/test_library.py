"""Networks, their files, and the loop that trains them."""

import os
import pickle
import platform
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.preprocessing import scale

import smallnet
from smallnet import MLPClassifier, MLPRegressor, Network, Trainer

X, CLASSES = load_iris(return_X_y=True)
X = scale(X)
LAYERS = [{"dense": {"units": 6, "activation": "tanh"}}, {"dense": {"units": 3}}]
LOSS = "softmax_cross_entropy"


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def by_hand(network, x):
    w, b, v, c = network.named_params().values()
    return np.tanh(x @ w.T + b) @ v.T + c


def test_predictions_are_those_of_the_formula():
    network = Network(4, LAYERS, seed=3)
    np.testing.assert_allclose(network.predict(X), by_hand(network, X), rtol=0, atol=1e-13)
    with pytest.raises(ValueError, match="link"):
        network.predict_proba(X)
    Trainer(epochs=3).fit(network, LOSS, X, CLASSES)
    expected = softmax(by_hand(network, X))
    np.testing.assert_allclose(network.predict_proba(X), expected, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(network.predict_classes(X), expected.argmax(axis=1))
    for row, probabilities in zip(X[::20], expected[::20]):
        np.testing.assert_allclose(network.predictor().predict_proba(row), probabilities, rtol=0, atol=1e-13)
        assert network.predictor().predict(row) == probabilities.argmax()


def test_a_run_has_the_bits_of_a_run_in_rust():
    """As this does there, whose report has the fingerprint below, on CPUs with fused multiply-add::

        let x = Array2::from_shape_fn((40, 2), |(n, j)| ((7 * n + 4 * j) % 9) as f64 / 8.0 - 0.5);
        let y: Vec<usize> = (0..40).map(|n| n % 3).collect();
        let layers = (Dense::new(6, Tanh), Dropout::new(0.25), Dense::linear(3));
        let mut network = Network::<f64, _>::new(2, layers, 5)?;
        let mut trainer = Trainer::new(AdamW::new().weight_decay(0.1))
            .learning_rate(0.05).epochs(20).batch_size(8).l2(1e-3).clip_norm(0.5).seed(7).schedule(Cosine::new(20));
        let loss = SoftmaxCrossEntropy::mean().label_smoothing(0.1);
        let report = trainer.fit(&mut network, &loss, Batch::new(x.view(), &y[..])?, None)?;
    """
    n, j = np.indices((40, 2))
    x, y = (7 * n + 4 * j) % 9 / 8 - 0.5, np.arange(40) % 3
    layers = [{"dense": {"units": 6, "activation": "tanh"}}, {"dropout": {"rate": 0.25}}, {"dense": {"units": 3}}]
    settings = {"learning_rate": 0.05, "epochs": 20, "batch_size": 8, "l2": 1e-3, "clip_norm": 0.5, "seed": 7}
    trainer = Trainer({"adamw": {"weight_decay": 0.1}}, schedule="cosine", **settings)
    network = Network(2, layers, seed=5)
    report = trainer.fit(network, {LOSS: {"label_smoothing": 0.1}}, x, y)
    np.testing.assert_allclose(report.train.loss, 1.0188848500657286, rtol=1e-12)
    cpu = Path("/proc/cpuinfo")
    if platform.machine() == "aarch64" or cpu.exists() and " fma " in cpu.read_text():
        assert report.fingerprint == 0xBFD50D61D9D47EC5


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradient_descent_is_that_of_the_formula(dtype):
    y = np.column_stack([X[:, 0] ** 2, X[:, 1]])
    weight = np.random.default_rng(0).uniform(0.5, 2, 150)
    network = Network(4, [{"dense": {"units": 2}}], dtype=dtype)
    w, b = (tensor.astype(float) for tensor in network.named_params().values())
    trainer = Trainer("sgd", learning_rate=0.1, epochs=10, batch_size=None, l2=0.3, schedule=lambda epoch: 1 / (1 + epoch))
    report = trainer.fit(network, "mean_squared_error", X, y, sample_weight=weight)
    share = weight[:, None] / weight.sum() / 2
    losses = []
    for epoch in range(10):
        error = 2 * share * (X @ w.T + b - y)
        w, b = w - 0.1 / (1 + epoch) * (error.T @ X + 0.3 * w), b - 0.1 / (1 + epoch) * error.sum(axis=0)
        losses.append((share * (X @ w.T + b - y) ** 2).sum() + 0.15 * (w**2).sum())
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(network.params, np.concatenate([w.ravel(), b]), rtol=0, atol=tolerance)
    np.testing.assert_allclose(report.history["train_loss"], losses, rtol=tolerance)
    assert network.params.dtype == dtype and report.history["epoch"] == list(range(1, 11))


@pytest.mark.parametrize("optimizer", ["lbfgs", "levenberg_marquardt"])
def test_second_order_optimizers_find_the_least_squares(optimizer):
    y = X[:, :1] ** 2
    network = Network(3, [{"dense": {"units": 1}}])
    report = Trainer(optimizer, batch_size=None, epochs=200).fit(network, "half_squared_error", X[:, 1:], y)
    design = np.column_stack([X[:, 1:], np.ones(150)])
    np.testing.assert_allclose(network.params, np.linalg.lstsq(design, y)[0].ravel(), rtol=0, atol=1e-5)
    assert report.epochs < 200 and ("changed by" in report.reason or "derivative" in report.reason)


def test_the_best_weights_are_kept():
    train, held_out = np.arange(150) % 3 != 0, np.arange(150) % 3 == 0
    network = Network(4, [{"dense": {"units": 64, "activation": "relu"}}, {"dense": {"units": 3}}])
    stop = {"early_stopping": {"patience": 15}}
    trainer = Trainer(learning_rate=0.05, epochs=500, callbacks=[stop])
    report = trainer.fit(network, LOSS, X[train], CLASSES[train], validation=(X[held_out], CLASSES[held_out]))
    losses = report.history["validation_loss"]
    assert report.epochs < 500 and "validation_loss was best in epoch" in report.reason
    assert report.validation.loss == min(losses) and len(losses) == losses.index(min(losses)) + 16
    right = network.predict_classes(X[held_out]) == CLASSES[held_out]
    assert report.validation.accuracy == pytest.approx(right.mean())


def test_functions_watch_and_end_a_run():
    network, seen = Network(4, LAYERS), []

    def watch(epoch):
        p = network.predict_proba(X)
        assert -np.log(p[np.arange(150), CLASSES]).mean() == pytest.approx(epoch.train_loss, rel=1e-12)
        assert (p.argmax(axis=1) == CLASSES).mean() == pytest.approx(epoch.train_accuracy)
        assert epoch.validation_loss is None and epoch.epochs == 50 and threading.current_thread() is threading.main_thread()
        seen.append(epoch.number)
        epoch.set_metric("certainty", p.max(axis=1).mean())

    def stop(epoch):
        return "enough" if epoch.number > 9 else None

    target = {"target_metric": {"metric": "certainty", "at_least": 2.0}}
    trainer = Trainer(epochs=50, record_every=4, callbacks=[watch, target, stop])
    report = trainer.fit(network, LOSS, X, CLASSES)
    assert report.reason == "enough" and report.epochs == 13 and seen == [1, 5, 9, 13] == report.history["epoch"]
    assert report.history["certainty"][-1] == pytest.approx(network.predict_proba(X).max(axis=1).mean())
    assert str(report).startswith("13 epochs in") and "enough" in str(report)
    assert Trainer(epochs=5, callbacks=[lambda epoch: True]).fit(network, LOSS, X, CLASSES).epochs == 1


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_what_a_function_raises_ends_the_run(n_jobs):
    data, y = load_digits(return_X_y=True)
    network = Network(64, [{"dense": {"units": 100, "activation": "relu"}}, {"dense": {"units": 10}}])
    kept = []

    def fail(epoch):
        kept.append(network.params)
        if epoch.number == 3:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        Trainer(batch_size=None, callbacks=[fail], n_jobs=n_jobs).fit(network, LOSS, data, y)
    assert len(kept) == 3
    np.testing.assert_array_equal(network.params, kept[-1])


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("batch_size", "n_jobs"), [(1, None), (64, None), (64, 2)])
def test_an_interrupt_ends_a_run_and_keeps_the_best_weights(batch_size, n_jobs):
    # Hours of work: only the interrupt ends it.
    n = 50_000 if batch_size == 1 else 1000
    x, y = np.random.default_rng(0).normal(size=(n, 20)), np.arange(n) % 2
    network = Network(20, [{"dense": {"units": 256, "activation": "relu"}}, {"dense": {"units": 256}}, {"dense": {"units": 2}}])
    begun, losses = network.params, []
    stop = {"early_stopping": {"patience": 10**6, "minimize": "train_loss"}}

    def watch(epoch):
        losses.append(epoch.train_loss)

    trainer = Trainer(epochs=10**6, batch_size=batch_size, learning_rate=1e-3, n_jobs=n_jobs, callbacks=[watch, stop])
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        timer.start()
        trainer.fit(network, LOSS, x, y)
    if batch_size == 1:  # in the first epoch
        np.testing.assert_array_equal(network.params, begun)
    else:
        p = network.predict_proba(x)[np.arange(n), y]
        assert -np.log(p).mean() <= min(losses, default=np.inf) * (1 + 1e-12)


def test_a_run_that_diverges_keeps_its_weights():
    network = Network(4, LAYERS)
    with pytest.raises(ValueError, match="became .* in epoch .*A lower learning rate often helps|scale of the data"):
        Trainer("sgd", learning_rate=1e30, batch_size=None).fit(network, "mean_squared_error", 1e30 * X, 1e30 * X[:, :3])
    assert np.isfinite(network.params).all()


def test_threads_change_no_bit():
    data, y = load_digits(return_X_y=True)
    networks = [Network(64, [{"dense": {"units": 100, "activation": "relu"}}, {"dense": {"units": 10}}]) for _ in range(2)]
    reports = [
        Trainer(epochs=3, batch_size=600, n_jobs=n_jobs).fit(network, LOSS, data, y)
        for n_jobs, network in zip((None, 2), networks)
    ]
    assert reports[0].fingerprint == reports[1].fingerprint
    np.testing.assert_array_equal(networks[0].predict_proba(data), networks[1].predict_proba(data, n_jobs=2))


def test_other_threads_run_meanwhile():
    done, turns = threading.Event(), []

    def count():
        while not done.wait(0.01):
            turns.append(1)

    thread = threading.Thread(target=count)
    thread.start()
    x = np.random.default_rng(0).normal(size=(100_000, 20))
    Trainer("sgd", epochs=1, batch_size=10).fit(Network(20, LAYERS), LOSS, x, np.arange(100_000) % 3)
    done.set()
    thread.join()
    assert len(turns) > 2


def test_a_network_predicts_in_another_thread_while_it_is_trained():
    alone, network, done = Network(4, LAYERS), Network(4, LAYERS), threading.Event()
    many, predicted = np.tile(X, (500, 1)), []

    def predict():
        while not done.is_set():
            predicted.append(network.predict(many).shape)

    def let_it_predict(epoch):
        while not predicted:
            done.wait(0.01)

    thread = threading.Thread(target=predict)
    thread.start()
    trainer = Trainer(epochs=20, callbacks=[let_it_predict])
    trainer.fit(network, LOSS, X, CLASSES)
    done.set()
    thread.join()
    trainer.fit(alone, LOSS, X, CLASSES)
    np.testing.assert_array_equal(network.params, alone.params)
    assert predicted and set(predicted) == {(75_000, 3)}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_files_and_pickles_have_all_of_it(tmp_path, dtype):
    layers = [*LAYERS[:1], {"batch_norm": {}}, {"residual": [{"dense": {"units": 6}}]}, "softmax", LAYERS[1]]
    network = Network(4, layers, seed=1, dtype=dtype)
    network.class_names, network.feature_names = ["a", "b", "c"], ["k", "l", "m", "n"]
    Trainer(epochs=2).fit(network, LOSS, X, CLASSES)
    path = tmp_path / "model.safetensors"
    smallnet.save(network, path)
    for again in (smallnet.load(path), pickle.loads(pickle.dumps(network)), Network.from_bytes(path.read_bytes())):
        assert (again.dtype, again.link, again.class_names) == (dtype, "softmax", ["a", "b", "c"])
        assert again.feature_names == ["k", "l", "m", "n"] and len(again.layers) == 5 and again.to_bytes() == path.read_bytes()
        np.testing.assert_array_equal(again.params, network.params)
        np.testing.assert_array_equal(again.predict_proba(X), network.predict_proba(X))
    assert Network(4, network.layers).layers == network.layers
    Trainer(epochs=1).fit(network, LOSS, X, CLASSES)
    assert network.class_names == ["a", "b", "c"] and network.predictor().predict(X[0]) in "abc"


def test_an_estimator_becomes_a_network(tmp_path):
    data, y = load_breast_cancer(return_X_y=True)
    for model, path in ((MLPClassifier(max_iter=5), "c.safetensors"), (MLPRegressor(max_iter=5, dtype="float32"), "r.safetensors")):
        with pytest.warns(UserWarning):
            model.fit(scale(data), y)
        smallnet.export(model, tmp_path / path)
        network = smallnet.load(tmp_path / path)
        expected = model.predict_proba(scale(data))[:, 1] if path == "c.safetensors" else model.predict(scale(data))
        np.testing.assert_allclose(network.predict_proba(scale(data))[:, 0], expected, rtol=1e-6, atol=1e-7)
        if path == "c.safetensors":
            assert network.class_names == ["0", "1"] and network.predictor().predict(scale(data)[0]) == str(model.predict(scale(data)[:1])[0])


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        smallnet.load(tmp_path / "none")
    (tmp_path / "text").write_text("hello, this is no model at all")
    with pytest.raises(ValueError, match="text.*damaged or no safetensors"):
        smallnet.load(tmp_path / "text")
    whole = Network(4, LAYERS, dtype="float32").to_bytes()
    with pytest.raises(ValueError, match="damaged"):
        Network.from_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ValueError, match="no encoder"):
        (tmp_path / "table.csv").write_text("a,b\n1,2\n")
        Network(4, LAYERS).predict_table(tmp_path / "table.csv")
    with pytest.raises(OSError):
        Network(4, LAYERS).save(tmp_path / "no" / "folder")


@pytest.mark.parametrize("ending", ["h", "rs", "onnx"])
def test_exports_are_those_of_the_rust_library(tmp_path, ending):
    network = Network(4, LAYERS)
    Trainer(epochs=1).fit(network, LOSS, X, CLASSES)
    smallnet.export(network, tmp_path / f"network.{ending}")
    assert (tmp_path / f"network.{ending}").stat().st_size > 300


def test_samples_in_any_form():
    pandas = pytest.importorskip("pandas")
    network = Network(4, LAYERS)
    expected = network.predict(X)
    for x in (X.tolist(), np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2], pandas.DataFrame(X)):
        np.testing.assert_array_equal(network.predict(x), expected)
    np.testing.assert_allclose(Network(4, LAYERS, dtype="float32").predict(X), expected, atol=1e-5)
    reports = [Trainer(epochs=2).fit(Network(4, LAYERS), LOSS, X, y) for y in (CLASSES, CLASSES.astype("uint8"), CLASSES.tolist())]
    assert len({report.fingerprint for report in reports}) == 1


def test_a_table_for_notebooks():
    html = Network(4, [*LAYERS[:1], {"batch_norm": {}}, LAYERS[1]])._repr_html_()
    assert html.startswith("<table>") and html.count("<tr>") == 5 and html.count("<td>") == 4 * 5
    assert "<td>layers.0</td><td>Dense</td><td>6</td><td>30</td>" in html
    assert "<td>total</td><td></td><td></td><td>63</td><td>12</td>" in html
    assert repr(Network(4, LAYERS)) == "<Network 4 -> 3, 51 parameters, float64>"


REFUSED = [
    (lambda: Network(4, [{"danse": {"units": 3}}]), "unknown variant `danse`, expected one of `dense`"),
    (lambda: Network(0, LAYERS), "number of input features"),
    (lambda: Network(4, [{"dense": {"units": 3, "inputs": 5}}]), "5"),
    (lambda: Network(4, LAYERS, dtype="float16"), "expected dtype float32 or float64, found float16"),
    (lambda: Network(4, LAYERS).predict(X[0]), "expected samples as the rows of an array of 2 dimensions, found 1"),
    (lambda: Network(4, LAYERS).predict(X[:, :3]), "expected rows of 4 features, found 3"),
    (lambda: setattr(Network(4, LAYERS), "params", np.zeros(3)), "expected 51 parameters, found 3"),
    (lambda: setattr(Network(4, LAYERS), "params", np.full(51, np.nan)), "NaN"),
    (lambda: setattr(Network(4, LAYERS), "class_names", ["a"]), "expected 3 .*found 1"),
    (lambda: Trainer("adm").fit(Network(4, LAYERS), LOSS, X, CLASSES), 'no optimizer "adm"; expected one of'),
    (lambda: Trainer(learning_rate=-1).fit(Network(4, LAYERS), LOSS, X, CLASSES), "learning rate is -1"),
    (lambda: Trainer(batch_size=0).fit(Network(4, LAYERS), LOSS, X, CLASSES), "batch size is 0"),
    (lambda: Trainer(epochs="many").fit(Network(4, LAYERS), LOSS, X, CLASSES), "epochs of the trainer"),
    (lambda: Trainer("lbfgs").fit(Network(4, LAYERS), LOSS, X, CLASSES), "full"),
    (lambda: Trainer(schedule="cosine", schedule_steps="cosine").fit(Network(4, LAYERS), LOSS, X, CLASSES), "give one of the two"),
    (lambda: Trainer(schedule=lambda t: -1.0).fit(Network(4, LAYERS), LOSS, X, CLASSES), "learning rate became -0.01"),
    (lambda: Trainer(callbacks=["early_stopping"]).fit(Network(4, LAYERS), LOSS, X, CLASSES), "needs patience"),
    (
        lambda: Trainer(callbacks=[{"early_stopping": {"patience": 3}}]).fit(Network(4, LAYERS), LOSS, X, CLASSES),
        "needs a validation set",
    ),
    (lambda: Trainer(callbacks=[{"time_limit": {"seconds": -1.0}}]).fit(Network(4, LAYERS), LOSS, X, CLASSES), "seconds"),
    (lambda: Trainer(callbacks=["stop"]).fit(Network(4, LAYERS), LOSS, X, CLASSES), 'no callback "stop"'),
    (lambda: Trainer().fit(Network(4, LAYERS), "huber", X, CLASSES), 'no loss "huber"; expected one of .*softmax'),
    (lambda: Trainer().fit(Network(4, LAYERS), LOSS, X, CLASSES + 1), "3"),
    (lambda: Trainer().fit(Network(4, LAYERS), LOSS, X, CLASSES - 1), "a class is -1; expected at least 0"),
    (lambda: Trainer().fit(Network(4, LAYERS), LOSS, X[:-1], CLASSES), "149"),
    (lambda: Trainer().fit(Network(4, LAYERS), LOSS, X, CLASSES, validation=(X, X[:, :3])), "of the kind of those of training"),
    (lambda: Trainer().fit(Network(4, LAYERS), LOSS, X, CLASSES, sample_weight=-np.ones(150)), "weight"),
    (lambda: Trainer(n_jobs=0).fit(Network(4, LAYERS), LOSS, X, CLASSES), "n_jobs"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_model_of_the_command_reads_its_table(tmp_path):
    """``smallnet train line.csv --target y --hidden none`` wrote it, from rows of y = 2 x + 1, and 3 more where colour is red."""
    network = smallnet.load(Path(__file__).with_name("fixtures") / "line.safetensors")
    (tmp_path / "rows.csv").write_text("colour,x\nred,0\nblue,1\nred,2.5\n")
    np.testing.assert_allclose(network.predict_table(tmp_path / "rows.csv").ravel(), [4, 3, 9], atol=0.02)
    with pytest.raises(ValueError, match="colour"):
        (tmp_path / "rows.csv").write_text("size,x\n1,0\n")
        network.predict_table(tmp_path / "rows.csv")
