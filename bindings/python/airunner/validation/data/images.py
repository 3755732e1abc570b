# SPDX-License-Identifier: BSD-3-Clause
"""Images as networks are given them: resized, cropped, normalised, by rules that the report states. Pillow reads them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Sequence

import numpy as np

from ..._arrays import Array
from ..._errors import InvalidArgumentError, InvalidInputError, InvalidModelError
from ..._tensor import TensorInfo
from .optional import need

# What pixels become: (value / 255 - mean) / std of each channel. "stored" gives the bytes, as a camera does.
NORMALISE: dict[str, tuple[Sequence[float], Sequence[float]] | None] = {
    "unit": ((0.0,), (1.0,)),  # 0 to 1
    "symmetric": ((0.5,), (0.5,)),  # -1 to 1: MobileNet of TensorFlow
    "bytes": ((0.0,), (1 / 255,)),  # 0 to 255
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),  # torchvision
    "stored": None,
}
RESIZE = ("crop", "stretch", "letterbox")
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff")


@dataclass
class ImageRules:
    """An image of the input's size is left as it is. `resize` of others: "crop" makes the shorter side `1 / crop` times that of the input and takes the middle, "stretch" ignores the proportions,
    "letterbox" keeps them and fills the rest with grey (114). `crop` is 0.875 as with ImageNet (224 of 256). `normalise`: see NORMALISE. `colours`: RGB or BGR."""

    resize: str = "crop"
    crop: float = 0.875
    normalise: str = "unit"
    colours: str = "RGB"

    def __post_init__(self) -> None:
        for name, value, known in (("resize", self.resize, RESIZE), ("normalise", self.normalise, NORMALISE), ("colours", self.colours, ("RGB", "BGR"))):
            if value not in known:
                raise InvalidArgumentError(f"{name}={value!r}, expected one of {', '.join(known)}")
        if not 0 < self.crop <= 1:
            raise InvalidArgumentError(f"crop={self.crop}, expected more than 0 and at most 1")
        self._pillow: Any = None

    def bind(self, inputs: Sequence[TensorInfo]) -> None:
        if len(inputs) != 1 or len(inputs[0].shape) not in (3, 4):
            raise InvalidModelError(f"the inputs are {[t.shape for t in inputs]}, expected one image")
        shape = (*inputs[0].shape, 1)[:4]
        self._shape = inputs[0].shape[1:]
        self._first = shape[3] not in (1, 3) or (shape[1] in (1, 3) and inputs[0].layout == "channel_first")
        self.channels = shape[1] if self._first else shape[3]
        if self.channels not in (1, 3):
            raise InvalidModelError(f"the input is {inputs[0].shape}: neither its second nor its last dimension is 1 or 3 colours")
        self.height, self.width = shape[2:4] if self._first else shape[1:3]
        self._dtype = inputs[0].dtype
        if self.normalise == "stored" and self._dtype not in (np.uint8, np.int8):
            raise InvalidModelError(f"normalise='stored' gives the bytes of images, and the input is {self._dtype}")
        self._pillow = need("PIL.Image", "Pillow", "images")

    @property
    def described(self) -> dict[str, Any]:
        """As the report states it."""
        rules = asdict(self) if self.resize == "crop" else {name: value for name, value in asdict(self).items() if name != "crop"}
        return {**rules, "size": [self.height, self.width], "channels": self.channels, "filter": "bilinear, antialiased", "reader": "Pillow"}

    def read(self, path: Path) -> Array:
        return self.place(path)[0]

    def place(self, path: Path) -> tuple[Array, dict[str, float]]:
        """The input, and where the image lies in it: x of the input is x of the image times `scale_x` plus `left`."""
        try:
            with self._pillow.open(path) as file:
                image = file.convert("RGB" if self.channels == 3 else "L")
        except (OSError, ValueError) as error:
            raise InvalidInputError(f"{path}: it cannot be read as an image ({error})") from None
        image, placed = self._resized(image)
        return self._values(np.asarray(image)), placed

    def _resized(self, image: Any) -> tuple[Any, dict[str, float]]:
        width, height = image.size
        if self.resize == "stretch" or image.size == (self.width, self.height):
            size = (self.width, self.height)
        else:
            scales = (self.width / width, self.height / height)
            scale = min(scales) if self.resize == "letterbox" else max(scales) / self.crop
            size = (max(1, math.floor(width * scale + 0.5)), max(1, math.floor(height * scale + 0.5)))
        if image.size != size:
            image = image.resize(size, self._pillow.BILINEAR)
        left, top = (self.width - size[0]) // 2, (self.height - size[1]) // 2  # below 0: cropped
        if (left, top) != (0, 0) or size != (self.width, self.height):
            whole = self._pillow.new(image.mode, (self.width, self.height), (114,) * self.channels if self.channels == 3 else 114)
            whole.paste(image, (left, top))
            image = whole
        return image, {"scale_x": size[0] / width, "scale_y": size[1] / height, "left": left, "top": top}

    def _values(self, pixels: Array) -> Array:
        pixels = pixels.reshape(self.height, self.width, self.channels)
        if self.colours == "BGR":
            pixels = pixels[:, :, ::-1]
        normal = NORMALISE[self.normalise]
        if normal is None:
            values = pixels if self._dtype == np.uint8 else (pixels.astype(np.int16) - 128).astype(np.int8)
        else:
            mean, std = (np.asarray(part, np.float32) for part in normal)
            values = (pixels.astype(np.float32) / np.float32(255) - mean) / std
            if values.shape[2] != self.channels:
                raise InvalidArgumentError(f"normalise={self.normalise!r} is for 3 colours, and the input has {self.channels}")
        return np.ascontiguousarray(values.transpose(2, 0, 1) if self._first else values).reshape(self._shape)
