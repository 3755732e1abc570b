# SPDX-License-Identifier: BSD-3-Clause
"""`airunner validate`: the built command starts the Python package."""
import os
import subprocess
import unittest

from support import LIMIT_S, CommandTest, airunner, environment, needs_posix


@needs_posix("programs of a shell")
class Validate(CommandTest):
    """It is Python's: words, exit code and streams are passed on, and what is missing is told."""

    def python(self, text):
        path = self.path("python")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, 0o755)
        return path

    def test_words_and_exit_code(self):
        python = self.python("""shift 3; for word in "$@"; do echo "[$word]"; done; cat; exit 5""")
        words = ("a b", "--json", "-h", "--version", "--", "", 'x"y', "null:?models=2")
        done = subprocess.run(airunner("validate", *words), env=environment(AIRUNNER_PYTHON=python), input=b"given", capture_output=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stderr), (5, b""))
        self.assertEqual(done.stdout.decode(), "".join(f"[{word}]\n" for word in words) + "given")

    def test_no_python(self):
        for variables in ({"AIRUNNER_PYTHON": self.path("nowhere")}, {"PATH": self.folder}):
            _, err = self.run_command("validate", "null:", exit_code=1, **variables)
            self.assertIn("airunner: validate needs Python with the package airunner\n", err)
            self.assertIn("No such file", err)
            self.assertIn("pip install .", err)

    def test_python_without_the_package(self):
        python = self.python('exec python3 -I -S "$@"')
        _, err = self.run_command("validate", "null:", "--json", exit_code=1, AIRUNNER_PYTHON=python)
        self.assertRegex(err, r"^airunner: validate needs the Python package airunner, which .* cannot import \(No module named 'airunner'\)\n  install it")

    def test_a_folder_of_that_name_is_not_the_package(self):
        os.makedirs(os.path.join(self.folder, "airunner", "validation"))
        for name in ("", "validation/"):
            with open(os.path.join(self.folder, "airunner", f"{name}__init__.py"), "w", encoding="utf-8") as file:
                file.write("print('taken from where it was started')\n")
        python = self.python(f'cd {self.folder} && exec python3 "$@"')
        done = subprocess.run(airunner("validate", "--help"), env=environment(AIRUNNER_PYTHON=python), capture_output=True, timeout=LIMIT_S)
        self.assertNotIn(b"taken from", done.stdout)

    def test_the_package_takes_the_library_of_the_command(self):
        module = os.path.join(self.folder, "airunner", "validation")
        os.makedirs(module)
        for name, text in (("../__init__.py", ""), ("__init__.py", ""), ("__main__.py", """import os, sys
def main(): print(os.environ["AIRUNNER_LIBRARY"], *sys.argv[1:], sep="|")""")):
            with open(os.path.join(module, name), "w", encoding="utf-8") as file:
                file.write(text)
        python = self.python('exec python3 "$@"')
        for own, expected in (({}, os.path.realpath(os.environ["AIRUNNER_LIBRARY_DIR"])), ({"AIRUNNER_LIBRARY": "mine"}, "mine")):
            out, _ = self.run_command("validate", "null:", "-b", AIRUNNER_PYTHON=python, PYTHONPATH=self.folder, **own)
            library, *words = out.rstrip().split("|")
            self.assertEqual((library, words), (expected, ["null:", "-b"]))

    def test_it_is_told_of(self):
        self.assertIn("  validate ", self.run_command("--help")[0])
        self.assertIn("airunner validate --help", " ".join(self.run_command("help", "validate")[0].split()))


if __name__ == "__main__":
    unittest.main()
