# SPDX-License-Identifier: BSD-3-Clause
"""airunner.validate(): its report in every form, the command, and docs/validate.md: each key, each option, each program."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest
import unittest.mock
from html.parser import HTMLParser

import numpy as np

from support import BUILD, COMMAND, LIMIT_S, PACKAGES, SOURCE
from validating import FLOAT32, IMAGES, INT8, LABELS, PageTest, ValidateTest, environment

import airunner
from airunner.validation.__main__ import parser
from airunner.validation._whole_file import write_whole
from airunner.validation.metrics.named import NAMED

PAGE = (SOURCE / "docs" / "validate.md").read_text()


def documented():
    """{section: {key: type}}, as test_documents.py reads docs/json.md."""
    sections = {}
    for text in re.split(r"^### ", PAGE, flags=re.M)[1:]:
        title, rows = text.split("\n", 1)[0], re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", text, flags=re.M)
        sections[title] = {key: kind.strip() for key, kind in rows}
    return sections


class Tags(HTMLParser):
    """That every element ends where it should, and what texts there are."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.wrong = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


class Reports(ValidateTest):
    @classmethod
    def setUpClass(cls):
        data = list(zip(cls.images, cls.labels))
        cls.found = airunner.validate([INT8, str(BUILD / "examples" / "models" / "digits" / "legacy-int8")], data,
                                      ["classification", lambda outputs, target: float(outputs.max())], reference=FLOAT32, decide=0.9, shared=2)

    def check(self, value, kind, where):
        if kind.endswith(" or null"):
            if value is not None:
                self.check(value, kind[:-len(" or null")], where)
        elif kind.startswith("list of "):
            self.assertIsInstance(value, list, where)
            for one in value:
                self.check(one, kind[len("list of "):], where)
        elif kind.startswith("**"):
            keys = documented()[f"object {kind.strip('*')}"]
            self.assertEqual(set(value), set(keys), where)
            for key, item in value.items():
                self.check(item, keys[key], f"{where}.{key}")
        elif kind != "any":
            types = {"text": str, "integer": int, "number": (int, float), "boolean": bool}[kind]
            self.assertIsInstance(value, types, where)
            self.assertEqual(isinstance(value, bool), kind == "boolean", where)

    def test_every_key_both_ways(self):
        document = json.loads(self.found.to_json())
        keys = documented()["document airunner.validation/1"]
        self.assertEqual(list(document), list(keys))
        for key, kind in keys.items():
            self.check(document[key], kind, key)
        self.assertGreater(len(document["worst"]), 0)
        self.assertEqual(document["info"]["schema"], "airunner.info/1")

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.found.to_csv())))
        self.assertEqual(len(rows), self.found.document["executed"])
        self.assertEqual(list(rows[0]), ["index", "hash", "board", "device_ms", "link_ms", "host_ms", "classification.label", "classification.predicted",
                                         "classification.rank", "lambda.value", "divergence.l2r", "divergence.max"])
        for row in rows:
            self.assertEqual(int(row["classification.label"]), self.labels[int(row["index"])])

    def test_page(self):
        page = self.found.to_html()
        tags = Tags()
        tags.feed(page)
        self.assertEqual((tags.open, tags.wrong), ([], []))
        for text in ("Validation of network", "Classification", "Most frequent confusions", "Samples that diverge most", "Boards", "Data and provenance",
                     "stopped early: ", INT8, "Memory"):
            self.assertTrue(any(text in told for told in tags.texts), text)
        self.assertEqual(page.count("<h1>"), 1)
        self.assertNotRegex(page, r'(src|href)="(?!#)')
        self.assertIn("<iframe", self.found._repr_html_())

    def test_texts_of_others_stay_texts(self):
        document = json.loads(self.found.to_json())
        document["boards"][0]["descriptor"] = "<script>alert(1)</script>\x07"
        document["data"]["kind"] = "<b>"
        from airunner.validation._page import page_of

        page = page_of(document)
        self.assertNotIn("<script>alert", page)
        self.assertNotIn("\x07", page)
        self.assertIn("&lt;script&gt;alert", page)

    def test_text(self):
        lines = str(self.found).splitlines()
        self.assertRegex(lines[0], r"^\d+ of 360 samples accepted, \d+ executed, 2 duplicates, \d+ missing$")
        self.assertIn("<airunner.Validation: ", repr(self.found))


