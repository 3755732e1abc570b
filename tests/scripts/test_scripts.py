#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks the scripts: shellcheck, what they say to odd arguments and on systems they cannot set up, and how test cases are counted.

usage: test_scripts.py SOURCE_FOLDER [CASE...]
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
from pathlib import Path

SOURCE = Path(sys.argv[1]).resolve()


def is_shell(path):
    with path.open("rb") as file:
        return re.match(rb"#!.*\b(ba)?sh\b|# shellcheck shell=", file.readline()) is not None


SCRIPTS = ["scripts/lib/roots.sh", "scripts/lib/setup.sh", "scripts/lib/sources.sh"] + sorted(
    str(path.relative_to(SOURCE)) for folder in ("scripts", ".ci", "packaging", "tests")
    for path in (SOURCE / folder).rglob("*") if path.is_file() and is_shell(path))

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("count_results", SOURCE / "scripts/lib/count_results.py")
count_results = importlib.util.module_from_spec(spec)
spec.loader.exec_module(count_results)


class Shell(unittest.TestCase):
    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck(self):
        result = subprocess.run(["shellcheck", "-x", *SCRIPTS], cwd=SOURCE, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_scripts_can_be_started(self):
        for name in SCRIPTS:
            if not name.endswith(".sh"):
                self.assertTrue(os.access(SOURCE / name, os.X_OK), name)


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


class Check(InCopy):
    """scripts/check; what it finds is seen where its checks run as suites of their own."""

    def check(self, *arguments, **options):
        return self.run_script("scripts/check", *arguments, **options)

    def test_every_check_is_a_hook(self):
        known = re.search(r"^checks=\((.*)\)$", (SOURCE / "scripts/check").read_text(), re.MULTILINE)[1].split()
        hooks = re.findall(r"^ +entry: scripts/check (\w+)$", (SOURCE / ".pre-commit-config.yaml").read_text(), re.MULTILINE)
        self.assertEqual(hooks, known)

    def test_unknown_check(self):
        for name in ("spelling", "", "form", "format sources", "-v"):
            result = self.check(name)
            self.assertEqual((result.returncode, result.stdout), (1, ""), name)
            self.assertIn(f"unknown check '{name}': format sources", result.stderr)

    def test_one_check_at_a_time(self):
        for names in (("format", "sources"), ("scripts", "types"), ("types", "src/a.py")):
            result = self.check(*names)
            self.assertEqual(result.returncode, 1, names)
            self.assertIn(f"'{names[1]}'", result.stderr)
            self.assertIn("run one at a time", result.stderr)

    @unittest.skipUnless(shutil.which("clang-format-14"), "clang-format-14 is not installed")
    def test_layout(self):
        shutil.copy(SOURCE / ".clang-format", self.folder)
        self.provide("src/good.h", "int a;\n")
        self.assertEqual(self.check("format").returncode, 0)
        self.provide("src/bad.c", "int  a ;\n")
        self.provide("src/bad.txt", "int  a ;\n")
        for files, expected in (((), 1), (("src/good.h",), 0), (("src/good.h", "src/bad.c"), 1), (("src/bad.txt",), 0)):
            self.assertEqual(self.check("format", *files).returncode, expected, files)

    def test_missing_tool(self):
        for name in ("bash", "dirname", "basename", "env"):
            (self.folder / "few").mkdir(exist_ok=True)
            (self.folder / "few" / name).symlink_to(shutil.which(name))
        result = self.check("types", path=str(self.folder / "few"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("mypy is missing", result.stderr)
        self.assertIn("SKIP=types", result.stderr)


@unittest.skipUnless(shutil.which("git"), "git is not installed")
class Analyze(InCopy):
    """Which files scripts/analyze takes, with an analyzer that only names them."""

    def setUp(self):
        super().setUp()
        self.provide("bin/run-clang-tidy-14", '#!/bin/bash\nprintf "%s\\n" "$@"\n')
        self.provide("build-clang/compile_commands.json", "[]")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("src/old.cpp", lines=1)

    def commit(self, *names, lines):
        for name in names:
            self.provide(name, "int a;\n" * lines)
        self.git("add", *names)
        self.git("commit", "--quiet", "--message", "change")

    def taken(self, *arguments):
        result = self.run_script("scripts/analyze", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        start = f"^{self.folder}/"
        return [line.removeprefix(start) for line in result.stdout.splitlines() if line.startswith(start)]

    def test_one_commit(self):
        result = self.run_script("scripts/analyze")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nothing to compare with", result.stderr)
        self.assertIn("'other' is no commit", self.run_script("scripts/analyze", "other").stderr)

    def test_on_main_the_last_commit(self):
        self.commit("src/new.cpp", "src/new.h", "tests/new.cpp", lines=1)
        self.assertEqual(self.taken(), ["src/new.cpp"])
        self.commit("docs.md", lines=1)
        self.assertEqual(self.taken(), [])
        self.assertEqual(self.taken("HEAD~1"), [])
        self.assertEqual(self.taken("HEAD~2"), ["src/new.cpp"])

    def test_on_a_branch_all_of_it(self):
        self.git("checkout", "--quiet", "-b", "branch")
        self.commit("src/first.cpp", lines=3)
        self.commit("backends/second.cpp", lines=4)
        self.provide("src/old.cpp", "not yet committed\n")
        self.assertEqual(self.taken(), ["backends/second.cpp", "src/first.cpp", "src/old.cpp"])

    def test_at_most_eight(self):
        self.commit(*(f"src/{i}.cpp" for i in range(9)), lines=2)
        self.assertEqual(len(self.taken()), 8)
        self.assertRegex(self.run_script("scripts/analyze").stdout, r"left out: src/\d\.cpp")


@unittest.skipUnless(shutil.which("clang-tidy-14"), "clang-tidy-14 is not installed")
class Tidy(InCopy):
    """What was found clean is not looked at again, unless it, or what it includes, has changed."""

    RULES = """rule compile
  command = clang++-14 -MD -MF $out.d -o $out -c $in
  depfile = $out.d
  deps = gcc
build a.o: compile ../src/a.cpp
"""

    def setUp(self):
        super().setUp()
        self.folder = self.folder.rename(self.folder.with_name("plain"))  # what ninja is told has no quotes
        self.write(".clang-tidy", "Checks: '-*,modernize-use-nullptr'\nWarningsAsErrors: '*'\nHeaderFilterRegex: '.*'\n")
        self.write("src/a.cpp", '#include "a.h"\n')
        self.write("src/a.h", "inline int *nothing() { return nullptr; }\n")
        self.write("build/build.ninja", self.RULES)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def tidy(self, before=""):
        build = self.folder / "build"
        subprocess.run(["ninja", "-C", build], check=True, capture_output=True)
        commands = subprocess.run(["ninja", "-C", build, "-t", "compdb"], check=True, capture_output=True, text=True).stdout
        (build / "compile_commands.json").write_text(commands)
        result = subprocess.run(["bash", "-c", f"{before} exec {sys.executable} scripts/lib/tidy.py build"], cwd=self.folder, text=True, capture_output=True,
                                timeout=60, env=dict(os.environ, XDG_CACHE_HOME=str(self.folder / "cache")))
        return result.returncode, result.stdout

    def test_only_what_changed(self):
        self.assertEqual(self.tidy(), (0, "\n1 files, 0 of them with something to mend; 0 were known to be clean\n"))
        self.assertEqual(self.tidy(), (0, "\n1 files, 0 of them with something to mend; 1 were known to be clean\n"))
        self.write("src/a.h", "inline int *nothing() { return 0; }\n")
        for _ in range(2):
            code, text = self.tidy()
            self.assertEqual(code, 1)
            self.assertIn("modernize-use-nullptr", text)
            self.assertIn("1 files, 1 of them with something to mend; 0 were known to be clean", text)

    def test_what_there_is_no_time_for_is_left(self):
        n_files = 2 * os.cpu_count() + 2  # more than are looked at at once
        for name in (f"b{i}" for i in range(n_files - 1)):
            self.write(f"src/{name}.cpp", "")
            self.RULES += f"build {name}.o: compile ../src/{name}.cpp\n"
        self.write("build/build.ninja", self.RULES)
        self.provide("bin/clang-tidy-14", '#!/bin/sh\n[ "$1" = --version ] || { touch began; sleep 1; }\n')
        code, text = self.tidy(f"PATH={self.folder}/bin:$PATH; (timeout 30 sh -c 'until [ -e began ]; do sleep 0.1; done'; kill $$) &")
        self.assertEqual(code, 0, text)
        n_left = int(re.search("left for the next run: (.*) files", text)[1])
        self.assertIn(n_left, range(1, n_files))
        self.assertEqual(self.tidy(f"PATH={self.folder}/bin:$PATH;"), (0, f"\n{n_files} files, 0 of them with something to mend; {n_files - n_left} were known to be clean\n"))


class ReleaseNotes(InCopy):
    def notes(self, *arguments):
        (self.folder / "CHANGELOG.md").write_text("# Changes\n\n## 1.0.0\n\n- One.\n\n- Two.\n\n## 1.0.0-rc.1\n\nFirst.\n\n## 0.9\n")
        return self.run_script("scripts/release-notes", *arguments)

    def test_text_of_a_version(self):
        self.assertEqual(self.notes("1.0.0").stdout, "- One.\n\n- Two.\n")
        self.assertEqual(self.notes("1.0.0-rc.1").stdout, "First.\n")

    def test_no_text(self):
        for arguments in (["1.0"], ["1.0.0-rc"], ["1.0.0-rc.1 "], ["0.9"]):
            result = self.notes(*arguments)
            self.assertEqual((result.returncode, result.stdout), (1, ""), arguments)
            self.assertIn("but of: 1.0.0 1.0.0-rc.1 0.9", result.stderr)
        self.assertIn("expected a version, such as 1.0.0", self.notes().stderr)

    def test_this_version_has_some(self):
        version = re.search(r"^  version: '(.*)',$", (SOURCE / "meson.build").read_text(), re.MULTILINE)[1]
        result = subprocess.run([SOURCE / "scripts/release-notes", version], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)


@unittest.skipUnless(all(map(shutil.which, ("gcovr", "meson", "ninja", "gcc", "g++", "ccache"))), "gcovr or the compiler is not installed")
class Coverage(InCopy):
    """scripts/coverage over a project of one source, a test that passes and one that fails."""

    def setUp(self):
        super().setUp()
        (self.folder / "meson_options.txt").write_text("option('tests', type: 'feature')\n")
        (self.folder / "meson.build").write_text("""project('one', 'c')
one = executable('one', 'src/room/one.c')
test('good', one, suite: 'unit')
test('bad', one, args: 'x', suite: 'other')
test('left out', find_program('false'), suite: 'bench')
""")
        self.provide("src/room/one.c", """int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1) {
    return 1;
  }
  return 0;
}
""")

    def test_a_suite_and_all(self):
        result = self.run_script("scripts/coverage", "unit")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertTrue(result.stdout.endswith(" 75.0 % of      4 lines: src/room\n\n3 of 4 lines: 75.0 %\n"), result.stdout)
        self.assertTrue((self.folder / "build-coverage/lines/index.html").exists())
        result = self.run_script("scripts/coverage")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertTrue(result.stdout.endswith("\n4 of 4 lines: 100.0 %\n"), result.stdout)
        self.assertNotIn("left out", result.stdout)


class Release(InCopy):
    """scripts/release up to what it builds, and the SBOM beside each of its files."""

    def setUp(self):
        super().setUp()
        (self.folder / "meson.build").write_text("project('airunner',\n  version: '2.0.0-rc.1',\n")
        self.provide("bin/dpkg-parsechangelog", "#!/bin/sh\necho 2.0.0~rc.1\n")
        self.provide("bin/git", "#!/bin/sh\necho ' M changed'\n")

    def refused(self, *arguments, expected):
        result = self.run_script("scripts/release", *arguments)
        self.assertEqual(result.returncode, 1)
        self.assertIn(expected, result.stderr)

    def test_versions_and_a_tree_that_is_not_committed(self):
        self.refused("2.0.0", expected="expected to release 2.0.0, but meson.build says 2.0.0-rc.1")
        self.refused("2.0.0-rc.1", expected="not committed")
        self.provide("bin/dpkg-parsechangelog", "#!/bin/sh\necho 1.0.0\n")
        self.refused(expected="meson.build says 2.0.0-rc.1, but debian/changelog 1.0.0")

    def test_packages_have_the_version_of_the_project(self):
        version = re.search(r"^ *version: '(.*)',$", (SOURCE / "meson.build").read_text(), re.MULTILINE)[1]
        self.assertTrue((SOURCE / "debian/changelog").read_text().startswith(f"airunner ({version.replace('-', '~')}) "))

    def test_what_is_needed_to_build_stands_in_both_lists(self):
        listed = re.search(r"^build_packages=\((.*?)\)", (SOURCE / "scripts/lib/setup.sh").read_text(), re.MULTILINE | re.DOTALL)[1].split()
        always_there = {"gcc", "g++", "dpkg-dev", "ninja-build"}  # with build-essential, with meson
        packaged = re.search(r"^Build-Depends: (.*?)^\S", (SOURCE / "debian/control").read_text(), re.MULTILINE | re.DOTALL)[1]
        self.assertLessEqual({name.replace("pkg-config", "pkgconf") for name in listed} - always_there,
                             set(re.findall(r"[\w+.-]+", packaged)))

    def test_unknown_part(self):
        for part in ("wheel", "", "debs wheels"):
            self.refused("--without", part, expected=f"--without wants debs, wheels or windows, not '{part}'")

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_equal_commits_give_equal_files(self):
        """Those that nothing has to be compiled for; scripts/test-debs and scripts/test-wheels compare the others."""
        (self.folder / "bin/git").unlink()
        for name in ("docs/dependencies.md", "CHANGELOG.md"):
            self.provide(name, (SOURCE / name).read_text())
        self.commit_all()
        self.git("clone", "--quiet", ".", "../b")
        made = []
        for folder in (self.folder, self.folder.parent / "b"):
            time.sleep(1.1)  # their files have another second
            result = self.run_script("scripts/release", "--without", "debs", "--without", "wheels", "--without", "windows", "2.0.0-rc.1", folder=folder)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            for left_out in ("debs", "wheels", "windows"):
                self.assertRegex(result.stdout, f"(?m)^Left out: {left_out}")
            made.append({path.name: path.read_bytes() for path in (folder / "build-release").rglob("*") if path.is_file()})
        self.assertEqual(sorted(made[0]), ["SHA256SUMS", "airunner-2.0.0-rc.1.tar.gz", "airunner-2.0.0-rc.1.tar.gz.spdx.json"])
        self.assertTrue(made[0] == made[1])
        self.assertEqual(self.run_script("sha256sum", "--check", "--strict", "SHA256SUMS", folder=self.folder / "build-release").returncode, 0)

    def sbom(self, file):
        env = {**os.environ, "SOURCE_DATE_EPOCH": "86400", "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        subprocess.run([sys.executable, SOURCE / "scripts/lib/sbom.py", "2.0.0", file], env=env, check=True, capture_output=True, text=True, timeout=60)
        made = json.loads(file.with_name(file.name + ".spdx.json").read_text())
        names = {package["SPDXID"]: package["name"] for package in made["packages"]}
        return made, {(names[r["relatedSpdxElement"]], r["relationshipType"]) for r in made["relationships"]}

    def test_sbom_of_a_wheel(self):
        wheel = self.folder / "airunner-2.0.0-py3-none-manylinux_2_28_x86_64.whl"
        with zipfile.ZipFile(wheel, "w") as file:
            file.writestr("airunner-2.0.0.dist-info/METADATA", "Requires-Dist: numpy>=1.21\nRequires-Dist: tqdm; extra == \"progress\"\n")
        made, parts = self.sbom(wheel)
        self.assertLessEqual({("libzip", "STATIC_LINK"), ("libcxx", "STATIC_LINK"), ("cli11", "CONTAINS"), ("numpy", "DEPENDS_ON")}, parts)
        self.assertFalse({"tqdm", "cmocka"} & {name for name, _ in parts})
        self.assertEqual([p["name"] for p in made["packages"][1:] if p["licenseDeclared"] == "NOASSERTION"], [])

    def test_sbom_for_windows(self):
        """Its compiler is another, and has to be the one that is installed."""
        archive = self.folder / "airunner-2.0.0-windows-x86_64.zip"
        archive.write_bytes(b"programs")
        query = "[ ${name#*mingw-w64} = $name ] && echo other 1 || echo mingw-w64 10.0.0-3"
        self.provide("bin/dpkg-query", f"#!/bin/sh\nfor name; do :; done\n{query}\n")
        _, parts = self.sbom(archive)
        self.assertIn(("mingw-w64", "CONTAINS"), parts)
        self.assertNotIn(("libcxx", "STATIC_LINK"), parts)
        self.provide("bin/dpkg-query", "#!/bin/sh\nexit 1\n")
        with self.assertRaises(subprocess.CalledProcessError) as refused:
            self.sbom(archive)
        self.assertIn("g++-mingw-w64-x86-64-posix is compiled into this file, but not installed here", refused.exception.stderr)

    @unittest.skipUnless(shutil.which("dpkg-deb"), "dpkg-deb is not there")
    def test_sbom_of_a_package(self):
        control = "Package: airunner\nVersion: 2.0.0\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: a\n"
        self.provide("tree/DEBIAN/control", control + "Depends: libairunner1 (= 2.0.0), libc6 (>= 2.36), perl:any | no-such-package\n")
        package = self.folder / "airunner_2.0.0_all.deb"
        subprocess.run(["dpkg-deb", "--build", self.folder / "tree", package], check=True, capture_output=True, timeout=60)
        _, parts = self.sbom(package)
        self.assertLessEqual({("libairunner1", "DEPENDS_ON"), ("glibc", "DYNAMIC_LINK"), ("perl", "DEPENDS_ON"), ("asio", "CONTAINS")}, parts)

    def test_sbom_of_an_archive(self):
        archive = self.folder / "airunner-2.0.0.tar.gz"
        archive.write_bytes(b"sources")
        made, _ = self.sbom(archive)
        self.assertEqual((made["spdxVersion"], made["creationInfo"]["created"]), ("SPDX-2.3", "1970-01-02T00:00:00Z"))
        own, third = made["packages"]
        self.assertEqual(own["checksums"], [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(b"sources").hexdigest()}])
        self.assertEqual((third["name"], third["licenseDeclared"]), ("onnxruntime", "MIT"))
        self.assertIn({"spdxElementId": own["SPDXID"], "relationshipType": "CONTAINS", "relatedSpdxElement": third["SPDXID"]},
                      made["relationships"])


class Times(InCopy):
    """What scripts/test says at its end, without its builds and suites."""

    def test_table_and_counts(self):
        entry = json.dumps({"name": "suite", "result": "OK", "duration": 0.1, "stdout": "ok 1\nok 2\n"})
        self.provide("bin/meson", f"#!/bin/bash\nmkdir -p build/meson-logs\ncat >build/meson-logs/testlog.json <<'END'\n{entry}\nEND\n")
        (self.folder / "build").mkdir()
        test = self.folder / "scripts/test"
        test.write_text(test.read_text().partition("\nthreaded_suites=")[0] + """
took "packages"
count "sleeping" sleep 1.1
count "failing" false
run_suites "Suites" build
skip "this" "that"
finish
""")
        result = self.run_script("scripts/test")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"== Time\n  0 min 0\d s  packages\n  0 min 0[1-9] s  sleeping\n  0 min 0\d s  failing\n"
                                        r"  0 min 0\d s  Suites\n  0 min 0[1-9] s  all\n\n3 passed, 1 failed, 2 skipped\n$")


class Failures(InCopy):
    """What failed stands once more before the counts: of a log that is kept in part it is the end that is kept."""

    def end_of(self, output):
        _, _, end = output.partition("\n== Failed\n")
        self.assertTrue(end, output)
        return end

    def provide_test(self, steps):
        good, bad = ({"name": name, "result": result, "duration": 0.1, "stdout": text, "stderr": ""}
                     for name, result, text in (("good", "OK", "nothing of note\nok 1\n"), ("bad", "FAIL", "not ok 1 - the case that failed\n")))
        for folder, entries in (("build", [good, bad]), ("build-good", [good]), ("build-none", [])):
            log = "".join(json.dumps(entry) + "\n" for entry in entries)
            self.provide(f"{folder}/log", log)
        # It leaves its log where there is one, and else only complains.
        self.provide("bin/meson", '#!/bin/bash\nmkdir "$3/meson-logs"\ncp "$3/log" "$3/meson-logs/testlog.json"\necho "complaint about $3"\n')
        test = self.folder / "scripts/test"
        test.write_text(test.read_text().partition("\nthreaded_suites=")[0] + steps)

    def test_of_scripts_test(self):
        self.provide_test("""
count "fine" echo "all is well"
count "checks" bash -c 'seq 100; echo "what the check says" >&2; false'
run_suites "Suites" build
run_suites "Good suites" build-good
run_suites "Suites without a log" build-none
finish
""")
        result = self.run_script("scripts/test")
        self.assertEqual(result.returncode, 1)
        failed, _, rest = self.end_of(result.stdout).partition("\n== Time\n")
        self.assertEqual(failed.splitlines(), ["checks", *map(str, range(82, 101)), "what the check says", "Suites", "---- bad: FAIL, 0.1 s",
                                               "not ok 1 - the case that failed", "Suites without a log", "complaint about build-none"])
        self.assertTrue(rest.endswith("\n3 passed, 3 failed\n"), rest)

    def test_none_where_nothing_failed(self):
        self.provide_test('\ncount "fine" echo "all is well"\nrun_suites "Good suites" build-good\nfinish\n')
        result = self.run_script("scripts/test")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertNotIn("Failed", result.stdout)

    def test_of_fresh_roots(self):
        """The part of scripts/test-fresh behind its roots, with a folder for one, and `inside` that starts commands outside."""
        self.provide_test('\ncount "checks" bash -c "echo what the check says; false"\nfinish\n')
        self.provide("scripts/demo", "#!/bin/bash\n")
        fresh = self.folder / "scripts/test-fresh"
        settings, _, rest = fresh.read_text().partition('\nenter_roots "$@"\n')
        fresh.write_text(f"""{settings}
suites=(noble trixie)
make_root() {{ root=$PWD/$1; }}
remove_root() {{ :; }}
inside() {{ "$@"; }}
{rest}""")
        self.commit_all()
        result = self.run_script("scripts/test-fresh")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        failed, _, table = result.stdout.rpartition("\n== Failed\n")[2].partition("\n== Fresh roots")
        names = ("noble", "trixie")
        self.assertEqual(failed.splitlines(), [f"{name}: test: {line}" for name in names for line in ("checks", "what the check says")])
        lines = [line for name in names for line in (f"{name}: demo 1 passed, 0 failed, 0 skipped", f"{name}: test 0 passed, 1 failed, 0 skipped")]
        self.assertEqual([re.sub(" +", " ", line) for line in table.splitlines()[1:]], [*lines, "", "2 passed, 2 failed"])


class Demo(InCopy):
    """scripts/demo in a folder of its own, with a command that only pretends."""

    COMMAND = """#!/bin/bash
arguments=("$@")
for ((i = 0; i < $#; ++i)); do
  case ${arguments[i]} in -o | --html) echo output >"${arguments[i + 1]}" ;; esac
done
case $1 in
run) printf '  accuracy  100%%\\n  time  1 ms\\n' ;;
serve) trap 'kill $!; exit' TERM && echo ready: && { sleep 30 & wait; } ;;
esac
"""

    def setUp(self):
        super().setUp()
        self.provide("build/airunner", self.COMMAND)
        self.provide("bin/ninja", "#!/bin/bash\n")
        (self.folder / "build/build.ninja").touch()
        self.set_up_in(self.folder)

    def set_up_in(self, folder):
        facts = self.folder / "build/meson-info/meson-info.json"
        facts.parent.mkdir(exist_ok=True)
        facts.write_text(json.dumps({"directories": {"source": str(folder), "build": str(folder / "build")}}))

    def run_demo(self):
        return self.run_script("scripts/demo")

    def test_without_runtimes_none_is_exported(self):
        (self.folder / "build/runtimes").mkdir()
        result = self.run_demo()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("Left out: LiteRT and ONNX Runtime", result.stdout)
        self.assertNotIn("export", result.stdout)

    def test_paths_can_be_pasted(self):
        for name in ("onnxruntime", "ai_edge_litert"):
            (self.folder / "build/runtimes" / name).mkdir(parents=True)
        result = self.run_demo()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        line = next(line for line in result.stdout.splitlines() if "export" in line)
        values = subprocess.run(["bash", "-c", line + '; echo "$AIRUNNER_ONNXRUNTIME"; echo "$AIRUNNER_LITERT"'],
                                capture_output=True, text=True, check=True).stdout
        self.assertEqual(values, f"{self.folder}/build/runtimes\n" * 2)

    def test_a_folder_that_was_moved(self):
        self.set_up_in(self.folder.parent / "elsewhere")
        result = self.run_demo()
        self.assertEqual(result.returncode, 1)
        self.assertIn("remove build/", result.stderr)


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
        self.provide("python3", f'echo "$@" >>{self.folder.name}/calls; mkdir {packages}/onnxruntime; mkdir {packages}/ai_edge_litert')
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


class FreshRoots(unittest.TestCase):
    """What scripts/test-fresh says before it makes a root; that it works is seen whenever it runs these suites inside of one."""

    def refused(self, *arguments, expected, **options):
        result = subprocess.run([str(SOURCE / "scripts/test-fresh"), *arguments], capture_output=True, text=True, timeout=30, **options)
        self.assertEqual(result.returncode, 1)
        self.assertIn(expected, result.stderr)

    def test_unknown_system(self):
        self.refused("sid", expected="unknown argument 'sid': bookworm, trixie, noble")

    def test_mirror_without_address(self):
        self.refused("--mirror", expected="--mirror wants a URL")

    def test_not_root(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "id")
            path.write_text("#!/bin/sh\necho 1000\n")
            path.chmod(0o755)
            environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": folder}
            self.refused("noble", expected="needs root", env=environment)


class TestAll(InCopy):
    """scripts/test-all with parts that only pretend."""

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
        self.assertEqual(ran, ["fresh bookworm noble", "fresh windows", "fresh cross", "fresh trixie", "wheels ", "debs "])
        self.assertEqual(result.stdout.splitlines()[-1], "15 passed, 0 failed, 1 skipped")

    def test_parts_by_name(self):
        result, ran = self.run_all("debs", "windows")
        self.assertEqual(ran, ["fresh windows", "debs "])
        self.assertEqual(self.run_all("--changed")[1], ["fresh bookworm noble", "fresh cross", "fresh trixie", "wheels "])

    def test_only_what_has_changed(self):
        self.run_all()
        result, ran = self.run_all("--changed")
        self.assertEqual(ran, ["fresh bookworm noble"])
        self.assertIn("windows: passed here, and nothing that it depends on has changed", result.stdout)
        (self.folder / "tests/packages").mkdir(parents=True)
        (self.folder / "tests/packages/use_debs").write_text("new")
        self.provide("src/some_windows.cpp", "new")
        self.commit_all()
        self.assertEqual(self.run_all("--changed")[1], ["fresh bookworm noble", "fresh windows", "debs "])

    def test_what_failed_is_run_again(self):
        (self.folder / "broken").touch()
        result, _ = self.run_all()
        self.assertEqual(result.returncode, 1)
        self.assertIn("wheels: what broke", result.stdout.rpartition("== Failed")[2])
        self.assertEqual(result.stdout.splitlines()[-1], "0 passed, 6 failed")
        (self.folder / "broken").unlink()
        self.assertEqual(len(self.run_all("--changed")[1]), 6)

    def test_time_is_over(self):
        script = self.folder / "scripts/test-all"
        script.write_text(script.read_text().replace("latest_s=4500", "latest_s=2000"))
        (self.folder / ".git/cache/airunner/took").mkdir(parents=True)
        (self.folder / ".git/cache/airunner/took/wheels").write_text("60\n")
        result, ran = self.run_all("--changed")
        self.assertEqual(ran, ["fresh bookworm noble", "wheels "])
        self.assertIn("debs: not run, there is no time left for it", result.stdout)
        self.assertEqual(result.stdout.splitlines()[-1], "5 passed, 0 failed, 4 skipped")

    def test_wrong_turns(self):
        result, ran = self.run_all("--change")
        self.assertEqual((result.returncode, ran), (1, []))
        self.assertIn("unexpected '--change': --changed is known, and fresh windows cross trixie wheels debs", result.stderr)
        self.provide("bin/id", "#!/bin/sh\necho 1000\n")
        self.assertIn("needs root", self.run_all()[0].stderr)


class FewerCases(InCopy):
    def compare(self, reference, executed, known=""):
        for name, text in (("reference", reference), ("executed", executed), ("scripts/lib/fewer_cases.txt", known)):
            (self.folder / name).write_text(text)
        return self.run_script(sys.executable, "scripts/lib/fewer_cases.py", "noble", "reference", "executed")

    def test_as_many(self):
        self.assertEqual(self.compare("3 cli / a\n", "3 cli / a\n").returncode, 0)

    def test_fewer_and_none(self):
        result = self.compare("3 cli / a\n4 cli / b\n", "2 cli / a\n")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cli / a: executed 2 cases, 3 on Debian 12", result.stdout)
        self.assertIn("cli / b: executed 0 cases, 4 on Debian 12", result.stdout)

    def test_known_ones(self):
        known = "# why\nnoble\tcli / *\tno browser\n"
        self.assertEqual(self.compare("3 cli / a\n", "", known).returncode, 0)
        self.assertEqual(self.compare("3 cli / a\n", "", known.replace("noble", "trixie")).returncode, 1)


class Counting(unittest.TestCase):
    def count(self, result, stdout="", stderr=""):
        entry = {"name": "n", "result": result, "duration": 1.0, "stdout": stdout, "stderr": stderr}
        return count_results.count_program(json.loads(json.dumps(entry)))

    def test_plain_program(self):
        self.assertEqual(self.count("OK", "hello"), (1, 0, 0))
        self.assertEqual(self.count("FAIL", "hello"), (0, 1, 0))
        self.assertEqual(self.count("TIMEOUT"), (0, 1, 0))
        self.assertEqual(self.count("SKIP"), (0, 0, 1))

    def test_tap(self):
        self.assertEqual(self.count("FAIL", "1..3\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP no device\n"), (1, 1, 1))
        self.assertEqual(self.count("OK", "1..2\nok 1 - a\nok 2\n"), (2, 0, 0))

    def test_doctest(self):
        text = "[doctest] test cases: 12 | 11 passed | 1 failed | 3 skipped\n[doctest] assertions: 99 | 98 passed | 1 failed |\n"
        self.assertEqual(self.count("FAIL", text), (11, 1, 3))
        self.assertEqual(self.count("OK", "\x1b[0mtest cases: \x1b[32m7\x1b[0m | 7 passed | 0 failed | 0 skipped"), (7, 0, 0))

    def test_unittest(self):
        self.assertEqual(self.count("OK", stderr="....\nRan 4 tests in 0.1s\n\nOK\n"), (4, 0, 0))
        self.assertEqual(self.count("OK", stderr="Ran 4 tests in 0.1s\n\nOK (skipped=1)\n"), (3, 0, 1))
        text = "Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=1, skipped=1)\n"
        self.assertEqual(self.count("FAIL", stderr=text), (2, 2, 1))

    def test_failure_after_good_cases_is_a_failure(self):
        self.assertEqual(self.count("FAIL", "1..2\nok 1\nok 2\n"), (2, 1, 0))
        self.assertEqual(self.count("ERROR", stderr="Ran 2 tests in 0.1s\n\nOK\n"), (2, 1, 0))

    def test_report_of_a_log(self):
        entries = [{"name": "good", "result": "OK", "duration": 0.1, "stdout": "ok 1\nok 2\n"},
                   {"name": "bad", "result": "FAIL", "duration": 0.1, "stdout": "what happened", "stderr": "why"}]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
            log.write("".join(json.dumps(e) + "\n" for e in entries))
            log.flush()
            script = SOURCE / "scripts/lib/count_results.py"
            with tempfile.NamedTemporaryFile("r") as executed:
                output = subprocess.run([sys.executable, script, log.name, executed.name], capture_output=True, text=True, check=True).stdout
                self.assertEqual(executed.read(), "1 bad\n2 good\n")
        self.assertIn("what happened\nwhy", output)
        self.assertEqual(output.splitlines()[-1], "2 1 0")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
