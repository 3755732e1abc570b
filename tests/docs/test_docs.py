#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks the documents against what was built: code and commands, options, the table of errors.

usage: test_docs.py SOURCE_FOLDER BUILD_FOLDER
"""

import ctypes
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from pages import FOLDERS, SOURCE, blocks, header_text, pages

BUILD = Path(sys.argv[2]).resolve()
TIMEOUT = 120


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, **options)


class Code(unittest.TestCase):
    def test_programs_in_pages_compile_and_run(self):
        programs = [(page, text) for page in pages() for words, text in blocks(page, "c") if "int main(" in text and "firmware" not in words]
        self.assertTrue(programs, "the README should show a program")
        libraries = [next((BUILD / "src").glob(f"{name}.so.?")) for name in ("libairunner", "libairunner-report", "libairunner-st")]
        for page, text in programs:
            with self.subTest(page=page.name), tempfile.TemporaryDirectory() as folder:
                source, program = Path(folder, "program.c"), Path(folder, "program")
                source.write_text(text)
                compiled = run(["cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{SOURCE}/include", source, "-o",
                                program, *libraries, f"-Wl,-rpath,{BUILD / 'src'}"])
                self.assertEqual(compiled.returncode, 0, compiled.stderr)
                self.run_in_tree([program], folder)

    def test_commands_in_pages_run(self):
        """All ```sh blocks except those marked `norun`, in a folder that looks like a built source tree."""
        for page in pages():
            commands = [text for words, text in blocks(page, "sh") if "norun" not in words]
            if not commands:
                continue
            with self.subTest(page=page.relative_to(SOURCE)), tempfile.TemporaryDirectory() as folder:
                self.run_in_tree(["bash", "-euxo", "pipefail", "-c", "\n".join(commands)], folder)

    def run_in_tree(self, command, folder):
        for name in FOLDERS:
            if (SOURCE / name).exists():
                Path(folder, name).symlink_to(SOURCE / name)
        Path(folder, "build").symlink_to(BUILD)
        path = f"{BUILD}:{BUILD}/tests/conformance:{os.environ['PATH']}"
        result = run(command, cwd=folder, env={**os.environ, "PATH": path})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class Options(unittest.TestCase):
    OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")

    @classmethod
    def setUpClass(cls):
        commands = [[], ["list"], ["doctor"], ["manifest"], ["info"], ["run"], ["profile"], ["compare"], ["report"], ["serve"], ["help"]]
        helps = [run([BUILD / "airunner", *command, "--help"]) for command in commands]
        assert all(h.returncode == 0 for h in helps)
        cls.known = {option for h in helps for option in cls.OPTION.findall(h.stdout)}
        cls.known |= set(re.findall(r'add_argument\("(--[a-z-]+)"', (SOURCE / "bindings/python/airunner/validation/__main__.py").read_text()))

    def test_help_knows_options_of_the_pages(self):
        for page in [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]:
            lines = [line for line in page.read_text().splitlines() if "airunner" in line or page.name == "cli.md"]
            for line in lines:
                if re.search(r"pkg-config|meson|cmake|airunner-conformance|airunner\.c", line):
                    continue
                for option in self.OPTION.findall(re.sub(r"scripts/[\w-]+(?: --[a-z-]+)+", "", line)):  # those of scripts are theirs
                    with self.subTest(page=page.name, option=option):
                        self.assertIn(option, self.known)

    def test_page_of_the_command_has_every_option(self):
        text = (SOURCE / "docs/cli.md").read_text() + (SOURCE / "docs/serve.md").read_text() + (SOURCE / "docs/validate.md").read_text()
        for option in sorted(self.known):
            with self.subTest(option=option):
                self.assertTrue(re.search(rf"{option}\b", text))


class ErrorTable(unittest.TestCase):
    def test_statuses_and_codes_of_the_guide(self):
        table = dict(re.findall(r"^\| `(AIR_ERROR_\w+)` \| E(\d+) \|", (SOURCE / "docs/user-guide.md").read_text(), re.MULTILINE))
        values = dict(re.findall(r"^\s*(AIR_ERROR_\w+) = (\d+)", header_text(), re.MULTILINE))
        self.assertEqual(sorted(table), sorted(values))
        library = ctypes.CDLL(str(next((BUILD / "src").glob("libairunner-st.so.?"))))
        for name, code in table.items():
            with self.subTest(status=name):
                self.assertEqual(library.air_st_error_number(int(values[name])), int(code))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
