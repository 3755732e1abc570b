# SPDX-License-Identifier: BSD-3-Clause
"""What a metric is to the rest: what it keeps of each sample, and the sum of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np

from ..._arrays import Array
from ..._errors import InvalidInputError, InvalidModelError
from ..._info import ModelInfo

Kept = dict[str, Any]  # of one sample, as JSON has it


@dataclass
class Batch:
    """Some samples that were run."""

    indices: Sequence[int]
    inputs: list[Array]  # as they were given to the model, samples first
    outputs: list[Array]  # real values, samples first
    targets: list[Any]


class Total:
    """The sum of what was kept. Samples are added in order, so that the same samples give the same numbers to the last bit."""

    def add(self, kept: Kept, index: int) -> None:
        raise NotImplementedError

    def result(self) -> dict[str, Any]:
        """The numbers for the report, as JSON has them."""
        raise NotImplementedError


class Metric:
    name = ""
    headline = ""  # the key of the result that is shown first
    numbers: Sequence[str] = ()  # keys of the result that limits can be set for

    def settings(self) -> dict[str, Any]:
        """What decides about the result: a journal goes on with the same settings only."""
        return {}

    def bind(self, model: ModelInfo, names: Sequence[str]) -> None:
        """Told once, before the first sample: the model, and the names of the classes where the data has them."""

    def judge(self, batch: Batch) -> list[Kept]:
        """What is kept of each sample of the batch."""
        raise NotImplementedError

    def total(self) -> Total:
        raise NotImplementedError

    def hit(self, kept: Kept) -> bool | None:
        """Whether the sample is right; None for a metric without right and wrong."""
        return None


def output_of(outputs: Sequence[Any], output: int, what: str) -> Any:
    """One of the outputs of a model or of a batch."""
    if not 0 <= output < len(outputs):
        raise InvalidModelError(f"{what}: output {output}, expected one of 0 to {len(outputs) - 1}")
    return outputs[output]


def whole_number(target: Any, index: int, what: str, expected: str) -> int:
    """Of a target that is one number. 2.7, NaN and texts are mistakes in the data, not classes."""
    target = need_target(target, index, what, expected)
    try:
        value = np.asarray(target, np.float64).item()
    except (TypeError, ValueError):
        value = float("nan")
    if not np.isfinite(value) or int(value) != value:
        raise InvalidInputError(f"{what}: the target of sample {index} is {target!r}, expected {expected}")
    return int(value)


def need_target(target: Any, index: int, what: str, expected: str) -> Any:
    if target is None:
        raise InvalidInputError(f"{what}: sample {index} has no target, expected {expected}")
    return target
