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
        self.provide("bin/meson", f"#!/bin/bash\necho \"$@\" >>'{self.folder.parent}/calls'\n")
        self.provide("bin/dpkg-query", "#!/bin/bash\nexit 1\n")
        (self.folder / "build/build.ninja").touch()
        self.set_up_in(self.folder)

    def set_up_in(self, folder):
        facts = self.folder / "build/meson-info/meson-info.json"
        facts.parent.mkdir(exist_ok=True)
        facts.write_text(json.dumps({"directories": {"source": str(folder), "build": str(folder / "build")}}))

    def run_demo(self, *words):
        return self.run_script("scripts/demo", *words)

    def calls_of_meson(self):
        return (self.folder.parent / "calls").read_text().splitlines()

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

    def test_words(self):
        for words, expected in ((["x"], (2, "", "demo: unexpected 'x'\nusage: scripts/demo [--with boards|tflm]...\n")), (["--with", "x"], (1, "", "demo: --with wants boards or tflm, not 'x'\n"))):
            result = self.run_demo(*words)
            self.assertEqual((result.returncode, result.stdout, result.stderr), expected)
        result = self.run_demo("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"^Builds airunner[^#]*\n\nusage: scripts/demo [^#]*\n  --with tflm .*\n$")
        self.assertFalse((self.folder.parent / "calls").exists())

    def test_boards_that_are_left_out_are_told_of(self):
        self.assertRegex(self.run_demo().stdout, r"\nLeft out: emulated boards; (they are built on Debian 12 alone|scripts/demo --with boards installs .* qemu-system-arm)\.\n")

    def test_what_has_come_is_looked_for(self):
        for installed, expected in (("gcc 12", "setup --reconfigure build"), ("gcc 12", "configure build"), ("qemu-system-arm 7.2", "setup --reconfigure build")):
            self.provide("bin/dpkg-query", f"#!/bin/bash\necho {installed}\nexit 1\n")
            self.assertEqual(self.run_demo().returncode, 0)
            self.assertEqual(self.calls_of_meson()[-1], expected)
        (self.folder / "build/build.ninja").unlink()
        self.run_demo()
        self.assertRegex(self.calls_of_meson()[-1], "^setup build -Dtests=disabled")

    def test_tflm(self):
        self.provide("build/airunner", self.COMMAND + 'echo "called with $*"\n')
        self.assertNotIn("tflm:", self.run_demo().stdout)
        self.assertIn("called with profile -d tflm:examples/models/digits/digits_int8.tflite", self.run_demo("--with", "tflm").stdout)


if __name__ == "__main__":
    unittest.main()
