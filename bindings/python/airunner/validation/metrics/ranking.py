# SPDX-License-Identifier: BSD-3-Clause
"""The area under the curve of receiver operating characteristics."""

from __future__ import annotations

import numpy as np

from ..._arrays import Array


def roc_auc(scores: Array, positive: Array) -> float | None:
    """The part of all pairs of a positive and another sample in which the positive one has the larger score; equal ones count half (Mann and
    Whitney's U). None where there are no such pairs."""
    n_positive = int(np.count_nonzero(positive))
    n_pairs = n_positive * (len(scores) - n_positive)
    if not n_pairs:
        return None
    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # equal scores share the mean of their ranks, which begin with 1
    return float((ranks[where][positive].sum() - n_positive * (n_positive + 1) / 2) / n_pairs)
