#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/release up to what it builds, and the SBOM beside each of its files."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import unittest
import zipfile

from in_copy import InCopy, SOURCE


class Release(InCopy):
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

    def test_packages_know_what_their_libraries_export(self):
        for exported in (SOURCE / "src").rglob("*.map"):
            names = {f"{name}@{node}" for node, text in re.findall(r"^(\w+) \{(.*?)^\}", exported.read_text(), re.MULTILINE | re.DOTALL)
                     for name in [node, *re.findall(r"^ +(\w+);", text, re.MULTILINE)]}
            symbols = (SOURCE / f"debian/lib{exported.stem}1.symbols").read_text()
            self.assertEqual(names, set(re.findall(r"^ (\S+@\S+) ", symbols, re.MULTILINE)))

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
        """Those that nothing has to be compiled for; of the others scripts/test-debs compares those of its systems, `scripts/test-wheels twice` a wheel and
        the zip."""
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

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_packages_of_every_system_and_of_this_commit_alone(self):
        (self.folder / "bin/git").unlink()
        self.provide("docs/dependencies.md", (SOURCE / "docs/dependencies.md").read_text())
        self.provide(".gitignore", "/build-*/\n")
        self.provide("scripts/build-debs", """#!/bin/bash
. scripts/lib/setup.sh
folder=build-debs/$(system_name /)
mkdir -p "$folder" && touch "$folder"/own.deb{,.spdx.json} && git rev-parse HEAD | tee "$folder/commit" >>build-debs/built
""")
        self.commit_all()
        commit = self.run_script("git", "rev-parse", "HEAD").stdout
        for system, of in (("plan9-4", commit), ("plan9-3", "another\n")):
            for name, text in (("commit", of), ("a.deb", ""), ("a.deb.spdx.json", ""), ("build.txt", "")):
                self.provide(f"build-debs/{system}/{name}", text)
        own = self.run_script("bash", "-c", ". scripts/lib/setup.sh && system_name /").stdout.strip()
        for _ in range(2):
            result = self.run_script("scripts/release", "--without", "wheels", "--without", "windows")
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn(f"Debian packages of this commit: {' '.join(sorted((own, 'plan9-4')))}\n", result.stdout)
        self.assertEqual((self.folder / "build-debs/built").read_text(), commit)  # once
        out = self.folder / "build-release"
        self.assertEqual({str(path.relative_to(out)) for path in out.rglob("*.*deb*") if path.is_file()},
                         {f"{file}{end}" for file in (f"{own}/own.deb", "plan9-4/a.deb") for end in ("", ".spdx.json")})
        self.assertIn("  plan9-4/a.deb.spdx.json\n", (out / "SHA256SUMS").read_text())

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_wheels_of_this_commit_are_not_built_again(self):
        (self.folder / "bin/git").unlink()
        for name in (".gitignore", "build-firmware/tflm/complete"):
            self.provide(name, "/build*/\n/bin/\n")
        self.commit_all()
        commit = self.run_script("git", "rev-parse", "HEAD").stdout
        for tag, of in (("win_amd64", commit), ("macosx_13_0_arm64", "another\n"), ("musllinux_1_2_x86_64", commit)):
            self.provide(f"build/wheels/{tag}/commit", of)
            self.provide(f"build/wheels/airunner-2.0.0-py3-none-{tag}.whl", "")
        wheel = self.folder / "build/wheels/airunner-2.0.0-py3-none-win_amd64.whl"
        result = self.run_script("scripts/build-wheels", "win_amd64")
        self.assertEqual((result.returncode, result.stdout.strip()), (0, "== The wheel for win_amd64 is that of this commit"), result.stderr)
        self.assertEqual({path.name[len("airunner-2.0.0-py3-none-"):] for path in wheel.parent.glob("*.whl")}, {"win_amd64.whl", "musllinux_1_2_x86_64.whl"})
        wheel.unlink()
        self.provide("scripts/third-party", "#!/bin/sh\necho libraries for $1; exit 3\n")
        result = self.run_script("scripts/build-wheels", "win_amd64")
        self.assertEqual((result.returncode, result.stdout.splitlines()[-1]), (3, "libraries for x86_64-windows-gnu"), result.stderr)

    def sbom(self, file):
        env = {**os.environ, "SOURCE_DATE_EPOCH": "86400", "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        subprocess.run([sys.executable, SOURCE / "scripts/lib/sbom.py", "2.0.0", file], env=env, check=True, capture_output=True, text=True, timeout=60)
        made = json.loads(file.with_name(file.name + ".spdx.json").read_text())
        names = {package["SPDXID"]: package["name"] for package in made["packages"]}
        return made, {(names[r["relatedSpdxElement"]], r["relationshipType"]) for r in made["relationships"]}

    def test_sbom_of_a_wheel(self):
        for system, some in (("manylinux_2_28_x86_64", {"libunwind"}), ("musllinux_1_2_x86_64", {"libunwind", "musl"}), ("macosx_13_0_arm64", set()),
                             ("win_amd64", {"libunwind", "mingw-w64"})):
            wheel = self.folder / f"airunner-2.0.0-py3-none-{system}.whl"
            with zipfile.ZipFile(wheel, "w") as file:
                file.writestr("airunner-2.0.0.dist-info/METADATA", "Requires-Dist: numpy>=1.22\nRequires-Dist: tqdm; extra == \"progress\"\n")
            made, parts = self.sbom(wheel)
            linked = {(name, "STATIC_LINK") for name in {"libzip", "libcxx", "compiler-rt", "tfmicro"} | some}
            self.assertLessEqual(linked | {("cli11", "CONTAINS"), ("gemmlowp", "CONTAINS"), ("numpy", "DEPENDS_ON")}, parts)
            self.assertFalse(({"tqdm", "cmocka", "gcc-mingw-w64", "libunwind", "mingw-w64", "musl"} - some) & {name for name, _ in parts})
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
        self.provide("tree/DEBIAN/control", control + "Depends: libairunner1 (= 2.0.0), libc6 (>= 2.36), perl:any | no-such-package, not-installed\n")
        package = self.folder / "airunner_2.0.0_all.deb"
        subprocess.run(["dpkg-deb", "--build", self.folder / "tree", package], check=True, capture_output=True, timeout=60)
        made, parts = self.sbom(package)
        self.assertLessEqual({("libairunner1", "DEPENDS_ON"), ("glibc", "DYNAMIC_LINK"), ("perl", "DEPENDS_ON"), ("not-installed", "DEPENDS_ON"),
                              ("asio", "CONTAINS")}, parts)
        self.assertEqual({part["name"] for part in made["packages"] if part["versionInfo"] == "NOASSERTION"}, {"not-installed"})

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


if __name__ == "__main__":
    unittest.main()
