# SPDX-License-Identifier: BSD-3-Clause
"""One model of a connection: its dictionaries, and invoking it."""

from __future__ import annotations

from typing import Any

import numpy as np

import airunner

from ._callbacks import callback_arguments
from ._errors import AiRunnerError, HwIOError, from_airunner
from ._families import Family, family_of
from ._info import copy_info, make_info
from ._inputs import prepare_inputs
from ._modes import Mode, capabilities_of, grant, to_mode
from ._profiler import NodeTensors, make_profiler
from ._progress import ProgressBar, bar_possible
from .stm_ai_utils import IOTensor, stm_ai_error_to_str

_PER_LAYER = Mode.PER_LAYER.value
_PERF_ONLY = Mode.PERF_ONLY.value


class Network:
    """One model."""

    def __init__(self, model: airunner.Model, name: str, logger: Any) -> None:
        self.name = name
        self._logger = logger
        self._is_hinted = False
        self.model = model
        self.is_lost = False  # the link broke during a run
        self.family: Family = family_of(model.info)
        self.capabilities = capabilities_of(model.info.capabilities)
        self._bits = int(model.info.capabilities)
        self._info = make_info(model.info, self.family, name)
        for tensor in (*self._info["inputs"], *self._info["outputs"]):
            address = model.get_property(f"st.address.{tensor['io_tensor'].tag}")
            if address:  # of a host library; a target's is a part of the description
                tensor["io_tensor"].set_c_addr(int(address, 16))
        self._inputs: list[IOTensor] = [tensor["io_tensor"] for tensor in self._info["inputs"]]
        self._nodes = NodeTensors(self.family)

    def get_info(self) -> dict[str, Any]:
        return copy_info(self._info)

    def invoke(self, inputs: Any, mode: Any = Mode.IO_ONLY, callback: Any = None, io_mode: Any = None,
               progress: bool = False, option: int = 0) -> tuple[list[Any], dict[str, Any]]:
        """Runs a batch; gives the outputs and the profiler dictionary."""
        granted, bits = grant(to_mode(mode), self._bits, self.family.on_host)
        conversions = io_mode.split("+") if isinstance(io_mode, str) else ()
        arrays = prepare_inputs(inputs, self._inputs, "quantize" in conversions, self._hint)
        arguments = callback_arguments(callback, bool(bits & _PER_LAYER)) if callback is not None else {}
        bar = ProgressBar() if progress and len(arrays[0]) > 1 and bar_possible() else None
        if bar is not None:
            arguments["on_progress"] = bar
        try:
            outputs, profile = self.model.invoke(arrays, mode=bits, option=int(option),
                                                 dequantize="dequantize" in conversions, **arguments)
        except airunner.Error as error:
            self.is_lost |= isinstance(error, (airunner.LinkLostError, airunner.NotConnectedError))
            raise self._error(error) from error
        finally:
            if bar is not None:
                bar.close()
        if bits & _PERF_ONLY:
            outputs = [np.empty(0, output.dtype) for output in outputs]
        return outputs, make_profiler(profile, granted, self.get_info(), self.family, self._nodes)

    def reset_states(self) -> bool:
        """Sets the states of a model to zero; False where that cannot be done."""
        if self.family is not Family.OTHER or not self.model.info.states_bytes:
            return True
        try:
            self.model.reset_states()
        except airunner.UnsupportedError as error:
            self._logger.warning(f"the states of {self.name} cannot be reset: {error}")
            return False
        return True

    def _hint(self, text: str) -> None:
        """Something to think about, said once."""
        if not self._is_hinted:
            self._is_hinted = True
            self._logger.warning(text)

    def _error(self, error: airunner.Error) -> AiRunnerError:
        if isinstance(error, airunner.RunFailedError) and self.family is Family.HL:
            code, kind = error.vendor_code >> 8 & 0xFFFFFF, error.vendor_code & 0xFF
            return AiRunnerError(f"ai_network_run() failed\n AiError - {stm_ai_error_to_str(code, kind)}\n{error}")
        if isinstance(error, airunner.RunFailedError) and self.family is Family.HS:
            return HwIOError(f"stai_{self.name}_run failed with error 0x{error.vendor_code & 0xFFFFFFFF:x}\n{error}")
        return from_airunner(error)
