# SPDX-License-Identifier: BSD-3-Clause
"""Descriptions of models, nodes, runtimes and devices, as immutable values."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Mapping

from . import _abi, _library
from ._arrays import forms
from ._enums import Capability
from ._tensor import TensorInfo, read_tensors
from ._values import Held, held_model


@dataclass(frozen=True)
class RuntimeInfo:
    """The software that executes a model."""

    name: str
    description: str
    compiler: str
    protocol: str  # how airunner reaches it
    version: tuple[int, ...]
    tools_version: tuple[int, ...]  # of the tool that generated the model, 0.0.0 when unknown


@dataclass(frozen=True)
class DeviceInfo:
    """The machine that executes a model."""

    description: str
    dev_type: str  # "HOST", "stm32", ...
    dev_id: str
    system: str
    machine: str  # "" for targets
    sys_clock: int | None  # Hz
    bus_clock: int | None  # Hz
    attributes: tuple[str, ...]
    extras: tuple[str, ...]


@dataclass(frozen=True)
class ModelInfo:
    """One model of a runner."""

    name: str
    descriptor: str  # connecting with it again reaches the same models
    backend: str  # plugin that serves the model
    capabilities: Capability
    model_datetime: str
    compile_datetime: str
    hash: str
    n_nodes: int
    native_batch: int
    macc: int | None
    weights_bytes: int | None
    activations_bytes: int | None
    states_bytes: int | None
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    weights_pools: tuple[TensorInfo, ...]
    activations_pools: tuple[TensorInfo, ...]
    flags: str
    runtime: RuntimeInfo
    device: DeviceInfo
    install_ms: float | None
    init_ms: float | None

    def __repr__(self) -> str:
        return (f"<airunner.ModelInfo {self.name!r} of {self.descriptor!r}: inputs {forms(self.inputs)}; outputs {forms(self.outputs)}; "
                f"{self.n_nodes} nodes>")


@dataclass(frozen=True)
class NodeInfo:
    """One executed operator of a model."""

    index: int
    name: str
    description: str  # "Conv2D (0x103)"
    id: int | None  # index of the layer in the original model
    type: int  # in the numbering of the runtime
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    covers: tuple[int, ...] = ()  # indices of the nodes of the model that it executes, where the runtime fuses or splits them
    processor: str = ""  # what executes it, such as "CPU", "NPU" or "NPU+CPU"; "" where that is not told
    computes_in: str | None = None  # the type it computes in, such as "float32"

    def __repr__(self) -> str:
        return f"<airunner.NodeInfo #{self.index} {self.name!r}: {self.description}, outputs {forms(self.outputs)}>"


def _known(value: int) -> int | None:
    return None if value == _abi.UNKNOWN_SIZE else value


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("."))


def _read_runtime(properties: Mapping[str, str]) -> RuntimeInfo:
    name, description, compiler, protocol = (
        properties.get(key, "") for key in ("runtime", "runtime.description", "runtime.compiler", "runtime.protocol"))
    return RuntimeInfo(name, description, compiler, protocol, _version(properties.get("runtime.version", "0.0.0")),
                       _version(properties.get("tools.version", "0.0.0")))


def _read_device(properties: Mapping[str, str]) -> DeviceInfo:
    description, dev_type, dev_id, system, machine = (
        properties.get(key, "") for key in ("device", "device.type", "device.id", "device.system", "device.machine"))
    sys_clock, bus_clock = (int(properties.get(f"device.{key}_clock", 0)) or None for key in ("sys", "bus"))
    attributes, extras = (tuple(properties.get(key, "").splitlines()) for key in ("device.attributes", "device.extras"))
    return DeviceInfo(description, dev_type, dev_id, system, machine, sys_clock, bus_clock, attributes, extras)


def _milliseconds(text: str | None) -> float | None:
    return None if text is None else float(text)


def _read_model(model: _abi.Model, properties: Mapping[str, str]) -> ModelInfo:
    return ModelInfo(
        name=_abi.text(model.name), descriptor=_abi.text(model.descriptor), backend=_abi.text(model.backend),
        capabilities=Capability(model.capabilities), model_datetime=properties.get("model_datetime", ""),
        compile_datetime=properties.get("compile_datetime", ""), hash=properties.get("hash", ""), n_nodes=model.n_nodes_told,
        native_batch=model.native_batch, macc=_known(model.macc), weights_bytes=_known(model.weights_bytes),
        activations_bytes=_known(model.activations_bytes), states_bytes=_known(model.states_bytes),
        inputs=read_tensors(model.inputs, model.n_inputs, properties),
        outputs=read_tensors(model.outputs, model.n_outputs, properties),
        weights_pools=read_tensors(model.weights_pools, model.n_weights_pools, properties),
        activations_pools=read_tensors(model.activations_pools, model.n_activations_pools, properties),
        flags=properties.get("flags", ""), runtime=_read_runtime(properties), device=_read_device(properties),
        install_ms=_milliseconds(properties.get("install_ms")), init_ms=_milliseconds(properties.get("init_ms")))


def read_node(address: int, index: int, properties: Mapping[str, str]) -> NodeInfo:
    """The Python form of an air_node."""
    node = _abi.Node.from_address(address)
    computes_in = _abi.text(_library.load().air_dtype_name(node.computes_in)) if node.computes_in else None
    return NodeInfo(index, _abi.text(node.name), _abi.text(node.operation), node.layer if node.layer >= 0 else None,
                    node.operation_code, read_tensors(node.inputs, node.n_inputs, properties),
                    read_tensors(node.outputs, node.n_outputs, properties),
                    _abi.numbers(ctypes.c_uint32, node.covers, node.n_covers), _abi.text(node.processor), computes_in)


class Description:
    """An air_model in its Python form. Nodes that `former` has are the same objects here."""

    def __init__(self, model: Held, former: Description | None = None) -> None:
        self.model = model  # keeps the addresses below
        struct = _abi.Model.from_address(model.handle or 0)
        properties = _abi.pairs(struct.properties, struct.n_properties)
        self.info = _read_model(struct, properties)
        known: Mapping[int, NodeInfo] = former.nodes if former is not None else {}
        self.nodes: dict[int, NodeInfo] = {
            address: known.get(address) or read_node(address, index, properties)
            for index, address in enumerate(_abi.addresses(struct.nodes, struct.n_nodes))}
        columns = list(map(_abi.Column.from_address, _abi.addresses(struct.columns, struct.n_columns)))
        self.columns = [_abi.text(column.name) for column in columns]
        self.counters = [(column.name, _abi.text(column.text)) for column in columns if column.name.startswith(b"counter.")]


def description_of(former: Description, result: Held) -> Description:
    """Of the model of a result, which mostly is the one that is known."""
    address = result.library.air_get_result_model(result.handle)
    if address == former.model.handle:
        return former
    return Description(held_model(result.library, address), former)
