# SPDX-License-Identifier: BSD-3-Clause
"""airunner: run and profile the same neural network wherever it was deployed.

    import airunner

    with airunner.connect("serial:921600") as runner:
        model = runner["network"]
        outputs, profile = model.invoke(x, mode="per_layer")
        print(profile)
"""

from __future__ import annotations

from ._callbacks import NodeEvent, SampleEvent
from ._compare import Capture, Comparison, capture, compare, compare_captures, load_capture, repeat
from ._devices import Device, Plugin, plugins, scan
from ._enums import Capability, Encoding, LogLevel, Mode, Status
from ._errors import (AmbiguousError, BusyError, CallbackError, CancelledError, CorruptedError, Error, IncompatibleError,
                      InputOutputError, InternalError, InvalidArgumentError, InvalidDescriptorError, InvalidInputError,
                      InvalidModelError, LibraryError, LinkLostError, NoAnswerError, NoDeviceError, NoMemoryError,
                      NotConnectedError, NotFoundError, NotInitializedError, PermissionError, ProtocolError,
                      RunFailedError, TargetError, TimeoutError, UnsupportedError, WeightsError)
from ._info import DeviceInfo, ModelInfo, NodeInfo, RuntimeInfo
from ._library import load as _load
from ._model import Model, Result
from ._page import render_html
from ._profile import NodeProfile, Profile, Statistics
from ._runner import Runner, connect
from ._tensor import TensorInfo

__version__ = "1.0.0-rc.1"

__all__ = [
    "AmbiguousError", "BusyError", "CallbackError", "CancelledError", "Capability", "Capture", "Comparison", "CorruptedError", "Device", "DeviceInfo", "Encoding",
    "Error", "IncompatibleError", "InputOutputError", "InternalError", "InvalidArgumentError",
    "InvalidDescriptorError", "InvalidInputError", "InvalidModelError", "LibraryError", "LinkLostError", "LogLevel",
    "Mode", "Model", "ModelInfo", "NoAnswerError", "NoDeviceError", "NoMemoryError", "NodeEvent", "NodeInfo",
    "NodeProfile", "NotConnectedError", "NotFoundError", "NotInitializedError", "PermissionError", "Plugin", "Profile",
    "ProtocolError", "Result", "RunFailedError", "Runner", "RuntimeInfo", "SampleEvent", "Statistics", "Status",
    "TargetError", "TensorInfo", "TimeoutError", "UnsupportedError", "WeightsError", "capture", "compare",
    "compare_captures", "connect", "library_path", "library_version", "load_capture", "plugins", "render_html", "repeat",
    "scan",
]


def library_path() -> str:
    """The library that is loaded, as it was named to the system."""
    return _load().name


def library_version() -> str:
    """Version of the library that is loaded."""
    return _load().version
