"""The classifier."""

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _predictor
from ._base import BaseMultilayerPerceptron, _is_stochastic


class MLPClassifier(ClassifierMixin, BaseMultilayerPerceptron):
    """Multi-layer perceptron classifier: scikit-learn's, with its parameters, attributes and results, many times faster.

    It minimises the cross-entropy. With the same ``random_state`` it begins with scikit-learn's weights and takes the
    samples in scikit-learn's order, so that it gives scikit-learn's numbers, up to rounding.

    Parameters
    ----------
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
    class_weight : dict, 'balanced' or None, default=None
        How much each class counts, by its label; 'balanced' makes up for rare ones. It multiplies sample_weight.
    loss : str or dict, default=None
        None is the cross-entropy. With settings: for three classes or more ``{"softmax_cross_entropy": {"label_smoothing":
        0.1}}``; for two, and for several labels, ``{"binary_cross_entropy": {"pos_weight": [3.0]}}`` or the focal loss,
        'focal' or ``{"focal": {"alpha": 0.25, "gamma": 2.0}}``.

    Attributes
    ----------
    classes_ : ndarray or list of ndarray
        The labels.
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
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.model_selection import train_test_split
    >>> from smallnet import MLPClassifier
    >>> X, y = make_classification(n_samples=100, random_state=1)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=1)
    >>> model = MLPClassifier(max_iter=300, random_state=1).fit(X_train, y_train)
    >>> model.predict(X_test[:5])
    array([1, 0, 1, 0, 1])
    >>> model.score(X_test, y_test)
    0.88
    """

    _parameter_constraints: dict = {
        **BaseMultilayerPerceptron._parameter_constraints,
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
        "loss": [StrOptions({"binary_cross_entropy", "focal", "softmax_cross_entropy"}), dict, None],
    }

    def __init__(
        self,
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
        class_weight=None,
        loss=None,
    ):
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
        self.class_weight = class_weight
        self.loss = loss

    def _output_activation(self):
        return "softmax" if self._label_binarizer.y_type_ == "multiclass" else "logistic"

    def _training_loss(self):
        if self.loss is None:
            return self._link
        name = self.loss if isinstance(self.loss, str) else next(iter(self.loss), None)
        expected = {"softmax": ["softmax_cross_entropy"], "logistic": ["binary_cross_entropy", "focal"]}[self._link]
        if name not in expected:
            kind = "three classes or more" if self._link == "softmax" else "two classes or several labels"
            raise ValueError(f"loss {name!r} does not go with the targets: for {kind} expected {' or '.join(expected)}")
        return self.loss

    def _validate_input(self, X, y, incremental, reset):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=self._dtypes,
            reset=reset,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or (not self.warm_start and not incremental):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_classes(unique_labels(y))
        return X, self._label_binarizer.transform(y).astype(bool)

    def _check_classes(self, classes):
        if self.warm_start:
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                    f"Previously got {self.classes_}, `y` has {classes}"
                )
        elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {classes}."
            )

    def _class_weighted(self, y, sample_weight, incremental):
        if self.class_weight is None:
            return sample_weight
        if incremental and isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight='balanced' is not for partial_fit, which does not know how rare a class is: compute the weights "
                "of all data by sklearn.utils.compute_class_weight and pass a dict"
            )
        labels = self._label_binarizer.inverse_transform(y.astype(float))
        weight = compute_sample_weight(self.class_weight, labels)
        return weight if sample_weight is None else weight * sample_weight

    def _class_names(self):
        several = self._label_binarizer.y_type_.startswith("multilabel")
        return [] if several else [str(label) for label in self.classes_]

    def _validation_score(self, engine, X, y, sample_weight):
        outputs = engine.predict(X)
        if not np.isfinite(outputs).all():
            return np.nan
        if self.out_activation_ == "softmax":
            right = np.argmax(outputs, axis=1) == np.argmax(y, axis=1)
        else:
            right = ((outputs > 0.5) == y).all(axis=1)
        return float(np.average(right, weights=sample_weight))

    @available_if(_is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """Update the model with one pass over the given samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts, at least 0.
        classes : array of shape (n_classes,), default=None
            All labels that any call will see: needed in the first call.

        Returns
        -------
        self
        """
        if _check_partial_fit_first_call(self, classes):
            multilabel = type_of_target(y).startswith("multilabel")
            self._label_binarizer = LabelBinarizer().fit(y if multilabel else classes)
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X):
        """The most likely label of each sample, or for several labels a 0 or 1 each.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        check_is_fitted(self)
        outputs = self._outputs(X)
        return self._label_binarizer.inverse_transform(outputs.ravel() if self.n_outputs_ == 1 else outputs)

    def predict_proba(self, X):
        """The probability of each class, in the order of ``classes_``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        outputs = self._outputs(X)
        return np.hstack([1 - outputs, outputs]) if self.n_outputs_ == 1 else outputs

    def predict_log_proba(self, X):
        """The logarithm of ``predict_proba``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        probabilities = self.predict_proba(X)
        return np.log(probabilities, out=probabilities)

    def predictor(self):
        """The model as it is now, for one sample at a time: microseconds in the place of a call of ``predict``.

        Returns
        -------
        smallnet.Predictor
        """
        check_is_fitted(self)
        engine = self._engine(self.coefs_[0].dtype)
        if self._label_binarizer.y_type_.startswith("multilabel"):
            return _predictor.of_several(engine)
        return _predictor.of_classes(engine, self.n_outputs_ == 1, list(self.classes_))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
