# SPDX-License-Identifier: BSD-3-Clause
"""Deployed networks in Ultralytics: importing this lets `YOLO("stedgeai:<descriptor>")` predict and validate.

    import airunner.integrations.ultralytics
    from ultralytics import YOLO

    YOLO("stedgeai:serial:921600").predict("bus.jpg")

Two methods of Ultralytics are replaced in memory, both only for names that begin with `stedgeai:` or `airunner:`: the one by which a model
gets its weights, and the constructor of the class that runs them, whose name and place stayed since its release 8.1.
"""

from __future__ import annotations

import functools
from typing import Any, Callable

import torch
from ultralytics.engine.model import Model
from ultralytics.nn import autobackend
from ultralytics.nn.autobackend import AutoBackend
from ultralytics.utils import LOGGER

from .._errors import UnsupportedError
from ._yolo import Network, open_network

PREFIXES = ("stedgeai:", "airunner:")
_TASKS = ("detect", "segment", "classify")


def descriptor_of(weights: Any) -> str | None:
    """The descriptor in a name such as `stedgeai:serial:921600`; None when it is something else."""
    if isinstance(weights, (list, tuple)) and len(weights) == 1:
        weights = weights[0]
    text = str(weights).strip() if not isinstance(weights, torch.nn.Module) else ""
    return next((text[len(prefix):] for prefix in PREFIXES if text.startswith(prefix)), None)


class AirunnerBackend(torch.nn.Module):  # type: ignore[misc]
    """What predictors and validators call, on a deployed network.

    An AutoBackend that is made for one becomes this instead, which has nothing of its inside; the attributes are those that any
    release reads.
    """

    def attach(self, network: Network, data: Any) -> None:
        super().__init__()
        geometry = network.geometry
        self.network = network
        self.device = torch.device("cpu")
        self.format, self.task, self.end2end, self.stride = "airunner", geometry.task, geometry.end2end, 32
        self.imgsz, self.ch, self.channels = [geometry.height, geometry.width], geometry.channels, geometry.channels
        self.batch = self.batch_size = 1
        self.metadata: dict[str, Any] = {}
        self.names = class_names(data, geometry.n_classes)
        self.pt = self.jit = self.onnx = self.engine = self.triton = self.nn_module = False
        self.dynamic = self.fp16 = self.nhwc = self.base_model = False

    def forward(self, im: torch.Tensor, *_: Any, **__: Any) -> Any:
        outputs = [torch.from_numpy(output) for output in self.network.run(im.float().cpu().numpy())]
        return outputs[0] if len(outputs) == 1 else outputs

    def warmup(self, *_: Any, **__: Any) -> None:
        """A deployed network is as fast at its first image; over a serial line one more would only cost time."""


def class_names(data: Any, n_classes: int) -> dict[int, str]:
    """Those of the data set, when they are as many as the network has; a deployed network carries none."""
    names: dict[int, str] = {}
    if data:
        names = autobackend.check_class_names(autobackend.default_class_names(data))
        if n_classes and len(names) != n_classes and len(names) != 999:  # 999 when the data set has none
            LOGGER.warning(f"{data} names {len(names)} classes, the network has {n_classes}: they are numbered")
    if len(names) == n_classes or (names and not n_classes):
        return names
    return {index: f"class{index}" for index in range(n_classes or 999)}


def _hook(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replaces a method by what `make` gives for it; a second import changes nothing."""
    original = getattr(owner, name)
    if not hasattr(original, "airunner"):
        replacement = functools.wraps(original)(make(original))
        setattr(replacement, "airunner", True)
        setattr(owner, name, replacement)


def _hooked_load(original: Any) -> Any:
    def load(self: Any, weights: Any, task: str | None = None, *arguments: Any, **more: Any) -> Any:
        descriptor = descriptor_of(weights)
        if descriptor is None:
            return original(self, weights, task, *arguments, **more)
        network = open_network(descriptor)
        self.task = task or network.geometry.task
        if self.task not in _TASKS or self.task != network.geometry.task:
            raise UnsupportedError(f"{weights}: the task is {self.task}, the outputs are those of {network.geometry.task}; "
                                   f"supported are {', '.join(_TASKS)}")
        self.airunner_network = network  # stays connected as long as the model
        self.model = self.ckpt_path = self.model_name = str(weights)
        self.ckpt = None
        self.overrides["model"], self.overrides["task"] = str(weights), self.task
        return None

    return load


def _hooked_init(original: Any) -> Any:
    def init(self: Any, *arguments: Any, **named: Any) -> None:
        # Its first parameter is `model` in new releases and `weights` in old ones.
        weights = arguments[0] if arguments else named.get("model", named.get("weights"))
        descriptor = descriptor_of(weights)
        if descriptor is None:
            original(self, *arguments, **named)
            return
        self.__class__ = AirunnerBackend
        self.attach(open_network(descriptor), named.get("data", arguments[3] if len(arguments) > 3 else None))

    return init


_hook(Model, "_load", _hooked_load)
_hook(AutoBackend, "__init__", _hooked_init)
