#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The files of `airunner compare`: captures travel, those that lie are refused, and what is written is told."""

import json
import os
import resource
import struct
import subprocess
import unittest
import zipfile

from comparing import COMMAND, IMAGES, LIMIT_S, RELEASE_0_1, CompareTest, digits, environment, read_npy


class Captures(CompareTest):
    def test_any_side_may_be_a_capture(self):
        a, b = digits("st-ai-float32"), digits("legacy-int8")
        files = self.path("a.npz"), self.path("b.npz")
        direct = self.compare(a, b, "-i", IMAGES, "-b", "5", "--save", files[0], "--save", files[1])
        for sides in ((files[0], b), (a, files[1]), files):
            with self.subTest(sides=sides):
                found = self.compare(*sides)
                self.assertEqual(found["outputs"], direct["outputs"] if sides != (a, files[1]) else found["outputs"])
                self.assertEqual(found["n_samples"], 5)
                self.assertEqual(found["first_diverging"], None)
        found = self.compare(*files)
        for side, path in (("reference", files[0]), ("other", files[1])):
            self.assertEqual(found[side]["file"], path)
            self.assertEqual(found[side]["info"], direct[side]["info"])
            self.assertEqual(found[side]["descriptor"], direct[side]["descriptor"])

    def test_random_inputs_made_apart_compare(self):
        a, b, c = (self.path(name) for name in ("a.npz", "b.npz", "c.npz"))
        for arguments in (("--seed", "7", "--range", "0,1"), ("--seed", "9", "--range=-0.5,2", "-b", "3"), ("--seed", "3"), ()):
            for variant, path in (("st-ai-float32", a), ("legacy-int8", b), ("st-ai-int8", c)):
                self.run_command("compare", digits(variant), "--save", path, *arguments)
            for sides in ((a, b), (b, a), (c, a), (b, c)):
                with self.subTest(arguments=arguments, sides=sides):
                    found = self.compare(*sides, exit_code=None)
                    self.assertIsNone(found["first_diverging"])
                    if "0,1" in arguments:
                        self.assertTrue(found["passed"])
        self.run_command("compare", digits("st-ai-float32"), "--save", a, "--seed", "8")
        _, err = self.run_command("compare", a, b, exit_code=4)
        self.assertIn("recorded with different inputs", err)

    def test_a_range_is_one_of_real_values(self):
        saved = self.path("a.npz")
        found = self.compare(digits("st-ai-float32"), digits("st-ai-int8"), "--range", "0.25,0.5", "--save", saved)
        self.assertTrue(found["passed"])
        with zipfile.ZipFile(saved) as archive:
            data = read_npy(archive.read("input_0.npy"))[2]
        values = struct.unpack(f"<{len(data) // 4}f", data)
        self.assertTrue(all(0.248 <= value <= 0.502 for value in values))
        self.assertGreater(len(set(values)), 32)

    def test_a_capture_of_any_name(self):
        path = self.path("a.dat")
        os.rename(self.save("null:"), path)
        self.assertTrue(self.compare(path, "null:")["passed"])

    @unittest.skipIf(os.environ.get("AIRUNNER_SANITIZED") == "1", "sanitizers need memory of their own")
    def test_what_a_capture_does_not_need_stays_packed(self):
        path = self.save("null:")
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("node_99_0.npy", "w", force_zip64=True) as member:
                for _ in range(1024):
                    member.write(bytes(1 << 20))
        done = subprocess.run([COMMAND, "compare", path, "null:"], env=environment(), capture_output=True, timeout=LIMIT_S,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20)))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_numpy_can_read_it(self):
        saved = self.save("null:", "-b", "4")
        with zipfile.ZipFile(saved) as archive:
            descr, shape, data = read_npy(archive.read("input_0.npy"))
            self.assertEqual((descr, shape, len(data)), ("<f4", (4, 4, 4, 2), 512))
            document = json.loads(read_npy(archive.read("capture.npy"))[2])
            self.assertEqual(read_npy(archive.read("values.time.device.npy"))[:2], ("<f8", (4,)))
            self.assertEqual(read_npy(archive.read("node_values.time.device.npy"))[:2], ("<f8", (4, 4)))
            self.assertEqual({name + ".npy" for name in document["arrays"]} | {"capture.npy"}, set(archive.namelist()))
        self.assertEqual(document["schema"], "airunner.capture/1")
        self.assertEqual(document["n_samples"], 4)

    def test_a_capture_of_release_0_1(self):
        for sides in ((RELEASE_0_1, "null:"), ("null:", RELEASE_0_1), (RELEASE_0_1, RELEASE_0_1)):
            with self.subTest(sides=sides):
                found = self.compare(*sides)
                self.assertTrue(found["passed"])
                self.assertEqual(found["n_samples"], 2)
                self.assertEqual([node["verdict"] for node in found["nodes"]], ["equal"] * 4)
        self.assertEqual(found["reference"]["begin"], "2026-11-26T02:57:43Z")
        self.assertEqual(found["reference"]["host"], "Linux x86_64, 2 CPUs")
        self.assertEqual(found["reference"]["info"]["runtime"]["version"], [0, 1, 0])
        self.assertEqual(found["reference"]["info"]["inputs"][0]["shape"], [1, 4, 4, 2])

    def test_outputs_only(self):
        found = self.compare("null:", "null:", "--outputs-only")
        self.assertEqual(found["nodes"], [])
        self.assertTrue(found["passed"])
        out, _ = self.run_command("compare", "null:", "null:", "--outputs-only")
        self.assertIn("not compared: the reference has no data of nodes", out)

    def test_inputs_that_were_drawn_are_told(self):
        for arguments, told in (((), "inputs are random, from -1 to 1 where they are real"), (("--range", "0,2"), "inputs are random, from 0 to 2\n")):
            self.assertIn(told, self.run_command("compare", "null:", "--save", self.path("r.npz"), *arguments)[0])
        self.assertNotIn("random", self.run_command("compare", digits("st-ai-int8"), "--save", self.path("r.npz"), "-i", IMAGES)[0])

    def test_it_is_told_which_file_has_which_side(self):
        files = self.path("a.npz"), self.path("b.npz")
        saves = "--save", files[0], "--save", files[1]
        out, _ = self.run_command("compare", "null:", "null:", "-b", "3", *saves)
        self.assertEqual(out.splitlines()[-2:], [files[0] + ": the reference, 3 samples, 4 nodes with data",
                                                 files[1] + ": the other side, 3 samples, 4 nodes with data"])
        self.run_json("compare", "null:", "null:", *saves)

    def test_a_capture_that_cannot_be_saved_leaves_the_report(self):
        done = subprocess.run([COMMAND, "compare", "null:", "null:", "--save", self.path("x" * 300 + ".npz")],
                              env=environment(), capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"File name too long", done.stderr)
        self.assertTrue(done.stdout.startswith(b"PASS"), done.stdout)
        _, err = self.run_command("compare", digits("st-ai-float32"), digits("st-ai-int8"), "--max", "rmse=1e-9", "--save",
                                  self.path("x" * 300 + ".npz"), exit_code=1)
        self.assertIn("besides, the outputs differ by more than the limits allow", err)

    def test_files_are_refused_before_anything_is_connected(self):
        saved = self.save("null:")
        for option, name in (("--save", "no/x.npz"), ("--output-report", "no/x.txt"), ("--html", "no/x")):
            _, err = self.run_command("compare", "nope:", "null:", option, self.path(name), exit_code=1)
            self.assertIn(f"{option} {self.path(name)}: there is no folder {self.path('no')}", err)
        same = "--save", self.path("x.npz"), "--save", os.path.join(self.folder, ".", "x.npz")
        self.assertIn("written twice", self.run_command("compare", "nope:", "null:", *same, exit_code=2)[1])
        _, err = self.run_command("compare", "nope:", saved, "--save", saved, exit_code=2)
        self.assertIn(saved + " is also an input", err)

    def test_reports_are_written_to_files(self):
        text, document, page = self.path("r.txt"), self.path("r.json"), self.path("r.html")
        out, _ = self.run_command("compare", "null:", "null:", "--output-report", text, "--output-report", document, "--html", page)
        with open(text, encoding="utf-8") as file:
            self.assertEqual(file.read().splitlines()[0], out.splitlines()[0])
        with open(document, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["schema"], "airunner.comparison/1")
        with open(page, encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("<!DOCTYPE html>"))

    def test_files_that_are_no_captures(self):
        path = self.path("x.npz")
        self.refused("No such file", path, "null:", "--seed", "1", exit_code=4)
        self.refused("No such file", "nope:", path, exit_code=4)  # before anything is connected
        with open(path, "wb") as file:
            file.write(b"not a zip archive" * 10)
        self.refused("x.npz: not an .npz file, or it is cut off or damaged", path, "null:", exit_code=4)
        with open(self.save("null:"), "rb") as whole, open(path, "wb") as file:
            file.write(whole.read()[:500])
        self.refused("x.npz: not an .npz file, or it is cut off or damaged", path, "null:", exit_code=4)
        header = repr({"descr": "<f4", "fortran_order": False, "shape": (1,)}).encode() + b"\n"
        array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(4)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("weights.npy", array)
        # Arrays of another program, which is what this may be: see test_golden.py of the Python package.
        self.refused("it cannot be told which array is which tensor: it holds weights float32 (1,), and the model has inputs input_1 ",
                     path, "null:", exit_code=4)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("values.time.device.npy", array)
        self.refused('not a capture: expected the array "capture" of airunner compare --save, found: weights, values.time.device', path,
                     "null:", exit_code=4)


