# SPDX-License-Identifier: BSD-3-Clause
"""Data sets through deployed models: where samples come from, and what results are judged by. airunner.validate() runs them."""

from ._journal import Journal
from ._progress import Progress
from ._report import Validation
from ._validate import validate
from .data import Arrays, Coco, Files, ImageRules, Source, Stream, WavRules
from .metrics import Anomaly, Batch, Classification, Detection, Function, Metric, Regression, Segmentation, Total

__all__ = ["Anomaly", "Arrays", "Batch", "Classification", "Coco", "Detection", "Files", "Function", "ImageRules", "Journal", "Metric", "Progress",
           "Regression", "Segmentation", "Source", "Stream", "Total", "Validation", "WavRules", "validate"]
