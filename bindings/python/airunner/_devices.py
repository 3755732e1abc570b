# SPDX-License-Identifier: BSD-3-Clause
"""What can be connected to, and which plugins there are."""

from __future__ import annotations

import os
from ctypes import POINTER, byref
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Sequence

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
    properties: Mapping[str, str] = field(default_factory=dict, compare=False)  # what else is known, such as a serial number


@dataclass(frozen=True)
class PluginOption:
    """One option that descriptors of a backend may have. A key that ends in "*" stands for all keys that begin so."""

    key: str
    type: str  # "text", "number", "flag", "choice" or "path"
    default: str | None
    choices: tuple[str, ...]  # of a number: none, or the smallest and the largest
    text: str


@dataclass(frozen=True)
class Plugin:
    """One file found while searching for plugins, as the manifest beside it tells; `error` tells why it is not usable."""

    status: Status
    path: str
    name: str
    version: str
    description: str
    schemes: tuple[str, ...]
    error: str
    patterns: tuple[str, ...] = ()  # descriptors without a scheme that it may serve
    options: tuple[PluginOption, ...] = ()
    has_manifest: bool = False  # False: nothing is known until it is loaded


_OPTION_TYPES = ("text", "number", "flag", "choice", "path")


def _read_option(address: int) -> PluginOption:
    option = _abi.OptionInfo.from_address(address)
    kind = _OPTION_TYPES[option.type] if option.type < len(_OPTION_TYPES) else "text"
    return PluginOption(_abi.text(option.key), kind, None if option.default_value is None else _abi.text(option.default_value),
                        _abi.texts(option.choices, option.n_choices), _abi.text(option.text))


def _read_plugin(address: int) -> Plugin:
    plugin = _abi.Plugin.from_address(address)
    return Plugin(
        Status(plugin.status), _abi.text(plugin.path), _abi.text(plugin.name), _abi.text(plugin.version),
        _abi.text(plugin.description), _abi.texts(plugin.schemes, plugin.n_schemes), _abi.text(plugin.error),
        _abi.texts(plugin.patterns, plugin.n_patterns),
        tuple(map(_read_option, _abi.addresses(plugin.options, plugin.n_options))), bool(plugin.has_manifest))


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
        return [Device(_abi.text(d.descriptor), _abi.text(d.description), _abi.text(d.backend),
                       _abi.pairs(d.properties, d.n_properties)) for d in devices]
    finally:
        library.air_free_device_list(result)


def _read_plugins(library: Any, fill: Callable[[Any], Any]) -> list[Plugin]:
    result = POINTER(_abi.PluginList)()
    library.check(fill(byref(result)))
    try:
        return [_read_plugin(address) for address in _abi.addresses(result.contents.plugins, result.contents.n_plugins)]
    finally:
        library.air_free_plugin_list(result)


def plugins(plugin_paths: Sequence[str | os.PathLike[str]] = ()) -> list[Plugin]:
    """All plugins found, by their manifests; loads none."""
    library, arguments = _library.load(), ConnectArguments(plugin_paths=plugin_paths)
    return _read_plugins(library, lambda result: library.air_list_plugins(arguments.struct, result))


def load_plugin(path: str | os.PathLike[str]) -> Plugin:
    """What a plugin tells of itself, once loaded. Whatever it does when it is loaded happens to this process."""
    library, name = _library.load(), _abi.c_text(os.fsencode(path), "path")
    return _read_plugins(library, lambda result: library.air_load_plugin(name, result))[0]
