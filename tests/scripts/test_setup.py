#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/lib/setup.sh: packages and systems."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from in_copy import SOURCE


class Setup(unittest.TestCase):
    """install_packages with a PATH that holds only what the test puts there."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.provide("basename", 'echo "${1##*/}"')

    def provide(self, name, body):
        path = Path(self.folder.name, name)
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)

    def install(self, *packages, **environment):
        script = f". {SOURCE}/scripts/lib/setup.sh; install_packages {' '.join(packages)}; echo done"
        return subprocess.run(["/bin/bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True,
                              env={"PATH": self.folder.name, **environment}, timeout=30)

    def test_other_distribution(self):
        result = self.install("alpha", "beta")
        self.assertEqual(result.returncode, 1)
        self.assertIn("alpha beta", result.stderr)
        self.assertIn("AIRUNNER_SKIP_SETUP=1", result.stderr)

    def test_other_distribution_that_has_everything(self):
        self.assertEqual(self.install("alpha", AIRUNNER_SKIP_SETUP="1").stdout, "done\n")

    def debian(self, installed, user):
        self.provide("dpkg-query", f'case " {installed} " in *" ${{@: -1}} "*) echo -n installed;; *) exit 1;; esac')
        self.provide("id", f"echo {user}")
        self.provide("env", '[ "${1%%=*}" != DEBIAN_FRONTEND ] || shift; "$@"')
        self.provide("apt-get", f'echo "$@" >>{self.folder.name}/calls')

    def calls(self):
        path = Path(self.folder.name, "calls")
        return path.read_text() if path.exists() else ""

    def test_nothing_is_missing(self):
        self.debian("alpha beta", user=1000)
        self.assertEqual(self.install("alpha", "beta").stdout, "done\n")
        self.assertEqual(self.calls(), "")

    def test_only_what_is_missing_is_installed(self):
        self.debian("alpha", user=0)
        self.assertEqual(self.install("alpha", "beta").returncode, 0)
        self.assertIn("beta", self.calls())
        self.assertNotIn("alpha", self.calls())

    def test_neither_root_nor_sudo(self):
        self.debian("alpha", user=1000)
        result = self.install("alpha", "beta")
        self.assertEqual(result.returncode, 1)
        self.assertIn("apt-get install beta", result.stderr)
        self.assertEqual(self.calls(), "")

    def test_sudo(self):
        self.debian("", user=1000)
        self.provide("sudo", f'echo sudo >>{self.folder.name}/calls; "$@"')
        self.assertEqual(self.install("beta").returncode, 0)
        self.assertIn("sudo\nupdate", self.calls())

    def test_failing_installation(self):
        self.debian("", user=0)
        self.provide("apt-get", '[ "$1" = update ]')
        result = self.install("beta")
        self.assertEqual(result.returncode, 1)
        self.assertIn("could not install: beta", result.stderr)

    def install_runtimes(self, **environment):
        self.provide("mkdir", "/bin/mkdir -p \"${@: -1}\"")
        script = f". {SOURCE}/scripts/lib/setup.sh; install_runtimes {self.folder.name}/runtimes; echo done"
        return subprocess.run(["/bin/bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True,
                              env={"PATH": self.folder.name, **environment}, timeout=30)

    def test_runtimes_are_installed_once(self):
        packages = f"{self.folder.name}/runtimes"
        self.provide("python3", f'echo "$@" >>{self.folder.name}/calls; for part in onnxruntime ai_edge_litert pycocotools; do mkdir {packages}/$part; done')
        self.assertIn("done", self.install_runtimes().stdout)
        self.assertIn("done", self.install_runtimes().stdout)
        self.assertEqual(len(self.calls().splitlines()), 1)
        self.assertIn(f"--target {packages}", self.calls())
        self.assertIn("onnxruntime>=", self.calls())

    def test_without_runtimes_the_tests_go_on(self):
        self.provide("python3", "exit 1")
        result = self.install_runtimes()
        self.assertEqual(result.returncode, 0)
        self.assertIn("skipped", result.stderr)
        self.assertEqual(self.install_runtimes(AIRUNNER_SKIP_SETUP="1").stdout, "done\n")


class Systems(unittest.TestCase):
    def on_system(self, pattern):
        script = f". {SOURCE}/scripts/lib/setup.sh; on_system '{pattern}'"
        return subprocess.run(["/bin/bash", "-euc", script], timeout=30).returncode == 0

    def test_this_one(self):
        release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
        name, version = release["ID"].strip('"'), release.get("VERSION_ID", "").strip('"')
        self.assertTrue(self.on_system(f"{name} *"))
        self.assertTrue(self.on_system(f"{name} {version}"))
        self.assertFalse(self.on_system(f"{name} {version}1"))
        self.assertFalse(self.on_system(f"another-{name} *"))


if __name__ == "__main__":
    unittest.main()
