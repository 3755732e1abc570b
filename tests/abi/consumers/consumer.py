#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Builds the program of another language against the headers and the libraries of the build, and runs it; 77 where its tools are not there.

usage: consumer.py rust|go INCLUDE_FOLDER LIBRARY_FOLDER WORK_FOLDER
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
INCLUDE, LIBRARIES, WORK = (Path(a).absolute() for a in sys.argv[2:5])
LIMIT_S = 600


def tool(name):
    """The program that an environment variable such as RUSTC names, or the one of the system."""
    path = shutil.which(os.environ.get(name.upper(), name))
    if path is None:
        print(f"skipped: there is no {name}")
        sys.exit(77)
    return path


def run(*command, **more):
    result = subprocess.run([str(c) for c in command], timeout=LIMIT_S, **more)
    if result.returncode != 0:
        sys.exit(f"{' '.join(str(c) for c in command)}: exit code {result.returncode}")


def rust():
    bindgen, rustc, rustdoc = tool("bindgen"), tool("rustc"), tool("rustdoc")
    bindings = WORK / "airunner_sys.rs"
    (WORK / "all.h").write_text('#include "airunner_report.h"\n#include "airunner_st.h"\n')
    run(bindgen, WORK / "all.h", "--default-enum-style", "newtype", "--allowlist-function", "air_.*", "--allowlist-type", "air_.*",
        "--allowlist-var", "AIR_.*", "--raw-line", "#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code)]",
        "-o", bindings, "--", f"-I{INCLUDE}")
    libraries = ["-L", f"native={LIBRARIES}", "-l", "dylib=airunner", "-l", "dylib=airunner-report", "-l", "dylib=airunner-st"]
    run(rustc, "--edition", "2021", "--crate-name", "airunner_sys", "--crate-type", "rlib", *libraries, "--out-dir", WORK, bindings)
    run(rustc, "--edition", "2021", "-O", "-D", "warnings", "--extern", f"airunner_sys={WORK / 'libairunner_sys.rlib'}", *libraries,
        "-C", f"link-arg=-Wl,-rpath,{LIBRARIES}", "-o", WORK / "consumer", HERE / "rust" / "consumer.rs")
    # What stands indented in a comment would be taken for a program and fail.
    run(rustdoc, "--edition", "2021", "--test", "--crate-name", "airunner_sys", bindings, stdout=sys.stderr)
    run(WORK / "consumer")


def go():
    env = dict(os.environ, GO111MODULE="on", GOFLAGS="-mod=mod -buildvcs=false", GOPROXY="off", GOTOOLCHAIN="local", CGO_ENABLED="1",
               GOCACHE=str(WORK / "cache"), GOPATH=str(WORK / "path"), CGO_CFLAGS=f"-O1 -I{INCLUDE}",
               CGO_LDFLAGS=f"-L{LIBRARIES} -Wl,-rpath,{LIBRARIES} -lairunner-report -lairunner")
    run(tool("go"), "build", "-o", WORK / "consumer", ".", cwd=HERE / "go", env=env)
    # The runtime looks harder at what goes to C.
    run(WORK / "consumer", env=dict(os.environ, GODEBUG="cgocheck=1"))


if __name__ == "__main__":
    WORK.mkdir(parents=True, exist_ok=True)
    {"rust": rust, "go": go}[sys.argv[1]]()
