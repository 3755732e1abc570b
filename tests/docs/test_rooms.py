#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""No include runs upwards in the house, the system is known in one room, and the picture of docs/architecture.md is that of the sources.

usage: test_rooms.py SOURCE_FOLDER
"""

import re
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(SOURCE / "scripts" / "lib"))
sys.dont_write_bytecode = True

import rooms  # noqa: E402


class TheHouse(unittest.TestCase):
    def test_arrows_run_down(self):
        self.assertEqual(rooms.faults_of(SOURCE), [])

    def test_picture_is_current(self):
        self.assertEqual((SOURCE / "docs" / "architecture.svg").read_text(), rooms.picture(SOURCE),
                         "make it anew: python3 scripts/lib/rooms.py picture > docs/architecture.svg")

    def test_each_room_is_a_folder_and_told_of(self):
        page = (SOURCE / "docs" / "architecture.md").read_text()
        for room in rooms.MAY_KNOW:
            with self.subTest(room=room):
                self.assertEqual(sum((SOURCE / top / room).is_dir() for top in ("", "src", "backends")), 1)
                self.assertTrue(re.search(rf"`(include|src/{room}|backends/{room}|{room})/?`", page), "not in docs/architecture.md")


class Faults(unittest.TestCase):
    """What is wrong is found: in a house of two files."""

    def faults(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in {"src/core/error.h": "", "src/cli/text.h": "", path: text}.items():
                file = Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content)
            return rooms.faults_of(folder)

    def test_upwards(self):
        self.assertEqual(self.faults("src/core/runner.cpp", '#include "core/error.h"\n#include "cli/text.h"\n'),
                         ['src/core/runner.cpp:2: "cli/text.h": core may know common, include, platform (docs/architecture.md)'])

    def test_past_the_public_abi(self):
        self.assertIn('"core/error.h": cli may know', self.faults("src/cli/main.cpp", '#include "core/error.h"\n')[0])
        self.assertIn('"core/error.h": litert may know', self.faults("backends/litert/model.cpp", '  #  include "core/error.h"\n')[0])

    def test_in_brackets_and_in_other_files(self):
        self.assertIn('"core/error.h": cli may know', self.faults("src/cli/main.cpp", "#include <core/error.h>\n")[0])
        self.assertIn('"core/error.h": cli may know', self.faults("src/cli/main.hpp", '#include "core/error.h"\n')[0])

    def test_headers_that_are_not_for_all(self):
        self.assertIn('"airunner_backend.h" is for cli, core', self.faults("src/report/api.cpp", '#include "airunner_backend.h"\n')[0])
        self.assertIn('"airunner_report.h" is for', self.faults("backends/litert/model.cpp", '#include "airunner_report.h"\n')[0])

    def test_names_without_a_path(self):
        self.assertIn('"error.h" is no path', self.faults("src/core/runner.cpp", '#include "error.h"\n')[0])
        self.assertIn('"core/missing.h" is no path', self.faults("src/core/runner.cpp", '#include "core/missing.h"\n')[0])

    def test_headers_of_the_system(self):
        for header in ("unistd.h", "sys/stat.h", "windows.h", "string.h", "dlfcn.h"):
            with self.subTest(header=header):
                line = f"#include <{header}>\n"
                self.assertIn(f"<{header}> is neither", self.faults("src/cli/main.cpp", line)[0])
                self.assertIn(f"backends/litert/model.h:2: <{header}> is neither", self.faults("backends/litert/model.h", "\n" + line)[0])
                self.assertEqual(self.faults("src/platform/files_posix.cpp", line), [])
        self.assertEqual(self.faults("src/cli/main.cpp", "#include <cerrno>\n#include <fmt/format.h>\n#include <asio/io_context.hpp>\n"), [])

    def test_headers_in_the_text_of_a_program(self):
        text = 'const char *text = R"(\n#include <stdio.h>\n)";\n'
        self.assertEqual(self.faults("src/cli/program.cpp", text), [])
        self.assertIn("program.cpp:4: <poll.h>", self.faults("src/cli/program.cpp", text + "#include <poll.h>\n")[0])

    def test_a_new_room(self):
        self.assertIn("the room attic is new", self.faults("src/attic/a.cpp", '#include "core/error.h"\n')[0])

    def test_what_may_be(self):
        self.assertEqual(self.faults("src/api/a.cpp", '#include <vector>\n#include "airunner.h"\n#include "core/error.h"\n'), [])


if __name__ == "__main__":
    unittest.main()
