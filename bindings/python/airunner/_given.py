# SPDX-License-Identifier: BSD-3-Clause
"""Values of nodes that callers give to a run."""

from __future__ import annotations

import operator
from typing import Iterable, Mapping, Sequence, Union

import numpy as np

from . import _abi
from ._arrays import Array, address_of
from ._errors import InvalidArgumentError, InvalidInputError, NotFoundError
from ._info import NodeInfo
from ._inputs import stored_or_real, warn_of_nan
from ._tensor import TensorInfo

NodeKey = Union[int, str]  # index or name
GivenValues = Mapping[NodeKey, Union[Array, Sequence[Array]]]

_MOST_NAMES = 20  # in an error


def find_node(key: NodeKey, nodes: Sequence[NodeInfo]) -> NodeInfo:
    """The node of a name or an index."""
    if not isinstance(key, str):
        try:
            index = operator.index(key)
        except TypeError:
            raise InvalidArgumentError(f"a node is {key!r}, expected its name or its index") from None
        found = [nodes[index]] if 0 <= index < len(nodes) else []
    else:
        found = [node for node in nodes if node.name == key]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidArgumentError(f"the nodes {', '.join(str(node.index) for node in found)} are called {key!r}: name one by its index")
    if not nodes:
        raise NotFoundError(f"no node {key!r}: none is known before an invoke with mode='per_layer'")
    names = ", ".join(node.name for node in nodes[:_MOST_NAMES]) + (", ..." if len(nodes) > _MOST_NAMES else "")
    raise NotFoundError(f"no node {key!r}: there are {len(nodes)}, {names}")


def find_nodes(keys: NodeKey | Iterable[NodeKey], nodes: Sequence[NodeInfo]) -> list[int]:
    """Indices of nodes; a name or an index alone is that node."""
    if isinstance(keys, (int, np.integer, str)):
        keys = [keys]
    elif not isinstance(keys, Iterable):
        raise InvalidArgumentError(f"nodes is {keys!r}, expected names or indices of nodes")
    return [find_node(key, nodes).index for key in keys]


class Given:
    """The values in their C form, with the memory they point to."""

    def __init__(self, values: GivenValues, nodes: Sequence[NodeInfo], n_samples: int, quantize: bool) -> None:
        if not isinstance(values, Mapping):
            raise InvalidArgumentError(f"given is a {type(values).__name__}, expected a dict: values by the name or index of their node")
        self._keep: list[Array] = []
        entries = []
        for key, value in values.items():
            node = find_node(key, nodes)
            arrays = value if isinstance(value, (list, tuple)) else [value]
            if len(arrays) != len(node.outputs):
                raise InvalidInputError(f"node {node.index} {node.name!r} is given {len(arrays)} arrays, expected {len(node.outputs)}: "
                                        "one for each output")
            for output, (array, tensor) in enumerate(zip(arrays, node.outputs)):
                what = f"output {output} of node {node.index} {node.name!r}"
                array = stored_or_real(array, tensor, what, quantize)
                if array.dtype != tensor.dtype:
                    warn_of_nan(array, tensor, what, 4)
                    array = self._quantized(array, tensor, n_samples, what)
                self._check_shape(array, tensor.storage_shape, n_samples, what)
                self._keep.append(array)
                entries.append(_abi.Given(node.index, output, address_of(array), array.nbytes))
        self.structs = (_abi.Given * len(entries))(*entries)

    def _quantized(self, array: Array, tensor: TensorInfo, n_samples: int, what: str) -> Array:
        self._check_shape(array, tensor.shape, n_samples, what)
        return tensor.quantize(array)

    @staticmethod
    def _check_shape(array: Array, shape: tuple[int, ...], n_samples: int, what: str) -> None:
        expected = (n_samples, *shape[1:])
        if array.shape != expected:
            raise InvalidInputError(f"{what}: shape is {array.shape}, expected {expected}; the first dimension counts the samples")
