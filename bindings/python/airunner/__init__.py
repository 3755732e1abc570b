# SPDX-License-Identifier: BSD-3-Clause
"""airunner: run and profile the same neural network wherever it was deployed.

    import airunner

    with airunner.connect("serial:921600") as runner:
        model = runner["network"]
        outputs, profile = model.invoke(x, mode="per_layer")
        print(profile)
"""

from __future__ import annotations

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from ._callbacks import NodeEvent, SampleEvent
from ._capture import Capture, capture, load_capture, repeat
from ._compare import Comparison, compare, compare_captures
from ._devices import Device, Plugin, PluginOption, load_plugin, plugins, scan
from ._documents import render_html
from ._enums import Capability, Encoding, LogLevel, Mode, Status
from ._errors import (AmbiguousError, BusyError, CallbackError, CancelledError, CorruptedError, Error, IncompatibleError,
                      InputOutputError, InternalError, InvalidArgumentError, InvalidDescriptorError, InvalidInputError,
                      InvalidModelError, LibraryError, LinkLostError, NoAnswerError, NoDeviceError, NoMemoryError,
                      NotConnectedError, NotFoundError, NotInitializedError, PermissionError, ProtocolError,
                      RunFailedError, TargetError, TimeoutError, UnsupportedError, WeightsError)
from ._info import DeviceInfo, ModelInfo, NodeInfo, RuntimeInfo
from ._library import load as _load
from ._model import Model, Result
from ._profile import NodeProfile, Profile, Statistics
from ._regression import Regression, compare_profiles
from ._result_tensor import ResultTensor
from ._runner import Runner, connect
from ._tensor import TensorInfo
from ._values import Token

__version__ = "1.0.0-rc.1"

__all__ = [
    "AmbiguousError", "BusyError", "CallbackError", "CancelledError", "Capability", "Capture", "Comparison", "CorruptedError", "Device", "DeviceInfo", "Encoding",
    "Error", "IncompatibleError", "InputOutputError", "InternalError", "InvalidArgumentError",
    "InvalidDescriptorError", "InvalidInputError", "InvalidModelError", "LibraryError", "LinkLostError", "LogLevel",
    "Mode", "Model", "ModelInfo", "NoAnswerError", "NoDeviceError", "NoMemoryError", "NodeEvent", "NodeInfo",
    "NodeProfile", "NotConnectedError", "NotFoundError", "NotInitializedError", "PermissionError", "Plugin", "PluginOption",
    "Profile", "ProtocolError", "Regression", "Result", "ResultTensor", "RunFailedError", "Runner", "RuntimeInfo", "SampleEvent", "Statistics", "Status",
    "TargetError", "TensorInfo", "TimeoutError", "Token", "UnsupportedError", "Validation", "WeightsError", "capture", "compare",
    "compare_captures", "compare_profiles", "connect", "library_path", "library_version", "load_capture", "load_plugin", "plugins",
    "render_html", "repeat", "scan", "validate",
]

if _TYPE_CHECKING:
    from .validation import Validation, validate


def __getattr__(name: str) -> _Any:
    """What takes long to import, and few programs need."""
    if name in ("Validation", "validate"):
        from . import validation

        return getattr(validation, name)
    raise AttributeError(f"module 'airunner' has no attribute {name!r}")


def library_path() -> str:
    """The library that is loaded, as it was named to the system."""
    return _load().name


def library_version() -> str:
    """Version of the library that is loaded."""
    return _load().version
