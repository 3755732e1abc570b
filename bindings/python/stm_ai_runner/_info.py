# SPDX-License-Identifier: BSD-3-Clause
"""The dictionaries of ST's module: exact keys in exact order, with exact types."""

from __future__ import annotations

import enum
import re
from dataclasses import replace
from typing import Any

import numpy as np

import airunner

from ._families import Family
from ._modes import capabilities_of
from .stm_ai_utils import AiBufferFormat, IOTensor

STAI_INFO_DICT_VERSION = (2, 0)
LEGACY_INFO_DICT_VERSION = (1, 2)
HOST_PROTOCOL = "DLL Driver v2.0 - Direct Python binding"

_ACTIVATIONS, _MEMPOOL = "in activations buffer", "in mempool"


def class_of(dtype: np.dtype[Any]) -> Any:
    """The NumPy class, or bool."""
    return bool if dtype.kind == "b" else dtype.type


def protocol_of(info: airunner.ModelInfo, family: Family) -> str:
    """The driver text with ST's fixed version numbers."""
    if family in (Family.HL, Family.HS):
        return HOST_PROTOCOL
    text = info.runtime.protocol
    return text if "(msg v3.2)" in text else re.sub(r"^Proto-buffer driver v[0-9.]+", "Proto-buffer driver v2.0", text)


def _zero_point(tensor: airunner.TensorInfo) -> Any:
    kind = np.dtype(np.uint8) if not tensor.scales else tensor.dtype
    return np.asarray(tensor.zero_point).astype(kind)[()]


def _quantization(tensor: airunner.TensorInfo, family: Family, in_node: bool) -> dict[str, Any]:
    """Scale and zero point in the types of the family."""
    scale = tensor.scale
    if family is Family.TG:
        return {"scale": np.float32(scale or 0.0), "zero_point": np.asarray(tensor.zero_point).astype(tensor.dtype)[()]}
    if not in_node:
        return {"scale": scale, "zero_point": _zero_point(tensor)}
    if scale is not None:
        return {"scale": scale, "zero_point": tensor.zero_point}
    return {"scale": 1.0, "zero_point": 0} if family is Family.HL else {"scale": None, "zero_point": None}


class Role(enum.Enum):
    """What a tensor is to its model."""

    PORT = "input or output"
    NODE = "output of a node"
    POOL = "memory"


def _memory_pool(tensor: airunner.TensorInfo, family: Family, role: Role) -> str | None:
    """Where the tensor lies, in the words of the family; None where ST's module does not say."""
    if family is not Family.TG:
        text = _ACTIVATIONS if tensor.memory_pool == _ACTIVATIONS else "user"
        return text if role is Role.PORT else None
    return {_ACTIVATIONS: "activations", _MEMPOOL: "mempool"}.get(tensor.memory_pool, "user" if role is Role.PORT else None)


def _format(tensor: airunner.TensorInfo) -> AiBufferFormat:
    """The word that ST's tools gave, if they did and it tells what the elements are: some firmware calls float16 float32."""
    given = AiBufferFormat(tensor.format)
    if given.is_supported() and np.dtype(given.to_np_type()) == tensor.dtype:
        return given
    bits = 1 if tensor.encoding == airunner.Encoding.PACKED_BITS else None
    return AiBufferFormat.to_fmt(tensor.dtype, is_io=False, bits=bits, fbits=tensor.fraction_bits)


def make_io_tensor(tensor: airunner.TensorInfo, family: Family, role: Role, name: str | None = None) -> IOTensor:
    """The IOTensor of a description."""
    made = IOTensor(_format(tensor), tensor.shape, _quantization(tensor, family, role is Role.NODE))
    if len(tensor.scales) > 1 and tensor.quantized_axis is not None:
        made.set_channels(tensor.scales, tensor.zero_points, tensor.quantized_axis)
    made.set_name(tensor.name if name is None else name)
    made.set_tag(tensor.tag)
    made.set_c_addr(tensor.address or 0)
    made.set_memory_pool(_memory_pool(tensor, family, role))
    return made


def _tensor_dict(tensor: airunner.TensorInfo, family: Family, role: Role = Role.PORT) -> dict[str, Any]:
    io_tensor = make_io_tensor(tensor, family, role)
    place = io_tensor.memory_pool
    if family is Family.TG:
        place = f"in '{place}' buffer" if place else "user"
    model_shape = tensor.shape[1:] if tensor.batch_added and family is Family.HS else tensor.shape
    result = {"name": tensor.name, "shape": model_shape, "type": class_of(tensor.dtype)}
    if family is Family.HS:
        result["size_bytes"] = tensor.size_bytes
    result.update(io_tensor=io_tensor, memory_pool=place,
                  scale=io_tensor.quant_params["scale"], zero_point=io_tensor.quant_params["zero_point"])
    return result


