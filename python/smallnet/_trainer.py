"""The training loop."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._network import Network, Spec, _samples, _threads
from ._smallnet import Epoch

Callback = Spec | Callable[[Epoch], str | bool | None]


class Score(NamedTuple):
    """What weights are worth on a data set."""

    loss: float
    accuracy: float | None
    """The share that is classified right; None where there are no classes."""


@dataclass(frozen=True)
class Report:
    """What a run came to. Printed, it is a line.

    Attributes
    ----------
    reason : str
        Why it ended.
    epochs : int
        Epochs run.
    train, validation : Score
        Of the weights that the network has now; ``validation`` is None without such a set. The loss of ``train`` is with the
        penalty.
    history : dict of str to list
        A column each: 'epoch', 'train_loss', 'train_accuracy', 'validation_loss', 'validation_accuracy', and what callbacks
        have set; a row each recorded epoch. ``pandas.DataFrame(report.history)`` is a table.
    fingerprint : int
        A hash of settings, data and parameters: two runs with the same were the same to the bit. It is the same for a run in
        Rust.
    warnings : list of str
        What went wrong on the way without ending the run.
    elapsed : float
        Seconds.
    """

    reason: str
    epochs: int
    train: Score
    validation: Score | None
    history: dict[str, list[Any]]
    fingerprint: int
    warnings: list[str]
    elapsed: float
    _line: str

    def __str__(self) -> str:
        return self._line


def _report(text: str, reason: str, line: str) -> Report:
    found = json.loads(text)
    records = [{**record, **record.pop("metrics", {})} for record in found["history"]]
    names = dict.fromkeys(name for record in records for name in record)
    history = {name: [record.get(name) for record in records] for name in names}
    return Report(
        reason=reason,
        epochs=found["epochs"],
        train=Score(**found["train"]),
        validation=found["validation"] and Score(**found["validation"]),
        history={name: values for name, values in history.items() if any(value is not None for value in values)},
        fingerprint=found["fingerprint"],
        warnings=found.get("warnings", []),
        elapsed=found["elapsed"]["secs"] + found["elapsed"]["nanos"] / 1e9,
        _line=line,
    )


def _targets(y: ArrayLike, dtype: str) -> NDArray[Any]:
    """Integers of one dimension are classes; all else are values, a row a sample."""
    y = np.asarray(y)
    if y.ndim == 1 and y.dtype.kind in "biu":
        return y.astype(np.int64)
    if y.ndim not in (1, 2):
        raise ValueError(f"expected targets of 1 dimension, or of 2 with a row a sample, found {y.ndim}")
    return np.ascontiguousarray(y.reshape(len(y), -1), dtype=dtype)


class Trainer:
    """The training loop: ``nn-train``'s ``Trainer``. A run in Rust with the same settings and data has the same bits.

    What has a name may have settings: ``"adam"``, or ``{"adam": {"beta1": 0.8}}``.

    Parameters
    ----------
    optimizer : str or dict, default='adam'
        'adadelta', 'adagrad', 'adam', 'adamax', 'adamw', 'lion', 'nadam', 'radam', 'rmsprop', 'rprop', 'sgd'; for the full
        batch 'lbfgs' and 'levenberg_marquardt'.
    learning_rate : float, default=0.01
        The size of a step.
    epochs : int, default=100
        Passes over the data at most.
    batch_size : int or None, default=32
        Samples a step; None for all.
    schedule, schedule_steps : str, dict or callable, default=None
        Multiplies the learning rate by a factor for the epoch, or for the step: 'cosine' and 'one_cycle' over ``epochs``, others
        with settings, ``{"step": {"size": 30, "gamma": 0.1}}``: 'constant', 'cosine_warm_restarts', 'cyclic', 'exponential',
        'inverse_time', 'linear', 'multi_step', 'noam', 'polynomial', 'reduce_on_plateau', 'sequence'. ``schedule`` may be a
        function from the epoch, from 0, to its factor.
    l1, l2 : float, default=0.0
        The penalties l1 Σ|w| and l2/2 Σw² on weights, not on biases.
    clip_value, clip_norm : float, default=None
        The largest derivative, and the largest norm of the gradient.
    gradient_accumulation : int, default=1
        Mini-batches a step.
    seed : int, default=0
        Of the order of samples and of noise in layers.
    record_every : int, default=1
        Epochs between two rows of the history. A row takes a pass over all samples.
    validation_fraction : float, default=None
        The share of the samples that is set aside for validation, if ``fit`` is given no such set.
    callbacks : sequence, default=()
        ``{"early_stopping": {"patience": 20}}``, which keeps the best weights: also ``minimize`` or ``maximize``, the name of a
        figure, 'validation_loss' if left out, ``min_delta``, ``start_epoch``, ``baseline``. ``{"converged": {"tolerance":
        1e-5}}``, ``{"target_metric": {"metric": "train_loss", "at_most": 0.1}}``, ``{"time_limit": {"seconds": 10}}``. And
        functions: each is called after every epoch that is recorded, by a ``smallnet.Epoch``, and ends the run by returning
        True, or why it does as a string. The network that is trained has the weights of that epoch meanwhile.
    n_jobs : int, default=None
        Threads for large networks and batches; None is 1, -1 one a core. The bits do not depend on it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from smallnet import Network, Trainer
    >>> x, y = load_iris(return_X_y=True)
    >>> network = Network(4, [{"dense": {"units": 16, "activation": "relu"}}, {"dense": {"units": 3}}])
    >>> stop = {"early_stopping": {"patience": 20}}
    >>> trainer = Trainer({"adamw": {"weight_decay": 0.1}}, validation_fraction=0.2, callbacks=[stop])
    >>> report = trainer.fit(network, "softmax_cross_entropy", x, y)
    >>> report.validation.accuracy > 0.9
    True

    A function that watches:

    >>> def good_enough(epoch):
    ...     return "good enough" if epoch.train_loss < 0.2 else None
    >>> print(Trainer(callbacks=[good_enough]).fit(network, "softmax_cross_entropy", x, y).reason)
    good enough
    """

    def __init__(
        self,
        optimizer: Spec = "adam",
        *,
        learning_rate: float = 0.01,
        epochs: int = 100,
        batch_size: int | None = 32,
        schedule: Spec | Callable[[int], float] | None = None,
        schedule_steps: Spec | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        clip_value: float | None = None,
        clip_norm: float | None = None,
        gradient_accumulation: int = 1,
        seed: int = 0,
        record_every: int = 1,
        validation_fraction: float | None = None,
        callbacks: Sequence[Callback] = (),
        n_jobs: int | None = None,
    ) -> None:
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.schedule = schedule
        self.schedule_steps = schedule_steps
        self.l1 = l1
        self.l2 = l2
        self.clip_value = clip_value
        self.clip_norm = clip_norm
        self.gradient_accumulation = gradient_accumulation
        self.seed = seed
        self.record_every = record_every
        self.validation_fraction = validation_fraction
        self.callbacks = list(callbacks)
        self.n_jobs = n_jobs

    def fit(
        self,
        network: Network,
        loss: Spec,
        x: ArrayLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        validation: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> Report:
        """Trains the network, and gives it the link of the loss. Each run begins with a new optimizer.

        Parameters
        ----------
        network : Network
        loss : str or dict
            Averaged over the samples. Of classes: 'softmax_cross_entropy' with ``label_smoothing``, ``class_weights`` and
            ``ignore_class``, 'binary_cross_entropy', 'focal', 'cross_entropy', 'nll'. Of values: 'mean_squared_error',
            'half_squared_error', 'mean_absolute_error', 'huber', 'smooth_l1', 'log_cosh', 'pinball', 'poisson_nll',
            'gaussian_nll', 'hinge', 'squared_hinge', 'kl_divergence', and those of classes but 'nll' for rows of
            probabilities.
        x : array-like of shape (samples, features)
            Read where it lies if it has the network's ``dtype``.
        y : array-like
            Integers of one dimension are indices of classes; anything else is values, (samples,) or (samples, outputs).
        sample_weight : array-like of shape (samples,), default=None
            How much each sample counts, at least 0.
        validation : tuple of x and y, default=None
            Watched by the history and by callbacks.

        Returns
        -------
        Report

        Raises
        ------
        ValueError
            For settings and data that are not right, before anything is changed; for a run that diverges, whose network keeps
            the weights that its epoch began with, or the best.
        KeyboardInterrupt
            After Ctrl-C, between two mini-batches: the network keeps the weights that the epoch began with, or with early
            stopping the best.
        """
        dtype = network.dtype
        x, y = _samples(x, dtype), _targets(y, dtype)
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=dtype)
        held_out = validation and (_samples(validation[0], dtype), _targets(validation[1], dtype))
        return _report(*network._core.fit(self, loss, (x, y, weights), held_out))

    @property
    def _settings(self) -> Spec:
        """Those that are numbers, by the names of the Rust trainer's methods."""
        settings = {
            "learning_rate": self.learning_rate,
            "epochs": self.epochs,
            "batch_size": sys.maxsize if self.batch_size is None else self.batch_size,
            "l1": self.l1,
            "l2": self.l2,
            "clip_value": self.clip_value,
            "clip_norm": self.clip_norm,
            "gradient_accumulation": self.gradient_accumulation,
            "seed": self.seed,
            "record_every": self.record_every,
            "validation_fraction": self.validation_fraction,
        }
        return {"trainer": {name: value for name, value in settings.items() if value is not None}}

    @property
    def _threads(self) -> int:
        return _threads(self.n_jobs)
