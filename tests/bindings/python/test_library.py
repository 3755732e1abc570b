# SPDX-License-Identifier: BSD-3-Clause
"""Finding and loading the library, the command, and the life of a process around them."""

import os
import shutil
import subprocess
import sys
import unittest

from support import BUILD, COMMAND, LIMIT_S, PACKAGES, SOURCE, TestCase

SAY = "import airunner; print(airunner.library_path(), airunner.library_version())"
FAIL = """
import airunner
try:
    airunner.connect("null:")
except airunner.LibraryError as error:
    print(isinstance(error, ImportError), error)
"""


class NobodyListens(TestCase):
    def test_streams_that_are_closed_or_full(self):
        """`python -m airunner` leaves to the command what cannot be told."""
        folder = self.folder()
        command = folder / "airunner"
        command.write_text(f'#!/bin/sh\nprintf "%s" "$*" > {folder}/ran\nexit 7\n')
        command.chmod(0o755)
        for redirection in (">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full"):
            with self.subTest(redirection=redirection):
                environment = {**os.environ, "PYTHONPATH": str(PACKAGES), "AIRUNNER_LIBRARY": str(folder)}
                done = subprocess.run(["sh", "-c", f'exec "$0" -m airunner info -d null: {redirection}', sys.executable],
                                      env=environment, timeout=LIMIT_S, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.assertEqual((done.returncode, (folder / "ran").read_text()), (7, "info -d null:"))
                (folder / "ran").unlink()

    def test_link_does_not_become_a_standard_stream(self):
        """What a runtime prints must not go to a target."""
        text = """
import os, sys, airunner
with airunner.connect(sys.argv[1]) as runner:
    for number in (1, 2):
        os.write(number, b"hello" * 100)
    open("told", "w").write(str(len(runner.model.invoke(runner.model.random_inputs(3)).outputs[0])))
"""
        self.assertEqual(self.run_unheard(text, self.serve("null:"), redirection="<&- >&- 2>&-"), "3")

    def test_log_that_fails(self):
        """Neither a sink that raises nor a logger whose stream is gone ends a call."""
        text = """
import logging, sys, airunner
logging.basicConfig(level=logging.DEBUG)
def sink(level, text):
    raise OSError("nobody listens")
for log in (sink, print, None):
    with airunner.connect("null:", log=log, log_level=airunner.LogLevel.DEBUG) as runner:
        n = len(runner.model.invoke(runner.model.random_inputs(3), mode="debug").outputs[0])
    if len(sys.argv) > 1:
        sys.stdout.close(); sys.stderr.close()
open("told", "w").write(str(n))
"""
        self.assertEqual(self.run_unheard(text, "close", redirection=""), "3")
        for redirection in (">&- 2>&-", ">/dev/full 2>/dev/full"):
            self.assertEqual(self.run_unheard(text, redirection=redirection, exit_codes=(0, 120)), "3")


class Finding(TestCase):
    def library(self, name, text):
        path = self.folder() / name
        subprocess.run([*os.environ["AIRUNNER_CC"].split(), "-shared", "-fPIC", "-x", "c", "-", "-o", path],
                       input=text, text=True, check=True, timeout=LIMIT_S)
        return path

    def test_variable_names_a_file_or_a_folder(self):
        file = BUILD / "src" / "libairunner.so.1"
        for value in (file, file.parent):
            self.assertEqual(self.run_python(SAY, AIRUNNER_LIBRARY=value)[0].split()[0], str(file))

    def test_version_is_that_of_the_project(self):
        import airunner

        version = airunner.library_version()
        self.assertEqual(airunner.__version__, version)
        self.assertIn(f"version: '{version}'", (SOURCE / "meson.build").read_text())

    def test_missing_library_tells_what_was_tried(self):
        out = self.run_python(FAIL, AIRUNNER_LIBRARY="/no/such/lib.so")[0]
        self.assertIn("True libairunner is not there", out)
        self.assertIn("tried /no/such/lib.so", out)

    def test_without_a_library_anywhere(self):
        out = self.run_python(FAIL, AIRUNNER_LIBRARY="", LD_LIBRARY_PATH="")[0]
        if out:  # none is installed on this system
            self.assertIn("tried libairunner.so.1", out)

    @unittest.skipUnless((BUILD / "runtimes" / "onnxruntime").is_dir(), "ONNX Runtime is not in build/runtimes")
    def test_runtimes_of_an_environment_that_is_not_activated(self):
        packages = self.folder() / "lib" / "python3.11" / "site-packages"
        packages.mkdir(parents=True)
        (packages / "onnxruntime").symlink_to(BUILD / "runtimes" / "onnxruntime")
        model = SOURCE / "examples" / "models" / "digits" / "digits_int8.onnx"
        plain = {name: "" for name in ("AIRUNNER_ONNXRUNTIME", "VIRTUAL_ENV", "CONDA_PREFIX")}
        plain.update(AIRUNNER_LIBRARY=BUILD / "src", PATH="/no/such/place", PYTHONUSERBASE="/no/such/place")
        # By what the binding tells of sys.path, of which no variable knows.
        say = (f"import sys; sys.path.append({str(packages)!r}); import airunner; "
               f"print(airunner.connect({str(model)!r}).model.info.runtime.description)")
        self.assertIn(str(packages), self.run_python(say, **plain)[0])
        # By where the library lies.
        home = packages / ".airunner.mesonpy.libs"
        (home / "airunner-2").mkdir(parents=True)
        for file in ("src/libairunner.so.1", "src/libairunner-report.so.1", "src/libairunner-st.so.1", "airunner"):
            shutil.copy(BUILD / file, home)
        shutil.copy(BUILD / "backends" / "libairunner-onnxruntime.so", home / "airunner-2")
        plain.update(AIRUNNER_LIBRARY=home, AIRUNNER_PYTHON_PACKAGES="", LD_LIBRARY_PATH=home)
        done = subprocess.run([home / "airunner", "info", "-d", model, "--json"], capture_output=True, text=True,
                              timeout=LIMIT_S, env={**os.environ, **{k: str(v) for k, v in plain.items()}})
        self.assertIn(str(packages), done.stdout, done.stderr)

    def test_import_needs_no_library(self):
        self.run_python("import airunner, stm_ai_runner", AIRUNNER_LIBRARY="/no/such/lib.so")

    def test_other_abi(self):
        path = self.library("libairunner.so", "int air_supports(unsigned a, unsigned b) { return a == 1 && b == 0 ? 0 : 1; }")
        out = self.run_python(FAIL, AIRUNNER_LIBRARY=path)[0]
        self.assertIn(f"{path} does not have ABI 1.0, which this package needs", out)

    def test_some_other_library(self):
        out = self.run_python(FAIL, AIRUNNER_LIBRARY=self.library("libother.so", "int nothing;"))[0]
        self.assertIn("it is no libairunner", out)

    def test_library_of_an_older_release(self):
        path = self.library("libairunner.so", "unsigned air_abi_version(void) { return 0; }")
        self.assertIn("has no air_supports(): it is no libairunner, or one from before 1.0", self.run_python(FAIL, AIRUNNER_LIBRARY=path)[0])

    def test_libraries_above(self):
        """They are looked for beside libairunner."""
        supports = "int air_supports(unsigned a, unsigned b) { return 1; }"
        path = self.library("libairunner.so", supports)
        for above in ("libairunner-report", "libairunner-st"):
            beside = path.with_name(f"{above}.so.1")
            out = self.run_python(FAIL, AIRUNNER_LIBRARY=path)[0]
            self.assertIn(f"{path} is there, and {above}, which belongs to it, is not", out)
            self.assertIn(f"tried {beside}", out)
            shutil.copy(path, beside)
        self.assertIn(f"{path} has no air_version()", self.run_python(FAIL, AIRUNNER_LIBRARY=path)[0])
        alone = self.folder()
        shutil.copy(BUILD / "src" / "libairunner.so.1", alone)
        for name in ("libairunner-report.so.1", "libairunner-st.so.1"):
            shutil.copy(path, alone / name)
        for name, function in (("libairunner-report.so.1", "air_get_statistics"), ("libairunner-st.so.1", "air_st_error_number")):
            self.assertIn(f"{name} has no {function}()", self.run_python(FAIL, AIRUNNER_LIBRARY=alone)[0])
            shutil.copy(BUILD / "src" / name, alone / name)

    def test_import_opens_nothing(self):
        folder = self.folder()
        text = """
import sys
class Watch:
    opened = []
sys.addaudithook(lambda event, args: Watch.opened.append(str(args[0])) if event == "open" and "w" in str(args[1]) else None)
import stm_ai_runner
print(Watch.opened, [m for m in ("tqdm", "pandas", "tensorflow", "serial", "google.protobuf") if m in sys.modules])
"""
        self.assertEqual(self.run_python(text, cwd=folder, PYTHONDONTWRITEBYTECODE=1)[0], "[] []\n")
        self.assertEqual(list(folder.iterdir()), [])


class Command(TestCase):
    def run_module(self, *arguments, **variables):
        environment = {**os.environ, "PYTHONPATH": str(PACKAGES), **variables}
        return subprocess.run([sys.executable, "-m", "airunner", *arguments], env=environment, capture_output=True,
                              text=True, timeout=LIMIT_S)

    def test_is_the_command(self):
        done = self.run_module("info", "-d", "null:", "--json")
        expected = subprocess.run([COMMAND, "info", "-d", "null:", "--json"], capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual((expected.returncode, done.returncode, done.stdout), (0, 0, expected.stdout))

    def test_exit_code_is_passed_on(self):
        self.assertEqual(self.run_module("no-such-command").returncode, 2)

    def test_closed_streams(self):
        for fds in ((1,), (2,), (1, 2)):
            done = subprocess.run([sys.executable, "-m", "airunner", "list"], env={**os.environ, "PYTHONPATH": str(PACKAGES)},
                                  preexec_fn=lambda fds=fds: [os.close(fd) for fd in fds], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, timeout=LIMIT_S)
            self.assertEqual(done.returncode, 1 if 1 in fds else 0, done.stderr)
            self.assertNotIn(b"Traceback", done.stderr)

    def test_missing_command(self):
        done = self.run_module("list", AIRUNNER_LIBRARY=str(self.folder()), PATH="/nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the command is not there", done.stderr)


class Process(TestCase):
    def test_exit_with_an_open_runner(self):
        for descriptor in ("null:", self.serve("null:")):
            out, err = self.run_python("""
import sys, airunner
runner = airunner.connect(sys.argv[1])
runner.model.invoke(runner.model.random_inputs())
print("end")
""", descriptor)
            self.assertEqual((out, err), ("end\n", ""))

    def test_exit_with_values(self):
        """They go after the runner, in any order, and with what is in cycles."""
        out, err = self.run_python("""
import sys, airunner
runner = airunner.connect(sys.argv[1])
model = runner.model
inputs = model.random_inputs(2)
kept = [model.invoke(inputs, mode="per_layer_with_data"), airunner.capture(model, inputs)]
kept += [kept[0].profile.nodes[0].data[0], airunner.compare(kept[1], kept[1]), kept]
try:
    airunner.connect("file:/no/where")
except airunner.Error as error:
    kept.append(error)
sys.modules["kept"] = kept
print("end")
""", self.serve("null:"))
        self.assertEqual((out, err), ("end\n", ""))

    def test_released_results_are_used_again(self):
        """A loop that drops its results does not grow."""
        out, _ = self.run_python("""
import resource, airunner
model = airunner.connect("null:").model
inputs = model.random_inputs(5000)
def run(times):
    for _ in range(times):
        model.invoke(inputs, mode="per_layer_with_data").profile.nodes[0].data[0].sum()
        airunner.capture(model, inputs, layers=False).outputs
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = run(3)
print(run(30) - before)
""")
        self.assertLess(int(out), 30_000)  # KiB: without, they would take more than three times that

    def test_exit_while_a_thread_runs(self):
        out, err = self.run_python("""
import threading, airunner
runner = airunner.connect("null:?delay_ms=60000")
inputs = runner.model.random_inputs()
begun = threading.Event()
def run():
    try:
        runner.model.invoke(inputs, on_sample_begin=lambda sample: begun.set())
    except airunner.CancelledError:
        pass
threading.Thread(target=run, daemon=True).start()
begun.wait(30)
print("end")
""")
        self.assertEqual((out, err), ("end\n", ""))

    def test_fork(self):
        out = self.run_python("""
import os, airunner
runner = airunner.connect("null:")
inputs = runner.model.random_inputs()
expected = runner.model.invoke(inputs).outputs[0].tolist()
child = os.fork()
if child == 0:
    try:
        runner.model.invoke(inputs)
    except airunner.NotConnectedError as error:
        print("a child process has to connect anew" in str(error), runner.is_connected)
    runner.close()
    with airunner.connect("null:") as own:
        print(own.model.invoke(inputs).outputs[0].tolist() == expected, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(runner.model.invoke(inputs).outputs[0].tolist() == expected)
""")[0]
        self.assertEqual(out, "True False\nTrue\nTrue\n")

    def test_fork_leaves_the_link_alone(self):
        out = self.run_python("""
import os, sys, airunner
runner = airunner.connect(sys.argv[1])
inputs = runner.model.random_inputs()
if os.fork() == 0:
    sys.exit(0)  # runs what is registered for the exit
os.wait()
runner.model.invoke(inputs)
print("alive")
""", self.serve("null:"))[0]
        self.assertEqual(out, "alive\n")

    def test_collected_runner_is_disconnected(self):
        import gc

        import airunner

        descriptor = self.serve("null:")  # serves one client at a time
        for _ in range(2):
            runner = airunner.connect(descriptor, timeout=10)
            runner.model.invoke(runner.model.random_inputs())
            del runner
            gc.collect()
        self.connect(descriptor, timeout=10)


if __name__ == "__main__":
    unittest.main()
