# SPDX-License-Identifier: BSD-3-Clause
"""What can be connected to, and which plugins there are."""

from __future__ import annotations

import os
from ctypes import POINTER, byref
from dataclasses import dataclass
from typing import Sequence

from . import _abi, _library
from ._enums import Status
from ._interrupt import token_of_ctrl_c
from ._runner import ConnectArguments


@dataclass(frozen=True)
class Device:
    """One thing that can be connected to."""

    descriptor: str
    description: str
    backend: str


@dataclass(frozen=True)
class Plugin:
    """One file found while searching for plugins; `error` tells why it is not usable."""

    status: Status
    path: str
    name: str
    version: str
    description: str
    schemes: tuple[str, ...]
    error: str


def scan(plugin_paths: Sequence[str | os.PathLike[str]] = ()) -> list[Device]:
    """What is there to connect to. Writes nothing to any port."""
    library = _library.load()
    arguments = ConnectArguments(plugin_paths=plugin_paths)
    result = POINTER(_abi.DeviceList)()
    try:
        with token_of_ctrl_c(library) as token:
            arguments.struct.token = token.handle
            library.check(library.air_scan(arguments.struct, byref(result)))
        devices = map(_abi.Device.from_address, _abi.addresses(result.contents.devices, result.contents.n_devices))
        return [Device(_abi.text(d.descriptor), _abi.text(d.description), _abi.text(d.backend)) for d in devices]
    finally:
        library.air_free_device_list(result)


def plugins(plugin_paths: Sequence[str | os.PathLike[str]] = ()) -> list[Plugin]:
    """All plugins found, broken ones too."""
    library = _library.load()
    arguments = ConnectArguments(plugin_paths=plugin_paths)
    result = POINTER(_abi.PluginList)()
    library.check(library.air_list_plugins(arguments.struct, byref(result)))
    try:
        found = map(_abi.Plugin.from_address, _abi.addresses(result.contents.plugins, result.contents.n_plugins))
        return [Plugin(Status(p.status), _abi.text(p.path), _abi.text(p.name), _abi.text(p.version), _abi.text(p.description),
                       _abi.texts(p.schemes, p.n_schemes), _abi.text(p.error)) for p in found]
    finally:
        library.air_free_plugin_list(result)
