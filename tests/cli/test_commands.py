# SPDX-License-Identifier: BSD-3-Clause
"""Every subcommand on the null backend and on the digits libraries, and each wrong turn with its exit code."""
import csv
import glob
import io
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from datetime import datetime
from pathlib import Path

from support import (COMMAND, LIBRARY_ENDING, LIMIT_S, LOADER_PATH, NULL_DEVICE, SERVED_AT, SOURCE_DIR, WINDOWS, CommandTest, airunner, as_given, as_told,
                     environment, in_shell, needs_posix, read_file)

MAY_MOUNT = not WINDOWS and os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


@needs_posix("programs of a shell")
class Validate(CommandTest):
    """It is Python's: words, exit code and streams are passed on, and what is missing is told."""

    def python(self, text):
        path = self.path("python")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, 0o755)
        return path

    def test_words_and_exit_code(self):
        python = self.python("""shift 2; for word in "$@"; do echo "[$word]"; done; cat; exit 5""")
        words = ("a b", "--json", "-h", "--version", "--", "", 'x"y', "null:?models=2")
        done = subprocess.run(airunner("validate", *words), env=environment(AIRUNNER_PYTHON=python), input=b"given", capture_output=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stderr), (5, b""))
        self.assertEqual(done.stdout.decode(), "".join(f"[{word}]\n" for word in words) + "given")

    def test_no_python(self):
        for variables in ({"AIRUNNER_PYTHON": self.path("nowhere")}, {"PATH": self.folder}):
            _, err = self.run_command("validate", "null:", exit_code=1, **variables)
            self.assertIn("airunner: validate needs Python with the package airunner\n", err)
            self.assertIn("No such file", err)
            self.assertIn("pip install .", err)

    def test_python_without_the_package(self):
        python = self.python('exec python3 -I -S "$@"')
        _, err = self.run_command("validate", "null:", "--json", exit_code=1, AIRUNNER_PYTHON=python)
        self.assertRegex(err, r"^airunner: validate needs the Python package airunner, which .* cannot import \(No module named 'airunner'\)\n  install it")

    def test_a_folder_of_that_name_is_not_the_package(self):
        os.makedirs(os.path.join(self.folder, "airunner", "validation"))
        for name in ("", "validation/"):
            with open(os.path.join(self.folder, "airunner", f"{name}__init__.py"), "w", encoding="utf-8") as file:
                file.write("print('taken from where it was started')\n")
        python = self.python(f'cd {self.folder} && exec python3 "$@"')
        done = subprocess.run(airunner("validate", "--help"), env=environment(AIRUNNER_PYTHON=python), capture_output=True, timeout=LIMIT_S)
        self.assertNotIn(b"taken from", done.stdout)

    def test_it_is_told_of(self):
        self.assertIn("  validate ", self.run_command("--help")[0])
        self.assertIn("airunner validate --help", " ".join(self.run_command("help", "validate")[0].split()))


