#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks the documents against the project: links, named files and functions, code and commands, options, spelling.

usage: test_docs.py SOURCE_FOLDER BUILD_FOLDER
"""

import ctypes
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE, BUILD = (Path(a).resolve() for a in sys.argv[1:3])
FOLDERS = ["include", "src", "backends", "examples", "tests", "docs", "scripts", "packaging", "completions", ".ci"]
TIMEOUT = 120
FENCE = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def pages():
    nested = [path for folder in FOLDERS for path in (SOURCE / folder).rglob("*.md")]
    return sorted(SOURCE.glob("*.md")) + sorted(nested)


def without_code(text):
    return FENCE.sub("", text)


def blocks(page, language):
    """(words after the language, text) of the fenced blocks of a page."""
    return [(words.split(), text) for lang, words, text in FENCE.findall(page.read_text()) if lang == language]


def header_text():
    return "".join(path.read_text() for path in sorted((SOURCE / "include").glob("*.h*")))


def anchors(page):
    """The names GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", without_code(page.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, **options)


class References(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for page in pages():
            for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text())):
                if re.match(r"[a-z]+:", target):
                    continue
                with self.subTest(page=page.relative_to(SOURCE), target=target):
                    path, _, anchor = target.partition("#")
                    linked = (page.parent / path).resolve() if path else page
                    self.assertTrue(linked.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(linked))

    def test_every_page_of_the_folder_is_in_the_index(self):
        index = (SOURCE / "docs/README.md").read_text()
        for page in sorted((SOURCE / "docs").glob("*.md")):
            if page.name != "README.md":
                self.assertIn(f"({page.name})", index)

    def test_named_files_exist(self):
        top = "|".join(re.escape(folder) for folder in FOLDERS)
        for page in pages():
            for name in re.findall(rf"`((?:{top})/[^`\s*<>]*)`", page.read_text()):
                with self.subTest(page=page.relative_to(SOURCE), name=name):
                    self.assertTrue((SOURCE / name).exists())

    def test_named_functions_exist(self):
        names = set(re.findall(r"\b(?:air|AIR)_\w+", header_text()))
        for page in pages():
            if page.name == "CHECKS.md":  # it tells of those that are gone
                continue
            for name in re.findall(r"\b(?:air|AIR)_\w*[A-Za-z0-9]\b(?!\*)", page.read_text()):
                with self.subTest(page=page.relative_to(SOURCE), name=name):
                    self.assertIn(name, names)


class Header(unittest.TestCase):
    def test_every_public_item_says_since_when(self):
        item = re.compile(r"^(?:AIR_API|AIR_BACKEND_EXPORT|typedef [^;]*[{(]|#define AIR_\w+_INIT\b).*", re.MULTILINE)
        for header in sorted((SOURCE / "include").glob("*.h")):
            text = header.read_text()
            for match in item.finditer(text):
                comment = text[: match.start()].rstrip()
                with self.subTest(item=match.group(0)[:60]):
                    self.assertTrue(comment.endswith("*/"), "has no comment")
                    self.assertIn("\\since", comment[comment.rfind("/*") :])


class Code(unittest.TestCase):
    def test_backend_page_quotes_its_sources(self):
        for language, source in (("cpp", "examples/plugin/gain.cpp"), ("c", "tests/capi/plugins/plugin.c")):
            quoted = (SOURCE / source).read_text()
            found = blocks(SOURCE / "docs/writing-a-backend.md", language)
            self.assertGreater(len(found), 3)
            for _, text in found:
                with self.subTest(text=text[:60]):
                    self.assertIn(text, quoted)

    def test_programs_in_pages_compile_and_run(self):
        programs = [(page, text) for page in pages() for _, text in blocks(page, "c") if "int main(" in text]
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
        commands = [[], ["list"], ["doctor"], ["manifest"], ["info"], ["run"], ["profile"], ["compare"], ["report"], ["serve"]]
        helps = [run([BUILD / "airunner", *command, "--help"]) for command in commands]
        assert all(h.returncode == 0 for h in helps)
        cls.known = {option for h in helps for option in cls.OPTION.findall(h.stdout)}

    def test_help_knows_options_of_the_pages(self):
        for page in [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]:
            lines = [line for line in page.read_text().splitlines() if "airunner" in line or page.name == "cli.md"]
            for line in lines:
                if re.search(r"pkg-config|meson|cmake|airunner-conformance|airunner\.c", line):
                    continue
                for option in self.OPTION.findall(line):
                    with self.subTest(page=page.name, option=option):
                        self.assertIn(option, self.known)

    def test_page_of_the_command_has_every_option(self):
        text = (SOURCE / "docs/cli.md").read_text() + (SOURCE / "docs/serve.md").read_text()
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


class Words(unittest.TestCase):
    def own_files(self):
        skipped = {".npy", ".npz", ".abi", ".bin", ".so", ".onnx", ".tflite"}
        corpus = SOURCE / "tests/fuzz/corpus"
        for folder in FOLDERS:
            for path in sorted((SOURCE / folder).rglob("*")):
                if path.is_file() and path.suffix not in skipped and "__pycache__" not in path.parts and corpus not in path.parents:
                    yield path
        yield from sorted(path for path in SOURCE.glob("*") if path.is_file())

    @unittest.skipUnless(shutil.which("codespell"), "codespell is not installed")
    def test_spelling(self):
        result = run(["codespell", "--ignore-words", SOURCE / "tests/docs/words.txt", *self.own_files()])
        self.assertEqual(result.stdout, "")

    def test_nothing_is_left_open_and_nothing_names_a_machine(self):
        unwanted = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b|/(?:home|root|work)/\w")
        for path in self.own_files():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if unwanted.search(line) and path != Path(__file__).resolve():
                    with self.subTest(file=path.relative_to(SOURCE), line=number):
                        self.fail(line.strip())

    def test_every_source_names_its_licence(self):
        for path in self.own_files():
            if path.suffix in {".c", ".h", ".cpp", ".py", ".sh"} or path.parent == SOURCE / "scripts":
                with self.subTest(file=path.relative_to(SOURCE)):
                    head = path.read_text(encoding="utf-8").splitlines()[:2]
                    self.assertIn("SPDX-License-Identifier: BSD-3-Clause", "".join(head))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
