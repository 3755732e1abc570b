# SPDX-License-Identifier: BSD-3-Clause
"""The metrics of what validate() was given."""

from __future__ import annotations

from typing import Any, Callable

from ..._errors import InvalidArgumentError
from .anomaly import Anomaly
from .classification import Classification
from .detection import Detection
from .function import Function
from .metric import Metric
from .regression import Regression
from .segmentation import Segmentation

_KINDS: tuple[type[Metric], ...] = (Classification, Regression, Anomaly, Segmentation, Detection)
NAMED: dict[str, Callable[[], Metric]] = {kind.name: kind for kind in _KINDS}


def metrics_of(metrics: Any) -> list[Metric]:
    """A name, a Metric, a function, or several of these."""
    several = list(metrics) if isinstance(metrics, (list, tuple)) else [metrics]
    found = [_metric(one) for one in several]
    names = [metric.name for metric in found]
    if len(set(names)) != len(names):
        raise InvalidArgumentError(f"metrics are called {', '.join(names)}, expected names that differ: Function(f, name=...)")
    return found


def _metric(one: Any) -> Metric:
    if isinstance(one, Metric):
        return one
    if isinstance(one, str):
        if one not in NAMED:
            raise InvalidArgumentError(f"there is no metric {one!r}; there are: {', '.join(NAMED)}, and any function")
        return NAMED[one]()
    if callable(one):
        return Function(one)
    raise InvalidArgumentError(f"a metric is a {type(one).__name__}, expected a name, an object of airunner.validation, or a function")
