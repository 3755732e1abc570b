# SPDX-License-Identifier: BSD-3-Clause
"""Captures of two models compared."""

from __future__ import annotations

import json
import math
import os
from contextlib import ExitStack
from ctypes import byref, c_void_p
from functools import cached_property
from typing import Any, Iterable, Mapping, Union

import numpy as np

from . import _abi, _library
from ._capture import Capture, capture, load_capture, repeat
from ._documents import Page, indented, shown
from ._enums import Encoding
from ._errors import InvalidArgumentError
from ._golden import Golden, load_golden
from ._inputs import Inputs
from ._model import Model
from ._runner import Runner, connect
from ._values import Held


class Comparison(Page):
    """Two captures compared. `document` has everything (airunner.comparison/1 of docs/json.md); str() is the table for people."""

    def __init__(self, library: _library.Library, handle: int | None) -> None:
        self._comparison = Held(library, handle, library.air_release_comparison)
        self.passed = bool(_abi.Comparison.from_address(handle or 0).passed)  # every output is within the limits

    @cached_property
    def _json(self) -> str:
        library = self._comparison.library
        return library.text(library.air_comparison_to_json, self._comparison.handle, _abi.JSON_COMPACT)

    @cached_property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._json)
        return document

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        return str(self.document["verdict"])

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """The metrics of each output."""
        return [pair["metrics"] for pair in self.document["outputs"]]

    @property
    def conclusion(self) -> str:
        """"agrees", "differs", or "none" where the inputs allow no verdict."""
        return str(self.document["conclusion"])

    @property
    def own_errors(self) -> list[dict[str, Any]]:
        """The pairs of nodes with an error of their own; each has `local` (docs/json.md)."""
        return [node for node in self.document["nodes"] if node["verdict"] == "own error"]

    @property
    def first_diverging(self) -> dict[str, Any] | None:
        """The first pair of nodes with an error of its own, or without a judge whose error is not explained; or None."""
        place = self.document["first_diverging"]
        return None if place is None else self.document["nodes"][place]

    def to_json(self, indent: int | None = None) -> str:
        """The document as text."""
        return indented(self._json, indent)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        library = self._comparison.library
        return shown(library.text(library.air_comparison_to_text, self._comparison.handle, _abi.TextOptions()))

    def __repr__(self) -> str:
        return f"<airunner.Comparison: {self.verdict}>"


_LAYOUTS = ("same", "nhwc:nchw", "nchw:nhwc")  # of the reference and the other, in the order of air_layout
Side = Union[Capture, Model, Runner, Mapping[str, Any], str, "os.PathLike[str]"]


def _metrics(library: _library.Library) -> list[str]:
    names: list[str] = []
    while name := library.air_metric_name(len(names)):
        names.append(_abi.text(name))
    return names


def _checked_limits(limits: Mapping[str, float] | None, name: str) -> Mapping[str, float]:
    if limits is not None and not isinstance(limits, Mapping):
        raise TypeError(f'{name} is {limits!r}, expected a dict such as {{"cos": 0.99}}')
    for metric, value in (limits or {}).items():
        if isinstance(value, (str, bytes)):
            raise TypeError(f'{name} of {metric!r} is {value!r}, expected a number as in {{"cos": 0.99}}')
    return limits or {}


def _limits(library: _library.Library, at_least: Mapping[str, float], at_most: Mapping[str, float]) -> Any:
    metrics = _metrics(library)
    for name in (*at_least, *at_most):
        if name not in metrics:
            raise InvalidArgumentError(f"there is no metric {name!r}; there are: {', '.join(metrics)}")
    return [_abi.Limit(metric=metrics.index(name), min=value, max=math.inf) for name, value in at_least.items()] + \
           [_abi.Limit(metric=metrics.index(name), min=-math.inf, max=value) for name, value in at_most.items()]


def _layout(layout: str | None) -> int:
    if layout is None:
        return 0
    if layout not in _LAYOUTS:
        raise InvalidArgumentError(f"layout={layout!r}, expected one of {', '.join(_LAYOUTS)}")
    return 1 + _LAYOUTS.index(layout)


