# SPDX-License-Identifier: BSD-3-Clause
"""`airunner compare` from outside: the broken layer is named, captures travel, limits decide the exit code, wrong use is refused."""
import json
import os
import resource
import struct
import subprocess
import sys
import unittest
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from support import COMMAND, LIMIT_S, SOURCE_DIR, CommandTest, environment, read_npy  # noqa: E402

DIGITS = os.environ["AIRUNNER_DIGITS_DIR"]
ALTERED = os.environ["AIRUNNER_ALTERED_DIR"]
MODELS = os.path.join(SOURCE_DIR, "examples", "models", "digits")
IMAGES = os.path.join(MODELS, "test_images.npy")
RELEASE_0_1 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "release-0.1.npz")  # of null:, by that release
VARIANTS = [f"{flavour}-{dtype}" for flavour in ("legacy", "st-ai") for dtype in ("int8", "float32")]
LAYERS = {"conv_1": 0, "conv_2": 1, "conv_3": 3, "conv_4": 5, "dense": 7}  # those with weights, by node
DIFFERS = 5
NO_VERDICT = 6


def digits(variant):
    return os.path.join(DIGITS, variant)


class CompareTest(CommandTest):
    def compare(self, *arguments, exit_code=0, alter=None):
        """The comparison as a dictionary."""
        variables = {} if alter is None else {"AIRUNNER_TEST_ALTER": alter}
        for name in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT"):
            if name in os.environ:
                variables[name] = os.environ[name]
        done = subprocess.run([COMMAND, "compare", *arguments, "--json"], env=environment(**variables), capture_output=True,
                              timeout=LIMIT_S)
        self.assertIn(done.returncode, (0, DIFFERS, NO_VERDICT) if exit_code is None else (exit_code,), done.stderr.decode())
        return json.loads(done.stdout, parse_constant=self.fail)

    def save(self, descriptor, *arguments):
        path = self.path("saved.npz")
        self.run_command("compare", descriptor, "--save", path, *arguments)
        return path

    @staticmethod
    def index_of(comparison, side="reference"):
        """Index of the first diverging node, None when there is none."""
        place = comparison["first_diverging"]
        return None if place is None else comparison["nodes"][place][side]["index"]


class Localisation(CompareTest):
    def test_every_broken_layer_is_named(self):
        # 16 weights of a layer: 11 % of conv_1, 0.3 % of conv_4. From the same type, and from the other one.
        for reference in ("st-ai-float32", "legacy-int8"):
            saved = self.save(digits(reference), "-i", IMAGES, "-b", "10")
            for variant in VARIANTS:
                for layer, index in LAYERS.items():
                    with self.subTest(reference=reference, variant=variant, layer=layer):
                        found = self.compare(saved, os.path.join(ALTERED, variant), exit_code=None, alter=layer + ":16")
                        self.assertEqual(self.index_of(found), index, found["verdict"])
                        before = [node["verdict"] for node in found["nodes"][:found["first_diverging"]]]
                        self.assertLessEqual(set(before), {"equal", "rounding", "quantization"})

    def test_one_wrong_weight_is_enough_within_one_type(self):
        for dtype in ("int8", "float32"):
            saved = self.save(digits("st-ai-" + dtype), "-i", IMAGES, "-b", "10")
            for layer, index in LAYERS.items():
                with self.subTest(dtype=dtype, layer=layer):
                    found = self.compare(saved, os.path.join(ALTERED, "legacy-" + dtype), exit_code=None, alter=layer + ":1")
                    self.assertEqual(self.index_of(found), index)

    def test_nothing_is_named_where_nothing_is_broken(self):
        for a in VARIANTS:
            for b in VARIANTS:
                for inputs in (("-i", IMAGES, "-b", "10"), ("--seed", "14")):
                    with self.subTest(a=a, b=b, inputs=inputs[0]):
                        found = self.compare(digits(a), digits(b), *inputs)
                        self.assertIsNone(found["first_diverging"], found["verdict"])
                        self.assertEqual(found["n_matched"], 9)
                        verdicts = {node["verdict"] for node in found["nodes"]}
                        same_type = a.split("-")[-1] == b.split("-")[-1]
                        self.assertEqual(verdicts, {"equal"} if same_type else {"quantization"})

    def test_a_broken_layer_shows_in_the_text(self):
        saved = self.save(digits("st-ai-int8"), "-i", IMAGES, "-b", "10")
        done = subprocess.run([COMMAND, "compare", saved, os.path.join(ALTERED, "st-ai-int8")], capture_output=True,
                              env=environment(AIRUNNER_TEST_ALTER="conv_3:64", COLUMNS="120"), timeout=LIMIT_S)
        lines = done.stdout.decode().splitlines()
        self.assertIn("ai_node_3 (conv_3) has an error of its own", lines[0])
        marked = [line for line in lines if "OWN ERROR" in line]
        self.assertEqual(len(marked), 1)
        self.assertRegex(marked[0], r"^  > +3  ai_node_3 ")
        self.assertLessEqual(max(map(len, lines)), 120)


