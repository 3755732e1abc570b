# SPDX-License-Identifier: BSD-3-Clause
"""Which code is loaded: not what the environment names in a program with raised rights, not what any user may have planted."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

AIRUNNER = os.environ["AIRUNNER_COMMAND"]
SOURCE = pathlib.Path(os.environ["AIRUNNER_SOURCE_DIR"])
LIBRARIES = pathlib.Path(os.environ["AIRUNNER_LIBRARY_DIR"])
MODELS = os.environ["AIR_TEST_MODELS"]
SITE = "lib/python3.11/site-packages"


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.folder.chmod(0o755)

    def compile(self, source, output, *arguments):
        output.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run((*shlex.split(os.environ["AIRUNNER_CC"]), source, "-o", output, "-I", SOURCE / "include", *arguments),
                       check=True, timeout=60)


class Environment(Folder):
    """Each variable that leads to code, with a library there that leaves a mark when it is loaded."""

    def setUp(self):
        super().setUp()
        self.mark = self.folder / "loaded"
        source = self.folder / "mark.c"
        source.write_text('#include <fcntl.h>\n__attribute__((constructor)) static void mark(void) '
                          '{ creat(MARK, 0600); }\n')
        self.library = self.folder / "mark.so"
        self.compile(source, self.library, "-shared", "-fPIC", f'-DMARK="{self.mark}"')
        self.program = self.folder / "program"
        self.compile(SOURCE / "tests/cli/secure_program.c", self.program, "-L", LIBRARIES, "-lairunner",
                     f"-Wl,-rpath,{LIBRARIES}")
        self.model = SOURCE / "examples/models/digits/digits_int8.onnx"

    def place(self, *names):
        for name in names:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.library, self.folder / name)

    def variables(self):
        runtime = "onnxruntime/capi/libonnxruntime.so"
        self.place("plugins/libairunner-mark.so", "xdg/airunner-2/libairunner-mark.so",
                   "home/.local/share/airunner-2/libairunner-mark.so", "runtimes/libonnxruntime.so",
                   "runtimes/libLiteRt.so", f"venv/{SITE}/{runtime}", f"user/.local/{SITE}/{runtime}")
        (self.folder / "venv/bin").mkdir()
        (self.folder / "venv/bin/python3").touch(0o755)
        return {"AIRUNNER_PLUGIN_PATH": "plugins", "XDG_DATA_HOME": "xdg", "HOME": "home", "AIRUNNER_ONNXRUNTIME": "runtimes",
                "AIRUNNER_LITERT": "runtimes", "VIRTUAL_ENV": "venv", "CONDA_PREFIX": "venv", "PYTHONUSERBASE": "venv",
                "PYTHONPATH": f"venv/{SITE}", "PATH": "venv/bin"}, {"HOME": "user"}

    def loads(self, program, variable, value):
        self.mark.unlink(missing_ok=True)
        nowhere = str(self.folder / "nowhere")
        environment = {"HOME": nowhere, "PATH": nowhere, variable: str(self.folder / value)}
        done = subprocess.run((program, f"onnx:{self.model}", f"tflite:{MODELS}/chain.tflite"), env=environment,
                              capture_output=True, text=True, timeout=60, check=True)
        return self.mark.exists(), done.stdout

    def test_raised_rights(self):
        if os.getuid() != 0:
            self.skipTest("only root can make a program with raised rights")
        if os.statvfs(self.folder).f_flag & os.ST_NOSUID:
            self.skipTest(f"{self.folder} lies on a file system without raised rights (nosuid)")
        raised = self.folder / "raised"
        shutil.copy(self.program, raised)
        os.chown(raised, 0, 65534)
        raised.chmod(0o2755)
        for variables in self.variables():
            for variable, value in variables.items():
                with self.subTest(variable, value=value):
                    loaded, text = self.loads(self.program, variable, value)
                    self.assertIn("AT_SECURE 0", text)
                    self.assertTrue(loaded, text)
                    loaded, text = self.loads(raised, variable, value)
                    self.assertIn("AT_SECURE 1", text)
                    self.assertFalse(loaded, text)

    def test_one_helper_reads_the_environment(self):
        # `os.environ` is of Python programs, which stand in texts.
        users = [path.relative_to(SOURCE) for folder in ("src", "backends") for path in (SOURCE / folder).rglob("*.[ch]*")
                 if re.search(r"\b(secure_)?getenv\b|(?<!os\.)\benviron\b|temp_directory_path", path.read_text())]
        self.assertEqual(sorted(users), [pathlib.Path(f"src/platform/processes/environment_{system}.cpp") for system in ("macos", "posix")])


class Planted(Folder):
    def doctor(self, path):
        done = subprocess.run((AIRUNNER, "doctor"), env={**os.environ, "AIRUNNER_PLUGIN_PATH": str(path)},
                              capture_output=True, text=True, timeout=60, check=False, cwd=self.folder)
        return done.returncode, done.stdout

    def assert_refused(self, path, *reasons):
        code, out = self.doctor(path)
        self.assertEqual(code, 1, out)
        for reason in reasons:
            self.assertIn(reason, out)

    def plugin(self, folder):
        self.compile(SOURCE / "tests/capi/plugins/plugin.c", folder / "libairunner-good.so", "-shared", "-fPIC")
        return folder / "libairunner-good.so"

    def test_parts_that_are_not_absolute(self):
        self.plugin(self.folder)
        self.assert_refused(".", "refused: only absolute paths are searched")
        self.assert_refused("libairunner-good.so", "refused: only absolute paths are searched")
        self.assert_refused(f"{self.folder}:", "refused: an empty part would be the current folder")
        self.assertEqual(self.doctor(self.folder)[0], 0)
        self.assertEqual(self.doctor("")[0], 0)

    def test_everybody_may_write(self):
        place = self.folder / "plugins"
        plugin = self.plugin(place)
        place.chmod(0o777)
        self.assert_refused(place, "refused: everybody may put files into")
        self.assert_refused(plugin, "refused: everybody may put files into")
        place.chmod(0o1777)
        self.assertEqual(self.doctor(place)[0], 0)
        place.chmod(0o755)
        plugin.chmod(0o777)
        self.assert_refused(place, "refused: everybody may write to this file")

    def test_where_this_library_may_be_replaced_by_everybody(self):
        """As on drives that know no rights: a check of the plugins alone would keep nobody out."""
        everything = self.folder / "installation"
        for path in (*LIBRARIES.glob("libairunner*.so.1"), AIRUNNER):
            everything.mkdir(exist_ok=True)
            shutil.copy(path, everything)
        place = everything / "airunner-2"
        plugin = self.plugin(place)
        for path in (everything, place, *everything.iterdir(), plugin):
            path.chmod(0o777)
        done = subprocess.run((everything / "airunner", "doctor"), env={**os.environ, "LD_LIBRARY_PATH": str(everything), "AIRUNNER_PLUGIN_PATH": str(place)},
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("refused", done.stdout)
        self.assert_refused(place, "refused: everybody may")  # to a library that is safe

    def test_a_manifest_is_looked_at_as_strictly(self):
        place = self.folder / "plugins"
        plugin = self.plugin(place)
        manifest = plugin.with_suffix(".manifest")
        manifest.write_bytes(subprocess.run((AIRUNNER, "manifest", plugin), capture_output=True, timeout=60, check=True).stdout)
        self.assertEqual(self.doctor(place)[0], 0)
        manifest.chmod(0o666)
        self.assert_refused(place, "its manifest: refused: everybody may write to this file")
        manifest.chmod(0o644)
        place.chmod(0o777)
        self.assert_refused(place, "refused: everybody may put files into")

    @unittest.skipUnless(os.getuid() == 0, "only root can give files away")
    def test_file_of_another_user_in_a_shared_folder(self):
        place = self.folder / "plugins"
        os.chown(self.plugin(place), 65534, 65534)
        place.chmod(0o1777)
        self.assert_refused(place, "refused: everybody may put files into")


if __name__ == "__main__":
    unittest.main()