def compare_captures(reference: Capture, other: Capture, *, at_least: Mapping[str, float] | None = None,
                     at_most: Mapping[str, float] | None = None, models: Iterable[Model | None] = (),
                     random_inputs: bool = False, layout: str | None = None) -> Comparison:
    """Compares two captures of the same inputs. The limits are by metric, and hold for each output; default: cos of at least 0.99.

    `models` of the reference and of the other, where they are still connected: one that can be given values judges each layer by
    itself. `random_inputs`: these are random over all that they can hold. `layout`: "nchw:nhwc" where the reference is channel-first and
    the other channel-last, "nhwc:nchw" or "same", for outputs and layers whose shapes do not tell it; None: values tell.
    """
    for side in (reference, other):
        if not isinstance(side, Capture):
            raise TypeError(f"expected two captures, not a {type(side).__name__}: compare() takes other sides")
    library = reference._library
    limits = _limits(library, _checked_limits(at_least, "at_least"), _checked_limits(at_most, "at_most"))
    options = _abi.CompareOptions(n_limits=len(limits), limits=(_abi.Limit * len(limits))(*limits), random_inputs=random_inputs,
                                  layout=_layout(layout))
    handle = c_void_p()
    given = [(name, model) for name, model in zip(("reference_session", "other_session"), models) if model is not None]
    with ExitStack() as stack:
        for runner in {id(model.runner): model.runner for _, model in given}.values():  # both models may be of one, which one call holds
            stack.enter_context(runner._use())
        for name, model in given:
            setattr(options, name, model._session)
        library.check(library.air_compare(reference._result.handle, other._result.handle, options, byref(handle)))
    return Comparison(library, handle.value)


def _quantized(model: Model) -> bool:
    return any(tensor.encoding == Encoding.QUANTIZED for tensor in model.inputs)


def _told_range(model: Model) -> tuple[float, float] | None:
    """What the inputs were made for, where they are floating point and a node quantizes each, all to one range."""
    ranges: set[tuple[float, float] | None] = set()
    for given in model.inputs:
        found = None
        for node in model._nodes:
            if given.dtype.kind != "f" or len(node.outputs) != 1 or all(read.name != given.name for read in node.inputs):
                continue
            made = node.outputs[0]
            if made.encoding == Encoding.QUANTIZED and len(made.scales) == 1 and made.dtype.itemsize <= 2 and made.n_elements == given.n_elements:
                ends = np.iinfo(made.dtype)
                found = ((ends.min - made.zero_point) * made.scales[0], (ends.max - made.zero_point) * made.scales[0])
                break
        ranges.add(found)
    return ranges.pop() if len(ranges) == 1 else None


def _random(first: Model, a: Model, b: Model, n_samples: int, seed: int) -> Any:
    """Where no input is quantized, from what a node of one side that quantizes it first was made for, as the command does."""
    told = None if _quantized(first) else _told_range(b) or _told_range(a)
    return first.random_inputs(n_samples, seed, *(told or ()))


def _only_model(runner: Runner) -> Model:
    if len(runner) != 1:
        raise InvalidArgumentError(f"{runner.descriptor} has the models {', '.join(runner.names)}: compare one of them, as "
                                   f"runner[{runner.names[0]!r}]")
    return runner.model


def _holds_arrays(path: str | os.PathLike[str]) -> bool:
    """What a file is, its content tells; a descriptor is no file."""
    if os.fspath(path).lower().endswith((".npz", ".npy")):
        return True
    try:
        if not os.path.isfile(path):  # a port or a pipe is not opened
            return False
        with open(path, "rb") as file:
            return file.read(6).startswith((b"PK\x03\x04", b"\x93NUMPY"))
    except (OSError, ValueError):
        return False


def _side(side: Side, stack: ExitStack) -> Capture | Model | Golden:
    """What a text names, or the only model of a runner; a connection lasts as long as the stack."""
    if isinstance(side, (Capture, Model)):
        return side
    if isinstance(side, Runner):
        return _only_model(side)
    if isinstance(side, Mapping):
        return Golden(side, type(side).__name__)
    if not isinstance(side, (str, os.PathLike)):
        raise TypeError(f"a side is a Model, Runner, Capture, dict of arrays, path or descriptor, not {type(side).__name__}")
    if _holds_arrays(side):
        return load_golden(side) or load_capture(side)
    return stack.enter_context(connect(side)).model


