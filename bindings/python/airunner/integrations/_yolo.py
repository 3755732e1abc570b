# SPDX-License-Identifier: BSD-3-Clause
"""A YOLO network as it was deployed: images to its input, and its outputs to the form that the trained network gives.

Deployment changes order of dimensions, types and the unit of boxes, and tells of none but the types: the rest is seen from the shapes.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np

from .._arrays import Array
from .._enums import Encoding
from .._errors import InvalidInputError, InvalidModelError
from .._runner import Runner, connect
from .._tensor import TensorInfo

_CHANNELS = (1, 3, 4)
_STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32))  # of the heads that YOLO networks have
_NORMALISED = 4.0  # places in parts of the image stay below, even of bad boxes; some of those in pixels are near its far edges


class Geometry:
    """What the shapes of a network tell: where its input has the channels, the size of its images, its task, its classes."""

    def __init__(self, inputs: tuple[TensorInfo, ...], outputs: tuple[TensorInfo, ...]) -> None:
        if len(inputs) != 1 or len(inputs[0].shape) not in (3, 4):
            raise InvalidModelError(f"the inputs are {[t.shape for t in inputs]}, expected one image: (1, height, width, "
                                    "channels) or (1, channels, height, width)")
        # A grey image may have lost its dimension of channels, which is the same in either order.
        shape = (*inputs[0].shape, 1)[:4]
        self.nhwc = shape[3] in _CHANNELS and (shape[1] not in _CHANNELS or inputs[0].layout != "channel_first")
        if not self.nhwc and shape[1] not in _CHANNELS:
            raise InvalidModelError(f"the input is {shape}: neither its second nor its last dimension can be colours")
        self.channels = shape[3] if self.nhwc else shape[1]
        self.height, self.width = shape[1:3] if self.nhwc else shape[2:4]
        self.anchors = {sum((self.height // s) * (self.width // s) for s in strides) for strides in _STRIDES}
        shapes = [squeezed(tensor.shape) for tensor in outputs]
        ranks = sorted(len(shape) for shape in shapes)
        if ranks not in ([2], [3], [3, 4]):
            raise InvalidModelError(f"the outputs are {shapes}, expected those of a network that classifies (1, classes), detects "
                                    "(1, 4 + classes, boxes), or segments (with prototypes as a second output)")
        self.task = {(2,): "classify", (3,): "detect", (3, 4): "segment"}[tuple(ranks)]
        self.masks = next((self.prototype_axes(shape)[0] for shape in shapes if len(shape) == 4), 0)
        head = min(shapes, key=len)
        self.end2end = False  # the network itself selects boxes: each row is a box, its score and its class
        self.transposed = False
        if self.task == "classify":
            self.n_classes = head[1]
        elif head[2] in self.anchors or head[1] in self.anchors:
            self.transposed = head[2] not in self.anchors
            self.n_classes = head[1 if not self.transposed else 2] - 4 - self.masks
        else:
            self.end2end = head[2] == 6 + self.masks
            self.n_classes = 0 if self.end2end else head[1] - 4 - self.masks  # a head with other strides
        if self.n_classes < 1 and not self.end2end:
            raise InvalidModelError(f"the output {head} has no room for classes beside 4 of the box and {self.masks} of the mask")

    def prototype_axes(self, shape: tuple[int, ...]) -> tuple[int, bool]:
        """How many prototypes of masks there are, and whether they are the last dimension."""
        size = (self.height // 4, self.width // 4)
        first, last = shape[2:] == size, shape[1:3] == size
        nhwc = last if first != last else self.nhwc
        return shape[3 if nhwc else 1], nhwc


def squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Without the dimensions of 1 that the tools add: the batch and one more stay."""
    kept = [size for size in shape[1:] if size != 1]
    return (shape[0], *(kept or [1]))


class Network:
    """A deployed network behind the interface of the trained one: images (n, channels, height, width), 0..1, to its outputs."""

    def __init__(self, descriptor: str) -> None:
        self.descriptor = descriptor
        self.runner: Runner = connect(descriptor)
        self.model = self.runner.model
        self._turn = threading.Lock()  # those who share a connection may be threads
        try:
            self.geometry = Geometry(self.model.inputs, self.model.outputs)
        except InvalidModelError as error:
            self.runner.close()
            raise InvalidModelError(f"{descriptor}: {error}") from None

    def run(self, images: Array) -> list[Array]:
        """What the trained network would give for these images: float32; boxes in pixels; prototypes last, channels first."""
        expected = (self.geometry.channels, self.geometry.height, self.geometry.width)
        if images.shape[1:] != expected:
            raise InvalidInputError(f"images are {images.shape[1:]}, the network expects {expected}: call with "
                                    f"imgsz={list(expected[1:])}")
        stored = to_stored(images, self.model.inputs[0], self.geometry.nhwc)
        with self._turn:
            results = self.model.invoke(stored).outputs
        outputs = [to_real(result, tensor) for result, tensor in zip(results, self.model.outputs)]
        outputs.sort(key=lambda output: output.ndim)
        return [to_pixels(output, self.geometry) if output.ndim == 3 else to_channels_first(output, self.geometry)
                for output in outputs]


def to_stored(images: Array, tensor: TensorInfo, nhwc: bool) -> Array:
    """Images 0..1, channels first, as the network stores its input."""
    if nhwc:
        images = images.transpose(0, 2, 3, 1)
    images = np.ascontiguousarray(images, np.float32).reshape(len(images), *tensor.shape[1:])
    if tensor.dtype == np.float32:
        return images
    if tensor.encoding != Encoding.PLAIN or tensor.dtype.kind == "f":
        return tensor.quantize(images)
    pixels: Array = np.rint(images * 255).astype(tensor.dtype)
    return pixels  # integers without a scale are the bytes of a camera


def to_real(stored: Array, tensor: TensorInfo) -> Array:
    """float32 values of an output, without the dimensions of 1."""
    values = tensor.dequantize(stored)
    return values.reshape(len(stored), *squeezed((1, *values.shape[1:]))[1:])


def to_pixels(head: Array, geometry: Geometry) -> Array:
    """The rows of a head as (n, 4 + ..., boxes), boxes in pixels of the image."""
    if geometry.transposed:
        head = np.ascontiguousarray(head.transpose(0, 2, 1))
    # Rows of a raw head are centre and size, of which the size has no limit; of an end-to-end one two corners.
    boxes = head[:, :, :4].transpose(0, 2, 1) if geometry.end2end else head[:, :4]
    places = boxes if geometry.end2end else boxes[:, :2]
    # Networks made from TensorFlow Lite give parts of the image, which suits 8 bits better.
    if places.size and np.abs(places).max() <= _NORMALISED:
        boxes[:, 0::2] *= geometry.width
        boxes[:, 1::2] *= geometry.height
    return head


def to_channels_first(output: Array, geometry: Geometry) -> Array:
    """Prototypes as (n, prototypes, height, width); classes are left as they are."""
    if output.ndim != 4 or not geometry.prototype_axes(output.shape)[1]:
        return output
    return np.ascontiguousarray(output.transpose(0, 3, 1, 2))


_networks: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def open_network(descriptor: str) -> Network:
    """The network of a descriptor, connected once for all that use it: a serial port cannot be opened twice."""
    with _lock:
        network: Network | None = _networks.get(descriptor)
        if network is None:
            network = _networks[descriptor] = Network(descriptor)
        return network
