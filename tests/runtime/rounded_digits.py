#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the float32 digits models with kernels that numpy rounded.

usage: rounded_digits.py FOLDER
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "models" / "digits"))

import export_onnx  # noqa: E402
import export_tflite  # noqa: E402
import generate  # noqa: E402
import network  # noqa: E402


def symmetric(kernel, largest, axes):
    scale = np.abs(kernel).max(axis=axes, keepdims=True) / np.float32(largest)
    return np.clip(np.rint(kernel / scale), -largest, largest).astype(np.float32) * scale


def unsigned(kernel):
    low, high = min(kernel.min(), np.float32(0)), max(kernel.max(), np.float32(0))
    scale = (high - low) / np.float32(255)
    zero_point = np.rint(-low / scale)
    return ((np.clip(np.rint(kernel / scale) + zero_point, 0, 255) - zero_point) * scale).astype(np.float32)


def each(kernel):
    """All but the output channels, which come first."""
    return tuple(range(1, kernel.ndim))


SCHEMES = {
    "int8-channel": lambda kernel: symmetric(kernel, 127, each(kernel)),
    "int8-tensor": lambda kernel: symmetric(kernel, 127, None),
    "uint8-tensor": unsigned,
    "int4": lambda kernel: symmetric(kernel, 7, each(kernel)),
    "int16": lambda kernel: symmetric(kernel, 32767, None),
    "float16": lambda kernel: kernel.astype(np.float16).astype(np.float32),
}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    data = dict(np.load(export_onnx.HERE / "weights.npz"))
    q = generate.Quantization(data)
    for name, rounded in SCHEMES.items():
        kernels = {layer + "_kernel": rounded(data[layer + "_kernel"].astype(np.float32)) for layer in network.WEIGHTED}
        assert all(kernel.dtype == np.float32 for kernel in kernels.values())
        (folder / f"{name}.onnx").write_bytes(export_onnx.float32_model(data | kernels))
        (folder / f"{name}.tflite").write_bytes(export_tflite.contents("float32", data | kernels, q))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