class Version(CommandTest):
    def test_version_and_help(self):
        self.assertRegex(self.run_command("--version")[0], r"^airunner \d+\.\d+\.\d+(-rc\.\d+)?\n$")
        out, _ = self.run_command("--help")
        for command in ("list", "doctor", "info", "run", "profile"):
            self.assertIn(command, out)
            self.assertIn("--json", self.run_command(command, "--help")[0])
        self.assertIn("manifest", out)
        self.assertNotRegex(out, r"\n +load ")

    def test_usage_errors(self):
        for arguments in ([], ["frobnicate"], ["info", "--bogus"], ["run", "-d"], ["info"],
                          ["run", "-d", "null:", "--mode", "fast"], ["run", "-d", "null:", "--io", "quantise"],
                          ["run", "-d", "null:", "--range", "5"], ["run", "-d", "null:", "-b", "0"],
                          ["run", "-d", "null:", "-b", "-4"], ["run", "-d", "null:", "--timeout", "0"],
                          ["run", "-d", "null:", "--timeout", "-1"], ["run", "-d", "null:", "--timeout", "nan"],
                          ["run", "-d", "null:", "--seed", "x"],
                          ["run", "-d", "null:", "--option", "x"], ["run", "-d", "null:", "--option", "=x"],
                          ["profile", "-d", "null:", "--repeat", "0"], ["profile", "-d", "null:", "--warmup", "-1"],
                          ["profile", "-d", "null:", "--format", "xml"], ["report"], ["report", "--bogus"],
                          ["profile", "-d", "null:", "--format", "csv", "--csv"],
                          ["profile", "-d", "null:", "--output-report", "x.pdf"],
                          ["profile", "-d", "null:", "--print-program", "rust"],
                          ["profile", "-d", "null:", "--print-program", "c", "--key", "x"],
                          ["profile", "-d", "null:", "--print-program", "c", "--require", "processor=CPU"],
                          ["profile", "-d", "null:", "--counters", "npu,all"],
                          ["profile", "-d", "null:", "--counters", "npu", "--mode", "io-only"],
                          ["profile", "-d", "null:", "--counters", "npu", "--option", "counters=port"],
                          ["profile", "-d", "null:", "--require", "NPU"],
                          ["profile", "-d", "null:", "--require", "processor=:1"],
                          ["profile", "-d", "null:", "--require", "processor=NPU:0"],
                          ["profile", "-d", "null:", "--require", "processor=NPU:101%"],
                          ["profile", "-d", "null:", "--require", "processor=CPU", "--mode", "io-only"],
                          ["profile", "-d", "null:", "--forbid", "processor=CPU:50%"],
                          ["compare", "null:", "null:", "--outputs-only", "--forbid", "processor=CPU"],
                          ["profile", "-d", "null:", "--print-program", "c", "-i", "x.npy"],
                          ["compare", "null:", "--save", self.path("x.npz"), "--min", "cos=0.5"],
                          ["run", "null:", "--range", "5,1"], ["compare", "null:", "null:", "--range", "5,1"]):
            out, err = self.run_command(*arguments, exit_code=2)
            self.assertEqual(out, "")
            self.assertNotIn("Error", err)
        self.assertIn("unknown command frobnicate", self.run_command("frobnicate", exit_code=2)[1])

    def test_unknown_options_are_named(self):
        # Also where the value behind one looks like something else that is wrong.
        for arguments, told in ((["compare", "null:", "null:", "--mode", "per-layer"], "--mode is not an option of compare"),
                                (["compare", "null:", "null:", "--io", "quantize"], "compare, which converts inputs to what each side stores"),
                                (["report", "a.json", "--bogus=3"], "--bogus is not an option of report"),
                                (["info", "-x", "-d", "null:"], "-x is not an option of info"),
                                (["--bogus", "list"], "--bogus is not an option of airunner")):
            self.assertIn(told, self.run_command(*arguments, exit_code=2)[1])

    def test_what_is_wrong_is_said_in_our_words(self):
        """With every version of the parser, whose own texts name types of C++ and the limits of a double."""
        for arguments, told in (
                ("", "expected a command"), ("prfile null:", "unknown command prfile (did you mean profile?)"),
                ("profile", "profile needs a descriptor, as in `airunner profile model.onnx`"),
                ("compare", "compare needs two sides"), ("report", "report needs documents"), ("serve", "serve needs a descriptor"),
                ("help profil", "unknown command profil (did you mean profile?)"),
                ("profile null: --batsh 3", "--batsh is not an option of profile (did you mean --batch?)"),
                ("profile null: again", "profile: again is one word too many"),
                ("profile null: -d null:", "-d, --desc is given 2 times, expected once"),
                ("run null: -b 3 -b 4", "-b, --batch is given 2 times, expected once"),
                ("run null: --seed", "--seed: expected a value, as in --seed N"),
                ("run null: --seed x", "--seed: expected a whole number from 0 to 4294967295, got x"),
                ("run null: --timeout 0", "--timeout: expected a number from 0.001 to 4000000 s, got 0"),
                ("run null: --timeout 1h", "--timeout: expected a number from 0.001 to 4000000 s, got 1h"),
                ("run null: --range 1", "--range: expected a value, as in --range LOW,HIGH"),
                ("run null: --range 1,x", "--range: expected a number, got x"),
                ("profile null: --range 5,1", "--range: expected LOW,HIGH with LOW first, got 5,1"),
                ("run null: -i x.npy --seed 3", "--input and --seed do not go together"),
                ("profile null: -i x.npy --range 0,1", "--input and --range do not go together"),
                ("profile null: --csv --json", "--csv and --json do not go together"),
                ("profile null: --format csv --json", "--format and --json do not go together"),
                ("run null: --mode per-layr", "got per-layr (did you mean per-layer?)"),
                ("run null: --json=abc", "--json takes no value"),
                ("profile null: --csv --format text", "--format and --csv do not go together"),
                ("profile null: --print-program c --json", "--print-program and --json do not go together"),
                ("serve null: --packet 3", "--packet: expected a whole number from 32 to 4094, got 3"),
                ("serve null: --generation 7", "--generation: expected a whole number from 2 to 4, got 7"),
                ("serve null: --idle-timeout x", "--idle-timeout: expected a number from 0 to 1000000 s, got x"),
                ("serve null: --personality st", "got st (did you mean st-ai?)")):
            _, err = self.run_command(*arguments.split(), exit_code=2)
            self.assertIn(told, err, arguments)
            self.assertNotRegex(err, r"required|Value|convert|excludes|FLOAT|INT|TEXT|SUBCOMMAND|0000000", arguments)

    def test_empty_names_are_refused(self):
        """They would stand for the absence of the option."""
        common = ("--plugin-path",)
        inputs = ("--input", "--key", "--name", "--weights")
        for command, options in ((("run", "null:"), (*common, *inputs, "--output", "--labels", "--html")),
                                 (("profile", "null:"), (*common, *inputs, "--html", "--trace", "--model-explorer", "--output-report", "--save",
                                                         "--junit", "--baseline", "--current")),
                                 (("compare", "null:", "null:"), (*common, *inputs, "--save", "--html", "--model-explorer", "--output-report",
                                                                  "--junit", "--reproduce")),
                                 (("info", "null:"), (*common, "--name", "--weights")), (("doctor",), common), (("list",), common),
                                 (("serve", "null:"), common), (("report", "x.json"), ("--output",))):
            for option in options:
                _, err = self.run_command(*command, option, "", exit_code=2)
                self.assertRegex(err, f"^airunner: {option}: expected a (file|name), got an empty", command)
        for command in ("report", "manifest"):
            self.assertIn("expected a name, got an empty one", self.run_command(command, "", exit_code=2)[1])
        for nothing in (self.run_json("info", "null:")["inputs"][0]["name"] + "=", "raw:"):
            self.assertIn("expected a file, got an empty name", self.run_command("run", "null:", "-i", nothing, exit_code=2)[1])

    def test_an_input_that_is_misspelt_is_named(self):
        known = [tensor["name"] for tensor in self.run_json("info", "null:")["inputs"]]
        slip, file = known[0] + "s", self.write_npy("x.npy", "|i1", (1, 8), bytes(8))
        for command in (["run", "null:"], ["profile", "null:"], ["compare", "null:", "null:"]):
            for path in (file, "raw:" + file):
                _, err = self.run_command(*command, "-i", f"{slip}={path}", exit_code=4)
                self.assertIn(f"no input {slip} (did you mean {known[0]}?); there are: {', '.join(known)}\n", err)
        self.assertIn("cannot be read", self.run_command("run", "null:", "-i", f"{slip}={file}.nowhere", exit_code=4)[1])

    def test_sentences_of_a_comparison_are_wrapped(self):
        verdict = self.run_json("compare", "null:", "null:")["verdict"]
        out, _ = self.run_command("compare", "null:", "null:", COLUMNS="30")
        lines = out.splitlines()
        self.assertEqual(" ".join(lines[:lines.index(next(line for line in lines if line.startswith("  reference")))]), f"PASS: {verdict}")
        self.assertLessEqual(max(len(line) for line in lines[:3]), 30)

    def test_limits_that_nothing_meets_together_are_refused(self):
        for words, told in ((["--min", "mean=5", "--max", "mean=1"], "mean is never at least 5 and at most 1"),
                            (["--require", "processor=CPU", "--forbid", "processor=cpu"],
                             "--require processor=CPU and --forbid processor=cpu cannot both hold"),
                            (["--require", "processor=NPU+CPU", "--forbid", "processor=CPU"], "cannot both hold"),
                            (["--require", "processor=NPU:60%", "--require", "processor=CPU:50%"], "cannot all hold")):
            out, err = self.run_command("compare", "null:", "null:", *words, exit_code=2)
            self.assertEqual(out, "")
            self.assertIn(told, err)
        self.run_command("compare", "null:", "null:", "--min", "cos=0.5", "--max", "mean=1", "--min", "cos=0.9")
        self.run_command("profile", "null:", "--require", "processor=CPU:60%", "--require", "processor=CPU", "--forbid", "processor=NPU+CPU")

    def test_a_descriptor_needs_no_option(self):
        for command in ("info", "run", "profile", "doctor"):
            self.run_command(command, "null:")
        for command, keys in (("info", ("descriptor", "name")), ("run", ("descriptor", "outputs"))):
            named, bare = (self.run_json(command, *words) for words in (("-d", "null:"), ("null:",)))
            self.assertEqual([named[key] for key in keys], [bare[key] for key in keys])
        self.run_command("profile", "--mode", "io-only", "null:", "--io", "quantize")  # options do not swallow it

    def test_an_empty_descriptor_is_told_to_be_one(self):
        """What a shell makes of a variable that is not set; it stands for a board, and none is at any port here."""
        for words in (("info", ""), ("profile", "-d", ""), ("compare", "null:", "")):
            self.assertIn("\n  the descriptor is empty, which stands for the first board", self.run_command(*words, exit_code=3)[1])
        done = subprocess.run(airunner("doctor", ""), env=environment(), capture_output=True, text=True, timeout=LIMIT_S)
        self.assertIn("No SERIAL COM port", done.stdout)
        done = subprocess.run(airunner("serve", ""), env=environment(), capture_output=True, text=True, timeout=LIMIT_S)
        self.assertIn("airunner serve: the empty descriptor: ", done.stderr)

    def test_help_is_as_wide_as_is_read_with_ease(self):
        commands = ("list", "doctor", "manifest", "info", "run", "profile", "compare", "report", "serve", "help")
        for columns, widest in (("40", 40), ("80", 80), ("200", 100), ("", 80)):
            for command in commands:
                out, _ = self.run_command("help", command, COLUMNS=columns)
                self.assertEqual(out, self.run_command(command, "--help", COLUMNS=columns)[0])
                # What cannot be parted may be longer: an option with its value.
                lines = [line for line in out.splitlines() if not re.match(r"  -|Usage", line)]
                self.assertLessEqual(max(map(len, lines)), widest, out)
        self.assertEqual(self.run_command("help")[0], self.run_command("--help")[0])

    def test_values_that_were_forgotten_or_make_no_sense(self):
        for arguments, told in ((["profile", "-d", "null:", "--html", "--json"], "--html: expected a file, got --json"),
                                (["profile", "-d", "null:", "--trace", "--csv"], "--trace: expected a file, got --csv"),
                                (["run", "-d", "null:", "-o", "--json"], "--output: expected a file, got --json"),
                                (["compare", "null:", "null:", "--save", "--json"], "--save: expected a file, got --json"),
                                (["report", "a.json", "-o", "--json"], "--output: expected a file, got --json"),
                                (["profile", "-d", "null:", "--repeat", "0"], "--repeat: expected a whole number from 1 to 4294967295, got 0"),
                                (["profile", "-d", "null:", "--repeat", "x"], "--repeat: expected a whole number from 1 to 4294967295, got x")):
            self.assertIn(told, self.run_command(*arguments, exit_code=2)[1])

    def test_files_are_refused_before_anything_is_connected(self):
        nowhere, same = self.path("no/such/r.html"), self.path("r.html")
        for command, options in (("run", ("--html", "--output")), ("profile", ("--html", "--trace", "--output-report"))):
            for option in options:
                _, err = self.run_command(command, "-d", "nope:", option, nowhere, exit_code=1)
                self.assertIn(f"{option} {nowhere}: there is no folder {self.path('no/such')}", err)
            self.assertIn("is a folder", self.run_command(command, "-d", "nope:", "--html", self.folder, exit_code=1)[1])
        _, err = self.run_command("profile", "-d", "nope:", "--html", same, "--trace", same, exit_code=2)
        self.assertIn(f"--trace {same}: the same file is written twice", err)
        self.run_command("profile", "-d", "null:", "--html", NULL_DEVICE, "--trace", NULL_DEVICE)


