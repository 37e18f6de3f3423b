"""The regressor."""

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _predictor
from ._base import BaseMultilayerPerceptron, _is_stochastic


# Of the engine's, in the place of scikit-learn's two.
LOSSES = ("huber", "log_cosh", "mean_absolute_error", "mean_squared_error", "pinball", "smooth_l1")


class MLPRegressor(RegressorMixin, BaseMultilayerPerceptron):
    """Multi-layer perceptron regressor: scikit-learn's, with its parameters, attributes and results, many times faster.

    With the same ``random_state`` it begins with scikit-learn's weights and takes the samples in scikit-learn's order, so
    that it gives scikit-learn's numbers, up to rounding.

    Parameters
    ----------
    loss : str or dict, default='squared_error'
        scikit-learn's 'squared_error', half of the squared error, and 'poisson', half of the Poisson deviance of exp(output);
        or PyTorch's, averaged over samples and outputs: 'huber', 'log_cosh', 'mean_absolute_error', 'mean_squared_error',
        'pinball', 'smooth_l1', maybe with settings: ``{"huber": {"delta": 0.5}}``, ``{"pinball": {"quantiles": [0.9]}}``.
    hidden_layer_sizes : array-like of int, default=(100,)
        Units of each hidden layer.
    activation : str or list of str, default='relu'
        Of the hidden layers, one for all or one each: scikit-learn's 'identity', 'logistic', 'tanh', 'relu'; or 'gaussian', 'gelu', 'gelu_tanh',
        'hard_sigmoid', 'hard_swish', 'hard_tanh', 'log_sigmoid', 'mish', 'relu6', 'selu', 'sigmoid', 'silu', 'sine',
        'softplus', 'softsign', 'tanh_shrink'.
    solver : {'lbfgs', 'sgd', 'adam'}, default='adam'
        'lbfgs' is SciPy's L-BFGS-B on all samples at once; the others take a step a mini-batch.
    alpha : float, default=0.0001
        Strength of the L2 penalty on the weights, alpha / 2 |W|² / n_samples.
    batch_size : int or 'auto', default='auto'
        Samples of a mini-batch; 'auto' is min(200, n_samples).
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        For 'sgd': 'invscaling' divides the rate by t ** power_t, 'adaptive' by 5 whenever the loss, or the validation score,
        has not got better by tol for n_iter_no_change epochs.
    learning_rate_init : float, default=0.001
        The learning rate at first.
    power_t : float, default=0.5
        The exponent of 'invscaling'.
    max_iter : int, default=200
        Epochs at most; iterations for 'lbfgs'.
    shuffle : bool, default=True
        Whether the samples are put into a new order every epoch.
    random_state : int, RandomState instance or None, default=None
        Initial weights, the order of samples, and the split of early stopping: those of scikit-learn for the same number.
    tol : float, default=1e-4
        What counts as better.
    verbose : bool, default=False
        Prints the loss of every epoch.
    warm_start : bool, default=False
        Whether fit goes on from the weights there are.
    momentum : float, default=0.9
        For 'sgd', from 0 to 1.
    nesterovs_momentum : bool, default=True
        For 'sgd': looks one step ahead.
    early_stopping : bool, default=False
        Sets samples aside, stops when their score gets no better, and keeps the weights of the best.
    validation_fraction : float, default=0.1
        The share of samples that early stopping sets aside.
    beta_1, beta_2 : float, default=0.9, 0.999
        For 'adam': the memory of the mean gradient and of its square.
    epsilon : float, default=1e-8
        For 'adam': what is added to the divisor.
    n_iter_no_change : int, default=10
        Epochs that may pass without getting better.
    max_fun : int, default=15000
        For 'lbfgs': evaluations of the loss at most.
    dropout : float, default=0.0
        The share of each hidden layer's outputs that a step leaves out, from 0 to below 1; not for 'lbfgs'.
    optimizer : str or dict, default=None
        In the place of the solver's rule for a step, PyTorch's: 'adadelta', 'adagrad', 'adam', 'adamax', 'adamw', 'lion',
        'nadam', 'radam', 'rmsprop', 'rprop', 'sgd', or with settings of its own, ``{"adamw": {"weight_decay": 0.1}}``. Of
        the solver's settings learning_rate_init and alpha still count; momentum, beta_1 and the like do not.
    schedule : str, dict or callable, default=None
        Multiplies learning_rate_init by a factor for each epoch: 'cosine' and 'one_cycle' over max_iter epochs, others with
        settings, ``{"step": {"size": 30, "gamma": 0.1}}``: 'constant', 'cosine_warm_restarts', 'cyclic', 'exponential',
        'inverse_time', 'linear', 'multi_step', 'noam', 'polynomial', 'reduce_on_plateau', 'sequence'; or a function from
        the epoch, from 0, to its factor. For solver 'sgd' or 'adam' and any optimizer.
    dtype : {'float32', 'float64'}, default=None
        The numbers that are computed with, whatever X has; None for those of X.
    n_jobs : int, default=None
        Threads for large networks and batches, as scikit-learn counts them: None is 1, -1 one a core. The results do not
        depend on it.

    Attributes
    ----------
    coefs_, intercepts_ : list of ndarray
        Weights, (inputs, outputs) of each layer, and biases.
    loss_, best_loss_ : float
        The loss of the last epoch and the smallest; best_loss_ is None with early stopping.
    loss_curve_ : list of float
        The loss of every epoch; not for 'lbfgs'.
    validation_scores_, best_validation_score_
        With early stopping the score of every epoch and the best, else None.
    n_iter_, t_ : int
        Epochs, and samples learned from.
    n_features_in_, n_layers_, n_outputs_ : int
    feature_names_in_ : ndarray of str
        If X has names of features.
    out_activation_ : str
        What makes predictions of outputs.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from sklearn.preprocessing import StandardScaler
    >>> from smallnet import MLPRegressor
    >>> X, y = make_regression(n_samples=200, n_features=20, random_state=1)
    >>> y = (y - y.mean()) / y.std()
    >>> model = MLPRegressor(max_iter=500, random_state=1).fit(X, y)
    >>> model.score(X, y) > 0.99
    True
    """

    _parameter_constraints: dict = {
        **BaseMultilayerPerceptron._parameter_constraints,
        "loss": [StrOptions({"squared_error", "poisson", *LOSSES}), dict],
    }

    def __init__(
        self,
        loss="squared_error",
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        dropout=0.0,
        optimizer=None,
        schedule=None,
        dtype=None,
        n_jobs=None,
    ):
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.optimizer = optimizer
        self.schedule = schedule
        self.dtype = dtype
        self.n_jobs = n_jobs

    def _output_activation(self):
        return "exp" if self.loss == "poisson" else "identity"

    def _training_loss(self):
        if self._link == "poisson" or self.loss == "squared_error":
            return self._link
        name = self.loss if isinstance(self.loss, str) else next(iter(self.loss), None)
        if name not in LOSSES:
            raise ValueError(f"loss {name!r} has no settings or is not known; expected one of {', '.join(LOSSES)}")
        return self.loss

    def _validate_input(self, X, y, incremental, reset):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=True,
            dtype=self._dtypes,
            reset=reset,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, y

    def _validation_score(self, engine, X, y, sample_weight):
        outputs = engine.predict(X)
        return r2_score(y, outputs, sample_weight=sample_weight) if np.isfinite(outputs).all() else np.nan

    @available_if(_is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """Update the model with one pass over the given samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts, at least 0.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X):
        """The predicted value, or values, of each sample.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        check_is_fitted(self)
        outputs = self._outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    def predictor(self):
        """The model as it is now, for one sample at a time: microseconds in the place of a call of ``predict``.

        Returns
        -------
        smallnet.Predictor
        """
        check_is_fitted(self)
        return _predictor.of_values(self._engine(self.coefs_[0].dtype), self.n_outputs_ > 1)
