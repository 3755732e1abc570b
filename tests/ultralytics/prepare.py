# SPDX-License-Identifier: BSD-3-Clause
"""Makes the networks of the test in a folder: YOLOv8n from the descriptions in the package, as ONNX, and as deployment changes them.

No training: the statistics of the normalisation layers are taken from a picture and the last layers get larger weights, so that the random network
gives boxes of many sizes with scores between 0 and 1.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from ultralytics import YOLO
from ultralytics.data.augment import LetterBox
from ultralytics.utils import ASSETS

import cv2

SIZE = 192
PICTURE = ASSETS / "bus.jpg"


def image():
    """The picture as the predictor prepares it."""
    picture = LetterBox((SIZE, SIZE), auto=False)(image=cv2.imread(str(PICTURE)))
    return torch.from_numpy(np.ascontiguousarray(picture[:, :, ::-1].transpose(2, 0, 1)))[None].float() / 255


def make(description, folder):
    """A network of this description that is not trained but alive, exported: the path of its ONNX file."""
    torch.manual_seed(4)
    model = YOLO(f"{description}.yaml")
    network = model.model.float()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the mean of what it sees
            module.reset_running_stats()
    network.train()
    with torch.no_grad():
        network(image())
    network.eval()
    head = network.model[-1]
    with torch.no_grad():
        for box, score in zip(head.cv2, head.cv3):
            box[-1].weight *= 2
            score[-1].weight *= 3
            score[-1].bias.fill_(-3.0)
    model.ckpt = {}
    exported = Path(model.export(format="onnx", imgsz=SIZE, simplify=False, opset=13))
    return exported.replace(folder / f"{description}.onnx")


def deployed(source, target, input_type, output_type, per_channel=False, unit=False):
    """The network as tools for boards give it: NHWC, stored as integers, boxes in parts of the image, prototypes NHWC and first."""
    model = onnx.load(str(source))
    graph = model.graph
    shape = [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim]
    real_input, nodes = graph.input[0].name, []
    constants = []

    def constant(name, values):
        constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    stored = "image"
    inputs = [helper.make_tensor_value_info(stored, input_type, [shape[0], *shape[2:], shape[1]])]
    if input_type != TensorProto.FLOAT:
        zero = np.uint8(0) if input_type == TensorProto.UINT8 else np.int8(-128)
        nodes.append(helper.make_node("DequantizeLinear", [stored, constant("in_s", np.float32(1 / 255)), constant("in_z", zero)],
                                      ["in_real"]))
        stored = "in_real"
    nodes.append(helper.make_node("Transpose", [stored], [real_input], perm=[0, 3, 1, 2]))

    samples = run(source, image().numpy())
    tail, outputs = [], []
    for index, (output, values) in enumerate(zip(graph.output, samples)):
        name = output.name
        if values.ndim == 3:
            factors = np.ones((1, values.shape[1], 1), np.float32)
            factors[:, :4] = 1 / SIZE
            tail.append(helper.make_node("Mul", [name, constant(f"f{index}", factors)], [f"n{index}"]))
            values = values * factors
        else:
            tail.append(helper.make_node("Transpose", [name], [f"n{index}"], perm=[0, 2, 3, 1]))
            values = values.transpose(0, 2, 3, 1)
        name = f"n{index}"
        if unit and values.ndim == 3:
            values = values[:, :, None]
            constant(f"u{index}", np.array(values.shape, np.int64))
            tail.append(helper.make_node("Reshape", [name, f"u{index}"], [f"r{index}"]))
            name = f"r{index}"
        kind = TensorProto.FLOAT
        if output_type != TensorProto.FLOAT:
            axes = tuple(a for a in range(values.ndim) if a != 1) if per_channel and index == 0 else None
            low, high = np.minimum(values.min(axes), 0), np.maximum(values.max(axes), 0)
            scale = ((high - low) / 255 + 1e-9).astype(np.float32)
            zero = np.clip(np.rint(-128 - low / scale), -128, 127).astype(np.int8)
            tail.append(helper.make_node("QuantizeLinear", [name, constant(f"s{index}", scale), constant(f"z{index}", zero)],
                                         [f"q{index}"], **({"axis": 1} if axes else {})))
            name, kind = f"q{index}", TensorProto.INT8
        outputs.insert(0, helper.make_tensor_value_info(name, kind, values.shape))  # prototypes come first, as from TensorFlow Lite
    changed = helper.make_graph([*nodes, *graph.node, *tail], graph.name, inputs, outputs, [*graph.initializer, *constants])
    made = helper.make_model(changed, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.checker.check_model(made)
    onnx.save(made, str(target))


def run(path, values):
    """What ONNX Runtime itself computes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: values})


def main():
    folder = Path(sys.argv[1])
    for description in ("yolov8n", "yolov8n-seg"):
        source = make(description, folder)
        for name, types, more in (("float", (TensorProto.FLOAT, TensorProto.FLOAT), {}),
                                  ("uint8-float", (TensorProto.UINT8, TensorProto.FLOAT), {"unit": True}),
                                  ("int8-int8", (TensorProto.INT8, TensorProto.INT8), {}),
                                  ("uint8-int8", (TensorProto.UINT8, TensorProto.INT8), {"per_channel": True, "unit": True})):
            deployed(source, folder / f"{description}-{name}.onnx", *types, **more)


if __name__ == "__main__":
    main()
