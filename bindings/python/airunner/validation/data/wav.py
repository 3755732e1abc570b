# SPDX-License-Identifier: BSD-3-Clause
"""Sounds as networks are given them: PCM of WAV files as numbers from -1 to 1, of the length that the network takes."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np

from ..._arrays import Array
from ..._errors import InvalidInputError, InvalidModelError
from ..._tensor import TensorInfo

SUFFIXES = (".wav",)


def read_wav(path: Path) -> tuple[Array, int]:
    """Samples (n, channels) as float32 from -1 to 1, and how many there are in a second."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
            data = data[:len(data) // (width * channels) * width * channels]  # a file that was cut off
    except (OSError, EOFError, wave.Error) as error:
        raise InvalidInputError(f"{path}: it cannot be read as PCM of a WAV file ({error})") from None
    if width == 1:
        values = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128
    elif width == 3:  # as the upper bytes of 32 bits
        padded = np.zeros((len(data) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        values = padded.view("<i4").ravel().astype(np.float32) / np.float32(2**31)
    else:
        values = np.frombuffer(data, f"<i{width}").astype(np.float32) / np.float32(2**(8 * width - 1))
    return values.reshape(-1, channels), rate


@dataclass
class WavRules:
    """Channels are averaged; what is too short is filled with zeros behind, what is too long is cut. `features` makes something else of it:
    a function of the samples (float32, one channel) and their rate, such as one that computes MFCC."""

    rate: int | None = None  # that files must have; no resampling is done
    features: Callable[[Array, int], Any] | None = None

    def bind(self, inputs: Sequence[TensorInfo]) -> None:
        if len(inputs) != 1:
            raise InvalidModelError(f"the model has {len(inputs)} inputs, expected one for sound")
        self._shape = inputs[0].shape[1:]

    @property
    def described(self) -> dict[str, Any]:
        """As the report states it."""
        made = "samples from -1 to 1, mean of the channels" if self.features is None else f"{getattr(self.features, '__qualname__', self.features)}()"
        return {"values": made, "rate": self.rate, "size": list(self._shape)}

    def read(self, path: Path) -> Array:
        values, rate = read_wav(path)
        if self.rate is not None and rate != self.rate:
            raise InvalidInputError(f"{path}: {rate} samples a second, expected {self.rate}")
        sound = values.mean(axis=1, dtype=np.float32)
        if self.features is not None:
            return np.asarray(self.features(sound, rate))
        wanted = int(np.prod(self._shape))
        sound = np.pad(sound[:wanted], (0, max(0, wanted - len(sound))))
        shaped: Array = sound.reshape(self._shape)
        return shaped
