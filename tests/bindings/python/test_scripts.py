# SPDX-License-Identifier: BSD-3-Clause
"""Whole programs: the examples, scripts as users of ST's module write them, and the types of the packages."""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest

from support import DIGITS, LIMIT_S, PACKAGES, SOURCE, TINY_LEGACY, TINY_ST_AI, TestCase

EXAMPLES = SOURCE / "examples" / "python"


class Examples(TestCase):
    def run_example(self, name, *arguments, exit_code=0):
        environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
        done = subprocess.run([sys.executable, EXAMPLES / name, *arguments], env=environment, capture_output=True, text=True,
                              timeout=LIMIT_S, cwd=self.folder())
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_minimal(self):
        for descriptor in ("null:", f"file:{TINY_LEGACY}", str(DIGITS / "st-ai-int8"), self.serve(TINY_ST_AI, listen="pty")):
            self.assertIn("10 samples", self.run_example("minimal.py", descriptor))
        self.assertIn("/no/where", self.run_example("minimal.py", "file:/no/where", exit_code=1))

    def test_per_layer(self):
        for descriptor, nodes in ((TINY_LEGACY, 3), (self.serve(TINY_ST_AI, listen="pty"), 3), ("null:", 4)):
            text = self.run_example("per_layer.py", "-d", descriptor, "--with-data")
            self.assertIn("Inference time per node", text)
            self.assertIn("Info per tensor", text)
            self.assertIn(f" {2 * nodes} nodes ended", text)
        self.assertIn("cannot connect", self.run_example("per_layer.py", "-d", "file:/no/where", exit_code=1))

    def test_compare(self):
        remote = self.serve(TINY_ST_AI, listen="pty")
        self.assertIn("largest difference 0,", self.run_example("compare.py", "-d", remote, "-m", TINY_LEGACY))
        self.run_example("compare.py", "-d", str(DIGITS / "st-ai-float32"), "-m", str(DIGITS / "legacy-float32"))
        self.assertIn("cannot run", self.run_example("compare.py", "-d", TINY_LEGACY, "-m", "file:/no/where", exit_code=1))