class Command(ValidateTest):
    words = (INT8, "--data", IMAGES, "--targets", LABELS, "--task", "classification")

    def test_reports_in_files(self):
        folder = self.folder()
        files = [folder / f"r{kind}" for kind in (".txt", ".json", ".csv", ".html")]
        out, err = self.validate(*self.words, *(word for file in files for word in ("--output-report", file)))
        self.assertEqual(files[0].read_text(), out)
        self.assertEqual(json.loads(files[1].read_text())["accepted"], 360)
        self.assertEqual(files[2].read_text().count("\n"), 361)
        self.assertIn("<h1>network</h1>", files[3].read_text())
        self.assertEqual(err, "".join(f"airunner: wrote {file}\n" for file in files))
        self.assertEqual(sorted(path.name for path in folder.iterdir()), sorted(file.name for file in files))
        files[3].chmod(0o640)
        self.validate(*self.words, "--html", files[3])
        self.assertEqual(files[3].stat().st_mode & 0o777, 0o640)

    def test_json(self):
        document = json.loads(self.validate(*self.words, "--json", "--samples", "10")[0])
        self.assertEqual((document["schema"], document["accepted"]), ("airunner.validation/1", 10))

    def test_limits(self):
        self.validate(*self.words, "--min", "top1=0.9", "--min", "top5=0.99")
        _, err = self.validate(*self.words, "--min", "top1=0.999", exit_code=5)
        self.assertRegex(err, r"airunner: top1 is 0\.98\d+, expected at least 0\.999")
        _, err = self.validate(*self.words, "--max", "accuracy=1", exit_code=2)
        self.assertIn("there is no number accuracy; there are: n, top1, top5", err)

    def test_limits_of_what_there_is_not(self):
        """A number that cannot be told is below every limit; a name that nobody knows is told before a run that takes hours."""
        out, err = self.validate(*self.words, "--samples", "1", "--auc", "--min", "auc=0.5", exit_code=5)
        self.assertIn("auc is –, expected at least 0.5", err)
        out, err = self.validate(*self.words, "--samples", "1", "--min", "topp1=0.9", exit_code=2)
        self.assertIn("there is no number topp1; there are: n, top1", err)
        self.assertEqual(out, "")
        for name, metric in NAMED.items():
            if name != "detection":
                told = metric().total().result().items()
                self.assertEqual(sorted(metric().numbers), sorted(key for key, value in told if not isinstance(value, list)))

    def test_numbers_that_make_no_sense(self):
        for words, told in ((("--retries", "-1"), "retries=-1, expected at least 0"), (("--budget", "nan"), "budget=nan, expected seconds, more than 0"),
                            (("--samples", "many"), "argument --samples: invalid int value: 'many'")):
            _, err = self.validate(*self.words, *words, exit_code=2)
            self.assertIn(told, err)
        for limit in ("nan", "much"):
            _, err = self.validate(*self.words, "--min", f"top1={limit}", exit_code=2)
            self.assertIn(f"--min top1={limit}: expected a number", err)
        for path in (self.folder(), self.folder() / "nowhere" / "report.html"):
            out, err = self.validate(*self.words, "--html", path, exit_code=2)
            self.assertRegex(err, f"{path} cannot be written: (it is a folder|there is no folder )")
            self.assertEqual(out, "")
        for name, value in (("timeout", 0), ("budget", -1), ("timeout", float("inf"))):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, f"{name}={value}, expected seconds, more than 0"):
                airunner.validate(INT8, self.images, **{name: value})
        for name in ("retries", "worst", "shared", "shuffle"):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, f"{name}=-1, expected at least 0"):
                airunner.validate(INT8, self.images, **{name: -1})

    def test_the_model_that_is_named(self):
        """Of the board, and of the reference: the same name, or another one that is given again."""
        both = self.serve(INT8, FLOAT32)
        words = (both, "--data", IMAGES, "--samples", "20", "--json")
        with airunner.connect(both) as runner:
            hashes = {model.name: model.info.hash for model in runner}
        first, second = hashes
        for names, reference, n_equal in (((second,), self.serve(INT8, FLOAT32), 20), ((second, first), self.serve(INT8, FLOAT32), 0), ((first,), FLOAT32, 0), ((second,), FLOAT32, 20)):
            words_of_names = [word for name in names for word in ("--name", name)]
            document = json.loads(self.validate(*words, "--reference", reference, *words_of_names)[0])
            self.assertEqual((document["boards"][0]["model"], document["info"]["name"], document["info"]["hash"]), (names[0], names[0], hashes[names[0]]))
            self.assertEqual(document["metrics"][0]["result"]["n_equal"], n_equal)
        _, err = self.validate(*self.words, "--name", first, "--name", second, exit_code=2)
        self.assertIn("--name is for the boards; given again, for --reference", err)

    def test_ctrl_c(self):
        """It tells how far it came, and what goes on from there; also where containers and batch systems end it."""
        for number, ctrl_c in ((signal.SIGINT, signal.SIG_DFL), (signal.SIGTERM, signal.SIG_DFL), (signal.SIGTERM, signal.SIG_IGN)):
            journal = self.folder() / "journal.jsonl"
            board = self.serve(INT8, "--line-rate", "200000")
            program = self.start(board, *self.words[1:], "--journal", journal, ctrl_c=ctrl_c)
            deadline = time.monotonic() + LIMIT_S
            while not journal.exists() or journal.read_bytes().count(b"\n") < 20:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)
            program.send_signal(number)
            out, err = program.communicate(timeout=LIMIT_S)
            self.assertEqual((program.returncode, out), (130, ""), err)
            self.assertRegex(err, rf"^airunner: interrupted after \d+ of 360 samples; the same call goes on from {journal}\n$")

    def test_sigterm_ends_a_call_that_takes_long(self):
        """That of the main thread, too, which no handler of Python's interrupts."""
        slow = self.serve(INT8, "--turnaround", "1s")
        program = self.start(INT8, *self.words[1:], "--reference", slow, "--timeout", "60")
        end, caught = time.monotonic() + LIMIT_S, 0
        while not caught & 1 << signal.SIGTERM - 1 and time.monotonic() < end:
            time.sleep(0.01)
            with open(f"/proc/{program.pid}/status", encoding="ascii") as status:
                caught = int(re.search(r"^SigCgt:\s*(\w+)", status.read(), re.M)[1], 16)
        time.sleep(3)
        program.terminate()
        began = time.monotonic()
        program.communicate(timeout=LIMIT_S)
        self.assertEqual(program.returncode, 130)
        self.assertLess(time.monotonic() - began, 3)

    def test_decisions(self):
        self.validate(*self.words, "--shuffle", "1", "--decide", "0.9")
        self.validate(*self.words, "--shuffle", "1", "--decide", "0.999", exit_code=5)
        self.validate(*self.words, "--shuffle", "1", "--decide", "0.985", exit_code=9)

    def test_what_is_wrong(self):
        for words, exit_code, told in (
                ((INT8,), 2, "required: --data"), ((INT8, "--data", IMAGES), 2, "nothing to judge by: give --task"),
                ((INT8, "--data", "/no/such", "--task", "classification"), 4, "/no/such is not there"),
                (("socket:127.0.0.1:1", "--retries", "0", *self.words[1:]), 3, "Connection refused"),
                ((*self.words, "--bogus"), 2, "unrecognized arguments: --bogus"), ((*self.words, "--min", "top1"), 2, "expected NAME=VALUE"),
                ((*self.words, "--min", "top1=x"), 2, "expected a number"), ((*self.words, "--output-report", "x.pdf"), 2, "expected a name that ends in"),
                ((*self.words, "--html", IMAGES), 2, "is read or written already"),
                ((*self.words, "--html", "x.html", "--output-report", "./x.html"), 2, "is read or written already"),
                ((*self.words, "--resize", "crop"), 2, "--resize is for images"), ((*self.words[:-1], "regression", "--auc"), 2, "--auc is for --task")):
            out, err = self.validate(*words, exit_code=exit_code)
            self.assertEqual(out, "")
            self.assertIn(told, err)
            self.assertNotIn("Traceback", err)

    def test_as_a_command(self):
        """The built one starts this Python, and the package starts the built one."""
        words = [*map(str, self.words), "--json", "--samples", "10"]
        own = {"PYTHONPATH": str(PACKAGES)}
        for command, more in (([COMMAND], {"AIRUNNER_PYTHON": sys.executable}), ([sys.executable, "-m", "airunner"], {})):
            done = subprocess.run([*command, "validate", *words], env={**os.environ, **own, **more}, capture_output=True, text=True, timeout=LIMIT_S)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(json.loads(done.stdout)["accepted"], 10)

    def test_output_is_utf8_whatever_the_system_has(self):
        model = self.folder() / "größe" / "libai_network.so"
        model.parent.mkdir()
        model.symlink_to(BUILD / "examples" / "models" / "digits" / "st-ai-int8" / "libai_network.so")
        words = [sys.executable, "-m", "airunner.validation", model, *self.words[1:], "--samples", "10"]
        for kind in ([], ["--json"]):
            done = subprocess.run([*map(str, words), *kind], env=environment(PYTHONIOENCODING="ascii"), capture_output=True, timeout=LIMIT_S)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertIn("größe", done.stdout.decode())

    def test_a_report_that_cannot_get_its_name_is_kept(self):
        folder = self.folder()
        with unittest.mock.patch("os.replace", side_effect=PermissionError(13, "somebody reads it")), self.assertRaises(OSError) as refused:
            write_whole(str(folder / "r.txt"), lambda file: file.write("long work"))
        (kept,) = folder.iterdir()
        self.assertEqual(kept.read_text(), "long work")
        self.assertEqual(str(refused.exception), f"{folder / 'r.txt'}: somebody reads it; what it should hold is in {kept}")

    def test_it_is_incomplete(self):
        board = self.serve_board("--fault", "die@tensor:40", "--fault", "clients=9")[0]
        out, _ = self.validate(board, *self.words[1:], "--retries", "0", exit_code=1)
        self.assertIn("INCOMPLETE: ", out)