def _pool_shape(size: int, runtime: str) -> tuple[int, ...]:
    """In the dimensions that each runtime of targets sends."""
    if not runtime.startswith("ST.AI"):
        return (size,)
    return (1, size) if "st-ai" in runtime else (1, 1, 1, size)


def _pool_dict(tensor: airunner.TensorInfo, runtime: str, family: Family, kind: str, place: int) -> dict[str, Any]:
    if family is Family.TG:
        shape = _pool_shape(tensor.size_bytes, runtime)
        return _tensor_dict(replace(tensor, shape=shape, storage_shape=shape), family, Role.POOL)
    own_name = None if re.fullmatch(r"[a-z]+_\d+", tensor.name) or not tensor.name else tensor.name
    name = own_name if family is Family.HS else f"{kind}_{place}"
    return {"name": name, "shape": (1, 1, 1, tensor.size_bytes), "type": np.uint8}


def _mempools(info: airunner.ModelInfo, family: Family) -> dict[str, Any]:
    return {kind: [_pool_dict(tensor, info.runtime.name, family, name, place) for place, tensor in enumerate(pools, 1)]
            for kind, name, pools in (("params", "params", info.weights_pools), ("activations", "act", info.activations_pools))}


def _runtime_dict(info: airunner.ModelInfo, family: Family) -> dict[str, Any]:
    runtime = info.runtime
    result: dict[str, Any] = {"protocol": protocol_of(info, family), "name": runtime.name}
    if family is Family.TG:
        result["rt_lib_desc"] = runtime.description
    result.update(compiler=runtime.compiler, version=tuple(runtime.version),
                  capabilities=capabilities_of(info.capabilities), tools_version=tuple(runtime.tools_version))
    return result


def _device_dict(info: airunner.ModelInfo, family: Family) -> dict[str, Any]:
    device = info.device
    if family is not Family.TG:
        return {"desc": device.description, "dev_type": device.dev_type, "dev_id": f"{device.machine} ",
                "system": device.system, "machine": device.machine}
    number = re.match(r"0x[0-9a-fA-F]+", device.dev_id)
    return {"dev_type": device.dev_type, "desc": device.description, "dev_id": int(number[0], 16) if number else 0,
            "system": device.system, "sys_clock": device.sys_clock or 0, "bus_clock": device.bus_clock or 0,
            "attrs": list(device.attributes), "extra": list(device.extras)}


def make_info(info: airunner.ModelInfo, family: Family, name: str) -> dict[str, Any]:
    """The dictionary of a model."""
    inputs = [_tensor_dict(tensor, family) for tensor in info.inputs]
    outputs = [_tensor_dict(tensor, family) for tensor in info.outputs]
    parts: dict[str, Any] = {
        "name": name, "model_datetime": info.model_datetime, "compile_datetime": info.compile_datetime,
        "hash": info.hash, "n_nodes": info.n_nodes, "macc": info.macc, "runtime": _runtime_dict(info, family),
        "device": _device_dict(info, family), "version": STAI_INFO_DICT_VERSION, "inputs": inputs, "outputs": outputs,
        "flags": info.flags, "weights": info.weights_bytes, "activations": info.activations_bytes,
        "mempools": _mempools(info, family), "rt": info.runtime.name}
    if family is Family.TG:
        order = ("version name rt compile_datetime hash n_nodes inputs outputs weights activations mempools macc runtime "
                 "device")
    elif family is Family.HL:
        order = ("name model_datetime compile_datetime hash n_nodes macc runtime device version inputs outputs weights "
                 "activations mempools rt")
    else:
        order = ("name model_datetime compile_datetime hash n_nodes macc runtime device version inputs flags outputs "
                 "mempools activations weights rt")
    result = {key: parts[key] for key in order.split()}
    if family is Family.TG and info.init_ms is not None and info.install_ms is not None:
        result.update(n_init_time=info.init_ms, n_install_time=info.install_ms)
    return result


def copy_info(info: dict[str, Any]) -> dict[str, Any]:
    """A dictionary of the caller's own; the IOTensor objects are shared."""
    result = dict(info)
    for key in ("inputs", "outputs"):
        result[key] = [dict(tensor) for tensor in info[key]]
    result["mempools"] = {kind: [dict(pool) for pool in pools] for kind, pools in info["mempools"].items()}
    for key in ("runtime", "device"):
        result[key] = {k: list(v) if type(v) is list else v for k, v in info[key].items()}
    return result
