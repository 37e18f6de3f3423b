"""What classifier and regressor have in common: scikit-learn's rules around the engine's epochs."""

import warnings
from abc import ABC, abstractmethod
from numbers import Integral, Real

import numpy as np
import scipy.optimize
import scipy.sparse
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, _fit_context, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.optimize import _check_optimize_result
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from . import _engine
from ._optimizer import Optimizer
from ._smallnet import SCHEDULES

STOCHASTIC = ("sgd", "adam")


def _is_stochastic(model):
    if model.solver not in STOCHASTIC:
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. "
            f"{model.solver} is not stochastic: use solver='adam' or solver='sgd', or call fit."
        )
    return True


class BaseMultilayerPerceptron(BaseEstimator, ABC):
    """What ``MLPClassifier`` and ``MLPRegressor`` share. Not to be used directly."""

    _parameter_constraints: dict = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(_engine.ACTIVATIONS)), "array-like"],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "optimizer": [StrOptions(set(_engine.FIRST_ORDER)), dict, None],
        "schedule": [StrOptions(set(SCHEDULES)), dict, callable, None],
        "dtype": [StrOptions({"float32", "float64"}), None],
        "n_jobs": [Integral, None],
    }

    @abstractmethod
    def _validate_input(self, X, y, incremental, reset):
        """Checked samples, and targets of a row each: 0 and 1 for a classifier."""

    def _class_weighted(self, y, sample_weight, incremental):
        """The samples' weights times those of their classes, where there are classes."""
        return sample_weight

    def export(self, path):
        """Writes the fitted model as a file for another program, by the ending of its path.

        Parameters
        ----------
        path : str or path
            ``.h``: a C99 header; ``.rs``: a Rust file, both without dependencies; ``.onnx``; ``.safetensors``: a model that the
            command ``smallnet`` and the Rust library read. Labels go along where the file has a place for them.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from sklearn.datasets import load_iris
        >>> from smallnet import MLPClassifier
        >>> model = MLPClassifier((8,), max_iter=2000, random_state=0).fit(*load_iris(return_X_y=True))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.export(Path(folder) / "iris.h")
        ...     "predict" in (Path(folder) / "iris.h").read_text()
        True
        """
        check_is_fitted(self)
        self._engine(self.coefs_[0].dtype).export(path, self._class_names())

    def _class_names(self):
        return []

    @abstractmethod
    def _validation_score(self, engine, X, y, sample_weight):
        """The score of the held-out samples."""

    @abstractmethod
    def _training_loss(self):
        """The engine's name of the loss that is learned by, maybe with settings."""

    @property
    def _link(self):
        """The engine's name of the loss whose outputs are read as the model's."""
        names = {"softmax": "softmax", "logistic": "logistic", "exp": "poisson", "identity": "squared_error"}
        return names[self.out_activation_]

    @property
    def _units(self):
        """Inputs, hidden units of each layer, outputs."""
        return [self.coefs_[0].shape[0], *(w.shape[1] for w in self.coefs_)]

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the model to samples and their targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples. A sparse matrix is made dense.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, a 0 or 1 for each of several labels, or real numbers for a regressor.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts, at least 0.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, incremental=False)

    def _fit(self, X, y, sample_weight, incremental):
        hidden = self.hidden_layer_sizes
        hidden = [int(n) for n in (hidden if hasattr(hidden, "__iter__") else [hidden])]
        if any(n <= 0 for n in hidden):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {hidden}.")
        first_pass = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        X, y = self._validate_input(X, y, incremental, reset=first_pass)
        if scipy.sparse.issparse(X):
            X = X.toarray()
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        sample_weight = self._class_weighted(y, sample_weight, incremental)
        y = y.reshape(len(y), -1)
        self.n_outputs_ = y.shape[1]
        names = _engine.activations(self.activation, len(hidden))
        if self.dropout > 0 and self.solver not in STOCHASTIC:
            raise ValueError("dropout is noise, which solver='lbfgs' cannot learn with: use solver='adam' or 'sgd'")
        if self.solver not in STOCHASTIC and not (self.optimizer is None and self.schedule is None):
            raise ValueError("optimizer and schedule are for mini-batches, not for solver='lbfgs': use solver='adam' or 'sgd'")
        self._random_state = check_random_state(self.random_state)
        units = [X.shape[1], *hidden, self.n_outputs_]
        if first_pass:
            self._initialize(units, names, X.dtype)
        elif units != self._units:
            raise ValueError(
                f"expected layers of {self._units} inputs, hidden units and outputs, as the model was fitted with, found "
                f"{units}: set warm_start=False to begin anew"
            )
        if self.solver in STOCHASTIC:
            self._fit_stochastic(X, y, sample_weight, incremental)
        else:
            self._fit_lbfgs(X, y, sample_weight)
        if not all(np.isfinite(w).all() for w in (*self.coefs_, *self.intercepts_)):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
                "preprocessed: scale it, for example by StandardScaler, or lower learning_rate_init."
            )
        return self

    def _initialize(self, units, names, dtype):
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(units)
        self.out_activation_ = self._output_activation()
        self.coefs_, self.intercepts_ = [], []
        # The outputs' weights are drawn as scikit-learn does, as if the last hidden layer's activation followed.
        for name, fan_in, fan_out in zip([*names, (names or [self.activation])[-1]], units, units[1:]):
            factor = 2.0 if name in ("logistic", "sigmoid") else 6.0
            bound = np.sqrt(factor / (fan_in + fan_out))
            draw = self._random_state.uniform
            self.coefs_.append(draw(-bound, bound, (fan_in, fan_out)).astype(dtype, copy=False))
            self.intercepts_.append(draw(-bound, bound, fan_out).astype(dtype, copy=False))
        if self.solver in STOCHASTIC:
            self.loss_curve_ = []
            self._no_improvement_count = 0
            self.best_loss_ = None if self.early_stopping else np.inf
            self.validation_scores_ = [] if self.early_stopping else None
            self.best_validation_score_ = -np.inf if self.early_stopping else None

    @property
    def _dtypes(self):
        """The types of numbers that X may have."""
        return (np.float64, np.float32) if self.dtype is None else np.dtype(self.dtype)

    def _engine(self, dtype, alpha=0.0, dropout=0.0, loss=None):
        params, units = _engine.flatten(self.coefs_, self.intercepts_, dtype), self._units
        chain = _engine.layers(self.activation, units, dropout)
        # Only noise takes a number more than scikit-learn does.
        seed = self._random_state.randint(np.iinfo(np.int32).max) if dropout > 0 else 0
        threads = 1 if self.n_jobs is None else effective_n_jobs(self.n_jobs)
        return _engine.engine(dtype, chain, units[0], params, loss or self._link, alpha, seed, threads)

    def _targets(self, y, dtype):
        """Targets as the engine takes them: the classes' indices where it predicts one of several."""
        if self.out_activation_ == "softmax":
            return np.argmax(y, axis=1)
        return np.ascontiguousarray(y, dtype=dtype)

    def _fit_lbfgs(self, X, y, sample_weight):
        dtype = self.coefs_[0].dtype
        X = X.astype(np.float64, copy=False)
        weights = None if sample_weight is None else sample_weight.astype(np.float64, copy=False)
        engine = self._engine(np.dtype(np.float64), self.alpha, loss=self._training_loss())
        engine.load(X, self._targets(y, np.float64), weights)
        result = scipy.optimize.minimize(
            engine.loss_and_gradient,
            engine.params,
            method="L-BFGS-B",
            jac=True,
            options={"maxfun": self.max_fun, "maxiter": self.max_iter, "gtol": self.tol},
        )
        self.n_iter_ = _check_optimize_result("lbfgs", result, self.max_iter)
        self.loss_ = result.fun
        self.coefs_, self.intercepts_ = _engine.unflatten(result.x.astype(dtype, copy=False), self._units)
        if self.verbose:
            print(f"lbfgs: {self.n_iter_} iterations, loss = {self.loss_:.8f}")

    def _hold_out(self, X, y, sample_weight):
        """Samples to learn from and samples to score: as scikit-learn splits them, stratified by two classes."""
        stratify = y if is_classifier(self) and self.n_outputs_ == 1 else None
        arrays = [X, y] if sample_weight is None else [X, y, sample_weight]
        parts = train_test_split(
            *arrays, random_state=self._random_state, test_size=self.validation_fraction, stratify=stratify
        )
        train, held_out = parts[::2], parts[1::2]
        if len(held_out[0]) < 2:
            raise ValueError(
                f"The validation set is too small: {len(held_out[0])} of {len(X)} samples. Increase "
                "'validation_fraction' or the size of your dataset."
            )
        return (*train, None)[:3], (*held_out, None)[:3]

    def _fit_stochastic(self, X, y, sample_weight, incremental):
        engine = self._engine(X.dtype, self.alpha, self.dropout, self._training_loss())
        if not incremental or not hasattr(self, "_optimizer"):
            self._optimizer = Optimizer(self, len(engine.params), X.dtype)
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        validation = best = None
        if self.early_stopping:
            (X, y, sample_weight), validation = self._hold_out(X, y, sample_weight)
            best = engine.params
        n_samples = len(X)
        batch_size = min(200, n_samples) if self.batch_size == "auto" else self.batch_size
        if batch_size > n_samples:
            warnings.warn(
                f"Got `batch_size` less than 1 or larger than sample size: {batch_size} for {n_samples} samples. "
                "It is going to be clipped"
            )
            batch_size = n_samples
        y = self._targets(y, X.dtype)
        order = np.arange(n_samples, dtype=np.int64)
        self._optimizer.start(engine)
        self.n_iter_ = 0
        try:
            for _ in range(1 if incremental else self.max_iter):
                if self.shuffle:
                    # As sklearn.utils.shuffle draws it.
                    permutation = np.arange(n_samples)
                    self._random_state.shuffle(permutation)
                    order = order[permutation]
                self.loss_ = engine.epoch(X, y, sample_weight, order, int(batch_size), self._optimizer.epoch_rate())
                self.n_iter_ += 1
                self.t_ += n_samples
                self.loss_curve_.append(self.loss_)
                if self.verbose:
                    print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
                if validation is None:
                    self._count_by_loss()
                elif self._count_by_score(self._validation_score(engine, *validation)):
                    best = engine.params
                self._optimizer.iteration_ends(self.t_, self.loss_)
                if self._no_improvement_count > self.n_iter_no_change:
                    if self._optimizer.trigger_stopping(self._why_stopping(), self.verbose):
                        break
                    self._no_improvement_count = 0
                if not incremental and self.n_iter_ == self.max_iter:
                    warnings.warn(
                        f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization "
                        "hasn't converged yet. Increase max_iter, or scale the data.",
                        ConvergenceWarning,
                    )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.")
        finally:
            self._optimizer.finish(engine)
            params = engine.params if best is None else best
            self.coefs_, self.intercepts_ = _engine.unflatten(params, self._units)

    def _count_by_loss(self):
        loss = self.loss_curve_[-1]
        self._no_improvement_count = 0 if loss <= self.best_loss_ - self.tol else self._no_improvement_count + 1
        self.best_loss_ = min(loss, self.best_loss_)

    def _count_by_score(self, score):
        """Counts epochs without a better score; whether this one is the best so far."""
        self.validation_scores_.append(score)
        if self.verbose:
            print(f"Validation score: {score:f}")
        worse = score < self.best_validation_score_ + self.tol
        self._no_improvement_count = self._no_improvement_count + 1 if worse else 0
        if score > self.best_validation_score_:
            self.best_validation_score_ = score
            return True
        return False

    def _why_stopping(self):
        what = "Validation score" if self.early_stopping else "Training loss"
        return f"{what} did not improve more than tol={self.tol:f} for {self.n_iter_no_change} consecutive epochs."

    def _outputs(self, X):
        """Predictions for checked samples: probabilities, or values."""
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=self._dtypes, reset=False)
        if scipy.sparse.issparse(X):
            X = X.toarray()
        dtype = np.result_type(X.dtype, self.coefs_[0].dtype) if self.dtype is None else X.dtype
        return self._engine(dtype).predict(X.astype(dtype, copy=False))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
