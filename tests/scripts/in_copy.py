# SPDX-License-Identifier: BSD-3-Clause
"""What tests of scripts share: these sources, and a copy of the scripts to work in."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]


class InCopy(unittest.TestCase):
    """With a copy of the scripts in a folder of its own, where commands may be replaced: those of bin/ come first."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve() / "check out's"
        shutil.copytree(SOURCE / "scripts", self.folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))

    def provide(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def git(self, *arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        done = self.run_script("git", *identity, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)

    def commit_all(self):
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "all")

    def run_script(self, *command, path=None, folder=None):
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("AIRUNNER_", "GIT_"))}
        variables["PATH"] = path or f"{self.folder}/bin:{variables['PATH']}"
        return subprocess.run(command, cwd=folder or self.folder, env={**variables, "AIRUNNER_SKIP_SETUP": "1", "XDG_CACHE_HOME": str(self.folder.parent / "cache")}, text=True,
                              capture_output=True, timeout=60)
