# SPDX-License-Identifier: BSD-3-Clause
"""A model that is reached from this process: by a descriptor, or connected already."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Mapping, Union

from .._arrays import Array
from .._errors import Error
from .._model import Model
from .._runner import Runner, connect
from .._values import Token
from ._board import Known, Ran
from ._labgrid import SCHEME, reserved

BoardLike = Union[str, "os.PathLike[str]", Model, Runner]


class Local:
    """A descriptor, or a model that is connected already and stays so. `timeout` is the limit of connecting, and of each sample."""

    n_at_once = 1

    def __init__(self, board: BoardLike, arguments: Mapping[str, Any], timeout: float, token: Token) -> None:
        self._given = board.model if isinstance(board, Runner) else board
        self._arguments, self._timeout, self._token = arguments, timeout, token
        self.name = self._given.runner.descriptor if isinstance(self._given, Model) else os.fspath(self._given)
        self._place = contextlib.ExitStack()  # of labgrid, reserved until the end
        self._descriptor = ""
        self._runner: Runner | None = None
        self._known: tuple[Model, Known] | None = None

    def connect(self, is_again: bool) -> Known:
        model = self._model(is_again)
        if self._known is None or self._known[0] is not model:
            self._known = model, Known(model.info, model.to_dict())
        return self._known[1]

    def _model(self, is_again: bool) -> Model:
        if isinstance(self._given, Model):
            if is_again:
                self._given.runner.reconnect()
            return self._given
        if self._runner is None:
            if not self._descriptor:
                self._descriptor = self._place.enter_context(reserved(self.name)) if self.name.startswith(SCHEME) else self.name
            self._runner = connect(self._descriptor, timeout=self._timeout, **self._arguments)
        return self._runner.model

    def invoke(self, inputs: list[Array]) -> Ran:
        assert self._known is not None
        outputs, profile = self._known[0].invoke(inputs, quantize=True, dequantize=True, timeout=self._timeout * len(inputs[0]), token=self._token)
        return Ran(outputs, profile.durations_ms.tolist(), profile.link_ms, profile.host_ms)

    def drop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            with contextlib.suppress(Error):  # it does not answer: that is why
                runner.close()

    def close(self) -> None:
        self.drop()
        self._place.close()
