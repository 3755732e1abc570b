# SPDX-License-Identifier: BSD-3-Clause
"""`airunner profile` and `report`, on the null backend, fixtures and the digits libraries."""
import csv
import glob
import io
import json
import os
import platform
import subprocess
import tempfile
import time
import unittest
from datetime import datetime

from support import LIBRARY_ENDING, SERVED_AT, SOURCE_DIR, CommandTest, airunner, environment, read_file


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
        with open(self.path(name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
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
                                 ("wide.json", "{}".encode("utf-16"), "is text in UTF-16: save it as UTF-8"),
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
