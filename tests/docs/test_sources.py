#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks what needs no build: links, named files and functions, quoted sources, pages of the headers, spelling, licences, .editorconfig.

usage: test_sources.py SOURCE_FOLDER [CASE...]
"""

import configparser
import fnmatch
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from pages import FOLDERS, SOURCE, anchors, blocks, header_text, pages, without_code


def own_files():
    """All that people write; what a program or a device wrote stays as it is."""
    skipped = {".npy", ".npz", ".abi", ".bin", ".so", ".onnx", ".tflite", ".swp"}
    corpus = SOURCE / "tests/fuzz/corpus"
    for folder in FOLDERS:
        for path in sorted((SOURCE / folder).rglob("*")):
            if path.is_file() and path.suffix not in skipped and "__pycache__" not in path.parts and corpus not in path.parents:
                yield path
    yield from sorted(path for path in SOURCE.glob("*") if path.is_file() and path.name != ".git")


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


@unittest.skipUnless(shutil.which("doxygen"), "doxygen is not installed")
class HeaderPages(unittest.TestCase):
    """The pages that doxygen makes of the public headers; a warning is an error."""

    def make(self, *settings):
        with tempfile.TemporaryDirectory() as folder:
            lines = [(SOURCE / "docs/doxygen/Doxyfile").read_text(), f"OUTPUT_DIRECTORY = {folder}", *settings]
            done = subprocess.run(["doxygen", "-"], input="\n".join(lines), cwd=SOURCE, capture_output=True, text=True, timeout=120)
            return done.returncode, done.stderr, sorted(path.name for path in Path(folder).rglob("*.html"))

    def test_no_warning(self):
        status, errors, names = self.make()
        self.assertEqual((status, errors), (0, ""))
        for name in ("airunner_8h.html", "structair__model.html", "classair_1_1backend_1_1Run.html"):
            self.assertIn(name, names)

    def test_what_has_no_text_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, old, new in (("airunner.h", "uint32_t reserved;", "uint32_t reserved;\n  uint32_t more;"),
                                   ("airunner.h", "air_version(void);", "air_version(void);\nAIR_API int air_more(void);"),
                                   ("airunner_backend.hpp", "std::string processor{};", "std::string processor{};\n  bool more{};"),
                                   ("airunner_backend.hpp", "// The log of", "inline void more();\n// The log of")):
                text = (SOURCE / "include" / name).read_text()
                changed = Path(folder, name)
                changed.write_text(text.replace(old, new, 1))
                others = " ".join(str(path) for path in sorted((SOURCE / "include").glob("*.h*")) if path.name != name)
                status, errors, _ = self.make("GENERATE_HTML = NO", "GENERATE_XML = YES", f"INPUT = {changed} {others}")
                self.assertNotEqual(status, 0, new)
                self.assertRegex(errors, "(?i)more")
                changed.unlink()


class Quotes(unittest.TestCase):
    def test_backend_page_quotes_its_sources(self):
        for language, source in (("cpp", "examples/plugin/gain.cpp"), ("c", "tests/capi/plugins/plugin.c")):
            quoted = (SOURCE / source).read_text()
            found = blocks(SOURCE / "docs/writing-a-backend.md", language)
            self.assertGreater(len(found), 3)
            for _, text in found:
                with self.subTest(text=text[:60]):
                    self.assertIn(text, quoted)


class Words(unittest.TestCase):
    @unittest.skipUnless(shutil.which("codespell"), "codespell is not installed")
    def test_spelling(self):
        command = ["codespell", "--ignore-words", SOURCE / "tests/docs/words.txt", *own_files()]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertEqual(result.stdout, "")

    def test_nothing_is_left_open_and_nothing_names_a_machine(self):
        unwanted = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b|/(?:home|root|work)/\w")
        for path in own_files():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if unwanted.search(line) and path != Path(__file__).resolve():
                    with self.subTest(file=path.relative_to(SOURCE), line=number):
                        self.fail(line.strip())

    def test_no_locale_changes_what_letters_are(self):
        """In a Turkish one std::tolower('I') is no 'i': common/ascii.h has what is meant."""
        for path in own_files():
            if path.suffix in (".cpp", ".h", ".hpp") and path.relative_to(SOURCE).parts[0] in ("src", "backends", "include"):
                with self.subTest(path=path.relative_to(SOURCE)):
                    self.assertNotRegex(re.sub(r"//.*", "", path.read_text()), r"\b(?:to(?:lower|upper)|is(?:alpha|alnum|cntrl|digit|xdigit|space|upper|lower|punct|print))\(")

    def test_every_source_names_its_licence(self):
        for path in own_files():
            if path.suffix in {".c", ".h", ".cpp", ".py", ".sh"} or path.parent == SOURCE / "scripts":
                with self.subTest(file=path.relative_to(SOURCE)):
                    head = path.read_text(encoding="utf-8").splitlines()[:2]
                    self.assertIn("SPDX-License-Identifier: BSD-3-Clause", "".join(head))


class PythonModules(unittest.TestCase):
    def test_all_of_them_are_installed(self):
        text = (SOURCE / "bindings/python/meson.build").read_text()
        installed = {f"{folder}/{module}.py" for folder, modules in re.findall(r"^  '([\w/]+)': \[(.*?)\],$", text, re.M | re.S)
                     for module in re.findall(r"'(\w+)'", modules)} | {"airunner/_location.py"}
        folder = SOURCE / "bindings/python"
        self.assertEqual(installed, {path.relative_to(folder).as_posix() for path in folder.glob("*/**/*.py")})


class EditorConfig(unittest.TestCase):
    """Files obey .editorconfig, as far as the tree uses it: no packaged tool of both Debian 12 and Ubuntu 24.04 looks."""

    @classmethod
    def setUpClass(cls):
        parser = configparser.ConfigParser()
        parser.read_string("[top]\n" + (SOURCE / ".editorconfig").read_text())
        cls.sections = [(cls.patterns(name), dict(parser[name])) for name in parser.sections()]

    @staticmethod
    def patterns(name):
        """What fnmatch can do with: "*.{c,h}" is "*.c" and "*.h"."""
        choice = re.search(r"\{(.*)\}", name)
        return [name[: choice.start()] + part + name[choice.end() :] for part in choice[1].split(",")] if choice else [name]

    def rules(self, path):
        merged = {}
        for patterns, rules in self.sections:
            if any(fnmatch.fnmatch(path if "/" in pattern else path.rpartition("/")[2], pattern) for pattern in patterns):
                merged.update(rules)
        return merged

    @staticmethod
    def faults(text, rules):
        """(number of the line, what is wrong with it) of the bytes of a file."""
        if rules["insert_final_newline"] == "true" and text and not text.endswith(b"\n"):
            yield text.count(b"\n") + 1, "no newline at the end"
        for number, line in enumerate(text.removesuffix(b"\n").split(b"\n"), 1):
            if rules["end_of_line"] == "lf" and b"\r" in line:
                yield number, "a carriage return"
            if rules["trim_trailing_whitespace"] == "true" and line != line.rstrip(b" \t"):
                yield number, "blanks at the end"
            if rules["indent_style"] == "space" and line.startswith(b"\t"):
                yield number, "indented with a tab"
            if line.decode(rules["charset"], "replace").encode() != line:
                yield number, "not UTF-8"

    def test_files_obey(self):
        for path in own_files():
            name = str(path.relative_to(SOURCE))
            self.assertEqual(list(self.faults(path.read_bytes(), self.rules(name))), [], name)

    def test_faults_are_found(self):
        rules = self.rules("src/a.cpp")
        for text in (b"a", b"a\r\n", b"a \n", b"\ta\n", b"\xff\n"):
            self.assertEqual(len(list(self.faults(text, rules))), 1, text)
        self.assertEqual(list(self.faults(b"\ta\n", self.rules("examples/c/Makefile"))), [])
        self.assertEqual(list(self.faults("\u00b5\n".encode(), rules)), [])
        self.assertEqual(self.rules("tests/x.py")["indent_size"], "4")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
