"""What a stochastic solver remembers from one call of ``partial_fit`` to the next."""

import numpy as np

from . import _engine
from ._smallnet import Schedule


class Optimizer:
    """The state of scikit-learn's stochastic solvers, or of another optimizer, which the engine takes its steps with.

    Attributes
    ----------
    learning_rate : float
        That of the next epoch, or for Adam that of its last step.
    """

    def __init__(self, model, n_params, dtype):
        self.solver = model.solver
        self.learning_rate_init = float(model.learning_rate_init)
        self.learning_rate = self.rate = self.learning_rate_init
        self.learning_rate_schedule = model.learning_rate
        self.power_t = model.power_t
        self.momentum = (model.momentum, model.nesterovs_momentum)
        self.moments = (float(model.beta_1), float(model.beta_2), float(model.epsilon))
        adam = self.solver == "adam"
        self.state = (0, np.zeros(n_params, dtype), np.zeros(n_params if adam else 0, dtype))
        # In the place of the solver's rule and of learning_rate.
        self.other = None if model.optimizer is None else _engine.optimizer(dtype, model.optimizer)
        self.schedule = model.schedule
        self.epochs = model.max_iter
        self.losses = []
        self._begin_schedule()
        if (self.other or self.schedule is not None) and model.learning_rate != "constant":
            raise ValueError(
                f"learning_rate={model.learning_rate!r} is of scikit-learn's solver 'sgd' alone, found with optimizer or "
                "schedule: leave it at 'constant', and give a schedule"
            )

    def _begin_schedule(self):
        given = self.schedule is None or callable(self.schedule)
        self._factors = None if given else Schedule(self.schedule, self.epochs)
        for loss in self.losses if self._factors else []:
            self._factors.on_epoch(loss)

    def __getstate__(self):
        # What a schedule has seen is the losses.
        return {name: value for name, value in vars(self).items() if name != "_factors"}

    def __setstate__(self, state):
        vars(self).update(state)
        self._begin_schedule()

    def _factor(self):
        """What the schedule multiplies the learning rate of the next epoch by."""
        if self.schedule is None:
            return 1.0
        epoch = len(self.losses)
        factor = float(self._factors.factor(epoch) if self._factors else self.schedule(epoch))
        if not (np.isfinite(factor) and factor >= 0):
            raise ValueError(f"expected of schedule a finite factor, at least 0, found {factor} for epoch {epoch}")
        return factor

    def start(self, engine):
        """Hands the state to the engine."""
        steps, first, second = self.state
        if self.other is not None:
            engine.set_optimizer(self.other)
        elif self.solver == "adam":
            engine.adam(self.moments, steps, first, second)
        else:
            engine.sgd(float(self.momentum[0]), bool(self.momentum[1]), first)

    def finish(self, engine):
        """Takes the state back."""
        if self.other is not None:
            return
        self.state = engine.optimizer_state()
        if self.solver == "adam" and self.state[0] > 0:
            beta_1, beta_2, _ = self.moments
            steps = self.state[0]
            self.learning_rate = self.rate * np.sqrt(1 - beta_2**steps) / (1 - beta_1**steps)

    def epoch_rate(self):
        """The learning rate that the engine is to take; Adam corrects it step by step."""
        if self.schedule is not None:
            self.learning_rate = self.rate = self.learning_rate_init * self._factor()
        return self.rate if self.solver == "adam" else self.learning_rate

    def iteration_ends(self, time_step, loss):
        """Lowers the rate after an epoch if the schedule says so."""
        if self.schedule is not None:
            self.losses.append(loss)
            if self._factors:
                self._factors.on_epoch(loss)
        elif self.solver == "sgd" and self.learning_rate_schedule == "invscaling":
            self.learning_rate = self.learning_rate_init / (time_step + 1) ** self.power_t

    def trigger_stopping(self, message, verbose):
        """Whether a run that no longer gets better ends; with the schedule ``adaptive`` the rate falls first."""
        if self.solver == "sgd" and self.learning_rate_schedule == "adaptive":
            if self.learning_rate > 1e-6:
                self.learning_rate /= 5.0
                if verbose:
                    print(f"{message} Setting learning rate to {self.learning_rate:f}")
                return False
            message += " Learning rate too small."
        if verbose:
            print(f"{message} Stopping.")
        return True
