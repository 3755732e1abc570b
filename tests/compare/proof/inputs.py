# SPDX-License-Identifier: BSD-3-Clause
"""What networks are shown: crops of two photographs, as pictures, spectrograms or rows, or tones as a microphone hears them. Drawn from a seed."""
import numpy as np


def _crop(photo, height, width, rng):
    """A part of the photograph at a random place and size, turned to this many rows and columns."""
    zoom = rng.uniform(1, max(1.01, min(photo.shape[0] / height, photo.shape[1] / width, 4)))
    rows = np.linspace(0, min(height * zoom, photo.shape[0]) - 1, height) + 0.0
    columns = np.linspace(0, min(width * zoom, photo.shape[1]) - 1, width)
    rows += rng.uniform(0, max(photo.shape[0] - rows[-1] - 1, 0.01))
    columns += rng.uniform(0, max(photo.shape[1] - columns[-1] - 1, 0.01))
    return photo[np.ix_(rows.astype(int) % photo.shape[0], columns.astype(int) % photo.shape[1])]


def _tones(n, rng):
    t = np.arange(n) / 22050
    parts = [np.sin(2 * np.pi * rng.uniform(60, 2000) * t + rng.uniform(0, 6)) * np.exp(-rng.uniform(0.5, 4) * t) for _ in range(6)]
    return sum(parts) / 6 + rng.normal(0, 0.01, n)


def draw(shape, n, low, high, photos, rng):
    """n samples of a shape (channels last), with values from low to high."""
    samples = []
    for _ in range(n):
        photo = photos[int(rng.integers(len(photos)))].astype(np.float64) / 255
        if rng.integers(2):
            photo = photo[:, ::-1]
        if len(shape) == 3 and shape[2] == 3:
            sample = _crop(photo, shape[0], shape[1], rng)
        elif max(shape) > 10000:
            sample = 0.5 + 0.5 * _tones(max(shape), rng)
        else:  # a spectrogram, or a row
            sides = [n for n in shape if n > 1]
            sides = [1] * (2 - len(sides)) + sides if len(sides) < 2 else [sides[0], int(np.prod(sides[1:]))]
            sample = _crop(photo.mean(axis=2), sides[0], sides[1], rng)
        samples.append(low + (high - low) * sample.reshape(shape))
    return np.array(samples, np.float32)
