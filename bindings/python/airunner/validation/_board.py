# SPDX-License-Identifier: BSD-3-Clause
"""One of the descriptors that samples are spread over: its connection, and what is done when it fails."""

from __future__ import annotations

import os
import threading
from typing import Any, Mapping, Union

import numpy as np

from .._arrays import Array
from .._errors import CancelledError, Error, InvalidArgumentError, InvalidInputError
from .._inputs import in_order
from .._model import Model, Result
from .._runner import Runner, connect
from .._values import Token

BoardLike = Union[str, "os.PathLike[str]", Model, Runner]

NOT_ITS_FAULT = (InvalidInputError, InvalidArgumentError, CancelledError)
_PAUSE_S = 0.5  # before a board is tried again, longer each time


class Board:
    """A descriptor, or a model that is connected already and stays so."""

    def __init__(self, board: BoardLike, arguments: Mapping[str, Any], retries: int, timeout: float, token: Token) -> None:
        self._given = board.model if isinstance(board, Runner) else board
        self._arguments, self._retries, self._timeout, self._token = arguments, retries, timeout, token
        self._runner: Runner | None = None
        self.name = self._given.runner.descriptor if isinstance(self._given, Model) else os.fspath(self._given)
        self._model: Model | None = None
        self.n_retries = 0
        self.failure: Error | None = None  # for which it was retired
        self._ended = threading.Event()

    @property
    def model(self) -> Model:
        assert self._model is not None
        return self._model

    @property
    def is_known(self) -> bool:
        """It was connected once."""
        return self._model is not None

    def open(self) -> bool:
        """Connects; whether it could."""
        try:
            self._with_retries(lambda: None)
        except NOT_ITS_FAULT:
            raise
        except Error as error:
            self.failure = error
        return self.failure is None

    def run(self, samples: list[Any]) -> tuple[list[Array], Result]:
        """The samples as the model was given them, and what it made of them; after all retries it raises what was wrong last."""
        parts = [in_order(sample, self.model.inputs) for sample in samples]
        inputs = [np.stack([np.asarray(part[place]) for part in parts]) for place in range(len(parts[0]))]
        return inputs, self._with_retries(lambda: self.model.invoke(
            inputs, quantize=True, dequantize=True, timeout=self._timeout * len(samples), token=self._token))

    def _with_retries(self, work: Any) -> Any:
        for attempt in range(self._retries + 1):
            try:
                self._connect(attempt)
                return work()
            except NOT_ITS_FAULT:
                raise
            except Error:
                if attempt == self._retries:
                    raise
                self.n_retries += 1
                self._drop()
                self._ended.wait(_PAUSE_S * (attempt + 1))

    def _connect(self, attempt: int) -> None:
        if isinstance(self._given, Model):
            self._model = self._given
            if attempt:
                self.model.runner.reconnect()
        elif self._runner is None:
            self._runner = connect(self._given, timeout=self._timeout, **self._arguments)
            self._model = self._runner.model

    def _drop(self) -> None:
        """A new connection is the surest way to meet a target that is well."""
        runner, self._runner = self._runner, None
        if runner is not None:
            try:
                runner.close()
            except Error:
                pass  # it does not answer: that is why

    def close(self) -> None:
        self._ended.set()
        self._drop()
