# SPDX-License-Identifier: BSD-3-Clause
"""`profile` by whole runs: recorded, against a baseline, in turns; and verdicts for build servers, of `compare` too."""
import copy
import json
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from support import LIMIT_S, CommandTest, airunner, environment, read_file


def scaled(runs, factor):
    """Other runs, each time so many times as long."""
    runs = copy.deepcopy(runs)
    for run in runs["runs"]:
        run["begin"] += f" x {factor}"
        for part in [run, *run["c_nodes"]]:
            part["c_durations"] = [time * factor for time in part["c_durations"]]
    return runs


class Regression(CommandTest):
    def write(self, name, document):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(document, file)
        return self.path(name)

    def recorded(self, count=5):
        """Runs of this machine, made as quiet as tests need: all of them alike but for a thousandth."""
        runs = self.run_json("profile", "-d", "null:", "--runs", str(count))
        first = runs["runs"][0]
        quiet = [copy.deepcopy(first) for _ in range(count)]
        for i, run in enumerate(quiet):
            run["c_durations"] = [1 + i / 1000] * len(run["c_durations"])
            for node in run["c_nodes"]:
                node["c_durations"] = [0.25 + i / 4000] * len(node["c_durations"])
        return {**runs, "runs": quiet}

    def refused(self, words, *arguments, exit_code=2):
        _, err = self.run_command("profile", *arguments, exit_code=exit_code)
        self.assertIn(words, err)

    def test_runs_are_processes_of_their_own_and_are_kept(self):
        path = self.path("old.json")
        out, _ = self.run_command("profile", "-d", "null:", "--runs", "3", "--batch", "7", "--save", path)
        self.assertIn("3 runs", out)
        kept = json.loads(read_file(path))
        self.assertEqual(kept["schema"], "airunner.runs/1")
        self.assertEqual([run["n_samples"] for run in kept["runs"]], [7, 7, 7])
        # Options go on to the processes.
        runs = self.run_json("profile", "-d", "null:", "--runs", "2", "--mode", "io-only", "--range", "-1,1", "--warmup", "3", "--repeat", "2")
        self.assertEqual([(run["options"]["warmup"], len(run["c_durations"]), run["c_nodes"]) for run in runs["runs"]], [(3, 20, [])] * 2)

    def test_what_has_become_slower_ends_with_8(self):
        runs = self.recorded()
        old, new = self.write("old.json", runs), self.write("new.json", scaled(runs, 1.2))
        junit, page, report = self.path("v.xml"), self.path("v.html"), self.path("v.json")
        done = subprocess.run(airunner("profile", "--baseline", old, "--current", new, "--junit", junit, "--github", "--html", page,
                               "--output-report", report), env=environment(), capture_output=True, timeout=LIMIT_S)
        out, err = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, 8, err)
        self.assertIn("regression: p50 +20.0 %", out)
        self.assertTrue(err.endswith("airunner: it has grown by more than the limits allow\n"), err)
        self.assertEqual((out + err).count("regression: p50"), 1)
        self.assertIn("::error title=airunner profile network%3A p50::1.202 ms, was 1.002 ms: +20.0 %25", err)
        suite = ElementTree.parse(junit).getroot().find("testsuite")
        names = [case.get("name") for case in suite if case.find("failure") is not None]
        self.assertEqual(names[0], "p50")
        self.assertEqual(suite.get("failures"), str(len(names)))
        self.assertEqual(len(names), 1 + sum(1 for node in runs["runs"][0]["c_nodes"] if node["c_durations"]))
        self.assertIn(b"<svg", read_file(page))
        document = json.loads(read_file(report))
        self.assertEqual(document["verdict"], "regression")
        # The page of the document is that of the command.
        self.assertIn("Regression", self.run_command("report", report)[0])

    def test_what_has_not_ends_with_0(self):
        runs = self.recorded()
        old = self.write("old.json", runs)
        out, _ = self.run_command("profile", "--baseline", old, "--current", self.write("same.json", scaled(runs, 1.001)))
        self.assertIn("no regression: p50 +0.1 %", out)
        # A limit that asks for an improvement is one.
        self.refused("grown by more than", "--baseline", old, "--current", self.path("same.json"), "--max-regression", "p50=-10%", exit_code=8)

    def test_a_run_counts_once(self):
        runs = self.recorded()
        several, one, other = self.write("old.json", runs), self.write("one.json", runs["runs"][0]), self.write("other.json", runs["runs"][1])
        new = self.write("new.json", scaled(runs, 1.001))
        self.refused("one.json have the same one, which began at ", "--baseline", one, "--baseline", one, "--current", other, exit_code=4)
        self.refused(", on one side: a run counts once", "--baseline", several, "--baseline", one, "--current", new, exit_code=4)
        self.refused(", on both sides: a run counts once", "--baseline", several, "--current", several, exit_code=4)
        self.refused("give each file once", "--baseline", several, "--current", self.write("copy.json", runs), exit_code=4)
        # One alone decides nothing but sizes, nor does it scatter.
        self.run_command("profile", "--baseline", one, "--current", one, "--max-regression", "memory=0%")
        document = json.loads(self.run_command("profile", "--baseline", one, "--current", one, "--json", exit_code=9)[0])
        self.assertEqual((document["verdict"], {check["scatter"] for check in document["checks"]}), ("cannot tell", {None}))

    def test_too_few_runs_end_with_9(self):
        runs = self.recorded()
        one = self.write("one.json", runs["runs"][0])
        out, err = self.run_command("profile", "--baseline", one, "--current", one, exit_code=9)
        self.assertIn("take 4 more runs of each side, in turns: airunner profile NEW --baseline OLD --runs 5", out)
        self.assertEqual(err, "airunner: these runs cannot tell whether it has grown by more than the limits allow\n")
        words = airunner("profile", "--baseline", one, "--current", one, "--github", "--max-regression", "p50=3%")
        err = subprocess.run(words, env=environment(), capture_output=True, timeout=LIMIT_S).stderr.decode()
        self.assertRegex(err, r"::cannot tell: 1\.\d+ ms, was .*, limit 3 %25; 5 runs of each side can\n")
        out, _ = self.run_command("profile", "--baseline", one, "--current", self.write("new.json", scaled(runs, 1.001)), exit_code=9)
        self.assertIn("take 4 more runs of the baseline: airunner profile DESCRIPTOR --runs 4 --save MORE.json, given as one more --baseline", out)

    def test_several_documents_are_several_runs(self):
        runs = self.recorded()["runs"]
        others = scaled({"runs": runs}, 1.001)["runs"]
        sides = [word for i, run in enumerate(runs) for word in ("--baseline", self.write(f"{i}.json", run))]
        sides += [word for i, run in enumerate(others) for word in ("--current", self.write(f"new-{i}.json", run))]
        document = self.run_json("profile", *sides)
        self.assertEqual((document["baseline"]["runs"], document["current"]["runs"]), (5, 5))

    def test_a_baseline_that_is_a_descriptor_is_run_in_turns(self):
        # What a busy machine measures is no matter here: only memory is limited.
        document = self.run_json("profile", "-d", "null:", "--baseline", "null:", "--runs", "2", "--max-regression", "memory=0%")
        self.assertEqual((document["baseline"]["runs"], document["current"]["runs"]), (2, 2))
        self.assertEqual(document["verdict"], "no regression")
        self.assertNotIn("did not take turns", str(document["notes"]))

    def test_a_run_that_fails_ends_all(self):
        self.refused("run 1 of 2 of nothing: ended: exit code 3", "-d", "nothing:", "--runs", "2", exit_code=3)

    def test_several_limits_may_be_one_word(self):
        runs = self.recorded()
        old, new = self.write("old.json", runs), self.write("new.json", scaled(runs, 1.0001))
        for words in (["p50=3% memory=1%"], ["p50=3%, memory=1%"], ["p50=3%,memory=1%"], ["p50=3%", "memory=1%"]):
            found = self.run_json("profile", "--baseline", old, "--current", new, "--max-regression", *words)
            self.assertEqual([limit["quantity"] for limit in found["limits"]], ["p50", "memory"])
        self.refused("got 5;", "--baseline", old, "--current", new, "--max-regression", "p50=3% 5;")
        self.refused("such as p50=3%, got res.onnx: the option takes all words that follow it, so that a descriptor goes before it",
                     "--baseline", old, "--max-regression", "p50=3%", "res.onnx")

    def test_what_is_no_baseline_is_told_without_plugins(self):
        for name, told in (("k.npz", "it has no times of runs"), ("misspelt", "there is no such file or folder")):
            with open(self.path("k.npz"), "wb"):
                pass
            _, err = self.run_command("profile", "null:", "--baseline", self.path(name), exit_code=4)
            self.assertEqual(err, f"airunner: --baseline {self.path(name)}: {told}; a baseline is a .json of --save or --json, or a descriptor\n")

    def test_options_without_effect_are_refused(self):
        old = self.write("old.json", self.recorded())
        self.refused("need --baseline", "-d", "null:", "--max-regression", "p50=3%")
        self.refused("need --baseline", "-d", "null:", "--junit", self.path("x.xml"))
        self.refused("profile needs a descriptor", "--baseline", old)
        self.refused("profile needs a descriptor")
        new = self.write("new.json", scaled(self.recorded(), 1.0))
        self.refused("do not go with it", "-d", "null:", "--baseline", old, "--current", old)
        for run_now in (["--input", "x.npy"], ["--warmup", "3"], ["--mode", "io-only"], ["--timeout", "3"]):
            self.refused(f"{run_now[0]} has no effect", "--baseline", old, "--current", old, *run_now)
        self.run_command("profile", "--baseline", old, "--current", new, "-v")
        for one_run in (["--csv"], ["--csv-dialect", "semicolon"], ["--model-explorer", self.path("n.json")]):
            self.refused("--csv, --csv-dialect, --trace and --model-explorer", "-d", "null:", "--runs", "2", *one_run)
        self.refused("ends in .json", "-d", "null:", "--runs", "2", "--save", self.path("x.npz"))
        self.refused("one descriptor", "-d", "null:", "--baseline", "null:", "--baseline", old)
        self.refused("such as p50=3%", "-d", "null:", "--baseline", old, "--max-regression", "p50=3")
        self.refused("is also an input", "-d", "null:", "--baseline", old, "--save", old)
        self.refused("applies to nothing", "-d", "null:", "--baseline", old, "--max-regression", "energy=3%", exit_code=4)
        self.refused("nowhere.json", "-d", "null:", "--baseline", self.path("nowhere.json"), exit_code=4)
        self.refused("expected airunner.profile/1", "-d", "null:", "--baseline", self.write("x.json", {"schema": "x"}), exit_code=4)

    def test_another_network_of_the_same_name_is_told(self):
        runs = self.recorded()
        old, other = self.write("old.json", runs), scaled(runs, 1.0)
        for run in other["runs"]:
            run["info"]["inputs"][0]["shape"] = [1, 9, 9, 2]
            run["info"]["outputs"][0]["shape"] = [1, -1, 4]  # each sample has its own
            run["info"].update(macc=77, n_nodes=9)
        document = self.run_json("profile", "--baseline", old, "--current", self.write("new.json", other))
        self.assertTrue(document["text"].endswith("; the inputs and the outputs differ: is it the same network?"), document["text"])
        notes = "\n".join(document["notes"])
        self.assertIn("the inputs differ: float32 (1,4,4,2), int8 (1,8) in the baseline, float32 (1,9,9,2), int8 (1,8) now", notes)
        self.assertIn("int8 (1,-1,4), float32 (1,4) now", notes)
        self.assertIn("the numbers of nodes differ: 4 in the baseline, 9 now", notes)
        self.assertIn("the multiply-accumulates differ: 40 in the baseline, 77 now", notes)
        same = self.write("same.json", scaled(runs, 1.001))
        self.assertNotIn("same network", self.run_json("profile", "--baseline", old, "--current", same)["text"])

    def test_a_baseline_of_another_network_is_refused(self):
        runs = self.recorded()
        other = copy.deepcopy(runs)
        for run in other["runs"]:
            run["info"]["inputs"][0]["shape"] = [1, 490]
            for node in run["c_nodes"]:
                node["name"] += "_of_another"
        old = self.write("old.json", other)
        told = "the baseline is of another network: expected inputs float32 (1,4,4,2), int8 (1,8), outputs "
        self.refused(told, "--baseline", old, "--current", self.write("new.json", runs), exit_code=4)
        _, err = self.run_command("profile", "null:", "--runs", "50", "--baseline", old, exit_code=4)  # told before all are run
        self.assertIn("; it has inputs float32 (1,490), int8 (1,8), outputs ", err)
        self.assertIn("record a baseline of this network", err)

    def test_history(self):
        paths = [self.write(f"{i}.json", run) for i, run in enumerate(self.recorded(4)["runs"])]
        page, _ = self.run_command("report", *paths)
        self.assertIn("<h2>History</h2>", page)
        self.assertIn("<polyline", page.split("<h2>History</h2>")[1])
        self.assertNotIn("<h2>History</h2>", self.run_command("report", *paths[:2])[0])


class Comparison(CommandTest):
    def test_junit_and_annotations(self):
        junit = self.path("v.xml")
        self.run_command("compare", "null:", "null:", "--junit", junit)
        suite = ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual((suite.get("failures"), suite.get("errors")), ("0", "0"))
        names = [case.get("name").split()[0] for case in suite.findall("testcase")]
        n_outputs = names.count("output")
        self.assertGreater(n_outputs, 0)
        self.assertGreater(names.count("node"), 1)
        self.assertEqual(len(names), n_outputs + names.count("node"))
        _, err = self.run_command("compare", "null:", "null:", "--junit", junit, "--min", "mean=1", exit_code=5)
        suite = ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual(suite.get("failures"), str(n_outputs))
        self.assertIn("mean is 0, limit >= 1", suite.find("testcase/failure").get("message"))
        self.run_command("compare", "null:", "--save", self.path("x.npz"), "--github", exit_code=2)


if __name__ == "__main__":
    unittest.main()
