# SPDX-License-Identifier: BSD-3-Clause
"""Formats of ST's tools, tensors with their conversions, names of node types and errors."""

from __future__ import annotations

from ._buffer_format import AiBufferFormat
from ._converters import (Ai1b32bPackConverter, AiBoolConverter, AiConverter, AiFixedPointConverter, AiIdentityConverter,
                          AiQuantUniformConverter, qmn_to_str)
from ._io_tensor import IOTensor
from ._node_types import RT_ST_AI_NAME, st_neural_art_node_type_to_str, stm_ai_node_type_to_str

__all__ = ["RT_ST_AI_NAME", "Ai1b32bPackConverter", "AiBoolConverter", "AiBufferFormat", "AiConverter", "AiFixedPointConverter",
           "AiIdentityConverter", "AiQuantUniformConverter", "IOTensor", "qmn_to_str", "st_neural_art_node_type_to_str",
           "stm_ai_error_to_str", "stm_ai_node_type_to_str"]

_ERROR_TYPES = {
    0x00: "None", 0x01: "Tools Platform Api Mismatch", 0x02: "Types Mismatch", 0x10: "Invalid handle", 0x11: "Invalid State",
    0x12: "Invalid Input", 0x13: "Invalid Output", 0x14: "Invalid Param", 0x15: "Invalid Signature", 0x16: "Invalid Size",
    0x17: "Invalid Value", 0x30: "Init Failed", 0x31: "Allocation Failed", 0x32: "Deallocation Failed", 0x33: "Create Failed",
}
_ERROR_CODES = {
    0x00: "None", 0x10: "Network", 0x11: "Network Params", 0x12: "Network Weights", 0x13: "Network Activations", 0x14: "Layer",
    0x15: "Tensor", 0x16: "Array", 0x17: "Invalid Ptr", 0x18: "Invalid Size", 0x19: "Invalid Format", 0x20: "Out-Of-Range",
    0x21: "Invalid Batch", 0x30: "Missed Init", 0x40: "In Use", 0x41: "Code Lock",
}


def stm_ai_error_to_str(err_code: int, err_type: int) -> str:
    """`type="Init Failed"(0x30), code="Network Weights"(0x12)`; the numbers where no names are known."""
    return (f'type="{_ERROR_TYPES.get(err_type, err_type)}"(0x{err_type:x}), '
            f'code="{_ERROR_CODES.get(err_code, err_code)}"(0x{err_code:x})')