def _record_both(a: Model, b: Model, inputs: Any, n_samples: int, seed: int, arguments: Any) -> tuple[Capture, Capture]:
    """Random inputs are drawn where they are quantized, so that both sides can represent them."""
    if inputs is None and _quantized(b) and not _quantized(a):
        second = capture(b, _random(b, a, b, n_samples, seed), **arguments)
        return repeat(a, second, **arguments), second
    first = capture(a, _random(a, a, b, n_samples, seed) if inputs is None else inputs, **arguments)
    return first, repeat(b, first, **arguments)


def _beside(golden: Golden, other: Capture | Model, inputs: Any, arguments: Any) -> tuple[Capture, Capture]:
    """The arrays as a capture, and that of the other side on the inputs which they were computed from."""
    if isinstance(other, Model):
        own = golden.own_inputs(other)
        if own is not None:
            _refuse("the arrays have inputs of their own", inputs=inputs)
        elif inputs is None:
            raise InvalidArgumentError("inputs=...: expected those that the arrays were computed from, which are not among them")
        other = capture(other, inputs, **arguments) if own is None else repeat(other, own, **arguments)
    return golden.beside(other), other


def _refuse(why: str, **arguments: Any) -> None:
    """An argument that would change nothing was not meant so."""
    for name, value in arguments.items():
        if value is not None:
            raise InvalidArgumentError(f"{name}={value if name != 'inputs' else '...'}: {why}")


def compare(reference: Side, other: Side, inputs: Inputs | None = None, *, n_samples: int | None = None, seed: int | None = None,
            at_least: Mapping[str, float] | None = None, at_most: Mapping[str, float] | None = None,
            layers: bool | None = None, timeout: float | None = None, layout: str | None = None) -> Comparison:
    """Feeds two models the same inputs and compares outputs and layers, as `airunner compare` does.

    A side is a Model, a Runner with one, a Capture, the path of a saved one (.npz), or a descriptor to connect with; one of them may be what
    another program computed: a dict of arrays, or the path of an .npz or .npy with them. `inputs` are those of the reference; without them
    they are those of the side that is a capture or has arrays, or random: `n_samples` (10) drawn from `seed` (42). `layers` (True) and
    `timeout` are those of capture(). The limits and `layout` are as for compare_captures(). An argument without effect is refused.
    """
    at_least, at_most = _checked_limits(at_least, "at_least"), _checked_limits(at_most, "at_most")  # before models run
    _layout(layout)
    arguments: dict[str, Any] = {"layers": layers is not False, "timeout": timeout}
    with ExitStack() as stack:
        a, b = _side(reference, stack), _side(other, stack)
        if isinstance(a, Golden) and isinstance(b, Golden):
            raise InvalidArgumentError("both sides are arrays of other programs: one has to be a model or a capture, which tells what they are")
        if isinstance(a, Capture) or isinstance(b, Capture):
            _refuse("a capture has inputs of its own", inputs=inputs, n_samples=n_samples, seed=seed)
        if not isinstance(a, Model) and not isinstance(b, Model):
            _refuse("captures are compared, and no model runs", layers=layers, timeout=timeout)
        if isinstance(a, Golden) or isinstance(b, Golden):
            _refuse("it draws inputs, and the arrays were computed from others", n_samples=n_samples, seed=seed)
        if inputs is not None:
            _refuse("it is for random inputs, and others are given", n_samples=n_samples, seed=seed)
        models = [side if isinstance(side, Model) else None for side in (a, b)]
        if isinstance(a, Golden) and not isinstance(b, Golden):
            a, b = _beside(a, b, inputs, arguments)
        elif isinstance(b, Golden) and not isinstance(a, Golden):
            b, a = _beside(b, a, inputs, arguments)
        elif isinstance(a, Model) and isinstance(b, Model):
            a, b = _record_both(a, b, inputs, 10 if n_samples is None else n_samples, 42 if seed is None else seed, arguments)
        elif isinstance(a, Model) and isinstance(b, Capture):
            a = repeat(a, b, **arguments)
        elif isinstance(a, Capture) and isinstance(b, Model):
            b = repeat(b, a, **arguments)
        assert isinstance(a, Capture) and isinstance(b, Capture)
        found = compare_captures(a, b, at_least=at_least, at_most=at_most, models=models,
                                 random_inputs=inputs is None and None not in models, layout=layout)
    return found