class Scripts(TestCase):
    """The ways in which scripts seen in public use ST's module."""

    def run_script(self, text, descriptor):
        return self.run_python("import sys\nimport numpy as np\nfrom stm_ai_runner import AiRunner\n" + text, descriptor)[0]

    def descriptors(self):
        return TINY_LEGACY, TINY_ST_AI, self.serve(TINY_ST_AI), self.serve(TINY_ST_AI, "--personality", "neural-art")

    def test_interpreter_of_a_model_zoo(self):
        text = """
runner = AiRunner()
if not runner.connect(sys.argv[1]):
    raise SystemExit(runner.get_error())
detail = runner.get_inputs()[0]
assert detail.dtype in [np.uint8, np.int8] and detail.dtype == np.int8 and detail.dtype in {np.int8, np.uint8}
data = np.random.RandomState(1).rand(1, 4, 4, 2).astype(np.float32)
assert detail.shape[1:] == data.shape[1:]
scale, zero_point = detail.scale[0], detail.zero_point[0]
data = (data / scale + zero_point).astype(detail.dtype)
info = np.iinfo(detail.dtype)
predictions, _ = runner.invoke(np.clip(data, info.min, info.max))
for x, out in zip(predictions, runner.get_outputs()):
    x = x.reshape([x.shape[0]] + [n for n in x.shape[1:-1] if n != 1] + [x.shape[-1]])
    assert f"{out.name} {out.shape} {out.dtype} {out.scale} {out.zero_point}"
    if out.scale[0] != 0 or out.zero_point[0] != 0:
        x = (x.astype(np.float32) - out.zero_point[0]) * out.scale[0]
    x[:, [0, 1]] *= 2.0
    print(x.shape, x.dtype, x[0].tolist())
"""
        self.assertEqual(len({self.run_script(text, descriptor) for descriptor in self.descriptors()}), 1)

    def test_benchmark(self):
        text = """
import logging
from stm_ai_runner import __version__
logger = logging.getLogger("bench")
runner = AiRunner(logger=logger)
runner.connect(desc=sys.argv[1])
assert int(__version__.split(".")[0]) > 2 and runner.is_connected
runner.summary(print_fn=logger.debug)
inputs = runner.generate_rnd_inputs(name=runner.names[0], batch_size=3)
_, profile = runner.invoke(inputs, mode=AiRunner.Mode.IO_ONLY | AiRunner.Mode.PERF_ONLY)
assert profile["info"]["device"]["desc"] and np.mean(profile["c_durations"]) > 0
name = runner._drv.discover()[0]
for _ in range(2):
    outputs, profile = runner.invoke([x[:1] for x in inputs], mode=AiRunner.Mode.IO_ONLY, disable_pb=True)
    assert profile.get("c_durations")[0] > 0
print(runner.get_info()["name"], [i["shape"] for i in runner.get_info()["inputs"]], "machine" in runner.get_info()["device"])
"""
        for descriptor in self.descriptors():
            out = self.run_script(text, descriptor)
            self.assertEqual(out.split(" [")[0], "network")

    def test_checker(self):
        text = """
from stm_ai_runner import AiRunnerSession
runner = AiRunner(debug=True)
assert runner.connect(sys.argv[1]), runner.get_error()
for name in runner.names:
    session = runner.session(name)
    print(session, session.get_inputs(), session.get_outputs())
    tensor = session.get_input_infos()[0]["io_tensor"]
    rng = np.random.RandomState(7)
    inputs = session.generate_rnd_inputs(batch_size=2, rng=rng, val=[-1.0, 1.0])
    for mode in (0, 1, 2, 8, 4, 256):
        outputs, profiler = session.invoke(inputs, mode=AiRunner.Mode(mode))
        str(profiler["mode"])
        session.print_profiling(inputs, profiler, outputs, indent=1, tensor_info=True, debug=True)
        arrays = {t.tag: d for node in profiler["c_nodes"] for t, d in zip(node["io_tensors"], node["data"])}
        for output in outputs:
            output.flatten()
            output *= 1
    quantized = tensor.quantize(np.zeros((2, *tensor.shape[1:]), np.float32))
    assert quantized.dtype == tensor.dtype
    np.float32(session.get_input_infos()[0]["scale"])
    '{:<4}'.format(profiler["c_nodes"][0]["m_id"] if profiler["c_nodes"] else 0)
runner.disconnect()
"""
        for descriptor in self.descriptors():
            self.assertIn("Statistic per tensor", self.run_script(text, descriptor))


class Page(TestCase):
    """Each program of docs/python.md runs as it stands there."""

    def test_programs(self):
        programs = re.findall(r"^```python\n(.*?)^```", (SOURCE / "docs" / "python.md").read_text(), re.MULTILINE | re.DOTALL)
        self.assertGreater(len(programs), 4)
        for program in programs:
            with self.subTest(program=program[:60]):
                out, err = self.run_python(program, cwd=self.folder())
                self.assertTrue(out)
                self.assertEqual(err, "")


class Bench(TestCase):
    """The benchmark works; no time is judged here."""

    def test_lines(self):
        environment = {**os.environ, "AIRUNNER_PYTHON_DIR": str(PACKAGES)}
        done = subprocess.run([sys.executable, SOURCE / "tests/bench/bench_python.py", "--smoke", f"a={TINY_LEGACY}", f"b={TINY_ST_AI}"],
                              env=environment, capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len({line["name"] for line in lines}), 12)
        for line in lines:
            self.assertEqual(set(line), {"name", "value", "unit", "baseline", "limit"})
            self.assertGreater(min(line["value"], line["baseline"], line["limit"]), 0)


class Types(TestCase):
    def mypy(self):
        if shutil.which("mypy") is None:
            self.skipTest("mypy is not installed")
        return ["mypy", "--cache-dir", str(self.folder())]

    def check(self, *arguments):
        return subprocess.run([*self.mypy(), *map(str, arguments)], cwd=SOURCE, capture_output=True, text=True, timeout=300)

    def test_packages_and_examples(self):
        for arguments in ([], ["--no-warn-unused-ignores", *sorted(EXAMPLES.glob("*.py"))]):
            done = self.check(*arguments)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_users_see(self):
        program = self.folder() / "program.py"
        program.write_text("import airunner\nr: int = airunner.connect('null:')\n")
        done = self.check("--strict", program)
        self.assertIn('has type "Runner", variable has type "int"', done.stdout)


if __name__ == "__main__":
    unittest.main()
