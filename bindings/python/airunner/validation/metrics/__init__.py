# SPDX-License-Identifier: BSD-3-Clause
"""What results are judged by. Each keeps something small of every sample, which the journal holds, and adds it up."""

from .anomaly import Anomaly
from .classification import Classification
from .detection import Detection
from .function import Function
from .metric import Batch, Metric, Total
from .named import metrics_of
from .regression import Regression
from .segmentation import Segmentation

__all__ = ["Anomaly", "Batch", "Classification", "Detection", "Function", "Metric", "Regression", "Segmentation", "Total", "metrics_of"]
