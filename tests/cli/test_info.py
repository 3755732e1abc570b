# SPDX-License-Identifier: BSD-3-Clause
"""`airunner info`."""
import os
import re
import shutil
import unittest

from support import LIBRARY_ENDING, LOADER_PATH, SOURCE_DIR, CommandTest


class Info(CommandTest):
    def test_text(self):
        out, _ = self.run_command("info", "-d", "null:")
        for part in ("Model network", "float32 (1,4,4,2)", "scale 0.5, zero point -3", "backend"):
            self.assertIn(part, out)
        self.assertIn("PER_LAYER_WITH_DATA", self.run_command("info", "-d", "null:", "-v")[0])

    def test_several_models(self):
        self.assertEqual(self.run_json("info", "-d", "null:?models=2", "--name", "network_2")["name"], "network_2")
        self.assertEqual(self.run_json("info", "-d", "null:", "--option", "models=3", "--name", "network_3")["name"],
                         "network_3")
        _, err = self.run_command("info", "-d", "null:?models=2", "--name", "nobody", exit_code=3)
        self.assertIn("network_2", err)

    def test_connecting_fails(self):
        for descriptor, part in (("nope:x", "nope"), ("/no/such/file", "/no/such/file"), ("null:?bogus=1", "bogus"),
                                 ("null:?connect_fail=1", ""), ("", "")):
            out, err = self.run_command("info", "-d", descriptor, "--json", exit_code=3)
            self.assertEqual(out, "")
            self.assertRegex(err, r"^airunner: \[[a-z ]+, E\d{3}\] ")
            self.assertIn(part, err)
        _, err = self.run_command("info", "-d", "nope:x", exit_code=3)
        self.assertRegex(err, r"\n  .*libairunner-null")  # causes are indented lines
        # What has a scheme is no path, whatever it ends in.
        for descriptor, told in (("nul:", r'no backend serves scheme "nul" \(did you mean null\?\); there are board, file, lib, null'),
                                 ("nope:model.onnx", 'no backend serves scheme "nope"; there are'),
                                 ("labgrid:n6", r'no backend serves scheme "labgrid" \(places of labgrid are known to `airunner validate` alone, docs/farm.md\); there are'),
                                 ("null:?model=2", r"unknown option model \(did you mean models\?\): backend null has models, name"),
                                 ("null:?models=65", "option models=65: expected a number from 1 to 64")):
            self.assertRegex(self.run_command("info", "-d", descriptor, exit_code=3)[1], told)

    def test_a_folder_of_models_is_told_to_be_one(self):
        for name in ("b.tflite", "a.onnx"):
            with open(self.path(name), "wb"):
                pass
        _, err = self.run_command("info", self.folder, exit_code=3)
        self.assertIn("or the library itself; it has model files, such as a.onnx: name one", err)

    def test_where_there_is_no_plugin_that_is_the_reason(self):
        for name in os.listdir(os.environ["AIRUNNER_LIBRARY_DIR"]):  # which looks for plugins beside itself
            if re.match(rf"libairunner[^/]*\{LIBRARY_ENDING}[.0-9]*$", name):
                shutil.copy(os.path.join(os.environ["AIRUNNER_LIBRARY_DIR"], name), self.folder)
        model = os.path.join(SOURCE_DIR, "examples", "models", "digits", "digits_int8.onnx")
        for descriptor in (model, "null:"):
            _, err = self.run_command("info", descriptor, exit_code=3, HOME=self.folder, **{LOADER_PATH: self.folder})
            self.assertIn("no plugin was found: install one into a place that is searched, or set AIRUNNER_PLUGIN_PATH", err)

    def test_models_of_frameworks(self):
        for name, told in (("m.pt", "a model of PyTorch"), ("m.PTH", "a model of PyTorch"), ("m.h5", "a model of Keras"),
                           ("m.keras", "a model of Keras"), ("m.npy", "arrays, not a model: inputs are given")):
            with open(self.path(name), "wb"):
                pass
            _, err = self.run_command("info", self.path(name), exit_code=3)
            self.assertIn(told, err)
            self.assertEqual("export it to .onnx or .tflite" in err, name != "m.npy")

    def test_weights_that_are_not_there(self):
        _, err = self.run_command("info", "-d", "null:", "--weights", self.path("w.bin"), exit_code=4)
        self.assertIn("No such file", err)


if __name__ == "__main__":
    unittest.main()
