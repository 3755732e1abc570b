# SPDX-License-Identifier: BSD-3-Clause
"""Prints what has to be built for the tests of some suites: targets_of_suites.py FOLDER SUITE..."""

import json
import os
import subprocess
import sys


def introspect(folder, what):
    return json.loads(subprocess.run(["meson", "introspect", folder, what], check=True, capture_output=True).stdout)


def main(folder, *suites):
    needed = {target for test in introspect(folder, "--tests")
              if any(suite.partition(":")[2] in suites for suite in test["suite"]) for target in test["depends"]}
    for target in introspect(folder, "--targets"):
        # A test does not name the plugins that it finds at run time, nor their manifests.
        folder_of_target = os.path.basename(os.path.dirname(target["filename"][0]))
        is_plugin = target["type"] in ("shared module", "custom") and folder_of_target == "backends"
        if target["id"] in needed or is_plugin:
            print(*(os.path.relpath(name, os.path.abspath(folder)) for name in target["filename"]), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
