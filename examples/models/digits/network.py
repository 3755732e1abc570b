# SPDX-License-Identifier: BSD-3-Clause
"""The digits network in numpy: the one description that train.py and generate.py share."""
import numpy as np

# Kernels are stored output channel first: (out, height, width, in) for convolutions, (out, in) for the dense layer.
KERNEL_SHAPES = {
    "conv_1": (16, 3, 3, 1),
    "conv_2": (16, 3, 3, 16),
    "conv_3": (16, 3, 3, 16),
    "conv_4": (32, 3, 3, 16),
    "dense": (10, 128),
}
WEIGHTED = list(KERNEL_SHAPES)

# Tensor name -> shape of one sample, in the order of execution; every tensor but the input is the result of the node of its name.
SHAPES = {
    "input": (1, 8, 8, 1),
    "conv_1": (1, 8, 8, 16),
    "conv_2": (1, 8, 8, 16),
    "pool_1": (1, 4, 4, 16),
    "conv_3": (1, 4, 4, 16),
    "add": (1, 4, 4, 16),
    "conv_4": (1, 4, 4, 32),
    "pool_2": (1, 2, 2, 32),
    "dense": (1, 10),
    "softmax": (1, 10),
}
NODE_INPUTS = {
    "conv_1": ["input"],
    "conv_2": ["conv_1"],
    "pool_1": ["conv_2"],
    "conv_3": ["pool_1"],
    "add": ["conv_3", "pool_1"],
    "conv_4": ["add"],
    "pool_2": ["conv_4"],
    "dense": ["pool_2"],
    "softmax": ["dense"],
}
RELU = {"conv_1", "conv_2", "add", "conv_4"}


def columns(x):
    """(N, H, W, 9 * C): the zero-padded 3x3 neighbourhood of every pixel."""
    height, width = x.shape[1:3]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return np.concatenate([padded[:, dy : dy + height, dx : dx + width] for dy in range(3) for dx in range(3)], axis=3)


def forward(parameters, images):
    """Every tensor of the network, by name, for a batch of images."""
    t = {"input": images}

    def convolution(layer):
        kernel = parameters[layer + "_kernel"]
        result = columns(t[NODE_INPUTS[layer][0]]) @ kernel.reshape(len(kernel), -1).T + parameters[layer + "_bias"]
        t[layer] = np.maximum(result, 0) if layer in RELU else result

    def pool(layer):
        x = t[NODE_INPUTS[layer][0]]
        t[layer] = x.reshape(len(x), x.shape[1] // 2, 2, x.shape[2] // 2, 2, -1).max(axis=(2, 4))

    convolution("conv_1")
    convolution("conv_2")
    pool("pool_1")
    convolution("conv_3")
    t["add"] = np.maximum(t["conv_3"] + t["pool_1"], 0)
    convolution("conv_4")
    pool("pool_2")
    t["dense"] = t["pool_2"].reshape(len(images), -1) @ parameters["dense_kernel"].T + parameters["dense_bias"]
    exponent = np.exp(t["dense"] - t["dense"].max(axis=1, keepdims=True))
    t["softmax"] = exponent / exponent.sum(axis=1, keepdims=True)
    return t
