"""Networks, and their files."""

import json
import re
from html import escape
from os import PathLike
from typing import Any, Literal, Self

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, NDArray

from . import _smallnet
from ._predictor import Predictor, of_classes, of_several, of_values

Spec = str | dict[str, Any]
"""A layer, as model files write it: ``{"dense": {"units": 8, "activation": "tanh"}}`` or ``"softmax"``."""


def _plain(value: Any) -> Any:
    """A number or an array of NumPy's as JSON has it."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"expected numbers, strings, lists and dicts in layers, found {value!r}")


def _threads(n_jobs: int | None) -> int:
    return 1 if n_jobs is None else effective_n_jobs(n_jobs)


def _samples(x: ArrayLike, dtype: str) -> NDArray[Any]:
    """Samples as the engine takes them: where they lie, if they are numbers of that type."""
    x = np.asarray(x, dtype=dtype)
    if x.ndim != 2:
        raise ValueError(f"expected samples as the rows of an array of 2 dimensions, found {x.ndim}; one sample x is [x]")
    return x


class Network:
    """Layers with their parameters: ``nn-core``'s ``Network``, with what a model file says of it.

    Parameters
    ----------
    in_dim : int
        Features of a sample.
    layers : list of str and dict
        The layers as model files write them. The most usual are ``{"dense": {"units": 8, "activation": "tanh"}}``, and as the
        last ``{"dense": {"units": 3}}``, since softmax and logistic function belong to the loss. Others: ``{"activation":
        "relu"}``, ``{"dropout": {"rate": 0.5}}``, ``{"batch_norm": {}}``, ``{"layer_norm": {}}``, ``{"rms_norm": {}}``,
        ``{"prelu": {}}``, ``{"gaussian_noise": {"stddev": 0.1}}``, ``{"residual": [...]}``, ``{"parallel": [[...], [...]]}``,
        ``"softmax"``, ``"log_softmax"``.
    seed : int, default=0
        Fixes the initial parameters.
    dtype : {'float64', 'float32'}, default='float64'
        The numbers that it computes with.

    Raises
    ------
    ValueError
        For layers that are none or do not fit, with the place.

    Examples
    --------
    >>> from smallnet import Network
    >>> network = Network(2, [{"dense": {"units": 7, "activation": "tanh"}}, {"dense": {"units": 2}}])
    >>> print(network.summary())
    layer     type   outputs  parameters
    layers.0  Dense        7          21
    layers.1  Dense        2          16
    total                             37
    >>> network.predict([[0.0, 1.0], [1.0, 1.0]]).shape
    (2, 2)
    """

    _core: _smallnet.Network32 | _smallnet.Network64

    def __init__(
        self, in_dim: int, layers: list[Spec], seed: int = 0, dtype: Literal["float64", "float32"] = "float64"
    ) -> None:
        name = np.dtype(dtype).name
        if name not in ("float32", "float64"):
            raise ValueError(f"expected dtype float32 or float64, found {name}")
        kind = _smallnet.Network32 if name == "float32" else _smallnet.Network64
        self._core = kind(in_dim, json.dumps(list(layers), default=_plain), seed)

    @classmethod
    def _of(cls, core: _smallnet.Network32 | _smallnet.Network64) -> Self:
        network = cls.__new__(cls)
        network._core = core
        return network

    @property
    def dtype(self) -> str:
        """The numbers that it computes with: 'float64' or 'float32'."""
        return "float32" if isinstance(self._core, _smallnet.Network32) else "float64"

    @property
    def in_dim(self) -> int:
        """Features of a sample."""
        return self._core.in_dim

    @property
    def out_dim(self) -> int:
        """Outputs of a sample."""
        return self._core.out_dim

    @property
    def layers(self) -> list[Spec]:
        """The layers, as they can be given to a new network."""
        return json.loads(self._core.layers)

    @property
    def link(self) -> str | None:
        """How outputs are read: 'identity', 'softmax' or 'logistic'; None before training, whose loss says it."""
        return json.loads(self._core.link)

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, one an output, or two for a single logistic one; empty if none were given. Can be set."""
        return self._core.class_names

    @class_names.setter
    def class_names(self, names: list[str]) -> None:
        self._core.class_names = [str(name) for name in names]

    @property
    def feature_names(self) -> list[str]:
        """Names of the features; empty if none were given. Can be set."""
        return self._core.feature_names

    @feature_names.setter
    def feature_names(self, names: list[str]) -> None:
        self._core.feature_names = [str(name) for name in names]

    @property
    def params(self) -> NDArray[Any]:
        """A copy of all parameters, layer after layer. Can be set.

        >>> from smallnet import Network
        >>> line = Network(1, [{"dense": {"units": 1}}])
        >>> line.params = [2.0, 1.0]
        >>> line.predict([[3.0]])
        array([[7.]])
        """
        return self._core.params

    @params.setter
    def params(self, params: ArrayLike) -> None:
        self._core.params = np.asarray(params, dtype=self.dtype)

    def named_params(self) -> dict[str, NDArray[Any]]:
        """A copy of each parameter tensor by its name, in the order of ``params``.

        >>> from smallnet import Network
        >>> {name: tensor.shape for name, tensor in Network(2, [{"dense": {"units": 3}}]).named_params().items()}
        {'layers.0.weight': (3, 2), 'layers.0.bias': (3,)}
        """
        params = self.params
        return {name: params[start:end].reshape(shape) for name, shape, start, end in self._core.tensors()}

    def predict(self, x: ArrayLike, n_jobs: int | None = None) -> NDArray[Any]:
        """The outputs of each sample, (samples, outputs), as the last layer gives them.

        Parameters
        ----------
        x : array-like of shape (samples, features)
            Read where it lies if it has the network's ``dtype``.
        n_jobs : int, default=None
            Threads; None is 1, -1 one a core.
        """
        return self._core.predict(_samples(x, self.dtype), _threads(n_jobs))

    def predict_proba(self, x: ArrayLike, n_jobs: int | None = None) -> NDArray[Any]:
        """The outputs through the link: probabilities of a classifier, values in their own units of a regression.

        Raises
        ------
        ValueError
            For a network without a link, which was not trained.
        """
        return self._core.predict_proba(_samples(x, self.dtype), _threads(n_jobs))

    def predict_classes(self, x: ArrayLike, n_jobs: int | None = None) -> NDArray[np.int64]:
        """The index of the class of each sample: of the largest output, or for a single logistic output 0 or 1."""
        return self._core.predict_classes(_samples(x, self.dtype), _threads(n_jobs))

    def predict_table(self, path: str | PathLike[str]) -> NDArray[Any]:
        """Predictions for the rows of a CSV file, by a model that the command ``smallnet train`` has written: its columns are
        found by their names, and scaled and encoded as in training.

        Raises
        ------
        ValueError
            For a model whose file has no encoder of tables.
        """
        return self._core.predict_table(path)

    def predictor(self) -> Predictor:
        """The network as it is now, for one sample at a time: microseconds in the place of a call of ``predict_proba``.

        >>> from smallnet import Network, Trainer
        >>> network = Network(2, [{"dense": {"units": 7, "activation": "tanh"}}, {"dense": {"units": 2}}], seed=1)
        >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
        >>> _ = Trainer("adam", learning_rate=0.1).fit(network, "softmax_cross_entropy", x, y)
        >>> network.predictor().predict([0.0, 1.0])
        1
        """
        if self.link == "identity":
            return of_values(self._core, self.out_dim > 1)
        pair = self.link == "logistic" and self.out_dim == 1
        if self.link == "logistic" and not pair:
            return of_several(self._core)
        return of_classes(self._core, pair, list(self.class_names or range(2 if pair else self.out_dim)))

    def summary(self) -> str:
        """A table of the layers, their outputs and parameters."""
        return self._core.summary().rstrip("\n")

    def to_bytes(self) -> bytes:
        """The bytes of its model file: the same for the same network, on every machine."""
        return self._core.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads what ``to_bytes`` gave, which pickling does, too."""
        return cls._of(_smallnet.network_from_bytes(bytes(data)))

    def save(self, path: str | PathLike[str]) -> None:
        """Writes its model file, whole or not at all: see ``smallnet.save``."""
        self._core.save(path)

    def export(self, path: str | PathLike[str]) -> None:
        """Writes a file for other programs: see ``smallnet.export``."""
        self._core.export(path)

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return type(self).from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"<Network {self.in_dim} -> {self.out_dim}, {len(self.params)} parameters, {self.dtype}>"

    def _repr_html_(self) -> str:
        rows = [re.split(r"\s{2,}", line) for line in self.summary().splitlines()]
        # The total has no type and no outputs.
        rows = [[row[0], *[""] * (len(rows[0]) - len(row)), *row[1:]] for row in rows]
        header, *body = ["".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) for tag, row in _tagged(rows)]
        lines = "".join(f"<tr>{row}</tr>" for row in body)
        caption = f"{self.in_dim} inputs, {self.out_dim} outputs, {self.dtype}"
        return f"<table><caption>{caption}</caption><thead><tr>{header}</tr></thead><tbody>{lines}</tbody></table>"


def _tagged(rows: list[list[str]]) -> list[tuple[str, list[str]]]:
    return [("td" if number else "th", row) for number, row in enumerate(rows)]


def load(path: str | PathLike[str]) -> Network:
    """Reads a model file: one that ``save``, an estimator's ``export``, the command ``smallnet`` or the Rust library has written.

    Raises
    ------
    OSError
        When there is no such file, or it cannot be read.
    ValueError
        For a file that is no model, damaged, or of a later version.
    """
    return Network._of(_smallnet.load_network(path))


def save(network: Network, path: str | PathLike[str]) -> None:
    """Writes a model file, whole or not at all, which ``load``, the command ``smallnet`` and the Rust library read.

    The file is ``safetensors``: PyTorch opens it, too, and finds the names and shapes of an ``nn.Sequential``.

    Examples
    --------
    >>> import tempfile, smallnet
    >>> from pathlib import Path
    >>> network = smallnet.Network(2, [{"dense": {"units": 3}}])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     smallnet.save(network, Path(folder) / "model.safetensors")
    ...     again = smallnet.load(Path(folder) / "model.safetensors")
    >>> bool((again.params == network.params).all())
    True
    """
    network.save(path)


def export(model: Any, path: str | PathLike[str]) -> None:
    """Writes a network, or a fitted estimator, as a file for another program, by the ending of its path: ``.h``, a C99 header;
    ``.rs``, a Rust file; ``.onnx``; ``.safetensors``, the model file.

    Examples
    --------
    >>> import tempfile, smallnet
    >>> from pathlib import Path
    >>> network = smallnet.Network(2, [{"dense": {"units": 3, "activation": "tanh"}}, {"dense": {"units": 1}}])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     smallnet.export(network, Path(folder) / "network.h")
    ...     "network_predict" in (Path(folder) / "network.h").read_text()
    True
    """
    model.export(path)
