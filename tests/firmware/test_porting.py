# SPDX-License-Identifier: BSD-3-Clause
"""The code of docs/porting-firmware.md compiles, and its port has all that the kit asks for.

    test_porting.py ROOT COMPILER
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

FLAGS = ["-mcpu=cortex-m4", "-mthumb", "-std=c99", "-Os", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-c"]
INCLUDES = ["firmware/airtarget", "firmware/airtarget/adapters", "backends/stlib/abi", "tests/firmware/vendor"]
BLOCK = re.compile(r"^```c firmware (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Porting(unittest.TestCase):
    def test_code_compiles(self):
        files = dict(BLOCK.findall((ROOT / "docs/porting-firmware.md").read_text(encoding="utf-8")))
        self.assertEqual(sorted(files), ["app.c", "mean.c", "port.c"])
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                source = pathlib.Path(folder, name)
                source.write_text(text, encoding="utf-8")
                done = subprocess.run([COMPILER, *FLAGS, *(f"-I{ROOT / include}" for include in INCLUDES), source, "-o", source.with_suffix(".o")],
                                      capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
            symbols = subprocess.run([COMPILER.replace("gcc", "nm"), "--defined-only", pathlib.Path(folder, "port.o")], capture_output=True,
                                     text=True, check=True).stdout
        asked_for = re.findall(r"\b(at_port_\w+)\(", re.sub(r"/\*.*?\*/", "", (ROOT / "firmware/airtarget/airtarget.h").read_text(encoding="utf-8"),
                                                           flags=re.DOTALL))
        self.assertEqual(len(asked_for), 5)
        for name in asked_for:
            self.assertIn(f" T {name}\n", symbols)


if __name__ == "__main__":
    ROOT, COMPILER = pathlib.Path(sys.argv[1]), sys.argv[2]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
