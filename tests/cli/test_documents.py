# SPDX-License-Identifier: BSD-3-Clause
"""docs/json.md against what is printed, key by key with types; options of docs/cli.md and the man page against --help."""
import json
import os
import re
import struct
import subprocess
import unittest
import zipfile

from support import LIMIT_S, RUNNER, SOURCE_DIR, CommandTest, airunner, environment

COMMANDS = ("list", "doctor", "manifest", "info", "run", "profile", "compare", "report", "serve", "help")


def read(*parts):
    with open(os.path.join(SOURCE_DIR, *parts), encoding="utf-8") as file:
        return file.read()


def documented():
    """{section: {key: (type, optional)}} of docs/json.md."""
    sections = {}
    for text in re.split(r"^## ", read("docs", "json.md"), flags=re.M)[1:]:
        title = text.split("\n", 1)[0].strip()
        rows = re.findall(r"^\| `([^`]+)`( \(optional\))? \| ([^|]+) \|", text, flags=re.M)
        sections[title] = {key: (kind.strip(), bool(optional)) for key, optional, kind in rows}
    return sections


class JsonKeys(CommandTest):
    def setUp(self):
        super().setUp()
        self.sections = documented()
        self.seen = {title: set() for title in self.sections}

    def check_object(self, value, title, where, extra=None):
        self.assertIsInstance(value, dict, where)
        keys = {**(extra or {}), **self.sections[title]}
        for key, item in value.items():
            self.assertIn(key, keys, f"{where}.{key} is not documented")
            self.seen[title].add(key)
            self.check_value(item, keys[key][0], f"{where}.{key}")
        missing = {key for key, (_, optional) in keys.items() if not optional} - set(value)
        self.assertEqual(missing, set(), where)

    def check_value(self, value, kind, where):
        if kind.startswith("list of "):
            self.assertIsInstance(value, list, where)
            for item in value:
                self.check_value(item, kind[len("list of "):], where + "[]")
        elif kind.endswith(" or null"):
            if value is not None:
                self.check_value(value, kind[:-len(" or null")], where)
        elif kind.startswith("**"):
            self.check_object(value, "object " + kind.strip("*"), where)
        elif kind != "any":
            types = {"text": str, "integer": int, "number": (int, float), "boolean": bool}[kind]
            self.assertIsInstance(value, types, where)
            self.assertEqual(isinstance(value, bool), kind == "boolean", where)

    def check_document(self, document):
        title = "document " + document["schema"]
        extra = self.sections["object info"] if document["schema"] == "airunner.info/1" else None
        self.check_object(document, title, document["schema"], extra)

    def test_every_key_both_ways(self):
        sample = subprocess.run([*RUNNER, os.environ["AIRUNNER_SAMPLE"]], env=environment(), capture_output=True, timeout=LIMIT_S, check=True)
        for line in sample.stdout.decode().splitlines():
            # In the sample the host's time of one run is infinite, which becomes null.
            self.check_document(json.loads(line.replace("[10,null]", "[10,11]"), parse_constant=self.fail))
        for command in ("info", "profile"):
            self.check_document(self.run_json(command, "-d", "null:"))
        labels = self.write_npy("labels.npy", "|u1", (10,), bytes(10))
        path = self.path("o.json")
        first = self.write_npy("first.npy", "<f4", (10, 4, 4, 2), bytes(1280))
        second = self.write_npy("second.npy", "|i1", (10, 8), bytes(80))
        nan = self.write_npy("nan.npy", "<f4", (10, 4, 4, 2), bytes((0, 0, 192, 127)) + bytes(1276))
        out, _ = self.run_command("profile", "-d", "null:", "-i", nan, "-i", second, "--json", told="has 1 NaN")
        self.check_document(json.loads(out))
        self.check_document(
            self.run_json("run", "-d", "null:", "-i", first, "-i", second, "-o", path, "--labels", labels))
        with open(path, encoding="utf-8") as file:
            self.check_document(json.load(file))
        for command in ("list", "doctor"):
            self.check_document(self.run_json(command))
        out, _ = self.run_command("profile", "null:?delay_ms=20", "-b", "1000", "--timeout", "0.5", "--json", exit_code=124)
        self.check_document(json.loads(out))
        self.check_document(self.run_json("compare", "null:", "null:"))
        golden = self.path("golden.npz")  # an output of two kinds, one a thousand times the other
        with zipfile.ZipFile(golden, "w") as archive:
            for name, descr, shape, data in (("input_1", "<f4", (1, 4, 4, 2), bytes(128)), ("input_2", "|i1", (1, 8), bytes(8)),
                                             ("output_1", "<f4", (1, 4, 4, 2), struct.pack("<2f", 1000, 1) * 16),
                                             ("output_2", "<f4", (1, 4), bytes(16))):
                archive.write(self.write_npy(name + ".npy", descr, shape, data), name + ".npy")
        found = json.loads(self.run_command("compare", golden, "null:", "--json", exit_code=5)[0])
        self.check_document(found)
        self.assertEqual((found["outputs"][0]["parts"]["axis"], len(found["outputs"][0]["parts"]["metrics"])), (2, 2))
        self.assertIn("output output_1 mixes kinds along dimension 3: all of its 2 parts, by l2r",
                      self.run_command("compare", golden, "null:", exit_code=5)[0])
        runs = self.path("runs.json")
        out, _ = self.run_command("profile", "-d", "null:", "--runs", "5", "--save", runs, "--json")
        self.check_document(json.loads(out))
        new = self.path("new.json")
        self.run_command("profile", "-d", "null:", "--runs", "5", "--save", new)
        self.check_document(self.run_json("profile", "--baseline", runs, "--current", new, "--max-regression", "memory=0%"))
        for title, keys in self.sections.items():
            # There is no device to be found here, and no network with a fault or a quantizer: tests/compare has some.
            if title not in ("object device found", "object suggestion", "object quantizer"):
                self.assertEqual(set(keys) - self.seen[title], set(), f"{title}: documented, but never printed")


class Options(CommandTest):
    def options(self, command):
        """Long options and their short forms as --help tells them."""
        out, _ = self.run_command(command, "--help")
        found = set()
        for line in out.split("Options:")[1].splitlines():
            head = re.match(r" +((-[a-z]), )?(--[a-z-]+)", line)
            if head:
                found.add(head.group(3))
        return found

    def test_cli_page_and_man_page_tell_every_option(self):
        real = set().union(*(self.options(command) for command in COMMANDS)) | {"--version"}
        for page in (("docs", "cli.md"), ("docs", "man", "airunner.1.scd")):
            text = read(*page) + (read("docs", "serve.md") if "cli.md" in page else "")
            told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - {"--cflags", "--libs"}  # of pkg-config
            self.assertEqual(real - told, set(), page)
            self.assertEqual(told - real, set(), page)

    def test_exit_codes_agree(self):
        header = read("src", "cli", "running", "failure.h")
        codes = set(re.findall(r"k\w+ = (\d+),", header))
        self.assertEqual(set(re.findall(r"^\| (\d+) \|", read("docs", "cli.md"), flags=re.M)), codes)
        manual = read("docs", "man", "airunner.1.scd").split("# EXIT STATUS")[1].split("\n# ")[0]
        self.assertEqual(set(re.findall(r"^\*(\d+)\*$", manual, flags=re.M)), codes)


class Errors(CommandTest):
    def test_stdout_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(airunner("profile", "-d", "null:", "--json"), stdout=full, stderr=subprocess.PIPE,
                                  env=environment(), timeout=LIMIT_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)


if __name__ == "__main__":
    unittest.main()
