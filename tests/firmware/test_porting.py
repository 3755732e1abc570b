# SPDX-License-Identifier: BSD-3-Clause
"""The code of docs/porting-firmware.md compiles, and its port has all that the kit asks for.

    test_porting.py ROOT COMPILER [C++ COMPILER WITH OPTIONS...], the latter where TensorFlow Lite Micro is there
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv[1])
COMPILER, *CXX = sys.argv[2:]
FLAGS = ["-mcpu=cortex-m4", "-mthumb", "-std=c99", "-Os", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
INCLUDES = ["firmware/airtarget", "firmware/airtarget/adapters", "backends/stlib/abi", "tests/firmware/vendor"]
BLOCK = re.compile(r"^```c(?:pp)? firmware (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Porting(unittest.TestCase):
    def setUp(self):
        self.files = dict(BLOCK.findall((ROOT / "docs/porting-firmware.md").read_text(encoding="utf-8")))
        self.assertEqual(sorted(self.files), ["app.c", "mean.c", "port.c", "tflm_app.cpp"])

    def compile(self, folder, name, *command):
        source = pathlib.Path(folder, name)
        source.write_text(self.files[name], encoding="utf-8")
        done = subprocess.run([*command, "-c", source, "-o", source.with_suffix(".o")], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    @unittest.skipUnless(CXX, "the sources of TensorFlow Lite Micro are not in build-firmware/tflm: scripts/test fetches them")
    def test_code_for_tensorflow_lite_micro_compiles(self):
        with tempfile.TemporaryDirectory() as folder:
            self.compile(folder, "tflm_app.cpp", *CXX)

    def test_code_compiles(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("app.c", "mean.c", "port.c"):
                self.compile(folder, name, COMPILER, *FLAGS, *(f"-I{ROOT / include}" for include in INCLUDES))
            symbols = subprocess.run([COMPILER.replace("gcc", "nm"), "--defined-only", pathlib.Path(folder, "port.o")], capture_output=True,
                                     text=True, check=True).stdout
        asked_for = re.findall(r"\b(at_port_\w+)\(", re.sub(r"/\*.*?\*/", "", (ROOT / "firmware/airtarget/airtarget.h").read_text(encoding="utf-8"),
                                                           flags=re.DOTALL))
        self.assertEqual(len(asked_for), 5)
        for name in asked_for:
            self.assertIn(f" T {name}\n", symbols)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