class ChangedCaptures(CompareTest):
    def rewritten(self, saved, change):
        """The capture with another description, or without some array."""
        path = self.path("changed.npz")
        with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
            arrays = {name: old.read(name) for name in old.namelist()}
            document = json.loads(read_npy(arrays["capture.npy"])[2])
            change(arrays, document)
            text = json.dumps(document).encode()
            header = repr({"descr": "|u1", "fortran_order": False, "shape": (len(text),)}).encode() + b"\n"
            arrays["capture.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + text
            for name, data in arrays.items():
                new.writestr(name, data)
        return path

    def test_descriptions_that_lie(self):
        saved = self.save("null:", "-b", "3")

        def changed(what):
            return lambda arrays, document: what(document)

        def tensor(document):
            return document["info"]["inputs"][0]

        cases = {
            "array input_0 of tensor": lambda arrays, _: arrays.pop("input_0.npy"),
            "expected 9007199254740991 samples": changed(lambda d: d.update(n_samples=2**53 - 1)),
            "does not fit 64 bits": changed(lambda d: d.update(n_samples=2**53 - 1) or tensor(d).update(
                shape=[1, 2**40], storage_shape=[1, 2**40], n_elements=2**40, size_bytes=2**42)),
            "shape and storage_shape differ": changed(
                lambda d: tensor(d).update(shape=[1] * len(tensor(d)["shape"]))),
            "n_samples: expected at least 1, got a number": changed(lambda d: d.update(n_samples=0)),
            "n_samples: expected an integer in range": changed(lambda d: d.update(n_samples=1.5)),
            "does not say airunner.capture/1": changed(lambda d: d.update(schema="airunner.capture/2")),
            "damaged description of a capture.nodes: is missing": changed(lambda d: d.pop("nodes")),
            ".info.inputs: expected a list, got an object": changed(lambda d: d["info"].update(inputs={})),
            ".info.inputs[0].type: expected one of those known": changed(lambda d: tensor(d).update(type="int5")),
            "n_elements is not the product": changed(lambda d: tensor(d).update(n_elements=7)),
            "a negative dimension": changed(lambda d: tensor(d).update(shape=[1, -32], storage_shape=[1, -32])),
            "zero_points: expected as many as scales": changed(lambda d: tensor(d).update(zero_points=[1, 2])),
            "scales: expected numbers that float32 has": changed(lambda d: tensor(d).update(scales=[1e300], zero_points=[0])),
            ".info.runtime.version: expected a list of three numbers": changed(lambda d: d["info"]["runtime"].update(version=[1])),
        }
        of_release_0_1 = {
            ".nodes[0].io_tensors: expected a list with a tensor": changed(lambda d: d["nodes"][0].update(io_tensors=[])),
            "begin: expected a time such as": changed(lambda d: d.update(begin="yesterday")),
        }
        of_today = {
            "there is nothing that the array node_0_0 belongs to": changed(lambda d: d["nodes"][0].update(io_tensors=[])),
            "there is nothing that the array values.speed belongs to": changed(lambda d: d["arrays"].append("values.speed")),
            "the array values.time.device of measurements is missing": lambda arrays, _: arrays.pop("values.time.device.npy"),
            "array values.time.device has 24 bytes of float64, expected 7 values of float64": changed(
                lambda d: d["profile"].update(n_runs=7)),
            ".profile: is missing": changed(lambda d: d.pop("profile")),
            ".columns[0].kind: expected an integer in range": changed(lambda d: d["columns"][0].update(kind=-1)),
            ".profile.host_ms: expected a number, got a text": changed(lambda d: d["profile"].update(host_ms="0")),
            ".profile.n_runs: expected an integer in range, got 18446744073709551616": changed(lambda d: d["profile"].update(n_runs=2**64)),
            "quantization.block: is missing": changed(lambda d: tensor(d).update(quantization={"known": 0, "axis": 0, "block": None})),
            "node 1 covers node 7, which is not there": changed(lambda d: d["nodes"][1].update(covers=[7])),
            ".columns[0].kind: expected one of those known": changed(lambda d: d["columns"][0].update(kind="heat")),
            ".properties.runtime: expected a text, got a number": changed(lambda d: d["properties"].update(runtime=1)),
            ".properties: expected an object, got a text": changed(lambda d: d.update(properties="null")),
            "n_not_finite is 1, the model has 2 inputs": changed(lambda d: d["profile"].update(not_finite=[{"n_nan": 1, "n_inf": 0}])),
        }
        for base, more in ((saved, of_today), (RELEASE_0_1, of_release_0_1)):
            for told, change in {**cases, **more}.items():
                with self.subTest(base=base, told=told):
                    self.refused(told, self.rewritten(base, change), "null:", exit_code=4)
            # Nothing but the change is what is refused.
            self.compare(self.rewritten(base, lambda arrays, document: None), "null:")

    def test_nodes_that_are_not_in_order(self):
        for place, index in ((1, 0), (3, 2**20), (2, -1)):
            changed = self.rewritten(self.save("null:"), lambda arrays, document: document["nodes"][place].update(index=index))
            self.refused("].index: expected", changed, "null:", exit_code=4)
        # Nothing is left out today; what release 0.1 left out is not more than its file could tell of.
        for base, indices in ((self.save("null:"), (4, 8, 2**20 - 1)), (RELEASE_0_1, (2, 2**14, 2**20 - 1, 2**32 - 1))):
            for index in indices:
                with self.subTest(base=base, index=index):
                    changed = self.rewritten(base, lambda arrays, document: document["nodes"][3].update(index=index))
                    self.refused("].index: expected", changed, "null:", exit_code=4)
        # Release 0.1 left nodes without data out: the others keep their indices.
        gap = self.rewritten(RELEASE_0_1, lambda arrays, document: document["nodes"][3].update(index=8))
        self.assertEqual([node["reference"]["index"] for node in self.compare(gap, "null:")["nodes"]], [0, 1, 2, 8])

    def test_notes_that_are_not_one_for_each_run(self):
        def noted(text):
            def change(arrays, document):
                header = repr({"descr": "|u1", "fortran_order": False, "shape": (len(text),)}).encode() + b"\n"
                arrays["notes.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + text
                document["arrays"].append("notes")
            return self.rewritten(self.save("null:", "-b", "3"), change)

        self.compare(noted(b"one\0two\0\0"), "null:")
        for text in (b"one\0two\0", b"one\0two\0\0three", b"", b"one\0\0\0\0"):
            self.refused("expected 3 that end with a zero byte", noted(text), "null:", exit_code=4)

    def test_an_output_as_large_as_an_input_tells_no_classes(self):
        def short(arrays, document):  # the second input has 4 values, as the second output
            document["info"]["inputs"][1].update(shape=[1, 4], storage_shape=[1, 4], n_elements=4, size_bytes=4)
            header = repr({"descr": "|i1", "fortran_order": False, "shape": (3, 4)}).encode() + b"\n"
            arrays["input_1.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(12)

        whole = self.save("null:", "-b", "3")
        self.assertEqual(self.compare(whole, whole)["outputs"][1]["metrics"]["acc"], 1)
        saved = self.rewritten(whole, short)
        self.assertIsNone(self.compare(saved, saved)["outputs"][1]["metrics"]["acc"])
        self.refused("acc needs outputs that are one vector, and of another size than the inputs", saved, saved, "--min", "acc=0.99", exit_code=4)

    def test_limits_that_apply_to_no_output(self):
        def flat(arrays, document):  # no output is one vector any more
            document["info"]["outputs"][1].update(shape=[1, 2, 2], storage_shape=[1, 2, 2])
            header = repr({"descr": "<f4", "fortran_order": False, "shape": (3, 2, 2)}).encode() + b"\n"
            data = read_npy(arrays["output_1.npy"])[2]
            arrays["output_1.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data

        saved = self.rewritten(self.save("null:", "-b", "3"), flat)
        junit = self.path("limits.xml")
        self.refused("limit acc >= 0.99 applies to no output: acc needs outputs that are one vector", saved, "null:",
                     "--min", "acc=0.99", "--max", "rmse=1", "--junit", junit, exit_code=4)
        self.assertFalse(os.path.exists(junit))  # which would say that all is well
        self.compare(saved, "null:", "--min", "cos=0.99")
        self.compare("null:", "null:", "--min", "acc=0.99")  # applies to one of two


if __name__ == "__main__":
    unittest.main()
