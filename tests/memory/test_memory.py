# SPDX-License-Identifier: BSD-3-Clause
"""Every entry of the library with every allocation failing: no crash, no hang, no leak of a port, and right values afterwards.

What runtimes and host libraries allocate for themselves does not fail here: they end the process on their own account.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

FIXTURES = pathlib.Path(os.environ["AIR_TEST_FIXTURES"])
RUNS = ("invoke", "invoke-layers", "invoke-data", "invoke-given", "invoke-given-data", "invoke-everything",
        "invoke-real")
MODEL = ("connect", "inputs", "random", "convert-inputs", *RUNS, "model-json", "model-text")
GIVEN = ("prepare", "invoke-prepared")
VALUES = ("make-model", "make-result", "dlpack", "save", "load", "golden", "compare", "comparison-json", "comparison-text", "html", "result-json",
          "result-text", "result-csv", "result-trace")
# Nothing is allocated there, so nothing can fail.
WITHOUT_ALLOCATIONS = {"disconnect", "session"}


class Walks(unittest.TestCase):
    def walk(self, descriptor, *entries, step=1, without=WITHOUT_ALLOCATIONS):
        entries += tuple(sorted(without))
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run((os.environ["AIR_TEST_WALK"], descriptor, folder, str(step), *entries),
                                  capture_output=True, text=True, timeout=250, check=False)
        self.assertEqual(done.returncode, 0, f"{done.stdout[-500:]}{done.stderr[-500:]}")
        failures = {name: int(n) for name, n in re.findall(r"^(\S+) (\d+)$", done.stdout, re.MULTILINE)}
        print(f"{descriptor.split(':')[0]}: failures injected: {failures}")
        self.assertEqual(set(failures), set(entries))
        self.assertEqual({name for name, n in failures.items() if n == 0}, without)


class Library(Walks):
    def test_null(self):
        self.walk("null:?stateful=1", *MODEL, *GIVEN, *VALUES, "scan", "thread", "plugins", "token", "error",
                  without=WITHOUT_ALLOCATIONS | {"reset"})

    def test_host_libraries(self):
        for name in ("tiny-legacy", "tiny-st-ai"):
            with self.subTest(name):
                self.walk(f"file:{FIXTURES / name}", *MODEL, *GIVEN)

    def test_observers(self):
        for name in ("layers-legacy", "layers-st-ai", "tiny-low-level-observer-legacy"):
            with self.subTest(name):
                self.walk(f"file:{FIXTURES / name}/libai_network.so", "invoke-layers", "invoke-data")


class Runtimes(Walks):
    @unittest.skipUnless("AIRUNNER_ONNXRUNTIME" in os.environ, "ONNX Runtime is not in build/runtimes")
    def test_onnx(self):
        self.walk(f"onnx:{os.environ['AIR_TEST_DIGITS']}/digits_int8.onnx", *MODEL, *GIVEN, step=23)

    @unittest.skipUnless("AIRUNNER_LITERT" in os.environ, "LiteRT is not in build/runtimes")
    def test_tflite(self):
        self.walk(f"tflite:{os.environ['AIR_TEST_MODELS']}/chain.tflite", *MODEL, *GIVEN, step=17)


class Target(Walks):
    def walk_served(self, listen, *entries, step):
        command = (os.environ["AIRUNNER_COMMAND"], "serve", "null:", "--listen", listen)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                descriptor = re.search(r"(socket|serial):\S+", server.stdout.readline())[0]
                self.walk(descriptor, *entries, step=step)
            finally:
                server.kill()

    def test_socket(self):
        self.walk_served("tcp:127.0.0.1:0", *MODEL, "ping", "reconnect", step=3)

    def test_serial_port(self):
        self.walk_served("pty:", "connect", "reconnect", "invoke-data", step=5)


if __name__ == "__main__":
    unittest.main()