class List(CommandTest):
    def test_names_the_null_backend(self):
        self.assertIn("null:", self.run_command("list")[0])
        plugins = {plugin["name"]: plugin for plugin in self.run_json("list")["plugins"]}
        self.assertEqual(plugins["null"]["schemes"], ["null"])
        self.assertTrue(os.path.isabs(plugins["null"]["path"]))


class Doctor(CommandTest):
    def test_all_is_well(self):
        out, _ = self.run_command("doctor")
        self.assertIn("All is well.", out)
        self.assertIn("AIRUNNER_PLUGIN_PATH", out)
        document = self.run_json("doctor")
        self.assertTrue(document["healthy"])
        self.assertEqual(document["problems"], [])

    def test_a_model_that_cannot_be_used(self):
        folder = os.path.join(os.path.dirname(COMMAND), "tests", "fixtures", "one-of-two-st-ai")
        done = subprocess.run(airunner("doctor", "-d", f"file:{folder}"), env=environment(), capture_output=True, text=True,
                              timeout=LIMIT_S)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stdout, "model 'encoder' cannot be used: .*generated with the weights")
        self.assertNotIn("'decoder'", done.stdout)
        self.assertIn("All is well.", self.run_command("doctor", "-d", "null:")[0])

    @unittest.skipUnless(MAY_MOUNT, "needs Linux, root, and that it may mount")
    def test_modem_manager_and_a_board(self):
        """Over /sys, /dev and /run lie folders of this test's own, which only its commands see, as they alone see a service of that name."""
        port = Path(self.folder, "usb/1-1/1-1:1.2")
        port.mkdir(parents=True)
        for name, text in (("idVendor", "0483"), ("idProduct", "374b"), ("product", "STM32 STLink")):
            (port.parent / name).write_text(text + "\n")
        tty = Path(self.folder, "tty/ttyACM0")
        tty.mkdir(parents=True)
        (tty / "device").symlink_to(port)
        (tty / "dev").write_text("166:0\n")
        shutil.copy(shutil.which("sleep"), self.path("ModemManager"))
        script = """set -e
mount --bind "$1/tty" /sys/class/tty
mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && touch /dev/ttyACM0
mount -t tmpfs none /run && mkdir -p /run/udev/data
"$2" doctor
"$1/ModemManager" 60 </dev/null >/dev/null 2>&1 &
until grep -q ModemManager /proc/$!/comm; do :; done
"$2" doctor && exit 1
echo E:ID_MM_PORT_IGNORE=1 >/run/udev/data/c166:0
exec "$2" doctor
"""
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script, "sh", self.folder, COMMAND],
                              env=environment(), capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        before, during, after = done.stdout.split("airunner 1.")[1:]
        self.assertRegex(during, r"1 problem\(s\):\n  /dev/ttyACM0 \(STM32 STLink\): ModemManager sends .*60-airunner\.rules .* plug the board in again\n$")
        for text in (before, after):
            self.assertTrue(text.endswith("All is well.\n"), text)

    def test_runtimes_are_told_where_they_are(self):
        library = self.path("onnxruntime.dll" if WINDOWS else "libonnxruntime.so.1.2")
        with open(library, "w", encoding="ascii") as file:
            file.write("not loaded")
        away = {"AIRUNNER_LITERT": self.path("nowhere"), "AIRUNNER_ONNXRUNTIME": self.folder}
        out = self.ill("doctor", **away)
        self.assertRegex(out, f"broken +ONNX Runtime: {re.escape(library)}\n")
        self.assertRegex(out, rf"missing +LiteRT: {re.escape(self.path('nowhere'))} \(AIRUNNER_LITERT\)\n")
        self.assertIn("2 problem(s)", out)
        self.assertRegex(out, rf"ONNX Runtime '{re.escape(self.folder)}' \(AIRUNNER_ONNXRUNTIME\) cannot be used: .*; correct or unset AIRUNNER_ONNXRUNTIME: "
                              rf"{re.escape(library)}: .*\n")
        self.assertRegex(out, rf"nowhere' \(AIRUNNER_LITERT\) cannot be used: expected libLiteRt{LIBRARY_ENDING} or .*; correct or unset AIRUNNER_LITERT\n")
        document = json.loads(self.ill("doctor", "--json", **away))
        self.assertEqual(document["runtimes"],
                         [{"name": "ONNX Runtime", "path": library}, {"name": "LiteRT", "path": None}])
        self.assertEqual((document["healthy"], len(document["problems"])), (False, 2))

    @needs_posix("the loader looks into no folder that a variable names")
    def test_a_runtime_that_only_the_loader_knows_is_found(self):
        """As one in /usr/lib: nothing but its name tells where it is."""
        plugin, = (p["path"] for p in self.run_json("doctor")["plugins"] if p["name"] == "null")
        library = shutil.copy(plugin, self.path("libLiteRt" + LIBRARY_ENDING))  # any library does
        away = {"PATH": "", "HOME": self.folder, "PYTHONPATH": ""}
        if "missing LiteRT" not in self.run_command("doctor", **away)[0].replace("missing  ", "missing "):
            self.skipTest("LiteRT is installed where it is found first")
        self.assertRegex(self.run_command("doctor", LD_LIBRARY_PATH=self.folder, **away)[0], f"found +LiteRT: {re.escape(library)}\n")
        with open(library, "w", encoding="ascii") as file:
            file.write("not a library")
        self.assertRegex(self.run_command("doctor", LD_LIBRARY_PATH=self.folder, **away)[0], "missing +LiteRT: install it")

    def test_missing_places_are_told(self):
        out = self.ill("doctor", "--plugin-path", self.path("nothing"))
        self.assertRegex(out, r"missing +\S*/nothing \(option\)")
        self.assertIn("nothing: does not exist; correct or leave out --plugin-path\n", out)
        out = self.ill("doctor", AIRUNNER_PLUGIN_PATH=self.path("nowhere"))
        self.assertRegex(out, r"missing +\S*/nowhere \(AIRUNNER_PLUGIN_PATH\)")
        self.assertIn("nowhere: does not exist; correct or leave out AIRUNNER_PLUGIN_PATH\n", out)

    def test_a_broken_plugin_is_told_and_harms_nobody(self):
        with open(self.path("libairunner-broken" + LIBRARY_ENDING), "w", encoding="ascii") as file:
            file.write("not a library")
        out = self.doctor_of(self.folder)
        self.assertIn("broken", out)
        self.assertIn("libairunner-broken" + LIBRARY_ENDING, out)
        self.run_command("info", "-d", "null:", "--plugin-path", self.folder)
        self.assertIn("airunner doctor", self.run_command("list", "--plugin-path", self.folder)[0])

    def test_options_of_every_backend(self):
        out, _ = self.run_command("doctor", "--options")
        self.assertRegex(out, r"Options of null \(null:\)")
        self.assertRegex(out, r"\n  models +1\.\.64 +1 +number of models\n")
        self.assertRegex(out, r"\n  optimize +none\|basic\|extended\|all +all +")
        self.assertRegex(out, r"\n  provider\.\* +text +")
        self.assertNotIn("Environment", out)
        plugins = {plugin["name"]: plugin for plugin in self.run_json("doctor", "--options")["plugins"]}
        models = next(option for option in plugins["null"]["options"] if option["key"] == "models")
        self.assertEqual(models, {"key": "models", "type": "number", "default": "1", "choices": ["1", "64"],
                                  "text": "number of models"})
        self.assertEqual(plugins["onnxruntime"]["patterns"], ["*.onnx"])
        for plugin in plugins.values():
            self.assertTrue(plugin["has_manifest"], plugin["path"])
        # The pages of the runtimes tell the same ones.
        for name, page in (("onnxruntime", "onnx.md"), ("litert", "litert.md")):
            with open(os.path.join(SOURCE_DIR, "docs", page), encoding="utf-8") as file:
                rows = [line.split(" | ")[0] for line in file if line.startswith("| `")]
            keys = {option["key"].split(".")[0] for option in plugins[name]["options"]}
            self.assertLessEqual({"only", "save", "weights"}, keys)
            for key in keys:
                self.assertTrue(any(row.startswith(("| `" + key + "=", "| `" + key + ".")) for row in rows), key)

    def doctor_of(self, folder):
        return self.ill("doctor", "--plugin-path", folder)

    def ill(self, *arguments, **variables):
        # Not a failure of the command: the findings are on stdout, only the exit code tells.
        done = subprocess.run(airunner(*arguments), env=environment(**variables), capture_output=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        return as_told(done.stdout.decode())


class Manifest(CommandTest):
    def plugins(self):
        return {plugin["name"]: plugin["path"] for plugin in self.run_json("list")["plugins"]}

    def test_the_built_ones_are_those_of_the_plugins(self):
        for name, path in self.plugins().items():
            out, _ = self.run_command("manifest", path)
            self.assertEqual(out.encode(), read_file(path.replace(LIBRARY_ENDING, ".manifest")), name)

    def test_all_that_are_there(self):
        out, _ = self.run_command("manifest")
        for name, path in self.plugins().items():
            self.assertIn(f"# {path}\nabi = 2\nname = {name}\n", out)

    def test_the_one_beside_a_plugin_does_not_matter(self):
        path = self.path("libairunner-null" + LIBRARY_ENDING)
        shutil.copy(self.plugins()["null"], path)
        good = self.run_command("manifest", path)[0]
        for text in ("", "no manifest", good.replace("version = ", "version = 7")):
            with open(self.path("libairunner-null.manifest"), "w", encoding="utf-8") as file:
                file.write(text)
            self.assertEqual(self.run_command("manifest", path)[0], good)
            done = subprocess.run(airunner("doctor", "--plugin-path", self.folder), env=environment(), capture_output=True,
                                  text=True, timeout=LIMIT_S)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(as_told(done.stdout), rf"broken +\S*/libairunner-null{LIBRARY_ENDING}\n +its manifest")
            self.run_command("info", "-d", "null:", "--plugin-path", self.folder)  # by the one that is installed

    def test_what_is_no_plugin(self):
        for path, told in (("/no/such/file.so", "cannot be loaded"), (COMMAND, "")):
            out, err = self.run_command("manifest", path, exit_code=1)
            self.assertEqual(out, "")
            self.assertIn(path, err)
            self.assertIn(told, err)

    def test_files_that_are_read_are_not_written(self):
        path = self.path("libairunner-null" + LIBRARY_ENDING)
        shutil.copy(self.plugins()["null"], path)
        before = read_file(path)
        done = subprocess.run(in_shell(f">>{as_given(path)}", "manifest", path), capture_output=True, env=environment(), timeout=LIMIT_S)
        self.assertEqual((done.returncode, read_file(path)), (2, before))


class Info(CommandTest):
    def test_text(self):
        out, _ = self.run_command("info", "-d", "null:")
        for part in ("Model network", "float32 (1,4,4,2)", "scale 0.5, zero point -3", "backend"):
            self.assertIn(part, out)
        self.assertIn("PER_LAYER_WITH_DATA", self.run_command("info", "-d", "null:", "-v")[0])

    def test_several_models(self):
        self.assertEqual(self.run_json("info", "-d", "null:?models=2", "--name", "network_2")["name"], "network_2")
        self.assertEqual(self.run_json("info", "-d", "null:", "--option", "models=3", "--name", "network_3")["name"],
                         "network_3")
        _, err = self.run_command("info", "-d", "null:?models=2", "--name", "nobody", exit_code=3)
        self.assertIn("network_2", err)

    def test_connecting_fails(self):
        for descriptor, part in (("nope:x", "nope"), ("/no/such/file", "/no/such/file"), ("null:?bogus=1", "bogus"),
                                 ("null:?connect_fail=1", ""), ("", "")):
            out, err = self.run_command("info", "-d", descriptor, "--json", exit_code=3)
            self.assertEqual(out, "")
            self.assertRegex(err, r"^airunner: \[[a-z ]+, E\d{3}\] ")
            self.assertIn(part, err)
        _, err = self.run_command("info", "-d", "nope:x", exit_code=3)
        self.assertRegex(err, r"\n  .*libairunner-null")  # causes are indented lines
        # What has a scheme is no path, whatever it ends in.
        for descriptor, told in (("nul:", r'no backend serves scheme "nul" \(did you mean null\?\); there are board, file, lib, null'),
                                 ("nope:model.onnx", 'no backend serves scheme "nope"; there are'),
                                 ("null:?model=2", r"unknown option model \(did you mean models\?\): backend null has models, name"),
                                 ("null:?models=65", "option models=65: expected a number from 1 to 64")):
            self.assertRegex(self.run_command("info", "-d", descriptor, exit_code=3)[1], told)

    def test_a_folder_of_models_is_told_to_be_one(self):
        for name in ("b.tflite", "a.onnx"):
            with open(self.path(name), "wb"):
                pass
        _, err = self.run_command("info", self.folder, exit_code=3)
        self.assertIn("or the library itself; it has model files, such as a.onnx: name one", err)

    def test_where_there_is_no_plugin_that_is_the_reason(self):
        for name in os.listdir(os.environ["AIRUNNER_LIBRARY_DIR"]):  # which looks for plugins beside itself
            if re.match(rf"libairunner[^/]*\{LIBRARY_ENDING}[.0-9]*$", name):
                shutil.copy(os.path.join(os.environ["AIRUNNER_LIBRARY_DIR"], name), self.folder)
        model = os.path.join(SOURCE_DIR, "examples", "models", "digits", "digits_int8.onnx")
        for descriptor in (model, "null:"):
            _, err = self.run_command("info", descriptor, exit_code=3, HOME=self.folder, **{LOADER_PATH: self.folder})
            self.assertIn("no plugin was found: install one into a place that is searched, or set AIRUNNER_PLUGIN_PATH", err)

    def test_models_of_frameworks(self):
        for name, told in (("m.pt", "a model of PyTorch"), ("m.PTH", "a model of PyTorch"), ("m.h5", "a model of Keras"),
                           ("m.keras", "a model of Keras"), ("m.npy", "arrays, not a model: inputs are given")):
            with open(self.path(name), "wb"):
                pass
            _, err = self.run_command("info", self.path(name), exit_code=3)
            self.assertIn(told, err)
            self.assertEqual("export it to .onnx or .tflite" in err, name != "m.npy")

    def test_weights_that_are_not_there(self):
        _, err = self.run_command("info", "-d", "null:", "--weights", self.path("w.bin"), exit_code=4)
        self.assertIn("No such file", err)


class Profile(CommandTest):
    def test_text(self):
        out, _ = self.run_command("profile", "-d", "null:")
        for part in ("Profile of network", "10 samples", "p99", "cumul.", "AddBias", "100.0%"):
            self.assertIn(part, out)

    def test_json(self):
        document = self.run_json("profile", "-d", "null:", "-b", "4", "--repeat", "3", "--warmup", "2")
        self.assertEqual(document["mode"], ["PER_LAYER"])
        self.assertEqual(len(document["c_durations"]), 12)
        self.assertEqual(document["n_samples"], 4)
        self.assertEqual(len(document["c_nodes"]), 4)
        for node in document["c_nodes"]:
            self.assertEqual(len(node["c_durations"]), 12)
            self.assertEqual(node["statistics"]["count"], 12)
        total = sum(node["share"] for node in document["c_nodes"])
        self.assertLessEqual(total, 1.0001)

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.run_command("profile", "-d", "null:", "--format", "csv")[0])))
        self.assertEqual([row["name"] for row in rows], ["scale", "quantize", "add_bias", "split"])
        self.assertAlmostEqual(float(rows[-1]["cumulated_share"]), sum(float(row["share"]) for row in rows))
        rows = list(csv.DictReader(io.StringIO(
            self.run_command("profile", "-d", "null:", "--mode", "io-only", "--format", "csv")[0])))
        self.assertEqual(len(rows), 1)
        self.assertTrue(self.run_command("profile", "-d", "null:", "--csv")[0].startswith("model,index,"))

    def serve(self, *words):
        """Descriptor of a target that lives as long as the test."""
        server = subprocess.Popen(airunner("serve", "null:", "--listen", SERVED_AT, *words), env=environment(),
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(lambda: (server.kill(), server.wait(), server.stdout.close()))
        return server.stdout.readline().split()[1]

    def test_where_nodes_ran(self):
        board = self.serve("--personality", "neural-art")
        paths = {name: self.path("r." + name) for name in ("json", "csv", "html", "trace")}
        text, _ = self.run_command("profile", "-d", board, "--html", paths["html"], "--trace", paths["trace"],
                                   "--output-report", paths["json"], "--output-report", paths["csv"])
        self.assertRegex(text, r"ran on +NPU \d+\.\d % of the time of nodes \(3 nodes\), CPU \d+\.\d % \(1 node\)")
        self.assertRegex(text, r"3 .*epoch \(SW\) .* CPU ")
        with open(paths["json"], encoding="utf-8") as file:
            document = json.load(file)
        self.assertEqual([node["processor"] for node in document["c_nodes"]], ["NPU", "NPU", "NPU", "CPU"])
        self.assertEqual([(one["name"], one["n_nodes"]) for one in document["processors"]], [("NPU", 3), ("CPU", 1)])
        self.assertAlmostEqual(sum(one["share"] for one in document["processors"]), 1)
        with open(paths["csv"], encoding="utf-8", newline="") as file:
            self.assertEqual([row["processor"] for row in csv.DictReader(file)], ["NPU", "NPU", "NPU", "CPU"])
        with open(paths["html"], encoding="utf-8") as file:
            self.assertRegex(file.read(), "on NPU</dt><dd>3 nodes, ")
        with open(paths["trace"], encoding="utf-8") as file:
            events = json.load(file)["traceEvents"]
        self.assertEqual({event["args"].get("processor") for event in events if "m_id" in event.get("args", {})}, {"NPU", "CPU"})

    def test_where_nodes_have_to_run(self):
        board = self.serve("--personality", "neural-art")
        for words in (["--require", "processor=NPU:0.1%"], ["--require", "processor=npu:0.001", "--forbid", "processor=GPU"]):
            self.run_command("profile", "-d", board, *words)
        for words, told in ((["--require", "processor=NPU"], r"--require processor=NPU: [\d.]+ % of the time of nodes is there, [\d.]+ % elsewhere"),
                            (["--require", "processor=NPU:99.99%"], "--require processor=NPU:99.99%: "),
                            (["--forbid", "processor=cpu"], r"--forbid processor=cpu: [\d.]+ % of the time of nodes is there")):
            out, err = self.run_command("profile", "-d", board, *words, exit_code=7)
            self.assertIn("Profile of network", out)  # is told all the same
            self.assertRegex(err, told)
            self.assertRegex(err, r"\n  EpochBlock_4, epoch \(SW\) on CPU: [\d.]+ %\n$")
        _, err = self.run_command("profile", "-d", board, "--require", "processor=GPU", "--forbid", "processor=NPU", exit_code=7)
        self.assertEqual(len(err.splitlines()), 1 + 4 + 1 + 3, err)  # both rules, with the nodes of each
        for name, told in (("GPUU", "no processor is known by that name (did you mean GPU?)\n  the nodes are on "), ("NPU+Xyz", "no processor")):
            self.assertIn(told, self.run_command("profile", board, "--forbid", "processor=" + name, exit_code=2)[1])
        self.assertIn("; no processor is known by that name (did you mean NPU?)\n",
                      self.run_command("profile", board, "--require", "processor=NPUU", exit_code=7)[1])
        self.run_command("compare", "null:", board, "--forbid", "processor=CPU", "--min", "cos=-1", exit_code=7)
        self.run_command("compare", board, "null:", "--forbid", "processor=NPU", "--min", "cos=-1")  # B is looked at
        self.run_command("compare", board, "null:", "--require", "processor=CPU", "--min", "cos=-1")

    def test_where_nodes_ran_that_nobody_tells(self):
        board = self.serve("--personality", "tflm")  # no nodes
        _, err = self.run_command("profile", "-d", board, "--require", "processor=CPU", exit_code=6)
        self.assertIn("cannot be decided", err)
        self.assertIn("tells of no nodes", err)

    def test_counters_of_an_npu(self):
        board = self.serve("--personality", "neural-art")
        document = self.run_json("profile", "-d", board, "-b", "2", "--counters", "npu,streng,port,cache")
        for node in document["c_nodes"]:
            values = node["columns"]
            # The server runs with 64 bytes in the longest burst.
            bytes_read = [8 * sum(length * values[f"npu.port.0.read.bursts.{length}"][i] for length in (1, 2, 4, 8)) for i in range(2)]
            self.assertEqual(values["npu.port.0.read"], bytes_read)
            for read, width, core in zip(bytes_read, values["npu.port.0.read.bandwidth"], values["npu.cycles.core"]):
                self.assertAlmostEqual(width, read * 1000 / core)  # MB/s at 1 GHz
            hits, misses, rates = (values["npu.cache.read." + name] for name in ("hit", "miss", "hit_rate"))
            self.assertEqual(rates, [100 * hit / (hit + miss) for hit, miss in zip(hits, misses)])
            self.assertIn("npu.streng.in.busiest.share", values)
        self.assertEqual(document["columns"]["npu.port.0.read"]["unit"], "B")
        self.assertEqual(document["columns"]["npu.port.0.read"]["values"][0],
                         sum(node["columns"]["npu.port.0.read"][0] for node in document["c_nodes"]))
        text, _ = self.run_command("profile", "-d", board, "--counters", "cache", COLUMNS="200")
        self.assertRegex(text, r"# +npu\.cache +read\.hit_rate % +read\.hit ")
        self.assertRegex(text, r"\n +3  EpochBlock_4, epoch \(SW\) +\d")
        self.assertNotIn("npu.port", text)
        rows = list(csv.DictReader(io.StringIO(self.run_command("profile", "-d", board, "--counters", "port", "--csv")[0])))
        self.assertGreater(float(rows[0]["mean_npu.port.0.read"]), 0)
        _, err = self.run_command("profile", "-d", "null:", "--counters", "npu", exit_code=3)
        self.assertIn("unknown option counters", err)
        self.assertIn("\n  --counters is for boards with an STM32N6\n", err)

    def test_a_mode_that_is_not_granted_is_said_everywhere(self):
        """A target that tells no nodes: text, JSON, CSV, HTML, trace, and `run`."""
        with tempfile.TemporaryDirectory() as folder:
            server = subprocess.Popen(airunner("serve", "null:", "--personality", "tflm", "--listen", SERVED_AT), env=environment(),
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                descriptor = server.stdout.readline().split()[1]
                paths = {name: os.path.join(folder, "r." + name) for name in ("json", "csv", "html", "trace")}
                text = self.run_command("profile", "-d", descriptor, "--mode", "per-layer-with-data",
                                        "--html", paths["html"], "--trace", paths["trace"],
                                        "--output-report", paths["json"], "--output-report", paths["csv"])[0]
                self.assertIn("not granted: PER_LAYER|PER_LAYER_WITH_DATA", text)
                with open(paths["json"], encoding="utf-8") as file:
                    document = json.load(file)
                self.assertEqual((document["mode"], document["mode_not_granted"]),
                                 (["IO_ONLY"], ["PER_LAYER", "PER_LAYER_WITH_DATA"]))
                with open(paths["csv"], encoding="utf-8", newline="") as file:
                    (row,) = csv.DictReader(file)
                self.assertEqual(row["mode_not_granted"], "PER_LAYER|PER_LAYER_WITH_DATA")
                with open(paths["html"], encoding="utf-8") as file:
                    self.assertIn("PER_LAYER, PER_LAYER_WITH_DATA was asked for, and the target or runtime does not give it", file.read())
                with open(paths["trace"], encoding="utf-8") as file:
                    self.assertIn("PER_LAYER|PER_LAYER_WITH_DATA", file.read())
                text = self.run_command("run", "-d", descriptor, "--mode", "per-layer")[0]
                self.assertIn("not granted: PER_LAYER:", text)
                document = json.loads(self.run_command("run", "-d", descriptor, "--mode", "per-layer", "--json")[0])
                self.assertEqual(document["mode_not_granted"], ["PER_LAYER"])
            finally:
                server.kill()
                server.wait()
                server.stdout.close()
        document = json.loads(self.run_command("profile", "-d", "null:", "--json")[0])
        self.assertEqual(document["mode_not_granted"], [])

    def test_modes(self):
        for mode, expected in (("io-only", ["IO_ONLY"]), ("per-layer-with-data", ["PER_LAYER", "PER_LAYER_WITH_DATA"]),
                               ("per-layer,fixed-input", ["PER_LAYER", "FIXED_INPUT"])):
            document = self.run_json("profile", "-d", "null:", "-b", "2", "--mode", mode)
            self.assertEqual(document["mode"], expected)
        document = self.run_json("profile", "-d", "null:", "-b", "3", "--mode", "per-layer-with-data")
        self.assertEqual([len(data) for data in document["c_nodes"][3]["data"]], [3 * 4, 3 * 32])

    def test_reports_in_files(self):
        paths = [self.path(name) for name in ("r.txt", "r.json", "r.csv")]
        out, _ = self.run_command("profile", "-d", "null:", *(x for p in paths for x in ("--output-report", p)))
        texts = [read_file(path).decode() for path in paths]
        self.assertEqual(out, texts[0])
        self.assertIn('"airunner.profile/1"', texts[1])
        self.assertTrue(texts[2].startswith("model,index,"))
        self.run_command("profile", "-d", "null:", "--output-report", self.path("no/such/r.txt"), exit_code=1)

    def test_every_file_that_is_written_is_told(self):
        paths = [self.path(name) for name in ("r.json", "r.html", "t.json")]
        self.run_command("profile", "null:", "--output-report", paths[0], "--html", paths[1], "--trace", paths[2])
        self.assertEqual(self.written, paths)
        self.run_command("run", "null:", "-o", self.path("o.npz"), "--html", self.path("o.html"))
        self.assertEqual(self.written, [self.path("o.npz"), self.path("o.html")])
        self.run_command("report", paths[0], "-o", self.path("p.html"))
        self.assertEqual(self.written, [self.path("p.html")])
        names = [self.path(name) for name in ("a.npz", "b.npz", "c.html", "c.xml")]
        self.run_command("compare", "null:", "null:", "--save", names[0], "--save", names[1], "--html", names[2], "--junit", names[3])
        self.assertEqual(self.written, names)
        self.run_command("compare", "null:", "--save", names[0])
        self.assertEqual(self.written, names[:1])
        names = [self.path(name) for name in ("w.txt", "w.html", "w.json")]
        self.run_command("profile", "null:", "--runs", "1", "--output-report", names[0], "--html", names[1], "--save", names[2])
        self.assertEqual(self.written, names)
        self.run_command("profile", "--current", names[2], "--baseline", names[2], "--junit", self.path("v.xml"), exit_code=9)
        self.assertEqual(self.written, [self.path("v.xml")])
        self.run_command("run", "null:", "--html", "/dev/full", exit_code=1)
        self.assertEqual(self.written, [])

    def test_csv_for_decimal_commas(self):
        usual, other = self.path("usual.csv"), self.path("other.csv")
        self.run_command("profile", "null:", "--output-report", usual, "--csv-dialect", "comma")
        text, _ = self.run_command("profile", "null:", "--csv", "--csv-dialect", "semicolon", "--output-report", other)
        self.assertEqual(text.encode(), read_file(other))
        here, there = (list(csv.reader(io.StringIO(read_file(path).decode()), delimiter=sign))
                       for path, sign in ((usual, ","), (other, ";")))
        self.assertEqual([len(row) for row in here], [len(row) for row in there])
        self.assertEqual([row[:8] for row in here], [row[:8] for row in there])  # texts and counts, commas of shapes included
        self.assertFalse([cell for cell in there[1][8:] if "." in cell])  # two runs: not the same numbers
        self.assertFalse([cell for cell in here[1][8:] if "," in cell])
        self.assertTrue(any("," in cell for cell in there[1][8:]))
        _, err = self.run_command("profile", "null:", "--csv-dialect", "semicolon", exit_code=2)
        self.assertIn("--csv-dialect semicolon: nothing is written as CSV", err)

    def test_page_and_trace(self):
        page, trace, report = self.path("page"), self.path("trace"), self.path("r.html")
        before = time.time()
        self.run_command("profile", "-d", "null:", "-b", "2", "--io", "quantize", "--html", page, "--trace", trace,
                         "--output-report", report)
        self.assertTrue(read_file(page).startswith(b"<!DOCTYPE html>"))
        self.assertEqual(read_file(page), read_file(report))
        self.assertEqual(len([e for e in json.loads(read_file(trace))["traceEvents"] if e["name"] == "scale"]), 2)
        document = self.run_json("profile", "-d", "null:", "--io", "quantize", "--warmup", "3", "--timeout", "9")
        self.assertEqual(document["options"], {"io": ["quantize"], "warmup": 3, "repeat": 1, "timeout_ms": 9000})
        begin = datetime.fromisoformat(document["begin"].replace("Z", "+00:00")).timestamp()
        self.assertTrue(before - 2 <= begin <= time.time() + 1)
        self.assertIn(platform.machine(), document["host"])

    def test_a_failing_node(self):
        out, err = self.run_command("profile", "-d", "null:?fail_at=2", exit_code=1)
        self.assertEqual(out, "")
        self.assertIn("[run failed, E8", err)
        out, err = self.run_command("profile", "-d", "null:?fail_sample=3", "-b", "5", "--warmup", "0", exit_code=1)
        self.assertIn("3 samples", out)  # what was done is shown

    def test_timeout(self):
        out, err = self.run_command("profile", "-d", "null:?delay_ms=50", "-b", "1000", "--timeout", "1.5", exit_code=124)
        self.assertIn("Profile of network", out)
        self.assertIn("[timeout, E801]", err)
        self.assertIn("interrupted    [timeout, E801]", out)

    def test_a_document_of_an_interrupted_run_says_so(self):
        report = self.path("r.json")
        out, _ = self.run_command("profile", "null:?delay_ms=20", "-b", "1000", "--timeout", "0.5", "--json", "--output-report",
                                  report, "--html", self.path("r.html"), exit_code=124)
        for text in (out, read_file(report)):
            document = json.loads(text)
            self.assertIn("time limit of 500 ms passed after", document["interrupted"])
            self.assertLess(document["n_samples"], 1000)
        self.assertIn(b"This run was interrupted: [timeout", read_file(self.path("r.html")))
        self.assertNotIn("interrupted", self.run_json("profile", "null:"))


class Report(CommandTest):
    def save(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def test_documents_become_a_page(self):
        paths = [self.save(command + ".json", self.run_command(command, "-d", "null:", "--json")[0])
                 for command in ("info", "run", "profile")]
        page = self.run_command("report", *paths)[0]
        self.assertEqual(page.count("<article"), 3)
        self.assertEqual(self.run_command("report", *paths, "-o", self.path("r.html"))[0], "")
        self.assertIn("x.pdf: expected a name that ends in .html", self.run_command("report", *paths, "-o", self.path("x.pdf"), exit_code=2)[1])
        self.assertEqual(read_file(self.path("r.html")).decode(), page)
        self.run_command("run", "-d", "null:", "--html", self.path("run.html"))
        self.assertIn(b"<h1>network</h1>", read_file(self.path("run.html")))

    def test_what_is_no_document_is_named(self):
        good = self.save("good.json", self.run_command("info", "-d", "null:", "--json")[0])
        for name, text, told in (("cut.json", "{", "is not a JSON document, see byte 1"), ("zero.json", "{}\0", "zero bytes"),
                                 ("other.json", '{"schema": "x"}', "the schema is 'x', expected one of airunner.profile/1"),
                                 ("empty.json", "", "is not a JSON document")):
            bad = self.save(name, text)
            out, err = self.run_command("report", good, bad, exit_code=4)
            self.assertEqual(out, "")
            self.assertIn(bad, err)
            self.assertIn(told, err)
        self.assertIn("missing.json", self.run_command("report", self.path("missing.json"), exit_code=4)[1])

    def test_a_wrong_output_harms_no_document(self):
        good = self.save("good.json", self.run_command("info", "-d", "null:", "--json")[0])
        before = read_file(good)
        other_name = os.path.join(self.folder, ".", "good.json")
        self.assertIn("is also an input", self.run_command("report", good, "-o", other_name, exit_code=2)[1])
        self.assertEqual(read_file(good), before)
        self.assertIn("there is no folder", self.run_command("report", good, "-o", self.path("no/r.html"), exit_code=1)[1])
        self.assertIn("the page's name goes after -o", self.run_command("report", good, self.path("r.html"), exit_code=4)[1])


class Digits(CommandTest):
    def setUp(self):
        super().setUp()
        self.libraries = glob.glob(os.path.join(os.environ["AIRUNNER_MODELS_DIR"], "digits", "*", "libai_network" + LIBRARY_ENDING))
        data = os.path.join(SOURCE_DIR, "examples", "models", "digits")
        self.images, self.labels = os.path.join(data, "test_images.npy"), os.path.join(data, "test_labels.npy")
        if not self.libraries or not os.path.exists(self.images):
            self.skipTest("the digits model is not built")

    def test_accuracy_and_profile(self):
        self.assertEqual(len(self.libraries), 4)
        for library in self.libraries:
            arguments = ["-d", "file:" + library, "-i", self.images]
            document = self.run_json("run", *arguments, "--labels", self.labels, "--io", "quantize,dequantize")
            self.assertGreaterEqual(document["accuracy"]["top1"], 0.95)
            self.assertGreaterEqual(document["n_samples"], 300)
            if "int8" in library:
                _, err = self.run_command("run", *arguments, exit_code=4)
                self.assertIn("--io quantize", err)
            profile = self.run_json("profile", "-d", "file:" + library)
            self.assertEqual(len(profile["c_nodes"]), profile["info"]["n_nodes"])
            self.assertGreater(profile["statistics"]["mean"], 0)


if __name__ == "__main__":
    unittest.main()
