#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/test-all with parts that only pretend."""

import unittest

from in_copy import InCopy


class TestAll(InCopy):
    def setUp(self):
        super().setUp()
        self.provide("bin/id", "#!/bin/sh\necho 0\n")
        # Each notes that it ran, and fails where a file `broken` tells to.
        for name, counts in (("fresh", "3 passed, 0 failed"), ("wheels", "2 passed, 0 failed"), ("debs", "1 passed, 0 failed, 1 skipped")):
            self.provide(f"scripts/test-{name}", f"""#!/bin/sh
echo "{name} $*" >>ran
[ ! -f broken ] || {{ printf '\\n== Failed\\nwhat broke\\n\\n== Time\\n0 passed, 1 failed\\n'; exit 1; }}
echo "{counts}"
""")
        (self.folder / ".gitignore").write_text("ran\nbroken\n")
        self.commit_all()

    def run_all(self, *arguments):
        result = self.run_script("env", f"XDG_CACHE_HOME={self.folder}/.git/cache", "scripts/test-all", *arguments)
        ran = self.folder / "ran"
        lines = ran.read_text().splitlines() if ran.exists() else []
        ran.unlink(missing_ok=True)
        return result, lines

    def test_everything(self):
        result, ran = self.run_all()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(ran, ["fresh bookworm", "fresh noble", "fresh windows", "fresh cross", "fresh trixie", "wheels ", "debs "])
        self.assertEqual(result.stdout.splitlines()[-1], "18 passed, 0 failed, 1 skipped")

    def test_parts_by_name(self):
        result, ran = self.run_all("debs", "windows")
        self.assertEqual(ran, ["fresh windows", "debs "])
        self.assertEqual(self.run_all("--changed")[1], ["fresh bookworm", "fresh noble", "fresh cross", "fresh trixie", "wheels "])

    def test_only_what_has_changed(self):
        self.run_all()
        result, ran = self.run_all("--changed")
        self.assertEqual(ran, ["fresh bookworm", "fresh noble"])
        self.assertIn("windows: passed here, and nothing that it depends on has changed", result.stdout)
        (self.folder / "tests/packages").mkdir(parents=True)
        (self.folder / "tests/packages/use_debs").write_text("new")
        self.provide("src/some_windows.cpp", "new")
        self.commit_all()
        self.assertEqual(self.run_all("--changed")[1], ["fresh bookworm", "fresh noble", "fresh windows", "debs "])
        self.provide("scripts/lib/sources.sh", "new")
        self.provide("src/report/names.map", "new")
        self.commit_all()
        self.assertEqual(self.run_all("--changed")[1], ["fresh bookworm", "fresh noble", "fresh windows", "fresh cross", "wheels ", "debs "])

    def test_what_failed_is_run_again(self):
        (self.folder / "broken").touch()
        result, _ = self.run_all()
        self.assertEqual(result.returncode, 1)
        self.assertIn("wheels: what broke", result.stdout.rpartition("== Failed")[2])
        self.assertEqual(result.stdout.splitlines()[-1], "0 passed, 7 failed")
        (self.folder / "broken").unlink()
        self.assertEqual(len(self.run_all("--changed")[1]), 7)

    def test_time_is_over(self):
        script = self.folder / "scripts/test-all"
        script.write_text(script.read_text().replace("latest_s=4500", "latest_s=1000"))
        (self.folder / ".git/cache/airunner/took").mkdir(parents=True)
        (self.folder / ".git/cache/airunner/took/wheels").write_text("60\n")
        result, ran = self.run_all("--changed")
        self.assertEqual(ran, ["fresh bookworm", "wheels "])
        for part in ("noble", "debs"):
            self.assertIn(f"{part}: not run, there is no time left for it", result.stdout)
        self.assertEqual(result.stdout.splitlines()[-1], "5 passed, 0 failed, 5 skipped")

    def test_it_ends(self):
        script = self.folder / "scripts/test-all"
        script.write_text(script.read_text().replace("last_s=5100", "last_s=1"))
        for sleeps in ("exec sleep 60", "trap '' TERM\nsleep 60"):  # as unshare does
            self.provide("scripts/test-fresh", f"#!/bin/sh\necho begun\n{sleeps}\n")
            result, _ = self.run_all("--changed", "bookworm")
            self.assertIn("bookworm: ended, as it took too long; the last line: begun", result.stdout.rpartition("== Failed")[2])
            self.assertEqual(result.stdout.splitlines()[-1], "0 passed, 1 failed")

    def test_wrong_turns(self):
        result, ran = self.run_all("--change")
        self.assertEqual((result.returncode, ran), (1, []))
        self.assertIn("unexpected '--change': --changed is known, and bookworm noble windows cross trixie wheels debs", result.stderr)
        self.provide("bin/id", "#!/bin/sh\necho 1000\n")
        self.assertIn("needs root", self.run_all()[0].stderr)


if __name__ == "__main__":
    unittest.main()
