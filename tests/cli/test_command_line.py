# SPDX-License-Identifier: BSD-3-Clause
"""The words of the command: options, help, and each wrong turn with its exit code."""
import re
import subprocess
import unittest

from support import LIMIT_S, NULL_DEVICE, CommandTest, airunner, environment


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


if __name__ == "__main__":
    unittest.main()
