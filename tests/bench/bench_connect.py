#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What connecting to `null:` costs where all plugins lie beside the library, against where its own lies there alone.

usage: bench_connect.py [--smoke] PROGRAM LIBRARY PLUGIN...
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SMOKE = "--smoke" in sys.argv
PROGRAM, LIBRARY, *PLUGINS = [Path(argument) for argument in sys.argv[1:] if argument != "--smoke"]
N_ROUNDS, N_CONNECTIONS = (1, 3) if SMOKE else (15, 200)
LIMIT = 1.2


def install(folder, plugins):
    """The library as an installation has it, with these plugins."""
    place = folder / "airunner-2"
    place.mkdir(parents=True)
    shutil.copy(LIBRARY, folder / "libairunner.so.1")
    for plugin in plugins:
        shutil.copy(plugin, place)
        shutil.copy(plugin.with_suffix(".manifest"), place)
    return folder


def connect(folder):
    environment = os.environ | {"LD_LIBRARY_PATH": str(folder), "AIRUNNER_PLUGIN_PATH": "", "XDG_DATA_HOME": "/nonexistent"}
    run = subprocess.run([PROGRAM, str(N_CONNECTIONS)], env=environment, capture_output=True, text=True, check=True, timeout=60)
    return float(run.stdout)


def main():
    with tempfile.TemporaryDirectory() as folder:
        alone = install(Path(folder, "alone"), [plugin for plugin in PLUGINS if "null" in plugin.name])
        together = install(Path(folder, "together"), PLUGINS)
        times = [(connect(together), connect(alone)) for _ in range(N_ROUNDS)]
    value, baseline = (min(each) for each in zip(*times))
    print(json.dumps({"name": "connect to null: beside all plugins, against its own alone", "value": value,
                      "unit": "ns", "baseline": baseline, "limit": LIMIT * baseline}))


if __name__ == "__main__":
    main()
