# SPDX-License-Identifier: BSD-3-Clause
"""clang-tidy over src/ and backends/, of what it has not yet found clean: tidy.py BUILD

It is the longest check of all, and most files have not changed since the last run. A file is not looked at again when the same clang-tidy has
found nothing in it, with the same command and configuration and with the same contents of all that it includes. That is remembered in airunner/tidy
in the user's folder for caches. BUILD was built by clang. SIGTERM ends it after the files that it is at: the rest is left for the next run.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import threading

TIDY = "clang-tidy-14"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "airunner" / "tidy"
ROOT = pathlib.Path(__file__).resolve().parents[2]
time_is_over = threading.Event()


@functools.cache
def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def included(build):
    """What each object was made of, as ninja knows it from the compiler: {object: [path]}."""
    lines = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout.splitlines()
    found, paths = {}, []
    for line in lines:
        if heading := re.match(r"(\S.*): #deps \d+, .*\((\w+)\)$", line):
            paths = found[heading[1]] = []
        elif line.startswith("    "):
            paths.append((build / line.strip()).resolve())
    return found


def keys_of(build):
    """{source: what its check depends on, in one number}"""
    version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    common = [version, (ROOT / ".clang-tidy").read_text()]
    made_of, keys = included(build), {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = (build / entry["file"]).resolve()
        if source.suffix == ".cpp" and source.is_relative_to(ROOT) and source.relative_to(ROOT).parts[0] in ("src", "backends"):
            output = shlex.split(entry["command"])
            output = output[output.index("-o") + 1]
            parts = common + [entry["command"].replace(str(ROOT), "")] + [hash_of(path) for path in made_of[output]]
            keys[source] = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return keys


def check(build, source, key):
    """What clang-tidy says of a source; nothing where it is clean, None where there was no time."""
    if (CACHE / key).exists():
        return ""
    if time_is_over.is_set():
        return None
    done = subprocess.run([TIDY, "-quiet", "-p", build, source], capture_output=True, text=True)
    if done.returncode == 0 and not done.stdout.strip():
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / key).touch()
        return ""
    return done.stdout + done.stderr


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    keys = keys_of(build)
    signal.signal(signal.SIGTERM, lambda *_: time_is_over.set())
    known = sum((CACHE / key).exists() for key in keys.values())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        told = list(pool.map(lambda pair: check(build, *pair), keys.items()))
    said, n_left = [text for text in told if text], told.count(None)
    print(*said, sep="\n")
    if n_left:
        print(f"left for the next run: {n_left} files")
    print(f"{len(keys)} files, {len(said)} of them with something to mend; {known} were known to be clean")
    sys.exit(bool(said))


if __name__ == "__main__":
    main()
