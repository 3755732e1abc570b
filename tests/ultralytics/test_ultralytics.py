# SPDX-License-Identifier: BSD-3-Clause
"""Networks served by airunner inside Ultralytics, against Ultralytics' own runtime for the same exported network."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
import yaml

import airunner
import airunner.integrations.ultralytics  # noqa: F401: it registers itself
import manual_patch
from prepare import PICTURE, SIZE, image
from ultralytics import YOLO
from ultralytics.nn.autobackend import AutoBackend
from ultralytics.utils import ASSETS

NETWORKS = Path(os.environ["ULTRALYTICS_NETWORKS"])
PATCHED = Path(os.environ["ULTRALYTICS_PATCHED"])
COMMAND = Path(os.environ["AIRUNNER_BUILD_DIR"]) / "airunner"
LIMIT_S = 300  # of one program; none comes near
CONF, PIXEL, SCORE = 0.3, 1.0, 1e-3


def served(name):
    return f"onnx:{NETWORKS / name}.onnx"


def predict(weights, **arguments):
    return YOLO(weights, **arguments).predict(PICTURE, imgsz=SIZE, conf=CONF, verbose=False)[0]


class Server:
    """`airunner serve` for one network: the descriptor of a target."""

    def __init__(self, test, name):
        process = subprocess.Popen([COMMAND, "serve", served(name), "--listen", "tcp:127.0.0.1:0"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)

        def stop():
            process.terminate()
            process.wait(LIMIT_S)
            process.stdout.close()

        test.addCleanup(stop)
        line = process.stdout.readline()
        test.assertTrue(line.startswith("ready: "), line)
        self.descriptor = line[len("ready: "):].strip()


class TestCase(unittest.TestCase):
    def assert_same(self, one, other):
        """Boxes within a pixel of the picture, scores within 1e-3, same classes; and there is something to compare."""
        self.assertGreater(len(other.boxes), 5)
        self.assertEqual(len(one.boxes), len(other.boxes))
        self.assertLess(float((one.boxes.xyxy - other.boxes.xyxy).abs().max()), PIXEL)
        self.assertLess(float((one.boxes.conf - other.boxes.conf).abs().max()), SCORE)
        self.assertEqual(one.boxes.cls.tolist(), other.boxes.cls.tolist())
        self.assertGreater(float(other.boxes.conf.max() - other.boxes.conf.min()), 0.05)


class Predict(TestCase):
    def test_detection(self):
        reference = predict(str(NETWORKS / "yolov8n.onnx"))
        for name in ("yolov8n", "yolov8n-float", "yolov8n-uint8-float"):
            for prefix in ("stedgeai:", "airunner:"):
                with self.subTest(name=name, prefix=prefix):
                    self.assert_same(predict(prefix + served(name)), reference)

    def test_segmentation(self):
        reference = predict(str(NETWORKS / "yolov8n-seg.onnx"), task="segment")
        for name in ("yolov8n-seg", "yolov8n-seg-float", "yolov8n-seg-uint8-float"):
            with self.subTest(name=name):
                result = predict("stedgeai:" + served(name))
                self.assert_same(result, reference)
                self.assertEqual(result.masks.data.shape, reference.masks.data.shape)
                self.assertLess(float((result.masks.data != reference.masks.data).float().mean()), 1e-3)

    def test_target(self):
        """Through the protocol of the boards."""
        reference = predict(str(NETWORKS / "yolov8n.onnx"))
        self.assert_same(predict("stedgeai:" + Server(self, "yolov8n-uint8-float").descriptor), reference)

    def test_integers_are_within_their_steps(self):
        """Raw outputs before any selection: 8 bits move a value by half a step."""
        for description in ("yolov8n", "yolov8n-seg"):
            task = "segment" if description.endswith("seg") else "detect"
            expected = AutoBackend(str(NETWORKS / f"{description}.onnx"))(image())
            expected = expected if task == "segment" else [expected]
            for name in (f"{description}-int8-int8", f"{description}-uint8-int8"):
                with self.subTest(name=name):
                    with airunner.connect(served(name)) as runner:
                        infos = sorted(runner.model.outputs, key=lambda info: len([s for s in info.shape if s != 1]))
                    if name.endswith("uint8-int8"):
                        self.assertGreater(len(infos[0].scales), 1)
                    actual = AutoBackend("stedgeai:" + served(name))(image())
                    actual = actual if task == "segment" else [actual]
                    self.assertEqual(len(actual), len(expected))
                    for one, other, info in zip(actual, expected, infos):
                        self.assertEqual(one.shape, other.shape)
                        step = torch.tensor(info.scales).reshape(1, -1, *[1] * (other.ndim - 2)).repeat(
                            1, other.shape[1] // len(info.scales), *[1] * (other.ndim - 2)).double()
                        if other.ndim == 3:
                            step[:, :4] *= SIZE
                        self.assertLess(float(((one - other).double().abs() / step).max()), 0.6)
                        self.assertGreater(float(other.std()), float(step.min()))


class Validate(TestCase):
    """On the two bundled pictures, whose labels are what the reference itself sees in them, so that scores are not 0."""

    def label(self, picture, reference, task):
        """Lines of a label file: boxes, or outlines of masks; a speck has none."""
        result = YOLO(reference, task=task).predict(picture, imgsz=SIZE, conf=0.9, max_det=20, verbose=False)[0]
        shapes = result.boxes.xywhn if task == "detect" else result.masks.xyn
        lines = [f"{int(c)} " + " ".join(map(str, shape.reshape(-1).tolist()))
                 for c, shape in zip(result.boxes.cls, shapes) if len(shape) > 2]
        self.assertGreater(len(lines), 0)
        return lines

    def data_set(self, folder, reference, task):
        for kind in ("images", "labels"):
            (folder / kind).mkdir()
        for picture in sorted(ASSETS.glob("*.jpg")):
            shutil.copy(picture, folder / "images")
            (folder / "labels" / f"{picture.stem}.txt").write_text("\n".join(self.label(picture, reference, task)))
        names = YOLO(reference, task=task).predict(PICTURE, imgsz=SIZE, verbose=False)[0].names
        data = folder / "data.yaml"
        data.write_text(yaml.safe_dump({"path": str(folder), "train": "images", "val": "images", "names": names}))
        return data

    def check(self, description, task, tolerances):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            reference = str(NETWORKS / f"{description}.onnx")
            arguments = {"data": str(self.data_set(folder, reference, task)), "imgsz": SIZE, "batch": 1, "device": "cpu",
                         "plots": False, "verbose": False, "overlap_mask": False, "project": str(folder / "runs"), "workers": 0}
            expected = YOLO(reference, task=task).val(**arguments)
            self.assertGreater(min(value for key, value in expected.results_dict.items() if "mAP50(" in key), 0.1)
            for deployed, tolerance in tolerances.items():
                with self.subTest(deployed=deployed):
                    model = YOLO("stedgeai:" + served(deployed))
                    model.predict(PICTURE, imgsz=SIZE, verbose=False)  # one connection serves both
                    actual = model.val(**arguments)
                    self.assertEqual(actual.results_dict.keys(), expected.results_dict.keys())
                    self.assertEqual(any("(M)" in key for key in actual.results_dict), task == "segment")
                    for key, value in expected.results_dict.items():
                        if "mAP" in key:
                            self.assertLessEqual(abs(actual.results_dict[key] - value), tolerance, key)

    # Pictures that went through bytes differ in the last bit, by which one of thousands of boxes may change its fate. The edges of boxes in 8 bits
    # are moved by about half a pixel, which counts for small boxes.
    def test_detection(self):
        self.check("yolov8n", "detect", {"yolov8n": 1e-6, "yolov8n-uint8-float": 0.01, "yolov8n-int8-int8": 0.08})

    def test_segmentation(self):
        self.check("yolov8n-seg", "segment", {"yolov8n-seg": 1e-6, "yolov8n-seg-uint8-float": 0.01})


class WrongUse(TestCase):
    def test_errors_tell_what_to_do(self):
        with self.assertRaises(airunner.Error):
            YOLO("stedgeai:file:/no/where")
        with self.assertRaisesRegex(airunner.Error, "detect"):
            YOLO("stedgeai:" + served("yolov8n"), task="segment")
        with self.assertRaisesRegex(airunner.Error, rf"imgsz=\[{SIZE}, {SIZE}\]"):
            AutoBackend("stedgeai:" + served("yolov8n"))(torch.zeros(1, 3, 64, 64))
        with self.assertRaisesRegex(airunner.Error, "null"):
            YOLO("airunner:null:")

    def test_other_models_are_untouched(self):
        self.assertNotIn("airunner", type(AutoBackend(str(NETWORKS / "yolov8n.onnx"))).__module__)

    def test_second_import_changes_nothing(self):
        import importlib

        before = AutoBackend.__init__
        importlib.reload(airunner.integrations.ultralytics)
        self.assertIs(AutoBackend.__init__, before)


class Patch(TestCase):
    """The document's patch by hand, in a copy of the release it is for, with our stm_ai_runner."""

    PROGRAM = """
import sys, ultralytics.utils.downloads as downloads
downloads.get_github_assets = lambda *_, **__: ("", [])  # what it answers for a name that is no release asset
from ultralytics import YOLO
for weights, imgsz in zip(sys.argv[2:], (int(sys.argv[1]),) * 2):
    boxes = YOLO(weights, task="detect").predict(sys.argv[-1], imgsz=(imgsz, imgsz), conf=%s, rect=False, verbose=False)[0].boxes
    print("boxes", boxes.data.tolist())
""" % CONF

    def test_manual_patch(self):
        with tempfile.TemporaryDirectory() as name:
            copy = Path(name) / "packages"
            shutil.copytree(PATCHED, copy)
            manual_patch.apply(copy / "ultralytics")
            target = Server(self, "yolov8n-float").descriptor
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(copy), os.environ["PYTHONPATH"]]),
                           "YOLO_CONFIG_DIR": name, "STM_AI_RUNNER_LOG": "off"}
            done = subprocess.run([sys.executable, "-c", self.PROGRAM, str(SIZE), str(NETWORKS / "yolov8n.onnx"),
                                   f"stedgeai:{target}", str(PICTURE)],
                                  env=environment, cwd=name, capture_output=True, text=True, timeout=LIMIT_S)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            reference, patched = (np.array(eval(line[6:])) for line in done.stdout.splitlines() if line.startswith("boxes "))
            self.assertIn("Loading stedgeai:", done.stdout + done.stderr)
            self.assertGreater(len(reference), 5)
            self.assertEqual(reference.shape, patched.shape)
            self.assertLess(np.abs(reference[:, :4] - patched[:, :4]).max(), PIXEL)
            self.assertLess(np.abs(reference[:, 4] - patched[:, 4]).max(), SCORE)