class Page(PageTest):
    """docs/validate.md."""

    def test_programs(self):
        programs = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        self.assertGreater(len(programs), 3)
        for program in programs:
            with self.subTest(program=program[:60]):
                done = self.run_in_tree(sys.executable, "-c", program)
                self.assertEqual(done.stderr, "")
                self.assertTrue(done.stdout)

    def test_commands(self):
        blocks = re.findall(r"^```sh norun validate\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        self.assertGreater(len(blocks), 2)
        self.assertEqual(len(blocks), PAGE.count("```sh"))
        for block in blocks:
            with self.subTest(block=block[:60]):
                self.run_in_tree("bash", "-euo", "pipefail", "-c", block)

    def test_every_option_is_told(self):
        """In the page, and in the completion, which has no Python to ask."""
        real = {option for action in parser()._actions for option in action.option_strings if option.startswith("--")}
        self.assertEqual({*re.findall(r"^\| `(--[a-z-]+)`", PAGE, flags=re.M), "--help"}, real)
        text = (SOURCE / "completions" / "airunner.bash").read_text()
        told = re.search(r"validate\)\n((?: +choices\+?=\"[^\"]*\"\n)+)", text)[1]
        self.assertEqual(set(re.findall(r"--[a-z-]+", told)), real)


if __name__ == "__main__":
    unittest.main()
