#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks an installation of the packages from within its own environment. scripts/test-wheel and scripts/test-wheels run it.

usage: check_installed.py [--editable SOURCE_FOLDER | --system | --wheel DIGITS_INT8]      --system: as packages of the distribution
"""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import airunner
import stm_ai_runner


# Of 20 inputs of the digits in int8 on x86-64 Linux, which computes what the emulated boards do (tests/firmware/test_tflm.py).
DIGITS_SHA256 = "8184bfcffab7e0b7648b6ed689e6891bafa8a5a5d081556841d05d560ea7ee47"


def check(what, good):
    print(f"   {'ok    ' if good else 'FAILED'}  {what}")
    if not good:
        sys.exit(1)


def digits_on_tflm(model):
    inputs = (np.arange(20 * 8 * 8) % 251 - 125).astype(np.int8).reshape(20, 8, 8, 1)
    with airunner.connect(f"tflm:{model}") as runner:
        return hashlib.sha256(runner.model.invoke([inputs]).outputs[0].tobytes()).hexdigest()


def main():
    library = Path(airunner.library_path())
    site = Path(sys.prefix).resolve()
    if "--editable" in sys.argv:
        source = Path(sys.argv[-1]).resolve()
        check("the modules are those of the sources", Path(airunner.__file__).is_relative_to(source / "bindings"))
        check("the library is that of the build folder", library.is_relative_to(source / "build"))
    elif "--system" in sys.argv:
        check("the modules are the system's", Path(airunner.__file__).resolve().is_relative_to(site))
        check("so is the library, which the loader finds", library == Path("libairunner.so.1"))
    else:
        check("the modules are installed", Path(airunner.__file__).resolve().is_relative_to(site))
        check("the library came with them", library.resolve().is_relative_to(site))
        names = {d.metadata["Name"].lower() for d in importlib.metadata.distributions()}
        check("nothing else is installed but numpy", names <= {"airunner", "numpy", "pip", "setuptools", "wheel"})
        check("type checkers may use it", Path(airunner.__file__).with_name("py.typed").exists())
    check("all plugins are found", {"null", "stlib", "aivalidation", "onnxruntime", "litert"} <= {plugin.name for plugin in airunner.plugins()})
    if "--wheel" in sys.argv:
        check("TensorFlow Lite Micro computes what it does on boards", digits_on_tflm(sys.argv[-1]) == DIGITS_SHA256)

    runner = stm_ai_runner.AiRunner()
    check("the drop-in connects", runner.connect("null:"))
    outputs, profiler = runner.invoke(runner.generate_rnd_inputs(batch_size=2))
    with airunner.connect("null:") as own:
        same = own.model.invoke(own.model.random_inputs(2)).outputs
    check("both compute the same", all(np.array_equal(a, b) for a, b in zip(outputs, same)) and len(profiler["c_durations"]) == 2)
    beside = Path(sys.executable).parent
    script = shutil.which("airunner", path=os.pathsep.join(map(str, (beside, beside / "Scripts"))))  # the latter without an environment on Windows
    check("the command is beside Python", script is not None)
    for command in ([sys.executable, "-m", "airunner"], [script]):
        done = subprocess.run([*command, "info", "-d", "null:"], capture_output=True, text=True, timeout=60)
        check(f"{Path(command[0]).name} is the command", done.returncode == 0 and "Model network" in done.stdout)
    for command in ([script, "validate"], [sys.executable, "-m", "airunner.farm"]):
        done = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=60)
        check(f"{Path(command[0]).stem} {command[-1]} has all that it is made of", done.returncode == 0 and "usage" in done.stdout.lower())


if __name__ == "__main__":
    main()