@unittest.skipUnless(os.environ.get("AIRUNNER_ONNXRUNTIME"), "ONNX Runtime is not installed")
class OtherRuntimes(CompareTest):
    KINDS = [kind for kind, name in (("onnx", "AIRUNNER_ONNXRUNTIME"), ("tflite", "AIRUNNER_LITERT")) if name in os.environ]

    def test_the_trained_network_and_the_deployed_one(self):
        for kind in self.KINDS:
            for dtype in ("float32", "int8"):
                model = os.path.join(MODELS, f"digits_{dtype}.{kind}")
                saved = self.save_with_runtime(model)
                for variant in VARIANTS:
                    with self.subTest(model=model, variant=variant):
                        found = self.compare(saved, digits(variant))
                        self.assertIsNone(found["first_diverging"], found["verdict"])
                        self.assertEqual(found["n_matched"], 9)
                        self.assertEqual(found["outputs"][0]["metrics"]["acc"], 1)

    def test_broken_layers_are_named_from_there_too(self):
        for kind in self.KINDS:
            saved = self.save_with_runtime(os.path.join(MODELS, f"digits_float32.{kind}"))
            for layer, index in LAYERS.items():
                with self.subTest(kind=kind, layer=layer):
                    found = self.compare(saved, os.path.join(ALTERED, "legacy-int8"), exit_code=None, alter=layer + ":16")
                    self.assertEqual(self.index_of(found, "other"), index, found["verdict"])

    def save_with_runtime(self, model):
        path = self.path("saved.npz")
        variables = {k: v for k, v in os.environ.items() if k in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        subprocess.run([COMMAND, "compare", model, "--save", path, "-i", IMAGES, "-b", "10"], env=environment(**variables),
                       check=True, capture_output=True, timeout=LIMIT_S)
        return path


@unittest.skipUnless(os.environ.get("AIRUNNER_ONNXRUNTIME") and os.environ.get("AIRUNNER_LITERT"), "a runtime is not installed")
class Overlays(CompareTest):
    """--model-explorer; scripts/test-explorer looks at the files in Model Explorer itself."""
    ONNX, TFLITE = (os.path.join(MODELS, "digits_int8." + kind) for kind in ("onnx", "tflite"))

    def run_overlay(self, arguments, path, exit_code=0, **variables):
        variables |= {k: v for k, v in os.environ.items() if k in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        done = subprocess.run([COMMAND, *arguments, "--model-explorer", path], env=environment(**variables), capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, exit_code, done.stderr.decode())
        return done.stderr.decode()

    def overlays(self, *arguments, exit_code=0, **variables):
        """{what stands in the name of the file: {node: value}}"""
        self.run_overlay(arguments, self.path("overlay.json"), exit_code, **variables)
        found = {}
        for name in sorted(name for name in os.listdir(self.folder) if name.startswith("overlay")):
            with open(self.path(name), encoding="utf-8") as file:
                document = json.load(file, parse_constant=self.fail)
            self.assertEqual(set(document) - {"gradient"}, {"name", "results"})
            found[name[len("overlay"):-len("json")].strip(".")] = {key: value["value"] for key, value in document["results"].items()}
            os.remove(self.path(name))
        return found

    def test_a_profile(self):
        found = self.overlays("profile", "-d", self.ONNX, "-b", "20", "--output-report", self.path("p.json"))
        with open(self.path("p.json"), encoding="utf-8") as file:
            nodes = json.load(file)["c_nodes"]
        self.assertEqual(found[""].keys(), {node["name"] for node in nodes})
        for node in nodes:
            self.assertAlmostEqual(found[""][node["name"]], node["statistics"]["p50"], delta=1e-6)
        self.assertTrue(any(abs(node["statistics"]["p50"] - node["statistics"]["mean"]) > 1e-5 for node in nodes))  # or nobody could tell
        self.assertEqual(found["processor"], {node["name"]: "CPU" for node in nodes})

    def test_a_comparison_is_laid_over_the_model_on_either_side(self):
        library = f"file:{digits('st-ai-int8')}"
        operators = ["conv_1", "conv_2", "pool_1", "conv_3", "add", "conv_4", "pool_2", "dense", "softmax"]
        for sides in ((self.TFLITE, library), (library, self.TFLITE)):
            found = self.overlays("compare", *sides, "--output-report", self.path("c.json"))
            with open(self.path("c.json"), encoding="utf-8") as file:
                pairs = json.load(file)["nodes"]
            self.assertEqual(len(pairs), len(operators))
            self.assertEqual(found[""], {name: pair["verdict"] for name, pair in zip(operators, pairs)})
            for name, pair in zip(operators, pairs):
                self.assertAlmostEqual(found["error"][name], pair["tensors"][0]["metrics"]["l2r"], delta=1e-5)
            self.assertEqual(set(found["time"]), set(operators))

    def test_nodes_of_the_reference_have_the_times_of_their_partners_only(self):
        found = self.overlays("compare", os.path.join(MODELS, "digits_float32.onnx"), self.TFLITE)
        self.assertEqual(len(found[""]), 14)
        self.assertEqual(found[""]["dense_flat"], "unmatched")
        self.assertNotIn("dense_flat", found["time"])
        self.assertNotIn("dense_flat", found["error"])

    def test_a_broken_layer_has_its_ratio(self):
        found = self.overlays("compare", self.TFLITE, os.path.join(ALTERED, "st-ai-int8"), "-b", "20", exit_code=DIFFERS, AIRUNNER_TEST_ALTER="conv_3:64")
        self.assertEqual(found[""]["conv_3"], "own error")
        self.assertEqual(max(found["ratio"], key=found["ratio"].get), "conv_3")
        self.assertGreater(found["ratio"]["conv_3"], 3)
        self.assertLess(found["ratio"]["conv_2"], 3)

    def test_wrong_use(self):
        for arguments, told in ((("compare", digits("st-ai-int8"), digits("st-ai-int8")), "is of backend stlib"),
                                (("profile", "-d", digits("st-ai-int8")), "shows .onnx and .tflite files"),
                                (("compare", self.TFLITE, self.TFLITE, "--outputs-only"), "which --outputs-only leaves out"),
                                (("compare", self.TFLITE, "--save", self.path("a.npz")), "need two sides")):
            self.assertIn(told, self.run_overlay(arguments, self.path("o.json"), 2))
            self.assertFalse(os.path.exists(self.path("o.json")))
        self.assertIn("ends in .json", self.run_overlay(("profile", "-d", self.TFLITE), self.path("o.txt"), 2))
        self.assertIn("no times of nodes", self.run_overlay(("profile", "-d", self.TFLITE, "--mode", "io-only"), self.path("o.json"), 1))
        self.assertIn("written twice", self.run_overlay(("profile", "-d", self.TFLITE, "--trace", self.path("o.time.json")), self.path("o.json"), 2))


class TimesOfParts(CompareTest):
    """Samples that are run in parts, one each: their nodes have the times of all of them. paced.cpp takes those that the inputs tell."""
    SOFTMAX_MS = (1, 2, 30)  # median 2, mean 11; of the last part 30
    WIDE_MS = 10

    def setUp(self):
        super().setUp()
        values = b"".join(struct.pack("<64f", ms, *[0.5] * 63) for ms in self.SOFTMAX_MS)
        self.inputs = ("-i", self.write_npy("paced.npy", "<f4", (len(self.SOFTMAX_MS), 8, 8, 1), values))
        self.variables = {k: v for k, v in os.environ.items() if k in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        self.variables["AIRUNNER_PLUGIN_PATH"] = os.environ["AIRUNNER_PACED_DIR"]

    def test_what_fails_in_a_part_says_of_how_many_samples(self):
        values = b"".join(struct.pack("<64f", ms, *[0.5] * 63) for ms in (1, 2, -1))
        inputs = ("-i", self.write_npy("bad.npy", "<f4", (3, 8, 8, 1), values))
        _, err = self.run_command("compare", "paced:", "paced:", *inputs, exit_code=1, **self.variables)
        self.assertIn("\n  these are samples 3 to 3 of 3\n", err)

    def test_shares_of_processors(self):
        saved = self.path("paced.npz")
        self.run_command("compare", "paced:", "--save", saved, *self.inputs, **self.variables)
        median = sorted(self.SOFTMAX_MS)[1]  # as the table of nodes has it
        share = median / (median + self.WIDE_MS)
        found = json.loads(self.run_command("profile", "paced:", "--json", *self.inputs, **self.variables)[0])
        self.assertAlmostEqual({one["name"]: one["share"] for one in found["processors"]}["NPU"], share)
        for other in (("paced:", *self.inputs), (saved,)):
            with self.subTest(other=other[0]):
                words = ("compare", digits("st-ai-float32"), *other, "--min", "cos=-1", "--require")
                self.run_command(*words, "processor=NPU:16%", **self.variables)
                _, err = self.run_command(*words, "processor=NPU:17%", "--max", "rmse=0", exit_code=DIFFERS, **self.variables)
                self.assertIn("besides, --require processor=NPU:17%", err)
                _, err = self.run_command(*words, "processor=NPU:17%", exit_code=7, **self.variables)
                self.assertIn(f"processor=NPU:17%: {100 * share:.1f} % of the time of nodes is there", err)

    @unittest.skipUnless(os.environ.get("AIRUNNER_ONNXRUNTIME"), "ONNX Runtime is not installed")
    def test_medians_of_an_overlay(self):
        # The softmax has an error of its own, so that the first part is run once more for what may explain it.
        model, overlay = os.path.join(MODELS, "digits_float32.onnx"), self.path("overlay.json")
        self.run_command("compare", model, "paced:", *self.inputs, "--min", "cos=-1", "--model-explorer", overlay, **self.variables)
        with open(self.path("overlay.time.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["results"], {"softmax": {"value": 2}})
        with open(overlay, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["results"]["softmax"]["value"], "own error")


class Captures(CompareTest):
    def test_any_side_may_be_a_capture(self):
        a, b = digits("st-ai-float32"), digits("legacy-int8")
        files = self.path("a.npz"), self.path("b.npz")
        direct = self.compare(a, b, "-i", IMAGES, "-b", "5", "--save", files[0], "--save", files[1])
        for sides in ((files[0], b), (a, files[1]), files):
            with self.subTest(sides=sides):
                found = self.compare(*sides)
                self.assertEqual(found["outputs"], direct["outputs"] if sides != (a, files[1]) else found["outputs"])
                self.assertEqual(found["n_samples"], 5)
                self.assertEqual(found["first_diverging"], None)
        found = self.compare(*files)
        for side, path in (("reference", files[0]), ("other", files[1])):
            self.assertEqual(found[side]["file"], path)
            self.assertEqual(found[side]["info"], direct[side]["info"])
            self.assertEqual(found[side]["descriptor"], direct[side]["descriptor"])

    def test_random_inputs_made_apart_compare(self):
        a, b, c = (self.path(name) for name in ("a.npz", "b.npz", "c.npz"))
        for arguments in (("--seed", "7", "--range", "0,1"), ("--seed", "9", "--range=-0.5,2", "-b", "3"), ("--seed", "3"), ()):
            for variant, path in (("st-ai-float32", a), ("legacy-int8", b), ("st-ai-int8", c)):
                self.run_command("compare", digits(variant), "--save", path, *arguments)
            for sides in ((a, b), (b, a), (c, a), (b, c)):
                with self.subTest(arguments=arguments, sides=sides):
                    found = self.compare(*sides, exit_code=None)
                    self.assertIsNone(found["first_diverging"])
                    if "0,1" in arguments:
                        self.assertTrue(found["passed"])
        self.run_command("compare", digits("st-ai-float32"), "--save", a, "--seed", "8")
        _, err = self.run_command("compare", a, b, exit_code=4)
        self.assertIn("recorded with different inputs", err)

    def test_a_range_is_one_of_real_values(self):
        saved = self.path("a.npz")
        found = self.compare(digits("st-ai-float32"), digits("st-ai-int8"), "--range", "0.25,0.5", "--save", saved)
        self.assertTrue(found["passed"])
        with zipfile.ZipFile(saved) as archive:
            data = read_npy(archive.read("input_0.npy"))[2]
        values = struct.unpack(f"<{len(data) // 4}f", data)
        self.assertTrue(all(0.248 <= value <= 0.502 for value in values))
        self.assertGreater(len(set(values)), 32)

    def test_a_capture_of_any_name(self):
        path = self.path("a.dat")
        os.rename(self.save("null:"), path)
        self.assertTrue(self.compare(path, "null:")["passed"])

    @unittest.skipIf(os.environ.get("AIRUNNER_SANITIZED") == "1", "sanitizers need memory of their own")
    def test_what_a_capture_does_not_need_stays_packed(self):
        path = self.save("null:")
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("node_99_0.npy", "w", force_zip64=True) as member:
                for _ in range(1024):
                    member.write(bytes(1 << 20))
        done = subprocess.run([COMMAND, "compare", path, "null:"], env=environment(), capture_output=True, timeout=LIMIT_S,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20)))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_numpy_can_read_it(self):
        saved = self.save("null:", "-b", "4")
        with zipfile.ZipFile(saved) as archive:
            descr, shape, data = read_npy(archive.read("input_0.npy"))
            self.assertEqual((descr, shape, len(data)), ("<f4", (4, 4, 4, 2), 512))
            document = json.loads(read_npy(archive.read("capture.npy"))[2])
            self.assertEqual(read_npy(archive.read("values.time.device.npy"))[:2], ("<f8", (4,)))
            self.assertEqual(read_npy(archive.read("node_values.time.device.npy"))[:2], ("<f8", (4, 4)))
            self.assertEqual({name + ".npy" for name in document["arrays"]} | {"capture.npy"}, set(archive.namelist()))
        self.assertEqual(document["schema"], "airunner.capture/1")
        self.assertEqual(document["n_samples"], 4)

    def test_a_capture_of_release_0_1(self):
        for sides in ((RELEASE_0_1, "null:"), ("null:", RELEASE_0_1), (RELEASE_0_1, RELEASE_0_1)):
            with self.subTest(sides=sides):
                found = self.compare(*sides)
                self.assertTrue(found["passed"])
                self.assertEqual(found["n_samples"], 2)
                self.assertEqual([node["verdict"] for node in found["nodes"]], ["equal"] * 4)
        self.assertEqual(found["reference"]["begin"], "2026-11-26T02:57:43Z")
        self.assertEqual(found["reference"]["host"], "Linux x86_64, 2 CPUs")
        self.assertEqual(found["reference"]["info"]["runtime"]["version"], [0, 1, 0])
        self.assertEqual(found["reference"]["info"]["inputs"][0]["shape"], [1, 4, 4, 2])

    def test_outputs_only(self):
        found = self.compare("null:", "null:", "--outputs-only")
        self.assertEqual(found["nodes"], [])
        self.assertTrue(found["passed"])
        out, _ = self.run_command("compare", "null:", "null:", "--outputs-only")
        self.assertIn("not compared: the reference has no data of nodes", out)

    def test_inputs_that_were_drawn_are_told(self):
        for arguments, told in (((), "inputs are random, from -1 to 1 where they are real"), (("--range", "0,2"), "inputs are random, from 0 to 2\n")):
            self.assertIn(told, self.run_command("compare", "null:", "--save", self.path("r.npz"), *arguments)[0])
        self.assertNotIn("random", self.run_command("compare", digits("st-ai-int8"), "--save", self.path("r.npz"), "-i", IMAGES)[0])

    def test_it_is_told_which_file_has_which_side(self):
        files = self.path("a.npz"), self.path("b.npz")
        saves = "--save", files[0], "--save", files[1]
        out, _ = self.run_command("compare", "null:", "null:", "-b", "3", *saves)
        self.assertEqual(out.splitlines()[-2:], [files[0] + ": the reference, 3 samples, 4 nodes with data",
                                                 files[1] + ": the other side, 3 samples, 4 nodes with data"])
        self.run_json("compare", "null:", "null:", *saves)

    def test_a_capture_that_cannot_be_saved_leaves_the_report(self):
        done = subprocess.run([COMMAND, "compare", "null:", "null:", "--save", self.path("x" * 300 + ".npz")],
                              env=environment(), capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"File name too long", done.stderr)
        self.assertTrue(done.stdout.startswith(b"PASS"), done.stdout)
        _, err = self.run_command("compare", digits("st-ai-float32"), digits("st-ai-int8"), "--max", "rmse=1e-9", "--save",
                                  self.path("x" * 300 + ".npz"), exit_code=1)
        self.assertIn("besides, the outputs differ by more than the limits allow", err)

    def test_files_are_refused_before_anything_is_connected(self):
        saved = self.save("null:")
        for option, name in (("--save", "no/x.npz"), ("--output-report", "no/x.txt"), ("--html", "no/x")):
            _, err = self.run_command("compare", "nope:", "null:", option, self.path(name), exit_code=1)
            self.assertIn(f"{option} {self.path(name)}: there is no folder {self.path('no')}", err)
        same = "--save", self.path("x.npz"), "--save", os.path.join(self.folder, ".", "x.npz")
        self.assertIn("written twice", self.run_command("compare", "nope:", "null:", *same, exit_code=2)[1])
        _, err = self.run_command("compare", "nope:", saved, "--save", saved, exit_code=2)
        self.assertIn(saved + " is also an input", err)

    def test_reports_are_written_to_files(self):
        text, document, page = self.path("r.txt"), self.path("r.json"), self.path("r.html")
        out, _ = self.run_command("compare", "null:", "null:", "--output-report", text, "--output-report", document, "--html", page)
        with open(text, encoding="utf-8") as file:
            self.assertEqual(file.read().splitlines()[0], out.splitlines()[0])
        with open(document, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["schema"], "airunner.comparison/1")
        with open(page, encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("<!DOCTYPE html>"))


class Limits(CompareTest):
    def test_they_decide_the_exit_code(self):
        sides = (digits("st-ai-float32"), digits("st-ai-int8"), "-i", IMAGES, "-b", "10")
        self.assertTrue(self.compare(*sides)["passed"])
        self.assertTrue(self.compare(*sides, "--min", "acc=0.9", "--max", "rmse=0.01")["passed"])
        found = self.compare(*sides, "--min", "acc=0.9", "--max", "rmse=1e-6", exit_code=DIFFERS)
        self.assertFalse(found["passed"])
        self.assertEqual(found["outputs"][0]["broken"], ["rmse"])
        self.assertEqual(found["limits"], [{"metric": "acc", "min": 0.9, "max": None}, {"metric": "rmse", "min": None, "max": 1e-6}])
        _, err = self.run_command("compare", *sides, "--max", "rmse=1e-6", exit_code=DIFFERS)
        self.assertIn("differ by more than the limits allow", err)

    def test_unknown_ones_are_refused(self):
        for option, told in (("--layout=nchw", "same, nhwc:nchw, nchw:nhwc"), ("--min=speed=1", "no metric speed; there are: acc, rmse"), ("--max=rmse=little", "expected a number"),
                             ("--max=rmse=1x", "expected a number"), ("--max=rmse", "expected METRIC=VALUE, such as cos=0.99"), ("--min=cos=nan", "expected a number"),
                             ("--max=rmse=inf", "expected a number"), ("--min=acc=99", "acc is never 99, it is from 0 to 1"),
                             ("--min=acc=-1", "acc is never -1"), ("--min=cos=1.01", "it is from -1 to 1"), ("--max=rmse=-1", "it is at least 0"),
                             ("--min=nse=2", "it is at most 1"), ("--max=mean=-0.1", "it is at least 0")):
            with self.subTest(option=option):
                self.assertIn(told, self.run_command("compare", "null:", "null:", option, exit_code=2)[1])

    def test_those_in_the_wrong_direction_are_refused(self):
        for right, wrong, limits in (("--min", "--max", ("cos=0.9", "acc=1", "nse=0.5")),
                                     ("--max", "--min", ("rmse=0", "mae=1", "l2r=0.1", "std=1", "max_error=1"))):
            for limit in limits:
                better = "larger" if right == "--min" else "smaller"
                self.assertIn(f"{wrong} {limit}: {better} is better: {right} {limit}?\n",
                              self.run_command("compare", "null:", "null:", wrong, limit, exit_code=2)[1])
        self.run_command("compare", "null:", "null:", "--max", "mean=1", "--min", "mean=0")


class Names(CompareTest):
    def test_each_side_may_have_one(self):
        several = "null:?models=2"
        for names, expected in (((), ("network", "network")), (("network",), ("network", "network")), (("network", "network_2"), ("network", "network_2"))):
            found = self.compare("null:", several, *(word for name in names for word in ("--name", name)), exit_code=None)
            self.assertEqual((found["reference"]["info"]["name"], found["other"]["info"]["name"]), expected)
        for names in (("network_2",), ("network_2", "network")):
            _, err = self.run_command("compare", "null:", several, *(word for name in names for word in ("--name", name)), exit_code=3)
            self.assertIn("network_2", err)


class WrongUse(CompareTest):
    def refused(self, told, *arguments, exit_code):
        self.assertIn(told, self.run_command("compare", *arguments, exit_code=exit_code)[1])

    def test_command_lines(self):
        saved = self.save("null:")
        self.refused("compare needs two sides", "null:", exit_code=2)
        self.refused("compare needs two sides", saved, "--save", self.path("x.npz"), exit_code=2)
        self.refused("need two sides", "null:", "--save", self.path("x.npz"), "--json", exit_code=2)
        self.refused("--layout needs two sides", "null:", "--save", self.path("x.npz"), "--layout", "same", exit_code=2)
        self.refused("the layout decides nothing", digits("st-ai-int8"), digits("st-ai-int8"), "--outputs-only", "--layout", "nchw:nhwc",
                     exit_code=4)
        for option in (("--batch", "3"), ("--seed", "3"), ("-i", IMAGES), ("--range=0,1",), ("--key", "x")):
            self.refused("inputs of its own", saved, "null:", *option, exit_code=2)
        self.refused("unexpected 'images.npy': compare takes two sides; inputs are given with -i", "null:", "null:", "images.npy",
                     exit_code=2)
        self.refused("compare takes its two sides without -d: airunner compare A B", "-d", "null:", "-d", "null:", exit_code=2)
        self.refused("ends in .npz", "null:", "null:", "--save", self.path("x.npy"), exit_code=2)
        self.refused("more often than there are sides", "null:", "--save", "a.npz", "--save", "b.npz", exit_code=2)
        self.refused("--name is given more often", "null:", "null:", *3 * ("--name", "network"), exit_code=2)
        self.refused("ends in .txt, .json or .html", "null:", "null:", "--output-report", "x.pdf", exit_code=2)
        self.refused("no such", digits("st-ai-int8") + "x", "null:", exit_code=3)

    def test_files_that_are_no_captures(self):
        path = self.path("x.npz")
        self.refused("No such file", path, "null:", "--seed", "1", exit_code=4)
        self.refused("No such file", "nope:", path, exit_code=4)  # before anything is connected
        with open(path, "wb") as file:
            file.write(b"not a zip archive" * 10)
        self.refused("x.npz: not an .npz file, or it is cut off or damaged", path, "null:", exit_code=4)
        with open(self.save("null:"), "rb") as whole, open(path, "wb") as file:
            file.write(whole.read()[:500])
        self.refused("x.npz: not an .npz file, or it is cut off or damaged", path, "null:", exit_code=4)
        header = repr({"descr": "<f4", "fortran_order": False, "shape": (1,)}).encode() + b"\n"
        array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(4)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("weights.npy", array)
        # Arrays of another program, which is what this may be: see test_golden.py of the Python package.
        self.refused("it cannot be told which array is which tensor: it holds weights float32 (1,), and the model has inputs input_1 ",
                     path, "null:", exit_code=4)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("values.time.device.npy", array)
        self.refused('not a capture: expected the array "capture" of airunner compare --save, found: weights, values.time.device', path,
                     "null:", exit_code=4)

    def rewritten(self, saved, change):
        """The capture with another description, or without some array."""
        path = self.path("changed.npz")
        with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
            arrays = {name: old.read(name) for name in old.namelist()}
            document = json.loads(read_npy(arrays["capture.npy"])[2])
            change(arrays, document)
            text = json.dumps(document).encode()
            header = repr({"descr": "|u1", "fortran_order": False, "shape": (len(text),)}).encode() + b"\n"
            arrays["capture.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + text
            for name, data in arrays.items():
                new.writestr(name, data)
        return path

    def test_descriptions_that_lie(self):
        saved = self.save("null:", "-b", "3")

        def changed(what):
            return lambda arrays, document: what(document)

        def tensor(document):
            return document["info"]["inputs"][0]

        cases = {
            "array input_0 of tensor": lambda arrays, _: arrays.pop("input_0.npy"),
            "expected 9007199254740991 samples": changed(lambda d: d.update(n_samples=2**53 - 1)),
            "does not fit 64 bits": changed(lambda d: d.update(n_samples=2**53 - 1) or tensor(d).update(
                shape=[1, 2**40], storage_shape=[1, 2**40], n_elements=2**40, size_bytes=2**42)),
            "shape and storage_shape differ": changed(
                lambda d: tensor(d).update(shape=[1] * len(tensor(d)["shape"]))),
            "n_samples: expected at least 1, got a number": changed(lambda d: d.update(n_samples=0)),
            "n_samples: expected an integer in range": changed(lambda d: d.update(n_samples=1.5)),
            "does not say airunner.capture/1": changed(lambda d: d.update(schema="airunner.capture/2")),
            "damaged description of a capture.nodes: is missing": changed(lambda d: d.pop("nodes")),
            ".info.inputs: expected a list, got an object": changed(lambda d: d["info"].update(inputs={})),
            ".info.inputs[0].type: expected one of those known": changed(lambda d: tensor(d).update(type="int5")),
            "n_elements is not the product": changed(lambda d: tensor(d).update(n_elements=7)),
            "a negative dimension": changed(lambda d: tensor(d).update(shape=[1, -32], storage_shape=[1, -32])),
            "zero_points: expected as many as scales": changed(lambda d: tensor(d).update(zero_points=[1, 2])),
            "scales: expected numbers that float32 has": changed(lambda d: tensor(d).update(scales=[1e300], zero_points=[0])),
            ".info.runtime.version: expected a list of three numbers": changed(lambda d: d["info"]["runtime"].update(version=[1])),
        }
        of_release_0_1 = {
            ".nodes[0].io_tensors: expected a list with a tensor": changed(lambda d: d["nodes"][0].update(io_tensors=[])),
            "begin: expected a time such as": changed(lambda d: d.update(begin="yesterday")),
        }
        of_today = {
            "there is nothing that the array node_0_0 belongs to": changed(lambda d: d["nodes"][0].update(io_tensors=[])),
            "there is nothing that the array values.speed belongs to": changed(lambda d: d["arrays"].append("values.speed")),
            "the array values.time.device of measurements is missing": lambda arrays, _: arrays.pop("values.time.device.npy"),
            "array values.time.device has 24 bytes of float64, expected 7 values of float64": changed(
                lambda d: d["profile"].update(n_runs=7)),
            ".profile: is missing": changed(lambda d: d.pop("profile")),
            ".columns[0].kind: expected an integer in range": changed(lambda d: d["columns"][0].update(kind=-1)),
            ".profile.host_ms: expected a number, got a text": changed(lambda d: d["profile"].update(host_ms="0")),
            ".profile.n_runs: expected an integer in range, got 18446744073709551616": changed(lambda d: d["profile"].update(n_runs=2**64)),
            "quantization.block: is missing": changed(lambda d: tensor(d).update(quantization={"known": 0, "axis": 0, "block": None})),
            "node 1 covers node 7, which is not there": changed(lambda d: d["nodes"][1].update(covers=[7])),
            ".columns[0].kind: expected one of those known": changed(lambda d: d["columns"][0].update(kind="heat")),
            ".properties.runtime: expected a text, got a number": changed(lambda d: d["properties"].update(runtime=1)),
            ".properties: expected an object, got a text": changed(lambda d: d.update(properties="null")),
            "n_not_finite is 1, the model has 2 inputs": changed(lambda d: d["profile"].update(not_finite=[{"n_nan": 1, "n_inf": 0}])),
        }
        for base, more in ((saved, of_today), (RELEASE_0_1, of_release_0_1)):
            for told, change in {**cases, **more}.items():
                with self.subTest(base=base, told=told):
                    self.refused(told, self.rewritten(base, change), "null:", exit_code=4)
            # Nothing but the change is what is refused.
            self.compare(self.rewritten(base, lambda arrays, document: None), "null:")

    def test_nodes_that_are_not_in_order(self):
        for place, index in ((1, 0), (3, 2**20), (2, -1)):
            changed = self.rewritten(self.save("null:"), lambda arrays, document: document["nodes"][place].update(index=index))
            self.refused("].index: expected", changed, "null:", exit_code=4)
        # Nothing is left out today; what release 0.1 left out is not more than its file could tell of.
        for base, indices in ((self.save("null:"), (4, 8, 2**20 - 1)), (RELEASE_0_1, (2, 2**14, 2**20 - 1, 2**32 - 1))):
            for index in indices:
                with self.subTest(base=base, index=index):
                    changed = self.rewritten(base, lambda arrays, document: document["nodes"][3].update(index=index))
                    self.refused("].index: expected", changed, "null:", exit_code=4)
        # Release 0.1 left nodes without data out: the others keep their indices.
        gap = self.rewritten(RELEASE_0_1, lambda arrays, document: document["nodes"][3].update(index=8))
        self.assertEqual([node["reference"]["index"] for node in self.compare(gap, "null:")["nodes"]], [0, 1, 2, 8])

    def test_notes_that_are_not_one_for_each_run(self):
        def noted(text):
            def change(arrays, document):
                header = repr({"descr": "|u1", "fortran_order": False, "shape": (len(text),)}).encode() + b"\n"
                arrays["notes.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + text
                document["arrays"].append("notes")
            return self.rewritten(self.save("null:", "-b", "3"), change)

        self.compare(noted(b"one\0two\0\0"), "null:")
        for text in (b"one\0two\0", b"one\0two\0\0three", b"", b"one\0\0\0\0"):
            self.refused("expected 3 that end with a zero byte", noted(text), "null:", exit_code=4)

    def test_an_output_as_large_as_an_input_tells_no_classes(self):
        def short(arrays, document):  # the second input has 4 values, as the second output
            document["info"]["inputs"][1].update(shape=[1, 4], storage_shape=[1, 4], n_elements=4, size_bytes=4)
            header = repr({"descr": "|i1", "fortran_order": False, "shape": (3, 4)}).encode() + b"\n"
            arrays["input_1.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(12)

        whole = self.save("null:", "-b", "3")
        self.assertEqual(self.compare(whole, whole)["outputs"][1]["metrics"]["acc"], 1)
        saved = self.rewritten(whole, short)
        self.assertIsNone(self.compare(saved, saved)["outputs"][1]["metrics"]["acc"])
        self.refused("acc needs outputs that are one vector, and of another size than the inputs", saved, saved, "--min", "acc=0.99", exit_code=4)

    def test_limits_that_apply_to_no_output(self):
        def flat(arrays, document):  # no output is one vector any more
            document["info"]["outputs"][1].update(shape=[1, 2, 2], storage_shape=[1, 2, 2])
            header = repr({"descr": "<f4", "fortran_order": False, "shape": (3, 2, 2)}).encode() + b"\n"
            data = read_npy(arrays["output_1.npy"])[2]
            arrays["output_1.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data

        saved = self.rewritten(self.save("null:", "-b", "3"), flat)
        junit = self.path("limits.xml")
        self.refused("limit acc >= 0.99 applies to no output: acc needs outputs that are one vector", saved, "null:",
                     "--min", "acc=0.99", "--max", "rmse=1", "--junit", junit, exit_code=4)
        self.assertFalse(os.path.exists(junit))  # which would say that all is well
        self.compare(saved, "null:", "--min", "cos=0.99")
        self.compare("null:", "null:", "--min", "acc=0.99")  # applies to one of two

    def test_inputs_are_given_or_drawn(self):
        for drawn in (("--seed", "3"), ("--range", "0,1")):
            self.refused(f"--input and {drawn[0]} do not go together", "null:", "null:", "-i", IMAGES, *drawn, exit_code=2)

    def test_models_that_do_not_correspond(self):
        self.refused("the inputs do not correspond: input_1 (1, 8, 8, 1) of one model, ", digits("st-ai-int8"), "null:", exit_code=4)
        one, other = self.path("1.npz"), self.path("2.npz")
        self.run_command("compare", "null:", "--save", one, "--seed", "1")
        self.run_command("compare", "null:", "--save", other, "--seed", "2")
        self.refused("different inputs", one, other, exit_code=4)
        self.run_command("compare", "null:", "--save", other, "-b", "3")
        self.refused("10 and 3 samples", one, other, exit_code=4)


if __name__ == "__main__":
    unittest.main()
