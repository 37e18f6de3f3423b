"""The extension module: networks that Python trains epoch by epoch, and predictors for one sample at a time."""

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPTIMIZERS: list[str]
SCHEDULES: list[str]
CLASS_LOSSES: list[str]
VALUE_LOSSES: list[str]

class Engine32:
    def __init__(
        self,
        in_dim: int,
        layers: str,
        params: NDArray[np.float32],
        loss: str | dict[str, dict[str, Any]],
        alpha: float = 0.0,
        seed: int = 0,
        threads: int = 1,
    ) -> None: ...
    @property
    def params(self) -> NDArray[np.float32]: ...
    def sgd(self, momentum: float, nesterov: bool, velocity: NDArray[np.float32]) -> None: ...
    def adam(
        self, settings: tuple[float, float, float], steps: int, m: NDArray[np.float32], v: NDArray[np.float32]
    ) -> None: ...
    def set_optimizer(self, optimizer: Optimizer32) -> None: ...
    def optimizer_state(self) -> tuple[int, NDArray[np.float32], NDArray[np.float32]]: ...
    def epoch(
        self,
        x: NDArray[np.float32],
        y: NDArray[np.int64] | NDArray[np.float32],
        weights: NDArray[np.float32] | None,
        order: NDArray[np.int64],
        batch_size: int,
        learning_rate: float,
    ) -> float: ...
    def load(
        self,
        x: NDArray[np.float32],
        y: NDArray[np.int64] | NDArray[np.float32],
        weights: NDArray[np.float32] | None,
    ) -> None: ...
    def loss_and_gradient(self, params: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]: ...
    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float32]: ...
    def predictor(self, pair: bool) -> Predictor32: ...
    def export(self, path: str | PathLike[str], classes: list[str]) -> None: ...

class Engine64:
    def __init__(
        self,
        in_dim: int,
        layers: str,
        params: NDArray[np.float64],
        loss: str | dict[str, dict[str, Any]],
        alpha: float = 0.0,
        seed: int = 0,
        threads: int = 1,
    ) -> None: ...
    @property
    def params(self) -> NDArray[np.float64]: ...
    def sgd(self, momentum: float, nesterov: bool, velocity: NDArray[np.float64]) -> None: ...
    def adam(
        self, settings: tuple[float, float, float], steps: int, m: NDArray[np.float64], v: NDArray[np.float64]
    ) -> None: ...
    def set_optimizer(self, optimizer: Optimizer64) -> None: ...
    def optimizer_state(self) -> tuple[int, NDArray[np.float64], NDArray[np.float64]]: ...
    def epoch(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.int64] | NDArray[np.float64],
        weights: NDArray[np.float64] | None,
        order: NDArray[np.int64],
        batch_size: int,
        learning_rate: float,
    ) -> float: ...
    def load(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.int64] | NDArray[np.float64],
        weights: NDArray[np.float64] | None,
    ) -> None: ...
    def loss_and_gradient(self, params: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]: ...
    def predict(self, x: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def predictor(self, pair: bool) -> Predictor64: ...
    def export(self, path: str | PathLike[str], classes: list[str]) -> None: ...

class Predictor32:
    def predict(self, x: NDArray[np.float32] | Sequence[float]) -> NDArray[np.float32]: ...

class Predictor64:
    def predict(self, x: NDArray[np.float64] | Sequence[float]) -> NDArray[np.float64]: ...

class Optimizer32:
    def __init__(self, optimizer: str | dict[str, dict[str, Any]]) -> None: ...
    @property
    def first_order(self) -> bool: ...

class Optimizer64:
    def __init__(self, optimizer: str | dict[str, dict[str, Any]]) -> None: ...
    @property
    def first_order(self) -> bool: ...

class Schedule:
    def __init__(self, schedule: str | dict[str, Any], epochs: int) -> None: ...
    def factor(self, epoch: int) -> float: ...
    def on_epoch(self, loss: float) -> None: ...
