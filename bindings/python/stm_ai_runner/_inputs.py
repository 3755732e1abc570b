# SPDX-License-Identifier: BSD-3-Clause
"""Checks of inputs, with ST's rules and texts."""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ._errors import InvalidParamError
from .stm_ai_utils import IOTensor

Array = np.ndarray[Any, Any]
Hint = Callable[[str], None]


def _is_array(value: Any) -> bool:
    return hasattr(value, "dtype") or hasattr(value, "__array__")


def _without_ones(shape: Sequence[int]) -> list[int]:
    return [n for n in shape[1:] if n != 1]


def _is_one_input(values: list[Any], tensor: IOTensor) -> bool:
    """Numbers in nested lists are the one input of a model; where there is one list, it is that of a sample if it fits as such."""
    if not values or any(map(_is_array, values)):
        return False
    try:
        return len(values) != 1 or _without_ones(np.shape(values)) == _without_ones(tensor.get_c_shape())
    except ValueError:  # lists of unequal lengths
        return False


def _as_list(inputs: Any, tensors: Sequence[IOTensor]) -> list[Any]:
    if isinstance(inputs, tuple):
        inputs = list(inputs)
    if not isinstance(inputs, list):
        return [inputs]
    return [inputs] if len(tensors) == 1 and _is_one_input(inputs, tensors[0]) else inputs


def _as_array(value: Any, tensor: IOTensor, place: int) -> Array:
    """An array in this machine's byte order; Python numbers take the type of the tensor where they fit."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise InvalidParamError(f"input #{place} - no array: {error}") from None
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if not _is_array(value) and array.dtype.kind in "fiub":
        converted = array.astype(tensor.dtype)
        if np.dtype(tensor.dtype).kind == "f" or np.array_equal(converted, array):
            array = converted
    return array


def _wrong_shape(array: Array, tensor: IOTensor, place: int) -> InvalidParamError:
    """Both shapes are those of one sample."""
    sample = (tensor.shape[0], *array.shape[1:])
    return InvalidParamError(f"input #{place} - invalid shape -> {sample}, expected {tensor.get_c_shape()}")


def _check(array: Array, tensor: IOTensor, place: int) -> None:
    expected = tensor.get_c_shape()
    if array.dtype != np.dtype(tensor.dtype):
        raise InvalidParamError(f"input #{place} - invalid dtype -> '{array.dtype}', expected '{tensor.dtype}'")
    if array.ndim == 0 or _without_ones(array.shape) != _without_ones(expected):
        raise _wrong_shape(array, tensor, place)


def _hint_of_range(array: Array, tensor: IOTensor, place: int, hint: Hint) -> None:
    """Pixels are often given as they are to a network that was trained with others: most become its largest value."""
    if array.dtype.kind not in "iu" or not tensor.is_quantized or not array.size:
        return
    limits = np.iinfo(tensor.dtype)
    scale, zero_point = float(tensor.quant_params["scale"]), int(tensor.quant_params["zero_point"])
    low, high = ((int(limit) - zero_point) * scale for limit in (limits.min, limits.max))
    outside = float(np.mean((array < low) | (array > high)))
    if outside > 0.5:
        hint(f"input #{place} - {array.dtype} values are quantized as the real values they are: {outside:.0%} of them lie outside of "
             f"{low:.4g} to {high:.4g}, which the model can represent. Pixels may have to be divided by 255 first")


def prepare_inputs(inputs: Any, tensors: list[IOTensor], quantize: bool, hint: Hint = lambda text: None) -> list[Array]:
    """Arrays of one length, in C order and in the shape of the model; E804 for what does not fit."""
    values = _as_list(inputs, tensors)
    if len(values) != len(tensors):
        raise InvalidParamError(f"invalid input number -> {len(values)}, expected {len(tensors)}")
    arrays: list[Array] = []
    for place, (value, tensor) in enumerate(zip(values, tensors), 1):
        array = _as_array(value, tensor, place)
        if quantize and array.dtype.kind in "fiub":
            if array.dtype != tensor.dtype:
                _hint_of_range(array, tensor, place, hint)
            try:
                array = tensor.quantize(array)
            except ValueError:
                raise _wrong_shape(array, tensor, place) from None
        _check(array, tensor, place)
        n_samples = len(arrays[0]) if arrays else len(array)
        if n_samples == 0:
            raise InvalidParamError(f"input #{place} - the batch is empty: shape {array.shape}")
        if len(array) < n_samples:
            raise InvalidParamError(f"input #{place} - {len(array)} samples, input #1 has {n_samples}")
        arrays.append(np.ascontiguousarray(array[:n_samples]).reshape((n_samples, *tensor.get_c_shape()[1:])))
    return arrays
