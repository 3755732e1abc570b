# SPDX-License-Identifier: BSD-3-Clause
"""Values of nodes that callers give to a run."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence, Union

import numpy as np

from . import _abi
from ._arrays import Array, address_of
from ._errors import InvalidArgumentError, InvalidInputError, NotFoundError
from ._info import NodeInfo
from ._tensor import TensorInfo

NodeKey = Union[int, str]  # index or name
GivenValues = Mapping[NodeKey, Union[Array, Sequence[Array]]]


def find_node(key: NodeKey, nodes: Sequence[NodeInfo]) -> int:
    """The index of a node."""
    if not isinstance(key, str):
        return int(key)
    found = [node.index for node in nodes if node.name == key]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidArgumentError(f"the nodes {', '.join(map(str, found))} are called {key!r}: name one by its index")
    names = ", ".join(node.name for node in nodes)
    raise NotFoundError(f"no node {key!r}; " + (f"there is: {names}" if names else "none is known before an invoke with mode='per_layer'"))


def find_nodes(keys: NodeKey | Iterable[NodeKey], nodes: Sequence[NodeInfo]) -> list[int]:
    """Indices of nodes; a name alone is that node."""
    return [find_node(key, nodes) for key in ([keys] if isinstance(keys, (int, str)) else keys)]


def _stored(value: Any, tensor: TensorInfo, n_samples: int, what: str) -> Array:
    array = np.ascontiguousarray(value)
    expected = (n_samples, *tensor.storage_shape[1:])
    if array.dtype != tensor.dtype or array.shape != expected:
        raise InvalidInputError(f"{what} is given {array.dtype} {array.shape}, expected {tensor.dtype} {expected}: what the network "
                                "stores, samples first, such as NodeProfile.data or TensorInfo.quantize() give")
    return array


def _arrays(values: Any, node: NodeInfo, n_samples: int) -> list[Array]:
    """One for each output of the node."""
    blocks = values if isinstance(values, (list, tuple)) else [values]
    if len(blocks) != len(node.outputs):
        raise InvalidInputError(f"node {node.index} {node.name!r} is given {len(blocks)} arrays, expected {len(node.outputs)}: one for each output")
    return [_stored(block, tensor, n_samples, f"output {output} of node {node.index} {node.name!r}")
            for output, (block, tensor) in enumerate(zip(blocks, node.outputs))]


class Given:
    """The values in their C form, with the memory they point to."""

    def __init__(self, values: GivenValues, nodes: Sequence[NodeInfo], n_samples: int) -> None:
        self._keep: list[Array] = []
        entries = []
        for key, given in values.items():
            index = find_node(key, nodes)
            if not 0 <= index < len(nodes):
                raise NotFoundError(f"no node {index}: {len(nodes)} are known")
            for output, array in enumerate(_arrays(given, nodes[index], n_samples)):
                self._keep.append(array)
                entries.append(_abi.Given(index, output, address_of(array), array.nbytes))
        self.structs = (_abi.Given * len(entries))(*entries)
