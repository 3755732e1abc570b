# SPDX-License-Identifier: BSD-3-Clause
"""One way to run a model for all that can: a runner, a session, a descriptor, a model file."""

from __future__ import annotations

import enum
import importlib
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ._tensor_desc import AiTensorDesc, AiTensorType
from .ai_runner import AiRunner, AiRunnerSession


class AiRuntimeType(enum.Enum):
    """Where a model runs."""

    TARGET = 0
    SIMULATOR = 1
    HOST = 2

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


class AiDeviceDesc(NamedTuple):
    """The machine that runs a model."""

    device: str = ""
    desc: str = ""
    id: str = ""
    system: str = ""
    attrs: Any = None


class AiRuntimeDesc(NamedTuple):
    """The software that runs a model."""

    rt_type: AiRuntimeType = AiRuntimeType.HOST
    name: str = ""
    protocol: str = ""
    capabilities: Any = None
    device: AiDeviceDesc = AiDeviceDesc()
    rt_lib_desc: str = ""
    rt_lib_version: Any = None


class AiRunnerInterpreterBase:
    """What every interpreter offers."""

    @property
    def is_valid(self) -> bool:
        return False

    @property
    def name(self) -> str | None:
        return None

    def get_inputs(self) -> list[AiTensorDesc]:
        return []

    def get_outputs(self) -> list[AiTensorDesc]:
        return []

    def invoke(self, inputs: Any) -> list[Any]:
        return []

    def reset(self) -> bool:
        return False

    def _as_list(self, inputs: Any) -> list[Any]:
        """A bare array is one input; a list of the wrong length is none."""
        values = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        return values if len(values) == len(self.get_inputs()) else []

    def __str__(self) -> str:
        return "<undefined>"


class AiRunnerInterpreterStAi(AiRunnerInterpreterBase):
    """A runner, or one of its sessions."""

    def __init__(self, runner: AiRunner | AiRunnerSession, name: str | None = None) -> None:
        self._runner = runner
        self._arguments: list[Any] = [name] if isinstance(runner, AiRunner) else []

    @property
    def is_valid(self) -> bool:
        return True

    @property
    def name(self) -> str | None:
        return self._arguments[0] if self._arguments and self._arguments[0] else self._runner.name

    def get_inputs(self) -> list[AiTensorDesc]:
        return self._runner.get_inputs(*self._arguments)

    def get_outputs(self) -> list[AiTensorDesc]:
        return self._runner.get_outputs(*self._arguments)

    def invoke(self, inputs: Any) -> list[Any]:
        values = self._as_list(inputs)
        if not values:
            return []
        arguments = {"name": self._arguments[0]} if self._arguments else {}
        return self._runner.invoke(values, disable_pb=True, **arguments)[0]

    def reset(self) -> bool:
        """Sets states to zero where a model has some; those of ST's runtimes stay as they are, as in ST's module."""
        runner = self._runner if isinstance(self._runner, AiRunner) else self._runner._parent
        network = runner._network(self.name) if runner is not None else None
        return network is None or network.reset_states()

    def __str__(self) -> str:
        text = str(self._runner) if self._runner.is_connected else "<unconnected>"
        return f"AiRunner(v{AiRunner.version()}): {text}"


class AiRunnerInterpreterTFlite(AiRunnerInterpreterBase):
    """TensorFlow's own interpreter, for where airunner has no backend for .tflite files."""

    def __init__(self, model_path: Path, reference_kernels: bool = True, reason: str | None = None) -> None:
        try:
            tf = importlib.import_module("tensorflow")
        except ImportError as error:
            raise ImportError(f"{model_path}: {reason or 'not opened'}\nTensorFlow, which is tried then, is not there: {error}") from error
        self._version, self._path = tf.__version__, model_path
        resolver = tf.lite.experimental.OpResolverType
        kind = resolver.BUILTIN_REF if reference_kernels else resolver.AUTO
        self._interpreter = tf.lite.Interpreter(model_path=str(model_path), experimental_op_resolver_type=kind)
        self._interpreter.allocate_tensors()

    @property
    def is_valid(self) -> bool:
        return True

    @property
    def name(self) -> str | None:
        return self._path.stem

    @staticmethod
    def _describe(detail: dict[str, Any], iotype: AiTensorType) -> AiTensorDesc:
        scale, zero_point = detail["quantization"]
        return AiTensorDesc(iotype, detail["name"], tuple(int(n) for n in detail["shape"]), detail["dtype"],
                            [np.float32(scale)], [np.dtype(detail["dtype"]).type(zero_point) if scale else np.int32(0)])

    def get_inputs(self) -> list[AiTensorDesc]:
        return [self._describe(d, AiTensorType.INPUT) for d in self._interpreter.get_input_details()]

    def get_outputs(self) -> list[AiTensorDesc]:
        return [self._describe(d, AiTensorType.OUTPUT) for d in self._interpreter.get_output_details()]

    def invoke(self, inputs: Any) -> list[Any]:
        values = self._as_list(inputs)
        samples: list[list[Any]] = []
        for index in range(len(values[0]) if values else 0):
            for detail, value in zip(self._interpreter.get_input_details(), values):
                self._interpreter.set_tensor(detail["index"], np.asarray(value)[index:index + 1].reshape(detail["shape"]))
            self._interpreter.invoke()
            samples.append([self._interpreter.get_tensor(d["index"]) for d in self._interpreter.get_output_details()])
        return [np.concatenate(tensors) for tensors in zip(*samples)]

    def reset(self) -> bool:
        self._interpreter.reset_all_variables()
        return True

    def __str__(self) -> str:
        return f"tf.lite.Interpreter(v{self._version}): model_path={self._path}"


def _open(model: Any, arguments: dict[str, Any]) -> AiRunnerInterpreterBase:
    name = arguments.get("name")
    if isinstance(model, (AiRunner, AiRunnerSession)):
        return AiRunnerInterpreterStAi(model, name)
    if not isinstance(model, (str, os.PathLike)):
        return AiRunnerInterpreterBase()
    runner = AiRunner(logger=arguments.get("logger"), debug=bool(arguments.get("debug", False)))
    mode = arguments.get("mode")
    runner.connect(os.fspath(model), mode=mode)
    path = Path(os.fspath(model))
    if not runner.is_connected and path.is_file() and "tflite" in path.suffix:
        return AiRunnerInterpreterTFlite(path, "no-kref" not in str(mode), runner.get_error())
    return AiRunnerInterpreterStAi(runner, name)


class AiRunnerInterpreter(AiRunnerInterpreterBase):
    """The interpreter for what it is given."""

    def __init__(self, model_path: Any, **kwargs: Any) -> None:
        self._interpreter = _open(model_path, kwargs)

    @property
    def is_valid(self) -> bool:
        return self._interpreter.is_valid

    @property
    def name(self) -> str | None:
        return self._interpreter.name

    def get_inputs(self) -> list[AiTensorDesc]:
        return self._interpreter.get_inputs()

    def get_outputs(self) -> list[AiTensorDesc]:
        return self._interpreter.get_outputs()

    def invoke(self, inputs: Any) -> list[Any]:
        return self._interpreter.invoke(inputs)

    def reset(self) -> bool:
        return self._interpreter.reset()

    def __str__(self) -> str:
        return str(self._interpreter)
