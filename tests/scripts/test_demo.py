#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/demo in a folder of its own, with a command that only pretends."""

import json
import subprocess
import unittest

from in_copy import InCopy


class Demo(InCopy):
    COMMAND = """#!/bin/bash
arguments=("$@")
for ((i = 0; i < $#; ++i)); do
  case ${arguments[i]} in -o | --html) echo output >"${arguments[i + 1]}" ;; esac
done
case $1 in
run) printf '  accuracy  100%%\\n  time  1 ms\\n' ;;
serve) trap 'kill $!; exit' TERM && echo ready: && { sleep 30 & wait; } ;;
esac
"""

    def setUp(self):
        super().setUp()
        self.provide("build/airunner", self.COMMAND)
        self.provide("bin/ninja", "#!/bin/bash\n")
        (self.folder / "build/build.ninja").touch()
        self.set_up_in(self.folder)

    def set_up_in(self, folder):
        facts = self.folder / "build/meson-info/meson-info.json"
        facts.parent.mkdir(exist_ok=True)
        facts.write_text(json.dumps({"directories": {"source": str(folder), "build": str(folder / "build")}}))

    def run_demo(self):
        return self.run_script("scripts/demo")

    def test_without_runtimes_none_is_exported(self):
        (self.folder / "build/runtimes").mkdir()
        result = self.run_demo()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("Left out: LiteRT and ONNX Runtime", result.stdout)
        self.assertNotIn("export", result.stdout)

    def test_paths_can_be_pasted(self):
        for name in ("onnxruntime", "ai_edge_litert"):
            (self.folder / "build/runtimes" / name).mkdir(parents=True)
        result = self.run_demo()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        line = next(line for line in result.stdout.splitlines() if "export" in line)
        values = subprocess.run(["bash", "-c", line + '; echo "$AIRUNNER_ONNXRUNTIME"; echo "$AIRUNNER_LITERT"'],
                                capture_output=True, text=True, check=True).stdout
        self.assertEqual(values, f"{self.folder}/build/runtimes\n" * 2)

    def test_a_folder_that_was_moved(self):
        self.set_up_in(self.folder.parent / "elsewhere")
        result = self.run_demo()
        self.assertEqual(result.returncode, 1)
        self.assertIn("remove build/", result.stderr)


if __name__ == "__main__":
    unittest.main()
