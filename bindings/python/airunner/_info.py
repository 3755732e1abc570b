# SPDX-License-Identifier: BSD-3-Clause
"""Descriptions of models, nodes, runtimes and devices, as immutable values."""

from __future__ import annotations

from dataclasses import dataclass

from . import _abi
from ._arrays import forms
from ._enums import Capability
from ._tensor import TensorInfo, read_tensors


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
    states_bytes: int
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

    def __repr__(self) -> str:
        return f"<airunner.NodeInfo #{self.index} {self.name!r}: {self.description}, outputs {forms(self.outputs)}>"


def _known(value: int) -> int | None:
    return None if value == _abi.UNKNOWN_SIZE else value


def _read_runtime(info: _abi.RuntimeInfo) -> RuntimeInfo:
    _abi.check_size(info)
    return RuntimeInfo(_abi.text(info.name), _abi.text(info.description), _abi.text(info.compiler),
                       _abi.text(info.protocol), tuple(info.version), tuple(info.tools_version))


def _read_device(info: _abi.DeviceInfo) -> DeviceInfo:
    _abi.check_size(info)
    return DeviceInfo(_abi.text(info.description), _abi.text(info.dev_type), _abi.text(info.dev_id),
                      _abi.text(info.system), _abi.text(info.machine), info.sys_clock or None, info.bus_clock or None,
                      _abi.texts(info.attributes, info.n_attributes), _abi.texts(info.extras, info.n_extras))


def read_model(info: _abi.ModelInfo, descriptor: str, backend: str) -> ModelInfo:
    """The Python form of an air_model_info."""
    _abi.check_size(info)
    return ModelInfo(
        name=_abi.text(info.name), descriptor=descriptor, backend=backend, capabilities=Capability(info.capabilities),
        model_datetime=_abi.text(info.model_datetime), compile_datetime=_abi.text(info.compile_datetime),
        hash=_abi.text(info.hash), n_nodes=info.n_nodes, native_batch=info.native_batch, macc=_known(info.macc),
        weights_bytes=_known(info.weights_bytes), activations_bytes=_known(info.activations_bytes),
        states_bytes=info.states_bytes, inputs=read_tensors(info.inputs, info.n_inputs),
        outputs=read_tensors(info.outputs, info.n_outputs),
        weights_pools=read_tensors(info.weights_pools, info.n_weights_pools),
        activations_pools=read_tensors(info.activations_pools, info.n_activations_pools), flags=_abi.text(info.flags),
        runtime=_read_runtime(info.runtime.contents), device=_read_device(info.device.contents),
        install_ms=info.install_ms if info.install_ms >= 0 else None,
        init_ms=info.init_ms if info.init_ms >= 0 else None)


def read_node(address: int) -> NodeInfo:
    """The Python form of an air_node_info."""
    info = _abi.read_struct(_abi.NodeInfo, address)
    return NodeInfo(info.index, _abi.text(info.name), _abi.text(info.description), info.id if info.id >= 0 else None,
                    info.type, read_tensors(info.inputs, info.n_inputs), read_tensors(info.outputs, info.n_outputs))
