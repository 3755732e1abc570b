# SPDX-License-Identifier: BSD-3-Clause
"""The faults that are planted, and what those of weights do to an array of them. How files are changed stands in faults_litert.py, faults_onnx.py."""
import zlib
from dataclasses import dataclass

import numpy as np

# What `suggestion.kind` of a comparison has to be for each.
HYPOTHESES = {
    "weights x 0.8": "scale",
    "filter negated": "sign",
    "filter zeroed": "filter lost",
    "channels swapped": "channels swapped",
    "bias lost": "bias lost",
    "largest weight negated": "weight",
    "one weight": "weight",
    "scale x 1.5": "scale",
    "scale x 1.1": "scale",
    "activation lost": "activation lost",
    "activation added": "activation added",
    "activation differs": "activation differs",
    "zero point": "zero point",
    "padding": "padding",
    "kernel transposed": "kernel transposed",
    "skip connection": "skip connection",
}
KINDS = tuple(HYPOTHESES)
SCALES = {"scale x 1.5": 1.5, "scale x 1.1": 1.1}


@dataclass
class Planted:
    """A deployment with a fault. `touched` names the nodes that compute something else for the same inputs. What the fault does is the
    difference of tensor `after` from tensor `before` of the healthy deployment."""
    kind: str
    layer: str
    data: bytes
    touched: set
    before: object
    after: object


def generator(*parts):
    """Random numbers that depend on these texts and numbers alone."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, parts)).encode()))


def changed_weights(kind, weights, rng):
    """Weights with the output channels first, in the numbers that they are stored as: integers stay in -127..127. None where it changes nothing."""
    w, is_float = np.array(weights, np.float64, order="C"), weights.dtype.kind == "f"  # in that order a filter is a view
    alive = np.flatnonzero(np.abs(w.reshape(len(w), -1)).max(axis=1) > 0)
    if len(alive) == 0:
        return None
    channel = int(rng.choice(alive))
    filter_ = w[channel].reshape(-1)  # a view
    if kind == "weights x 0.8":
        w *= 0.8
    elif kind == "filter negated":
        filter_ *= -1
    elif kind == "filter zeroed":
        filter_ *= 0
    elif kind == "largest weight negated":
        filter_[np.abs(filter_).argmax()] *= -1
    elif kind == "one weight":
        place = int(rng.integers(len(filter_)))
        amount = 64 * (np.abs(filter_).max() / 127 if is_float else 1)
        filter_[place] += amount if filter_[place] < 0 else -amount
    elif kind in SCALES:
        filter_ *= SCALES[kind]
    elif kind == "kernel transposed":
        if w.ndim != 4 or 1 in w.shape[-2:] or w.shape[-1] != w.shape[-2]:
            return None
        w = w.transpose(0, 1, 3, 2)
    else:
        raise ValueError(kind)
    if not is_float:
        w = np.clip(np.rint(w), -127, 127)
    w = w.astype(weights.dtype)
    return None if np.array_equal(w, weights) else w
