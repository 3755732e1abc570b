# SPDX-License-Identifier: BSD-3-Clause
"""Captures of what models compute: made, repeated on other models, and kept in files."""

from __future__ import annotations

import os
import tempfile
from ctypes import POINTER, byref, c_void_p
from functools import cached_property
from pathlib import Path
from typing import Any

from . import _abi, _library
from ._arrays import Array
from ._documents import Page
from ._enums import Capability, Mode
from ._info import Description
from ._inputs import Inputs
from ._model import Model, milliseconds
from ._profile import Profile
from ._result_tensor import ResultTensor, tensors_of
from ._values import held_model, held_result


def _path(path: str | os.PathLike[str]) -> bytes:
    return _abi.c_text(os.fsencode(path), "the path")


class Capture(Page):
    """What a model computed from some inputs: read-only, and independent of its runner. A copy is the same capture; a pickle is its file."""

    def __init__(self, library: _library.Library, handle: int | None, file: str | None = None) -> None:
        self._library = library
        self._result = held_result(library, handle)
        model, profile = library.air_get_result_model(handle), library.air_get_profile(handle).contents
        struct = _abi.Model.from_address(model)
        self.n_samples: int = profile.n_samples
        self.n_nodes: int = struct.n_nodes if profile.mode & Mode.PER_LAYER_WITH_DATA else 0
        self.descriptor = _abi.text(struct.descriptor)
        self.file = _abi.text(library.air_get_property(model, b"file")) if file is None else file

    @cached_property
    def _description(self) -> Description:
        return Description(held_model(self._library, self._library.air_get_result_model(self._result.handle)))

    @property
    def input_tensors(self) -> list[ResultTensor]:
        """As the network got them, samples first."""
        return tensors_of(self._result, _abi.PLACE_INPUT, 0, self._description.info.inputs)

    @property
    def output_tensors(self) -> list[ResultTensor]:
        """As the network stores them."""
        return tensors_of(self._result, _abi.PLACE_OUTPUT, 0, self._description.info.outputs)

    @cached_property
    def inputs(self) -> list[Array]:
        """Views of the input tensors."""
        return [tensor.array for tensor in self.input_tensors]

    @cached_property
    def outputs(self) -> list[Array]:
        """Views of the output tensors."""
        return [tensor.array for tensor in self.output_tensors]

    @cached_property
    def profile(self) -> Profile:
        """What was measured, and the tensors of nodes."""
        return Profile(self._result, self._description)

    @property
    def _json(self) -> str:
        return self.profile._json

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it as .npz, for load_capture(), `airunner compare` and numpy.load()."""
        self._library.check(self._library.air_save_result(self._result.handle, _path(path)))

    def __copy__(self) -> Capture:
        return self

    def __deepcopy__(self, memo: Any) -> Capture:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        with tempfile.TemporaryDirectory(prefix="airunner-") as folder:
            path = Path(folder, _PICKLED)
            self.save(path)
            return _unpickled, (path.read_bytes(), self.file)

    def __repr__(self) -> str:
        return f"<airunner.Capture of {self.descriptor!r}, {self.n_samples} samples, {self.n_nodes} nodes>"


_PICKLED = "pickled.npz"


def _unpickled(content: bytes, file: str) -> Capture:
    with tempfile.TemporaryDirectory(prefix="airunner-") as folder:
        path = Path(folder, _PICKLED)
        path.write_bytes(content)
        return _load(path, file)


def _load(path: str | os.PathLike[str], file: str | None) -> Capture:
    library, handle = _library.load(), c_void_p()
    library.check(library.air_load_result(_path(path), byref(handle)))
    return Capture(library, handle.value, file)


def load_capture(path: str | os.PathLike[str]) -> Capture:
    """Reads what Capture.save() or `airunner compare --save` wrote."""
    return _load(path, None)


def _record(model: Model, n_samples: int, inputs: Any, n_inputs: int, layers: bool, timeout: float | None, io_mode: int) -> Capture:
    mode = (Mode.PER_LAYER_WITH_DATA if layers else Mode.IO_ONLY) | _abi.MODE_KEEP_INPUTS
    options = _abi.InvokeOptions(mode=mode, io_mode=io_mode, timeout_ms=milliseconds(timeout))
    library, handle = model._library, c_void_p()
    with model.runner._use() as use:
        options.token = use.token
        if Capability.RESET_STATES in model.info.capabilities:  # what was run before must not matter
            library.check(library.air_reset_states(model._session, use.call))
        library.check(library.air_invoke(model._session, n_samples, inputs, n_inputs, None, 0, options, None, byref(handle)))
        return Capture(library, handle.value)


def capture(model: Model, inputs: Inputs, *, layers: bool = True, timeout: float | None = None) -> Capture:
    """Runs a model and keeps inputs, outputs and, with `layers`, the tensors of its nodes where it gives them.

    Real inputs are converted to what the network stores.
    """
    arrays, n_samples = model._bind_inputs(inputs, True)
    buffers = (_abi.Input * len(arrays))()
    model._point_inputs(buffers, arrays)
    return _record(model, n_samples, buffers, len(arrays), layers, timeout, _abi.IO_QUANTIZE)


def repeat(model: Model, reference: Capture, *, layers: bool = True, timeout: float | None = None) -> Capture:
    """Runs a model on the inputs of a capture of another one: converted in type, order of channels and dimensions of 1."""
    library, made = model._library, POINTER(_abi.InputSet)()
    with model.runner._use():
        library.check(library.air_convert_inputs(model._session, reference._result.handle, byref(made)))
    try:
        return _record(model, reference.n_samples, made.contents.inputs, made.contents.n, layers, timeout, _abi.IO_STORAGE)
    finally:
        library.air_free_inputs(made)
