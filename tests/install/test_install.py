#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Installs the build into a temporary prefix, moves the prefix, and uses it as other projects would: with pkg-config alone,
with CMake, with a backend built out of tree. Sets up build folders as machines would that lack what tests need.

usage: test_install.py SOURCE_FOLDER BUILD_FOLDER
"""

import contextlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE, BUILD = (Path(a).resolve() for a in sys.argv[1:3])
EXAMPLES = ["minimal", "per_layer", "callback", "two_models"]
TIMEOUT = 120
# Prints four bytes of a target's memory.
MEMORY = r"""
#include <airunner_st.h>
#include <stdio.h>

int main(int argc, char **argv) {
  air_runner *runner = NULL;
  unsigned char bytes[4] = {1, 2, 3, 4};
  air_status status = argc > 1 ? air_connect(argv[1], NULL, &runner) : AIR_ERROR_INVALID_ARGUMENT;
  if (status == AIR_OK) status = air_st_memory_read(runner, 0x20000000, bytes, sizeof bytes, NULL);
  if (status != AIR_OK) fprintf(stderr, "E%d: %s\n", (int)air_st_error_number(status), air_last_error()->message);
  else printf("%02x%02x%02x%02x\n", bytes[0], bytes[1], bytes[2], bytes[3]);
  air_disconnect(runner);
  return status != AIR_OK;
}
"""

VERSION = json.loads((BUILD / "meson-info/intro-projectinfo.json").read_text())["version"]
OPTIONS = {o["name"]: o["value"] for o in json.loads((BUILD / "meson-info/intro-buildoptions.json").read_text())}


def run(*command, env=None, cwd=None, expect=0):
    """Runs a command with a limit; its whole output goes into the failure."""
    result = subprocess.run([str(c) for c in command], env=env, cwd=cwd, capture_output=True, text=True, timeout=TIMEOUT)
    if expect is not None and result.returncode != expect:
        raise AssertionError(f"{command} gave {result.returncode}, expected {expect}\n{result.stdout}{result.stderr}")
    return result


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="airunner-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", cls.folder / "staging")
        # The prefix of the build does not exist here, and the files move once more: nothing may depend on where they were.
        cls.prefix = cls.folder / "moved"
        (cls.folder / "staging" / OPTIONS["prefix"].lstrip("/")).rename(cls.prefix)
        cls.libdir = cls.prefix / OPTIONS["libdir"]
        cls.plugindir = cls.libdir / "airunner-2"
        # No variable of the build reaches the programs: they find library and plugins by themselves.
        cls.env = {key: value for key, value in os.environ.items() if not key.startswith("AIRUNNER_")}
        cls.env.pop("LD_LIBRARY_PATH", None)
        cls.env["HOME"] = str(cls.folder)
        cls.env["PKG_CONFIG_PATH"] = str(cls.libdir / "pkgconfig")

    def pkg_config(self, *arguments, package="airunner"):
        return run("pkg-config", *arguments, package, env=self.env).stdout.strip()

    def program(self, name):
        return self.prefix / "bin" / name

    def test_files(self):
        for name in ["include/airunner.h", "include/airunner_report.h", "include/airunner_st.h", "include/airunner_backend.h",
                     "include/airunner_backend.hpp", "bin/airunner", "bin/airunner-conformance", "share/airunner/conformance/null.json"]:
            self.assertTrue((self.prefix / name).is_file(), name)
        for name in ["libairunner", "libairunner-report", "libairunner-st"]:
            self.assertTrue((self.libdir / f"{name}.so").exists(), name)
            self.assertTrue((self.libdir / f"{name}.so.1").exists(), name)
        for name in ["null", "stlib", "aivalidation", "onnxruntime", "litert"]:
            plugin = self.plugindir / f"libairunner-{name}.so"
            told = run(self.program("airunner"), "manifest", plugin, env=self.env).stdout
            self.assertEqual(plugin.with_suffix(".manifest").read_text(), told)

    def test_nothing_for_tests_is_installed(self):
        names = [path.name for path in self.prefix.rglob("*") if path.is_file()]
        for word in ["doctest", "cmocka", "libai_", "fixture", "example-"]:
            self.assertEqual([n for n in names if word in n], [])

    def test_no_run_path_into_the_build(self):
        for path in [*self.prefix.glob("bin/*"), *self.libdir.glob("libairunner*.so.1"), *self.plugindir.glob("*.so")]:
            dynamic = run("readelf", "-d", path).stdout
            self.assertNotIn(str(BUILD), dynamic, path)

    def test_pkg_config_variables(self):
        plugindir = Path(self.pkg_config("--variable=plugindir"))
        self.assertEqual(plugindir.resolve(), self.plugindir.resolve())
        for package in ["airunner", "airunner-report", "airunner-st"]:
            self.assertEqual(self.pkg_config("--modversion", package=package), VERSION)
            self.assertNotIn("cjson", self.pkg_config("--cflags", "--libs", package=package))
        self.assertNotRegex(self.pkg_config("--libs"), "report|-st")
        for name in ["report", "st"]:
            self.assertRegex(self.pkg_config("--libs", package=f"airunner-{name}"), f"-lairunner-{name} .*-lairunner$")

    def test_doctor_is_well(self):
        result = run(self.program("airunner"), "doctor", env=self.env)
        self.assertIn(str(self.plugindir), result.stdout)

    def test_command_connects(self):
        result = run(self.program("airunner"), "info", "-d", "null:", "--json", env=self.env)
        self.assertEqual(json.loads(result.stdout)["name"], "network")

    def test_c_examples_with_pkg_config_alone(self):
        work = self.folder / "examples-make"
        shutil.copytree(SOURCE / "examples/c", work)
        run("make", "-C", work, "CFLAGS=-O2 -Wall -Wextra -Wpedantic -Werror", env=self.env)
        self.check_examples(work)

    def test_c_examples_with_cmake(self):
        work = self.folder / "examples-cmake"
        run("cmake", "-S", SOURCE / "examples/c", "-B", work, f"-DCMAKE_PREFIX_PATH={self.prefix}", env=self.env)
        run("cmake", "--build", work, env=self.env)
        self.check_examples(work)

    def test_memory_of_a_target_with_pkg_config_and_cmake(self):
        work = self.folder / "memory"
        work.mkdir()
        (work / "memory.c").write_text(MEMORY)
        flags = self.pkg_config("--cflags", "--libs", package="airunner-st").split()
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", work / "memory.c", "-o", work / "plain", *flags,
            f"-Wl,-rpath,{self.libdir}")
        (work / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(memory C)\nfind_package(airunner 1.0 REQUIRED)\n"
            "add_executable(memory memory.c)\ntarget_link_libraries(memory PRIVATE airunner::st)\n")
        run("cmake", "-S", work, "-B", work / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", env=self.env)
        run("cmake", "--build", work / "build", env=self.env)
        for program in (work / "plain", work / "build" / "memory"):
            with self.subTest(program=program.name), self.target() as descriptor:
                self.assertEqual(run(program, descriptor, env=self.env).stdout, "00000000\n")
                refused = run(program, "null:", env=self.env, expect=1)
                self.assertRegex(refused.stderr, '^E800: backend null has no extension "st"')

    def needs_nothing_of_airunner(self, program):
        self.assertNotIn("libairunner", run("readelf", "-d", program).stdout)

    def check_static(self, program):
        """Plugins lie beside such a program; the folder that it was started in is not searched, whatever it was called."""
        self.needs_nothing_of_airunner(program)
        alone = run(program, "null:", env=self.env, expect=1)
        self.assertIn("null", alone.stderr)
        (program.parent / self.plugindir.name).symlink_to(self.plugindir)
        self.assertTrue(run(program, "null:", env=self.env).stdout)
        with tempfile.TemporaryDirectory() as other:
            shutil.copy(program, other)
            (program.parent / self.plugindir.name).rename(Path(other, self.plugindir.name))
            found = run("sh", "-c", f"exec {program.name} null:", env={**self.env, "PATH": f"{program.parent}:{os.environ['PATH']}"}, cwd=other,
                        expect=1)
            self.assertIn("null", found.stderr)

    @unittest.skipUnless(OPTIONS["default_library"] == "both", "no static libraries in this build")
    def test_static_with_pkg_config(self):
        work = self.folder / "static-make"
        shutil.copytree(SOURCE / "examples/c", work)
        run("make", "-C", work, "CFLAGS=-O2 -Wall -Wextra -Wpedantic -Werror", "PACKAGE=airunner-report-static", env=self.env)
        for name in EXAMPLES:
            self.needs_nothing_of_airunner(work / name)
        self.check_static(work / "per_layer")

    @unittest.skipUnless(OPTIONS["default_library"] == "both", "no static libraries in this build")
    def test_static_with_cmake(self):
        work = self.folder / "static-cmake"
        shutil.copytree(SOURCE / "examples/c", work)
        (work / "memory.c").write_text(MEMORY)
        (work / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(static C)\nfind_package(airunner 1.0 REQUIRED)\n"
            "add_executable(per_layer per_layer.c)\ntarget_link_libraries(per_layer PRIVATE airunner::report_static)\n"
            "add_executable(memory memory.c)\ntarget_link_libraries(memory PRIVATE airunner::st_static)\n")
        run("cmake", "-S", work, "-B", work / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", env=self.env)
        run("cmake", "--build", work / "build", env=self.env)
        self.check_static(work / "build/per_layer")
        self.needs_nothing_of_airunner(work / "build/memory")
        with self.target() as descriptor:
            env = {**self.env, "AIRUNNER_PLUGIN_PATH": str(self.plugindir)}
            self.assertEqual(run(work / "build/memory", descriptor, env=env).stdout, "00000000\n")

    @contextlib.contextmanager
    def target(self):
        """The descriptor of a software target with memory."""
        with subprocess.Popen([self.program("airunner"), "serve", "null:", "--memory", "--listen", "tcp:127.0.0.1:0"], env=self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                yield server.stdout.readline().removeprefix("ready: ").strip()
            finally:
                server.terminate()

    def check_examples(self, folder):
        for name in EXAMPLES:
            with self.subTest(name=name):
                self.assertTrue(run(folder / name, env=self.env).stdout)
                failed = run(folder / name, "file:no/such/library.so", env=self.env, expect=1)
                self.assertIn("no/such/library.so", failed.stderr)
        for library in sorted((BUILD / "examples/models").rglob("libai_network.so")):
            with self.subTest(library=library):
                for name in EXAMPLES:
                    run(folder / name, f"file:{library}", env=self.env)

    def test_cmake_refuses_other_versions(self):
        work = self.folder / "versions"
        work.mkdir()
        for version, good in (("1.0", True), ("1.0.0", True), ("1.1", False), ("2.0", False), ("0.1", False)):
            with self.subTest(version=version):
                (work / "CMakeLists.txt").write_text(
                    "cmake_minimum_required(VERSION 3.16)\nproject(p C)\n"
                    f"find_package(airunner {version} REQUIRED)\n"
                    f'if(NOT airunner_PLUGIN_DIR STREQUAL "{self.plugindir}")\n'
                    '  message(FATAL_ERROR "plugins: ${airunner_PLUGIN_DIR}")\nendif()\n')
                run("cmake", "-S", work, "-B", work / version, f"-DCMAKE_PREFIX_PATH={self.prefix}", env=self.env,
                    expect=0 if good else 1)

    def test_cmake_without_a_compiler(self):
        """Where pointers have no size, or that of another machine; by way of a link, as /lib is one, where its own headers are not."""
        work = self.folder / "languages"
        work.mkdir()
        (work / "lib").symlink_to(self.libdir)
        size = struct.calcsize("P")
        for given, good in (("", True), (size, True), (12 - size, False)):
            with self.subTest(size=given):
                (work / "CMakeLists.txt").write_text(
                    f'cmake_minimum_required(VERSION 3.16)\nproject(p LANGUAGES NONE)\nset(CMAKE_SIZEOF_VOID_P "{given}")\n'
                    "find_package(airunner 1.0 REQUIRED)\n")
                run("cmake", "-S", work, "-B", work / f"build{given}", f"-Dairunner_DIR={work}/lib/cmake/airunner", env=self.env,
                    expect=0 if good else 1)

    def test_backend_built_out_of_tree(self):
        work = self.folder / "plugin"
        shutil.copytree(SOURCE / "examples/plugin", work / "source")
        run("meson", "setup", work / "build", work / "source", "-Dwerror=true", env=self.env)
        run("meson", "compile", "-C", work / "build")
        plugin = work / "build" / "libairunner-gain.so"
        self.assertNotIn("libairunner", run("readelf", "-d", plugin).stdout.replace(plugin.name, ""))

        airunner = self.program("airunner")
        before = run(airunner, "info", "-d", "gain:", env=self.env, expect=None)
        self.assertNotEqual(before.returncode, 0, "nobody should serve gain: yet")

        with self.subTest("found through AIRUNNER_PLUGIN_PATH"):
            self.check_gain({**self.env, "AIRUNNER_PLUGIN_PATH": str(work / "build")})
        with self.subTest("installed into plugindir"):
            run("meson", "install", "-C", work / "build", "--no-rebuild")
            for name in (plugin.name, plugin.with_suffix(".manifest").name):
                self.addCleanup((self.plugindir / name).unlink)
            self.check_gain(self.env)

    def check_gain(self, env):
        airunner = self.program("airunner")
        found = json.loads(run(airunner, "doctor", "--json", env=env).stdout)["plugins"]
        self.assertEqual([p["has_manifest"] for p in found if p["name"] == "gain"], [True])
        profile = json.loads(run(airunner, "profile", "-d", "gain:?factor=3", "--json", env=env).stdout)
        self.assertEqual(len(profile["c_nodes"]), 1)
        refused = run(airunner, "info", "-d", "gain:?factor=many", env=env, expect=None)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("factor must be a number", refused.stderr)
        conformance = self.program("airunner-conformance")
        run(conformance, "gain:?factor=3", env=env)

    def test_conformance_suite_on_null(self):
        result = run(self.program("airunner-conformance"), "null:", env=self.env)
        self.assertNotIn("\nnot ok", "\n" + result.stdout)


class Configured(unittest.TestCase):
    """`meson setup` where packages for tests are missing: they are hidden from it."""

    def setup_build(self, *options, hidden=(), expect=0):
        folder = Path(tempfile.mkdtemp(prefix="airunner-setup-"))
        self.addCleanup(shutil.rmtree, folder)
        native = folder / "native.ini"
        native.write_text("[binaries]\n" + "".join(f"{name} = '/no/such/{name}'\n" for name in hidden))
        result = run("meson", "setup", folder / "build", SOURCE, "--native-file", native, *options, expect=expect)
        return folder / "build", result.stdout + result.stderr

    def targets(self, build):
        return json.loads((build / "meson-info/intro-targets.json").read_text())

    def test_tests_are_left_out_where_their_tools_are_missing(self):
        build, said = self.setup_build(hidden=["cmake"])
        self.assertRegex(said, r"tests *: not built: they need what Debian calls doctest-dev and cmake\n")
        names = [target["name"] for target in self.targets(build)]
        self.assertNotIn("stlib-tests", names)
        self.assertEqual([t["installed"] for t in self.targets(build) if t["name"] == "airunner-conformance"], [True])
        options = {o["name"]: o["value"] for o in json.loads((build / "meson-info/intro-buildoptions.json").read_text())}
        self.assertFalse(options["werror"], "warnings are errors for developers only")

    def test_tests_that_are_required(self):
        _, said = self.setup_build("-Dtests=enabled", hidden=["cmake"], expect=1)
        self.assertIn("the tests cannot be built: they need what Debian calls doctest-dev and cmake. Install it, or", said)

    def test_tests_are_built_where_all_is_there(self):
        build, said = self.setup_build()
        self.assertRegex(said, r"tests *: built\n")
        self.assertIn("stlib-tests", [target["name"] for target in self.targets(build)])

    def test_static_alone_is_refused(self):
        _, said = self.setup_build("-Ddefault_library=static", expect=1)
        self.assertIn("default_library=static: the shared libraries are always built", said)

    def test_loader_learns_of_the_library(self):
        """After an installation in place; a cache that cannot be written is no failure."""
        script = SOURCE / "packaging/refresh_cache.sh"
        folder = Path(tempfile.mkdtemp(prefix="airunner-cache-"))
        self.addCleanup(shutil.rmtree, folder)
        tool = folder / "ldconfig"
        tool.write_text(f"#!/bin/sh\ntouch {folder}/called\necho no >&2\nexit 1\n")
        tool.chmod(0o755)
        self.assertEqual(run(script, tool).stderr, "")
        self.assertTrue((folder / "called").exists())
        plan = (BUILD / "meson-private/install.dat").read_bytes()
        self.assertIn(b"refresh_cache.sh", plan)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
