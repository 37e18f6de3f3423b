"""What a stochastic solver remembers from one call of ``partial_fit`` to the next."""

import numpy as np


class Optimizer:
    """The state of scikit-learn's stochastic solvers, which the engine takes its steps with.

    Attributes
    ----------
    learning_rate : float
        That of the next epoch, or for Adam that of its last step.
    """

    def __init__(self, model, n_params, dtype):
        self.solver = model.solver
        self.learning_rate_init = float(model.learning_rate_init)
        self.learning_rate = self.learning_rate_init
        self.schedule = model.learning_rate
        self.power_t = model.power_t
        self.momentum = (model.momentum, model.nesterovs_momentum)
        self.moments = (float(model.beta_1), float(model.beta_2), float(model.epsilon))
        adam = self.solver == "adam"
        self.state = (0, np.zeros(n_params, dtype), np.zeros(n_params if adam else 0, dtype))

    def start(self, engine):
        """Hands the state to the engine."""
        steps, first, second = self.state
        if self.solver == "adam":
            engine.adam(self.moments, steps, first, second)
        else:
            engine.sgd(float(self.momentum[0]), bool(self.momentum[1]), first)

    def finish(self, engine):
        """Takes the state back."""
        self.state = engine.optimizer_state()
        if self.solver == "adam" and self.state[0] > 0:
            beta_1, beta_2, _ = self.moments
            steps = self.state[0]
            self.learning_rate = self.learning_rate_init * np.sqrt(1 - beta_2**steps) / (1 - beta_1**steps)

    def epoch_rate(self):
        """The learning rate that the engine is to take; Adam corrects it step by step."""
        return self.learning_rate_init if self.solver == "adam" else self.learning_rate

    def iteration_ends(self, time_step):
        """Lowers the rate after an epoch if the schedule is ``invscaling``."""
        if self.solver == "sgd" and self.schedule == "invscaling":
            self.learning_rate = self.learning_rate_init / (time_step + 1) ** self.power_t

    def trigger_stopping(self, message, verbose):
        """Whether a run that no longer gets better ends; with the schedule ``adaptive`` the rate falls first."""
        if self.solver == "sgd" and self.schedule == "adaptive":
            if self.learning_rate > 1e-6:
                self.learning_rate /= 5.0
                if verbose:
                    print(f"{message} Setting learning rate to {self.learning_rate:f}")
                return False
            message += " Learning rate too small."
        if verbose:
            print(f"{message} Stopping.")
        return True