class DataSets(unittest.TestCase):
    """PyTorch's own, since it is here."""

    def test_validate(self):
        folder = Path(os.environ["AIRUNNER_SOURCE_DIR"]) / "examples" / "models" / "digits"
        network = f"file:{COMMAND.parent / 'examples' / 'models' / 'digits' / 'st-ai-int8'}"
        images, labels = (np.load(folder / f"test_{what}.npy") for what in ("images", "labels"))
        whole = torch.utils.data.TensorDataset(torch.from_numpy(images), torch.from_numpy(labels))
        part = torch.utils.data.Subset(whole, range(0, 360, 3))
        for data, kept in ((whole, slice(None)), (part, slice(None, None, 3))):
            expected = airunner.validate(network, images[kept], "classification", targets=labels[kept])
            for shuffle in (None, 1):
                found = airunner.validate(network, data, "classification", shuffle=shuffle)
                self.assertTrue(found.complete)
                self.assertEqual(found.metrics, expected.metrics)
        with self.assertRaisesRegex(airunner.InvalidInputError, "a loader, which gives lists of batches, is no data set"):
            airunner.validate(network, torch.utils.data.DataLoader(whole, batch_size=4), "classification")


if __name__ == "__main__":
    result = unittest.main(verbosity=2, exit=False).result
    n_failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.testsRun - n_failed - len(result.skipped)} passed, {n_failed} failed, {len(result.skipped)} skipped", flush=True)
    sys.exit(not result.wasSuccessful())
