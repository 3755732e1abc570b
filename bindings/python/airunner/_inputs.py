# SPDX-License-Identifier: BSD-3-Clause
"""What callers give as inputs or values of nodes, as arrays the library can read: checked, never cast without being asked."""

from __future__ import annotations

import os
import warnings
from typing import Any, Mapping, Sequence, Union

import numpy as np

from ._arrays import Array
from ._errors import InvalidInputError
from ._tensor import TensorInfo

Inputs = Union[Array, Sequence[Any], Mapping[str, Any]]

_CALLER = 5  # frames from a warning to who called invoke() or capture()


def in_order(inputs: Any, tensors: Sequence[TensorInfo]) -> list[Any]:
    """One value for each input of the model, in order."""
    if isinstance(inputs, (str, os.PathLike)):
        raise InvalidInputError(f"inputs is the path {os.fspath(inputs)!r}, expected arrays: those in a file are numpy.load({os.fspath(inputs)!r})")
    if isinstance(inputs, Mapping):
        names = [tensor.name for tensor in tensors]
        if set(inputs) != set(names):
            raise InvalidInputError(f"inputs are named {', '.join(map(repr, inputs))}, expected "
                                    f"{', '.join(map(repr, names))}")
        return [inputs[name] for name in names]
    if isinstance(inputs, np.ndarray) or not isinstance(inputs, (list, tuple)):
        return [inputs]
    # A plain list of numbers is the one input of a model; a list of anything else is a list of inputs.
    if len(tensors) == 1 and len(inputs) and not all(hasattr(value, "__array__") for value in inputs):
        return [inputs[0] if len(inputs) == 1 and hasattr(inputs[0], "__array__") else inputs]
    return list(inputs)


def stored_or_real(value: Any, tensor: TensorInfo, what: str, quantize: bool) -> Array:
    """An array of the tensor's dtype, or where real values may be given of float32, in C order and in the byte order of this machine."""
    given = isinstance(value, np.ndarray) or hasattr(value, "__array__")
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise InvalidInputError(f"{what}: no array can be made of it ({error})") from None
    if array.dtype.hasobject or array.dtype.kind not in "fiub":
        raise InvalidInputError(f"{what}: dtype is {array.dtype}, expected {tensor.dtype}")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype != tensor.dtype:
        if quantize and array.dtype.kind == "f":
            array = array.astype(np.float32, copy=False)
        elif given:
            hint = ", or quantize=True for real values" if array.dtype.kind == "f" else _integers_hint(array, tensor, quantize)
            raise InvalidInputError(f"{what}: dtype is {array.dtype}, expected {tensor.dtype}{hint}")
        else:
            array = _from_numbers(array, tensor, what)
    return np.ascontiguousarray(array)


def _ends(tensor: TensorInfo) -> tuple[float, float] | None:
    """The real values that the least and the largest integer stand for."""
    if tensor.dtype.kind not in "iu" or len(tensor.scales) != 1:
        return None
    limits = np.iinfo(tensor.dtype)
    low, high = (float(tensor.dequantize(np.full(tensor.storage_shape, end, tensor.dtype)).flat[0]) for end in (limits.min, limits.max))
    return low, high


def _integers_hint(array: Array, tensor: TensorInfo, quantize: bool) -> str:
    """What integers, above all the pixels of images, may have to become, which depends on how the network was trained."""
    are_pixels = array.dtype == np.uint8 and tensor.dtype == np.int8
    if not quantize and not are_pixels:
        return ""
    ends = _ends(tensor)
    limits = "" if ends is None else f"; stored ones stand for real values from {ends[0]:.4g} to {ends[1]:.4g}"
    return (f": only real values are quantized{limits}. Make them such values as float32, which for pixels may be array / 255, and give "
            "quantize=True")


def warn_of_nan(array: Array, tensor: TensorInfo, what: str, stacklevel: int) -> None:
    n_nan = int(np.isnan(array).sum())
    if n_nan and tensor.dtype.kind != "f":
        warnings.warn(f"{what}: {n_nan} of {array.size} values are NaN, which are quantized to 0", RuntimeWarning, stacklevel)


def warn_of_clipped(array: Array, tensor: TensorInfo, what: str, stacklevel: int) -> None:
    """As the command does: a few may be meant so."""
    ends = None if tensor.shape != tensor.storage_shape else _ends(tensor)
    if ends is None or not array.size:
        return
    half = tensor.scales[0] / 2
    share = float(((array < ends[0] - half) | (array > ends[1] + half)).mean())
    if share > 0.01:
        warnings.warn(f"{what}: {100 * share:.3g} % of the values are clipped: it holds {ends[0]:.4g} to {ends[1]:.4g}",
                      RuntimeWarning, stacklevel)


def _from_numbers(array: Array, tensor: TensorInfo, what: str) -> Array:
    """Python numbers have no dtype: they take the tensor's, when nothing is lost but precision."""
    converted = array.astype(tensor.dtype)
    if tensor.dtype.kind != "f" and not np.array_equal(converted, array):
        raise InvalidInputError(f"{what}: some values are no {tensor.dtype}")
    return converted


def _batched(array: Array, what: str, shape: tuple[int, ...]) -> Array:
    """The first dimension counts the samples; of the others those of 1 may be left out or added."""
    sample = [n for n in shape[1:] if n != 1]
    if array.ndim and [n for n in array.shape[1:] if n != 1] == sample:
        if array.shape[0] == 0:
            raise InvalidInputError(f"{what}: the batch is empty, expected at least 1 sample")
        return array
    if [n for n in array.shape if n != 1] == sample:
        warnings.warn(f"{what}: an array of shape {array.shape} is taken as one sample", stacklevel=_CALLER)
        return array[np.newaxis]
    expected = ", ".join(("n", *map(str, shape[1:])))
    raise InvalidInputError(f"{what}: shape is {array.shape}, expected ({expected}); the first dimension counts the samples")


def prepare_inputs(inputs: Any, tensors: Sequence[TensorInfo], quantize: bool) -> tuple[list[Array], int]:
    """The arrays and the number of samples."""
    values = in_order(inputs, tensors)
    if len(values) != len(tensors):
        raise InvalidInputError(f"{len(values)} inputs, expected {len(tensors)}")
    arrays: list[Array] = []
    for place, (value, tensor) in enumerate(zip(values, tensors), 1):
        what = f"input #{place} '{tensor.name}'"
        array = stored_or_real(value, tensor, what, quantize)
        real = array.dtype != tensor.dtype
        if real:
            warn_of_nan(array, tensor, what, _CALLER)
            warn_of_clipped(array, tensor, what, _CALLER)
        array = _batched(array, what, tensor.shape if real else tensor.storage_shape)
        if arrays and len(array) != len(arrays[0]):
            raise InvalidInputError(f"{what}: {len(array)} samples, input #1 has {len(arrays[0])}")
        arrays.append(array)
    return arrays, len(arrays[0])
