# SPDX-License-Identifier: BSD-3-Clause
"""Where samples come from: files, folders, arrays, whatever gives them one after the other."""

from .arrays import Arrays
from .coco import Coco
from .files import Files
from .given import source_of
from .images import ImageRules
from .source import Source, Stream
from .wav import WavRules

__all__ = ["Arrays", "Coco", "Files", "ImageRules", "Source", "Stream", "WavRules", "source_of"]
