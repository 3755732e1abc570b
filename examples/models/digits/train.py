#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Trains the digits network and writes weights.npz, test_images.npy and test_labels.npy.

Needs numpy, and scikit-learn as the bundled source of the data set. Everything is seeded; generate.py turns the result
into C sources.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the order of additions must not depend on the machine's cores

import pathlib

import numpy as np
from sklearn.datasets import load_digits

import network

HERE = pathlib.Path(__file__).parent
N_TEST = 360
EPOCHS = 60
BATCH = 32


def load():
    """Images as float32 (N, 8, 8, 1) in 0..1 and labels, split into a training and a held-out part."""
    digits = load_digits()
    images = (digits.images / 16.0).astype(np.float32)[..., np.newaxis]
    order = np.random.default_rng(2026).permutation(len(images))
    images, labels = images[order], digits.target[order].astype(np.uint8)
    return (images[N_TEST:], labels[N_TEST:]), (images[:N_TEST], labels[:N_TEST])


def initial_parameters(rng):
    """He-normal kernels, zero biases."""
    parameters = {}
    for layer in network.WEIGHTED:
        shape = network.KERNEL_SHAPES[layer]
        fan_in = np.prod(shape[1:])
        parameters[layer + "_kernel"] = rng.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32)
        parameters[layer + "_bias"] = np.zeros(shape[0], np.float32)
    return parameters


def shifted(images, rng):
    """Each image moved by -1, 0 or 1 pixel in both directions."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    offsets = rng.integers(0, 3, (len(images), 2))
    return np.stack([p[y : y + 8, x : x + 8] for p, (y, x) in zip(padded, offsets)])


def convolution_gradient(x, kernel, gradient):
    """Gradients of a 3x3 'same' convolution for its kernel, bias and input."""
    columns = network.columns(x)
    d_kernel = np.einsum("nhwk,nhwt->kt", gradient, columns, optimize=True).reshape(kernel.shape)
    d_columns = (gradient @ kernel.reshape(len(kernel), -1)).reshape(x.shape[:3] + (3, 3, x.shape[3]))
    d_padded = np.zeros((x.shape[0], x.shape[1] + 2, x.shape[2] + 2, x.shape[3]), np.float32)
    for dy in range(3):
        for dx in range(3):
            d_padded[:, dy : dy + x.shape[1], dx : dx + x.shape[2]] += d_columns[:, :, :, dy, dx]
    return d_kernel, gradient.sum(axis=(0, 1, 2)), d_padded[:, 1:-1, 1:-1]


def pool_gradient(x, y, gradient):
    """Gradient of a 2x2 maximum, shared among equal maxima."""
    tile = lambda a: a.repeat(2, axis=1).repeat(2, axis=2)
    mask = (x == tile(y)).astype(np.float32)
    count = mask.reshape(len(x), y.shape[1], 2, y.shape[2], 2, -1).sum(axis=(2, 4))
    return mask * tile(gradient / count)


def gradients(parameters, images, labels):
    """Gradients of the mean cross-entropy for every parameter."""
    t = network.forward(parameters, images)
    result = {}

    def convolution(layer, source, gradient):
        kernel, bias, d_input = convolution_gradient(t[source], parameters[layer + "_kernel"], gradient)
        result[layer + "_kernel"], result[layer + "_bias"] = kernel, bias
        return d_input

    d_logits = t["softmax"].copy()
    d_logits[np.arange(len(labels)), labels] -= 1
    d_logits /= len(labels)
    flat = t["pool_2"].reshape(len(labels), -1)
    result["dense_kernel"], result["dense_bias"] = d_logits.T @ flat, d_logits.sum(axis=0)
    d_pool_2 = (d_logits @ parameters["dense_kernel"]).reshape(t["pool_2"].shape)
    d_conv_4 = pool_gradient(t["conv_4"], t["pool_2"], d_pool_2) * (t["conv_4"] > 0)
    d_add = convolution("conv_4", "add", d_conv_4) * (t["add"] > 0)
    d_pool_1 = d_add + convolution("conv_3", "pool_1", d_add)
    d_conv_2 = pool_gradient(t["conv_2"], t["pool_1"], d_pool_1) * (t["conv_2"] > 0)
    d_conv_1 = convolution("conv_2", "conv_1", d_conv_2) * (t["conv_1"] > 0)
    convolution("conv_1", "input", d_conv_1)
    return result


def train(images, labels):
    """Adam with a cosine schedule and weight decay."""
    rng = np.random.default_rng(7)
    parameters = initial_parameters(rng)
    first = {k: np.zeros_like(v) for k, v in parameters.items()}
    second = {k: np.zeros_like(v) for k, v in parameters.items()}
    n_steps, step = EPOCHS * (len(images) // BATCH), 0
    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))
        for start in range(0, len(images) - BATCH + 1, BATCH):
            pick = order[start : start + BATCH]
            step += 1
            rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / n_steps))
            for key, g in gradients(parameters, shifted(images[pick], rng), labels[pick]).items():
                first[key] = 0.9 * first[key] + 0.1 * g
                second[key] = 0.999 * second[key] + 0.001 * g * g
                m, v = first[key] / (1 - 0.9**step), second[key] / (1 - 0.999**step)
                decay = 1e-2 * parameters[key] if key.endswith("_kernel") else 0
                parameters[key] = (parameters[key] - rate * (m / (np.sqrt(v) + 1e-8) + decay)).astype(np.float32)
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: training accuracy {accuracy(parameters, images, labels):.2%}")
    return parameters


def accuracy(parameters, images, labels):
    """Share of images whose most likely class is the label."""
    return float(np.mean(network.forward(parameters, images)["softmax"].argmax(axis=1) == labels))


def main():
    (images, labels), (test_images, test_labels) = load()
    parameters = train(images, labels)
    tensors = network.forward(parameters, images)
    ranges = {"range_" + name: np.float32([values.min(), values.max()]) for name, values in tensors.items()}
    np.savez(HERE / "weights.npz", **parameters, **ranges)
    np.save(HERE / "test_images.npy", test_images)
    np.save(HERE / "test_labels.npy", test_labels)
    print(f"held-out accuracy {accuracy(parameters, test_images, test_labels):.2%} of {len(test_labels)} images")


if __name__ == "__main__":
    main()
